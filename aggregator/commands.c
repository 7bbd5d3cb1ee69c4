/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What other threads ask of the core: each item of the inbox becomes an effect of the round, and its answer waits for
 * the commit.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/core_private.h"
#include "aggregator/engine/explain.h"
#include "aggregator/idempotency.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/metrics.h"
#include "common/text.h"

/* ---------------------------------------------------------------- effects */

/* The refusals that a caller is told apart; any other is about a service. */
static enum inbox_outcome outcome_of(enum reason reason)
{
    static const struct { enum reason reason; enum inbox_outcome outcome; } outcomes[] = {
        {REASON_NO_SUCH_MANUAL, INBOX_NO_SUCH_MANUAL},
        {REASON_NO_SUCH_ALERT, INBOX_NO_SUCH_ALERT},
        {REASON_NO_SUCH_ACK, INBOX_NO_SUCH_ACK},
        {REASON_EPISODE_OVER, INBOX_EPISODE_OVER},
        {REASON_NO_SUCH_WINDOW, INBOX_NO_SUCH_WINDOW},
        {REASON_BAD_WINDOW, INBOX_BAD_WINDOW},
        {REASON_NO_SUCH_COLLECTOR, INBOX_NO_SUCH_COLLECTOR},
        {REASON_NO_SUCH_SOURCE, INBOX_NO_SUCH_SOURCE},
        {REASON_NO_SUCH_AREA, INBOX_NO_SUCH_AREA},
        {REASON_NO_SUCH_EVIDENCE, INBOX_NO_SUCH_EVIDENCE},
        {REASON_TOO_MANY_SUBJECTS, INBOX_TOO_MANY_SUBJECTS},
    };

    for (size_t i = 0; i < ARRAY_SIZE(outcomes); i++) {
        if (outcomes[i].reason == reason)
            return outcomes[i].outcome;
    }
    return INBOX_NO_SUCH_SERVICE;
}

/* What the engine said to a command: the outcome of its last decision, when that is a refusal. */
static enum inbox_outcome outcome_since(const struct effects *effects, size_t n_before)
{
    for (size_t i = n_before; i < effects->n_decisions; i++) {
        const struct decision *decision = &effects->decisions[i];
        if (decision->kind != DECISION_REJECT)
            continue;
        return outcome_of(decision->reason);
    }
    return INBOX_DONE;
}

/* The caller's clock may be a moment ahead of the engine's. */
static void begin_now(struct inbox_item *item, int64_t now_ms)
{
    Maintenance *window = &item->command.input.maintenance;

    if (item->starts_now && window->start_ms > now_ms)
        window->start_ms = now_ms;
}

static enum inbox_outcome do_command(struct core *core, struct inbox_item *item)
{
    size_t n_before = core->round.effects.n_decisions;

    begin_now(item, core->round.now_ms);
    input_command(core, &item->command);
    if (item->command.which_input == Command_forget_tag)
        core->round.n_items = ROUND_ITEMS_MAX;   /* the last of its round: nobody comes back before he is gone */
    return outcome_since(&core->round.effects, n_before);
}

static void do_delivery(struct core *core, const struct delivery *delivery)
{
    const OutboxRow *row = outbox_find(core->outbox, delivery->sequence);
    char receiver[CHANNEL_BYTES_MAX + 1] = "";
    bool again = row != NULL && row->attempts + row->earlier_attempts > 0;
    if (row != NULL)
        (void) text_copy(receiver, sizeof receiver, text_of(row->receiver));
    if (outbox_report(core->outbox, delivery, core->round.wall_ms))
        receivers_note(&core->receivers, receiver, delivery, again, core->round.wall_ms);
    else
        log_debug("outbox.report_ignored", "a report on a row that is not claimed",
                  LOG_INT("sequence", delivery->sequence));
}

static void put_token(struct core *core, const uint8_t hash[static 32], const TokenRow *row)
{
    (void) round_put(&core->round, TABLE_TOKENS, key_token(hash), row, sizeof *row);
    round_touch(&core->round, VIEW_TOKENS);
}

/* The token as it is now: as this round leaves it, or as it is stored. */
static bool find_token(struct core *core, const uint8_t hash[static 32], TokenRow *out)
{
    struct store_key key = key_token(hash);
    bool found = false;
    for (const struct round_put *put = core->round.puts; put != NULL; put = put->next) {
        if (put->table == TABLE_TOKENS && put->message != NULL && key_compare(&put->key, &key) == 0) {
            *out = *(const TokenRow *) put->message;
            found = true;
        }
    }
    struct store_txn *txn;
    if (found || store_read(core->options.store, &txn) < 0)
        return found;
    found = store_get(txn, TABLE_TOKENS, key, out) == 0;
    store_end(txn);
    return found;
}

/* Only the time: the rest of what the caller saw may be older than a revocation. */
static void do_token_used(struct core *core, const struct inbox_item *item)
{
    TokenRow row;
    if (!find_token(core, item->token.hash, &row) || row.last_used_ms >= item->token.row.last_used_ms)
        return;
    row.last_used_ms = item->token.row.last_used_ms;
    put_token(core, item->token.hash, &row);
}

static void do_security(struct core *core, const SecurityRow *given)
{
    SecurityRow row = *given;
    row.at_ms = core->round.now_ms;
    (void) round_put(&core->round, TABLE_SECURITY, time_key_next(&core->security_key, row.at_ms), &row, sizeof row);
    round_touch(&core->round, VIEW_AUDIT);
}

/* A question: what is due has acted before, and nothing else happens. */
static enum inbox_outcome do_explain(struct core *core, const struct inbox_item *item)
{
    input_advance(core);
    struct explanation *why = engine_explain(core->engine, item->service, core->round.now_ms);
    if (why == NULL)
        return INBOX_NO_SUCH_SERVICE;
    item->explained(item->context, why);
    return INBOX_DONE;
}

/* All or nothing: a file that cannot be used leaves the running configuration as it was. */
static enum inbox_outcome do_reload(struct core *core, struct inbox_result *result)
{
    struct error err = {0};
    struct aggregator_config *config;
    core->round.n_items = ROUND_ITEMS_MAX;   /* the last of its round: decisions borrow from the old configuration */
    if (core->options.reload(core->options.context, &config, &err) < 0) {
        (void) snprintf(result->words, sizeof result->words, "%.255s", err.text);
        log_error("config.refused", "the configuration was not reloaded; the old one goes on",
                  LOG_TEXT("error", err.text));
        metric_set(METRIC_CONFIG_RELOAD_OK, 0);
        return INBOX_REFUSED;
    }

    input_configure(core, config, core->round.now_ms, true);
    core_register_again(core);
    core_drop_receivers(core);
    metric_set(METRIC_CONFIG_RELOAD_OK, 1);
    metric_set(METRIC_CONFIG_RELOAD_TIME, clock_wall_ms() / 1000);
    log_info("config.reloaded", "the configuration was reloaded", LOG_TEXT("digest", config->digest));
    return INBOX_DONE;
}

static enum inbox_outcome do_item(struct core *core, struct inbox_item *item, struct inbox_result *result)
{
    switch (item->kind) {
    case INBOX_COMMAND:
        return do_command(core, item);
    case INBOX_DELIVERY:
        do_delivery(core, &item->delivery);
        return INBOX_DONE;
    case INBOX_TOKEN_PUT:
        put_token(core, item->token.hash, &item->token.row);
        return INBOX_DONE;
    case INBOX_TOKEN_USED:
        do_token_used(core, item);
        return INBOX_DONE;
    case INBOX_AUDIT:
        return INBOX_DONE;
    case INBOX_SECURITY:
        do_security(core, &item->security);
        return INBOX_DONE;
    case INBOX_EXPLAIN:
        return do_explain(core, item);
    case INBOX_POLL:
        return core_poll(core, item->poll.service, item->poll.why, result);
    case INBOX_RETRY:
        return core_retry(core, item, result);
    case INBOX_DROP:
        return core_drop(core, item, result);
    case INBOX_RELOAD:
        return do_reload(core, result);
    }
    abort();
}

static void put_audit(struct core *core, const struct inbox_item *item, const struct inbox_result *result)
{
    AuditRow row = item->audit;
    row.at_ms = core->round.now_ms;
    if (result->outcome == INBOX_REFUSED)
        (void) snprintf(row.detail, sizeof row.detail, "refused: %.240s", result->words);
    if (item->kind == INBOX_RETRY && item->rows.several)
        (void) snprintf(row.detail, sizeof row.detail, "%u retried, %u left as they are", result->retried, result->left);
    (void) round_put(&core->round, TABLE_AUDIT, time_key_next(&core->audit_key, row.at_ms), &row, sizeof row);
    round_touch(&core->round, VIEW_AUDIT);
}

/* ---------------------------------------------------------------- the same request again */

/* The first of this key in the round in progress. */
static const struct round_answer *find_in_round(const struct round *round, const struct inbox_item *item)
{
    for (const struct round_answer *answer = round->answers; answer != NULL; answer = answer->next) {
        if (answer->result.outcome == INBOX_DONE && strcmp(answer->item->idempotency_key, item->idempotency_key) == 0)
            return answer;
    }
    return NULL;
}

static bool find_stored(struct core *core, const char *key, IdempotencyRow *row)
{
    struct store_txn *txn;
    if (store_read(core->options.store, &txn) < 0)
        return false;
    bool found = store_get(txn, TABLE_IDEMPOTENCY, key_name(key), row) == 0;
    store_end(txn);
    return found;
}

static void answer_as_before(struct core *core, struct round_answer *answer, enum idempotency_verdict verdict,
                             uint32_t status, const char *body)
{
    if (verdict == IDEMPOTENCY_CONFLICT) {
        answer->result.outcome = INBOX_CONFLICT;
        return;
    }
    answer->result.outcome = INBOX_REPEATED;
    answer->status = status;
    answer->body = body == NULL ? NULL : arena_copy_string(&core->round.arena, body);
}

/* True: it was answered before, and nothing is to be done. */
static bool is_answered(struct core *core, struct round_answer *answer)
{
    const struct inbox_item *item = answer->item;
    const struct round_answer *first = find_in_round(&core->round, item);
    if (first != NULL) {
        bool same = memcmp(first->item->request_digest, item->request_digest, sizeof item->request_digest) == 0;
        answer->result.round = same ? first->result.round : 0;
        answer_as_before(core, answer, same ? IDEMPOTENCY_REPEAT : IDEMPOTENCY_CONFLICT, first->status, first->body);
        return true;
    }
    IdempotencyRow *row = &core->scratch->idempotency;
    bool stored = find_stored(core, item->idempotency_key, row);
    enum idempotency_verdict verdict = idempotency_judge(stored ? row : NULL, item->request_digest, core->round.now_ms);
    if (verdict == IDEMPOTENCY_FIRST)
        return false;
    answer_as_before(core, answer, verdict, row->status, row->body);
    return true;
}

static void keep_answer(struct core *core, const struct round_answer *answer)
{
    IdempotencyRow *row = &core->scratch->idempotency;
    const struct inbox_item *item = answer->item;
    *row = (IdempotencyRow) {.status = answer->status, .at_ms = core->round.now_ms};
    memcpy(row->request_digest, item->request_digest, sizeof row->request_digest);
    (void) snprintf(row->body, sizeof row->body, "%s", answer->body == NULL ? "" : answer->body);
    (void) snprintf(row->who, sizeof row->who, "%s", item->who);
    (void) round_put(&core->round, TABLE_IDEMPOTENCY, key_name(item->idempotency_key), row, sizeof *row);
}

void commands_prune(struct core *core)
{
    struct store_txn *txn;
    if (store_read(core->options.store, &txn) < 0)
        return;   /* they do no harm: an old answer is not given */
    struct store_cursor cursor;
    struct store_key key = {.len = 0};
    int r = 0;
    store_walk(txn, TABLE_IDEMPOTENCY, (struct store_range) {.from = core->prune_after, .exclusive = true}, &cursor);
    for (int i = 0; i < IDEMPOTENCY_PRUNE_MAX && r == 0; i++) {
        r = store_next(&cursor, &key, &core->scratch->idempotency);
        if (r == 0 && idempotency_is_old(&core->scratch->idempotency, clock_wall_ms()))
            round_delete(&core->round, TABLE_IDEMPOTENCY, key);
    }
    store_walk_end(&cursor);
    store_end(txn);
    core->prune_after = r == 0 ? key : (struct store_key) {.len = 0};
}

/* ---------------------------------------------------------------- the whole */

static void render(struct core *core, struct round_answer *answer)
{
    const struct inbox_item *item = answer->item;
    if (item->answer == NULL)
        return;
    char *body = core->scratch->answer;
    size_t len = item->answer(item->context, &answer->result, body, INBOX_ANSWER_BYTES_MAX);
    body[len < INBOX_ANSWER_BYTES_MAX ? len : INBOX_ANSWER_BYTES_MAX] = '\0';
    answer->body = arena_copy_string(&core->round.arena, body);
}

/* A question changes nothing, and neither does a poll unless it is somebody's doing. */
static bool is_written(const struct inbox_item *item)
{
    return item->kind != INBOX_EXPLAIN && (item->kind != INBOX_POLL || item->has_audit);
}

void command_take(struct core *core, struct inbox_item *item)
{
    bool has_key = item->idempotency_key[0] != '\0';
    struct inbox_result result = {.at_ms = core->round.now_ms, .outcome = INBOX_STOPPING};
    struct round_answer answer = {.item = item, .result = result};
    if (!has_key || !is_answered(core, &answer)) {
        answer.result.outcome = do_item(core, item, &answer.result);
        bool done = answer.result.outcome == INBOX_DONE;
        if (done && is_written(item))
            answer.result.round = core->world.round + 1;   /* the one in progress */
        answer.status = item->status;
        render(core, &answer);
        if (item->has_audit && (done || answer.result.outcome == INBOX_REFUSED))
            put_audit(core, item, &answer.result);
        if (has_key && done)
            keep_answer(core, &answer);
    }
    struct round_answer *kept = round_add_answer(&core->round, item);
    kept->result = answer.result;
    kept->status = answer.status;
    kept->body = answer.body;
}

static void complete(const struct round_answer *answer)
{
    const struct inbox_item *item = answer->item;
    if (item->complete != NULL)
        item->complete(item->context, &answer->result, answer->status, answer->body);
}

void commands_complete(struct core *core)
{
    for (struct round_answer *answer = core->round.answers; answer != NULL; answer = answer->next) {
        complete(answer);
        free(answer->item);
    }
    core->round.answers = core->round.last_answer = NULL;
}

void commands_abandon(struct core *core)
{
    for (struct round_answer *answer = core->round.answers; answer != NULL; answer = answer->next) {
        answer->result = (struct inbox_result) {.outcome = INBOX_STOPPING};
        answer->body = NULL;
    }
    commands_complete(core);
    struct inbox_item *item;
    while ((item = inbox_take(core->options.inbox)) != NULL) {
        struct round_answer answer = {.item = item, .result = {.outcome = INBOX_STOPPING}};
        complete(&answer);
        free(item);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/admin.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "aggregator/api/admin_alert.h"
#include "aggregator/api/admin_body.h"
#include "aggregator/api/admin_evidence.h"
#include "aggregator/api/admin_outbox.h"
#include "aggregator/api/admin_write.h"
#include "aggregator/api/api_private.h"
#include "aggregator/api/body.h"
#include "aggregator/api/body_fields.h"
#include "aggregator/api/endpoints.h"
#include "aggregator/api/waiter.h"
#include "common/clock.h"
#include "common/mem.h"

/* On the core's thread, before the commit. Ids and words of ours need no escaping. */
static size_t answer_status(void *context, const struct inbox_result *result, char *body, size_t cap)
{
    const struct waiter *waiter = context;
    char at[RFC3339_BYTES];
    const char *quote = waiter->word[0] == '\0' ? "" : "\"";

    int len = snprintf(body, cap, "{\"service_id\":\"%s\",\"status\":%s%s%s,\"round\":%llu,\"at\":\"%s\"}", waiter->subject, quote,
                       waiter->word[0] == '\0' ? "null" : waiter->word, quote, (unsigned long long) result->round,
                       clock_to_rfc3339(result->at_ms, at));
    return (size_t) len < cap ? (size_t) len : 0;
}

static size_t answer_round(void *context, const struct inbox_result *result, char *body, size_t cap)
{
    const struct waiter *waiter = context;
    char at[RFC3339_BYTES];

    int len = snprintf(body, cap, "{\"%s\":\"%s\",\"round\":%llu,\"at\":\"%s\"}", waiter->word, waiter->subject,
                       (unsigned long long) result->round, clock_to_rfc3339(result->at_ms, at));
    return (size_t) len < cap ? (size_t) len : 0;
}

static void fill_manual(const struct request *request, const struct status_body *body, Manual *manual)
{
    (void) text_copy(manual->service, sizeof manual->service, text_of(body->service));
    manual->end = body->end;
    manual->level = (Level) body->status;
    manual->has_ttl_s = body->has_ttl;
    manual->ttl_s = body->ttl_s;
    (void) text_copy(manual->by, sizeof manual->by, text_of(request->caller.who));
    (void) text_copy(manual->reason, sizeof manual->reason, text_of(body->reason));
}

/* To the engine it is a time to live, in whole seconds: it never ends before it was to. */
static int settle_end(struct status_body *body, int64_t now_ms, struct problem *problem)
{
    if (!body->has_until || body->end)
        return 0;
    int64_t left_ms = body->until_ms - now_ms;
    if (left_ms <= 0)
        problem_point(problem, "/until", "is over already");
    else if (left_ms > (int64_t) TTL_SECONDS_MAX * 1000)
        problem_point(problem, "/until", "is more than a year away");
    else
        body->ttl_s = (uint32_t) ((left_ms + 999) / 1000);
    body->has_ttl = true;
    return body_finish(problem, "the status cannot be set until then");
}

int admin_status(struct request *request, struct reply *reply, struct problem *problem)
{
    struct status_body body = {0};
    struct inbox_item item = {.kind = INBOX_COMMAND, .answer = answer_status, .status = 200};

    (void) reply;
    int r = admin_write_want_json(request, problem);
    if (r == 0)
        r = status_body_parse(buffer_text(&request->body), &body, problem);
    if (r == 0)
        r = settle_end(&body, clock_wall_ms(), problem);
    if (r == 0)
        r = admin_write_take_key(request, &item, problem);
    if (r < 0)
        return r;
    item.command.which_input = Command_manual_tag;
    fill_manual(request, &body, &item.command.input.manual);
    admin_write_sign(request, &item, body.end ? "status.end" : "status.set", body.service);
    (void) text_copy(item.audit.reason, sizeof item.audit.reason, text_of(body.reason));
    if (body.end)
        (void) text_copy(item.audit.detail, sizeof item.audit.detail, text_of(body.detail));
    else
        (void) snprintf(item.audit.detail, sizeof item.audit.detail, "%s%s%.200s", status_name(body.status),
                        body.detail[0] == '\0' ? "" : ": ", body.detail);
    admin_write_wait(request, body.service, body.end ? "" : status_name(body.status));
    return admin_write_put(request, &item, problem);
}

/* What is shown once must not be stored beside a key. */
static int refuse_idempotency_key(const struct request *request, struct problem *problem)
{
    if (request->headers.idempotency_key.len == 0)
        return 0;
    return problem_set(problem, PROBLEM_MALFORMED,
                       "no Idempotency-Key is taken here: a repeat is told by its name, which exists already");
}

int admin_token_create(struct request *request, struct reply *reply, struct problem *problem)
{
    struct token_body body = {0};
    struct inbox_item item = {.kind = INBOX_TOKEN_PUT, .status = 201};
    char text[TOKEN_TEXT_BYTES];

    int r = admin_write_want_json(request, problem);
    if (r == 0)
        r = refuse_idempotency_key(request, problem);
    if (r == 0)
        r = token_body_parse(buffer_text(&request->body), &body, problem);
    if (r < 0)
        return r;
    if (api_refresh_tokens(request->api) < 0)
        return problem_set(problem, PROBLEM_UNAVAILABLE, "the tokens cannot be read now");
    if (auth_find_name(&request->api->auth, body.name, NULL, NULL))
        return problem_set(problem, PROBLEM_CONFLICT, "a token named %s exists; revoke it first", body.name);

    auth_make_token(text, item.token.hash);
    TokenRow *row = &item.token.row;
    (void) text_copy(row->name, sizeof row->name, text_of(body.name));
    row->role = body.role;
    row->created_at_ms = clock_wall_ms();
    (void) text_copy(row->created_by, sizeof row->created_by, text_of(request->caller.who));
    admin_write_sign(request, &item, "token.create", body.name);
    (void) text_copy(item.audit.detail, sizeof item.audit.detail, text_of(role_name(body.role)));

    json_t *object = json_object();
    body_text(object, "name", body.name);
    body_text(object, "role", role_name(body.role));
    body_time(object, "created_at", row->created_at_ms);
    body_text(object, "token", text);
    r = body_write(object, &request->prepared);
    sodium_memzero(text, sizeof text);
    (void) reply;
    if (r < 0)
        return r;
    admin_write_wait(request, body.name, "name");
    return admin_write_put(request, &item, problem);
}

int admin_token_revoke(struct request *request, struct reply *reply, struct problem *problem)
{
    struct inbox_item item = {.kind = INBOX_TOKEN_PUT, .answer = answer_round, .status = 200};

    (void) reply;
    if (api_refresh_tokens(request->api) < 0)
        return problem_set(problem, PROBLEM_UNAVAILABLE, "the tokens cannot be read now");
    if (!auth_find_name(&request->api->auth, request->item, item.token.hash, &item.token.row))
        return problem_set(problem, PROBLEM_NOT_FOUND, "no token is named %.64s", request->item);
    item.token.row.revoked_at_ms = clock_wall_ms();
    admin_write_sign(request, &item, "token.revoke", request->item);
    admin_write_wait(request, request->item, "name");
    return admin_write_put(request, &item, problem);
}

static void keys_freep(struct authorized_keys **keys)
{
    authorized_keys_free(*keys);
}

/* Nobody has the name (unless it is replaced), and nobody else the key: the whole directory would be refused at reload. */
static int check_free(const char *directory, const struct collector_body *body, struct problem *problem)
{
    CLEANUP(keys_freep) struct authorized_keys *keys = NULL;
    struct error err = {0};

    int r = authorized_keys_load(directory, &keys, &err);
    if (r == -ENOENT)
        return problem_set(problem, PROBLEM_CONFLICT, "the directory of authorised collectors does not exist: %s", directory);
    if (r < 0)
        return problem_set(problem, PROBLEM_CONFLICT, "the authorised collectors cannot be read: %.200s", err.text);
    const struct authorized_key *same = authorized_keys_find(keys, body->key.public_key);
    if (same != NULL && strcmp(same->name, body->key.name) != 0)
        return problem_set(problem, PROBLEM_CONFLICT, "this key is that of %s", same->name);
    if (!body->replace && authorized_keys_find_name(keys, body->key.name) != NULL)
        return problem_set(problem, PROBLEM_CONFLICT, "%s has a key already; \"replace\": true gives it another", body->key.name);
    return 0;
}

static int authorize(const struct aggregator_config *config, const struct collector_body *body, struct problem *problem)
{
    struct error err = {0};

    if (config->server.authorized_dir == NULL)
        return problem_set(problem, PROBLEM_CONFLICT, "no directory of authorised collectors is configured");
    int r = check_free(config->server.authorized_dir, body, problem);
    if (r < 0)
        return r;
    if (authorized_keys_put(config->server.authorized_dir, &body->key, &err) < 0)
        return problem_set(problem, PROBLEM_INTERNAL, "the key cannot be written: %.200s", err.text);
    return 0;
}

int admin_collector(struct request *request, struct reply *reply, struct problem *problem)
{
    struct collector_body body = {0};
    struct inbox_item item = {.kind = INBOX_RELOAD, .answer = answer_round, .status = 201};

    (void) reply;
    int r = admin_write_want_json(request, problem);
    if (r == 0)
        r = refuse_idempotency_key(request, problem);
    if (r == 0)
        r = collector_body_parse(buffer_text(&request->body), &body, problem);
    if (r < 0)
        return r;
    struct aggregator_config *config = api_config(request->api, NULL, NULL);
    r = authorize(config, &body, problem);
    aggregator_config_drop(config);
    if (r < 0)
        return r;
    admin_write_sign(request, &item, "collector.enroll", body.key.name);
    (void) snprintf(item.audit.detail, sizeof item.audit.detail, "%s%s%s", body.key.public_key,
                    body.key.services ? ", for configured services too" : "", body.replace ? ", replaced" : "");
    admin_write_wait(request, body.key.name, "name");
    return admin_write_put(request, &item, problem);
}

int admin_reload(struct request *request, struct reply *reply, struct problem *problem)
{
    struct inbox_item item = {.kind = INBOX_RELOAD, .answer = answer_round, .status = 200};

    (void) reply;
    int r = empty_body_parse(buffer_text(&request->body), problem);
    if (r == 0)
        r = admin_write_take_key(request, &item, problem);
    if (r < 0)
        return r;
    admin_write_sign(request, &item, "config.reload", "configuration");
    admin_write_wait(request, "configuration", "reloaded");
    return admin_write_put(request, &item, problem);
}

static int answer_done(struct request *request, struct reply *reply, struct problem *problem)
{
    const struct waiter *waiter = request->waiter;

    switch (waiter->result.outcome) {
    case INBOX_DONE:
    case INBOX_REPEATED:
        reply->status = waiter->status == 0 ? 200 : waiter->status;
        reply->cache_control = "no-store";
        if (waiter->body != NULL)
            return buffer_put_text(&reply->body, waiter->body);
        return buffer_put(&reply->body, request->prepared.bytes, request->prepared.len);
    case INBOX_NO_SUCH_SERVICE:
        return problem_set(problem, PROBLEM_NOT_FOUND, "no service has the id %s", waiter->subject);
    case INBOX_NO_SUCH_MANUAL:
        return problem_set(problem, PROBLEM_CONFLICT, "%s has no manual status that could end", waiter->subject);
    case INBOX_NO_SUCH_ALERT:
    case INBOX_NO_SUCH_ACK:
    case INBOX_EPISODE_OVER:
        return admin_alert_refused(request, waiter->result.outcome, problem);
    case INBOX_NO_SUCH_WINDOW:
        return problem_set(problem, PROBLEM_NOT_FOUND, "no maintenance window has this id, or it is over");
    case INBOX_BAD_WINDOW:
        return problem_set(problem, PROBLEM_INVALID, "the window would end before it begins");
    case INBOX_NO_SUCH_AREA:
    case INBOX_NO_SUCH_EVIDENCE:
    case INBOX_TOO_MANY_SUBJECTS:
        return admin_evidence_refused(request, waiter->result.outcome, problem);
    case INBOX_NO_SUCH_COLLECTOR:
        return problem_set(problem, PROBLEM_NOT_FOUND, "no collector %.64s is known", waiter->subject);
    case INBOX_NO_SUCH_SOURCE:
        return problem_set(problem, PROBLEM_NOT_FOUND, "the service is not known, or has no such source");
    case INBOX_NO_POLLER:
        return problem_set(problem, PROBLEM_CONFLICT, "no collector that reads a page for %s is connected", waiter->subject);
    case INBOX_NO_SUCH_ROW:
    case INBOX_UNFIT:
        return admin_outbox_refused(request, &waiter->result, problem);
    case INBOX_CONFLICT:
        return problem_set(problem, PROBLEM_KEY_REUSED, "this Idempotency-Key came with another request before; nothing happened");
    case INBOX_REFUSED:
        return problem_set(problem, PROBLEM_CONFLICT, "the reload was refused: %s", waiter->result.words);
    case INBOX_STOPPING:
        return problem_set(problem, PROBLEM_UNAVAILABLE, "the aggregator is stopping; nothing happened");
    }
    return problem_set(problem, PROBLEM_INTERNAL, "the outcome is not known");
}

int admin_answer(struct request *request, struct reply *reply, struct problem *problem)
{
    switch (waiter_state(request->waiter)) {
    case WAITER_DONE:
        return answer_done(request, reply, problem);
    case WAITER_STOPPED:
        return problem_set(problem, PROBLEM_UNAVAILABLE, "the aggregator is stopping; the change may still happen");
    case WAITER_OPEN:
    case WAITER_TIMED_OUT:
        break;
    }
    problem->retry_after_s = 5;
    return problem_set(problem, PROBLEM_COMMIT_PENDING,
                       "not committed within %d s; it may still happen, so look before you repeat it", WAIT_COMMIT_MS / 1000);
}

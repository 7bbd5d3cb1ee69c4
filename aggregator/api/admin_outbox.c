/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/admin_outbox.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "aggregator/api/admin_body.h"
#include "aggregator/api/admin_write.h"
#include "aggregator/api/api_private.h"
#include "aggregator/api/body.h"
#include "aggregator/api/body_fields.h"
#include "aggregator/api/outbox_id.h"
#include "aggregator/api/waiter.h"
#include "aggregator/api/walk.h"
#include "common/clock.h"
#include "common/json.h"
#include "common/limits.h"
#include "common/mem.h"

enum { ROWS_LOOKED_AT_MAX = 20000 };

/* On the core's thread, before the commit. Digits and words of ours need no escaping. */
static size_t answer_one(void *context, const struct inbox_result *result, char *body, size_t cap)
{
    const struct waiter *waiter = context;
    char at[RFC3339_BYTES];

    int len = snprintf(body, cap, "{\"sequence\":%s,\"state\":\"%s\",\"round\":%llu,\"at\":\"%s\"}", waiter->subject,
                       waiter->word, (unsigned long long) result->round, clock_to_rfc3339(result->at_ms, at));
    return (size_t) len < cap ? (size_t) len : 0;
}

/* Likewise; the words may name a user of the system. */
static size_t answer_several(void *context, const struct inbox_result *result, char *body, size_t cap)
{
    const struct waiter *waiter = context;
    CLEANUP(json_freep) json_t *object = json_object();

    body_text(object, "channel", waiter->subject);
    body_int(object, "retried", result->retried);
    body_int(object, "left", result->left);
    body_text(object, "first_left", result->words);
    body_bool(object, "more", strcmp(waiter->word, "true") == 0);
    body_int(object, "round", (int64_t) result->round);
    body_time(object, "at", result->at_ms);
    size_t len = json_dumpb(object, body, cap, JSON_COMPACT);
    return len < cap ? len : 0;
}

static int no_such_row(const char *item, struct problem *problem)
{
    return problem_set(problem, PROBLEM_NOT_FOUND, "no notification has the sequence %.32s", item);
}

int admin_outbox_retry(struct request *request, struct reply *reply, struct problem *problem)
{
    CLEANUP(mem_freep) struct inbox_item *item = mem_new(sizeof *item);

    (void) reply;
    item->kind = INBOX_RETRY;
    item->answer = answer_one;
    item->status = 200;
    item->rows.n = 1;
    int r = empty_body_parse(buffer_text(&request->body), problem);
    if (r == 0)
        r = admin_write_take_key(request, item, problem);
    if (r < 0)
        return r;
    if (!outbox_id_parse(request->item, &item->rows.sequences[0]))
        return no_such_row(request->item, problem);
    admin_write_sign(request, item, "outbox.retry", request->item);
    admin_write_wait(request, request->item, "pending");
    return admin_write_put(request, item, problem);
}

/* ---- those of a channel */

static int take_channel(struct text body, char channel[static CHANNEL_BYTES_MAX + 1], struct problem *problem)
{
    static const char *const known[] = {"channel", NULL};
    CLEANUP(json_freep) json_t *object = body_object(body, problem);

    if (object == NULL)
        return -EPROTO;
    body_refuse_unknown(object, known, problem);
    body_take_text(object, "channel", true, channel, CHANNEL_BYTES_MAX + 1, problem);
    if (channel[0] != '\0' && !text_is_id(text_of(channel), CHANNEL_BYTES_MAX))
        problem_point(problem, "/channel", "is no name of a channel");
    return body_finish(problem, "which channel's dead letters are meant is not clear");
}

static bool is_meant(const OutboxRow *row, const char *channel)
{
    return row->state == OUTBOX_DEAD && row->dropped_at_ms == 0
           && (strcmp(row->channel, channel) == 0 || strcmp(row->receiver, channel) == 0);
}

static void turn_round(uint64_t *numbers, size_t n)
{
    for (size_t i = 0; i < n / 2; i++) {
        uint64_t other = numbers[n - 1 - i];
        numbers[n - 1 - i] = numbers[i];
        numbers[i] = other;
    }
}

/* The newest ones, into rising order: of an alert's two the newer then takes the older's place. True in *more: there may be
 * others. The core looks at each again. */
static int find_dead(struct store *store, const char *channel, struct inbox_item *item, bool *more)
{
    CLEANUP(mem_freep) OutboxRow *row = mem_new(sizeof *row);
    struct store_cursor cursor;
    struct store_txn *txn;

    int r = store_read(store, &txn);
    if (r < 0)
        return r;
    store_walk(txn, TABLE_OUTBOX, (struct store_range) {.backwards = true}, &cursor);
    for (size_t i = 0; !*more && walk_next(&cursor, NULL, row); i++) {
        bool meant = is_meant(row, channel);
        *more = i == ROWS_LOOKED_AT_MAX || (meant && item->rows.n == INBOX_ROWS_MAX);
        if (meant && !*more)
            item->rows.sequences[item->rows.n++] = row->sequence;
    }
    store_walk_end(&cursor);
    store_end(txn);
    turn_round(item->rows.sequences, item->rows.n);
    return 0;
}

int admin_outbox_retry_all(struct request *request, struct reply *reply, struct problem *problem)
{
    CLEANUP(mem_freep) struct inbox_item *item = mem_new(sizeof *item);
    char channel[CHANNEL_BYTES_MAX + 1] = "";
    bool more = false;

    (void) reply;
    item->kind = INBOX_RETRY;
    item->answer = answer_several;
    item->status = 200;
    item->rows.several = true;
    int r = admin_write_want_json(request, problem);
    if (r == 0)
        r = take_channel(buffer_text(&request->body), channel, problem);
    if (r == 0)
        r = admin_write_take_key(request, item, problem);
    if (r < 0)
        return r;
    if (find_dead(request->api->store, channel, item, &more) < 0)
        return problem_set(problem, PROBLEM_UNAVAILABLE, "the outbox cannot be read now");
    admin_write_sign(request, item, "outbox.retry", channel);
    admin_write_wait(request, channel, more ? "true" : "false");
    return admin_write_put(request, item, problem);
}

/* ---- giving up */

static int take_reason(struct text body, char reason[static DROP_REASON_BYTES_MAX + 1], struct problem *problem)
{
    static const char *const known[] = {"reason", NULL};
    CLEANUP(json_freep) json_t *object = NULL;

    if (body.len == 0) {
        problem_point(problem, "/reason", "is required");
        return body_finish(problem, "why it is dropped must be said");
    }
    object = body_object(body, problem);
    if (object == NULL)
        return -EPROTO;
    body_refuse_unknown(object, known, problem);
    body_take_text(object, "reason", true, reason, DROP_REASON_BYTES_MAX + 1, problem);
    return body_finish(problem, "why it is dropped must be said");
}

int admin_outbox_drop(struct request *request, struct reply *reply, struct problem *problem)
{
    CLEANUP(mem_freep) struct inbox_item *item = mem_new(sizeof *item);

    (void) reply;
    item->kind = INBOX_DROP;
    item->answer = answer_one;
    item->status = 200;
    item->rows.n = 1;
    int r = admin_write_want_json(request, problem);
    if (r == 0)
        r = take_reason(buffer_text(&request->body), item->rows.reason, problem);
    if (r == 0)
        r = admin_write_take_key(request, item, problem);
    if (r < 0)
        return r;
    if (!outbox_id_parse(request->item, &item->rows.sequences[0]))
        return no_such_row(request->item, problem);
    (void) text_copy(item->rows.by, sizeof item->rows.by, text_of(request->caller.who));
    admin_write_sign(request, item, "outbox.drop", request->item);
    (void) text_copy(item->audit.reason, sizeof item->audit.reason, text_of(item->rows.reason));
    admin_write_wait(request, request->item, "dead");
    return admin_write_put(request, item, problem);
}

int admin_outbox_refused(const struct request *request, const struct inbox_result *result, struct problem *problem)
{
    if (result->outcome == INBOX_NO_SUCH_ROW)
        return no_such_row(request->waiter->subject, problem);
    return problem_set(problem, PROBLEM_CONFLICT, "%s", result->words);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/admin_alert.h"

#include <stdio.h>
#include <string.h>

#include "aggregator/api/admin_body.h"
#include "aggregator/api/admin_write.h"
#include "aggregator/api/alert_id.h"
#include "aggregator/api/api_private.h"
#include "aggregator/api/waiter.h"
#include "aggregator/api/walk.h"
#include "common/clock.h"

enum { CLOSED_LOOKED_AT_MAX = 20000 };

static int take_id(const struct request *request, struct alert_id *id, struct problem *problem)
{
    if (alert_id_parse(request->item, id))
        return 0;
    return problem_set(problem, PROBLEM_NOT_FOUND, "no alert has the id %.64s", request->item);
}

/* On the core's thread, before the commit. Ids and words of ours need no escaping. */
static size_t answer_ack(void *context, const struct inbox_result *result, char *body, size_t cap)
{
    const struct waiter *waiter = context;
    char at[RFC3339_BYTES];

    int len = snprintf(body, cap, "{\"id\":\"%s\",\"acknowledged\":%s,\"round\":%llu,\"at\":\"%s\"}", waiter->subject,
                       waiter->word, (unsigned long long) result->round, clock_to_rfc3339(result->at_ms, at));
    return (size_t) len < cap ? (size_t) len : 0;
}

static void fill_acknowledge(const struct request *request, const struct alert_id *id, const struct ack_body *body,
                             Acknowledge *ack)
{
    (void) text_copy(ack->key, sizeof ack->key, text_of(id->key));
    (void) text_copy(ack->by, sizeof ack->by, text_of(request->caller.who));
    (void) text_copy(ack->notes, sizeof ack->notes, text_of(body->notes));
    ack->opened_at_ms = id->opened_at_ms;
    ack->sticky = body->sticky;
    ack->has_ttl_s = body->has_ttl;
    ack->ttl_s = body->ttl_s;
    ack->has_until_ms = body->has_until;
    ack->until_ms = body->until_ms;
}

/* "opened 2026-…, until 2026-…, sticky" */
static void fill_detail(const struct alert_id *id, const struct ack_body *body, AuditRow *audit)
{
    char opened[RFC3339_BYTES];
    char until[RFC3339_BYTES];
    char end[64] = "";

    if (body->has_until)
        (void) snprintf(end, sizeof end, ", until %s", clock_to_rfc3339(body->until_ms, until));
    else if (body->has_ttl)
        (void) snprintf(end, sizeof end, ", for %u s", (unsigned) body->ttl_s);
    (void) snprintf(audit->detail, sizeof audit->detail, "opened %s%s%s", clock_to_rfc3339(id->opened_at_ms, opened), end,
                    body->sticky ? ", sticky" : "");
}

int admin_acknowledge(struct request *request, struct reply *reply, struct problem *problem)
{
    struct ack_body body = {0};
    struct alert_id id;
    struct inbox_item item = {.kind = INBOX_COMMAND, .answer = answer_ack, .status = 200};

    (void) reply;
    int r = take_id(request, &id, problem);
    if (r == 0)
        r = admin_write_want_json(request, problem);
    if (r == 0)
        r = ack_body_parse(buffer_text(&request->body), &body, problem);
    if (r == 0)
        r = admin_write_take_key(request, &item, problem);
    if (r < 0)
        return r;
    item.command.which_input = Command_acknowledge_tag;
    fill_acknowledge(request, &id, &body, &item.command.input.acknowledge);
    admin_write_sign(request, &item, "alert.acknowledge", id.key);
    (void) text_copy(item.audit.reason, sizeof item.audit.reason, text_of(body.notes));
    fill_detail(&id, &body, &item.audit);
    admin_write_wait(request, request->item, "true");
    return admin_write_put(request, &item, problem);
}

int admin_unacknowledge(struct request *request, struct reply *reply, struct problem *problem)
{
    struct alert_id id;
    struct inbox_item item = {.kind = INBOX_COMMAND, .answer = answer_ack, .status = 200};
    Unacknowledge *back = &item.command.input.unacknowledge;

    (void) reply;
    int r = take_id(request, &id, problem);
    if (r == 0)
        r = empty_body_parse(buffer_text(&request->body), problem);
    if (r == 0)
        r = admin_write_take_key(request, &item, problem);
    if (r < 0)
        return r;
    item.command.which_input = Command_unacknowledge_tag;
    (void) text_copy(back->key, sizeof back->key, text_of(id.key));
    (void) text_copy(back->by, sizeof back->by, text_of(request->caller.who));
    back->opened_at_ms = id.opened_at_ms;
    admin_write_sign(request, &item, "alert.unacknowledge", id.key);
    fill_detail(&id, &(struct ack_body) {0}, &item.audit);
    admin_write_wait(request, request->item, "false");
    return admin_write_put(request, &item, problem);
}

/* ---- after a refusal */

enum episode { EPISODE_UNKNOWN, EPISODE_OPEN, EPISODE_OVER };

/* It closed no earlier than it opened, so the search begins there. */
static bool find_closed(struct store_txn *txn, const struct alert_id *id, int64_t *closed_at_ms)
{
    ClosedAlertRow row;
    struct store_cursor cursor;
    bool found = false;

    store_walk(txn, TABLE_ALERTS_CLOSED, (struct store_range) {.from = key_time(id->opened_at_ms, 0)}, &cursor);
    for (size_t i = 0; i < CLOSED_LOOKED_AT_MAX && !found && walk_next(&cursor, NULL, &row); i++)
        found = row.alert.opened_at_ms == id->opened_at_ms && strcmp(row.alert.key, id->key) == 0;
    store_walk_end(&cursor);
    if (found)
        *closed_at_ms = row.closed_at_ms;
    return found;
}

static enum episode find_episode(struct store *store, const struct alert_id *id, int64_t *closed_at_ms)
{
    AlertState row;
    enum episode episode = EPISODE_UNKNOWN;
    struct store_txn *txn;

    if (store_read(store, &txn) < 0)
        return episode;
    if (store_get(txn, TABLE_ALERTS, key_name(id->key), &row) == 0 && row.opened_at_ms == id->opened_at_ms)
        episode = EPISODE_OPEN;
    else if (find_closed(txn, id, closed_at_ms))
        episode = EPISODE_OVER;
    store_end(txn);
    return episode;
}

int admin_alert_refused(const struct request *request, enum inbox_outcome outcome, struct problem *problem)
{
    struct alert_id id;
    char at[RFC3339_BYTES];
    int64_t closed_at_ms = 0;

    int r = take_id(request, &id, problem);
    if (r < 0)
        return r;
    switch (find_episode(request->api->store, &id, &closed_at_ms)) {
    case EPISODE_OPEN:
        return problem_set(problem, PROBLEM_CONFLICT, "%.200s is not acknowledged", id.key);
    case EPISODE_OVER:
        return problem_set(problem, PROBLEM_CONFLICT, "this episode of %.200s was over at %s", id.key,
                           clock_to_rfc3339(closed_at_ms, at));
    case EPISODE_UNKNOWN:
        break;
    }
    if (outcome == INBOX_EPISODE_OVER)
        return problem_set(problem, PROBLEM_CONFLICT, "%.200s is open, but not since %s: that episode is over", id.key,
                           clock_to_rfc3339(id.opened_at_ms, at));
    return problem_set(problem, PROBLEM_NOT_FOUND, "no alert has the id %.64s", request->item);
}

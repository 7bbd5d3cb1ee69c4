/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/explain.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "aggregator/api/api_private.h"
#include "aggregator/api/body.h"
#include "aggregator/api/endpoints.h"
#include "aggregator/api/explain_json.h"
#include "aggregator/api/outbox_count.h"
#include "aggregator/api/past.h"
#include "aggregator/api/truth_view.h"
#include "aggregator/api/waiter.h"
#include "aggregator/api/walk.h"
#include "aggregator/inbox/inbox.h"
#include "common/clock.h"
#include "common/limits.h"
#include "common/timestamp.h"

enum { OUTBOX_LOOKED_AT_MAX = 20000, DELIVERIES_SHOWN_MAX = 50 };

/* ---------------------------------------------------------------- what became of the messages */

static json_t *delivery_json(const OutboxRow *row)
{
    json_t *object = json_object();

    body_text(object, "channel", row->channel);
    body_text(object, "kind", row->kind);
    body_text(object, "level", row->level);
    body_text(object, "state", outbox_state_name(row->state));
    body_time(object, "decided_at", row->decided_at_ms);
    body_time(object, "finished_at", row->finished_ms);
    body_int(object, "attempts", row->attempts);
    body_text(object, "reason", row->reason);
    return object;
}

static void count(const OutboxRow *row, struct explained_deliveries *deliveries)
{
    switch (row->state) {
    case OUTBOX_SENT:
        deliveries->sent++;
        return;
    case OUTBOX_PENDING:
    case OUTBOX_CLAIMED:
    case OUTBOX_AMBIGUOUS:
        deliveries->waiting++;
        return;
    case OUTBOX_DEAD:
        if (deliveries->dead++ == 0)
            (void) snprintf(deliveries->dead_reason, sizeof deliveries->dead_reason, "%.200s", row->reason);
        return;
    case OUTBOX_SUPERSEDED:
    case OUTBOX_UNSPECIFIED:
        return;
    }
}

/* Of the alert that is open, newest first; rows stand in the order in which they were decided. */
static json_t *read_deliveries(struct store *store, const struct explanation *why, struct explained_deliveries *deliveries)
{
    struct store_cursor cursor;
    struct store_txn *txn;
    OutboxRow row;
    json_t *items = json_array();

    if (!why->has_alert || store_read(store, &txn) < 0)
        return items;
    store_walk(txn, TABLE_OUTBOX, (struct store_range) {.backwards = true}, &cursor);
    for (size_t i = 0; i < OUTBOX_LOOKED_AT_MAX && walk_next(&cursor, NULL, &row); i++) {
        if (row.decided_at_ms < why->alert.opened_at_ms)
            break;
        if (strcmp(row.key, why->alert.key) != 0)
            continue;
        count(&row, deliveries);
        if (json_array_size(items) < DELIVERIES_SHOWN_MAX)
            json_array_append_new(items, delivery_json(&row));
    }
    store_walk_end(&cursor);
    store_end(txn);
    return items;
}

/* Which of page and probes sees red, as the rows have it: of a time that is over nobody knows any more. */
static json_t *read_truth(struct store *store, const struct aggregator_config *config, const char *service)
{
    CLEANUP(arena_done) struct arena arena = {0};
    struct store_txn *txn;
    struct service_view view = {0};

    if (store_read(store, &txn) < 0)
        return NULL;
    const struct service_reader reader = {.txn = txn, .config = config, .arena = &arena};
    int r = service_view_read(&reader, service, &view);
    store_end(txn);
    return r == 0 ? truth_json(view.truth) : NULL;
}

/* ---------------------------------------------------------------- the answer */

static int render(struct request *request, struct reply *reply)
{
    const struct explanation *why = request->waiter->explanation;
    struct explained_deliveries deliveries = {0};
    json_t *items = read_deliveries(request->api->store, why, &deliveries);
    struct aggregator_config *config = api_config(request->api, NULL, NULL);
    explain_find_uncarried(why, config, &deliveries);
    json_t *document = explain_json(why, config, &deliveries, items);

    body_put(document, "truth", read_truth(request->api->store, config, why->service));
    aggregator_config_drop(config);
    reply->status = 200;
    reply->type = TYPE_JSON;
    reply->cache_control = "no-store";
    return body_write(document, &reply->body);
}

static int refuse(struct problem *problem, const char *words)
{
    problem->retry_after_s = 5;
    return problem_set(problem, PROBLEM_UNAVAILABLE, "%s", words);
}

static int finish(struct request *request, struct reply *reply, struct problem *problem)
{
    const struct waiter *waiter = request->waiter;

    switch (waiter_state(request->waiter)) {
    case WAITER_DONE:
        if (waiter->result.outcome == INBOX_DONE)
            return render(request, reply);
        if (waiter->result.outcome == INBOX_NO_SUCH_SERVICE)
            return problem_set(problem, PROBLEM_NOT_FOUND, "no service has the id %.112s", waiter->subject);
        return refuse(problem, "the aggregator is stopping");
    case WAITER_STOPPED:
        return refuse(problem, "the aggregator is stopping");
    case WAITER_OPEN:
    case WAITER_TIMED_OUT:
        break;
    }
    return refuse(problem, "the core has not answered within 10 s: it waits for its disk, or is busy; /readyz says more");
}

/* ---------------------------------------------------------------- as it was */

static int finish_past(struct request *request, struct reply *reply, struct problem *problem)
{
    const struct waiter *waiter = request->waiter;

    switch (waiter_state(request->waiter)) {
    case WAITER_DONE:
        if (waiter->refusal != NULL) {
            *problem = *waiter->refusal;
            return -EPROTO;
        }
        reply->status = 200;
        reply->type = TYPE_JSON;
        reply->cache_control = "no-store";
        return buffer_put_text(&reply->body, waiter->body);
    case WAITER_STOPPED:
        return refuse(problem, "the aggregator is stopping");
    case WAITER_OPEN:
    case WAITER_TIMED_OUT:
        break;
    }
    return refuse(problem, "the replay has not come that far within 10 s: this machine is busy; tocsin-aggregator explain "
                  "--journal STORE --at TIME takes its time");
}

static int read_at(const struct request *request, int64_t *at_ms, struct problem *problem)
{
    int64_t now_ms = clock_wall_ms();
    char now[RFC3339_BYTES];
    bool relative;

    int r = query_time(&request->query, "at", now_ms, at_ms, &relative, problem);
    if (r == 0 && *at_ms > now_ms)
        return problem_set(problem, PROBLEM_PARAMETER, "at is later than now, which is %s: nothing is known of it",
                           clock_to_rfc3339(now_ms, now));
    return r;
}

static int ask_past(struct request *request, struct problem *problem)
{
    int64_t at_ms;
    int r = read_at(request, &at_ms, problem);
    if (r < 0)
        return r;

    request->waiter = waiter_new(request->api->waiters, request->connection);
    request->waiter->finish = finish_past;
    r = past_ask(request->api->past, request->item, at_ms, request->waiter);
    if (r == 0)
        return ACT_WAITING;
    return refuse(problem, r == -EBUSY ? "another question about the past is being answered, and one at a time is"
                                       : "there is no thread to answer it on");
}

/* ---------------------------------------------------------------- as it is */

static int ask_core(struct request *request, struct problem *problem)
{
    struct inbox_item item = {.kind = INBOX_EXPLAIN, .explained = waiter_explained, .complete = waiter_complete};

    (void) text_copy(item.service, sizeof item.service, text_of(request->item));    /* fits: checked by explain_act */
    request->waiter = waiter_new(request->api->waiters, request->connection);
    request->waiter->finish = finish;
    (void) text_copy(request->waiter->subject, sizeof request->waiter->subject, text_of(request->item));
    item.context = request->waiter;
    int r = inbox_put(request->api->inbox, &item);
    if (r == 0)
        return ACT_WAITING;

    waiter_drop(request->waiter);            /* the item's reference; ours goes with the request */
    return refuse(problem, r == -ESHUTDOWN ? "the aggregator is stopping" : "too many requests wait for the core");
}

int explain_act(struct request *request, struct reply *reply, struct problem *problem)
{
    struct text at;

    (void) reply;
    if (strlen(request->item) > SERVICE_BYTES_MAX)
        return problem_set(problem, PROBLEM_NOT_FOUND, "no service has the id %.112s…", request->item);
    return query_get(&request->query, "at", &at) ? ask_past(request, problem) : ask_core(request, problem);
}

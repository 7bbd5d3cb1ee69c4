/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GET /api/admin/outbox: notifications as they were decided, newest first, and one of them; GET /api/admin/deliveries: what
 * became of sending them. Never cached. A filter may pass over many rows, so one answer looks at a bounded number.
 */
#include <errno.h>
#include <string.h>

#include "aggregator/api/body.h"
#include "aggregator/api/outbox_count.h"
#include "aggregator/api/outbox_id.h"
#include "aggregator/api/views.h"
#include "aggregator/api/walk.h"
#include "common/mem.h"

enum { ROWS_LOOKED_AT_MAX = 20000 };

static void put_message(json_t *object, const OutboxRow *row)
{
    body_int(object, "sequence", (int64_t) row->sequence);
    body_text(object, "state", outbox_state_name(row->state));
    body_text(object, "channel", row->channel);
    body_text(object, "receiver", row->receiver);
    body_text(object, "key", row->key);
    body_text(object, "kind", row->kind);
    body_text(object, "level", row->level);
    body_text(object, "previous_level", row->previous_level);
    body_text(object, "service", row->service);
    body_text(object, "service_name", row->service_name);
    body_int(object, "tier", row->tier);
    body_text(object, "incident", row->incident);
    body_time(object, "since", row->since_ms);
    body_time(object, "decided_at", row->decided_at_ms);
    body_text(object, "detail", row->detail);
}

static void put_attempts(json_t *object, const OutboxRow *row)
{
    body_text(object, "reason", row->reason);
    body_int(object, "attempts", (int64_t) row->attempts + row->earlier_attempts);
    body_int(object, "ambiguous_attempts", row->ambiguous);
    body_time(object, "next_attempt_at", row->next_attempt_ms);
    body_time(object, "last_attempt_at", row->last_attempt_ms);
    body_time(object, "finished_at", row->finished_ms);
    body_text(object, "receipt", row->receipt);
    body_put(object, "superseded_by", row->superseded_by == 0 ? NULL : json_integer((json_int_t) row->superseded_by));
    body_int(object, "retries", row->retries);
    body_time(object, "retried_at", row->retried_at_ms);
    body_bool(object, "demo", row->demo);
}

static json_t *delivery_json(const OutboxRow *row)
{
    json_t *object = json_object();

    put_message(object, row);
    put_attempts(object, row);
    return object;
}

static json_t *outbox_json(const OutboxRow *row)
{
    json_t *object = delivery_json(row);

    body_text(object, "link", row->link);
    body_text(object, "runbook", row->runbook);
    body_time(object, "dropped_at", row->dropped_at_ms);
    body_text(object, "dropped_by", row->dropped_by);
    body_text(object, "dropped_reason", row->dropped_reason);
    return object;
}

static int check_states(const struct render *render)
{
    const struct query *query = &render->request->query;

    for (size_t i = 0; i < query->n; i++) {
        bool known = !text_is(query->parameters[i].name, "state");
        for (int state = OUTBOX_PENDING; state < OUTBOX_STATE_COUNT; state++)
            known = known || text_is(query->parameters[i].value, outbox_state_name((OutboxState) state));
        if (!known)
            return problem_set(render->problem, PROBLEM_PARAMETER,
                               "state must be pending, claimed, sent, ambiguous, dead or superseded");
    }
    return 0;
}

/* The channel that routing named and the one that carries it are both an answer to "which channel". */
static bool admits(const struct query *query, const OutboxRow *row)
{
    return query_admits(query, "state", outbox_state_name(row->state)) && query_admits(query, "service", row->service)
           && query_admits(query, "kind", row->kind)
           && (query_admits(query, "channel", row->channel) || query_admits(query, "channel", row->receiver));
}

/* The rows that the query admits, newest first, none decided before since_ms. */
static int list_rows(struct render *render, int64_t since_ms, json_t *(*item)(const OutboxRow *))
{
    CLEANUP(mem_freep) OutboxRow *row = mem_new(sizeof *row);
    const struct query *query = &render->request->query;
    struct store_range range = {.backwards = true};
    struct store_cursor cursor;
    struct store_key key;
    size_t limit = 0;
    bool more = false;

    int r = check_states(render);
    if (r == 0)
        r = query_limit(query, &limit, render->problem);
    if (r == 0)
        r = views_cursor(render, &range);
    if (r < 0)
        return r;
    json_t *items = json_array();
    store_walk(render->txn, TABLE_OUTBOX, range, &cursor);
    for (size_t looked_at = 0; walk_next(&cursor, &key, row) && row->decided_at_ms >= since_ms; looked_at++) {
        more = json_array_size(items) == limit || looked_at == ROWS_LOOKED_AT_MAX;
        if (more)
            break;
        key_to_hex(&key, render->next_cursor);
        if (admits(query, row))
            json_array_append_new(items, item(row));
    }
    store_walk_end(&cursor);
    render_read_done(render);
    if (!more)
        render->next_cursor[0] = '\0';
    return body_write(views_list(render, items), render->out);
}

int views_deliveries(struct render *render)
{
    return list_rows(render, INT64_MIN, delivery_json);
}

int views_outbox(struct render *render)
{
    int64_t since_ms = INT64_MIN;
    bool relative = false;

    int r = query_time(&render->request->query, "since", render->now_ms, &since_ms, &relative, render->problem);
    return r < 0 ? r : list_rows(render, since_ms, outbox_json);
}

/* What its receiver was last told of the alert. */
static json_t *told_json(struct render *render, const OutboxRow *row)
{
    CLEANUP(mem_freep) ToldRow *told = mem_new(sizeof *told);

    if (row->receiver[0] == '\0' || store_get(render->txn, TABLE_TOLD, key_told(row->receiver, row->key), told) != 0)
        return NULL;
    json_t *object = json_object();
    body_int(object, "sequence", (int64_t) told->outbox);
    body_text(object, "kind", told->kind);
    body_text(object, "level", told->level);
    body_time(object, "at", told->at_ms);
    return object;
}

int views_outbox_row(struct render *render)
{
    CLEANUP(mem_freep) OutboxRow *row = mem_new(sizeof *row);
    uint64_t sequence;

    if (!outbox_id_parse(render->request->item, &sequence)
        || store_get(render->txn, TABLE_OUTBOX, key_number(sequence), row) != 0)
        return problem_set(render->problem, PROBLEM_NOT_FOUND, "no notification has the sequence %.32s", render->request->item);
    json_t *object = outbox_json(row);
    body_put(object, "receiver_was_last_told", told_json(render, row));
    render_read_done(render);
    return body_write(object, render->out);
}

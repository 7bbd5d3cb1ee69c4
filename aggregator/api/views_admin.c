/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reads for those who operate it: deliveries, audit, tokens. Never cached, newest first where there is an order.
 */
#include <errno.h>

#include "aggregator/api/auth.h"
#include "aggregator/api/body.h"
#include "aggregator/api/outbox_count.h"
#include "aggregator/api/views.h"
#include "aggregator/api/walk.h"

enum { DELIVERIES_LOOKED_AT_MAX = 20000 };

static json_t *delivery_json(const OutboxRow *row)
{
    json_t *object = json_object();

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
    body_text(object, "reason", row->reason);
    body_int(object, "attempts", row->attempts);
    body_int(object, "ambiguous_attempts", row->ambiguous);
    body_time(object, "next_attempt_at", row->next_attempt_ms);
    body_time(object, "last_attempt_at", row->last_attempt_ms);
    body_time(object, "finished_at", row->finished_ms);
    body_text(object, "receipt", row->receipt);
    body_put(object, "superseded_by", row->superseded_by == 0 ? NULL : json_integer((json_int_t) row->superseded_by));
    body_bool(object, "demo", row->demo);
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

/* Limit, cursor and range of a table that is read from its end. */
static int open_list(struct render *render, enum table table, size_t *limit, struct store_cursor *cursor)
{
    struct store_range range = {.backwards = true};

    int r = query_limit(&render->request->query, limit, render->problem);
    if (r == 0)
        r = views_cursor(render, &range);
    if (r == 0)
        store_walk(render->txn, table, range, cursor);
    return r;
}

static int close_list(struct render *render, struct store_cursor *cursor, json_t *items, bool more)
{
    store_walk_end(cursor);
    render_read_done(render);
    if (!more)
        render->next_cursor[0] = '\0';
    return body_write(views_list(render, items), render->out);
}

int views_deliveries(struct render *render)
{
    OutboxRow row;
    struct store_cursor cursor;
    struct store_key key;
    size_t limit = 0;
    bool more = false;

    int r = check_states(render);
    if (r == 0)
        r = open_list(render, TABLE_OUTBOX, &limit, &cursor);
    if (r < 0)
        return r;
    json_t *items = json_array();
    for (size_t looked_at = 0; !more && walk_next(&cursor, &key, &row); looked_at++) {
        more = json_array_size(items) == limit || looked_at == DELIVERIES_LOOKED_AT_MAX;
        if (more)
            break;
        key_to_hex(&key, render->next_cursor);
        if (query_admits(&render->request->query, "state", outbox_state_name(row.state)))
            json_array_append_new(items, delivery_json(&row));
    }
    return close_list(render, &cursor, items, more);
}

static json_t *audit_json(struct render *render, const struct store_key *key, const void *of)
{
    const AuditRow *row = of;
    json_t *object = json_object();
    char id[2 * STORE_KEY_BYTES_MAX + 1];
    (void) render;

    key_to_hex(key, id);
    body_text(object, "id", id);
    body_time(object, "at", row->at_ms);
    body_text(object, "who", row->who);
    body_text(object, "role", row->role);
    body_text(object, "action", row->action);
    body_text(object, "resource", row->resource);
    body_text(object, "reason", row->reason);
    body_text(object, "detail", row->detail);
    body_text(object, "request_id", row->request_id);
    body_text(object, "address", row->address);
    return object;
}

int views_audit(struct render *render)
{
    AuditRow row;
    json_t *list = views_table(render, &(struct table_list) {
        .table = TABLE_AUDIT, .backwards = true, .row = &row, .item = audit_json,
    });

    return list == NULL ? -EPROTO : body_write(list, render->out);
}

static json_t *token_json(struct render *render, const struct store_key *key, const void *of)
{
    const TokenRow *row = of;
    json_t *object = json_object();
    (void) render;
    (void) key;

    body_text(object, "name", row->name);
    body_text(object, "role", role_name(row->role));
    body_time(object, "created_at", row->created_at_ms);
    body_text(object, "created_by", row->created_by);
    body_time(object, "last_used_at", row->last_used_ms);
    body_time(object, "revoked_at", row->revoked_at_ms);
    return object;
}

int views_tokens(struct render *render)
{
    TokenRow row;
    json_t *list = views_table(render, &(struct table_list) {.table = TABLE_TOKENS, .row = &row, .item = token_json});

    return list == NULL ? -EPROTO : body_write(list, render->out);
}

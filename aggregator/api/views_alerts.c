/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GET /api/admin/alerts: the open ones by key, then those that are over, newest first. A cursor names the table it stands in
 * ("o" or "c") before the key. A filter may pass over many rows, so one answer looks at a bounded number of them.
 */
#include <stdio.h>
#include <string.h>

#include "aggregator/api/alert_filter.h"
#include "aggregator/api/body.h"
#include "aggregator/api/summary.h"
#include "aggregator/api/views.h"
#include "aggregator/api/walk.h"
#include "aggregator/engine/config.h"

enum { ALERTS_LOOKED_AT_MAX = 20000 };

struct listing {
    struct render *render;
    struct alert_filter filter;
    json_t *items;
    size_t limit;
    size_t looked_at;
    bool full;                         /* there is more behind next_cursor */
    char table;                        /* of the cursor that was given; 0: none */
    struct store_key after;
};

static int read_cursor(struct listing *listing)
{
    struct text cursor;

    if (!query_get(&listing->render->request->query, "cursor", &cursor))
        return 0;
    bool named = cursor.len > 1 && (cursor.at[0] == 'o' || cursor.at[0] == 'c');
    if (!named || !key_from_hex((struct text) {cursor.at + 1, cursor.len - 1}, &listing->after))
        return problem_set(listing->render->problem, PROBLEM_PARAMETER, "cursor is not one of ours");
    listing->table = cursor.at[0];
    return 0;
}

static json_t *item_json(const struct alert_item *item, const char *reason)
{
    const AlertState *alert = item->alert;
    char host[ID_BYTES_MAX + 1];

    json_t *object = views_alert_json(alert, item->level);
    body_text(object, "state", item->closed_at_ms == 0 ? "open" : "closed");
    body_text(object, "severity", alert_severity(item->level));
    body_text(object, "host", alert_host(alert, host) ? host : NULL);
    body_text(object, "acknowledged_notes", alert->has_ack ? alert->ack.notes : NULL);
    body_bool(object, "acknowledged_sticky", alert->has_ack && alert->ack.sticky);
    body_time(object, "closed_at", item->closed_at_ms);
    body_text(object, "closed_reason", reason);
    return object;
}

/* False: the answer is full, and this row is not in it. */
static bool take(struct listing *listing, char table, const struct store_key *key, const struct alert_item *item,
                 const char *reason)
{
    listing->full = json_array_size(listing->items) == listing->limit || listing->looked_at == ALERTS_LOOKED_AT_MAX;
    if (listing->full)
        return false;
    listing->looked_at++;
    listing->render->next_cursor[0] = table;
    key_to_hex(key, listing->render->next_cursor + 1);
    if (alert_filter_admits(&listing->filter, item))
        json_array_append_new(listing->items, item_json(item, reason));
    return true;
}

static struct store_range range_of(const struct listing *listing, char table)
{
    struct store_range range = {.backwards = table == 'c'};

    if (listing->table == table) {
        range.from = listing->after;
        range.exclusive = true;
    }
    return range;
}

static void list_open(struct listing *listing)
{
    AlertState row;
    struct store_txn *txn = listing->render->txn;
    struct store_cursor cursor;
    struct store_key key;
    bool going = true;

    store_walk(txn, TABLE_ALERTS, range_of(listing, 'o'), &cursor);
    while (going && walk_next(&cursor, &key, &row)) {
        const struct alert_item item = {.alert = &row, .level = alert_level(txn, &row)};
        going = take(listing, 'o', &key, &item, NULL);
    }
    store_walk_end(&cursor);
}

static const char *last_level(const AlertState *alert)
{
    if (alert->alert_class == ALERT_SERVICE)
        return status_name(status_from_number((int) alert->peak));
    return alert->level[0] != '\0' ? alert->level : alert_class_word(alert->alert_class);
}

static void list_closed(struct listing *listing)
{
    ClosedAlertRow row;
    struct store_cursor cursor;
    struct store_key key;
    bool going = true;

    store_walk(listing->render->txn, TABLE_ALERTS_CLOSED, range_of(listing, 'c'), &cursor);
    while (going && walk_next(&cursor, &key, &row) && row.closed_at_ms >= listing->filter.since_ms) {
        const struct alert_item item = {&row.alert, last_level(&row.alert), row.closed_at_ms};
        going = take(listing, 'c', &key, &item, row.reason);
    }
    store_walk_end(&cursor);
}

int views_alerts(struct render *render)
{
    struct listing listing = {.render = render};
    const struct query *query = &render->request->query;

    int r = alert_filter_read(query, render->now_ms, &listing.filter, render->problem);
    if (r == 0)
        r = query_limit(query, &listing.limit, render->problem);
    if (r == 0)
        r = read_cursor(&listing);
    if (r < 0)
        return r;
    listing.items = json_array();
    if (listing.filter.open && listing.table != 'c')
        list_open(&listing);
    if (listing.filter.closed && !listing.full)
        list_closed(&listing);
    render_read_done(render);
    if (!listing.full)
        render->next_cursor[0] = '\0';
    return body_write(views_list(render, listing.items), render->out);
}

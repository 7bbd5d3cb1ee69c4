/* SPDX-License-Identifier: Apache-2.0 */
/* GET /api/maintenance: windows that are active or to come, by id. Those that are over have no row. */
#include "aggregator/api/body.h"
#include "aggregator/api/views.h"
#include "aggregator/api/walk.h"

static json_t *window_json(const WindowState *row)
{
    const Maintenance *window = &row->window;
    bool vendor = window->origin == MAINTENANCE_VENDOR;
    json_t *object = json_object();
    json_t *subjects = json_array();

    for (pb_size_t i = 0; i < window->subjects_count; i++)
        json_array_append_new(subjects, body_string(window->subjects[i]));
    body_text(object, "id", window->id);
    body_put(object, "subjects", subjects);
    body_bool(object, "active", row->active);
    body_time(object, "start", window->start_ms);
    body_time(object, "end", window->end_ms);
    body_text(object, "origin", vendor ? "vendor" : "operator");
    body_bool(object, "slo_exclude", window->has_slo_exclude ? window->slo_exclude : !vendor);
    body_text(object, "by", window->by);
    body_text(object, "reason", window->reason);
    body_time(object, "set_at", row->set_at_ms);
    return object;
}

int views_maintenance(struct render *render)
{
    WindowState row;
    struct store_cursor cursor;
    struct store_range range = {0};
    struct store_key key;
    size_t limit = 0;
    bool more = false;

    int r = query_limit(&render->request->query, &limit, render->problem);
    if (r == 0)
        r = views_cursor(render, &range);
    if (r < 0)
        return r;
    json_t *items = json_array();
    store_walk(render->txn, TABLE_MAINTENANCE, range, &cursor);
    while (walk_next(&cursor, &key, &row)) {
        more = json_array_size(items) == limit;
        if (more)
            break;
        key_to_hex(&key, render->next_cursor);
        json_array_append_new(items, window_json(&row));
    }
    store_walk_end(&cursor);
    render_read_done(render);
    if (!more)
        render->next_cursor[0] = '\0';
    json_t *list = views_list(render, items);
    views_put_world(render, list);
    return body_write(list, render->out);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GET /api/maintenance: windows that are active or to come, by id. Those that are over have no row. What a vendor calls its
 * window, and where it tells of it, is its item's newest word.
 */
#include <errno.h>

#include "aggregator/api/body.h"
#include "aggregator/api/vendor_view.h"
#include "aggregator/api/views.h"

static void put_vendor(struct render *render, const char *id, json_t *object)
{
    VendorVersionRow *version = arena_new(&render->arena, sizeof *version);
    bool known = vendor_view_of_window(render->txn, id, version);

    body_text(object, "name", known ? version->item.title : NULL);
    body_text(object, "link", known ? version->item.link : NULL);
}

static json_t *window_json(struct render *render, const struct store_key *key, const void *of)
{
    const WindowState *row = of;
    const Maintenance *window = &row->window;
    bool vendor = window->origin == MAINTENANCE_VENDOR;
    json_t *object = json_object();
    json_t *subjects = json_array();
    (void) key;

    for (pb_size_t i = 0; i < window->subjects_count; i++)
        json_array_append_new(subjects, body_string(window->subjects[i]));
    body_text(object, "id", window->id);
    body_put(object, "subjects", subjects);
    body_bool(object, "active", row->active);
    body_time(object, "start", window->start_ms);
    body_time(object, "end", window->end_ms);
    body_text(object, "origin", vendor ? "vendor" : "operator");
    put_vendor(render, vendor ? window->id : "", object);
    body_bool(object, "slo_exclude", window->has_slo_exclude ? window->slo_exclude : !vendor);
    body_text(object, "by", window->by);
    body_text(object, "reason", window->reason);
    body_time(object, "set_at", row->set_at_ms);
    return object;
}

int views_maintenance(struct render *render)
{
    WindowState row;
    json_t *list = views_table(render, &(struct table_list) {.table = TABLE_MAINTENANCE, .row = &row, .item = window_json});

    if (list == NULL)
        return -EPROTO;
    views_put_world(render, list);
    return body_write(list, render->out);
}

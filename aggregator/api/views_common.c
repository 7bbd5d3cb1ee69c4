/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/views.h"

#include "aggregator/api/api_private.h"
#include "aggregator/api/body.h"
#include "aggregator/api/walk.h"

struct service_reader views_reader(struct render *render)
{
    struct planned *planned = arena_new(&render->arena, sizeof *planned);

    planned_read(render->txn, &render->arena, planned);
    return (struct service_reader) {
        .txn = render->txn, .config = render->config, .arena = &render->arena, .planned = planned};
}

json_t *views_counts_json(const struct status_counts *counts)
{
    json_t *object = json_object();

    for (int i = 0; i < STATUS_COUNT; i++)
        body_int(object, status_name((enum status) i), (int64_t) counts->by_status[i]);
    body_int(object, "total", (int64_t) counts->total);
    return object;
}

json_t *views_list(const struct render *render, json_t *items)
{
    json_t *object = json_object();

    body_put(object, "items", items);
    body_text(object, "next_cursor", render->next_cursor);
    return object;
}

json_t *views_table(struct render *render, const struct table_list *list)
{
    struct store_range range = {.backwards = list->backwards};
    struct store_cursor cursor;
    struct store_key key;
    size_t limit = 0;
    bool more = false;

    int r = query_limit(&render->request->query, &limit, render->problem);
    if (r == 0)
        r = views_cursor(render, &range);
    if (r < 0)
        return NULL;
    json_t *items = json_array();
    store_walk(render->txn, list->table, range, &cursor);
    while (walk_next(&cursor, &key, list->row)) {
        more = json_array_size(items) == limit;
        if (more)
            break;
        key_to_hex(&key, render->next_cursor);
        json_array_append_new(items, list->item(render, &key, list->row));
    }
    store_walk_end(&cursor);
    render_read_done(render);
    if (!more)
        render->next_cursor[0] = '\0';
    return views_list(render, items);
}

void views_put_world(const struct render *render, json_t *object)
{
    char lineage[2 * LINEAGE_BYTES + 1];
    const struct api *api = render->api;

    text_to_hex(api->board.lineage, LINEAGE_BYTES, lineage);
    body_text(object, "lineage", lineage);
    body_bool(object, "demo", store_schema(api->store)->demo);
}

int views_cursor(struct render *render, struct store_range *range)
{
    struct text cursor;

    if (!query_get(&render->request->query, "cursor", &cursor))
        return 0;
    if (!key_from_hex(cursor, &range->from))
        return problem_set(render->problem, PROBLEM_PARAMETER, "cursor is not one of ours");
    range->exclusive = true;
    return 0;
}

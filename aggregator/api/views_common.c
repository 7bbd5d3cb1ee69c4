/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/views.h"

#include "aggregator/api/api_private.h"
#include "aggregator/api/body.h"

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

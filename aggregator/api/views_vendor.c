/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GET /api/services/{id}/vendor-incidents: what the vendor's page lists and listed, with all that became of it. A history is
 * long, so an answer ends early when it has grown large: at least one item stands in it, and next_cursor goes on.
 */
#include <errno.h>
#include <string.h>

#include "aggregator/api/body.h"
#include "aggregator/api/vendor_view.h"
#include "aggregator/api/views.h"
#include "aggregator/api/walk.h"
#include "common/vendor_change.h"

enum { WORDS_BYTES_MAX = 1024 * 1024 };

static json_t *changes_json(uint32_t changes)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < VENDOR_CHANGE_COUNT; i++) {
        if ((changes & 1u << i) != 0)
            json_array_append_new(list, body_string(vendor_change_word(i)));
    }
    return list;
}

/* What it says, as the vendor wrote it; of a version that only tells that the item is gone nothing. */
static void put_words(json_t *object, const VendorItem *item, bool window)
{
    body_text(object, "title", item == NULL ? NULL : item->title);
    body_text(object, "state", item == NULL ? NULL : item->state);
    body_text(object, "impact", item == NULL ? NULL : item->impact);
    body_time(object, "started_at", item == NULL ? 0 : item->starts_at_ms);
    if (window)
        body_time(object, "ends_at", item == NULL ? 0 : item->ends_at_ms);
    body_time(object, "updated_at", item == NULL ? 0 : item->updated_at_ms);
    body_text(object, "text", item == NULL ? NULL : item->text);
    body_text(object, "link", item == NULL ? NULL : item->link);
}

static json_t *version_json(const VendorVersionRow *version, bool window)
{
    json_t *object = json_object();

    body_int(object, "version", version->version);
    body_time(object, "seen_at", version->seen_at_ms);
    body_put(object, "changes", changes_json(version->changes));
    put_words(object, version->has_item ? &version->item : NULL, window);
    body_text(object, "reported_by", version->collector);
    return object;
}

/* The versions, oldest first, each with the time until which it stood; words take the newest ones there are. */
static json_t *versions_json(struct render *render, const VendorItemRow *row, VendorItem *words, size_t *bytes)
{
    struct store_range range = {.prefix = key_vendor_versions_of(row->service, row->kind, row->key)};
    VendorVersionRow *version = arena_new(&render->arena, sizeof *version);
    struct store_cursor cursor;
    json_t *list = json_array();
    json_t *last = NULL;

    store_walk(render->txn, TABLE_VENDOR_VERSIONS, range, &cursor);
    while (walk_next(&cursor, NULL, version)) {
        if (last != NULL)
            body_time(last, "until", version->seen_at_ms);
        last = version_json(version, row->kind == VENDOR_ITEM_MAINTENANCE);
        json_array_append_new(list, last);
        if (version->has_item)
            *words = version->item;
        *bytes += strlen(version->item.text) + sizeof version->item.title;
    }
    store_walk_end(&cursor);
    if (last != NULL)
        body_time(last, "until", 0);
    return list;
}

static json_t *item_json(struct render *render, const VendorItemRow *row, size_t *bytes)
{
    VendorItem *words = arena_new(&render->arena, sizeof *words);
    bool window = row->kind == VENDOR_ITEM_MAINTENANCE;
    json_t *object = json_object();
    json_t *versions = versions_json(render, row, words, bytes);

    body_text(object, "id", row->id);
    body_bool(object, "open", !row->gone);
    body_bool(object, "deleted", row->gone && !row->ended);
    put_words(object, words, window);
    body_time(object, "first_seen_at", row->first_seen_ms);
    body_time(object, "changed_at", row->changed_at_ms);
    body_int(object, "versions_total", row->versions);
    body_int(object, "versions_left_out", row->versions - (int64_t) json_array_size(versions));
    body_put(object, "versions", versions);
    return object;
}

static int read_kind(const struct render *render, VendorItemKind *kind)
{
    struct text word;

    *kind = VENDOR_ITEM_INCIDENT;
    if (!query_get(&render->request->query, "kind", &word) || text_is(word, "incident"))
        return 0;
    *kind = VENDOR_ITEM_MAINTENANCE;
    if (text_is(word, "maintenance"))
        return 0;
    return problem_set(render->problem, PROBLEM_PARAMETER, "kind must be incident or maintenance");
}

static int check_service(const struct render *render)
{
    const char *id = render->request->item;

    if (registry_find(&render->config->registry, id) == NULL)
        return problem_set(render->problem, PROBLEM_NOT_FOUND, "no configured service has the id %.64s", id);
    return 0;
}

struct place { struct store_range range; size_t limit; VendorItemKind kind; };

static json_t *list_items(struct render *render, const struct place *place)
{
    struct vendor_view_choice choice = {.service = render->request->item, .kind = place->kind};
    VendorItemRow **rows;
    size_t n = vendor_view_items(render->txn, &render->arena, &choice, &rows);
    json_t *items = json_array();
    size_t bytes = 0;

    for (size_t i = 0; i < n; i++) {
        struct store_key key = vendor_view_place(rows[i]);
        if (place->range.exclusive && key_compare(&key, &place->range.from) <= 0)
            continue;
        if (json_array_size(items) == place->limit || bytes > WORDS_BYTES_MAX)
            return items;    /* next_cursor is that of the last one */
        key_to_hex(&key, render->next_cursor);
        json_array_append_new(items, item_json(render, rows[i], &bytes));
    }
    render->next_cursor[0] = '\0';
    return items;
}

int views_vendor_incidents(struct render *render)
{
    struct place place = {0};

    int r = check_service(render);
    if (r == 0)
        r = read_kind(render, &place.kind);
    if (r == 0)
        r = query_limit(&render->request->query, &place.limit, render->problem);
    if (r == 0)
        r = views_cursor(render, &place.range);
    if (r < 0)
        return r;
    json_t *items = list_items(render, &place);
    render_read_done(render);
    json_t *list = views_list(render, items);
    views_put_world(render, list);
    return body_write(list, render->out);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/feeds/rows.h"

#include <assert.h>
#include <string.h>

#include "collector/feeds/result.h"
#include "common/registry.h"

void rows_init(struct rows *rows, size_t cap, struct arena *arena)
{
    *rows = (struct rows) {
        .arena = arena,
        .components = arena_new(arena, (cap + 1) * sizeof *rows->components),
        .filter = arena_new(arena, (cap + 1) * sizeof *rows->filter),
        .kinds = arena_new(arena, (cap + 1) * sizeof *rows->kinds),
        .cap = cap,
    };
}

size_t rows_add(struct rows *rows, const struct feed_component *component, enum row_kind kind)
{
    assert(rows->n < rows->cap);
    size_t i = rows->n++;

    rows->components[i] = *component;
    rows->filter[i] = (struct filter_row) {.id = component->id, .name = component->name, .group = FILTER_NO_GROUP};
    rows->kinds[i] = kind;
    return i;
}

size_t rows_group(struct rows *rows, const char *id, const char *name)
{
    for (size_t i = 0; i < rows->n; i++) {
        const struct feed_component *row = &rows->components[i];
        if (rows->kinds[i] != ROW_GROUP)
            continue;
        if (id != NULL ? row->id != NULL && strcmp(row->id, id) == 0 : row->id == NULL && strcmp(row->name, name) == 0)
            return i;
    }
    return rows_add(rows, &(struct feed_component) {.id = id, .name = name}, ROW_GROUP);
}

size_t rows_count_tree(const json_t *list, const char *children)
{
    size_t n = 0;
    size_t i = 0;
    const json_t *value = NULL;

    json_array_foreach(list, i, value) {
        if (json_is_object(value))
            n += 1 + rows_count_tree(json_list(value, children), children);
    }
    return n;
}

bool rows_select(struct rows *rows, const struct string_list *entries, const char *what, struct feed_result *out)
{
    rows->entries = entries;
    rows->filtered = entries->n > 0;
    const char *missed = filter_select(entries, rows->filter, rows->n);
    if (missed == NULL)
        return true;

    const char *nearest = filter_nearest(missed, rows->filter, rows->n);
    const char *words = nearest == NULL
                            ? arena_format(rows->arena, "no %s \"%.100s\" on the page", what, missed)
                            : arena_format(rows->arena, "no %s \"%.100s\" on the page; did you mean \"%s\"?", what, missed,
                                           nearest);
    (void) feed_fail(out, "filter_miss", words, rows->arena);
    return false;
}

void rows_select_named(struct rows *rows, const struct string_list *entries)
{
    rows->entries = entries;
    rows->filtered = entries->n > 0;
    (void) filter_select(entries, rows->filter, rows->n);
}

size_t rows_find(struct rows *rows, struct text id)
{
    if (rows->n_indexed != rows->n)
        filter_index(&rows->index, rows->filter, rows->n, rows->arena);
    rows->n_indexed = rows->n;
    return filter_find(&rows->index, id);
}

bool rows_watched(struct rows *rows, struct text id, struct text name)
{
    if (!rows->filtered)
        return true;
    size_t row = rows_find(rows, id);
    if (row != FILTER_NO_GROUP)
        return rows->filter[row].selected;
    for (size_t i = 0; rows->entries != NULL && i < rows->entries->n; i++) {
        if (filter_entry_means(rows->entries->items[i], id, name))
            return true;
    }
    return false;
}

bool rows_touched(struct rows *rows, const json_t *list, const char *id_key)
{
    size_t i = 0;
    const json_t *value = NULL;

    json_array_foreach(list, i, value) {
        struct text id = feed_id_text(json_is_object(value) ? json_member(value, id_key) : value, rows->arena);
        if (rows_watched(rows, id, json_text(value, "name")))
            return true;
    }
    return !rows->filtered;
}

/* --- the state ---------------------------------------------------------------------------------------------------- */

/* The worst so far with one more; unknown outranks operational only where there is something to be unknown about. */
struct worst {
    enum status state;
    bool any;
};

static void take(struct worst *worst, enum status state)
{
    worst->state = worst->any ? status_worse(worst->state, state) : state;
    worst->any = true;
}

static bool is_below(const struct rows *rows, size_t i, size_t group)
{
    size_t above = rows->filter[i].group;

    for (int depth = 0; above != FILTER_NO_GROUP && above != group && depth < FILTER_DEPTH_MAX; depth++)
        above = rows->filter[above].group;
    return above == group;
}

static enum status group_state(const struct rows *rows, size_t group)
{
    struct worst members = {0};
    for (size_t i = 0; i < rows->n; i++) {
        if (rows->kinds[i] == ROW_LEAF && is_below(rows, i, group))
            take(&members, rows->components[i].state);
    }
    enum status own = rows->components[group].state;
    if (!members.any)
        return own;
    return members.state == STATUS_UNKNOWN ? status_worse(members.state, own) : members.state;
}

void rows_sum_up(struct rows *rows)
{
    for (size_t i = 0; i < rows->n; i++) {
        if (rows->kinds[i] == ROW_GROUP)
            rows->components[i].state = group_state(rows, i);
    }
}

/* A member counts by itself where its group is not selected as a whole. */
static bool counts(const struct rows *rows, size_t i)
{
    size_t group = rows->filter[i].group;

    if (!rows->filtered)
        return rows->kinds[i] == ROW_LEAF;
    return rows->filter[i].selected && (group == FILTER_NO_GROUP || !rows->filter[group].selected);
}

enum status rows_state(const struct rows *rows)
{
    struct worst worst = {0};
    for (size_t i = 0; i < rows->n; i++) {
        if (counts(rows, i))
            take(&worst, rows->kinds[i] == ROW_GROUP ? group_state(rows, i) : rows->components[i].state);
    }
    return worst.any ? worst.state : STATUS_UNKNOWN;
}

bool rows_maintenance(const struct rows *rows)
{
    for (size_t i = 0; i < rows->n; i++) {
        bool watched = rows->filtered ? rows->filter[i].selected : rows->kinds[i] == ROW_LEAF;
        if (watched && rows->components[i].maintenance)
            return true;
    }
    return false;
}

void rows_list(struct rows *rows, struct feed_result *out)
{
    out->components = rows->components;
    out->n_components = rows->n;
    if (!rows->filtered)
        return;

    out->components = arena_new(rows->arena, (rows->n + 1) * sizeof *out->components);
    out->n_components = 0;
    for (size_t i = 0; i < rows->n; i++) {
        if (rows->filter[i].selected)
            out->components[out->n_components++] = rows->components[i];
    }
}

bool rows_filter_fits(const struct feed_entry *entry, unsigned keys, const char *words, struct feed_result *out,
                      struct arena *arena)
{
    const struct { unsigned key; const struct string_list *entries; const char *name; } filters[] = {
        { FEED_KEY_COMPONENTS, &entry->components, "components" },
        { FEED_KEY_CONTAINERS, &entry->containers, "containers" },
        { FEED_KEY_PRODUCTS, &entry->products, "products" },
        { FEED_KEY_REGIONS, &entry->regions, "regions" },
        { FEED_KEY_SERVICES, &entry->services, "services" },
    };
    for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
        if (filters[i].entries->n == 0 || (keys & filters[i].key) != 0)
            continue;
        (void) feed_fail(out, "filter_miss", arena_format(arena, "%s; %s mean nothing here", words, filters[i].name), arena);
        return false;
    }
    return true;
}

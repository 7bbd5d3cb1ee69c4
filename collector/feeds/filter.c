/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/feeds/filter.h"

#include <stdlib.h>
#include <string.h>

enum { ERROR_EVERY = 4 };   /* letters of which one may differ and the name still look the same */

static bool id_is(const struct filter_row *row, const char *entry)
{
    return row->id != NULL && strcmp(row->id, entry) == 0;
}

static bool name_is(const char *name, const char *entry)
{
    return text_equal_ignoring_case(text_trim(text_of(name)), text_trim(text_of(entry)));
}

bool filter_entry_means(const char *entry, struct text id, struct text name)
{
    return (id.len > 0 && text_is(id, entry))
           || (name.len > 0 && text_equal_ignoring_case(text_trim(name), text_trim(text_of(entry))));
}

static bool select_entry(const char *entry, struct filter_row *rows, size_t n_rows)
{
    bool by_id = false;
    bool found = false;

    for (size_t i = 0; i < n_rows && !by_id; i++)
        by_id = id_is(&rows[i], entry);
    for (size_t i = 0; i < n_rows; i++) {
        if (by_id ? id_is(&rows[i], entry) : name_is(rows[i].name, entry))
            found = rows[i].selected = true;
    }
    return found;
}

static bool is_member_of_selected(const struct filter_row *rows, size_t i)
{
    size_t group = rows[i].group;

    for (int depth = 0; group != FILTER_NO_GROUP && depth < FILTER_DEPTH_MAX; depth++) {
        if (rows[group].selected)
            return true;
        group = rows[group].group;
    }
    return false;
}

const char *filter_select(const struct string_list *entries, struct filter_row *rows, size_t n_rows)
{
    for (size_t i = 0; i < entries->n; i++) {
        if (!select_entry(entries->items[i], rows, n_rows))
            return entries->items[i];
    }
    for (size_t i = 0; i < n_rows; i++)
        rows[i].selected = rows[i].selected || is_member_of_selected(rows, i);
    return NULL;
}

const char *filter_nearest(const char *entry, const struct filter_row *rows, size_t n_rows)
{
    const char *nearest = NULL;
    int distance = (int) (strlen(entry) / ERROR_EVERY) + 1;

    for (size_t i = 0; i < n_rows; i++) {
        int d = text_distance(entry, rows[i].name);
        if (d < distance) {
            distance = d;
            nearest = rows[i].name;
        }
    }
    return nearest;
}

static int compare_rows(const void *a, const void *b, void *context)
{
    const struct filter_row *rows = context;
    size_t i = *(const size_t *) a;
    size_t j = *(const size_t *) b;
    int order = strcmp(rows[i].id, rows[j].id);

    return order != 0 ? order : (i > j) - (i < j);
}

void filter_index(struct filter_index *index, const struct filter_row *rows, size_t n_rows, struct arena *arena)
{
    *index = (struct filter_index) {.rows = rows, .order = arena_new(arena, (n_rows + 1) * sizeof *index->order)};
    for (size_t i = 0; i < n_rows; i++) {
        if (rows[i].id != NULL)
            index->order[index->n++] = i;
    }
    qsort_r(index->order, index->n, sizeof *index->order, compare_rows, (void *) rows);
}

static int compare_id(const char *id, struct text wanted)
{
    size_t len = strlen(id);
    int order = memcmp(id, wanted.at, len < wanted.len ? len : wanted.len);

    return order != 0 ? order : (len > wanted.len) - (len < wanted.len);
}

size_t filter_find(const struct filter_index *index, struct text id)
{
    size_t low = 0;
    size_t high = index->n;

    if (id.len == 0)
        return FILTER_NO_GROUP;
    while (low < high) {   /* the first that is not below */
        size_t middle = low + (high - low) / 2;
        if (compare_id(index->rows[index->order[middle]].id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < index->n && compare_id(index->rows[index->order[low]].id, id) == 0;
    return found ? index->order[low] : FILTER_NO_GROUP;
}

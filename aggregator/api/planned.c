/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/planned.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/api/walk.h"
#include "common/limits.h"

static void take(const WindowState *row, struct arena *arena, struct planned_window *out)
{
    const Maintenance *window = &row->window;

    *out = (struct planned_window) {
        .id = arena_copy_string(arena, window->id),
        .by = arena_copy_string(arena, window->by),
        .reason = arena_copy_string(arena, window->reason),
        .subjects = arena_new(arena, window->subjects_count * sizeof *out->subjects),
        .n_subjects = window->subjects_count,
        .active = row->active,
        .vendor = window->origin == MAINTENANCE_VENDOR,
        .start_ms = window->start_ms,
        .end_ms = window->end_ms,
        .set_at_ms = row->set_at_ms,
    };
    for (size_t i = 0; i < out->n_subjects; i++)
        out->subjects[i] = arena_copy_string(arena, window->subjects[i]);
}

static int compare_windows(const void *left, const void *right)
{
    const struct planned_window *a = left;
    const struct planned_window *b = right;

    if (a->active != b->active)
        return a->active ? -1 : 1;
    int64_t due_a = a->active ? a->end_ms : a->start_ms;
    int64_t due_b = b->active ? b->end_ms : b->start_ms;
    int order = (due_a > due_b) - (due_a < due_b);
    return order != 0 ? order : strcmp(a->id, b->id);
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(const char *const *) left, *(const char *const *) right);
}

static void collect_covered(struct arena *arena, struct planned *out)
{
    size_t n = 0;

    for (size_t i = 0; i < out->n_active; i++)
        n += out->windows[i].n_subjects;
    out->covered = arena_new(arena, n * sizeof *out->covered);
    for (size_t i = 0; i < out->n_active; i++) {
        for (size_t k = 0; k < out->windows[i].n_subjects; k++)
            out->covered[out->n_covered++] = out->windows[i].subjects[k];
    }
    qsort(out->covered, out->n_covered, sizeof *out->covered, compare_names);
}

void planned_read(struct store_txn *txn, struct arena *arena, struct planned *out)
{
    size_t room = store_rows(txn, TABLE_MAINTENANCE);
    struct store_cursor cursor;

    *out = (struct planned) {0};
    if (room == 0)
        return;
    WindowState *row = arena_new(arena, sizeof *row);
    out->windows = arena_new(arena, room * sizeof *out->windows);
    store_walk(txn, TABLE_MAINTENANCE, (struct store_range) {0}, &cursor);
    while (out->n_windows < room && walk_next(&cursor, NULL, row)) {
        take(row, arena, &out->windows[out->n_windows++]);
        out->n_active += row->active;
    }
    store_walk_end(&cursor);
    qsort(out->windows, out->n_windows, sizeof *out->windows, compare_windows);
    collect_covered(arena, out);
}

static bool is_covered(const struct planned *planned, const char *subject)
{
    return bsearch(&subject, planned->covered, planned->n_covered, sizeof *planned->covered, compare_names) != NULL;
}

/* The name itself when a window may list it bare; "CLASS:NAME", its alert's key; everything. */
static bool covers(const struct planned *planned, const char *bare, const char *class, const char *name)
{
    char key[KEY_BYTES_MAX + 1];

    if (planned == NULL || planned->n_covered == 0)
        return false;
    (void) snprintf(key, sizeof key, "%s:%s", class, name);
    return (bare != NULL && is_covered(planned, bare)) || is_covered(planned, key) || is_covered(planned, "*");
}

bool planned_covers_service(const struct planned *planned, const char *service)
{
    return covers(planned, service, "service", service);
}

bool planned_covers_host(const struct planned *planned, const char *name)
{
    return covers(planned, NULL, "collector", name);
}

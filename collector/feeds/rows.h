/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rows: the components of a page with their groups, and what a watch filter makes of them. Shared by all feeds, pure.
 *
 *     struct rows rows;
 *     rows_init(&rows, n, arena);
 *     rows_add(&rows, &component, ROW_LEAF);                  // and rows.filter[i].group = its group's position
 *     if (!rows_select(&rows, &config->components, "component", out))
 *         return 0;                                           // out says filter_miss
 *     if (rows_touched(&rows, affected, "id")) ...            // incidents and windows of what is watched
 *     out->state = rows_state(&rows);
 *     rows_list(&rows, out);
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "collector/feeds/feed.h"
#include "collector/feeds/filter.h"

enum row_kind { ROW_LEAF, ROW_GROUP };   /* a group is a heading: its members count in its place */

struct rows {
    struct arena *arena;
    struct feed_component *components;
    struct filter_row *filter;     /* in the same order */
    enum row_kind *kinds;
    size_t n;
    size_t cap;
    bool filtered;                 /* there is a watch filter */
    const struct string_list *entries;   /* of it, once it is laid over them; NULL before */
    struct filter_index index;     /* made when first asked, of as many rows as there were */
    size_t n_indexed;
};

/* Room for cap rows in the arena. */
void rows_init(struct rows *, size_t cap, struct arena *);

/* Adds a row, a copy, in no group; its position. There must be room. */
size_t rows_add(struct rows *, const struct feed_component *, enum row_kind);

/* The group of this id, or without an id of this name, which is added when there is none yet: for platforms that name a group
 * only beside its members. There must be room. id may be NULL. */
size_t rows_group(struct rows *, const char *id, const char *name);

/* How many objects there are in a list and in the lists that they have under this key, to any depth. */
size_t rows_count_tree(const json_t *list, const char *children);

/* Marks what the entries mean (groups with their members). False: one means nothing, and the result is that of a failed
 * poll (filter_miss) whose sentence names it and what comes near. what: "component or group". */
bool rows_select(struct rows *, const struct string_list *entries, const char *what, struct feed_result *);

/* The same for a history, which need not name all that is watched. */
void rows_select_named(struct rows *, const struct string_list *entries);

/* The position of the row of this id (the first of several), or FILTER_NO_GROUP. Fast once all rows are in. */
size_t rows_find(struct rows *, struct text id);

/* Whether what an item names is watched, by the row of its id or else by the entries; always without a filter. */
bool rows_watched(struct rows *, struct text id, struct text name);

/* Whether one of a list is: of ids, or of objects with an id under this key (a text or a number) and a "name". False for an
 * empty list, but always true without a filter. */
bool rows_touched(struct rows *, const json_t *list, const char *id_key);

/* Worst of what is watched: of the selected rows, a group being the worst of its members and theirs; without a filter, of
 * all leaves. Unknown when there are none. A group's own row only has a say where it has no members, or where it is bad and
 * they leave the question open. */
enum status rows_state(const struct rows *);

/* Gives each group the state of its members, where a platform's groups have none of their own; one without members keeps
 * its own. */
void rows_sum_up(struct rows *);

/* Whether something watched is under maintenance; groups have no say without a filter. */
bool rows_maintenance(const struct rows *);

/* Puts what is watched into the result, in the page's order; without a filter all of it. */
void rows_list(struct rows *, struct feed_result *);

/* Refuses a watch filter that this platform has no use for: keys are those it understands (enum feed_key), words say what it
 * filters by ("a Statuspage is filtered by components"). False: the result says filter_miss. */
bool rows_filter_fits(const struct feed_entry *, unsigned keys, const char *words, struct feed_result *, struct arena *);

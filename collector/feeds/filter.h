/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter: which rows of a page the watch filter of a service means. Shared by all feeds, pure.
 *
 * An entry is an id, or else a name: exact but for blanks around it and ASCII case, never a part of one ("West US" is not
 * "West US 2"). Names are not unique: all rows of that name are meant. A row that is a group means its members too, and
 * theirs.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/mem.h"
#include "common/registry.h"
#include "common/text.h"

#define FILTER_NO_GROUP ((size_t) -1)

enum { FILTER_DEPTH_MAX = 64 };   /* groups in groups, which is as deep as JSON is read; ends a circle of them */

/* A row of the page, in the page's order. */
struct filter_row {
    const char *id;        /* may be NULL */
    const char *name;
    size_t group;          /* the row it is a member of, or FILTER_NO_GROUP */
    bool selected;         /* out */
};

/* Whether an entry means something of this id (may be empty) and name. */
bool filter_entry_means(const char *entry, struct text id, struct text name);

/* Marks what the entries mean. NULL, or the first entry that means nothing. */
const char *filter_select(const struct string_list *entries, struct filter_row *rows, size_t n_rows);

/* The name on the page that is nearest to an entry that means nothing; NULL when none is near. */
const char *filter_nearest(const char *entry, const struct filter_row *rows, size_t n_rows);

/* Rows by id, for pages of thousands. */
struct filter_index {
    const struct filter_row *rows;
    size_t *order;         /* of the rows that have an id, sorted by it */
    size_t n;
};
void filter_index(struct filter_index *, const struct filter_row *rows, size_t n_rows, struct arena *);

/* The position of the row of this id (the first of several), or FILTER_NO_GROUP. */
size_t filter_find(const struct filter_index *, struct text id);

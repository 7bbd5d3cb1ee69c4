/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names: positions by what things are called, for pages that name thousands of them thousands of times. Pure.
 *
 *     CLEANUP(names_done) struct names names = {.arena = arena};
 *     names_put(&names, json_text(product, "id"), row);
 *     size_t row = names_find(&names, text);          // NAMES_NONE
 *
 * Two names are the same when they differ in ASCII case or in blanks around them only; of one that is longer than
 * FEED_NAME_BYTES_MAX the beginning counts, as it does where it is shown.
 */
#pragma once

#include <stddef.h>

#include "common/mem.h"
#include "common/text.h"

#define NAMES_NONE ((size_t) -1)

struct names_entry;
struct names {
    struct arena *arena;               /* where the names are kept */
    struct names_entry *first;
};

/* Remembers it, unless it is empty or remembered already. */
void names_put(struct names *, struct text name, size_t position);

/* The position that was put first under this name. */
size_t names_find(const struct names *, struct text name);

/* Frees what the arena does not. */
void names_done(struct names *);

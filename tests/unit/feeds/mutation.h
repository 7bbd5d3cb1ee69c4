/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mutation: a saved page, changed in one place, in every place.
 */
#pragma once

#include "common/json.h"
#include "common/text.h"

/* One change; what is borrowed lives for the call. */
struct mutation {
    const char *does;                  /* "drops", "nulls", "renames" */
    const char *key;                   /* of the member that was changed; of a list's element that of the list */
    const char *path;                  /* the whole way to it, with positions as []: "components[].status" */
    struct text body;                  /* the page as changed */
};

/* Calls for each member that is left out, each list or object that becomes null, each id that becomes another. */
void mutation_each(const json_t *page, void (*take)(void *context, const struct mutation *), void *context);

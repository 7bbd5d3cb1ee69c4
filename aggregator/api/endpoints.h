/* SPDX-License-Identifier: Apache-2.0 */
/*
 * endpoints: the one table of what can be asked. openapi.json says the same to people; a test holds the two equal.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aggregator/api/render.h"
#include "proto/rows.pb.h"

enum { ENDPOINT_ITEM_BYTES_MAX = REQUEST_ITEM_BYTES_MAX };

/* Does something, or answers without a view: 0 and the reply is filled, ACT_WAITING (suspended), ACT_QUEUED (answered), or
 * -EPROTO and a problem. */
enum { ACT_WAITING = 1, ACT_QUEUED = 2 };
typedef int (*act_fn)(struct request *, struct reply *, struct problem *);

struct endpoint {
    const char *method;                /* GET (HEAD is the library's), POST, DELETE */
    const char *pattern;               /* exact; one {id} or {name} stands for one whole segment, but a second one, which is the
                                        * last, for all that is left: names of sources hold a slash */
    Role role;                         /* needed; ROLE_UNSPECIFIED: anybody */
    const char *const *query;          /* names, NULL-terminated; NULL: none */
    uint32_t views;                    /* of a render: what its body depends on; 0: never cached */
    render_fn render;                  /* one of render and act */
    act_fn act;
    const char *type;                  /* of a render's body */
    const char *summary;
};

extern const struct endpoint endpoints[];
extern const size_t n_endpoints;

/* The endpoint of a decoded path. NULL: none; then allow lists the methods of that path ("" when there is no such path).
 * item takes the variable segment; of two, all from the first on. */
const struct endpoint *endpoint_find(const char *method, const char *path, char item[static ENDPOINT_ITEM_BYTES_MAX + 1],
                               char allow[static 32]);

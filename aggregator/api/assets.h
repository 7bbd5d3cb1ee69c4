/* SPDX-License-Identifier: Apache-2.0 */
/*
 * assets: the files the build puts into the program, compressed: they are asked for seldom, and lie in memory always. A
 * file's address holds its hash, so it may be kept for ever.
 */
#pragma once

#include <stddef.h>

#include "aggregator/api/problem.h"
#include "aggregator/api/reply.h"
#include "aggregator/api/request.h"

struct asset {
    const char *name;                  /* page.css */
    const char *path;                  /* /assets/page-0123456789ab.css */
    const char *type;
    const unsigned char *packed;       /* zlib's format */
    size_t packed_len;
    size_t len;                        /* unpacked */
};

extern const struct asset assets[];
extern const size_t n_assets;

/* The asset of this name; one that is not there is a bug. */
const struct asset *asset_get(const char *name);

/* Its len bytes; free() them. */
unsigned char *asset_unpack(const struct asset *);

/* Its address. */
const char *asset_path(const char *name);

/* GET /assets/{name} and /api/openapi.json. See act_fn. */
int asset_act(struct request *, struct reply *, struct problem *);
int asset_openapi(struct request *, struct reply *, struct problem *);

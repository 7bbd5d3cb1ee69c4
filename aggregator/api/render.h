/* SPDX-License-Identifier: Apache-2.0 */
/*
 * render: from a snapshot of the store to a body, and its entity tag.
 *
 * A render function reads what it needs into its arena, calls render_read_done (a reader pins pages), and only then
 * writes. Its body is a function of the snapshot, the configuration, path and query, and of nothing of the caller: so it
 * is rendered once a round of the views it depends on.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "aggregator/api/reply.h"
#include "aggregator/api/request.h"
#include "aggregator/config/config.h"
#include "aggregator/store/store.h"
#include "common/mem.h"

struct render {
    struct api *api;
    const struct request *request;
    const struct aggregator_config *config;
    struct store_txn *txn;             /* NULL once reading is done */
    struct arena arena;
    struct problem *problem;
    struct buffer *out;
    WorldRow world;
    uint32_t views;                    /* what the body depends on; the endpoint's, a render may narrow or widen it */
    int64_t now_ms;                    /* for what is asked relative to it; whoever uses it sets volatile_body */
    bool volatile_body;                /* not a function of the views alone: not cached, tagged by its bytes */
    char next_cursor[2 * STORE_KEY_BYTES_MAX + 2];    /* a letter of the view's and a key; "" at the end of a list */
};

/* 0 and the body, or -EPROTO and a problem. */
typedef int (*render_fn)(struct render *);

void render_read_done(struct render *);

/* What a finished body may be kept under. */
struct rendering {
    bool cacheable;
    uint32_t views;
    struct rounds rounds;
    uint64_t generation;               /* of the configuration */
};

/* Renders the request's endpoint; its query is parsed. gzip: the caller takes it. 0, or -EPROTO and a problem. */
int render_reply(struct request *, bool gzip, struct reply *, struct rendering *, struct problem *);

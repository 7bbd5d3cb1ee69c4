/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cache: finished answers, one for each address and encoding, valid while the rounds of the views they depend on stand.
 *
 * The hot path: find the address, compare a few numbers with the board, queue a response that all connections share. No
 * store, no rendering, no copy. The lock is a read lock there, and each hit only notes when it was.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aggregator/api/board.h"
#include "aggregator/api/render.h"
#include "aggregator/api/reply.h"

enum { CACHE_ENTRIES_MAX = 64, CACHE_BYTES_MAX = 32 * 1024 * 1024 };

struct MHD_Response;
struct cached;

struct cache {
    pthread_rwlock_t lock;             /* guards the entries */
    struct cached *entries;            /* by key */
    size_t bytes;                      /* of their bodies */
    _Atomic uint64_t uses;             /* an order, not a time: no clock is asked on the hot path */
};

/* What a hit gives: valid while the cache is locked, so queue it there. */
struct cache_hit {
    const struct reply *reply;         /* with its body, for an answer with headers of its own */
    struct MHD_Response *full;
    struct MHD_Response *unchanged;
};

void cache_init(struct cache *);
void cache_done(struct cache *);

/* True and locked: use the hit, then cache_release. False: nothing valid, not locked. */
bool cache_find(struct cache *, const char *uri, bool gzip, const struct board *, uint64_t generation,
                struct cache_hit *out);
void cache_release(struct cache *);

/* Keeps a rendered reply; the longest unused make room. The body is taken. */
void cache_put(struct cache *, const char *uri, bool gzip, struct reply *, const struct rendering *);

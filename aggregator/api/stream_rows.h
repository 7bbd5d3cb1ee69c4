/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream_rows: the timeline's rows as events. The last slice rendered is kept, because after a commit everybody asks for
 * the same one.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aggregator/store/store.h"
#include "common/buffer.h"

enum { STREAM_SLICE_BYTES_MAX = 512 * 1024 };

struct stream_rows {
    pthread_mutex_t lock;              /* guards the rest */
    bool filled;
    struct store_key after;            /* the slice holds the rows behind this one, */
    uint64_t round;                    /* as of this round of VIEW_TIMELINE */
    struct store_key last;
    size_t n;
    struct buffer text;
};

void stream_rows_init(struct stream_rows *);
void stream_rows_done(struct stream_rows *);

/* Where a new client stands. Negative when the store cannot be read. */
struct stream_place {
    struct store_key newest;           /* len 0: the timeline is empty */
    struct store_key oldest;
};
int stream_rows_ends(struct store *, struct stream_place *out);

/* Appends the next rows behind *position, moves it, and says how many there were in *n (fewer than a slice: no more). */
int stream_rows_next(struct stream_rows *, struct store *, uint64_t round, struct store_key *position, struct buffer *out,
                     size_t *n);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * board: in which round each view was last touched, as numbers that any thread may read without asking the store. The hot
 * path compares these and nothing else.
 */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

#include "aggregator/inbox/commit.h"
#include "aggregator/store/store.h"

struct board {
    _Atomic uint64_t views[VIEW_COUNT];
    _Atomic uint64_t round;
    uint8_t lineage[LINEAGE_BYTES];     /* constant after board_load */
};

/* The rounds of some views at one moment; what is not in the mask is 0. */
struct rounds {
    uint64_t views[VIEW_COUNT];
};

/* From the store, at start. Negative when it cannot be read. */
int board_load(struct board *, struct store *);

/* What a commit touched. On the core's thread. */
void board_commit(struct board *, const struct commit_note *);

/* The rounds of the views in the mask (bit 1 << enum view). */
void board_read(const struct board *, uint32_t mask, struct rounds *out);

/* The same from a row of the store. */
void rounds_of_world(const WorldRow *, uint32_t mask, struct rounds *out);

/* The views of the mask that were touched after this round, as a mask. */
uint32_t board_since(const struct board *, uint64_t round);

/* The word of a view, as in the stream: services, hosts, … */
const char *view_name(enum view);

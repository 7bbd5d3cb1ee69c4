/* SPDX-License-Identifier: Apache-2.0 */
/*
 * anchor: the engine's clock (X1). Anchored once, at start, to the later of the wall clock and the engine's
 * own last time, and carried by the monotonic clock from there. A wall clock that runs more than 5 s ahead means that
 * we slept: the engine gets a gap and a new anchor. One that falls behind changes nothing. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { ANCHOR_AHEAD_MS_MAX = 5000 };

struct anchor {
    int64_t wall_ms;             /* engine clock at the moment of anchoring */
    int64_t mono_ms;             /* monotonic clock at that moment */
};

void anchor_start(struct anchor *, int64_t wall_ms, int64_t mono_ms, int64_t engine_now_ms);

/* The engine clock. Never below engine_now_ms's of anchor_start while the monotonic clock does not go back. */
int64_t anchor_read(const struct anchor *, int64_t mono_ms);

/* Whether the wall clock has run away; then the anchor is set anew and the engine is owed a gap at anchor_read(). */
bool anchor_lost(struct anchor *, int64_t wall_ms, int64_t mono_ms);

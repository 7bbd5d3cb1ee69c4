/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schedule: when something periodic is due next: a fixed grid with a little jitter, and never catching up.
 *
 *     struct schedule schedule;
 *     schedule_init(&schedule, 60000, clock_mono_ms(), seed);
 *     int64_t due_ms = schedule_next(&schedule, clock_mono_ms());   // again after each run
 *
 * Pure. All times are readings of one monotonic clock, in milliseconds.
 */
#pragma once

#include <stdint.h>

#include "common/rng.h"

struct schedule {
    int64_t every_ms;
    int64_t base_ms;       /* slot k stands at base + k * every, each moved by at most a tenth of the interval */
    int64_t slot;          /* the last one given; -1: none */
    struct rng rng;
};

enum { SCHEDULE_START_MS_MAX = 5000 };

/* The first slot is somewhere in the first interval, at most 5 s after now. */
void schedule_init(struct schedule *, int64_t every_ms, int64_t now_ms, uint64_t seed);

/* The next due time, each slot given once; slots but the first that have passed unused are skipped. */
int64_t schedule_next(struct schedule *, int64_t now_ms);

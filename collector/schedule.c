/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/schedule.h"

#include <assert.h>

void schedule_init(struct schedule *schedule, int64_t every_ms, int64_t now_ms, uint64_t seed)
{
    assert(every_ms > 0);
    *schedule = (struct schedule) {.every_ms = every_ms, .slot = -1};
    rng_seed(&schedule->rng, seed);

    int64_t window_ms = every_ms < SCHEDULE_START_MS_MAX ? every_ms : SCHEDULE_START_MS_MAX;
    schedule->base_ms = now_ms + (int64_t) rng_below(&schedule->rng, (uint64_t) window_ms);
}

int64_t schedule_next(struct schedule *schedule, int64_t now_ms)
{
    if (schedule->slot < 0) {   /* the start has its own jitter, and is not skipped for being asked for a little late */
        schedule->slot = 0;
        return schedule->base_ms > now_ms ? schedule->base_ms : now_ms;
    }
    int64_t passed = (now_ms - schedule->base_ms) / schedule->every_ms;
    schedule->slot = (passed > schedule->slot ? passed : schedule->slot) + 1;

    int64_t tenth_ms = schedule->every_ms / 10;
    int64_t jitter_ms = (int64_t) rng_below(&schedule->rng, (uint64_t) (2 * tenth_ms + 1)) - tenth_ms;
    int64_t due_ms = schedule->base_ms + schedule->slot * schedule->every_ms + jitter_ms;
    return due_ms > now_ms ? due_ms : now_ms + 1;
}

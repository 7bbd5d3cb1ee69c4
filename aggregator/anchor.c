/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/anchor.h"

void anchor_start(struct anchor *anchor, int64_t wall_ms, int64_t mono_ms, int64_t engine_now_ms)
{
    anchor->wall_ms = wall_ms > engine_now_ms ? wall_ms : engine_now_ms;
    anchor->mono_ms = mono_ms;
}

int64_t anchor_read(const struct anchor *anchor, int64_t mono_ms)
{
    return anchor->wall_ms + (mono_ms > anchor->mono_ms ? mono_ms - anchor->mono_ms : 0);
}

bool anchor_lost(struct anchor *anchor, int64_t wall_ms, int64_t mono_ms)
{
    if (wall_ms - anchor_read(anchor, mono_ms) <= ANCHOR_AHEAD_MS_MAX)
        return false;
    anchor->wall_ms = wall_ms;
    anchor->mono_ms = mono_ms;
    return true;
}

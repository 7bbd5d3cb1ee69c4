/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/notify/pace.h"

void pace_sent(struct pace *pace, int64_t now_mono_ms, int64_t gap_ms)
{
    pace_hold(pace, now_mono_ms, gap_ms);
}

void pace_hold(struct pace *pace, int64_t now_mono_ms, int64_t delay_ms)
{
    if (now_mono_ms + delay_ms > pace->next_mono_ms)
        pace->next_mono_ms = now_mono_ms + delay_ms;
}

int64_t pace_wait(const struct pace *pace, int64_t now_mono_ms)
{
    return pace->next_mono_ms > now_mono_ms ? pace->next_mono_ms - now_mono_ms : 0;
}

int64_t backoff_delay_ms(uint32_t attempts, struct rng *rng)
{
    int64_t delay_ms = BACKOFF_FIRST_MS;
    for (uint32_t i = 1; i < attempts && delay_ms < BACKOFF_MAX_MS; i++)
        delay_ms *= 2;
    if (delay_ms > BACKOFF_MAX_MS)
        delay_ms = BACKOFF_MAX_MS;
    return delay_ms / 2 + (int64_t) rng_below(rng, (uint64_t) delay_ms / 2 + 1);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/throttle.h"

#include <stddef.h>

/* FNV-1a; never 0. */
static uint64_t hash_of(const char *address)
{
    uint64_t hash = UINT64_C(14695981039346656037);

    for (; *address != '\0'; address++)
        hash = (hash ^ (unsigned char) *address) * UINT64_C(1099511628211);
    return hash == 0 ? 1 : hash;
}

void throttle_fail(struct throttle *throttle, const char *address, int64_t now_mono_ms)
{
    uint64_t hash = hash_of(address);
    size_t oldest = hash % THROTTLE_SLOTS;

    for (size_t i = 0; i < THROTTLE_PROBES; i++) {
        size_t at = (hash + i) % THROTTLE_SLOTS;
        if (throttle->slots[at].address == hash) {
            oldest = at;
            break;
        }
        if (throttle->slots[at].address == 0
            || throttle->slots[at].since_mono_ms < throttle->slots[oldest].since_mono_ms)
            oldest = at;
        if (throttle->slots[at].address == 0)
            break;
    }
    if (throttle->slots[oldest].address != hash
        || now_mono_ms - throttle->slots[oldest].since_mono_ms >= THROTTLE_WINDOW_MS) {
        throttle->slots[oldest].address = hash;
        throttle->slots[oldest].since_mono_ms = now_mono_ms;
        throttle->slots[oldest].failures = 0;
    }
    throttle->slots[oldest].failures++;
}

int throttle_wait_s(const struct throttle *throttle, const char *address, int64_t now_mono_ms)
{
    uint64_t hash = hash_of(address);

    for (size_t i = 0; i < THROTTLE_PROBES; i++) {
        size_t at = (hash + i) % THROTTLE_SLOTS;
        if (throttle->slots[at].address != hash)
            continue;
        int64_t left_ms = throttle->slots[at].since_mono_ms + THROTTLE_WINDOW_MS - now_mono_ms;
        if (left_ms <= 0 || throttle->slots[at].failures <= THROTTLE_FAILURES_MAX)
            return 0;
        return (int) ((left_ms + 999) / 1000);
    }
    return 0;
}

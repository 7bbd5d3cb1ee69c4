/* SPDX-License-Identifier: Apache-2.0 */
/*
 * throttle: how often an address has failed to prove who it is within a minute. A bounded table; pure, time comes in.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { THROTTLE_SLOTS = 1024, THROTTLE_PROBES = 8, THROTTLE_FAILURES_MAX = 10, THROTTLE_WINDOW_MS = 60 * 1000 };

struct throttle {
    struct {
        uint64_t address;              /* hash of it; 0: free */
        int64_t since_mono_ms;         /* of the first failure of this minute */
        int failures;
    } slots[THROTTLE_SLOTS];
};

/* One failure more. The oldest of a few neighbours makes room when all are taken. */
void throttle_fail(struct throttle *, const char *address, int64_t now_mono_ms);

/* Seconds to wait after more than ten failures in this minute; 0: go on. */
int throttle_wait_s(const struct throttle *, const char *address, int64_t now_mono_ms);

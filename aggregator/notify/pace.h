/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pace: when the next message may go to one receiver, and how long to wait after a failure. Pure: time and chance come in.
 */
#pragma once

#include <stdint.h>

#include "common/rng.h"

enum {
    BACKOFF_FIRST_MS = 1000,
    BACKOFF_MAX_MS = 5 * 60 * 1000,
    RETRY_AFTER_MAX_MS = 15 * 60 * 1000,   /* a receiver that asks for more is asked again anyway */
};

struct pace {                          /* all zero: nothing was sent yet */
    int64_t next_mono_ms;              /* not before */
};

/* A message goes out now: the next one at least gap_ms later. */
void pace_sent(struct pace *, int64_t now_mono_ms, int64_t gap_ms);

/* Nothing for this long, whatever was planned before. */
void pace_hold(struct pace *, int64_t now_mono_ms, int64_t delay_ms);

/* Milliseconds until a message may go; 0: now. */
int64_t pace_wait(const struct pace *, int64_t now_mono_ms);

/* Delay before attempt number `attempts` + 1 (attempts made so far, from 1): 1 s doubling to 5 min, the upper half of it
 * by chance, so that many receivers of one broken network do not come back as one. */
int64_t backoff_delay_ms(uint32_t attempts, struct rng *);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * commit: what a round changed, told to whoever watches, after it is durable.
 */
#pragma once

#include <stdint.h>

struct commit_note {
    uint64_t round;
    uint32_t views;              /* bit 1 << enum view for each view the round touched */
    uint32_t n_timeline;         /* rows added to the timeline */
    uint32_t n_claimed;          /* outbox rows claimed: the notifier has work */
};

/* Called on the core's thread; must not block. */
typedef void (*commit_fn)(void *context, const struct commit_note *);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rng: chance as an argument. A seeded generator (xorshift64*, Vigna 2016) for jitter and tests, never for secrets.
 */
#pragma once

#include <stdint.h>

struct rng {
    uint64_t state;    /* never 0 once seeded */
};

/* Any seed is fine; 0 is replaced. */
void rng_seed(struct rng *, uint64_t seed);

/* The next 64 bits. */
uint64_t rng_next(struct rng *);

/* Evenly 0..limit-1; limit 0 gives 0. */
uint64_t rng_below(struct rng *, uint64_t limit);

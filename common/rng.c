/* SPDX-License-Identifier: Apache-2.0 */
#include "common/rng.h"

void rng_seed(struct rng *rng, uint64_t seed)
{
    rng->state = seed == 0 ? 0x9e3779b97f4a7c15u : seed;
}

uint64_t rng_next(struct rng *rng)
{
    rng->state ^= rng->state >> 12;
    rng->state ^= rng->state << 25;
    rng->state ^= rng->state >> 27;
    return rng->state * 0x2545f4914f6cdd1du;
}

uint64_t rng_below(struct rng *rng, uint64_t limit)
{
    return limit == 0 ? 0 : (rng_next(rng) >> 11) % limit;
}

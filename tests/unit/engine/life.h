/* SPDX-License-Identifier: Apache-2.0 */
/*
 * life: random inputs of every kind, eventful on purpose: few services that stand on each other, short times, two
 * configurations in turn. The same seed lives the same life.
 *
 *     life_begin(life, seed);
 *     engine_configure(engine, &life->configs[0], 0, &effects);
 *     struct input input = life_next(life);
 *     life_give(engine, &input, &effects);
 */
#pragma once

#include "common/rng.h"
#include "tests/unit/engine/story.h"

enum { LIFE_SERVICES = 8 };

/* Some of the first configuration, some of the second, checks of hosts, and one that is nobody. */
extern const char *const life_services[LIFE_SERVICES];

struct life {                          /* large, so on the heap */
    struct rng rng;
    struct rng proofs;                 /* of its own, so that the rest of the life stays as it is */
    struct rng budgets;                /* and of burn rates, likewise */
    int64_t now_ms;
    uint64_t seq[8];
    int mood[8];                       /* what each service is like now */
    struct story story[2];             /* for their configurations */
    struct engine_config configs[2];
    size_t config;                     /* the one in force */
};

/* What happens next. */
struct input {
    enum { OBSERVE, COMMAND, ADVANCE, CONFIGURE } kind;
    int64_t at_ms;
    Observation observation;
    Command command;
    const struct engine_config *config;
};

/* The services of the two configurations. */
extern const struct cast life_first_cast[4];
extern const struct cast life_second_cast[3];

void life_begin(struct life *, uint64_t seed);
struct input life_next(struct life *);
void life_give(struct engine *, const struct input *, struct effects *);

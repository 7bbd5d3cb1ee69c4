/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fork: a second engine with all that the alert of one service depends on while nobody speaks: the levels of the
 * configured services and how they stand on each other, what is planned, the service with its sources, its alert.
 *
 *     struct fork fork;
 *     fork_open(&fork, engine, service);
 *     while (fork_step(&fork)) ...           // look at fork.effects
 *     fork_close(&fork);
 *
 * It is made of rows, as a restart is, so it is exact as far as they are. Part of the engine; included by its files alone.
 */
#pragma once

#include <stdbool.h>

#include "aggregator/engine/engine_private.h"

struct fork {
    struct engine *engine;             /* owned */
    struct engine_config config;       /* the other's, without what no service alert depends on */
    struct engine_service *services;   /* owned, of config; likewise */
    struct engine_rule *rules;
    struct effects effects;            /* of the last step; of opening, before the first */
};

/* A service with an open alert. The names in the fork are its own. */
void fork_open(struct fork *, const struct engine *, const struct service *);

/* Time goes on to the next deadline. False: there is none. */
bool fork_step(struct fork *);
void fork_close(struct fork *);

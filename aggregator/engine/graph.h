/* SPDX-License-Identifier: Apache-2.0 */
/*
 * graph: who stands on whom. depends_on of the configured services, in both directions, and its cycles; built once a
 * configuration. A node is a service's index in the configuration. Pure.
 *
 *     struct graph graph = {0};
 *     graph_build(&graph, config);
 *     uint32_t n = graph_walk(&graph, &(struct graph_walk) {.from = 3, .way = GRAPH_DEPENDENTS});
 *     for (uint32_t i = 0; i < n; i++)
 *         … graph.found[i] …
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aggregator/engine/config.h"

/* Towards those that stand on a service, or towards what it stands on. */
enum graph_way { GRAPH_DEPENDENTS, GRAPH_DEPENDENCIES };
enum { GRAPH_WAYS = GRAPH_DEPENDENCIES + 1 };

struct graph_edges {
    uint32_t *starts;          /* owned, n + 2: where a node's neighbours begin in `to` */
    uint32_t *to;              /* owned: nodes */
};

struct graph {                 /* all zero: no services */
    struct graph_edges edges[GRAPH_WAYS];
    uint32_t *cycle;           /* owned, n: nodes that reach each other have the same number here */
    uint32_t *seen;            /* owned, n: the walk that last came by */
    uint32_t *found;           /* owned, n: what the last walk met, nearest first */
    uint32_t walk;
    uint32_t n;
};

struct graph_walk {
    uint32_t from;
    enum graph_way way;
    bool (*passes)(const void *context, uint32_t node);    /* whether a node is met and led on from; NULL: each is */
    const void *context;
    bool (*ends)(void *listener, uint32_t node);           /* asked of each that is met: true: that was enough; NULL: never */
    void *listener;
};

/* Builds anew; what was there is freed. */
void graph_build(struct graph *, const struct engine_config *);

/* Goes on from node to node, each met once, the first itself never. How many; they stand in `found` until the next. */
uint32_t graph_walk(struct graph *, const struct graph_walk *);

/* Whether both reach each other, or are the same. */
bool graph_same_cycle(const struct graph *, uint32_t a, uint32_t b);

/* B1: all services that reach this one over depends_on, itself excluded, each once: how many, and by tier. */
void graph_impact(struct graph *, const struct engine_config *, uint32_t node, uint32_t *n, uint32_t tiers[3]);

/* Frees; leaves all zero. */
void graph_done(struct graph *);

/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/engine/graph.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

/* ---- edges: counts them, sums the counts into starts, then fills in */

static void count_edge(struct graph_edges *edges, uint32_t from)
{
    edges->starts[from + 2]++;
}

static void put_edge(struct graph_edges *edges, uint32_t from, uint32_t to)
{
    edges->to[edges->starts[from + 1]++] = to;
}

static void build_edges(struct graph *graph, const struct engine_config *config)
{
    uint32_t n = graph->n;

    for (int way = 0; way < GRAPH_WAYS; way++)
        graph->edges[way].starts = mem_new_array((size_t) n + 2, sizeof(uint32_t));
    for (uint32_t i = 0; i < n; i++) {
        for (size_t d = 0; d < config->services[i].n_depends_on; d++) {
            assert(config->services[i].depends_on[d] < n);
            count_edge(&graph->edges[GRAPH_DEPENDENCIES], i);
            count_edge(&graph->edges[GRAPH_DEPENDENTS], (uint32_t) config->services[i].depends_on[d]);
        }
    }
    for (int way = 0; way < GRAPH_WAYS; way++) {
        struct graph_edges *edges = &graph->edges[way];
        for (uint32_t i = 2; i < n + 2; i++)
            edges->starts[i] += edges->starts[i - 1];
        edges->to = mem_new_array(edges->starts[n + 1], sizeof(uint32_t));
    }
    for (uint32_t i = 0; i < n; i++) {
        for (size_t d = 0; d < config->services[i].n_depends_on; d++) {
            uint32_t below = (uint32_t) config->services[i].depends_on[d];
            put_edge(&graph->edges[GRAPH_DEPENDENCIES], i, below);
            put_edge(&graph->edges[GRAPH_DEPENDENTS], below, i);
        }
    }
}

/* ---- cycles, in two rounds (Kosaraju): the second goes the other way, in the reverse order in which the first left */

/* Goes down from one node as deep as there is; appends nodes to `left` as it leaves them. next: where each goes on. */
static uint32_t descend(struct graph *graph, uint32_t from, uint32_t *next, uint32_t *left, uint32_t n_left)
{
    const struct graph_edges *edges = &graph->edges[GRAPH_DEPENDENCIES];
    uint32_t *path = graph->found;
    uint32_t depth = 0;

    graph->seen[from] = graph->walk;
    path[depth++] = from;
    while (depth > 0) {
        uint32_t at = path[depth - 1];
        if (next[at] == edges->starts[at + 1]) {
            left[n_left++] = at;
            depth--;
            continue;
        }
        uint32_t to = edges->to[next[at]++];
        if (graph->seen[to] == graph->walk)
            continue;
        graph->seen[to] = graph->walk;
        path[depth++] = to;
    }
    return n_left;
}

static bool has_no_cycle_yet(const void *context, uint32_t node)
{
    return ((const struct graph *) context)->cycle[node] == UINT32_MAX;
}

static void build_cycles(struct graph *graph)
{
    uint32_t n_left = 0;
    CLEANUP(mem_freep) uint32_t *left = mem_new_array(graph->n, sizeof *left);
    CLEANUP(mem_freep) uint32_t *next = mem_new_array(graph->n, sizeof *next);

    graph->walk++;
    for (uint32_t i = 0; i < graph->n; i++) {
        next[i] = graph->edges[GRAPH_DEPENDENCIES].starts[i];
        graph->cycle[i] = UINT32_MAX;
    }
    for (uint32_t i = 0; i < graph->n; i++) {
        if (graph->seen[i] != graph->walk)
            n_left = descend(graph, i, next, left, n_left);
    }
    assert(n_left == graph->n);
    for (uint32_t i = graph->n; i > 0; i--) {
        uint32_t first = left[i - 1];
        if (graph->cycle[first] != UINT32_MAX)
            continue;
        uint32_t n = graph_walk(graph, &(struct graph_walk) {
            .from = first, .way = GRAPH_DEPENDENTS, .passes = has_no_cycle_yet, .context = graph,
        });
        graph->cycle[first] = first;
        for (uint32_t f = 0; f < n; f++)
            graph->cycle[graph->found[f]] = first;
    }
}

void graph_build(struct graph *graph, const struct engine_config *config)
{
    graph_done(graph);
    graph->n = (uint32_t) config->n_services;
    graph->cycle = mem_new_array(graph->n, sizeof *graph->cycle);
    graph->seen = mem_new_array(graph->n, sizeof *graph->seen);
    graph->found = mem_new_array(graph->n, sizeof *graph->found);
    build_edges(graph, config);
    build_cycles(graph);
}

/* ---- walks */

static void walk_begin(struct graph *graph)
{
    if (++graph->walk == 0) {    /* after four thousand million walks */
        memset(graph->seen, 0, graph->n * sizeof *graph->seen);
        graph->walk = 1;
    }
}

uint32_t graph_walk(struct graph *graph, const struct graph_walk *walk)
{
    const struct graph_edges *edges = &graph->edges[walk->way];
    uint32_t at = walk->from;
    uint32_t taken = 0;
    uint32_t n = 0;

    assert(walk->from < graph->n);
    walk_begin(graph);
    graph->seen[at] = graph->walk;
    for (;;) {
        for (uint32_t e = edges->starts[at]; e < edges->starts[at + 1]; e++) {
            uint32_t to = edges->to[e];
            if (graph->seen[to] == graph->walk)
                continue;
            graph->seen[to] = graph->walk;
            if (walk->passes != NULL && !walk->passes(walk->context, to))
                continue;
            graph->found[n++] = to;
            if (walk->ends != NULL && walk->ends(walk->listener, to))
                return n;
        }
        if (taken == n)
            return n;
        at = graph->found[taken++];
    }
}

bool graph_same_cycle(const struct graph *graph, uint32_t a, uint32_t b)
{
    return graph->cycle[a] == graph->cycle[b];
}

void graph_impact(struct graph *graph, const struct engine_config *config, uint32_t node, uint32_t *n,
                  uint32_t tiers[3])
{
    memset(tiers, 0, 3 * sizeof tiers[0]);
    *n = graph_walk(graph, &(struct graph_walk) {.from = node, .way = GRAPH_DEPENDENTS});
    for (uint32_t i = 0; i < *n; i++)
        tiers[config->services[graph->found[i]].tier - 1]++;
}

void graph_done(struct graph *graph)
{
    for (int way = 0; way < GRAPH_WAYS; way++) {
        free(graph->edges[way].starts);
        free(graph->edges[way].to);
    }
    free(graph->cycle);
    free(graph->seen);
    free(graph->found);
    *graph = (struct graph) {0};
}

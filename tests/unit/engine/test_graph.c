/* SPDX-License-Identifier: Apache-2.0 */
/* Who stands on whom: impact (B1), cycles and walks (D1). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "aggregator/engine/graph.h"
#include "common/mem.h"

static void test_B1_each_dependent_once(void **state)
{
    /* 0 needs 1 and 2; 1 needs 3; 2 needs 3; 3 and 4 need each other; 5 stands alone. */
    static const size_t of0[] = {1, 2};
    static const size_t of1[] = {3};
    static const size_t of3[] = {4};
    static const size_t of4[] = {3};
    static struct engine_service services[] = {
        { .id = "a", .tier = 1, .depends_on = of0, .n_depends_on = 2 },
        { .id = "b", .tier = 2, .depends_on = of1, .n_depends_on = 1 },
        { .id = "c", .tier = 2, .depends_on = of1, .n_depends_on = 1 },
        { .id = "d", .tier = 3, .depends_on = of3, .n_depends_on = 1 },
        { .id = "e", .tier = 3, .depends_on = of4, .n_depends_on = 1 },
        { .id = "f", .tier = 1 },
    };
    static const struct { const char *says; uint32_t of; uint32_t n; uint32_t tiers[3]; } cases[] = {
        { "a leaf", 0, 0, {0, 0, 0} },
        { "one step", 1, 1, {1, 0, 0} },
        { "two ways up and a cycle", 3, 4, {1, 2, 1} },
        { "from within the cycle", 4, 4, {1, 2, 1} },
        { "alone", 5, 0, {0, 0, 0} },
    };
    const struct engine_config config = {.services = services, .n_services = ARRAY_SIZE(services)};
    struct graph graph = {0};
    (void) state;

    graph_build(&graph, &config);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        uint32_t n;
        uint32_t tiers[3];
        graph_impact(&graph, &config, cases[i].of, &n, tiers);
        if (n != cases[i].n || memcmp(tiers, cases[i].tiers, sizeof tiers) != 0)
            fail_msg("%s: %u", cases[i].says, n);
    }
    graph_done(&graph);
}

/* 0 and 1 need each other, and 1 needs 2; 2, 3 and 4 need each other in a ring, and 4 needs 5; 6 needs itself. */
static const size_t r0[] = {1};
static const size_t r1[] = {0, 2};
static const size_t r2[] = {3};
static const size_t r3[] = {4};
static const size_t r4[] = {2, 5};
static const size_t r6[] = {6};
static struct engine_service rings[] = {
    { .id = "a", .tier = 1, .depends_on = r0, .n_depends_on = 1 },
    { .id = "b", .tier = 1, .depends_on = r1, .n_depends_on = 2 },
    { .id = "c", .tier = 1, .depends_on = r2, .n_depends_on = 1 },
    { .id = "d", .tier = 1, .depends_on = r3, .n_depends_on = 1 },
    { .id = "e", .tier = 1, .depends_on = r4, .n_depends_on = 2 },
    { .id = "f", .tier = 1 },
    { .id = "g", .tier = 1, .depends_on = r6, .n_depends_on = 1 },
};
static const struct engine_config rings_config = {.services = rings, .n_services = ARRAY_SIZE(rings)};

static void test_D1_cycles_are_told_apart(void **state)
{
    static const int ring_of[] = {0, 0, 1, 1, 1, 2, 3};
    struct graph graph = {0};
    (void) state;

    graph_build(&graph, &rings_config);
    for (uint32_t a = 0; a < ARRAY_SIZE(rings); a++) {
        for (uint32_t b = 0; b < ARRAY_SIZE(rings); b++) {
            if (graph_same_cycle(&graph, a, b) != (ring_of[a] == ring_of[b]))
                fail_msg("%s and %s", rings[a].id, rings[b].id);
        }
    }
    graph_done(&graph);
}

static bool is_not(const void *context, uint32_t node)
{
    return node != *(const uint32_t *) context;
}

static void test_D1_walks_lead_on_only_through_what_passes(void **state)
{
    static const struct { const char *says; uint32_t from; enum graph_way way; uint32_t without; uint32_t n; } cases[] = {
        { "down, all", 0, GRAPH_DEPENDENCIES, 99, 5 },
        { "down, the next one does not pass", 0, GRAPH_DEPENDENCIES, 1, 0 },
        { "down, the ring is cut behind d", 0, GRAPH_DEPENDENCIES, 4, 3 },
        { "up, all", 5, GRAPH_DEPENDENTS, 99, 5 },
        { "up, without the first pair", 5, GRAPH_DEPENDENTS, 1, 3 },
        { "where it starts it is not met again", 6, GRAPH_DEPENDENTS, 99, 0 },
        { "where it starts need not pass", 5, GRAPH_DEPENDENTS, 5, 5 },
    };
    struct graph graph = {0};
    (void) state;

    graph_build(&graph, &rings_config);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        uint32_t n = graph_walk(&graph, &(struct graph_walk) {
            .from = cases[i].from, .way = cases[i].way, .passes = is_not, .context = &cases[i].without,
        });
        if (n != cases[i].n)
            fail_msg("%s: %u", cases[i].says, n);
    }
    graph_done(&graph);
}

static void test_no_services_at_all(void **state)
{
    static const struct engine_config nothing;
    struct graph graph = {0};
    (void) state;

    graph_build(&graph, &nothing);
    assert_int_equal(graph.n, 0);
    graph_done(&graph);
}

/* As deep as a configuration can be: no recursion that would end the stack. */
static void test_a_chain_of_all_services(void **state)
{
    enum { DEEP = 10000 };
    CLEANUP(mem_freep) struct engine_service *services = mem_new_array(DEEP, sizeof *services);
    CLEANUP(mem_freep) size_t *below = mem_new_array(DEEP, sizeof *below);
    const struct engine_config config = {.services = services, .n_services = DEEP};
    struct graph graph = {0};
    uint32_t n;
    uint32_t tiers[3];
    (void) state;

    for (size_t i = 0; i < DEEP; i++) {
        below[i] = i + 1;
        services[i] = (struct engine_service) {.tier = 2, .depends_on = &below[i], .n_depends_on = i + 1 < DEEP};
    }
    graph_build(&graph, &config);
    graph_impact(&graph, &config, DEEP - 1, &n, tiers);
    assert_int_equal(n, DEEP - 1);
    assert_int_equal(tiers[1], DEEP - 1);
    assert_false(graph_same_cycle(&graph, 0, DEEP - 1));
    graph_done(&graph);
}

/* What was seen in a walk of the same number, four thousand million walks ago, is not seen now. */
static void test_D1_walks_are_counted_round_and_round(void **state)
{
    struct graph graph = {0};
    (void) state;

    graph_build(&graph, &rings_config);
    for (uint32_t i = 0; i < graph.n; i++)
        graph.seen[i] = 1;
    graph.walk = UINT32_MAX;
    assert_int_equal(graph_walk(&graph, &(struct graph_walk) {.from = 6, .way = GRAPH_DEPENDENCIES}), 0);
    assert_int_equal(graph_walk(&graph, &(struct graph_walk) {.from = 0, .way = GRAPH_DEPENDENCIES}), 5);
    graph_done(&graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_B1_each_dependent_once),
        cmocka_unit_test(test_D1_cycles_are_told_apart),
        cmocka_unit_test(test_D1_walks_lead_on_only_through_what_passes),
        cmocka_unit_test(test_no_services_at_all),
        cmocka_unit_test(test_a_chain_of_all_services),
        cmocka_unit_test(test_D1_walks_are_counted_round_and_round),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

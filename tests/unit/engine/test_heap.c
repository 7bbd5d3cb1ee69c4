/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "aggregator/engine/heap.h"
#include "common/rng.h"

enum { TIMERS = 200, STEPS = 20000 };

static void test_one_and_none(void **state)
{
    struct heap heap = {0};
    struct timer timer = {0};
    int64_t due_ms;
    (void) state;

    assert_null(heap_first(&heap, &due_ms));
    assert_int_equal(due_ms, INT64_MAX);
    heap_remove(&heap, &timer);
    heap_set(&heap, &timer, 5);
    assert_ptr_equal(heap_first(&heap, &due_ms), &timer);
    assert_int_equal(due_ms, 5);
    heap_set(&heap, &timer, 9);
    assert_int_equal(heap_due(&heap, &timer), 9);
    assert_int_equal(heap.n, 1);
    heap_remove(&heap, &timer);
    assert_int_equal(heap_due(&heap, &timer), INT64_MAX);
    assert_int_equal(heap.n, 0);
    heap_done(&heap);
}

/* Against a plain list that is searched from end to end. */
static void test_the_first_is_always_the_earliest(void **state)
{
    struct heap heap = {0};
    struct timer timers[TIMERS] = {{0}};
    int64_t due[TIMERS];
    struct rng rng;
    (void) state;

    rng_seed(&rng, 7);
    for (int i = 0; i < TIMERS; i++)
        due[i] = INT64_MAX;
    for (int s = 0; s < STEPS; s++) {
        size_t at = rng_below(&rng, TIMERS);
        if (rng_below(&rng, 3) == 0) {
            heap_remove(&heap, &timers[at]);
            due[at] = INT64_MAX;
        } else {
            due[at] = (int64_t) rng_below(&rng, 1000);
            heap_set(&heap, &timers[at], due[at]);
        }
        int64_t earliest = INT64_MAX;
        for (int i = 0; i < TIMERS; i++)
            earliest = due[i] < earliest ? due[i] : earliest;
        int64_t first_ms;
        const struct timer *first = heap_first(&heap, &first_ms);
        assert_int_equal(first_ms, earliest);
        assert_true(first == NULL || due[first - timers] == earliest);
        assert_int_equal(heap_due(&heap, &timers[at]), due[at]);
    }
    heap_done(&heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_and_none),
        cmocka_unit_test(test_the_first_is_always_the_earliest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

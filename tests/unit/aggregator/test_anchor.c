/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "aggregator/anchor.h"

static void test_X1_starts_at_the_later_of_two(void **state)
{
    (void) state;
    struct anchor anchor;
    anchor_start(&anchor, 1000, 50, 900);
    assert_int_equal(anchor_read(&anchor, 50), 1000);
    anchor_start(&anchor, 1000, 50, 1001);
    assert_int_equal(anchor_read(&anchor, 50), 1001);
}

static void test_X1_runs_on_the_monotonic_clock(void **state)
{
    (void) state;
    struct anchor anchor;
    anchor_start(&anchor, 1000, 50, 0);
    assert_int_equal(anchor_read(&anchor, 51), 1001);
    assert_int_equal(anchor_read(&anchor, 60050), 61000);
    assert_int_equal(anchor_read(&anchor, 49), 1000);   /* never below its start */
}

static void test_X1_only_a_wall_clock_ahead_is_a_gap(void **state)
{
    static const struct { const char *says; int64_t wall_ms; bool lost; int64_t then_ms; } cases[] = {
        { "in step",                    11000, false, 11000 },
        { "five seconds ahead exactly", 16000, false, 11000 },
        { "a millisecond more",         16001, true,  16001 },
        { "set back by an hour",        11000 - 3600000, false, 11000 },
    };
    (void) state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct anchor anchor;
        anchor_start(&anchor, 1000, 0, 0);
        if (anchor_lost(&anchor, cases[i].wall_ms, 10000) != cases[i].lost)
            fail_msg("%s", cases[i].says);
        if (anchor_read(&anchor, 10000) != cases[i].then_ms)
            fail_msg("%s: clock", cases[i].says);
        if (anchor_lost(&anchor, cases[i].wall_ms, 10000))
            fail_msg("%s: twice", cases[i].says);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_X1_starts_at_the_later_of_two),
        cmocka_unit_test(test_X1_runs_on_the_monotonic_clock),
        cmocka_unit_test(test_X1_only_a_wall_clock_ahead_is_a_gap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

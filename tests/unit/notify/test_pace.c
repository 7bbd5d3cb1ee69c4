/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "aggregator/notify/pace.h"
#include "common/mem.h"

static void test_a_receiver_gets_at_most_one_message_a_gap(void **state)
{
    static const struct { const char *says; int64_t hold_ms; int64_t after_ms; int64_t wait_ms; } cases[] = {
        { "at once", 0, 0, 1000 },
        { "one millisecond short", 0, 999, 1 },
        { "exactly there", 0, 1000, 0 },
        { "long after", 0, 5000, 0 },
        { "told to wait longer", 30000, 1000, 29000 },
        { "told to wait less than the gap", 300, 400, 600 },
        { "told to wait, over", 30000, 30000, 0 },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct pace pace = {0};
        assert_int_equal(pace_wait(&pace, 7000), 0);
        pace_sent(&pace, 7000, 1000);
        pace_hold(&pace, 7000, cases[i].hold_ms);
        if (pace_wait(&pace, 7000 + cases[i].after_ms) != cases[i].wait_ms)
            fail_msg("%s: %lld", cases[i].says, (long long) pace_wait(&pace, 7000 + cases[i].after_ms));
    }
}

static void test_backoff_doubles_up_to_five_minutes(void **state)
{
    static const struct { const char *says; uint32_t attempts; int64_t whole_ms; } cases[] = {
        { "none made", 0, 1000 },
        { "one made", 1, 1000 },
        { "two made", 2, 2000 },
        { "nine made", 9, 256000 },
        { "ten made: the ceiling", 10, 300000 },
        { "very many made", UINT32_MAX, 300000 },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct rng rng;
        int64_t least_ms = INT64_MAX, most_ms = 0;
        rng_seed(&rng, 42);
        for (int n = 0; n < 500; n++) {
            int64_t delay_ms = backoff_delay_ms(cases[i].attempts, &rng);
            least_ms = delay_ms < least_ms ? delay_ms : least_ms;
            most_ms = delay_ms > most_ms ? delay_ms : most_ms;
        }
        if (least_ms < cases[i].whole_ms / 2 || most_ms > cases[i].whole_ms)
            fail_msg("%s: %lld..%lld", cases[i].says, (long long) least_ms, (long long) most_ms);
        if (most_ms - least_ms < cases[i].whole_ms / 3)
            fail_msg("%s: no jitter, %lld..%lld", cases[i].says, (long long) least_ms, (long long) most_ms);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_receiver_gets_at_most_one_message_a_gap),
        cmocka_unit_test(test_backoff_doubles_up_to_five_minutes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

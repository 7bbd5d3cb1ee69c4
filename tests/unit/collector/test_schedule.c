/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "collector/schedule.h"

static void test_an_hour_of_minutes(void **state)
{
    (void) state;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct schedule schedule;
        int64_t now_ms = 1000000;
        int64_t last_ms = 0;
        int polls = 0;
        schedule_init(&schedule, 60000, now_ms, seed);
        for (int64_t due_ms = schedule_next(&schedule, now_ms); due_ms < 1000000 + 3600000; due_ms = schedule_next(&schedule, now_ms)) {
            assert_true(due_ms >= now_ms);
            if (polls > 1)
                assert_in_range(due_ms - last_ms, 48000, 72000);
            last_ms = now_ms = due_ms;
            polls++;
        }
        assert_in_range(polls, 59, 61);
    }
}

static void test_each_slot_once_however_early_it_fires(void **state)
{
    (void) state;
    struct schedule schedule;
    schedule_init(&schedule, 1000, 0, 7);
    int64_t now_ms = schedule_next(&schedule, 0);
    for (int64_t slot = 1; slot < 1000; slot++) {
        now_ms = schedule_next(&schedule, now_ms);
        assert_int_equal(schedule.slot, slot);
    }
}

static void test_a_late_wake_up_is_not_made_up_for(void **state)
{
    (void) state;
    struct schedule schedule;
    schedule_init(&schedule, 60000, 0, 3);
    (void) schedule_next(&schedule, 0);
    int64_t woken_ms = 10 * 3600 * 1000;
    int64_t due_ms = schedule_next(&schedule, woken_ms);
    assert_true(due_ms > woken_ms);
    assert_true(due_ms <= woken_ms + 66000);
    assert_true(schedule_next(&schedule, due_ms) > due_ms + 48000);
}

static void test_the_first_is_soon_and_spread(void **state)
{
    (void) state;
    int64_t earliest_ms = INT64_MAX;
    int64_t latest_ms = 0;
    for (uint64_t seed = 1; seed < 500; seed++) {
        struct schedule schedule;
        schedule_init(&schedule, 60000, 5000, seed * 7919);
        int64_t due_ms = schedule_next(&schedule, 5000);
        assert_in_range(due_ms, 5000, 5000 + SCHEDULE_START_MS_MAX);
        earliest_ms = due_ms < earliest_ms ? due_ms : earliest_ms;
        latest_ms = due_ms > latest_ms ? due_ms : latest_ms;
    }
    assert_true(latest_ms - earliest_ms > SCHEDULE_START_MS_MAX / 2);
}

static void test_the_first_is_not_skipped(void **state)
{
    (void) state;
    for (uint64_t seed = 1; seed < 500; seed++) {
        struct schedule schedule;
        schedule_init(&schedule, 60000, 5000, seed * 7919);
        int64_t asked_ms = 5000 + SCHEDULE_START_MS_MAX;   /* a start that took its time */
        assert_int_equal(schedule_next(&schedule, asked_ms), asked_ms);
        assert_in_range(schedule_next(&schedule, asked_ms), asked_ms + 48000, asked_ms + 67000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_hour_of_minutes),
        cmocka_unit_test(test_each_slot_once_however_early_it_fires),
        cmocka_unit_test(test_a_late_wake_up_is_not_made_up_for),
        cmocka_unit_test(test_the_first_is_soon_and_spread),
        cmocka_unit_test(test_the_first_is_not_skipped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

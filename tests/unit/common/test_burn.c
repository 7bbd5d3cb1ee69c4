/* SPDX-License-Identifier: Apache-2.0 */
/* S3, S4, S8, S9: what the sums come to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "common/burn.h"
#include "common/mem.h"

static const struct param_layers shipped;

/* Good since the first minute, and bad for these ms just before now. */
struct past {
    struct minutes minutes;
    struct params params;
    struct burn_case now;
};

static void past_init(struct past *past, int64_t known_ms, int64_t bad_ms, int64_t now_ms)
{
    *past = (struct past) {0};
    params_resolve(&past->params, &shipped, 2, NULL);
    minutes_become(&past->minutes, now_ms - known_ms, STATUS_OPERATIONAL, 0);
    minutes_become(&past->minutes, now_ms - bad_ms, STATUS_MAJOR_OUTAGE, 1000);
    past->now = (struct burn_case) {.minutes = &past->minutes, .params = &past->params, .now_ms = now_ms};
}

static const int64_t minute_ms = 60000;
static const int64_t day_ms = INT64_C(86400000);
static const int64_t now_ms = INT64_C(1700006400000);    /* an hour begins */

static void test_S4_exactly_x_does_not_exceed(void **state)
{
    /* 99.9 %: 14.4 times the budget of an hour is 51.84 s. */
    static const struct { const char *says; int64_t bad_ms; int64_t x_milli; bool exceeds; } cases[] = {
        { "exactly x", 51840, 14400, false },
        { "a millisecond more", 51841, 14400, true },
        { "a millisecond less", 51839, 14400, false },
        { "exactly a thousandth less", 51840, 14399, true },
        { "nothing", 0, 1, false },
        { "all of it", 3600000, 999999, true },
        { "all of it, exactly", 3600000, 1000000, false },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct past past;
        past_init(&past, 10 * day_ms, cases[i].bad_ms, now_ms);
        if (burn_exceeds(&past.now, BURN_1H, cases[i].x_milli) != cases[i].exceeds)
            fail_msg("%s", cases[i].says);
        minutes_done(&past.minutes);
    }
}

static void test_S4_the_largest_numbers_fit(void **state)
{
    struct past past;
    (void) state;

    past_init(&past, 10 * day_ms, 4 * day_ms, now_ms);
    past.params.value[PARAM_slo_target] = 900000;
    assert_false(burn_exceeds(&past.now, BURN_3D, 1000000));        /* a thousand times as fast as nothing can be */
    assert_int_equal(burn_milli(&past.now, BURN_3D), 10000);
    past.params.value[PARAM_slo_target] = 999900;
    assert_int_equal(burn_milli(&past.now, BURN_3D), 10000000);
    assert_true(burn_exceeds(&past.now, BURN_3D, 1000000));
    minutes_done(&past.minutes);
}

static void test_S3_little_history_counts_as_good(void **state)
{
    struct past past;
    (void) state;

    /* Ten minutes known of an hour, five of them bad: half an hour is what it is measured by. */
    past_init(&past, 10 * minute_ms, 5 * minute_ms, now_ms);
    assert_int_equal(burn_floor_ms(&past.now, BURN_1H), 30 * minute_ms);
    assert_int_equal(burn_milli(&past.now, BURN_1H), 166666);       /* 300 of 1800 s by 0.1 % */
    assert_int_equal(burn_milli(&past.now, BURN_5M), 1000000);
    past.params.value[PARAM_slo_min_coverage_pct] = 1;
    assert_int_equal(burn_milli(&past.now, BURN_1H), 500000);
    past.params.value[PARAM_slo_min_coverage_pct] = 100;
    assert_int_equal(burn_milli(&past.now, BURN_1H), 83333);
    assert_int_equal(burn_floor_ms(&past.now, BURN_5M), 5 * minute_ms);
    minutes_done(&past.minutes);
}

static void test_S3_only_closed_minutes_count(void **state)
{
    struct past past;
    (void) state;

    past_init(&past, 10 * day_ms, minute_ms - 1, now_ms + minute_ms - 1);
    assert_int_equal(burn_milli(&past.now, BURN_5M), 0);
    past.now.now_ms++;
    assert_int_equal(burn_milli(&past.now, BURN_5M), 200000);
    minutes_done(&past.minutes);
}

static void test_S8_what_is_left_of_the_budget(void **state)
{
    /* 0.1 % of 30 days is 2592 s. */
    static const struct { const char *says; int64_t bad_ms; int64_t ppm; } cases[] = {
        { "all of it", 0, 1000000 },
        { "a millisecond is seen", 1, 999999 },
        { "half of it", 1296000, 500000 },
        { "nothing", 2592000, 0 },
        { "a millisecond too much", 2592001, -1 },
        { "twice", 5184000, -1000000 },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct past past;
        past_init(&past, 29 * day_ms, cases[i].bad_ms, now_ms);
        if (burn_budget_ppm(&past.now) != cases[i].ppm)
            fail_msg("%s: %lld", cases[i].says, (long long) burn_budget_ppm(&past.now));
        minutes_done(&past.minutes);
    }
}

static void test_S9_uptime_is_never_rounded_up(void **state)
{
    static const struct { const char *says; struct minute_sum sum; bool known; int64_t ppm; } cases[] = {
        { "nothing is known", {0, 0, 0}, false, 77 },
        { "all good", {60000, 0, 0}, true, 1000000 },
        { "a millisecond of 30 days", {30 * 86400000LL, 1, 1000}, true, 999999 },
        { "a third of a millisecond", {60000, 1, 300}, true, 999995 },
        { "all bad", {60000, 60000, 60000000}, true, 0 },
        { "nearly all bad", {60000, 59999, 59999000}, true, 16 },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int64_t ppm = 77;
        if (uptime_ppm(&cases[i].sum, &ppm) != cases[i].known || ppm != cases[i].ppm)
            fail_msg("%s: %lld", cases[i].says, (long long) ppm);
    }
}

static void test_S9_the_longer_windows_begin_with_an_hour(void **state)
{
    static const struct { enum uptime_window window; int64_t minutes_past; int64_t first, n; } cases[] = {
        { UPTIME_24H, 0, -1440, 1440 }, { UPTIME_24H, 59, 59 - 1440, 1440 }, { UPTIME_24H, 60, 60 - 1440, 1440 },
        { UPTIME_7D, 0, -167 * 60, 167 * 60 }, { UPTIME_7D, 59, -167 * 60, 167 * 60 + 59 },
        { UPTIME_7D, 60, 60 - 167 * 60, 167 * 60 }, { UPTIME_30D, 59, -719 * 60, 719 * 60 + 59 },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int64_t hour = now_ms / minute_ms;
        int64_t first, end;
        uptime_minutes(cases[i].window, now_ms + cases[i].minutes_past * minute_ms + 59999, &first, &end);
        assert_int_equal(first, hour + cases[i].first);
        assert_int_equal(end - first, cases[i].n);
    }
}

static void test_words(void **state)
{
    enum burn_kind kind = BURN_SLOW;
    (void) state;

    assert_true(burn_kind_parse("ticket", &kind));
    assert_int_equal(kind, BURN_TICKET);
    assert_false(burn_kind_parse("", &kind));
    assert_false(burn_kind_parse("fas", &kind));
    assert_int_equal(kind, BURN_TICKET);
    assert_string_equal(burn_window_name(BURN_3D), "3d");
    assert_string_equal(uptime_window_name(UPTIME_7D), "7d");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_S4_exactly_x_does_not_exceed),
        cmocka_unit_test(test_S4_the_largest_numbers_fit),
        cmocka_unit_test(test_S3_little_history_counts_as_good),
        cmocka_unit_test(test_S3_only_closed_minutes_count),
        cmocka_unit_test(test_S8_what_is_left_of_the_budget),
        cmocka_unit_test(test_S9_uptime_is_never_rounded_up),
        cmocka_unit_test(test_S9_the_longer_windows_begin_with_an_hour),
        cmocka_unit_test(test_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

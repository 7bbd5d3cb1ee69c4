/* SPDX-License-Identifier: Apache-2.0 */
/* S1: time by the minute. Levels: 1 operational, 4 major outage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/minutes.h"
#include "common/rng.h"

static void assert_sum(struct minute_sum sum, int64_t known_ms, int64_t raw_ms, int64_t bad)
{
    assert_int_equal(sum.known_ms, known_ms);
    assert_int_equal(sum.raw_ms, raw_ms);
    assert_int_equal(sum.bad, bad);
}

static void test_S1_what_counts_as_what(void **state)
{
    static const struct { const char *says; enum status level; uint32_t weight; int64_t known_ms, raw_ms, bad; } cases[] = {
        { "unknown time is in none", STATUS_UNKNOWN, 1000, 0, 0, 0 },
        { "good time is known", STATUS_OPERATIONAL, 0, 30000, 0, 0 },
        { "trouble without a weight is good", STATUS_DEGRADED, 0, 30000, 0, 0 },
        { "a third of it counts", STATUS_PARTIAL_OUTAGE, 300, 30000, 30000, 9000000 },
        { "all of it counts", STATUS_MAJOR_OUTAGE, 1000, 30000, 30000, 30000000 },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct minutes minutes = {0};
        minutes_become(&minutes, 600000, cases[i].level, cases[i].weight);
        minutes_become(&minutes, 630000, STATUS_UNKNOWN, 0);
        assert_sum(minutes_sum(&minutes, 10, 11, 659999), 0, 0, 0);        /* it is still open */
        struct minute_sum sum = minutes_sum(&minutes, 10, 11, 660000);
        if (sum.known_ms != cases[i].known_ms || sum.raw_ms != cases[i].raw_ms || sum.bad != cases[i].bad)
            fail_msg("%s", cases[i].says);
        minutes_done(&minutes);
    }
}

static void test_S1_the_edges_of_a_window(void **state)
{
    struct minutes minutes = {0};
    (void) state;

    minutes_become(&minutes, 600000, STATUS_MAJOR_OUTAGE, 1000);        /* minutes 10 to 14 */
    minutes_become(&minutes, 900000, STATUS_OPERATIONAL, 0);
    static const struct { int64_t first, end, known, bad; } cases[] = {
        { 0, 10, 0, 0 }, { 0, 11, 1, 1 }, { 9, 15, 5, 5 }, { 10, 15, 5, 5 }, { 14, 15, 1, 1 }, { 15, 16, 1, 0 },
        { 12, 18, 6, 3 }, { 12, 12, 0, 0 }, { 13, 12, 0, 0 }, { 19, 25, 1, 0 }, { 20, 30, 0, 0 }, { -100, 100, 10, 5 },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct minute_sum sum = minutes_sum(&minutes, cases[i].first, cases[i].end, 1200000);
        assert_sum(sum, cases[i].known * 60000, cases[i].bad * 60000, cases[i].bad * 60000000);
    }
    assert_int_equal(minutes.n_runs, 1);        /* nobody asked for good time to be counted */
    minutes_bring(&minutes, 1200000);
    assert_int_equal(minutes.n_runs, 2);
    assert_sum(minutes_sum(&minutes, -100, 100, 1200000), 600000, 300000, 300000000);
    minutes_bring(&minutes, 1100000);           /* time does not go back */
    assert_int_equal(minutes.at_ms, 1200000);
    minutes_done(&minutes);
}

static void test_S1_equal_minutes_are_one_run(void **state)
{
    struct minutes minutes = {0};
    const struct minute_run *run;
    (void) state;

    minutes_become(&minutes, 60000, STATUS_OPERATIONAL, 0);
    for (int64_t minute = 2; minute <= 1000; minute++)
        minutes_bring(&minutes, minute * 60000);
    assert_int_equal(minutes.n_runs, 1);
    run = minutes_next_changed(&minutes);
    assert_non_null(run);
    assert_int_equal(run->first, 1);
    assert_int_equal(run->n, 999);
    assert_null(minutes_next_changed(&minutes));

    minutes_bring(&minutes, 1000 * 60000 + 59999);
    assert_false(minutes_has_changed(&minutes));
    minutes_bring(&minutes, 1001 * 60000);      /* it grew: to be stored once more */
    run = minutes_next_changed(&minutes);
    assert_int_equal(run->n, 1000);

    minutes_become(&minutes, 1001 * 60000 + 1, STATUS_UNKNOWN, 0);
    minutes_become(&minutes, 1003 * 60000, STATUS_OPERATIONAL, 0);
    minutes_bring(&minutes, 1005 * 60000);
    assert_int_equal(minutes.n_runs, 3);        /* a minute of one millisecond; none; two more */
    assert_int_equal(minutes_next_changed(&minutes)->each.known_ms, 1);
    assert_int_equal(minutes_next_changed(&minutes)->first, 1003);
    minutes_done(&minutes);
}

static void test_X2_what_is_skipped_is_unknown(void **state)
{
    struct minutes minutes = {0};
    (void) state;

    minutes_become(&minutes, 600000, STATUS_MAJOR_OUTAGE, 1000);
    minutes_skip(&minutes, 610000, 650000);     /* within one minute */
    minutes_skip(&minutes, 680000, 790000);     /* from the next to the one after the next */
    minutes_bring(&minutes, 840000);
    assert_sum(minutes_sum(&minutes, 10, 11, 840000), 20000, 20000, 20000000);
    assert_sum(minutes_sum(&minutes, 11, 12, 840000), 20000, 20000, 20000000);
    assert_sum(minutes_sum(&minutes, 12, 13, 840000), 0, 0, 0);
    assert_sum(minutes_sum(&minutes, 13, 14, 840000), 50000, 50000, 50000000);
    minutes_skip(&minutes, 840000, 840000);
    assert_int_equal(minutes.level, STATUS_MAJOR_OUTAGE);
    minutes_done(&minutes);
}

static void test_what_nobody_asks_for_is_not_kept(void **state)
{
    struct minutes minutes = {0};
    (void) state;

    minutes_keep_last(&minutes);
    for (int64_t minute = 1; minute <= 100; minute++)
        minutes_become(&minutes, minute * 60000 + minute, STATUS_MAJOR_OUTAGE, minute % 2 == 0 ? 0 : 1000);
    assert_int_equal(minutes.n_runs, 99);
    assert_non_null(minutes_next_changed(&minutes));
    assert_non_null(minutes_next_changed(&minutes));
    minutes_keep_last(&minutes);
    assert_int_equal(minutes.n_runs, 97);       /* what is not stored stays */
    while (minutes_next_changed(&minutes) != NULL)
        continue;
    int64_t known_ms = minutes_sum(&minutes, 90, 95, minutes.at_ms).known_ms;
    minutes_keep_last(&minutes);
    assert_int_equal(minutes.n_runs, 1);
    assert_int_equal(minutes.runs[0].first, 99);
    assert_int_equal(known_ms, 300000);
    assert_sum(minutes_sum(&minutes, 0, 99, minutes.at_ms), 0, 0, 0);
    minutes.from = 101;
    minutes_bring(&minutes, 103 * 60000);
    assert_int_equal(minutes_sum(&minutes, 0, 103, minutes.at_ms).known_ms, 120000);    /* 101 and 102 */
    assert_int_equal(minutes_sum(&minutes, 0, 101, minutes.at_ms).known_ms, 0);
    minutes_done(&minutes);
}

static void test_S1_the_worst_of_a_window(void **state)
{
    struct minutes minutes = {0};
    (void) state;

    minutes_become(&minutes, 600000, STATUS_OPERATIONAL, 0);
    minutes_become(&minutes, 720000, STATUS_MAJOR_OUTAGE, 1000);
    minutes_become(&minutes, 720000, STATUS_DEGRADED, 0);              /* for no time at all it was worse */
    minutes_become(&minutes, 780001, STATUS_PARTIAL_OUTAGE, 300);
    minutes_become(&minutes, 840000, STATUS_UNKNOWN, 0);
    static const struct { int64_t first, end; enum status worst; } cases[] = {
        { 0, 10, STATUS_UNKNOWN }, { 0, 11, STATUS_OPERATIONAL }, { 10, 12, STATUS_OPERATIONAL }, { 11, 13, STATUS_DEGRADED },
        { 13, 14, STATUS_PARTIAL_OUTAGE }, { 0, 99, STATUS_PARTIAL_OUTAGE }, { 14, 99, STATUS_UNKNOWN },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_int_equal(minutes_worst(&minutes, cases[i].first, cases[i].end, 900000), cases[i].worst);
    minutes_become(&minutes, 900000, STATUS_MAJOR_OUTAGE, 1000);
    assert_int_equal(minutes_worst(&minutes, 15, 16, 900000), STATUS_UNKNOWN);
    assert_int_equal(minutes_worst(&minutes, 15, 16, 900001), STATUS_MAJOR_OUTAGE);    /* the open minute speaks too */
    assert_int_equal(minutes_worst(&minutes, 16, 17, 960000), STATUS_UNKNOWN);
    assert_int_equal(minutes_worst(&minutes, 16, 17, 960001), STATUS_MAJOR_OUTAGE);
    minutes_done(&minutes);
}

static void test_X1_rows_that_cannot_be_ours(void **state)
{
    static const struct { const char *says; struct minute_run run; bool good; } cases[] = {
        { "a sound one", {.first = 100, .n = 10, .each = {60000, 60000, 60000000, STATUS_MAJOR_OUTAGE}}, true },
        { "behind it", {.first = 110, .n = 1, .each = {1, 0, 0, STATUS_OPERATIONAL}}, true },
        { "before it", {.first = 99, .n = 1, .each = {1, 0, 0, STATUS_OPERATIONAL}}, true },
        { "over its beginning", {.first = 98, .n = 3, .each = {1, 0, 0, STATUS_OPERATIONAL}}, false },
        { "within it", {.first = 105, .n = 1, .each = {1, 0, 0, STATUS_OPERATIONAL}}, false },
        { "the same again", {.first = 100, .n = 10, .each = {60000, 60000, 60000000, STATUS_MAJOR_OUTAGE}}, false },
        { "no minute", {.first = 200, .n = 0, .each = {1, 0, 0, STATUS_OPERATIONAL}}, false },
        { "of nothing", {.first = 200, .n = 1, .each = {0, 0, 0, STATUS_OPERATIONAL}}, false },
        { "a long minute", {.first = 200, .n = 1, .each = {60001, 0, 0, STATUS_OPERATIONAL}}, false },
        { "more trouble than time", {.first = 200, .n = 1, .each = {1, 2, 0, STATUS_OPERATIONAL}}, false },
        { "worse than trouble", {.first = 200, .n = 1, .each = {1, 1, 1001, STATUS_OPERATIONAL}}, false },
        { "no level", {.first = 200, .n = 1, .each = {1, 1, 1, STATUS_UNKNOWN}}, false },
        { "before 1970", {.first = -1, .n = 1, .each = {1, 1, 1, STATUS_OPERATIONAL}}, false },
        { "at the end of time", {.first = INT64_MAX - 1, .n = 1, .each = {1, 1, 1, STATUS_OPERATIONAL}}, false },
    };
    struct minutes minutes = {.at_ms = 6720000};
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        if (minutes_add_run(&minutes, &cases[i].run) != (cases[i].good ? 0 : -EINVAL))
            fail_msg("%s", cases[i].says);
    }
    assert_false(minutes_has_changed(&minutes));
    assert_sum(minutes_sum(&minutes, 0, 112, 6720000), 600002, 600000, 600000000);
    minutes_drop_before(&minutes, 100);
    assert_sum(minutes_sum(&minutes, 0, 112, 6720000), 600001, 600000, 600000000);
    minutes_done(&minutes);
}

static void test_what_is_old_goes(void **state)
{
    struct minutes minutes = {0};
    (void) state;

    /* Two years of trouble in every minute; taken as stored once a day. */
    for (int64_t minute = 1; minute <= 2 * 365 * DAY_MINUTES; minute++) {
        minutes_become(&minutes, minute * 60000, STATUS_MAJOR_OUTAGE, 1000);
        minutes_become(&minutes, minute * 60000 + 1 + minute % 2, STATUS_OPERATIONAL, 0);
        while (minute % DAY_MINUTES == 0 && minutes_next_changed(&minutes) != NULL)
            continue;
    }
    int64_t end = minute_of(minutes.at_ms);
    assert_true(minutes.cap_runs <= 4 * MINUTES_KEPT);
    struct minute_sum sum = minutes_sum(&minutes, end - 30 * DAY_MINUTES, end, minutes.at_ms);
    assert_int_equal(sum.known_ms, 30LL * DAY_MINUTES * 60000);
    assert_int_equal(sum.raw_ms, 45LL * DAY_MINUTES);
    minutes_done(&minutes);

    /* One minute that nobody closes for longer than a run can tell. */
    minutes_become(&minutes, 0, STATUS_OPERATIONAL, 0);
    minutes_bring(&minutes, INT64_C(1) << 53);
    end = minute_of(minutes.at_ms);
    assert_int_equal(minutes_sum(&minutes, end - 60, end, minutes.at_ms).known_ms, 3600000);
    minutes_done(&minutes);
}

/* ---- against a table of every minute */

enum { NAIVE_MINUTES = 600, STEPS = 120 };

struct naive { int64_t known[NAIVE_MINUTES], raw[NAIVE_MINUTES], bad[NAIVE_MINUTES]; int worst[NAIVE_MINUTES]; };

static void naive_add(struct naive *naive, int64_t from_ms, int64_t to_ms, int level, int64_t weight)
{
    for (int64_t at_ms = from_ms; level != STATUS_UNKNOWN && at_ms < to_ms;) {
        int64_t minute = at_ms / 60000;
        int64_t until_ms = (minute + 1) * 60000 < to_ms ? (minute + 1) * 60000 : to_ms;
        naive->known[minute] += until_ms - at_ms;
        naive->raw[minute] += weight > 0 ? until_ms - at_ms : 0;
        naive->bad[minute] += (until_ms - at_ms) * weight;
        naive->worst[minute] = level > naive->worst[minute] ? level : naive->worst[minute];
        at_ms = until_ms;
    }
}

static void compare_windows(const struct minutes *minutes, const struct naive *naive, struct rng *rng, int64_t now_ms,
                            uint64_t seed)
{
    for (int i = 0; i < 10; i++) {
        int64_t first = (int64_t) rng_below(rng, NAIVE_MINUTES);
        int64_t end = first + (int64_t) rng_below(rng, NAIVE_MINUTES);
        struct minute_sum expected = {0};
        int worst = STATUS_UNKNOWN;
        for (int64_t minute = first; minute < end && minute < NAIVE_MINUTES; minute++) {
            if (minute < now_ms / 60000) {
                expected.known_ms += naive->known[minute];
                expected.raw_ms += naive->raw[minute];
                expected.bad += naive->bad[minute];
            }
            worst = naive->worst[minute] > worst ? naive->worst[minute] : worst;
        }
        struct minute_sum sum = minutes_sum(minutes, first, end, now_ms);
        bool same = sum.known_ms == expected.known_ms && sum.raw_ms == expected.raw_ms && sum.bad == expected.bad;
        if (!same || (int) minutes_worst(minutes, first, end, now_ms) != worst)
            fail_msg("seed %llu, at %lld: [%lld, %lld)", (unsigned long long) seed, (long long) now_ms, (long long) first,
                     (long long) end);
    }
}

/* Stored and loaded in a random order, it is the same. */
static void reload(struct minutes *minutes, struct rng *rng)
{
    struct minutes fresh = *minutes;
    fresh.runs = NULL;
    fresh.n_runs = fresh.cap_runs = fresh.changed = 0;
    struct minute_run *rows = mem_new_array(minutes->n_runs + 1, sizeof *rows);

    for (uint32_t i = 0; i < minutes->n_runs; i++)
        rows[i] = minutes->runs[i];
    for (uint32_t i = minutes->n_runs; i > 0; i--) {
        uint32_t at = (uint32_t) rng_below(rng, i);
        assert_int_equal(minutes_add_run(&fresh, &rows[at]), 0);
        rows[at] = rows[i - 1];
    }
    assert_int_equal(fresh.n_runs, minutes->n_runs);
    for (uint32_t i = 0; i < fresh.n_runs; i++) {
        assert_int_equal(fresh.runs[i].first, minutes->runs[i].first);
        assert_int_equal(fresh.runs[i].n, minutes->runs[i].n);
        assert_int_equal(fresh.runs[i].before.bad, minutes->runs[i].before.bad);
    }
    free(rows);
    minutes_done(minutes);
    *minutes = fresh;
}

static void test_sums_over_runs_are_those_over_minutes(void **state)
{
    static const int64_t steps[] = {0, 1, 999, 20000, 60000, 60000, 59999, 60001, 180000, 1200000};
    static const uint32_t weights[STATUS_COUNT] = {0, 0, 100, 300, 1000};
    CLEANUP(mem_freep) struct naive *naive = mem_new(sizeof *naive);
    (void) state;

    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct minutes minutes = {0};
        struct rng rng;
        int64_t now_ms = 0;
        int level = STATUS_UNKNOWN;
        rng_seed(&rng, seed);
        *naive = (struct naive) {0};
        for (int i = 0; i < STEPS; i++) {
            int64_t next_ms = now_ms + steps[rng_below(&rng, ARRAY_SIZE(steps))];
            if (next_ms / 60000 >= NAIVE_MINUTES)
                break;
            if (rng_below(&rng, 8) == 0) {
                minutes_skip(&minutes, now_ms, next_ms);
            } else {
                naive_add(naive, now_ms, next_ms, level, weights[level]);
                if (rng_below(&rng, 2) == 0)
                    minutes_bring(&minutes, next_ms);    /* asked or not: it comes to the same */
            }
            now_ms = next_ms;
            compare_windows(&minutes, naive, &rng, now_ms, seed);
            if (rng_below(&rng, 3) == 0) {
                level = (int) rng_below(&rng, STATUS_COUNT);
                minutes_become(&minutes, now_ms, (enum status) level, weights[level]);
            }
            if (rng_below(&rng, 20) == 0)
                reload(&minutes, &rng);
        }
        minutes_done(&minutes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_S1_what_counts_as_what),
        cmocka_unit_test(test_S1_the_edges_of_a_window),
        cmocka_unit_test(test_S1_equal_minutes_are_one_run),
        cmocka_unit_test(test_X2_what_is_skipped_is_unknown),
        cmocka_unit_test(test_S1_the_worst_of_a_window),
        cmocka_unit_test(test_what_nobody_asks_for_is_not_kept),
        cmocka_unit_test(test_X1_rows_that_cannot_be_ours),
        cmocka_unit_test(test_what_is_old_goes),
        cmocka_unit_test(test_sums_over_runs_are_those_over_minutes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

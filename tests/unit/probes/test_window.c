/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "collector/probes/window.h"

static const struct window_shape shape = {.length_ms = 300000, .every_ms = 30000};

static void test_the_first_verdict_comes_at_half_the_window(void **state)
{
    (void) state;
    struct window window = {0};
    assert_false(window_is_ready(&window, &shape, 1000000));
    window_start(&window, 0);
    assert_false(window_is_ready(&window, &shape, 150000));   /* looked long enough, saw nothing */
    for (int64_t at = 30000; at <= 150000; at += 30000)
        window_add(&window, at, (struct share) {1, 2}, &shape);
    assert_false(window_is_ready(&window, &shape, 149999));
    assert_true(window_is_ready(&window, &shape, 150000));
}

static void test_what_is_older_than_the_window_no_longer_counts(void **state)
{
    (void) state;
    struct window window = {0};
    for (int64_t at = 0; at <= 600000; at += 30000)
        window_add(&window, at, (struct share) {at < 330000 ? 10 : 0, 10}, &shape);
    struct share share = window_share(&window, &shape, 600000);
    assert_int_equal(share.whole, 100);   /* 330 s .. 600 s: ten samples */
    assert_int_equal(share.part, 0);
    share = window_share(&window, &shape, 599999);
    assert_int_equal(share.part, 10);
}

static void test_a_long_gap_and_a_clock_that_went_back_start_anew(void **state)
{
    static const struct { const char *says; int64_t next_ms; bool anew; } cases[] = {
        { "one sample late", 60000, false },
        { "three intervals", 90000, false },
        { "a millisecond more", 90001, true },
        { "the clock went back", -1, true },
    };
    (void) state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct window window = {0};
        window_add(&window, 0, (struct share) {1, 1}, &shape);
        window_add(&window, cases[i].next_ms, (struct share) {1, 1}, &shape);
        bool anew = window.n == 1 && window.since_ms == cases[i].next_ms;
        if (anew != cases[i].anew)
            fail_msg("%s", cases[i].says);
    }
}

static void test_more_samples_than_room_keep_the_newest(void **state)
{
    (void) state;
    static struct window window;
    struct window_shape fast = {.length_ms = 3600000, .every_ms = 1000};
    for (int i = 0; i < 2 * WINDOW_SAMPLES_MAX; i++)
        window_add(&window, i * 1000, (struct share) {i < WINDOW_SAMPLES_MAX ? 1 : 0, 1}, &fast);
    struct share share = window_share(&window, &fast, 2 * WINDOW_SAMPLES_MAX * 1000);
    assert_int_equal(share.whole, WINDOW_SAMPLES_MAX);
    assert_int_equal(share.part, 0);
}

static void test_above_is_strict(void **state)
{
    static const struct { const char *says; struct share share; int permille; bool above; } cases[] = {
        { "89.9", {899, 1000}, 900, false },
        { "90.0", {900, 1000}, 900, false },
        { "90.1", {901, 1000}, 900, true },
        { "a billionth above", {900000000001, 1000000000000}, 900, true },
        { "nothing of nothing", {0, 0}, 900, false },
        { "numbers near 2^64", {UINT64_MAX, UINT64_MAX}, 999, true },
        { "limit 100 %", {1000, 1000}, 1000, false },
    };
    (void) state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (share_above(cases[i].share, cases[i].permille) != cases[i].above)
            fail_msg("%s", cases[i].says);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_first_verdict_comes_at_half_the_window),
        cmocka_unit_test(test_what_is_older_than_the_window_no_longer_counts),
        cmocka_unit_test(test_a_long_gap_and_a_clock_that_went_back_start_anew),
        cmocka_unit_test(test_more_samples_than_room_keep_the_newest),
        cmocka_unit_test(test_above_is_strict),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

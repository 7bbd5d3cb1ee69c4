/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "collector/breaker.h"
#include "common/mem.h"

enum { OPEN_MS = 300000, START_MS = 1000000 };

static const struct breaker_policy policy = {.failures = 3, .open_ms = OPEN_MS};

/* F: a poll fails, P: one passes, each of them begun before; b: one begins and does not end. */
static struct breaker after(const char *polls, int64_t now_ms)
{
    struct breaker breaker = {0};
    for (const char *poll = polls; *poll != '\0'; poll++) {
        breaker_begin(&breaker);
        if (*poll == 'F')
            (void) breaker_failed(&breaker, &policy, now_ms);
        else if (*poll == 'P')
            (void) breaker_passed(&breaker);
    }
    return breaker;
}

static void test_V10_three_failed_polls_in_a_row(void **state)
{
    static const struct { const char *says; const char *polls; enum breaker_state state; int64_t failures; } cases[] = {
        { "nothing happened", "", BREAKER_CLOSED, 0 },
        { "one short", "FF", BREAKER_CLOSED, 2 },
        { "there", "FFF", BREAKER_OPEN, 3 },
        { "a good one between starts anew", "FFPFF", BREAKER_CLOSED, 2 },
        { "there after a good one", "FFPFFF", BREAKER_OPEN, 3 },
        { "good ones", "PPP", BREAKER_CLOSED, 0 },
        { "the next one that goes out is the trial", "FFFb", BREAKER_TRIAL, 3 },
        { "the trial fails", "FFFF", BREAKER_OPEN, 3 },
        { "the trial passes", "FFFP", BREAKER_CLOSED, 0 },
        { "after a good trial three are needed again", "FFFPFF", BREAKER_CLOSED, 2 },
        { "after a bad trial one is enough", "FFFFF", BREAKER_OPEN, 3 },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct breaker breaker = after(cases[i].polls, START_MS);
        if (breaker.state != cases[i].state || breaker.failures != cases[i].failures)
            fail_msg("%s: state %d, %lld failures", cases[i].says, (int) breaker.state, (long long) breaker.failures);
    }
}

static void test_V11_held_until_its_time_is_over(void **state)
{
    static const struct { const char *says; const char *polls; int64_t after_ms; bool holds; } cases[] = {
        { "closed, at once", "FF", 0, false },
        { "open, at once", "FFF", 0, true },
        { "a millisecond before", "FFF", OPEN_MS - 1, true },
        { "at its end", "FFF", OPEN_MS, false },
        { "long after", "FFF", 100 * OPEN_MS, false },
        { "while the trial is under way, however long", "FFFb", 100 * OPEN_MS, true },
        { "after a good trial", "FFFP", 0, false },
        { "after a bad trial, a millisecond before", "FFFF", OPEN_MS - 1, true },
        { "after a bad trial, at its end", "FFFF", OPEN_MS, false },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct breaker breaker = after(cases[i].polls, START_MS);
        if (breaker_holds(&breaker, &policy, START_MS + cases[i].after_ms) != cases[i].holds)
            fail_msg("%s", cases[i].says);
    }
}

static void test_each_change_is_told_once(void **state)
{
    (void) state;
    struct breaker breaker = {0};
    assert_int_equal(breaker_passed(&breaker), BREAKER_SAME);
    assert_int_equal(breaker_failed(&breaker, &policy, 1), BREAKER_SAME);
    assert_int_equal(breaker_failed(&breaker, &policy, 2), BREAKER_SAME);
    assert_int_equal(breaker_failed(&breaker, &policy, 3), BREAKER_OPENED);
    assert_int_equal(breaker_failed(&breaker, &policy, 4), BREAKER_SAME);   /* one that was under way */
    assert_int_equal(breaker.opened_at_ms, 3);
    breaker_begin(&breaker);
    assert_int_equal(breaker_failed(&breaker, &policy, OPEN_MS + 3), BREAKER_REOPENED);
    assert_int_equal(breaker.opened_at_ms, OPEN_MS + 3);
    breaker_begin(&breaker);
    assert_int_equal(breaker_passed(&breaker), BREAKER_SHUT);
    assert_int_equal(breaker_passed(&breaker), BREAKER_SAME);
}

static void test_a_policy_of_one(void **state)
{
    (void) state;
    const struct breaker_policy strict = {.failures = 1, .open_ms = 1000};
    struct breaker breaker = {0};
    assert_int_equal(breaker_failed(&breaker, &strict, 0), BREAKER_OPENED);
    assert_true(breaker_holds(&breaker, &strict, 999));
    assert_false(breaker_holds(&breaker, &strict, 1000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_V10_three_failed_polls_in_a_row),
        cmocka_unit_test(test_V11_held_until_its_time_is_over),
        cmocka_unit_test(test_each_change_is_told_once),
        cmocka_unit_test(test_a_policy_of_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

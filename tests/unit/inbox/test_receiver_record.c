/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "aggregator/inbox/receiver_record.h"
#include "common/mem.h"

static const int64_t MINUTE = 60 * 1000, NOON = (int64_t) 29000000 * 60 * 1000;   /* the first ms of a minute */

static const struct delivery taken = {.outcome = DELIVERY_SENT, .receipt = "200 ok"};
static const struct delivery refused = {.outcome = DELIVERY_RETRY, .reason = "answered 500: no"};

static void test_the_last_success_and_failure(void **state)
{
    ReceiverRow row = {.name = "chat"};
    (void) state;

    receiver_record_note(&row, &taken, false, NOON);
    receiver_record_note(&row, &refused, false, NOON + 5);
    assert_int_equal(row.last_success_ms, NOON);
    assert_int_equal(row.last_failure_ms, NOON + 5);
    assert_string_equal(row.last_failure, "answered 500: no");
    receiver_record_note(&row, &taken, true, NOON + 9);
    assert_int_equal(row.last_success_ms, NOON + 9);
    assert_string_equal(row.last_failure, "answered 500: no");   /* what it was stays readable */
    assert_int_equal(receiver_record_failures(&row, NOON + 9), 1);
}

static void test_an_hour_of_failures(void **state)
{
    static const struct { const char *says; int64_t after_minutes; uint32_t failures; } cases[] = {
        {"at once", 0, 3}, {"the minute after", 1, 3}, {"59 minutes later", 59, 3}, {"an hour later", 60, 0},
        {"a day later", 1440, 0}, {"a clock that went back a minute", -1, 0},
    };
    ReceiverRow row = {0};
    (void) state;

    for (int i = 0; i < 3; i++)
        receiver_record_note(&row, &refused, i > 0, NOON + i);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        uint32_t failures = receiver_record_failures(&row, NOON + cases[i].after_minutes * MINUTE);
        if (failures != cases[i].failures)
            fail_msg("%s: %u", cases[i].says, failures);
    }
    receiver_record_note(&row, &refused, true, NOON + 59 * MINUTE);
    assert_int_equal(receiver_record_failures(&row, NOON + 59 * MINUTE), 4);
    receiver_record_note(&row, &refused, true, NOON + 60 * MINUTE);          /* in the place of the first three */
    assert_int_equal(receiver_record_failures(&row, NOON + 60 * MINUTE), 2);
    receiver_record_note(&row, &refused, true, NOON + 59 * MINUTE);          /* the clock went back a little */
    assert_int_equal(receiver_record_failures(&row, NOON + 60 * MINUTE), 3);
    receiver_record_note(&row, &refused, true, NOON - 1440 * MINUTE);        /* by a day: anew */
    assert_int_equal(receiver_record_failures(&row, NOON - 1440 * MINUTE), 1);
}

static void test_D12_a_hundred_retries_in_a_minute(void **state)
{
    ReceiverRow row = {0};
    (void) state;

    receiver_record_note(&row, &refused, false, NOON);
    for (int i = 0; i < RETRY_STORM_MINUTE - 1; i++)
        receiver_record_note(&row, &refused, true, NOON + i);
    assert_int_equal(receiver_record_retries(&row, NOON), RETRY_STORM_MINUTE - 1);   /* the first was none */
    receiver_record_note(&row, &taken, true, NOON + 500);
    assert_int_equal(receiver_record_retries(&row, NOON), RETRY_STORM_MINUTE);       /* one that succeeds was one too */
    assert_int_equal(receiver_record_retries(&row, NOON + MINUTE), RETRY_STORM_MINUTE);
    assert_int_equal(receiver_record_retries(&row, NOON + 2 * MINUTE), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_last_success_and_failure),
        cmocka_unit_test(test_an_hour_of_failures),
        cmocka_unit_test(test_D12_a_hundred_retries_in_a_minute),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

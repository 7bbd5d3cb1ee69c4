/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/rng.h"
#include "common/timestamp.h"

static void test_forms_that_are_read(void **state)
{
    static const struct { const char *says; const char *in; int64_t ms; } cases[] = {
        { "the first one", "1970-01-01T00:00:00Z", 0 },
        { "without a zone it is UTC", "1970-01-01T00:00:01", 1000 },
        { "milliseconds", "2026-11-21T09:34:02.125Z", 1795253642125 },
        { "one digit of fraction", "1970-01-01T00:00:00.1Z", 100 },
        { "two digits of fraction", "1970-01-01T00:00:00.12Z", 120 },
        { "nine digits are cut", "1970-01-01T00:00:00.123999999Z", 123 },
        { "west of Greenwich", "2021-06-30T11:28:03.815-07:00", 1625077683815 },
        { "east of Greenwich", "1970-01-01T05:30:00+05:30", 0 },
        { "zero offset", "1970-01-01T00:00:00+00:00", 0 },
        { "minus zero", "1970-01-01T00:00:00-00:00", 0 },
        { "small letters", "1970-01-01t00:00:00z", 0 },
        { "a blank between", "1970-01-01 00:00:00Z", 0 },
        { "a leap day", "2024-02-29T00:00:00Z", 1709164800000 },
        { "a leap day of a fourth century", "2000-02-29T23:59:59Z", 951868799000 },
        { "the day after no leap day", "2100-03-01T00:00:00Z", 4107542400000 },
        { "a leap second is the next minute", "2016-12-31T23:59:60Z", 1483228800000 },
        { "the last one", "9999-12-31T23:59:59.999Z", 253402300799999 },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int64_t ms = -1;
        if (!timestamp_parse(text_of(cases[i].in), &ms) || ms != cases[i].ms)
            fail_msg("%s: %s gave %lld", cases[i].says, cases[i].in, (long long) ms);
    }
}

static void test_forms_that_are_refused(void **state)
{
    static const struct { const char *says; const char *in; } cases[] = {
        { "nothing", "" },
        { "a date alone", "2026-11-21" },
        { "without seconds", "2026-11-21T09:34Z" },
        { "something behind", "2026-11-21T09:34:02Z " },
        { "something in front", " 2026-11-21T09:34:02Z" },
        { "month 0", "2026-00-21T09:34:02Z" },
        { "month 13", "2026-13-21T09:34:02Z" },
        { "day 0", "2026-11-00T09:34:02Z" },
        { "day 31 of November", "2026-11-31T09:34:02Z" },
        { "no leap day", "2025-02-29T09:34:02Z" },
        { "no leap day in 2100", "2100-02-29T09:34:02Z" },
        { "hour 24", "2026-11-21T24:00:00Z" },
        { "minute 60", "2026-11-21T09:60:00Z" },
        { "second 61", "2026-11-21T09:34:61Z" },
        { "an empty fraction", "2026-11-21T09:34:02.Z" },
        { "a comma", "2026-11-21T09:34:02,5Z" },
        { "an offset without colon", "2026-11-21T09:34:02+0100" },
        { "an offset of 24 hours", "2026-11-21T09:34:02+24:00" },
        { "an offset of 60 minutes", "2026-11-21T09:34:02+01:60" },
        { "a named zone", "2026-11-21T09:34:02PST" },
        { "before 1970", "1969-12-31T23:59:59Z" },
        { "before 1970 by its offset", "1970-01-01T00:00:00+01:00" },
        { "one digit for the day", "2026-11-1T09:34:02Z" },
        { "epoch seconds", "1795253642" },
        { "signs for digits", "2026-11-21T+9:34:02Z" },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int64_t ms = 77;
        if (timestamp_parse(text_of(cases[i].in), &ms) || ms != 77)
            fail_msg("%s: %s", cases[i].says, cases[i].in);
    }
}

static void test_what_we_write_is_read_back(void **state)
{
    struct rng rng;
    (void) state;

    rng_seed(&rng, 20261121);
    for (int i = 0; i < 10000; i++) {
        char text[RFC3339_BYTES];
        int64_t in = (int64_t) rng_below(&rng, 253402300800000);
        int64_t out = -1;
        assert_true(timestamp_parse(text_of(clock_to_rfc3339(in, text)), &out));
        assert_int_equal(in, out);
    }
}

static void test_times_before_now(void **state)
{
    static const struct { const char *in; int64_t ago_ms; } cases[] = {
        { "-0s", 0 }, { "-90s", 90000 }, { "-5m", 300000 }, { "-12h", 43200000 }, { "-30d", INT64_C(2592000000) },
        { "-3653d", INT64_C(315619200000) },
        { "-3654d", -1 }, { "30d", -1 }, { "-d", -1 }, { "--1d", -1 }, { "-1w", -1 }, { "-1", -1 }, { "", -1 },
        { "-99999999999999999999s", -1 },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int64_t ago_ms = -1;
        if (timestamp_parse_ago(text_of(cases[i].in), &ago_ms) != (cases[i].ago_ms >= 0) || ago_ms != cases[i].ago_ms)
            fail_msg("%s: %lld", cases[i].in, (long long) ago_ms);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms_that_are_read),
        cmocka_unit_test(test_forms_that_are_refused),
        cmocka_unit_test(test_what_we_write_is_read_back),
        cmocka_unit_test(test_times_before_now),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

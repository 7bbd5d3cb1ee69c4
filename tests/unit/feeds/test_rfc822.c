/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "collector/feeds/result.h"
#include "common/clock.h"

static void test_times(void **state)
{
    static const struct { const char *says; const char *in; const char *at; } cases[] = {
        { "two blanks before a day of one digit", "Wed,  8 Feb 2017 09:46:27 PST", "2017-02-08T17:46:27.000Z" },
        { "summer", "Mon, 29 May 2017 00:16:01 PDT", "2017-05-29T07:16:01.000Z" },
        { "Z", "Sun, 21 Jul 2024 18:11:00 Z", "2024-07-21T18:11:00.000Z" },
        { "GMT", "Tue, 03 Mar 2026 10:00:00 GMT", "2026-03-03T10:00:00.000Z" },
        { "UTC, in no case", "tue, 3 MAR 2026 10:00:00 utc", "2026-03-03T10:00:00.000Z" },
        { "UT", "3 Mar 2026 10:00:00 UT", "2026-03-03T10:00:00.000Z" },
        { "east of Greenwich", "Tue, 3 Mar 2026 10:00:00 +0130", "2026-03-03T08:30:00.000Z" },
        { "west of it, over midnight", "Tue, 3 Mar 2026 23:30:00 -0700", "2026-03-04T06:30:00.000Z" },
        { "a colon in the zone", "Tue, 3 Mar 2026 10:00:00 +01:30", "2026-03-03T08:30:00.000Z" },
        { "eastern", "Tue, 3 Mar 2026 10:00:00 EST", "2026-03-03T15:00:00.000Z" },
        { "eastern summer", "Tue, 3 Mar 2026 10:00:00 EDT", "2026-03-03T14:00:00.000Z" },
        { "central", "Tue, 3 Mar 2026 10:00:00 CST", "2026-03-03T16:00:00.000Z" },
        { "central summer", "Tue, 3 Mar 2026 10:00:00 CDT", "2026-03-03T15:00:00.000Z" },
        { "mountain", "Tue, 3 Mar 2026 10:00:00 MST", "2026-03-03T17:00:00.000Z" },
        { "mountain summer", "Tue, 3 Mar 2026 10:00:00 MDT", "2026-03-03T16:00:00.000Z" },
        { "no seconds", "Tue, 3 Mar 2026 10:00 GMT", "2026-03-03T10:00:00.000Z" },
        { "a year of two digits", "Tue, 3 Mar 26 10:00:00 GMT", "2026-03-03T10:00:00.000Z" },
        { "one of the last century", "Wed, 3 Mar 99 10:00:00 GMT", "1999-03-03T10:00:00.000Z" },
        { "a word in brackets behind", "Tue, 3 Mar 2026 10:00:00 +0000 (UTC)", "2026-03-03T10:00:00.000Z" },
        { "blanks and breaks around", "\n Tue, 3 Mar 2026 10:00:00 GMT\n", "2026-03-03T10:00:00.000Z" },
        { "a leap day", "Thu, 29 Feb 2024 10:00:00 GMT", "2024-02-29T10:00:00.000Z" },
        { "no leap day", "Sun, 29 Feb 2026 10:00:00 GMT", NULL },
        { "no zone", "Tue, 3 Mar 2026 10:00:00", NULL },
        { "a zone never met", "Tue, 3 Mar 2026 10:00:00 KLT", NULL },
        { "no such month", "Tue, 3 Mai 2026 10:00:00 GMT", NULL },
        { "no such hour", "Tue, 3 Mar 2026 25:00:00 GMT", NULL },
        { "no such zone", "Tue, 3 Mar 2026 10:00:00 +9999", NULL },
        { "no day", "Tue, Mar 2026 10:00:00 GMT", NULL },
        { "before there was time", "Tue, 3 Mar 1950 10:00:00 GMT", NULL },
        { "cut short", "Tue, 3 Mar 20", NULL },
        { "RFC 3339", "2026-03-03T10:00:00Z", NULL },
        { "nothing", "", NULL },
        { "a comma", ",", NULL },
    };
    char shown[RFC3339_BYTES];
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int64_t at_ms = feed_time_rfc822_ms(text_of(cases[i].in));
        if (cases[i].at == NULL ? at_ms != 0 : strcmp(clock_to_rfc3339(at_ms, shown), cases[i].at) != 0)
            fail_msg("%s: %s", cases[i].says, clock_to_rfc3339(at_ms, shown));
    }
    assert_int_equal(feed_time_rfc822_ms((struct text) {NULL, 0}), 0);
}

static void test_either(void **state)
{
    (void) state;

    assert_int_equal(feed_time_any_ms(text_of("1970-01-01T00:00:01Z")), 1000);
    assert_int_equal(feed_time_any_ms(text_of("Thu, 1 Jan 1970 00:00:01 GMT")), 1000);
    assert_int_equal(feed_time_any_ms(text_of("yesterday")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_either),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

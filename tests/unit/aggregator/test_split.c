/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "aggregator/split.h"
#include "common/mem.h"

static void test_names_follow_from_who_speaks(void **state)
{
    static const struct {
        const char *says, *service, *check;
        bool good;
        const char *as_service, *as_source;
        bool host;
    } cases[] = {
        {"a check of its own", "", "cpu", true, "web01:cpu", "web01/cpu", true},
        {"a configured service", "github", "feed", true, "github", "web01/feed", false},
        {"no check", "github", "", false, NULL, NULL, false},
        {"a colon in a check", "", "web02:cpu", false, NULL, NULL, false},
        {"a slash in a check", "", "../cpu", false, NULL, NULL, false},
        {"somebody else's host check", "web02:cpu", "cpu", false, NULL, NULL, false},
        {"capitals in a service", "GitHub", "feed", false, NULL, NULL, false},
        {"a check of forty bytes", "", "0123456789012345678901234567890123456789", true,
         "web01:0123456789012345678901234567890123456789", "web01/0123456789012345678901234567890123456789", true},
        {"a check of forty-one bytes", "", "01234567890123456789012345678901234567890", false, NULL, NULL, false},
    };
    (void) state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct split_names names;
        if (split_name("web01", cases[i].service, cases[i].check, &names) != cases[i].good)
            fail_msg("%s", cases[i].says);
        if (!cases[i].good)
            continue;
        assert_string_equal(names.service, cases[i].as_service);
        assert_string_equal(names.source, cases[i].as_source);
        assert_int_equal(names.is_host, cases[i].host);
    }
}

static void test_time_is_arrival_minus_age(void **state)
{
    static const struct { const char *says; int64_t now_ms, sent_ms, at_ms, observed_ms; } cases[] = {
        { "as fresh as can be",           100000, 5000,  5000, 100000 },
        { "three seconds old",            100000, 5000,  2000,  97000 },
        { "observed after it was sent",   100000, 5000,  5001, 100000 },
        { "as old as the epoch",          100000, 100000, 0,        0 },
        { "older than the epoch",         100000, 100001, 0,        0 },
        { "a difference that overflows",  100000, INT64_MAX, INT64_MIN, 100000 },
        { "the smallest clock",           100000, INT64_MIN, 1, 100000 },
    };
    (void) state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct split_frame frame = {.now_ms = cases[i].now_ms, .sent_boot_ms = cases[i].sent_ms};
        if (split_observed_at(&frame, cases[i].at_ms) != cases[i].observed_ms)
            fail_msg("%s", cases[i].says);
    }
}

static void test_a_report_becomes_an_observation(void **state)
{
    (void) state;
    static Item item = {.at_boot_ms = 900};
    item.body.observation = (Report){.kind = SOURCE_PROBE, .result = RESULT_OK, .level = LEVEL_DEGRADED, .every_s = 30};
    struct split_frame frame = {.collector = "web01", .incarnation = 4, .now_ms = 50000, .sent_boot_ms = 1000};
    struct split_names names;
    assert_true(split_name("web01", "", "cpu", &names));
    Observation observation;
    memset(&observation, 0xff, sizeof observation);
    split_report(&frame, &names, &item, 17, &observation);
    assert_string_equal(observation.service, "web01:cpu");
    assert_string_equal(observation.source, "web01/cpu");
    assert_string_equal(observation.collector, "web01");
    assert_int_equal(observation.kind, SOURCE_PROBE);
    assert_int_equal(observation.level, LEVEL_DEGRADED);
    assert_int_equal(observation.observed_at_ms, 49900);
    assert_int_equal(observation.every_s, 30);
    assert_int_equal(observation.boot, 4);
    assert_true(observation.has_seq);
    assert_int_equal(observation.seq, 17);
}

static void test_plain_names(void **state)
{
    static const struct { const char *in, *out;
    } cases[] = {
        {"web01", "web01"},
        {"Web01.Example", "web01.example"},
        {"a b:c", "a-b-c"},
        {"--x", "x"},
        {"", "plain"},
        {"\xc3\xa4", "plain"},
        {"0123456789012345678901234567890123456789012345678901234567890123456789",
         "0123456789012345678901234567890123456789012345678901234567890123"},
    };
    (void) state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char out[ID_BYTES_MAX + 1];
        split_plain_name(cases[i].in, out);
        assert_string_equal(out, cases[i].out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_follow_from_who_speaks),
        cmocka_unit_test(test_time_is_arrival_minus_age),
        cmocka_unit_test(test_a_report_becomes_an_observation),
        cmocka_unit_test(test_plain_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

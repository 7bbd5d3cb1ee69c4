/* SPDX-License-Identifier: Apache-2.0 */
/* From sources to E: who votes, and what the votes say together. */
#include "aggregator/engine/effective.h"
#include "tests/unit/engine/story.h"

static const struct cast one[] = {{"shop", 2}};

enum {
    U = STATUS_UNKNOWN,
    O = STATUS_OPERATIONAL,
    D = STATUS_DEGRADED,
    P = STATUS_PARTIAL_OUTAGE,
    M = STATUS_MAJOR_OUTAGE,
};

static void test_E3_probes_agree_by_majority_or_quorum(void **state)
{
    static const struct { const char *says; struct votes votes; int64_t quorum; int expected; } cases[] = {
        { "nobody", {{0}}, 0, U },
        { "one alone is its own majority", {{[M] = 1}}, 0, M },
        { "two that differ", {{[O] = 1, [M] = 1}}, 0, O },
        { "two agree at least on degraded", {{[D] = 1, [M] = 1}}, 0, D },
        { "three levels: what two of three support", {{[O] = 1, [D] = 1, [M] = 1}}, 0, D },
        { "half of four is no majority", {{[O] = 2, [P] = 2}}, 0, O },
        { "three of four", {{[O] = 1, [P] = 3}}, 0, P },
        { "quorum one: the loudest", {{[O] = 9, [M] = 1}}, 1, M },
        { "quorum of two met", {{[O] = 8, [D] = 1, [P] = 1}}, 2, D },
        { "fewer vote than the quorum", {{[M] = 2}}, 3, U },
        { "exactly the quorum, all good", {{[O] = 3}}, 3, O },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        if ((int) effective_probe(&cases[i].votes, cases[i].quorum) != cases[i].expected)
            fail_msg("%s", cases[i].says);
    }
}

static void test_E2_the_worst_of_the_vendor(void **state)
{
    static const struct { const char *says; struct votes votes; int expected; } cases[] = {
        { "nobody", {{0}}, U },
        { "good", {{[O] = 3}}, O },
        { "one page of three is bad", {{[O] = 2, [P] = 1}}, P },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        if ((int) effective_vendor(&cases[i].votes) != cases[i].expected)
            fail_msg("%s", cases[i].says);
    }
}

static void test_E4_combining(void **state)
{
    static const struct { const char *says; enum combine combine; int vendor, probe, expected; } cases[] = {
        { "worst takes the worse", COMBINE_WORST, D, M, M },
        { "worst takes the worse the other way", COMBINE_WORST, M, D, M },
        { "worst with a silent vendor", COMBINE_WORST, U, O, O },
        { "worst with silent probes", COMBINE_WORST, P, U, P },
        { "worst with nobody", COMBINE_WORST, U, U, U },
        { "agree takes the better", COMBINE_AGREE, D, M, D },
        { "agree takes the better the other way", COMBINE_AGREE, M, O, O },
        { "agree with one of them", COMBINE_AGREE, U, M, M },
        { "agree, equal", COMBINE_AGREE, P, P, P },
        { "vendor only", COMBINE_VENDOR, U, M, U },
        { "probe only", COMBINE_PROBE, M, U, U },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        enum status vendor = (enum status) cases[i].vendor;
        enum status got = effective_combine(cases[i].combine, vendor, (enum status) cases[i].probe);
        if ((int) got != cases[i].expected)
            fail_msg("%s", cases[i].says);
    }
}

static void test_E3_a_stale_probe_leaves_the_count(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, one, 1);
    story_sees(&story, S(0), "shop", "probe-c", STATUS_MAJOR_OUTAGE);
    story_sees(&story, S(10), "shop", "probe-a", STATUS_OPERATIONAL);
    story_sees(&story, S(10), "shop", "probe-b", STATUS_DEGRADED);
    story_skip(&story);
    story_sees(&story, S(200), "shop", "probe-a", STATUS_OPERATIONAL);
    story_sees(&story, S(200), "shop", "probe-b", STATUS_DEGRADED);
    story_expect(&story, "");
    story_time(&story, S(300));
    assert_int_equal(story_count(&story, "status"), 0);
    story_time(&story, S(300) + 1);
    story_expect(&story,
        "300001 poller shop probe-c ok>silent\n"
        "300001 status shop degraded>operational");
    story_done(&story);
}

static void test_E1_two_failed_polls_keep_the_level(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, one, 1);
    story_sees(&story, S(0), "shop", "page", STATUS_OPERATIONAL);
    story_skip(&story);
    story_fails(&story, S(60), "shop", "page");
    story_fails(&story, S(120), "shop", "page");
    story_expect(&story, "");
    story_fails(&story, S(180), "shop", "page");
    story_expect(&story,
        "180000 poller shop page ok>broken\n"
        "180000 status shop operational>unknown");
    story_done(&story);
}

static void test_E1_an_unreadable_level_takes_the_vote_away(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, one, 1);
    story_sees(&story, S(0), "shop", "page", STATUS_DEGRADED);
    story_skip(&story);
    story_sees(&story, S(60), "shop", "page", STATUS_UNKNOWN);
    story_expect(&story, "60000 status shop degraded>unknown");
    story_done(&story);
}

static void test_E1_stale_time_follows_the_interval(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, one, 1);
    Observation said = story_observation(&story, S(0), "shop", "page", STATUS_OPERATIONAL);
    said.every_s = 600;
    story_observes(&story, S(0), &said);
    story_skip(&story);
    story_time(&story, S(1800));
    story_expect(&story, "");
    story_time(&story, S(1801));
    story_expect(&story,
        "1800001 poller shop page ok>silent\n"
        "1800001 status shop operational>unknown");

    /* A shorter interval takes effect at once; not naming one keeps it. */
    said = story_observation(&story, S(2000), "shop", "page", STATUS_OPERATIONAL);
    said.every_s = 200;
    story_observes(&story, S(2000), &said);
    story_sees(&story, S(2100), "shop", "page", STATUS_OPERATIONAL);
    story_skip(&story);
    story_time(&story, S(2700));
    story_expect(&story, "");
    story_time(&story, S(2700) + 1);
    assert_int_equal(story_count(&story, "2700001 poller shop page ok>silent"), 1);
    story_done(&story);
}

static void test_E2_a_source_that_changes_its_kind_moves_its_vote(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, one, 1);
    story_param(&story, "shop", PARAM_combine, COMBINE_VENDOR);
    Observation said = story_observation(&story, S(0), "shop", "page", STATUS_MAJOR_OUTAGE);
    story_observes(&story, S(0), &said);
    story_skip(&story);
    said = story_observation(&story, S(60), "shop", "page", STATUS_MAJOR_OUTAGE);
    said.kind = SOURCE_PROBE;
    story_observes(&story, S(60), &said);
    story_expect(&story, "60000 status shop major_outage>unknown");
    story_done(&story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_E3_probes_agree_by_majority_or_quorum),
        cmocka_unit_test(test_E2_the_worst_of_the_vendor),
        cmocka_unit_test(test_E4_combining),
        cmocka_unit_test(test_E3_a_stale_probe_leaves_the_count),
        cmocka_unit_test(test_E1_two_failed_polls_keep_the_level),
        cmocka_unit_test(test_E1_an_unreadable_level_takes_the_vote_away),
        cmocka_unit_test(test_E1_stale_time_follows_the_interval),
        cmocka_unit_test(test_E2_a_source_that_changes_its_kind_moves_its_vote),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* From E to H: the ladders as the engine climbs them. */
#include "aggregator/engine/confirm.h"
#include "tests/unit/engine/story.h"

static const struct cast one[] = {{"shop", 2}};
static const struct cast critical[] = {{"shop", 1}};

/* The same level each `every` from `from` to `to`, both included. */
static void poll(struct story *story, int64_t from_s, int64_t to_s, int64_t every_s, enum status status)
{
    for (int64_t at_s = from_s; at_s <= to_s; at_s += every_s)
        story_sees(story, S(at_s), "shop", "page", status);
}

static void test_C4_dwell_decides_when_polls_are_many(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, one, 1);
    poll(&story, 0, 540, 60, STATUS_DEGRADED);
    story_expect(&story, "0 status shop unknown>degraded");
    poll(&story, 600, 600, 60, STATUS_DEGRADED);
    story_expect(&story,
        "600000 hard shop unknown>degraded confirm n=11 dwell=600000\n"
        "600000 notify raise service:shop degraded chat");
    story_done(&story);
}

static void test_C4_one_millisecond_short(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, one, 1);
    poll(&story, 0, 540, 60, STATUS_DEGRADED);
    story_skip(&story);
    story_sees(&story, S(600) - 1, "shop", "page", STATUS_DEGRADED);
    story_expect(&story, "");
    story_sees(&story, S(600), "shop", "page", STATUS_DEGRADED);
    assert_int_equal(story_count(&story, "n=12 dwell=600000"), 1);
    story_done(&story);
}

static void test_C4_three_slow_polls(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, one, 1);
    story_param(&story, "shop", PARAM_stale_after_s, 900);
    poll(&story, 0, 300, 300, STATUS_DEGRADED);
    story_skip(&story);
    poll(&story, 600, 600, 300, STATUS_DEGRADED);
    story_expect(&story,
        "600000 hard shop unknown>degraded confirm n=3 dwell=600000\n"
        "600000 notify raise service:shop degraded chat");
    story_done(&story);
}

static void test_C4_one_poll_short(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, one, 1);
    story_param(&story, "shop", PARAM_stale_after_s, 900);
    poll(&story, 0, 600, 600, STATUS_DEGRADED);
    assert_int_equal(story_count(&story, "hard"), 0);
    poll(&story, 660, 660, 60, STATUS_DEGRADED);
    assert_int_equal(story_count(&story, "n=3 dwell=660000"), 1);
    story_done(&story);
}

static void test_C1_alternation_confirms_what_both_support(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, one, 1);
    for (int64_t i = 0; i <= 40; i++)
        story_sees(&story, S(60 * i), "shop", "page", i % 2 == 0 ? STATUS_DEGRADED : STATUS_MAJOR_OUTAGE);
    assert_int_equal(story_count(&story, "hard"), 1);
    assert_int_equal(story_count(&story, "600000 hard shop unknown>degraded confirm n=11 dwell=600000"), 1);
    story_done(&story);
}

static void test_C4_escalation_counts_from_its_own_ladder(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, one, 1);
    poll(&story, 0, 300, 60, STATUS_DEGRADED);
    poll(&story, 360, 900, 60, STATUS_MAJOR_OUTAGE);
    assert_int_equal(story_count(&story, "600000 hard shop unknown>degraded"), 1);
    story_skip(&story);
    poll(&story, 960, 960, 60, STATUS_MAJOR_OUTAGE);
    story_expect(&story,
        "960000 hard shop degraded>major_outage confirm n=11 dwell=600000\n"
        "960000 notify escalate service:shop major_outage page,chat");
    story_done(&story);
}

static void test_C4_tier_one_major_after_ninety_seconds(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, critical, 1);
    poll(&story, 0, 120, 60, STATUS_MAJOR_OUTAGE);
    story_expect(&story,
        "0 status shop unknown>major_outage\n"
        "120000 hard shop unknown>major_outage confirm n=3 dwell=120000\n"
        "120000 notify raise service:shop major_outage page,chat");
    story_done(&story);
}

static void test_C4_tier_one_partial_waits_the_full_dwell(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, critical, 1);
    poll(&story, 0, 540, 60, STATUS_PARTIAL_OUTAGE);
    assert_int_equal(story_count(&story, "hard"), 0);
    poll(&story, 600, 600, 60, STATUS_PARTIAL_OUTAGE);
    assert_int_equal(story_count(&story, "600000 hard"), 1);
    story_done(&story);
}

static void test_C4_major_dwell_limits_an_escalation_too(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, critical, 1);
    poll(&story, 0, 600, 60, STATUS_PARTIAL_OUTAGE);
    story_sees(&story, S(610), "shop", "page", STATUS_MAJOR_OUTAGE);
    story_sees(&story, S(660), "shop", "page", STATUS_MAJOR_OUTAGE);
    story_skip(&story);
    story_sees(&story, S(700) - 1, "shop", "page", STATUS_MAJOR_OUTAGE);
    story_expect(&story, "");
    story_sees(&story, S(700), "shop", "page", STATUS_MAJOR_OUTAGE);
    story_expect(&story,
        "700000 hard shop partial_outage>major_outage confirm n=4 dwell=90000\n"
        "700000 notify escalate service:shop major_outage page,chat");
    story_done(&story);
}

static void test_C4_escalation_has_parameters_of_its_own(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, one, 1);
    story_param(&story, "shop", PARAM_escalate_polls, 1);
    story_param(&story, "shop", PARAM_escalate_dwell_s, 0);
    poll(&story, 0, 600, 60, STATUS_DEGRADED);
    story_skip(&story);
    story_sees(&story, S(660), "shop", "page", STATUS_PARTIAL_OUTAGE);
    story_expect(&story,
        "660000 status shop degraded>partial_outage\n"
        "660000 hard shop degraded>partial_outage confirm n=1 dwell=0\n"
        "660000 notify escalate service:shop partial_outage chat");
    story_done(&story);
}

/* A story in which H is major from 600 on. */
static void fall_to_major(struct story *story)
{
    story_init(story, one, 1);
    poll(story, 0, 600, 60, STATUS_MAJOR_OUTAGE);
    assert_int_equal(story_count(story, "notify raise service:shop major_outage page,chat"), 1);
    story_skip(story);
}

static void test_C5_recovery_needs_two_polls(void **state)
{
    struct story story;
    (void) state;

    fall_to_major(&story);
    story_sees(&story, S(660), "shop", "page", STATUS_OPERATIONAL);
    story_expect(&story, "660000 status shop major_outage>operational");
    story_sees(&story, S(720), "shop", "page", STATUS_OPERATIONAL);
    story_expect(&story,
        "720000 hard shop major_outage>operational confirm n=2 dwell=60000\n"
        "720000 notify resolve service:shop operational page,chat");
    story_done(&story);
}

static void test_C5_partial_improvement_needs_its_dwell(void **state)
{
    struct story story;
    (void) state;

    fall_to_major(&story);
    poll(&story, 660, 1200, 60, STATUS_DEGRADED);
    assert_int_equal(story_count(&story, "hard"), 0);
    poll(&story, 1260, 1260, 60, STATUS_DEGRADED);
    assert_int_equal(story_count(&story, "1260000 hard shop major_outage>degraded confirm n=11 dwell=600000"), 1);
    assert_int_equal(story_count(&story, "1260000 notify improve service:shop degraded page,chat"), 1);
    story_done(&story);
}

static void test_C5_recovery_dwell_edge(void **state)
{
    struct story story;
    (void) state;

    fall_to_major(&story);
    story_param(&story, "shop", PARAM_recovery_dwell_s, 100);
    story_sees(&story, S(660), "shop", "page", STATUS_OPERATIONAL);
    story_sees(&story, S(760) - 1, "shop", "page", STATUS_OPERATIONAL);
    assert_int_equal(story_count(&story, "hard"), 0);
    story_sees(&story, S(760), "shop", "page", STATUS_OPERATIONAL);
    assert_int_equal(story_count(&story, "hard shop major_outage>operational confirm n=3 dwell=100000"), 1);
    story_done(&story);
}

static void test_C6_first_good_sight_tells_nobody(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, one, 1);
    story_sees(&story, S(5), "shop", "page", STATUS_OPERATIONAL);
    story_expect(&story,
        "5000 status shop unknown>operational\n"
        "5000 hard shop unknown>operational first");
    story_done(&story);
}

static void test_C2_many_probes_are_one_poll(void **state)
{
    static const char *const probes[] = {"a/probe", "b/probe", "c/probe", "d/probe"};
    struct story story;
    (void) state;

    story_init(&story, one, 1);
    story_param(&story, "shop", PARAM_min_dwell_s, 0);
    for (int64_t round = 0; round < 2; round++) {
        for (size_t i = 0; i < ARRAY_SIZE(probes); i++)
            story_sees(&story, S(60 * round) + (int64_t) i, "shop", probes[i], STATUS_MAJOR_OUTAGE);
    }
    assert_int_equal(story_count(&story, "hard"), 0);
    story_sees(&story, S(120), "shop", probes[0], STATUS_MAJOR_OUTAGE);
    assert_int_equal(story_count(&story, "hard shop unknown>major_outage confirm n=3"), 1);
    story_done(&story);
}

static void test_C2_only_the_own_level_supports(void **state)
{
    struct story story;
    (void) state;

    /* The vendor says major all along; the probe's good reports keep E at major and prove nothing of it. */
    story_init(&story, one, 1);
    story_param(&story, "shop", PARAM_min_dwell_s, 0);
    story_sees(&story, S(0), "shop", "page", STATUS_MAJOR_OUTAGE);
    for (int64_t i = 1; i <= 4; i++)
        story_sees(&story, S(10 * i), "shop", "h/probe", STATUS_OPERATIONAL);
    story_expect(&story, "0 status shop unknown>major_outage");
    story_done(&story);
}

static void test_C2_sources_left_out_prove_nothing(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, one, 1);
    story_param(&story, "shop", PARAM_min_dwell_s, 0);
    story_param(&story, "shop", PARAM_combine, COMBINE_VENDOR);
    story_sees(&story, S(0), "shop", "page", STATUS_MAJOR_OUTAGE);
    for (int64_t i = 1; i <= 4; i++)
        story_sees(&story, S(10 * i), "shop", "h/probe", STATUS_MAJOR_OUTAGE);
    story_expect(&story, "0 status shop unknown>major_outage");
    story_done(&story);
}

static void test_C3_time_alone_changes_nothing(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, one, 1);
    story_param(&story, "shop", PARAM_stale_after_s, 3600);
    poll(&story, 0, 300, 60, STATUS_DEGRADED);
    story_skip(&story);
    story_time(&story, S(3000));
    story_expect(&story, "");
    story_sees(&story, S(3001), "shop", "page", STATUS_DEGRADED);
    assert_int_equal(story_count(&story, "hard shop unknown>degraded confirm n=7 dwell=3001000"), 1);
    story_done(&story);
}

static void test_C7_long_unknown_starts_anew(void **state)
{
    struct story story;
    static const struct { const char *says; int64_t back_ms; const char *line; } cases[] = {
        /* The vote of 240 ends at 540001: unknown since then. */
        { "unknown for exactly the limit: dwell went on", S(540) + 1 + S(900), "confirm n=6 dwell=1440001" },
        { "a millisecond more: nothing is left", S(540) + 1 + S(900) + 1, NULL },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        story_init(&story, one, 1);
        poll(&story, 0, 240, 60, STATUS_DEGRADED);
        story_sees(&story, cases[i].back_ms, "shop", "page", STATUS_DEGRADED);
        assert_int_equal(story_count(&story, "540001 status shop degraded>unknown"), 1);
        if ((cases[i].line != NULL) != (story_count(&story, "hard") > 0))
            fail_msg("%s", cases[i].says);
        if (cases[i].line != NULL)
            assert_int_equal(story_count(&story, cases[i].line), 1);
        story_done(&story);
    }
}

static void test_C2_a_count_stays_at_its_end(void **state)
{
    struct ladders ladders = {0};
    struct ladder_count counts[LADDER_COUNT] = {0};
    const int index = 1 + LADDER_WORSE;
    (void) state;

    assert_true(ladders_follow(&ladders, 1, 0));
    counts[index] = (struct ladder_count) {.epoch = ladders.at[index].epoch, .count = UINT32_MAX - 1};
    for (int i = 0; i < 3; i++) {
        ladders_count(&ladders, counts, 1, 0);
        assert_int_equal(counts[index].count, UINT32_MAX);
        assert_int_equal(ladders.at[index].polls, UINT32_MAX);
    }
}

/* Only a ladder on which H would leave its level can ever be asked before it begins anew. */
static void test_C2_what_does_not_lead_away_from_H_is_not_counted(void **state)
{
    static const struct { const char *says; int effective, hard, said; bool counted[LADDER_COUNT]; } cases[] = {
        { "well, and said to be", 0, 0, 0, {false, false, false, false, false, false} },
        { "bad, while it was well", 3, 0, 3, {true, true, true, false, false, false} },
        { "bad, and one says it is less so", 3, 0, 2, {true, true, false, false, false, false} },
        { "bad, and known to be", 2, 2, 2, {false, false, false, false, false, false} },
        { "worse than known", 3, 2, 3, {false, false, true, false, false, false} },
        { "better than known", 1, 3, 1, {false, false, false, false, true, true} },
        { "well, and known to be bad", 0, 2, 0, {false, false, false, true, true, false} },
    };
    (void) state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ladders ladders = {0};
        struct ladder_count counts[LADDER_COUNT] = {0};
        assert_true(ladders_follow(&ladders, cases[i].effective, 0));
        ladders_count(&ladders, counts, cases[i].said, cases[i].hard);
        for (int l = 0; l < LADDER_COUNT; l++) {
            if ((counts[l].count == 1) != cases[i].counted[l] || (ladders.at[l].polls == 1) != cases[i].counted[l])
                fail_msg("%s: ladder %d", cases[i].says, l);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_C2_what_does_not_lead_away_from_H_is_not_counted),
        cmocka_unit_test(test_C4_dwell_decides_when_polls_are_many),
        cmocka_unit_test(test_C4_one_millisecond_short),
        cmocka_unit_test(test_C4_three_slow_polls),
        cmocka_unit_test(test_C4_one_poll_short),
        cmocka_unit_test(test_C1_alternation_confirms_what_both_support),
        cmocka_unit_test(test_C4_escalation_counts_from_its_own_ladder),
        cmocka_unit_test(test_C4_tier_one_major_after_ninety_seconds),
        cmocka_unit_test(test_C4_tier_one_partial_waits_the_full_dwell),
        cmocka_unit_test(test_C4_major_dwell_limits_an_escalation_too),
        cmocka_unit_test(test_C4_escalation_has_parameters_of_its_own),
        cmocka_unit_test(test_C5_recovery_needs_two_polls),
        cmocka_unit_test(test_C5_partial_improvement_needs_its_dwell),
        cmocka_unit_test(test_C5_recovery_dwell_edge),
        cmocka_unit_test(test_C6_first_good_sight_tells_nobody),
        cmocka_unit_test(test_C2_many_probes_are_one_poll),
        cmocka_unit_test(test_C2_only_the_own_level_supports),
        cmocka_unit_test(test_C2_sources_left_out_prove_nothing),
        cmocka_unit_test(test_C3_time_alone_changes_nothing),
        cmocka_unit_test(test_C7_long_unknown_starts_anew),
        cmocka_unit_test(test_C2_a_count_stays_at_its_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

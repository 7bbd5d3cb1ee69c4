/* SPDX-License-Identifier: Apache-2.0 */
/* Which observations are taken, in which order things happen, and when time passes. */
#include <stdio.h>

#include "tests/unit/engine/story.h"

static const struct cast cast[] = {{"db", 2}, {"shop", 2}};

/* An operational shop seen at 1000 s with sequence 5 of incarnation 3. */
static void begin(struct story *story)
{
    story_init(story, cast, 2);
    Observation said = story_observation(story, S(1000), "shop", "h/page", STATUS_OPERATIONAL);
    said.boot = 3;
    said.seq = 5;
    story_observes(story, S(1000), &said);
    story_skip(story);
}

static void test_O4_O5_order(void **state)
{
    static const struct {
        const char *says;
        uint64_t boot;
        bool has_seq;
        uint64_t seq;
        int64_t at_ms, observed_at_ms;
        Level level;
        const char *line;              /* NULL: accepted */
    } cases[] = {
        { "the same sequence again", 3, true, 5, S(1060), S(1060), LEVEL_DEGRADED, "drop shop h/page duplicate" },
        { "an earlier sequence", 3, true, 4, S(1060), S(1060), LEVEL_DEGRADED, "drop shop h/page out_of_order" },
        { "a later sequence, observed before the last", 3, true, 6, S(1060), S(999), LEVEL_DEGRADED, NULL },
        { "exactly as old as allowed", 3, true, 6, S(1060), S(940), LEVEL_DEGRADED, NULL },
        { "a millisecond older", 3, true, 6, S(1060), S(940) - 1, LEVEL_DEGRADED, "drop shop h/page late" },
        { "impossibly old", 3, true, 6, S(1060), INT64_MIN, LEVEL_DEGRADED, "drop shop h/page late" },
        { "no sequence, later", 3, false, 0, S(1060), S(1001), LEVEL_DEGRADED, NULL },
        { "no sequence, earlier", 3, false, 0, S(1060), S(1000) - 1, LEVEL_DEGRADED, "drop shop h/page out_of_order" },
        { "no sequence, the same moment and level", 3, false, 0, S(1060), S(1000), LEVEL_OPERATIONAL,
          "drop shop h/page duplicate" },
        { "no sequence, the same moment, another level", 3, false, 0, S(1060), S(1000), LEVEL_DEGRADED, NULL },
        { "an earlier incarnation", 2, true, 9, S(1060), S(1060), LEVEL_DEGRADED, "drop shop h/page old_boot" },
        { "a new incarnation counts from anew", 4, true, 1, S(1060), S(999), LEVEL_DEGRADED, NULL },
        { "a new incarnation may still be late", 4, true, 1, S(1200), S(1000), LEVEL_DEGRADED,
          "drop shop h/page late" },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct story story;
        begin(&story);
        Observation said = story_observation(&story, 0, "shop", "h/page", STATUS_UNKNOWN);
        said.boot = cases[i].boot;
        said.has_seq = cases[i].has_seq;
        said.seq = cases[i].seq;
        said.observed_at_ms = cases[i].observed_at_ms;
        said.level = cases[i].level;
        engine_observe(story.engine, &said, cases[i].at_ms, &story.effects);
        bool accepted = story.effects.accepted;
        assert_int_equal(story.effects.source_slot, 0);
        story_time(&story, cases[i].at_ms);
        if (accepted != (cases[i].line == NULL))
            fail_msg("%s", cases[i].says);
        if (cases[i].line != NULL && story_count(&story, cases[i].line) != 1)
            fail_msg("%s", cases[i].says);
        story_done(&story);
    }
}

static void test_O5_what_is_dropped_leaves_no_trace(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    Observation late = story_observation(&story, S(800), "shop", "h/page", STATUS_MAJOR_OUTAGE);
    late.boot = 4;
    late.seq = 7;
    story_observes(&story, S(1060), &late);
    story_expect(&story, "1060000 drop shop h/page late");

    /* The old incarnation still counts, and its sequence is still 5. */
    Observation next = story_observation(&story, S(1070), "shop", "h/page", STATUS_OPERATIONAL);
    next.boot = 3;
    next.seq = 6;
    story_observes(&story, S(1070), &next);
    story_expect(&story, "");
    story_done(&story);
}

static void test_O5_a_late_stranger_stays_a_stranger(void **state)
{
    struct story story;
    uint32_t slot;
    (void) state;

    story_init(&story, cast, 2);
    Observation said = story_observation(&story, S(1000), "shop", "h/page", STATUS_OPERATIONAL);
    engine_observe(story.engine, &said, S(2000), &story.effects);
    assert_false(story.effects.accepted);
    assert_int_equal(story.effects.source_slot, EFFECTS_NO_SOURCE);
    assert_false(engine_source_slot(story.engine, "shop", "h/page", &slot));
    story_done(&story);
}

static void test_O3_a_fast_clock_is_heard_but_does_not_outrank(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    Observation said = story_observation(&story, S(1060) + S(120), "shop", "h/page", STATUS_OPERATIONAL);
    said.boot = 3;
    said.has_seq = false;
    story_observes(&story, S(1060), &said);
    story_expect(&story, "");                       /* exactly the allowed skew */

    said.observed_at_ms = S(1070) + S(120) + 1;
    story_observes(&story, S(1070), &said);
    story_expect(&story, "1070000 note shop h/page future_clock");

    /* It was capped to its arrival, so what is observed a little later is later. */
    said.observed_at_ms = S(1071);
    said.level = LEVEL_DEGRADED;
    story_observes(&story, S(1071), &said);
    story_expect(&story, "1071000 status shop operational>degraded");
    story_done(&story);
}

static void test_O2_O1_unknown_service_proves_its_collector_alive(void **state)
{
    struct story story;
    struct engine_counts counts;
    (void) state;

    story_init(&story, cast, 2);
    story_sees(&story, S(0), "nobody", "h/page", STATUS_OPERATIONAL);
    story_expect(&story, "0 drop nobody h/page unknown_service");
    engine_count(story.engine, &counts);
    assert_int_equal(counts.collectors, 1);
    story_sees(&story, S(100), "nobody", "h/page", STATUS_OPERATIONAL);
    story_skip(&story);
    story_time(&story, S(220));
    story_expect(&story, "");
    story_time(&story, S(221));
    story_expect(&story, "220001 collector h ok>silent");
    story_done(&story);
}

static void test_T2_the_clock_never_goes_back(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    story_sees(&story, S(999), "db", "page", STATUS_OPERATIONAL);
    story_expect(&story,
        "1000000 note clock_back\n"
        "1000000 status db unknown>operational\n"
        "1000000 hard db unknown>operational first");
    assert_int_equal(engine_now(story.engine), S(1000));
    story_time(&story, S(5));
    story_expect(&story, "");
    assert_int_equal(engine_now(story.engine), S(1000));
    story_done(&story);
}

static void test_T4_deadlines_act_in_order_before_the_input(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, cast, 2);
    story_sees(&story, S(0), "shop", "h/page", STATUS_OPERATIONAL);
    story_sees(&story, S(10), "db", "h/page", STATUS_OPERATIONAL);
    story_skip(&story);
    story_sees(&story, S(400), "shop", "h/page", STATUS_DEGRADED);
    story_expect(&story,
        "130001 collector h ok>silent\n"
        "300001 poller shop h/page ok>silent\n"
        "300001 status shop operational>unknown\n"
        "310001 poller db h/page ok>silent\n"
        "310001 status db operational>unknown\n"
        "400000 collector h silent>ok\n"
        "400000 poller db h/page silent>ok\n"
        "400000 poller shop h/page silent>ok\n"
        "400000 status shop unknown>degraded");
    story_done(&story);
}

static void test_T4_a_deadline_at_the_input_acts_first(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, cast, 2);
    story_sees(&story, S(0), "shop", "page", STATUS_OPERATIONAL);
    story_skip(&story);
    story_sees(&story, S(300) + 1, "shop", "page", STATUS_OPERATIONAL);
    story_expect(&story,
        "300001 poller shop page ok>silent\n"
        "300001 status shop operational>unknown\n"
        "300001 poller shop page silent>ok\n"
        "300001 status shop unknown>operational");
    story_done(&story);
}

static void test_T5_one_pass_goes_by_service_then_source(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, cast, 2);
    story_sees(&story, S(0), "shop", "b", STATUS_OPERATIONAL);
    story_sees(&story, S(0), "db", "z", STATUS_OPERATIONAL);
    story_sees(&story, S(0), "shop", "a", STATUS_OPERATIONAL);
    story_skip(&story);
    story_time(&story, S(1000));
    story_expect(&story,
        "300001 poller db z ok>silent\n"
        "300001 status db operational>unknown\n"
        "300001 poller shop a ok>silent\n"
        "300001 poller shop b ok>silent\n"
        "300001 status shop operational>unknown");
    story_done(&story);
}

static void test_T4_the_next_deadline_is_never_later_than_it_acts(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, cast, 2);
    assert_int_equal(engine_deadline(story.engine), INT64_MAX);
    story_sees(&story, S(0), "shop", "page", STATUS_OPERATIONAL);
    assert_int_equal(engine_deadline(story.engine), S(300) + 1);
    story_sees(&story, S(60), "shop", "page", STATUS_OPERATIONAL);
    assert_true(engine_deadline(story.engine) <= S(360) + 1);
    story_skip(&story);

    story_time(&story, engine_deadline(story.engine));    /* where nothing is due after all, it moves on */
    story_expect(&story, "");
    assert_int_equal(engine_deadline(story.engine), S(360) + 1);
    story_time(&story, S(360) + 1);
    assert_int_equal(engine_deadline(story.engine), S(360) + 1 + S(86400));    /* the poller's alert reminds */
    story_done(&story);
}

static void test_order_inside_one_observation(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, cast, 2);
    story_param(&story, "shop", PARAM_confirm_polls, 1);
    story_param(&story, "shop", PARAM_min_dwell_s, 0);
    story_param(&story, "shop", PARAM_poller_recovery_threshold, 1);
    story_sees(&story, S(0), "shop", "h/page", STATUS_OPERATIONAL);
    for (int64_t i = 1; i <= 3; i++)
        story_fails(&story, S(10 * i), "shop", "h/page");
    story_time(&story, S(200));
    story_skip(&story);

    Observation said = story_observation(&story, S(200) + S(121), "shop", "h/page", STATUS_MAJOR_OUTAGE);
    story_observes(&story, S(200), &said);
    story_expect(&story,
        "200000 collector h silent>ok\n"
        "200000 note shop h/page future_clock\n"
        "200000 poller shop h/page broken>ok\n"
        "200000 status shop unknown>major_outage\n"
        "200000 hard shop operational>major_outage confirm n=1 dwell=0\n"
        "200000 notify raise service:shop major_outage page,chat");
    story_done(&story);
}

static void test_O1_a_heartbeat_of_nobody_is_nobodys(void **state)
{
    struct story story;
    struct engine_counts counts;
    (void) state;

    story_init(&story, cast, 2);
    story_heartbeat(&story, S(0), "");
    engine_count(story.engine, &counts);
    assert_int_equal(counts.collectors, 0);
    story_done(&story);
}

/* A page falls silent in the very millisecond in which the manual status ends, whichever deadline was set first: both have
 * acted before E is computed, once. */
static void test_T5_an_end_by_hand_and_a_silence_are_one_change_of_E(void **state)
{
    static const struct { const char *says; int64_t seen_ms, set_ms, ttl_s; } cases[] = {
        { "the page first", 0, 1, 300 },
        { "the manual status first", 999, 0, 301 },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct story story;
        char lines[512];
        int64_t both_ms = cases[i].set_ms + S(cases[i].ttl_s);
        story_init(&story, cast, 2);
        for (int64_t at_ms = 0; at_ms < 1000; at_ms++) {
            if (at_ms == cases[i].seen_ms)
                story_sees(&story, at_ms, "shop", "page", STATUS_OPERATIONAL);
            if (at_ms == cases[i].set_ms)
                story_manual(&story, at_ms, "shop", STATUS_DEGRADED, cases[i].ttl_s);
        }
        story_skip(&story);
        story_time(&story, both_ms - 1);
        story_expect(&story, "");
        story_time(&story, both_ms);
        (void) snprintf(lines, sizeof lines,
            "%lld manual end shop expired\n"
            "%lld poller shop page ok>silent\n"
            "%lld status shop degraded>unknown",
            (long long) both_ms, (long long) both_ms, (long long) both_ms);
        story_expect(&story, lines);
        story_done(&story);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_O4_O5_order),
        cmocka_unit_test(test_O5_what_is_dropped_leaves_no_trace),
        cmocka_unit_test(test_O5_a_late_stranger_stays_a_stranger),
        cmocka_unit_test(test_O3_a_fast_clock_is_heard_but_does_not_outrank),
        cmocka_unit_test(test_O2_O1_unknown_service_proves_its_collector_alive),
        cmocka_unit_test(test_T2_the_clock_never_goes_back),
        cmocka_unit_test(test_T4_deadlines_act_in_order_before_the_input),
        cmocka_unit_test(test_T4_a_deadline_at_the_input_acts_first),
        cmocka_unit_test(test_T5_one_pass_goes_by_service_then_source),
        cmocka_unit_test(test_T4_the_next_deadline_is_never_later_than_it_acts),
        cmocka_unit_test(test_order_inside_one_observation),
        cmocka_unit_test(test_O1_a_heartbeat_of_nobody_is_nobodys),
        cmocka_unit_test(test_T5_an_end_by_hand_and_a_silence_are_one_change_of_E),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The time in which nobody listened (X1, X2). */
#include "tests/unit/engine/story.h"

static const struct cast one[] = {{"shop", 2}};

static void poll(struct story *story, int64_t from_s, int64_t to_s, enum status status)
{
    for (int64_t at_s = from_s; at_s <= to_s; at_s += 60)
        story_sees(story, S(at_s), "shop", "h/page", status);
}

static void test_X2_a_short_gap_costs_nothing(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, one, 1);
    poll(&story, 0, 120, STATUS_DEGRADED);
    story_skip(&story);
    story_gap(&story, S(200));
    story_expect(&story, "200000 gap 80000");
    poll(&story, 240, 600, STATUS_DEGRADED);
    assert_int_equal(story_count(&story, "600000 hard shop unknown>degraded confirm n=10 dwell=600000"), 1);
    story_done(&story);
}

static void test_X2_a_long_gap_starts_anew(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, one, 1);
    poll(&story, 0, 120, STATUS_DEGRADED);
    story_skip(&story);
    story_gap(&story, S(1200));
    story_expect(&story,
        "1200000 gap 1080000\n"
        "1200000 status shop degraded>unknown");        /* and nobody was silent: nobody listened */
    poll(&story, 1260, 1800, STATUS_DEGRADED);
    assert_int_equal(story_count(&story, "hard"), 0);
    poll(&story, 1860, 1860, STATUS_DEGRADED);
    assert_int_equal(story_count(&story, "1860000 hard shop unknown>degraded confirm n=11 dwell=600000"), 1);
    story_done(&story);
}

static void test_X2_ladders_at_the_edge_of_a_long_gap(void **state)
{
    static const struct { const char *says; int64_t gap_ms; size_t confirmed; } cases[] = {
        { "exactly the limit", S(900), 1 },
        { "a millisecond more", S(900) + 1, 0 },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct story story;
        story_init(&story, one, 1);
        story_param(&story, "shop", PARAM_stale_after_s, 3600);          /* the vote outlives the gap */
        poll(&story, 0, 120, STATUS_DEGRADED);
        story_gap(&story, S(120) + cases[i].gap_ms);
        story_sees(&story, S(120) + cases[i].gap_ms, "shop", "h/page", STATUS_DEGRADED);
        if (story_count(&story, "hard") != cases[i].confirmed)
            fail_msg("%s", cases[i].says);
        story_done(&story);
    }
}

static void test_X2_no_passes_between_and_what_is_overdue_acts_now(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, one, 1);
    poll(&story, 0, 0, STATUS_OPERATIONAL);
    story_manual(&story, S(0), "shop", STATUS_DEGRADED, 100);
    story_skip(&story);
    story_gap(&story, S(5000));
    story_expect(&story,
        "5000000 gap 5000000\n"
        "5000000 manual end shop expired\n"
        "5000000 status shop degraded>unknown");
    story_time(&story, S(5120));
    story_expect(&story, "");
    story_time(&story, S(5120) + 1);
    story_expect(&story, "5120001 collector h ok>silent");
    story_time(&story, S(5300) + 1);
    story_expect(&story, "5300001 poller shop h/page ok>silent");
    story_done(&story);
}

static void test_X2_who_was_silent_before_stays_silent(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, one, 1);
    poll(&story, 0, 0, STATUS_OPERATIONAL);
    story_time(&story, S(400));
    story_skip(&story);
    story_gap(&story, S(500));
    story_expect(&story,
        "500000 gap 100000\n"
        "500000 poller shop h/page silent>ok");          /* a full stale time for the source all the same */
    story_heartbeat(&story, S(510), "h");
    story_expect(&story, "510000 collector h silent>ok");
    story_done(&story);
}

static void test_X2_reminders_overdue_come_at_the_gap(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, one, 1);
    story_manual(&story, S(0), "shop", STATUS_MAJOR_OUTAGE, 0);
    story_skip(&story);
    story_gap(&story, S(90000));
    story_expect(&story,
        "90000000 gap 90000000\n"
        "90000000 notify reminder service:shop major_outage page,chat");
    story_done(&story);
}

static void test_X2_as_first_input_and_backwards(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, one, 1);
    story_gap(&story, S(100));
    story_expect(&story, "100000 gap 0");
    story_gap(&story, S(90));
    story_expect(&story,
        "100000 note clock_back\n"
        "100000 gap 0");
    story_done(&story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_X2_a_short_gap_costs_nothing),
        cmocka_unit_test(test_X2_a_long_gap_starts_anew),
        cmocka_unit_test(test_X2_ladders_at_the_edge_of_a_long_gap),
        cmocka_unit_test(test_X2_no_passes_between_and_what_is_overdue_acts_now),
        cmocka_unit_test(test_X2_who_was_silent_before_stays_silent),
        cmocka_unit_test(test_X2_reminders_overdue_come_at_the_gap),
        cmocka_unit_test(test_X2_as_first_input_and_backwards),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

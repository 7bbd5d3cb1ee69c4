/* SPDX-License-Identifier: Apache-2.0 */
/* A status set by hand (U1, U2). */
#include "tests/unit/engine/story.h"

static const struct cast one[] = {{"shop", 2}};

static void test_U1_counts_at_once(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, one, 1);
    story_manual(&story, S(10), "shop", STATUS_MAJOR_OUTAGE, 60);
    story_expect(&story,
        "10000 manual set shop by ann until 70000\n"
        "10000 status shop unknown>major_outage\n"
        "10000 hard shop unknown>major_outage manual\n"
        "10000 notify raise service:shop major_outage page,chat");
    story_done(&story);
}

static void test_U1_how_long_it_lasts(void **state)
{
    static const struct {
        const char *says;
        bool watched;
        int64_t ttl_s, shipped_s;
        const char *line;
    } cases[] = {
        { "told how long", true, 60, 43200, "manual set shop by ann until 160000" },
        { "told: no end", true, 0, 43200, "manual set shop by ann\n" },
        { "not told, with a source", true, -1, 43200, "manual set shop by ann until 43300000" },
        { "not told, with a source, never by configuration", true, -1, 0, "manual set shop by ann\n" },
        { "not told, nobody watches", false, -1, 43200, "manual set shop by ann\n" },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct story story;
        story_init(&story, one, 1);
        story_param(&story, "shop", PARAM_manual_ttl_s, cases[i].shipped_s);
        if (cases[i].watched)
            story_sees(&story, S(0), "shop", "page", STATUS_OPERATIONAL);
        story_manual(&story, S(100), "shop", STATUS_DEGRADED, cases[i].ttl_s);
        if (story_count(&story, cases[i].line) != 1)
            fail_msg("%s", cases[i].says);
        story_done(&story);
    }
}

static void test_U1_sources_are_recorded_but_not_consulted(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, one, 1);
    story_param(&story, "shop", PARAM_min_dwell_s, 0);
    story_manual(&story, S(0), "shop", STATUS_OPERATIONAL, 0);
    story_skip(&story);
    for (int64_t i = 1; i <= 5; i++)
        story_sees(&story, S(60 * i), "shop", "page", STATUS_MAJOR_OUTAGE);
    story_expect(&story, "");
    story_manual_end(&story, S(310), "shop");
    story_expect(&story,
        "310000 manual end shop removed\n"
        "310000 status shop operational>major_outage");

    /* H follows by confirmation alone, from here on. */
    story_sees(&story, S(360), "shop", "page", STATUS_MAJOR_OUTAGE);
    story_sees(&story, S(420), "shop", "page", STATUS_MAJOR_OUTAGE);
    story_expect(&story, "");
    story_sees(&story, S(480), "shop", "page", STATUS_MAJOR_OUTAGE);
    assert_int_equal(story_count(&story, "480000 hard shop operational>major_outage confirm n=3 dwell=170000"), 1);
    story_done(&story);
}

static void test_U2_ends_exactly_in_time(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, one, 1);
    story_manual(&story, S(10), "shop", STATUS_DEGRADED, 60);
    story_skip(&story);
    story_time(&story, S(70) - 1);
    story_expect(&story, "");
    story_time(&story, S(70));
    story_expect(&story,
        "70000 manual end shop expired\n"
        "70000 status shop degraded>unknown");
    story_done(&story);
}

static void test_T5_all_ends_come_before_what_they_change(void **state)
{
    static const struct cast two[] = {{"db", 2}, {"shop", 2}};
    struct story story;
    (void) state;

    /* Both end at 310001, the moment at which the sources of both fall silent, too. */
    story_init(&story, two, 2);
    story_sees(&story, S(10), "shop", "page", STATUS_OPERATIONAL);
    story_sees(&story, S(10), "db", "page", STATUS_OPERATIONAL);
    story_manual(&story, S(10) + 1, "shop", STATUS_DEGRADED, 300);
    story_manual(&story, S(10) + 1, "db", STATUS_DEGRADED, 300);
    story_skip(&story);
    story_time(&story, S(1000));
    story_expect(&story,
        "310001 manual end db expired\n"
        "310001 manual end shop expired\n"
        "310001 poller db page ok>silent\n"
        "310001 status db degraded>unknown\n"
        "310001 poller shop page ok>silent\n"
        "310001 status shop degraded>unknown");
    story_done(&story);
}

static void test_U2_a_new_one_replaces_the_old(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, one, 1);
    story_manual(&story, S(0), "shop", STATUS_DEGRADED, 60);
    story_manual(&story, S(30), "shop", STATUS_DEGRADED, 60);
    story_skip(&story);
    story_time(&story, S(89));
    story_expect(&story, "");
    story_manual(&story, S(89), "shop", STATUS_DEGRADED, 0);
    story_skip(&story);
    story_time(&story, S(100000));
    assert_int_equal(story_count(&story, "manual"), 0);
    story_done(&story);
}

static void test_U1_the_level_that_all_know_is_not_told_again(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, one, 1);
    story_manual(&story, S(0), "shop", STATUS_MAJOR_OUTAGE, 0);
    story_skip(&story);
    story_manual(&story, S(10), "shop", STATUS_MAJOR_OUTAGE, 0);
    story_expect(&story,
        "10000 manual set shop by ann\n"
        "10000 suppress raise service:shop major_outage dedup");
    story_done(&story);
}

static void test_U1_no_dedup_where_nobody_was_told(void **state)
{
    static const struct cast bulk[] = {{"bulk", 3}};
    struct story story;
    (void) state;

    story_init(&story, bulk, 1);
    story_manual(&story, S(0), "bulk", STATUS_DEGRADED, 0);
    story_skip(&story);
    story_manual(&story, S(10), "bulk", STATUS_DEGRADED, 0);
    story_expect(&story, "10000 manual set bulk by ann");
    story_done(&story);
}

static void test_U1_unknown_leaves_the_alert_alone(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, one, 1);
    story_manual(&story, S(0), "shop", STATUS_MAJOR_OUTAGE, 0);
    story_skip(&story);
    story_manual(&story, S(10), "shop", STATUS_UNKNOWN, 0);
    story_expect(&story,
        "10000 manual set shop by ann\n"
        "10000 status shop major_outage>unknown");
    story_done(&story);
}

static void test_U_what_does_not_exist_is_refused(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, one, 1);
    story_manual(&story, S(0), "nothing", STATUS_DEGRADED, 0);
    story_manual_end(&story, S(1), "nothing");
    story_manual_end(&story, S(2), "shop");
    story_expect(&story,
        "0 reject manual no_such_service\n"
        "1000 reject manual no_such_service\n"
        "2000 reject manual no_such_manual");
    story_done(&story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_U1_counts_at_once),
        cmocka_unit_test(test_U1_how_long_it_lasts),
        cmocka_unit_test(test_U1_sources_are_recorded_but_not_consulted),
        cmocka_unit_test(test_U2_ends_exactly_in_time),
        cmocka_unit_test(test_T5_all_ends_come_before_what_they_change),
        cmocka_unit_test(test_U2_a_new_one_replaces_the_old),
        cmocka_unit_test(test_U1_the_level_that_all_know_is_not_told_again),
        cmocka_unit_test(test_U1_no_dedup_where_nobody_was_told),
        cmocka_unit_test(test_U1_unknown_leaves_the_alert_alone),
        cmocka_unit_test(test_U_what_does_not_exist_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

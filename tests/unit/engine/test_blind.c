/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts of pollers (P2, P3), and the collector that cannot see (K6). */
#include "tests/unit/engine/story.h"

static const struct cast cast[] = {
    {"a", 2}, {"b", 2}, {"c", 2}, {"d", 2}, {"e", 2}, {"f", 2}, {"g", 2}, {"h", 2}, {"i", 2},
};

static void begin(struct story *story)
{
    story_init(story, cast, ARRAY_SIZE(cast));
    story->health = true;
}

/* The first n services, each seen well at 0 through the collector "box". */
static void carry(struct story *story, size_t n)
{
    for (size_t i = 0; i < n; i++)
        story_sees(story, S(0), cast[i].id, "box/page", STATUS_OPERATIONAL);
}

static void fail_all(struct story *story, int64_t at_ms, size_t n)
{
    for (size_t i = 0; i < n; i++)
        story_fails(story, at_ms, cast[i].id, "box/page");
}

static void test_P2_a_broken_poller_is_told_and_no_outage(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    story_sees(&story, S(0), "a", "page", STATUS_OPERATIONAL);
    story_skip(&story);
    story_fails(&story, S(60), "a", "page");
    story_fails(&story, S(120), "a", "page");
    story_expect(&story, "");
    story_fails(&story, S(180), "a", "page");
    story_expect(&story,
        "180000 poller a page ok>broken\n"
        "180000 status a operational>unknown\n"
        "180000 notify raise poller:a/page broken ops");
    story_sees(&story, S(240), "a", "page", STATUS_OPERATIONAL);
    story_expect(&story, "240000 status a unknown>operational");
    story_sees(&story, S(300), "a", "page", STATUS_OPERATIONAL);
    story_expect(&story,
        "300000 poller a page broken>ok\n"
        "300000 notify resolve poller:a/page ok ops");
    story_done(&story);
}

static void test_P2_another_word_is_no_other_message(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    for (int64_t i = 1; i <= 3; i++)
        story_fails(&story, S(60 * i), "a", "page");
    story_skip(&story);
    story_time(&story, S(480) + 1);
    story_expect(&story, "480001 poller a page broken>silent");
    story_time(&story, S(180) + S(86400));          /* the reminder says what is so now */
    story_expect(&story, "86580000 notify reminder poller:a/page silent ops");
    story_done(&story);
}

static void test_P3_few_sources_wait_for_nobody(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    carry(&story, 2);
    for (int64_t i = 1; i <= 3; i++)
        story_fails(&story, S(60 * i), "a", "box/page");
    assert_int_equal(story_count(&story, "180000 notify raise poller:a/box/page broken ops"), 1);
    story_done(&story);
}

static void test_P3_the_hold_ends_to_the_millisecond(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    carry(&story, 3);
    for (int64_t i = 1; i <= 3; i++)
        story_fails(&story, S(60 * i), "a", "box/page");
    assert_int_equal(story_count(&story, "180000 suppress raise poller:a/box/page broken poller_hold"), 1);
    story_heartbeat(&story, S(200), "box");
    story_skip(&story);
    story_time(&story, S(270) - 1);
    story_expect(&story, "");
    story_time(&story, S(270));
    story_expect(&story, "270000 notify raise poller:a/box/page broken ops");
    story_done(&story);
}

static void test_P3_a_source_that_leaves_ends_the_hold(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    carry(&story, 3);
    for (int64_t i = 1; i <= 3; i++)
        story_fails(&story, S(60 * i), "a", "box/page");
    story_skip(&story);
    Observation said = story_observation(&story, S(190), "c", "box/page", STATUS_OPERATIONAL);
    (void) text_copy(said.collector, sizeof said.collector, text_of("spare"));
    story_observes(&story, S(190), &said);          /* box carries two now */
    story_expect(&story, "190000 notify raise poller:a/box/page broken ops");
    story_done(&story);
}

static void test_P3_silent_collector_explains_its_pollers(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    carry(&story, 1);
    story_time(&story, S(300) + 1);
    assert_int_equal(story_count(&story, "150001 notify raise collector:box silent ops"), 1);
    assert_int_equal(story_count(&story, "300001 suppress raise poller:a/box/page silent collector_silent"), 1);
    assert_int_equal(story_count(&story, "notify raise poller:"), 0);
    story_skip(&story);
    story_heartbeat(&story, S(400), "box");
    story_expect(&story,
        "400000 collector box silent>ok\n"
        "400000 poller a box/page silent>ok\n"
        "400000 notify resolve collector:box ok ops\n"
        "400000 suppress resolve poller:a/box/page ok not_announced");
    story_done(&story);
}

static void test_P3_without_a_collector_nothing_explains(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    story_sees(&story, S(0), "a", "page", STATUS_OPERATIONAL);
    story_time(&story, S(300) + 1);
    assert_int_equal(story_count(&story, "300001 notify raise poller:a/page silent ops"), 1);
    story_done(&story);
}

static void test_K6_worked_timeline(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    carry(&story, 4);
    fail_all(&story, S(60), 4);
    fail_all(&story, S(120), 4);
    story_skip(&story);
    fail_all(&story, S(180), 2);
    assert_int_equal(story_count(&story, "poller_hold"), 2);
    story_skip(&story);
    story_fails(&story, S(180), "c", "box/page");
    story_expect(&story,
        "180000 poller c box/page ok>broken\n"
        "180000 status c operational>unknown\n"
        "180000 collector box ok>blind\n"
        "180000 suppress raise collector:box blind collector_hold\n"
        "180000 suppress raise poller:a/box/page broken collector_blind\n"
        "180000 suppress raise poller:b/box/page broken collector_blind\n"
        "180000 suppress raise poller:c/box/page broken collector_blind");
    story_fails(&story, S(180), "d", "box/page");
    story_skip(&story);
    story_time(&story, S(210) - 1);
    story_expect(&story, "");
    story_time(&story, S(210));
    story_expect(&story, "210000 notify raise collector:box blind ops");

    for (size_t i = 0; i < 2; i++)
        story_sees(&story, S(240), cast[i].id, "box/page", STATUS_OPERATIONAL);
    story_skip(&story);
    story_sees(&story, S(300), "a", "box/page", STATUS_OPERATIONAL);
    story_expect(&story,
        "300000 poller a box/page broken>ok\n"
        "300000 suppress resolve poller:a/box/page ok not_announced");
    story_sees(&story, S(300), "b", "box/page", STATUS_OPERATIONAL);
    story_expect(&story,
        "300000 poller b box/page broken>ok\n"
        "300000 collector box blind>ok\n"
        "300000 notify resolve collector:box ok ops\n"
        "300000 suppress resolve poller:b/box/page ok not_announced\n"
        "300000 suppress raise poller:c/box/page broken poller_hold\n"
        "300000 suppress raise poller:d/box/page broken poller_hold");
    story_sees(&story, S(310), "c", "box/page", STATUS_OPERATIONAL);
    story_sees(&story, S(360), "c", "box/page", STATUS_OPERATIONAL);
    story_skip(&story);
    story_time(&story, S(390) - 1);
    story_expect(&story, "");
    story_time(&story, S(390));
    story_expect(&story, "390000 notify raise poller:d/box/page broken ops");
    story_done(&story);
}

static void test_K6_how_many_it_takes(void **state)
{
    static const struct { const char *says; size_t sources, broken; int64_t min, pct; bool blind; } cases[] = {
        { "one short of the least",             4, 2, 3,  50, false },
        { "the least",                          4, 3, 3,  50, true },
        { "half of seven is four: one short",   7, 3, 3,  50, false },
        { "half of seven is four",              7, 4, 3,  50, true },
        { "half of eight is four",              8, 4, 3,  50, true },
        { "a third of nine, rounded up",        9, 3, 1,  34, false },
        { "a third of nine, rounded up: there", 9, 4, 1,  34, true },
        { "all but one of all",                 3, 2, 1, 100, false },
        { "all",                                3, 3, 1, 100, true },
        { "a single source",                    1, 1, 1,   1, true },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct story story;
        begin(&story);
        story_param(&story, NULL, PARAM_blind_min, cases[i].min);
        story_param(&story, NULL, PARAM_blind_pct, cases[i].pct);
        story_param(&story, NULL, PARAM_poller_hold_s, 3600);
        carry(&story, cases[i].sources);
        for (int64_t poll = 1; poll <= 3; poll++)
            fail_all(&story, S(60 * poll), cases[i].broken);
        if ((story_count(&story, "collector box ok>blind") == 1) != cases[i].blind)
            fail_msg("%s", cases[i].says);
        story_done(&story);
    }
}

static void test_K6_what_was_told_does_not_count(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    carry(&story, 4);
    for (int64_t i = 1; i <= 3; i++)
        fail_all(&story, S(60 * i), 2);
    story_time(&story, S(290));
    assert_int_equal(story_count(&story, "270000 notify raise poller:"), 2);
    story_skip(&story);
    for (int64_t i = 5; i <= 7; i++) {
        story_fails(&story, S(60 * i), "c", "box/page");
        story_fails(&story, S(60 * i), "d", "box/page");
    }
    assert_int_equal(story_count(&story, "blind"), 0);    /* two of four are news: not three */
    assert_int_equal(story_count(&story, "420000 suppress raise poller:c/box/page broken poller_hold"), 1);
    story_done(&story);
}

static void test_K6_silent_and_blind_are_one_alert(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    carry(&story, 3);
    for (int64_t i = 1; i <= 3; i++)
        fail_all(&story, S(60 * i), 3);
    story_time(&story, S(300));
    assert_int_equal(story_count(&story, "210000 notify raise collector:box blind ops"), 1);
    story_skip(&story);
    story_time(&story, S(300) + 1);
    assert_int_equal(story_count(&story, "300001 collector box blind>silent"), 1);
    assert_int_equal(story_count(&story, "notify"), 0);
    assert_int_equal(story_count(&story, "collector_silent"), 3);
    story_skip(&story);
    story_heartbeat(&story, S(320), "box");         /* heard again, and as blind as before */
    story_expect(&story,
        "320000 collector box silent>ok\n"
        "320000 collector box ok>blind\n"
        "320000 suppress raise poller:a/box/page broken collector_blind\n"
        "320000 suppress raise poller:b/box/page broken collector_blind\n"
        "320000 suppress raise poller:c/box/page broken collector_blind");
    story_done(&story);
}

static void test_N7_a_removed_service_takes_its_pollers_along(void **state)
{
    static const struct cast fewer[] = {{"b", 2}};
    CLEANUP(mem_freep) struct story *after = mem_new(sizeof *after);
    struct story story;
    (void) state;

    begin(&story);
    for (int64_t i = 1; i <= 3; i++) {
        story_fails(&story, S(60 * i), "a", "page");
        story_fails(&story, S(60 * i), "b", "page");
    }
    story_manual(&story, S(190), "a", STATUS_MAJOR_OUTAGE, 0);
    story_skip(&story);
    story_cast(after, fewer, 1);
    after->config.digest = "d2";
    story_configures(&story, S(200), &after->config);
    story_expect(&story,
        "200000 config-a,c,d,e,f,g,h,i\n"
        "200000 notify resolve poller:a/page ok ops config_removed\n"
        "200000 notify resolve service:a operational page,chat config_removed");
    story_done(&story);
}

static void test_counts_of_open_alerts(void **state)
{
    struct story story;
    struct engine_counts counts;
    (void) state;

    begin(&story);
    carry(&story, 3);
    for (int64_t i = 1; i <= 3; i++)
        fail_all(&story, S(60 * i), 3);
    engine_count(story.engine, &counts);
    assert_int_equal(counts.open_alerts, 4);        /* three pollers and the collector */
    assert_int_equal(counts.announced_alerts, 0);
    story_time(&story, S(210));
    engine_count(story.engine, &counts);
    assert_int_equal(counts.announced_alerts, 1);
    story_done(&story);
}

/* Three would be blind. Of three broken ones the first has gone to another host before the third broke. */
static void test_K6_who_is_polled_from_elsewhere_does_not_count(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    carry(&story, 5);
    for (int64_t i = 1; i <= 3; i++)
        fail_all(&story, S(60 * i), 2);
    assert_int_equal(story_count(&story, "poller_hold"), 2);
    Observation moved = story_observation(&story, S(190), "a", "box/page", STATUS_UNKNOWN);
    moved.result = RESULT_FAIL;
    (void) text_copy(moved.collector, sizeof moved.collector, text_of("other"));
    story_observes(&story, S(190), &moved);
    for (int64_t i = 0; i <= 2; i++)
        story_fails(&story, S(200 + i), "c", "box/page");
    assert_int_equal(story_count(&story, "poller c box/page ok>broken"), 1);
    assert_int_equal(story_count(&story, "blind"), 0);
    for (int64_t i = 0; i <= 2; i++)
        story_fails(&story, S(210 + i), "d", "box/page");
    assert_int_equal(story_count(&story, "212000 collector box ok>blind"), 1);
    story_done(&story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_P2_a_broken_poller_is_told_and_no_outage),
        cmocka_unit_test(test_P2_another_word_is_no_other_message),
        cmocka_unit_test(test_P3_few_sources_wait_for_nobody),
        cmocka_unit_test(test_P3_the_hold_ends_to_the_millisecond),
        cmocka_unit_test(test_P3_a_source_that_leaves_ends_the_hold),
        cmocka_unit_test(test_P3_silent_collector_explains_its_pollers),
        cmocka_unit_test(test_P3_without_a_collector_nothing_explains),
        cmocka_unit_test(test_K6_worked_timeline),
        cmocka_unit_test(test_K6_how_many_it_takes),
        cmocka_unit_test(test_K6_what_was_told_does_not_count),
        cmocka_unit_test(test_K6_silent_and_blind_are_one_alert),
        cmocka_unit_test(test_N7_a_removed_service_takes_its_pollers_along),
        cmocka_unit_test(test_counts_of_open_alerts),
        cmocka_unit_test(test_K6_who_is_polled_from_elsewhere_does_not_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

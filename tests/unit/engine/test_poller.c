/* SPDX-License-Identifier: Apache-2.0 */
/* Pollers and collectors: whether those who look are well. */
#include "tests/unit/engine/story.h"

static const struct cast cast[] = {{"db", 2}, {"shop", 2}};

static void test_P1_broken_until_it_recovered(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, cast, 2);
    story_sees(&story, S(0), "shop", "page", STATUS_OPERATIONAL);
    for (int64_t i = 1; i <= 3; i++)
        story_fails(&story, S(60 * i), "shop", "page");
    story_skip(&story);
    story_sees(&story, S(240), "shop", "page", STATUS_OPERATIONAL);
    story_expect(&story, "240000 status shop unknown>operational");
    story_sees(&story, S(300), "shop", "page", STATUS_OPERATIONAL);
    story_expect(&story, "300000 poller shop page broken>ok");
    story_done(&story);
}

static void test_P1_one_good_poll_between_failures(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, cast, 2);
    for (int64_t i = 0; i < 3; i++)
        story_fails(&story, S(60 * i), "shop", "page");
    story_expect(&story, "120000 poller shop page ok>broken");
    story_sees(&story, S(180), "shop", "page", STATUS_OPERATIONAL);
    story_skip(&story);
    story_fails(&story, S(240), "shop", "page");
    story_sees(&story, S(300), "shop", "page", STATUS_OPERATIONAL);
    story_expect(&story, "");                       /* never two in a row: still broken */
    story_done(&story);
}

static void test_P1_silence_hides_broken_but_does_not_heal_it(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, cast, 2);
    for (int64_t i = 0; i < 3; i++)
        story_fails(&story, S(60 * i), "shop", "page");
    story_skip(&story);
    story_time(&story, S(421));
    story_expect(&story, "420001 poller shop page broken>silent");
    story_sees(&story, S(500), "shop", "page", STATUS_OPERATIONAL);
    assert_int_equal(story_count(&story, "500000 poller shop page silent>broken"), 1);
    story_skip(&story);
    story_sees(&story, S(560), "shop", "page", STATUS_OPERATIONAL);
    story_expect(&story, "560000 poller shop page broken>ok");
    story_done(&story);
}

static void test_P1_a_good_first_sight_is_no_news(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, cast, 2);
    story_fails(&story, S(0), "shop", "h/page");
    story_expect(&story, "");
    story_done(&story);
}

static void test_K1_silent_after_its_time(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, cast, 2);
    story_heartbeat(&story, S(0), "h");
    story_heartbeat(&story, S(30), "h");
    story_time(&story, S(150));
    story_expect(&story, "");
    story_time(&story, S(150) + 1);
    story_expect(&story, "150001 collector h ok>silent");
    story_heartbeat(&story, S(200), "h");
    story_expect(&story, "200000 collector h silent>ok");
    story_time(&story, S(320));
    story_expect(&story, "");
    story_time(&story, S(320) + 1);
    story_expect(&story, "320001 collector h ok>silent");
    story_done(&story);
}

static void test_K1_on_return_its_sources_get_a_full_stale_time(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, cast, 2);
    story_sees(&story, S(0), "shop", "h/page", STATUS_OPERATIONAL);
    story_sees(&story, S(0), "db", "h/page", STATUS_OPERATIONAL);
    story_sees(&story, S(0), "db", "other/page", STATUS_OPERATIONAL);
    story_heartbeat(&story, S(100), "other");
    story_time(&story, S(250));
    story_skip(&story);
    story_heartbeat(&story, S(260), "h");
    story_expect(&story, "260000 collector h silent>ok");
    story_time(&story, S(300) + 1);                 /* the votes end all the same; only the carried are excused */
    story_expect(&story,
        "300001 poller db other/page ok>silent\n"
        "300001 status db operational>unknown\n"
        "300001 status shop operational>unknown");
    story_time(&story, S(560));
    story_skip(&story);
    story_time(&story, S(560) + 1);
    story_expect(&story,
        "560001 poller db h/page ok>silent\n"
        "560001 poller shop h/page ok>silent");
    story_done(&story);
}

static void test_K1_a_source_moves_with_who_carries_it(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, cast, 2);
    Observation said = story_observation(&story, S(0), "shop", "h/page", STATUS_OPERATIONAL);
    story_observes(&story, S(0), &said);
    said = story_observation(&story, S(10), "shop", "h/page", STATUS_OPERATIONAL);
    (void) text_copy(said.collector, sizeof said.collector, text_of("spare"));
    story_observes(&story, S(10), &said);
    story_time(&story, S(400));
    story_skip(&story);
    story_heartbeat(&story, S(400), "h");
    story_expect(&story, "400000 collector h silent>ok");
    story_heartbeat(&story, S(400), "spare");
    story_expect(&story,
        "400000 collector spare silent>ok\n"
        "400000 poller shop h/page silent>ok");
    story_done(&story);
}

static void test_counts_follow(void **state)
{
    struct story story;
    struct engine_counts counts;
    (void) state;

    story_init(&story, cast, 2);
    for (int64_t i = 0; i < 3; i++)
        story_fails(&story, S(10 * i), "shop", "h/page");
    engine_count(story.engine, &counts);
    assert_int_equal(counts.services, 2);
    assert_int_equal(counts.sources, 1);
    assert_int_equal(counts.collectors, 1);
    assert_int_equal(counts.broken_pollers, 1);
    assert_int_equal(counts.silent_collectors, 0);
    story_time(&story, S(200));
    engine_count(story.engine, &counts);
    assert_int_equal(counts.silent_collectors, 1);
    story_time(&story, S(2000));
    engine_count(story.engine, &counts);
    assert_int_equal(counts.broken_pollers, 0);     /* silent is another state */
    story_done(&story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_P1_broken_until_it_recovered),
        cmocka_unit_test(test_P1_one_good_poll_between_failures),
        cmocka_unit_test(test_P1_silence_hides_broken_but_does_not_heal_it),
        cmocka_unit_test(test_P1_a_good_first_sight_is_no_news),
        cmocka_unit_test(test_K1_silent_after_its_time),
        cmocka_unit_test(test_K1_on_return_its_sources_get_a_full_stale_time),
        cmocka_unit_test(test_K1_a_source_moves_with_who_carries_it),
        cmocka_unit_test(test_counts_follow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

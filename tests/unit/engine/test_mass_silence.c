/* SPDX-License-Identifier: Apache-2.0 */
/* Collectors that are gone: one by one (K2), many at once (K3), and back host by host (K4). */
#include <stdio.h>

#include "tests/unit/engine/story.h"

static const struct cast cast[] = {{"shop", 2}};

static void begin(struct story *story)
{
    story_init(story, cast, 1);
    story->health = true;
}

/* Heartbeats of the collectors numbered from (0 the first) to below, each named "h" and five digits. */
static void hear(struct story *story, int64_t at_ms, int from, int below)
{
    for (int i = from; i < below; i++) {
        char name[16];
        (void) snprintf(name, sizeof name, "h%05d", i);
        story_heartbeat(story, at_ms, name);
    }
}

static void test_K2_held_to_the_millisecond(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    hear(&story, S(0), 0, 1);
    story_time(&story, S(120) + 1);
    story_expect(&story,
        "120001 collector h00000 ok>silent\n"
        "120001 suppress raise collector:h00000 silent collector_hold");
    story_time(&story, S(150));
    story_expect(&story, "");
    story_time(&story, S(150) + 1);
    story_expect(&story, "150001 notify raise collector:h00000 silent ops");
    hear(&story, S(400), 0, 1);
    story_expect(&story,
        "400000 collector h00000 silent>ok\n"
        "400000 notify resolve collector:h00000 ok ops");
    story_done(&story);
}

static void test_K2_back_within_the_hold_is_never_told(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    hear(&story, S(0), 0, 1);
    story_time(&story, S(130));
    story_skip(&story);
    hear(&story, S(140), 0, 1);
    story_expect(&story,
        "140000 collector h00000 silent>ok\n"
        "140000 suppress resolve collector:h00000 ok not_announced");
    story_done(&story);
}

static void test_K2_reminded_as_the_engine_says(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    hear(&story, S(0), 0, 1);
    story_time(&story, S(200));
    story_skip(&story);
    story_time(&story, S(150) + S(86400));
    story_expect(&story, "");
    story_time(&story, S(150) + S(86400) + 1);
    story_expect(&story, "86550001 notify reminder collector:h00000 silent ops");
    story_done(&story);
}

static void test_K3_how_many_it_takes(void **state)
{
    static const struct { const char *says; int known, gone; int64_t min, pct, cap; bool mass; } cases[] = {
        { "one short of the least",            4,   2,  3,  50,  50, false },
        { "the least",                         4,   3,  3,  50,  50, true },
        { "half of nine is five: one short",   9,   4,  3,  50,  50, false },
        { "half of nine is five",              9,   5,  3,  50,  50, true },
        { "half of ten is five",              10,   5,  3,  50,  50, true },
        { "a third, rounded up: one short",   10,   3,  1,  34,  50, false },
        { "a third, rounded up",              10,   4,  1,  34,  50, true },
        { "one short of the cap",            200,  49,  3,  50,  50, false },
        { "the cap",                         200,  50,  3,  50,  50, true },
        { "the least is above the cap",       20,   4,  5,  50,   2, false },
        { "the least is above the cap: there", 20,  5,  5,  50,   2, true },
        { "all but one of all",                5,   4,  1, 100,  50, false },
        { "all",                               5,   5,  1, 100,  50, true },
        { "the only one",                      1,   1,  1,   1,  50, true },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct story story;
        begin(&story);
        story_param(&story, NULL, PARAM_mass_silence_min, cases[i].min);
        story_param(&story, NULL, PARAM_mass_silence_pct, cases[i].pct);
        story_param(&story, NULL, PARAM_mass_silence_cap, cases[i].cap);
        hear(&story, S(0), 0, cases[i].known);
        hear(&story, S(60), cases[i].gone, cases[i].known);
        story_time(&story, S(120) + 1);
        if ((story_count(&story, "notify raise self:mass_silence") == 1) != cases[i].mass)
            fail_msg("%s", cases[i].says);
        story_done(&story);
    }
}

static void test_K3_one_message_for_all_of_them(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    hear(&story, S(0), 0, 5);
    hear(&story, S(60), 3, 5);
    story_time(&story, S(120) + 1);
    story_expect(&story,
        "120001 collector h00000 ok>silent\n"
        "120001 collector h00001 ok>silent\n"
        "120001 collector h00002 ok>silent\n"
        "120001 suppress raise collector:h00000 silent mass_silence\n"
        "120001 suppress raise collector:h00001 silent mass_silence\n"
        "120001 suppress raise collector:h00002 silent mass_silence\n"
        "120001 notify raise self:mass_silence mass_silence ops 3 of 5");
    hear(&story, S(150), 3, 5);
    story_time(&story, S(160));
    story_expect(&story, "");                       /* their holds are over: still one message */
    story_done(&story);
}

static void test_K3_those_told_of_do_not_hide_the_next(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    hear(&story, S(0), 0, 6);
    for (int gone = 1; gone <= 4; gone++)           /* one a while, each told of before the next */
        for (int64_t at = 100 * (gone - 1); at <= 100 * gone; at += 50)
            hear(&story, S(at) + 1, gone, 6);
    story_time(&story, S(520));
    assert_int_equal(story_count(&story, "notify raise collector:"), 4);
    assert_int_equal(story_count(&story, "self:"), 0);
    story_done(&story);
}

static void test_K3_the_blind_count_too(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    story_param(&story, NULL, PARAM_blind_min, 1);
    story_param(&story, NULL, PARAM_mass_silence_min, 2);
    hear(&story, S(0), 0, 2);
    for (int64_t i = 1; i <= 3; i++)
        story_fails(&story, S(40 * i), "shop", "h00001/page");
    story_time(&story, S(120));
    story_skip(&story);
    story_time(&story, S(120) + 1);
    story_expect(&story,
        "120001 collector h00000 ok>silent\n"
        "120001 suppress raise collector:h00000 silent mass_silence\n"
        "120001 suppress raise collector:h00001 blind mass_silence\n"
        "120001 notify raise self:mass_silence mass_silence ops 2 of 2");
    story_done(&story);
}

static void test_K4_a_network_comes_back_host_by_host(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    hear(&story, S(0), 0, 5);
    story_time(&story, S(121));
    story_skip(&story);
    hear(&story, S(200), 0, 2);
    story_expect(&story,
        "200000 collector h00000 silent>ok\n"
        "200000 suppress resolve collector:h00000 ok not_announced\n"
        "200000 collector h00001 silent>ok\n"
        "200000 suppress resolve collector:h00001 ok not_announced");
    hear(&story, S(210), 2, 3);                     /* two of five are left: no mass */
    story_expect(&story,
        "210000 collector h00002 silent>ok\n"
        "210000 suppress resolve collector:h00002 ok not_announced\n"
        "210000 suppress raise collector:h00003 silent collector_hold\n"
        "210000 suppress raise collector:h00004 silent collector_hold\n"
        "210000 notify resolve self:mass_silence ok ops 2 of 5");
    hear(&story, S(260), 0, 4);
    story_skip(&story);
    hear(&story, S(310), 0, 4);
    story_time(&story, S(330) - 1);
    story_expect(&story, "");
    story_time(&story, S(330));
    story_expect(&story, "330000 notify raise collector:h00004 silent ops");
    story_done(&story);
}

static void test_K4_the_hold_is_forgotten_on_return(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    story_param(&story, NULL, PARAM_blind_min, 1);
    hear(&story, S(0), 0, 4);
    story_time(&story, S(121));
    hear(&story, S(200), 0, 2);                     /* those that are left wait until 320 */
    assert_int_equal(story_count(&story, "200000 suppress raise collector:h00003 silent collector_hold"), 1);
    for (int64_t i = 0; i < 3; i++)
        story_fails(&story, S(210 + i), "shop", "h00003/page");
    assert_int_equal(story_count(&story, "212000 collector h00003 ok>blind"), 1);
    story_time(&story, S(320) - 1);
    assert_int_equal(story_count(&story, "242000 notify raise collector:h00003 blind ops"), 1);
    assert_int_equal(story_count(&story, "notify raise collector:"), 1);
    story_time(&story, S(320));
    assert_int_equal(story_count(&story, "320000 notify raise collector:h00002 silent ops"), 1);
    story_done(&story);
}

static void test_K3_ten_thousand_collectors(void **state)
{
    enum { MANY = 10000, CAP = 50 };
    struct story story;
    struct engine_counts counts;
    (void) state;

    begin(&story);
    hear(&story, S(0), 0, MANY);
    story_time(&story, S(121));
    assert_int_equal(story_count(&story, "notify"), 1);
    assert_int_equal(story_count(&story, "120001 notify raise self:mass_silence mass_silence ops 10000 of 10000"), 1);
    engine_count(story.engine, &counts);
    assert_int_equal(counts.open_alerts, MANY + 1);
    story_skip(&story);

    hear(&story, S(130), 0, MANY - CAP);
    assert_int_equal(story_count(&story, "notify"), 0);     /* as many as the cap are left */
    story_skip(&story);
    hear(&story, S(130), MANY - CAP, MANY - CAP + 1);
    assert_int_equal(story_count(&story, "130000 notify resolve self:mass_silence ok ops 49 of 10000"), 1);
    assert_int_equal(story_count(&story, "collector_hold"), CAP - 1);
    engine_count(story.engine, &counts);
    assert_int_equal(counts.open_alerts, CAP - 1);
    story_done(&story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_K2_held_to_the_millisecond),
        cmocka_unit_test(test_K2_back_within_the_hold_is_never_told),
        cmocka_unit_test(test_K2_reminded_as_the_engine_says),
        cmocka_unit_test(test_K3_how_many_it_takes),
        cmocka_unit_test(test_K3_one_message_for_all_of_them),
        cmocka_unit_test(test_K3_those_told_of_do_not_hide_the_next),
        cmocka_unit_test(test_K3_the_blind_count_too),
        cmocka_unit_test(test_K4_a_network_comes_back_host_by_host),
        cmocka_unit_test(test_K4_the_hold_is_forgotten_on_return),
        cmocka_unit_test(test_K3_ten_thousand_collectors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

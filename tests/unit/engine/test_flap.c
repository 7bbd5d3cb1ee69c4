/* SPDX-License-Identifier: Apache-2.0 */
/* Flapping: the ring, the debt, who is told, and what waits (F1..F7). */
#include <stdlib.h>
#include <string.h>

#include "aggregator/engine/flap.h"
#include "tests/unit/engine/shelf.h"
#include "tests/unit/engine/story.h"

static const struct cast cast[] = {{"bulk", 3}, {"db", 1}, {"shop", 2}};

/* ---------------------------------------------------------------- the ring, by itself */

/* Levels as digits of rank; "~" before one: in the same round. */
static struct flap ring_of(const char *samples)
{
    struct flap flap = {0};

    for (const char *at = samples; *at != '\0'; at++) {
        bool begins_round = *at != '~';
        at += begins_round ? 0 : 1;
        (void) flap_sample(&flap, (enum status) (*at - '0' + STATUS_OPERATIONAL), begins_round);
    }
    return flap;
}

static void test_F1_F2_weights_of_changes(void **state)
{
    static const struct { const char *says; const char *samples; int weight; uint32_t pct; enum status worst; } cases[] = {
        { "nothing yet", "", 0, 0, STATUS_UNKNOWN },
        { "one sample makes no change", "3", 0, 0, STATUS_MAJOR_OUTAGE },
        { "nor do two alike", "11", 0, 0, STATUS_DEGRADED },
        { "the newest change weighs most", "01", 95, 6, STATUS_DEGRADED },
        { "whatever the levels", "23", 95, 6, STATUS_MAJOR_OUTAGE },
        { "an older one 2 less", "011", 93, 6, STATUS_DEGRADED },
        { "five", "010101", 455, 29, STATUS_DEGRADED },
        { "six", "0101010", 540, 35, STATUS_DEGRADED },
        { "the oldest that counts", "01111111111111111111" "1", 57, 3, STATUS_DEGRADED },
        { "and it is gone", "01111111111111111111" "11", 0, 0, STATUS_DEGRADED },
        { "nothing but changes", "010101010101010101010", 1520, 100, STATUS_DEGRADED },
        { "more of them are no more", "0101010101010101010101010", 1520, 100, STATUS_DEGRADED },
        { "the worst leaves the ring", "300000000000000000000" "0", 0, 0, STATUS_OPERATIONAL },
        { "it was there until then", "300000000000000000000", 57, 3, STATUS_MAJOR_OUTAGE },
        { "the first round corrected", "0~1", 0, 0, STATUS_DEGRADED },
        { "a later round corrected", "00~1", 95, 6, STATUS_DEGRADED },
        { "and back", "00~1~0", 0, 0, STATUS_OPERATIONAL },
        { "an early sample, long steady, corrected", "0000~1~2", 95, 6, STATUS_PARTIAL_OUTAGE },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct flap flap = ring_of(cases[i].samples);
        if (flap_weight(&flap) != cases[i].weight || flap_percent(&flap) != cases[i].pct ||
            flap_worst(&flap) != cases[i].worst)
            fail_msg("%s: %d, %u %%, worst %d", cases[i].says, flap_weight(&flap), flap_percent(&flap),
                (int) flap_worst(&flap));

        struct flap copy = {0};
        flap_restore(&copy, flap.sample, flap_n_telling(&flap));
        assert_memory_equal(copy.sample, flap.sample, FLAP_SAMPLES);
    }
}

static void test_F1_what_adds_nothing_says_so(void **state)
{
    struct flap flap = {0};
    (void) state;

    assert_true(flap_sample(&flap, STATUS_DEGRADED, true));
    assert_false(flap_sample(&flap, STATUS_DEGRADED, false));
    assert_true(flap_sample(&flap, STATUS_DEGRADED, true));     /* two are not one */
    assert_false(flap_sample(&flap, STATUS_DEGRADED, true));
    assert_int_equal(flap_n_telling(&flap), 2);
    assert_true(flap_sample(&flap, STATUS_OPERATIONAL, true));
    assert_true(flap_sample(&flap, STATUS_OPERATIONAL, true));
}

static void test_F7_debt_at_its_ends(void **state)
{
    static const struct {
        const char *says; int64_t debt_ms; enum flap_flow flow; int64_t limit_ms; int64_t after_ms; int64_t expected_ms;
    } cases[] = {
        { "no time has passed", 500, FLAP_FILLS, 1800000, 0, 500 },
        { "each bad ms adds three", 500, FLAP_FILLS, 1800000, 1, 503 },
        { "each good one takes one", 500, FLAP_DRAINS, 1800000, 1, 499 },
        { "else it stands", 500, FLAP_STILL, 1800000, 1000000, 500 },
        { "one ms short of full", 0, FLAP_FILLS, 1800000, 599999, 1799997 },
        { "full", 0, FLAP_FILLS, 1800000, 600000, 1800000 },
        { "never more", 0, FLAP_FILLS, 1800000, 600001, 1800000 },
        { "never less than nothing", 500, FLAP_DRAINS, 1800000, 501, 0 },
        { "nothing, and no time to forget the stretches in", 0, FLAP_DRAINS, 1800000, 0, 0 },
        { "nothing, and a moment of it", 0, FLAP_DRAINS, 1800000, 1, 0 },
        { "off", 0, FLAP_FILLS, 0, 600000, 0 },
        { "half a century", 0, FLAP_FILLS, 259200000, INT64_C(1600000000000), 259200000 },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct flap flap = {.debt_ms = cases[i].debt_ms, .debt_at_ms = S(7), .stretches = 2};
        int64_t now_ms = S(7) + cases[i].after_ms;
        int64_t debt_ms = flap_debt(&flap, cases[i].flow, cases[i].limit_ms, now_ms);
        if (debt_ms != cases[i].expected_ms)
            fail_msg("%s: %lld", cases[i].says, (long long) debt_ms);
        flap_bring(&flap, cases[i].flow, cases[i].limit_ms, now_ms);
        assert_int_equal(flap.debt_ms, debt_ms);
        assert_int_equal(flap.debt_at_ms, now_ms);
        assert_int_equal(flap.stretches, cases[i].flow == FLAP_DRAINS && cases[i].after_ms > 0 && debt_ms == 0 ? 0 : 2);
    }
}

/* ---------------------------------------------------------------- in the engine */

static enum status level_of(char letter)
{
    switch (letter) {
    case 'D': return STATUS_DEGRADED;
    case 'P': return STATUS_PARTIAL_OUTAGE;
    case 'M': return STATUS_MAJOR_OUTAGE;
    default:  return STATUS_OPERATIONAL;
    }
}

/* A source that says one letter a minute, O D P M, the first at *at_s, which is left a minute after the last. */
static void polls(struct story *story, int64_t *at_s, const char *service, const char *letters)
{
    for (const char *at = letters; *at != '\0'; at++) {
        story_sees(story, S(*at_s), service, "page", level_of(*at));
        *at_s += 60;
    }
}

/* So many of the lines not yet expected hold this part. */
static void expect_count(struct story *story, const char *part, size_t n)
{
    if (story_count(story, part) != n)
        fail_msg("%zu of '%s', not %zu, in\n%s", story_count(story, part), part, n, story->told.bytes);
}

static void test_F1_F3_F5_alternating_each_poll(void **state)
{
    struct story story;
    int64_t at_s = 0;
    (void) state;

    story_init(&story, cast, ARRAY_SIZE(cast));
    polls(&story, &at_s, "shop", "ODODOD");
    expect_count(&story, "flap", 0);
    story_skip(&story);
    polls(&story, &at_s, "shop", "O");
    story_expect(&story,
        "360000 status shop degraded>operational\n"
        "360000 flap start shop ring 35%\n"
        "360000 notify flap_start flap:shop degraded chat");
    polls(&story, &at_s, "shop", "OOOOOOOOOOOOOOO");
    story_expect(&story, "");
    polls(&story, &at_s, "shop", "O");
    story_expect(&story,
        "1320000 flap stop shop ring 15%\n"
        "1320000 notify flap_stop flap:shop degraded chat");
    story_done(&story);
}

static void test_F7_nine_minutes_of_ten_are_told_once(void **state)
{
    struct story story;
    int64_t at_s = 0;
    (void) state;

    story_init(&story, cast, ARRAY_SIZE(cast));
    polls(&story, &at_s, "shop", "DDDDDOOOOODDDDDOOOOODDDD");
    expect_count(&story, "flap", 0);
    story_skip(&story);
    polls(&story, &at_s, "shop", "D");
    story_expect(&story,
        "1440000 flap start shop slow 18%\n"
        "1440000 notify flap_start flap:shop degraded chat");
    for (int i = 0; i < 30; i++)
        polls(&story, &at_s, "shop", "O");
    story_expect(&story, "1500000 status shop degraded>operational");
    polls(&story, &at_s, "shop", "O");                  /* half an hour of good */
    story_expect(&story,
        "3300000 flap stop shop slow 0%\n"
        "3300000 notify flap_stop flap:shop operational chat");
    story_done(&story);
}

static void test_F7_what_is_no_slow_flapping(void **state)
{
    static const struct { const char *says; int64_t bad_s; const char *letters; bool starts; } cases[] = {
        { "two stretches, nine minutes bad and one good", 600, "DDDDDDDDDODDDDDDDDDODDDDDDDDDODDDDDDDDDO", true },
        { "the same, switched off", 0, "DDDDDDDDDODDDDDDDDDODDDDDDDDDODDDDDDDDDO", false },
        { "one stretch, however long", 60, "ODDDDDDDDO", false },
        { "one stretch of several levels", 60, "ODPDMDPDO", false },
        { "a quarter of the time is little enough", 600, "DOOODOOODOOODOOODOOODOOODOOODOOODOOODOOO", false },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct story story;
        int64_t at_s = 0;
        story_init(&story, cast, ARRAY_SIZE(cast));
        story_param(&story, "shop", PARAM_flap_bad_s, cases[i].bad_s);
        story_param(&story, "shop", PARAM_flap_high_pct, 100);      /* not the ring's business */
        polls(&story, &at_s, "shop", cases[i].letters);
        if ((story_count(&story, "flap start shop slow") > 0) != cases[i].starts || story_count(&story, "hard") > 1)
            fail_msg("%s: %s", cases[i].says, story.told.bytes);
        story_done(&story);
    }
}

static void test_F7_debt_stands_while_H_is_bad_or_a_person_speaks(void **state)
{
    struct story story;
    int64_t at_s = 0;
    (void) state;

    /* Confirmed trouble runs up no debt. After recovery, two short stretches of it are not enough. */
    story_init(&story, cast, ARRAY_SIZE(cast));
    story_param(&story, "shop", PARAM_flap_high_pct, 100);
    story_param(&story, "shop", PARAM_confirm_polls, 1);
    story_param(&story, "shop", PARAM_min_dwell_s, 60);
    polls(&story, &at_s, "shop", "DDDDDDDDDDDDDDDDOODOODOO");
    expect_count(&story, "raise", 1);
    expect_count(&story, "flap", 0);
    story_done(&story);

    /* Set by hand for a day, then 2 x 299 s of trouble: 2 ms of it short of full, at the second observation full. */
    story_init(&story, cast, ARRAY_SIZE(cast));
    story_param(&story, "shop", PARAM_flap_high_pct, 100);
    story_sees(&story, S(0), "shop", "page", STATUS_OPERATIONAL);
    story_sees(&story, S(100), "shop", "page", STATUS_DEGRADED);
    story_sees(&story, S(399), "shop", "page", STATUS_OPERATIONAL);
    story_manual(&story, S(399), "shop", STATUS_OPERATIONAL, 0);
    story_sees(&story, S(86399), "shop", "page", STATUS_DEGRADED);
    story_manual_end(&story, S(86399), "shop");
    story_sees(&story, S(86699), "shop", "page", STATUS_DEGRADED);
    expect_count(&story, "flap", 0);                    /* 897 + 900 of 1800 s */
    story_sees(&story, S(86700), "shop", "page", STATUS_DEGRADED);
    expect_count(&story, "86700000 flap start shop slow", 1);
    story_done(&story);
}

static void test_X2_debt_stands_in_a_gap(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, cast, ARRAY_SIZE(cast));
    story_param(&story, "shop", PARAM_flap_high_pct, 100);
    story_param(&story, "shop", PARAM_stale_after_s, 5000);
    story_param(&story, "shop", PARAM_confirm_polls, 100);
    story_sees(&story, S(0), "shop", "page", STATUS_DEGRADED);
    story_sees(&story, S(10), "shop", "page", STATUS_OPERATIONAL);
    story_sees(&story, S(20), "shop", "page", STATUS_DEGRADED);     /* 20 s owed, second stretch */
    story_time(&story, S(30));
    story_gap(&story, S(830));
    story_sees(&story, S(1400), "shop", "page", STATUS_DEGRADED);   /* 20 + 3 * (10 + 570) s: 1760 of 1800 */
    expect_count(&story, "flap", 0);
    story_sees(&story, S(1414), "shop", "page", STATUS_DEGRADED);
    expect_count(&story, "1414000 flap start shop slow", 1);
    story_done(&story);
}

static void test_X2_stretches_stay_through_a_gap(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, cast, ARRAY_SIZE(cast));
    story_param(&story, "shop", PARAM_flap_high_pct, 100);
    story_param(&story, "shop", PARAM_stale_after_s, 5000);
    story_param(&story, "shop", PARAM_confirm_polls, 100);
    story_sees(&story, S(0), "shop", "page", STATUS_DEGRADED);
    story_sees(&story, S(0), "shop", "page", STATUS_OPERATIONAL);   /* nothing owed, and no time to forget the stretch in */
    story_gap(&story, S(500));
    story_sees(&story, S(500), "shop", "page", STATUS_DEGRADED);    /* so this is the second */
    story_sees(&story, S(1100), "shop", "page", STATUS_DEGRADED);
    expect_count(&story, "1100000 flap start shop slow", 1);
    story_done(&story);
}

static void test_C7_a_long_silence_forgets_the_debt(void **state)
{
    struct story story;
    int64_t at_s = 0;
    (void) state;

    story_init(&story, cast, ARRAY_SIZE(cast));
    story_param(&story, "shop", PARAM_flap_high_pct, 100);
    polls(&story, &at_s, "shop", "DDDDDODDD");          /* two stretches; full when it falls silent at 780 */
    at_s += 3000;                                       /* unknown for far more than 900 s */
    polls(&story, &at_s, "shop", "DDDDDDDDD");
    expect_count(&story, "flap", 0);
    polls(&story, &at_s, "shop", "ODD");                /* the second stretch since; 1620 - 60 + 180 s owed */
    expect_count(&story, "flap", 0);
    polls(&story, &at_s, "shop", "D");                  /* 1800 */
    expect_count(&story, "4260000 flap start shop slow", 1);
    story_done(&story);
}

static void test_F1_a_round_is_each_source_once(void **state)
{
    struct story story;
    (void) state;

    /* Two sources that are never bad together. E dips for a second in every other minute, but what counts is what it was
     * once both had spoken: always the same. (The debt would see it: that is another rule.) */
    story_init(&story, cast, ARRAY_SIZE(cast));
    story_param(&story, "shop", PARAM_flap_bad_s, 0);
    for (int64_t i = 0; i < 30; i++) {
        story_sees(&story, S(60 * i), "shop", "a", i % 2 == 0 ? STATUS_DEGRADED : STATUS_OPERATIONAL);
        story_sees(&story, S(60 * i + 1), "shop", "b", i % 2 == 0 ? STATUS_OPERATIONAL : STATUS_DEGRADED);
    }
    expect_count(&story, "flap", 0);
    story_done(&story);

    /* A second source that follows within the round takes the place of its sample: half as many changes. */
    story_init(&story, cast, ARRAY_SIZE(cast));
    story_param(&story, "shop", PARAM_confirm_polls, 100);
    for (int64_t i = 0; i < 6; i++) {
        story_sees(&story, S(60 * i), "shop", "a", i % 2 == 0 ? STATUS_OPERATIONAL : STATUS_DEGRADED);
        story_sees(&story, S(60 * i + 1), "shop", "b", i % 2 == 0 ? STATUS_OPERATIONAL : STATUS_DEGRADED);
    }
    expect_count(&story, "flap", 0);
    story_sees(&story, S(360), "shop", "a", STATUS_OPERATIONAL);
    expect_count(&story, "flap", 0);                    /* E is still what b said: no sixth change yet */
    story_sees(&story, S(361), "shop", "b", STATUS_OPERATIONAL);
    expect_count(&story, "361000 flap start shop ring 35%", 1);
    story_done(&story);
}

static void test_F1_T8_a_steady_source_changes_its_own_row_alone(void **state)
{
    struct story story;
    StateRow row;
    uint32_t slot;
    int64_t at_s = 0;
    (void) state;

    story_init(&story, cast, ARRAY_SIZE(cast));
    polls(&story, &at_s, "shop", "ODO");
    polls(&story, &at_s, "shop", "OOOOOOOOOOOOOOOOOOOOO");
    while (engine_next_dirty(story.engine, &row, &slot))
        continue;
    polls(&story, &at_s, "shop", "O");
    assert_true(engine_next_dirty(story.engine, &row, &slot));
    assert_int_equal(row.which_row, StateRow_engine_tag);
    assert_true(engine_next_dirty(story.engine, &row, &slot));
    assert_int_equal(row.which_row, StateRow_source_tag);
    assert_int_equal(row.row.source.round, 25);
    assert_false(engine_next_dirty(story.engine, &row, &slot));
    story_done(&story);
}

/* Each poll confirms, each good one recovers. */
static void at_once(struct story *story, const char *service)
{
    story_param(story, service, PARAM_confirm_polls, 1);
    story_param(story, service, PARAM_min_dwell_s, 0);
    story_param(story, service, PARAM_recovery_polls, 1);
    story_param(story, service, PARAM_improve_dwell_s, 0);
    story_param(story, service, PARAM_recur_limit, 100);    /* coming back again and again is another subject (I5) */
}

static void test_F4_F6_N1_closing_waits_and_comes_when_it_is_steady(void **state)
{
    struct story story;
    int64_t at_s = 0;
    (void) state;

    story_init(&story, cast, ARRAY_SIZE(cast));
    at_once(&story, "shop");
    polls(&story, &at_s, "shop", "ODODOD");
    expect_count(&story, "notify raise", 3);
    expect_count(&story, "notify resolve", 2);
    story_skip(&story);
    polls(&story, &at_s, "shop", "O");
    story_expect(&story,
        "360000 status shop degraded>operational\n"
        "360000 hard shop degraded>operational confirm n=1 dwell=0\n"
        "360000 flap start shop ring 35%\n"
        "360000 suppress flap_start flap:shop degraded alert_open\n"
        "360000 suppress resolve service:shop operational flapping");
    polls(&story, &at_s, "shop", "D");                  /* back at what receivers know */
    story_expect(&story,
        "420000 status shop operational>degraded\n"
        "420000 hard shop operational>degraded confirm n=1 dwell=0");
    polls(&story, &at_s, "shop", "M");                  /* worse is never held */
    story_expect(&story,
        "480000 status shop degraded>major_outage\n"
        "480000 hard shop degraded>major_outage confirm n=1 dwell=0\n"
        "480000 notify escalate service:shop major_outage page,chat");
    polls(&story, &at_s, "shop", "D");
    story_expect(&story,
        "540000 status shop major_outage>degraded\n"
        "540000 hard shop major_outage>degraded confirm n=1 dwell=0\n"
        "540000 suppress improve service:shop degraded flapping");
    polls(&story, &at_s, "shop", "O");
    story_expect(&story,
        "600000 status shop degraded>operational\n"
        "600000 hard shop degraded>operational confirm n=1 dwell=0\n"
        "600000 suppress resolve service:shop operational flapping");
    polls(&story, &at_s, "shop", "OOOOOOOOOOOOOOO");
    story_expect(&story, "");
    polls(&story, &at_s, "shop", "O");
    story_expect(&story,
        "1560000 flap stop shop ring 15%\n"
        "1560000 notify resolve service:shop operational chat,page");
    story_done(&story);
}

static void test_N3_4_an_improve_is_sent_when_it_is_steady(void **state)
{
    struct story story;
    int64_t at_s = 0;
    (void) state;

    story_init(&story, cast, ARRAY_SIZE(cast));
    at_once(&story, "shop");
    polls(&story, &at_s, "shop", "MDMDMDM");
    story_skip(&story);
    polls(&story, &at_s, "shop", "D");
    expect_count(&story, "420000 suppress improve service:shop degraded flapping", 1);
    story_skip(&story);
    for (int i = 0; i < 20 && story_count(&story, "flap stop") == 0; i++)
        polls(&story, &at_s, "shop", "D");
    story_expect(&story,
        "1380000 flap stop shop ring 15%\n"
        "1380000 notify improve service:shop degraded page,chat");
    story_done(&story);
}

static void test_N6_a_reminder_is_written_and_waits_for_its_next_turn(void **state)
{
    struct story story;
    int64_t at_s = 0;
    (void) state;

    story_init(&story, cast, ARRAY_SIZE(cast));
    story_param(&story, "shop", PARAM_dedup_window_s, 600);
    story_manual(&story, S(0), "shop", STATUS_DEGRADED, 1);         /* H degraded, told at 0, then by §4 alone */
    at_s = 1;
    polls(&story, &at_s, "shop", "DMDMDMDM");
    expect_count(&story, "flap start shop ring", 1);
    story_skip(&story);
    polls(&story, &at_s, "shop", "DMDM");
    expect_count(&story, "600000 suppress reminder service:shop degraded flapping", 1);
    expect_count(&story, "reminder", 1);
    story_done(&story);
}

static void test_F5_what_stands_in_the_way(void **state)
{
    struct story story;
    int64_t at_s = 0;
    (void) state;

    story_init(&story, cast, ARRAY_SIZE(cast));
    polls(&story, &at_s, "bulk", "ODODODO");            /* tier 3, degraded: nobody is told */
    expect_count(&story, "360000 suppress flap_start flap:bulk degraded no_route", 1);
    story_skip(&story);
    for (int i = 0; i < 20; i++)
        polls(&story, &at_s, "bulk", "O");
    story_expect(&story, "1320000 flap stop bulk ring 15%");
    at_s = 10000;
    polls(&story, &at_s, "bulk", "OPOPOPO");
    expect_count(&story, "10360000 notify flap_start flap:bulk partial_outage chat", 1);
    story_done(&story);

    story_init(&story, cast, ARRAY_SIZE(cast));
    at_s = 0;
    polls(&story, &at_s, "db", "OMOMOMO");
    expect_count(&story, "360000 notify flap_start flap:db major_outage page,chat", 1);
    for (int i = 0; i < 20; i++)
        polls(&story, &at_s, "db", "O");
    story_skip(&story);
    at_s = 3600;
    polls(&story, &at_s, "db", "OMOMOMO");
    expect_count(&story, "3960000 suppress flap_start flap:db major_outage dedup", 1);
    for (int i = 0; i < 20; i++)
        polls(&story, &at_s, "db", "O");
    expect_count(&story, "flap stop", 1);
    expect_count(&story, "flap_stop", 0);               /* nobody was told of the second */
    story_skip(&story);
    at_s = 360 + 86400 - 360;
    polls(&story, &at_s, "db", "OMOMOMO");              /* exactly a day after the first */
    expect_count(&story, "86760000 notify flap_start flap:db major_outage page,chat", 1);
    story_done(&story);
}

static void test_X3_switched_off_it_is_forgotten_without_a_word(void **state)
{
    struct story story;
    int64_t at_s = 0;
    StateRow row;
    uint32_t slot;
    bool seen = false;
    (void) state;

    story_init(&story, cast, ARRAY_SIZE(cast));
    at_once(&story, "shop");
    polls(&story, &at_s, "shop", "ODODODO");
    expect_count(&story, "360000 suppress resolve service:shop operational flapping", 1);
    story_skip(&story);
    struct story *other = malloc(sizeof *other);
    *other = (struct story) {0};
    story_cast(other, cast, ARRAY_SIZE(cast));
    other->config.digest = "d2";
    at_once(other, "shop");
    story_param(other, "shop", PARAM_flap_enabled, 0);
    story_configures(&story, S(400), &other->config);
    story_expect(&story,
        "400000 config\n"
        "400000 notify resolve service:shop operational chat");
    while (engine_next_dirty(story.engine, &row, &slot)) {
        if (row.which_row == StateRow_service_tag && strcmp(row.row.service.id, "shop") == 0) {
            seen = true;
            assert_int_equal(row.row.service.flap.samples.size, 0);
            assert_int_equal(row.row.service.flap.debt_ms, 0);
            assert_false(row.row.service.flap.ring || row.row.service.flap.slow);
        }
    }
    assert_true(seen);
    at_s = 460;
    polls(&story, &at_s, "shop", "DODODODODO");
    expect_count(&story, "flap", 0);
    expect_count(&story, "notify resolve", 5);
    story_done(&story);
    free(other);
}

static void test_X3_a_debt_is_cut_to_the_new_limit(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, cast, ARRAY_SIZE(cast));
    story_param(&story, "shop", PARAM_flap_high_pct, 100);
    story_sees(&story, S(0), "shop", "page", STATUS_DEGRADED);
    story_sees(&story, S(10), "shop", "page", STATUS_OPERATIONAL);
    story_sees(&story, S(11), "shop", "page", STATUS_DEGRADED);
    story_time(&story, S(301));                         /* 29 + 870 = 899 s of 1800 */
    struct story *other = malloc(sizeof *other);
    *other = (struct story) {0};
    story_cast(other, cast, ARRAY_SIZE(cast));
    other->config.digest = "d2";
    story_param(other, "shop", PARAM_flap_high_pct, 100);
    story_param(other, "shop", PARAM_flap_bad_s, 100);
    story_configures(&story, S(301), &other->config);
    story_skip(&story);
    story_sees(&story, S(301), "shop", "page", STATUS_OPERATIONAL);
    story_sees(&story, S(500), "shop", "page", STATUS_OPERATIONAL);
    story_sees(&story, S(601), "shop", "page", STATUS_DEGRADED);    /* 300 s of good have paid 300 s of debt */
    story_sees(&story, S(701), "shop", "page", STATUS_DEGRADED);
    expect_count(&story, "flap", 0);                    /* full again, but in the first stretch since */
    story_done(&story);
    free(other);
}

/* The engine takes more channels of a route than the file may name. */
static void test_F5_the_ninth_channel_is_not_told(void **state)
{
    static const char *const nine[] = {"c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9"};
    static const struct route routes[] = {
        { .min_level = -1, .max_level = -1, .channels = nine, .n_channels = ARRAY_SIZE(nine) },
    };
    struct story story;
    int64_t at_s = 0;
    (void) state;

    story_init(&story, cast, ARRAY_SIZE(cast));
    story.config.routes = routes;
    story.config.n_routes = ARRAY_SIZE(routes);
    polls(&story, &at_s, "db", "OMOMOMO");
    expect_count(&story, "notify flap_start flap:db major_outage c1,c2,c3,c4,c5,c6,c7,c8", 1);
    for (int i = 0; i < 20; i++)
        polls(&story, &at_s, "db", "O");
    expect_count(&story, "notify flap_stop flap:db major_outage c1,c2,c3,c4,c5,c6,c7,c8", 1);
    expect_count(&story, "c9", 0);
    story_done(&story);
}

/* Off and on again within the day: nobody is told a second time, whatever was restarted between. */
static void test_F5_X1_when_it_was_told_outlives_being_switched_off(void **state)
{
    CLEANUP(mem_freep) struct shelf *shelf = mem_new(sizeof *shelf);
    CLEANUP(mem_freep) struct story *off = mem_new(sizeof *off);
    struct story story;
    struct rng rng;
    int64_t at_s = 0;
    (void) state;

    rng_seed(&rng, 1);
    story_init(&story, cast, ARRAY_SIZE(cast));
    polls(&story, &at_s, "db", "OMOMOMO");
    expect_count(&story, "360000 notify flap_start flap:db", 1);
    story_cast(off, cast, ARRAY_SIZE(cast));
    story_param(off, "db", PARAM_flap_enabled, 0);
    story_configures(&story, S(400), &off->config);
    shelf_drain(shelf, story.engine);
    engine_free(story.engine);
    story.engine = shelf_load(shelf, &rng);
    story_configures(&story, S(400), &story.config);
    story_skip(&story);
    at_s = 460;
    polls(&story, &at_s, "db", "OMOMOMO");
    expect_count(&story, "suppress flap_start flap:db major_outage dedup", 1);
    expect_count(&story, "notify flap_start", 0);
    story_done(&story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_F1_F2_weights_of_changes),
        cmocka_unit_test(test_F1_what_adds_nothing_says_so),
        cmocka_unit_test(test_F7_debt_at_its_ends),
        cmocka_unit_test(test_F1_F3_F5_alternating_each_poll),
        cmocka_unit_test(test_F7_nine_minutes_of_ten_are_told_once),
        cmocka_unit_test(test_F7_what_is_no_slow_flapping),
        cmocka_unit_test(test_F7_debt_stands_while_H_is_bad_or_a_person_speaks),
        cmocka_unit_test(test_X2_debt_stands_in_a_gap),
        cmocka_unit_test(test_X2_stretches_stay_through_a_gap),
        cmocka_unit_test(test_C7_a_long_silence_forgets_the_debt),
        cmocka_unit_test(test_F1_a_round_is_each_source_once),
        cmocka_unit_test(test_F1_T8_a_steady_source_changes_its_own_row_alone),
        cmocka_unit_test(test_F4_F6_N1_closing_waits_and_comes_when_it_is_steady),
        cmocka_unit_test(test_N3_4_an_improve_is_sent_when_it_is_steady),
        cmocka_unit_test(test_N6_a_reminder_is_written_and_waits_for_its_next_turn),
        cmocka_unit_test(test_F5_what_stands_in_the_way),
        cmocka_unit_test(test_X3_switched_off_it_is_forgotten_without_a_word),
        cmocka_unit_test(test_X3_a_debt_is_cut_to_the_new_limit),
        cmocka_unit_test(test_F5_the_ninth_channel_is_not_told),
        cmocka_unit_test(test_F5_X1_when_it_was_told_outlives_being_switched_off),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

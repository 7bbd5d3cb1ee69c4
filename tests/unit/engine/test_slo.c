/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Burn rate alerts (S3..S7) and whose time counts (S1, M4, X2, X3). Levels come by hand, so that they hold to the
 * millisecond; lines about services are left out but where a story asks for them.
 */
#include "aggregator/engine/slo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/engine/shelf.h"
#include "tests/unit/engine/story.h"

/* Minutes as the engine counts time. */
#define M(minutes) ((int64_t) (minutes) * 60000)

static const struct cast cast[] = {{"db", 2}, {"shop", 2}};

/* Both are watched, and nothing is told of the services themselves. */
static void begin(struct story *story)
{
    static const char *const page_and_chat[] = {"page", "chat"};
    static const char *const chat[] = {"chat"};
    static const char *const ticket[] = {"ticket"};
    static const struct route routes[] = {
        { .classes = 1u << ALERT_SLO, .slo = "fast", .min_level = -1, .max_level = -1, .channels = page_and_chat, .n_channels = 2 },
        { .classes = 1u << ALERT_SLO, .slo = "slow", .min_level = -1, .max_level = -1, .channels = chat, .n_channels = 1 },
        { .classes = 1u << ALERT_SLO, .slo = "ticket", .min_level = -1, .max_level = -1, .channels = ticket, .n_channels = 1 },
    };

    story_init(story, cast, ARRAY_SIZE(cast));
    story->config.routes = routes;
    story->config.n_routes = ARRAY_SIZE(routes);
    story_param(story, "shop", PARAM_slo_enabled, 1);
    story_param(story, "db", PARAM_slo_enabled, 1);
    story_configures(story, 0, &story->config);
    story_time(story, 0);
    story_skip(story);
}

/* What was told of burn rates since last asked. */
static void expect(struct story *story, const char *lines)
{
    struct buffer told;
    struct text rest = text_of(story->told.bytes == NULL ? "" : story->told.bytes);
    struct text line;

    buffer_init(&told, 1 << 20);
    while (text_take_until(&rest, '\n', &line) && line.len > 0) {
        char copy[512];
        assert_true(text_copy(copy, sizeof copy, line));
        if (strstr(copy, " slo:") != NULL)
            (void) buffer_format(&told, "%s%s", told.len == 0 ? "" : "\n", copy);
    }
    assert_string_equal(told.bytes == NULL ? "" : told.bytes, lines);
    buffer_done(&told);
    story_skip(story);
}

static void set(struct story *story, int64_t at_ms, const char *service, enum status status)
{
    story_manual(story, at_ms, service, status, 0);
}

/* Bad from the first of these moments to the second. */
static void fails(struct story *story, const char *service, int64_t from_ms, int64_t to_ms)
{
    set(story, from_ms, service, STATUS_MAJOR_OUTAGE);
    set(story, to_ms, service, STATUS_OPERATIONAL);
}

static int64_t burn(const struct story *story, const char *service, enum burn_window window)
{
    struct slo_figures figures;

    assert_true(slo_figures(story->engine, service, &figures));
    return figures.burn_milli[window];
}

/* 99.9 %; good from the beginning on; five minutes of a major outage; judged each five minutes. */
static void test_S_timeline_five_minutes_of_outage(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    set(&story, 0, "shop", STATUS_OPERATIONAL);
    fails(&story, "shop", M(100), M(105));
    expect(&story,
        "6300000 notify raise slo:shop:fast fast page,chat\n"
        "6300000 suppress raise slo:shop:slow slow higher_burn_open\n"
        "6300000 suppress raise slo:shop:ticket ticket higher_burn_open");
    assert_int_equal(burn(&story, "shop", BURN_5M), 1000000);
    assert_int_equal(burn(&story, "shop", BURN_30M), 166666);
    assert_int_equal(burn(&story, "shop", BURN_1H), 83333);
    assert_int_equal(burn(&story, "shop", BURN_6H), 27777);
    assert_int_equal(burn(&story, "shop", BURN_3D), 2314);
    story_time(&story, M(115) - 1);
    expect(&story, "");
    story_time(&story, M(115));
    expect(&story,
        "6900000 notify resolve slo:shop:fast ok page,chat\n"
        "6900000 suppress raise slo:shop:slow slow higher_burn_recent");
    story_time(&story, M(140) - 1);
    expect(&story, "");
    story_time(&story, M(140));
    expect(&story,
        "8400000 suppress resolve slo:shop:slow ok not_announced\n"
        "8400000 suppress raise slo:shop:ticket ticket higher_burn_recent");
    /* Held until 485; the last six hours are good again at 465, and once more at 470. */
    story_time(&story, M(485));
    expect(&story, "28200000 suppress resolve slo:shop:ticket ok not_announced");
    assert_int_equal(burn(&story, "shop", BURN_3D), 2314);
    story_done(&story);
}

static void test_S3_judged_at_multiples_of_the_interval(void **state)
{
    static const struct { const char *says; int64_t eval_s, from_s, told_s; } cases[] = {
        { "each five minutes", 300, 3660, 3900 },
        { "the outage begins with a window", 300, 3600, 3900 },
        { "each second: at the first closed minute with enough of it", 1, 3600, 3780 },
        { "each 11 s", 11, 3600, 3784 },
        { "each hour", 3600, 3600, 7200 },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct story story;
        char line[64];
        begin(&story);
        story_param(&story, NULL, PARAM_slo_eval_s, cases[i].eval_s);
        story_configures(&story, 0, &story.config);
        set(&story, 0, "shop", STATUS_OPERATIONAL);
        set(&story, S(cases[i].from_s), "shop", STATUS_MAJOR_OUTAGE);
        story_time(&story, S(7200));
        (void) snprintf(line, sizeof line, "%lld notify raise slo:shop:fast", (long long) S(cases[i].told_s));
        if (story_count(&story, line) != 1)
            fail_msg("%s: not %s", cases[i].says, line);
        story_done(&story);
    }
}

static void test_S5_enough_bad_time(void **state)
{
    static const struct { const char *says; int64_t bad_ms; size_t raised; } cases[] = {
        { "a millisecond short", 179999, 0 },
        { "exactly enough", 180000, 1 },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct story story;
        begin(&story);
        set(&story, 0, "shop", STATUS_OPERATIONAL);
        fails(&story, "shop", M(100), M(100) + cases[i].bad_ms);
        story_time(&story, M(110));
        if (story_count(&story, "notify raise slo:shop:fast") != cases[i].raised)
            fail_msg("%s", cases[i].says);
        story_done(&story);
    }
}

static void test_S5_both_windows_must_burn(void **state)
{
    struct story story;
    (void) state;

    /* A target of 90 %: a whole hour is ten times the budget, so nothing exceeds 14.4; half of six hours is 5 times. */
    begin(&story);
    story_param(&story, "shop", PARAM_slo_target, 900000);
    story_configures(&story, 0, &story.config);
    story_skip(&story);
    set(&story, 0, "shop", STATUS_OPERATIONAL);
    set(&story, M(1000), "shop", STATUS_MAJOR_OUTAGE);
    story_time(&story, M(1215));        /* 215 of 360 minutes: 5.97 times */
    assert_int_equal(story_count(&story, "slo:shop:slow"), 0);
    assert_int_equal(story_count(&story, "slo:shop:ticket"), 0);
    story_time(&story, M(1220));        /* 220: 6.1 times */
    expect(&story,
        "73200000 notify raise slo:shop:slow slow chat\n"
        "73200000 suppress raise slo:shop:ticket ticket higher_burn_open");
    story_done(&story);
}

static void test_S6_two_good_evaluations_close(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    set(&story, 0, "shop", STATUS_OPERATIONAL);
    fails(&story, "shop", M(100), M(105));
    story_skip(&story);
    story_time(&story, M(112));         /* one good one, at 110 */
    fails(&story, "shop", M(112), M(113));
    story_time(&story, M(120) - 1);     /* at 115 it burns again: counted anew */
    expect(&story, "");
    story_time(&story, M(125) - 1);     /* good at 120 */
    expect(&story, "");
    story_time(&story, M(125));
    assert_int_equal(story_count(&story, "7500000 notify resolve slo:shop:fast ok page,chat"), 1);
    story_done(&story);
}

static void test_S6_no_data_is_no_recovery(void **state)
{
    static const struct { const char *says; int64_t known_ms; bool closed; } cases[] = {
        { "nothing is known", 0, false },
        { "a millisecond short of half of it", 149999, false },
        { "half of it", 150000, true },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct story story;
        begin(&story);
        set(&story, 0, "shop", STATUS_OPERATIONAL);
        fails(&story, "shop", M(100), M(105));
        story_skip(&story);
        for (int64_t from_ms = M(105); from_ms < M(125); from_ms += M(5)) {
            set(&story, from_ms + cases[i].known_ms, "shop", STATUS_UNKNOWN);
            set(&story, from_ms + M(5), "shop", STATUS_OPERATIONAL);
        }
        if (story_count(&story, "6900000 notify resolve slo:shop:fast") != (cases[i].closed ? 1 : 0))
            fail_msg("%s", cases[i].says);
        story_done(&story);
    }
}

static void test_S6_what_keeps_coming_back_is_one_message(void **state)
{
    struct story story;
    (void) state;

    /* Three minutes of outage each 25 minutes: the alert returns within half an hour of its closing. */
    begin(&story);
    story_param(&story, "shop", PARAM_slo_min_bad_s, 0);
    story_configures(&story, 0, &story.config);
    set(&story, 0, "shop", STATUS_OPERATIONAL);
    for (int64_t from_ms = M(100); from_ms < M(600); from_ms += M(25))
        fails(&story, "shop", from_ms, from_ms + M(3));
    story_time(&story, M(600));
    /* Opened and closed three times, then, recurring, it stays until the hour does not burn any more. */
    assert_int_equal(story_count(&story, "notify raise slo:shop:fast"), 4);
    assert_int_equal(story_count(&story, "notify resolve slo:shop:fast"), 3);
    story_time(&story, M(800));
    assert_int_equal(story_count(&story, "notify resolve slo:shop:fast"), 4);
    story_done(&story);
}

static void test_S6_a_return_is_counted_within_the_window(void **state)
{
    static const struct { const char *says; int64_t reopen_s; uint32_t recur; } cases[] = {
        { "exactly at its end", 1200, 1 },
        { "a second too late", 1199, 0 },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct story story;
        StateRow row;
        uint32_t slot;
        uint32_t recur = 77;
        begin(&story);
        story_param(&story, NULL, PARAM_reopen_window_s, cases[i].reopen_s);
        story_configures(&story, 0, &story.config);
        set(&story, 0, "shop", STATUS_OPERATIONAL);
        fails(&story, "shop", M(100), M(105));
        story_time(&story, M(115));     /* closed */
        fails(&story, "shop", M(130), M(135));
        story_time(&story, M(135));     /* open again, 20 minutes later */
        while (engine_next_dirty(story.engine, &row, &slot)) {
            if (row.which_row == StateRow_slo_tag && strcmp(row.row.slo.service, "shop") == 0)
                recur = row.row.slo.burns[BURN_FAST].recur;
        }
        if (recur != cases[i].recur)
            fail_msg("%s: %u", cases[i].says, recur);
        story_done(&story);
    }
}

static void test_S7_only_burning_that_goes_on_is_news(void **state)
{
    struct story story;
    (void) state;

    /* After an outage of five minutes it goes on at a tenth: too slow for fast, enough for slow. */
    begin(&story);
    story_param(&story, "shop", PARAM_weight_degraded, 10);
    story_configures(&story, 0, &story.config);
    set(&story, 0, "shop", STATUS_OPERATIONAL);
    set(&story, M(100), "shop", STATUS_MAJOR_OUTAGE);
    set(&story, M(105), "shop", STATUS_DEGRADED);
    story_time(&story, M(115));
    assert_int_equal(story_count(&story, "6900000 notify resolve slo:shop:fast"), 1);
    story_skip(&story);
    /* 30 minutes and two evaluations after that, to the millisecond. */
    story_time(&story, M(155) - 1);
    expect(&story, "");
    story_time(&story, M(155));
    expect(&story, "9300000 notify raise slo:shop:slow slow chat");
    story_done(&story);
}

static void test_S7_what_nobody_was_told_of_holds_nothing(void **state)
{
    struct story story;
    (void) state;

    /* Nobody hears of fast ones: slow waits while it is open, but not for it. */
    begin(&story);
    story_param(&story, "shop", PARAM_weight_degraded, 10);
    story.config.routes++;
    story.config.n_routes--;
    story_configures(&story, 0, &story.config);
    set(&story, 0, "shop", STATUS_OPERATIONAL);
    set(&story, M(100), "shop", STATUS_MAJOR_OUTAGE);
    set(&story, M(105), "shop", STATUS_DEGRADED);
    story_skip(&story);
    story_time(&story, M(115));
    expect(&story,
        "6900000 suppress resolve slo:shop:fast ok not_announced\n"
        "6900000 notify raise slo:shop:slow slow chat");
    story_done(&story);
}

static void test_each_service_burns_for_itself(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    set(&story, 0, "shop", STATUS_OPERATIONAL);
    set(&story, 0, "db", STATUS_OPERATIONAL);
    set(&story, M(99), "db", STATUS_MAJOR_OUTAGE);
    set(&story, M(100), "shop", STATUS_MAJOR_OUTAGE);
    story_time(&story, M(105));
    expect(&story,
        "6300000 notify raise slo:db:fast fast page,chat\n"
        "6300000 suppress raise slo:db:slow slow higher_burn_open\n"
        "6300000 suppress raise slo:db:ticket ticket higher_burn_open\n"
        "6300000 notify raise slo:shop:fast fast page,chat\n"
        "6300000 suppress raise slo:shop:slow slow higher_burn_open\n"
        "6300000 suppress raise slo:shop:ticket ticket higher_burn_open");
    story_done(&story);
}

/* ---- whose time counts */

static void test_M4_planned_work_is_no_breach(void **state)
{
    static const struct { const char *says; struct planned window; bool counts; } cases[] = {
        { "our own, of the service", {"w", "shop", M(100), M(105), false}, false },
        { "our own, of everything", {"w", "*", M(100), M(105), false}, false },
        { "of the service's alert", {"w", "service:shop", M(100), M(105), false}, true },
        { "of another service", {"w", "db", M(100), M(105), false}, true },
        { "the vendor's", {"w", "shop", M(100), M(105), true}, true },
        { "over before", {"w", "shop", M(90), M(100), false}, true },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct story story;
        struct slo_figures figures;
        begin(&story);
        set(&story, 0, "shop", STATUS_OPERATIONAL);
        story_maintains(&story, M(1), &cases[i].window);
        fails(&story, "shop", M(100), M(105));
        assert_true(slo_figures(story.engine, "shop", &figures));
        if (burn(&story, "shop", BURN_5M) != (cases[i].counts ? 1000000 : 0))
            fail_msg("%s", cases[i].says);
        story_time(&story, M(110));
        story_done(&story);
    }
}

static void test_M4_a_window_that_is_replaced_counts_otherwise(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    set(&story, 0, "shop", STATUS_OPERATIONAL);
    story_maintains(&story, M(100), &(struct planned) {"w", "shop", M(100), M(200), false});
    set(&story, M(100), "shop", STATUS_MAJOR_OUTAGE);
    story_maintains(&story, M(101), &(struct planned) {"w", "shop", M(100), M(200), true});
    story_maintains(&story, M(103), &(struct planned) {"w", "shop", M(100), M(200), false});
    story_maintains_no_more(&story, M(104), "w");
    set(&story, M(105), "shop", STATUS_OPERATIONAL);
    assert_int_equal(burn(&story, "shop", BURN_5M), 1000000);       /* three of the three minutes that are known */
    assert_int_equal(burn(&story, "shop", BURN_1H), 51724);         /* of 58 */
    story_done(&story);
}

static void test_S2_weights_hold_from_their_configuration_on(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    set(&story, 0, "shop", STATUS_PARTIAL_OUTAGE);
    story_time(&story, M(30) + 30000);
    story_param(&story, "shop", PARAM_weight_partial, 1000);
    story_configures(&story, M(30) + 30000, &story.config);
    story_time(&story, M(60));
    /* 30.5 minutes by 0.3, 29.5 by 1, of an hour by 0.1 %. */
    assert_int_equal(burn(&story, "shop", BURN_1H), 644166);
    story_done(&story);
}

static void test_X2_a_gap_is_neither_good_nor_bad(void **state)
{
    struct story story;
    struct slo_figures figures;
    (void) state;

    begin(&story);
    set(&story, 0, "shop", STATUS_MAJOR_OUTAGE);
    story_time(&story, M(4));
    story_gap(&story, M(500));          /* a multiple of five minutes: not judged now, nor in between */
    assert_int_equal(story_count(&story, "slo:"), 0);
    assert_true(slo_figures(story.engine, "shop", &figures));
    assert_int_equal(figures.uptime_ppm[UPTIME_24H], 0);
    set(&story, M(500), "shop", STATUS_OPERATIONAL);
    story_time(&story, M(504));
    assert_true(slo_figures(story.engine, "shop", &figures));
    assert_int_equal(figures.uptime_ppm[UPTIME_24H], 500000);       /* four minutes each */
    story_time(&story, M(505));
    assert_int_equal(story_count(&story, "slo:"), 0);
    story_done(&story);
}

static void test_X3_switched_off_and_on_again(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    set(&story, 0, "shop", STATUS_OPERATIONAL);
    set(&story, M(100), "shop", STATUS_MAJOR_OUTAGE);
    story_time(&story, M(105));
    story_skip(&story);
    story_param(&story, "shop", PARAM_slo_enabled, 0);
    story_configures(&story, M(106), &story.config);
    expect(&story, "6360000 notify resolve slo:shop:fast ok page,chat config_removed");
    story_time(&story, M(200));
    expect(&story, "");
    /* On again at an evaluation's time: it is not judged before the next. */
    story_param(&story, "shop", PARAM_slo_enabled, 1);
    story_configures(&story, M(200), &story.config);
    expect(&story, "");
    story_time(&story, M(205));
    assert_int_equal(story_count(&story, "12300000 notify raise slo:shop:fast"), 1);
    story_done(&story);
}

static void test_X3_a_removed_service_and_its_second_life(void **state)
{
    CLEANUP(mem_freep) struct shelf *shelf = mem_new(sizeof *shelf);
    static const struct cast one[] = {{"db", 2}};
    CLEANUP(mem_freep) struct story *without = mem_new(sizeof *without);
    struct slo_figures figures;
    struct story story;
    struct rng rng;
    (void) state;

    begin(&story);
    set(&story, 0, "shop", STATUS_OPERATIONAL);
    set(&story, M(100), "shop", STATUS_MAJOR_OUTAGE);
    set(&story, M(105), "shop", STATUS_OPERATIONAL);
    story_skip(&story);
    shelf_drain(shelf, story.engine);
    story_cast(without, one, ARRAY_SIZE(one));
    without->config.digest = "d2";
    story_configures(&story, M(106), &without->config);
    assert_int_equal(story_count(&story, "6360000 notify resolve slo:shop:fast ok page,chat config_removed"), 1);
    story_time(&story, M(107));
    shelf_drain(shelf, story.engine);

    /* Rows of minutes of a service that is gone bring nothing back. */
    rng_seed(&rng, 1);
    engine_free(story.engine);
    story.engine = shelf_load(shelf, &rng);
    story_skip(&story);
    story_configures(&story, M(107), &without->config);
    story_expect(&story, "");
    assert_false(slo_figures(story.engine, "shop", &figures));

    story_configures(&story, M(108), &story.config);
    set(&story, M(109), "shop", STATUS_OPERATIONAL);
    story_time(&story, M(110));
    shelf_drain(shelf, story.engine);
    engine_free(story.engine);
    story.engine = shelf_load(shelf, &rng);
    story_configures(&story, M(110), &story.config);
    story_time(&story, M(111));
    assert_true(slo_figures(story.engine, "shop", &figures));
    assert_int_equal(figures.uptime_ppm[UPTIME_30D], 1000000);      /* another life */
    assert_int_equal(figures.budget_remaining_ppm, 1000000);
    story_done(&story);
}

static void test_a_hosts_check_is_counted_from_when_it_is_watched(void **state)
{
    CLEANUP(mem_freep) struct shelf *shelf = mem_new(sizeof *shelf);
    struct slo_figures figures;
    struct story story;
    struct rng rng;
    (void) state;

    rng_seed(&rng, 1);
    begin(&story);
    story_registers(&story, 0, "web1:disk", 2, "");
    for (int64_t minute = 0; minute < 100; minute += 2) {
        fails(&story, "web1:disk", M(minute), M(minute + 1));
        shelf_drain(shelf, story.engine);
    }
    assert_true(shelf->n > 50);                 /* the store knows it all */
    assert_true(slo_figures(story.engine, "web1:disk", &figures));
    assert_false(figures.watched || figures.has_uptime[UPTIME_30D]);
    story.config.host_params[1].value[PARAM_slo_enabled] = 1;
    story_configures(&story, M(100), &story.config);
    for (int restart = 0; restart < 2; restart++) {
        assert_true(slo_figures(story.engine, "web1:disk", &figures));
        assert_true(figures.watched);
        assert_int_equal(figures.budget_remaining_ppm, 1000000);
        shelf_drain(shelf, story.engine);
        engine_free(story.engine);
        story.engine = shelf_load(shelf, &rng);
        story_configures(&story, M(100), &story.config);
    }
    fails(&story, "web1:disk", M(100), M(101));
    assert_true(slo_figures(story.engine, "web1:disk", &figures));
    assert_int_equal(figures.budget_remaining_ppm, 976851);        /* a minute of 43.2 */
    assert_int_equal(figures.uptime_ppm[UPTIME_24H], 0);
    story_done(&story);
}

static void test_M2_a_burn_rate_is_covered_by_its_service(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    set(&story, 0, "shop", STATUS_OPERATIONAL);
    story_maintains(&story, M(1), &(struct planned) {"w", "shop", M(100), M(200), true});
    set(&story, M(100), "shop", STATUS_MAJOR_OUTAGE);
    story_time(&story, M(105));
    assert_int_equal(story_count(&story, "6300000 suppress raise slo:shop:fast fast maintenance by w"), 1);
    story_time(&story, M(205));
    assert_int_equal(story_count(&story, "12300000 notify raise slo:shop:fast fast page,chat"), 1);
    story_done(&story);
}

static void test_T8_who_is_not_watched_costs_nothing(void **state)
{
    struct story story;
    StateRow row;
    uint32_t slot;
    (void) state;

    story_init(&story, cast, ARRAY_SIZE(cast));
    story_time(&story, 0);
    set(&story, 0, "shop", STATUS_OPERATIONAL);
    assert_int_equal(engine_deadline(story.engine), INT64_MAX);     /* there is not even a timer */
    story_done(&story);

    begin(&story);
    set(&story, 0, "shop", STATUS_OPERATIONAL);
    assert_int_equal(engine_deadline(story.engine), M(5));
    while (engine_next_dirty(story.engine, &row, &slot))
        continue;
    story_time(&story, M(10000));
    while (engine_next_dirty(story.engine, &row, &slot))
        assert_int_equal(row.which_row, StateRow_engine_tag);       /* a week of good time writes no row */
    story_done(&story);
}

static void test_X1_rows_of_accounts(void **state)
{
    static const struct { const char *says; StateRow row; bool good; } cases[] = {
        { "an account", {StateRow_slo_tag, {.slo = {.service = "a", .known_ms = 59999, .raw_ms = 59999, .bad = 59999000}}}, true },
        { "of nobody", {StateRow_slo_tag, {.slo = {.known_ms = 1}}}, false },
        { "with a minute too full", {StateRow_slo_tag, {.slo = {.service = "a", .known_ms = 60000}}}, false },
        { "with more trouble than time", {StateRow_slo_tag, {.slo = {.service = "a", .raw_ms = 1}}}, false },
        { "of a weight out of range", {StateRow_slo_tag, {.slo = {.service = "a", .weight = 1001}}}, false },
        { "of a level out of range", {StateRow_slo_tag, {.slo = {.service = "a", .level = (Level) 5}}}, false },
        { "minutes", {StateRow_minutes_tag, {.minutes = {.service = "a", .first = 1, .n = 1, .known_ms = 1, .worst = LEVEL_DEGRADED}}}, true },
        { "minutes of nobody", {StateRow_minutes_tag, {.minutes = {.first = 1, .n = 1, .known_ms = 1, .worst = LEVEL_DEGRADED}}}, false },
        { "minutes of no level",
          {StateRow_minutes_tag, {.minutes = {.service = "a", .first = 1, .n = 1, .known_ms = 1, .worst = (Level) 9}}}, false },
        { "an alert", {StateRow_alert_tag, {.alert = {.key = "x", .service = "a", .alert_class = ALERT_SLO, .level = "slow"}}}, true },
        { "an alert of no kind", {StateRow_alert_tag, {.alert = {.key = "x", .service = "a", .alert_class = ALERT_SLO, .level = "broken"}}}, false },
        { "an alert of nobody", {StateRow_alert_tag, {.alert = {.key = "x", .alert_class = ALERT_SLO, .level = "fast"}}}, false },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct engine *engine = engine_new();
        if ((engine_load(engine, &cases[i].row) >= 0) != cases[i].good)
            fail_msg("%s", cases[i].says);
        engine_free(engine);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_S_timeline_five_minutes_of_outage),
        cmocka_unit_test(test_S3_judged_at_multiples_of_the_interval),
        cmocka_unit_test(test_S5_enough_bad_time),
        cmocka_unit_test(test_S5_both_windows_must_burn),
        cmocka_unit_test(test_S6_two_good_evaluations_close),
        cmocka_unit_test(test_S6_no_data_is_no_recovery),
        cmocka_unit_test(test_S6_what_keeps_coming_back_is_one_message),
        cmocka_unit_test(test_S6_a_return_is_counted_within_the_window),
        cmocka_unit_test(test_S7_only_burning_that_goes_on_is_news),
        cmocka_unit_test(test_S7_what_nobody_was_told_of_holds_nothing),
        cmocka_unit_test(test_each_service_burns_for_itself),
        cmocka_unit_test(test_M4_planned_work_is_no_breach),
        cmocka_unit_test(test_M4_a_window_that_is_replaced_counts_otherwise),
        cmocka_unit_test(test_S2_weights_hold_from_their_configuration_on),
        cmocka_unit_test(test_X2_a_gap_is_neither_good_nor_bad),
        cmocka_unit_test(test_X3_switched_off_and_on_again),
        cmocka_unit_test(test_X3_a_removed_service_and_its_second_life),
        cmocka_unit_test(test_a_hosts_check_is_counted_from_when_it_is_watched),
        cmocka_unit_test(test_M2_a_burn_rate_is_covered_by_its_service),
        cmocka_unit_test(test_T8_who_is_not_watched_costs_nothing),
        cmocka_unit_test(test_X1_rows_of_accounts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

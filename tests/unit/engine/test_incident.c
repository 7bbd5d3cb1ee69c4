/* SPDX-License-Identifier: Apache-2.0 */
/* Which trouble belongs together (I1..I5). Levels come by hand where it does not matter how: they confirm at once. */
#include <pb_decode.h>
#include <stdio.h>
#include <string.h>

#include "common/rng.h"
#include "tests/unit/engine/shelf.h"
#include "tests/unit/engine/story.h"

static const struct cast cast[] = {
    {"a", 2}, {"b", 2}, {"c", 2}, {"d", 2}, {"m", 2}, {"u", 2}, {"v", 2}, {"x", 2}, {"y", 2},
};

/* a, b, c, d stand on u; d on v too; x and y on each other; m on a. */
static void begin(struct story *story)
{
    static const struct { const char *service, *on; } edges[] = {
        {"a", "u"}, {"b", "u"}, {"c", "u"}, {"d", "u"}, {"d", "v"}, {"x", "y"}, {"y", "x"}, {"m", "a"},
    };

    story_init(story, cast, ARRAY_SIZE(cast));
    for (size_t i = 0; i < ARRAY_SIZE(edges); i++)
        story_stands(story, edges[i].service, edges[i].on);
    story_configures(story, S(0), &story->config);
    story_skip(story);
    story->incidents = true;
}

static void bad(struct story *story, int64_t at_ms, const char *service)
{
    story_manual(story, at_ms, service, STATUS_DEGRADED, 0);
}

static void good(struct story *story, int64_t at_ms, const char *service)
{
    story_manual(story, at_ms, service, STATUS_OPERATIONAL, 0);
}

/* Of what was decided since last asked, about incidents: exactly these lines. */
static void expect(struct story *story, const char *lines)
{
    char heard[4096] = "";
    size_t len = 0;

    if (story->told.len > 0) {
        for (char *line = strtok(story->told.bytes, "\n"); line != NULL; line = strtok(NULL, "\n")) {
            if (strstr(line, " incident ") == NULL)
                continue;
            int n = snprintf(heard + len, sizeof heard - len, "%s%s", len == 0 ? "" : "\n", line);
            assert_true(n > 0 && (size_t) n < sizeof heard - len);
            len += (size_t) n;
        }
    }
    assert_string_equal(heard, lines);
    story_skip(story);
}

/* ---- from the first to the last */

static void test_I1_I2_opened_told_of_and_resolved(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    story_manual(&story, S(0), "a", STATUS_MAJOR_OUTAGE, 0);
    story_expect(&story,
        "0 manual set a by ann\n"
        "0 status a unknown>major_outage\n"
        "0 hard a unknown>major_outage manual\n"
        "0 incident open inc-1 a\n"
        "0 notify raise service:a major_outage page,chat in inc-1");
    bad(&story, S(30), "a");
    story_expect(&story,
        "30000 manual set a by ann\n"
        "30000 status a major_outage>degraded\n"
        "30000 hard a major_outage>degraded manual\n"
        "30000 notify improve service:a degraded page,chat in inc-1");
    good(&story, S(60), "a");
    story_expect(&story,
        "60000 manual set a by ann\n"
        "60000 status a degraded>operational\n"
        "60000 hard a degraded>operational manual\n"
        "60000 notify resolve service:a operational page,chat in inc-1\n"
        "60000 incident resolve inc-1");
    story_done(&story);
}

static void test_I1c_trouble_that_comes_back_soon(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    bad(&story, S(0), "a");
    good(&story, S(60), "a");
    story_skip(&story);
    bad(&story, S(1860), "a");                       /* at the bound */
    assert_int_equal(story_count(&story, "notify raise service:a degraded chat in inc-1"), 1);
    expect(&story, "1860000 incident reopen inc-1 a");
    good(&story, S(1920), "a");
    expect(&story, "1920000 incident resolve inc-1");
    bad(&story, S(3720) + 1, "a");                   /* a millisecond after it */
    expect(&story, "3720001 incident open inc-2 a");
    good(&story, S(3800), "a");
    expect(&story, "3800000 incident resolve inc-2");
    story_param(&story, NULL, PARAM_reopen_window_s, 0);
    bad(&story, S(3800), "a");                       /* no time at all has passed */
    expect(&story, "3800000 incident reopen inc-2 a");
    story_done(&story);
}

static void test_I1c_a_window_that_becomes_longer(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    bad(&story, S(0), "a");
    good(&story, S(60), "a");
    for (int i = 0; i < 5; i++) {                    /* others come and go meanwhile */
        bad(&story, S(3600 * (i + 1)), "v");
        good(&story, S(3600 * (i + 1)), "v");
    }
    story_skip(&story);
    story_param(&story, NULL, PARAM_reopen_window_s, 86400);
    bad(&story, S(60 + 86400), "a");
    expect(&story, "86460000 incident reopen inc-1 a");
    story_done(&story);
}

/* ---- (b) */

static void test_I1b_what_belongs_to_trouble_that_is_open(void **state)
{
    static const struct { const char *says, *first, *second; int64_t after_ms; bool joins; } cases[] = {
        { "what stands on it, at once",               "u", "a", 0,           true },
        { "what stands on it, at the bound",          "u", "a", S(900),      true },
        { "what stands on it, too late",              "u", "a", S(900) + 1,  false },
        { "what it stands on, at the bound",          "a", "u", S(900),      true },
        { "what it stands on, too late",              "a", "u", S(900) + 1,  false },
        { "one of the same cycle, at the bound",      "x", "y", S(900),      true },
        { "one of the same cycle, too late",          "x", "y", S(900) + 1,  false },
        { "a sibling, over what is healthy",          "a", "b", S(1),        false },
        { "through one that is healthy",              "u", "m", S(1),        false },
        { "nothing to do with it",                    "u", "v", S(1),        false },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct story story;
        char join[80];
        begin(&story);
        bad(&story, S(0), cases[i].first);
        story_skip(&story);
        bad(&story, cases[i].after_ms, cases[i].second);
        (void) snprintf(join, sizeof join, " incident join inc-1 %s", cases[i].second);
        if ((story_count(&story, join) == 1) != cases[i].joins || story_count(&story, " incident ") != 1)
            fail_msg("%s: %s", cases[i].says, story.told.bytes);
        story_done(&story);
    }
}

static void test_I1b_through_one_that_is_bad(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    bad(&story, S(0), "u");
    bad(&story, S(10), "a");
    bad(&story, S(20), "m");
    expect(&story,
        "0 incident open inc-1 u\n"
        "10000 incident join inc-1 a\n"
        "20000 incident join inc-1 m");
    story_done(&story);
}

static void test_I2_the_window_runs_from_the_last_join_of_any_kind(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    bad(&story, S(0), "u");
    bad(&story, S(900), "a");
    bad(&story, S(1800), "b");
    good(&story, S(1900), "a");
    bad(&story, S(2000), "a");                       /* a rejoin counts as one */
    bad(&story, S(2900), "c");
    bad(&story, S(3800) + 1, "d");
    expect(&story,
        "0 incident open inc-1 u\n"
        "900000 incident join inc-1 a\n"
        "1800000 incident join inc-1 b\n"
        "2000000 incident rejoin inc-1 a\n"
        "2900000 incident join inc-1 c\n"
        "3800001 incident open inc-2 d");
    story_done(&story);
}

static void test_I1b_an_aggregate_answers_however_late(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    bad(&story, S(0), "u");
    bad(&story, S(10), "a");
    bad(&story, S(20), "b");
    bad(&story, S(30), "c");
    story_skip(&story);
    bad(&story, S(7200), "d");
    expect(&story, "7200000 incident join inc-1 d");
    good(&story, S(7300), "u");                      /* not bad any more: nobody explains */
    good(&story, S(7300), "d");
    bad(&story, S(7400), "d");                       /* listed all the same */
    expect(&story, "7400000 incident rejoin inc-1 d");
    story_done(&story);

    begin(&story);
    story_param(&story, NULL, PARAM_correlation_threshold, 4);
    bad(&story, S(0), "u");
    bad(&story, S(10), "a");
    bad(&story, S(20), "b");
    bad(&story, S(30), "c");
    story_skip(&story);
    bad(&story, S(7200), "d");                       /* without one it is trouble of its own */
    expect(&story, "7200000 incident open inc-2 d");
    story_done(&story);
}

static void test_I1b_a_member_that_has_recovered_explains_nothing(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    bad(&story, S(0), "u");
    bad(&story, S(10), "a");
    good(&story, S(20), "u");
    story_skip(&story);
    bad(&story, S(30), "b");
    expect(&story, "30000 incident open inc-2 b");
    bad(&story, S(40), "u");                         /* it explains both, but one lists it */
    expect(&story, "40000 incident rejoin inc-1 u");
    story_done(&story);
}

static void test_I1b_the_lowest_number_that_may_be_joined(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    bad(&story, S(0), "v");
    bad(&story, S(800), "u");
    bad(&story, S(900), "d");
    expect(&story,
        "0 incident open inc-1 v\n"
        "800000 incident open inc-2 u\n"
        "900000 incident join inc-1 d");
    story_done(&story);

    begin(&story);
    bad(&story, S(0), "v");
    bad(&story, S(800), "u");
    bad(&story, S(900) + 1, "d");                    /* the lowest one has gone cold */
    expect(&story,
        "0 incident open inc-1 v\n"
        "800000 incident open inc-2 u\n"
        "900001 incident join inc-2 d");
    story_done(&story);
}

static void test_I1a_the_highest_number_that_lists_it(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    story_param(&story, NULL, PARAM_correlation_window_s, 15);
    bad(&story, S(0), "u");
    bad(&story, S(10), "d");
    good(&story, S(20), "d");
    good(&story, S(20), "u");
    bad(&story, S(30), "v");
    bad(&story, S(40), "d");                         /* a join comes before a reopening */
    bad(&story, S(60), "u");
    expect(&story,
        "0 incident open inc-1 u\n"
        "10000 incident join inc-1 d\n"
        "20000 incident resolve inc-1\n"
        "30000 incident open inc-2 v\n"
        "40000 incident join inc-2 d\n"
        "60000 incident reopen inc-1 u");
    good(&story, S(70), "d");                        /* d is listed in both */
    bad(&story, S(80), "d");
    expect(&story, "80000 incident rejoin inc-2 d");
    good(&story, S(90), "u");
    good(&story, S(90), "v");
    expect(&story, "");                              /* d keeps both open */
    good(&story, S(100), "d");
    expect(&story,
        "100000 incident resolve inc-1\n"
        "100000 incident resolve inc-2");
    bad(&story, S(110), "d");
    expect(&story, "110000 incident reopen inc-2 d");    /* its own last one */
    story_done(&story);
}

/* ---- I3 */

static void test_I3_what_nobody_was_told_of_is_an_incident_too(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    story.services[0].tier = 3;                      /* degraded goes nowhere */
    story_configures(&story, S(0), &story.config);
    story_skip(&story);
    bad(&story, S(0), "a");
    assert_int_equal(story_count(&story, "suppress raise service:a degraded no_route"), 1);
    expect(&story, "0 incident open inc-1 a");
    good(&story, S(10), "a");
    assert_int_equal(story_count(&story, "suppress resolve service:a operational not_announced"), 1);
    expect(&story, "10000 incident resolve inc-1");
    story_done(&story);
}

static void test_I3_a_resolve_that_is_held_keeps_it_open(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    story_param(&story, "a", PARAM_confirm_polls, 1);
    story_param(&story, "a", PARAM_min_dwell_s, 0);
    story_param(&story, "a", PARAM_recovery_polls, 1);
    story_param(&story, "a", PARAM_flap_high_pct, 8);
    story_param(&story, "a", PARAM_flap_low_pct, 3);
    story_sees(&story, S(0), "a", "page", STATUS_OPERATIONAL);
    story_sees(&story, S(60), "a", "page", STATUS_DEGRADED);
    expect(&story, "60000 incident open inc-1 a");
    story_sees(&story, S(120), "a", "page", STATUS_OPERATIONAL);
    assert_int_equal(story_count(&story, "suppress resolve service:a operational flapping"), 1);
    expect(&story, "");
    story_sees(&story, S(180), "a", "page", STATUS_DEGRADED);
    expect(&story, "180000 incident rejoin inc-1 a");
    for (int i = 4; story_count(&story, "incident resolve inc-1") == 0 && i < 40; i++)
        story_sees(&story, S(60 * i), "a", "page", STATUS_OPERATIONAL);
    assert_int_equal(story_count(&story, "notify resolve service:a operational chat in inc-1"), 1);
    assert_int_equal(story_count(&story, "incident resolve inc-1"), 1);
    story_done(&story);
}

static void test_I3_in_byte_order_of_id(void **state)
{
    static const char *const three[] = {"a", "b", "c"};
    struct story story;
    (void) state;

    begin(&story);
    story_param(&story, NULL, PARAM_reopen_window_s, 0);
    for (int i = 0; i < 8; i++) {
        bad(&story, S(10 * i), "m");
        good(&story, S(10 * i + 5), "m");
    }
    story_skip(&story);
    for (size_t i = 0; i < ARRAY_SIZE(three); i++)
        bad(&story, S(100), three[i]);
    expect(&story,
        "100000 incident open inc-9 a\n"
        "100000 incident open inc-10 b\n"
        "100000 incident open inc-11 c");
    struct engine_config none = story.config;
    none.services = story.services + 3;              /* a, b and c are gone at once */
    none.n_services -= 3;
    for (size_t i = 3; i < ARRAY_SIZE(cast); i++)
        story.services[i].n_depends_on = 0;
    story_configures(&story, S(200), &none);
    expect(&story,
        "200000 incident resolve inc-10\n"
        "200000 incident resolve inc-11\n"
        "200000 incident resolve inc-9");
    story_done(&story);
}

/* ---- I5 */

static void one_poll(struct story *story, const char *service)
{
    story_param(story, service, PARAM_confirm_polls, 1);
    story_param(story, service, PARAM_min_dwell_s, 0);
    story_param(story, service, PARAM_recovery_polls, 1);
    story_param(story, service, PARAM_flap_enabled, 0);
}

static void test_I5_the_third_reopening_recovers_slowly(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    one_poll(&story, "a");
    for (int i = 0; i < 3; i++) {
        story_sees(&story, S(120 * i), "a", "page", STATUS_DEGRADED);
        story_sees(&story, S(120 * i + 60), "a", "page", STATUS_OPERATIONAL);
    }
    expect(&story,
        "0 incident open inc-1 a\n"
        "60000 incident resolve inc-1\n"
        "120000 incident reopen inc-1 a\n"
        "180000 incident resolve inc-1\n"
        "240000 incident reopen inc-1 a\n"
        "300000 incident resolve inc-1");
    story_sees(&story, S(360), "a", "page", STATUS_DEGRADED);
    story_skip(&story);
    story_sees(&story, S(420), "a", "page", STATUS_OPERATIONAL);
    for (int i = 0; i < 8; i++)
        story_sees(&story, S(600 + 200 * i), "a", "page", STATUS_OPERATIONAL);
    story_sees(&story, S(2220) - 1, "a", "page", STATUS_OPERATIONAL);
    assert_int_equal(story_count(&story, " hard "), 0);
    story_sees(&story, S(2220), "a", "page", STATUS_OPERATIONAL);
    assert_int_equal(story_count(&story, "2220000 hard a degraded>operational confirm n=11 dwell=1800000"), 1);
    expect(&story, "2220000 incident resolve inc-1");

    story_sees(&story, S(2220 + 1801), "a", "page", STATUS_DEGRADED);    /* another one: believed at once again */
    story_sees(&story, S(2220 + 1861), "a", "page", STATUS_OPERATIONAL);
    expect(&story,
        "4021000 incident open inc-2 a\n"
        "4081000 incident resolve inc-2");
    story_done(&story);
}

static void test_I5_a_rejoin_counts_and_a_join_does_not(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    one_poll(&story, "a");
    story_param(&story, "a", PARAM_recur_limit, 1);
    story_param(&story, "a", PARAM_recur_dwell_s, 100);
    bad(&story, S(0), "u");
    story_sees(&story, S(60), "a", "page", STATUS_DEGRADED);
    story_sees(&story, S(120), "a", "page", STATUS_OPERATIONAL);
    assert_int_equal(story_count(&story, "hard a degraded>operational confirm n=1 dwell=0"), 1);
    expect(&story,
        "0 incident open inc-1 u\n"
        "60000 incident join inc-1 a");
    story_sees(&story, S(180), "a", "page", STATUS_DEGRADED);
    expect(&story, "180000 incident rejoin inc-1 a");
    story_sees(&story, S(240), "a", "page", STATUS_OPERATIONAL);
    story_sees(&story, S(340) - 1, "a", "page", STATUS_OPERATIONAL);
    assert_int_equal(story_count(&story, " hard "), 0);
    story_sees(&story, S(340), "a", "page", STATUS_OPERATIONAL);
    assert_int_equal(story_count(&story, "hard a degraded>operational confirm n=3 dwell=100000"), 1);
    story_done(&story);
}

static void test_N3_6_improvements_of_what_goes_up_and_down(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    bad(&story, S(0), "a");
    for (int i = 0; i < 3; i++) {
        story_skip(&story);
        story_manual(&story, S(100 * i + 10), "a", STATUS_MAJOR_OUTAGE, 0);
        assert_int_equal(story_count(&story, "notify escalate service:a major_outage"), 1);
        bad(&story, S(100 * i + 20), "a");
        assert_int_equal(story_count(&story, "notify improve service:a degraded"), i < 2 ? 1 : 0);
    }
    assert_int_equal(story_count(&story, "suppress improve service:a degraded recurring"), 1);
    story_skip(&story);
    story_manual(&story, S(400), "a", STATUS_MAJOR_OUTAGE, 0);    /* back at what was told */
    assert_int_equal(story_count(&story, " notify "), 0);
    story_param(&story, "a", PARAM_notify_improve, 0);
    bad(&story, S(410), "a");
    assert_int_equal(story_count(&story, "suppress improve service:a degraded improve_off"), 1);
    good(&story, S(420), "a");
    assert_int_equal(story_count(&story, "notify resolve service:a operational"), 1);
    story_done(&story);
}

/* ---- X3 */

static void test_X3_a_removed_service_leaves(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    bad(&story, S(0), "u");
    bad(&story, S(10), "a");
    story_skip(&story);
    struct engine_config without = story.config;
    without.services = story.services + 1;           /* a is gone; m stood on it */
    without.n_services--;
    size_t on_u = 4;                                 /* by place in the list without a */
    story.services[4].n_depends_on = 0;
    for (size_t i = 1; i <= 3; i++) {
        story.services[i].n_depends_on = 1;
        story.services[i].depends_on = &on_u;
    }
    story.services[7].n_depends_on = story.services[8].n_depends_on = 0;
    story_configures(&story, S(20), &without);
    expect(&story, "");                              /* u keeps it open */
    story_cast(&story, cast, ARRAY_SIZE(cast));
    story_stands(&story, "a", "u");
    story_configures(&story, S(30), &story.config);
    good(&story, S(40), "u");
    expect(&story, "40000 incident resolve inc-1");
    bad(&story, S(50), "a");
    expect(&story, "50000 incident open inc-2 a");   /* it has no last one */
    bad(&story, S(60), "u");                         /* what stands on it: joined rather than reopened */
    expect(&story, "60000 incident join inc-2 u");
    story_done(&story);
}

static void test_X3_an_incident_that_lists_nobody_is_over(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    bad(&story, S(0), "a");
    story_skip(&story);
    struct engine_config none = story.config;
    none.n_services = 0;
    story_configures(&story, S(20), &none);
    assert_int_equal(story_count(&story, "notify resolve service:a operational chat config_removed in inc-1"), 1);
    expect(&story, "20000 incident resolve inc-1");
    story_done(&story);
}

/* ---- rows */

static bool find_row(const struct shelf *shelf, const char *key, StateRow *out)
{
    for (size_t i = 0; i < shelf->n; i++) {
        if (strcmp(shelf->rows[i].key, key) != 0)
            continue;
        pb_istream_t in = pb_istream_from_buffer(shelf->rows[i].bytes, shelf->rows[i].len);
        *out = (StateRow) StateRow_init_zero;
        assert_true(pb_decode(&in, StateRow_fields, out));
        return true;
    }
    return false;
}

static void test_I4_rows_say_who_when_and_how_bad(void **state)
{
    CLEANUP(mem_freep) struct shelf *shelf = mem_new(sizeof *shelf);
    CLEANUP(mem_freep) StateRow *row = mem_new(sizeof *row);
    struct story story;
    (void) state;

    begin(&story);
    bad(&story, S(5), "u");
    bad(&story, S(10), "a");
    story_manual(&story, S(20), "u", STATUS_PARTIAL_OUTAGE, 0);
    bad(&story, S(30), "u");
    shelf_drain(shelf, story.engine);
    assert_true(find_row(shelf, "incident 1", row));
    assert_int_equal(row->row.incident.opened_at_ms, S(5));
    assert_int_equal(row->row.incident.joined_at_ms, S(10));
    assert_int_equal(row->row.incident.members, 2);
    assert_int_equal(row->row.incident.peak, LEVEL_PARTIAL_OUTAGE);
    assert_false(row->row.incident.resolved);
    assert_true(find_row(shelf, "alert service:a", row));
    assert_string_equal(row->row.alert.incident, "inc-1");

    good(&story, S(40), "a");
    bad(&story, S(50), "a");
    good(&story, S(60), "a");
    good(&story, S(60), "u");
    shelf_drain(shelf, story.engine);
    assert_true(find_row(shelf, "incident 1", row));
    assert_true(row->row.incident.resolved && row->row.incident.resolved_at_ms == S(60));
    assert_int_equal(row->row.incident.joined_at_ms, S(50));
    assert_true(find_row(shelf, "member 1 a", row));
    assert_int_equal(row->row.member.joined_at_ms, S(10));
    assert_int_equal(row->row.member.returned_at_ms, S(50));
    assert_true(find_row(shelf, "member 1 u", row));
    assert_int_equal(row->row.member.returned_at_ms, 0);
    story_done(&story);
}

static void reload(struct story *story, struct shelf *shelf, struct rng *rng)
{
    shelf_drain(shelf, story->engine);
    engine_free(story->engine);
    story->engine = shelf_load(shelf, rng);
    story_configures(story, 0, &story->config);
}

static void test_X1_goes_on_after_a_restart(void **state)
{
    (void) state;

    for (uint64_t seed = 1; seed <= 16; seed++) {    /* rows come back in many orders */
        CLEANUP(mem_freep) struct shelf *shelf = mem_new(sizeof *shelf);
        struct story story;
        struct rng rng;
        rng_seed(&rng, seed);
        begin(&story);
        story_param(&story, NULL, PARAM_correlation_window_s, 15);
        bad(&story, S(0), "u");
        bad(&story, S(10), "d");
        good(&story, S(20), "d");
        good(&story, S(20), "u");
        bad(&story, S(30), "v");
        bad(&story, S(40), "d");
        story_skip(&story);
        reload(&story, shelf, &rng);
        expect(&story, "");
        bad(&story, S(60), "u");
        expect(&story, "60000 incident reopen inc-1 u");
        reload(&story, shelf, &rng);
        good(&story, S(70), "d");
        good(&story, S(70), "v");
        expect(&story, "70000 incident resolve inc-2");
        reload(&story, shelf, &rng);
        good(&story, S(90), "u");
        expect(&story, "90000 incident resolve inc-1");
        reload(&story, shelf, &rng);
        bad(&story, S(100), "x");
        expect(&story, "100000 incident open inc-3 x");
        bad(&story, S(70 + 1800), "d");
        expect(&story, "1870000 incident reopen inc-2 d");
        struct engine_counts counts;
        engine_count(story.engine, &counts);
        assert_int_equal(counts.open_incidents, 2);
        story_done(&story);
    }
}

/* d was in inc-2 before it was in inc-1. */
static void test_I1a_the_highest_number_whatever_came_first(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    story_param(&story, NULL, PARAM_correlation_window_s, 15);
    bad(&story, S(0), "u");
    bad(&story, S(30), "v");
    bad(&story, S(40), "d");
    good(&story, S(50), "d");
    good(&story, S(50), "v");
    good(&story, S(60), "u");
    bad(&story, S(65), "u");
    bad(&story, S(70), "d");
    good(&story, S(75), "d");
    bad(&story, S(80), "v");
    story_skip(&story);
    bad(&story, S(85), "d");
    expect(&story, "85000 incident rejoin inc-2 d");
    story_done(&story);
}

/* A caller that has taken the row of the incident and not yet those of its members. */
static void test_I4_no_member_is_forgotten_before_its_row_was_taken(void **state)
{
    CLEANUP(mem_freep) StateRow *row = mem_new(sizeof *row);
    struct story story;
    uint32_t slot;
    bool seen = false;
    (void) state;

    begin(&story);
    bad(&story, S(0), "m");
    good(&story, S(10), "m");
    while (engine_next_dirty(story.engine, row, &slot) && row->which_row != StateRow_incident_tag)
        continue;
    assert_int_equal(row->row.incident.number, 1);
    bad(&story, S(10 + 1801), "m");                  /* nobody can come back to inc-1 */
    assert_int_equal(story_count(&story, "incident open inc-2 m"), 1);
    while (engine_next_dirty(story.engine, row, &slot))
        seen = seen || (row->which_row == StateRow_member_tag && row->row.member.incident == 1);
    assert_true(seen);
    story_done(&story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_I1_I2_opened_told_of_and_resolved),
        cmocka_unit_test(test_I1c_trouble_that_comes_back_soon),
        cmocka_unit_test(test_I1c_a_window_that_becomes_longer),
        cmocka_unit_test(test_I1b_what_belongs_to_trouble_that_is_open),
        cmocka_unit_test(test_I1b_through_one_that_is_bad),
        cmocka_unit_test(test_I2_the_window_runs_from_the_last_join_of_any_kind),
        cmocka_unit_test(test_I1b_an_aggregate_answers_however_late),
        cmocka_unit_test(test_I1b_a_member_that_has_recovered_explains_nothing),
        cmocka_unit_test(test_I1b_the_lowest_number_that_may_be_joined),
        cmocka_unit_test(test_I1a_the_highest_number_that_lists_it),
        cmocka_unit_test(test_I3_what_nobody_was_told_of_is_an_incident_too),
        cmocka_unit_test(test_I3_a_resolve_that_is_held_keeps_it_open),
        cmocka_unit_test(test_I3_in_byte_order_of_id),
        cmocka_unit_test(test_I5_the_third_reopening_recovers_slowly),
        cmocka_unit_test(test_I5_a_rejoin_counts_and_a_join_does_not),
        cmocka_unit_test(test_N3_6_improvements_of_what_goes_up_and_down),
        cmocka_unit_test(test_X3_a_removed_service_leaves),
        cmocka_unit_test(test_X3_an_incident_that_lists_nobody_is_over),
        cmocka_unit_test(test_I4_rows_say_who_when_and_how_bad),
        cmocka_unit_test(test_X1_goes_on_after_a_restart),
        cmocka_unit_test(test_I1a_the_highest_number_whatever_came_first),
        cmocka_unit_test(test_I4_no_member_is_forgotten_before_its_row_was_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

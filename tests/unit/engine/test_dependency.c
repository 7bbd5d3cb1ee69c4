/* SPDX-License-Identifier: Apache-2.0 */
/* Trouble that comes from below (D1..D7). Levels come by hand here: they confirm at once. */
#include <stdio.h>
#include <string.h>

#include "tests/unit/engine/story.h"

static const struct cast cast[] = {
    {"a", 2}, {"b", 2}, {"c", 2}, {"d", 1}, {"m", 2}, {"u", 2}, {"v", 2},
};

struct stands { const char *service, *on; };

/* A story in which `on` are the edges, up to one without a service. */
static void begin(struct story *story, const struct stands *edges)
{
    story_init(story, cast, ARRAY_SIZE(cast));
    for (; edges->service != NULL; edges++)
        story_stands(story, edges->service, edges->on);
    story_configures(story, S(0), &story->config);
    story_skip(story);
}

static const struct stands all_on_u[] = {{"a", "u"}, {"b", "u"}, {"c", "u"}, {"d", "u"}, {0}};

/* Of what was decided since last asked, what was sent and held: exactly these lines. */
static void expect(struct story *story, const char *lines)
{
    char heard[4096] = "";
    size_t len = 0;

    if (story->told.len > 0) {
        for (char *line = strtok(story->told.bytes, "\n"); line != NULL; line = strtok(NULL, "\n")) {
            if (strstr(line, " notify ") == NULL && strstr(line, " suppress ") == NULL)
                continue;
            int n = snprintf(heard + len, sizeof heard - len, "%s%s", len == 0 ? "" : "\n", line);
            assert_true(n > 0 && (size_t) n < sizeof heard - len);
            len += (size_t) n;
        }
    }
    assert_string_equal(heard, lines);
    story_skip(story);
}

static void set(struct story *story, int64_t at_ms, const char *service, enum status status)
{
    story_manual(story, at_ms, service, status, 0);
}

static void bad(struct story *story, int64_t at_ms, const char *service)
{
    set(story, at_ms, service, STATUS_DEGRADED);
}

static void good(struct story *story, int64_t at_ms, const char *service)
{
    set(story, at_ms, service, STATUS_OPERATIONAL);
}

/* ---- one message for all */

static void test_D2_to_D6_from_the_first_to_the_last(void **state)
{
    struct story story;
    (void) state;

    begin(&story, all_on_u);
    bad(&story, S(0), "u");
    expect(&story, "0 notify raise service:u degraded chat");
    bad(&story, S(10), "a");
    expect(&story, "10000 suppress raise service:a degraded correlation_hold by u");
    bad(&story, S(20), "b");
    expect(&story, "20000 suppress raise service:b degraded correlation_hold by u");
    bad(&story, S(30), "c");
    expect(&story,
        "30000 suppress raise service:a degraded dependency by u\n"
        "30000 suppress raise service:b degraded dependency by u\n"
        "30000 suppress raise service:c degraded dependency by u\n"
        "30000 notify aggregate service:u degraded chat [a,b,c]");

    good(&story, S(9000), "u");
    expect(&story,
        "9000000 suppress raise service:a degraded upstream_grace\n"
        "9000000 suppress raise service:b degraded upstream_grace\n"
        "9000000 suppress raise service:c degraded upstream_grace\n"
        "9000000 notify resolve service:u operational chat");
    good(&story, S(9100), "b");
    expect(&story, "9100000 suppress resolve service:b operational not_announced");
    good(&story, S(9299), "c");
    expect(&story, "9299000 suppress resolve service:c operational not_announced");
    story_time(&story, S(9300) - 1);
    expect(&story, "");
    story_time(&story, S(9300));
    expect(&story, "9300000 notify raise service:a degraded chat");
    story_done(&story);
}

static void test_D4_however_late_a_child_follows(void **state)
{
    struct story story;
    (void) state;

    begin(&story, all_on_u);
    story.services[3].tier = 2;
    story_configures(&story, S(0), &story.config);
    bad(&story, S(0), "u");
    bad(&story, S(10), "a");
    bad(&story, S(20), "b");
    bad(&story, S(30), "c");
    story_skip(&story);
    bad(&story, S(7200), "d");
    expect(&story, "7200000 suppress raise service:d degraded dependency by u");
    good(&story, S(9000), "u");
    assert_int_equal(story_count(&story, "suppress raise service:d degraded upstream_grace"), 1);
    story_done(&story);
}

static void test_D6_too_few_are_told_alone_when_the_hold_ends(void **state)
{
    struct story story;
    (void) state;

    begin(&story, all_on_u);
    bad(&story, S(0), "u");
    bad(&story, S(10), "a");
    bad(&story, S(20), "b");
    story_skip(&story);
    story_time(&story, S(70) - 1);
    expect(&story, "");
    story_time(&story, S(70));
    expect(&story, "70000 notify raise service:a degraded chat");
    story_time(&story, S(100));
    expect(&story, "80000 notify raise service:b degraded chat");
    good(&story, S(200), "u");
    expect(&story, "200000 notify resolve service:u operational chat");
    story_done(&story);
}

static void test_D6_ends_early_when_nothing_explains_it(void **state)
{
    struct story story;
    (void) state;

    begin(&story, all_on_u);
    bad(&story, S(0), "u");
    bad(&story, S(10), "a");
    story_skip(&story);
    good(&story, S(40), "u");
    expect(&story,
        "40000 notify raise service:a degraded chat\n"
        "40000 notify resolve service:u operational chat");
    story_done(&story);
}

static void test_D6_counts_from_the_first_time(void **state)
{
    struct story story;
    (void) state;

    begin(&story, (struct stands[]) {{"a", "u"}, {"a", "v"}, {0}});
    bad(&story, S(0), "v");
    bad(&story, S(1), "u");
    bad(&story, S(10), "a");
    story_skip(&story);
    good(&story, S(30), "v");
    expect(&story,
        "30000 suppress raise service:a degraded correlation_hold by u\n"
        "30000 notify resolve service:v operational chat");
    story_time(&story, S(70));
    expect(&story, "70000 notify raise service:a degraded chat");
    story_done(&story);
}

static void test_D6_names_the_root_and_no_one_between(void **state)
{
    struct story story;
    (void) state;

    begin(&story, (struct stands[]) {{"a", "m"}, {"m", "u"}, {"a", "v"}, {0}});
    bad(&story, S(0), "m");
    bad(&story, S(5), "v");
    bad(&story, S(5), "u");
    story_skip(&story);
    bad(&story, S(10), "a");
    expect(&story, "10000 suppress raise service:a degraded correlation_hold by u");
    story_done(&story);
}

/* ---- who explains whom */

static void test_D1_a_healthy_one_between_breaks_the_chain(void **state)
{
    struct story story;
    (void) state;

    begin(&story, (struct stands[]) {{"a", "m"}, {"m", "u"}, {0}});
    bad(&story, S(0), "u");
    story_skip(&story);
    bad(&story, S(10), "a");
    expect(&story, "10000 notify raise service:a degraded chat");
    story_done(&story);
}

static void test_D1_the_chain_closes_and_opens_with_the_one_between(void **state)
{
    struct story story;
    (void) state;

    begin(&story, (struct stands[]) {{"a", "m"}, {"m", "u"}, {0}});
    story_param(&story, NULL, PARAM_correlation_threshold, 1);
    bad(&story, S(0), "u");
    bad(&story, S(10), "m");
    bad(&story, S(20), "a");
    assert_int_equal(story_count(&story, "10000 notify aggregate service:u degraded chat [m]"), 1);
    assert_int_equal(story_count(&story, "20000 suppress raise service:a degraded dependency by u"), 1);
    story_skip(&story);
    good(&story, S(30), "m");
    expect(&story,
        "30000 suppress raise service:a degraded upstream_grace\n"
        "30000 suppress resolve service:m operational not_announced");
    bad(&story, S(40), "m");
    expect(&story,
        "40000 suppress raise service:a degraded dependency by u\n"
        "40000 suppress raise service:m degraded dependency by u");
    story_done(&story);
}

static void test_D1_members_of_a_cycle_do_not_silence_each_other(void **state)
{
    struct story story;
    (void) state;

    begin(&story, (struct stands[]) {{"a", "b"}, {"b", "m"}, {"m", "a"}, {"c", "a"}, {0}});
    story_param(&story, NULL, PARAM_correlation_threshold, 1);
    bad(&story, S(0), "a");
    bad(&story, S(10), "b");
    expect(&story,
        "0 notify raise service:a degraded chat\n"
        "10000 notify raise service:b degraded chat");
    bad(&story, S(20), "c");                     /* both are roots; the earlier activation, then the smaller id */
    expect(&story,
        "20000 notify aggregate service:a degraded chat [c]\n"
        "20000 notify aggregate service:b degraded chat [c]\n"
        "20000 suppress raise service:c degraded dependency by a");
    story_done(&story);
}

static void test_D1_from_below_into_a_cycle(void **state)
{
    struct story story;
    (void) state;

    begin(&story, (struct stands[]) {{"a", "b"}, {"b", "a"}, {"b", "u"}, {0}});
    story_param(&story, NULL, PARAM_correlation_threshold, 2);
    bad(&story, S(0), "u");
    bad(&story, S(10), "a");                     /* b is well: no way from a to u */
    bad(&story, S(20), "b");
    expect(&story,
        "0 notify raise service:u degraded chat\n"
        "10000 notify raise service:a degraded chat\n"
        "20000 suppress raise service:b degraded dependency by u\n"
        "20000 notify aggregate service:u degraded chat [a,b]");
    story_done(&story);
}

/* ---- the window */

static void test_D2_the_exact_edge_of_the_window(void **state)
{
    static const struct { const char *says; int64_t third_ms; size_t aggregates; } cases[] = {
        { "just in time", S(1000), 1 },
        { "a millisecond late", S(1000) + 1, 0 },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct story story;
        begin(&story, all_on_u);
        bad(&story, S(0), "u");
        bad(&story, S(100), "a");
        bad(&story, S(500), "b");
        bad(&story, cases[i].third_ms, "c");
        if (story_count(&story, "notify aggregate service:u degraded chat [a,b,c]") != cases[i].aggregates)
            fail_msg("%s", cases[i].says);
        story_done(&story);
    }
}

static void test_D2_a_service_below_others_is_no_root(void **state)
{
    struct story story;
    (void) state;

    begin(&story, (struct stands[]) {{"a", "u"}, {"b", "u"}, {"u", "v"}, {0}});
    story_param(&story, NULL, PARAM_correlation_threshold, 2);
    bad(&story, S(0), "v");
    bad(&story, S(1), "u");
    story_skip(&story);
    bad(&story, S(2), "a");
    expect(&story,
        "2000 suppress raise service:a degraded dependency by v\n"
        "2000 suppress raise service:u degraded dependency by v\n"
        "2000 notify aggregate service:v degraded chat [a,u]");
    bad(&story, S(3), "b");
    story_skip(&story);
    good(&story, S(4), "v");                     /* now u is one */
    expect(&story,
        "4000 suppress raise service:a degraded dependency by u\n"
        "4000 suppress raise service:b degraded dependency by u\n"
        "4000 suppress raise service:u degraded upstream_grace\n"
        "4000 notify resolve service:v operational chat");
    story_time(&story, S(304));
    expect(&story, "304000 notify raise service:u degraded chat [a,b]");
    story_done(&story);
}

/* ---- the message */

static void test_D3_a_raise_carries_it(void **state)
{
    struct story story;
    (void) state;

    begin(&story, all_on_u);
    bad(&story, S(0), "a");
    bad(&story, S(1), "b");
    bad(&story, S(2), "c");
    story_skip(&story);
    bad(&story, S(60), "u");
    expect(&story, "60000 notify raise service:u degraded chat [a,b,c]");
    set(&story, S(70), "u", STATUS_MAJOR_OUTAGE);
    expect(&story, "70000 notify escalate service:u major_outage page,chat [a,b,c]");
    set(&story, S(80), "u", STATUS_DEGRADED);
    expect(&story, "80000 notify improve service:u degraded chat,page");
    good(&story, S(90), "a");
    good(&story, S(90), "b");
    good(&story, S(90), "c");
    story_skip(&story);
    set(&story, S(100), "u", STATUS_MAJOR_OUTAGE);    /* it is active until u is well */
    expect(&story, "100000 notify escalate service:u major_outage page,chat []");
    story_done(&story);
}

static void test_D3_beside_an_improvement_that_is_not_told(void **state)
{
    struct story story;
    (void) state;

    begin(&story, all_on_u);
    story_param(&story, "u", PARAM_notify_improve, 0);
    set(&story, S(0), "u", STATUS_MAJOR_OUTAGE);
    set(&story, S(5), "u", STATUS_DEGRADED);
    bad(&story, S(10), "a");
    bad(&story, S(20), "b");
    story_skip(&story);
    bad(&story, S(30), "c");
    assert_int_equal(story_count(&story, "30000 notify aggregate service:u degraded chat [a,b,c]"), 1);
    story_skip(&story);
    set(&story, S(40), "u", STATUS_MAJOR_OUTAGE);     /* the aggregate said degraded, so this is news */
    expect(&story, "40000 notify escalate service:u major_outage page,chat [a,b,c]");
    story_done(&story);
}

/* A service that confirms at once. */
static void hasty(struct story *story, const char *service)
{
    story_param(story, service, PARAM_confirm_polls, 1);
    story_param(story, service, PARAM_min_dwell_s, 0);
}

static void test_D3_N6_a_reminder_that_is_due_comes_first(void **state)
{
    struct story story;
    (void) state;

    begin(&story, all_on_u);
    story_param(&story, NULL, PARAM_correlation_threshold, 1);
    story_param(&story, "u", PARAM_recovery_polls, 1);
    story_param(&story, "u", PARAM_dedup_window_s, 300);
    hasty(&story, "u");
    hasty(&story, "a");
    for (int second = 0; second < 7; second++)
        story_sees(&story, S(second), "u", "page", second % 2 == 0 ? STATUS_OPERATIONAL : STATUS_PARTIAL_OUTAGE);
    story_sees(&story, S(134), "a", "page", STATUS_DEGRADED);
    story_time(&story, S(559));
    story_skip(&story);
    story_sees(&story, S(560), "u", "other", STATUS_PARTIAL_OUTAGE);    /* its resolve was held all the while */
    expect(&story, "560000 suppress reminder service:u partial_outage flapping\n"
                   "560000 notify aggregate service:u partial_outage chat [a]");
    story_done(&story);
}

static void test_D5_a_grace_that_ends_while_the_resolve_is_held(void **state)
{
    static const struct { int64_t at_s; const char *service; enum status status; } seen[] = {
        { 81, "a", STATUS_PARTIAL_OUTAGE }, { 82, "a", STATUS_OPERATIONAL }, { 122, "a", STATUS_PARTIAL_OUTAGE },
        { 142, "u", STATUS_DEGRADED },      { 162, "u", STATUS_DEGRADED },   { 351, "a", STATUS_DEGRADED },
        { 371, "a", STATUS_OPERATIONAL },   { 372, "a", STATUS_MAJOR_OUTAGE }, { 373, "a", STATUS_OPERATIONAL },
        { 558, "u", STATUS_OPERATIONAL },   { 563, "u", STATUS_OPERATIONAL },  { 563, "a", STATUS_OPERATIONAL },
    };
    struct story story;
    (void) state;

    begin(&story, all_on_u);
    story_param(&story, NULL, PARAM_correlation_threshold, 1);
    story_param(&story, NULL, PARAM_dependency_grace_s, 20);
    story_param(&story, "u", PARAM_confirm_polls, 2);
    story_param(&story, "u", PARAM_min_dwell_s, 20);
    hasty(&story, "a");
    for (size_t i = 0; i < ARRAY_SIZE(seen); i++)
        story_sees(&story, S(seen[i].at_s), seen[i].service, "page", seen[i].status);
    assert_int_equal(story_count(&story, "563000 suppress resolve service:a operational flapping"), 1);
    story_skip(&story);
    story_time(&story, S(600));    /* the grace of an escalation that nobody wants any more was to end at 583 */
    expect(&story, "");
    story_done(&story);
}

static void test_D3_beside_an_escalation_that_is_acknowledged(void **state)
{
    struct story story;
    (void) state;

    begin(&story, all_on_u);
    bad(&story, S(0), "u");
    story_acknowledges(&story, S(1), &(Acknowledge) {.key = "service:u", .by = "ann", .sticky = true});
    story_skip(&story);
    set(&story, S(5), "u", STATUS_MAJOR_OUTAGE);
    expect(&story, "5000 suppress escalate service:u major_outage acknowledged by ann");
    bad(&story, S(10), "a");
    bad(&story, S(20), "b");
    story_skip(&story);
    bad(&story, S(30), "c");
    assert_int_equal(story_count(&story, "30000 notify aggregate service:u major_outage page,chat [a,b,c]"), 1);
    assert_int_equal(story_count(&story, "service:u"), 1);
    story_skip(&story);
    story_unacknowledges(&story, S(40), &(Unacknowledge) {.key = "service:u"});
    expect(&story, "");                               /* the aggregate has told the level too */
    story_done(&story);
}

static void test_D3_D7_louder_children_are_told_and_a_fall_rearms(void **state)
{
    struct story story;
    (void) state;

    begin(&story, all_on_u);
    bad(&story, S(0), "u");
    bad(&story, S(10), "a");
    bad(&story, S(20), "b");
    bad(&story, S(30), "c");
    story_skip(&story);
    set(&story, S(7200), "d", STATUS_PARTIAL_OUTAGE);     /* of tier 1 */
    expect(&story,
        "7200000 suppress raise service:d partial_outage dependency by u\n"
        "7200000 notify aggregate service:u degraded page,chat [a,b,c,d]");
    set(&story, S(7300), "d", STATUS_DEGRADED);
    expect(&story, "7300000 suppress raise service:d degraded dependency by u");
    set(&story, S(7400), "d", STATUS_PARTIAL_OUTAGE);
    expect(&story,
        "7400000 suppress raise service:d partial_outage dependency by u\n"
        "7400000 notify aggregate service:u degraded page,chat [a,b,c,d]");
    set(&story, S(7500), "a", STATUS_PARTIAL_OUTAGE);     /* no louder than d */
    expect(&story, "7500000 suppress raise service:a partial_outage dependency by u");
    story_time(&story, S(7400 + 86400) - 1);
    expect(&story, "");
    story_time(&story, S(7400 + 86400));                  /* what was told is not repeated before its time */
    expect(&story, "93800000 notify reminder service:u degraded page,chat");
    story_done(&story);
}

/* One change, and somebody loud stands behind it: u, then a, then d of tier 1, which was bad all along. */
static void test_D3_one_between_joins_the_loud_one_behind_it(void **state)
{
    static const struct stands edges[] = {{"a", "u"}, {"b", "u"}, {"c", "u"}, {"m", "u"}, {"d", "m"}, {0}};
    struct story story;
    (void) state;

    begin(&story, edges);
    set(&story, S(0), "d", STATUS_PARTIAL_OUTAGE);
    bad(&story, S(0), "u");
    bad(&story, S(10), "a");
    bad(&story, S(20), "b");
    bad(&story, S(30), "c");
    story_skip(&story);
    bad(&story, S(7200), "m");
    assert_int_equal(story_count(&story, "7200000 notify aggregate service:u degraded page,chat [a,b,c,d,m]"), 1);
    story_skip(&story);

    good(&story, S(7300), "m");                           /* it takes d away with it, */
    assert_int_equal(story_count(&story, "aggregate"), 0);
    story_skip(&story);
    bad(&story, S(7400), "m");                            /* and brings it back */
    assert_int_equal(story_count(&story, "7400000 notify aggregate service:u degraded page,chat [a,b,c,d,m]"), 1);
    story_done(&story);
}

static void test_D7_a_root_nobody_would_hear_of(void **state)
{
    struct story story;
    (void) state;

    begin(&story, all_on_u);
    story.services[5].tier = 3;
    story_configures(&story, S(0), &story.config);
    bad(&story, S(0), "u");
    expect(&story, "0 suppress raise service:u degraded no_route");
    bad(&story, S(10), "a");
    bad(&story, S(20), "b");
    story_skip(&story);
    set(&story, S(30), "c", STATUS_MAJOR_OUTAGE);
    expect(&story,
        "30000 suppress raise service:a degraded dependency by u\n"
        "30000 suppress raise service:b degraded dependency by u\n"
        "30000 suppress raise service:c major_outage dependency by u\n"
        "30000 notify raise service:u degraded page,chat [a,b,c]");
    story_done(&story);
}

static void test_D3_D4_an_aggregate_waits_for_one_below(void **state)
{
    struct story story;
    (void) state;

    begin(&story, (struct stands[]) {{"a", "u"}, {"d", "u"}, {"u", "v"}, {0}});
    story_param(&story, NULL, PARAM_correlation_threshold, 1);
    bad(&story, S(0), "u");
    bad(&story, S(10), "a");
    story_skip(&story);
    bad(&story, S(20), "v");
    expect(&story, "20000 notify raise service:v degraded chat [a,u]");
    bad(&story, S(100), "d");
    expect(&story,
        "100000 suppress raise service:d degraded dependency by u\n"
        "100000 suppress aggregate service:u degraded dependency by v\n"
        "100000 notify aggregate service:v degraded chat [a,d,u]");
    good(&story, S(200), "v");
    expect(&story,
        "200000 notify aggregate service:u degraded chat [a,d]\n"
        "200000 notify resolve service:v operational chat");
    story_done(&story);
}

/* ---- what waits */

static void test_D4_reminders_and_escalations_wait_too(void **state)
{
    struct story story;
    (void) state;

    begin(&story, all_on_u);
    story_param(&story, NULL, PARAM_correlation_threshold, 1);
    bad(&story, S(0), "a");
    bad(&story, S(100), "u");
    story_skip(&story);
    story_time(&story, S(86400));
    expect(&story, "86400000 suppress reminder service:a degraded dependency by u");
    set(&story, S(86410), "a", STATUS_MAJOR_OUTAGE);
    expect(&story,
        "86410000 suppress escalate service:a major_outage dependency by u\n"
        "86410000 notify aggregate service:u degraded page,chat [a]");
    good(&story, S(86420), "u");
    expect(&story,
        "86420000 suppress escalate service:a major_outage upstream_grace\n"
        "86420000 notify resolve service:u operational chat,page");
    story_time(&story, S(86720) - 1);
    expect(&story, "");
    story_time(&story, S(86720));
    expect(&story, "86720000 notify escalate service:a major_outage page,chat");
    story_done(&story);
}

static void test_D4_by_the_one_that_answers_longest(void **state)
{
    struct story story;
    (void) state;

    begin(&story, (struct stands[]) {{"a", "v"}, {"b", "u"}, {"c", "u"}, {"c", "v"}, {0}});
    story_param(&story, NULL, PARAM_correlation_threshold, 1);
    bad(&story, S(0), "v");
    bad(&story, S(1), "u");
    bad(&story, S(2), "a");
    bad(&story, S(3), "b");
    story_skip(&story);
    bad(&story, S(4), "c");
    expect(&story, "4000 suppress raise service:c degraded dependency by v");
    good(&story, S(5), "v");
    assert_int_equal(story_count(&story, "suppress raise service:c degraded dependency by u"), 1);
    story_done(&story);
}

static void test_D5_is_given_anew_each_time_and_ends_the_hold_for_good(void **state)
{
    struct story story;
    (void) state;

    begin(&story, all_on_u);
    story_param(&story, NULL, PARAM_correlation_threshold, 1);
    bad(&story, S(0), "u");
    bad(&story, S(10), "a");
    good(&story, S(20), "u");
    story_skip(&story);
    bad(&story, S(200), "u");                             /* within the grace */
    expect(&story,
        "200000 suppress raise service:a degraded dependency by u\n"
        "200000 notify raise service:u degraded chat [a]");
    good(&story, S(300), "u");
    story_skip(&story);
    story_time(&story, S(600) - 1);
    expect(&story, "");

    story_param(&story, NULL, PARAM_correlation_threshold, 3);
    bad(&story, S(600) - 1, "u");                         /* it explains, but does not answer */
    story_skip(&story);
    story_time(&story, S(600));
    expect(&story, "600000 notify raise service:a degraded chat");
    story_done(&story);
}

static void test_D4_ends_when_the_configuration_takes_the_edge_away(void **state)
{
    struct story story;
    (void) state;

    begin(&story, all_on_u);
    story_param(&story, NULL, PARAM_correlation_threshold, 1);
    bad(&story, S(0), "u");
    bad(&story, S(10), "a");
    story_skip(&story);
    story.services[0].n_depends_on = 0;
    story_configures(&story, S(20), &story.config);
    expect(&story, "20000 suppress raise service:a degraded upstream_grace");
    story_time(&story, S(320));
    expect(&story, "320000 notify raise service:a degraded chat");
    story_done(&story);
}

static void test_D2_a_configuration_can_make_it_active(void **state)
{
    struct story story;
    (void) state;

    begin(&story, all_on_u);
    bad(&story, S(0), "u");
    bad(&story, S(10), "a");
    story_skip(&story);
    story_param(&story, NULL, PARAM_correlation_threshold, 1);
    story_configures(&story, S(20), &story.config);
    expect(&story,
        "20000 suppress raise service:a degraded dependency by u\n"
        "20000 notify aggregate service:u degraded chat [a]");
    story_done(&story);
}

/* y answers for a, b and c. x, far worse and more critical, stands on it too, but they need each other (through z, which
 * is well): x is told for itself, and y has become no louder. */
static void test_D3_a_mate_makes_nothing_louder(void **state)
{
    static const struct cast ring[] = {{"a", 3}, {"b", 3}, {"c", 3}, {"x", 1}, {"y", 2}, {"z", 3}};
    static const struct { const char *service, *on; } edges[] = {
        {"a", "y"}, {"b", "y"}, {"c", "y"}, {"x", "y"}, {"y", "z"}, {"z", "x"},
    };
    struct story story;
    (void) state;

    story_init(&story, ring, ARRAY_SIZE(ring));
    for (size_t i = 0; i < ARRAY_SIZE(edges); i++)
        story_stands(&story, edges[i].service, edges[i].on);
    story_configures(&story, 0, &story.config);
    story_manual(&story, S(10), "y", STATUS_DEGRADED, 0);
    story_manual(&story, S(20), "a", STATUS_DEGRADED, 0);
    story_manual(&story, S(20), "b", STATUS_DEGRADED, 0);
    story_manual(&story, S(20), "c", STATUS_DEGRADED, 0);
    assert_int_equal(story_count(&story, "20000 notify aggregate service:y degraded chat [a,b,c]"), 1);
    story_skip(&story);
    story_manual(&story, S(30), "x", STATUS_MAJOR_OUTAGE, 0);
    assert_int_equal(story_count(&story, "30000 notify raise service:x major_outage page,chat"), 1);
    assert_int_equal(story_count(&story, "service:y"), 0);
    story_done(&story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_D2_to_D6_from_the_first_to_the_last),
        cmocka_unit_test(test_D4_however_late_a_child_follows),
        cmocka_unit_test(test_D6_too_few_are_told_alone_when_the_hold_ends),
        cmocka_unit_test(test_D6_ends_early_when_nothing_explains_it),
        cmocka_unit_test(test_D6_counts_from_the_first_time),
        cmocka_unit_test(test_D6_names_the_root_and_no_one_between),
        cmocka_unit_test(test_D1_a_healthy_one_between_breaks_the_chain),
        cmocka_unit_test(test_D1_the_chain_closes_and_opens_with_the_one_between),
        cmocka_unit_test(test_D1_members_of_a_cycle_do_not_silence_each_other),
        cmocka_unit_test(test_D1_from_below_into_a_cycle),
        cmocka_unit_test(test_D2_the_exact_edge_of_the_window),
        cmocka_unit_test(test_D2_a_service_below_others_is_no_root),
        cmocka_unit_test(test_D2_a_configuration_can_make_it_active),
        cmocka_unit_test(test_D3_a_raise_carries_it),
        cmocka_unit_test(test_D3_beside_an_improvement_that_is_not_told),
        cmocka_unit_test(test_D3_beside_an_escalation_that_is_acknowledged),
        cmocka_unit_test(test_D3_D7_louder_children_are_told_and_a_fall_rearms),
        cmocka_unit_test(test_D3_one_between_joins_the_loud_one_behind_it),
        cmocka_unit_test(test_D7_a_root_nobody_would_hear_of),
        cmocka_unit_test(test_D3_D4_an_aggregate_waits_for_one_below),
        cmocka_unit_test(test_D4_reminders_and_escalations_wait_too),
        cmocka_unit_test(test_D4_by_the_one_that_answers_longest),
        cmocka_unit_test(test_D3_N6_a_reminder_that_is_due_comes_first),
        cmocka_unit_test(test_D5_a_grace_that_ends_while_the_resolve_is_held),
        cmocka_unit_test(test_D4_ends_when_the_configuration_takes_the_edge_away),
        cmocka_unit_test(test_D5_is_given_anew_each_time_and_ends_the_hold_for_good),
        cmocka_unit_test(test_D3_a_mate_makes_nothing_louder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

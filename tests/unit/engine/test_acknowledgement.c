/* SPDX-License-Identifier: Apache-2.0 */
/* A person has seen an open alert (A1..A3). Levels are set by hand, so that each is confirmed at once. */
#include "tests/unit/engine/shelf.h"
#include "tests/unit/engine/story.h"

#define KEY "service:shop"
enum { DAY_S = 86400 };

static const struct cast one[] = {{"shop", 2}};
static const struct cast bulk[] = {{"shop", 3}};
static const Acknowledge by_ann = {.key = KEY, .by = "ann"};

/* A story whose only alert was raised at 0 as degraded. */
static void begin(struct story *story)
{
    story_init(story, one, 1);
    story_manual(story, S(0), "shop", STATUS_DEGRADED, 0);
    assert_int_equal(story_count(story, "notify raise"), 1);
    story_skip(story);
}

static void test_A_a_day_with_an_acknowledgement(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    story_acknowledges(&story, S(100), &by_ann);
    story_expect(&story, "100000 ack set service:shop by ann until 86500000");
    story_time(&story, S(DAY_S + 99));
    story_expect(&story, "86400000 suppress reminder service:shop degraded acknowledged by ann");
    story_time(&story, S(DAY_S + 100));
    story_expect(&story,
        "86500000 ack lapse service:shop expired by ann\n"
        "86500000 notify reminder service:shop degraded chat");

    story_acknowledges(&story, S(DAY_S + 200), &by_ann);
    story_skip(&story);
    story_manual(&story, S(DAY_S + 300), "shop", STATUS_MAJOR_OUTAGE, 0);
    story_expect(&story,
        "86700000 manual set shop by ann\n"
        "86700000 status shop degraded>major_outage\n"
        "86700000 hard shop degraded>major_outage manual\n"
        "86700000 ack lapse service:shop escalated by ann\n"
        "86700000 notify escalate service:shop major_outage page,chat");
    story_done(&story);
}

static void test_A1_how_long_it_lasts(void **state)
{
    static const struct { const char *says; Acknowledge said; int64_t shipped_s; const char *line; } cases[] = {
        { "not told", {.key = KEY}, DAY_S, "10000 ack set service:shop until 86410000" },
        { "not told, never by configuration", {.key = KEY}, 0, "10000 ack set service:shop" },
        { "told how long", {.key = KEY, .has_ttl_s = true, .ttl_s = 60}, DAY_S,
          "10000 ack set service:shop until 70000" },
        { "told: as long as the alert", {.key = KEY, .has_ttl_s = true}, DAY_S, "10000 ack set service:shop" },
        { "told until when", {.key = KEY, .has_until_ms = true, .until_ms = 12345}, DAY_S,
          "10000 ack set service:shop until 12345" },
        { "told both", {.key = KEY, .has_until_ms = true, .until_ms = 12345, .has_ttl_s = true, .ttl_s = 60}, DAY_S,
          "10000 ack set service:shop until 12345" },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct story story;
        begin(&story);
        story_param(&story, NULL, PARAM_ack_ttl_s, cases[i].shipped_s);
        story_acknowledges(&story, S(10), &cases[i].said);
        story_expect(&story, cases[i].line);
        story_done(&story);
    }
}

static void test_A1_what_is_not_open_is_refused(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    story_acknowledges(&story, S(1), &(Acknowledge) {.key = "service:other"});
    story_acknowledges(&story, S(2), &(Acknowledge) {.key = ""});
    story_acknowledges(&story, S(3), &(Acknowledge) {.key = KEY, .opened_at_ms = 7});
    story_unacknowledges(&story, S(4), &(Unacknowledge) {.key = KEY});
    story_unacknowledges(&story, S(5), &(Unacknowledge) {.key = KEY, .opened_at_ms = 7});
    story_unacknowledges(&story, S(6), &(Unacknowledge) {.key = "service:other"});
    story_expect(&story,
        "1000 reject ack no_such_alert\n"
        "2000 reject ack no_such_alert\n"
        "3000 reject ack episode_over\n"
        "4000 reject unack no_such_ack\n"
        "5000 reject unack episode_over\n"
        "6000 reject unack no_such_ack");
    story_done(&story);
}

static void test_A1_the_episode_that_is_meant(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, one, 1);
    story_manual(&story, S(10), "shop", STATUS_DEGRADED, 0);
    story_manual(&story, S(20), "shop", STATUS_OPERATIONAL, 0);
    story_manual(&story, S(30), "shop", STATUS_DEGRADED, 0);
    story_skip(&story);
    story_acknowledges(&story, S(40), &(Acknowledge) {.key = KEY, .opened_at_ms = S(10)});
    story_acknowledges(&story, S(50), &(Acknowledge) {.key = KEY, .opened_at_ms = S(30), .has_ttl_s = true});
    story_expect(&story, "40000 reject ack episode_over\n50000 ack set service:shop");
    story_done(&story);
}

static void test_A1_a_new_one_replaces_the_old(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    story_acknowledges(&story, S(10), &(Acknowledge) {.key = KEY, .by = "ann", .has_ttl_s = true, .ttl_s = 60});
    story_acknowledges(&story, S(20), &(Acknowledge) {.key = KEY, .by = "bob", .has_ttl_s = true, .ttl_s = 600});
    story_skip(&story);
    story_time(&story, S(619));
    story_expect(&story, "");
    story_time(&story, S(620));
    story_expect(&story,
        "620000 ack lapse service:shop expired by bob\n"
        "620000 notify reminder service:shop degraded chat");
    story_acknowledges(&story, S(700), &(Acknowledge) {.key = KEY, .has_ttl_s = true, .ttl_s = 60});
    story_acknowledges(&story, S(710), &(Acknowledge) {.key = KEY, .has_ttl_s = true});
    story_skip(&story);
    story_time(&story, S(DAY_S));
    story_expect(&story, "");
    story_done(&story);
}

static void test_A2_what_it_stops(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, one, 1);
    story_manual(&story, S(0), "shop", STATUS_MAJOR_OUTAGE, 0);
    story_acknowledges(&story, S(1), &(Acknowledge) {.key = KEY, .by = "ann", .has_ttl_s = true});
    story_skip(&story);

    story_manual(&story, S(10), "shop", STATUS_DEGRADED, 0);       /* an improvement is told */
    assert_int_equal(story_count(&story, "10000 notify improve service:shop degraded page,chat"), 1);
    story_skip(&story);
    story_manual(&story, S(20), "shop", STATUS_MAJOR_OUTAGE, 0);   /* back to what was seen is no news */
    assert_int_equal(story_count(&story, "20000 suppress escalate service:shop major_outage acknowledged by ann"), 1);
    assert_int_equal(story_count(&story, "notify"), 0);
    story_skip(&story);
    story_unacknowledges(&story, S(30), &(Unacknowledge) {.key = KEY, .by = "bob"});
    story_expect(&story,
        "30000 ack lapse service:shop removed by bob\n"
        "30000 notify escalate service:shop major_outage page,chat");
    story_acknowledges(&story, S(40), &by_ann);
    story_skip(&story);
    story_manual(&story, S(50), "shop", STATUS_OPERATIONAL, 0);    /* and the end is told, that of the ack is not */
    assert_int_equal(story_count(&story, "50000 notify resolve service:shop operational page,chat"), 1);
    assert_int_equal(story_count(&story, "ack"), 0);
    story_skip(&story);
    story_time(&story, S(2 * DAY_S));
    story_expect(&story, "");
    story_done(&story);
}

static void test_A2_a_sticky_one_stops_every_escalation(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    story_acknowledges(&story, S(10), &(Acknowledge) {.key = KEY, .by = "ann", .sticky = true});
    story_skip(&story);
    story_manual(&story, S(20), "shop", STATUS_MAJOR_OUTAGE, 0);
    assert_int_equal(story_count(&story, "suppress escalate service:shop major_outage acknowledged by ann"), 1);
    assert_int_equal(story_count(&story, "lapse"), 0);
    story_skip(&story);
    story_time(&story, S(DAY_S + 10));                             /* what it held is told, and no reminder beside it */
    story_expect(&story,
        "86410000 ack lapse service:shop expired by ann\n"
        "86410000 notify escalate service:shop major_outage page,chat");
    story_done(&story);
}

static void test_A2_an_alert_that_nobody_was_told_of(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, bulk, 1);
    story_manual(&story, S(0), "shop", STATUS_DEGRADED, 0);        /* tier 3, degraded: no route */
    story_acknowledges(&story, S(10), &(Acknowledge) {.key = KEY, .by = "ann", .has_ttl_s = true, .ttl_s = 60});
    story_skip(&story);
    story_time(&story, S(70));
    story_expect(&story, "70000 ack lapse service:shop expired by ann");    /* no reminder of what was not announced */

    story_acknowledges(&story, S(80), &by_ann);
    story_skip(&story);
    story_manual(&story, S(90), "shop", STATUS_MAJOR_OUTAGE, 0);
    assert_int_equal(story_count(&story, "90000 ack lapse service:shop escalated by ann"), 1);
    assert_int_equal(story_count(&story, "90000 notify raise service:shop major_outage chat"), 1);
    story_done(&story);
}

static void test_A3_expired_at_once(void **state)
{
    static const struct { const char *says; int64_t until_ms; } cases[] = {
        { "now", 10000 }, { "a moment ago", 9999 }, { "before time began", -1 },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct story story;
        begin(&story);
        story_param(&story, "shop", PARAM_reminders, 0);            /* it is told even so */
        story_acknowledges(&story, S(10), &(Acknowledge) {.key = KEY, .by = "ann", .has_until_ms = true,
                                                          .until_ms = cases[i].until_ms});
        if (story_count(&story, "10000 ack set service:shop by ann until") != 1
            || story_count(&story, "10000 ack lapse service:shop expired by ann\n"
                                   "10000 notify reminder service:shop degraded chat") != 1)
            fail_msg("%s", cases[i].says);
        story_skip(&story);
        story_time(&story, S(3 * DAY_S));
        story_expect(&story, "");
        story_done(&story);
    }
}

static void test_A3_in_byte_order_of_key_and_before_manual_ends(void **state)
{
    static const struct cast three[] = {{"a", 2}, {"b", 2}, {"c", 2}};
    static const char *const keys[] = {"service:c", "service:a", "service:b"};
    struct story story;
    (void) state;

    story_init(&story, three, 3);
    for (size_t i = 0; i < 3; i++)
        story_manual(&story, S(0), three[i].id, STATUS_DEGRADED, 100);
    for (size_t i = 0; i < 3; i++) {
        Acknowledge said = {.by = "ann", .has_until_ms = true, .until_ms = S(100)};
        (void) text_copy(said.key, sizeof said.key, text_of(keys[i]));
        story_acknowledges(&story, S(10), &said);
    }
    story_skip(&story);
    story_time(&story, S(100));
    story_expect(&story,
        "100000 ack lapse service:a expired by ann\n"
        "100000 ack lapse service:b expired by ann\n"
        "100000 ack lapse service:c expired by ann\n"
        "100000 manual end a expired\n"
        "100000 manual end b expired\n"
        "100000 manual end c expired\n"
        "100000 status a degraded>unknown\n"
        "100000 status b degraded>unknown\n"
        "100000 status c degraded>unknown\n"
        "100000 notify reminder service:a degraded chat\n"
        "100000 notify reminder service:b degraded chat\n"
        "100000 notify reminder service:c degraded chat");
    story_done(&story);
}

static void test_A3_a_gap_makes_it_late_and_a_removed_service_ends_it(void **state)
{
    struct story story;
    struct story other;
    (void) state;

    begin(&story);
    story_acknowledges(&story, S(10), &(Acknowledge) {.key = KEY, .by = "ann", .has_ttl_s = true, .ttl_s = 60});
    story_skip(&story);
    story_gap(&story, S(500));
    story_expect(&story,
        "500000 gap 490000\n"
        "500000 ack lapse service:shop expired by ann\n"
        "500000 notify reminder service:shop degraded chat");

    story_acknowledges(&story, S(510), &by_ann);
    story_skip(&story);
    story_cast(&other, (struct cast[]) {{"else", 2}}, 1);
    story_configures(&story, S(600), &other.config);
    story_expect(&story,
        "600000 config+else-shop\n"
        "600000 notify resolve service:shop operational chat config_removed");
    story_time(&story, S(2 * DAY_S));
    story_expect(&story, "");
    story_done(&story);
}

static void test_X1_it_outlives_a_restart(void **state)
{
    CLEANUP(mem_freep) struct shelf *shelf = mem_new(sizeof *shelf);
    struct story story;
    struct rng rng;
    (void) state;

    rng_seed(&rng, 1);
    begin(&story);
    story_acknowledges(&story, S(10), &(Acknowledge) {.key = KEY, .by = "ann", .notes = "the router", .has_ttl_s = true,
                                                      .ttl_s = 60});
    story_skip(&story);
    shelf_drain(shelf, story.engine);
    engine_free(story.engine);
    story.engine = shelf_load(shelf, &rng);
    story_configures(&story, 0, &story.config);
    story_time(&story, S(69));
    story_expect(&story, "");
    story_time(&story, S(70));
    story_expect(&story,
        "70000 ack lapse service:shop expired by ann\n"
        "70000 notify reminder service:shop degraded chat");
    story_done(&story);
}

static void test_A1_a_collector_that_is_missed(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, one, 1);
    story.health = true;
    story_heartbeat(&story, S(0), "box");
    story_time(&story, S(1000));
    assert_int_equal(story_count(&story, "notify raise collector:box silent ops"), 1);
    story_skip(&story);
    story_acknowledges(&story, S(1000), &(Acknowledge) {.key = "collector:box", .by = "ann"});
    assert_null(story.effects.decisions[0].service);      /* it is of no service */
    story_expect(&story, "1000000 ack set collector:box by ann until 87400000");
    story_done(&story);
}

static void test_N5_held_by_nobody_is_another_than_by_somebody(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    story_acknowledges(&story, S(10), &(Acknowledge) {.key = KEY, .by = "ann", .sticky = true});
    story_manual(&story, S(20), "shop", STATUS_MAJOR_OUTAGE, 0);
    assert_int_equal(story_count(&story, "suppress escalate service:shop major_outage acknowledged by ann"), 1);
    story_skip(&story);
    story_acknowledges(&story, S(30), &(Acknowledge) {.key = KEY, .sticky = true});
    story_expect(&story,
        "30000 ack set service:shop until 86430000\n"
        "30000 suppress escalate service:shop major_outage acknowledged");
    story_acknowledges(&story, S(40), &(Acknowledge) {.key = KEY, .sticky = true});
    story_expect(&story, "40000 ack set service:shop until 86440000");
    story_done(&story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_A_a_day_with_an_acknowledgement),
        cmocka_unit_test(test_A1_how_long_it_lasts),
        cmocka_unit_test(test_A1_what_is_not_open_is_refused),
        cmocka_unit_test(test_A1_the_episode_that_is_meant),
        cmocka_unit_test(test_A1_a_new_one_replaces_the_old),
        cmocka_unit_test(test_A2_what_it_stops),
        cmocka_unit_test(test_A2_a_sticky_one_stops_every_escalation),
        cmocka_unit_test(test_A2_an_alert_that_nobody_was_told_of),
        cmocka_unit_test(test_A3_expired_at_once),
        cmocka_unit_test(test_A3_in_byte_order_of_key_and_before_manual_ends),
        cmocka_unit_test(test_A3_a_gap_makes_it_late_and_a_removed_service_ends_it),
        cmocka_unit_test(test_X1_it_outlives_a_restart),
        cmocka_unit_test(test_A1_a_collector_that_is_missed),
        cmocka_unit_test(test_N5_held_by_nobody_is_another_than_by_somebody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Who is covered by planned work (M2), and what that means to other rules. Levels come by hand mostly. */
#include "aggregator/engine/cover.h"
#include "tests/unit/engine/story.h"

#include <stdio.h>
#include <string.h>

static const struct cast cast[] = {{"a", 2}, {"b", 2}, {"c", 2}, {"db", 2}, {"shop", 2}};

static void begin(struct story *story)
{
    story_init(story, cast, ARRAY_SIZE(cast));
    story_time(story, S(0));
}

static void set(struct story *story, int64_t at_ms, const char *service, enum status status)
{
    story_manual(story, at_ms, service, status, 0);
}

static void plan(struct story *story, int64_t at_ms, const char *id, const char *subjects, int64_t start_s, int64_t end_s)
{
    story_maintains(story, at_ms, &(struct planned) {.id = id, .subjects = subjects, .start_ms = S(start_s), .end_ms = S(end_s)});
}

static void test_M2_which_alerts_are_covered(void **state)
{
    static const struct { const char *says; const char *subject; const char *told; } cases[] = {
        { "by the service", "shop", "suppress raise service:shop degraded maintenance by w1" },
        { "by the alert's key", "service:shop", "suppress raise service:shop degraded maintenance by w1" },
        { "by everything", "*", "suppress raise service:shop degraded maintenance by w1" },
        { "not by another service", "db", "notify raise service:shop degraded chat" },
        { "not by the key of another alert", "poller:shop/page", "notify raise service:shop degraded chat" },
        { "not by its SLO's key", "slo:shop:fast", "notify raise service:shop degraded chat" },
        { "not by the collector of its sources", "collector:h", "notify raise service:shop degraded chat" },
        { "not by a beginning of its id", "sho", "notify raise service:shop degraded chat" },
        { "not by nothing", "", "notify raise service:shop degraded chat" },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct story story;
        begin(&story);
        story_sees(&story, S(5), "shop", "h/page", STATUS_OPERATIONAL);
        plan(&story, S(10), "w1", cases[i].subject, 0, 1000);
        set(&story, S(20), "shop", STATUS_DEGRADED);
        if (story_count(&story, cases[i].told) != 1)
            fail_msg("%s", cases[i].says);
        story_done(&story);
    }
}

static void test_M2_what_has_no_alert(void **state)
{
    struct { const char *says; enum alert_class class; const char *key; bool of_service, of_collector; const char *by; } cases[] = {
        { "a flap notice, by its service", ALERT_FLAP, "flap:shop", true, false, "w-service" },
        { "a burn rate, by its service", ALERT_SLO, "slo:shop:fast", true, false, "w-service" },
        { "a poller, by its collector's smaller id", ALERT_POLLER, "poller:shop/h/page", true, true, "w-collector" },
        { "a collector, by its key", ALERT_COLLECTOR, "collector:h", false, false, "w-collector" },
        { "a poller of elsewhere, by everything", ALERT_POLLER, "poller:db/page", false, false, "w-star" },
        { "ourselves, by the key alone", ALERT_SELF, "self:mass_silence", false, false, NULL },
    };
    struct story story;
    (void) state;

    begin(&story);
    story_sees(&story, S(5), "shop", "h/page", STATUS_OPERATIONAL);
    plan(&story, S(10), "w-service", "shop", 0, 1000);
    plan(&story, S(10), "w-collector", "collector:h", 0, 1000);
    plan(&story, S(10), "w-star", "*", 0, 1000);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct service *shop = service_find(story.engine, "shop");
        struct covered what = {
            .class = cases[i].class,
            .key = cases[i].key,
            .service = cases[i].of_service ? shop : NULL,
            .collector = cases[i].of_collector ? shop->sources[0]->collector : NULL,
        };
        struct cover cover = cover_of(story.engine, &what);
        if (cover.reason != (cases[i].by == NULL ? REASON_NONE : REASON_MAINTENANCE))
            fail_msg("%s", cases[i].says);
        if (cases[i].by != NULL)
            assert_string_equal(cover.by, cases[i].by);
    }
    plan(&story, S(20), "w-self", "self:mass_silence", 0, 1000);
    struct covered self = {.class = ALERT_SELF, .key = "self:mass_silence"};
    assert_string_equal(cover_of(story.engine, &self).by, "w-self");
    story_time(&story, S(1000));
    assert_int_equal(cover_of(story.engine, &self).reason, REASON_MAINTENANCE_GRACE);
    story_time(&story, S(1300));
    assert_int_equal(cover_of(story.engine, &self).reason, REASON_NONE);
    assert_null(story.engine->subjects);      /* nothing is left behind */
    assert_null(story.engine->windows);
    story_done(&story);
}

static void test_M2_the_smallest_id_is_named(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    plan(&story, S(10), "w2", "shop", 0, 1000);
    set(&story, S(20), "shop", STATUS_DEGRADED);
    assert_int_equal(story_count(&story, "maintenance by w2"), 1);
    story_skip(&story);
    plan(&story, S(30), "w1", "*", 0, 500);
    story_expect(&story,
        "30000 maint start w1\n"
        "30000 suppress raise service:shop degraded maintenance by w1");
    plan(&story, S(40), "w3", "service:shop", 0, 500);
    story_expect(&story, "40000 maint start w3");
    story_time(&story, S(500));
    story_expect(&story,
        "500000 maint end w1\n"
        "500000 maint end w3\n"
        "500000 suppress raise service:shop degraded maintenance by w2");
    story_done(&story);
}

static void vendor_plan(struct story *story, int64_t at_ms, const char *subjects)
{
    story_maintains(story, at_ms, &(struct planned) {"v1", subjects, S(0), S(100000), true});
}

static void test_M2_a_major_outage_was_not_planned(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    story_param(&story, "shop", PARAM_min_dwell_s, 0);
    story_param(&story, "shop", PARAM_confirm_polls, 1);
    vendor_plan(&story, S(10), "shop");
    story_sees(&story, S(20), "shop", "page", STATUS_DEGRADED);
    assert_int_equal(story_count(&story, "suppress raise service:shop degraded maintenance by v1"), 1);
    story_skip(&story);
    /* A probe's word alone is no vendor's. */
    story_sees(&story, S(80), "shop", "probe", STATUS_MAJOR_OUTAGE);
    assert_int_equal(story_count(&story, "suppress raise service:shop major_outage maintenance by v1"), 1);
    story_skip(&story);
    /* Now the page says so too: E and H stay, and still it is told. */
    story_sees(&story, S(140), "shop", "page", STATUS_MAJOR_OUTAGE);
    story_expect(&story, "140000 notify raise service:shop major_outage page,chat");
    story_done(&story);
}

static void test_M2_an_operators_window_covers_a_major_outage_too(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    story_param(&story, "shop", PARAM_min_dwell_s, 0);
    story_param(&story, "shop", PARAM_confirm_polls, 1);
    vendor_plan(&story, S(10), "shop");
    plan(&story, S(10), "w1", "shop", 0, 1000);
    story_sees(&story, S(20), "shop", "page", STATUS_MAJOR_OUTAGE);
    assert_int_equal(story_count(&story, "suppress raise service:shop major_outage maintenance by w1"), 1);
    story_skip(&story);
    /* Handed over to the vendor: not covered any more. */
    story_maintains(&story, S(30), &(struct planned) {"w1", "shop", S(0), S(1000), true});
    story_expect(&story, "30000 notify raise service:shop major_outage page,chat");
    story_done(&story);
}

static void test_M2_a_poller_by_its_collector(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    story.health = true;
    plan(&story, S(1), "w1", "collector:h", 0, 100000);
    story_sees(&story, S(10), "shop", "h/page", STATUS_OPERATIONAL);
    for (int64_t i = 1; i <= 3; i++)
        story_fails(&story, S(10 + 60 * i), "shop", "h/page");
    assert_int_equal(story_count(&story, "190000 suppress raise poller:shop/h/page broken maintenance by w1"), 1);
    story_skip(&story);
    /* Another host polls it now: its window is not that host's. */
    story_fails(&story, S(250), "shop", "h/page");
    story_expect(&story, "");
    Observation moved = story_observation(&story, S(310), "shop", "h/page", STATUS_UNKNOWN);
    moved.result = RESULT_FAIL;
    (void) text_copy(moved.collector, sizeof moved.collector, text_of("other"));
    story_observes(&story, S(310), &moved);
    assert_int_equal(story_count(&story, "310000 notify raise poller:shop/h/page broken ops"), 1);
    story_done(&story);
}

static void test_K3_a_planned_absence_is_no_surprise(void **state)
{
    struct story story;
    (void) state;

    /* Three of three are silent, one of them by plan: two are left, and mass silence takes three. */
    begin(&story);
    story.health = true;
    plan(&story, S(1), "w1", "collector:a", 0, 1000);
    story_heartbeat(&story, S(10), "a");
    story_heartbeat(&story, S(10), "b");
    story_heartbeat(&story, S(10), "c");
    story_skip(&story);
    story_time(&story, S(140));
    assert_int_equal(story_count(&story, "suppress raise collector:a silent maintenance by w1"), 1);
    assert_int_equal(story_count(&story, "mass_silence"), 0);
    story_done(&story);

    /* Without the plan they are three. */
    begin(&story);
    story.health = true;
    story_heartbeat(&story, S(10), "a");
    story_heartbeat(&story, S(10), "b");
    story_heartbeat(&story, S(10), "c");
    story_time(&story, S(140));
    assert_int_equal(story_count(&story, "notify raise self:mass_silence"), 1);
    /* And a plan that comes afterwards ends it. */
    story_skip(&story);
    plan(&story, S(141), "w1", "collector:a", 0, 1000);
    assert_int_equal(story_count(&story, "141000 notify resolve self:mass_silence"), 1);
    story_done(&story);
}

static void test_F5_a_notice_of_flapping_is_covered(void **state)
{
    static const struct { const char *subject; int64_t end_s; const char *told; } cases[] = {
        { "shop", 1000, "360000 suppress flap_start flap:shop degraded maintenance by w1" },
        { "flap:shop", 1000, "360000 suppress flap_start flap:shop degraded maintenance by w1" },
        { "shop", 100, "360000 suppress flap_start flap:shop degraded maintenance_grace" },
        { "service:shop", 1000, "360000 notify flap_start flap:shop degraded chat" },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct story story;
        begin(&story);
        plan(&story, S(0), "w1", cases[i].subject, 0, cases[i].end_s);
        for (int64_t n = 0; n <= 6; n++)
            story_sees(&story, S(60 * n), "shop", "page", n % 2 == 0 ? STATUS_OPERATIONAL : STATUS_DEGRADED);
        if (story_count(&story, cases[i].told) != 1)
            fail_msg("%s until %lld", cases[i].subject, (long long) cases[i].end_s);
        story_done(&story);
    }
}

/* ---- beside what fails for the same reason */

static void begin_on_db(struct story *story)
{
    begin(story);
    story_stands(story, "a", "db");
    story_stands(story, "b", "db");
    story_stands(story, "c", "db");
    story_configures(story, S(0), &story->config);
    story_skip(story);
}

static void fail_all_but_c(struct story *story)
{
    set(story, S(10), "db", STATUS_DEGRADED);
    set(story, S(20), "a", STATUS_DEGRADED);
    set(story, S(30), "b", STATUS_DEGRADED);
}

static void test_D8_the_plan_of_what_they_stand_on_explains_them(void **state)
{
    struct story story;
    (void) state;

    begin_on_db(&story);
    plan(&story, S(1), "w1", "db", 0, 10000);
    fail_all_but_c(&story);
    assert_int_equal(story_count(&story, "10000 suppress raise service:db degraded maintenance by w1"), 1);
    story_skip(&story);
    set(&story, S(40), "c", STATUS_DEGRADED);
    assert_int_equal(story_count(&story, "40000 suppress raise service:a degraded dependency by db"), 1);
    assert_int_equal(story_count(&story, "40000 suppress raise service:b degraded dependency by db"), 1);
    assert_int_equal(story_count(&story, "40000 suppress raise service:c degraded dependency by db"), 1);
    assert_int_equal(story_count(&story, "notify"), 0);
    story_skip(&story);
    story_time(&story, S(20000));    /* the raise that was held carries them; they are not told alone */
    story_expect(&story,
        "10000000 maint end w1\n"
        "10000000 suppress raise service:db degraded maintenance_grace\n"
        "10300000 notify raise service:db degraded chat [a,b,c]");
    story_done(&story);
}

static void test_D3_D8_an_aggregate_is_held_and_told_after_it(void **state)
{
    struct story story;
    (void) state;

    begin_on_db(&story);
    plan(&story, S(1), "w1", "db", 25, 10000);
    fail_all_but_c(&story);
    assert_int_equal(story_count(&story, "10000 notify raise service:db degraded chat"), 1);
    story_skip(&story);
    set(&story, S(40), "c", STATUS_DEGRADED);
    assert_int_equal(story_count(&story, "40000 suppress aggregate service:db degraded maintenance by w1"), 1);
    assert_int_equal(story_count(&story, "dependency by db"), 3);
    assert_int_equal(story_count(&story, "notify"), 0);
    story_skip(&story);
    story_time(&story, S(20000));
    story_expect(&story,
        "10000000 maint end w1\n"
        "10000000 suppress aggregate service:db degraded maintenance_grace\n"
        "10300000 notify aggregate service:db degraded chat [a,b,c]");
    story_done(&story);
}

static void test_D8_a_child_in_maintenance_is_held_by_that(void **state)
{
    struct story story;
    (void) state;

    begin_on_db(&story);
    plan(&story, S(1), "w1", "c", 0, 100);
    fail_all_but_c(&story);
    set(&story, S(40), "c", STATUS_DEGRADED);
    assert_int_equal(story_count(&story, "40000 suppress raise service:c degraded maintenance by w1"), 1);
    assert_int_equal(story_count(&story, "40000 notify aggregate service:db degraded chat [a,b,c]"), 1);
    story_skip(&story);
    story_time(&story, S(1000));
    story_expect(&story,
        "100000 maint end w1\n"
        "100000 suppress raise service:c degraded maintenance_grace\n"
        "400000 suppress raise service:c degraded dependency by db");
    story_done(&story);
}

/* c fails with what it stands on and keeps changing; each poll is a minute after the last. */
static void flap_on_db(struct story *story)
{
    begin_on_db(story);
    story_param(story, "c", PARAM_min_dwell_s, 0);
    story_param(story, "c", PARAM_confirm_polls, 1);
    fail_all_but_c(story);
}

static void alternate(struct story *story, int64_t from_s)
{
    for (int64_t n = 0; n <= 6; n++)
        story_sees(story, S(from_s + 60 * n), "c", "page", n % 2 == 0 ? STATUS_DEGRADED : STATUS_OPERATIONAL);
}

static void test_F5_flapping_with_what_it_stands_on(void **state)
{
    struct story story;
    (void) state;

    flap_on_db(&story);
    alternate(&story, 40);
    assert_int_equal(story_count(&story, "40000 suppress raise service:c degraded dependency by db"), 1);
    assert_int_equal(story_count(&story, "400000 suppress flap_start flap:c degraded dependency by db"), 1);
    story_done(&story);

    /* Maintenance is asked before it, an alert that was told after it. */
    flap_on_db(&story);
    plan(&story, S(35), "w1", "flap:c", 0, 1000);
    alternate(&story, 40);
    assert_int_equal(story_count(&story, "400000 suppress flap_start flap:c degraded maintenance by w1"), 1);
    story_done(&story);

    flap_on_db(&story);
    set(&story, S(35), "c", STATUS_DEGRADED);
    story_time(&story, S(36));
    story_manual_end(&story, S(37), "c");
    alternate(&story, 40);
    assert_int_equal(story_count(&story, "400000 suppress flap_start flap:c degraded dependency by db"), 1);
    story_done(&story);
}

/* That a page calls its outage major says nothing of whether it can be reached. */
static void test_M2_a_vendors_window_covers_a_poller_in_a_major_outage_too(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    story.health = true;
    vendor_plan(&story, S(10), "shop");
    for (int64_t i = 0; i <= 10; i++)
        story_sees(&story, S(20 + 60 * i), "shop", "page", STATUS_MAJOR_OUTAGE);
    assert_int_equal(story_count(&story, "notify raise service:shop major_outage"), 1);
    story_skip(&story);
    for (int64_t i = 0; i <= 2; i++)
        story_fails(&story, S(630 + i), "shop", "other");
    story_expect(&story,
        "632000 poller shop other ok>broken\n"
        "632000 suppress raise poller:shop/other broken maintenance by v1");
    story_done(&story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_M2_which_alerts_are_covered),
        cmocka_unit_test(test_M2_what_has_no_alert),
        cmocka_unit_test(test_M2_the_smallest_id_is_named),
        cmocka_unit_test(test_M2_a_major_outage_was_not_planned),
        cmocka_unit_test(test_M2_an_operators_window_covers_a_major_outage_too),
        cmocka_unit_test(test_M2_a_poller_by_its_collector),
        cmocka_unit_test(test_K3_a_planned_absence_is_no_surprise),
        cmocka_unit_test(test_F5_a_notice_of_flapping_is_covered),
        cmocka_unit_test(test_D8_the_plan_of_what_they_stand_on_explains_them),
        cmocka_unit_test(test_D3_D8_an_aggregate_is_held_and_told_after_it),
        cmocka_unit_test(test_D8_a_child_in_maintenance_is_held_by_that),
        cmocka_unit_test(test_F5_flapping_with_what_it_stands_on),
        cmocka_unit_test(test_M2_a_vendors_window_covers_a_poller_in_a_major_outage_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

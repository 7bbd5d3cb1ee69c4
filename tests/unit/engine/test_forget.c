/* SPDX-License-Identifier: Apache-2.0 */
/* K5: what is retired is forgotten, with its alerts. */
#include "aggregator/engine/engine_private.h"
#include "tests/unit/engine/shelf.h"
#include "tests/unit/engine/story.h"

#include <stdio.h>
#include <string.h>

static const struct cast cast[] = {{"bulk", 3}, {"db", 2}, {"shop", 1}};

static void begin(struct story *story)
{
    story_init(story, cast, ARRAY_SIZE(cast));
    story->health = true;
    story_time(story, S(0));
}

static void test_K5_a_collector_goes_with_all_it_carries(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    story_sees(&story, S(10), "shop", "h/page", STATUS_OPERATIONAL);
    story_sees(&story, S(10), "db", "h/page", STATUS_OPERATIONAL);
    story_sees(&story, S(10), "db", "i/page", STATUS_OPERATIONAL);
    story_time(&story, S(200));
    story_heartbeat(&story, S(200), "i");
    assert_int_equal(story_count(&story, "notify raise collector:h silent ops"), 1);
    story_skip(&story);
    story_forgets(&story, S(210), "h");
    story_expect(&story,
        "210000 notify resolve collector:h ok ops config_removed\n"
        "210000 note shop unwatched\n"
        "210000 status shop operational>unknown");
    assert_int_equal(story.engine->counts.collectors, 1);
    assert_int_equal(story.engine->counts.silent_collectors, 0);
    assert_int_equal(story.engine->counts.sources, 1);
    story_time(&story, S(309));
    story_expect(&story, "");                      /* nobody is silent any more, but i, which is not yet */
    story_done(&story);
}

static void test_K5_what_is_not_known_is_refused(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    story_sees(&story, S(10), "shop", "h/page", STATUS_OPERATIONAL);
    story_skip(&story);
    story_forgets(&story, S(20), "i");
    story_forgets_source(&story, S(20), "shop", "i/page");
    story_forgets_source(&story, S(20), "mail", "h/page");
    story_forgets_source(&story, S(20), "shop", "");
    story_expect(&story,
        "20000 reject forget no_such_collector\n"
        "20000 reject forget no_such_source\n"
        "20000 reject forget no_such_source\n"
        "20000 reject forget no_such_source");
    story_forgets(&story, S(30), "h");
    story_skip(&story);
    story_forgets(&story, S(30), "h");
    story_forgets_source(&story, S(30), "shop", "h/page");
    story_expect(&story,
        "30000 reject forget no_such_collector\n"
        "30000 reject forget no_such_source");
    story_done(&story);
}

static void test_K5_N7_alerts_end_in_their_order(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    story_param(&story, NULL, PARAM_collector_silent_s, 3600);
    story_sees(&story, S(10), "shop", "h/page", STATUS_OPERATIONAL);
    story_sees(&story, S(10), "bulk", "h/page", STATUS_OPERATIONAL);
    for (int64_t i = 1; i <= 3; i++)
        story_fails(&story, S(10 + 60 * i), "shop", "h/page");
    assert_int_equal(story_count(&story, "notify raise poller:shop/h/page broken ops"), 1);
    story_time(&story, S(320));
    assert_int_equal(story_count(&story, "notify raise poller:bulk/h/page silent ops"), 1);
    story_skip(&story);
    story_forgets(&story, S(330), "h");
    story_expect(&story,
        "330000 notify resolve poller:bulk/h/page ok ops config_removed\n"
        "330000 notify resolve poller:shop/h/page ok ops config_removed\n"
        "330000 note bulk unwatched\n"
        "330000 note shop unwatched");
    assert_int_equal(story.engine->counts.broken_pollers, 0);
    assert_int_equal(story.engine->counts.open_alerts, 0);
    story_done(&story);
}

static void test_K5_N7_who_was_told_of_nothing_is_told_nothing(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    story_param(&story, NULL, PARAM_blind_min, 1);
    story_sees(&story, S(10), "shop", "h/page", STATUS_OPERATIONAL);
    for (int64_t i = 1; i <= 3; i++)
        story_fails(&story, S(10 + 60 * i), "shop", "h/page");
    assert_int_equal(story_count(&story, "notify"), 0);
    assert_int_equal(story.engine->counts.open_alerts, 2);
    story_skip(&story);
    story_forgets(&story, S(200), "h");
    story_expect(&story, "200000 note shop unwatched");
    assert_int_equal(story.engine->counts.open_alerts, 0);
    story_done(&story);
}

static void test_K5_the_alert_of_a_service_stays(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    story_manual(&story, S(1), "db", STATUS_DEGRADED, 0);
    story_sees(&story, S(10), "db", "h/page", STATUS_DEGRADED);
    story_skip(&story);
    story_forgets(&story, S(20), "h");
    story_expect(&story, "20000 note db unwatched");
    assert_non_null(service_find(story.engine, "db")->alert);
    story_done(&story);
}

static void test_K5_E_without_the_source(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    story_sees(&story, S(10), "shop", "h/page", STATUS_MAJOR_OUTAGE);
    story_sees(&story, S(10), "shop", "i/page", STATUS_DEGRADED);
    story_skip(&story);
    story_forgets_source(&story, S(20), "shop", "h/page");
    story_expect(&story, "20000 status shop major_outage>degraded");
    story_forgets_source(&story, S(30), "shop", "i/page");
    story_expect(&story,
        "30000 note shop unwatched\n"
        "30000 status shop degraded>unknown");
    story_done(&story);
}

static void test_C2_its_polls_count_no_more(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    story_param(&story, "db", PARAM_min_dwell_s, 0);
    story_sees(&story, S(10), "db", "h/page", STATUS_DEGRADED);
    story_sees(&story, S(20), "db", "i/page", STATUS_DEGRADED);
    story_sees(&story, S(30), "db", "h/page", STATUS_DEGRADED);
    story_forgets_source(&story, S(40), "db", "h/page");
    story_skip(&story);
    story_sees(&story, S(50), "db", "i/page", STATUS_DEGRADED);
    story_expect(&story, "");                      /* its second, and not the third */
    story_sees(&story, S(60), "db", "i/page", STATUS_DEGRADED);
    assert_int_equal(story_count(&story, "60000 hard db unknown>degraded confirm n=3 dwell=50000"), 1);
    story_done(&story);
}

static size_t n_samples(const struct story *story, const char *service)
{
    const struct service *of = service_find(story->engine, service);
    size_t n = 0;

    for (size_t i = 0; i < FLAP_SAMPLES; i++)
        n += of->flap.sample[i] == STATUS_DEGRADED;
    return n;
}

static void test_F1_a_round_without_who_began_it(void **state)
{
    CLEANUP(mem_freep) struct shelf *shelf = mem_new(sizeof *shelf);
    (void) state;

    for (int restarts = 0; restarts <= 1; restarts++) {
        struct story story;
        struct rng rng;
        rng_seed(&rng, 7);
        memset(shelf, 0, sizeof *shelf);    /* too large for the stack */
        begin(&story);
        story_sees(&story, S(10), "db", "h/page", STATUS_OPERATIONAL);
        story_sees(&story, S(11), "db", "i/page", STATUS_OPERATIONAL);
        story_sees(&story, S(70), "db", "h/page", STATUS_DEGRADED);    /* begins a round, in which i is not heard */
        story_forgets_source(&story, S(80), "db", "h/page");
        if (restarts == 1) {
            shelf_drain(shelf, story.engine);
            engine_free(story.engine);
            story.engine = shelf_load(shelf, &rng);
            story_configures(&story, 0, &story.config);
        }
        story_sees(&story, S(90), "db", "i/page", STATUS_DEGRADED);    /* is that round's */
        assert_int_equal(n_samples(&story, "db"), 1);
        story_sees(&story, S(150), "db", "i/page", STATUS_DEGRADED);   /* begins the next */
        assert_int_equal(n_samples(&story, "db"), 2);
        story_done(&story);
    }
}

static void test_K3_a_retired_collector_is_missed_no_more(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    story_heartbeat(&story, S(10), "a");
    story_heartbeat(&story, S(10), "b");
    story_heartbeat(&story, S(10), "c");
    story_time(&story, S(140));
    assert_int_equal(story_count(&story, "notify raise self:mass_silence mass_silence ops 3 of 3"), 1);
    story_skip(&story);
    story_forgets(&story, S(150), "b");
    assert_int_equal(story_count(&story, "150000 notify resolve self:mass_silence"), 1);
    assert_int_equal(story_count(&story, "2 of 2"), 1);
    story_done(&story);
}

static void test_K6_a_retired_source_is_not_seen_to(void **state)
{
    static const char *const services[] = {"bulk", "db", "shop"};
    struct story story;
    (void) state;

    begin(&story);
    for (int64_t i = 0; i <= 3; i++) {
        for (size_t s = 0; s < ARRAY_SIZE(services); s++)
            story_fails(&story, S(10 + 60 * i), services[s], "h/page");
    }
    assert_int_equal(story_count(&story, "collector h ok>blind"), 1);
    story_skip(&story);
    story_forgets_source(&story, S(200), "shop", "h/page");
    assert_int_equal(story_count(&story, "200000 note shop unwatched"), 1);
    assert_int_equal(story_count(&story, "200000 collector h blind>ok"), 1);
    story_done(&story);
}

static void test_K5_X3_a_hosts_checks_go_with_it(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    story_registers(&story, S(1), "h:cpu", 3, "");
    story_registers(&story, S(1), "h:disk", 3, "");
    story_registers(&story, S(1), "hh:disk", 3, "");
    story_sees(&story, S(10), "h:cpu", "h/cpu", STATUS_OPERATIONAL);
    story_manual(&story, S(11), "h:cpu", STATUS_MAJOR_OUTAGE, 0);
    assert_int_equal(story_count(&story, "notify raise service:h:cpu major_outage chat"), 1);
    story_skip(&story);
    story_forgets(&story, S(20), "h");             /* also that of which nothing was ever heard; not another host's */
    story_expect(&story,
        "20000 notify resolve service:h:cpu operational chat config_removed\n"
        "20000 note h:cpu unwatched");
    assert_null(service_find(story.engine, "h:cpu"));
    assert_null(service_find(story.engine, "h:disk"));
    assert_non_null(service_find(story.engine, "hh:disk"));
    assert_int_equal(story.engine->counts.services, 4);
    story_sees(&story, S(30), "h:cpu", "h/cpu", STATUS_OPERATIONAL);
    story_expect(&story, "30000 drop h:cpu h/cpu unknown_service");
    story_done(&story);
}

static void test_K5_S5_its_burn_rates_end_too(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    story.rules[0].params.value[PARAM_slo_enabled] = 1;
    story.rules[0].params.value[PARAM_slo_min_coverage_pct] = 1;
    story_registers(&story, S(1), "h:cpu", 3, "1");
    for (int64_t i = 0; i <= 20; i++)
        story_sees(&story, S(10 + 60 * i), "h:cpu", "h/cpu", STATUS_MAJOR_OUTAGE);
    assert_int_equal(story_count(&story, "notify raise slo:h:cpu:fast"), 1);
    story_skip(&story);
    story_forgets(&story, S(1220), "h");
    assert_int_equal(story_count(&story, "1220000 notify resolve slo:h:cpu:fast ok page,chat config_removed"), 1);
    assert_int_equal(story.engine->counts.open_alerts, 0);
    story_time(&story, S(100000));
    story_done(&story);
}

static void test_K5_the_last_source_of_a_hosts_check(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    story_registers(&story, S(1), "h:cpu", 3, "");
    story_sees(&story, S(10), "h:cpu", "h/cpu", STATUS_OPERATIONAL);
    story_sees(&story, S(10), "h:cpu", "i/cpu", STATUS_OPERATIONAL);
    story_skip(&story);
    story_forgets_source(&story, S(20), "h:cpu", "h/cpu");
    story_expect(&story, "");
    story_forgets_source(&story, S(30), "h:cpu", "i/cpu");
    story_expect(&story, "30000 note h:cpu unwatched");
    assert_null(service_find(story.engine, "h:cpu"));
    story_done(&story);
}

static void test_K1_O4_who_comes_back_is_known_anew(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    Observation said = story_observation(&story, S(10), "shop", "h/page", STATUS_OPERATIONAL);
    said.boot = 9;
    story_observes(&story, S(10), &said);
    story_forgets(&story, S(20), "h");
    story_skip(&story);
    story_sees(&story, S(30), "shop", "h/page", STATUS_OPERATIONAL);    /* of an earlier boot */
    story_expect(&story, "30000 status shop unknown>operational");
    story_time(&story, S(150));
    story_expect(&story, "");
    story_time(&story, S(151));
    assert_int_equal(story_count(&story, "150001 collector h ok>silent"), 1);
    story_done(&story);
}

static bool has_row(const struct shelf *shelf, const char *key)
{
    for (size_t i = 0; i < shelf->n; i++) {
        if (strcmp(shelf->rows[i].key, key) == 0)
            return true;
    }
    return false;
}

static void test_X1_rows_go(void **state)
{
    static const char *const rows[] = {"collector h", "source shop h/page", "source h:cpu h/cpu", "service h:cpu"};
    CLEANUP(mem_freep) struct shelf *shelf = mem_new(sizeof *shelf);
    struct story story;
    (void) state;

    begin(&story);
    story_registers(&story, S(1), "h:cpu", 3, "");
    story_sees(&story, S(10), "h:cpu", "h/cpu", STATUS_OPERATIONAL);
    story_sees(&story, S(10), "shop", "h/page", STATUS_OPERATIONAL);
    shelf_drain(shelf, story.engine);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        assert_true(has_row(shelf, rows[i]));
    story_forgets(&story, S(20), "h");
    shelf_drain(shelf, story.engine);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        assert_false(has_row(shelf, rows[i]));
    assert_true(has_row(shelf, "service shop"));
    story_sees(&story, S(30), "shop", "h/page", STATUS_OPERATIONAL);
    shelf_drain(shelf, story.engine);
    assert_true(has_row(shelf, "collector h"));
    assert_true(has_row(shelf, "source shop h/page"));
    story_done(&story);
}

static void test_K5_gone_and_back_before_the_rows_are_taken(void **state)
{
    CLEANUP(mem_freep) struct shelf *shelf = mem_new(sizeof *shelf);
    struct story story;
    (void) state;

    begin(&story);
    story_sees(&story, S(10), "shop", "h/page", STATUS_OPERATIONAL);
    shelf_drain(shelf, story.engine);
    story_forgets(&story, S(20), "h");
    story_sees(&story, S(30), "shop", "h/page", STATUS_DEGRADED);
    shelf_drain(shelf, story.engine);
    assert_true(has_row(shelf, "collector h"));
    assert_true(has_row(shelf, "source shop h/page"));
    story_done(&story);
}

/* Among those that are forgotten at once and those that come after them no two share a slot, and none is wasted. */
static void test_K5_slots_are_used_again(void **state)
{
    enum { MANY = 70 };
    struct story story;
    struct engine_removed removed;
    bool taken[MANY] = {false};
    char name[32];
    (void) state;

    begin(&story);
    for (int i = 0; i < MANY; i++) {
        (void) snprintf(name, sizeof name, "h/page%d", i);
        story_sees(&story, S(10), "shop", name, STATUS_OPERATIONAL);
    }
    assert_int_equal(engine_n_slots(story.engine), MANY);
    story_forgets(&story, S(20), "h");
    while (engine_next_removed(story.engine, &removed))
        continue;
    for (int i = 0; i < MANY; i++) {
        uint32_t slot;
        (void) snprintf(name, sizeof name, "i/page%d", i);
        story_sees(&story, S(30), "shop", name, STATUS_OPERATIONAL);
        assert_true(engine_source_slot(story.engine, "shop", name, &slot));
        assert_true(slot < MANY && !taken[slot]);
        taken[slot] = true;
    }
    assert_int_equal(engine_n_slots(story.engine), MANY);
    story_done(&story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_K5_a_collector_goes_with_all_it_carries),
        cmocka_unit_test(test_K5_what_is_not_known_is_refused),
        cmocka_unit_test(test_K5_N7_alerts_end_in_their_order),
        cmocka_unit_test(test_K5_N7_who_was_told_of_nothing_is_told_nothing),
        cmocka_unit_test(test_K5_the_alert_of_a_service_stays),
        cmocka_unit_test(test_K5_E_without_the_source),
        cmocka_unit_test(test_C2_its_polls_count_no_more),
        cmocka_unit_test(test_F1_a_round_without_who_began_it),
        cmocka_unit_test(test_K3_a_retired_collector_is_missed_no_more),
        cmocka_unit_test(test_K6_a_retired_source_is_not_seen_to),
        cmocka_unit_test(test_K5_X3_a_hosts_checks_go_with_it),
        cmocka_unit_test(test_K5_S5_its_burn_rates_end_too),
        cmocka_unit_test(test_K5_the_last_source_of_a_hosts_check),
        cmocka_unit_test(test_K1_O4_who_comes_back_is_known_anew),
        cmocka_unit_test(test_X1_rows_go),
        cmocka_unit_test(test_K5_gone_and_back_before_the_rows_are_taken),
        cmocka_unit_test(test_K5_slots_are_used_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

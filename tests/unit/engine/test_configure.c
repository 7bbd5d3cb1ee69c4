/* SPDX-License-Identifier: Apache-2.0 */
/* A new configuration (X3), what it removes (N7), and services that hosts bring along. */
#include <string.h>

#include "aggregator/engine/explain.h"
#include "aggregator/engine/slo.h"
#include "tests/unit/engine/shelf.h"
#include "tests/unit/engine/story.h"

static const struct cast before[] = {{"db", 2}, {"mail", 2}, {"shop", 2}};
static const struct cast after[] = {{"cache", 2}, {"shop", 2}};

struct second {
    struct story story;
    struct story next;                 /* for its configuration alone */
};

static void begin(struct second *second)
{
    story_init(&second->story, before, ARRAY_SIZE(before));
    story_cast(&second->next, after, ARRAY_SIZE(after));
    second->next.config.digest = "d2";
}

static void test_X3_says_who_came_and_who_is_gone(void **state)
{
    struct second second;
    struct story *story = &second.story;
    (void) state;

    begin(&second);
    story_sees(story, S(0), "shop", "page", STATUS_OPERATIONAL);
    story_skip(story);
    story_configures(story, S(10), &second.next.config);
    story_expect(story, "10000 config+cache-db,mail");
    story_configures(story, S(20), &second.next.config);
    story_expect(story, "20000 config");
    story_sees(story, S(30), "db", "page", STATUS_OPERATIONAL);
    story_expect(story, "30000 drop db page unknown_service");
    story_sees(story, S(30), "cache", "page", STATUS_OPERATIONAL);
    assert_int_equal(story_count(story, "status cache unknown>operational"), 1);
    story_done(story);
}

static void test_N7_alerts_of_the_removed_end(void **state)
{
    struct second second;
    struct story *story = &second.story;
    struct engine_closed closed;
    (void) state;

    begin(&second);
    story_manual(story, S(0), "mail", STATUS_MAJOR_OUTAGE, 0);
    story_manual(story, S(0), "db", STATUS_DEGRADED, 0);
    story_manual(story, S(0), "shop", STATUS_DEGRADED, 0);
    story_skip(story);
    story_configures(story, S(10), &second.next.config);
    story_expect(story,
        "10000 config+cache-db,mail\n"
        "10000 notify resolve service:db operational chat config_removed\n"
        "10000 notify resolve service:mail operational page,chat config_removed");
    assert_true(engine_next_closed(story->engine, &closed));
    assert_string_equal(closed.alert->key, "service:db");
    assert_string_equal(closed.alert->service, "db");
    assert_int_equal(closed.reason, REASON_CONFIG_REMOVED);
    assert_true(engine_next_closed(story->engine, &closed));
    assert_string_equal(closed.alert->key, "service:mail");
    assert_false(engine_next_closed(story->engine, &closed));
    story_done(story);
}

static void test_N7_what_was_never_told_ends_silently(void **state)
{
    static const struct cast bulk[] = {{"bulk", 3}};
    struct second second;
    struct story *story = &second.story;
    (void) state;

    story_init(story, bulk, 1);
    story_cast(&second.next, after, ARRAY_SIZE(after));
    story_manual(story, S(0), "bulk", STATUS_DEGRADED, 0);
    story_skip(story);
    story_configures(story, S(10), &second.next.config);
    story_expect(story, "10000 config+cache,shop-bulk");
    story_done(story);
}

static void test_X3_the_old_parameters_hold_until_then(void **state)
{
    struct second second;
    struct story *story = &second.story;
    (void) state;

    begin(&second);
    story_param(&second.next, "shop", PARAM_stale_after_s, 100);
    story_sees(story, S(0), "shop", "page", STATUS_OPERATIONAL);
    story_skip(story);
    story_configures(story, S(200), &second.next.config);
    story_expect(story,
        "200000 config+cache-db,mail\n"
        "200000 poller shop page ok>silent\n"
        "200000 status shop operational>unknown");
    story_done(story);
}

static void test_X3_confirmation_goes_on(void **state)
{
    struct second second;
    struct story *story = &second.story;
    (void) state;

    begin(&second);
    for (int64_t i = 0; i < 10; i++)
        story_sees(story, S(60 * i), "shop", "page", STATUS_DEGRADED);
    story_configures(story, S(570), &second.next.config);
    story_skip(story);
    story_sees(story, S(600), "shop", "page", STATUS_DEGRADED);
    assert_int_equal(story_count(story, "hard shop unknown>degraded confirm n=11 dwell=600000"), 1);
    story_done(story);
}

static void test_X3_rows_and_slots_of_the_removed(void **state)
{
    struct second second;
    struct story *story = &second.story;
    struct engine_removed removed;
    uint32_t slot;
    (void) state;

    begin(&second);
    story_sees(story, S(0), "shop", "h/page", STATUS_OPERATIONAL);
    story_sees(story, S(0), "db", "h/page", STATUS_OPERATIONAL);
    assert_true(engine_source_slot(story->engine, "db", "h/page", &slot));
    assert_int_equal(slot, 1);
    assert_int_equal(engine_n_slots(story->engine), 2);
    story_configures(story, S(10), &second.next.config);

    assert_true(engine_next_removed(story->engine, &removed));
    assert_string_equal(removed.service, "db");
    assert_string_equal(removed.source, "h/page");
    assert_int_equal(removed.slot, 1);
    assert_true(engine_next_removed(story->engine, &removed));
    assert_string_equal(removed.service, "db");
    assert_null(removed.source);
    assert_true(engine_next_removed(story->engine, &removed));
    assert_string_equal(removed.service, "mail");
    assert_false(engine_next_removed(story->engine, &removed));
    assert_false(engine_source_slot(story->engine, "db", "h/page", &slot));

    story_sees(story, S(20), "cache", "h/page", STATUS_OPERATIONAL);     /* takes the free slot */
    assert_true(engine_source_slot(story->engine, "cache", "h/page", &slot));
    assert_int_equal(slot, 1);
    assert_int_equal(engine_n_slots(story->engine), 2);
    story_done(story);
}

static void test_registered_services_live_beside_the_file(void **state)
{
    struct second second;
    struct story *story = &second.story;
    StateRow row;
    uint32_t slot;
    (void) state;

    begin(&second);
    story_sees(story, S(0), "web1:disk", "web1/probe", STATUS_OPERATIONAL);
    assert_int_equal(story_count(story, "drop web1:disk web1/probe unknown_service"), 1);
    story_registers(story, S(1), "web1:disk", 1, "");
    story_sees(story, S(2), "web1:disk", "web1/probe", STATUS_OPERATIONAL);
    assert_int_equal(story_count(story, "hard web1:disk unknown>operational first"), 1);
    while (engine_next_dirty(story->engine, &row, &slot))
        continue;
    story_skip(story);

    story_registers(story, S(3), "web1:disk", 1, "");                   /* again: nothing changes */
    assert_true(engine_next_dirty(story->engine, &row, &slot));
    assert_int_equal(row.which_row, StateRow_engine_tag);
    assert_false(engine_next_dirty(story->engine, &row, &slot));

    story_configures(story, S(4), &second.next.config);
    story_expect(story, "4000 config+cache-db,mail");
    story_sees(story, S(5), "web1:disk", "web1/probe", STATUS_OPERATIONAL);
    story_expect(story, "");
    story_done(story);
}

static void test_registered_services_take_their_parameters_from_rule_or_tier(void **state)
{
    static const struct { const char *says; uint32_t tier; const char *rule; int64_t dwell_s; } cases[] = {
        { "the tier's", 1, "", 111 },
        { "another tier's", 3, "", 333 },
        { "the first rule's", 1, "1", 1001 },
        { "the second rule's", 1, "2", 1002 },
        { "a rule that is not there", 2, "3", 222 },
        { "no number", 2, "x", 222 },
        { "rules count from one", 2, "0", 222 },
        { "a tier that is none reads as 2", 9, "", 222 },
        { "nor is this one", 0, "", 222 },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct story story;
        story_init(&story, before, ARRAY_SIZE(before));
        for (int tier = 1; tier <= 3; tier++)
            story.config.host_params[tier - 1].value[PARAM_stale_after_s] = 111 * tier;
        story.rules[0].params.value[PARAM_stale_after_s] = 1001;
        story.rules[1].params.value[PARAM_stale_after_s] = 1002;
        story_registers(&story, S(0), "web1:disk", cases[i].tier, cases[i].rule);
        story_sees(&story, S(0), "web1:disk", "probe", STATUS_OPERATIONAL);
        story_skip(&story);
        story_time(&story, S(cases[i].dwell_s));
        if (story_count(&story, "poller") != 0)
            fail_msg("%s", cases[i].says);
        story_time(&story, S(cases[i].dwell_s) + 1);
        if (story_count(&story, "poller web1:disk probe ok>silent") != 1)
            fail_msg("%s", cases[i].says);
        story_done(&story);
    }
}

static void test_registration_with_another_tier_changes_routing(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, before, ARRAY_SIZE(before));
    story_registers(&story, S(0), "web1:disk", 3, "");
    story_manual(&story, S(1), "web1:disk", STATUS_DEGRADED, 0);
    assert_int_equal(story_count(&story, "suppress raise service:web1:disk degraded no_route"), 1);
    story_skip(&story);
    story_registers(&story, S(2), "web1:disk", 2, "");
    story_expect(&story, "2000 notify raise service:web1:disk degraded chat");
    story_registers(&story, S(3), "shop", 1, "");                       /* the file's own are not for hosts to change */
    story_expect(&story, "");
    story_done(&story);
}

static void test_a_host_brought_along_what_the_file_names_now(void **state)
{
    struct second second;
    struct story *story = &second.story;
    StateRow row;
    uint32_t slot;
    bool seen = false;
    (void) state;

    begin(&second);
    story_registers(story, S(1), "cache", 1, "1");
    while (engine_next_dirty(story->engine, &row, &slot))
        continue;
    story_skip(story);
    story_configures(story, S(2), &second.next.config);
    story_expect(story, "2000 config+cache-db,mail");
    while (engine_next_dirty(story->engine, &row, &slot)) {
        if (row.which_row != StateRow_service_tag || strcmp(row.row.service.id, "cache") != 0)
            continue;
        seen = true;
        assert_false(row.row.service.registered);
        assert_string_equal(row.row.service.host_rule, "");
        assert_int_equal(row.row.service.tier, 2);
    }
    assert_true(seen);
    story_done(story);
}

static void test_a_service_without_a_name_is_not_registered(void **state)
{
    struct second second;
    struct engine_counts counts;
    (void) state;

    begin(&second);
    story_registers(&second.story, S(1), "", 1, "");
    engine_count(second.story.engine, &counts);
    assert_int_equal(counts.services, ARRAY_SIZE(before));
    story_done(&second.story);
}

/* ---- before the first configuration */

/* Nothing was said since the first configuration of the store; now the file is another. */
static void test_X3_a_store_that_never_heard_anything_remembers_its_configuration(void **state)
{
    CLEANUP(mem_freep) struct shelf *shelf = mem_new(sizeof *shelf);
    struct second second;
    struct story *story = &second.story;
    struct rng rng;
    (void) state;

    begin(&second);
    rng_seed(&rng, 1);
    shelf_drain(shelf, story->engine);
    engine_free(story->engine);
    story->engine = shelf_load(shelf, &rng);
    story_configures(story, 0, &second.next.config);
    story_expect(story, "0 config+cache-db,mail");
    story_done(story);
}

static void give(struct story *story, Command command)
{
    engine_command(story->engine, &command, S(20), &story->effects);
}

/* All that can be said, to an engine that has rows but no configuration. */
static void say_everything(struct story *story)
{
    story_heartbeat(story, S(20), "box");
    story_sees(story, S(20), "shop", "box/page", STATUS_OPERATIONAL);
    story_manual(story, S(20), "shop", STATUS_OPERATIONAL, 0);
    story_manual_end(story, S(20), "shop");
    story_acknowledges(story, S(20), &(Acknowledge) {.key = "service:shop", .by = "ann"});
    story_unacknowledges(story, S(20), &(Unacknowledge) {.key = "service:shop"});
    story_maintains(story, S(20), &(struct planned) {"w", "shop", S(0), S(100), false});
    story_maintains_no_more(story, S(20), "w");
    story_proves(story, S(20), &(struct proof) {"backup", "db", EVIDENCE_PASS, false, 0});
    story_forgets(story, S(20), "box");
    story_forgets_source(story, S(20), "shop", "box/page");
    story_registers(story, S(20), "web1:disk", 2, "");
    story_gap(story, S(21));
    story_time(story, S(100000));
}

static void test_without_a_configuration_nothing_is_decided(void **state)
{
    static const StateRow rows[] = {
        {StateRow_engine_tag, {.engine = {.now_ms = S(10), .started = true, .config_digest = "d1"}}},
        {StateRow_service_tag, {.service = {.id = "shop", .tier = 2, .hard = LEVEL_MAJOR_OUTAGE, .has_manual = true,
                                            .manual = {.level = LEVEL_MAJOR_OUTAGE, .until_ms = S(15)}}}},
        {StateRow_source_tag, {.source = {.service = "shop", .source = "box/page", .collector = "box"}}},
        {StateRow_collector_tag, {.collector = {.name = "box", .silent = true}}},
        {StateRow_alert_tag, {.alert = {.key = "service:shop", .service = "shop", .told = LEVEL_MAJOR_OUTAGE,
                                        .has_ack = true, .ack = {.by = "eve", .level = 3, .until_ms = S(15)}}}},
    };
    struct story story;
    struct slo_figures figures;
    (void) state;

    story_init(&story, before, ARRAY_SIZE(before));
    story.health = true;
    engine_free(story.engine);
    story.engine = engine_new();
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        assert_int_equal(engine_load(story.engine, &rows[i]), 0);
    say_everything(&story);
    story_expect(&story,
        "20000 drop shop box/page unknown_service\n"
        "20000 reject manual no_such_service\n"
        "20000 reject manual no_such_service\n"
        "20000 reject ack no_such_alert\n"
        "20000 reject unack no_such_ack\n"
        "20000 reject maint bad_window\n"
        "20000 reject maint_end no_such_window\n"
        "20000 reject evidence no_such_area\n"
        "20000 reject forget no_such_collector\n"
        "20000 reject forget no_such_source\n"
        "21000 gap 1000");
    assert_int_equal(engine_deadline(story.engine), INT64_MAX);
    assert_null(engine_explain(story.engine, "shop", S(100000)));
    assert_false(slo_figures(story.engine, "shop", &figures));

    story_configures(&story, S(100000), &story.config);    /* what it came to is as if it had been said now */
    assert_int_equal(story_count(&story, "100000000 manual end shop expired"), 1);
    assert_int_equal(story_count(&story, "100000000 ack lapse service:shop expired by eve"), 1);
    assert_int_equal(story_count(&story, "collector box"), 0);
    story_skip(&story);
    story_heartbeat(&story, S(100001), "box");
    assert_int_equal(story_count(&story, "100001000 collector box silent>ok"), 1);
    story_done(&story);
}

static void test_the_first_input_may_come_before_the_first_configuration(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, before, ARRAY_SIZE(before));
    engine_free(story.engine);
    story.engine = engine_new();
    give(&story, (Command) {.which_input = Command_heartbeat_tag, .input.heartbeat.collector = "box"});
    assert_int_equal(story.effects.n_decisions, 0);
    assert_int_equal(engine_now(story.engine), S(20));
    assert_int_equal(engine_deadline(story.engine), INT64_MAX);
    story_configures(&story, S(30), &story.config);
    story_expect(&story, "20000 config+db,mail,shop");
    assert_true(engine_deadline(story.engine) < INT64_MAX);      /* box may fall silent */
    story_done(&story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_X3_says_who_came_and_who_is_gone),
        cmocka_unit_test(test_N7_alerts_of_the_removed_end),
        cmocka_unit_test(test_N7_what_was_never_told_ends_silently),
        cmocka_unit_test(test_X3_the_old_parameters_hold_until_then),
        cmocka_unit_test(test_X3_confirmation_goes_on),
        cmocka_unit_test(test_X3_rows_and_slots_of_the_removed),
        cmocka_unit_test(test_registered_services_live_beside_the_file),
        cmocka_unit_test(test_registered_services_take_their_parameters_from_rule_or_tier),
        cmocka_unit_test(test_registration_with_another_tier_changes_routing),
        cmocka_unit_test(test_a_host_brought_along_what_the_file_names_now),
        cmocka_unit_test(test_a_service_without_a_name_is_not_registered),
        cmocka_unit_test(test_X3_a_store_that_never_heard_anything_remembers_its_configuration),
        cmocka_unit_test(test_without_a_configuration_nothing_is_decided),
        cmocka_unit_test(test_the_first_input_may_come_before_the_first_configuration),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

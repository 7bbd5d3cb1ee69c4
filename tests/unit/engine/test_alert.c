/* SPDX-License-Identifier: Apache-2.0 */
/* What is sent, what is held, and to whom (N1..N6). Levels come by hand here: they confirm at once. */
#include "tests/unit/engine/story.h"

static const struct cast cast[] = {{"bulk", 3}, {"db", 1}, {"shop", 2}};

static void begin(struct story *story)
{
    story_init(story, cast, ARRAY_SIZE(cast));
}

/* Sets a level for good and forgets what was said of status and hard; the notifications remain. */
static void set(struct story *story, int64_t at_ms, const char *service, enum status status)
{
    story_manual(story, at_ms, service, status, 0);
}

static void test_N2_N4_channels_of_each_kind(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    set(&story, S(0), "db", STATUS_DEGRADED);
    set(&story, S(10), "db", STATUS_MAJOR_OUTAGE);
    set(&story, S(20), "db", STATUS_PARTIAL_OUTAGE);
    set(&story, S(30), "db", STATUS_DEGRADED);
    set(&story, S(40), "db", STATUS_OPERATIONAL);
    assert_int_equal(story_count(&story, "0 notify raise service:db degraded chat\n"), 1);
    assert_int_equal(story_count(&story, "10000 notify escalate service:db major_outage page,chat\n"), 1);
    assert_int_equal(story_count(&story, "20000 notify improve service:db partial_outage chat,page\n"), 1);
    assert_int_equal(story_count(&story, "30000 notify improve service:db degraded chat,page\n"), 1);
    assert_int_equal(story_count(&story, "40000 notify resolve service:db operational chat,page"), 1);
    assert_int_equal(story_count(&story, "notify"), 5);
    assert_int_equal(story_count(&story, "suppress"), 0);
    story_done(&story);
}

static void test_N3_N5_no_route_is_said_once_and_tried_again(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    set(&story, S(0), "bulk", STATUS_DEGRADED);
    story_expect(&story,
        "0 manual set bulk by ann\n"
        "0 status bulk unknown>degraded\n"
        "0 hard bulk unknown>degraded manual\n"
        "0 suppress raise service:bulk degraded no_route");
    for (int64_t i = 1; i <= 3; i++)
        story_sees(&story, S(60 * i), "bulk", "page", STATUS_DEGRADED);
    story_expect(&story, "");
    set(&story, S(300), "bulk", STATUS_PARTIAL_OUTAGE);
    assert_int_equal(story_count(&story, "300000 notify raise service:bulk partial_outage chat"), 1);
    story_done(&story);
}

static void test_N1_what_was_never_told_closes_silently(void **state)
{
    struct story story;
    struct engine_closed closed;
    (void) state;

    begin(&story);
    set(&story, S(0), "bulk", STATUS_DEGRADED);
    story_skip(&story);
    set(&story, S(60), "bulk", STATUS_OPERATIONAL);
    assert_int_equal(story_count(&story, "60000 suppress resolve service:bulk operational not_announced"), 1);
    assert_int_equal(story_count(&story, "notify"), 0);
    assert_true(engine_next_closed(story.engine, &closed));
    assert_string_equal(closed.alert->key, "service:bulk");
    assert_int_equal(closed.alert->told, LEVEL_UNKNOWN);
    assert_int_equal(closed.alert->peak, LEVEL_DEGRADED);
    assert_int_equal(closed.closed_at_ms, S(60));
    assert_int_equal(closed.reason, REASON_NOT_ANNOUNCED);
    assert_false(engine_next_closed(story.engine, &closed));
    story_done(&story);
}

static void test_N5_written_anew_after_it_was_not_wanted(void **state)
{
    struct story story;
    (void) state;

    /* Improve, held by improve_off; back at the peak nothing is wanted; then the same improve is held again. */
    begin(&story);
    story_param(&story, "shop", PARAM_notify_improve, 0);
    set(&story, S(0), "shop", STATUS_MAJOR_OUTAGE);
    set(&story, S(10), "shop", STATUS_DEGRADED);
    assert_int_equal(story_count(&story, "10000 suppress improve service:shop degraded improve_off"), 1);
    set(&story, S(20), "shop", STATUS_PARTIAL_OUTAGE);
    assert_int_equal(story_count(&story, "20000 suppress improve service:shop partial_outage improve_off"), 1);
    set(&story, S(30), "shop", STATUS_MAJOR_OUTAGE);
    assert_int_equal(story_count(&story, "escalate"), 0);    /* told stayed at the peak */
    set(&story, S(40), "shop", STATUS_PARTIAL_OUTAGE);
    assert_int_equal(story_count(&story, "40000 suppress improve service:shop partial_outage improve_off"), 1);
    assert_int_equal(story_count(&story, "suppress"), 3);
    story_done(&story);
}

static void test_N6_reminder_exactly_at_the_window(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    set(&story, S(100), "db", STATUS_MAJOR_OUTAGE);
    story_skip(&story);
    story_time(&story, S(100) + S(86400) - 1);
    story_expect(&story, "");
    story_time(&story, S(100) + S(86400));
    story_expect(&story, "86500000 notify reminder service:db major_outage page,chat");
    story_time(&story, S(100) + S(2 * 86400));
    story_expect(&story, "172900000 notify reminder service:db major_outage page,chat");
    story_done(&story);
}

static void test_N6_a_sent_improve_or_escalation_rearms(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    set(&story, S(0), "shop", STATUS_MAJOR_OUTAGE);
    set(&story, S(4000), "shop", STATUS_DEGRADED);
    set(&story, S(9000), "shop", STATUS_MAJOR_OUTAGE);
    assert_int_equal(story_count(&story, "4000000 notify improve service:shop degraded"), 1);
    assert_int_equal(story_count(&story, "9000000 notify escalate service:shop major_outage page,chat"), 1);
    story_skip(&story);
    story_time(&story, S(9000) + S(86400) - 1);
    story_expect(&story, "");
    story_time(&story, S(9000) + S(86400));
    story_expect(&story, "95400000 notify reminder service:shop major_outage page,chat");
    story_done(&story);
}

static void test_N6_no_reminders_when_they_are_off(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    story_param(&story, "db", PARAM_reminders, 0);
    set(&story, S(0), "db", STATUS_MAJOR_OUTAGE);
    story_skip(&story);
    story_time(&story, S(1000000));
    story_expect(&story, "");
    story_done(&story);
}

static void test_N6_reminders_go_on_while_improve_is_off(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    story_param(&story, "shop", PARAM_notify_improve, 0);
    set(&story, S(0), "shop", STATUS_MAJOR_OUTAGE);
    set(&story, S(100), "shop", STATUS_DEGRADED);
    story_skip(&story);
    story_time(&story, S(86400) - 1);
    story_expect(&story, "");
    story_time(&story, S(86400));
    story_expect(&story, "86400000 notify reminder service:shop degraded chat");
    story_done(&story);
}

static void test_N6_a_held_reminder_waits_for_its_next_turn(void **state)
{
    static const struct route nobody[] = {{.min_level = -1, .max_level = -1}};
    struct story story;
    (void) state;

    begin(&story);
    set(&story, S(0), "shop", STATUS_MAJOR_OUTAGE);
    struct engine_config mute = story.config;
    mute.routes = nobody;
    mute.n_routes = 1;
    story_configures(&story, S(10), &mute);
    story_skip(&story);
    story_time(&story, S(86400));
    story_expect(&story, "86400000 suppress reminder service:shop major_outage no_route");
    story_time(&story, S(2 * 86400));
    story_expect(&story, "172800000 suppress reminder service:shop major_outage no_route");

    /* Who was told is told the end, whatever routing says now. */
    set(&story, S(2 * 86400), "shop", STATUS_OPERATIONAL);
    assert_int_equal(story_count(&story, "notify resolve service:shop operational page,chat"), 1);
    story_done(&story);
}

static void test_N4_what_was_held_is_sent_when_its_reason_ends(void **state)
{
    static const char *const mail[] = {"mail"};
    static const struct route everybody[] = {{.min_level = -1, .max_level = -1, .channels = mail, .n_channels = 1}};
    struct story story;
    (void) state;

    begin(&story);
    set(&story, S(0), "bulk", STATUS_DEGRADED);
    story_skip(&story);
    struct engine_config loud = story.config;
    loud.routes = everybody;
    loud.n_routes = 1;
    story_configures(&story, S(10), &loud);
    story_expect(&story,
        "10000 config\n"
        "10000 notify raise service:bulk degraded mail");
    story_done(&story);
}

static void test_T6_alerts_settle_in_order_of_key(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    set(&story, S(0), "shop", STATUS_MAJOR_OUTAGE);
    set(&story, S(0), "db", STATUS_MAJOR_OUTAGE);
    story_skip(&story);
    story_time(&story, S(86400));
    story_expect(&story,
        "86400000 notify reminder service:db major_outage page,chat\n"
        "86400000 notify reminder service:shop major_outage page,chat");
    story_done(&story);
}

/* The only notification among what was decided by this engine call. */
static const struct decision *notification(const struct effects *effects)
{
    for (size_t i = 0; i < effects->n_decisions; i++) {
        if (effects->decisions[i].kind == DECISION_NOTIFY)
            return &effects->decisions[i];
    }
    fail_msg("nothing was sent");
    return NULL;
}

static void test_I4_since_said_and_previous(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    story_param(&story, "shop", PARAM_confirm_polls, 2);
    story_param(&story, "shop", PARAM_min_dwell_s, 60);
    story_sees(&story, S(0), "shop", "probe", STATUS_OPERATIONAL);
    story_sees(&story, S(100), "shop", "page", STATUS_PARTIAL_OUTAGE);
    Observation said = story_observation(&story, S(160), "shop", "page", STATUS_PARTIAL_OUTAGE);
    engine_observe(story.engine, &said, S(160), &story.effects);
    const struct decision *raise = notification(&story.effects);
    assert_int_equal(raise->at_ms, S(160));
    assert_int_equal(raise->since_ms, S(100));      /* first seen, not confirmed */
    assert_int_equal(raise->said_vendor, STATUS_PARTIAL_OUTAGE);
    assert_int_equal(raise->said_probe, STATUS_OPERATIONAL);
    assert_int_equal(raise->tier, 2);
    assert_null(raise->previous);
    assert_string_equal(raise->incident, "inc-1");
    assert_string_equal(raise->service, "shop");
    story_time(&story, S(160));

    said = story_observation(&story, S(220), "shop", "page", STATUS_MAJOR_OUTAGE);
    story_observes(&story, S(220), &said);
    said = story_observation(&story, S(280), "shop", "page", STATUS_MAJOR_OUTAGE);
    engine_observe(story.engine, &said, S(280), &story.effects);
    const struct decision *escalate = notification(&story.effects);
    assert_int_equal(escalate->since_ms, S(100));
    assert_string_equal(escalate->previous, "partial_outage");
    story_time(&story, S(280));

    set(&story, S(300), "shop", STATUS_OPERATIONAL);
    set(&story, S(400), "shop", STATUS_DEGRADED);
    story_time(&story, S(400));
    assert_int_equal(story_count(&story, "400000 notify raise"), 1);
    story_done(&story);
}

static void test_B1_impact_on_raise_and_escalate_only(void **state)
{
    static const size_t on_db[] = {1};
    static const size_t on_shop[] = {2};
    struct story story;
    struct story *s = &story;
    (void) state;

    /* bulk needs db, db needs shop: shop carries both. */
    story_init(s, cast, ARRAY_SIZE(cast));
    struct engine_service services[ARRAY_SIZE(cast)] = {s->services[0], s->services[1], s->services[2]};
    services[0].depends_on = on_db;
    services[0].n_depends_on = 1;
    services[1].depends_on = on_shop;
    services[1].n_depends_on = 1;
    struct engine_config config = s->config;
    config.services = services;
    story_configures(s, S(0), &config);

    Command command = {.which_input = Command_manual_tag, .input.manual = {.service = "shop", .level = LEVEL_DEGRADED}};
    engine_command(s->engine, &command, S(1), &s->effects);
    const struct decision *raise = notification(&s->effects);
    assert_true(raise->has_impact);
    assert_int_equal(raise->dependents, 2);
    assert_int_equal(raise->tiers[0], 1);
    assert_int_equal(raise->tiers[1], 0);
    assert_int_equal(raise->tiers[2], 1);
    effects_reset(&s->effects);

    command.input.manual.level = LEVEL_OPERATIONAL;
    engine_command(s->engine, &command, S(2), &s->effects);
    const struct decision *resolve = notification(&s->effects);
    assert_int_equal(resolve->notify, NOTIFY_RESOLVE);
    assert_false(resolve->has_impact);
    assert_int_equal(resolve->dependents, 0);
    assert_int_equal(resolve->tiers[0], 0);
    assert_string_equal(resolve->previous, "degraded");
    story_done(s);
}

/* Five channels for what is mild, five others for the rest: eight are remembered. */
static void test_N4_the_ninth_channel_is_not_remembered(void **state)
{
    static const char *const mild[] = {"c1", "c2", "c3", "c4", "c5"};
    static const char *const worse[] = {"c6", "c7", "c8", "c9", "c1"};
    static const struct route routes[] = {
        { .min_level = -1, .max_level = 1, .channels = mild, .n_channels = ARRAY_SIZE(mild) },
        { .min_level = -1, .max_level = -1, .channels = worse, .n_channels = ARRAY_SIZE(worse) },
    };
    struct story story;
    (void) state;

    begin(&story);
    story.config.routes = routes;
    story.config.n_routes = ARRAY_SIZE(routes);
    set(&story, S(0), "db", STATUS_DEGRADED);
    set(&story, S(10), "db", STATUS_MAJOR_OUTAGE);
    assert_int_equal(story_count(&story, "10000 notify escalate service:db major_outage c6,c7,c8,c9,c1"), 1);
    story_skip(&story);
    set(&story, S(20), "db", STATUS_OPERATIONAL);
    assert_int_equal(story_count(&story, "20000 notify resolve service:db operational c1,c2,c3,c4,c5,c6,c7,c8"), 1);
    assert_int_equal(story_count(&story, "c9"), 0);
    story_done(&story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_N2_N4_channels_of_each_kind),
        cmocka_unit_test(test_N3_N5_no_route_is_said_once_and_tried_again),
        cmocka_unit_test(test_N1_what_was_never_told_closes_silently),
        cmocka_unit_test(test_N5_written_anew_after_it_was_not_wanted),
        cmocka_unit_test(test_N6_reminder_exactly_at_the_window),
        cmocka_unit_test(test_N6_a_sent_improve_or_escalation_rearms),
        cmocka_unit_test(test_N6_no_reminders_when_they_are_off),
        cmocka_unit_test(test_N6_reminders_go_on_while_improve_is_off),
        cmocka_unit_test(test_N6_a_held_reminder_waits_for_its_next_turn),
        cmocka_unit_test(test_N4_what_was_held_is_sent_when_its_reason_ends),
        cmocka_unit_test(test_T6_alerts_settle_in_order_of_key),
        cmocka_unit_test(test_I4_since_said_and_previous),
        cmocka_unit_test(test_B1_impact_on_raise_and_escalate_only),
        cmocka_unit_test(test_N4_the_ninth_channel_is_not_remembered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

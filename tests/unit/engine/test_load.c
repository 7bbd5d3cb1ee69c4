/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stored rows that no engine of ours can have written (X1). What can do harm is refused; what is merely odd, because a row
 * beside it is missing or older than a field, leads to nothing worse than a message too many.
 */
#include <string.h>

#include "aggregator/engine/engine_private.h"
#include "aggregator/engine/incident.h"
#include "aggregator/engine/outlook.h"
#include "tests/unit/engine/story.h"

static void test_X1_rows_that_cannot_be_ours_are_refused(void **state)
{
    static const struct { const char *says; StateRow row; } cases[] = {
        { "no row at all", {.which_row = 0} },
        { "a service without a name", {StateRow_service_tag, {.service = {.tier = 1}}} },
        { "a level out of range", {StateRow_service_tag, {.service = {.id = "a", .tier = 1, .hard = (Level) 5}}} },
        { "a tier out of range", {StateRow_service_tag, {.service = {.id = "a", .tier = 4}}} },
        { "a sample that is no level",
          {StateRow_service_tag,
           {.service = {.id = "a", .tier = 1, .has_flap = true, .flap = {.samples = {2, {1, 5}}}}}} },
        { "a sample of unknown",
          {StateRow_service_tag,
           {.service = {.id = "a", .tier = 1, .has_flap = true, .flap = {.samples = {1, {0}}}}}} },
        { "a source without a service", {StateRow_source_tag, {.source = {.source = "p"}}} },
        { "an aggregate of no tier",
          {StateRow_service_tag, {.service = {.id = "a", .tier = 1, .has_aggregate = true, .aggregate = {.tier = 4}}}} },
        { "a poller state out of range",
          {StateRow_source_tag, {.source = {.service = "a", .poller = (PollerState) 4}}} },
        { "a collector without a name", {StateRow_collector_tag, {.collector = {.silent = true}}} },
        { "an alert of no class", {StateRow_alert_tag, {.alert = {.key = "x", .service = "a", .alert_class = 99}}} },
        { "an alert without a subject", {StateRow_alert_tag, {.alert = {.key = "x"}}} },
        { "a poller alert without a service",
          {StateRow_alert_tag, {.alert = {.key = "x", .alert_class = ALERT_POLLER, .source = "p", .level = "broken"}}} },
        { "a poller alert with a word that is not its own",
          {StateRow_alert_tag, {.alert = {.key = "x", .service = "a", .source = "p", .alert_class = ALERT_POLLER,
                                          .level = "blind"}}} },
        { "a collector alert without a collector",
          {StateRow_alert_tag, {.alert = {.key = "x", .alert_class = ALERT_COLLECTOR, .level = "silent"}}} },
        { "an alert about ourselves that says nothing",
          {StateRow_alert_tag, {.alert = {.key = "x", .alert_class = ALERT_SELF}}} },
        { "an alert of a class that is not kept",
          {StateRow_alert_tag, {.alert = {.key = "x", .service = "a", .alert_class = ALERT_FLAP}}} },
        { "a window without an id", {StateRow_window_tag, {.window = {.has_window = true, .window = {.end_ms = 1}}}} },
        { "a window that ends as it begins",
          {StateRow_window_tag, {.window = {.has_window = true, .window = {.id = "w", .start_ms = 5, .end_ms = 5}}}} },
        { "a window of no origin that we know",
          {StateRow_window_tag, {.window = {.has_window = true,
                                            .window = {.id = "w", .end_ms = 5, .origin = (MaintenanceOrigin) 3}}}} },
        { "an incident without a number", {StateRow_incident_tag, {.incident = {.opened_at_ms = 5}}} },
        { "an incident of no level", {StateRow_incident_tag, {.incident = {.number = 1, .peak = (Level) 5}}} },
        { "a member of no incident", {StateRow_member_tag, {.member = {.service = "shop"}}} },
        { "a member that is no service", {StateRow_member_tag, {.member = {.incident = 1}}} },
        { "a grace of nothing", {StateRow_grace_tag, {.grace = {.until_ms = 5}}} },
        { "a grace without an end", {StateRow_grace_tag, {.grace = {.subject = "shop"}}} },
        { "a held notification of no kind",
          {StateRow_alert_tag, {.alert = {.key = "x", .service = "a", .held_count = 1, .held = {{.kind = "shout"}}}}} },
        { "an acknowledgement of no level",
          {StateRow_alert_tag, {.alert = {.key = "x", .service = "a", .has_ack = true, .ack = {.level = 4}}}} },
        { "E out of range", {StateRow_service_tag, {.service = {.id = "a", .tier = 1, .effective = (Level) 5}}} },
        { "a last known level out of range",
          {StateRow_service_tag, {.service = {.id = "a", .tier = 1, .last_known = (Level) 5}}} },
        { "no tier", {StateRow_service_tag, {.service = {.id = "a"}}} },
        { "a manual level out of range",
          {StateRow_service_tag, {.service = {.id = "a", .tier = 1, .has_manual = true, .manual = {.level = (Level) 5}}}} },
        { "more samples than a ring holds",
          {StateRow_service_tag, {.service = {.id = "a", .tier = 1, .has_flap = true, .flap = {.samples = {22, {1}}}}}} },
        { "flapping told to nine channels",
          {StateRow_service_tag, {.service = {.id = "a", .tier = 1, .has_flap = true, .flap = {.channels_count = 9}}}} },
        { "a debt below nothing",
          {StateRow_service_tag, {.service = {.id = "a", .tier = 1, .has_flap = true, .flap = {.debt_ms = -1}}}} },
        { "an aggregate of no level",
          {StateRow_service_tag,
           {.service = {.id = "a", .tier = 1, .has_aggregate = true, .aggregate = {.tier = 1, .level = (Level) 5}}}} },
        { "a source of no level", {StateRow_source_tag, {.source = {.service = "a", .level = (Level) 5}}} },
        { "an alert without a key", {StateRow_alert_tag, {.alert = {.service = "a"}}} },
        { "an alert told of at no level", {StateRow_alert_tag, {.alert = {.key = "x", .service = "a", .told = (Level) 5}}} },
        { "an alert of no peak", {StateRow_alert_tag, {.alert = {.key = "x", .service = "a", .peak = (Level) 5}}} },
        { "nine channels", {StateRow_alert_tag, {.alert = {.key = "x", .service = "a", .channels_count = 9}}} },
        { "seven held notifications", {StateRow_alert_tag, {.alert = {.key = "x", .service = "a", .held_count = 7}}} },
        { "more than silent",
          {StateRow_alert_tag, {.alert = {.key = "x", .collector = "c", .alert_class = ALERT_COLLECTOR, .level = "silent",
                                          .told = LEVEL_PARTIAL_OUTAGE}}} },
        { "once more than silent",
          {StateRow_alert_tag, {.alert = {.key = "x", .collector = "c", .alert_class = ALERT_COLLECTOR, .level = "silent",
                                          .peak = LEVEL_PARTIAL_OUTAGE}}} },
        { "a held notification of a kind that is never held",
          {StateRow_alert_tag,
           {.alert = {.key = "x", .service = "a", .held_count = 1, .held = {{.kind = "flap_start", .reason = "dedup"}}}}} },
        { "a held notification for no reason that we know",
          {StateRow_alert_tag,
           {.alert = {.key = "x", .service = "a", .held_count = 1, .held = {{.kind = "raise", .reason = "mood"}}}}} },
        { "no window", {StateRow_window_tag, {.window = {.window = {.id = "w", .end_ms = 5}}}} },
        { "a window of too many subjects",
          {StateRow_window_tag,
           {.window = {.has_window = true,
                       .window = {.id = "w", .end_ms = 5, .subjects_count = ARRAY_SIZE(((Maintenance *) 0)->subjects) + 1}}}} },
        { "a minute counted to before all time", {StateRow_slo_tag, {.slo = {.service = "a", .at_ms = -1}}} },
        { "a minute with more harm than trouble",
          {StateRow_slo_tag, {.slo = {.service = "a", .known_ms = 1, .raw_ms = 1, .bad = 1001}}} },
        { "a minute of no level", {StateRow_slo_tag, {.slo = {.service = "a", .worst = (Level) 5}}} },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct engine *engine = engine_new();
        if (engine_load(engine, &cases[i].row) >= 0)
            fail_msg("%s", cases[i].says);
        engine_free(engine);
    }
}

/* ---- rows that do not go together */

static void test_X1_a_second_row_of_the_same_is_refused(void **state)
{
    static const struct { const char *says; StateRow first, second; } cases[] = {
        { "two alerts of a key",
          {StateRow_alert_tag, {.alert = {.key = "x", .service = "a"}}},
          {StateRow_alert_tag, {.alert = {.key = "x", .service = "b"}}} },
        { "two alerts of a service",
          {StateRow_alert_tag, {.alert = {.key = "x", .service = "a"}}},
          {StateRow_alert_tag, {.alert = {.key = "y", .service = "a"}}} },
        { "two alerts of a poller",
          {StateRow_alert_tag, {.alert = {.key = "x", .service = "a", .source = "p", .alert_class = ALERT_POLLER,
                                          .level = "broken"}}},
          {StateRow_alert_tag, {.alert = {.key = "y", .service = "a", .source = "p", .alert_class = ALERT_POLLER,
                                          .level = "silent"}}} },
        { "two alerts of a collector",
          {StateRow_alert_tag, {.alert = {.key = "x", .collector = "c", .alert_class = ALERT_COLLECTOR, .level = "silent"}}},
          {StateRow_alert_tag, {.alert = {.key = "y", .collector = "c", .alert_class = ALERT_COLLECTOR, .level = "blind"}}} },
        { "two alerts of a burn rate",
          {StateRow_alert_tag, {.alert = {.key = "x", .service = "a", .alert_class = ALERT_SLO, .level = "slow"}}},
          {StateRow_alert_tag, {.alert = {.key = "y", .service = "a", .alert_class = ALERT_SLO, .level = "slow"}}} },
        { "two alerts about ourselves",
          {StateRow_alert_tag, {.alert = {.key = "x", .alert_class = ALERT_SELF, .level = "mass_silence"}}},
          {StateRow_alert_tag, {.alert = {.key = "y", .alert_class = ALERT_SELF, .level = "mass_silence"}}} },
        { "two windows of an id",
          {StateRow_window_tag, {.window = {.has_window = true, .window = {.id = "w", .end_ms = 5}}}},
          {StateRow_window_tag, {.window = {.has_window = true, .window = {.id = "w", .end_ms = 6}}}} },
        { "two incidents of a number",
          {StateRow_incident_tag, {.incident = {.number = 7}}},
          {StateRow_incident_tag, {.incident = {.number = 7, .members = 1}}} },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct engine *engine = engine_new();
        if (engine_load(engine, &cases[i].first) != 0 || engine_load(engine, &cases[i].second) >= 0)
            fail_msg("%s", cases[i].says);
        engine_free(engine);
    }
}

/* ---- rows that lack another, or a field */

#define NOW S(100)
#define AWAKE {StateRow_engine_tag, {.engine = {.now_ms = NOW, .started = true, .next_incident = 5, .config_digest = "d1"}}}
#define BAD_BY_HAND .tier = 1, .effective = LEVEL_MAJOR_OUTAGE, .hard = LEVEL_MAJOR_OUTAGE, .ever_known = true, \
    .bad_since_ms = 1, .since_ms = 1, .has_manual = true, .manual = {.level = LEVEL_MAJOR_OUTAGE, .set_at_ms = 1}
#define TOLD .told = LEVEL_MAJOR_OUTAGE, .peak = LEVEL_MAJOR_OUTAGE, .level = "major_outage", .last_sent_ms = 1, \
    .channels_count = 1, .channels = {"chat"}

static const struct cast cast[] = {{"db", 3}, {"shop", 1}, {"web", 1}};

/* Both stand on db, which is the first of the graph; not yet configured. */
static void begin(struct story *story)
{
    story_init(story, cast, ARRAY_SIZE(cast));
    story_stands(story, "shop", "db");
    story_stands(story, "web", "shop");
    engine_free(story->engine);
    story->engine = engine_new();
}

static void wake(struct story *story, const StateRow *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        assert_int_equal(engine_load(story->engine, &rows[i]), 0);
    story_configures(story, 0, &story->config);
}

/* The changed row of this kind, the last there is. */
static StateRow changed(struct story *story, pb_size_t which)
{
    StateRow row = {0};
    StateRow found = {0};
    uint32_t slot;

    while (engine_next_dirty(story->engine, &row, &slot)) {
        if (row.which_row == which)
            found = row;
    }
    assert_int_equal(found.which_row, which);
    return found;
}

static void test_I2_numbers_begin_at_one(void **state)
{
    static const StateRow rows[] = {{StateRow_engine_tag, {.engine = {.now_ms = NOW, .started = true}}}};
    struct story story;
    (void) state;

    begin(&story);
    story.incidents = true;
    wake(&story, rows, ARRAY_SIZE(rows));
    story_manual(&story, NOW, "shop", STATUS_MAJOR_OUTAGE, 0);
    assert_int_equal(story_count(&story, "incident open inc-1 shop"), 1);
    story_done(&story);
}

static void test_P1_a_poller_of_no_state_is_well(void **state)
{
    static const StateRow rows[] = {
        AWAKE,
        {StateRow_source_tag, {.source = {.service = "shop", .source = "page", .last_any_ms = NOW, .level = LEVEL_OPERATIONAL}}},
    };
    struct story story;
    const char *source;
    (void) state;

    begin(&story);
    story.health = true;
    wake(&story, rows, ARRAY_SIZE(rows));
    assert_string_equal(outlook_poller(story.engine, "shop", 0, &source), "ok");
    assert_int_equal(story_count(&story, "poller"), 0);
    story_done(&story);
}

static void test_K6_the_silent_are_not_blind_too(void **state)
{
    static const StateRow rows[] = {
        AWAKE, {StateRow_collector_tag, {.collector = {.name = "box", .silent = true, .blind = true}}},
    };
    struct story story;
    (void) state;

    begin(&story);
    story.health = true;
    wake(&story, rows, ARRAY_SIZE(rows));
    assert_int_equal(story_count(&story, " collector box "), 0);
    story_heartbeat(&story, NOW + 1, "box");
    assert_int_equal(story_count(&story, "100001 collector box silent>ok"), 1);
    assert_int_equal(story_count(&story, " collector box "), 1);
    story_done(&story);
}

static void test_O6_streaks_stay_at_their_end(void **state)
{
    static const StateRow rows[] = {
        AWAKE,
        {StateRow_source_tag, {.source = {.service = "shop", .source = "page", .last_any_ms = NOW, .level = LEVEL_OPERATIONAL,
                                          .fail_streak = UINT32_MAX, .poller = POLLER_BROKEN, .broken = true}}},
        {StateRow_source_tag, {.source = {.service = "web", .source = "page", .last_any_ms = NOW, .level = LEVEL_OPERATIONAL,
                                          .ok_streak = UINT32_MAX}}},
    };
    struct story story;
    (void) state;

    begin(&story);
    story.health = true;
    wake(&story, rows, ARRAY_SIZE(rows));
    (void) changed(&story, StateRow_engine_tag);
    story_fails(&story, NOW + 1, "shop", "page");
    assert_int_equal(changed(&story, StateRow_source_tag).row.source.fail_streak, UINT32_MAX);
    assert_int_equal(story_count(&story, "poller shop page"), 0);
    story_sees(&story, NOW + 2, "web", "page", STATUS_OPERATIONAL);
    assert_int_equal(changed(&story, StateRow_source_tag).row.source.ok_streak, UINT32_MAX);
    story_done(&story);
}

static void test_D6_who_is_bad_without_an_alert_still_explains_others(void **state)
{
    static const StateRow rows[] = {AWAKE, {StateRow_service_tag, {.service = {.id = "shop", BAD_BY_HAND}}}};
    struct story story;
    (void) state;

    begin(&story);
    wake(&story, rows, ARRAY_SIZE(rows));
    story_skip(&story);
    story_manual(&story, NOW + 1, "web", STATUS_MAJOR_OUTAGE, 0);
    story_expect(&story,
        "100001 manual set web by ann\n"
        "100001 status web unknown>major_outage\n"
        "100001 hard web unknown>major_outage manual\n"
        "100001 suppress raise service:web major_outage correlation_hold by shop");

    struct explanation *why = engine_explain(story.engine, "shop", NOW + 1);
    assert_false(why->has_alert);
    assert_int_equal(why->first_stop, why->n_gates);
    explanation_free(why);
    story_done(&story);
}

static void test_D3_a_hosts_check_answers_for_nobody(void **state)
{
    static const StateRow rows[] = {
        AWAKE,
        {StateRow_service_tag, {.service = {.id = "shop", BAD_BY_HAND}}},
        {StateRow_service_tag,
         {.service = {.id = "web1:disk", .registered = true, .tier = 3, .effective = LEVEL_DEGRADED, .hard = LEVEL_DEGRADED,
                      .has_manual = true, .manual = {.level = LEVEL_DEGRADED}, .has_aggregate = true,
                      .aggregate = {.active = true, .owed = true, .tier = 3, .level = LEVEL_DEGRADED}}}},
        {StateRow_alert_tag, {.alert = {.key = "service:web1:disk", .service = "web1:disk"}}},
    };
    struct story story;
    (void) state;

    begin(&story);
    wake(&story, rows, ARRAY_SIZE(rows));    /* as quietly as its own tier and level have it, whatever shop is like */
    assert_int_equal(story_count(&story, "100000 suppress raise service:web1:disk degraded no_route"), 1);
    story_done(&story);
}

static void test_S5_who_burns_without_an_alert_burns_anew(void **state)
{
    static const StateRow rows[] = {
        AWAKE, {StateRow_slo_tag, {.slo = {.service = "shop", .at_ms = NOW, .burns = {{.open = true, .resets = 1}}}}},
    };
    struct story story;
    (void) state;

    begin(&story);
    story_param(&story, "shop", PARAM_slo_enabled, 1);
    wake(&story, rows, ARRAY_SIZE(rows));
    story_manual(&story, NOW, "shop", STATUS_OPERATIONAL, 0);
    story_time(&story, S(7200));
    assert_int_equal(story_count(&story, "slo:"), 0);
    story_manual(&story, S(7200), "shop", STATUS_MAJOR_OUTAGE, 0);
    story_time(&story, S(9000));
    assert_int_equal(story_count(&story, "notify raise slo:shop:fast fast page,chat"), 1);
    story_done(&story);
}

static void test_I1_trouble_of_no_incident(void **state)
{
    static const StateRow rows[] = {
        AWAKE,
        {StateRow_service_tag, {.service = {.id = "shop", BAD_BY_HAND}}},
        {StateRow_alert_tag, {.alert = {.key = "service:shop", .service = "shop", TOLD}}},
    };
    struct story story;
    struct engine_closed closed;
    (void) state;

    begin(&story);
    story.incidents = true;
    wake(&story, rows, ARRAY_SIZE(rows));
    story_manual(&story, NOW + 1, "shop", STATUS_OPERATIONAL, 0);
    assert_int_equal(story_count(&story, "notify resolve service:shop operational chat in none"), 1);
    assert_true(engine_next_closed(story.engine, &closed));
    assert_string_equal(closed.alert->incident, "");
    story_done(&story);
}

static void test_I3_a_member_that_is_no_more_keeps_nothing_open(void **state)
{
    static const StateRow rows[] = {
        AWAKE,
        {StateRow_member_tag, {.member = {.incident = 1, .service = "gone"}}},
        {StateRow_member_tag, {.member = {.incident = 1, .service = "shop"}}},
        {StateRow_incident_tag, {.incident = {.number = 1, .members = 2, .peak = LEVEL_MAJOR_OUTAGE}}},
        {StateRow_service_tag, {.service = {.id = "shop", BAD_BY_HAND, .last_incident = 1}}},
        {StateRow_alert_tag, {.alert = {.key = "service:shop", .service = "shop", TOLD}}},
    };
    struct story story;
    (void) state;

    begin(&story);
    story.incidents = true;
    wake(&story, rows, ARRAY_SIZE(rows));
    story_manual(&story, NOW + 1, "shop", STATUS_OPERATIONAL, 0);
    assert_int_equal(story_count(&story, "notify resolve service:shop operational chat in inc-1"), 1);
    assert_int_equal(story_count(&story, "incident resolve inc-1"), 1);
    story_done(&story);
}

static void test_I1c_what_is_open_is_not_opened_again(void **state)
{
    static const StateRow rows[] = {
        AWAKE,
        {StateRow_incident_tag, {.incident = {.number = 1, .peak = LEVEL_MAJOR_OUTAGE}}},
        {StateRow_service_tag, {.service = {.id = "shop", .tier = 1, .last_incident = 1}}},
    };
    struct story story;
    struct engine_counts counts;
    (void) state;

    begin(&story);
    story.incidents = true;
    wake(&story, rows, ARRAY_SIZE(rows));
    story_manual(&story, NOW + 1, "shop", STATUS_MAJOR_OUTAGE, 0);    /* it is not listed there */
    assert_int_equal(story_count(&story, "incident open inc-5 shop"), 1);
    engine_count(story.engine, &counts);
    assert_int_equal(counts.open_incidents, 2);
    story_done(&story);
}

static void test_I5_comebacks_stay_at_their_end(void **state)
{
    static const StateRow rows[] = {
        AWAKE,
        {StateRow_incident_tag, {.incident = {.number = 1, .members = 1, .resolved = true, .resolved_at_ms = NOW - 1}}},
        {StateRow_member_tag, {.member = {.incident = 1, .service = "shop"}}},
        {StateRow_service_tag, {.service = {.id = "shop", .tier = 1, .last_incident = 1, .recur = UINT32_MAX}}},
    };
    struct story story;
    (void) state;

    begin(&story);
    story.incidents = true;
    wake(&story, rows, ARRAY_SIZE(rows));
    story_manual(&story, NOW + 1, "shop", STATUS_MAJOR_OUTAGE, 0);
    assert_int_equal(story_count(&story, "incident reopen inc-1 shop"), 1);
    StateRow row;
    uint32_t slot;
    bool seen = false;
    while (engine_next_dirty(story.engine, &row, &slot)) {
        if (row.which_row != StateRow_service_tag || strcmp(row.row.service.id, "shop") != 0)
            continue;
        seen = true;
        assert_int_equal(row.row.service.recur, UINT32_MAX);
    }
    assert_true(seen);
    story_done(&story);
}

static void test_I1c_nobody_comes_back_to_what_is_long_over(void **state)
{
    static const int64_t longest_ms = S(86400);
    static const struct { const char *says; int64_t ago_ms; size_t kept; } cases[] = {
        { "as long ago as any window", longest_ms, 1 },
        { "longer", longest_ms + 1, 0 },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const StateRow rows[] = {
            {StateRow_engine_tag, {.engine = {.now_ms = 2 * longest_ms, .started = true}}},
            {StateRow_incident_tag,
             {.incident = {.number = 1, .resolved = true, .resolved_at_ms = 2 * longest_ms - cases[i].ago_ms}}},
        };
        struct engine *engine = engine_new();
        for (size_t r = 0; r < ARRAY_SIZE(rows); r++)
            assert_int_equal(engine_load(engine, &rows[r]), 0);
        if (HASH_COUNT(engine->incidents) != cases[i].kept)
            fail_msg("%s", cases[i].says);
        engine_free(engine);
    }
}

static void test_F4_a_mark_that_no_row_keeps(void **state)
{
    static const StateRow rows[] = {
        AWAKE,
        {StateRow_service_tag,
         {.service = {.id = "shop", .tier = 1, .hard = LEVEL_OPERATIONAL, .has_flap = true, .flap = {.ring = true}}}},
        {StateRow_alert_tag, {.alert = {.key = "service:shop", .service = "shop", TOLD}}},
    };
    struct story story;
    (void) state;

    begin(&story);
    wake(&story, rows, ARRAY_SIZE(rows));
    assert_int_equal(story_count(&story, "suppress resolve service:shop operational flapping"), 1);

    struct explanation *why = engine_explain(story.engine, "shop", NOW);    /* by rows alone it does not flap */
    assert_false(why->has_wanted);
    assert_true(why->would_tell);
    assert_int_equal(why->next.kind, NOTIFY_RESOLVE);
    explanation_free(why);
    story_done(&story);
}

static void test_X3_flapping_of_which_half_is_known_is_forgotten_too(void **state)
{
    static const struct { const char *says; FlapState flap; } cases[] = {
        { "a mark alone", {.ring = true} },
        { "a sample alone", {.samples = {1, {LEVEL_OPERATIONAL}}} },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const StateRow rows[] = {
            AWAKE,
            {StateRow_service_tag, {.service = {.id = "shop", .tier = 1, .has_flap = true, .flap = cases[i].flap}}},
        };
        struct story story;
        begin(&story);
        story_param(&story, "shop", PARAM_flap_enabled, 0);
        wake(&story, rows, ARRAY_SIZE(rows));
        const struct service *shop = service_find(story.engine, "shop");
        if (flap_is_flapping(&shop->flap) || flap_n_telling(&shop->flap) > 0)
            fail_msg("%s", cases[i].says);
        story_done(&story);
    }
}

/* The checker of leaks is the judge. */
static void test_what_was_loaded_goes_without_a_configuration(void **state)
{
    static const StateRow row = {StateRow_member_tag, {.member = {.incident = 1, .service = "shop"}}};
    struct engine *engine = engine_new();
    (void) state;

    assert_int_equal(engine_load(engine, &row), 0);
    engine_free(engine);
    engine_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_X1_rows_that_cannot_be_ours_are_refused),
        cmocka_unit_test(test_X1_a_second_row_of_the_same_is_refused),
        cmocka_unit_test(test_I2_numbers_begin_at_one),
        cmocka_unit_test(test_P1_a_poller_of_no_state_is_well),
        cmocka_unit_test(test_K6_the_silent_are_not_blind_too),
        cmocka_unit_test(test_O6_streaks_stay_at_their_end),
        cmocka_unit_test(test_D6_who_is_bad_without_an_alert_still_explains_others),
        cmocka_unit_test(test_D3_a_hosts_check_answers_for_nobody),
        cmocka_unit_test(test_S5_who_burns_without_an_alert_burns_anew),
        cmocka_unit_test(test_I1_trouble_of_no_incident),
        cmocka_unit_test(test_I3_a_member_that_is_no_more_keeps_nothing_open),
        cmocka_unit_test(test_I1c_what_is_open_is_not_opened_again),
        cmocka_unit_test(test_I5_comebacks_stay_at_their_end),
        cmocka_unit_test(test_I1c_nobody_comes_back_to_what_is_long_over),
        cmocka_unit_test(test_F4_a_mark_that_no_row_keeps),
        cmocka_unit_test(test_X3_flapping_of_which_half_is_known_is_forgotten_too),
        cmocka_unit_test(test_what_was_loaded_goes_without_a_configuration),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

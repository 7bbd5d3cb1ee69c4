/* SPDX-License-Identifier: Apache-2.0 */
/* Which gate stops an alert, for what reason, and when it would be told. That this is so for every life: test_restart. */
#include <stdio.h>
#include <string.h>

#include "aggregator/engine/explain.h"
#include "tests/unit/engine/story.h"

/* shop stands on bank; toys is told to nobody below partial outage. */
static const struct cast all[] = {{"bank", 1}, {"shop", 2}, {"toys", 3}};

static void poll(struct story *story, int64_t from_s, int64_t to_s, enum status status)
{
    for (int64_t at_s = from_s; at_s <= to_s; at_s += 60)
        story_sees(story, S(at_s), "shop", "page", status);
}

/* ---- what happens, each ending at a time of its own */

static void nothing(struct story *story)
{
    story_time(story, S(1000));
}

static void forgotten(struct story *story)
{
    poll(story, 0, 0, STATUS_MAJOR_OUTAGE);
    story_time(story, S(1000));
}

static void failing(struct story *story)
{
    poll(story, 0, 0, STATUS_MAJOR_OUTAGE);
    for (int64_t at_s = 60; at_s <= 180; at_s += 60)
        story_fails(story, S(at_s), "shop", "page");
}

static void too_few_probes(struct story *story)
{
    story_param(story, "shop", PARAM_quorum, 2);
    story_sees(story, 0, "shop", "probe", STATUS_MAJOR_OUTAGE);
}

static void fine(struct story *story)
{
    poll(story, 0, 300, STATUS_OPERATIONAL);
}

static void suspected(struct story *story)
{
    poll(story, 0, 300, STATUS_DEGRADED);
}

static void told(struct story *story)
{
    poll(story, 0, 600, STATUS_DEGRADED);
}

static void not_repeated(struct story *story)
{
    story_param(story, "shop", PARAM_reminders, 0);
    told(story);
}

static void getting_worse(struct story *story)
{
    told(story);
    poll(story, 660, 720, STATUS_MAJOR_OUTAGE);
}

static void recovering(struct story *story)
{
    told(story);
    poll(story, 660, 660, STATUS_OPERATIONAL);
}

static void told_and_unseen(struct story *story)
{
    told(story);
    story_time(story, S(2000));
}

static void by_hand(struct story *story)
{
    story_manual(story, S(10), "shop", STATUS_UNKNOWN, 0);
}

static void routed_nowhere(struct story *story)
{
    story_manual(story, S(10), "toys", STATUS_DEGRADED, 0);
}

static void planned(struct story *story)
{
    story_maintains(story, S(5), &(struct planned) {.id = "move", .subjects = "shop", .start_ms = S(5), .end_ms = S(3600)});
    story_manual(story, S(10), "shop", STATUS_DEGRADED, 0);
}

static void just_planned(struct story *story)
{
    planned(story);
    story_time(story, S(3600));
}

static void standing_on_trouble(struct story *story)
{
    story_manual(story, S(5), "bank", STATUS_DEGRADED, 0);
    story_manual(story, S(10), "shop", STATUS_DEGRADED, 0);
}

static void answered_for(struct story *story)
{
    story_param(story, NULL, PARAM_correlation_threshold, 1);
    standing_on_trouble(story);
}

static void acknowledged(struct story *story)
{
    story_manual(story, S(10), "shop", STATUS_DEGRADED, 0);
    story_acknowledges(story, S(20), &(Acknowledge) {.key = "service:shop", .by = "ann", .sticky = true});
    story_manual(story, S(30), "shop", STATUS_MAJOR_OUTAGE, 0);
}

static void quietly_better(struct story *story)
{
    story_param(story, "shop", PARAM_notify_improve, 0);
    story_manual(story, S(10), "shop", STATUS_MAJOR_OUTAGE, 0);
    story_manual(story, S(20), "shop", STATUS_DEGRADED, 0);
}

static void up_and_down(struct story *story)
{
    story_param(story, "shop", PARAM_recur_limit, 1);
    story_manual(story, S(10), "shop", STATUS_DEGRADED, 0);
    story_manual(story, S(20), "shop", STATUS_MAJOR_OUTAGE, 0);
    story_manual(story, S(30), "shop", STATUS_DEGRADED, 0);
}

/* What bank answers for is told by nobody else, and bank is being worked on. */
static void answering_but_planned(struct story *story)
{
    story_param(story, NULL, PARAM_correlation_threshold, 1);
    story_manual(story, S(5), "bank", STATUS_DEGRADED, 0);
    story_maintains(story, S(6), &(struct planned) {.id = "move", .subjects = "bank", .start_ms = S(6), .end_ms = S(3600)});
    story_manual(story, S(10), "shop", STATUS_DEGRADED, 0);
}

/* Bad and good in turn until it flaps, then bad for long enough, then good again. */
static void over_but_flapping(struct story *story)
{
    story_param(story, "shop", PARAM_min_dwell_s, 0);
    story_param(story, "shop", PARAM_confirm_polls, 2);
    story_param(story, "shop", PARAM_recovery_polls, 1);
    for (int64_t at_s = 0; at_s < 600; at_s += 120) {
        poll(story, at_s, at_s, STATUS_OPERATIONAL);
        poll(story, at_s + 60, at_s + 60, STATUS_DEGRADED);
    }
    poll(story, 600, 660, STATUS_DEGRADED);
    poll(story, 720, 720, STATUS_OPERATIONAL);
}

enum { NEVER = -1 };

static const struct {
    const char *says;
    void (*happens)(struct story *);
    const char *service;
    enum gate stops;
    enum reason reason;
    const char *by;
    int64_t ends_s;                    /* by itself; 0: not known */
    int64_t tells_s;                   /* if nobody speaks; NEVER */
} cases[] = {
    { "nobody ever reported", nothing, "shop", GATE_FRESH, REASON_NONE, NULL, 0, NEVER },
    { "nobody has reported for long", forgotten, "shop", GATE_FRESH, REASON_NONE, NULL, 0, NEVER },
    { "who reports can't find out", failing, "shop", GATE_FRESH, REASON_NONE, NULL, 0, NEVER },
    { "one probe where two must agree", too_few_probes, "shop", GATE_EFFECTIVE, REASON_NONE, NULL, 0, NEVER },
    { "all is well", fine, "shop", GATE_EFFECTIVE, REASON_NONE, NULL, 0, NEVER },
    { "a person said that it is not known", by_hand, "shop", GATE_EFFECTIVE, REASON_NONE, NULL, 0, NEVER },
    { "not bad for long enough", suspected, "shop", GATE_CONFIRMED, REASON_NONE, NULL, 600, NEVER },
    { "told; the reminder is a day away", told, "shop", GATE_TOLD, REASON_NONE, NULL, 87000, 87000 },
    { "told, and never again", not_repeated, "shop", GATE_TOLD, REASON_NONE, NULL, 0, NEVER },
    { "told, and silence changes nothing", told_and_unseen, "shop", GATE_TOLD, REASON_NONE, NULL, 87000, 87000 },
    { "told, and worse since", getting_worse, "shop", GATE_CONFIRMED, REASON_NONE, NULL, 1260, 87000 },
    { "told, and better since", recovering, "shop", GATE_CONFIRMED, REASON_NONE, NULL, 660, 87000 },
    { "nobody is to be told", routed_nowhere, "toys", GATE_ROUTE, REASON_NO_ROUTE, NULL, 0, NEVER },
    { "planned", planned, "shop", GATE_MAINTENANCE, REASON_MAINTENANCE, "move", 0, 3900 },
    { "planned until just now", just_planned, "shop", GATE_MAINTENANCE, REASON_MAINTENANCE_GRACE, NULL, 0, 3900 },
    { "what it stands on failed first", standing_on_trouble, "shop", GATE_DEPENDENCY, REASON_CORRELATION_HOLD, "bank", 70, 70 },
    { "what it stands on answers for it", answered_for, "shop", GATE_DEPENDENCY, REASON_DEPENDENCY, "bank", 0, NEVER },
    { "it has to answer for others, but is planned", answering_but_planned, "bank", GATE_MAINTENANCE, REASON_MAINTENANCE, "move",
      0, 3900 },
    { "somebody is on it", acknowledged, "shop", GATE_ACKNOWLEDGED, REASON_ACKNOWLEDGED, "ann", 86420, 86420 },
    { "better, of which nobody wants to hear", quietly_better, "shop", GATE_IMPROVE, REASON_IMPROVE_OFF, NULL, 0, 86410 },
    { "better, as it was before", up_and_down, "shop", GATE_RECURRING, REASON_RECURRING, NULL, 0, 86420 },
    { "over, but it keeps changing", over_but_flapping, "shop", GATE_FLAPPING, REASON_FLAPPING, NULL, 0, NEVER },
};

static void assert_no_row_changed(struct story *story, const char *says)
{
    StateRow row;
    uint32_t slot;

    if (engine_next_dirty(story->engine, &row, &slot))
        fail_msg("%s: a question has changed something", says);
}

static void settle_rows(struct story *story)
{
    StateRow row;
    uint32_t slot;

    while (engine_next_dirty(story->engine, &row, &slot))
        ;
}

static void test_the_gate_that_stops(void **state)
{
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct story story;
        story_init(&story, all, ARRAY_SIZE(all));
        story_stands(&story, "shop", "bank");
        story_configures(&story, 0, &story.config);
        cases[i].happens(&story);
        settle_rows(&story);

        struct explanation *why = engine_explain(story.engine, cases[i].service, 0);
        assert_non_null(why);
        assert_true(why->first_stop < why->n_gates);
        const struct explained_gate *gate = &why->gates[why->first_stop];
        int64_t tells_ms = cases[i].tells_s == NEVER ? NEVER : S(cases[i].tells_s);
        bool same = gate->gate == cases[i].stops && gate->reason == cases[i].reason && gate->ends_ms == S(cases[i].ends_s) &&
            strcmp(gate->by == NULL ? "" : gate->by, cases[i].by == NULL ? "" : cases[i].by) == 0 &&
            (why->would_tell ? why->next.at_ms : NEVER) == tells_ms;
        if (!same)
            fail_msg("%s: %s, %s by %s, ends %lld, tells %lld", cases[i].says, gate_name(gate->gate), reason_name(gate->reason),
                     gate->by == NULL ? "nobody" : gate->by, (long long) gate->ends_ms,
                     (long long) (why->would_tell ? why->next.at_ms : NEVER));
        for (size_t g = 0; g < why->n_gates; g++)
            assert_int_equal(why->gates[g].verdict,
                             g < why->first_stop ? GATE_PASSES : g == why->first_stop ? GATE_STOPS : GATE_NOT_REACHED);
        explanation_free(why);
        assert_no_row_changed(&story, cases[i].says);
        story_done(&story);
    }
}

static void test_nobody_is_not_explained(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, all, ARRAY_SIZE(all));
    assert_null(engine_explain(story.engine, "nobody", 0));
    explanation_free(NULL);
    story_done(&story);
}

/* Read-only: one who asks in the middle of a hold does not make it longer. */
static void test_D6_asking_does_not_hold_longer(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, all, ARRAY_SIZE(all));
    story_stands(&story, "shop", "bank");
    story_configures(&story, 0, &story.config);
    standing_on_trouble(&story);
    story_skip(&story);
    for (int64_t at_ms = S(10); at_ms < S(70); at_ms += 999) {
        story_time(&story, at_ms);
        explanation_free(engine_explain(story.engine, "shop", at_ms));
    }
    story_expect(&story, "");
    story_time(&story, S(70));
    story_expect(&story, "70000 notify raise service:shop degraded chat");
    story_done(&story);
}

static void test_C4_which_parameters_it_goes_by(void **state)
{
    static const struct { const char *says; int64_t major_dwell_s, escalate_polls; enum status first, then;
                          enum param polls_by, dwell_by; } steps[] = {
        { "worse", -1, -1, STATUS_OPERATIONAL, STATUS_DEGRADED, PARAM_confirm_polls, PARAM_min_dwell_s },
        { "a major outage", 90, -1, STATUS_OPERATIONAL, STATUS_MAJOR_OUTAGE, PARAM_confirm_polls, PARAM_major_dwell_s },
        { "major, but no quicker", 700, -1, STATUS_OPERATIONAL, STATUS_MAJOR_OUTAGE, PARAM_confirm_polls, PARAM_min_dwell_s },
        { "worse again", -1, 4, STATUS_DEGRADED, STATUS_PARTIAL_OUTAGE, PARAM_escalate_polls, PARAM_min_dwell_s },
        { "over", -1, -1, STATUS_DEGRADED, STATUS_OPERATIONAL, PARAM_recovery_polls, PARAM_recovery_dwell_s },
        { "half over", -1, -1, STATUS_MAJOR_OUTAGE, STATUS_DEGRADED, PARAM_recovery_polls, PARAM_improve_dwell_s },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
        struct story story;
        story_init(&story, all, ARRAY_SIZE(all));
        story_param(&story, "shop", PARAM_major_dwell_s, steps[i].major_dwell_s);
        story_param(&story, "shop", PARAM_escalate_polls, steps[i].escalate_polls);
        poll(&story, 0, 720, steps[i].first);
        poll(&story, 780, 780, steps[i].then);
        struct explanation *why = engine_explain(story.engine, "shop", 0);
        const struct explained_gate *gate = &why->gates[GATE_CONFIRMED];
        if (gate->verdict != GATE_STOPS || gate->n_params != 2 || gate->params[0] != steps[i].polls_by ||
            gate->params[1] != steps[i].dwell_by)
            fail_msg("%s", steps[i].says);
        explanation_free(why);
        story_done(&story);
    }
}

static void test_many_sources_are_counted_and_the_first_shown(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, all, ARRAY_SIZE(all));
    for (int i = 0; i < EXPLAIN_SOURCES_MAX + 2; i++) {
        char name[32];
        (void) snprintf(name, sizeof name, "web%03d/probe", i);
        story_sees(&story, S(1), "shop", name, STATUS_OPERATIONAL);
    }
    struct explanation *why = engine_explain(story.engine, "shop", S(2));
    assert_int_equal(why->n_shown, EXPLAIN_SOURCES_MAX);
    assert_int_equal(why->outlook.n_sources, EXPLAIN_SOURCES_MAX + 2);
    assert_int_equal(why->n_votes, EXPLAIN_SOURCES_MAX + 2);
    assert_string_equal(why->sources[0].collector, "web000");
    assert_int_equal(why->sources[0].stale_at_ms, S(301) + 1);
    assert_int_equal(why->now_ms, S(2));
    explanation_free(why);
    story_done(&story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_gate_that_stops),
        cmocka_unit_test(test_nobody_is_not_explained),
        cmocka_unit_test(test_D6_asking_does_not_hold_longer),
        cmocka_unit_test(test_C4_which_parameters_it_goes_by),
        cmocka_unit_test(test_many_sources_are_counted_and_the_first_shown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Three engines live the same random life: one undisturbed, one that is stored, encoded, decoded and loaded again now
 * and then (X1), one that is woken between inputs (T8). All must decide the same, field by field, and end with the same
 * rows.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/engine/readiness.h"
#include "aggregator/engine/slo.h"
#include "aggregator/engine/explain.h"
#include "common/limits.h"
#include "common/rng.h"
#include "tests/unit/engine/shelf.h"
#include "tests/unit/engine/story.h"

enum { LIVES = 40, INPUTS = 400 };

/* ---- a random life */

struct life {
    struct rng rng;
    struct rng proofs;                 /* of its own, so that the rest of the life stays as it is */
    struct rng budgets;                /* and of burn rates, likewise */
    int64_t now_ms;
    uint64_t seq[8];
    int mood[8];                       /* what each service is like now */
    struct story story[2];             /* for their configurations */
    struct engine_config configs[2];
    size_t config;                     /* the one in force */
};

struct input {
    enum { OBSERVE, COMMAND, ADVANCE, CONFIGURE } kind;
    int64_t at_ms;
    Observation observation;
    Command command;
    const struct engine_config *config;
};

static const struct cast first_cast[] = {{"bulk", 3}, {"db", 1}, {"mail", 2}, {"shop", 2}};
static const struct cast second_cast[] = {{"cache", 1}, {"db", 2}, {"shop", 1}};
static const char *const services[] = {"bulk", "db", "mail", "shop", "cache", "web1:disk", "web2:disk", "nobody"};

/* Who stands on whom: in the first a root, someone between, and a cycle. */
static const struct { size_t story; const char *service; const char *on; } edges[] = {
    { 0, "db", "bulk" }, { 0, "mail", "bulk" }, { 0, "shop", "db" }, { 0, "shop", "mail" }, { 0, "mail", "shop" },
    { 1, "cache", "db" }, { 1, "shop", "db" },
};
static const char *const sources[] = {"web1/page", "web1/probe", "web2/probe", "page", "web3/probe2"};

static void hasten(struct params *params, struct rng *rng)
{
    int64_t *value = params->value;

    value[PARAM_min_dwell_s] = (int64_t) rng_below(rng, 3) * 100;
    value[PARAM_improve_dwell_s] = (int64_t) rng_below(rng, 3) * 100;
    value[PARAM_recovery_dwell_s] = (int64_t) rng_below(rng, 2) * 60;
    value[PARAM_confirm_polls] = 1 + (int64_t) rng_below(rng, 5);
    value[PARAM_dedup_window_s] = 60 + (int64_t) rng_below(rng, 3) * 3000;
    value[PARAM_notify_improve] = (int64_t) rng_below(rng, 2);
    value[PARAM_combine] = (int64_t) rng_below(rng, 4);
    value[PARAM_quorum] = (int64_t) rng_below(rng, 3);
    value[PARAM_unknown_reset_s] = 200 + (int64_t) rng_below(rng, 2) * 700;
    value[PARAM_manual_ttl_s] = (int64_t) rng_below(rng, 2) * 500;
    value[PARAM_reminders] = rng_below(rng, 4) > 0;
    value[PARAM_poller_failure_threshold] = 1 + (int64_t) rng_below(rng, 3);
    value[PARAM_poller_recovery_threshold] = 1 + (int64_t) rng_below(rng, 2);
    value[PARAM_flap_enabled] = rng_below(rng, 4) > 0;
    value[PARAM_flap_bad_s] = (int64_t) rng_below(rng, 3) * 40;
    value[PARAM_flap_high_pct] = 8 + (int64_t) rng_below(rng, 3) * 6;
    value[PARAM_flap_low_pct] = 3 + (int64_t) rng_below(rng, 3) * 2;
}

/* Of the engine and of a service alike: few minutes of trouble are to burn. */
static void hasten_burns(struct params *params, struct rng *rng)
{
    int64_t *value = params->value;

    value[PARAM_slo_enabled] = rng_below(rng, 4) > 0;
    value[PARAM_slo_target] = rng_below(rng, 2) > 0 ? 999000 : 900000;
    value[PARAM_slo_min_bad_s] = (int64_t) rng_below(rng, 3) * 30;
    value[PARAM_slo_min_coverage_pct] = 1 + (int64_t) rng_below(rng, 60);
    value[PARAM_slo_reset_evals] = 1 + (int64_t) rng_below(rng, 3);
    value[PARAM_recur_limit] = 1 + (int64_t) rng_below(rng, 2);
    value[PARAM_recur_dwell_s] = (int64_t) rng_below(rng, 3) * 100;
    value[PARAM_weight_degraded] = (int64_t) rng_below(rng, 2) * 100;
    value[PARAM_slo_eval_s] = 60 + (int64_t) rng_below(rng, 3) * 120;
    value[PARAM_slo_fast] = rng_below(rng, 2) > 0 ? 14400 : 3000;
    value[PARAM_slo_slow] = 2000;
    value[PARAM_slo_ticket] = 500;
}

/* Few collectors with few sources are to turn blind and silent. */
static void hasten_health(struct params *params, struct rng *rng)
{
    int64_t *value = params->value;

    value[PARAM_blind_min] = 1 + (int64_t) rng_below(rng, 3);
    value[PARAM_blind_pct] = 1 + (int64_t) rng_below(rng, 50);
    value[PARAM_poller_hold_s] = (int64_t) rng_below(rng, 3) * 90;
    value[PARAM_mass_silence_min] = 1 + (int64_t) rng_below(rng, 3);
    value[PARAM_mass_silence_pct] = 1 + (int64_t) rng_below(rng, 70);
    value[PARAM_collector_hold_s] = (int64_t) rng_below(rng, 3) * 60;
    value[PARAM_collector_silent_s] = 100 + (int64_t) rng_below(rng, 3) * 100;
    value[PARAM_dedup_window_s] = 60 + (int64_t) rng_below(rng, 3) * 3000;
    value[PARAM_maint_end_grace_s] = (int64_t) rng_below(rng, 3) * 100;
}

static void life_begin(struct life *life, uint64_t seed)
{
    *life = (struct life) {.now_ms = S(1000)};
    rng_seed(&life->rng, seed);
    rng_seed(&life->budgets, seed);
    rng_seed(&life->proofs, seed);
    story_cast(&life->story[0], first_cast, ARRAY_SIZE(first_cast));
    story_cast(&life->story[1], second_cast, ARRAY_SIZE(second_cast));
    for (size_t i = 0; i < ARRAY_SIZE(edges); i++)
        story_stands(&life->story[edges[i].story], edges[i].service, edges[i].on);
    for (size_t c = 0; c < 2; c++) {
        struct story *story = &life->story[c];
        story->config.params.value[PARAM_correlation_threshold] = 1 + (int64_t) rng_below(&life->rng, 2);
        story->config.params.value[PARAM_correlation_window_s] = (int64_t) rng_below(&life->rng, 3) * 3600;
        story->config.params.value[PARAM_reopen_window_s] = (int64_t) rng_below(&life->budgets, 3) * 1800;
        for (size_t i = 0; i < story->config.n_services; i++)
            hasten(&story->services[i].params, &life->rng);
        for (size_t i = 0; i < story->config.n_services; i++)
            hasten_burns(&story->services[i].params, &life->budgets);
        for (int tier = 0; tier < 3; tier++)
            hasten(&story->config.host_params[tier], &life->rng);
        for (int tier = 0; tier < 3; tier++)
            hasten_burns(&story->config.host_params[tier], &life->budgets);
        hasten_burns(&story->config.params, &life->budgets);
        hasten(&story->rules[0].params, &life->rng);
        hasten(&story->config.params, &life->rng);
        story->config.params.value[PARAM_ack_ttl_s] = (int64_t) rng_below(&life->rng, 2) * 900;
        hasten_health(&story->config.params, &life->rng);
        life->configs[c] = story->config;
        life->configs[c].digest = c == 0 ? "first" : "second";
    }
    for (size_t i = 0; i < ARRAY_SIZE(life->mood); i++)
        life->mood[i] = STATUS_OPERATIONAL;
}

static int64_t step(struct rng *rng)
{
    static const int64_t steps[] = {
        0, 0, 1, 999, 10000, 30000, 30000, 60000, 60000, 60000, 100000, 120001, 300001, -500,
    };

    if (rng_below(rng, 100) == 0)
        return 1000000 + (int64_t) rng_below(rng, 5000000);
    return steps[rng_below(rng, ARRAY_SIZE(steps))];
}

static Observation observe(struct life *life)
{
    struct rng *rng = &life->rng;
    size_t service = rng_below(rng, 1 + rng_below(rng, ARRAY_SIZE(services)));     /* the first ones far more often */
    size_t source = rng_below(rng, 1 + rng_below(rng, ARRAY_SIZE(sources)));
    struct story *maker = &life->story[0];

    if (rng_below(rng, 20) == 0)
        life->mood[service] = (int) rng_below(rng, STATUS_COUNT);
    enum status level = (enum status) life->mood[service];
    if (rng_below(rng, 8) == 0)
        level = (enum status) rng_below(rng, STATUS_COUNT);
    Observation said = story_observation(maker, life->now_ms, services[service], sources[source], level);
    said.seq = ++life->seq[source] - (rng_below(rng, 20) == 0 ? 1 : 0);
    said.has_seq = rng_below(rng, 5) > 0;
    said.boot = 1 + (uint64_t) (life->now_ms / S(20000)) - (rng_below(rng, 50) == 0 ? 1 : 0);
    said.observed_at_ms += rng_below(rng, 10) == 0 ? (int64_t) rng_below(rng, 400000) - 200000 : 0;
    said.every_s = rng_below(rng, 10) == 0 ? (uint32_t) rng_below(rng, 300) : 0;
    said.result = rng_below(rng, 6) == 0 ? RESULT_FAIL : RESULT_OK;
    if (rng_below(rng, 30) == 0)
        said.kind = said.kind == SOURCE_PROBE ? SOURCE_VENDOR : SOURCE_PROBE;
    return said;
}

static const char *const windows[] = {"w1", "w2", "w3", "vendor:db:1"};

static void maintain(struct life *life, Maintenance *window)
{
    static const char *const subjects[] = {"db", "shop", "bulk", "web1:disk", "service:shop", "collector:web1", "*", "db", "gone"};
    struct rng *rng = &life->rng;

    *window = (Maintenance) {
        .start_ms = life->now_ms + ((int64_t) rng_below(rng, 4) - 2) * 60000,
        .origin = (MaintenanceOrigin) rng_below(rng, 3),
        .has_slo_exclude = rng_below(rng, 2) == 0,
        .by = "ann",
        .reason = "new disks",
    };
    window->end_ms = window->start_ms + ((int64_t) rng_below(rng, 8) - 1) * 60000;
    (void) text_copy(window->id, sizeof window->id, text_of(windows[rng_below(rng, ARRAY_SIZE(windows))]));
    for (uint64_t n = rng_below(rng, 4); n > 0; n--)
        (void) text_copy(window->subjects[window->subjects_count++], sizeof window->subjects[0],
            text_of(subjects[rng_below(rng, ARRAY_SIZE(subjects))]));
}

/* With areas that take no records, and results that withdraw one. */
static void prove(struct life *life, Evidence *evidence)
{
    static const char *const areas[] = {"backup", "backup", "security", "incidents"};
    static const char *const subjects[] = {"db", "files", "mail"};
    struct rng *rng = &life->proofs;

    *evidence = (Evidence) {
        .result = (EvidenceResult) rng_below(rng, 4),
        .has_at_ms = rng_below(rng, 2) == 0,
        .at_ms = life->now_ms - (int64_t) rng_below(rng, 90000000) + 1000000,
        .by = "ann",
    };
    (void) text_copy(evidence->area, sizeof evidence->area, text_of(areas[rng_below(rng, ARRAY_SIZE(areas))]));
    (void) text_copy(evidence->subject, sizeof evidence->subject, text_of(subjects[rng_below(rng, ARRAY_SIZE(subjects))]));
}

static void retire(struct life *life, Forget *forget)
{
    struct rng *rng = &life->rng;

    if (rng_below(rng, 2) == 0) {
        (void) snprintf(forget->collector, sizeof forget->collector, "web%d", 1 + (int) rng_below(rng, 3));
        return;
    }
    (void) text_copy(forget->service, sizeof forget->service, text_of(services[rng_below(rng, ARRAY_SIZE(services))]));
    (void) text_copy(forget->source, sizeof forget->source, text_of(sources[rng_below(rng, ARRAY_SIZE(sources))]));
}

static Command command(struct life *life)
{
    struct rng *rng = &life->rng;
    Command made = {.which_input = Command_tick_tag};
    const char *service = services[rng_below(rng, ARRAY_SIZE(services))];

    switch (rng_below(rng, 22)) {
    case 0:
    case 1:
        made.which_input = Command_heartbeat_tag;
        (void) snprintf(made.input.heartbeat.collector, sizeof made.input.heartbeat.collector, "web%d",
            1 + (int) rng_below(rng, 3));
        break;
    case 2:
        made.which_input = Command_manual_tag;
        made.input.manual = (Manual) {
            .level = (Level) rng_below(rng, STATUS_COUNT),
            .has_ttl_s = rng_below(rng, 3) > 0,
            .ttl_s = (uint32_t) rng_below(rng, 3) * 200,
            .by = "ann",
            .reason = "seen with my own eyes",
        };
        (void) text_copy(made.input.manual.service, sizeof made.input.manual.service, text_of(service));
        break;
    case 3:
        made.which_input = Command_manual_tag;
        made.input.manual.end = true;
        (void) text_copy(made.input.manual.service, sizeof made.input.manual.service, text_of(service));
        break;
    case 4:
        made.which_input = Command_gap_tag;
        break;
    case 5:
    case 6:
        made.which_input = Command_registration_tag;
        made.input.registration = (Register) {.tier = 1 + (uint32_t) rng_below(rng, 3)};
        (void) text_copy(made.input.registration.service, sizeof made.input.registration.service,
            text_of(services[5 + rng_below(rng, 2)]));
        if (rng_below(rng, 3) == 0)
            (void) text_copy(made.input.registration.host_rule, sizeof made.input.registration.host_rule, text_of("1"));
        break;
    case 7:
    case 8:
    case 9:
        made.which_input = Command_acknowledge_tag;
        made.input.acknowledge = (Acknowledge) {
            .by = "ann",
            .notes = "on it",
            .sticky = rng_below(rng, 3) == 0,
            .has_ttl_s = rng_below(rng, 3) > 0,
            .ttl_s = (uint32_t) rng_below(rng, 4) * 300,
            .has_until_ms = rng_below(rng, 8) == 0,
            .until_ms = life->now_ms - 1,
        };
        (void) snprintf(made.input.acknowledge.key, sizeof made.input.acknowledge.key, "service:%s", service);
        break;
    case 10:
        made.which_input = Command_unacknowledge_tag;
        (void) snprintf(made.input.unacknowledge.key, sizeof made.input.unacknowledge.key, "service:%s", service);
        break;
    case 12:
    case 13:
    case 14:
    case 15:
    case 16:
        /* Trouble that confirms at once, among those that stand on each other. */
        made.which_input = Command_manual_tag;
        made.input.manual = (Manual) {.level = LEVEL_OPERATIONAL + (Level) rng_below(rng, 4), .by = "bob"};
        (void) text_copy(made.input.manual.service, sizeof made.input.manual.service, text_of(services[rng_below(rng, 4)]));
        break;
    case 17:
    case 18:
    case 19:
        made.which_input = Command_maintenance_tag;
        maintain(life, &made.input.maintenance);
        break;
    case 11:
    case 21:
        made.which_input = Command_forget_tag;
        retire(life, &made.input.forget);
        break;
    case 20:
        made.which_input = Command_maintenance_end_tag;
        made.input.maintenance_end = (MaintenanceEnd) {.by = "ann"};
        (void) text_copy(made.input.maintenance_end.id, sizeof made.input.maintenance_end.id,
            text_of(windows[rng_below(rng, ARRAY_SIZE(windows))]));
        break;
    default:
        break;
    }
    return made;
}

static struct input next_input(struct life *life)
{
    struct input input = {.kind = OBSERVE};

    if (rng_below(&life->proofs, 20) == 0) {
        input = (struct input) {.kind = COMMAND, .at_ms = life->now_ms, .command = {.which_input = Command_evidence_tag}};
        prove(life, &input.command.input.evidence);
        return input;
    }
    uint64_t dice = rng_below(&life->rng, 100);

    life->now_ms += step(&life->rng);
    input.at_ms = life->now_ms;
    if (dice < 80) {
        input.observation = observe(life);
    } else if (dice < 94) {
        input.kind = COMMAND;
        input.command = command(life);
    } else if (dice < 98) {
        input.kind = ADVANCE;
    } else {
        input.kind = CONFIGURE;
        life->config = rng_below(&life->rng, 2);
        input.config = &life->configs[life->config];
    }
    return input;
}

static void give(struct engine *engine, const struct input *input, struct effects *effects)
{
    switch (input->kind) {
    case OBSERVE:
        engine_observe(engine, &input->observation, input->at_ms, effects);
        break;
    case COMMAND:
        engine_command(engine, &input->command, input->at_ms, effects);
        break;
    case ADVANCE:
        engine_advance(engine, input->at_ms, effects);
        break;
    case CONFIGURE:
        engine_configure(engine, input->config, input->at_ms, effects);
        break;
    }
}

/* ---- comparing */

/* Every field of every decision, as text. */
static void describe(struct buffer *out, const struct effects *effects)
{
    for (size_t i = 0; i < effects->n_decisions; i++) {
        const struct decision *d = &effects->decisions[i];
        story_line(out, d);
        (void) buffer_format(out, " | %s %s %s ", d->source == NULL ? "-" : d->source,
            d->collector == NULL ? "-" : d->collector, d->incident == NULL ? "-" : d->incident);
        (void) buffer_format(out, "%s %lld %d %d %u %u %u %u %d %d %s %u", d->service == NULL ? "-" : d->service,
            (long long) d->since_ms, (int) d->said_vendor, (int) d->said_probe, d->dependents, d->tiers[0], d->tiers[1],
            d->tiers[2], d->tier, d->has_impact, d->previous == NULL ? "-" : d->previous, d->pct);
    }
    (void) buffer_format(out, " / %d", effects->accepted);
}

static void compare(const struct effects *expected, const struct effects *got, uint64_t seed, int at)
{
    struct buffer a;
    struct buffer b;
    buffer_init(&a, 4 << 20);
    buffer_init(&b, 4 << 20);
    describe(&a, expected);
    describe(&b, got);
    if (strcmp(a.bytes, b.bytes) != 0)
        fail_msg("seed %llu, input %d:\n%s\nbut\n%s", (unsigned long long) seed, at, a.bytes, b.bytes);
    buffer_done(&a);
    buffer_done(&b);
}

static void compare_readiness(const struct engine *expected, const struct engine *got, uint64_t seed, int at)
{
    struct readiness a;
    struct readiness b;

    engine_readiness(expected, &a);
    engine_readiness(got, &b);
    bool same = a.score == b.score && a.state == b.state && a.n_areas == b.n_areas;
    for (size_t i = 0; same && i < a.n_areas; i++)
        same = a.areas[i].verdict.score == b.areas[i].verdict.score && a.areas[i].verdict.state == b.areas[i].verdict.state;
    if (!same)
        fail_msg("seed %llu, input %d: readiness differs", (unsigned long long) seed, at);
}

static void compare_figures(const struct engine *expected, const struct engine *got, uint64_t seed, int at)
{
    for (size_t i = 0; i < ARRAY_SIZE(services); i++) {
        struct slo_figures a = {0};
        struct slo_figures b = {0};
        bool same = slo_figures(expected, services[i], &a) == slo_figures(got, services[i], &b) && a.watched == b.watched &&
            a.budget_remaining_ppm == b.budget_remaining_ppm &&
            memcmp(a.burn_milli, b.burn_milli, sizeof a.burn_milli) == 0 &&
            memcmp(a.uptime_ppm, b.uptime_ppm, sizeof a.uptime_ppm) == 0;
        if (!same)
            fail_msg("seed %llu, input %d: figures of %s differ", (unsigned long long) seed, at, services[i]);
    }
}

struct lived {
    size_t decisions, notifications, suppressions, acknowledgements, restarts, masses, blindnesses, told_of_health;
    size_t flaps, unwatched, aggregates, holds, burns, windows, maintained, graced, unproven;
    size_t joins, comebacks, resolves;
};

static void look_back(struct lived *lived, const struct decision *d)
{
    const char *key = d->key == NULL ? "" : d->key;
    bool told = d->kind == DECISION_NOTIFY;

    lived->decisions++;
    lived->unproven += d->kind == DECISION_REJECT && strcmp(d->op, "evidence") == 0;
    lived->notifications += told;
    lived->suppressions += d->kind == DECISION_SUPPRESS;
    lived->acknowledgements += d->kind == DECISION_ACK;
    lived->flaps += d->kind == DECISION_FLAP;
    lived->aggregates += d->affected != NULL;
    if (d->kind == DECISION_INCIDENT) {
        lived->joins += strcmp(d->op, "join") == 0;
        lived->comebacks += strcmp(d->op, "rejoin") == 0 || strcmp(d->op, "reopen") == 0;
        lived->resolves += strcmp(d->op, "resolve") == 0;
    }
    lived->holds += d->reason == REASON_UPSTREAM_GRACE || d->reason == REASON_CORRELATION_HOLD;
    lived->windows += d->kind == DECISION_MAINT;
    lived->maintained += d->reason == REASON_MAINTENANCE;
    lived->unwatched += d->reason == REASON_UNWATCHED;
    lived->graced += d->reason == REASON_MAINTENANCE_GRACE;
    lived->burns += told && strncmp(key, "slo:", 4) == 0;
    lived->masses += told && strncmp(key, "self:", 5) == 0;
    lived->blindnesses += d->kind == DECISION_COLLECTOR && strcmp(d->to, "blind") == 0;
    lived->told_of_health += told && (strncmp(key, "poller:", 7) == 0 || strncmp(key, "collector:", 10) == 0);
}

static struct engine *restart(struct engine *engine, struct shelf *shelf, struct life *life)
{
    struct effects effects = {0};

    engine_free(engine);
    engine = shelf_load(shelf, &life->budgets);
    engine_configure(engine, &life->configs[life->config], life->now_ms, &effects);
    assert_int_equal(effects.n_decisions, 0);
    effects_done(&effects);
    return engine;
}

static void live(uint64_t seed, struct lived *lived)
{
    CLEANUP(mem_freep) struct life *life = mem_new(sizeof *life);
    CLEANUP(mem_freep) struct shelf *calm = mem_new(sizeof *calm);
    CLEANUP(mem_freep) struct shelf *shelf = mem_new(sizeof *shelf);
    struct engine *undisturbed = engine_new();
    struct engine *restarted = engine_new();
    struct engine *woken = engine_new();
    struct effects effects[3] = {{0}};

    life_begin(life, seed);
    engine_configure(undisturbed, &life->configs[0], 0, &effects[0]);
    engine_configure(restarted, &life->configs[0], 0, &effects[1]);
    engine_configure(woken, &life->configs[0], 0, &effects[2]);
    for (int i = 0; i < INPUTS; i++) {
        int64_t before_ms = life->now_ms;
        struct input input = next_input(life);
        bool gap = input.kind == COMMAND && input.command.which_input == Command_gap_tag;

        give(undisturbed, &input, &effects[0]);
        give(restarted, &input, &effects[1]);
        for (int wakes = 0; wakes < 3 && !gap && i > 0 && input.at_ms > before_ms; wakes++)
            engine_advance(woken, before_ms + (input.at_ms - before_ms) * wakes / 3, &effects[2]);
        give(woken, &input, &effects[2]);
        compare(&effects[0], &effects[1], seed, i);
        compare(&effects[0], &effects[2], seed, i);
        compare_readiness(undisturbed, restarted, seed, i);
        compare_figures(undisturbed, restarted, seed, i);
        compare_readiness(undisturbed, woken, seed, i);
        compare_figures(undisturbed, woken, seed, i);

        for (size_t d = 0; d < effects[0].n_decisions; d++)
            look_back(lived, &effects[0].decisions[d]);
        for (size_t e = 0; e < ARRAY_SIZE(effects); e++)
            effects_reset(&effects[e]);
        shelf_drain(calm, undisturbed);
        shelf_drain(shelf, restarted);
        if (rng_below(&life->rng, 15) == 0) {
            restarted = restart(restarted, shelf, life);
            lived->restarts++;
        }
    }
    shelf_compare(calm, shelf, seed);

    struct engine_counts counts[2];
    engine_count(undisturbed, &counts[0]);
    engine_count(restarted, &counts[1]);
    assert_memory_equal(&counts[0], &counts[1], sizeof counts[0]);
    for (size_t e = 0; e < ARRAY_SIZE(effects); e++)
        effects_done(&effects[e]);
    engine_free(undisturbed);
    engine_free(restarted);
    engine_free(woken);
}

static void test_X1_T8_restarts_and_wakings_change_nothing(void **state)
{
    struct lived lived = {0};
    (void) state;

    for (uint64_t seed = 1; seed <= LIVES; seed++)
        live(seed, &lived);

    /* The lives must have been worth living: a change here means that the inputs became dull. */
    assert_true(lived.decisions > LIVES * 100);
    assert_true(lived.notifications > LIVES * 10);
    assert_true(lived.suppressions > LIVES);
    assert_true(lived.acknowledgements > LIVES);
    assert_true(lived.masses > LIVES);
    assert_true(lived.blindnesses > LIVES);
    assert_true(lived.told_of_health > LIVES);
    assert_true(lived.flaps > LIVES / 2);
    assert_true(lived.aggregates > LIVES);
    assert_true(lived.holds * 2 > LIVES);
    assert_true(lived.burns > LIVES);
    assert_true(lived.joins > LIVES / 2);
    assert_true(lived.comebacks > LIVES / 4);
    assert_true(lived.resolves > LIVES);
    assert_true(lived.restarts > LIVES * 10);
    assert_true(lived.unproven > LIVES);
    assert_true(lived.unwatched > LIVES / 8);
    assert_true(lived.windows > LIVES * 5);
    assert_true(lived.maintained > LIVES / 2);
    assert_true(lived.graced > LIVES / 4);
}

/* ---- what is said of the future comes true */

enum { EXPLAINED_LIVES = 6, ASK_EACH = 8, AHEAD_MS = 3 * 3600 * 1000 };

struct asked { size_t alerts, held, told, silent; };

/* When this alert first tells something while nobody speaks, and what; 0: not within AHEAD_MS. */
static int64_t wait_for(struct engine *engine, const char *key, struct rng *rng, enum notify_kind *kind)
{
    struct effects effects = {0};
    int64_t until_ms = engine_now(engine) + AHEAD_MS;
    int64_t told_ms = 0;

    while (told_ms == 0 && engine_now(engine) < until_ms) {
        engine_advance(engine, engine_now(engine) + 1 + (int64_t) rng_below(rng, 2000000), &effects);
        for (size_t i = 0; i < effects.n_decisions && told_ms == 0; i++) {
            const struct decision *d = &effects.decisions[i];
            if (d->kind != DECISION_NOTIFY || strcmp(d->key, key) != 0)
                continue;
            told_ms = d->at_ms;
            *kind = d->notify;
        }
        effects_reset(&effects);
    }
    effects_done(&effects);
    return told_ms > until_ms ? 0 : told_ms;
}

/* Among the gates, the reason that was told last of what is pending; nothing pending, no reason. */
static void compare_reason(const struct explanation *why, uint64_t seed, int at)
{
    const struct explained_gate *stop = why->first_stop < why->n_gates ? &why->gates[why->first_stop] : NULL;
    enum reason reason = stop == NULL ? REASON_NONE : stop->reason;
    const struct outlook_held *held = &why->outlook.held;
    bool same = reason == held->reason && (reason == REASON_NONE ||
        (why->wanted.kind == held->kind && strcmp(stop->by == NULL ? "" : stop->by, held->by == NULL ? "" : held->by) == 0));

    if (!same)
        fail_msg("seed %llu, input %d, %s: stopped by %s, but held %s for %s", (unsigned long long) seed, at, why->service,
            reason_name(reason), notify_kind_name(held->kind), reason_name(held->reason));
}

static void compare_future(const struct explanation *why, struct shelf *shelf, struct life *life, int at)
{
    struct effects effects = {0};
    struct rng dice = {0};
    enum notify_kind kind = NOTIFY_RAISE;
    char key[KEY_BYTES_MAX + 1];

    rng_seed(&dice, (uint64_t) at);
    (void) snprintf(key, sizeof key, "service:%s", why->service);
    struct engine *engine = shelf_load(shelf, &dice);
    engine_configure(engine, &life->configs[life->config], 0, &effects);
    effects_done(&effects);
    int64_t until_ms = engine_now(engine) + AHEAD_MS;
    int64_t told_ms = wait_for(engine, key, &dice, &kind);
    int64_t said_ms = why->would_tell && why->next.at_ms <= until_ms ? why->next.at_ms : 0;
    if (told_ms != said_ms || (told_ms != 0 && kind != why->next.kind))
        fail_msg("input %d, %s: said to tell at %lld, but told at %lld", at, key, (long long) said_ms, (long long) told_ms);
    engine_free(engine);
}

static void ask(struct engine *engine, struct shelf *shelf, struct life *life, int at, struct asked *asked)
{
    StateRow row;
    uint32_t slot;

    for (size_t i = 0; i < ARRAY_SIZE(services); i++) {
        struct explanation *why = engine_explain(engine, services[i], 0);
        if (why == NULL)
            continue;
        assert_false(engine_next_dirty(engine, &row, &slot));
        compare_reason(why, 0, at);
        asked->alerts += why->has_alert;
        asked->held += why->outlook.has_held;
        asked->told += why->would_tell;
        asked->silent += why->has_alert && !why->would_tell;
        if (why->has_alert || rng_below(&life->rng, 30) == 0)
            compare_future(why, shelf, life, at);
        explanation_free(why);
    }
}

static void live_and_ask(uint64_t seed, struct asked *asked)
{
    CLEANUP(mem_freep) struct life *life = mem_new(sizeof *life);
    CLEANUP(mem_freep) struct shelf *shelf = mem_new(sizeof *shelf);
    struct engine *engine = engine_new();
    struct effects effects = {0};

    life_begin(life, 1000 + seed);
    engine_configure(engine, &life->configs[0], 0, &effects);
    for (int i = 0; i < INPUTS; i++) {
        struct input input = next_input(life);
        give(engine, &input, &effects);
        effects_reset(&effects);
        shelf_drain(shelf, engine);
        if (i % ASK_EACH == 0)
            ask(engine, shelf, life, i, asked);
    }
    effects_done(&effects);
    engine_free(engine);
}

static void test_what_explains_an_alert_comes_true(void **state)
{
    struct asked asked = {0};
    (void) state;

    for (uint64_t seed = 1; seed <= EXPLAINED_LIVES; seed++)
        live_and_ask(seed, &asked);
    assert_true(asked.alerts > EXPLAINED_LIVES * 20);
    assert_true(asked.held > EXPLAINED_LIVES * 5);
    assert_true(asked.told > EXPLAINED_LIVES * 5);
    assert_true(asked.silent > EXPLAINED_LIVES * 2);
}

static void test_C2_the_largest_count_survives_whoever_comes_next(void **state)
{
    CLEANUP(mem_freep) struct shelf *shelf = mem_new(sizeof *shelf);
    static const struct cast one[] = {{"shop", 2}};
    (void) state;

    for (uint64_t seed = 1; seed <= 16; seed++) {       /* rows come back in many orders */
        struct story story;
        struct rng rng;
        rng_seed(&rng, seed);
        shelf->n = 0;
        story_init(&story, one, 1);
        for (int64_t i = 0; i <= 9; i++)
            story_sees(&story, S(60 * i), "shop", "page", STATUS_DEGRADED);
        shelf_drain(shelf, story.engine);
        engine_free(story.engine);
        story.engine = shelf_load(shelf, &rng);
        story_configures(&story, 0, &story.config);
        story_skip(&story);
        story_sees(&story, S(600), "shop", "other", STATUS_DEGRADED);
        story_expect(&story,
            "600000 hard shop unknown>degraded confirm n=10 dwell=600000\n"
            "600000 notify raise service:shop degraded chat");
        story_done(&story);
    }
}

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
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct engine *engine = engine_new();
        if (engine_load(engine, &cases[i].row) >= 0)
            fail_msg("%s", cases[i].says);
        engine_free(engine);
    }
}

static void test_X3_what_changed_while_we_were_away(void **state)
{
    CLEANUP(mem_freep) struct shelf *shelf = mem_new(sizeof *shelf);
    CLEANUP(mem_freep) struct story *before = mem_new(sizeof *before);
    CLEANUP(mem_freep) struct story *after = mem_new(sizeof *after);
    struct rng rng;
    (void) state;

    rng_seed(&rng, 1);
    story_init(before, first_cast, ARRAY_SIZE(first_cast));
    story_registers(before, S(10), "web1:disk", 2, "");
    story_manual(before, S(10), "mail", STATUS_MAJOR_OUTAGE, 0);
    shelf_drain(shelf, before->engine);

    story_init(after, second_cast, ARRAY_SIZE(second_cast));
    engine_free(after->engine);
    after->engine = shelf_load(shelf, &rng);
    after->config.digest = "d2";
    story_configures(after, S(99999), &after->config);      /* at the time of the stored state: the gap comes next */
    story_expect(after,
        "10000 config+cache-bulk,mail\n"
        "10000 notify resolve service:mail operational page,chat config_removed");
    story_gap(after, S(99999));
    story_expect(after, "99999000 gap 99989000");
    story_done(after);
    story_done(before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_X1_T8_restarts_and_wakings_change_nothing),
        cmocka_unit_test(test_what_explains_an_alert_comes_true),
        cmocka_unit_test(test_C2_the_largest_count_survives_whoever_comes_next),
        cmocka_unit_test(test_X1_rows_that_cannot_be_ours_are_refused),
        cmocka_unit_test(test_X3_what_changed_while_we_were_away),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

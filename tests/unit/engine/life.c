/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/engine/life.h"

#include <stdio.h>
#include <string.h>

const struct cast life_first_cast[] = {{"bulk", 3}, {"db", 1}, {"mail", 2}, {"shop", 2}};
const struct cast life_second_cast[] = {{"cache", 1}, {"db", 2}, {"shop", 1}};
const char *const life_services[] = {"bulk", "db", "mail", "shop", "cache", "web1:disk", "web2:disk", "nobody"};

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

void life_begin(struct life *life, uint64_t seed)
{
    *life = (struct life) {.now_ms = S(1000)};
    rng_seed(&life->rng, seed);
    rng_seed(&life->budgets, seed);
    rng_seed(&life->proofs, seed);
    story_cast(&life->story[0], life_first_cast, ARRAY_SIZE(life_first_cast));
    story_cast(&life->story[1], life_second_cast, ARRAY_SIZE(life_second_cast));
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
    size_t service = rng_below(rng, 1 + rng_below(rng, ARRAY_SIZE(life_services)));     /* the first ones far more often */
    size_t source = rng_below(rng, 1 + rng_below(rng, ARRAY_SIZE(sources)));
    struct story *maker = &life->story[0];

    if (rng_below(rng, 20) == 0)
        life->mood[service] = (int) rng_below(rng, STATUS_COUNT);
    enum status level = (enum status) life->mood[service];
    if (rng_below(rng, 8) == 0)
        level = (enum status) rng_below(rng, STATUS_COUNT);
    Observation said = story_observation(maker, life->now_ms, life_services[service], sources[source], level);
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
    (void) text_copy(forget->service, sizeof forget->service, text_of(life_services[rng_below(rng, ARRAY_SIZE(life_services))]));
    (void) text_copy(forget->source, sizeof forget->source, text_of(sources[rng_below(rng, ARRAY_SIZE(sources))]));
}

static Command command(struct life *life)
{
    struct rng *rng = &life->rng;
    Command made = {.which_input = Command_tick_tag};
    const char *service = life_services[rng_below(rng, ARRAY_SIZE(life_services))];

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
            text_of(life_services[5 + rng_below(rng, 2)]));
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
        (void) text_copy(made.input.manual.service, sizeof made.input.manual.service, text_of(life_services[rng_below(rng, 4)]));
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

struct input life_next(struct life *life)
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

void life_give(struct engine *engine, const struct input *input, struct effects *effects)
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

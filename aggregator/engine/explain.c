/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/engine/explain.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/engine/engine_private.h"
#include "aggregator/engine/fork.h"
#include "common/mem.h"

/* Deadlines that may pass before something is told. With a reminder each minute, all held, they are three days. */
enum { STEPS_MAX = 5000 };

static const char *const gate_names[GATE_COUNT] = {
    [GATE_FRESH] = "fresh",
    [GATE_EFFECTIVE] = "effective",
    [GATE_CONFIRMED] = "confirmed",
    [GATE_TOLD] = "told",
    [GATE_ROUTE] = "route",
    [GATE_MAINTENANCE] = "maintenance",
    [GATE_DEPENDENCY] = "dependency",
    [GATE_CLASS] = "class",
    [GATE_FLAPPING] = "flapping",
    [GATE_ACKNOWLEDGED] = "acknowledged",
    [GATE_IMPROVE] = "improve",
    [GATE_RECURRING] = "recurring",
};

const char *gate_name(enum gate gate)
{
    return gate_names[gate];
}

static const char *copy(struct explanation *why, const char *name)
{
    return name == NULL ? NULL : arena_copy_string(&why->arena, name);
}

static const char *const *copy_names(struct explanation *why, const char *const *names, size_t n)
{
    const char **list = arena_new(&why->arena, (n + 1) * sizeof *list);

    for (size_t i = 0; i < n; i++)
        list[i] = copy(why, names[i]);
    return list;
}

/* ---- the service and its sources */

static void copy_outlook(struct explanation *why, const struct engine *engine, const char *service)
{
    bool there = outlook_of(engine, service, &why->outlook);
    assert(there);
    why->outlook.service = why->service;
    why->outlook.level = copy(why, why->outlook.level);
    why->outlook.held.by = copy(why, why->outlook.held.by);
}

static void show_service(struct explanation *why, const struct engine *engine, const struct service *service)
{
    const struct manual *manual = service->manual;

    why->service = copy(why, service->id);
    why->tier = service->tier;
    why->registered = service->registered;
    why->host_rule = copy(why, service->host_rule == NULL ? "" : service->host_rule);
    why->has_manual = manual != NULL;
    why->manual_by = copy(why, manual == NULL ? "" : manual->by);
    why->manual_until_ms = manual == NULL ? 0 : manual->until_ms;
    why->hard_since_ms = service->hard_since_ms;
    why->flap_pct = flap_percent(&service->flap);
    for (int i = 0; i < PARAM_COUNT; i++)
        why->params.value[i] = (param_rows[i].per_service ? service->params : &engine->config->params)->value[i];
    copy_outlook(why, engine, service->id);
}

static void show_source(struct explanation *why, const struct source *source, bool consulted)
{
    why->sources[why->n_shown++] = (struct explained_source) {
        .id = copy(why, source->id),
        .collector = copy(why, source->collector == NULL ? NULL : source->collector->name),
        .is_probe = source->voter == VOTER_PROBE,
        .consulted = consulted,
        .votes = source->vote != STATUS_UNKNOWN,
        .level = (enum status) source->level,
        .poller = poller_name((PollerState) source->poller),
        .fail_streak = source->fail_streak,
        .every_s = source->every_s,
        .last_any_ms = source->last_any_ms,
        .last_ok_ms = source->last_ok_ms,
        .stale_at_ms = source->vote == STATUS_UNKNOWN ? 0 : source->last_ok_ms + source_stale_ms(source) + 1,
    };
}

static void show_sources(struct explanation *why, const struct service *service)
{
    enum combine combine = (enum combine) service->params->value[PARAM_combine];

    for (uint32_t i = 0; i < service->n_sources; i++) {
        const struct source *source = service->sources[i];
        bool consulted = service->manual == NULL && effective_consults(combine, (enum voter) source->voter);
        why->n_consulted += consulted;
        why->n_votes += consulted && source->vote != STATUS_UNKNOWN;
        if (why->n_shown < EXPLAIN_SOURCES_MAX)
            show_source(why, source, consulted);
    }
}

static void show_alert(struct explanation *why, const struct engine *engine, const struct alert *alert)
{
    int64_t reminder_ms = alert_reminder_due(engine, alert);

    why->has_alert = true;
    why->alert = (struct explained_alert) {
        .key = copy(why, alert->key),
        .opened_at_ms = alert->opened_at_ms,
        .told = alert->told == 0 ? NULL : alert->rules->level_name(alert, alert->told),
        .last_sent_ms = alert->last_sent_ms,
        .channels = copy_names(why, (const char *const *) alert->channels, alert->n_channels),
        .n_channels = alert->n_channels,
        .reminder_ms = alert->told == 0 || reminder_ms == INT64_MAX ? 0 : reminder_ms,
        .escalations = alert->escalations,
    };
    if (alert->ack == NULL)
        return;
    why->alert.acknowledged_by = copy(why, alert->ack->by);
    why->alert.acknowledged_until_ms = alert->ack->until_ms;
    why->alert.acknowledged_level = alert->rules->level_name(alert, alert->ack->level);
}

/* ---- gates */

static struct explained_gate *add_gate(struct explanation *why, enum gate gate, enum gate_verdict verdict)
{
    assert(why->n_gates < EXPLAIN_GATES_MAX);
    struct explained_gate *added = &why->gates[why->n_gates++];
    *added = (struct explained_gate) {.gate = gate, .verdict = verdict, .asked = true};
    return added;
}

static void goes_by(struct explained_gate *gate, enum param param)
{
    assert(gate->n_params < EXPLAIN_PARAMS_MAX);
    gate->params[gate->n_params++] = param;
}

static bool is_stopped(const struct explanation *why)
{
    for (size_t i = 0; i < why->n_gates; i++) {
        if (why->gates[i].verdict == GATE_STOPS)
            return true;
    }
    return false;
}

static enum gate_verdict verdict_of(const struct explanation *why, bool stops)
{
    if (is_stopped(why))
        return GATE_NOT_REACHED;
    return stops ? GATE_STOPS : GATE_PASSES;
}

/* An alert that is open rests on what was confirmed: only silence before it can stop one from opening. */
static void judge_fresh(struct explanation *why)
{
    bool stops = !why->has_alert && !why->has_manual && why->n_votes == 0;
    struct explained_gate *gate = add_gate(why, GATE_FRESH, verdict_of(why, stops));

    goes_by(gate, PARAM_stale_after_s);
    goes_by(gate, PARAM_poller_failure_threshold);
}

static void judge_effective(struct explanation *why)
{
    bool stops = !why->has_alert && status_rank(why->outlook.effective) == 0;
    struct explained_gate *gate = add_gate(why, GATE_EFFECTIVE, verdict_of(why, stops));

    goes_by(gate, PARAM_combine);
    goes_by(gate, PARAM_quorum);
}

/* What is wanted already was confirmed, whatever E has become since. */
static void judge_confirmed(struct explanation *why, const struct service *service)
{
    struct explained_gate *gate = add_gate(why, GATE_CONFIRMED, verdict_of(why, !why->has_wanted && why->outlook.has_next));
    if (!why->outlook.has_next)
        return;

    struct confirm_from from = {service->params, status_rank((enum status) service->hard), service->recur};
    struct confirm_need need = confirm_need(&from, status_rank(why->outlook.next.to));
    gate->ends_ms = gate->verdict == GATE_STOPS ? why->outlook.next.at_ms : 0;
    goes_by(gate, need.polls_by);
    goes_by(gate, need.dwell_by);
}

static void judge_told(struct explanation *why)
{
    struct explained_gate *gate = add_gate(why, GATE_TOLD, verdict_of(why, why->has_alert && !why->has_wanted));

    gate->ends_ms = gate->verdict == GATE_STOPS ? why->alert.reminder_ms : 0;
    goes_by(gate, PARAM_dedup_window_s);
    goes_by(gate, PARAM_reminders);
}

/* Alerts of services, of which alone we speak, all have holds. */
static int64_t ends_of(const struct engine *engine, const struct alert *alert, enum reason reason)
{
    if (reason == REASON_ACKNOWLEDGED)
        return alert->ack->until_ms;
    return alert->rules->hold_ends(engine, alert);
}

/* One check of a notification; wanted NULL: there is none, and no check is reached. */
static void judge_check(struct explanation *why, struct engine *engine, const struct wanted *wanted, size_t index)
{
    struct check_said said;
    bool reached = wanted != NULL && !is_stopped(why);

    check_say(engine, reached ? wanted : NULL, index, &said);
    if (said.gate == GATE_CLASS)
        return;    /* alerts of services have no rule of their own */

    bool stops = said.verdict.reason != REASON_NONE;
    struct explained_gate *gate = add_gate(why, said.gate, !reached ? GATE_NOT_REACHED : stops ? GATE_STOPS : GATE_PASSES);
    gate->asked = said.asked;
    gate->reason = said.verdict.reason;
    gate->by = copy(why, said.verdict.by);
    gate->ends_ms = stops ? ends_of(engine, wanted->alert, said.verdict.reason) : 0;
    for (size_t i = 0; i < said.n_params; i++)
        goes_by(gate, said.params[i]);
}

/* engine: the fork's, when something is wanted there. */
static void judge(struct explanation *why, const struct service *service, struct engine *engine,
                  const struct wanted *wanted)
{
    judge_fresh(why);
    judge_effective(why);
    judge_confirmed(why, service);
    judge_told(why);
    for (size_t i = 0; i < n_checks; i++)
        judge_check(why, engine, wanted, i);
    why->first_stop = 0;
    while (why->first_stop < why->n_gates && why->gates[why->first_stop].verdict != GATE_STOPS)
        why->first_stop++;
}

/* ---- what would happen */

static void show_wanted(struct explanation *why, const struct wanted *wanted)
{
    const struct alert *alert = wanted->alert;
    bool to_all = wanted->kind == NOTIFY_RESOLVE || wanted->kind == NOTIFY_IMPROVE;
    size_t n_routed = wanted->route == NULL ? 0 : wanted->route->n_channels;

    why->has_wanted = true;
    why->wanted = (struct explained_notice) {
        .kind = wanted->kind,
        .level = alert->rules->level_name(alert, wanted->level),
        .channels = to_all ? why->alert.channels : n_routed == 0 ? NULL : copy_names(why, wanted->route->channels, n_routed),
        .n_channels = to_all ? why->alert.n_channels : n_routed,
    };
}

/* Whether this step of the fork has told something of the alert. */
static bool take_next(struct explanation *why, const struct fork *fork)
{
    for (size_t i = 0; i < fork->effects.n_decisions; i++) {
        const struct decision *decision = &fork->effects.decisions[i];
        if (decision->kind != DECISION_NOTIFY || strcmp(decision->key, why->alert.key) != 0)
            continue;
        why->would_tell = true;
        why->next = (struct explained_notice) {
            .kind = decision->notify,
            .level = copy(why, decision->level),
            .channels = copy_names(why, decision->channels, decision->n_channels),
            .n_channels = decision->n_channels,
            .at_ms = decision->at_ms,
        };
        return true;
    }
    return false;
}

static void look_ahead(struct explanation *why, struct fork *fork)
{
    bool told = take_next(why, fork);

    for (int steps = 0; !told && steps < STEPS_MAX && fork_step(fork); steps++)
        told = take_next(why, fork);
}

static void explain_alert(struct explanation *why, const struct engine *engine, const struct service *service)
{
    struct fork fork;
    struct wanted wanted;

    show_alert(why, engine, service->alert);
    fork_open(&fork, engine, service);
    struct alert *alert = service_find(fork.engine, service->id)->alert;
    bool wants = alert != NULL && settle_wanted(fork.engine, alert, &wanted);
    if (wants)
        show_wanted(why, &wanted);
    judge(why, service, fork.engine, wants ? &wanted : NULL);
    look_ahead(why, &fork);
    fork_close(&fork);
}

struct explanation *engine_explain(struct engine *engine, const char *id, int64_t now_ms)
{
    const struct service *service = service_find(engine, id);
    if (service == NULL)
        return NULL;

    struct explanation *why = mem_new(sizeof *why);
    why->now_ms = now_ms > engine->now_ms ? now_ms : engine->now_ms;
    show_service(why, engine, service);
    show_sources(why, service);
    if (service->alert == NULL)
        judge(why, service, engine, NULL);
    else
        explain_alert(why, engine, service);
    return why;
}

void explanation_free(struct explanation *why)
{
    if (why == NULL)
        return;
    arena_done(&why->arena);
    free(why);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* N3: what may stand in the way of a notification. An ordered table; the first that applies wins. */
#include "aggregator/engine/engine_private.h"

#include <assert.h>

#include "aggregator/engine/cover.h"
#include "aggregator/engine/explain.h"
#include "common/mem.h"

#define KIND(name) (1u << NOTIFY_##name)

enum { CHECK_PARAMS_MAX = 4 };

struct check {
    uint32_t kinds;          /* bits 1 << enum notify_kind: what it applies to */
    bool as_told;            /* N6: what it stops counts as told, so that reminders go on */
    enum reason (*applies)(struct engine *, const struct wanted *, const char **by);
    enum gate gate;
    enum param params[CHECK_PARAMS_MAX];     /* what it goes by */
    size_t n_params;
};
#define BY(...) {__VA_ARGS__}, ARRAY_SIZE(((enum param[]) {__VA_ARGS__}))

/* 1 */
static enum reason no_route(struct engine *engine, const struct wanted *wanted, const char **by)
{
    (void) engine;
    (void) by;
    return wanted->route == NULL || wanted->route->n_channels == 0 ? REASON_NO_ROUTE : REASON_NONE;
}

/* 2 */
static enum reason maintenance(struct engine *engine, const struct wanted *wanted, const char **by)
{
    struct covered what = cover_question(wanted->alert);
    struct cover cover = cover_of(engine, &what);

    *by = cover.by;
    return cover.reason;
}

/* 3: what the alert's class knows. */
static enum reason class_holds(struct engine *engine, const struct wanted *wanted, const char **by)
{
    const struct alert_class_rules *rules = wanted->alert->rules;
    (void) by;

    return rules->held == NULL ? REASON_NONE : rules->held(engine, wanted->alert);
}

/* 4 */
static enum reason flapping(struct engine *engine, const struct wanted *wanted, const char **by)
{
    (void) engine;
    (void) by;
    return flapping_holds(wanted->alert) ? REASON_FLAPPING : REASON_NONE;
}

/* 5 */
static enum reason acknowledged(struct engine *engine, const struct wanted *wanted, const char **by)
{
    const struct ack *ack = wanted->alert->ack;
    (void) engine;

    if (!ack_holds(ack, wanted->level))
        return REASON_NONE;
    *by = ack->by[0] == '\0' ? NULL : ack->by;
    return REASON_ACKNOWLEDGED;
}

/* Only their alerts have levels between which something improves. */
static const struct service *improving(const struct wanted *wanted)
{
    assert(wanted->alert->service != NULL);
    return wanted->alert->service;
}

/* 6: `told` stays at the peak, so that a return to it is no escalation. */
static enum reason improve_off(struct engine *engine, const struct wanted *wanted, const char **by)
{
    (void) engine;
    (void) by;
    return improving(wanted)->params->value[PARAM_notify_improve] == 0 ? REASON_IMPROVE_OFF : REASON_NONE;
}

/* 6: up and down again and again in one alert. */
static enum reason recurring(struct engine *engine, const struct wanted *wanted, const char **by)
{
    int64_t limit = improving(wanted)->params->value[PARAM_recur_limit];
    (void) engine;
    (void) by;

    return wanted->alert->escalations < limit ? REASON_NONE : REASON_RECURRING;
}

static const struct check checks[] = {
    { KIND(RAISE) | KIND(ESCALATE) | KIND(AGGREGATE) | KIND(REMINDER), false, no_route, GATE_ROUTE, {0}, 0 },
    { KIND(RAISE) | KIND(ESCALATE) | KIND(IMPROVE) | KIND(AGGREGATE) | KIND(REMINDER), false, maintenance,
      GATE_MAINTENANCE, BY(PARAM_maint_end_grace_s) },
    { KIND(RAISE) | KIND(ESCALATE) | KIND(AGGREGATE) | KIND(REMINDER), false, dependency_check, GATE_DEPENDENCY,
      BY(PARAM_correlation_threshold, PARAM_correlation_window_s, PARAM_correlation_hold_s, PARAM_dependency_grace_s) },
    { KIND(RAISE) | KIND(ESCALATE) | KIND(REMINDER), false, class_holds, GATE_CLASS, {0}, 0 },
    { KIND(IMPROVE) | KIND(REMINDER) | KIND(RESOLVE), false, flapping, GATE_FLAPPING,
      BY(PARAM_flap_enabled, PARAM_flap_high_pct, PARAM_flap_low_pct, PARAM_flap_bad_s) },
    { KIND(RAISE) | KIND(ESCALATE) | KIND(REMINDER), false, acknowledged, GATE_ACKNOWLEDGED, BY(PARAM_ack_ttl_s) },
    { KIND(IMPROVE), true, improve_off, GATE_IMPROVE, BY(PARAM_notify_improve) },
    { KIND(IMPROVE), true, recurring, GATE_RECURRING, BY(PARAM_recur_limit) },
};
const size_t n_checks = ARRAY_SIZE(checks);

void check_say(struct engine *engine, const struct wanted *wanted, size_t index, struct check_said *out)
{
    const struct check *check = &checks[index];

    *out = (struct check_said) {.gate = check->gate, .params = check->params, .n_params = check->n_params};
    out->asked = wanted != NULL && (check->kinds >> wanted->kind & 1) != 0;
    if (!out->asked)
        return;
    const char *by = NULL;
    enum reason reason = check->applies(engine, wanted, &by);
    if (reason != REASON_NONE)
        out->verdict = (struct verdict) {.reason = reason, .by = by, .as_told = check->as_told};
}

struct verdict check_notification(struct engine *engine, const struct wanted *wanted)
{
    struct check_said said = {0};

    for (size_t i = 0; i < n_checks && said.verdict.reason == REASON_NONE; i++)
        check_say(engine, wanted, i, &said);
    return said.verdict;
}

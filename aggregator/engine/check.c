/* SPDX-License-Identifier: Apache-2.0 */
/* N3: what may stand in the way of a notification. An ordered table; the first that applies wins. */
#include "aggregator/engine/engine_private.h"

#include "aggregator/engine/cover.h"
#include "common/mem.h"

#define KIND(name) (1u << NOTIFY_##name)

struct check {
    uint32_t kinds;          /* bits 1 << enum notify_kind: what it applies to */
    bool as_told;            /* N6: what it stops counts as told, so that reminders go on */
    enum reason (*applies)(struct engine *, const struct wanted *, const char **by);
};

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

/* 6: `told` stays at the peak, so that a return to it is no escalation. */
static enum reason improve_off(struct engine *engine, const struct wanted *wanted, const char **by)
{
    const struct service *service = wanted->alert->service;
    (void) engine;
    (void) by;

    return service != NULL && service->params->value[PARAM_notify_improve] == 0 ? REASON_IMPROVE_OFF : REASON_NONE;
}

static const struct check checks[] = {
    { KIND(RAISE) | KIND(ESCALATE) | KIND(AGGREGATE) | KIND(REMINDER), false, no_route },
    { KIND(RAISE) | KIND(ESCALATE) | KIND(IMPROVE) | KIND(AGGREGATE) | KIND(REMINDER), false, maintenance },
    { KIND(RAISE) | KIND(ESCALATE) | KIND(AGGREGATE) | KIND(REMINDER), false, dependency_check },
    { KIND(RAISE) | KIND(ESCALATE) | KIND(REMINDER), false, class_holds },
    { KIND(IMPROVE) | KIND(REMINDER), false, flapping },
    { KIND(RAISE) | KIND(ESCALATE) | KIND(REMINDER), false, acknowledged },
    { KIND(IMPROVE), true, improve_off },
};

struct verdict check_notification(struct engine *engine, const struct wanted *wanted)
{
    for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
        if ((checks[i].kinds >> wanted->kind & 1) == 0)
            continue;
        const char *by = NULL;
        enum reason reason = checks[i].applies(engine, wanted, &by);
        if (reason != REASON_NONE)
            return (struct verdict) {.reason = reason, .by = by, .as_told = checks[i].as_told};
    }
    return (struct verdict) {.reason = REASON_NONE};
}

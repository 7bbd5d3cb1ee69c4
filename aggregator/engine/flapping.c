/* SPDX-License-Identifier: Apache-2.0 */
/* F1..F7 in the engine: when samples are taken and debts counted, and who is told. What flapping is, flap.c knows. */
#include "aggregator/engine/engine_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/engine/cover.h"
#include "aggregator/engine/route.h"
#include "common/mem.h"

/* ---- the debt */

static bool is_looked_for(const struct service *service)
{
    return service->params->value[PARAM_flap_enabled] != 0;
}

static bool is_bad(const struct service *service)
{
    return status_rank(service->effective) > 0 && status_rank(service->hard) == 0;
}

static enum flap_flow flow_of(const struct service *service)
{
    bool stands = service->manual != NULL || service->effective == STATUS_UNKNOWN || status_rank(service->hard) > 0;

    if (stands)
        return FLAP_STILL;
    return is_bad(service) ? FLAP_FILLS : FLAP_DRAINS;
}

/* Whether its debt, or what goes with it, is another in a while. */
static bool is_moving(const struct service *service)
{
    const struct flap *flap = &service->flap;
    enum flap_flow flow = flow_of(service);

    return is_looked_for(service) && (flow == FLAP_FILLS || (flow == FLAP_DRAINS && (flap->debt_ms > 0 || flap->stretches > 0)));
}

void flapping_bring(struct engine *engine, struct service *service)
{
    if (is_looked_for(service))
        flap_bring(&service->flap, flow_of(service), flap_limit_ms(service->params), engine->now_ms);
}

void flapping_stretch(struct service *service, enum status last_known, enum status to)
{
    if (is_looked_for(service) && status_rank(to) > 0 && status_rank(last_known) == 0)
        service->flap.stretches++;
}

void flapping_skip(struct engine *engine, struct service *service, int64_t gap_ms)
{
    if (!is_moving(service))
        return;
    service->flap.debt_at_ms += gap_ms;
    service_mark(engine, service);
}

/* ---- another configuration */

void flapping_leave_params(struct engine *engine, struct service *service)
{
    if (!is_moving(service))
        return;
    flapping_bring(engine, service);
    service_mark(engine, service);
}

/* Rounds and the time of the last notice are facts, and stay. */
static void forget(struct engine *engine, struct service *service)
{
    struct flap *flap = &service->flap;
    bool is_clean = flap->debt_at_ms == 0 && flap->marks == 0 && flap->sample[0] == STATUS_UNKNOWN;

    if (is_clean)
        return;
    *flap = (struct flap) {.round = flap->round};
    flap_told_free(steal(&service->flap_told));
    service_mark(engine, service);
    if (service->alert != NULL)
        alert_touch(engine, service->alert);
}

void flapping_take_params(struct engine *engine, struct service *service)
{
    struct flap *flap = &service->flap;
    int64_t limit_ms = flap_limit_ms(service->params);

    if (!is_looked_for(service)) {
        forget(engine, service);
        return;
    }
    if (flap->debt_at_ms == 0 && service->effective != STATUS_UNKNOWN) {    /* counted from now on */
        flap->debt_at_ms = engine->now_ms;
        service_mark(engine, service);
    }
    if (flap->debt_ms > limit_ms) {
        flap->debt_ms = limit_ms;
        flap->stretches = limit_ms == 0 ? 0 : flap->stretches;
        service_mark(engine, service);
    }
}

/* ---- notices */

void flap_told_free(struct flap_told *told)
{
    if (told == NULL)
        return;
    for (size_t i = 0; i < told->n_channels; i++)
        free(told->channels[i]);
    free(told);
}

static struct decision *decide(struct engine *engine, const struct service *service, enum decision_kind what,
                               struct effects *effects)
{
    struct decision *decision = effects_add(effects, what, engine->now_ms);

    decision->service = service->id;
    decision->pct = flap_percent(&service->flap);
    return decision;
}

static struct decision *decide_notice(struct engine *engine, const struct service *service, enum decision_kind what,
                                      struct effects *effects)
{
    struct decision *decision = decide(engine, service, what, effects);
    char key[KEY_BYTES_MAX + 1];

    (void) snprintf(key, sizeof key, "flap:%s", service->id);
    decision->key = arena_copy_string(&effects->arena, key);
    decision->level = status_name(flap_worst(&service->flap));
    decision->tier = service->tier;
    decision->said_vendor = service->says[VOTER_VENDOR];
    decision->said_probe = service->says[VOTER_PROBE];
    return decision;
}

/* What the start of flapping would be told with. */
struct notice {
    const struct service *service;
    const struct route *route;         /* NULL: none matches */
};

static enum reason no_route(struct engine *engine, const struct notice *notice, const char **by)
{
    (void) engine;
    (void) by;
    return notice->route == NULL || notice->route->n_channels == 0 ? REASON_NO_ROUTE : REASON_NONE;
}

static enum reason maintenance(struct engine *engine, const struct notice *notice, const char **by)
{
    const struct service *service = notice->service;
    char key[KEY_BYTES_MAX + 1];

    (void) snprintf(key, sizeof key, "flap:%s", service->id);
    struct cover cover =
        cover_of(engine, &(struct covered) {.class = ALERT_FLAP, .key = key, .service = service});
    *by = cover.by;
    return cover.reason;
}

/* D4: what fails with what it stands on is told with that, flapping or not. */
static enum reason dependency(struct engine *engine, const struct notice *notice, const char **by)
{
    const struct service *answering = dependency_answering(engine, notice->service);

    *by = answering == NULL ? NULL : answering->id;
    return answering == NULL ? REASON_NONE : REASON_DEPENDENCY;
}

static enum reason alert_open(struct engine *engine, const struct notice *notice, const char **by)
{
    const struct alert *alert = notice->service->alert;
    (void) engine;
    (void) by;

    return alert != NULL && alert->told > 0 ? REASON_ALERT_OPEN : REASON_NONE;
}

static enum reason dedup(struct engine *engine, const struct notice *notice, const char **by)
{
    const struct service *service = notice->service;
    int64_t window_ms = service->params->value[PARAM_dedup_window_s] * 1000;
    (void) by;

    bool is_recent = service->flap_sent_ms != 0 && engine->now_ms - service->flap_sent_ms < window_ms;

    return is_recent ? REASON_DEDUP : REASON_NONE;
}

/* F5: what stands in the way of a flap_start, the first that applies. It is not tried again. */
static enum reason (*const obstacles[])(struct engine *, const struct notice *, const char **by) = {
    no_route,
    maintenance,
    dependency,
    alert_open,
    dedup,
};

static const struct route *find_route(const struct engine *engine, const struct service *service)
{
    const struct route_question question = {
        .class = ALERT_FLAP,
        .tier = service->tier,
        .level = status_rank(flap_worst(&service->flap)),
    };

    return route_find(engine->config->routes, engine->config->n_routes, &question);
}

static struct flap_told *told_new(const struct route *route)
{
    struct flap_told *told = mem_new(sizeof *told);

    for (size_t i = 0; i < route->n_channels && i < ALERT_CHANNELS_MAX; i++)
        told->channels[told->n_channels++] = mem_copy_string(route->channels[i]);
    return told;
}

static void notify(struct engine *engine, const struct service *service, enum notify_kind kind,
                   struct effects *effects)
{
    const struct flap_told *told = service->flap_told;
    const char **channels = arena_new(&effects->arena, told->n_channels * sizeof *channels);
    for (size_t i = 0; i < told->n_channels; i++)
        channels[i] = arena_copy_string(&effects->arena, told->channels[i]);

    struct decision *decision = decide_notice(engine, service, DECISION_NOTIFY, effects);
    decision->notify = kind;
    decision->channels = channels;
    decision->n_channels = told->n_channels;
}

static void tell_start(struct engine *engine, struct service *service, struct effects *effects)
{
    const struct notice notice = {.service = service, .route = find_route(engine, service)};
    enum reason reason = REASON_NONE;
    const char *by = NULL;

    for (size_t i = 0; i < ARRAY_SIZE(obstacles) && reason == REASON_NONE; i++)
        reason = obstacles[i](engine, &notice, &by);
    if (reason != REASON_NONE) {
        struct decision *decision = decide_notice(engine, service, DECISION_SUPPRESS, effects);
        decision->notify = NOTIFY_FLAP_START;
        decision->reason = reason;
        decision->by = by == NULL ? NULL : arena_copy_string(&effects->arena, by);    /* a window may end meanwhile */
        return;
    }
    service->flap_told = told_new(notice.route);
    service->flap_sent_ms = engine->now_ms;
    notify(engine, service, NOTIFY_FLAP_START, effects);
}

/* To those who were told of the start, whatever routing says by now. */
static void tell_stop(struct engine *engine, struct service *service, struct effects *effects)
{
    if (service->flap_told == NULL)
        return;
    notify(engine, service, NOTIFY_FLAP_STOP, effects);
    flap_told_free(steal(&service->flap_told));
}

/* ---- an observation */

static void announce(struct engine *engine, struct service *service, bool started, struct effects *effects)
{
    struct decision *decision = decide(engine, service, DECISION_FLAP, effects);
    decision->op = started ? "start" : "stop";
    decision->via = flap_via(&service->flap);

    if (started)
        tell_start(engine, service, effects);
    else
        tell_stop(engine, service, effects);
    if (service->alert != NULL)
        alert_touch(engine, service->alert);    /* F6: what was held is sent; what goes on being held has a new reason */
}

/* F1: it has spoken in this round already, or there is none. Round 0 is none's. */
static bool begins(const struct flap *flap, const struct source *source)
{
    return flap->sample[0] == STATUS_UNKNOWN || (source->round != 0 && source->round == flap->round);
}

void flapping_observe(struct engine *engine, struct service *service, struct source *source, struct effects *effects)
{
    struct flap *flap = &service->flap;
    if (!is_looked_for(service))
        return;

    uint8_t marks = flap->marks;
    bool begins_round = begins(flap, source);
    flap->round += begins_round || flap->round == 0 ? 1 : 0;
    source->round = flap->round;
    bool is_news = flap_sample(flap, service->effective, begins_round);

    int64_t limit_ms = flap_limit_ms(service->params);
    const struct flap_case now = {
        .params = service->params,
        .limit_ms = limit_ms,
        .debt_ms = flap_debt(flap, flow_of(service), limit_ms, engine->now_ms),
        .is_bad = is_bad(service),
    };
    enum flap_change change = flap_judge(flap, &now);
    if (is_news || marks != flap->marks)
        service_mark(engine, service);
    if (change != FLAP_SAME)
        announce(engine, service, change == FLAP_STARTED, effects);
}

/* While somebody is left who spoke in the current round, it stays so. Else they are of no round, all of them: that is
 * what the rows of those left can tell after a restart, where the largest is the current one. */
void flapping_leave_round(struct engine *engine, struct service *service, uint32_t round)
{
    if (round == 0 || round != service->flap.round)
        return;
    for (uint32_t i = 0; i < service->n_sources; i++) {
        if (service->sources[i]->round == round)
            return;
    }
    service->flap.round = 0;
    for (uint32_t i = 0; i < service->n_sources; i++) {
        if (service->sources[i]->round == 0)
            continue;
        service->sources[i]->round = 0;
        source_mark(engine, service->sources[i]);
    }
}

bool flapping_holds(const struct alert *alert)
{
    return alert->rules->class == ALERT_SERVICE && flap_is_flapping(&alert->service->flap);
}

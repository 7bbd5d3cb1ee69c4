/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/engine/engine_private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/engine/incident.h"
#include "aggregator/engine/maintenance.h"
#include "common/mem.h"

enum { TIER_DEFAULT = 2 };

void service_mark(struct engine *engine, struct service *service)
{
    list_add(&engine->dirty_services, &service->dirty);
}

int service_compare(const struct service *a, const struct service *b)
{
    return strcmp(a->id, b->id);
}

static struct service *lookup(const struct engine *engine, const char *id)
{
    struct service *service;

    HASH_FIND_STR(engine->services, id, service);
    return service;
}

struct service *service_find(const struct engine *engine, const char *id)
{
    struct service *service = lookup(engine, id);

    return service != NULL && service->params != NULL ? service : NULL;
}

struct service *service_ensure(struct engine *engine, const char *id)
{
    struct service *service = lookup(engine, id);
    if (service != NULL)
        return service;

    size_t len = strlen(id);
    service = mem_new(sizeof *service + len + 1);
    memcpy(service->id, id, len + 1);
    service->tier = TIER_DEFAULT;
    service->sources = &service->only;
    service->cap_sources = 1;
    service->timer.kind = TIMER_MANUAL;
    account_begin(engine, service);
    list_init(&service->memberships);
    HASH_ADD_KEYPTR(hh, engine->services, service->id, len, service);
    engine->counts.services++;
    engine->dirty = true;    /* its tally counts them */
    service_mark(engine, service);
    return service;
}

static void set_effective(struct engine *engine, struct service *service, enum status to, struct effects *effects)
{
    enum status from = service->effective;
    enum status known = from == STATUS_UNKNOWN ? (enum status) service->last_known : from;

    flapping_bring(engine, service);
    /* C7: what was counted before a long silence proves nothing about now. */
    if (from == STATUS_UNKNOWN && service->ever_known &&
        engine->now_ms - service->unknown_since_ms > service->params->value[PARAM_unknown_reset_s] * 1000) {
        ladders_reset(&service->ladders);
        flap_forgive(&service->flap);
        known = STATUS_UNKNOWN;
    }
    flapping_stretch(service, known, to);

    struct decision *decision = effects_add(effects, DECISION_STATUS, engine->now_ms);
    decision->service = service->id;
    decision->from = status_name(from);
    decision->to = status_name(to);

    service->effective = (uint8_t) to;
    service->effective_since_ms = engine->now_ms;
    if (to == STATUS_UNKNOWN) {
        service->unknown_since_ms = engine->now_ms;
        service->last_known = (uint8_t) from;
    } else {
        service->ever_known = true;
        service->last_known = STATUS_UNKNOWN;
    }
    tally_update(engine, service);
    account_follow(engine, service);
    service_mark(engine, service);
}

void service_evaluate(struct engine *engine, struct service *service, struct effects *effects)
{
    const struct params *params = service->params;
    enum status vendor = effective_vendor(&service->votes[VOTER_VENDOR]);
    enum status probe = effective_probe(&service->votes[VOTER_PROBE], params->value[PARAM_quorum]);

    bool major = vendor == STATUS_MAJOR_OUTAGE;
    if (service->alert != NULL && major != (service->says[VOTER_VENDOR] == STATUS_MAJOR_OUTAGE))
        alert_touch(engine, service->alert);    /* a vendor's window may not cover it any more, or cover it again (M2) */
    service->says[VOTER_VENDOR] = (uint8_t) vendor;
    service->says[VOTER_PROBE] = (uint8_t) probe;
    enum status effective = service->manual != NULL
        ? service->manual->level
        : effective_combine((enum combine) params->value[PARAM_combine], vendor, probe);
    if (effective != service->effective)
        set_effective(engine, service, effective, effects);
    if (effective != STATUS_UNKNOWN &&
        ladders_follow(&service->ladders, status_rank(effective), engine->now_ms))
        service_mark(engine, service);
}

void service_pass(struct engine *engine, struct service *service, struct effects *effects)
{
    for (uint32_t i = 0; i < service->n_sources; i++) {
        struct source *source = service->sources[i];
        poller_update(engine, source, effects);
        alert_of_poller(engine, source);
        (void) source_vote(engine, source);    /* E is computed below in any case */
        timer_arm(engine, &source->timer);
    }
    service_evaluate(engine, service, effects);
    timer_arm(engine, &service->timer);
}

static struct source *source_of(const struct timer *timer)
{
    return container_of(timer, struct source, timer);
}

static struct service *owner_of(const struct timer *timer)
{
    return timer->kind == TIMER_SOURCE ? source_of(timer)->service : container_of(timer, struct service, timer);
}

/* By service; within one its sources by name, then its own timer. */
int service_timers_compare(const struct timer *a, const struct timer *b)
{
    if (owner_of(a) != owner_of(b))
        return service_compare(owner_of(a), owner_of(b));
    if (a->kind != TIMER_SOURCE || b->kind != TIMER_SOURCE)
        return (a->kind != TIMER_SOURCE) - (b->kind != TIMER_SOURCE);
    return source_compare(source_of(a), source_of(b));
}

void service_timers_run(struct engine *engine, struct timer *const *due, size_t n, struct effects *effects)
{
    for (size_t i = 0; i < n; i++) {
        struct service *service = owner_of(due[i]);
        if (due[i]->kind == TIMER_SOURCE) {
            poller_update(engine, source_of(due[i]), effects);
            (void) source_vote(engine, source_of(due[i]));    /* E is computed below in any case */
        }
        timer_arm(engine, due[i]);
        bool last = i + 1 == n || owner_of(due[i + 1]) != service;
        if (last)
            service_evaluate(engine, service, effects);
    }
}

void service_set_hard(struct engine *engine, struct service *service, const struct hard_change *change,
                      struct effects *effects)
{
    enum status from = service->hard;

    flapping_bring(engine, service);
    struct decision *decision = effects_add(effects, DECISION_HARD, engine->now_ms);
    decision->service = service->id;
    decision->from = status_name(from);
    decision->to = status_name(change->to);
    decision->via = change->via;
    decision->polls = change->polls;
    decision->dwell_ms = change->dwell_ms;

    bool begins = status_rank(from) == 0 && status_rank(change->to) > 0;
    if (begins) {
        service->bad_since_ms = engine->now_ms;
        service->since_ms = change->since_ms;
    }
    service->hard = (uint8_t) change->to;
    service->hard_since_ms = engine->now_ms;
    tally_update(engine, service);
    service_mark(engine, service);
    if (begins)
        incident_enter(engine, service, effects);
    incident_follow(engine, service);
    dependency_stir(engine, service);
    alert_of_service(engine, service);
}

void service_confirm(struct engine *engine, struct service *service, struct source *source, enum status level,
                     struct effects *effects)
{
    struct confirmation confirmed;
    enum status hard = service->hard;

    ladders_count(&service->ladders, source->counts, status_rank(level), status_rank(hard));
    if (hard == STATUS_UNKNOWN && service->effective == STATUS_OPERATIONAL) {    /* C6 */
        service_set_hard(engine, service, &(struct hard_change) {.to = STATUS_OPERATIONAL, .via = "first"}, effects);
        return;
    }
    if (service->effective == hard)
        return;    /* no ladder that leads away from H is running */
    struct confirm_from from = {service->params, status_rank(hard), service->recur};
    if (!ladders_confirm(&service->ladders, &from, engine->now_ms, &confirmed))
        return;

    struct hard_change change = {
        .to = (enum status) (confirmed.rank + STATUS_OPERATIONAL),
        .via = "confirm",
        .since_ms = service->ladders.at[1 + LADDER_WORSE].since_ms,
        .polls = confirmed.polls,
        .dwell_ms = confirmed.dwell_ms,
    };
    service_set_hard(engine, service, &change, effects);
}

const struct params *service_registered_params(const struct engine_config *config, int tier, const char *host_rule)
{
    int64_t position;

    if (host_rule != NULL && text_to_int64(text_of(host_rule), 1, (int64_t) config->n_rules, &position))
        return &config->rules[position - 1].params;
    return &config->host_params[tier - 1];
}

static bool rule_is(const struct service *service, const char *host_rule)
{
    return strcmp(service->host_rule == NULL ? "" : service->host_rule, host_rule) == 0;
}

/* Its parameters are others: its time may count otherwise, and its burn rates may be watched from now on, or no more. */
static void watch(struct engine *engine, struct service *service, struct effects *effects)
{
    account_follow_params(engine, service);
    slo_follow_params(engine, service);
    if (slo_is_unwatched(service))
        settle_removed(engine, slo_gather_removed(engine, service, 0), effects);
    slo_touch_alerts(engine, service);
    slo_arm(engine);
}

void service_register(struct engine *engine, const Register *registration, struct effects *effects)
{
    if (engine->config == NULL || registration->service[0] == '\0')
        return;

    struct service *service = service_ensure(engine, registration->service);
    uint8_t tier = registration->tier >= 1 && registration->tier <= 3 ? (uint8_t) registration->tier : TIER_DEFAULT;
    if (service->spec != NULL)
        return;    /* the configuration knows better */
    if (service->registered && service->tier == tier && rule_is(service, registration->host_rule))
        return;

    service->registered = true;
    service->tier = tier;
    tally_update(engine, service);
    free(steal(&service->host_rule));
    if (registration->host_rule[0] != '\0')
        service->host_rule = mem_copy_string(registration->host_rule);
    if (service->params != NULL)
        flapping_leave_params(engine, service);
    service->params = service_registered_params(engine->config, tier, service->host_rule);
    flapping_take_params(engine, service);
    watch(engine, service, effects);
    service_mark(engine, service);
    service_pass(engine, service, effects);
    if (service->alert != NULL)
        alert_touch(engine, service->alert);
}

void service_remove(struct engine *engine, struct service *service)
{
    assert(service->alert == NULL);
    maintenance_leave(engine, service->id);
    incident_leave(engine, service);
    while (service->n_sources > 0)
        source_remove(engine, service->sources[service->n_sources - 1]);
    heap_remove(&engine->heap, &service->timer);
    list_drop(&service->dirty);
    list_drop(&service->review);
    account_leave(&service->account);
    slo_leave(service);
    HASH_DEL(engine->services, service);
    engine->counts.services--;
    tally_leave(engine, service);
    removed_add_service(engine, service);
}

/* Its sources are freed on their own. */
void service_free(struct service *service)
{
    manual_free(service->manual);
    flap_told_free(service->flap_told);
    account_done(&service->account);
    free(service->slo);
    free(service->host_rule);
    if (service->sources != &service->only)
        free(service->sources);
    free(service);
}

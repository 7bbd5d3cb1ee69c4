/* SPDX-License-Identifier: Apache-2.0 */
/* X3: a new configuration replaces the old one; what was learnt stays. */
#include "aggregator/engine/engine_private.h"

#include <stdlib.h>
#include <string.h>

#include "aggregator/engine/incident.h"
#include "common/mem.h"

/* What a new configuration changes among the configured services. */
struct change {
    const char **added;           /* in the arena of the effects, sorted */
    size_t n_added;
    struct service **removed;     /* owned by whoever holds the struct, sorted */
    size_t n_removed;
};

/* Gives a service of the file its place in it; says whether it is new among the configured ones. */
static bool adopt(struct engine *engine, const struct engine_service *spec)
{
    size_t before = engine->counts.services;
    struct service *service = service_ensure(engine, spec->id);
    bool is_new = engine->counts.services > before || service->registered;

    service->registered = false;
    free(steal(&service->host_rule));
    service->spec = spec;
    service->params = &spec->params;
    service->tier = (uint8_t) spec->tier;
    tally_update(engine, service);
    service_mark(engine, service);    /* name and tier stand in its row */
    return is_new;
}

static int by_id(const void *left, const void *right)
{
    return service_compare(*(void *const *) left, *(void *const *) right);
}

/* Points every service at the new configuration and finds who came and who is gone. */
static void adopt_all(struct engine *engine, const struct engine_config *config, struct change *change)
{
    struct service *service;
    struct service *next;

    HASH_ITER(hh, engine->services, service, next)
        service->spec = NULL;
    for (size_t i = 0; i < config->n_services; i++) {
        if (adopt(engine, &config->services[i]))
            change->added[change->n_added++] = config->services[i].id;
    }
    change->removed = mem_new_array(engine->counts.services, sizeof(struct service *));
    HASH_ITER(hh, engine->services, service, next) {
        if (service->registered)
            service->params = service_registered_params(config, service->tier, service->host_rule);
        else if (service->spec == NULL)
            change->removed[change->n_removed++] = service;
    }
    if (change->n_removed > 1)
        qsort(change->removed, change->n_removed, sizeof(struct service *), by_id);
}

static void decide(struct engine *engine, const struct change *change, struct effects *effects)
{
    const char **removed = arena_new(&effects->arena, change->n_removed * sizeof *removed);
    for (size_t i = 0; i < change->n_removed; i++)
        removed[i] = change->removed[i]->id;

    struct decision *decision = effects_add(effects, DECISION_CONFIG, engine->now_ms);
    decision->added = change->added;
    decision->n_added = change->n_added;
    decision->removed = removed;
    decision->n_removed = change->n_removed;
    for (size_t i = 0; i < change->n_added; i++)
        change->added[i] = arena_copy_string(&effects->arena, change->added[i]);
}

/* N7: of services that are gone, of burn rates that are not watched any more. */
static void remove_alerts(struct engine *engine, const struct change *change, struct effects *effects)
{
    size_t n = 0;

    for (size_t i = 0; i < change->n_removed; i++) {
        const struct service *service = change->removed[i];
        n = settle_gather_removed(engine, service->alert, n);
        for (uint32_t s = 0; s < service->n_sources; s++)
            n = settle_gather_removed(engine, service->sources[s]->alert, n);
        n = slo_gather_removed(engine, service, n);
    }
    for (struct link *link = engine->watched.next; link != &engine->watched; link = link->next) {
        const struct service *service = container_of(link, struct service, watched);
        bool removed = service->spec == NULL && !service->registered;
        if (!removed && slo_is_unwatched(service))
            n = slo_gather_removed(engine, service, n);
    }
    settle_removed(engine, n, effects);
}

static void remove_all(struct engine *engine, const struct change *change, struct effects *effects)
{
    remove_alerts(engine, change, effects);
    for (size_t i = 0; i < change->n_removed; i++)
        service_remove(engine, change->removed[i]);
}

static void remember_digest(struct engine *engine, const struct engine_config *config)
{
    (void) text_copy(engine->config_digest, sizeof engine->config_digest, text_of(config->digest));
    engine->dirty = true;
}

/* Debts run up by the old parameters, of services that have any. */
static void leave_params(struct engine *engine)
{
    for (struct service *service = engine->services; service != NULL; service = service->hh.next) {
        if (service->params != NULL)
            flapping_leave_params(engine, service);
    }
}

static void take_params(struct engine *engine)
{
    for (struct service *service = engine->services; service != NULL; service = service->hh.next) {
        flapping_take_params(engine, service);
        account_follow_params(engine, service);
        slo_follow_params(engine, service);
    }
    slo_arm(engine);
}

void engine_configure(struct engine *engine, const struct engine_config *config, int64_t now_ms,
                      struct effects *effects)
{
    bool first = engine->config == NULL;
    bool fresh = first && !engine->started && engine->services == NULL;    /* not even one was loaded */

    /* The first configuration of a run moves no clock: the time we were away passes with the gap that follows (X2). */
    if (first)
        incident_loaded(engine);
    else
        input_begin(engine, now_ms, effects);

    if (first)
        account_sort_out(engine);
    struct change change = {.added = arena_new(&effects->arena, config->n_services * sizeof *change.added)};
    leave_params(engine);
    adopt_all(engine, config, &change);
    bool differs = change.n_added > 0 || change.n_removed > 0 ||
        !text_is(text_of(config->digest), engine->config_digest);
    if (!first || (differs && !fresh))
        decide(engine, &change, effects);
    remove_all(engine, &change, effects);
    free(change.removed);

    engine->config = config;
    take_params(engine);
    dependency_configure(engine);
    remember_digest(engine, config);
    if (engine->started)
        pass_everything(engine, effects);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * K5: a retired collector goes with all it carries, or one source goes. Their alerts end as those of a subject that the
 * configuration removed (N7). A configured service that is left without a source stays, and that is told; a host's check
 * was there for its sources alone and goes with the last of them.
 */
#include "aggregator/engine/engine_private.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

/* What a command takes away. */
struct retired {
    struct collector *collector;       /* NULL: none */
    struct source **sources;           /* owned list, in byte order of service and name */
    size_t n_sources;
    struct service **checks;           /* owned list, in byte order of id: of hosts, that go too */
    size_t n_checks;
};

static int by_source(const void *left, const void *right)
{
    return source_compare(*(struct source *const *) left, *(struct source *const *) right);
}

static int by_id(const void *left, const void *right)
{
    return service_compare(*(struct service *const *) left, *(struct service *const *) right);
}

static void gather_carried(struct retired *retired, const struct collector *collector)
{
    retired->sources = mem_new_array(collector->n_sources, sizeof *retired->sources);
    for (struct link *link = collector->sources.next; link != &collector->sources; link = link->next)
        retired->sources[retired->n_sources++] = container_of(link, struct source, carried);
    if (retired->n_sources > 1)
        qsort(retired->sources, retired->n_sources, sizeof *retired->sources, by_source);
}

/* How many sources that go are of the same service as this one, the first of them. */
static size_t run_from(const struct retired *retired, size_t at)
{
    size_t n = 1;

    while (at + n < retired->n_sources && retired->sources[at + n]->service == retired->sources[at]->service)
        n++;
    return n;
}

/* "HOST:check", of which nothing was ever heard. */
static bool is_unheard_check(const struct service *service, const struct collector *collector)
{
    size_t len = strlen(collector->name);

    return service->registered && service->n_sources == 0 && strncmp(service->id, collector->name, len) == 0 &&
        service->id[len] == ':';
}

static void gather_checks(const struct engine *engine, struct retired *retired)
{
    retired->checks = mem_new_array(engine->counts.services, sizeof *retired->checks);
    for (size_t i = 0, run; i < retired->n_sources; i += run) {
        struct service *service = retired->sources[i]->service;
        run = run_from(retired, i);
        if (service->registered && service->n_sources == run)
            retired->checks[retired->n_checks++] = service;
    }
    struct service *service = retired->collector == NULL ? NULL : engine->services;
    for (; service != NULL; service = service->hh.next) {
        if (is_unheard_check(service, retired->collector))
            retired->checks[retired->n_checks++] = service;
    }
    if (retired->n_checks > 1)
        qsort(retired->checks, retired->n_checks, sizeof *retired->checks, by_id);
}

static void end_alerts(struct engine *engine, const struct retired *retired, struct effects *effects)
{
    size_t n = 0;

    if (retired->collector != NULL)
        n = settle_gather_removed(engine, retired->collector->alert, n);
    for (size_t i = 0; i < retired->n_sources; i++)
        n = settle_gather_removed(engine, retired->sources[i]->alert, n);
    for (size_t i = 0; i < retired->n_checks; i++) {
        n = settle_gather_removed(engine, retired->checks[i]->alert, n);
        n = slo_gather_removed(engine, retired->checks[i], n);
    }
    settle_removed(engine, n, effects);
}

static void note_unwatched(struct engine *engine, const struct service *service, struct effects *effects)
{
    struct decision *decision = effects_add(effects, DECISION_NOTE, engine->now_ms);

    decision->service = service->id;
    decision->reason = REASON_UNWATCHED;
}

/* Those who lost a source: first who is left without any, then E of those that stay. */
static void follow_up(struct engine *engine, const struct retired *retired, struct effects *effects)
{
    for (size_t i = 0; i < retired->n_sources; i += run_from(retired, i)) {
        if (retired->sources[i]->service->n_sources == 0)
            note_unwatched(engine, retired->sources[i]->service, effects);
    }
    for (size_t i = 0; i < retired->n_sources; i += run_from(retired, i)) {
        struct service *service = retired->sources[i]->service;
        bool goes = service->registered && service->n_sources == 0;
        if (!goes)
            service_evaluate(engine, service, effects);
    }
}

static void retire(struct engine *engine, struct retired *retired, struct effects *effects)
{
    gather_checks(engine, retired);
    end_alerts(engine, retired, effects);
    for (size_t i = 0; i < retired->n_sources; i++)
        source_remove(engine, retired->sources[i]);
    follow_up(engine, retired, effects);
    for (size_t i = 0; i < retired->n_checks; i++)
        service_remove(engine, retired->checks[i]);
    if (retired->collector != NULL)
        collector_remove(engine, retired->collector);
    free(retired->sources);
    free(retired->checks);
}

static void reject(struct engine *engine, enum reason reason, struct effects *effects)
{
    struct decision *decision = effects_add(effects, DECISION_REJECT, engine->now_ms);

    decision->op = "forget";
    decision->reason = reason;
}

static void forget_collector(struct engine *engine, const char *name, struct effects *effects)
{
    struct retired retired = {0};

    HASH_FIND_STR(engine->collectors, name, retired.collector);
    if (retired.collector == NULL || engine->config == NULL) {
        reject(engine, REASON_NO_SUCH_COLLECTOR, effects);
        return;
    }
    gather_carried(&retired, retired.collector);
    retire(engine, &retired, effects);
}

static void forget_source(struct engine *engine, const Forget *said, struct effects *effects)
{
    const struct service *service = service_find(engine, said->service);
    struct source *source = service == NULL ? NULL : source_find(service, said->source);
    struct retired retired = {.n_sources = 1};

    if (source == NULL) {
        reject(engine, REASON_NO_SUCH_SOURCE, effects);
        return;
    }
    retired.sources = mem_new_array(1, sizeof *retired.sources);
    retired.sources[0] = source;
    retire(engine, &retired, effects);
}

void forget_command(struct engine *engine, const Forget *said, struct effects *effects)
{
    if (said->collector[0] != '\0')
        forget_collector(engine, said->collector, effects);
    else
        forget_source(engine, said, effects);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/engine/engine_private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/engine/cover.h"
#include "common/mem.h"

void source_mark(struct engine *engine, struct source *source)
{
    list_add(&engine->dirty_sources, &source->dirty);
}

int source_compare(const struct source *a, const struct source *b)
{
    return a->service != b->service ? service_compare(a->service, b->service) : strcmp(a->id, b->id);
}

/* Where this name stands or would stand among the service's sources. */
static uint32_t position_of(const struct service *service, const char *id, bool *found)
{
    uint32_t low = 0;
    uint32_t high = service->n_sources;

    *found = false;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = strcmp(service->sources[middle]->id, id);
        if (order == 0) {
            *found = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct source *source_find(const struct service *service, const char *id)
{
    bool found;
    uint32_t at = position_of(service, id, &found);

    return found ? service->sources[at] : NULL;
}

static uint32_t slot_take(struct engine *engine)
{
    return engine->n_free_slots > 0 ? engine->free_slots[--engine->n_free_slots] : engine->n_slots++;
}

/* Room for more than one, of which most services have no need. */
static void grow(struct service *service)
{
    struct source **before = service->sources == &service->only ? NULL : service->sources;

    service->cap_sources *= 2;
    service->sources = mem_resize(before, service->cap_sources, sizeof *service->sources);
    if (before == NULL)
        service->sources[0] = service->only;
}

struct source *source_new(struct engine *engine, struct service *service, const char *id)
{
    bool found;
    uint32_t at = position_of(service, id, &found);
    if (found)
        return service->sources[at];

    size_t len = strlen(id);
    struct source *source = mem_new(sizeof *source + len + 1);
    memcpy(source->id, id, len + 1);
    source->service = service;
    source->slot = slot_take(engine);
    source->poller = POLLER_OK;
    source->poller_since_ms = engine->now_ms;
    source->timer.kind = TIMER_SOURCE;

    if (service->n_sources == service->cap_sources)
        grow(service);
    memmove(service->sources + at + 1, service->sources + at, (service->n_sources - at) * sizeof *service->sources);
    service->sources[at] = source;
    service->n_sources++;
    engine->counts.sources++;
    return source;
}

void source_free(struct source *source)
{
    free(source);
}

void source_set_collector(struct engine *engine, struct source *source, struct collector *collector)
{
    struct collector *before = source->collector;
    if (before == collector)
        return;

    list_drop(&source->carried);
    source->collector = collector;
    if (before != NULL) {
        before->n_unseen -= source->unseen ? 1 : 0;
        blind_resize(engine, before, -1);
    }
    source->unseen = false;
    if (collector != NULL) {
        list_add(&collector->sources, &source->carried);
        blind_resize(engine, collector, 1);
    }
    if (source->alert != NULL) {
        cover_review(engine, source->alert);
        alert_touch(engine, source->alert);    /* P3 asks another collector now */
    }
    blind_recount(engine, source);
}

int64_t source_stale_ms(const struct source *source)
{
    int64_t stale_s = source->service->params->value[PARAM_stale_after_s];
    int64_t three_s = 3 * (int64_t) source->every_s;

    return (three_s > stale_s ? three_s : stale_s) * 1000;
}

static bool votes(const struct engine *engine, const struct source *source)
{
    return source->level != STATUS_UNKNOWN &&
        engine->now_ms - source->last_ok_ms <= source_stale_ms(source) &&
        source->fail_streak < source->service->params->value[PARAM_poller_failure_threshold];
}

bool source_vote(struct engine *engine, struct source *source)
{
    uint8_t vote = votes(engine, source) ? source->level : STATUS_UNKNOWN;
    if (vote == source->vote)
        return false;

    uint32_t *of = source->service->votes[source->voter].of;
    if (source->vote != STATUS_UNKNOWN)
        of[source->vote]--;
    if (vote != STATUS_UNKNOWN)
        of[vote]++;
    source->vote = vote;
    return true;
}

/* C2: the largest counts may have been its own. */
static void recount(struct service *service)
{
    ladders_forget(&service->ladders);
    for (uint32_t i = 0; i < service->n_sources; i++)
        ladders_recall(&service->ladders, service->sources[i]->counts);
}

void source_remove(struct engine *engine, struct source *source)
{
    struct service *service = source->service;
    bool found;
    uint32_t at = position_of(service, source->id, &found);

    assert(found && source->alert == NULL);
    service->n_sources--;
    memmove(service->sources + at, service->sources + at + 1, (service->n_sources - at) * sizeof *service->sources);
    if (source->vote != STATUS_UNKNOWN)
        service->votes[source->voter].of[source->vote]--;
    recount(service);
    flapping_leave_round(engine, service, source->round);
    source_set_collector(engine, source, NULL);
    heap_remove(&engine->heap, &source->timer);
    list_drop(&source->dirty);
    engine->counts.sources--;
    engine->counts.broken_pollers -= source->poller == POLLER_BROKEN ? 1 : 0;
    removed_add_source(engine, source);
}

static struct source *of_timer(const struct timer *timer)
{
    return container_of(timer, struct source, timer);
}

/* Both are "more than the stale time ago", so one millisecond after it (T4). */
int64_t source_due(const struct engine *engine, const struct timer *timer)
{
    const struct source *source = of_timer(timer);
    int64_t due_ms = INT64_MAX;
    (void) engine;

    if (source->poller != POLLER_SILENT)
        due_ms = source->last_any_ms + source_stale_ms(source) + 1;
    if (source->vote != STATUS_UNKNOWN && source->last_ok_ms + source_stale_ms(source) + 1 < due_ms)
        due_ms = source->last_ok_ms + source_stale_ms(source) + 1;
    return due_ms;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/engine/engine_private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

void collector_mark(struct engine *engine, struct collector *collector)
{
    list_add(&engine->dirty_collectors, &collector->dirty);
}

int collector_compare(const struct collector *a, const struct collector *b)
{
    return strcmp(a->name, b->name);
}

struct collector *collector_ensure(struct engine *engine, const char *name)
{
    struct collector *collector;

    HASH_FIND_STR(engine->collectors, name, collector);
    if (collector != NULL)
        return collector;

    size_t len = strlen(name);
    collector = mem_new(sizeof *collector + len + 1);
    memcpy(collector->name, name, len + 1);
    list_init(&collector->sources);
    collector->timer.kind = TIMER_COLLECTOR;
    collector->last_seen_ms = engine->now_ms;
    collector->since_ms = engine->now_ms;
    HASH_ADD_KEYPTR(hh, engine->collectors, collector->name, len, collector);
    engine->counts.collectors++;
    return collector;
}

void collector_remove(struct engine *engine, struct collector *collector)
{
    assert(collector->n_sources == 0 && collector->alert == NULL && !collector->missing);
    heap_remove(&engine->heap, &collector->timer);
    list_drop(&collector->dirty);
    list_drop(&collector->judged);
    list_drop(&collector->unwell);
    HASH_DEL(engine->collectors, collector);
    engine->counts.collectors--;
    engine->counts.silent_collectors -= collector->silent ? 1 : 0;
    removed_add_name(engine, REMOVED_COLLECTOR, collector->name, collector);
}

static enum collector_state state_of(const struct collector *collector)
{
    return collector->silent ? COLLECTOR_SILENT : collector->blind ? COLLECTOR_BLIND : COLLECTOR_OK;
}

void collector_set_state(struct engine *engine, struct collector *collector, enum collector_state to,
                         struct effects *effects)
{
    static const char *const names[] = {"ok", "silent", "blind"};
    enum collector_state from = state_of(collector);

    struct decision *decision = effects_add(effects, DECISION_COLLECTOR, engine->now_ms);
    decision->collector = collector->name;
    decision->from = names[from];
    decision->to = names[to];

    engine->counts.silent_collectors += to == COLLECTOR_SILENT ? 1 : 0;
    engine->counts.silent_collectors -= from == COLLECTOR_SILENT ? 1 : 0;
    collector->silent = to == COLLECTOR_SILENT;
    collector->blind = to == COLLECTOR_BLIND;
    collector->since_ms = engine->now_ms;
    if (to == COLLECTOR_OK)
        collector->hold_until_ms = 0;    /* K4: forgotten on return */
    if (from == COLLECTOR_BLIND)
        blind_hold_sources(engine, collector);
    alert_of_collector(engine, collector);
    blind_touch_sources(engine, collector);
    blind_mark(engine, collector);
    collector_mark(engine, collector);
}

static int by_name(const void *left, const void *right)
{
    return source_compare(*(void *const *) left, *(void *const *) right);
}

/* K1: its sources get a full stale time to report. */
static void welcome_sources(struct engine *engine, struct collector *collector, struct effects *effects)
{
    size_t n = 0;

    for (struct link *link = collector->sources.next; link != &collector->sources; link = link->next) {
        engine_scratch(engine, n + 1)[n] = container_of(link, struct source, carried);
        n++;
    }
    if (n > 1)
        qsort(engine->scratch, n, sizeof *engine->scratch, by_name);
    for (size_t i = 0; i < n; i++) {
        struct source *source = engine->scratch[i];
        source->last_any_ms = engine->now_ms;
        source_mark(engine, source);
        poller_update(engine, source, effects);
        timer_arm(engine, &source->timer);
    }
}

void collector_alive(struct engine *engine, struct collector *collector, struct effects *effects)
{
    collector->last_seen_ms = engine->now_ms;
    collector_mark(engine, collector);
    if (engine->config == NULL)
        return;    /* by which nobody is silent, and nothing that it carries is judged, yet */
    if (collector->silent) {
        collector_set_state(engine, collector, COLLECTOR_OK, effects);
        welcome_sources(engine, collector, effects);
    }
    if (collector->timer.position == 0)
        timer_arm(engine, &collector->timer);
}

int64_t collector_due(const struct engine *engine, const struct timer *timer)
{
    const struct collector *collector = container_of(timer, struct collector, timer);

    if (collector->silent)
        return INT64_MAX;
    return collector->last_seen_ms + engine->config->params.value[PARAM_collector_silent_s] * 1000 + 1;
}

void collector_check(struct engine *engine, struct collector *collector, struct effects *effects)
{
    int64_t silent_ms = engine->config->params.value[PARAM_collector_silent_s] * 1000;

    if (!collector->silent && engine->now_ms - collector->last_seen_ms > silent_ms)
        collector_set_state(engine, collector, COLLECTOR_SILENT, effects);
    timer_arm(engine, &collector->timer);
}

int collector_timers_compare(const struct timer *a, const struct timer *b)
{
    return collector_compare(container_of(a, struct collector, timer), container_of(b, struct collector, timer));
}

void collector_timers_run(struct engine *engine, struct timer *const *due, size_t n, struct effects *effects)
{
    for (size_t i = 0; i < n; i++)
        collector_check(engine, container_of(due[i], struct collector, timer), effects);
}

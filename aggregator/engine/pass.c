/* SPDX-License-Identifier: Apache-2.0 */
/* Deadlines act at their own time and in time order, before the input that comes after them (T4, T5). */
#include "aggregator/engine/engine_private.h"

#include <assert.h>
#include <stdlib.h>

#include "common/mem.h"

static const struct timer_rules *const rules[TIMER_KINDS] = {
    [TIMER_MANUAL] = &manual_timer,
    [TIMER_SOURCE] = &source_timer,
    [TIMER_COLLECTOR] = &collector_timer,
    [TIMER_ALERT] = &alert_timer,
};

void **engine_scratch(struct engine *engine, size_t n)
{
    if (n > engine->cap_scratch) {
        engine->cap_scratch = n < 64 ? 64 : n * 2;
        engine->scratch = mem_resize(engine->scratch, engine->cap_scratch, sizeof *engine->scratch);
    }
    return engine->scratch;
}

void timer_arm(struct engine *engine, struct timer *timer)
{
    int64_t due_ms = rules[timer->kind]->due(engine, timer);

    assert(due_ms > engine->now_ms);    /* what is due was done before */
    if (due_ms == INT64_MAX)
        heap_remove(&engine->heap, timer);
    else if (due_ms < heap_due(&engine->heap, timer))
        heap_set(&engine->heap, timer, due_ms);
}

/* The next moment up to until_ms at which something is really due; INT64_MAX when there is none. */
static int64_t next_due(struct engine *engine, int64_t until_ms)
{
    int64_t stands_ms;
    struct timer *timer;

    while ((timer = heap_first(&engine->heap, &stands_ms)) != NULL && stands_ms <= until_ms) {
        int64_t due_ms = rules[timer->kind]->due(engine, timer);
        if (due_ms <= stands_ms)
            return stands_ms;
        if (due_ms == INT64_MAX)
            heap_remove(&engine->heap, timer);
        else
            heap_set(&engine->heap, timer, due_ms);
    }
    return INT64_MAX;
}

static int timer_compare(const void *left, const void *right)
{
    const struct timer *a = *(void *const *) left;
    const struct timer *b = *(void *const *) right;

    return a->kind != b->kind ? (int) a->kind - (int) b->kind : rules[a->kind]->compare(a, b);
}

/* Takes what is due at this moment out of the heap, in the order of T5. */
static size_t collect_due(struct engine *engine, int64_t at_ms)
{
    size_t n = 0;
    int64_t due_ms;

    while (next_due(engine, at_ms) != INT64_MAX) {
        struct timer *timer = heap_first(&engine->heap, &due_ms);
        heap_remove(&engine->heap, timer);
        engine_scratch(engine, n + 1)[n] = timer;
        n++;
    }
    if (n > 1)
        qsort(engine->scratch, n, sizeof *engine->scratch, timer_compare);
    return n;
}

static void pass_at(struct engine *engine, int64_t at_ms, struct effects *effects)
{
    if (at_ms > engine->now_ms)
        engine->now_ms = at_ms;
    engine->dirty = true;

    /* A copy: what runs may want the scratch for itself. */
    size_t n = collect_due(engine, at_ms);
    CLEANUP(mem_freep) struct timer **due = mem_new_array(n, sizeof *due);
    for (size_t i = 0; i < n; i++)
        due[i] = engine->scratch[i];

    for (size_t i = 0; i < n;) {
        size_t same = 1;
        while (i + same < n && due[i + same]->kind == due[i]->kind)
            same++;
        rules[due[i]->kind]->run(engine, due + i, same, effects);
        i += same;
    }
    settle(engine, effects);
}

void pass_until(struct engine *engine, int64_t until_ms, struct effects *effects)
{
    int64_t due_ms;

    while ((due_ms = next_due(engine, until_ms)) != INT64_MAX)
        pass_at(engine, due_ms, effects);
}

int64_t clock_skip(struct engine *engine, int64_t now_ms, struct effects *effects)
{
    int64_t skipped_ms = engine->started ? now_ms - engine->now_ms : 0;

    if (effects->n_decisions == 0)
        removed_free(&engine->graves);    /* nothing borrows their names any more */
    if (skipped_ms < 0) {
        effects_add(effects, DECISION_NOTE, engine->now_ms)->reason = REASON_CLOCK_BACK;
        return 0;
    }
    if (!engine->started || skipped_ms > 0) {
        engine->started = true;
        engine->now_ms = now_ms;
        engine->dirty = true;
    }
    return skipped_ms;
}

void input_begin(struct engine *engine, int64_t now_ms, struct effects *effects)
{
    if (engine->started)
        pass_until(engine, now_ms, effects);
    (void) clock_skip(engine, now_ms, effects);
}

void pass_everything(struct engine *engine, struct effects *effects)
{
    struct service *service;
    struct service *next_service;
    struct collector *collector;
    struct collector *next_collector;
    struct alert *alert;
    struct alert *next_alert;

    HASH_SORT(engine->services, service_compare);
    HASH_SORT(engine->collectors, collector_compare);
    HASH_ITER(hh, engine->services, service, next_service)
        manual_check(engine, service, effects);
    HASH_ITER(hh, engine->services, service, next_service)
        service_pass(engine, service, effects);
    HASH_ITER(hh, engine->collectors, collector, next_collector)
        collector_check(engine, collector, effects);
    HASH_ITER(hh, engine->alerts, alert, next_alert)
        alert_touch(engine, alert);
    settle(engine, effects);
}

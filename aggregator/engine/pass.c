/* SPDX-License-Identifier: Apache-2.0 */
/* Deadlines act at their own time and in time order, before the input that comes after them (T4, T5). */
#include "aggregator/engine/engine_private.h"

#include <assert.h>
#include <stdlib.h>

#include "aggregator/engine/maintenance.h"
#include "aggregator/engine/subject.h"
#include "common/mem.h"

static int64_t (*const due_of[TIMER_KINDS])(const struct engine *, const struct timer *) = {
    [TIMER_WINDOW] = window_due,
    [TIMER_GRACE] = grace_due,
    [TIMER_ACK] = ack_due,
    [TIMER_MANUAL] = manual_due,
    [TIMER_SOURCE] = source_due,
    [TIMER_COLLECTOR] = collector_due,
    [TIMER_SLO] = slo_due,
    [TIMER_ALERT] = alert_due,
};

/* The steps of a pass in the order of T5. */
static const struct step {
    uint32_t kinds;                    /* bits 1 << enum timer_kind: whose deadlines it answers */
    int (*compare)(const struct timer *, const struct timer *);
    void (*run)(struct engine *, struct timer *const *, size_t n, struct effects *);
} steps[] = {
    { 1u << TIMER_WINDOW | 1u << TIMER_GRACE, maintenance_timers_compare, maintenance_timers_run },
    { 1u << TIMER_ACK, ack_timers_compare, ack_timers_run },
    { 1u << TIMER_MANUAL, manual_timers_compare, manual_timers_run },
    { 1u << TIMER_MANUAL | 1u << TIMER_SOURCE, service_timers_compare, service_timers_run },
    { 1u << TIMER_COLLECTOR, collector_timers_compare, collector_timers_run },
    { 1u << TIMER_SLO, slo_timers_compare, slo_timers_run },
    { 1u << TIMER_ALERT, alert_timers_compare, alert_timers_run },
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
    int64_t due_ms = due_of[timer->kind](engine, timer);

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
        int64_t due_ms = due_of[timer->kind](engine, timer);
        if (due_ms <= stands_ms)
            return stands_ms;
        if (due_ms == INT64_MAX)
            heap_remove(&engine->heap, timer);
        else
            heap_set(&engine->heap, timer, due_ms);
    }
    return INT64_MAX;
}

/* Takes what is due at this moment out of the heap; an owned list. */
static struct timer **collect_due(struct engine *engine, int64_t at_ms, size_t *n)
{
    size_t cap = 8;
    struct timer **due = mem_new_array(cap, sizeof *due);
    int64_t due_ms;

    *n = 0;
    while (next_due(engine, at_ms) != INT64_MAX) {
        if (*n == cap) {
            cap *= 2;
            due = mem_resize(due, cap, sizeof *due);
        }
        due[*n] = heap_first(&engine->heap, &due_ms);
        heap_remove(&engine->heap, due[(*n)++]);
    }
    return due;
}

static int compare_by(const void *left, const void *right, void *step)
{
    return ((const struct step *) step)->compare(*(struct timer *const *) left, *(struct timer *const *) right);
}

/* Runs one step over those of the due that are its own, in its order. room: for n timers. */
static void run_step(struct engine *engine, const struct step *step, struct timer *const *due, size_t n,
                     struct timer **room, struct effects *effects)
{
    size_t chosen = 0;

    for (size_t i = 0; i < n; i++) {
        if ((step->kinds >> due[i]->kind & 1) != 0)
            room[chosen++] = due[i];
    }
    if (chosen > 1)
        qsort_r(room, chosen, sizeof *room, compare_by, (void *) step);
    if (chosen > 0)
        step->run(engine, room, chosen, effects);
}

static void pass_at(struct engine *engine, int64_t at_ms, struct effects *effects)
{
    assert(at_ms > engine->now_ms);    /* what was due up to now has acted */
    engine->now_ms = at_ms;
    engine->dirty = true;

    size_t n;
    CLEANUP(mem_freep) struct timer **due = collect_due(engine, at_ms, &n);
    CLEANUP(mem_freep) struct timer **room = mem_new_array(n, sizeof *room);
    for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
        run_step(engine, &steps[i], due, n, room, effects);
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
    bool begins = !engine->started;
    if (begins || skipped_ms > 0) {
        engine->started = true;
        engine->now_ms = now_ms;
        engine->dirty = true;
    }
    if (begins && engine->config != NULL)
        slo_arm(engine);
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
    maintenance_check_all(engine, effects);
    HASH_SORT(engine->alerts, alert_compare);
    HASH_ITER(hh, engine->alerts, alert, next_alert)
        ack_check(engine, alert, effects);
    HASH_ITER(hh, engine->services, service, next_service)
        manual_check(engine, service, effects);
    HASH_ITER(hh, engine->services, service, next_service)
        service_pass(engine, service, effects);
    HASH_ITER(hh, engine->collectors, collector, next_collector) {
        collector_check(engine, collector, effects);
        alert_of_collector(engine, collector);
        blind_mark(engine, collector);
    }
    HASH_ITER(hh, engine->alerts, alert, next_alert)
        alert_touch(engine, alert);
    settle(engine, effects);
}

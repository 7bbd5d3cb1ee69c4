/* SPDX-License-Identifier: Apache-2.0 */
/* U1, U2: a person says what the sources cannot. */
#include "aggregator/engine/engine_private.h"

#include <stdlib.h>

#include "common/mem.h"

void manual_free(struct manual *manual)
{
    if (manual == NULL)
        return;
    free(manual->by);
    free(manual->reason);
    free(manual);
}

static struct decision *decide(struct engine *engine, const struct service *service, const char *op,
                               struct effects *effects)
{
    struct decision *decision = effects_add(effects, DECISION_MANUAL, engine->now_ms);

    decision->service = service->id;
    decision->op = op;
    return decision;
}

static const char *name_or_null(struct effects *effects, const char *by)
{
    return by[0] == '\0' ? NULL : arena_copy_string(&effects->arena, by);
}

/* by: who ended it, "" when its time did. E is the caller's to compute. */
static void end(struct engine *engine, struct service *service, enum reason reason, const char *by,
                struct effects *effects)
{
    struct decision *decision = decide(engine, service, "end", effects);
    decision->by = name_or_null(effects, by);
    decision->reason = reason;

    flapping_bring(engine, service);
    manual_free(steal(&service->manual));
    ladders_reset(&service->ladders);
    service_mark(engine, service);
    heap_remove(&engine->heap, &service->timer);
}

static int64_t end_of(const struct engine *engine, const struct service *service, const Manual *said)
{
    int64_t ttl_s = 0;

    if (said->has_ttl_s)
        ttl_s = said->ttl_s;
    else if (service->n_sources > 0)
        ttl_s = service->params->value[PARAM_manual_ttl_s];    /* a forgotten one blinds every source */
    return ttl_s == 0 ? 0 : engine->now_ms + ttl_s * 1000;
}

/* A person has already confirmed it. */
static void set_hard(struct engine *engine, struct service *service, enum status level, struct effects *effects)
{
    if (level == STATUS_UNKNOWN)
        return;
    if (level != service->hard) {
        struct hard_change change = {.to = level, .via = "manual", .since_ms = engine->now_ms};
        service_set_hard(engine, service, &change, effects);
        return;
    }
    struct alert *alert = service->alert;
    if (alert != NULL && alert->told > 0 && alert->told == status_rank(level))
        settle_dedup(engine, alert, effects);
}

static void set(struct engine *engine, struct service *service, const Manual *said, struct effects *effects)
{
    struct manual *manual = mem_new(sizeof *manual);
    *manual = (struct manual) {
        .level = status_from_number((int) said->level),
        .by = mem_copy_string(said->by),
        .reason = mem_copy_string(said->reason),
        .set_at_ms = engine->now_ms,
        .until_ms = end_of(engine, service, said),
    };
    struct decision *decision = decide(engine, service, "set", effects);
    decision->by = name_or_null(effects, said->by);
    decision->until_ms = manual->until_ms;

    flapping_bring(engine, service);
    manual_free(service->manual);
    service->manual = manual;
    ladders_reset(&service->ladders);
    service_mark(engine, service);
    timer_arm(engine, &service->timer);
    service_evaluate(engine, service, effects);
    set_hard(engine, service, manual->level, effects);
}

static void reject(struct engine *engine, enum reason reason, struct effects *effects)
{
    struct decision *decision = effects_add(effects, DECISION_REJECT, engine->now_ms);

    decision->op = "manual";
    decision->reason = reason;
}

void manual_command(struct engine *engine, const Manual *said, struct effects *effects)
{
    struct service *service = service_find(engine, said->service);

    if (service == NULL)
        reject(engine, REASON_NO_SUCH_SERVICE, effects);
    else if (!said->end)
        set(engine, service, said, effects);
    else if (service->manual == NULL)
        reject(engine, REASON_NO_SUCH_MANUAL, effects);
    else {
        end(engine, service, REASON_REMOVED, said->by, effects);
        service_evaluate(engine, service, effects);
    }
}

void manual_check(struct engine *engine, struct service *service, struct effects *effects)
{
    if (service->manual == NULL || service->manual->until_ms == 0)
        return;
    if (engine->now_ms >= service->manual->until_ms)
        end(engine, service, REASON_EXPIRED, "", effects);
}

static struct service *of_timer(const struct timer *timer)
{
    return container_of(timer, struct service, timer);
}

int64_t manual_due(const struct engine *engine, const struct timer *timer)
{
    const struct manual *manual = of_timer(timer)->manual;
    (void) engine;

    return manual == NULL || manual->until_ms == 0 ? INT64_MAX : manual->until_ms;
}

int manual_timers_compare(const struct timer *a, const struct timer *b)
{
    return service_compare(of_timer(a), of_timer(b));
}

void manual_timers_run(struct engine *engine, struct timer *const *due, size_t n, struct effects *effects)
{
    for (size_t i = 0; i < n; i++)
        manual_check(engine, of_timer(due[i]), effects);
}

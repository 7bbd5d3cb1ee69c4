/* SPDX-License-Identifier: Apache-2.0 */
/* X2: we did not listen since the previous input, so nobody was silent in that time. */
#include "aggregator/engine/engine_private.h"

static void excuse_service(struct engine *engine, struct service *service, int64_t gap_ms)
{
    for (uint32_t i = 0; i < service->n_sources; i++) {
        service->sources[i]->last_any_ms = engine->now_ms;
        source_mark(engine, service->sources[i]);
    }
    flapping_skip(engine, service, gap_ms);
    account_skip(engine, service, gap_ms);
    if (gap_ms > service->params->value[PARAM_unknown_reset_s] * 1000) {
        ladders_reset(&service->ladders);
        service_mark(engine, service);
    }
}

void gap_take(struct engine *engine, int64_t gap_ms, struct effects *effects)
{
    struct service *service;
    struct service *next_service;
    struct collector *collector;
    struct collector *next_collector;

    effects_add(effects, DECISION_GAP, engine->now_ms)->ms = gap_ms;
    if (engine->config == NULL)
        return;

    HASH_ITER(hh, engine->services, service, next_service)
        excuse_service(engine, service, gap_ms);
    HASH_ITER(hh, engine->collectors, collector, next_collector) {
        if (collector->silent)
            continue;
        collector->last_seen_ms = engine->now_ms;
        collector_mark(engine, collector);
    }
    slo_arm(engine);
    pass_everything(engine, effects);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* P1: whether the one who polls is well, which says nothing about what is polled. */
#include "aggregator/engine/engine_private.h"

static const char *const names[] = {
    [POLLER_UNSPECIFIED] = "ok",
    [POLLER_OK] = "ok",
    [POLLER_BROKEN] = "broken",
    [POLLER_SILENT] = "silent",
};

const char *poller_name(PollerState state)
{
    return names[state];
}

static bool is_broken(const struct source *source)
{
    const int64_t *value = source->service->params->value;

    if (source->fail_streak >= value[PARAM_poller_failure_threshold])
        return true;
    return source->broken && source->ok_streak < value[PARAM_poller_recovery_threshold];
}

void poller_update(struct engine *engine, struct source *source, struct effects *effects)
{
    bool silent = engine->now_ms - source->last_any_ms > source_stale_ms(source);
    bool broken = is_broken(source);
    PollerState to = silent ? POLLER_SILENT : broken ? POLLER_BROKEN : POLLER_OK;
    PollerState from = source->poller;

    if (broken != source->broken) {
        source->broken = broken;
        source_mark(engine, source);
    }
    if (to == from)
        return;

    engine->counts.broken_pollers += to == POLLER_BROKEN ? 1 : 0;
    engine->counts.broken_pollers -= from == POLLER_BROKEN ? 1 : 0;
    source->poller = (uint8_t) to;
    source->poller_since_ms = engine->now_ms;
    source_mark(engine, source);
    if (from == POLLER_OK && source->alert != NULL) {    /* well for less than an input: not ok since now (P3) */
        source->alert->since_ms = engine->now_ms;
        alert_mark(engine, source->alert);
    }
    alert_of_poller(engine, source);

    struct decision *decision = effects_add(effects, DECISION_POLLER, engine->now_ms);
    decision->service = source->service->id;
    decision->source = source->id;
    decision->from = poller_name(from);
    decision->to = poller_name(to);
}

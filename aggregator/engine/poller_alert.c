/* SPDX-License-Identifier: Apache-2.0 */
/* P2, P3: the alert of a poller that cannot find out, or says nothing. It is never an outage of what is polled. */
#include "aggregator/engine/engine_private.h"

#include <stdio.h>

#include "aggregator/engine/cover.h"

static struct alert *open(struct engine *engine, struct source *source)
{
    const struct alert_class_rules *rules = alert_class_find(ALERT_POLLER);
    char key[KEY_BYTES_MAX + 1];
    (void) snprintf(key, sizeof key, "%s%s/%s", rules->prefix, source->service->id, source->id);

    struct alert *alert = alert_new(engine, rules, key);
    alert->service = source->service;
    alert->source = source;
    alert->since_ms = source->poller_since_ms;
    alert->peak = 1;
    cover_review(engine, alert);
    return alert;
}

void alert_of_poller(struct engine *engine, struct source *source)
{
    bool well = source->poller == POLLER_OK;

    if (!well && source->alert == NULL)
        source->alert = open(engine, source);
    if (!well)
        alert_show_word(engine, source->alert, poller_name((PollerState) source->poller));
    if (source->alert != NULL)
        alert_touch(engine, source->alert);
    blind_recount(engine, source);
}

int poller_alert_level(const struct alert *alert)
{
    return alert->source->poller == POLLER_OK ? 0 : 1;
}

/* A collector with many sources may turn out blind. */
static bool may_be_blind(const struct engine *engine, const struct collector *collector)
{
    return collector->n_sources >= engine->config->params.value[PARAM_blind_min];
}

int64_t poller_alert_hold_ends(const struct engine *engine, const struct alert *alert)
{
    const struct source *source = alert->source;
    int64_t ends_ms = alert->since_ms + engine->config->params.value[PARAM_poller_hold_s] * 1000;

    if (source->collector == NULL || !may_be_blind(engine, source->collector))
        return 0;
    return source->hold_until_ms > ends_ms ? source->hold_until_ms : ends_ms;
}

enum reason poller_alert_held(const struct engine *engine, const struct alert *alert)
{
    const struct collector *collector = alert->source->collector;

    if (collector == NULL)
        return REASON_NONE;
    if (collector->silent)
        return REASON_COLLECTOR_SILENT;
    if (collector->blind)
        return REASON_COLLECTOR_BLIND;
    return engine->now_ms < poller_alert_hold_ends(engine, alert) ? REASON_POLLER_HOLD : REASON_NONE;
}

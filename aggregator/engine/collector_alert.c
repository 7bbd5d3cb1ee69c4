/* SPDX-License-Identifier: Apache-2.0 */
/* K2: the alert of a collector that is silent or blind. */
#include "aggregator/engine/engine_private.h"

#include <stdio.h>

#include "aggregator/engine/cover.h"

static struct alert *open(struct engine *engine, struct collector *collector)
{
    const struct alert_class_rules *rules = alert_class_find(ALERT_COLLECTOR);
    char key[KEY_BYTES_MAX + 1];
    (void) snprintf(key, sizeof key, "%s%s", rules->prefix, collector->name);

    struct alert *alert = alert_new(engine, rules, key);
    alert->collector = collector;
    alert->since_ms = collector->since_ms;
    alert->peak = 1;
    cover_review(engine, alert);
    return alert;
}

static bool is_well(const struct collector *collector)
{
    return !collector->silent && !collector->blind;
}

void alert_of_collector(struct engine *engine, struct collector *collector)
{
    if (is_well(collector)) {
        list_drop(&collector->unwell);
    } else {
        list_add(&engine->unwell, &collector->unwell);
        if (collector->alert == NULL)
            collector->alert = open(engine, collector);
        alert_show_word(engine, collector->alert, collector->silent ? "silent" : "blind");
    }
    if (collector->alert != NULL)
        alert_touch(engine, collector->alert);
    mass_silence_recount(engine, collector);
}

int collector_alert_level(const struct alert *alert)
{
    return is_well(alert->collector) ? 0 : 1;
}

int64_t collector_alert_hold_ends(const struct engine *engine, const struct alert *alert)
{
    const struct collector *collector = alert->collector;
    int64_t ends_ms = collector->since_ms + engine->config->params.value[PARAM_collector_hold_s] * 1000;

    return collector->hold_until_ms > ends_ms ? collector->hold_until_ms : ends_ms;
}

enum reason collector_alert_held(const struct engine *engine, const struct alert *alert)
{
    if (mass_silence_is_active(engine))
        return REASON_MASS_SILENCE;
    return engine->now_ms < collector_alert_hold_ends(engine, alert) ? REASON_COLLECTOR_HOLD : REASON_NONE;
}

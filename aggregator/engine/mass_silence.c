/* SPDX-License-Identifier: Apache-2.0 */
/*
 * K3, K4: when many collectors are gone at once, the fault is near us. Those that are silent or blind and of which
 * nobody was told are counted as they change; while they are too many, one message stands for all of them.
 */
#include "aggregator/engine/engine_private.h"

static const char key[] = "self:mass_silence";

void mass_silence_recount(struct engine *engine, struct collector *collector)
{
    bool missing = (collector->silent || collector->blind) && alert_is_news(collector->alert);
    if (missing == collector->missing)
        return;

    collector->missing = missing;
    engine->n_missing += missing ? 1 : 0;
    engine->n_missing -= missing ? 0 : 1;
}

/* K3: a share of those we know, but one site is enough. */
static bool are_many(const struct engine *engine)
{
    const int64_t *value = engine->config->params.value;
    int64_t need = ((int64_t) engine->counts.collectors * value[PARAM_mass_silence_pct] + 99) / 100;

    if (need > value[PARAM_mass_silence_cap])
        need = value[PARAM_mass_silence_cap];
    if (need < value[PARAM_mass_silence_min])
        need = value[PARAM_mass_silence_min];
    return engine->n_missing >= need;
}

bool mass_silence_is_active(const struct engine *engine)
{
    return engine->mass_silence != NULL && !engine->mass_silence->ended;
}

static void begin(struct engine *engine)
{
    struct alert *alert = alert_new(engine, alert_class_find(ALERT_SELF), key);

    alert->since_ms = engine->now_ms;
    alert->peak = 1;
    alert_show_word(engine, alert, "mass_silence");
    engine->mass_silence = alert;
}

/* K4: a network comes back host by host. */
static void hold(struct engine *engine, struct collector *collector)
{
    collector->hold_until_ms = engine->now_ms + engine->config->params.value[PARAM_collector_silent_s] * 1000;
    collector_mark(engine, collector);
}

void mass_silence_judge(struct engine *engine)
{
    bool active = are_many(engine);
    if (active == mass_silence_is_active(engine))
        return;

    if (active)
        begin(engine);
    else
        engine->mass_silence->ended = true;
    alert_touch(engine, engine->mass_silence);
    for (struct link *link = engine->unwell.next; link != &engine->unwell; link = link->next) {
        struct collector *collector = container_of(link, struct collector, unwell);
        if (!active)
            hold(engine, collector);
        alert_touch(engine, collector->alert);
    }
}

int mass_silence_level(const struct alert *alert)
{
    return alert->ended ? 0 : 1;
}

void mass_silence_describe(struct engine *engine, const struct alert *alert, enum notify_kind kind,
                           struct decision *decision)
{
    (void) kind;
    decision->since_ms = alert->since_ms;
    decision->silent = engine->n_missing;
    decision->known = (uint32_t) engine->counts.collectors;
}

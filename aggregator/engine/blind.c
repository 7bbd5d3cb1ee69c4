/* SPDX-License-Identifier: Apache-2.0 */
/*
 * K6: many pages that cannot be reached from one host are one fault, and not the vendors'. Each collector counts those
 * of its sources that are broken and of which nobody was told; the count is kept as they change, and judged when the
 * input settles.
 */
#include "aggregator/engine/engine_private.h"

#include <assert.h>
#include <stdlib.h>

void blind_mark(struct engine *engine, struct collector *collector)
{
    list_add(&engine->judged, &collector->judged);
}

void blind_recount(struct engine *engine, struct source *source)
{
    struct collector *collector = source->collector;
    bool unseen = collector != NULL && source->poller == POLLER_BROKEN && alert_is_news(source->alert);
    if (unseen == source->unseen)
        return;

    assert(collector != NULL);    /* whoever leaves one takes its count along */
    source->unseen = unseen;
    collector->n_unseen += unseen ? 1 : 0;
    collector->n_unseen -= unseen ? 0 : 1;
    blind_mark(engine, collector);
}

static struct source *carried(struct link *link)
{
    return container_of(link, struct source, carried);
}

void blind_touch_sources(struct engine *engine, struct collector *collector)
{
    for (struct link *link = collector->sources.next; link != &collector->sources; link = link->next) {
        if (carried(link)->alert != NULL)
            alert_touch(engine, carried(link)->alert);
    }
}

void blind_hold_sources(struct engine *engine, struct collector *collector)
{
    int64_t until_ms = engine->now_ms + engine->config->params.value[PARAM_poller_hold_s] * 1000;

    for (struct link *link = collector->sources.next; link != &collector->sources; link = link->next) {
        if (carried(link)->poller == POLLER_OK)
            continue;
        carried(link)->hold_until_ms = until_ms;
        source_mark(engine, carried(link));
    }
}

void blind_resize(struct engine *engine, struct collector *collector, int by)
{
    uint32_t before = collector->n_sources;
    collector->n_sources = by > 0 ? before + 1 : before - 1;
    blind_mark(engine, collector);
    if (engine->config == NULL)
        return;

    /* P3 holds pollers only of a collector with so many. */
    int64_t min = engine->config->params.value[PARAM_blind_min];
    if ((before >= min) != (collector->n_sources >= min))
        blind_touch_sources(engine, collector);
}

static bool is_blind(const struct engine *engine, const struct collector *collector)
{
    const int64_t *value = engine->config->params.value;
    int64_t share = (collector->n_sources * value[PARAM_blind_pct] + 99) / 100;
    int64_t need = share > value[PARAM_blind_min] ? share : value[PARAM_blind_min];

    return collector->n_unseen >= need;
}

static int by_name(const void *left, const void *right)
{
    return collector_compare(*(void *const *) left, *(void *const *) right);
}

void blind_judge(struct engine *engine, struct effects *effects)
{
    size_t n = 0;
    struct link *link;

    while ((link = list_take(&engine->judged)) != NULL) {
        engine_scratch(engine, n + 1)[n] = container_of(link, struct collector, judged);
        n++;
    }
    if (n > 1)
        qsort(engine->scratch, n, sizeof *engine->scratch, by_name);
    for (size_t i = 0; i < n; i++) {
        struct collector *collector = engine->scratch[i];
        bool blind = !collector->silent && is_blind(engine, collector);
        if (blind != collector->blind)
            collector_set_state(engine, collector, blind ? COLLECTOR_BLIND : COLLECTOR_OK, effects);
        list_drop(&collector->judged);    /* its new state changed no count */
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts: the open conditions, their classes, and how they come and go. What is sent is settle.c's. */
#include "aggregator/engine/engine_private.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/engine/incident.h"
#include "common/mem.h"

static int service_level(const struct alert *alert)
{
    return status_rank(alert->service->hard);
}

static const char *service_level_name(const struct alert *alert, int rank)
{
    (void) alert;
    return status_name((enum status) (rank + STATUS_OPERATIONAL));
}

static int service_tier(const struct alert *alert)
{
    return alert->service->tier;
}

/* Kinds that say what else is hit (B1). */
static bool tells_impact(enum notify_kind kind)
{
    return kind == NOTIFY_RAISE || kind == NOTIFY_ESCALATE || kind == NOTIFY_AGGREGATE;
}

static void service_describe(struct engine *engine, const struct alert *alert, enum notify_kind kind,
                             struct decision *decision)
{
    const struct service *service = alert->service;

    decision->service = service->id;
    decision->since_ms = service->since_ms;
    decision->said_vendor = service->says[VOTER_VENDOR];
    decision->said_probe = service->says[VOTER_PROBE];
    decision->has_impact = tells_impact(kind);
    if (decision->has_impact && service->spec != NULL)
        graph_impact(&engine->graph, engine->config, service->node, &decision->dependents, decision->tiers);
}

/* ---- classes whose level is a word: on or off */

static const char *word_level_name(const struct alert *alert, int rank)
{
    return rank == 0 ? "ok" : alert->word;
}

static void word_describe(struct engine *engine, const struct alert *alert, enum notify_kind kind,
                          struct decision *decision)
{
    (void) engine;
    (void) kind;
    decision->since_ms = alert->since_ms;
}

/* R2 */
static int first_tier(const struct alert *alert)
{
    (void) alert;
    return 1;
}

static const char *const poller_words[] = {"broken", "silent", NULL};
static const char *const collector_words[] = {"silent", "blind", NULL};
static const char *const slo_words[] = {"fast", "slow", "ticket", NULL};
static const char *const self_words[] = {"mass_silence", NULL};

/* A class of alerts is a row here; those without a row are not kept yet. */
static const struct alert_class_rules classes[] = {
    {
        .class = ALERT_SERVICE,
        .prefix = "service:",
        .level = service_level,
        .level_name = service_level_name,
        .tier = service_tier,
        .describe = service_describe,
        .hold_ends = dependency_hold_ends,
    },
    {
        .class = ALERT_POLLER,
        .prefix = "poller:",
        .words = poller_words,
        .level = poller_alert_level,
        .level_name = word_level_name,
        .tier = service_tier,
        .describe = word_describe,
        .held = poller_alert_held,
        .hold_ends = poller_alert_hold_ends,
    },
    {
        .class = ALERT_COLLECTOR,
        .prefix = "collector:",
        .words = collector_words,
        .level = collector_alert_level,
        .level_name = word_level_name,
        .tier = first_tier,
        .describe = word_describe,
        .held = collector_alert_held,
        .hold_ends = collector_alert_hold_ends,
    },
    {
        .class = ALERT_SLO,
        .prefix = "slo:",
        .words = slo_words,
        .level = slo_alert_level,
        .level_name = word_level_name,
        .tier = service_tier,
        .describe = word_describe,
        .held = slo_alert_held,
        .hold_ends = slo_alert_hold_ends,
    },
    {
        .class = ALERT_SELF,
        .prefix = "self:",
        .words = self_words,
        .level = mass_silence_level,
        .level_name = word_level_name,
        .tier = first_tier,
        .describe = mass_silence_describe,
    },
};

const struct alert_class_rules *alert_class_find(uint32_t alert_class)
{
    for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
        if ((uint32_t) classes[i].class == alert_class)
            return &classes[i];
    }
    return NULL;
}

void alert_mark(struct engine *engine, struct alert *alert)
{
    list_add(&engine->dirty_alerts, &alert->dirty);
}

void alert_touch(struct engine *engine, struct alert *alert)
{
    list_add(&engine->touched, &alert->touched);
}

void alert_show_word(struct engine *engine, struct alert *alert, const char *word)
{
    if (alert->word == word)
        return;
    alert->word = word;
    alert_mark(engine, alert);
}

bool alert_is_news(const struct alert *alert)
{
    return alert != NULL && alert->told == 0 && !alert->excused;
}

void alert_recount(struct engine *engine, struct alert *alert)
{
    if (alert->source != NULL)
        blind_recount(engine, alert->source);
    if (alert->collector != NULL)
        mass_silence_recount(engine, alert->collector);
}

struct alert *alert_new(struct engine *engine, const struct alert_class_rules *rules, const char *key)
{
    size_t len = strlen(key);
    assert(len <= KEY_BYTES_MAX);

    struct alert *alert = mem_new(sizeof *alert + len + 1);
    memcpy(alert->key, key, len + 1);
    alert->rules = rules;
    alert->opened_at_ms = engine->now_ms;
    alert->timer.kind = TIMER_ALERT;
    alert->ack_timer.kind = TIMER_ACK;
    HASH_ADD_KEYPTR(hh, engine->alerts, alert->key, len, alert);
    engine->counts.open_alerts++;
    alert_mark(engine, alert);
    return alert;
}

void alert_of_service(struct engine *engine, struct service *service)
{
    if (service->alert == NULL && status_rank(service->hard) == 0)
        return;

    if (service->alert == NULL) {
        const struct alert_class_rules *rules = alert_class_find(ALERT_SERVICE);
        char key[KEY_BYTES_MAX + 1];
        (void) snprintf(key, sizeof key, "%s%s", rules->prefix, service->id);
        service->alert = alert_new(engine, rules, key);
        service->alert->service = service;
        service->alert->since_ms = service->since_ms;
        incident_alert_opened(service);
    }
    struct alert *alert = service->alert;
    int rank = status_rank(service->hard);
    if (rank > alert->peak)
        alert->peak = rank;
    alert_mark(engine, alert);
    alert_touch(engine, alert);
}

void alert_add_channel(struct alert *alert, const char *channel)
{
    for (size_t i = 0; i < alert->n_channels; i++) {
        if (strcmp(alert->channels[i], channel) == 0)
            return;
    }
    if (alert->n_channels < ALERT_CHANNELS_MAX)
        alert->channels[alert->n_channels++] = mem_copy_string(channel);
}

/* Its subject knows it no more. */
static void let_go(struct engine *engine, struct alert *alert)
{
    if (alert->service != NULL && alert->service->alert == alert) {
        alert->service->alert = NULL;
        incident_alert_closed(engine, alert->service);
    }
    if (alert->source != NULL)
        alert->source->alert = NULL;
    if (alert->collector != NULL)
        alert->collector->alert = NULL;
    if (alert->rules->class == ALERT_SLO)
        slo_let_go(engine, alert);
    if (engine->mass_silence == alert)
        engine->mass_silence = NULL;
    alert_recount(engine, alert);
}

void alert_close(struct engine *engine, struct alert *alert, enum reason reason)
{
    let_go(engine, alert);
    heap_remove(&engine->heap, &alert->timer);
    heap_remove(&engine->heap, &alert->ack_timer);
    list_drop(&alert->dirty);
    list_drop(&alert->touched);
    HASH_DEL(engine->alerts, alert);
    engine->counts.open_alerts--;
    engine->counts.announced_alerts -= alert->told > 0 ? 1 : 0;

    struct closed *closed = mem_new(sizeof *closed);
    alert_show(alert, &closed->row);
    closed->closed_at_ms = engine->now_ms;
    closed->reason = reason;
    list_add(&engine->closed, &closed->link);
    alert_free(alert);
}

void alert_free(struct alert *alert)
{
    for (size_t i = 0; i < alert->n_channels; i++)
        free(alert->channels[i]);
    for (size_t i = 0; i < HELD_KINDS; i++)
        free(alert->held[i].by);
    ack_free(alert->ack);
    free(alert);
}

static struct alert *of_timer(const struct timer *timer)
{
    return container_of(timer, struct alert, timer);
}

int64_t alert_reminder_due(const struct engine *engine, const struct alert *alert)
{
    const struct params *params = alert->service == NULL ? &engine->config->params : alert->service->params;

    if (!alert->as_told || params->value[PARAM_reminders] == 0)
        return INT64_MAX;
    return alert->last_sent_ms + params->value[PARAM_dedup_window_s] * 1000;
}

int64_t alert_due(const struct engine *engine, const struct timer *timer)
{
    const struct alert *alert = of_timer(timer);

    assert(alert->look_at_ms == 0 || !alert->as_told);    /* what is pending is not repeated */
    return alert->look_at_ms != 0 ? alert->look_at_ms : alert_reminder_due(engine, alert);
}

int alert_compare(const struct alert *a, const struct alert *b)
{
    return strcmp(a->key, b->key);
}

int alert_timers_compare(const struct timer *a, const struct timer *b)
{
    return alert_compare(of_timer(a), of_timer(b));
}

void alert_timers_run(struct engine *engine, struct timer *const *due, size_t n, struct effects *effects)
{
    (void) effects;
    for (size_t i = 0; i < n; i++)
        alert_touch(engine, of_timer(due[i]));
}

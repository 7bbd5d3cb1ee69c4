/* SPDX-License-Identifier: Apache-2.0 */
/* Into the engine, at start: the stored rows, in any order. What does not fit together is settled by configure. */
#include "aggregator/engine/engine_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/engine/incident.h"
#include "aggregator/engine/maintenance.h"
#include "aggregator/engine/subject.h"
#include "common/mem.h"

static bool is_level(Level level)
{
    return level >= LEVEL_UNKNOWN && level <= LEVEL_MAJOR_OUTAGE;
}

static int load_engine(struct engine *engine, const StateRow *stored)
{
    const EngineState *row = &stored->row.engine;

    engine->now_ms = row->now_ms;
    engine->started = row->started;
    engine->next_incident = row->next_incident == 0 ? 1 : row->next_incident;
    (void) text_copy(engine->config_digest, sizeof engine->config_digest, text_of(row->config_digest));
    return 0;
}

static void load_ladders(struct service *service, const ServiceState *row)
{
    for (int i = 0; i < LADDER_COUNT; i++) {
        const Ladder *ladder = i < LADDER_BETTER ? &row->worse[i] : &row->better[i - LADDER_BETTER];
        service->ladders.at[i] = (struct ladder) {.since_ms = ladder->since_ms, .epoch = ladder->epoch};
        service->ladders.running |= (uint8_t) (ladder->running ? 1 << i : 0);
    }
}

static struct manual *load_manual(const ManualState *row)
{
    struct manual *manual = mem_new(sizeof *manual);

    *manual = (struct manual) {
        .level = (enum status) row->level,
        .by = mem_copy_string(row->by),
        .reason = mem_copy_string(row->reason),
        .set_at_ms = row->set_at_ms,
        .until_ms = row->until_ms,
    };
    return manual;
}

static bool is_flap_good(const FlapState *row)
{
    bool good = row->samples.size <= FLAP_SAMPLES && row->channels_count <= ALERT_CHANNELS_MAX && row->debt_ms >= 0;

    for (pb_size_t i = 0; good && i < row->samples.size; i++)
        good = row->samples.bytes[i] > LEVEL_UNKNOWN && row->samples.bytes[i] <= LEVEL_MAJOR_OUTAGE;
    return good;
}

static struct flap_told *load_flap_told(const FlapState *row)
{
    struct flap_told *told = mem_new(sizeof *told);

    for (pb_size_t i = 0; i < row->channels_count; i++)
        told->channels[told->n_channels++] = mem_copy_string(row->channels[i]);
    return told;
}

static void load_flap(struct service *service, const FlapState *row)
{
    struct flap *flap = &service->flap;

    flap_restore(flap, row->samples.bytes, row->samples.size);
    flap->marks = (uint8_t) ((row->ring ? FLAP_RING : 0) | (row->slow ? FLAP_SLOW : 0));
    flap->started_by = row->started_by_ring ? FLAP_RING : FLAP_SLOW;
    flap->debt_ms = row->debt_ms;
    flap->debt_at_ms = row->debt_at_ms;
    flap->stretches = row->stretches;
    service->flap_sent_ms = row->start_sent_ms;
    flap_told_free(steal(&service->flap_told));
    if (row->channels_count > 0)
        service->flap_told = load_flap_told(row);
}

static int rank_of_level(Level level)
{
    return status_rank((enum status) level);
}

static bool is_aggregate(const AggregateState *row)
{
    return row->tier <= 3 && is_level(row->level);
}

static struct aggregate load_aggregate(const AggregateState *row)
{
    return (struct aggregate) {
        .active = row->active,
        .since_ms = row->since_ms,
        .owed = row->owed,
        .tier = (uint8_t) row->tier,
        .level = (uint8_t) rank_of_level(row->level),
    };
}

static int load_service(struct engine *engine, const StateRow *stored)
{
    const ServiceState *row = &stored->row.service;
    bool good = row->id[0] != '\0' && is_level(row->effective) && is_level(row->hard) && is_level(row->last_known) &&
        row->tier >= 1 && row->tier <= 3 && (!row->has_manual || is_level(row->manual.level)) &&
        (!row->has_flap || is_flap_good(&row->flap)) &&
        (!row->has_aggregate || is_aggregate(&row->aggregate));
    if (!good)
        return -EINVAL;

    struct service *service = service_ensure(engine, row->id);
    list_drop(&service->dirty);
    service->effective = (uint8_t) row->effective;
    service->effective_since_ms = row->effective_since_ms;
    service->hard = (uint8_t) row->hard;
    service->hard_since_ms = row->hard_since_ms;
    service->last_known = (uint8_t) row->last_known;
    service->unknown_since_ms = row->unknown_since_ms;
    service->ever_known = row->ever_known;
    service->bad_since_ms = row->bad_since_ms;
    service->since_ms = row->since_ms;
    service->registered = row->registered;
    service->recur = row->recur;
    service->last_incident = row->last_incident;
    service->tier = (uint8_t) row->tier;
    free(steal(&service->host_rule));
    if (row->host_rule[0] != '\0')
        service->host_rule = mem_copy_string(row->host_rule);
    manual_free(service->manual);
    service->manual = row->has_manual ? load_manual(&row->manual) : NULL;
    service->aggregate = row->has_aggregate ? load_aggregate(&row->aggregate) : (struct aggregate) {0};
    load_ladders(service, row);
    tally_update(engine, service);
    if (row->has_flap)
        load_flap(service, &row->flap);
    for (uint32_t i = 0; i < service->n_sources; i++)    /* each pair of the two, whichever row comes first */
        ladders_recall(&service->ladders, service->sources[i]->counts);
    return 0;
}

static struct collector *load_carrier(struct engine *engine, const char *name)
{
    return name[0] == '\0' ? NULL : collector_ensure(engine, name);
}

static int load_source(struct engine *engine, const StateRow *stored)
{
    const SourceState *row = &stored->row.source;
    bool good = row->service[0] != '\0' && is_level(row->level) && row->poller <= POLLER_SILENT;
    if (!good)
        return -EINVAL;

    struct service *service = service_ensure(engine, row->service);
    struct source *source = source_new(engine, service, row->source);
    source_set_collector(engine, source, load_carrier(engine, row->collector));
    source->voter = row->kind == SOURCE_PROBE ? VOTER_PROBE : VOTER_VENDOR;
    source->boot = row->boot;
    source->has_seq = row->has_seq;
    source->seq = row->seq;
    source->observed_at_ms = row->observed_at_ms;
    source->last_any_ms = row->last_any_ms;
    source->last_ok_ms = row->last_ok_ms;
    source->level = (uint8_t) row->level;
    source->failed = row->result == RESULT_FAIL;
    source->fail_streak = row->fail_streak;
    source->ok_streak = row->ok_streak;
    source->every_s = row->every_s;
    source->poller = row->poller == POLLER_UNSPECIFIED ? POLLER_OK : (uint8_t) row->poller;
    source->poller_since_ms = row->poller_since_ms;
    source->broken = row->broken;
    source->hold_until_ms = row->hold_until_ms;
    engine->counts.broken_pollers += source->poller == POLLER_BROKEN ? 1 : 0;
    for (int i = 0; i < LADDER_COUNT; i++)
        source->counts[i] = (struct ladder_count) {.epoch = row->counts[i].epoch, .count = row->counts[i].count};
    ladders_recall(&service->ladders, source->counts);
    source->round = row->round;
    if (row->round > service->flap.round)    /* F1: the latest of its sources is the current one */
        service->flap.round = row->round;
    return 0;
}

static int load_collector(struct engine *engine, const StateRow *stored)
{
    const CollectorState *row = &stored->row.collector;
    if (row->name[0] == '\0')
        return -EINVAL;

    struct collector *collector = collector_ensure(engine, row->name);
    collector->last_seen_ms = row->last_seen_ms;
    collector->since_ms = row->since_ms;
    collector->silent = row->silent;
    collector->blind = row->blind && !row->silent;
    collector->hold_until_ms = row->hold_until_ms;
    engine->counts.silent_collectors += row->silent ? 1 : 0;
    return 0;
}

static int load_held(struct alert *alert, const Held *row)
{
    enum notify_kind kind;
    enum reason reason;
    if (!notify_kind_parse(row->kind, &kind) || (int) kind >= HELD_KINDS || !reason_parse(row->reason, &reason))
        return -EINVAL;

    struct held *held = &alert->held[kind];
    free(steal(&held->by));
    held->reason = reason;
    (void) text_copy(held->level, sizeof held->level, text_of(row->level));
    held->by = row->by[0] == '\0' ? NULL : mem_copy_string(row->by);
    return 0;
}

static struct dependency load_dependency(const DependencyState *row)
{
    return (struct dependency) {
        .suppressed = row->suppressed,
        .graced = row->graced,
        .grace_until_ms = row->grace_until_ms,
        .held = row->held,
        .held_since_ms = row->held_since_ms,
    };
}

/* ---- an alert's subject: which must be named, and may have one alert of the class */

static int bind_service(struct engine *engine, struct alert *alert, const AlertState *row)
{
    if (row->service[0] == '\0')
        return -EINVAL;
    struct service *service = service_ensure(engine, row->service);
    if (service->alert != NULL)
        return -EINVAL;
    alert->service = service;
    service->alert = alert;
    return 0;
}

static int bind_source(struct engine *engine, struct alert *alert, const AlertState *row)
{
    if (row->service[0] == '\0')
        return -EINVAL;
    struct service *service = service_ensure(engine, row->service);
    struct source *source = source_new(engine, service, row->source);
    if (source->alert != NULL)
        return -EINVAL;
    alert->service = service;
    alert->source = source;
    source->alert = alert;
    return 0;
}

static int bind_collector(struct engine *engine, struct alert *alert, const AlertState *row)
{
    if (row->collector[0] == '\0')
        return -EINVAL;
    struct collector *collector = collector_ensure(engine, row->collector);
    if (collector->alert != NULL)
        return -EINVAL;
    alert->collector = collector;
    collector->alert = alert;
    return 0;
}

static int bind_slo(struct engine *engine, struct alert *alert, const AlertState *row)
{
    if (row->service[0] == '\0')
        return -EINVAL;
    return slo_bind_alert(service_ensure(engine, row->service), alert, row->level);
}

static int bind_self(struct engine *engine, struct alert *alert, const AlertState *row)
{
    (void) row;
    if (engine->mass_silence != NULL)
        return -EINVAL;
    engine->mass_silence = alert;
    return 0;
}

static int (*const binders[ALERT_CLASS_COUNT])(struct engine *, struct alert *, const AlertState *) = {
    [ALERT_SERVICE] = bind_service,
    [ALERT_POLLER] = bind_source,
    [ALERT_COLLECTOR] = bind_collector,
    [ALERT_SLO] = bind_slo,
    [ALERT_SELF] = bind_self,
};

static int load_word(struct alert *alert, const char *word)
{
    const char *const *words = alert->rules->words;

    for (size_t i = 0; words != NULL && words[i] != NULL; i++) {
        if (strcmp(words[i], word) == 0)
            alert->word = words[i];
    }
    return words == NULL || alert->word != NULL ? 0 : -EINVAL;
}

/* A condition that is on or off has one level. */
static bool is_level_of(const struct alert_class_rules *rules, Level level)
{
    return is_level(level) && (rules->words == NULL || rank_of_level(level) <= 1);
}

static int load_alert(struct engine *engine, const StateRow *stored)
{
    const AlertState *row = &stored->row.alert;
    const struct alert_class_rules *rules = alert_class_find(row->alert_class);
    struct alert *known;

    HASH_FIND_STR(engine->alerts, row->key, known);
    bool good = rules != NULL && known == NULL && row->key[0] != '\0' && is_level_of(rules, row->told) &&
        is_level_of(rules, row->peak) && row->channels_count <= ALERT_CHANNELS_MAX && row->held_count <= ARRAY_SIZE(row->held);
    if (!good)
        return -EINVAL;

    struct alert *alert = alert_new(engine, rules, row->key);
    list_drop(&alert->dirty);
    if (binders[rules->class](engine, alert, row) < 0 || load_word(alert, row->level) < 0)
        return -EINVAL;
    alert->opened_at_ms = row->opened_at_ms;
    alert->last_sent_ms = row->last_sent_ms;
    alert->since_ms = row->since_ms;
    alert->told = rank_of_level(row->told);
    alert->peak = rank_of_level(row->peak);
    alert->escalations = row->escalations;
    alert->dependency = row->has_dependency ? load_dependency(&row->dependency) : (struct dependency) {0};
    engine->counts.announced_alerts += alert->told > 0 ? 1 : 0;
    for (pb_size_t i = 0; i < row->channels_count; i++)
        alert_add_channel(alert, row->channels[i]);
    for (pb_size_t i = 0; i < row->held_count; i++) {
        if (load_held(alert, &row->held[i]) < 0)
            return -EINVAL;
    }
    alert->ack = row->has_ack ? ack_load(&row->ack) : NULL;
    return row->has_ack && alert->ack == NULL ? -EINVAL : 0;
}

static int load_window(struct engine *engine, const StateRow *stored)
{
    return window_load(engine, &stored->row.window);
}

static int load_grace(struct engine *engine, const StateRow *stored)
{
    return grace_load(engine, &stored->row.grace);
}

static int load_evidence(struct engine *engine, const StateRow *stored)
{
    return evidence_load(engine, &stored->row.evidence);
}

static int load_slo(struct engine *engine, const StateRow *stored)
{
    return slo_load(engine, &stored->row.slo);
}

static int load_minutes(struct engine *engine, const StateRow *stored)
{
    return account_load_minutes(engine, &stored->row.minutes);
}

static int load_incident(struct engine *engine, const StateRow *stored)
{
    return incident_load(engine, &stored->row.incident);
}

static int load_member(struct engine *engine, const StateRow *stored)
{
    return incident_load_member(engine, &stored->row.member);
}

static const struct {
    pb_size_t tag;
    int (*load)(struct engine *, const StateRow *);
} loaders[] = {
    { StateRow_incident_tag, load_incident },
    { StateRow_member_tag, load_member },
    { StateRow_engine_tag, load_engine },
    { StateRow_service_tag, load_service },
    { StateRow_source_tag, load_source },
    { StateRow_collector_tag, load_collector },
    { StateRow_alert_tag, load_alert },
    { StateRow_slo_tag, load_slo },
    { StateRow_minutes_tag, load_minutes },
    { StateRow_window_tag, load_window },
    { StateRow_grace_tag, load_grace },
    { StateRow_evidence_tag, load_evidence },
};

int engine_load(struct engine *engine, const StateRow *row)
{
    for (size_t i = 0; i < ARRAY_SIZE(loaders); i++) {
        if (loaders[i].tag == row->which_row)
            return loaders[i].load(engine, row);
    }
    return -EINVAL;
}

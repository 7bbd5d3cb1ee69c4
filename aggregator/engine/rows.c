/* SPDX-License-Identifier: Apache-2.0 */
/* Out of the engine: the rows that changed, what closed, what is gone. */
#include "aggregator/engine/engine_private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/engine/incident.h"
#include "aggregator/engine/maintenance.h"
#include "aggregator/engine/subject.h"
#include "common/mem.h"

/* Copies a name that the schema has room for. */
static void put(char *to, size_t cap, const char *from)
{
    size_t len = strlen(from);

    assert(len < cap);
    memcpy(to, from, len + 1);
}
#define PUT(field, from) put((field), sizeof(field), (from))

Level level_of_rank(int rank)
{
    return rank == 0 ? LEVEL_UNKNOWN : (Level) (rank + STATUS_OPERATIONAL);
}

void engine_show(const struct engine *engine, EngineState *out)
{
    *out = (EngineState) {
        .now_ms = engine->now_ms,
        .started = engine->started,
        .next_incident = engine->next_incident,
    };
    PUT(out->config_digest, engine->config_digest);
    struct service_tally tally = tally_get(engine);
    out->has_tally = true;
    out->tally = (ServiceTally) {tally.services, tally.known, tally.troubled, tally.critical};
}

static Ladder show_ladder(const struct ladders *ladders, int index)
{
    return (Ladder) {
        .running = ladders_running(ladders, index),
        .since_ms = ladders->at[index].since_ms,
        .epoch = ladders->at[index].epoch,
    };
}

static void show_manual(const struct manual *manual, ServiceState *out)
{
    out->has_manual = true;
    out->manual = (ManualState) {
        .level = (Level) manual->level,
        .set_at_ms = manual->set_at_ms,
        .until_ms = manual->until_ms,
    };
    PUT(out->manual.by, manual->by);
    PUT(out->manual.reason, manual->reason);
}

static bool show_flap(const struct service *service, FlapState *out)
{
    const struct flap *flap = &service->flap;

    *out = (FlapState) {
        .ring = (flap->marks & FLAP_RING) != 0,
        .slow = (flap->marks & FLAP_SLOW) != 0,
        .started_by_ring = flap->started_by == FLAP_RING,
        .debt_ms = flap->debt_ms,
        .debt_at_ms = flap->debt_at_ms,
        .stretches = flap->stretches,
        .start_sent_ms = service->flap_sent_ms,
    };
    out->samples.size = (pb_size_t) flap_n_telling(flap);
    memcpy(out->samples.bytes, flap->sample, out->samples.size);
    for (size_t i = 0; service->flap_told != NULL && i < service->flap_told->n_channels; i++)
        PUT(out->channels[out->channels_count++], service->flap_told->channels[i]);
    return flap->debt_at_ms != 0 || out->samples.size != 0 || service->flap_sent_ms != 0;
}

static void show_aggregate(const struct aggregate *aggregate, ServiceState *out)
{
    out->has_aggregate = true;
    out->aggregate = (AggregateState) {
        .active = aggregate->active,
        .since_ms = aggregate->since_ms,
        .owed = aggregate->owed,
        .tier = aggregate->tier,
        .level = level_of_rank(aggregate->level),
    };
}

void service_show(const struct service *service, ServiceState *out)
{
    *out = (ServiceState) {
        .effective = (Level) service->effective,
        .effective_since_ms = service->effective_since_ms,
        .hard = (Level) service->hard,
        .hard_since_ms = service->hard_since_ms,
        .last_known = (Level) service->last_known,
        .unknown_since_ms = service->effective == STATUS_UNKNOWN ? service->unknown_since_ms : 0,
        .ever_known = service->ever_known,
        .bad_since_ms = service->bad_since_ms,
        .since_ms = service->since_ms,
        .registered = service->registered,
        .tier = service->tier,
        .recur = service->recur,
        .last_incident = service->last_incident,
    };
    PUT(out->id, service->id);
    (void) text_copy(out->name, sizeof out->name, text_of(service->spec == NULL ? service->id : service->spec->name));
    PUT(out->host_rule, service->host_rule == NULL ? "" : service->host_rule);
    for (int i = 0; i < LADDER_COUNT; i++) {
        Ladder *ladder = i < LADDER_BETTER ? &out->worse[i] : &out->better[i - LADDER_BETTER];
        *ladder = show_ladder(&service->ladders, i);
    }
    if (service->manual != NULL)
        show_manual(service->manual, out);
    out->has_flap = show_flap(service, &out->flap);
    if (service->aggregate.active)
        show_aggregate(&service->aggregate, out);
}

void source_show(const struct source *source, SourceState *out)
{
    *out = (SourceState) {
        .kind = source->voter == VOTER_PROBE ? SOURCE_PROBE : SOURCE_VENDOR,
        .boot = source->boot,
        .has_seq = source->has_seq,
        .seq = source->seq,
        .observed_at_ms = source->observed_at_ms,
        .last_any_ms = source->last_any_ms,
        .last_ok_ms = source->last_ok_ms,
        .level = (Level) source->level,
        .result = source->failed ? RESULT_FAIL : RESULT_OK,
        .fail_streak = source->fail_streak,
        .ok_streak = source->ok_streak,
        .every_s = source->every_s,
        .poller = (PollerState) source->poller,
        .poller_since_ms = source->poller_since_ms,
        .broken = source->broken,
        .hold_until_ms = source->hold_until_ms,
        .round = source->round,
    };
    PUT(out->service, source->service->id);
    PUT(out->source, source->id);
    PUT(out->collector, source->collector == NULL ? "" : source->collector->name);
    for (int i = 0; i < LADDER_COUNT; i++)
        out->counts[i] = (LadderCount) {.epoch = source->counts[i].epoch, .count = source->counts[i].count};
}

static void show_collector(const struct collector *collector, CollectorState *out)
{
    *out = (CollectorState) {
        .last_seen_ms = collector->last_seen_ms,
        .silent = collector->silent,
        .since_ms = collector->since_ms,
        .blind = collector->blind,
        .hold_until_ms = collector->hold_until_ms,
    };
    PUT(out->name, collector->name);
}

static void show_held(const struct alert *alert, AlertState *out)
{
    for (int kind = NOTIFY_RAISE; kind < HELD_KINDS; kind++) {
        const struct held *held = &alert->held[kind];
        if (held->reason == REASON_NONE)
            continue;
        assert(out->held_count < ARRAY_SIZE(out->held));
        Held *row = &out->held[out->held_count++];
        PUT(row->kind, notify_kind_name((enum notify_kind) kind));
        PUT(row->reason, reason_name(held->reason));
        PUT(row->level, held->level);
        PUT(row->by, held->by == NULL ? "" : held->by);
    }
}

static void show_dependency(const struct dependency *dependency, AlertState *out)
{
    out->has_dependency = dependency->suppressed || dependency->graced || dependency->held;
    out->dependency = (DependencyState) {
        .suppressed = dependency->suppressed,
        .graced = dependency->graced,
        .grace_until_ms = dependency->grace_until_ms,
        .held = dependency->held,
        .held_since_ms = dependency->held_since_ms,
    };
}

void alert_show(const struct alert *alert, AlertState *out)
{
    *out = (AlertState) {
        .alert_class = (uint32_t) alert->rules->class,
        .opened_at_ms = alert->opened_at_ms,
        .told = level_of_rank(alert->told),
        .last_sent_ms = alert->last_sent_ms,
        .escalations = alert->escalations,
        .since_ms = alert->since_ms,
        .peak = level_of_rank(alert->peak),
    };
    PUT(out->key, alert->key);
    PUT(out->service, alert->service == NULL ? "" : alert->service->id);
    PUT(out->source, alert->source == NULL ? "" : alert->source->id);
    PUT(out->collector, alert->collector == NULL ? "" : alert->collector->name);
    if (alert->rules->class == ALERT_SERVICE)
        incident_id_render(alert->service->last_incident, out->incident);
    PUT(out->level, alert->word != NULL ? alert->word : alert->rules->level_name(alert, alert->rules->level(alert)));
    for (size_t i = 0; i < alert->n_channels; i++)
        PUT(out->channels[out->channels_count++], alert->channels[i]);
    show_held(alert, out);
    out->has_ack = alert->ack != NULL;
    if (alert->ack != NULL)
        ack_show(alert->ack, &out->ack);
    show_dependency(&alert->dependency, out);
}

bool engine_next_dirty(struct engine *engine, StateRow *out, uint32_t *slot)
{
    struct link *link;

    if (engine->dirty) {
        engine->dirty = false;
        out->which_row = StateRow_engine_tag;
        engine_show(engine, &out->row.engine);
        return true;
    }
    if ((link = list_take(&engine->dirty_services)) != NULL) {
        out->which_row = StateRow_service_tag;
        service_show(container_of(link, struct service, dirty), &out->row.service);
        return true;
    }
    if ((link = list_take(&engine->dirty_sources)) != NULL) {
        const struct source *source = container_of(link, struct source, dirty);
        out->which_row = StateRow_source_tag;
        source_show(source, &out->row.source);
        *slot = source->slot;
        return true;
    }
    if ((link = list_take(&engine->dirty_collectors)) != NULL) {
        out->which_row = StateRow_collector_tag;
        show_collector(container_of(link, struct collector, dirty), &out->row.collector);
        return true;
    }
    if ((link = list_take(&engine->dirty_alerts)) != NULL) {
        out->which_row = StateRow_alert_tag;
        alert_show(container_of(link, struct alert, dirty), &out->row.alert);
        return true;
    }
    if ((link = list_take(&engine->dirty_slo)) != NULL) {
        out->which_row = StateRow_slo_tag;
        slo_show(container_of(link, struct service, dirty_slo), &out->row.slo);
        return true;
    }
    if (account_next_minutes(engine, &out->row.minutes)) {
        out->which_row = StateRow_minutes_tag;
        return true;
    }
    if ((link = list_take(&engine->dirty_windows)) != NULL) {
        out->which_row = StateRow_window_tag;
        window_show(container_of(link, struct window, dirty), &out->row.window);
        return true;
    }
    if ((link = list_take(&engine->dirty_graces)) != NULL) {
        out->which_row = StateRow_grace_tag;
        grace_show(container_of(link, struct subject, dirty), &out->row.grace);
        return true;
    }
    if ((link = list_take(&engine->dirty_records)) != NULL) {
        out->which_row = StateRow_evidence_tag;
        out->row.evidence = container_of(link, struct record, dirty)->row;
        return true;
    }
    if ((link = list_take(&engine->dirty_incidents)) != NULL) {
        out->which_row = StateRow_incident_tag;
        incident_show(container_of(link, struct incident, dirty), &out->row.incident);
        return true;
    }
    if ((link = list_take(&engine->dirty_members)) != NULL) {
        out->which_row = StateRow_member_tag;
        member_show(container_of(link, struct member, dirty), &out->row.member);
        return true;
    }
    return false;
}

bool engine_next_closed(struct engine *engine, struct engine_closed *out)
{
    struct link *link = list_take(&engine->closed);

    free(engine->closed_shown);
    engine->closed_shown = link == NULL ? NULL : container_of(link, struct closed, link);
    if (link == NULL)
        return false;
    *out = (struct engine_closed) {
        .alert = &engine->closed_shown->row,
        .closed_at_ms = engine->closed_shown->closed_at_ms,
        .reason = engine->closed_shown->reason,
    };
    return true;
}

static void slot_give(struct engine *engine, uint32_t slot)
{
    if (engine->n_free_slots == engine->cap_free_slots) {
        engine->cap_free_slots = engine->cap_free_slots == 0 ? 64 : engine->cap_free_slots * 2;
        engine->free_slots = mem_resize(engine->free_slots, engine->cap_free_slots, sizeof *engine->free_slots);
    }
    engine->free_slots[engine->n_free_slots++] = slot;
}

bool engine_next_removed(struct engine *engine, struct engine_removed *out)
{
    struct link *link = list_take(&engine->removed);
    if (link == NULL)
        return false;

    const struct removed *removed = container_of(link, struct removed, link);
    *out = (struct engine_removed) {
        .kind = removed->kind,
        .service = removed->service == NULL ? NULL : removed->service->id,
        .source = removed->source == NULL ? NULL : removed->source->id,
        .name = removed->record == NULL ? removed->name : removed->record->row.evidence.subject,
        .area = removed->record == NULL ? NULL : removed->record->row.evidence.area,
        .incident = removed->incident,
        .slot = removed->source == NULL ? EFFECTS_NO_SOURCE : removed->source->slot,
    };
    if (removed->source != NULL)
        slot_give(engine, removed->source->slot);
    list_add(&engine->graves, link);
    return true;
}

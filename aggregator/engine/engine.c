/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/engine/engine_private.h"

#include <stdlib.h>

#include "aggregator/engine/incident.h"
#include "aggregator/engine/maintenance.h"
#include "common/mem.h"

struct engine *engine_new(void)
{
    struct engine *engine = mem_new(sizeof *engine);
    struct link *heads[] = {
        &engine->dirty_services, &engine->dirty_sources, &engine->dirty_collectors, &engine->dirty_alerts,
        &engine->dirty_windows, &engine->dirty_graces, &engine->idle_subjects, &engine->dirty_records,
        &engine->dirty_slo, &engine->dirty_minutes, &engine->stray_runs, &engine->watched,
        &engine->dirty_incidents, &engine->dirty_members, &engine->settling, &engine->over, &engine->loaded_members,
        &engine->touched, &engine->reviews, &engine->judged, &engine->unwell, &engine->closed, &engine->removed,
        &engine->graves,
    };

    for (size_t i = 0; i < ARRAY_SIZE(heads); i++)
        list_init(heads[i]);
    engine->slo_timer.kind = TIMER_SLO;
    engine->next_incident = 1;
    return engine;
}

static void free_service(struct engine *engine, struct service *service)
{
    HASH_DEL(engine->services, service);
    for (uint32_t i = 0; i < service->n_sources; i++)
        source_free(service->sources[i]);
    service_free(service);
}

void engine_free(struct engine *engine)
{
    struct service *service;
    struct service *next_service;
    struct collector *collector;
    struct collector *next_collector;
    struct alert *alert;
    struct alert *next_alert;
    struct link *link;

    if (engine == NULL)
        return;
    HASH_ITER(hh, engine->alerts, alert, next_alert) {
        HASH_DEL(engine->alerts, alert);
        alert_free(alert);
    }
    while ((link = list_take(&engine->closed)) != NULL)
        free(container_of(link, struct closed, link));
    free(engine->closed_shown);
    maintenance_free(engine);
    evidence_free(engine);
    account_free_strays(engine);
    incident_done(engine);
    removed_free(&engine->removed);
    removed_free(&engine->graves);
    HASH_ITER(hh, engine->services, service, next_service)
        free_service(engine, service);
    HASH_ITER(hh, engine->collectors, collector, next_collector) {
        HASH_DEL(engine->collectors, collector);
        free(collector);
    }
    heap_done(&engine->heap);
    dependency_done(engine);
    free(engine->free_slots);
    free(engine->scratch);
    free(engine);
}

void engine_observe(struct engine *engine, const Observation *said, int64_t now_ms, struct effects *effects)
{
    effects->accepted = false;
    effects->source_slot = EFFECTS_NO_SOURCE;
    input_begin(engine, now_ms, effects);
    observation_take(engine, said, effects);
    settle(engine, effects);
}

static void heartbeat(struct engine *engine, const Command *command, struct effects *effects)
{
    const char *name = command->input.heartbeat.collector;

    if (name[0] != '\0')
        collector_alive(engine, collector_ensure(engine, name), effects);
}

static void manual(struct engine *engine, const Command *command, struct effects *effects)
{
    manual_command(engine, &command->input.manual, effects);
}

static void acknowledge(struct engine *engine, const Command *command, struct effects *effects)
{
    ack_command(engine, &command->input.acknowledge, effects);
}

static void unacknowledge(struct engine *engine, const Command *command, struct effects *effects)
{
    ack_end_command(engine, &command->input.unacknowledge, effects);
}

static void registration(struct engine *engine, const Command *command, struct effects *effects)
{
    service_register(engine, &command->input.registration, effects);
}

static void maintenance(struct engine *engine, const Command *command, struct effects *effects)
{
    maintenance_command(engine, &command->input.maintenance, effects);
}

static void maintenance_end(struct engine *engine, const Command *command, struct effects *effects)
{
    maintenance_end_command(engine, &command->input.maintenance_end, effects);
}

static void evidence(struct engine *engine, const Command *command, struct effects *effects)
{
    evidence_command(engine, &command->input.evidence, effects);
}

static void forget(struct engine *engine, const Command *command, struct effects *effects)
{
    forget_command(engine, &command->input.forget, effects);
}

/* What a command does; one that has no row here (a tick) only lets time pass. */
static const struct {
    pb_size_t tag;
    void (*handle)(struct engine *, const Command *, struct effects *);
} commands[] = {
    { Command_heartbeat_tag, heartbeat },
    { Command_manual_tag, manual },
    { Command_registration_tag, registration },
    { Command_acknowledge_tag, acknowledge },
    { Command_unacknowledge_tag, unacknowledge },
    { Command_maintenance_tag, maintenance },
    { Command_maintenance_end_tag, maintenance_end },
    { Command_evidence_tag, evidence },
    { Command_forget_tag, forget },
};

void engine_command(struct engine *engine, const Command *command, int64_t now_ms, struct effects *effects)
{
    if (command->which_input == Command_gap_tag) {    /* the one input before which no deadline acts (X2) */
        gap_take(engine, clock_skip(engine, now_ms, effects), effects);
        return;
    }

    input_begin(engine, now_ms, effects);
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        if (commands[i].tag == command->which_input)
            commands[i].handle(engine, command, effects);
    }
    settle(engine, effects);
}

void engine_advance(struct engine *engine, int64_t now_ms, struct effects *effects)
{
    if (!engine->started || now_ms >= engine->now_ms)
        input_begin(engine, now_ms, effects);
}

int64_t engine_deadline(const struct engine *engine)
{
    int64_t due_ms;

    (void) heap_first(&engine->heap, &due_ms);
    return due_ms;
}

int64_t engine_now(const struct engine *engine)
{
    return engine->now_ms;
}

bool engine_source_slot(const struct engine *engine, const char *service_id, const char *source_id, uint32_t *slot)
{
    const struct service *service;

    HASH_FIND_STR(engine->services, service_id, service);
    const struct source *source = service == NULL ? NULL : source_find(service, source_id);
    if (source == NULL)
        return false;
    *slot = source->slot;
    return true;
}

uint32_t engine_n_slots(const struct engine *engine)
{
    return engine->n_slots;
}

void engine_count(const struct engine *engine, struct engine_counts *out)
{
    *out = engine->counts;
}

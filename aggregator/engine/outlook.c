/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/engine/outlook.h"

#include <assert.h>

#include "aggregator/engine/engine_private.h"
#include "aggregator/engine/incident.h"

bool service_next_step(const struct service *service, struct outlook_step *out)
{
    int to = status_rank((enum status) service->effective);
    int from = status_rank((enum status) service->hard);
    bool none = service->effective == STATUS_UNKNOWN || service->manual != NULL || to == from;
    if (none)
        return false;

    const struct ladder *ladder = &service->ladders.at[to + (to > from ? LADDER_WORSE : LADDER_BETTER)];
    struct confirm_need need = confirm_need(&(struct confirm_from) {service->params, from, service->recur}, to);
    *out = (struct outlook_step) {
        .to = (enum status) service->effective,
        .polls = ladder->polls,
        .need = (uint32_t) need.polls,
        .since_ms = ladder->since_ms,
        .dwell_ms = need.dwell_ms,
        .at_ms = ladder->since_ms + need.dwell_ms,
    };
    return true;
}

/* In the order of the kinds, but a resolve comes last and a reminder is never pending. */
static bool find_held(const struct alert *alert, struct outlook_held *out)
{
    for (int kind = NOTIFY_RAISE; kind < HELD_KINDS; kind++) {
        const struct held *held = &alert->held[kind];
        if (held->reason == REASON_NONE)
            continue;
        *out = (struct outlook_held) {.kind = (enum notify_kind) kind, .reason = held->reason, .by = held->by};
        return true;
    }
    return false;
}

static void show_alert(const struct alert *alert, struct outlook *out)
{
    out->has_alert = true;
    out->level = alert->rules->level_name(alert, alert->rules->level(alert));
    out->announced = alert->told > 0;
    out->acknowledged = alert->ack != NULL;
    incident_id_render(alert->service->last_incident, out->incident);
    out->has_held = find_held(alert, &out->held);
}

bool outlook_of(const struct engine *engine, const char *id, struct outlook *out)
{
    const struct service *service = service_find(engine, id);
    if (service == NULL)
        return false;

    *out = (struct outlook) {
        .service = service->id,
        .effective = (enum status) service->effective,
        .hard = (enum status) service->hard,
        .said_vendor = (enum status) service->says[VOTER_VENDOR],
        .said_probe = (enum status) service->says[VOTER_PROBE],
        .flapping = flap_is_flapping(&service->flap),
        .n_sources = service->n_sources,
    };
    out->has_next = service_next_step(service, &out->next);
    if (service->alert != NULL)
        show_alert(service->alert, out);
    return true;
}

const char *outlook_poller(const struct engine *engine, const char *id, size_t index, const char **source)
{
    const struct service *service = service_find(engine, id);

    assert(service != NULL && index < service->n_sources);
    *source = service->sources[index]->id;
    return poller_name((PollerState) service->sources[index]->poller);
}

void outlook_source(const struct engine *engine, const char *id, size_t index, struct outlook_source *out)
{
    const struct service *service = service_find(engine, id);

    assert(service != NULL && index < service->n_sources);
    const struct source *source = service->sources[index];
    *out = (struct outlook_source) {
        .id = source->id,
        .collector = source->collector == NULL ? NULL : source->collector->name,
        .is_probe = source->voter == VOTER_PROBE,
        .silent = source->poller == POLLER_SILENT,
        .failed = source->failed,
        .level = (enum status) source->level,
        .slot = source->slot,
    };
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/timeline.h"

#include <stdlib.h>
#include <string.h>

#include "aggregator/affected.h"
#include "common/limits.h"

bool timeline_wants(const struct decision *decision)
{
    if (decision->kind == DECISION_NOTE)
        return decision->reason == REASON_UNWATCHED;
    return decision->kind != DECISION_DROP;
}

/* The engine's words are valid text already: a plain bounded copy, this runs once for each changed observation. */
static void put(char *to, size_t cap, const char *from)
{
    if (from == NULL)
        return;
    size_t len = strnlen(from, cap - 1);
    memcpy(to, from, len);
    to[len] = '\0';
}

#define PUT(field, from) put(out->field, sizeof out->field, from)

static void fill_notification(const struct decision *decision, TimelineRow *out)
{
    PUT(kind, notify_kind_name(decision->notify));
    out->since_ms = decision->since_ms;
    for (size_t i = 0; i < decision->n_channels && i < ALERT_CHANNELS_MAX; i++)
        PUT(channels[out->channels_count++], decision->channels[i]);
    if (decision->kind == DECISION_NOTIFY && decision->service != NULL && decision->source == NULL) {
        PUT(said_vendor, status_name(decision->said_vendor));
        PUT(said_probe, status_name(decision->said_probe));
    }
    out->dependents = decision->dependents;
    for (size_t i = 0; i < 3; i++)
        out->tiers[i] = decision->tiers[i];
    out->silent = decision->silent;
    out->known = decision->known;
    affected_in_timeline(decision, out);
}

void timeline_fill(const struct decision *decision, uint64_t input, TimelineRow *out)
{
    *out = (TimelineRow) {0};
    PUT(decision, decision_kind_name(decision->kind));
    PUT(service, decision->service);
    PUT(source, decision->source);
    PUT(collector, decision->collector);
    PUT(from, decision->from);
    PUT(to, decision->to);
    PUT(via, decision->via);
    out->polls = decision->polls;
    out->dwell_ms = decision->dwell_ms;
    PUT(key, decision->key);
    PUT(level, decision->level);
    PUT(incident, decision->incident);
    if (decision->kind == DECISION_NOTIFY || decision->kind == DECISION_SUPPRESS)
        fill_notification(decision, out);
    if (decision->reason != REASON_NONE)
        PUT(reason, reason_name(decision->reason));
    PUT(by, decision->by);
    PUT(op, decision->op);
    PUT(id, decision->id);
    out->until_ms = decision->until_ms;
    out->ms = decision->ms;
    out->added = (uint32_t) decision->n_added;
    out->removed = (uint32_t) decision->n_removed;
    out->input = input;
    out->pct = decision->pct;
}

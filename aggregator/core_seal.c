/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sealing of a round: each row that the engine changed once, in the order of its table; the notifications; the
 * marks of the world. After it the round says all that is to be written.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/affected.h"
#include "aggregator/core_private.h"
#include "aggregator/decision_count.h"
#include "aggregator/timeline.h"
#include "common/clock.h"
#include "common/metrics.h"

/* ---------------------------------------------------------------- rows of the engine */

static void *keep(struct round *round, const void *message, size_t bytes)
{
    void *copy = arena_new(&round->arena, bytes);
    memcpy(copy, message, bytes);
    return copy;
}

static enum view view_of(const char *service)
{
    return strchr(service, ':') == NULL ? VIEW_SERVICES : VIEW_HOSTS;
}

static void take_source(struct core *core, const SourceState *state, uint32_t slot)
{
    struct round *round = &core->round;
    const SourceState *copy = keep(round, state, sizeof *state);
    sources_at(&core->sources, slot)->touched = false;
    round_add_source(round, (struct round_source) {.state = copy, .service = copy->service, .source = copy->source,
                                                   .slot = slot});
    round_touch(round, view_of(copy->service));
}

static void take_collector(struct core *core, const CollectorState *state)
{
    struct collector *collector = collectors_make(&core->collectors, state->name);
    if (collector == NULL)
        return;   /* more than may be authorised: the engine heard of it only through us */
    collector->state = *state;
    round_add_collector(&core->round, collector);
}

static void take_dirty(struct core *core)
{
    struct round *round = &core->round;
    StateRow *row = &core->scratch->state;
    uint32_t slot;
    while (engine_next_dirty(core->engine, row, &slot)) {
        switch (row->which_row) {
        case StateRow_engine_tag:
            core->world.has_engine = true;
            core->world.engine = row->row.engine;
            break;
        case StateRow_service_tag:
            round_add_service(round, keep(round, &row->row.service, sizeof row->row.service));
            round_touch(round, view_of(row->row.service.id));
            break;
        case StateRow_source_tag:
            take_source(core, &row->row.source, slot);
            break;
        case StateRow_collector_tag:
            take_collector(core, &row->row.collector);
            break;
        case StateRow_alert_tag:
            (void) round_put(round, TABLE_ALERTS, key_name(row->row.alert.key), &row->row.alert, sizeof row->row.alert);
            round_touch(round, VIEW_ALERTS);
            break;
        case StateRow_window_tag:
            (void) round_put(round, TABLE_MAINTENANCE, key_name(row->row.window.window.id), &row->row.window,
                             sizeof row->row.window);
            round_touch_maintenance(round);
            break;
        case StateRow_grace_tag:
            (void) round_put(round, TABLE_GRACE, key_name(row->row.grace.subject), &row->row.grace,
                             sizeof row->row.grace);
            break;
        case StateRow_evidence_tag: {
            const Evidence *evidence = &row->row.evidence.evidence;
            (void) round_put(round, TABLE_EVIDENCE, key_evidence(evidence->area, evidence->subject), &row->row.evidence,
                             sizeof row->row.evidence);
            round_touch(round, VIEW_EVIDENCE);
            break;
        }
        case StateRow_slo_tag:
            (void) round_put(round, TABLE_SLO, key_name(row->row.slo.service), &row->row.slo, sizeof row->row.slo);
            break;
        case StateRow_minutes_tag:
            (void) round_put(round, TABLE_MINUTES, key_minutes(row->row.minutes.service, row->row.minutes.first),
                             &row->row.minutes, sizeof row->row.minutes);
            break;
        case StateRow_incident_tag:
            (void) round_put(round, TABLE_INCIDENTS, key_number(row->row.incident.number), &row->row.incident,
                             sizeof row->row.incident);
            round_touch(round, VIEW_INCIDENTS);
            break;
        case StateRow_member_tag:
            (void) round_put(round, TABLE_INCIDENT_MEMBERS, key_member(row->row.member.incident, row->row.member.service),
                             &row->row.member, sizeof row->row.member);
            round_touch(round, VIEW_INCIDENTS);
            break;
        default:
            abort();
        }
    }
}

/* Sources whose state stayed, but not what stands beside it. */
static void take_touched(struct core *core)
{
    struct round *round = &core->round;
    for (size_t i = 0; i < round->n_touched; i++) {
        struct source_entry *entry = sources_at(&core->sources, round->touched[i].slot);
        if (!entry->touched)
            continue;
        entry->touched = false;
        round_add_source(round, round->touched[i]);
    }
}

static void take_closed(struct core *core)
{
    struct round *round = &core->round;
    struct engine_closed closed;
    while (engine_next_closed(core->engine, &closed)) {
        ClosedAlertRow row = {.has_alert = true, .alert = *closed.alert, .closed_at_ms = closed.closed_at_ms};
        if (closed.reason != REASON_NONE)
            (void) snprintf(row.reason, sizeof row.reason, "%s", reason_name(closed.reason));
        (void) round_put(round, TABLE_ALERTS_CLOSED, time_key_next(&core->closed_key, closed.closed_at_ms), &row,
                         sizeof row);
        round_delete(round, TABLE_ALERTS, key_name(closed.alert->key));
        round_touch(round, VIEW_ALERTS);
    }
}

static int by_source(const void *a, const void *b)
{
    const struct round_source *left = a;
    const struct round_source *right = b;
    int order = strcmp(left->service, right->service);

    return order != 0 ? order : strcmp(left->source, right->source);
}

static int by_service(const void *a, const void *b)
{
    const ServiceState *const *left = a;
    const ServiceState *const *right = b;

    return strcmp((*left)->id, (*right)->id);
}

static int by_collector(const void *a, const void *b)
{
    const struct collector *const *left = a;
    const struct collector *const *right = b;

    return strcmp((*left)->name, (*right)->name);
}

/* Pages of the tables are then written one after the other, each once. */
static void sort_rows(struct round *round)
{
    if (round->n_sources > 1)
        qsort(round->sources, round->n_sources, sizeof *round->sources, by_source);
    if (round->n_services > 1)
        qsort(round->services, round->n_services, sizeof *round->services, by_service);
    if (round->n_collectors > 1)
        qsort(round->collectors, round->n_collectors, sizeof *round->collectors, by_collector);
}

/* ---------------------------------------------------------------- notifications */

/* The source that speaks loudest of a service. */
struct voice {
    const struct source_entry *entry;
    int rank;
};

static void hear(struct core *core, struct voice *loudest, const char *service, const char *source)
{
    uint32_t slot;
    if (!engine_source_slot(core->engine, service, source, &slot))
        return;
    const struct source_entry *entry = sources_at(&core->sources, slot);
    int rank = status_rank(status_from_number(entry->level));
    if (loudest->entry == NULL || rank > loudest->rank)
        *loudest = (struct voice) {entry, rank};
}

static void hear_stored(struct core *core, struct voice *loudest, const char *service)
{
    struct store_txn *txn;
    if (store_read(core->options.store, &txn) < 0)
        return;   /* a notification without a detail is still one */
    struct store_cursor cursor;
    struct store_key key;
    store_walk(txn, TABLE_SOURCES, (struct store_range) {.prefix = key_sources_of(service)}, &cursor);
    while (store_next(&cursor, &key, NULL) == 0) {
        struct text name;
        char source[SOURCE_BYTES_MAX + 1];
        if (key_to_part(&key, 1, &name) && text_copy(source, sizeof source, name))
            hear(core, loudest, service, source);
    }
    store_walk_end(&cursor);
    store_end(txn);
}

static void hear_round(struct core *core, struct voice *loudest, const char *service)
{
    const struct round *round = &core->round;
    size_t low = 0;
    size_t high = round->n_sources;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(round->sources[middle].service, service) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < round->n_sources && strcmp(round->sources[low].service, service) == 0; low++)
        hear(core, loudest, service, round->sources[low].source);
}

static void say_details(struct core *core, const struct decision *decision, OutboxRow *row)
{
    struct voice loudest = {0};
    if (decision->source != NULL) {
        hear(core, &loudest, decision->service, decision->source);
    } else {
        hear_stored(core, &loudest, decision->service);
        hear_round(core, &loudest, decision->service);
    }
    if (loudest.entry == NULL)
        return;
    (void) snprintf(row->detail, sizeof row->detail, "%s", source_detail(loudest.entry));
    (void) snprintf(row->link, sizeof row->link, "%s", source_link(loudest.entry));
}

static void say_service(struct core *core, const struct decision *decision, OutboxRow *row)
{
    const struct service_entry *entry = registry_find(&core->config->registry, decision->service);
    const char *name = entry != NULL && entry->name != NULL ? entry->name : decision->service;
    (void) snprintf(row->service, sizeof row->service, "%s", decision->service);
    (void) snprintf(row->service_name, sizeof row->service_name, "%s", name);
    if (entry != NULL && entry->runbook != NULL)
        (void) snprintf(row->runbook, sizeof row->runbook, "%s", entry->runbook);
    if (decision->source == NULL) {    /* of the service itself, not of a poller */
        (void) snprintf(row->said_vendor, sizeof row->said_vendor, "%s", status_name(decision->said_vendor));
        (void) snprintf(row->said_probe, sizeof row->said_probe, "%s", status_name(decision->said_probe));
        core_say_truth(core, decision->service, row);
    }
    say_details(core, decision, row);
}

static void fill_outbox(struct core *core, const struct decision *decision, OutboxRow *row)
{
    *row = (OutboxRow) {0};
    (void) snprintf(row->key, sizeof row->key, "%s", decision->key);
    (void) snprintf(row->kind, sizeof row->kind, "%s", notify_kind_name(decision->notify));
    (void) snprintf(row->level, sizeof row->level, "%s", decision->level == NULL ? "" : decision->level);
    (void) snprintf(row->previous_level, sizeof row->previous_level, "%s",
                    decision->previous == NULL ? "" : decision->previous);
    (void) snprintf(row->incident, sizeof row->incident, "%s", decision->incident == NULL ? "" : decision->incident);
    if (decision->reason != REASON_NONE) {
        (void) snprintf(row->reason, sizeof row->reason, "%s", reason_name(decision->reason));
        (void) snprintf(row->resolve_reason, sizeof row->resolve_reason, "%s", reason_name(decision->reason));
    }
    row->tier = (uint32_t) decision->tier;
    row->decided_at_ms = decision->at_ms;
    row->since_ms = decision->since_ms;
    row->dependents = decision->dependents;
    row->pct = decision->pct;
    memcpy(row->tiers, decision->tiers, sizeof row->tiers);
    affected_in_outbox(decision, row);
    row->demo = store_schema(core->options.store)->demo;
    (void) snprintf(row->source, sizeof row->source, "%s", decision->source == NULL ? "" : decision->source);
    (void) snprintf(row->collector, sizeof row->collector, "%s", decision->collector == NULL ? "" : decision->collector);
    row->silent = decision->silent;
    row->known = decision->known;
    if (decision->service != NULL)
        say_service(core, decision, row);
}

static bool is_among(const char *const *names, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(names[i], name) == 0)
            return true;
    }
    return false;
}

static void send_to(struct core *core, OutboxRow *row, const char *channel, const char *receiver)
{
    row->sequence = core->world.next_outbox++;
    (void) snprintf(row->channel, sizeof row->channel, "%s", channel);
    (void) snprintf(row->receiver, sizeof row->receiver, "%s", receiver);
    outbox_add(core->outbox, row, core->round.wall_ms);
}

/* One row a receiver: two channels that lead to the same one are told once; where none leads anywhere, one row says so.
 */
static void notify(struct core *core, const struct decision *decision)
{
    OutboxRow *row = &core->scratch->outbox;
    const char *receivers[ALERT_CHANNELS_MAX];
    size_t n = 0;
    fill_outbox(core, decision, row);
    for (size_t i = 0; i < decision->n_channels && i < ALERT_CHANNELS_MAX; i++) {
        const struct channel_entry *channel = aggregator_config_receiver(core->config, decision->channels[i]);
        if (channel == NULL || is_among(receivers, n, channel->name))
            continue;
        receivers[n++] = channel->name;
        send_to(core, row, decision->channels[i], channel->name);
    }
    if (n == 0)
        send_to(core, row, decision->n_channels > 0 ? decision->channels[0] : "", "");
}

static void take_decisions(struct core *core)
{
    struct round *round = &core->round;
    for (size_t i = 0; i < round->effects.n_decisions; i++) {
        const struct decision *decision = &round->effects.decisions[i];
        if (timeline_wants(decision))
            round_touch(round, VIEW_TIMELINE);
        decision_count(decision);
        if (decision->kind == DECISION_NOTIFY)
            notify(core, decision);
    }
}

static void count_incidents(struct core *core)
{
    struct engine_counts counts;
    engine_count(core->engine, &counts);
    metric_set(METRIC_INCIDENTS_OPEN, (int64_t) counts.open_incidents);
}

static void take_outbox(struct core *core)
{
    struct round *round = &core->round;
    round->n_claimed = outbox_claim(core->outbox, round->wall_ms);
    if (!outbox_has_changes(core->outbox))
        return;

    const OutboxRow *row;
    while (outbox_next_changed(core->outbox, &row))
        (void) round_put(round, TABLE_OUTBOX, key_number(row->sequence), row, sizeof *row);
    const ToldRow *told;
    while (outbox_next_told(core->outbox, &told))
        (void) round_put(round, TABLE_TOLD, key_told(told->channel, told->key), told, sizeof *told);
    const ReceiverRow *receiver;
    while ((receiver = receivers_next_changed(&core->receivers)) != NULL)
        (void) round_put(round, TABLE_RECEIVERS, key_name(receiver->name), receiver, sizeof *receiver);
    round_touch(round, VIEW_OUTBOX);
}

/* ---------------------------------------------------------------- the whole */

bool core_seal(struct core *core)
{
    struct round *round = &core->round;
    assert(!round->sealed);
    if (round->n_inputs > 0 || round->must_commit) {
        take_closed(core);
        input_take_removed(core);
        take_dirty(core);
        take_touched(core);
        sort_rows(round);
        take_decisions(core);
        count_incidents(core);
        round->must_commit = true;
    }
    take_outbox(core);
    if (!round->must_commit)
        return false;

    core->world.round++;
    core->world.heartbeat_ms = round->wall_ms;
    core->heartbeat_mono_ms = clock_mono_ms();
    for (size_t view = 0; view < VIEW_COUNT; view++) {
        if ((round->views & 1U << view) != 0)
            core->world.views[view] = core->world.round;
    }
    round->sealed = true;
    return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/service_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/api/truth_view.h"
#include "aggregator/api/walk.h"
#include "aggregator/engine/config.h"
#include "aggregator/engine/effective.h"
#include "common/limits.h"
#include "common/mem.h"

static const char *keep(struct arena *arena, const char *s)
{
    return s[0] == '\0' ? NULL : arena_copy_string(arena, s);
}

static const struct engine_service *find_engine_service(const struct engine_config *engine, const char *id)
{
    size_t low = 0, high = engine->n_services;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(id, engine->services[middle].id);
        if (order == 0)
            return &engine->services[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const struct params *service_view_params(const struct aggregator_config *config, const ServiceState *state)
{
    const struct engine_config *engine = config->engine;
    const struct engine_service *configured = find_engine_service(engine, state->id);
    int64_t rule = 0;

    if (configured != NULL)
        return &configured->params;
    if (text_to_int64(text_of(state->host_rule), 1, (int64_t) engine->n_rules, &rule))
        return &engine->rules[rule - 1].params;
    return &engine->host_params[state->tier >= 1 && state->tier <= 3 ? state->tier - 1 : 2];
}

static enum poller_health health_of(PollerState state)
{
    if (state == POLLER_BROKEN)
        return POLLER_HEALTH_BROKEN;
    return state == POLLER_SILENT ? POLLER_HEALTH_SILENT : POLLER_HEALTH_OK;
}

static void view_source(const SourceRow *row, const struct params *params, struct arena *arena, struct source_view *out)
{
    const SourceState *state = &row->state;
    int64_t stale_s = params->value[PARAM_stale_after_s];

    if (stale_s < 3 * (int64_t) state->every_s)
        stale_s = 3 * (int64_t) state->every_s;
    *out = (struct source_view) {
        .id = arena_copy_string(arena, state->source),
        .collector = keep(arena, state->collector),
        .is_probe = state->kind == SOURCE_PROBE,
        .level = status_from_number((int) state->level),
        .poller = health_of(state->poller),
        .poller_since_ms = state->poller_since_ms,
        .observed_at_ms = state->observed_at_ms,
        .last_ok_ms = state->last_ok_ms,
        .fresh_until_ms = state->last_ok_ms == 0 ? 0 : state->last_ok_ms + stale_s * 1000,
        .fail_streak = state->fail_streak,
        .every_s = state->every_s,
        .reason = keep(arena, row->reason),
        .detail = keep(arena, row->detail),
        .link = keep(arena, row->link),
        .title = keep(arena, row->title),
        .unit = keep(arena, row->unit),
        .thresholds = keep(arena, row->thresholds),
        .maintenance = row->maintenance,
    };
}

/* Whether a speaks louder than b: it says what is shown, then the vendor's page, then the later one. */
static bool is_louder(const struct source_view *a, const struct source_view *b, enum status shown)
{
    if (b == NULL)
        return a->last_ok_ms != 0;
    if ((a->level == shown) != (b->level == shown))
        return a->level == shown;
    if (a->is_probe != b->is_probe)
        return !a->is_probe;
    return a->last_ok_ms > b->last_ok_ms;
}

/* What the sources together say of freshness and health. */
static void sum_up(struct service_view *view)
{
    bool heard = false;

    for (size_t i = 0; i < view->n_sources; i++) {
        const struct source_view *source = &view->sources[i];
        heard = heard || (source->last_ok_ms != 0 && source->poller == POLLER_HEALTH_OK);
        if (source->fresh_until_ms > view->fresh_until_ms)
            view->fresh_until_ms = source->fresh_until_ms;
        if (source->poller > view->poller) {
            view->poller = source->poller;
            view->poller_since_ms = source->poller_since_ms;
        }
        view->maintenance = view->maintenance || source->maintenance;
        if (is_louder(source, view->speaker, view->status))
            view->speaker = source;
    }
    view->observed_at_ms = view->speaker == NULL ? 0 : view->speaker->last_ok_ms;
    view->freshness = view->speaker == NULL ? FRESHNESS_UNKNOWN : heard ? FRESHNESS_FRESH : FRESHNESS_STALE;
    if (view->manual) {
        view->freshness = FRESHNESS_FRESH;
        view->observed_at_ms = view->manual_set_at_ms;
        view->fresh_until_ms = view->manual_until_ms;
        view->speaker = NULL;
    }
}

/* Whether a source has a vote (E1); one that has been silent for too long has not. */
static void count_vote(const SourceState *state, const struct params *params, struct votes votes[static VOTER_COUNT])
{
    bool votes_at_all = state->poller != POLLER_SILENT
                        && (int64_t) state->fail_streak < params->value[PARAM_poller_failure_threshold];
    if (votes_at_all && state->last_ok_ms != 0)
        votes[state->kind == SOURCE_PROBE ? VOTER_PROBE : VOTER_VENDOR].of[status_from_number((int) state->level)]++;
}

static void read_sources(const struct service_reader *reader, const ServiceState *state, const struct params *params,
                         struct service_view *view)
{
    CLEANUP(mem_freep) SourceRow *row = mem_new(sizeof *row);
    struct store_cursor cursor;
    uint32_t counts[CONFIRM_LADDERS] = {0};
    struct votes votes[VOTER_COUNT] = {0};
    uint32_t every_s = 0;
    size_t room = 4;                         /* most services have one source or two */

    view->sources = arena_new(reader->arena, room * sizeof *view->sources);
    store_walk(reader->txn, TABLE_SOURCES, (struct store_range) {.prefix = key_sources_of(view->id)}, &cursor);
    while (view->n_sources < SERVICE_SOURCES_MAX && walk_next(&cursor, NULL, row)) {
        if (view->n_sources == room) {
            struct source_view *more = arena_new(reader->arena, 4 * room * sizeof *more);
            memcpy(more, view->sources, room * sizeof *more);
            view->sources = more;
            room *= 4;
        }
        view_source(row, params, reader->arena, &view->sources[view->n_sources++]);
        confirm_count(state, &row->state, counts);
        count_vote(&row->state, params, votes);
        if (row->state.every_s != 0 && (every_s == 0 || row->state.every_s < every_s))
            every_s = row->state.every_s;
    }
    store_walk_end(&cursor);
    view->said_vendor = effective_vendor(&votes[VOTER_VENDOR]);
    view->said_probe = effective_probe(&votes[VOTER_PROBE], params->value[PARAM_quorum]);
    view->has_next = !view->manual && confirm_next(state, counts, params, every_s == 0 ? 60 : every_s, &view->next);
}

static void view_state(const ServiceState *state, struct arena *arena, struct service_view *view)
{
    view->seen = true;
    view->status = status_from_number((int) state->effective);
    view->hard = status_from_number((int) state->hard);
    view->last_known = status_from_number((int) state->last_known);
    view->changed_at_ms = state->effective_since_ms;
    view->confirmed = view->status == view->hard;
    view->flapping = state->has_flap && (state->flap.ring || state->flap.slow);
    view->manual = state->has_manual;
    if (state->has_manual) {
        view->manual_by = keep(arena, state->manual.by);
        view->manual_reason = keep(arena, state->manual.reason);
        view->manual_set_at_ms = state->manual.set_at_ms;
        view->manual_until_ms = state->manual.until_ms;
    }
}

/* Only who is confirmed to be in trouble has an alert. */
static void read_alert(const struct service_reader *reader, struct service_view *view)
{
    AlertState alert;
    char key[KEY_BYTES_MAX + 1];

    if (status_rank(view->hard) == 0)
        return;
    (void) snprintf(key, sizeof key, "service:%s", view->id);
    if (store_get(reader->txn, TABLE_ALERTS, key_name(key), &alert) != 0)
        return;
    view->incident = keep(reader->arena, alert.incident);
    view->acknowledged = alert.has_ack;
    if (!view->acknowledged)
        return;
    view->acknowledged_by = keep(reader->arena, alert.ack.by);
    view->acknowledged_until_ms = alert.ack.until_ms;
}

static void name_it(const struct service_reader *reader, const ServiceState *state, struct service_view *view)
{
    const struct service_entry *entry = registry_find(&reader->config->registry, state->id);

    view->entry = entry;
    view->id = arena_copy_string(reader->arena, state->id);
    if (entry != NULL) {
        view->name = entry->name;
        view->category = entry->category;
        view->owner = entry->owner;
        view->runbook = entry->runbook;
        view->link = entry->link;
        view->tier = entry->tier;
    } else {
        view->name = keep(reader->arena, state->name);
        view->tier = (int) state->tier;
    }
    if (view->name == NULL)
        view->name = view->id;
}

static void view_service(const struct service_reader *reader, const ServiceState *state, bool seen,
                         struct service_view *out)
{
    *out = (struct service_view) {0};
    name_it(reader, state, out);
    if (seen)
        view_state(state, reader->arena, out);
    read_alert(reader, out);
    read_sources(reader, state, service_view_params(reader->config, state), out);
    sum_up(out);
    out->truth = truth_view_read(reader, out);
    out->maintenance = out->maintenance || planned_covers_service(reader->planned, out->id);
}

int service_view_read(const struct service_reader *reader, const char *id, struct service_view *out)
{
    ServiceState state;

    int r = store_get(reader->txn, TABLE_SERVICES, key_name(id), &state);
    if (r < 0)
        return r;
    bool seen = r == 0;
    if (!seen) {
        if (registry_find(&reader->config->registry, id) == NULL)
            return STORE_ABSENT;
        state = (ServiceState) {0};
        (void) text_copy(state.id, sizeof state.id, text_of(id));
    }
    view_service(reader, &state, seen, out);
    return 0;
}

int service_view_read_all(const struct service_reader *reader, struct service_view **out, size_t *n_out)
{
    const struct registry *registry = &reader->config->registry;
    struct service_view *views = arena_new(reader->arena, (registry->n_services + 1) * sizeof *views);

    for (size_t i = 0; i < registry->n_services; i++) {
        int r = service_view_read(reader, registry->services[i].id, &views[i]);
        if (r < 0)
            return r;
    }
    qsort(views, registry->n_services, sizeof *views, service_view_compare);
    *out = views;
    *n_out = registry->n_services;
    return 0;
}

int service_view_read_host(const struct service_reader *reader, const char *host, size_t max, struct service_view **out,
                           size_t *n_out)
{
    ServiceState state;
    struct store_cursor cursor;

    *out = arena_new(reader->arena, max * sizeof **out);
    *n_out = 0;
    store_walk(reader->txn, TABLE_SERVICES, (struct store_range) {.prefix = key_services_of_host(host)}, &cursor);
    while (*n_out < max && walk_next(&cursor, NULL, &state))
        view_service(reader, &state, true, &(*out)[(*n_out)++]);
    store_walk_end(&cursor);
    qsort(*out, *n_out, sizeof **out, service_view_compare);
    return 0;
}

int service_view_rank(const struct service_view *view)
{
    if (view->status >= STATUS_DEGRADED)
        return STATUS_MAJOR_OUTAGE - (int) view->status;
    if (view->status == STATUS_UNKNOWN || view->freshness != FRESHNESS_FRESH || view->poller > POLLER_HEALTH_OK)
        return 3;
    return view->maintenance ? 4 : 5;
}

int service_view_compare(const void *left, const void *right)
{
    const struct service_view *a = left;
    const struct service_view *b = right;

    int order = service_view_rank(a) - service_view_rank(b);
    if (order == 0)
        order = a->tier - b->tier;
    if (order == 0)
        order = (a->changed_at_ms > b->changed_at_ms) - (a->changed_at_ms < b->changed_at_ms);
    return order != 0 ? order : strcmp(a->id, b->id);
}

const char *freshness_name(enum freshness freshness)
{
    static const char *const names[] = {
        [FRESHNESS_UNKNOWN] = "unknown", [FRESHNESS_STALE] = "stale", [FRESHNESS_FRESH] = "fresh"};

    return names[freshness];
}

const char *poller_health_name(enum poller_health health)
{
    static const char *const names[] = {[POLLER_HEALTH_NONE] = "none", [POLLER_HEALTH_OK] = "ok",
                                        [POLLER_HEALTH_SILENT] = "silent", [POLLER_HEALTH_BROKEN] = "broken"};

    return names[health];
}

void status_count(struct status_counts *counts, enum status status)
{
    counts->by_status[status]++;
    counts->total++;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/truth_view.h"

#include <string.h>

#include "aggregator/api/body.h"
#include "aggregator/api/walk.h"
#include "common/truth.h"

/* Its host, when nobody we track carries it, is named by its source: COLLECTOR/CHECK. */
static struct truth_look look_of(const struct source_view *source)
{
    bool failed = source->fail_streak > 0;

    return (struct truth_look) {
        .host = source->collector == NULL ? source->id : source->collector,
        .level = source->level,
        .sees = !failed && source->poller != POLLER_HEALTH_SILENT,
        .cut_off = failed && source->reason != NULL && strcmp(source->reason, "egress") == 0,
    };
}

static void take_control_row(const SourceRow *row, const char *name, struct arena *arena, struct truth *truth)
{
    const SourceState *state = &row->state;
    bool seen = state->fail_streak == 0 && state->poller != POLLER_SILENT;
    if (state->kind == SOURCE_PROBE)
        truth_control(truth, name, &(struct truth_look) {
            .host = arena_copy_string(arena, state->collector[0] == '\0' ? state->source : state->collector),
            .level = status_from_number((int) state->level), .sees = seen});
}

static void take_control(const struct service_reader *reader, const struct service_entry *control, struct truth *truth)
{
    CLEANUP(mem_freep) SourceRow *row = mem_new(sizeof *row);
    struct store_cursor cursor;

    store_walk(reader->txn, TABLE_SOURCES, (struct store_range) {.prefix = key_sources_of(control->id)}, &cursor);
    for (size_t i = 0; i < SERVICE_SOURCES_MAX && walk_next(&cursor, NULL, row); i++)
        take_control_row(row, control->name, reader->arena, truth);
    store_walk_end(&cursor);
}

static void take_controls(const struct service_reader *reader, const char *service, struct truth *truth)
{
    const struct registry *registry = &reader->config->registry;

    for (size_t i = 0; i < registry->n_services; i++) {
        if (registry->services[i].control && strcmp(registry->services[i].id, service) != 0)
            take_control(reader, &registry->services[i], truth);
    }
}

const struct truth_told *truth_view_read(const struct service_reader *reader, const struct service_view *view)
{
    struct truth truth = {.page = view->said_vendor, .probes = view->said_probe};
    struct truth_told told;

    for (size_t i = 0; i < view->n_sources; i++) {
        struct truth_look look = look_of(&view->sources[i]);
        if (view->sources[i].is_probe)
            truth_probe(&truth, &look);
        else
            truth_page(&truth, look.cut_off);
    }
    if (truth_needs_control(&truth))
        take_controls(reader, view->id, &truth);
    if (!truth_tell(&truth, &told))
        return NULL;
    struct truth_told *kept = arena_new(reader->arena, sizeof *kept);
    *kept = told;
    return kept;
}

json_t *truth_json(const struct truth_told *told)
{
    if (told == NULL)
        return NULL;

    json_t *object = json_object();
    json_t *probes = json_object();
    body_status(probes, "level", told->probes);
    body_int(probes, "bad", (int64_t) told->bad);
    body_int(probes, "of", (int64_t) told->of);
    body_int(probes, "doubtful", (int64_t) told->doubtful);
    body_int(probes, "cut_off", (int64_t) told->cut_off);
    body_int(probes, "blind", (int64_t) told->blind);
    body_text(object, "verdict", truth_verdict_name(told->verdict));
    body_status(object, "page", told->page);
    body_put(object, "probes", probes);
    body_text(object, "control", told->control);
    body_text(object, "says", told->says);
    return object;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/summary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/api/html.h"
#include "aggregator/api/walk.h"
#include "aggregator/engine/config.h"
#include "common/mem.h"

const char *alert_class_word(uint32_t alert_class)
{
    static const char *const words[ALERT_CLASS_COUNT] = {
        [ALERT_SERVICE] = "service", [ALERT_POLLER] = "poller", [ALERT_COLLECTOR] = "collector",
        [ALERT_SLO] = "slo",         [ALERT_SELF] = "self",     [ALERT_FLAP] = "flap"};

    return alert_class < ALERT_CLASS_COUNT ? words[alert_class] : "unknown";
}

/* poller:SERVICE/COLLECTOR/CHECK; the service has no slash. */
static const char *poller_level(struct store_txn *txn, const AlertState *alert)
{
    CLEANUP(mem_freep) SourceRow *row = mem_new(sizeof *row);
    const char *source = strchr(alert->key, '/');

    if (source == NULL || store_get(txn, TABLE_SOURCES, key_source(alert->service, source + 1), row) != 0)
        return "broken";
    return row->state.poller == POLLER_SILENT ? "silent" : "broken";
}

static const char *collector_level(struct store_txn *txn, const AlertState *alert)
{
    CLEANUP(mem_freep) CollectorRow *row = mem_new(sizeof *row);
    const char *name = strchr(alert->key, ':');

    if (name == NULL || store_get(txn, TABLE_COLLECTORS, key_name(name + 1), row) != 0)
        return "silent";
    return row->state.silent ? "silent" : "blind";
}

static const char *service_level(struct store_txn *txn, const AlertState *alert)
{
    ServiceState row;

    if (store_get(txn, TABLE_SERVICES, key_name(alert->service), &row) != 0)
        return status_name(status_from_number((int) alert->told));
    return status_name(status_from_number((int) row.hard));
}

const char *alert_level(struct store_txn *txn, const AlertState *alert)
{
    switch (alert->alert_class) {
    case ALERT_POLLER:
        return poller_level(txn, alert);
    case ALERT_COLLECTOR:
        return collector_level(txn, alert);
    case ALERT_SERVICE:
        return service_level(txn, alert);
    default:
        return alert->level[0] != '\0' ? alert->level : alert_class_word(alert->alert_class);
    }
}

static int badness(const struct alert_view *view)
{
    enum status status = STATUS_UNKNOWN;

    (void) status_parse(text_of(view->level), &status);
    return status_rank(status);
}

static int compare_alerts(const void *left, const void *right)
{
    const struct alert_view *a = left;
    const struct alert_view *b = right;

    int order = badness(b) - badness(a);
    if (order == 0)
        order = (a->alert->opened_at_ms > b->alert->opened_at_ms) - (a->alert->opened_at_ms < b->alert->opened_at_ms);
    return order != 0 ? order : strcmp(a->alert->key, b->alert->key);
}

static void read_alerts(const struct service_reader *reader, struct summary *out)
{
    AlertState row;
    struct store_cursor cursor;
    size_t total = store_rows(reader->txn, TABLE_ALERTS);
    size_t room = total < SUMMARY_ALERTS_MAX ? total : SUMMARY_ALERTS_MAX;

    out->alerts = arena_new(reader->arena, (room + 1) * sizeof *out->alerts);
    out->alerts_total = total;
    store_walk(reader->txn, TABLE_ALERTS, (struct store_range) {0}, &cursor);
    while (walk_next(&cursor, NULL, &row)) {
        out->by_class[row.alert_class < ALERT_CLASS_COUNT ? row.alert_class : ALERT_SERVICE]++;
        out->n_acknowledged += row.has_ack;
        out->n_held += row.held_count > 0;
        if (out->n_alerts == room)
            continue;                        /* still counted */
        AlertState *kept = arena_new(reader->arena, sizeof *kept);
        *kept = row;
        out->alerts[out->n_alerts++] = (struct alert_view) {kept, alert_level(reader->txn, kept)};
    }
    store_walk_end(&cursor);
    qsort(out->alerts, out->n_alerts, sizeof *out->alerts, compare_alerts);
}

int summary_read(const struct service_reader *reader, struct summary *out)
{
    *out = (struct summary) {.overall = STATUS_OPERATIONAL, .planned = reader->planned};
    int r = service_view_read_all(reader, &out->services, &out->n_services);
    if (r < 0)
        return r;
    for (size_t i = 0; i < out->n_services; i++) {
        status_count(&out->counts, out->services[i].status);
        out->overall = status_worse(out->overall, out->services[i].status);
    }
    if (out->n_services == 0)
        out->overall = STATUS_UNKNOWN;
    read_alerts(reader, out);
    return 0;
}

static void say_trouble(const struct summary *summary, size_t bad, char *out)
{
    const struct service_view *worst = &summary->services[0];
    char since[HTML_TIME_BYTES];

    html_time_words(worst->changed_at_ms, since);
    const char *how = worst->status == STATUS_DEGRADED         ? "been degraded"
                      : worst->status == STATUS_PARTIAL_OUTAGE ? "had a partial outage"
                                                               : "had a major outage";
    if (bad == 1)
        (void) snprintf(out, SUMMARY_VERDICT_BYTES, "%s has %s since %s.", worst->name, how, since);
    else
        (void) snprintf(out, SUMMARY_VERDICT_BYTES, "%zu services are in trouble; %s has %s since %s.", bad, worst->name, how,
                        since);
}

void summary_verdict(const struct summary *summary, char out[static SUMMARY_VERDICT_BYTES])
{
    const size_t *by = summary->counts.by_status;
    size_t bad = by[STATUS_DEGRADED] + by[STATUS_PARTIAL_OUTAGE] + by[STATUS_MAJOR_OUTAGE];

    if (summary->n_services == 0)
        (void) snprintf(out, SUMMARY_VERDICT_BYTES, "No services are configured.");
    else if (bad > 0)
        say_trouble(summary, bad, out);
    else if (by[STATUS_UNKNOWN] == 1)
        (void) snprintf(out, SUMMARY_VERDICT_BYTES, "No trouble is known, but we cannot tell how 1 service is.");
    else if (by[STATUS_UNKNOWN] > 0)
        (void) snprintf(out, SUMMARY_VERDICT_BYTES, "No trouble is known, but we cannot tell how %zu services are.",
                        by[STATUS_UNKNOWN]);
    else
        (void) snprintf(out, SUMMARY_VERDICT_BYTES, summary->n_services == 1 ? "The one service is operational."
                                                                             : "All %zu services are operational.",
                        summary->n_services);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GET /metrics in Prometheus' text format: the table of counters, and what a glance at the store tells. Labels are ids of
 * ours; those that grow are the configured service and the collector that polls.
 */
#include <stdio.h>
#include <string.h>

#include "aggregator/api/api_private.h"
#include "aggregator/api/outbox_count.h"
#include "aggregator/api/readiness_view.h"
#include "aggregator/api/summary.h"
#include "aggregator/api/views.h"
#include "aggregator/inbox/health.h"
#include "aggregator/inbox/inbox.h"
#include "common/metrics.h"
#include "common/poll_reason.h"

static void head(struct buffer *out, const char *name, const char *type, const char *help)
{
    (void) buffer_format(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void histogram(struct buffer *out, enum metric metric)
{
    const struct metric_row *row = &metric_rows[metric];
    struct metric_histogram values;
    int64_t so_far = 0;

    metric_histogram_get(metric, &values);
    for (int i = 0; i < METRIC_BUCKETS - 1; i++) {
        so_far += values.buckets[i];
        (void) buffer_format(out, "%s_bucket{le=\"%g\"} %lld\n", row->name, (double) metric_bounds_us[i] / 1e6,
                             (long long) so_far);
    }
    (void) buffer_format(out, "%s_bucket{le=\"+Inf\"} %lld\n%s_sum %.6f\n%s_count %lld\n", row->name, (long long) values.count,
                         row->name, (double) values.sum_us / 1e6, row->name, (long long) values.count);
}

static void counted(struct buffer *out)
{
    static const char *const types[] = {
        [METRIC_COUNTER] = "counter", [METRIC_GAUGE] = "gauge", [METRIC_HISTOGRAM] = "histogram"};
    const char *previous = "";

    for (int i = 0; i < METRIC_COUNT; i++) {
        const struct metric_row *row = &metric_rows[i];
        if (strcmp(previous, row->name) != 0)
            head(out, row->name, types[row->type], row->help);
        previous = row->name;
        if (row->type == METRIC_HISTOGRAM)
            histogram(out, (enum metric) i);
        else
            (void) buffer_format(out, "%s%s%s%s %lld\n", row->name, row->labels[0] == '\0' ? "" : "{", row->labels,
                                 row->labels[0] == '\0' ? "" : "}", (long long) metric_get((enum metric) i));
    }
}

static void gauge(struct buffer *out, const char *name, const char *help, double value)
{
    head(out, name, "gauge", help);
    (void) buffer_format(out, "%s %.15g\n", name, value);
}

static void of_process(struct api *api, struct buffer *out)
{
    char words[8];

    head(out, "tocsin_build_info", "gauge", "1, with version and commit as labels.");
    (void) buffer_format(out, "tocsin_build_info{version=\"%s\",commit=\"%s\"} 1\n", TOCSIN_VERSION, TOCSIN_COMMIT);
    gauge(out, "tocsin_start_time_seconds", "When this process started, seconds since the epoch.",
          (double) health_started_at_ms(api->health) / 1000);
    gauge(out, "tocsin_core_beat_age_seconds", "Time since the core's loop last turned.",
          (double) health_beat_age_ms(api->health) / 1000);
    gauge(out, "tocsin_ready", "1 when every part is ready.", health_ready(api->health, words, sizeof words) ? 1 : 0);
}

static void of_store(struct api *api, struct buffer *out)
{
    struct store_usage usage;

    store_usage(api->store, &usage);
    gauge(out, "tocsin_store_map_bytes", "Address space of the store.", (double) usage.map_bytes);
    gauge(out, "tocsin_store_used_bytes", "Pages of the store ever used.", (double) usage.used_bytes);
    gauge(out, "tocsin_store_free_bytes", "Of them, waiting to be used again.", (double) usage.free_bytes);
    gauge(out, "tocsin_store_file_bytes", "Size of the store's file.", (double) usage.file_bytes);
    gauge(out, "tocsin_store_readers", "Snapshots open now.", (double) usage.readers);
    gauge(out, "tocsin_store_oldest_reader_rounds", "Commits since the oldest open snapshot.",
          (double) usage.oldest_reader_age_rounds);
}

static uint32_t most_failures(const struct service_view *view)
{
    uint32_t most = 0;

    for (size_t i = 0; i < view->n_sources; i++)
        most = view->sources[i].fail_streak > most ? view->sources[i].fail_streak : most;
    return most;
}

static bool is_left_alone(const struct service_view *view)
{
    for (size_t i = 0; i < view->n_sources; i++) {
        const struct source_view *source = &view->sources[i];
        if (source->fail_streak > 0 && source->reason != NULL
            && strcmp(source->reason, poll_reason_word(POLL_REASON_BREAKER)) == 0)
            return true;
    }
    return false;
}

static void of_services(const struct summary *summary, struct buffer *out)
{
    head(out, "tocsin_service_status", "gauge",
         "State of a configured service: 0 unknown, 1 operational, 2 degraded, 3 partial outage, 4 major outage.");
    for (size_t i = 0; i < summary->n_services; i++)
        (void) buffer_format(out, "tocsin_service_status{service=\"%s\"} %d\n", summary->services[i].id,
                             (int) summary->services[i].status);
    head(out, "tocsin_service_poller_broken", "gauge", "1 when a source of the service cannot be read: no vendor outage.");
    for (size_t i = 0; i < summary->n_services; i++)
        (void) buffer_format(out, "tocsin_service_poller_broken{service=\"%s\"} %d\n", summary->services[i].id,
                             summary->services[i].poller == POLLER_HEALTH_BROKEN);
    head(out, "tocsin_service_poll_failures", "gauge", "Failed polls in a row, of the service's source that fails the most.");
    for (size_t i = 0; i < summary->n_services; i++)
        (void) buffer_format(out, "tocsin_service_poll_failures{service=\"%s\"} %u\n", summary->services[i].id,
                             most_failures(&summary->services[i]));
    head(out, "tocsin_service_breaker_open", "gauge", "1 when a collector leaves the host of the service's page alone.");
    for (size_t i = 0; i < summary->n_services; i++)
        (void) buffer_format(out, "tocsin_service_breaker_open{service=\"%s\"} %d\n", summary->services[i].id,
                             is_left_alone(&summary->services[i]));
    head(out, "tocsin_alerts_open", "gauge", "Open alerts by class; those of collectors are silent or blind ones.");
    for (uint32_t i = 0; i < ALERT_CLASS_COUNT; i++) {
        if (i != ALERT_FLAP)    /* a notice: it is never open */
            (void) buffer_format(out, "tocsin_alerts_open{class=\"%s\"} %zu\n", alert_class_word(i), summary->by_class[i]);
    }
}

static void of_outbox(const struct outbox_tally *tally, struct buffer *out)
{
    head(out, "tocsin_outbox_rows", "gauge", "Notifications by state, of the newest 10000; dropped are dead ones that somebody gave up.");
    for (int i = OUTBOX_PENDING; i < OUTBOX_STATE_COUNT; i++)
        (void) buffer_format(out, "tocsin_outbox_rows{state=\"%s\"} %zu\n", outbox_state_name((OutboxState) i),
                             tally->by_state[i]);
    (void) buffer_format(out, "tocsin_outbox_rows{state=\"dropped\"} %zu\n", tally->dropped);
}

static void of_readiness(const struct readiness_view *view, struct buffer *out)
{
    gauge(out, "tocsin_readiness_score", "Overall score of readiness, 0 to 1000.", view->now.score);
    gauge(out, "tocsin_readiness_state", "State of readiness: 0 ready, 1 limited, 2 not ready.", (double) view->now.state);
    if (view->n_areas == 0)
        return;
    head(out, "tocsin_readiness_area_score", "gauge", "Score of an area of readiness, 0 to 1000.");
    for (size_t i = 0; i < view->n_areas; i++)
        (void) buffer_format(out, "tocsin_readiness_area_score{area=\"%s\"} %d\n", view->areas[i].area->name,
                             view->areas[i].verdict.score);
    head(out, "tocsin_readiness_area_state", "gauge",
         "State of an area of readiness: 0 ok, 1 warning, 2 stale, 3 expired, 4 failed, 5 missing.");
    for (size_t i = 0; i < view->n_areas; i++)
        (void) buffer_format(out, "tocsin_readiness_area_state{area=\"%s\"} %d\n", view->areas[i].area->name,
                             (int) view->areas[i].verdict.state);
    head(out, "tocsin_evidence_age_seconds", "gauge", "Age of an area's newest record of evidence; absent without any.");
    for (size_t i = 0; i < view->n_areas; i++) {
        const struct area_view *area = &view->areas[i];
        if (area->newest_at_ms != 0)
            (void) buffer_format(out, "tocsin_evidence_age_seconds{area=\"%s\"} %.3f\n", area->area->name,
                                 (double) (view->now_ms - area->newest_at_ms) / 1000);
    }
}

int views_metrics(struct render *render)
{
    struct service_reader reader = views_reader(render);
    struct summary summary;
    struct api *api = render->api;

    int r = summary_read(&reader, &summary);
    if (r < 0)
        return problem_set(render->problem, PROBLEM_INTERNAL, "the services cannot be read");
    struct outbox_tally tally = outbox_count_get(&api->outbox, render->txn, render->world.views[VIEW_OUTBOX]);
    struct readiness_view *readiness = arena_new(&render->arena, sizeof *readiness);
    readiness_view_read(render, readiness);
    size_t hosts = store_rows(render->txn, TABLE_HOSTS);
    views_slo_metrics(render, render->out);
    views_collector_metrics(render, render->out);
    render_read_done(render);

    metric_set(METRIC_INBOX_DEPTH, (int64_t) inbox_depth(api->inbox));
    counted(render->out);
    of_process(api, render->out);
    of_store(api, render->out);
    of_services(&summary, render->out);
    of_outbox(&tally, render->out);
    views_channel_metrics(render, &tally, render->out);
    of_readiness(readiness, render->out);
    gauge(render->out, "tocsin_hosts", "Hosts known.", (double) hosts);
    gauge(render->out, "tocsin_round", "Last committed round.", (double) render->world.round);
    return 0;
}

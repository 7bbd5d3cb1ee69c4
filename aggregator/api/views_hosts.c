/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GET /api/hosts (by name, paged: there may be ten thousand) and /api/hosts/{id} with facts, checks, latest metrics and,
 * asked for, the history of one metric.
 */
#include "aggregator/api/body.h"
#include "aggregator/api/host_view.h"
#include "aggregator/api/views.h"
#include "aggregator/api/walk.h"
#include "common/mem.h"
#include "common/poll_reason.h"

enum { HISTORY_POINTS_MAX = 9000, HISTORY_SERIES_MAX = 16 };
#define HISTORY_DEFAULT_MS (INT64_C(24) * 3600 * 1000)

static json_t *metrics_json(const HostRow *row)
{
    json_t *list = json_array();

    for (pb_size_t i = 0; i < row->metrics_count; i++) {
        const LatestMetric *latest = &row->metrics[i];
        json_t *metric = json_object();
        body_text(metric, "check", latest->check);
        body_text(metric, "name", latest->metric.name);
        body_real(metric, "value", latest->metric.value);
        body_text(metric, "unit", latest->metric.unit);
        json_array_append_new(list, metric);
    }
    return list;
}

static json_t *labels_json(const HostFacts *facts)
{
    json_t *list = json_array();

    for (pb_size_t i = 0; i < facts->labels_count; i++)
        json_array_append_new(list, body_string(facts->labels[i]));
    return list;
}

static json_t *host_json(const struct host_view *view)
{
    json_t *object = json_object();
    const HostFacts *facts = &view->row->facts;

    body_text(object, "id", view->name);
    body_status(object, "state", view->status);
    body_put(object, "counts", views_counts_json(&view->counts));
    body_bool(object, "silent", view->silent);
    body_time(object, "silent_since", view->silent_since_ms);
    body_time(object, "last_seen_at", view->last_seen_ms);
    body_text(object, "version", view->row->version);
    body_text(object, "os", facts->os);
    body_text(object, "role", facts->role);
    body_put(object, "labels", labels_json(facts));
    body_int(object, "clock_skew_seconds", view->row->clock_skew_ms / 1000);
    body_time(object, "metrics_at", view->row->metrics_at_ms);
    body_put(object, "metrics", metrics_json(view->row));
    return object;
}

int views_hosts(struct render *render)
{
    CLEANUP(mem_freep) HostRow *row = mem_new(sizeof *row);
    struct service_reader reader = views_reader(render);
    struct store_range range = {0};
    struct store_cursor cursor;
    struct store_key key;
    size_t limit;

    int r = query_limit(&render->request->query, &limit, render->problem);
    if (r == 0)
        r = views_cursor(render, &range);
    if (r < 0)
        return r;
    json_t *items = json_array();
    size_t total = store_rows(render->txn, TABLE_HOSTS);
    struct store_key last = {0};
    store_walk(render->txn, TABLE_HOSTS, range, &cursor);
    while (walk_next(&cursor, &key, row)) {
        struct host_view view;
        if (json_array_size(items) == limit) {
            key_to_hex(&last, render->next_cursor);
            break;
        }
        host_view_fill(&reader, row, &view);
        json_array_append_new(items, host_json(&view));
        arena_reset(&render->arena);         /* ten thousand hosts need no more room than one */
        last = key;
    }
    store_walk_end(&cursor);
    render_read_done(render);
    json_t *list = views_list(render, items);
    body_int(list, "total", (int64_t) total);
    views_put_world(render, list);
    return body_write(list, render->out);
}

static void put_facts(const struct host_view *view, json_t *object)
{
    const HostFacts *facts = &view->row->facts;
    json_t *told = json_object();

    body_text(told, "hostname", facts->hostname);
    body_text(told, "os", facts->os);
    body_text(told, "kernel", facts->kernel);
    body_text(told, "architecture", facts->architecture);
    body_int(told, "cpus", facts->cpus);
    body_int(told, "memory_bytes", (int64_t) facts->memory_bytes);
    body_text(told, "role", facts->role);
    body_text(told, "scope", facts->scope);
    body_time(told, "booted_at", facts->booted_at_ms);
    body_text(told, "unsupported", facts->unsupported);
    body_int(told, "protocol", view->row->protocol);
    body_text(told, "config_digest", view->row->config_digest);
    body_time(told, "hello_at", view->row->hello_at_ms);
    body_put(object, "facts", told);
}

static void put_polls(const Vitals *vitals, json_t *told)
{
    body_int(told, "polls_total", (int64_t) vitals->polls_total);
    body_int(told, "poll_failures_total", (int64_t) vitals->poll_failures_total);
    body_int(told, "polls_skipped_total", (int64_t) vitals->polls_skipped_total);
    body_int(told, "polls_unchanged_total", (int64_t) vitals->polls_unchanged_total);
    body_int(told, "polls_parsed_total", (int64_t) vitals->polls_parsed_total);
    body_int(told, "poll_retries_total", (int64_t) vitals->poll_retries_total);
    body_int(told, "breakers_open", vitals->breakers_open);
    body_int(told, "hosts_backing_off", vitals->hosts_backing_off);

    json_t *failures = json_object();
    for (pb_size_t i = 0; i < vitals->poll_failures_count && i < POLL_REASON_COUNT; i++) {
        if (vitals->poll_failures[i] > 0)
            body_int(failures, poll_reason_word((enum poll_reason) i), (int64_t) vitals->poll_failures[i]);
    }
    body_put(told, "poll_failures", failures);
}

static void put_collector(const struct host_view *view, json_t *object)
{
    if (view->collector == NULL) {
        body_put(object, "collector", NULL);
        return;
    }
    const Vitals *vitals = &view->collector->vitals;
    json_t *told = json_object();
    body_int(told, "incarnation", (int64_t) view->collector->incarnation);
    body_int(told, "backlog_items", (int64_t) vitals->backlog_items);
    body_int(told, "backlog_bytes", (int64_t) vitals->backlog_bytes);
    body_int(told, "dropped_total", (int64_t) view->collector->dropped_seen);
    body_int(told, "loop_lag_ms", vitals->loop_lag_ms);
    body_int(told, "resident_bytes", (int64_t) vitals->resident_bytes);
    put_polls(vitals, told);
    body_text(told, "egress", vitals->egress == EGRESS_UNSPECIFIED ? NULL : vitals->egress == EGRESS_UP ? "up" : "down");
    body_int(told, "egress_checks_total", (int64_t) vitals->egress_checks_total);
    body_int(told, "egress_failures_total", (int64_t) vitals->egress_failures_total);
    body_put(object, "collector", told);
}

static json_t *points_json(struct store_txn *txn, const char *host, const LatestMetric *metric, int64_t since_ms)
{
    SampleRow row;
    struct store_range range = {.prefix = key_samples_of(host, metric->check, metric->metric.name),
                                .from = key_sample(host, metric->check, metric->metric.name, since_ms)};
    struct store_cursor cursor;
    struct store_key key;
    json_t *list = json_array();

    store_walk(txn, TABLE_SAMPLES, range, &cursor);
    while (json_array_size(list) < HISTORY_POINTS_MAX && walk_next(&cursor, &key, &row)) {
        int64_t at_ms;
        if (!key_to_bucket(&key, &at_ms))
            continue;
        json_t *point = json_object();
        body_time(point, "at", at_ms);
        body_real(point, "min", row.min);
        body_real(point, "mean", row.mean);
        body_real(point, "max", row.max);
        body_int(point, "count", row.count);
        json_array_append_new(list, point);
    }
    store_walk_end(&cursor);
    return list;
}

/* The series of this metric, one for each check that reports it, as the host reports them now. */
static int put_history(struct render *render, const struct host_view *view, json_t *object)
{
    const struct query *query = &render->request->query;
    int64_t since_ms = render->now_ms - HISTORY_DEFAULT_MS;
    struct text wanted;
    bool relative;

    body_put(object, "history", NULL);
    int r = query_time(query, "since", render->now_ms, &since_ms, &relative, render->problem);
    if (r < 0 || !query_get(query, "metric", &wanted))
        return r;
    render->volatile_body = true;
    json_t *series = json_array();
    for (pb_size_t i = 0; i < view->row->metrics_count && json_array_size(series) < HISTORY_SERIES_MAX; i++) {
        const LatestMetric *metric = &view->row->metrics[i];
        if (!text_is(wanted, metric->metric.name))
            continue;
        json_t *one = json_object();
        body_text(one, "check", metric->check);
        body_text(one, "metric", metric->metric.name);
        body_text(one, "unit", metric->metric.unit);
        body_int(one, "bucket_seconds", 300);
        body_put(one, "points", points_json(render->txn, view->name, metric, since_ms));
        json_array_append_new(series, one);
    }
    bool found = json_array_size(series) > 0;
    body_put(object, "history", series);
    return found ? 0 : problem_set(render->problem, PROBLEM_PARAMETER, "the host reports no metric of this name");
}

int views_host(struct render *render)
{
    struct service_reader reader = views_reader(render);
    struct host_view view;
    size_t limit;

    int r = query_limit(&render->request->query, &limit, render->problem);
    if (r < 0)
        return r;
    r = host_view_read(&reader, render->request->item, &view);
    if (r == STORE_ABSENT)
        return problem_set(render->problem, PROBLEM_NOT_FOUND, "no host has the name %.64s", render->request->item);
    if (r < 0)
        return problem_set(render->problem, PROBLEM_INTERNAL, "the row of this host cannot be read");

    json_t *object = host_json(&view);
    json_t *checks = json_array();
    for (size_t i = 0; i < view.n_checks && i < limit; i++)
        json_array_append_new(checks, views_service_json(&view.checks[i]));
    body_put(object, "checks", checks);
    put_facts(&view, object);
    put_collector(&view, object);
    r = put_history(render, &view, object);
    render_read_done(render);
    if (r < 0) {
        json_decref(object);
        return r;
    }
    views_put_world(render, object);
    return body_write(object, render->out);
}

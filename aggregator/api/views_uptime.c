/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GET /api/services/uptime, /sla, /sla/history and /slo. What they say moves on by itself, minute by minute, so they are
 * tagged by their bytes. Percentages are cut, never rounded: a bad minute does not show as 100.
 */
#include <stdio.h>
#include <time.h>

#include "aggregator/api/body.h"
#include "aggregator/api/service_time.h"
#include "aggregator/api/views.h"
#include "aggregator/engine/config.h"
#include "common/mem.h"

enum period { PERIOD_DAY, PERIOD_MONTH };
enum { WEEK_DAYS = 7, HISTORY_DAYS_MAX = 90, HISTORY_DAYS_DEFAULT = 30, DATE_BYTES = 16 };

/* ---- pieces */

static void put_percent(json_t *object, const char *name, bool known, int64_t ppm)
{
    if (known)
        body_real(object, name, (double) ppm / 10000);
    else
        body_put(object, name, NULL);
}

/* Minutes [first, end), of which those to come are nobody's. */
static void put_uptime(json_t *object, const struct service_time *time, int64_t first, int64_t end)
{
    struct minute_sum sum = minutes_sum(&time->minutes, first, end, time->now_ms);
    int64_t ppm = 0;
    bool known = uptime_ppm(&sum, &ppm);

    put_percent(object, "uptime_percent", known, ppm);
    body_int(object, "known_seconds", sum.known_ms / 1000);
    body_int(object, "bad_seconds", sum.raw_ms / 1000);
}

static json_t *subject_json(const struct time_subject *subject)
{
    json_t *object = json_object();

    body_text(object, "id", subject->id);
    body_text(object, "name", subject->name);
    return object;
}

/* Midnight of the day that holds this minute; ahead: so many days later. */
static int64_t day_of(int64_t minute, int64_t ahead)
{
    return (minute / DAY_MINUTES + ahead) * DAY_MINUTES;
}

static void render_date(int64_t minute, enum period period, char out[static DATE_BYTES])
{
    time_t at = (time_t) (minute * 60);
    struct tm date;

    out[0] = '\0';
    if (gmtime_r(&at, &date) == NULL)
        return;
    if (period == PERIOD_MONTH)
        (void) strftime(out, DATE_BYTES, "%Y-%m", &date);
    else
        (void) strftime(out, DATE_BYTES, "%Y-%m-%d", &date);
}

static json_t *period_json(const struct service_time *time, int64_t first, int64_t end, enum period period)
{
    json_t *object = json_object();
    char date[DATE_BYTES];

    render_date(first, period, date);
    body_text(object, "date", date);
    body_status(object, "state", minutes_worst(&time->minutes, first, end, time->now_ms));
    put_uptime(object, time, first, end);
    return object;
}

/* One item each; takes its time from this minute on. */
struct piece {
    int64_t from;
    json_t *(*make)(const struct render *, const struct time_subject *, const struct service_time *, const void *how);
    const void *how;
};

/* The list of those whom the request asks about; an item that is NULL is left out. */
static int write_list(struct render *render, const struct piece *piece)
{
    struct time_walk walk;
    struct time_subject subject;
    json_t *items = json_array();

    render->volatile_body = true;
    int r = time_walk_begin(&walk, render);
    while (r == 0 && (r = time_walk_next(&walk, &subject)) == 0) {
        struct service_time time;
        service_time_read(render, subject.id, piece->from, &time);
        json_t *item = piece->make(render, &subject, &time, piece->how);
        if (item != NULL)
            json_array_append_new(items, item);
        service_time_done(&time);
    }
    if (r < 0) {
        json_decref(items);
        return r;
    }
    int64_t now_ms = service_time_now(render);
    render_read_done(render);
    json_t *list = views_list(render, items);
    body_time(list, "at", now_ms);
    views_put_world(render, list);
    return body_write(list, render->out);
}

/* The longest of the windows, and the days of a week. */
static int64_t month_ago(const struct render *render)
{
    int64_t first, end;

    uptime_minutes(UPTIME_30D, service_time_now(render), &first, &end);
    return first;
}

/* ---- GET /api/services/uptime */

static json_t *week_json(const struct render *render, const struct time_subject *subject, const struct service_time *time,
                         const void *how)
{
    int64_t today = minute_of(time->now_ms);
    json_t *object = subject_json(subject);
    json_t *days = json_array();
    (void) render;
    (void) how;

    for (int window = 0; window < UPTIME_WINDOWS; window++) {
        char name[32];
        int64_t first, end, ppm = 0;
        uptime_minutes((enum uptime_window) window, time->now_ms, &first, &end);
        struct minute_sum sum = minutes_sum(&time->minutes, first, end, time->now_ms);
        bool known = uptime_ppm(&sum, &ppm);
        (void) snprintf(name, sizeof name, "uptime_%s_percent", uptime_window_name((enum uptime_window) window));
        put_percent(object, name, known, ppm);
    }
    for (int ago = WEEK_DAYS - 1; ago >= 0; ago--)
        json_array_append_new(days, period_json(time, day_of(today, -ago), day_of(today, 1 - ago), PERIOD_DAY));
    body_put(object, "days", days);
    return object;
}

int views_uptime(struct render *render)
{
    return write_list(render, &(struct piece) {.from = month_ago(render), .make = week_json});
}

/* ---- GET /api/services/sla */

static json_t *sla_json(const struct render *render, const struct time_subject *subject, const struct service_time *time,
                        const void *how)
{
    int64_t target_ppm = subject->params->value[PARAM_slo_target];
    json_t *object = subject_json(subject);
    json_t *windows = json_array();
    (void) render;
    (void) how;

    put_percent(object, "target_percent", true, target_ppm);
    for (int window = 0; window < UPTIME_WINDOWS; window++) {
        int64_t first, end, ppm;
        uptime_minutes((enum uptime_window) window, time->now_ms, &first, &end);
        struct minute_sum sum = minutes_sum(&time->minutes, first, end, time->now_ms);
        json_t *one = json_object();
        body_text(one, "window", uptime_window_name((enum uptime_window) window));
        body_time(one, "since", first > 0 ? first * MINUTE_MS : 0);
        put_uptime(one, time, first, end);
        put_percent(one, "coverage_percent", true, sum.known_ms * 1000 / ((end - first) * MINUTE_MS / 1000));
        bool known = uptime_ppm(&sum, &ppm);
        body_put(one, "met", known ? json_boolean(ppm >= target_ppm) : NULL);
        json_array_append_new(windows, one);
    }
    body_put(object, "windows", windows);
    return object;
}

int views_sla(struct render *render)
{
    return write_list(render, &(struct piece) {.from = month_ago(render), .make = sla_json});
}

/* ---- GET /api/services/sla/history */

struct history { int64_t first, end; enum period by; };

/* The first minute of the next calendar month. */
static int64_t next_month(int64_t minute)
{
    time_t at = (time_t) (minute * 60);
    struct tm date;

    if (gmtime_r(&at, &date) == NULL)
        return minute + 31 * DAY_MINUTES;
    struct tm next = {.tm_year = date.tm_year, .tm_mon = date.tm_mon + 1, .tm_mday = 1};
    return (int64_t) timegm(&next) / 60;
}

static json_t *history_json(const struct render *render, const struct time_subject *subject,
                            const struct service_time *time, const void *how)
{
    const struct history *history = how;
    json_t *object = subject_json(subject);
    json_t *periods = json_array();
    (void) render;

    for (int64_t first = history->first, end; first < history->end; first = end) {
        end = history->by == PERIOD_MONTH ? next_month(first) : first + DAY_MINUTES;
        if (end > history->end)
            end = history->end;
        json_array_append_new(periods, period_json(time, first, end, history->by));
    }
    body_put(object, "periods", periods);
    return object;
}

static int read_history(struct render *render, struct history *out)
{
    const struct query *query = &render->request->query;
    int64_t days = HISTORY_DAYS_DEFAULT;
    struct text value;

    if (query_get(query, "days", &value) && !text_to_int64(value, 1, HISTORY_DAYS_MAX, &days))
        return problem_set(render->problem, PROBLEM_PARAMETER, "days must be a whole number from 1 to %d", HISTORY_DAYS_MAX);
    bool given = query_get(query, "by", &value);
    out->by = given && text_is(value, "month") ? PERIOD_MONTH : PERIOD_DAY;
    if (given && out->by == PERIOD_DAY && !text_is(value, "day"))
        return problem_set(render->problem, PROBLEM_PARAMETER, "by must be day or month");
    int64_t now = minute_of(service_time_now(render));
    out->end = day_of(now, 1);
    out->first = day_of(now, 1 - days);
    return 0;
}

int views_sla_history(struct render *render)
{
    struct history history;
    int r = read_history(render, &history);

    if (r < 0)
        return r;
    return write_list(render, &(struct piece) {.from = history.first, .make = history_json, .how = &history});
}

/* ---- GET /api/services/slo */

static json_t *burn_alerts_json(const struct render *render, const char *id)
{
    json_t *alerts = json_array();

    for (int kind = 0; kind < BURN_KINDS; kind++) {
        AlertState alert;
        char key[KEY_BYTES_MAX + 1];
        (void) snprintf(key, sizeof key, "slo:%s:%s", id, burn_kind_name((enum burn_kind) kind));
        if (store_get(render->txn, TABLE_ALERTS, key_name(key), &alert) == 0)
            json_array_append_new(alerts, views_alert_json(&alert, burn_kind_name((enum burn_kind) kind)));
    }
    return alerts;
}

static json_t *slo_json(const struct render *render, const struct time_subject *subject, const struct service_time *time,
                        const void *how)
{
    const struct burn_case now = {.minutes = &time->minutes, .params = subject->params, .now_ms = time->now_ms};
    (void) how;
    if (subject->params->value[PARAM_slo_enabled] == 0)
        return NULL;

    json_t *object = subject_json(subject);
    json_t *burns = json_object();
    put_percent(object, "target_percent", true, subject->params->value[PARAM_slo_target]);
    put_percent(object, "budget_remaining_percent", true, burn_budget_ppm(&now));
    for (int window = 0; window < BURN_WINDOWS; window++)
        body_real(burns, burn_window_name((enum burn_window) window),
                  (double) burn_milli(&now, (enum burn_window) window) / 1000);
    body_put(object, "burn_rates", burns);
    body_put(object, "alerts", burn_alerts_json(render, subject->id));
    return object;
}

int views_slo(struct render *render)
{
    return write_list(render, &(struct piece) {.from = month_ago(render), .make = slo_json});
}

/* ---- for /metrics */

static void head(struct buffer *out, const char *name, const char *help)
{
    (void) buffer_format(out, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

void views_slo_metrics(struct render *render, struct buffer *out)
{
    const struct engine_config *engine = render->config->engine;
    struct buffer burns;

    buffer_init(&burns, 4 << 20);
    head(out, "tocsin_slo_budget_remaining_ratio", "Error budget of 30 days that is left; negative: overspent.");
    head(&burns, "tocsin_slo_burn_rate", "How many times as fast as allowed the error budget is being spent, by window.");
    for (size_t i = 0; i < engine->n_services; i++) {
        const struct engine_service *service = &engine->services[i];
        struct service_time time;
        if (service->params.value[PARAM_slo_enabled] == 0)
            continue;
        service_time_read(render, service->id, month_ago(render), &time);
        const struct burn_case now = {.minutes = &time.minutes, .params = &service->params, .now_ms = time.now_ms};
        (void) buffer_format(out, "tocsin_slo_budget_remaining_ratio{service=\"%s\"} %.6f\n", service->id,
                             (double) burn_budget_ppm(&now) / 1e6);
        for (int window = 0; window < BURN_WINDOWS; window++)
            (void) buffer_format(&burns, "tocsin_slo_burn_rate{service=\"%s\",window=\"%s\"} %.3f\n", service->id,
                                 burn_window_name((enum burn_window) window),
                                 (double) burn_milli(&now, (enum burn_window) window) / 1e3);
        service_time_done(&time);
    }
    (void) buffer_put_text(out, burns.bytes == NULL ? "" : burns.bytes);
    buffer_done(&burns);
}

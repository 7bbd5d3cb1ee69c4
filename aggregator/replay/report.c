/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/replay/report.h"

#include <assert.h>

#include "aggregator/engine/engine.h"
#include "aggregator/engine/outlook.h"
#include "aggregator/engine/readiness.h"
#include "aggregator/engine/slo.h"

static void put(json_t *object, const char *key, json_t *value)
{
    int r = json_object_set_new(object, key, value);
    assert(r == 0);    /* our own words and names, which were read from UTF-8 */
}

static void put_text(json_t *object, const char *key, const char *text)
{
    put(object, key, text == NULL ? json_null() : json_string(text));
}

/* What every report begins with. */
static json_t *report_new(const struct engine *engine, const char *what)
{
    json_t *out = json_object();

    put(out, "t", json_integer(engine_now(engine)));
    put_text(out, "d", "report");
    put_text(out, "what", what);
    return out;
}

json_t *report_readiness_json(const struct engine *engine)
{
    struct readiness now;
    json_t *out = report_new(engine, "readiness");
    json_t *areas = json_array();

    engine_readiness(engine, &now);
    for (size_t i = 0; i < now.n_areas; i++) {
        json_t *area = json_object();
        put_text(area, "area", now.areas[i].name);
        put(area, "score", json_integer(now.areas[i].verdict.score));
        put_text(area, "state", area_state_name(now.areas[i].verdict.state));
        (void) json_array_append_new(areas, area);
    }
    put(out, "score", json_integer(now.score));
    put_text(out, "state", readiness_state_name(now.state));
    put(out, "areas", areas);
    return out;
}

static json_t *pollers_json(const struct engine *engine, const struct outlook *outlook)
{
    json_t *out = json_object();

    for (size_t i = 0; i < outlook->n_sources; i++) {
        const char *source;
        const char *state = outlook_poller(engine, outlook->service, i, &source);
        put_text(out, source, state);
    }
    return out;
}

static json_t *alert_json(const struct outlook *outlook)
{
    if (!outlook->has_alert)
        return json_null();
    json_t *out = json_object();
    put_text(out, "level", outlook->level);
    put(out, "announced", json_boolean(outlook->announced));
    put(out, "acked", json_boolean(outlook->acknowledged));
    put_text(out, "incident", outlook->incident[0] == '\0' ? NULL : outlook->incident);
    return out;
}

static json_t *uptime_json(const struct slo_figures *figures)
{
    json_t *out = json_object();

    for (int i = 0; i < UPTIME_WINDOWS; i++)
        put(out, uptime_window_name((enum uptime_window) i),
            figures->has_uptime[i] ? json_integer(figures->uptime_ppm[i]) : json_null());
    return out;
}

static json_t *slo_json(const struct slo_figures *figures)
{
    if (!figures->watched)
        return json_null();
    json_t *out = json_object();
    json_t *burns = json_object();
    put(out, "budget_remaining_ppm", json_integer(figures->budget_remaining_ppm));
    for (int i = 0; i < BURN_WINDOWS; i++)
        put(burns, burn_window_name((enum burn_window) i), json_integer(figures->burn_milli[i]));
    put(out, "burn_milli", burns);
    return out;
}

static json_t *said_json(const struct outlook *outlook)
{
    json_t *out = json_object();

    put_text(out, "vendor", status_name(outlook->said_vendor));
    put_text(out, "probe", status_name(outlook->said_probe));
    return out;
}

static json_t *next_json(const struct outlook *outlook)
{
    if (!outlook->has_next)
        return json_null();
    json_t *out = json_object();
    put_text(out, "to", status_name(outlook->next.to));
    put(out, "polls", json_integer(outlook->next.polls));
    put(out, "need", json_integer(outlook->next.need));
    put(out, "at", json_integer(outlook->next.at_ms));
    return out;
}

static json_t *held_json(const struct outlook *outlook)
{
    if (!outlook->has_held)
        return json_null();
    json_t *out = json_object();
    put_text(out, "kind", notify_kind_name(outlook->held.kind));
    put_text(out, "reason", reason_name(outlook->held.reason));
    put_text(out, "by", outlook->held.by);
    return out;
}

json_t *report_service_json(const struct engine *engine, const char *service)
{
    struct outlook outlook;
    struct slo_figures figures;
    if (!outlook_of(engine, service, &outlook) || !slo_figures(engine, service, &figures))
        return NULL;

    json_t *out = report_new(engine, "service");
    put_text(out, "service", outlook.service);
    put_text(out, "effective", status_name(outlook.effective));
    put_text(out, "hard", status_name(outlook.hard));
    put(out, "flapping", json_boolean(outlook.flapping));
    put(out, "pollers", pollers_json(engine, &outlook));
    put(out, "alert", alert_json(&outlook));
    put(out, "uptime_ppm", uptime_json(&figures));
    put(out, "slo", slo_json(&figures));
    put(out, "said", said_json(&outlook));
    put(out, "next", next_json(&outlook));
    put(out, "held", held_json(&outlook));
    return out;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/replay/report.h"

#include <assert.h>

#include "aggregator/engine/engine.h"
#include "aggregator/engine/readiness.h"

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

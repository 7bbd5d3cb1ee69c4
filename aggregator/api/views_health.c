/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "aggregator/api/api_private.h"
#include "aggregator/api/body.h"
#include "aggregator/api/health_acts.h"
#include "aggregator/api/views.h"
#include "aggregator/inbox/health.h"
#include "common/clock.h"

enum { WORDS_BYTES = 256 };

static json_t *parts_json(const struct health *health)
{
    json_t *list = json_array();

    for (int i = 0; i < HEALTH_PART_COUNT; i++) {
        char words[WORDS_BYTES];
        bool ready = health_part(health, (enum health_part) i, words, sizeof words);
        json_t *part = json_object();
        body_text(part, "name", health_part_name((enum health_part) i));
        body_bool(part, "ready", ready);
        body_text(part, "reason", words);
        json_array_append_new(list, part);
    }
    return list;
}

int views_health(struct render *render)
{
    const struct health *health = render->api->health;
    char words[WORDS_BYTES];
    bool ready = health_ready(health, words, sizeof words);
    bool beating = health_beat_age_ms(health) <= render->config->http.heartbeat_stale_ms;
    json_t *object = json_object();

    render_read_done(render);
    body_text(object, "status", ready && beating ? "ok" : "degraded");
    body_bool(object, "live", beating);
    body_bool(object, "ready", ready);
    body_text(object, "reason", ready ? NULL : words);
    body_text(object, "version", TOCSIN_VERSION);
    body_text(object, "commit", TOCSIN_COMMIT);
    body_time(object, "started_at", health_started_at_ms(health));
    body_put(object, "parts", parts_json(health));
    views_put_world(render, object);
    return body_write(object, render->out);
}

static int64_t stale_ms(struct api *api)
{
    struct aggregator_config *config = api_config(api, NULL, NULL);
    int64_t ms = config->http.heartbeat_stale_ms;

    aggregator_config_drop(config);
    return ms;
}

int health_live(struct request *request, struct reply *reply, struct problem *problem)
{
    int64_t age_ms = health_beat_age_ms(request->api->health);

    if (age_ms > stale_ms(request->api))
        return problem_set(problem, PROBLEM_UNAVAILABLE, "the core has not turned for %lld s", (long long) (age_ms / 1000));
    reply->cache_control = "no-store";
    return buffer_put_text(&reply->body, "{\"status\":\"ok\"}");
}

int health_readiness(struct request *request, struct reply *reply, struct problem *problem)
{
    char words[WORDS_BYTES];

    if (!health_ready(request->api->health, words, sizeof words)) {
        problem->retry_after_s = 5;
        return problem_set(problem, PROBLEM_UNAVAILABLE, "%s", words);
    }
    reply->cache_control = "no-store";
    return buffer_put_text(&reply->body, "{\"status\":\"ready\"}");
}

int health_plain(struct request *request, struct reply *reply, struct problem *problem)
{
    const struct health *health = request->api->health;
    json_t *object = json_object();
    json_t *store = json_object();
    char words[WORDS_BYTES];
    bool ready = health_part(health, HEALTH_STORE, words, sizeof words);

    (void) problem;
    body_text(object, "status", ready && health_beat_age_ms(health) <= stale_ms(request->api) ? "ok" : "degraded");
    body_int(object, "uptime_seconds", (clock_wall_ms() - health_started_at_ms(health)) / 1000);
    body_text(store, "state", ready ? "ok" : "failing");
    body_text(store, "reason", words);
    body_put(object, "database", store);
    reply->cache_control = "no-store";
    return body_write(object, &reply->body);
}

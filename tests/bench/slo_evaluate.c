/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slo_evaluate: what counting time and judging burn rates cost the alert engine.
 *
 *     slo_evaluate [CHECKS] [WATCHED] [FLAPS]     prints one JSON object
 *
 * Host services without slo_enabled beside configured ones with it, which changed so many times within the last 30 days.
 * evaluation_ns: one evaluation of all of them; watched_ns: of each; passing_ns: the same time without anybody watched.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "aggregator/engine/engine.h"
#include "common/mem.h"

enum { EVALUATIONS = 200, DAY_MS = 86400000 };

static int64_t nanoseconds(void)
{
    struct timespec at;

    (void) clock_gettime(CLOCK_MONOTONIC, &at);
    return (int64_t) at.tv_sec * 1000000000 + at.tv_nsec;
}

static struct engine_config configure(size_t watched, int enabled)
{
    static const struct param_layers shipped;
    struct engine_config config = {.n_services = watched, .routes = engine_builtin_routes, .digest = "bench"};

    config.services = mem_new_array(watched, sizeof *config.services);
    config.n_routes = engine_n_builtin_routes;
    params_resolve(&config.params, &shipped, 2, NULL);
    for (int tier = 1; tier <= 3; tier++)
        params_resolve(&config.host_params[tier - 1], &shipped, tier, NULL);
    for (size_t i = 0; i < watched; i++) {
        char *id = mem_new(32);
        (void) snprintf(id, 32, "service-%05zu", i);
        config.services[i] = (struct engine_service) {.id = id, .name = id, .tier = 2};
        params_resolve(&config.services[i].params, &shipped, 2, NULL);
        config.services[i].params.value[PARAM_slo_enabled] = enabled;
    }
    return config;
}

static void set(struct engine *engine, const char *service, Level level, int64_t now_ms, struct effects *effects)
{
    Command command = {.which_input = Command_manual_tag, .input.manual = {.level = level, .has_ttl_s = true}};

    (void) snprintf(command.input.manual.service, sizeof command.input.manual.service, "%s", service);
    engine_command(engine, &command, now_ms, effects);
    effects_reset(effects);
}

static void introduce(struct engine *engine, size_t checks, int64_t now_ms, struct effects *effects)
{
    for (size_t i = 0; i < checks; i++) {
        Command command = {.which_input = Command_registration_tag, .input.registration.tier = 3};
        char *id = command.input.registration.service;
        (void) snprintf(id, sizeof command.input.registration.service, "host-%05zu:disk.root", i);
        engine_command(engine, &command, now_ms, effects);
        set(engine, id, LEVEL_OPERATIONAL, now_ms, effects);
    }
}

/* Nanoseconds for so many intervals of five minutes to go by. */
static int64_t run(size_t checks, size_t watched, size_t flaps, int enabled)
{
    struct engine *engine = engine_new();
    struct effects effects = {0};
    struct engine_config config = configure(watched, enabled);
    int64_t now_ms = INT64_C(1700000100000);

    engine_configure(engine, &config, 0, &effects);
    introduce(engine, checks, now_ms, &effects);
    for (size_t flap = 0; flap <= flaps; flap++, now_ms += INT64_C(30) * DAY_MS / (int64_t) (flaps + 1)) {
        for (size_t i = 0; i < watched; i++)
            set(engine, config.services[i].id, flap % 2 == 0 ? LEVEL_OPERATIONAL : LEVEL_DEGRADED, now_ms, &effects);
    }
    engine_advance(engine, now_ms, &effects);
    int64_t start = nanoseconds();
    for (int i = 1; i <= EVALUATIONS; i++)
        engine_advance(engine, now_ms + i * INT64_C(300000), &effects);
    int64_t took = nanoseconds() - start;

    engine_free(engine);
    effects_done(&effects);
    for (size_t i = 0; i < watched; i++)
        free((char *) config.services[i].id);
    free(config.services);
    return took;
}

int main(int argc, char **argv)
{
    size_t checks = argc > 1 ? (size_t) atol(argv[1]) : 80000;
    size_t watched = argc > 2 ? (size_t) atol(argv[2]) : 30;
    size_t flaps = argc > 3 ? (size_t) atol(argv[3]) : 1000;
    int64_t evaluation = run(checks, watched, flaps, 1) / EVALUATIONS;

    (void) printf("{\"checks\": %zu, \"watched\": %zu, \"flaps\": %zu, \"evaluation_ns\": %lld, \"watched_ns\": %lld, "
                  "\"passing_ns\": %lld}\n", checks, watched, flaps, (long long) evaluation,
                  (long long) (evaluation / (int64_t) (watched == 0 ? 1 : watched)),
                  (long long) (run(checks, watched, flaps, 0) / EVALUATIONS));
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine's part of a configuration: everything resolved, so that the engine looks nothing up.
 */
#include "aggregator/config/config_private.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/status.h"

enum { HOST_MIN_DWELL_S = 120, SUBJECT_BYTES = 160 };

void lookup_tiers(const struct engine_service *services, size_t n_services, int *tiers)
{
    CLEANUP(mem_freep) size_t *stack = mem_new_array(n_services, sizeof *stack);
    for (size_t i = 0; i < n_services; i++)
        tiers[i] = 0;

    /* From the most critical tier down: whoever is reached first keeps it, and is walked once. */
    for (int tier = 1; tier <= 3; tier++) {
        for (size_t i = 0; i < n_services; i++) {
            if (services[i].tier != tier || tiers[i] != 0)
                continue;
            size_t n = 0;
            stack[n++] = i;
            tiers[i] = tier;
            while (n > 0) {
                const struct engine_service *service = &services[stack[--n]];
                for (size_t j = 0; j < service->n_depends_on; j++) {
                    size_t below = service->depends_on[j];
                    if (tiers[below] == 0) {
                        tiers[below] = tier;
                        stack[n++] = below;
                    }
                }
            }
        }
    }
}

/* A walk in depth without recursion: configured services may hang in one long chain. */
struct cycle_walk {
    const struct engine_service *services;
    size_t *path;          /* services we are in */
    size_t *next;          /* dependency of each to look at next, by service */
    unsigned char *seen;   /* by service: 0 not yet, 1 on the path, 2 done */
    size_t n_path;
};

static void print_cycle(const struct cycle_walk *walk, size_t again, FILE *out)
{
    size_t from = walk->n_path;
    while (walk->path[from - 1] != again)
        from--;
    for (size_t i = from - 1; i < walk->n_path; i++)
        (void) fprintf(out, "%s -> ", walk->services[walk->path[i]].id);
    (void) fprintf(out, "%s\n", walk->services[again].id);
}

static int walk_from(struct cycle_walk *walk, size_t start, int max, FILE *out)
{
    int printed = 0;
    walk->path[walk->n_path++] = start;
    walk->seen[start] = 1;
    while (walk->n_path > 0) {
        size_t at = walk->path[walk->n_path - 1];
        const struct engine_service *service = &walk->services[at];
        if (walk->next[at] == service->n_depends_on) {
            walk->seen[at] = 2;
            walk->n_path--;
            continue;
        }
        size_t below = service->depends_on[walk->next[at]++];
        if (walk->seen[below] == 1 && printed < max) {
            print_cycle(walk, below, out);
            printed++;
        } else if (walk->seen[below] == 0) {
            walk->path[walk->n_path++] = below;
            walk->seen[below] = 1;
        }
    }
    return printed;
}

int print_cycles(const struct engine_service *services, size_t n_services, int max, FILE *out)
{
    CLEANUP(mem_freep) size_t *path = mem_new_array(n_services, sizeof *path);
    CLEANUP(mem_freep) size_t *next = mem_new_array(n_services, sizeof *next);
    CLEANUP(mem_freep) unsigned char *seen = mem_new(n_services);
    struct cycle_walk walk = {.services = services, .path = path, .next = next, .seen = seen};
    int printed = 0;
    for (size_t i = 0; i < n_services && printed < max; i++) {
        if (seen[i] == 0)
            printed += walk_from(&walk, i, max - printed, out);
    }
    return printed;
}

static void fill_services(struct engine_config *engine, const struct registry *registry)
{
    for (size_t i = 0; i < registry->n_services; i++) {
        const struct service_entry *entry = &registry->services[i];
        size_t *depends_on = mem_new_array(entry->depends_on.n, sizeof *depends_on);
        for (size_t j = 0; j < entry->depends_on.n; j++) {
            const struct service_entry *below = registry_find(registry, entry->depends_on.items[j]);
            assert(below != NULL);    /* the registry refuses what is not defined */
            depends_on[j] = (size_t) (below - registry->services);
        }
        engine->services[i] = (struct engine_service) {
            .id = entry->id, .name = entry->name, .tier = entry->tier, .depends_on = depends_on,
            .n_depends_on = entry->depends_on.n};
    }
}

static void resolve_services(struct engine_config *engine, const struct aggregator_config *config)
{
    CLEANUP(mem_freep) int *tiers = mem_new_array(engine->n_services, sizeof *tiers);
    lookup_tiers(engine->services, engine->n_services, tiers);
    for (size_t i = 0; i < engine->n_services; i++)
        params_resolve(&engine->services[i].params, &config->params, tiers[i],
                       &config->registry.services[i].overrides);
}

/* A host's check recovers or gets worse in minutes; 120 s is its dwell where nothing was said. */
static void resolve_host(struct params *out, const struct param_layers *layers, int tier,
                         const struct param_overrides *rule)
{
    enum param_origin origin;
    params_resolve(out, layers, tier, rule);
    (void) param_resolve(PARAM_min_dwell_s, layers, tier, rule, &origin);
    if (origin == PARAM_SHIPPED)
        out->value[PARAM_min_dwell_s] = HOST_MIN_DWELL_S;
}

static void resolve_hosts(struct engine_config *engine, const struct aggregator_config *config)
{
    for (int tier = 1; tier <= 3; tier++)
        resolve_host(&engine->host_params[tier - 1], &config->params, tier, NULL);

    engine->n_rules = config->n_host_rules;
    engine->rules = mem_new_array(config->n_host_rules, sizeof *engine->rules);
    for (size_t i = 0; i < config->n_host_rules; i++)
        resolve_host(&engine->rules[i].params, &config->params, config->host_rules[i].tier,
                     &config->host_rules[i].overrides);
}

static int rank_of(const char *level)
{
    enum status status = STATUS_UNKNOWN;
    if (level == NULL)
        return -1;
    (void) status_parse(text_of(level), &status);    /* the reader has said that it is one */
    return status_rank(status);
}

static void fill_routes(struct engine_config *engine, const struct aggregator_config *config)
{
    if (!config->routes_given) {
        engine->routes = engine_builtin_routes;
        engine->n_routes = engine_n_builtin_routes;
        return;
    }
    struct route *routes = mem_new_array(config->n_routes, sizeof *routes);
    for (size_t i = 0; i < config->n_routes; i++) {
        const struct route_entry *entry = &config->routes[i];
        routes[i] = (struct route) {
            .classes = entry->classes, .tiers = entry->tiers, .min_level = rank_of(entry->min_level),
            .max_level = rank_of(entry->max_level), .slo = entry->slo,
            .channels = (const char *const *) entry->channels.items, .n_channels = entry->channels.n};
    }
    engine->routes = routes;
    engine->n_routes = config->n_routes;
}

static void fill_areas(struct engine_config *engine, const struct aggregator_config *config)
{
    engine->areas = config->evidence_given ? config->evidence : engine_builtin_areas;
    engine->n_areas = config->evidence_given ? config->n_evidence : engine_n_builtin_areas;
}

struct engine_config *engine_part_new(const struct aggregator_config *config)
{
    struct engine_config *engine = mem_new(sizeof *engine);
    engine->n_services = config->registry.n_services;
    engine->services = mem_new_array(engine->n_services, sizeof *engine->services);
    fill_services(engine, &config->registry);
    resolve_services(engine, config);
    params_resolve(&engine->params, &config->params, 0, NULL);
    resolve_hosts(engine, config);
    fill_routes(engine, config);
    fill_areas(engine, config);
    return engine;
}

static int check_params(const struct params *params, const char *subject, struct error *err)
{
    int64_t low = params->value[PARAM_flap_low_pct];
    int64_t high = params->value[PARAM_flap_high_pct];

    if (low <= high)
        return 0;
    return error_set(err, -EINVAL, "%s: flap_low_pct is %lld and flap_high_pct %lld, expected it to be at most that", subject,
                     (long long) low, (long long) high);
}

int engine_part_check(const struct engine_config *engine, struct error *err)
{
    char subject[SUBJECT_BYTES];
    int r = check_params(&engine->params, "engine", err);

    for (size_t i = 0; r == 0 && i < engine->n_services; i++) {
        (void) snprintf(subject, sizeof subject, "service %s", engine->services[i].id);
        r = check_params(&engine->services[i].params, subject, err);
    }
    for (int tier = 1; r == 0 && tier <= 3; tier++) {
        (void) snprintf(subject, sizeof subject, "engine.tiers.%d", tier);
        r = check_params(&engine->host_params[tier - 1], subject, err);
    }
    for (size_t i = 0; r == 0 && i < engine->n_rules; i++) {
        (void) snprintf(subject, sizeof subject, "hosts[%zu]", i);
        r = check_params(&engine->rules[i].params, subject, err);
    }
    return r;
}

void engine_part_free(struct engine_config *engine)
{
    if (engine == NULL)
        return;
    for (size_t i = 0; i < engine->n_services; i++)
        free((void *) (uintptr_t) engine->services[i].depends_on);    /* const for its readers */
    free(engine->services);
    free(engine->rules);
    if (engine->routes != engine_builtin_routes)
        free((void *) (uintptr_t) engine->routes);
    free(engine);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine's part as canonical JSON, in the shape of the YAML it came from: what two configurations are compared by, and
 * what is kept of each that was ever live.
 */
#include "aggregator/config/config_private.h"

#include <assert.h>
#include <jansson.h>

#include "aggregator/config/param_json.h"
#include "aggregator/engine/readiness.h"
#include "common/mem.h"
#include "common/status.h"

static void set(json_t *object, const char *key, json_t *value)
{
    int r = json_object_set_new(object, key, value);
    assert(r == 0);    /* texts are UTF-8: YAML refuses others */
}

static void append(json_t *array, json_t *value)
{
    int r = json_array_append_new(array, value);
    assert(r == 0);
}

static void set_params(json_t *object, const struct param_overrides *overrides)
{
    for (unsigned i = 0; i < PARAM_COUNT; i++) {
        if (overrides->set[i])
            set(object, param_rows[i].name, param_json((enum param) i, overrides->value[i]));
    }
}

static json_t *engine_json(const struct param_layers *layers)
{
    static const char *const names[] = {"1", "2", "3"};
    json_t *engine = json_object();
    json_t *tiers = json_object();
    set_params(engine, &layers->file);
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        json_t *tier = json_object();
        set_params(tier, &layers->tiers[i]);
        set(tiers, names[i], tier);
    }
    set(engine, "tiers", tiers);
    return engine;
}

static json_t *words_json(const char *const *words, size_t n)
{
    json_t *array = json_array();
    for (size_t i = 0; i < n; i++)
        append(array, json_string(words[i]));
    return array;
}

static json_t *services_json(const struct aggregator_config *config)
{
    json_t *array = json_array();
    for (size_t i = 0; i < config->registry.n_services; i++) {
        const struct service_entry *entry = &config->registry.services[i];
        json_t *service = json_object();
        set(service, "id", json_string(entry->id));
        set(service, "name", json_string(entry->name));
        set(service, "tier", json_integer(entry->tier));
        set(service, "depends_on", words_json((const char *const *) entry->depends_on.items, entry->depends_on.n));
        set_params(service, &entry->overrides);
        append(array, service);
    }
    return array;
}

static json_t *hosts_json(const struct aggregator_config *config)
{
    json_t *array = json_array();
    for (size_t i = 0; i < config->n_host_rules; i++) {
        const struct host_rule *rule = &config->host_rules[i];
        json_t *match = json_object();
        if (rule->name != NULL)
            set(match, "name", json_string(rule->name));
        if (rule->label != NULL)
            set(match, "label", json_string(rule->label));
        if (rule->check != NULL)
            set(match, "check", json_string(rule->check));
        json_t *object = json_object();
        set(object, "match", match);
        set(object, "tier", json_integer(rule->tier));
        set_params(object, &rule->overrides);
        append(array, object);
    }
    return array;
}

static json_t *route_json(const struct route *route)
{
    json_t *object = json_object();
    if (route->classes != 0) {
        json_t *classes = json_array();
        for (unsigned i = 0; i < ALERT_CLASS_COUNT; i++) {
            if ((route->classes & 1u << i) != 0)
                append(classes, json_string(alert_class_words[i]));
        }
        set(object, "class", classes);
    }
    if (route->tiers != 0) {
        json_t *tiers = json_array();
        for (int tier = 1; tier <= 3; tier++) {
            if ((route->tiers & 1u << tier) != 0)
                append(tiers, json_integer(tier));
        }
        set(object, "tier", tiers);
    }
    if (route->min_level >= 0)
        set(object, "min_level", json_string(status_name(status_from_number(route->min_level + 1))));
    if (route->max_level >= 0)
        set(object, "max_level", json_string(status_name(status_from_number(route->max_level + 1))));
    if (route->slo != NULL)
        set(object, "slo", json_string(route->slo));
    set(object, "channels", words_json(route->channels, route->n_channels));
    return object;
}

static json_t *area_json(const struct evidence_area *area)
{
    json_t *object = json_object();

    set(object, "area", json_string(area->name));
    set(object, "required", json_boolean(area->required));
    set(object, "weight", json_integer(area->weight));
    if (area_kind_of(area->name) == AREA_RECORDED) {
        set(object, "fresh_s", json_integer(area->fresh_s));
        set(object, "expire_s", json_integer(area->expire_s));
    }
    return object;
}

char *engine_part_json(const struct aggregator_config *config, const struct engine_config *engine)
{
    json_t *root = json_object();
    json_t *routes = json_array();
    for (size_t i = 0; i < engine->n_routes; i++)
        append(routes, route_json(&engine->routes[i]));
    json_t *areas = json_array();
    for (size_t i = 0; i < engine->n_areas; i++)
        append(areas, area_json(&engine->areas[i]));
    set(root, "engine", engine_json(&config->params));
    set(root, "evidence", areas);
    set(root, "hosts", hosts_json(config));
    set(root, "routes", routes);
    set(root, "services", services_json(config));

    char *json = json_dumps(root, JSON_COMPACT | JSON_SORT_KEYS);
    assert(json != NULL);    /* fails for cycles and bad UTF-8, and there is neither */
    char *copy = mem_copy_string(json);
    free(json);
    json_decref(root);
    return copy;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/body.h"
#include "aggregator/api/views.h"
#include "aggregator/config/param_json.h"

enum { EXPECTED_BYTES = 160 };

/* The value that stands for a service of this look-up tier that sets nothing itself. */
static json_t *value_json(const struct aggregator_config *config, enum param param, int tier)
{
    enum param_origin origin;
    json_t *object = json_object();

    body_put(object, "value", param_json(param, param_resolve(param, &config->params, tier, NULL, &origin)));
    body_text(object, "from", param_origin_name(origin));
    return object;
}

static json_t *parameter_json(const struct aggregator_config *config, enum param param)
{
    static const char *const tiers[] = {"1", "2", "3"};
    const struct param_row *row = &param_rows[param];
    char expected[EXPECTED_BYTES];
    json_t *object = json_object();
    json_t *by_tier = json_object();

    for (int tier = 1; tier <= 3; tier++)
        body_put(by_tier, tiers[tier - 1], value_json(config, param, tier));
    body_text(object, "name", row->name);
    body_text(object, "sentence", row->sentence);
    body_text(object, "unit", row->unit);
    body_text(object, "expected", param_expected(row, expected, sizeof expected));
    body_text(object, "environment", row->environment);
    body_put(object, "default", param_json(param, row->fallback));
    body_bool(object, "per_service", row->per_service);
    body_put(object, "tiers", by_tier);
    return object;
}

static json_t *channels_json(const struct aggregator_config *config)
{
    json_t *list = json_array();

    for (size_t i = 0; i < config->n_channels; i++)
        json_array_append_new(list, body_string(config->channels[i].name));
    return list;
}

int views_config(struct render *render)
{
    const struct aggregator_config *config = render->config;
    json_t *object = json_object();
    json_t *parameters = json_array();

    render_read_done(render);
    for (unsigned i = 0; i < PARAM_COUNT; i++)
        json_array_append_new(parameters, parameter_json(config, (enum param) i));
    body_text(object, "digest", config->digest);
    body_text(object, "services_file", config->services_file);
    body_put(object, "parameters", parameters);
    body_put(object, "channels", channels_json(config));
    body_put(object, "rules", json_loads(config->engine_json, 0, NULL));
    return body_write(object, render->out);
}

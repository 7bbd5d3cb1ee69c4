/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/config/config_private.h"

#include "common/mem.h"

enum { TIER_DEFAULT = 2 };

/* The look-up that made the engine's part, once more for one service. */
struct lookup {
    int tier;
    const struct param_overrides *own;     /* NULL: none */
};

static struct lookup lookup_host(const struct aggregator_config *config, const struct param_subject *subject)
{
    int64_t position;
    struct lookup lookup = {.tier = subject->tier};

    if (text_to_int64(text_of(subject->host_rule), 1, (int64_t) config->n_host_rules, &position)) {
        lookup.tier = config->host_rules[position - 1].tier;
        lookup.own = &config->host_rules[position - 1].overrides;
    }
    return lookup;
}

static struct lookup lookup_service(const struct aggregator_config *config, const char *id)
{
    const struct service_entry *entry = registry_find(&config->registry, id);
    const struct engine_config *engine = config->engine;
    if (entry == NULL)
        return (struct lookup) {.tier = TIER_DEFAULT};

    CLEANUP(mem_freep) int *tiers = mem_new_array(engine->n_services, sizeof *tiers);
    lookup_tiers(engine->services, engine->n_services, tiers);
    return (struct lookup) {.tier = tiers[entry - config->registry.services], .own = &entry->overrides};
}

void aggregator_config_origins(const struct aggregator_config *config, const struct param_subject *subject,
                               enum param_origin out[static PARAM_COUNT])
{
    struct lookup lookup = subject->registered ? lookup_host(config, subject) : lookup_service(config, subject->service);

    for (int i = 0; i < PARAM_COUNT; i++)
        (void) param_resolve((enum param) i, &config->params, lookup.tier, lookup.own, &out[i]);
}

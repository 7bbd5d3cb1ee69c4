/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/engine/route.h"

#include <stdint.h>
#include <string.h>

#include "common/mem.h"

static const char *const ops[] = {"ops"};
static const char *const chat[] = {"chat"};
static const char *const ticket[] = {"ticket"};
static const char *const page_and_chat[] = {"page", "chat"};

#define TO(list) .channels = (list), .n_channels = ARRAY_SIZE(list)
#define CLASS(name) (1u << ALERT_##name)
#define ANY_LEVEL .min_level = -1, .max_level = -1

const struct route engine_builtin_routes[] = {
    { .classes = CLASS(POLLER) | CLASS(COLLECTOR) | CLASS(SELF), ANY_LEVEL, TO(ops) },
    { .classes = CLASS(SLO), .slo = "fast", ANY_LEVEL, TO(page_and_chat) },
    { .classes = CLASS(SLO), .slo = "slow", ANY_LEVEL, TO(chat) },
    { .classes = CLASS(SLO), .slo = "ticket", ANY_LEVEL, TO(ticket) },
    { .classes = CLASS(SERVICE) | CLASS(FLAP), .tiers = 1u << 1, .min_level = 2, .max_level = -1, TO(page_and_chat) },
    { .classes = CLASS(SERVICE) | CLASS(FLAP), .tiers = 1u << 2, .min_level = 3, .max_level = -1, TO(page_and_chat) },
    { .classes = CLASS(SERVICE) | CLASS(FLAP), .tiers = 1u << 3, .min_level = -1, .max_level = 1 },
    { .classes = CLASS(SERVICE) | CLASS(FLAP), ANY_LEVEL, TO(chat) },
};
const size_t engine_n_builtin_routes = ARRAY_SIZE(engine_builtin_routes);

static bool matches(const struct route *route, const struct route_question *asked)
{
    if (route->classes != 0 && (route->classes >> asked->class & 1) == 0)
        return false;
    if (route->tiers != 0 && (route->tiers >> asked->tier & 1) == 0)
        return false;
    if (route->min_level >= 0 && asked->level < route->min_level)
        return false;
    if (route->max_level >= 0 && (asked->level < 0 || asked->level > route->max_level))
        return false;
    return route->slo == NULL || (asked->slo != NULL && strcmp(route->slo, asked->slo) == 0);
}

const struct route *route_find(const struct route *routes, size_t n_routes, const struct route_question *asked)
{
    for (size_t i = 0; i < n_routes; i++) {
        if (matches(&routes[i], asked))
            return &routes[i];
    }
    return NULL;
}

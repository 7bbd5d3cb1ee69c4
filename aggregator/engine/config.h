/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config: the engine's part of a configuration, as plain values. Built by aggregator/config, never changed after.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/params.h"
#include "common/status.h"

/* Classes of alerts (engine.md 6). A set of them is a bit mask. */
enum alert_class { ALERT_SERVICE, ALERT_POLLER, ALERT_COLLECTOR, ALERT_SLO, ALERT_SELF, ALERT_FLAP, ALERT_CLASS_COUNT };

/* One line of routing (R1): the first whose fields all match gives the channels. */
struct route {
    uint32_t classes;                  /* bit 1 << enum alert_class; 0: any */
    uint32_t tiers;                    /* bit 1 << tier; 0: any */
    int min_level;                     /* rank 0..3, service and flap only; -1: any */
    int max_level;                     /* rank 0..3; -1: any */
    const char *slo;                   /* fast, slow, ticket; NULL: any */
    const char *const *channels;
    size_t n_channels;                 /* 0: nobody is told */
};

struct engine_service {
    const char *id;
    const char *name;
    int tier;                          /* 1..3, for routing */
    const size_t *depends_on;          /* indices into services */
    size_t n_depends_on;
    struct params params;              /* resolved, the look-up tier of engine.md 17 already applied */
};

/* What a hosts: rule gives the registered services that it matches. */
struct engine_rule {
    struct params params;
};

struct engine_config {
    struct engine_service *services;   /* sorted by id */
    size_t n_services;
    struct params params;              /* of the engine, for those that are not per service */
    struct params host_params[3];      /* of registered services without a rule, by tier 1..3 */
    struct engine_rule *rules;         /* of registered services by hosts: rule, position - 1 */
    size_t n_rules;
    const struct route *routes;        /* the built-in ones when the file has none */
    size_t n_routes;
    const char *digest;                /* hex */
};

/* The shipped routing (R1), used when a configuration has no routes. */
extern const struct route engine_builtin_routes[];
extern const size_t engine_n_builtin_routes;

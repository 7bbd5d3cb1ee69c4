/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config: the engine's part of a configuration, as plain values. Built by aggregator/config, never changed after.
 */
#pragma once

#include <stdbool.h>
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

enum { EVIDENCE_AREAS_MAX = 32 };

/* One area of readiness (V1..V4). incidents and monitoring are computed and have no times. */
struct evidence_area {
    const char *name;
    bool required;                     /* without it nothing is ready */
    int weight;                        /* 0..1000, in the overall score */
    int64_t fresh_s;                   /* a record counts in full up to this age */
    int64_t expire_s;                  /* and not at all from this one on; at least fresh_s */
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
    const struct evidence_area *areas; /* the built-in ones when the file has none */
    size_t n_areas;                    /* at most EVIDENCE_AREAS_MAX */
    const char *digest;                /* hex */
};

/* The shipped routing (R1), used when a configuration has no routes. */
extern const struct route engine_builtin_routes[];
extern const size_t engine_n_builtin_routes;

/* The shipped areas, used when a configuration has no table of evidence. */
extern const struct evidence_area engine_builtin_areas[];
extern const size_t engine_n_builtin_areas;

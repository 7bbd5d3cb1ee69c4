/* SPDX-License-Identifier: Apache-2.0 */
/*
 * route: which channels hear of an alert (R1, R2). The shipped routing is engine_builtin_routes of config.h. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "aggregator/engine/config.h"

/* What an alert shows to routing. */
struct route_question {
    enum alert_class class;
    int tier;             /* 1..3 */
    int level;            /* rank 0..3; -1: this class has no level to route by */
    const char *slo;      /* fast, slow, ticket; NULL: not an slo alert */
};

/* The first route all of whose fields match; NULL when none does. A field of which the alert has nothing to show
 * (a level, an slo word) does not match it. */
const struct route *route_find(const struct route *routes, size_t n_routes, const struct route_question *);

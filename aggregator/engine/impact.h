/* SPDX-License-Identifier: Apache-2.0 */
/*
 * impact: who stands on a service (B1). Holds the graph of depends_on turned round; built once a configuration.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "aggregator/engine/config.h"

struct impact {                /* all zero: no services */
    uint32_t *starts;          /* owned, n + 1: where a service's dependents begin in `dependents` */
    uint32_t *dependents;      /* owned: indices into the configuration's services */
    uint32_t *seen;            /* owned, n: the walk that last came by */
    uint32_t *queue;           /* owned, n: room for a walk */
    uint32_t walk;
    uint32_t n;
};

/* Builds anew; what was there is freed. */
void impact_build(struct impact *, const struct engine_config *);

/* All services that reach this one over depends_on, itself excluded, each once: how many, and by tier. */
void impact_of(struct impact *, const struct engine_config *, size_t service, uint32_t *n, uint32_t tiers[3]);

/* Frees; leaves all zero. */
void impact_done(struct impact *);

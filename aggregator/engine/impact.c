/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/engine/impact.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

/* Turns the edges round: counts them, sums the counts into starts, then fills in. */
void impact_build(struct impact *impact, const struct engine_config *config)
{
    impact_done(impact);
    size_t n = config->n_services;
    impact->n = (uint32_t) n;
    impact->starts = mem_new_array(n + 2, sizeof *impact->starts);
    impact->seen = mem_new_array(n, sizeof *impact->seen);
    impact->queue = mem_new_array(n, sizeof *impact->queue);

    for (size_t i = 0; i < n; i++) {
        const struct engine_service *service = &config->services[i];
        for (size_t d = 0; d < service->n_depends_on; d++) {
            assert(service->depends_on[d] < n);
            impact->starts[service->depends_on[d] + 2]++;
        }
    }
    for (size_t i = 2; i < n + 2; i++)
        impact->starts[i] += impact->starts[i - 1];

    impact->dependents = mem_new_array(impact->starts[n + 1], sizeof *impact->dependents);
    for (size_t i = 0; i < n; i++) {
        const struct engine_service *service = &config->services[i];
        for (size_t d = 0; d < service->n_depends_on; d++)
            impact->dependents[impact->starts[service->depends_on[d] + 1]++] = (uint32_t) i;
    }
}

void impact_of(struct impact *impact, const struct engine_config *config, size_t service, uint32_t *n,
               uint32_t tiers[3])
{
    uint32_t taken = 0;
    uint32_t waiting = 0;

    assert(service < impact->n);
    if (++impact->walk == 0) {    /* after four thousand million walks */
        memset(impact->seen, 0, impact->n * sizeof *impact->seen);
        impact->walk = 1;
    }
    memset(tiers, 0, 3 * sizeof tiers[0]);
    impact->seen[service] = impact->walk;
    uint32_t at = (uint32_t) service;
    for (;;) {
        for (uint32_t d = impact->starts[at]; d < impact->starts[at + 1]; d++) {
            uint32_t dependent = impact->dependents[d];
            if (impact->seen[dependent] == impact->walk)
                continue;
            impact->seen[dependent] = impact->walk;
            impact->queue[waiting++] = dependent;
            tiers[config->services[dependent].tier - 1]++;
        }
        if (taken == waiting)
            break;
        at = impact->queue[taken++];
    }
    *n = waiting;
}

void impact_done(struct impact *impact)
{
    free(impact->starts);
    free(impact->dependents);
    free(impact->seen);
    free(impact->queue);
    *impact = (struct impact) {0};
}

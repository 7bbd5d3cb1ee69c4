/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a notification says of a vendor's page and our own probes, from the sources as they stand at the end of the round.
 */
#include <stdio.h>
#include <string.h>

#include "aggregator/core_private.h"
#include "aggregator/engine/outlook.h"
#include "common/truth.h"

/* Its host, when nobody we track carries it, is named by its source: COLLECTOR/CHECK. */
static struct truth_look look_of(struct core *core, const struct outlook_source *source)
{
    const char *reason = source_reason(sources_at(&core->sources, source->slot));

    return (struct truth_look) {
        .host = source->collector == NULL ? source->id : source->collector,
        .level = source->level,
        .sees = !source->silent && !source->failed,
        .cut_off = source->failed && strcmp(reason, "egress") == 0,
    };
}

static void take_sources(struct core *core, const struct outlook *outlook, struct truth *truth)
{
    for (size_t i = 0; i < outlook->n_sources; i++) {
        struct outlook_source source;
        outlook_source(core->engine, outlook->service, i, &source);
        struct truth_look look = look_of(core, &source);
        if (source.is_probe)
            truth_probe(truth, &look);
        else
            truth_page(truth, look.cut_off);
    }
}

static void take_control(struct core *core, const struct service_entry *control, struct truth *truth)
{
    struct outlook outlook;
    size_t n = outlook_of(core->engine, control->id, &outlook) ? outlook.n_sources : 0;
    for (size_t i = 0; i < n; i++) {
        struct outlook_source source;
        outlook_source(core->engine, control->id, i, &source);
        struct truth_look look = look_of(core, &source);
        if (source.is_probe)
            truth_control(truth, control->name, &look);
    }
}

void core_say_truth(struct core *core, const char *service, OutboxRow *row)
{
    struct outlook outlook;
    struct truth_told told;
    if (!outlook_of(core->engine, service, &outlook))
        return;

    struct truth truth = {.page = outlook.said_vendor, .probes = outlook.said_probe};
    take_sources(core, &outlook, &truth);
    const struct registry *registry = &core->config->registry;
    for (size_t i = 0; i < registry->n_services && truth_needs_control(&truth); i++) {
        if (registry->services[i].control && strcmp(registry->services[i].id, service) != 0)
            take_control(core, &registry->services[i], &truth);
    }
    if (truth_tell(&truth, &told))
        (void) snprintf(row->truth, sizeof row->truth, "%s", told.says);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/intake_items.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "aggregator/core_private.h"
#include "aggregator/intake_vendor.h"
#include "common/log.h"
#include "common/metrics.h"

static int bad_name(const char *what, const char *service, const char *check, struct error *err)
{
    return error_set(err, -EBADMSG, "%s of check \"%s\" of service \"%s\": expected ids of [a-z0-9][a-z0-9._-]*", what,
                     check, service);
}

/* A source that the engine keeps is one of a registered service: the usual case, and the engine is about to look there anyway. */
static bool is_registered(struct intake_batch *batch, const struct split_names *names)
{
    uint32_t slot;

    return engine_source_slot(batch->core->engine, names->service, names->source, &slot)
        || input_register(batch->core, batch->collector, names->service);
}

bool intake_may_speak_of(struct intake_batch *batch, const char *service)
{
    if (!batch->collector->permit.services) {
        log_warning("wire.service_refused", "this key may not speak for configured services: enroll it with --services",
                    LOG_TEXT("collector", batch->collector->name), LOG_TEXT("service", service));
    } else if (registry_find(&batch->core->config->registry, service) != NULL) {
        return true;
    } else {
        log_warning("wire.service_unknown", "a service that is not configured here",
                    LOG_TEXT("collector", batch->collector->name), LOG_TEXT("service", service));
    }
    metric_add(METRIC_REJECTED_SERVICE, 1);
    return false;
}

/* Whether this collector may speak of this service: a check of its own, or a configured service by a key that may. */
static bool may_speak(struct intake_batch *batch, const struct split_names *names)
{
    if (!names->is_host)
        return intake_may_speak_of(batch, names->service);
    if (is_registered(batch, names))
        return true;
    log_warning("host.too_many_checks", "a host has more checks than are taken of one",
                LOG_TEXT("host", batch->collector->name), LOG_TEXT("service", names->service),
                LOG_INT("at_most", ROSTER_CHECKS_MAX));
    metric_add(METRIC_REJECTED_SERVICE, 1);
    return false;
}

static int take_report(struct intake_batch *batch, const Item *item, uint64_t sequence, struct error *err)
{
    const Report *report = &item->body.observation;
    struct split_names names;
    metric_add(METRIC_ITEMS_OBSERVATION, 1);
    if (!split_name(batch->collector->name, report->service, report->check, &names))
        return bad_name("an observation", report->service, report->check, err);
    if (!may_speak(batch, &names))
        return 0;

    Observation observation;
    split_report(&batch->frame, &names, item, sequence, &observation);
    input_observe(batch->core, &observation, report);
    batch->observed = true;
    return 0;
}

static int take_metrics(struct intake_batch *batch, const Item *item, struct error *err)
{
    const Metrics *metrics = &item->body.metrics;
    struct round *round = &batch->core->round;
    metric_add(METRIC_ITEMS_METRICS, 1);
    if (!text_is_id(text_of(metrics->check), CHECK_BYTES_MAX))
        return bad_name("metrics", "", metrics->check, err);

    struct round_host *host = round_add_host(round, batch->collector);
    struct round_metrics *some = arena_new(&round->arena, sizeof *some);
    Metric *copy = arena_new(&round->arena, metrics->metrics_count * sizeof *copy);
    memcpy(copy, metrics->metrics, metrics->metrics_count * sizeof *copy);
    *some = (struct round_metrics) {
        .check = arena_copy_string(&round->arena, metrics->check), .metrics = copy, .n = metrics->metrics_count,
        .at_ms = split_observed_at(&batch->frame, item->at_boot_ms),
    };
    if (host->last == NULL)
        host->metrics = some;
    else
        host->last->next = some;
    host->last = some;
    return 0;
}

static int take_line(struct intake_batch *batch, const Source *line, struct error *err)
{
    struct core *core = batch->core;
    struct collector *collector = batch->collector;
    struct split_names names;
    metric_add(METRIC_ITEMS_SOURCE, 1);
    if (!split_name(collector->name, line->service, line->check, &names))
        return bad_name("a line of the catalogue", line->service, line->check, err);
    if (!may_speak(batch, &names))
        return 0;

    uint32_t slot;
    if (engine_source_slot(core->engine, names.service, names.source, &slot))
        source_list(sources_at(&core->sources, slot), line);
    round_add_line(&core->round, (struct round_line) {.service = names.service, .source = names.source, .line = line});
    round_touch(&core->round, names.is_host ? VIEW_HOSTS : VIEW_SERVICES);
    (void) snprintf(collector->catalogue_digest, sizeof collector->catalogue_digest, "%s",
                    collector->catalogue_announced);
    return 0;
}

int intake_item(struct intake_batch *batch, const Item *item, uint64_t sequence, struct error *err)
{
    switch (item->which_body) {
    case Item_observation_tag:
        return take_report(batch, item, sequence, err);
    case Item_metrics_tag:
        return take_metrics(batch, item, err);
    case Item_source_tag:
        return take_line(batch, &item->body.source, err);
    case Item_vendor_item_tag:
        return intake_vendor_item(batch, item, err);
    case Item_vendor_list_tag:
        return intake_vendor_list(batch, item, err);
    default:
        return error_set(err, -EBADMSG, "item without content we know");
    }
}

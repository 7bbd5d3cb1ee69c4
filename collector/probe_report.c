/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/probe_report.h"

#include <string.h>

#include "common/mem.h"
#include "common/text.h"

bool probe_report(const struct probe_subject *subject, const struct verdict *verdict, Item *out)
{
    if (verdict->silent)
        return false;

    *out = (Item) {.at_boot_ms = subject->at_boot_ms, .which_body = Item_observation_tag};
    Report *report = &out->body.observation;
    report->kind = SOURCE_PROBE;
    report->result = verdict->ok ? RESULT_OK : RESULT_FAIL;
    report->level = verdict->ok ? (Level) verdict->level : LEVEL_UNKNOWN;
    report->every_s = (uint32_t) ((subject->every_ms + 999) / 1000);
    (void) text_copy(report->service, sizeof report->service, text_of(subject->service));   /* these four fit: same bounds */
    (void) text_copy(report->check, sizeof report->check, text_of(verdict->check));
    (void) text_copy(report->reason, sizeof report->reason, text_of(verdict->ok ? "" : verdict->reason));
    (void) text_copy(report->detail, sizeof report->detail, text_of(verdict->detail));
    return true;
}

bool probe_metrics(const struct probe_subject *subject, const struct verdict *verdict, Item *out)
{
    if (verdict->n_metrics == 0 || subject->service[0] != '\0')
        return false;

    *out = (Item) {.at_boot_ms = subject->at_boot_ms, .which_body = Item_metrics_tag};
    Metrics *metrics = &out->body.metrics;
    (void) text_copy(metrics->check, sizeof metrics->check, text_of(verdict->check));
    _Static_assert(VERDICT_METRICS_MAX == ARRAY_SIZE(metrics->metrics), "one item holds what one verdict holds");
    memcpy(metrics->metrics, verdict->metrics, verdict->n_metrics * sizeof verdict->metrics[0]);
    metrics->metrics_count = (pb_size_t) verdict->n_metrics;
    return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/probes/probe.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "common/text.h"

bool verdict_metric(struct verdict *verdict, const char *name, double value, const char *unit)
{
    if (verdict->n_metrics == VERDICT_METRICS_MAX || !isfinite(value))
        return false;

    Metric *metric = &verdict->metrics[verdict->n_metrics++];
    *metric = (Metric) {.value = value};
    (void) text_copy(metric->name, sizeof metric->name, text_of(name));   /* ours: shorter than the schema's bound */
    (void) text_copy(metric->unit, sizeof metric->unit, text_of(unit));
    return true;
}

void verdict_ok(struct verdict *verdict, enum status level, const char *format, ...)
{
    char words[2 * DETAIL_BYTES_MAX];
    va_list args;
    va_start(args, format);
    (void) vsnprintf(words, sizeof words, format, args);   /* a long detail is cut, here or below */
    va_end(args);
    verdict->ok = true;
    verdict->level = level;
    (void) text_copy(verdict->detail, sizeof verdict->detail, text_of(words));
}

void verdict_fail(struct verdict *verdict, const char *reason, const char *format, ...)
{
    char words[2 * DETAIL_BYTES_MAX];
    va_list args;
    va_start(args, format);
    (void) vsnprintf(words, sizeof words, format, args);
    va_end(args);
    verdict->ok = false;
    verdict->silent = false;
    verdict->level = STATUS_UNKNOWN;
    (void) text_copy(verdict->reason, sizeof verdict->reason, text_of(reason));
    (void) text_copy(verdict->detail, sizeof verdict->detail, text_of(words));
}

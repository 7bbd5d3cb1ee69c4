/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe: a look at the host or at something it can reach. A probe takes the loop, runs without blocking it, and calls back
 * with what it found. Each has its own file; judging is pure (sample and thresholds in, level out) and tested as such.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "common/limits.h"
#include "common/status.h"
#include "proto/wire.pb.h"

enum { VERDICT_METRICS_MAX = 32 };

/* What a probe found out. */
struct verdict {
    char check[CHECK_BYTES_MAX + 1];
    bool ok;                           /* false: could not find out; reason is one word */
    bool silent;                       /* too early for a verdict: metrics only */
    enum status level;
    char reason[25];
    char detail[DETAIL_BYTES_MAX + 1];
    Metric metrics[VERDICT_METRICS_MAX];
    size_t n_metrics;
};

/* Adds a metric; false when there is no room or the value is not finite. */
bool verdict_metric(struct verdict *, const char *name, double value, const char *unit);

/* Looked: a level and one sentence. */
void verdict_ok(struct verdict *, enum status level, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Could not look: one word (permission, timeout, parse, gone, dns) and one sentence. */
void verdict_fail(struct verdict *, const char *reason, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * summary: what the first screen says: how bad it is, which alerts are open, whom we cannot hear. Read once, written as
 * JSON and as the page.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aggregator/api/service_view.h"
#include "aggregator/engine/config.h"

enum { SUMMARY_ALERTS_MAX = 500, SUMMARY_VERDICT_BYTES = 320 };

struct alert_view {
    const AlertState *alert;           /* in the arena */
    const char *level;                 /* its word now: a state, broken, silent, blind, … */
};

struct summary {
    struct service_view *services;     /* configured ones, worst first */
    size_t n_services;
    struct status_counts counts;
    enum status overall;               /* the worst; unknown is worse than operational and improves nothing */
    struct alert_view *alerts;         /* worst class and level first, then the oldest */
    size_t n_alerts;
    size_t alerts_total;               /* also those beyond the bound */
    size_t by_class[ALERT_CLASS_COUNT];          /* of all that are open */
    size_t n_acknowledged, n_held;     /* likewise: somebody has it; something is not told of it */
    const struct planned *planned;     /* the reader's */
};

int summary_read(const struct service_reader *, struct summary *out);

/* The headline, from data: "GitHub is a major outage since 10:22 UTC; 2 services are in trouble." Pure. */
void summary_verdict(const struct summary *, char out[static SUMMARY_VERDICT_BYTES]);

/* The word of an open alert's level now: a state, broken, silent, blind, … Static, or the row's. */
const char *alert_level(struct store_txn *, const AlertState *);

const char *alert_class_word(uint32_t alert_class);   /* service, poller, collector, slo, self, flap */

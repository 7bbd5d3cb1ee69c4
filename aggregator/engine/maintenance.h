/* SPDX-License-Identifier: Apache-2.0 */
/*
 * maintenance: planned work (M1..M3). A window lists subjects: service ids, alert keys, "*"; while it is active, and for
 * a grace after it, nothing but a resolve is sent of what they cover. Whoever notifies without an alert (a notice of
 * flapping, a count of silent collectors) asks by what the alert would be:
 *
 *     struct covered what = {.class = ALERT_FLAP, .key = key, .service = service};
 *     struct cover cover = maintenance_of(engine, &what);
 *     if (cover.reason != REASON_NONE) …    // maintenance, by cover.by; or maintenance_grace
 *
 * A subject is kept only while a window on it is active or its grace runs, so that without maintenance a question costs
 * nothing. Part of the engine; included by its files alone.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aggregator/engine/engine_private.h"

/* What a window may cover (M2): by its key; by its service; by its collector; and, unless it is of class self, by "*". */
struct covered {
    enum alert_class class;
    const char *key;                       /* of the alert, open or not */
    const struct service *service;         /* of a service, slo, flap or poller alert; NULL: none */
    const struct collector *collector;     /* of a poller's source, of a collector alert; NULL: none */
};

struct cover {
    enum reason reason;                    /* REASON_NONE, REASON_MAINTENANCE or REASON_MAINTENANCE_GRACE */
    const char *by;                        /* of the former: the smallest id of a window; borrowed until the next input */
};

/* M2, M3: whether it is in maintenance now, or in the grace after one. */
struct cover maintenance_of(const struct engine *, const struct covered *);

/* What an open alert is to maintenance_of; keys, services and collectors are borrowed from it. */
struct covered maintenance_covered(const struct alert *);

/* Whether an open alert is in maintenance or in its grace. */
bool maintenance_covers(const struct engine *, const struct alert *);

/* What covers an open alert may have changed, or it is new: counts it anew (K3, K6). */
void maintenance_review(struct engine *, struct alert *);

/* Handle the commands. Every alert that such a window covers, or covered, is touched. */
void maintenance_command(struct engine *, const Maintenance *, struct effects *);
void maintenance_end_command(struct engine *, const MaintenanceEnd *, struct effects *);

/* Step 1 of a pass over everything: ends, starts, graces that are over; arms all their timers. */
void maintenance_check_all(struct engine *, struct effects *);

/* Step 1 of a pass for what is due. */
int64_t window_due(const struct engine *, const struct timer *);
int64_t grace_due(const struct engine *, const struct timer *);
int maintenance_timers_compare(const struct timer *, const struct timer *);
void maintenance_timers_run(struct engine *, struct timer *const *, size_t n, struct effects *);

/* X3: a service that is removed leaves all windows, without a grace. */
void maintenance_leave(struct engine *, const char *service);

/* Rows: out, and in at start (-EINVAL: none of ours). */
void window_show(const struct window *, WindowState *out);
void grace_show(const struct subject *, GraceState *out);
int window_load(struct engine *, const WindowState *);
int grace_load(struct engine *, const GraceState *);

/* Frees all windows and subjects. */
void maintenance_free(struct engine *);

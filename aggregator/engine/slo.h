/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slo: burn rate alerts (S3..S7). One timer for all: at each multiple of slo_eval_s those services that have slo_enabled
 * are judged, and no others are looked at. Part of the engine; included by its files alone, but for slo_figures.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aggregator/engine/decision.h"
#include "aggregator/engine/list.h"
#include "common/burn.h"
#include "proto/rows.pb.h"

struct alert;
struct engine;
struct service;
struct timer;

/* One of a service's three alerts. */
struct burn {
    struct alert *alert;               /* open; NULL: none */
    bool open;                         /* the condition; the alert follows when the pass settles */
    uint32_t resets;                   /* S6 */
    uint32_t recur;
    int64_t closed_at_ms;              /* 0: never */
    int64_t closed_announced_at_ms;    /* the last time one closed that had been told of; 0: never */
};

/* What a service has while it is, or was, watched. */
struct slo {
    struct burn burns[BURN_KINDS];
};

/* ---- what the numbers are */

/* Uptime, budget and burn rates of a service now, for reports. */
struct slo_figures {
    bool has_uptime[UPTIME_WINDOWS];   /* S9: something is known of that window; never of what is kept briefly */
    int64_t uptime_ppm[UPTIME_WINDOWS];
    bool watched;                      /* slo_enabled; the rest is told only then */
    int64_t budget_remaining_ppm;      /* S8 */
    int64_t burn_milli[BURN_WINDOWS];  /* S4 */
};

/* False: no such service. */
bool slo_figures(const struct engine *, const char *service, struct slo_figures *out);

/* ---- the timer */

int64_t slo_due(const struct engine *, const struct timer *);
int slo_timers_compare(const struct timer *, const struct timer *);

/* Step 6 of a pass. */
void slo_timers_run(struct engine *, struct timer *const *, size_t n, struct effects *);

/* The clock has begun, has leapt (X2), or goes by another configuration (X3): what is due up to now is left out. */
void slo_arm(struct engine *);

/* ---- whom */

/* Its parameters are others: whether it is watched. slo_is_unwatched: it is not, and has alerts that are to end (X3). */
void slo_follow_params(struct engine *, struct service *);
bool slo_is_unwatched(const struct service *);

/* N7: adds its alerts to the n that settle_removed is to end; returns how many these are. */
size_t slo_gather_removed(struct engine *, const struct service *, size_t n);

/* What they go by may have changed. */
void slo_touch_alerts(struct engine *, const struct service *);

/* It is being removed. */
void slo_leave(struct service *);

/* ---- alerts, see struct alert_class_rules */

int slo_alert_level(const struct alert *);
enum reason slo_alert_held(const struct engine *, const struct alert *);
int64_t slo_alert_hold_ends(const struct engine *, const struct alert *);

/* The alert closes. */
void slo_let_go(struct engine *, const struct alert *);

/* An alert that was loaded; word is its level. -EINVAL: none of ours, or there is one. */
int slo_bind_alert(struct service *, struct alert *, const char *word);

/* ---- rows */

void slo_mark(struct engine *, struct service *);
void slo_show(const struct service *, SloState *out);
int slo_load(struct engine *, const SloState *);

/* When all rows are loaded: an alert and its condition go together. */
void slo_sort_out(struct service *);

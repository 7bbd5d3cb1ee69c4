/* SPDX-License-Identifier: Apache-2.0 */
/*
 * maintenance: windows of planned work (M1). A window lists subjects: service ids, alert keys, "*"; while it is active,
 * and for a grace after it (subject.h), nothing but a resolve is sent of what they cover (cover.h). Part of the engine;
 * included by its files alone.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aggregator/engine/engine_private.h"

/* Handle the commands. Every alert that such a window covers, or covered, is touched. */
void maintenance_command(struct engine *, const Maintenance *, struct effects *);
void maintenance_end_command(struct engine *, const MaintenanceEnd *, struct effects *);

/* Step 1 of a pass over everything: ends, starts, graces that are over; arms all their timers. */
void maintenance_check_all(struct engine *, struct effects *);

/* Step 1 of a pass for what is due. */
int64_t window_due(const struct engine *, const struct timer *);
int maintenance_timers_compare(const struct timer *, const struct timer *);
void maintenance_timers_run(struct engine *, struct timer *const *, size_t n, struct effects *);

/* Whether this subject stands in its list. */
bool window_lists(const struct window *, const char *subject);

/* X3: a service that is removed leaves all windows; no grace begins. */
void maintenance_leave(struct engine *, const char *service);

/* Rows: out, and in at start (-EINVAL: none of ours). */
void window_show(const struct window *, WindowState *out);
int window_load(struct engine *, const WindowState *);

/* Frees all windows and subjects. */
void maintenance_free(struct engine *);

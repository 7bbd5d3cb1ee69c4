/* SPDX-License-Identifier: Apache-2.0 */
/*
 * planned: the windows of planned work as the store has them, and whom those that are active cover. What is active is the
 * engine's word, not the clock's: so it is a function of the store.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aggregator/store/store.h"
#include "common/mem.h"

struct planned_window {
    const char *id, *by, *reason;      /* by, reason: "" when not told */
    const char **subjects;             /* service ids, alert keys, "*" */
    size_t n_subjects;
    bool active, vendor;
    int64_t start_ms, end_ms, set_at_ms;
};

struct planned {
    struct planned_window *windows;    /* the active ones, soonest over first; then those to come, soonest first */
    size_t n_windows, n_active;
    const char **covered;              /* the subjects of the active ones, sorted */
    size_t n_covered;
};

/* Everything lives in the arena. */
void planned_read(struct store_txn *, struct arena *, struct planned *out);

/* Whether an active window lists the service (or host's check), its alert, or everything. NULL: nothing is planned. */
bool planned_covers_service(const struct planned *, const char *service);

/* Whether an active window lists this host's collector, or everything. */
bool planned_covers_host(const struct planned *, const char *name);

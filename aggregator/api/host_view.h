/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host_view: a host as people and programs see it: its collector, its facts, its checks. Text lives in the arena.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aggregator/api/service_view.h"

enum { HOST_CHECKS_MAX = 256 };

struct host_view {
    const char *name;
    enum status status;                /* the worst of its checks; unknown when none is known or it is silent */
    bool heard;                        /* its collector has a row */
    bool silent;
    bool maintenance;                  /* an active window covers it */
    int64_t silent_since_ms, last_seen_ms;
    HostRow *row;                      /* facts and latest metrics; NULL: never told */
    CollectorRow *collector;           /* NULL: none */
    struct service_view *checks;       /* worst first */
    size_t n_checks;
    struct status_counts counts;
};

/* One host, by name. 0, STORE_ABSENT, or negative. */
int host_view_read(const struct service_reader *, const char *name, struct host_view *out);

/* From a row already read. */
void host_view_fill(const struct service_reader *, const HostRow *, struct host_view *out);

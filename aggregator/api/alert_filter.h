/* SPDX-License-Identifier: Apache-2.0 */
/*
 * alert_filter: which alerts a caller asks for. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "aggregator/api/query.h"
#include "common/limits.h"
#include "proto/rows.pb.h"

struct alert_filter {
    const struct query *query;         /* borrowed */
    bool open, closed;                 /* which tables are asked for */
    int64_t since_ms, until_ms;        /* alerts that were open at some moment between, both included */
};

/* An alert as it is filtered and shown. */
struct alert_item {
    const AlertState *alert;           /* borrowed */
    const char *level;                 /* of a closed service alert: the worst it had */
    int64_t closed_at_ms;              /* 0: open */
};

/* The query's. A value that can match nothing is refused: -EPROTO and a problem. */
int alert_filter_read(const struct query *, int64_t now_ms, struct alert_filter *out, struct problem *);

bool alert_filter_admits(const struct alert_filter *, const struct alert_item *);

/* critical, error, warning or info: how a pager would call this level. */
const char *alert_severity(const char *level);

/* The host (or collector) that it is about; false: none. */
bool alert_host(const AlertState *, char out[static ID_BYTES_MAX + 1]);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * maintenance_body: the body of POST /api/admin/maintenance, read strictly (see admin_body.h). Pure: whether a service of
 * that id is known is asked elsewhere.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "aggregator/api/problem.h"
#include "common/limits.h"
#include "common/text.h"
#include "proto/observation.pb.h"

enum { WINDOW_SECONDS_MAX = 365 * 24 * 3600 };

struct maintenance_body {
    Maintenance window;        /* id "" when not told; start, end, subjects and the rest as they go to the engine */
    bool starts_now;           /* no start was told: it is now_ms */
};

/* 0, or -EPROTO and a problem. now_ms: the wall clock, from which a window without a start runs. */
int maintenance_body_parse(struct text, int64_t now_ms, struct maintenance_body *out, struct problem *);

/* Whether this can be an alert's key: a class, then a service, source or collector of a possible form. */
bool maintenance_is_alert_key(struct text);

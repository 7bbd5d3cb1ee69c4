/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diff_report: a comparison as people read it, and as machines do.
 */
#pragma once

#include <jansson.h>
#include <stdio.h>

#include "aggregator/replay/diff.h"

struct diff_report {
    const struct diff *diff;           /* borrowed, as all that follows */
    struct diff_bounds bounds;
    const char *config;                /* name of the new configuration's file */
    int64_t whole_from_ms;             /* before it inputs are missing; 0: none are */
};

/* Differences by service and reason, each one, and the totals. */
void diff_report_print(const struct diff_report *, FILE *);

/* The same; the manual page lists the keys. Owned by the caller. */
json_t *diff_report_json(const struct diff_report *);

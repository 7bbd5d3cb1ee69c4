/* SPDX-License-Identifier: Apache-2.0 */
/*
 * confirm_view: what a service is about to become, when, and what is still missing (C2..C5). Pure; shows, decides nothing.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/params.h"
#include "common/status.h"
#include "proto/rows.pb.h"

enum { CONFIRM_LADDERS = 6 };          /* worse 1..3, better 0..2: the order of SourceState.counts */

struct confirm_view {
    enum status to;
    uint32_t polls;                    /* of the source that has most */
    uint32_t need;
    int64_t since_ms;                  /* when the ladder started */
    int64_t at_ms;                     /* not before; missing polls counted at the source's interval */
};

/* The largest count of any source in each ladder of this service, added source by source. */
void confirm_count(const ServiceState *, const SourceState *, uint32_t counts[static CONFIRM_LADDERS]);

/* The change that comes first if everything stays as it is. False: nothing is on its way. every_s: of the fastest source. */
bool confirm_next(const ServiceState *, const uint32_t counts[static CONFIRM_LADDERS], const struct params *,
                  uint32_t every_s, struct confirm_view *out);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * effective: what the sources say together now (E2..E5), from the number of votes for each level. Pure: its cost does
 * not depend on how many sources a service has.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/params.h"
#include "common/status.h"

enum voter { VOTER_VENDOR, VOTER_PROBE, VOTER_COUNT };

/* How many voting sources of one kind say each level; [STATUS_UNKNOWN] is never counted. All zero: nobody votes. */
struct votes {
    uint32_t of[STATUS_COUNT];
};

/* E2: the worst level among the vendor's sources; unknown when none votes. */
enum status effective_vendor(const struct votes *);

/* E3: the highest level that enough probes support; quorum 0 means a majority. Unknown when none or too few vote. */
enum status effective_probe(const struct votes *, int64_t quorum);

/* E4: both together. */
enum status effective_combine(enum combine, enum status vendor, enum status probe);

/* E5: whether sources of this kind have a say. */
bool effective_consults(enum combine, enum voter);

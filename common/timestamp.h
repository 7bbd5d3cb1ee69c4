/* SPDX-License-Identifier: Apache-2.0 */
/*
 * timestamp: points in time as others write them. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/text.h"

/*
 * Reads RFC 3339, "2026-11-21T09:34:02Z", as vendors write it: 'T' or a blank between, a fraction of any length (cut to
 * milliseconds), "Z", "+02:00" or no zone at all, which is UTC. Seconds are required; 60 is the next minute's 0. False,
 * *out unchanged, for anything else, impossible dates and points before 1970.
 */
bool timestamp_parse(struct text, int64_t *out_ms);

/* A time before now as people write it, "-30d": a number of s, m, h or d, at most ten years. False: *ago_ms unchanged. */
bool timestamp_parse_ago(struct text, int64_t *ago_ms);

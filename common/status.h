/* SPDX-License-Identifier: Apache-2.0 */
/*
 * status: the five states a service can be in, the same numbers and words everywhere.
 *
 * `unknown` is not a level but the absence of one; the order of badness is that of the numbers 1..4.
 */
#pragma once

#include <stdbool.h>

#include "common/text.h"

enum status {
    STATUS_UNKNOWN = 0,
    STATUS_OPERATIONAL = 1,
    STATUS_DEGRADED = 2,
    STATUS_PARTIAL_OUTAGE = 3,
    STATUS_MAJOR_OUTAGE = 4,
};

enum { STATUS_COUNT = 5 };

/* The word of a state, e.g. "partial_outage"; static storage. A number out of range reads as unknown. */
const char *status_name(enum status);

/* The state as a person reads it, e.g. "Partial outage"; static storage. */
const char *status_title(enum status);

/* Reads a word (the short forms "partial" and "major" too, case matters). False: not one of them, *out unchanged. */
bool status_parse(struct text word, enum status *out);

/* A number from outside (a schema enum): out of range is STATUS_UNKNOWN. */
enum status status_from_number(int number);

/* 0 for operational .. 3 for major_outage; unknown ranks as 0 (engine.md's rank of an unset H). */
int status_rank(enum status);

/* The worse of two for a roll-up: known bad, then unknown, then operational. */
enum status status_worse(enum status, enum status);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * timeline: a decision of the engine as a row that people read. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "aggregator/engine/decision.h"
#include "proto/rows.pb.h"

/* Whether it gets a row: all but drops and notes, which are only counted. That nothing watches a service is told. */
bool timeline_wants(const struct decision *);

/* Overwrites *out whole. input: number of the journal input that caused it. */
void timeline_fill(const struct decision *, uint64_t input, TimelineRow *out);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decision_json: a decision as one object of a replay's output. Its keys are the same for each decision of a kind; the
 * manual page lists them.
 */
#pragma once

#include <jansson.h>

#include "aggregator/engine/decision.h"

/* {"t": …, "d": …, …}. Owned by the caller. */
json_t *decision_json(const struct decision *);

/* A line that could not be used. t: NULL before the first input; kind: NULL when it could not be read. */
json_t *reject_json(const int64_t *t, const char *kind, enum reason);

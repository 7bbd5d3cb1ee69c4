/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain_past: why an alert was told or not at a moment that is over, by an engine that lives through what was recorded.
 */
#pragma once

#include <jansson.h>

#include "aggregator/api/past.h"
#include "aggregator/replay/moment.h"

/* The explanation in a moment that was reached, as the API gives it; owned by the caller. NULL: there was no such service. */
json_t *explain_moment(const struct moment *, const char *service);

/* A past_fn with the daemon's own store as context. */
int explain_past(void *store, const struct past_question *, char **body, struct problem *);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * incident_timeline: what was decided about the members of an incident while they were in it: their confirmed levels,
 * manual statuses, flapping, and what became of their alerts (I4).
 */
#pragma once

#include <jansson.h>

#include "aggregator/api/render.h"

/* Appends the newest rows behind the request's cursor, at most limit, and leaves next_cursor at the end of them ("": there
 * are no more). -EPROTO and a problem when the cursor is none of ours. */
int incident_timeline(struct render *, const IncidentState *, size_t limit, json_t *items);

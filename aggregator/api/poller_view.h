/* SPDX-License-Identifier: Apache-2.0 */
/*
 * poller_view: how well a service is seen, which says nothing about how it is. A page that cannot be read is never an outage
 * of its vendor, and must not look like one.
 */
#pragma once

#include <jansson.h>

#include "aggregator/api/service_view.h"

/* Of all its sources: broken (one of them is), unknown (none is heard), degraded (one fails, is silent, or was never heard),
 * ok. Static. */
const char *poller_view_health(const struct service_view *);

/* Of one source: broken, silent, unknown (never heard), failing (its last poll failed), ok. Static. */
const char *poller_view_source_health(const struct source_view *);

/* The source whose failure is to be told, a broken one first; NULL: none fails. */
const struct source_view *poller_view_failing(const struct service_view *);

/* {"source", "reason", "detail", "polls"}: who failed, why in one word and in a sentence, how often in a row. NULL of
 * NULL, or when it does not fail. */
json_t *poller_view_json(const struct source_view *);

/* What a source says of what it watches: nothing while it fails, when its words are about the failure. NULL: nothing. */
const char *poller_view_said(const struct source_view *);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * statuspage: Atlassian Statuspage, API v2, and the platforms that imitate it (incident.io and others).
 *
 * Polled is summary.json; status.json and components.json are read the same way as far as they go. incidents.json,
 * incidents/unresolved.json and scheduled-maintenances.json (with its upcoming.json and active.json) are histories: they
 * tell of incidents and windows, not of the present state.
 */
#pragma once

#include "collector/feeds/feed.h"

bool statuspage_next(const struct feed_input *, struct feed_request *out);
int statuspage_parse(const struct feed_input *, struct feed_result *out, struct error *);

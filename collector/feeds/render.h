/* SPDX-License-Identifier: Apache-2.0 */
/*
 * render: a feed's reading as one JSON object, for people who try a feed by hand and for tests.
 */
#pragma once

#include "collector/feeds/feed.h"
#include "common/json.h"

/*
 * {"state": WORD or null for a history, "maintenance", "components": [{"name", "container"?, "state", "maintenance"}],
 *  "incidents": [{"id", "name", "state", "impact", "link", "started_at", "updated_at", "text"?}],
 *  "windows": [{"id", "name", "running", "starts_at", "ends_at", "text"?, "link"?}], "notices": [TEXT],
 *  "ended"?: as incidents, "ended_windows"?: as windows, "source_updated_at", "error": REASON or null,
 *  "error_text": SENTENCE or null}. Times in RFC 3339 or null. A new reference.
 */
json_t *feed_render(const struct feed_result *);

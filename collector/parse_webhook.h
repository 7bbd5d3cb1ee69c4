/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parse_webhook: a body that Statuspage posted, read as if the page had told the same. For `parse` alone: nothing is polled
 * here, so it is no row of common/feed_types.h.
 */
#pragma once

#include "collector/feeds/feed.h"

/* Named statuspage_webhook; its document is the body of the POST. */
extern const struct feed parse_webhook_feed;

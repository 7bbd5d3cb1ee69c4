/* SPDX-License-Identifier: Apache-2.0 */
/*
 * document: the bytes of a feed's answer as JSON, or the reason why not.
 */
#pragma once

#include "collector/feeds/feed.h"
#include "common/json.h"

/* Strips a byte order mark and parses. NULL: *result is that of a failed poll (reason "parse") and err has the words. The
 * content type is not looked at: JSON has been served as text/html and the reverse. */
json_t *document_read_json(const struct feed_document *, struct feed_result *, struct arena *, struct error *);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * document: the bytes of a feed's answer as text or JSON, or the reason why not. Pure, memory from the arena.
 */
#pragma once

#include "collector/feeds/feed.h"
#include "common/json.h"

/* The body in UTF-8 without a byte order mark: borrowed from the document, or decoded into the arena when the mark or the
 * content type says UTF-16. False with words: it says so and is not. What claims to be UTF-8 is not looked at. */
bool document_text(const struct feed_document *, struct arena *, struct text *out, struct error *);

/* Decodes and parses. NULL: *result is that of a failed poll (reason "parse") and err has the words. Beyond UTF-16 the
 * content type is not looked at: JSON has been served as text/html and the reverse. */
json_t *document_read_json(const struct feed_document *, struct feed_result *, struct arena *, struct error *);

/* Whether a document is the one of this name: by its whole name, or by the end of a path ("/v3/components.json" is
 * components.json; a query and a slash at the end aside). */
bool document_is(const struct feed_document *, const char *name);

/* The first document that is the one of this name; NULL when it was not fetched. */
const struct feed_document *document_find(const struct feed_input *, const char *name);

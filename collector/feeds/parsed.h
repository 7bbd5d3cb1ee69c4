/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parsed: the documents of a round as JSON, for platforms that tell what they have to tell in several of them, and the
 * further pages of a list. Pure, memory from the input's arena but for the JSON itself.
 *
 *     CLEANUP(parsed_done) struct parsed parsed = {0};
 *     int r = parsed_read(&parsed, in, out, err);
 */
#pragma once

#include "collector/feeds/feed.h"

struct parsed {
    json_t *at[FEED_DOCUMENTS_MAX];    /* at[i] is in->documents[i] */
    size_t n;
};

/* Parses all of them: for platforms of which none is optional. -EBADMSG: one is no JSON, or there is none at all; then out
 * is a failed poll and err has the words. */
int parsed_read(struct parsed *, const struct feed_input *, struct feed_result *out, struct error *);

/* For CLEANUP(). */
void parsed_done(struct parsed *);

/* The first of them that has this member and that of this type; NULL: none has. */
const json_t *parsed_with(const struct parsed *, const char *key, json_type type);

/* Whether all that the list holds are objects: what is there but says nothing might be what is bad. NULL is an empty
 * list. */
bool parsed_all_objects(const json_t *list);

/* The document that was fetched last, as JSON, for `next` to look at; NULL when it is none. A new reference. */
json_t *parsed_last(const struct feed_input *);

/* A link to a further page, in the arena, when it is on the scheme, host and port of the configured URL; else NULL. */
const char *parsed_page_link(const struct feed_input *, struct text link);

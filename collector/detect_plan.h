/* SPDX-License-Identifier: Apache-2.0 */
/*
 * detect_plan: where to look for the platform of a page, and what to write into the configuration once it is found.
 * Pure, memory from an arena.
 *
 * The order: what its host is known for; the address as it was given, when that is more than a host; where each
 * platform has its document, in the order of common/feed_types.h; the usual places of RSS and Atom; the page itself.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "collector/feeds/feed.h"
#include "common/error.h"

enum { DETECT_TRIES_MAX = 48 };

struct detect_try {
    const char *url;
    const struct feed *feed;           /* whose document is expected there; NULL: anybody's */
};

struct detect_plan {
    const char *given;                 /* the address, with a scheme and without a slash at the end */
    const char *root;                  /* scheme, host and port of it */
    const char *page;                  /* what may be the page's name in it; NULL: nothing */
    const struct feed *secret;         /* the host is this platform's, which answers nobody without credentials; NULL */
    struct detect_try tries[DETECT_TRIES_MAX];   /* each URL once */
    size_t n_tries;
};

/* -EINVAL with words: no address of a web page, or plain http without allow_http. "status.example.com" means https. */
int detect_plan(const char *address, bool allow_http, struct arena *, struct detect_plan *out, struct error *);

/* What of the configuration makes a feed fetch this document. */
struct detect_config {
    const char *url;
    const char *page;                  /* NULL: not needed */
};

/* Finds it by asking the feed. False: nothing that the address tells does it; then *out is the address alone. */
bool detect_config(const struct detect_plan *, const struct feed *, const char *fetched, struct arena *,
                   struct detect_config *out);

/* Whose document it is: the expected one's, or else the first that takes it for its own; NULL: nobody's. */
const struct feed *detect_owner(const struct feed *expected, struct text body, const json_t *json);

/* Whether it is the feed that takes any RSS and Atom: only when there is nothing better. */
bool detect_is_generic(const struct feed *);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * feed: any RSS or Atom that a status page offers, for platforms that have nothing better or nothing that we read.
 *
 * Its one document is the configured URL itself: Statuspage's, incident.io's and Instatus's /history.atom or /history.rss,
 * Hund's /feed.atom, Better Stack's /feed. history.h says what is made of it.
 */
#include "collector/feeds/feed.h"

#include "collector/feeds/document.h"
#include "collector/feeds/history.h"
#include "collector/feeds/result.h"
#include "collector/feeds/rows.h"
#include "collector/feeds/syndication.h"
#include "common/registry.h"

static bool feed_next(const struct feed_input *in, struct feed_request *out)
{
    if (in->n_documents > 0)
        return false;

    *out = (struct feed_request) {
        .name = "feed",
        .url = in->config->url,
        .accept = "application/atom+xml, application/rss+xml, application/xml;q=0.9, text/xml;q=0.8",
    };
    return true;
}

static int feed_parse(const struct feed_input *in, struct feed_result *out, struct error *err)
{
    struct feed_result found = {.valid_until_ms = INT64_MAX};
    int r = history_parse(in, HISTORY_PRESENT, &found, err);

    if (r == 0)
        (void) rows_filter_fits(in->config, 0, "RSS and Atom name no components to filter by", &found, in->arena);
    *out = found;
    return r;
}

/* Those too that have a feed of their own, which is asked before. */
static bool feed_recognises(struct text body, const json_t *json)
{
    CLEANUP(arena_done) struct arena arena = {0};
    struct syndication feed;

    return json == NULL && syndication_is(body, &feed, &arena);
}

static const char *const documents[] = {"feed", "history.atom", "history.rss", NULL};

const struct feed feed_feed = {
    .name = "feed",
    .title = "RSS or Atom",
    .documents = documents,
    .detect_path = "/history.atom",
    .next = feed_next,
    .parse = feed_parse,
    .recognises = feed_recognises,
};

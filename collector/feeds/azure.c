/* SPDX-License-Identifier: Apache-2.0 */
/*
 * azure: Microsoft Azure's public status, an RSS document at /en-us/status/feed/.
 *
 * A channel without items is the healthy page. Only broad incidents are posted, without a grade, and resolved ones vanish;
 * planned maintenance never shows. An item's categories are services and regions mixed, so the filters `services` and
 * `regions` are one list here: what is in neither doesn't count, and an item without categories always does. guid is the
 * slug of the title, used again over the years: with its time it is an identity.
 */
#include "collector/feeds/feed.h"

#include <string.h>

#include "collector/feeds/result.h"
#include "collector/feeds/rows.h"
#include "collector/feeds/syndication.h"
#include "common/clock.h"
#include "common/registry.h"

static const enum status levels[] = {
    [ITEM_LEVEL_DEFAULT] = STATUS_DEGRADED,
    [ITEM_LEVEL_NOTICE] = STATUS_OPERATIONAL,
    [ITEM_LEVEL_DEGRADED] = STATUS_DEGRADED,
    [ITEM_LEVEL_PARTIAL_OUTAGE] = STATUS_PARTIAL_OUTAGE,
};

static bool azure_next(const struct feed_input *in, struct feed_request *out)
{
    if (in->n_documents > 0)
        return false;

    const char *url = in->config->url;
    const char *path = feed_ends_with(url, "/feed") ? "/" : feed_ends_with(url, "/feed/") ? "" : "/en-us/status/feed/";
    *out = (struct feed_request) {
        .name = "feed",
        .url = arena_format(in->arena, "%s%s", url, path),
        .accept = "application/rss+xml, application/xml;q=0.9, text/xml;q=0.8",
    };
    return true;
}

static bool has_one_of(const struct syndication_item *item, const struct string_list *entries)
{
    for (size_t i = 0; i < entries->n; i++) {
        if (syndication_has_category(item, entries->items[i]))
            return true;
    }
    return false;
}

static bool is_watched(const struct feed_entry *config, const struct syndication_item *item)
{
    bool filtered = config->services.n + config->regions.n > 0;

    return !filtered || !syndication_is_categorised(item) || has_one_of(item, &config->services)
           || has_one_of(item, &config->regions);
}

static const char *identity(const struct syndication_item *item, struct arena *arena)
{
    char at[RFC3339_BYTES];
    if (item->at_ms == 0)
        return syndication_id(item, arena);
    size_t room = FEED_ID_BYTES_MAX - strlen(clock_to_rfc3339(item->at_ms, at)) - 1;

    return feed_id(arena, text_of(arena_format(arena, "%s %s", feed_text(arena, item->id, room), at)));
}

static void take_item(const struct feed_input *in, const struct syndication_item *item, struct feed_result *out)
{
    struct arena *arena = in->arena;
    enum item_level level = in->config->item_level;

    out->state = status_worse(out->state, levels[level]);
    if (level == ITEM_LEVEL_NOTICE) {
        feed_put_notice(out, syndication_name(item, arena), arena);
        return;
    }
    feed_put_incident(out, &(struct feed_incident) {
        .id = identity(item, arena),
        .name = syndication_name(item, arena),
        .state = "open",
        .impact = "",
        .link = feed_link(arena, item->link),
        .text = syndication_words(item, arena),
        .started_at_ms = item->at_ms,
        .updated_at_ms = item->at_ms,
    }, arena);
}

static int azure_parse(const struct feed_input *in, struct feed_result *out, struct error *err)
{
    struct feed_result found = {.state = STATUS_OPERATIONAL, .valid_until_ms = INT64_MAX};
    struct syndication feed;
    if (in->n_documents == 0)
        return feed_misshapen(out, in->arena, err, "no document was fetched");
    int r = syndication_read(&in->documents[0], &feed, out, in->arena, err);
    if (r < 0)
        return r;
    if (strcasestr(syndication_title(&feed, in->arena), "azure") == NULL)   /* an empty page of anybody else would be green */
        return feed_misshapen(out, in->arena, err, "the channel is called \"%.80s\", where \"Azure Status\" is due",
                              syndication_title(&feed, in->arena));
    if (!rows_filter_fits(in->config, FEED_KEY_SERVICES | FEED_KEY_REGIONS,
                          "Azure's categories are services and regions", out, in->arena))
        return 0;

    for (size_t i = 0; i < feed.n_items; i++) {
        if (!is_watched(in->config, &feed.items[i]))
            continue;
        take_item(in, &feed.items[i], &found);
        if (feed.items[i].at_ms > found.source_updated_at_ms)
            found.source_updated_at_ms = feed.items[i].at_ms;
    }
    if (found.state == STATUS_DEGRADED)
        found.caveat = "Azure tells no grade";
    *out = found;
    return 0;
}

static bool azure_recognises(struct text body, const json_t *json)
{
    CLEANUP(arena_done) struct arena arena = {0};
    struct syndication feed;

    return json == NULL && syndication_is(body, &feed, &arena) && text_is(feed.title, "Azure Status");
}

static const char *const documents[] = {"feed", NULL};
static const char *const hosts[] = {"azure.status.microsoft", "status.azure.com", "rssfeed.azure.status.microsoft", NULL};

const struct feed azure_feed = {
    .name = "azure",
    .title = "Microsoft Azure",
    .documents = documents,
    .hosts = hosts,
    .detect_path = "/en-us/status/feed/",
    .next = azure_next,
    .parse = azure_parse,
    .recognises = azure_recognises,
};

/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/feeds/history.h"

#include <string.h>

#include "collector/feeds/markup.h"
#include "collector/feeds/result.h"
#include "collector/feeds/stage.h"
#include "collector/feeds/syndication.h"
#include "common/clock.h"
#include "common/registry.h"

enum { HOUR_MS = 3600000 };

struct reading {
    const struct feed_input *in;
    struct feed_result *out;
    struct arena *arena;
    struct syndication feed;
    bool unstaged_seen;                /* the newest item without a stage has had its say */
};

/* Whether an item was changed lately enough to count; it is noted until when. One that doesn't tell its time does. */
static bool is_recent(struct reading *reading, const struct syndication_item *item, int hours)
{
    if (item->at_ms == 0)
        return true;
    int64_t last_ms = item->at_ms + (int64_t) hours * HOUR_MS;
    if (reading->in->now_ms > last_ms)
        return false;
    if (last_ms + 1 < reading->out->valid_until_ms)
        reading->out->valid_until_ms = last_ms + 1;
    return true;
}

/* Its id; with its time where several items of the feed have the same. */
static const char *identity(const struct reading *reading, const struct syndication_item *item)
{
    char at[RFC3339_BYTES];
    size_t n = 0;

    for (size_t i = 0; i < reading->feed.n_items && n < 2; i++)
        n += text_equal(reading->feed.items[i].id, item->id);
    const char *id = syndication_id(item, reading->arena);
    if (n < 2 || item->at_ms == 0 || id == NULL)
        return id;
    (void) clock_to_rfc3339(item->at_ms, at);
    size_t room = FEED_ID_BYTES_MAX - strlen(at) - 1;
    return feed_id(reading->arena, text_of(arena_format(reading->arena, "%s %s",
                                                        feed_text(reading->arena, text_of(id), room), at)));
}

static struct feed_incident incident_of(const struct reading *reading, const struct syndication_item *item,
                                        const struct stage *stage)
{
    return (struct feed_incident) {
        .id = identity(reading, item),
        .name = syndication_name(item, reading->arena),
        .state = stage->word,
        .impact = "",
        .link = feed_link(reading->arena, item->link),
        .text = markup_text(reading->arena, stage->newest, FEED_TEXT_BYTES_MAX),
        .updated_at_ms = item->at_ms,
    };
}

static void put_window(struct reading *reading, const struct syndication_item *item, const struct stage *stage)
{
    struct feed_window window = {
        .id = identity(reading, item),
        .name = syndication_name(item, reading->arena),
        .running = stage->phase == FEED_PHASE_RUNNING,
        .text = markup_text(reading->arena, stage->newest, FEED_TEXT_BYTES_MAX),
        .link = feed_link(reading->arena, item->link),
    };

    feed_put_window(reading->out, &window, reading->arena);
}

/* Looks open, and nobody has touched it for days: mostly one that its author forgot. */
static void put_forgotten(struct reading *reading, const struct syndication_item *item, const struct stage *stage)
{
    char at[RFC3339_BYTES];
    const char *name = syndication_name(item, reading->arena);

    feed_put_notice(reading->out, arena_format(reading->arena, "%s: still \"%s\", but unchanged since %.10s; not counted", name,
                                               stage->word, clock_to_rfc3339(item->at_ms, at)), reading->arena);
}

static void take_open(struct reading *reading, const struct syndication_item *item, const struct stage *stage)
{
    struct feed_result *out = reading->out;
    if (!is_recent(reading, item, HISTORY_OPEN_HOURS)) {
        put_forgotten(reading, item, stage);
        return;
    }

    bool unseen = stage->phase == FEED_PHASE_UNSEEN;
    if (stage->phase == FEED_PHASE_RUNNING) {
        out->maintenance = true;
        put_window(reading, item, stage);
        return;
    }
    struct feed_incident incident = incident_of(reading, item, stage);
    if (unseen)
        feed_unseen(out, text_of(stage->word), reading->arena);
    out->state = status_worse(out->state, unseen ? STATUS_UNKNOWN : STATUS_DEGRADED);
    feed_put_incident(out, &incident, reading->arena);
}

/* No words where a stage is due: for as long as it could be open nobody knows, unless such items are to be mere notices. */
static void take_wordless(struct reading *reading, const struct syndication_item *item)
{
    if (!is_recent(reading, item, HISTORY_OPEN_HOURS))
        return;
    if (reading->in->config->item_level != ITEM_LEVEL_NOTICE)
        reading->out->state = status_worse(reading->out->state, STATUS_UNKNOWN);
    feed_put_notice(reading->out, arena_format(reading->arena, "%s: an item without a text", syndication_name(item, reading->arena)),
                    reading->arena);
}

/* An item without a stage may be news of anything: bad for a day at most, and never an incident that is said to be open. */
static void take_unstaged(struct reading *reading, const struct syndication_item *item)
{
    static const enum status levels[] = {
        [ITEM_LEVEL_DEFAULT] = STATUS_DEGRADED,
        [ITEM_LEVEL_NOTICE] = STATUS_OPERATIONAL,
        [ITEM_LEVEL_DEGRADED] = STATUS_DEGRADED,
        [ITEM_LEVEL_PARTIAL_OUTAGE] = STATUS_PARTIAL_OUTAGE,
    };
    bool first = !reading->unstaged_seen;
    bool wordless = text_trim(item->html).len == 0;

    reading->unstaged_seen = true;
    if (wordless)
        take_wordless(reading, item);
    if (!first || !is_recent(reading, item, HISTORY_UNSTAGED_HOURS))
        return;
    reading->out->state = status_worse(reading->out->state, levels[reading->in->config->item_level]);
    if (!wordless)
        feed_put_notice(reading->out, syndication_name(item, reading->arena), reading->arena);
}

/* How it ended; only planned work is completed or cancelled. */
static void take_ended(struct reading *reading, const struct syndication_item *item, const struct stage *stage)
{
    struct feed_incident incident = incident_of(reading, item, stage);
    bool planned = strstr(stage->word, "completed") != NULL || strstr(stage->word, "cancel") != NULL;

    if (planned) {
        feed_put_ended_window(reading->out, &(struct feed_window) {
            .id = incident.id, .name = incident.name, .text = incident.text, .link = incident.link,
            .ends_at_ms = item->at_ms}, reading->in);
    } else {
        feed_put_ended(reading->out, &incident, reading->in);
    }
}

static void take_item(struct reading *reading, const struct syndication_item *item)
{
    struct stage stage = stage_read(item->html, item->title, reading->arena);
    if (!stage.told) {
        take_unstaged(reading, item);
        return;
    }
    switch (stage.phase) {
    case FEED_PHASE_UNSEEN:
    case FEED_PHASE_OPEN:
    case FEED_PHASE_WATCHED:
    case FEED_PHASE_RUNNING:
        take_open(reading, item, &stage);
        break;
    case FEED_PHASE_PLANNED:
        put_window(reading, item, &stage);
        break;
    case FEED_PHASE_CLOSED:
        take_ended(reading, item, &stage);
        break;
    }
}

/* With a watch filter nothing is listed: no item says which components it touches. */
static struct feed_result items_only(const struct feed_result *found, const struct feed_input *in)
{
    struct feed_result items = {.no_state = true, .valid_until_ms = found->valid_until_ms,
                                .source_updated_at_ms = found->source_updated_at_ms};
    if (in->config->components.n > 0)
        return items;

    items = *found;
    items.state = STATUS_UNKNOWN;
    items.no_state = true;
    items.caveat = NULL;
    return items;
}

int history_parse(const struct feed_input *in, enum history_use use, struct feed_result *out, struct error *err)
{
    struct feed_result found = {.state = STATUS_OPERATIONAL, .valid_until_ms = INT64_MAX};
    struct reading reading = {.in = in, .out = &found, .arena = in->arena};
    if (in->n_documents == 0)
        return feed_misshapen(out, in->arena, err, "no document was fetched");
    int r = syndication_read(&in->documents[0], &reading.feed, out, in->arena, err);
    if (r < 0)
        return r;

    for (size_t i = 0; i < reading.feed.n_items; i++) {
        take_item(&reading, &reading.feed.items[i]);
        if (reading.feed.items[i].at_ms > found.source_updated_at_ms)
            found.source_updated_at_ms = reading.feed.items[i].at_ms;
    }
    if (found.state == STATUS_DEGRADED)
        found.caveat = "a feed tells no grade: worse than degraded looks the same";
    *out = use == HISTORY_PRESENT ? found : items_only(&found, in);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aws_rss: one service in one region of Amazon Web Services, /rss/SERVICE-REGION.rss. A fallback where /public/currentevents
 * (the feed aws) can't be had: each update is an item of its own with a guid of its own, grades stand in titles alone, and
 * that something is over often stands in the text alone. So an item counts for 48 hours at most.
 *
 * Read from the newest item back. "Service is operating normally:" or a text that says "resolved and the service is
 * operating (normally)" ends everything older; "[RESOLVED] X" ends X. Of each X (the title behind its prefix) the newest item counts.
 */
#include "collector/feeds/feed.h"

#include <string.h>

#include "collector/feeds/result.h"
#include "collector/feeds/rows.h"
#include "collector/feeds/syndication.h"

enum { HOUR_MS = 3600000, COUNTS_HOURS = 48, SUBJECTS_MAX = 64 };

enum grade { GRADE_OVER, GRADE_ALL_OVER, GRADE_NOTICE, GRADE_DEGRADED, GRADE_MAJOR, GRADE_UNSEEN };

static const struct { const char *prefix; enum grade grade; const char *impact; } grades[] = {
    { "service is operating normally", GRADE_ALL_OVER, "" },
    { "informational message", GRADE_NOTICE, "informational" },
    { "performance issues", GRADE_DEGRADED, "performance issues" },
    { "service degradation", GRADE_DEGRADED, "service degradation" },
    { "service disruption", GRADE_MAJOR, "service disruption" },
};

static const char resolved_mark[] = "[RESOLVED]";

/* What one item says. */
struct update {
    const struct syndication_item *item;
    enum grade grade;
    const char *impact;                /* its prefix, "" when it has none we know */
    struct text prefix;
    struct text subject;
};

struct reading {
    const struct feed_input *in;
    struct feed_result *out;
    struct arena *arena;
    struct text subjects[SUBJECTS_MAX];   /* that had their say; those past the limit have it again and again */
    struct feed_incident *open[SUBJECTS_MAX];   /* the incident of each; NULL: none */
    size_t n_subjects;
};

/* --- words -------------------------------------------------------------------------------------------------------- */

static bool take_mark(struct text *title)
{
    struct text start = {title->at, title->len < sizeof resolved_mark - 1 ? title->len : sizeof resolved_mark - 1};
    if (!text_equal_ignoring_case(start, text_of(resolved_mark)))
        return false;

    *title = text_trim((struct text) {title->at + start.len, title->len - start.len});
    return true;
}

/* "once the issue has been resolved and the service is operating" speaks of another day. */
static bool is_conditional(const char *sentence)
{
    static const char *const words[] = {
        " not ", " until ", " once ", " when ", " if ", " should ", " will ", " partially ", " expect", " before ", " working ",
    };
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (strcasestr(sentence, words[i]) != NULL)
            return true;
    }
    return false;
}

/* Whether one sentence of the text says that it is over. */
static bool says_over(const char *words, struct arena *arena)
{
    struct text rest = text_of(words);
    struct text part;

    while (text_take_until(&rest, '.', &part)) {
        const char *sentence = arena_format(arena, " %.*s ", (int) part.len, part.at);
        const char *resolved = strcasestr(sentence, "resolved and ");
        const char *operating = resolved == NULL ? NULL : strcasestr(resolved, " operating");
        const char *rest_of_it = operating == NULL ? "but" : operating + strlen(" operating");
        bool whole = strcmp(rest_of_it, " ") == 0 || strcasecmp(rest_of_it, " normally ") == 0;
        if (whole && !is_conditional(sentence))
            return true;
    }
    return false;
}

static struct update read_update(const struct syndication_item *item, struct arena *arena)
{
    struct update update = {.item = item, .grade = GRADE_UNSEEN, .impact = ""};
    struct text title = text_of(syndication_name(item, arena));
    bool over = take_mark(&title);
    struct text rest = title;

    if (text_take_until(&rest, ':', &update.prefix) && rest.at != title.at + title.len) {
        for (size_t i = 0; i < ARRAY_SIZE(grades); i++) {
            if (!text_equal_ignoring_case(text_trim(update.prefix), text_of(grades[i].prefix)))
                continue;
            update.grade = grades[i].grade;
            update.impact = grades[i].impact;
            title = text_trim(rest);
        }
    }
    over = take_mark(&title) || over;
    update.subject = title;
    if (update.grade != GRADE_ALL_OVER && says_over(syndication_words(item, arena), arena))
        update.grade = GRADE_ALL_OVER;
    else if (over && update.grade != GRADE_ALL_OVER)
        update.grade = GRADE_OVER;
    return update;
}

/* --- items -------------------------------------------------------------------------------------------------------- */

static bool is_recent(struct reading *reading, const struct syndication_item *item)
{
    if (item->at_ms == 0)
        return true;   /* no reason to take it for an old one */
    int64_t last_ms = item->at_ms + (int64_t) COUNTS_HOURS * HOUR_MS;
    if (reading->in->now_ms > last_ms)
        return false;
    if (last_ms + 1 < reading->out->valid_until_ms)
        reading->out->valid_until_ms = last_ms + 1;
    return true;
}

/* guid is "…#ec2-eu-west-1_1486575987": what is behind the last '_' is new with each update. */
static const char *identity(const struct update *update, struct arena *arena)
{
    struct text id = update->item->id;
    const char *hash = id.at == NULL ? NULL : memrchr(id.at, '#', id.len);
    if (hash != NULL)
        id = (struct text) {hash + 1, id.len - (size_t) (hash + 1 - id.at)};
    const char *end = id.at == NULL ? NULL : memrchr(id.at, '_', id.len);
    if (end != NULL)
        id.len = (size_t) (end - id.at);
    return feed_id(arena, text_of(arena_format(arena, "%.*s %.*s", (int) id.len, id.at, (int) update->subject.len,
                                               update->subject.at)));
}

static struct feed_incident *put_incident(struct reading *reading, const struct update *update)
{
    struct feed_result *out = reading->out;
    size_t n = out->n_incidents;

    feed_put_incident(out, &(struct feed_incident) {
        .id = identity(update, reading->arena),
        .name = feed_name(reading->arena, update->subject),
        .state = "open",
        .impact = update->impact,
        .link = feed_link(reading->arena, update->item->link),
        .text = syndication_words(update->item, reading->arena),
        .started_at_ms = update->item->at_ms,
        .updated_at_ms = update->item->at_ms,
    }, reading->arena);
    return out->n_incidents > n ? &out->incidents[n] : NULL;
}

/* The newest item of its subject. */
static struct feed_incident *take_newest(struct reading *reading, const struct update *update)
{
    static const enum status states[] = {
        [GRADE_OVER] = STATUS_OPERATIONAL, [GRADE_ALL_OVER] = STATUS_OPERATIONAL, [GRADE_NOTICE] = STATUS_OPERATIONAL,
        [GRADE_DEGRADED] = STATUS_DEGRADED, [GRADE_MAJOR] = STATUS_MAJOR_OUTAGE, [GRADE_UNSEEN] = STATUS_UNKNOWN,
    };
    struct feed_result *out = reading->out;

    out->state = status_worse(out->state, states[update->grade]);
    if (update->grade == GRADE_UNSEEN)
        feed_unseen(out, update->prefix.len > 0 ? update->prefix : update->subject, reading->arena);
    if (update->grade == GRADE_NOTICE)
        feed_put_notice(out, feed_name(reading->arena, update->subject), reading->arena);
    if (update->grade == GRADE_OVER || update->grade == GRADE_NOTICE)
        return NULL;
    return put_incident(reading, update);
}

/* An item that is too old to count may still tell when something began. */
static void take_update(struct reading *reading, const struct update *update, bool recent)
{
    for (size_t i = 0; i < reading->n_subjects; i++) {
        if (!text_equal_ignoring_case(reading->subjects[i], update->subject))
            continue;
        if (update->grade == GRADE_OVER)
            reading->open[i] = NULL;   /* it has come back since */
        if (reading->open[i] != NULL && update->item->at_ms != 0)
            reading->open[i]->started_at_ms = update->item->at_ms;   /* an earlier update of the same */
        return;
    }
    if (!recent)
        return;
    struct feed_incident *incident = take_newest(reading, update);
    if (reading->n_subjects == SUBJECTS_MAX)
        return;
    reading->subjects[reading->n_subjects] = update->subject;
    reading->open[reading->n_subjects++] = incident;
}

static void take_items(struct reading *reading, const struct syndication *feed)
{
    for (size_t i = 0; i < feed->n_items; i++) {
        struct update update = read_update(&feed->items[i], reading->arena);
        bool over = update.grade == GRADE_OVER || update.grade == GRADE_ALL_OVER;
        if (over && update.item->at_ms == 0)
            continue;   /* of what before? */
        if (update.grade == GRADE_ALL_OVER)
            return;
        take_update(reading, &update, is_recent(reading, update.item));
    }
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

static bool aws_rss_next(const struct feed_input *in, struct feed_request *out)
{
    if (in->n_documents > 0)
        return false;

    *out = (struct feed_request) {
        .name = "rss",
        .url = in->config->url,
        .accept = "application/rss+xml, application/xml;q=0.9, text/xml;q=0.8",
    };
    return true;
}

static int aws_rss_parse(const struct feed_input *in, struct feed_result *out, struct error *err)
{
    struct feed_result found = {.state = STATUS_OPERATIONAL, .valid_until_ms = INT64_MAX};
    struct reading reading = {.in = in, .out = &found, .arena = in->arena};
    struct syndication feed;
    if (in->n_documents == 0)
        return feed_misshapen(out, in->arena, err, "no document was fetched");
    int r = syndication_read(&in->documents[0], &feed, out, in->arena, err);
    if (r < 0)
        return r;
    if (!syndication_is_of(&feed, "aws.amazon.com"))
        return feed_misshapen(out, in->arena, err, "the channel \"%.80s\" does not link to aws.amazon.com",
                              syndication_title(&feed, in->arena));
    if (!rows_filter_fits(in->config, 0, "the address says which service and region", out, in->arena))
        return 0;

    for (size_t i = 0; i < feed.n_items; i++) {
        if (feed.items[i].at_ms > found.source_updated_at_ms)
            found.source_updated_at_ms = feed.items[i].at_ms;
    }
    take_items(&reading, &feed);
    *out = found;
    return 0;
}

static bool aws_rss_recognises(struct text body, const json_t *json)
{
    CLEANUP(arena_done) struct arena arena = {0};
    struct syndication feed;

    return json == NULL && syndication_is(body, &feed, &arena) && syndication_is_of(&feed, "aws.amazon.com");
}

static const char *const documents[] = {"rss", NULL};
static const char *const hosts[] = {"status.aws.amazon.com", NULL};

const struct feed aws_rss_feed = {
    .name = "aws_rss",
    .title = "Amazon Web Services, RSS of one service",
    .documents = documents,
    .hosts = hosts,
    .next = aws_rss_next,
    .parse = aws_rss_parse,
    .recognises = aws_rss_recognises,
};

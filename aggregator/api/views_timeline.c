/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GET /api/timeline: every decision, newest first. A filter may pass over many rows, so one answer looks at a bounded
 * number of them and hands out a cursor at the place it came to.
 */
#include "aggregator/api/body.h"
#include "aggregator/api/timeline_words.h"
#include "aggregator/api/views.h"
#include "aggregator/api/walk.h"

enum { TIMELINE_LOOKED_AT_MAX = 20000 };

static json_t *strings(char (*items)[CHANNEL_BYTES_MAX + 1], pb_size_t n)
{
    json_t *list = json_array();

    for (pb_size_t i = 0; i < n; i++)
        json_array_append_new(list, body_string(items[i]));
    return list;
}

static json_t *tiers(const TimelineRow *row)
{
    json_t *list = json_array();

    for (size_t i = 0; i < 3; i++)
        json_array_append_new(list, json_integer(row->tiers[i]));
    return list;
}

static void put_time_and_words(const struct store_key *key, const TimelineRow *row, json_t *object)
{
    char id[2 * STORE_KEY_BYTES_MAX + 1];
    char words[TIMELINE_SENTENCE_BYTES];
    int64_t at_ms = 0;
    uint32_t sequence;

    key_to_hex(key, id);
    (void) key_to_time(key, &at_ms, &sequence);
    timeline_sentence(row, NULL, words);
    body_text(object, "id", id);
    body_time(object, "at", at_ms);
    body_text(object, "words", words);
}

json_t *views_timeline_json(const struct store_key *key, const TimelineRow *row)
{
    TimelineRow *mutable = (TimelineRow *) row;    /* nanopb's arrays; nothing is written */
    json_t *object = json_object();

    put_time_and_words(key, row, object);
    body_text(object, "decision", row->decision);
    body_text(object, "service", row->service);
    body_text(object, "source", row->source);
    body_text(object, "collector", row->collector);
    body_text(object, "from", row->from);
    body_text(object, "to", row->to);
    body_text(object, "via", row->via);
    body_int(object, "polls", row->polls);
    body_int(object, "dwell_seconds", row->dwell_ms / 1000);
    body_text(object, "kind", row->kind);
    body_text(object, "key", row->key);
    body_text(object, "level", row->level);
    body_put(object, "channels", strings(mutable->channels, row->channels_count));
    body_text(object, "incident", row->incident);
    body_time(object, "since", row->since_ms);
    body_text(object, "said_vendor", row->said_vendor);
    body_text(object, "said_probe", row->said_probe);
    body_int(object, "dependents", row->dependents);
    body_put(object, "tiers", tiers(row));
    body_text(object, "reason", row->reason);
    body_text(object, "by", row->by);
    body_text(object, "op", row->op);
    body_time(object, "until", row->until_ms);
    body_int(object, "gap_seconds", row->ms / 1000);
    body_int(object, "added", row->added);
    body_int(object, "removed", row->removed);
    return object;
}

struct span { int64_t since_ms, until_ms; size_t limit; };

static int read_span(struct render *render, struct span *span)
{
    const struct query *query = &render->request->query;
    bool since_relative, until_relative;

    *span = (struct span) {.since_ms = INT64_MIN, .until_ms = INT64_MAX};
    int r = query_limit(query, &span->limit, render->problem);
    if (r == 0)
        r = query_time(query, "since", render->now_ms, &span->since_ms, &since_relative, render->problem);
    if (r == 0)
        r = query_time(query, "until", render->now_ms, &span->until_ms, &until_relative, render->problem);
    if (r == 0)
        render->volatile_body = since_relative || until_relative;
    return r;
}

/* Collects what the page shows; returns whether the walk stopped before the end of the span. */
static bool collect(struct render *render, const struct span *span, struct store_cursor *cursor, json_t *items)
{
    TimelineRow row;
    struct store_key key;
    int64_t at_ms = 0;
    uint32_t sequence;

    for (size_t looked_at = 0; walk_next(cursor, &key, &row); looked_at++) {
        if (!key_to_time(&key, &at_ms, &sequence))
            continue;
        if (at_ms < span->since_ms)
            return false;
        if (json_array_size(items) == span->limit || looked_at == TIMELINE_LOOKED_AT_MAX)
            return true;
        key_to_hex(&key, render->next_cursor);
        if (at_ms <= span->until_ms && query_admits(&render->request->query, "service", row.service))
            json_array_append_new(items, views_timeline_json(&key, &row));
    }
    return false;
}

int views_timeline(struct render *render)
{
    struct store_range range = {.backwards = true};
    struct store_cursor cursor;
    struct span span;

    int r = read_span(render, &span);
    if (r < 0)
        return r;
    if (span.until_ms < INT64_MAX)
        range.from = key_time(span.until_ms, UINT32_MAX);
    r = views_cursor(render, &range);
    if (r < 0)
        return r;

    json_t *items = json_array();
    store_walk(render->txn, TABLE_TIMELINE, range, &cursor);
    bool more = collect(render, &span, &cursor, items);
    store_walk_end(&cursor);
    render_read_done(render);
    if (!more)
        render->next_cursor[0] = '\0';
    json_t *list = views_list(render, items);
    views_put_world(render, list);
    return body_write(list, render->out);
}

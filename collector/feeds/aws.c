/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aws: Amazon Web Services' public health page, /public/currentevents: a list of open events in UTF-16 (by its mark).
 *
 * An event has a region (in its arn; region_name is for people) and says for each service it touches where that stands now:
 * 0 operational, 1 informational, 2 degraded, 3 disrupted. Codes are strings here and numbers there. Events stay open for
 * months, so what counts is a region's and a service's own code. Every event is regional: without a filter the whole of AWS
 * is never worse than a partial outage. The page lists what is wrong and nothing else, so a service it does not name is
 * operational, and a filter entry cannot be told from a misspelt one but by its form.
 */
#include "collector/feeds/feed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/feeds/aws_filter.h"
#include "collector/feeds/document.h"
#include "collector/feeds/markup.h"
#include "collector/feeds/result.h"
#include "collector/feeds/shape.h"
#include "common/registry.h"

enum { EPOCH_S_MAX = INT32_MAX, ARN_REGION = 3 };

/* Ordered as they are bad. A code we have never met is as bad as we don't know. */
enum code { CODE_OPERATIONAL, CODE_NOTICE, CODE_DEGRADED, CODE_DISRUPTED, CODE_UNSEEN };

static const struct { const char *digit; enum status state; const char *impact; } codes[] = {
    [CODE_OPERATIONAL] = { "0", STATUS_OPERATIONAL, "operational" },
    [CODE_NOTICE] = { "1", STATUS_OPERATIONAL, "informational" },
    [CODE_DEGRADED] = { "2", STATUS_DEGRADED, "degradation" },
    [CODE_DISRUPTED] = { "3", STATUS_MAJOR_OUTAGE, "disruption" },
    [CODE_UNSEEN] = { "", STATUS_UNKNOWN, "" },
};

/* A service as one event has it. */
struct touched {
    struct text id;
    enum code code;
};

struct page {
    const struct feed_entry *config;
    struct feed_result *out;
    struct arena *arena;
    struct touched *touched;           /* of all events, those watched */
    size_t n_touched;
    size_t cap;
    struct aws_filter filter;
};

struct event {
    const json_t *json;
    struct text region;                /* "eu-west-1"; "global" or "" for all of them */
    struct text id;                    /* the end of the arn */
};

/* --- words -------------------------------------------------------------------------------------------------------- */

static enum code code_of(struct page *page, const json_t *value)
{
    struct text word = feed_id_text(value, page->arena);

    for (enum code code = CODE_OPERATIONAL; code < CODE_UNSEEN; code++) {
        if (text_is(text_trim(word), codes[code].digit))
            return code;
    }
    if (word.len > 0)
        feed_unseen(page->out, word, page->arena);
    return CODE_UNSEEN;
}

/* Unseen is worse than a notice and better than what is known to be bad. */
static enum code worse_code(enum code a, enum code b)
{
    static const int ranks[] = {0, 1, 3, 4, 2};

    return ranks[a] >= ranks[b] ? a : b;
}

static int64_t epoch_ms(const json_t *value, struct arena *arena)
{
    int64_t seconds = 0;

    return text_to_int64(feed_id_text(value, arena), 1, EPOCH_S_MAX, &seconds) ? seconds * 1000 : 0;
}

/* --- events ------------------------------------------------------------------------------------------------------- */

/* False: it is none of AWS's. */
static bool read_event(const json_t *json, struct event *out)
{
    struct text arn = json_text(json, "arn");
    struct text rest = arn;
    struct text part = {NULL, 0};
    if (!text_starts_with(arn, "arn:"))
        return false;

    for (int i = 0; i <= ARN_REGION; i++) {
        if (!text_take_until(&rest, ':', &part))
            return false;
    }
    const char *slash = memrchr(arn.at, '/', arn.len);
    *out = (struct event) {
        .json = json,
        .region = part,
        .id = slash == NULL ? arn : (struct text) {slash + 1, arn.len - (size_t) (slash + 1 - arn.at)},
    };
    return rest.len > 0;
}

static void put_touched(struct page *page, struct text id, enum code code)
{
    if (page->n_touched == page->cap) {
        struct touched *larger = arena_new(page->arena, (page->cap * 2 + 64) * sizeof *larger);
        if (page->n_touched > 0)
            memcpy(larger, page->touched, page->n_touched * sizeof *larger);
        page->touched = larger;
        page->cap = page->cap * 2 + 64;
    }
    page->touched[page->n_touched++] = (struct touched) {id, code};
}

/* One of several services that names none may mean any of those watched. */
static void touch_all(struct page *page, struct text id, enum code code)
{
    const struct string_list *services = &page->config->services;

    if (services->n == 0)
        put_touched(page, id, code);
    for (size_t i = 0; i < services->n && i < FILTER_ENTRIES_MAX; i++) {
        put_touched(page, text_trim(text_of(services->items[i])), code);
        page->filter.mentioned[i] = true;
    }
}

/* An event that names no services speaks by its own code. */
static bool take_event_itself(struct page *page, const struct event *event, enum code *worst)
{
    struct text id = json_text(event->json, "service");
    bool several = id.len == 0 || text_starts_with(id, "multipleservices");
    bool watched = several ? aws_filter_watches_region(&page->filter, event->region)
                           : aws_filter_watches(&page->filter, event->region, id,
                                                json_text(event->json, "service_name"));
    if (!watched)
        return false;

    *worst = code_of(page, json_member(event->json, "status"));
    if (several)
        touch_all(page, id.len == 0 ? event->id : id, *worst);
    else
        put_touched(page, id, *worst);
    return true;
}

/* Whether it touches what is watched, and how badly. */
static bool take_services(struct page *page, const struct event *event, enum code *worst)
{
    json_t *services = json_member(event->json, "impacted_services");
    const char *id = NULL;
    json_t *service = NULL;
    bool any = false;

    *worst = CODE_OPERATIONAL;
    if (json_object_size(services) == 0)
        return take_event_itself(page, event, worst);
    json_object_foreach(services, id, service) {
        if (!aws_filter_watches(&page->filter, event->region, text_of(id), json_text(service, "service_name")))
            continue;
        enum code code = code_of(page, json_member(service, "current"));
        put_touched(page, text_of(id), code);
        *worst = worse_code(*worst, code);
        any = true;
    }
    return any;
}

/* The log is in no order one may rely on. */
static const json_t *newest_entry(const json_t *event, int64_t *at_ms, struct arena *arena)
{
    const json_t *newest = NULL;
    const json_t *entry = NULL;
    size_t i = 0;

    *at_ms = 0;
    json_array_foreach(json_list(event, "event_log"), i, entry) {
        int64_t entry_at_ms = epoch_ms(json_member(entry, "timestamp"), arena);
        if (entry_at_ms < *at_ms)
            continue;
        *at_ms = entry_at_ms;
        newest = entry;
    }
    return newest;
}

static const char *name_of(const struct event *event, struct arena *arena)
{
    const char *summary = feed_name(arena, json_text(event->json, "summary"));
    struct text where = json_text(event->json, "region_name");

    return where.len == 0 ? summary : feed_text(arena, text_of(arena_format(arena, "%s (%s)", summary,
                                                feed_text(arena, where, FEED_ID_BYTES_MAX))), FEED_NAME_BYTES_MAX);
}

static void put_incident(struct page *page, const struct event *event, enum code worst)
{
    int64_t updated_at_ms = 0;
    const json_t *newest = newest_entry(event->json, &updated_at_ms, page->arena);
    int64_t started_at_ms = epoch_ms(json_member(event->json, "date"), page->arena);

    feed_put_incident(page->out, &(struct feed_incident) {
        .id = feed_id(page->arena, event->id),
        .name = name_of(event, page->arena),
        .state = "open",
        .impact = codes[worst].impact,
        .link = "https://health.aws.amazon.com/health/status",
        .text = newest == NULL ? NULL : markup_text(page->arena, json_text(newest, "message"), FEED_TEXT_BYTES_MAX),
        .started_at_ms = started_at_ms,
        .updated_at_ms = updated_at_ms != 0 ? updated_at_ms : started_at_ms,
    }, page->arena);
    if (updated_at_ms > page->out->source_updated_at_ms)
        page->out->source_updated_at_ms = updated_at_ms;
}

static void take_event(struct page *page, const struct event *event)
{
    enum code worst = CODE_OPERATIONAL;
    if (!take_services(page, event, &worst))
        return;

    bool lingers = page->config->services.n == 0
                   && code_of(page, json_member(event->json, "status")) != CODE_OPERATIONAL;
    if (worst == CODE_OPERATIONAL && !lingers)
        return;   /* open, and over for what is watched */
    if (worst <= CODE_NOTICE)
        feed_put_notice(page->out, name_of(event, page->arena), page->arena);
    else
        put_incident(page, event, worst);
}

/* --- components --------------------------------------------------------------------------------------------------- */

static int compare_touched(const void *a, const void *b)
{
    const struct touched *x = a;
    const struct touched *y = b;
    size_t len = x->id.len < y->id.len ? x->id.len : y->id.len;
    int order = memcmp(x->id.at, y->id.at, len);

    return order != 0 ? order : (x->id.len > y->id.len) - (x->id.len < y->id.len);
}

static void put_component(struct page *page, struct text id, enum status state)
{
    struct feed_result *out = page->out;

    if (out->n_components < FEED_COMPONENTS_MAX)
        out->components[out->n_components++] = (struct feed_component) {
            .id = feed_id(page->arena, id), .name = feed_name(page->arena, id), .state = state};
}

/* Services in the order of their ids, each once; then those watched that no event names. */
static void list_components(struct page *page)
{
    const struct string_list *services = &page->config->services;
    size_t room = page->n_touched + services->n;

    page->out->components = arena_new(page->arena, (room + 1) * sizeof *page->out->components);
    if (page->n_touched > 0)
        qsort(page->touched, page->n_touched, sizeof *page->touched, compare_touched);
    for (size_t i = 0; i < page->n_touched;) {
        enum code worst = page->touched[i].code;
        size_t next = i + 1;
        for (; next < page->n_touched && compare_touched(&page->touched[i], &page->touched[next]) == 0; next++)
            worst = worse_code(worst, page->touched[next].code);
        put_component(page, page->touched[i].id, codes[worst].state);
        i = next;
    }
    for (size_t i = 0; i < services->n && i < FILTER_ENTRIES_MAX; i++) {
        if (!page->filter.mentioned[i])
            put_component(page, text_of(services->items[i]), STATUS_OPERATIONAL);
    }
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

static bool aws_next(const struct feed_input *in, struct feed_request *out)
{
    if (in->n_documents > 0)
        return false;

    *out = (struct feed_request) {
        .name = "currentevents",
        .url = feed_url(in, "/public/currentevents"),
        .accept = "application/json",
    };
    return true;
}

static bool has_nameless_service(const json_t *event)
{
    json_t *services = json_member(event, "impacted_services");
    const char *id = NULL;
    json_t *service = NULL;

    json_object_foreach(services, id, service) {
        if (json_text(service, "service_name").len == 0)
            return true;
    }
    return false;
}

/* A list of services may be empty, but it is there. */
static const struct shape_row shape[] = {
    { "", SHAPE_LIST, SHAPE_NEEDED },
    { "[]", SHAPE_OBJECT, SHAPE_NEEDED },
    { "[].arn", SHAPE_TEXT, SHAPE_NEEDED },
    { "[].impacted_services", SHAPE_OBJECT, SHAPE_NEEDED },
    { "[].event_log", SHAPE_LIST, SHAPE_NEEDED },
    {0},
};

/* All events are looked at before any is believed. */
static int check_shape(const json_t *document, const struct feed_entry *config, struct error *err)
{
    struct event event;
    const json_t *json = NULL;
    size_t i = 0;
    int r = shape_check(document, shape, err);
    if (r < 0)
        return r;

    json_array_foreach(document, i, json) {
        if (!read_event(json, &event))
            return error_set(err, -EBADMSG, "[%zu].arn names no region", i);
        if (aws_filter_by_name(config) && has_nameless_service(json))
            return error_set(err, -EBADMSG, "[%zu] has services without names, by which this is filtered", i);
    }
    return 0;
}

static void read_events(struct page *page, const json_t *document)
{
    bool filtered = page->config->regions.n + page->config->services.n > 0;
    struct event event;
    const json_t *json = NULL;
    size_t i = 0;

    page->out->state = STATUS_OPERATIONAL;
    json_array_foreach(document, i, json) {
        if (read_event(json, &event))
            take_event(page, &event);
    }
    for (size_t t = 0; t < page->n_touched; t++)
        page->out->state = status_worse(page->out->state, codes[page->touched[t].code].state);
    if (!filtered && page->out->state == STATUS_MAJOR_OUTAGE)
        page->out->state = STATUS_PARTIAL_OUTAGE;
    list_components(page);
}

static int aws_parse(const struct feed_input *in, struct feed_result *out, struct error *err)
{
    struct feed_result found = {.valid_until_ms = INT64_MAX};
    struct page page = {.config = in->config, .out = &found, .arena = in->arena, .filter.config = in->config};
    if (in->n_documents == 0)
        return feed_misshapen(out, in->arena, err, "no document was fetched");
    CLEANUP(json_freep) json_t *json = document_read_json(&in->documents[0], out, in->arena, err);
    if (json == NULL)
        return -EBADMSG;

    struct error fault = {0};
    if (check_shape(json, in->config, &fault) < 0)
        return feed_misshapen(out, in->arena, err, "not AWS's list of events: %s", fault.text);
    if (aws_filter_fits(in->config, &found, in->arena))
        read_events(&page, json);
    *out = found;
    return 0;
}

/* An empty list may be anybody's. */
static bool aws_recognises(struct text body, const json_t *json)
{
    struct event event;
    const json_t *first = json_array_get(json, 0);
    (void) body;

    return read_event(first, &event) && text_starts_with(json_text(first, "arn"), "arn:aws")
           && json_member(first, "impacted_services") != NULL;
}

static const char *const documents[] = {"currentevents", NULL};
static const char *const hosts[] = {"health.aws.amazon.com", NULL};

const struct feed aws_feed = {
    .name = "aws",
    .title = "Amazon Web Services",
    .documents = documents,
    .hosts = hosts,
    .detect_path = "/public/currentevents",
    .next = aws_next,
    .parse = aws_parse,
    .recognises = aws_recognises,
};

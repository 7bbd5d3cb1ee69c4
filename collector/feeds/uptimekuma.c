/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uptimekuma: a public status page of Uptime Kuma, versions 1 and 2; `page` is its slug.
 *
 * /api/status-page/SLUG says which monitors there are, in which groups, with what is pinned and which maintenance is
 * on; /api/status-page/heartbeat/SLUG has their last beats, up to a hundred each. The newest beat is a monitor's
 * state; one without beats is unknown and does not count. Both are cached by the server, for five minutes and for
 * one.
 */
#include "collector/feeds/feed.h"

#include <string.h>

#include "collector/feeds/document.h"
#include "collector/feeds/markup.h"
#include "collector/feeds/parsed.h"
#include "collector/feeds/result.h"
#include "collector/feeds/rows.h"
#include "collector/feeds/shape.h"
#include "common/registry.h"

enum { BEAT_DOWN, BEAT_UP, BEAT_PENDING, BEAT_MAINTENANCE };

struct page {
    const struct feed_input *in;
    struct feed_result *out;
    struct arena *arena;
    struct parsed parsed;
    const json_t *page;                /* which monitors there are; NULL: not fetched */
    const json_t *beats;               /* heartbeatList; NULL: not fetched */
    struct rows rows;
    bool *silent;                      /* of the rows: has no beats */
};

/* --- fetching ----------------------------------------------------------------------------------------------------- */

static bool uptimekuma_next(const struct feed_input *in, struct feed_request *out)
{
    static const struct { const char *name; const char *path; } wanted[] = {
        { "status-page", "/api/status-page/" },
        { "heartbeat", "/api/status-page/heartbeat/" },
    };
    const char *slug = in->config->page != NULL ? in->config->page : "default";
    if (in->n_documents >= ARRAY_SIZE(wanted))
        return false;

    *out = (struct feed_request) {
        .name = wanted[in->n_documents].name,
        .url = arena_format(in->arena, "%s%s%s", in->config->url, wanted[in->n_documents].path, slug),
        .accept = "application/json",
    };
    return true;
}

/* --- monitors ----------------------------------------------------------------------------------------------------- */

static const json_t *newest_beat(const json_t *list)
{
    const json_t *newest = NULL;
    const json_t *beat = NULL;
    int64_t newest_ms = -1;
    size_t i = 0;

    json_array_foreach(list, i, beat) {
        int64_t at_ms = feed_time_ms(json_text(beat, "time"));
        if (at_ms == 0 || at_ms >= newest_ms) { /* of equals, and without a time, the later: it is told oldest first */
            newest = beat;
            newest_ms = at_ms == 0 ? newest_ms : at_ms;
        }
    }
    return newest;
}

static void take_beat(struct page *page, const json_t *beat, struct feed_component *component)
{
    int64_t status = -1;

    component->state = STATUS_UNKNOWN;
    if (!json_whole(beat, "status", INT32_MIN, INT32_MAX, &status)) {
        feed_unseen(page->out, text_of("a beat without a status"), page->arena);
        return;
    }
    switch (status) {
    case BEAT_DOWN:
        component->state = STATUS_MAJOR_OUTAGE;
        return;
    case BEAT_UP:
        component->state = STATUS_OPERATIONAL;
        return;
    case BEAT_PENDING:
        component->state = STATUS_DEGRADED;
        return;
    case BEAT_MAINTENANCE:
        component->state = STATUS_OPERATIONAL;
        component->maintenance = true;
        return;
    default:
        feed_unseen(page->out, text_of(arena_format(page->arena, "status %lld", (long long) status)), page->arena);
    }
}

/* One of which the server has no beats has an empty list of them; one without a list is unknown, and counts. */
static size_t put_monitor(struct page *page, const char *id, struct text name)
{
    const json_t *list = id == NULL ? NULL : json_list(page->beats, id);
    const json_t *beat = newest_beat(list);
    struct feed_component component = {.id = id, .name = feed_name(page->arena, name)};
    if (beat != NULL)
        take_beat(page, beat, &component);

    size_t row = rows_add(&page->rows, &component, ROW_LEAF);
    page->silent[row] = beat == NULL && (page->beats == NULL || list != NULL);
    return row;
}

/* A group: its own row says nothing. */
static void put_group(struct page *page, const json_t *group)
{
    size_t i = 0;
    const json_t *monitor = NULL;
    struct feed_component heading = {.name = feed_name(page->arena, json_text(group, "name"))};
    size_t row = rows_add(&page->rows, &heading, ROW_GROUP);

    page->silent[row] = true;
    json_array_foreach(json_list(group, "monitorList"), i, monitor) {
        struct text id = feed_id_text(json_member(monitor, "id"), page->arena);
        size_t member = put_monitor(page, feed_id(page->arena, id), json_text(monitor, "name"));
        page->rows.filter[member].group = row;
    }
}

static size_t count_rows(const struct page *page)
{
    size_t n = 0;
    size_t i = 0;
    const json_t *group = NULL;

    if (page->page == NULL)
        return json_object_size(page->beats);
    json_array_foreach(json_list(page->page, "publicGroupList"), i, group)
        n += 1 + json_array_size(json_list(group, "monitorList"));
    return n;
}

/* Where only the beats are there, monitors are called by their ids. */
static int read_monitors(struct page *page, struct error *err)
{
    size_t n = count_rows(page);
    size_t i = 0;
    const json_t *group = NULL;
    const char *id = NULL;
    json_t *beats = NULL;
    size_t n_rows = n;
    if (n_rows > FEED_COMPONENTS_MAX)
        return feed_misshapen(page->out, page->arena, err, "%zu components, at most %d", n_rows, FEED_COMPONENTS_MAX);
    rows_init(&page->rows, n_rows, page->arena);

    page->silent = arena_new(page->arena, n + 1);
    json_array_foreach(json_list(page->page, "publicGroupList"), i, group)
        put_group(page, group);
    if (page->page == NULL) {
        json_object_foreach((json_t *) page->beats, id, beats) {
            const char *copy = feed_id(page->arena, text_of(id));
            (void) put_monitor(page, copy, text_of(arena_format(page->arena, "monitor %.60s", id)));
        }
    }
    return 0;
}

/* --- what is pinned, and maintenance ------------------------------------------------------------------------------ */

/* Pinned notes have a colour: those that are not about trouble are notices. They name no monitor. */
static void read_incident(struct page *page, const json_t *incident)
{
    static const char *const updated[] = {"lastUpdatedDate", "createdDate", NULL};
    static const char *const calm[] = {"info", "primary", "light", "dark"};
    struct text style = json_text(incident, "style");
    const json_t *active = json_member(incident, "active");
    if (!json_is_object(incident) || (json_is_boolean(active) && json_is_false(active)) || page->rows.filtered)
        return;

    const char *name = feed_name(page->arena, json_text(incident, "title"));
    for (size_t i = 0; i < ARRAY_SIZE(calm); i++) {
        if (text_is(style, calm[i])) {
            feed_put_notice(page->out, name, page->arena);
            return;
        }
    }
    feed_put_incident(page->out, &(struct feed_incident) {
        .id = feed_text(page->arena, feed_id_text(json_member(incident, "id"), page->arena), FEED_ID_BYTES_MAX),
        .name = name,
        .state = "open",
        .impact = feed_word(page->arena, style),
        .link = "",
        .text = markup_text(page->arena, json_text(incident, "content"), FEED_TEXT_BYTES_MAX),
        .started_at_ms = feed_time_ms(json_text(incident, "createdDate")),
        .updated_at_ms = feed_time_of(incident, updated),
    }, page->arena);
}

static void read_maintenance(struct page *page, const json_t *item)
{
    struct text status = json_text(item, "status");
    bool running = text_is(status, "under-maintenance");
    const json_t *slot = json_array_get(json_list(item, "timeslotList"), 0);
    if (!json_is_object(item) || page->rows.filtered || (!running && !text_is(status, "scheduled")))
        return;

    page->out->maintenance = page->out->maintenance || running;
    feed_put_window(page->out, &(struct feed_window) {
        .id = feed_text(page->arena, feed_id_text(json_member(item, "id"), page->arena), FEED_ID_BYTES_MAX),
        .name = feed_name(page->arena, json_text(item, "title")),
        .running = running,
        .text = markup_text(page->arena, json_text(item, "description"), FEED_TEXT_BYTES_MAX),
        .starts_at_ms = feed_time_ms(json_text(slot, "startDate")),
        .ends_at_ms = feed_time_ms(json_text(slot, "endDate")),
    }, page->arena);
}

static void read_items(struct page *page)
{
    size_t i = 0;
    const json_t *item = NULL;

    read_incident(page, json_member(page->page, "incident"));
    json_array_foreach(json_list(page->page, "incidents"), i, item)
        read_incident(page, item);
    json_array_foreach(json_list(page->page, "maintenanceList"), i, item)
        read_maintenance(page, item);
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

/* Of what is watched and has beats: the worst; but without a filter the page is only down when all of it is. */
static enum status state(const struct page *page)
{
    enum status worst = STATUS_UNKNOWN;
    bool any = false;
    bool all_down = true;

    for (size_t i = 0; i < page->rows.n; i++) {
        enum status own = page->rows.components[i].state;
        if (page->silent[i] || (page->rows.filtered && !page->rows.filter[i].selected))
            continue;
        worst = any ? status_worse(worst, own) : own;
        any = true;
        all_down = all_down && own == STATUS_MAJOR_OUTAGE;
    }
    bool some_down = worst == STATUS_MAJOR_OUTAGE && !all_down && !page->rows.filtered;
    return some_down ? STATUS_PARTIAL_OUTAGE : worst;
}

static const struct shape_row page_shape[] = {
    { "publicGroupList", SHAPE_LIST, SHAPE_NEEDED },
    { "publicGroupList[]", SHAPE_OBJECT, SHAPE_NEEDED },
    { "publicGroupList[].monitorList", SHAPE_LIST, SHAPE_NEEDED },
    { "publicGroupList[].monitorList[]", SHAPE_OBJECT, SHAPE_NEEDED },
    { "publicGroupList[].monitorList[].id", SHAPE_ID, SHAPE_NEEDED },
    {0},
};

static int check_shape(const struct page *page, struct error *err)
{
    const char *id = NULL;
    json_t *beats = NULL;
    struct error fault = {0};

    if (page->page != NULL && shape_check(page->page, page_shape, &fault) < 0)
        return feed_misshapen(page->out, page->arena, err, "not a status page of Uptime Kuma: %s", fault.text);
    json_object_foreach((json_t *) page->beats, id, beats) {
        if (!json_is_array(beats) || !parsed_all_objects(beats))
            return feed_misshapen(page->out, page->arena, err,
                                  "not a status page of Uptime Kuma: heartbeatList.%.40s is no list of beats", id);
    }
    return 0;
}

static int find_documents(struct page *page, struct error *err)
{
    const json_t *beats = parsed_with(&page->parsed, "heartbeatList", JSON_OBJECT);

    page->page = parsed_with(&page->parsed, "publicGroupList", JSON_ARRAY);
    page->beats = json_member(beats, "heartbeatList");
    if (page->page == NULL && page->beats == NULL)
        return feed_misshapen(page->out, page->arena, err,
                              "not a status page of Uptime Kuma: neither \"publicGroupList\" nor "
                              "\"heartbeatList\" in it");
    if (page->parsed.n > 1 && (page->page == NULL || page->beats == NULL))
        return feed_misshapen(page->out, page->arena, err, "not a status page of Uptime Kuma: no \"%s\" in it",
                              page->page == NULL ? "publicGroupList" : "heartbeatList");
    int r = check_shape(page, err);
    if (r < 0)
        return r;
    if (page->parsed.n > 1 && count_rows(page) == 0)
        return feed_misshapen(page->out, page->arena, err,
                              "the status page shows no monitors: nothing to tell the state of");
    return 0;
}

static int read_page(struct page *page, struct error *err)
{
    if (!rows_filter_fits(page->in->config, FEED_KEY_COMPONENTS,
                          "Uptime Kuma is filtered by components: monitors and groups", page->out, page->arena))
        return 0;
    int r = find_documents(page, err);
    if (r == 0)
        r = read_monitors(page, err);
    if (r < 0 || !rows_select(&page->rows, &page->in->config->components, "monitor or group", page->out))
        return r;

    read_items(page);
    rows_sum_up(&page->rows);
    page->out->state = state(page);
    page->out->maintenance = rows_maintenance(&page->rows) || page->out->maintenance;
    rows_list(&page->rows, page->out);
    return 0;
}

static int uptimekuma_parse(const struct feed_input *in, struct feed_result *out, struct error *err)
{
    struct page page = {.in = in, .out = out, .arena = in->arena};
    int r = parsed_read(&page.parsed, in, out, err);

    if (r == 0)
        r = read_page(&page, err);
    parsed_done(&page.parsed);
    return r;
}

/* --- what it is known by ------------------------------------------------------------------------------------------ */

static bool uptimekuma_recognises(struct text body, const json_t *json)
{
    (void) body;

    return json_list(json, "publicGroupList") != NULL || json_is_object(json_member(json, "heartbeatList"));
}

static const char *const documents[] = {"status-page", "heartbeat", NULL};

const struct feed uptimekuma_feed = {
    .name = "uptimekuma",
    .title = "Uptime Kuma",
    .documents = documents,
    .detect_path = "/api/status-page/{page}",
    .lists_components = true,
    .next = uptimekuma_next,
    .parse = uptimekuma_parse,
    .recognises = uptimekuma_recognises,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * incidentio: the widget API of incident.io's status pages, /api/v1/summary: what is going on, nothing else.
 *
 * It names only what is affected. Where a watch filter is set, /api/v2/components.json is fetched behind it: which
 * components there are at all (incident.io serves Statuspage's contract too; the feed statuspage reads its summary).
 */
#include "collector/feeds/feed.h"

#include <errno.h>
#include <string.h>

#include "collector/feeds/document.h"
#include "collector/feeds/markup.h"
#include "collector/feeds/result.h"
#include "collector/feeds/rows.h"
#include "collector/feeds/shape.h"
#include "common/registry.h"

#define WIDGET "/api/v1/summary"

/* Of impacts and components; "major_outage" is the same thing in components.json. */
static const struct feed_vocabulary words[] = {
    { "operational", STATUS_OPERATIONAL, false },
    { "degraded_performance", STATUS_DEGRADED, false },
    { "partial_outage", STATUS_PARTIAL_OUTAGE, false },
    { "full_outage", STATUS_MAJOR_OUTAGE, false },
    { "major_outage", STATUS_MAJOR_OUTAGE, false },
    { "under_maintenance", STATUS_OPERATIONAL, true },
    { NULL, STATUS_UNKNOWN, false },
};

static const struct feed_phase_word phases[] = {
    { "investigating", FEED_PHASE_OPEN },
    { "identified", FEED_PHASE_OPEN },
    { "monitoring", FEED_PHASE_WATCHED },
    { "resolved", FEED_PHASE_CLOSED },
    { NULL, FEED_PHASE_UNSEEN },
};

static const char *const lists[] = {"ongoing_incidents", "in_progress_maintenances", "scheduled_maintenances"};
static const char *const window_starts[] = {"started_at", "starts_at", NULL};
static const char *const window_ends[] = {"scheduled_end_at", "ends_at", NULL};

/* An empty widget is the healthy one, so all of what makes it a widget must be there. */
static const struct shape_row widget_shape[] = {
    {"", SHAPE_OBJECT, SHAPE_NEEDED},
    {"ongoing_incidents", SHAPE_LIST, SHAPE_NEEDED},
    {"ongoing_incidents[]", SHAPE_OBJECT, SHAPE_NEEDED},
    {"ongoing_incidents[].status", SHAPE_TEXT, SHAPE_NULL},
    {"ongoing_incidents[].affected_components", SHAPE_LIST, SHAPE_ABSENT},
    {"in_progress_maintenances", SHAPE_LIST, SHAPE_NEEDED},
    {"in_progress_maintenances[]", SHAPE_OBJECT, SHAPE_NEEDED},
    {"scheduled_maintenances", SHAPE_LIST, SHAPE_NEEDED},
    {"scheduled_maintenances[]", SHAPE_OBJECT, SHAPE_NEEDED},
    {0},
};

/* The list of all components has, other than a summary, no status of the page. */
static const struct shape_row components_shape[] = {
    {"", SHAPE_OBJECT, SHAPE_NEEDED},
    {"components", SHAPE_LIST, SHAPE_NEEDED},
    {"components[]", SHAPE_OBJECT, SHAPE_NEEDED},
    {"components[].id", SHAPE_TEXT, SHAPE_NEEDED},
    {"components[].status", SHAPE_TEXT, SHAPE_NEEDED},
    {0},
};

struct page {
    const struct feed_input *in;
    struct feed_result *out;
    struct arena *arena;
    struct rows rows;
    enum status state;             /* the worst impact of what is going on */
    bool strays;                   /* an open incident does not say what it hits */
};

static bool incidentio_next(const struct feed_input *in, struct feed_request *out)
{
    const char *url = feed_url(in, WIDGET);

    if (in->n_documents == 0) {
        *out = (struct feed_request) {.name = WIDGET, .url = url, .accept = "application/json"};
        return true;
    }
    if (in->n_documents > 1 || in->config->components.n == 0)
        return false;
    *out = (struct feed_request) {
        .name = "components.json",
        .url = arena_format(in->arena, "%.*s/api/v2/components.json", (int) (strlen(url) - strlen(WIDGET)), url),
        .accept = "application/json",
    };
    return true;
}

/* --- components --------------------------------------------------------------------------------------------------- */

/* The row of an id; few are affected at a time, and an index would be made anew with each row. */
static size_t row_of(const struct page *page, const char *id)
{
    for (size_t i = 0; id != NULL && i < page->rows.n; i++) {
        const char *known = page->rows.components[i].id;
        if (known != NULL && strcmp(known, id) == 0)
            return i;
    }
    return FILTER_NO_GROUP;
}

static struct feed_component component_of(struct page *page, const json_t *value, const char *status_key)
{
    const struct feed_vocabulary *meaning = feed_meaning(words, json_text(value, status_key), page->out, page->arena);

    return (struct feed_component) {
        .id = feed_id(page->arena, json_text(value, "id")),
        .name = feed_name(page->arena, json_text(value, "name")),
        .state = meaning->state,
        .maintenance = meaning->maintenance,
    };
}

/* One that several items name, or that the list of all has, is as bad as the worst of them says. */
static void read_affected(struct page *page, const json_t *value)
{
    struct feed_component component = component_of(page, value, "current_status");
    struct text group = text_trim(json_text(value, "group_name"));
    size_t row = row_of(page, component.id);
    if (row == FILTER_NO_GROUP)
        row = rows_add(&page->rows, &component, ROW_LEAF);

    struct feed_component *known = &page->rows.components[row];
    known->state = status_worse(known->state, component.state);
    known->maintenance = known->maintenance || component.maintenance;
    if (group.len > 0)
        page->rows.filter[row].group = rows_group(&page->rows, NULL, feed_name(page->arena, group));
}

static size_t count_affected(const json_t *widget)
{
    size_t n = 0;
    size_t i = 0;
    const json_t *item = NULL;

    for (size_t list = 0; list < ARRAY_SIZE(lists); list++) {
        json_array_foreach(json_list(widget, lists[list]), i, item)
            n += json_array_size(json_list(item, "affected_components"));
    }
    return n;
}

static int read_components(struct page *page, const json_t *widget, const json_t *all, struct error *err)
{
    const json_t *list = json_list(all, "components");
    size_t n = json_array_size(list) + count_affected(widget);
    size_t i = 0;
    size_t j = 0;
    const json_t *item = NULL;
    const json_t *value = NULL;
    if (n > FEED_COMPONENTS_MAX)
        return feed_misshapen(page->out, page->arena, err, "%zu components, at most %d", n, FEED_COMPONENTS_MAX);

    rows_init(&page->rows, 2 * n, page->arena);   /* each could name a group of its own */
    json_array_foreach(list, i, value) {
        struct feed_component component = component_of(page, value, "status");
        (void) rows_add(&page->rows, &component, ROW_LEAF);
    }
    for (size_t items = 0; items < ARRAY_SIZE(lists); items++) {
        json_array_foreach(json_list(widget, lists[items]), i, item) {
            json_array_foreach(json_list(item, "affected_components"), j, value)
                read_affected(page, value);
        }
    }
    rows_sum_up(&page->rows);
    return 0;
}

/* --- what is going on --------------------------------------------------------------------------------------------- */

/* One without a word for its impact is as bad as what it affects, and unknown when that isn't told either. */
static enum status impact_of(struct page *page, const json_t *item)
{
    struct text word = json_text(item, "current_worst_impact");
    const json_t *affected = json_list(item, "affected_components");
    struct feed_result counted = {0};   /* their words have been, when they were listed */
    enum status worst = STATUS_UNKNOWN;
    size_t i = 0;
    const json_t *value = NULL;
    if (word.len > 0 || json_array_size(affected) == 0)
        return feed_meaning(words, word, page->out, page->arena)->state;

    json_array_foreach(affected, i, value) {
        enum status state = feed_meaning(words, json_text(value, "current_status"), &counted, page->arena)->state;
        worst = i == 0 ? state : status_worse(worst, state);
    }
    return worst;
}

static const char *item_text(struct page *page, const json_t *item)
{
    return markup_text(page->arena, json_text(item, "last_update_message"), FEED_TEXT_BYTES_MAX);
}

/* Whether an incident does not say what it hits. An empty list says that nothing is. */
static bool is_stray(const json_t *affected)
{
    size_t i = 0;
    const json_t *value = NULL;

    json_array_foreach(affected, i, value) {
        if (json_text(value, "id").len == 0 && json_text(value, "name").len == 0)
            return true;
    }
    return affected == NULL;
}

static void read_incident(struct page *page, const json_t *item)
{
    enum status impact = impact_of(page, item);
    enum feed_phase phase = feed_phase(phases, json_text(item, "status"), page->out, page->arena);
    const json_t *affected = json_list(item, "affected_components");
    bool stray = is_stray(affected);
    if (phase == FEED_PHASE_CLOSED || (!stray && !rows_touched(&page->rows, affected, "id")))
        return;

    page->strays = page->strays || stray;
    page->state = status_worse(page->state, impact);
    feed_put_incident(page->out, &(struct feed_incident) {
        .id = feed_text(page->arena, json_text(item, "id"), FEED_ID_BYTES_MAX),
        .name = feed_name(page->arena, json_text(item, "name")),
        .state = feed_word(page->arena, json_text(item, "status")),
        .impact = feed_word(page->arena, json_text(item, "current_worst_impact")),
        .link = feed_link(page->arena, json_text(item, "url")),
        .text = item_text(page, item),
        .updated_at_ms = feed_time_ms(json_text(item, "last_update_at")),
    }, page->arena);
}

static void read_window(struct page *page, const json_t *item, bool running)
{
    if (!rows_touched(&page->rows, json_list(item, "affected_components"), "id"))
        return;

    page->out->maintenance = page->out->maintenance || running;
    feed_put_window(page->out, &(struct feed_window) {
        .id = feed_text(page->arena, json_text(item, "id"), FEED_ID_BYTES_MAX),
        .name = feed_name(page->arena, json_text(item, "name")),
        .running = running,
        .text = item_text(page, item),
        .link = feed_link(page->arena, json_text(item, "url")),
        .starts_at_ms = feed_time_of(item, window_starts),
        .ends_at_ms = feed_time_of(item, window_ends),
    }, page->arena);
}

static void read_items(struct page *page, const json_t *widget)
{
    size_t i = 0;
    const json_t *item = NULL;

    json_array_foreach(json_list(widget, lists[0]), i, item)
        read_incident(page, item);
    json_array_foreach(json_list(widget, lists[1]), i, item)
        read_window(page, item, true);
    json_array_foreach(json_list(widget, lists[2]), i, item)
        read_window(page, item, false);
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

static int check_components(const struct page *page, const json_t *all, struct error *err)
{
    struct error fault = {0};

    if (shape_check(all, components_shape, &fault) < 0)
        return feed_misshapen(page->out, page->arena, err, "not a list of incident.io's components: %s", fault.text);
    if (json_array_size(json_list(all, "components")) == 0 || json_object_get(all, "status") != NULL)
        return feed_misshapen(page->out, page->arena, err, "not a list of incident.io's components: %s",
                              json_object_get(all, "status") != NULL ? "status in it" : "there are none");
    return 0;
}

static int read_page(struct page *page, const json_t *widget, const json_t *all, struct error *err)
{
    const struct feed_entry *config = page->in->config;
    struct feed_result *out = page->out;
    struct error fault = {0};
    if (shape_check(widget, widget_shape, &fault) < 0)
        return feed_misshapen(out, page->arena, err, "not a widget of incident.io: %s", fault.text);
    int r = all == NULL ? 0 : check_components(page, all, err);
    if (r == 0)
        r = read_components(page, widget, all, err);
    if (r < 0)
        return r;
    if (!rows_filter_fits(config, FEED_KEY_COMPONENTS, "a page of incident.io is filtered by components", out, page->arena)
        || !rows_select(&page->rows, &config->components, "component or group", out))
        return 0;

    read_items(page, widget);
    out->maintenance = out->maintenance || rows_maintenance(&page->rows);
    out->state = page->rows.filtered ? rows_state(&page->rows) : page->state;
    if (page->rows.filtered && page->strays)
        out->state = status_worse(out->state, STATUS_UNKNOWN);
    rows_list(&page->rows, out);
    return 0;
}

/* components.json given alone: the list of all, no incidents. */
static int parse_components(struct page *page, const json_t *all, struct error *err)
{
    const struct feed_entry *config = page->in->config;
    int r = check_components(page, all, err);
    if (r == 0)
        r = read_components(page, NULL, all, err);
    if (r < 0)
        return r;
    if (!rows_select(&page->rows, &config->components, "component or group", page->out))
        return 0;

    page->out->state = rows_state(&page->rows);
    page->out->maintenance = rows_maintenance(&page->rows);
    rows_list(&page->rows, page->out);
    return 0;
}

static int incidentio_parse(const struct feed_input *in, struct feed_result *out, struct error *err)
{
    struct page page = {.in = in, .out = out, .arena = in->arena, .state = STATUS_OPERATIONAL};
    const struct feed_document *all = document_find(in, "components.json");
    const struct feed_document *widget = in->n_documents > 0 && all != &in->documents[0] ? &in->documents[0] : NULL;
    if (widget == NULL && all == NULL)
        return feed_misshapen(out, in->arena, err, "no document was fetched");

    CLEANUP(json_freep) json_t *all_json = all == NULL ? NULL : document_read_json(all, out, in->arena, err);
    if (all != NULL && all_json == NULL)
        return -EBADMSG;
    if (widget == NULL)
        return parse_components(&page, all_json, err);
    CLEANUP(json_freep) json_t *widget_json = document_read_json(widget, out, in->arena, err);
    return widget_json == NULL ? -EBADMSG : read_page(&page, widget_json, all_json, err);
}

static bool incidentio_recognises(struct text body, const json_t *json)
{
    (void) body;
    return json_is_string(json_member(json, "page_title")) && json_is_array(json_member(json, "ongoing_incidents"))
           && json_is_array(json_member(json, "in_progress_maintenances"));
}

static const char *const documents[] = {WIDGET, "components.json", NULL};

const struct feed incidentio_feed = {
    .name = "incidentio",
    .title = "incident.io, widget API",
    .documents = documents,
    .detect_path = WIDGET,
    .fetches_by_filter = true,
    .next = incidentio_next,
    .parse = incidentio_parse,
    .recognises = incidentio_recognises,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * statuspage: Atlassian Statuspage, API v2, and the platforms that imitate it (incident.io and others).
 *
 * Polled is summary.json; status.json and components.json are read the same way as far as they go. incidents.json,
 * incidents/unresolved.json and scheduled-maintenances.json (with its upcoming.json and active.json) are histories: they
 * tell of incidents and windows, not of the present state. Two of them are fetched behind the summary when something
 * vanished from it: it lists nothing that is over, and only they tell how it ended.
 */
#include "collector/feeds/feed.h"

#include <errno.h>
#include <string.h>

#include "collector/feeds/document.h"
#include "collector/feeds/history.h"
#include "collector/feeds/markup.h"
#include "collector/feeds/result.h"
#include "collector/feeds/rows.h"
#include "collector/feeds/shape.h"
#include "common/registry.h"

static const struct feed_vocabulary component_words[] = {
    { "operational", STATUS_OPERATIONAL, false },
    { "degraded_performance", STATUS_DEGRADED, false },
    { "partial_outage", STATUS_PARTIAL_OUTAGE, false },
    { "major_outage", STATUS_MAJOR_OUTAGE, false },
    { "under_maintenance", STATUS_OPERATIONAL, true },
    { NULL, STATUS_UNKNOWN, false },
};

/* "major" reads "Partial System Outage" on the page itself. */
static const struct feed_vocabulary indicator_words[] = {
    { "none", STATUS_OPERATIONAL, false },
    { "minor", STATUS_DEGRADED, false },
    { "major", STATUS_PARTIAL_OUTAGE, false },
    { "critical", STATUS_MAJOR_OUTAGE, false },
    { "maintenance", STATUS_OPERATIONAL, true },
    { NULL, STATUS_UNKNOWN, false },
};

/* Only whether an impact raises a green page: it is the incident's peak and does not fall while the fix is watched. */
static const struct feed_vocabulary impact_words[] = {
    { "none", STATUS_OPERATIONAL, false },
    { "minor", STATUS_DEGRADED, false },
    { "major", STATUS_DEGRADED, false },
    { "critical", STATUS_DEGRADED, false },
    { "maintenance", STATUS_OPERATIONAL, false },
    { NULL, STATUS_UNKNOWN, false },
};

static const char *const update_times[] = {"display_at", "created_at", "updated_at", NULL};
static const char *const start_times[] = {"started_at", "created_at", NULL};
static const char *const end_times[] = {"resolved_at", "updated_at", "created_at", NULL};
static const char *const window_end_times[] = {"resolved_at", "scheduled_until", "updated_at", NULL};

/* Imitators leave out lists that are empty, or write null. What lacks a word of its state is looked at one by one: it
 * hides nothing that is bad. */
static const struct shape_row shape[] = {
    {"", SHAPE_OBJECT, SHAPE_NEEDED},
    {"page", SHAPE_OBJECT, SHAPE_ABSENT},
    {"status", SHAPE_OBJECT, SHAPE_ABSENT},
    {"components", SHAPE_LIST, SHAPE_ABSENT},
    {"incidents", SHAPE_LIST, SHAPE_ABSENT},
    {"incidents[]", SHAPE_OBJECT, SHAPE_NEEDED},
    {"scheduled_maintenances", SHAPE_LIST, SHAPE_ABSENT},
    {"scheduled_maintenances[]", SHAPE_OBJECT, SHAPE_NEEDED},
    {0},
};

/* One page being read. */
struct page {
    const struct feed_input *in;
    struct feed_result *out;
    struct arena *arena;
    const json_t *document;
    bool history;
    struct rows rows;
    enum status raised;            /* what open incidents make of a green page */
    bool is_odd;                   /* something lacks what tells its state: no page is well for want of it */
};

/* --- fetching ----------------------------------------------------------------------------------------------------- */

/* Where the API's documents are, without the slash; NULL when the one named is none of them. */
static const char *api_of(const struct feed_input *in)
{
    const char *url = in->config->url;

    if (feed_ends_with(url, "/summary.json"))
        return arena_copy_text(in->arena, (struct text) {url, strlen(url) - strlen("/summary.json")});
    return feed_ends_with(url, ".json") ? NULL : feed_url(in, "/api/v2");
}

static bool statuspage_next(const struct feed_input *in, struct feed_request *out)
{
    static const char *const histories[] = {"incidents.json", "scheduled-maintenances.json"};
    const char *api = api_of(in);

    if (in->n_documents == 0) {
        *out = (struct feed_request) {
            .name = "summary.json",
            .url = api == NULL ? in->config->url : arena_format(in->arena, "%s/summary.json", api),
            .accept = "application/json",
        };
        return true;
    }
    if (!in->vanished || api == NULL || in->n_documents > ARRAY_SIZE(histories))
        return false;
    const char *name = histories[in->n_documents - 1];
    *out = (struct feed_request) {
        .name = name,
        .url = arena_format(in->arena, "%s/%s", api, name),
        .accept = "application/json",
        .optional = true,   /* imitators have not all of them */
    };
    return true;
}

/* --- components --------------------------------------------------------------------------------------------------- */

/* What each of them has. */
static bool is_component(const json_t *value)
{
    return json_text(value, "id").len > 0 && json_is_string(json_object_get(value, "name"))
           && json_text(value, "status").len > 0;
}

static void read_component(struct page *page, const json_t *value)
{
    const struct feed_vocabulary *meaning =
        feed_meaning(component_words, json_text(value, "status"), page->out, page->arena);
    struct feed_component component = {
        .id = feed_id(page->arena, json_text(value, "id")),
        .name = feed_name(page->arena, json_text(value, "name")),
        .state = meaning->state,
        .maintenance = meaning->maintenance,
    };
    bool is_group = json_flag(value, "group") || json_array_size(json_list(value, "components")) > 0;

    (void) rows_add(&page->rows, &component, is_group ? ROW_GROUP : ROW_LEAF);
}

/* Joins members to groups, told on either side. */
static void join_groups(struct page *page, const json_t *list)
{
    struct rows *rows = &page->rows;
    size_t i = 0;
    size_t j = 0;
    const json_t *value = NULL;
    const json_t *member = NULL;

    json_array_foreach(list, i, value) {
        size_t group = rows_find(rows, json_text(value, "group_id"));
        if (group == FILTER_NO_GROUP || group == i || rows->kinds[i] != ROW_LEAF)
            continue;
        rows->kinds[group] = ROW_GROUP;   /* whatever it says of itself */
        rows->filter[i].group = group;
    }
    json_array_foreach(list, i, value) {
        json_array_foreach(json_list(value, "components"), j, member) {
            size_t row = rows_find(rows, json_string_text(member));
            if (row != FILTER_NO_GROUP && rows->kinds[row] == ROW_LEAF && rows->filter[row].group == FILTER_NO_GROUP)
                rows->filter[row].group = i;
        }
    }
}

static int read_components(struct page *page, struct error *err)
{
    const json_t *list = json_list(page->document, "components");
    size_t n = json_array_size(list);
    size_t i = 0;
    const json_t *value = NULL;
    if (n > FEED_COMPONENTS_MAX)
        return feed_misshapen(page->out, page->arena, err, "%zu components, at most %d", n, FEED_COMPONENTS_MAX);

    rows_init(&page->rows, n, page->arena);
    json_array_foreach(list, i, value) {
        page->is_odd = page->is_odd || !is_component(value);
        read_component(page, value);
    }
    join_groups(page, list);
    return 0;
}

/* --- incidents and maintenance windows ---------------------------------------------------------------------------- */

static enum feed_phase phase_of(struct page *page, const json_t *item)
{
    enum feed_phase phase = feed_phase(feed_phase_words, json_text(item, "status"), page->out, page->arena);
    bool over = phase == FEED_PHASE_UNSEEN && json_member(item, "resolved_at") != NULL;

    return over ? FEED_PHASE_CLOSED : phase;
}

/* With a filter only what touches a selected component is listed. Where an item names no components its updates may. */
static bool is_of_interest(struct page *page, const json_t *item)
{
    const json_t *components = json_list(item, "components");
    size_t i = 0;
    const json_t *update = NULL;

    if (!page->rows.filtered)
        return true;
    if (json_array_size(components) > 0)
        return rows_touched(&page->rows, components, "id");
    json_array_foreach(json_list(item, "incident_updates"), i, update) {
        if (rows_touched(&page->rows, json_list(update, "affected_components"), "code"))
            return true;
    }
    return false;
}

static const char *newest_text(const struct page *page, const json_t *item)
{
    const json_t *update = feed_newest(json_list(item, "incident_updates"), update_times);

    return markup_text(page->arena, json_text(update, "body"), FEED_TEXT_BYTES_MAX);
}

static void read_incident(struct page *page, const json_t *item)
{
    enum feed_phase phase = phase_of(page, item);
    struct text word = json_text(item, "impact");
    const struct feed_vocabulary *impact = feed_meaning(impact_words, word, page->out, page->arena);
    page->is_odd = page->is_odd || json_text(item, "status").len == 0;
    if (!is_of_interest(page, item))
        return;

    struct feed_incident incident = {
        .id = feed_text(page->arena, json_text(item, "id"), FEED_ID_BYTES_MAX),
        .name = feed_name(page->arena, json_text(item, "name")),
        .state = feed_word(page->arena, json_text(item, "status")),
        .impact = feed_word(page->arena, word),
        .link = feed_link(page->arena, json_text(item, "shortlink")),
        .text = newest_text(page, item),
        .started_at_ms = feed_time_of(item, start_times),
        .updated_at_ms = feed_time_ms(json_text(item, "updated_at")),
    };
    if (phase == FEED_PHASE_CLOSED) {
        incident.updated_at_ms = feed_time_of(item, end_times);
        feed_put_ended(page->out, &incident, page->in);
        return;
    }
    if (phase == FEED_PHASE_OPEN)
        page->raised = status_worse(page->raised, impact->state);
    feed_put_incident(page->out, &incident, page->arena);
}

static void read_window(struct page *page, const json_t *item)
{
    enum feed_phase phase = phase_of(page, item);
    bool running = phase == FEED_PHASE_RUNNING;
    if (!is_of_interest(page, item))
        return;

    struct feed_window window = {
        .id = feed_text(page->arena, json_text(item, "id"), FEED_ID_BYTES_MAX),
        .name = feed_name(page->arena, json_text(item, "name")),
        .running = running,
        .text = newest_text(page, item),
        .link = feed_link(page->arena, json_text(item, "shortlink")),
        .starts_at_ms = feed_time_ms(json_text(item, "scheduled_for")),
        .ends_at_ms = feed_time_ms(json_text(item, "scheduled_until")),
    };
    if (phase == FEED_PHASE_CLOSED) {
        window.ends_at_ms = feed_time_of(item, window_end_times);
        feed_put_ended_window(page->out, &window, page->in);
        return;
    }
    if (running && !page->rows.filtered)
        page->out->maintenance = true;
    feed_put_window(page->out, &window, page->arena);
}

static void read_items(struct page *page)
{
    size_t i = 0;
    const json_t *item = NULL;

    json_array_foreach(json_list(page->document, "incidents"), i, item) {
        if (json_member(item, "scheduled_for") != NULL)   /* imitators mix the two lists */
            read_window(page, item);
        else
            read_incident(page, item);
    }
    json_array_foreach(json_list(page->document, "scheduled_maintenances"), i, item)
        read_window(page, item);
}

/* How things ended, of the histories behind the first document. One that can't be read tells nothing. */
static void read_endings(struct page *page)
{
    for (size_t i = 1; i < page->in->n_documents; i++) {
        struct feed_result told = {.ended = page->out->ended, .n_ended = page->out->n_ended,
                                   .ended_windows = page->out->ended_windows,
                                   .n_ended_windows = page->out->n_ended_windows};
        struct feed_result unread = {0};
        struct error ignored = {0};
        CLEANUP(json_freep) json_t *json = document_read_json(&page->in->documents[i], &unread, page->arena, &ignored);
        struct page history = *page;
        if (json == NULL || shape_check(json, shape, &ignored) < 0)
            continue;
        history.out = &told;   /* what else it tells, the summary has told better */
        history.document = json;
        read_items(&history);
        page->out->ended = told.ended;
        page->out->n_ended = told.n_ended;
        page->out->ended_windows = told.ended_windows;
        page->out->n_ended_windows = told.n_ended_windows;
    }
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

static bool is_history(const char *document)
{
    return strstr(document, "incidents") != NULL || strstr(document, "maintenances") != NULL
           || feed_ends_with(document, "unresolved.json") || feed_ends_with(document, "upcoming.json")
           || feed_ends_with(document, "active.json");
}

/* NULL, or why this is no document of a Statuspage. */
static const char *misfit(const struct page *page)
{
    const json_t *document = page->document;
    struct error fault = {0};
    if (shape_check(document, shape, &fault) < 0)
        return arena_copy_string(page->arena, fault.text);

    bool tells_items = json_list(document, "incidents") != NULL || json_list(document, "scheduled_maintenances") != NULL;
    bool tells_state = json_member(document, "status") != NULL || json_list(document, "components") != NULL;
    if (page->history && !tells_items && json_member(document, "page") == NULL)
        return "neither page, incidents nor maintenances in it";
    return !page->history && !tells_state ? "neither status nor components in it" : NULL;
}

/* A filter that means nothing is a fault of the configuration, never a green page; but a history need not name all that is
 * watched. False: the result says so. */
static const char filter_words[] = "a Statuspage is filtered by components";

static bool apply_filter(struct page *page)
{
    const struct feed_entry *config = page->in->config;
    if (!rows_filter_fits(config, FEED_KEY_COMPONENTS, filter_words, page->out, page->arena))
        return false;
    if (!page->history)
        return rows_select(&page->rows, &config->components, "component or group", page->out);
    rows_select_named(&page->rows, &config->components);
    return true;
}

static enum status page_state(struct page *page)
{
    struct text indicator = json_text(json_member(page->document, "status"), "indicator");
    const struct feed_vocabulary *meaning = feed_meaning(indicator_words, indicator, page->out, page->arena);
    if (meaning->maintenance)
        page->out->maintenance = true;

    enum status state = indicator.len > 0 ? meaning->state : rows_state(&page->rows);
    return state == STATUS_OPERATIONAL ? status_worse(state, page->raised) : state;
}

static void conclude(struct page *page)
{
    struct feed_result *out = page->out;

    out->maintenance = rows_maintenance(&page->rows) || out->maintenance;
    if (page->history)
        out->no_state = true;
    else
        out->state = page->rows.filtered ? rows_state(&page->rows) : page_state(page);
    if (page->is_odd)
        out->state = status_worse(out->state, STATUS_UNKNOWN);
    rows_list(&page->rows, out);
}

/* history.atom and history.rss say the same as incidents.json and scheduled-maintenances.json, with less. */
static int parse_history_feed(const struct feed_input *in, struct feed_result *out, struct error *err)
{
    int r = history_parse(in, HISTORY_ITEMS, out, err);

    if (r == 0)
        (void) rows_filter_fits(in->config, FEED_KEY_COMPONENTS, filter_words, out, in->arena);
    return r;
}

static int statuspage_parse(const struct feed_input *in, struct feed_result *out, struct error *err)
{
    if (in->n_documents == 0)
        return feed_misshapen(out, in->arena, err, "no document was fetched");
    if (document_is(&in->documents[0], "history.atom") || document_is(&in->documents[0], "history.rss"))
        return parse_history_feed(in, out, err);
    CLEANUP(json_freep) json_t *json = document_read_json(&in->documents[0], out, in->arena, err);
    if (json == NULL)
        return -EBADMSG;

    struct page page = {
        .in = in,
        .out = out,
        .arena = in->arena,
        .document = json,
        .history = is_history(in->documents[0].name),
        .raised = STATUS_OPERATIONAL,
    };
    const char *why = misfit(&page);
    if (why != NULL)
        return feed_misshapen(out, in->arena, err, "not a Statuspage document: %s", why);
    const json_t *status = json_member(json, "status");
    page.is_odd = status != NULL && json_text(status, "indicator").len == 0;
    if (read_components(&page, err) < 0)
        return -EBADMSG;
    out->source_updated_at_ms = feed_time_ms(json_text(json_member(json, "page"), "updated_at"));
    if (apply_filter(&page)) {
        read_items(&page);
        read_endings(&page);
        conclude(&page);
    }
    return 0;
}

/* --- what it is known by ------------------------------------------------------------------------------------------ */

static bool statuspage_recognises(struct text body, const json_t *json)
{
    const json_t *page = json_member(json, "page");
    (void) body;

    return json_is_string(json_member(page, "id")) && json_is_string(json_member(page, "name"))
           && (json_is_string(json_member(json_member(json, "status"), "indicator"))
               || json_is_array(json_member(json, "components")));
}

static const char *const documents[] = {
    "summary.json", "components.json", "status.json", "incidents.json", "scheduled-maintenances.json", "history.atom",
    "history.rss", NULL,
};

const struct feed statuspage_feed = {
    .name = "statuspage",
    .title = "Atlassian Statuspage",
    .documents = documents,
    .detect_path = "/api/v2/summary.json",
    .lists_components = true,
    .next = statuspage_next,
    .parse = statuspage_parse,
    .recognises = statuspage_recognises,
};

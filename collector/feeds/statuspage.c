/* SPDX-License-Identifier: Apache-2.0 */
/*
 * statuspage: Atlassian Statuspage, API v2, and the platforms that imitate it (incident.io and others).
 *
 * Polled is summary.json; status.json and components.json are read the same way as far as they go. incidents.json,
 * incidents/unresolved.json and scheduled-maintenances.json (with its upcoming.json and active.json) are histories: they
 * tell of incidents and windows, not of the present state.
 */
#include "collector/feeds/feed.h"

#include <errno.h>
#include <string.h>

#include "collector/feeds/document.h"
#include "collector/feeds/filter.h"
#include "collector/feeds/result.h"
#include "collector/feeds/rows.h"
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

enum phase { PHASE_OPEN, PHASE_WATCHED, PHASE_CLOSED, PHASE_PLANNED, PHASE_RUNNING, PHASE_UNSEEN };

static const struct { const char *word; enum phase phase; } incident_phases[] = {
    { "investigating", PHASE_OPEN },
    { "identified", PHASE_OPEN },
    { "monitoring", PHASE_WATCHED },
    { "resolved", PHASE_CLOSED },
    { "postmortem", PHASE_CLOSED },
    { "scheduled", PHASE_PLANNED },
    { "in_progress", PHASE_RUNNING },
    { "verifying", PHASE_RUNNING },
    { "completed", PHASE_CLOSED },
};

/* One page being read. */
struct page {
    const struct feed_input *in;
    struct feed_result *out;
    struct arena *arena;
    const json_t *document;
    bool history;
    struct rows rows;
    struct filter_index index;
    enum status raised;            /* what open incidents make of a green page */
};

/* --- fetching ----------------------------------------------------------------------------------------------------- */

static bool ends_with(const char *s, const char *end)
{
    size_t len = strlen(s);
    size_t end_len = strlen(end);

    return len >= end_len && strcmp(s + len - end_len, end) == 0;
}

static bool statuspage_next(const struct feed_input *in, struct feed_request *out)
{
    if (in->n_documents > 0)
        return false;

    const char *url = in->config->url;
    const char *path = ends_with(url, ".json") ? "" : ends_with(url, "/api/v2") ? "/summary.json" : "/api/v2/summary.json";
    *out = (struct feed_request) {
        .name = "summary.json",
        .url = arena_format(in->arena, "%s%s", url, path),
        .accept = "application/json",
    };
    return true;
}

/* --- components --------------------------------------------------------------------------------------------------- */

static void read_component(struct page *page, const json_t *value)
{
    struct text id = json_text(value, "id");
    struct text name = text_trim(json_text(value, "name"));
    const struct feed_vocabulary *meaning =
        feed_meaning(component_words, json_text(value, "status"), page->out, page->arena);
    struct feed_component component = {
        .id = id.len == 0 ? NULL : feed_text(page->arena, id, FEED_ID_BYTES_MAX),
        .name = name.len == 0 ? "(no name)" : feed_text(page->arena, name, FEED_NAME_BYTES_MAX),
        .state = meaning->state,
        .maintenance = meaning->maintenance,
    };
    bool is_group = json_flag(value, "group") || json_array_size(json_list(value, "components")) > 0;

    (void) rows_add(&page->rows, &component, is_group ? ROW_GROUP : ROW_LEAF);
}

/* Joins members to groups, told on either side. */
static void join_groups(struct page *page, const json_t *list)
{
    size_t i = 0;
    size_t j = 0;
    const json_t *value = NULL;
    const json_t *member = NULL;

    json_array_foreach(list, i, value) {
        size_t group = filter_find(&page->index, json_text(value, "group_id"));
        if (group != FILTER_NO_GROUP && page->rows.kinds[group] == ROW_GROUP && page->rows.kinds[i] == ROW_LEAF)
            page->rows.filter[i].group = group;
    }
    json_array_foreach(list, i, value) {
        json_array_foreach(json_list(value, "components"), j, member) {
            size_t row = filter_find(&page->index, json_string_text(member));
            if (row != FILTER_NO_GROUP && page->rows.kinds[row] == ROW_LEAF
                && page->rows.filter[row].group == FILTER_NO_GROUP)
                page->rows.filter[row].group = i;
        }
    }
}

static int read_components(struct page *page, struct error *err)
{
    const json_t *list = json_list(page->document, "components");
    size_t n = json_array_size(list);
    if (n > FEED_COMPONENTS_MAX)
        return error_set(err, -EBADMSG, "%zu components, at most %d", n, FEED_COMPONENTS_MAX);

    rows_init(&page->rows, n, page->arena);
    size_t i = 0;
    const json_t *value = NULL;
    json_array_foreach(list, i, value)
        read_component(page, value);
    filter_index(&page->index, page->rows.filter, n, page->arena);
    join_groups(page, list);
    return 0;
}

/* --- incidents and maintenance windows ---------------------------------------------------------------------------- */

static enum phase phase_of(struct page *page, const json_t *item)
{
    struct text word = json_text(item, "status");

    for (size_t i = 0; i < ARRAY_SIZE(incident_phases); i++) {
        if (text_equal_ignoring_case(word, text_of(incident_phases[i].word)))
            return incident_phases[i].phase;
    }
    if (word.len > 0)
        feed_unseen(page->out, word, page->arena);
    return json_member(item, "resolved_at") != NULL ? PHASE_CLOSED : PHASE_UNSEEN;
}

/* Whether a component an item speaks of is watched. */
static bool is_watched(const struct page *page, struct text id, struct text name)
{
    const struct string_list *entries = &page->in->config->components;
    size_t row = filter_find(&page->index, id);
    if (row != FILTER_NO_GROUP)
        return page->rows.filter[row].selected;
    for (size_t i = 0; i < entries->n; i++) {
        if (filter_entry_means(entries->items[i], id, name))
            return true;
    }
    return false;
}

static bool touches_listed(const struct page *page, const json_t *list, const char *id_key)
{
    size_t i = 0;
    const json_t *value = NULL;

    json_array_foreach(list, i, value) {
        struct text id = json_is_string(value) ? json_string_text(value) : json_text(value, id_key);
        if (is_watched(page, id, json_text(value, "name")))
            return true;
    }
    return false;
}

/* With a filter only what touches a selected component is listed. Where an item names no components its updates may. */
static bool is_of_interest(const struct page *page, const json_t *item)
{
    const json_t *components = json_list(item, "components");
    size_t i = 0;
    const json_t *update = NULL;

    if (!page->rows.filtered)
        return true;
    if (json_array_size(components) > 0)
        return touches_listed(page, components, "id");
    json_array_foreach(json_list(item, "incident_updates"), i, update) {
        if (touches_listed(page, json_list(update, "affected_components"), "code"))
            return true;
    }
    return false;
}

/* What VendorItem and a person need to tell it from others. */
static const char *item_id(struct page *page, const json_t *item)
{
    return feed_text(page->arena, json_text(item, "id"), FEED_ID_BYTES_MAX);
}

static const char *item_name(struct page *page, const json_t *item)
{
    struct text name = text_trim(json_text(item, "name"));

    return name.len == 0 ? "(no name)" : feed_text(page->arena, name, FEED_NAME_BYTES_MAX);
}

static void read_incident(struct page *page, const json_t *item)
{
    struct feed_result *out = page->out;
    enum phase phase = phase_of(page, item);
    const struct feed_vocabulary *impact = feed_meaning(impact_words, json_text(item, "impact"), out, page->arena);
    int64_t started_at_ms = feed_time_ms(json_text(item, "started_at"));
    if (phase == PHASE_CLOSED || !is_of_interest(page, item))
        return;

    if (phase == PHASE_OPEN && impact->state == STATUS_DEGRADED)
        page->raised = STATUS_DEGRADED;
    if (out->n_incidents == FEED_ITEMS_MAX)
        return;   /* it has had its say; nobody reads so long a list */
    out->incidents[out->n_incidents++] = (struct feed_incident) {
        .id = item_id(page, item),
        .name = item_name(page, item),
        .state = feed_word(page->arena, json_text(item, "status")),
        .impact = feed_word(page->arena, json_text(item, "impact")),
        .link = feed_link(page->arena, json_text(item, "shortlink")),
        .started_at_ms = started_at_ms != 0 ? started_at_ms : feed_time_ms(json_text(item, "created_at")),
        .updated_at_ms = feed_time_ms(json_text(item, "updated_at")),
    };
}

static void read_window(struct page *page, const json_t *item)
{
    struct feed_result *out = page->out;
    enum phase phase = phase_of(page, item);
    bool running = phase == PHASE_RUNNING;
    if (phase == PHASE_CLOSED || !is_of_interest(page, item))
        return;

    if (running && !page->rows.filtered)
        out->maintenance = true;
    if (out->n_windows == FEED_ITEMS_MAX)
        return;
    out->windows[out->n_windows++] = (struct feed_window) {
        .id = item_id(page, item),
        .name = item_name(page, item),
        .running = running,
        .starts_at_ms = feed_time_ms(json_text(item, "scheduled_for")),
        .ends_at_ms = feed_time_ms(json_text(item, "scheduled_until")),
    };
}

static void read_items(struct page *page)
{
    size_t i = 0;
    const json_t *item = NULL;

    page->out->incidents = arena_new(page->arena, FEED_ITEMS_MAX * sizeof *page->out->incidents);
    page->out->windows = arena_new(page->arena, FEED_ITEMS_MAX * sizeof *page->out->windows);
    json_array_foreach(json_list(page->document, "incidents"), i, item) {
        if (json_member(item, "scheduled_for") != NULL)   /* imitators mix the two lists */
            read_window(page, item);
        else if (json_is_object(item))
            read_incident(page, item);
    }
    json_array_foreach(json_list(page->document, "scheduled_maintenances"), i, item) {
        if (json_is_object(item))
            read_window(page, item);
    }
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

static bool is_history(const char *document)
{
    return strstr(document, "incidents") != NULL || strstr(document, "maintenances") != NULL
           || ends_with(document, "unresolved.json") || ends_with(document, "upcoming.json")
           || ends_with(document, "active.json");
}

/* The member is absent, null or of this kind. */
static bool fits(const json_t *document, const char *key, json_type type)
{
    const json_t *value = json_member(document, key);

    return value == NULL || json_typeof(value) == type;
}

static int check_shape(const struct page *page, struct error *err)
{
    static const struct { const char *key; json_type type; } members[] = {
        { "page", JSON_OBJECT },
        { "status", JSON_OBJECT },
        { "components", JSON_ARRAY },
        { "incidents", JSON_ARRAY },
        { "scheduled_maintenances", JSON_ARRAY },
    };
    const json_t *document = page->document;
    if (!json_is_object(document))
        return error_set(err, -EBADMSG, "not a Statuspage document: an array where an object is due");
    for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
        if (!fits(document, members[i].key, members[i].type))
            return error_set(err, -EBADMSG, "not a Statuspage document: \"%s\" is not %s", members[i].key,
                             members[i].type == JSON_ARRAY ? "a list" : "an object");
    }

    bool tells_items = json_list(document, "incidents") != NULL || json_list(document, "scheduled_maintenances") != NULL;
    bool tells_state = json_member(document, "status") != NULL || json_list(document, "components") != NULL;
    if (page->history && !tells_items && json_member(document, "page") == NULL)
        return error_set(err, -EBADMSG, "not a Statuspage document: neither page, incidents nor maintenances in it");
    if (!page->history && !tells_state)
        return error_set(err, -EBADMSG, "not a Statuspage document: neither status nor components in it");
    return 0;
}

/* A filter that means nothing is a fault of the configuration, never a green page; but a history need not name all that is
 * watched. False: the result says so. */
static bool apply_filter(struct page *page)
{
    const struct feed_entry *config = page->in->config;
    if (!rows_filter_fits(config, FEED_KEY_COMPONENTS, "a Statuspage is filtered by components", page->out, page->arena))
        return false;
    if (!page->history)
        return rows_select(&page->rows, &config->components, "component or group", page->out);

    page->rows.filtered = config->components.n > 0;
    (void) filter_select(&config->components, page->rows.filter, page->rows.n);
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
    rows_list(&page->rows, out);
}

static int statuspage_parse(const struct feed_input *in, struct feed_result *out, struct error *err)
{
    if (in->n_documents == 0) {
        (void) feed_fail(out, "shape", "no document was fetched", in->arena);
        return error_set(err, -EINVAL, "no document was fetched");
    }
    const struct feed_document *document = &in->documents[0];
    CLEANUP(json_freep) json_t *json = document_read_json(document, out, in->arena, err);
    if (json == NULL)
        return -EBADMSG;

    struct error fault = {0};
    struct feed_result found = {.valid_until_ms = INT64_MAX};
    struct page page = {
        .in = in,
        .out = &found,
        .arena = in->arena,
        .document = json,
        .history = is_history(document->name),
        .raised = STATUS_OPERATIONAL,
    };
    if (check_shape(&page, &fault) < 0 || read_components(&page, &fault) < 0) {
        (void) error_set(err, fault.code, "%s", fault.text);
        return feed_fail(out, "shape", fault.text, in->arena);
    }
    found.source_updated_at_ms = feed_time_ms(json_text(json_member(json, "page"), "updated_at"));
    if (apply_filter(&page)) {
        read_items(&page);
        conclude(&page);
    }
    *out = found;
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
    "summary.json", "components.json", "status.json", "incidents.json", "scheduled-maintenances.json", NULL,
};

const struct feed statuspage_feed = {
    .name = "statuspage",
    .title = "Atlassian Statuspage",
    .documents = documents,
    .detect_path = "/api/v2/summary.json",
    .next = statuspage_next,
    .parse = statuspage_parse,
    .recognises = statuspage_recognises,
};

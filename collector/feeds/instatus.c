/* SPDX-License-Identifier: Apache-2.0 */
/*
 * instatus: Instatus pages. /v3/summary.json (or the older /summary.json) has the page's word and what is going on;
 * /v3/components.json has the components, in one of three forms that years have left behind.
 */
#include "collector/feeds/feed.h"

#include <errno.h>
#include <string.h>

#include "collector/feeds/document.h"
#include "collector/feeds/result.h"
#include "collector/feeds/rows.h"
#include "collector/feeds/shape.h"
#include "common/registry.h"

/* Of components and impacts; the page's own words have ALL or SOME in front of them on some pages. */
static const struct feed_vocabulary words[] = {
    { "OPERATIONAL", STATUS_OPERATIONAL, false },
    { "UNDERMAINTENANCE", STATUS_OPERATIONAL, true },
    { "DEGRADEDPERFORMANCE", STATUS_DEGRADED, false },
    { "PARTIALOUTAGE", STATUS_PARTIAL_OUTAGE, false },
    { "MINOROUTAGE", STATUS_PARTIAL_OUTAGE, false },
    { "MAJOROUTAGE", STATUS_MAJOR_OUTAGE, false },
    { NULL, STATUS_UNKNOWN, false },
};

static const struct feed_phase_word phases[] = {
    { "INVESTIGATING", FEED_PHASE_OPEN },
    { "IDENTIFIED", FEED_PHASE_OPEN },
    { "MONITORING", FEED_PHASE_WATCHED },
    { "RESOLVED", FEED_PHASE_CLOSED },
    { "NOTSTARTEDYET", FEED_PHASE_PLANNED },
    { "INPROGRESS", FEED_PHASE_RUNNING },
    { "COMPLETED", FEED_PHASE_CLOSED },
    { NULL, FEED_PHASE_UNSEEN },
};

/* Lists are left out when they are empty. */
static const struct shape_row summary_shape[] = {
    {"", SHAPE_OBJECT, SHAPE_NEEDED},
    {"page", SHAPE_OBJECT, SHAPE_NEEDED},
    {"page.status", SHAPE_TEXT, SHAPE_NEEDED},
    {"activeIncidents", SHAPE_LIST, SHAPE_OMITTED},
    {"activeIncidents[]", SHAPE_OBJECT, SHAPE_NEEDED},
    {"activeIncidents[].status", SHAPE_TEXT, SHAPE_NEEDED},
    {"activeMaintenances", SHAPE_LIST, SHAPE_OMITTED},
    {"activeMaintenances[]", SHAPE_OBJECT, SHAPE_NEEDED},
    {0},
};

enum { DURATION_MINUTES_MAX = 366 * 24 * 60, MINUTE_MS = 60000 };

struct page {
    const struct feed_input *in;
    struct feed_result *out;
    struct arena *arena;
    struct rows rows;
    enum status impact;            /* the worst of open incidents */
    enum status raised;            /* of those that nobody says are over */
    bool is_odd;                   /* a list of components has what is none, nor the id of one, or a group has none */
    bool is_listed;                /* the components were asked for, and are known to be there */
};

/* --- fetching ----------------------------------------------------------------------------------------------------- */

/* A page named by its document for want of /v3: nobody knows whether it has a list of components. */
static bool is_older(const char *url)
{
    return feed_ends_with(url, "/summary.json") && !feed_ends_with(url, "/v3/summary.json");
}

static bool instatus_next(const struct feed_input *in, struct feed_request *out)
{
    static const char summary[] = "summary.json";
    const char *url = in->config->url;
    bool named = feed_ends_with(url, "/summary.json");
    int base_len = (int) (strlen(url) - (named ? strlen("/summary.json") : 0));

    if (in->n_documents > 1 || (in->n_documents == 1 && feed_ends_with(url, ".json") && !named))
        return false;
    *out = (struct feed_request) {
        .name = in->n_documents == 0 ? summary : "components.json",
        .accept = "application/json",
    };
    if (feed_ends_with(url, ".json") && in->n_documents == 0)
        out->url = url;
    else if (named && (feed_ends_with(url, "/v3/summary.json") || feed_ends_with(url, "/v2/summary.json")))
        out->url = arena_format(in->arena, "%.*s/%s", base_len, url, out->name);
    else
        out->url = arena_format(in->arena, "%.*s/v3/%s", base_len, url, out->name);
    out->optional = in->n_documents == 1 && in->config->components.n == 0;   /* a bad word of the page stands alone */
    return true;
}

/* --- components --------------------------------------------------------------------------------------------------- */

/* The row of a group by its id, which may come before or after its members; else one of its name is made up. */
static void join_group(struct page *page, const json_t *value, size_t row)
{
    const json_t *group = json_member(value, "group");
    struct text id = json_text(group, "id");
    struct text name = text_trim(json_text(group, "name"));

    if (id.len > 0 || name.len > 0)
        page->rows.filter[row].group = rows_group(&page->rows, feed_id(page->arena, id), feed_name(page->arena, name));
}

/* A tree: v2 nests members in their group or, like v3, names the group in each member. Parents come first in it. */
static void read_components(struct page *page, const json_t *list, size_t group)
{
    size_t i = 0;
    const json_t *value = NULL;

    json_array_foreach(list, i, value) {
        const json_t *children = json_list(value, "children");
        bool is_parent = json_flag(value, "isParent") || json_array_size(children) > 0;
        if (!json_is_object(value)) {
            page->is_odd = page->is_odd || group == FILTER_NO_GROUP || !json_is_string(value);
            continue;
        }
        page->is_odd = page->is_odd || json_text(value, "id").len == 0 || json_text(value, "status").len == 0
                       || (is_parent && json_array_size(children) == 0);
        const struct feed_vocabulary *meaning = feed_meaning(words, json_text(value, "status"), page->out, page->arena);
        size_t row = rows_add(&page->rows, &(struct feed_component) {
            .id = feed_id(page->arena, json_text(value, "id")),
            .name = feed_name(page->arena, json_text(value, "name")),
            .state = meaning->state,
            .maintenance = meaning->maintenance,
        }, is_parent ? ROW_GROUP : ROW_LEAF);
        page->rows.filter[row].group = group;
        read_components(page, children, row);
    }
}

/* Once all rows are in: whom a member names as its group, and whom a group names by id as its members. */
static void join_named(struct page *page, const json_t *list)
{
    size_t n = page->rows.n;
    size_t i = 0;
    size_t j = 0;
    const json_t *value = NULL;
    const json_t *child = NULL;

    json_array_foreach(list, i, value) {
        size_t row = rows_find(&page->rows, json_text(value, "id"));
        if (row == FILTER_NO_GROUP)
            continue;
        json_array_foreach(json_list(value, "children"), j, child) {
            size_t member = rows_find(&page->rows, json_string_text(child));
            page->is_odd = page->is_odd || (json_is_string(child) && member == FILTER_NO_GROUP);
            if (member != FILTER_NO_GROUP && page->rows.kinds[member] == ROW_LEAF)
                page->rows.filter[member].group = row;
        }
    }
    for (i = 0, j = 0; i < json_array_size(list) && j < n; i++) {
        value = json_array_get(list, i);
        if (json_is_object(value) && page->rows.kinds[j] == ROW_LEAF)
            join_group(page, value, j);
        j += json_is_object(value) ? 1 + rows_count_tree(json_list(value, "children"), "children") : 0;
    }
    rows_sum_up(&page->rows);
}

static const json_t *component_list(const json_t *document)
{
    return json_is_array(document) ? document : json_list(document, "components");
}

static int take_components(struct page *page, const json_t *document, struct error *err)
{
    const json_t *list = component_list(document);
    size_t n = rows_count_tree(list, "children");
    if (document != NULL && (list == NULL || json_object_get(document, "page") != NULL))   /* as a Statuspage has it */
        return feed_misshapen(page->out, page->arena, err,
                              "not the components of an Instatus page: expected a list of them, and no \"page\"");
    if (n > FEED_COMPONENTS_MAX)
        return feed_misshapen(page->out, page->arena, err, "%zu components, at most %d", n, FEED_COMPONENTS_MAX);

    rows_init(&page->rows, 2 * n, page->arena);   /* each could name a group of its own */
    read_components(page, list, FILTER_NO_GROUP);
    join_named(page, list);
    if (page->is_odd)
        return feed_misshapen(page->out, page->arena, err,
                              "a list of components has what is none, or not what one has");
    return 0;
}

/* --- incidents and maintenance ------------------------------------------------------------------------------------ */

/* Where an item names no components, a filter can't tell that it matters. */
static bool is_of_interest(struct page *page, const json_t *item)
{
    return rows_touched(&page->rows, json_list(item, "components"), "id");
}

static void read_incident(struct page *page, const json_t *item)
{
    const struct feed_vocabulary *impact = feed_meaning(words, json_text(item, "impact"), page->out, page->arena);
    enum feed_phase phase = feed_phase(phases, json_text(item, "status"), page->out, page->arena);
    if (!is_of_interest(page, item))
        return;

    struct feed_incident incident = {
        .id = feed_text(page->arena, json_text(item, "id"), FEED_ID_BYTES_MAX),
        .name = feed_name(page->arena, json_text(item, "name")),
        .state = feed_word(page->arena, json_text(item, "status")),
        .impact = feed_word(page->arena, json_text(item, "impact")),
        .link = feed_link(page->arena, json_text(item, "url")),
        .started_at_ms = feed_time_ms(json_text(item, "started")),
        .updated_at_ms = feed_time_ms(json_text(item, "updatedAt")),
    };
    if (phase == FEED_PHASE_CLOSED) {
        feed_put_ended(page->out, &incident, page->in);
        return;
    }
    page->impact = status_worse(page->impact, impact->state);
    if (phase != FEED_PHASE_WATCHED)   /* of an impact never met nobody knows whether it is none */
        page->raised = status_worse(page->raised, status_rank(impact->state) > 0 ? STATUS_DEGRADED : impact->state);
    feed_put_incident(page->out, &incident, page->arena);
}

/* Minutes, as a string or a number. */
static int64_t duration_ms(const json_t *item, struct arena *arena)
{
    int64_t minutes = 0;

    (void) text_to_int64(feed_id_text(json_member(item, "duration"), arena), 0, DURATION_MINUTES_MAX, &minutes);
    return minutes * MINUTE_MS;
}

/* The list called active has those that are still to come. */
static void read_window(struct page *page, const json_t *item)
{
    enum feed_phase phase = feed_phase(phases, json_text(item, "status"), page->out, page->arena);
    int64_t starts_at_ms = feed_time_ms(json_text(item, "start"));
    int64_t lasts_ms = duration_ms(item, page->arena);
    if (!is_of_interest(page, item))
        return;

    struct feed_window window = {
        .id = feed_text(page->arena, json_text(item, "id"), FEED_ID_BYTES_MAX),
        .name = feed_name(page->arena, json_text(item, "name")),
        .running = phase == FEED_PHASE_RUNNING,
        .link = feed_link(page->arena, json_text(item, "url")),
        .starts_at_ms = starts_at_ms,
        .ends_at_ms = starts_at_ms != 0 && lasts_ms != 0 ? starts_at_ms + lasts_ms : 0,
    };
    if (phase == FEED_PHASE_CLOSED) {
        feed_put_ended_window(page->out, &window, page->in);
        return;
    }
    page->out->maintenance = page->out->maintenance || window.running;
    feed_put_window(page->out, &window, page->arena);
}

/* --- the state ---------------------------------------------------------------------------------------------------- */

/* What the page's own word says. has_issues: there is trouble, how much it doesn't say. */
static const struct feed_vocabulary *page_word(struct page *page, struct text word, bool *some, bool *has_issues)
{
    static const struct feed_vocabulary up = {"UP", STATUS_OPERATIONAL, false};

    *some = text_starts_with(word, "SOME");
    *has_issues = text_is(word, "HASISSUES");
    if (text_is(word, "UP") || *has_issues)
        return &up;
    size_t skipped = *some ? strlen("SOME") : text_starts_with(word, "ALL") ? strlen("ALL") : 0;
    return feed_meaning(words, (struct text) {word.at + skipped, word.len - skipped}, page->out, page->arena);
}

/* HASISSUES has no level of its own and a page under maintenance may hide one: the worst impact or component tells. A page
 * that says it is well is not believed while somebody works on an incident, or a component is bad. */
static enum status page_state(struct page *page, struct text word)
{
    bool some = false;
    bool has_issues = false;
    const struct feed_vocabulary *meaning = page_word(page, word, &some, &has_issues);
    enum status found = page->rows.n == 0 ? page->impact : status_worse(page->impact, rows_state(&page->rows));
    enum status state = meaning->state;
    if (some && state == STATUS_MAJOR_OUTAGE)
        state = STATUS_PARTIAL_OUTAGE;
    page->out->maintenance = page->out->maintenance || meaning->maintenance;

    if (has_issues)
        return status_worse(STATUS_DEGRADED, found);
    if (meaning->maintenance)   /* that word has no level: what is unknown counts too */
        return status_worse(state, found);
    if (state == STATUS_OPERATIONAL && status_rank(rows_state(&page->rows)) > 0)
        return STATUS_DEGRADED;
    return state == STATUS_OPERATIONAL ? status_worse(state, page->raised) : state;
}

static void read_items(struct page *page, const json_t *summary)
{
    size_t i = 0;
    const json_t *item = NULL;

    json_array_foreach(json_list(summary, "activeIncidents"), i, item)
        read_incident(page, item);
    json_array_foreach(json_list(summary, "activeMaintenances"), i, item)
        read_window(page, item);
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

static int read_page(struct page *page, const json_t *summary, const json_t *components, struct error *err)
{
    const struct feed_entry *config = page->in->config;
    struct feed_result *out = page->out;
    struct error fault = {0};
    if (summary != NULL && shape_check(summary, summary_shape, &fault) < 0)
        return feed_misshapen(out, page->arena, err, "not the summary of an Instatus page: %s", fault.text);
    int r = take_components(page, components, err);
    if (r < 0)
        return r;
    if (summary == NULL && page->rows.n == 0)
        return feed_misshapen(out, page->arena, err, "an Instatus page without components says nothing");
    if (!rows_filter_fits(config, FEED_KEY_COMPONENTS, "an Instatus page is filtered by components", out, page->arena)
        || !rows_select(&page->rows, &config->components, "component or group", out))
        return 0;

    read_items(page, summary);
    out->maintenance = out->maintenance || rows_maintenance(&page->rows);
    out->state = page->rows.filtered || summary == NULL
                     ? rows_state(&page->rows)
                     : page_state(page, text_trim(json_text(json_member(summary, "page"), "status")));
    if (out->state == STATUS_OPERATIONAL && page->is_listed && page->rows.n == 0)   /* one of them might be bad */
        return feed_misshapen(out, page->arena, err,
                              "the page is said to be well, but its components could not be had");
    rows_list(&page->rows, out);
    return 0;
}

static int instatus_parse(const struct feed_input *in, struct feed_result *out, struct error *err)
{
    struct page page = {.in = in, .out = out, .arena = in->arena, .impact = STATUS_OPERATIONAL,
                        .raised = STATUS_OPERATIONAL};
    const struct feed_document *listed = document_find(in, "components.json");
    const struct feed_document *summary = in->n_documents > 0 && listed != &in->documents[0] ? &in->documents[0] : NULL;
    page.is_listed = listed != NULL && !is_older(in->config->url);
    bool has_components = listed != NULL && (listed->body.len > 0 || summary == NULL);
    if (in->n_documents == 0)
        return feed_misshapen(out, in->arena, err, "no document was fetched");

    CLEANUP(json_freep) json_t *components = has_components ? document_read_json(listed, out, in->arena, err) : NULL;
    if (has_components && components == NULL)
        return -EBADMSG;
    CLEANUP(json_freep) json_t *page_json = summary != NULL ? document_read_json(summary, out, in->arena, err) : NULL;
    if (summary != NULL && page_json == NULL)
        return -EBADMSG;
    return read_page(&page, page_json, components, err);
}

static bool instatus_recognises(struct text body, const json_t *json)
{
    static const char *const states[] = {"UP", "HASISSUES", "UNDERMAINTENANCE"};
    const json_t *page = json_member(json, "page");
    (void) body;

    for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
        if (text_is(json_text(page, "status"), states[i]))
            return json_is_string(json_member(page, "url"));
    }
    return false;
}

static const char *const documents[] = {"summary.json", "components.json", NULL};

const struct feed instatus_feed = {
    .name = "instatus",
    .title = "Instatus",
    .documents = documents,
    .detect_path = "/v3/summary.json /summary.json",
    .fetches_by_filter = true,
    .next = instatus_next,
    .parse = instatus_parse,
    .recognises = instatus_recognises,
};

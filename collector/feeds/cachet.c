/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cachet: Cachet's API, version 2 (/api/v1) and version 3 (/api, JSON:API).
 *
 * Components, all pages of them, tell the state; of the incidents the newest hundred are looked at. A URL that ends
 * with /api is that of version 3, any other that of version 2: they differ in form, and which it is shows in each
 * document. The one-line document `status` is read as far as it goes.
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

enum { PER_PAGE = 100, INCIDENT_PLANNED = 0, INCIDENT_FIXED = 4 };

static const struct feed_vocabulary component_words[] = {
    { "1", STATUS_OPERATIONAL, false },
    { "2", STATUS_DEGRADED, false },           /* performance issues */
    { "3", STATUS_PARTIAL_OUTAGE, false },
    { "4", STATUS_MAJOR_OUTAGE, false },
    { "5", STATUS_UNKNOWN, false },            /* version 3: not known to the page itself */
    { "6", STATUS_OPERATIONAL, true },         /* version 3 */
    { NULL, STATUS_UNKNOWN, false },
};

/* Of the document `status`: version 2 names a colour, version 3 a state. */
static const struct feed_vocabulary overall_words[] = {
    { "success", STATUS_OPERATIONAL, false },
    { "info", STATUS_DEGRADED, false },
    { "warning", STATUS_DEGRADED, false },
    { "danger", STATUS_MAJOR_OUTAGE, false },
    { "operational", STATUS_OPERATIONAL, false },
    { "partial_outage", STATUS_PARTIAL_OUTAGE, false },
    { "major_outage", STATUS_MAJOR_OUTAGE, false },
    { "under_maintenance", STATUS_OPERATIONAL, true },
    { NULL, STATUS_UNKNOWN, false },
};

static const char *const incident_states[] = {"unknown", "investigating", "identified", "watching", "fixed"};

/* --- fetching ----------------------------------------------------------------------------------------------------- */

static struct text page_link(const json_t *json)
{
    struct text link = json_text(json_member(json, "links"), "next");

    return link.len > 0
               ? link
               : json_text(json_member(json_member(json_member(json, "meta"), "pagination"), "links"), "next_page");
}

/* Whether a list says that it ends here: version 2 counts its pages, version 3 has a link that is null. */
static bool ends_here(const json_t *json)
{
    const json_t *pagination = json_member(json_member(json, "meta"), "pagination");
    int64_t last = 0;
    int64_t current = 0;
    bool counted = json_whole(pagination, "total_pages", 0, INT32_MAX, &last)
                   && json_whole(pagination, "current_page", 0, INT32_MAX, &current);

    if (page_link(json).len > 0)
        return false;
    return counted ? current >= last : json_is_null(json_object_get(json_member(json, "links"), "next"));
}

static bool cachet_next(const struct feed_input *in, struct feed_request *out)
{
    const char *url = in->config->url;
    bool third = feed_ends_with(url, "/api");
    const char *base = third || feed_ends_with(url, "/api/v1") ? url : arena_format(in->arena, "%s/api/v1", url);
    const struct feed_document *last = in->n_documents == 0 ? NULL : &in->documents[in->n_documents - 1];
    const char *more = NULL;

    *out = (struct feed_request) {.accept = "application/json"};
    if (last != NULL && strcmp(last->name, "incidents") == 0)
        return false;
    if (last != NULL) {
        CLEANUP(json_freep) json_t *json = parsed_last(in);
        more = parsed_page_link(in, page_link(json));
    }
    bool room = in->n_documents + 1 < FEED_DOCUMENTS_MAX;   /* the last place is for the incidents */
    if (last == NULL || (more != NULL && room)) {
        out->name = "components";
        out->url = more != NULL ? more : arena_format(in->arena, "%s/components?per_page=%d", base, PER_PAGE);
        return true;
    }
    out->name = "incidents";
    out->url = arena_format(in->arena,
                            third ? "%s/incidents?per_page=%d&sort=-id" : "%s/incidents?per_page=%d&sort=id&order=desc",
                            base, PER_PAGE);
    return true;
}

/* --- either version's members ------------------------------------------------------------------------------------- */

/* Version 3 wraps a thing's members, and a status in what people read: {"human": "Operational", "value": 1}. */
static const json_t *members(const json_t *thing)
{
    const json_t *attributes = json_member(thing, "attributes");

    return attributes != NULL ? attributes : thing;
}

static const char *status_word(const json_t *status, struct arena *arena)
{
    const json_t *value = json_is_object(status) ? json_member(status, "value") : status;

    return feed_word(arena, feed_id_text(value, arena));
}

static struct text id_of(const json_t *thing, struct arena *arena)
{
    return feed_id_text(json_member(thing, "id"), arena);
}

static int64_t time_of(const json_t *from, const char *second_version, const char *third_version)
{
    const char *const keys[] = {second_version, NULL};
    const json_t *wrapped = json_member(from, third_version);
    const char *const wrapped_keys[] = {"string", NULL};

    return wrapped != NULL ? feed_time_of(wrapped, wrapped_keys) : feed_time_of(from, keys);
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

struct page {
    const struct feed_input *in;
    struct feed_result *out;
    struct arena *arena;
    struct parsed parsed;
    struct rows rows;
    size_t n_components;
    bool history;                      /* nothing but incidents */
    bool whole;                        /* the list of components says that it does not go on */
    const json_t *overall;             /* the document `status`, when it is alone */
};

static bool is_incidents(const struct feed_document *document)
{
    return strstr(document->name, "incidents") != NULL;
}

static bool is_enabled(const json_t *component)
{
    const json_t *enabled = json_member(members(component), "enabled");

    return !json_is_false(enabled) && !(json_is_integer(enabled) && json_integer_value(enabled) == 0);
}

static void read_component(struct page *page, const json_t *value)
{
    const json_t *from = members(value);
    const char *word = status_word(json_member(from, "status"), page->arena);
    const struct feed_vocabulary *meaning = feed_meaning(component_words, text_of(word), page->out, page->arena);
    struct feed_component component = {
        .id = feed_id(page->arena, id_of(value, page->arena)),
        .name = feed_name(page->arena, json_text(from, "name")),
        .state = meaning->state,
        .maintenance = meaning->maintenance,
    };

    if (is_enabled(value))
        (void) rows_add(&page->rows, &component, ROW_LEAF);
}

/* Which components an incident names: version 2 one by number, version 3 perhaps a list. */
static bool touches_watched(struct page *page, const json_t *incident)
{
    const json_t *from = members(incident);
    const json_t *related = json_list(json_member(json_member(incident, "relationships"), "components"), "data");
    const json_t *component = NULL;
    size_t i = 0;

    if (!page->rows.filtered || rows_watched(&page->rows, feed_id_text(json_member(from, "component_id"), page->arena),
                                                  (struct text) {0}))
        return true;
    json_array_foreach(related, i, component) {
        if (rows_watched(&page->rows, id_of(component, page->arena), (struct text) {0}))
            return true;
    }
    return false;
}

/* The newest state: 2.4 keeps the first in `status` and the last in `latest_status`. -1: none that we know. */
static int incident_state(const json_t *from, struct arena *arena)
{
    const json_t *latest = json_member(from, "latest_status");
    const char *word = status_word(latest != NULL ? latest : json_member(from, "status"), arena);

    return word[0] >= '0' && word[0] <= '4' && word[1] == '\0' ? word[0] - '0' : -1;
}

static const char *incident_text(struct page *page, const json_t *from)
{
    static const char *const times[] = {"updated_at", "created_at", NULL};
    const json_t *update = feed_newest(json_list(from, "updates"), times);
    struct text words = json_text(update, "message");

    return markup_text(page->arena, words.len > 0 ? words : json_text(from, "message"), FEED_TEXT_BYTES_MAX);
}

/* 2.3 tells planned work as an incident of state 0 with a time. */
static void read_incident(struct page *page, const json_t *value)
{
    const json_t *from = members(value);
    int state = incident_state(from, page->arena);
    int64_t scheduled_ms = feed_time_ms(json_text(from, "scheduled_at"));
    const char *id = feed_text(page->arena, id_of(value, page->arena), FEED_ID_BYTES_MAX);
    const char *name = feed_name(page->arena, json_text(from, "name"));
    if (!json_is_object(from) || state == INCIDENT_FIXED || json_flag(from, "is_resolved")
        || !touches_watched(page, value))
        return;

    if (state < 0)
        feed_unseen(page->out, text_of(status_word(json_member(from, "status"), page->arena)), page->arena);
    if (state == INCIDENT_PLANNED && scheduled_ms > 0) {
        feed_put_window(page->out, &(struct feed_window) {.id = id, .name = name, .text = incident_text(page, from),
                                                          .starts_at_ms = scheduled_ms}, page->arena);
        return;
    }
    int64_t occurred_ms = time_of(from, "occurred_at", "occurred");
    feed_put_incident(page->out, &(struct feed_incident) {
        .id = id,
        .name = name,
        .state = state < 0 ? "unknown" : incident_states[state],
        .impact = "",
        .link = feed_link(page->arena, json_text(from, "permalink")),
        .text = incident_text(page, from),
        .started_at_ms = occurred_ms != 0 ? occurred_ms : time_of(from, "created_at", "created"),
        .updated_at_ms = time_of(from, "updated_at", "updated"),
    }, page->arena);
}

static void read_lists(struct page *page, bool incidents)
{
    size_t i = 0;
    const json_t *value = NULL;

    for (size_t d = 0; d < page->parsed.n; d++) {
        if (is_incidents(&page->in->documents[d]) != incidents)
            continue;
        json_array_foreach(json_list(page->parsed.at[d], "data"), i, value) {
            if (incidents)
                read_incident(page, value);
            else
                read_component(page, value);
        }
    }
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

static const struct shape_row incidents_shape[] = {
    { "data", SHAPE_LIST, SHAPE_NEEDED },
    { "data[]", SHAPE_OBJECT, SHAPE_NEEDED },
    {0},
};

static const struct shape_row second_shape[] = {
    { "data", SHAPE_LIST, SHAPE_NEEDED },
    { "data[]", SHAPE_OBJECT, SHAPE_NEEDED },
    { "data[].id", SHAPE_ID, SHAPE_NEEDED },
    { "data[].name", SHAPE_TEXT, SHAPE_NEEDED },
    { "data[].status", SHAPE_ID, SHAPE_NULL },
    {0},
};

static const struct shape_row third_shape[] = {
    { "data", SHAPE_LIST, SHAPE_NEEDED },
    { "data[]", SHAPE_OBJECT, SHAPE_NEEDED },
    { "data[].id", SHAPE_ID, SHAPE_NEEDED },
    { "data[].attributes", SHAPE_OBJECT, SHAPE_NEEDED },
    { "data[].attributes.name", SHAPE_TEXT, SHAPE_NEEDED },
    { "data[].attributes.status", SHAPE_OBJECT, SHAPE_NEEDED },
    { "data[].attributes.status.value", SHAPE_ID, SHAPE_NULL },
    {0},
};

/* The first component shows which version it is. */
static const struct shape_row *shape_of(const struct page *page, size_t document)
{
    const json_t *first = json_array_get(json_list(page->parsed.at[document], "data"), 0);

    if (is_incidents(&page->in->documents[document]))
        return incidents_shape;
    return json_object_get(first, "attributes") != NULL ? third_shape : second_shape;
}

/* Looks at what was fetched: lists of one kind or the other, or the document `status` alone. */
static int survey(struct page *page, struct error *err)
{
    struct error fault = {0};

    page->history = page->whole = true;
    for (size_t i = 0; i < page->parsed.n; i++) {
        const json_t *data = json_member(page->parsed.at[i], "data");
        if (page->parsed.n == 1 && json_is_object(data) && json_member(members(data), "status") != NULL)
            page->overall = members(data);
        else if (shape_check(page->parsed.at[i], shape_of(page, i), &fault) < 0)
            return feed_misshapen(page->out, page->arena, err, "not an answer of Cachet: %s in %.80s", fault.text,
                                  page->in->documents[i].name);
        if (is_incidents(&page->in->documents[i]))
            continue;
        page->history = false;
        page->whole = ends_here(page->parsed.at[i]);
        page->n_components += json_array_size(data);
    }
    if (!page->history && page->overall == NULL && page->n_components == 0)
        return feed_misshapen(page->out, page->arena, err, "the page has no components: nothing to tell the state of");
    return 0;
}

static void conclude(struct page *page)
{
    enum status state = rows_state(&page->rows);

    page->out->no_state = page->history;
    if (!page->history)   /* on a page that was not fetched may be what is bad */
        page->out->state = page->whole ? state : status_worse(state, STATUS_UNKNOWN);
    page->out->maintenance = rows_maintenance(&page->rows);
    rows_list(&page->rows, page->out);
}

static void conclude_overall(struct page *page)
{
    const char *word = status_word(json_member(page->overall, "status"), page->arena);
    const struct feed_vocabulary *meaning = feed_meaning(overall_words, text_of(word), page->out, page->arena);

    page->out->state = meaning->state;
    page->out->maintenance = meaning->maintenance;
}

static int read_page(struct page *page, struct error *err)
{
    if (!rows_filter_fits(page->in->config, FEED_KEY_COMPONENTS, "a page of Cachet is filtered by components",
                          page->out, page->arena))
        return 0;
    int r = survey(page, err);
    if (r < 0)
        return r;
    if (page->n_components > FEED_COMPONENTS_MAX)
        return feed_misshapen(page->out, page->arena, err, "%zu components, at most %d", page->n_components,
                              FEED_COMPONENTS_MAX);

    rows_init(&page->rows, page->n_components, page->arena);
    read_lists(page, false);
    if (page->history)
        page->rows.filtered = false;   /* which components there are is not told here */
    else if (!rows_select(&page->rows, &page->in->config->components, "component", page->out))
        return 0;
    read_lists(page, true);
    if (page->overall != NULL)
        conclude_overall(page);
    else
        conclude(page);
    return 0;
}

static int cachet_parse(const struct feed_input *in, struct feed_result *out, struct error *err)
{
    struct page page = {.in = in, .out = out, .arena = in->arena};
    int r = parsed_read(&page.parsed, in, out, err);

    if (r == 0)
        r = read_page(&page, err);
    parsed_done(&page.parsed);
    return r;
}

/* --- what it is known by ------------------------------------------------------------------------------------------ */

static bool cachet_recognises(struct text body, const json_t *json)
{
    const json_t *first = json_array_get(json_list(json, "data"), 0);
    const json_t *from = members(first);
    struct text type = json_text(first, "type");
    bool third = (text_is(type, "components") || text_is(type, "component")) && json_member(from, "status") != NULL;
    bool second = json_member(first, "attributes") == NULL && json_object_get(first, "group_id") != NULL
                  && json_object_get(first, "enabled") != NULL && json_object_get(first, "status") != NULL;
    (void) body;

    return json_text(from, "name").len > 0 && (second || third);
}

static const char *const documents[] = {"components", "incidents", "status", NULL};

const struct feed cachet_feed = {
    .name = "cachet",
    .title = "Cachet",
    .documents = documents,
    .detect_path = "/api/v1/components /api/components",
    .lists_components = true,
    .next = cachet_next,
    .parse = cachet_parse,
    .recognises = cachet_recognises,
};

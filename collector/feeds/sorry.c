/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sorry: Sorry's status pages. /v1/pages/ID/components at api.sorryapp.com has the components, all that the state is made
 * of; /v1/pages/ID/notices what is going on, planned or not, and is fetched for that alone.
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

/* "Degraded" is its worst word, and says nothing of how much still works. */
static const struct feed_vocabulary words[] = {
    { "operational", STATUS_OPERATIONAL, false },
    { "partially-degraded", STATUS_DEGRADED, false },
    { "partially_degraded", STATUS_DEGRADED, false },
    { "degraded", STATUS_PARTIAL_OUTAGE, false },
    { "under_maintenance", STATUS_OPERATIONAL, true },
    { "under-maintenance", STATUS_OPERATIONAL, true },
    { NULL, STATUS_UNKNOWN, false },
};

static const struct feed_phase_word phases[] = {
    { "investigating", FEED_PHASE_OPEN },
    { "identified", FEED_PHASE_OPEN },
    { "recovering", FEED_PHASE_WATCHED },
    { "resolved", FEED_PHASE_CLOSED },
    { "false_alarm", FEED_PHASE_CLOSED },
    { "scheduled", FEED_PHASE_PLANNED },
    { "underway", FEED_PHASE_RUNNING },
    { "complete", FEED_PHASE_CLOSED },
    { "cancelled", FEED_PHASE_CLOSED },
    { NULL, FEED_PHASE_UNSEEN },
};

static const char *const start_times[] = {"began_at", "begins_at", "created_at", NULL};
static const char *const end_times[] = {"ended_at", "ends_at", NULL};
static const char *const changed_times[] = {"updated_at", "began_at", "created_at", NULL};

struct page {
    const struct feed_input *in;
    struct feed_result *out;
    struct arena *arena;
    struct rows rows;
};

/* The page's address in the API, whichever part of it was configured. */
static const char *api_of(const struct feed_input *in)
{
    const char *url = in->config->url;

    if (feed_ends_with(url, "/components"))
        return arena_copy_text(in->arena, (struct text) {url, strlen(url) - strlen("/components")});
    return in->config->page == NULL || strstr(url, "/v1/pages/") != NULL
               ? url
               : arena_format(in->arena, "%s/%s", feed_url(in, "/v1/pages"), in->config->page);
}

static bool sorry_next(const struct feed_input *in, struct feed_request *out)
{
    static const struct { const char *name; const char *path; } asked[] = {
        { "components", "components" }, { "notices", "notices?include=components,updates" },
    };
    size_t i = in->n_documents;
    if (i >= ARRAY_SIZE(asked))
        return false;

    *out = (struct feed_request) {
        .name = asked[i].name,
        .url = arena_format(in->arena, "%s/%s", api_of(in), asked[i].path),
        .accept = "application/json",
        .optional = i > 0,
    };
    return true;
}

/* --- components --------------------------------------------------------------------------------------------------- */

static const struct shape_row shape[] = {
    { "response", SHAPE_LIST, SHAPE_NEEDED },
    { "response[]", SHAPE_OBJECT, SHAPE_NEEDED },
    { "response[].id", SHAPE_ID, SHAPE_NEEDED },
    { "response[].state", SHAPE_TEXT, SHAPE_NEEDED },
    { "response[].parent_id", SHAPE_ID, SHAPE_NULL },
    {0},
};

/* Puts each under the group it is in. One whose group isn't there would be missing where that is watched. */
static int set_groups(struct page *page, const json_t *list, struct error *err)
{
    size_t i = 0;
    const json_t *value = NULL;

    json_array_foreach(list, i, value) {
        const json_t *id = json_member(value, "parent_id");
        size_t parent = rows_find(&page->rows, feed_id_text(id, page->arena));
        if (id != NULL && parent == FILTER_NO_GROUP)
            return feed_misshapen(page->out, page->arena, err,
                                  "not the components of a Sorry page: response[%zu].parent_id names none of them", i);
        if (id == NULL || parent == i)
            continue;
        page->rows.filter[i].group = parent;
        page->rows.kinds[parent] = ROW_GROUP;
    }
    return 0;
}

static int read_components(struct page *page, const json_t *document, struct error *err)
{
    const json_t *list = json_list(document, "response");
    size_t n = json_array_size(list);
    size_t i = 0;
    const json_t *value = NULL;
    struct error fault = {0};
    if (shape_check(document, shape, &fault) < 0)
        return feed_misshapen(page->out, page->arena, err, "not the components of a Sorry page: %s", fault.text);
    if (n == 0)
        return feed_misshapen(page->out, page->arena, err, "not the components of a Sorry page: none in response");
    if (n > FEED_COMPONENTS_MAX)
        return feed_misshapen(page->out, page->arena, err, "%zu components, at most %d", n, FEED_COMPONENTS_MAX);

    rows_init(&page->rows, n, page->arena);
    json_array_foreach(list, i, value) {
        const struct feed_vocabulary *meaning = feed_meaning(words, json_text(value, "state"), page->out, page->arena);
        (void) rows_add(&page->rows, &(struct feed_component) {
            .id = feed_id(page->arena, feed_id_text(json_member(value, "id"), page->arena)),
            .name = feed_name(page->arena, json_text(value, "name")),
            .state = meaning->state,
            .maintenance = meaning->maintenance,
        }, ROW_LEAF);
    }
    return set_groups(page, list, err);
}

/* --- notices ------------------------------------------------------------------------------------------------------ */

static const char *notice_text(struct page *page, const json_t *notice)
{
    const json_t *update = feed_newest(json_list(notice, "updates"), changed_times);
    struct text content = json_text(update, "content");

    return markup_text(page->arena, content.len > 0 ? content : json_text(notice, "synopsis"), FEED_TEXT_BYTES_MAX);
}

static const char *notice_link(struct page *page, const json_t *notice)
{
    const char *link = feed_link(page->arena, json_text(notice, "url"));

    return link[0] != '\0' ? link : feed_link(page->arena, json_text(notice, "link"));
}

static void read_incident(struct page *page, const json_t *notice, enum feed_phase phase)
{
    struct feed_incident incident = {
        .id = feed_text(page->arena, feed_id_text(json_member(notice, "id"), page->arena), FEED_ID_BYTES_MAX),
        .name = feed_name(page->arena, json_text(notice, "subject")),
        .state = feed_word(page->arena, json_text(notice, "state")),
        .impact = "",
        .link = notice_link(page, notice),
        .text = notice_text(page, notice),
        .started_at_ms = feed_time_of(notice, start_times),
        .updated_at_ms = feed_time_of(notice, changed_times),
    };

    if (phase != FEED_PHASE_CLOSED) {
        feed_put_incident(page->out, &incident, page->arena);
        return;
    }
    int64_t ended_at_ms = feed_time_of(notice, end_times);
    incident.updated_at_ms = ended_at_ms != 0 ? ended_at_ms : incident.updated_at_ms;
    feed_put_ended(page->out, &incident, page->in);
}

static void read_window(struct page *page, const json_t *notice, enum feed_phase phase)
{
    struct feed_window window = {
        .id = feed_text(page->arena, feed_id_text(json_member(notice, "id"), page->arena), FEED_ID_BYTES_MAX),
        .name = feed_name(page->arena, json_text(notice, "subject")),
        .running = phase == FEED_PHASE_RUNNING,
        .text = notice_text(page, notice),
        .link = notice_link(page, notice),
        .starts_at_ms = feed_time_of(notice, start_times),
        .ends_at_ms = feed_time_of(notice, end_times),
    };

    if (phase == FEED_PHASE_CLOSED) {
        feed_put_ended_window(page->out, &window, page->in);
        return;
    }
    page->out->maintenance = page->out->maintenance || window.running;
    feed_put_window(page->out, &window, page->arena);
}

static void read_notices(struct page *page, const json_t *document)
{
    size_t i = 0;
    const json_t *notice = NULL;

    json_array_foreach(json_list(document, "response"), i, notice) {
        enum feed_phase phase = feed_phase(phases, json_text(notice, "state"), page->out, page->arena);
        if (!rows_touched(&page->rows, json_list(notice, "components"), "id"))
            continue;
        if (text_is(json_text(notice, "type"), "planned"))
            read_window(page, notice, phase);
        else
            read_incident(page, notice, phase);
    }
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

static int read_page(struct page *page, const json_t *components, const json_t *notices, struct error *err)
{
    const struct feed_entry *config = page->in->config;
    struct feed_result *out = page->out;
    int r = read_components(page, components, err);
    if (r < 0)
        return r;
    if (!rows_filter_fits(config, FEED_KEY_COMPONENTS, "a Sorry page is filtered by components", out, page->arena)
        || !rows_select(&page->rows, &config->components, "component", out))
        return 0;

    read_notices(page, notices);
    out->state = rows_state(&page->rows);
    out->maintenance = out->maintenance || rows_maintenance(&page->rows);
    rows_list(&page->rows, out);
    return 0;
}

/* Notices given alone: what is going on, not how it is. */
static int parse_notices(struct page *page, const json_t *notices, struct error *err)
{
    if (json_list(notices, "response") == NULL)
        return feed_misshapen(page->out, page->arena, err, "not the notices of a Sorry page: no list \"response\" in it");
    rows_init(&page->rows, 0, page->arena);
    rows_select_named(&page->rows, &page->in->config->components);
    read_notices(page, notices);
    page->out->no_state = true;
    return 0;
}

static int sorry_parse(const struct feed_input *in, struct feed_result *out, struct error *err)
{
    struct page page = {.in = in, .out = out, .arena = in->arena};
    const struct feed_document *told = document_find(in, "notices");
    bool alone = told != NULL && told == &in->documents[0];
    if (in->n_documents == 0)
        return feed_misshapen(out, in->arena, err, "no document was fetched");

    CLEANUP(json_freep) json_t *first = document_read_json(&in->documents[0], out, in->arena, err);
    if (first == NULL)
        return -EBADMSG;
    if (alone)
        return parse_notices(&page, first, err);

    struct feed_result unread = {0};   /* the state doesn't hang on the notices */
    struct error ignored = {0};
    CLEANUP(json_freep) json_t *notices = told == NULL ? NULL : document_read_json(told, &unread, in->arena, &ignored);
    return read_page(&page, first, notices, err);
}

static bool sorry_recognises(struct text body, const json_t *json)
{
    const json_t *first = json_array_get(json_list(json, "response"), 0);
    (void) body;

    return json_is_string(json_member(first, "state")) && json_is_string(json_member(first, "name"))
           && json_object_get(first, "parent_id") != NULL && json_member(first, "position") != NULL;
}

static const char *const documents[] = {"components", "notices", NULL};
static const char *const hosts[] = {"api.sorryapp.com", NULL};

const struct feed sorry_feed = {
    .name = "sorry",
    .title = "Sorry",
    .documents = documents,
    .hosts = hosts,
    .lists_components = true,
    .next = sorry_next,
    .parse = sorry_parse,
    .recognises = sorry_recognises,
};

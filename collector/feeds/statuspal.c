/* SPDX-License-Identifier: Apache-2.0 */
/*
 * statuspal: StatusPal. /api/v2/status_pages/SUBDOMAIN/summary at statuspal.io (statuspal.eu) has the page's own state, a
 * tree of services, and what is going on or planned. Null is the word for well, so a member that is missing is not.
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

static const struct feed_vocabulary words[] = {
    { "minor", STATUS_DEGRADED, false },
    { "major", STATUS_MAJOR_OUTAGE, false },
    { "scheduled", STATUS_OPERATIONAL, true },
    { NULL, STATUS_UNKNOWN, false },
};

static const struct shape_row shape[] = {
    {"", SHAPE_OBJECT, SHAPE_NEEDED},
    {"status_page", SHAPE_OBJECT, SHAPE_NEEDED},
    {"services", SHAPE_LIST, SHAPE_NEEDED},
    {"incidents", SHAPE_LIST, SHAPE_NEEDED},
    {"incidents[]", SHAPE_OBJECT, SHAPE_NEEDED},
    {"maintenances", SHAPE_LIST, SHAPE_ABSENT},
    {"maintenances[]", SHAPE_OBJECT, SHAPE_NEEDED},
    {"upcoming_maintenances", SHAPE_LIST, SHAPE_ABSENT},
    {"upcoming_maintenances[]", SHAPE_OBJECT, SHAPE_NEEDED},
    {0},
};

static const char *const start_times[] = {"starts_at", "inserted_at", NULL};
static const char *const update_times[] = {"posted_at", "inserted_at", "updated_at", NULL};

struct page {
    const struct feed_input *in;
    struct feed_result *out;
    struct arena *arena;
    struct rows rows;
    bool is_open;                      /* an incident is */
    bool is_odd;                       /* a list of services has what is none */
    bool is_untold;                    /* the page or a service does not say how it is: that makes none well */
};

static bool statuspal_next(const struct feed_input *in, struct feed_request *out)
{
    const char *url = in->config->url;
    const char *page = in->config->page;
    if (in->n_documents > 0)
        return false;

    *out = (struct feed_request) {.name = "summary", .url = url, .accept = "application/json"};
    if (!feed_ends_with(url, "/summary"))
        out->url = page == NULL ? feed_url(in, "/summary")
                                : arena_format(in->arena, "%s/%s/summary", feed_url(in, "/api/v2/status_pages"), page);
    return true;
}

/* Pages may have types of incidents of their own, of which nothing is known but that something is wrong. */
static const struct feed_vocabulary *meaning_of(struct page *page, const json_t *object)
{
    static const struct feed_vocabulary well = {"", STATUS_OPERATIONAL, false};
    static const struct feed_vocabulary custom = {"", STATUS_DEGRADED, false};
    static const struct feed_vocabulary untold = {"", STATUS_UNKNOWN, false};
    const json_t *type = json_object_get(object, "current_incident_type");
    if (!json_is_string(type)) {
        page->is_untold = page->is_untold || !json_is_null(type);
        return json_is_null(type) ? &well : &untold;
    }

    for (const struct feed_vocabulary *row = words; row->word != NULL; row++) {
        if (text_equal_ignoring_case(json_string_text(type), text_of(row->word)))
            return row;
    }
    return &custom;
}

/* --- services ----------------------------------------------------------------------------------------------------- */

static void read_services(struct page *page, const json_t *list, size_t group)
{
    size_t i = 0;
    const json_t *value = NULL;

    json_array_foreach(list, i, value) {
        const json_t *children = json_list(value, "children");
        if (!json_is_object(value)) {
            page->is_odd = true;
            continue;
        }
        const struct feed_vocabulary *meaning = meaning_of(page, value);
        page->is_untold = page->is_untold || children == NULL;   /* those who have none have an empty list */
        size_t row = rows_add(&page->rows, &(struct feed_component) {
            .id = feed_id(page->arena, feed_id_text(json_member(value, "id"), page->arena)),
            .name = feed_name(page->arena, json_text(value, "name")),
            .state = meaning->state,
            .maintenance = meaning->maintenance,
        }, json_array_size(children) > 0 ? ROW_GROUP : ROW_LEAF);
        page->rows.filter[row].group = group;
        read_services(page, children, row);
    }
}

/* --- incidents and maintenance ------------------------------------------------------------------------------------ */

static bool is_of_interest(struct page *page, const json_t *item)
{
    return rows_touched(&page->rows, json_list(item, "service_ids"), "id")
           || rows_touched(&page->rows, json_list(item, "services"), "id");
}

static const char *newest_text(struct page *page, const json_t *item)
{
    const json_t *update = feed_newest(json_list(item, "updates"), update_times);

    return markup_text(page->arena, json_text(update, "description"), FEED_TEXT_BYTES_MAX);
}

static void read_incident(struct page *page, const json_t *item)
{
    const json_t *update = feed_newest(json_list(item, "updates"), update_times);
    int64_t ended_at_ms = feed_time_ms(json_text(item, "ends_at"));
    if (!is_of_interest(page, item))
        return;

    struct feed_incident incident = {
        .id = feed_text(page->arena, feed_id_text(json_member(item, "id"), page->arena), FEED_ID_BYTES_MAX),
        .name = feed_name(page->arena, json_text(item, "title")),
        .state = feed_word(page->arena, json_text(update, "type")),
        .impact = feed_word(page->arena, json_text(item, "type")),
        .link = feed_link(page->arena, json_text(item, "url")),
        .text = newest_text(page, item),
        .started_at_ms = feed_time_of(item, start_times),
        .updated_at_ms = ended_at_ms != 0 ? ended_at_ms : feed_time_of(update, update_times),
    };
    if (ended_at_ms != 0 && ended_at_ms <= page->in->now_ms)
        feed_put_ended(page->out, &incident, page->in);
    else
        feed_put_incident(page->out, &incident, page->arena);
    page->is_open = page->is_open || ended_at_ms == 0 || ended_at_ms > page->in->now_ms;
}

static void read_window(struct page *page, const json_t *item)
{
    int64_t now_ms = page->in->now_ms;
    struct feed_window window = {
        .id = feed_text(page->arena, feed_id_text(json_member(item, "id"), page->arena), FEED_ID_BYTES_MAX),
        .name = feed_name(page->arena, json_text(item, "title")),
        .text = newest_text(page, item),
        .link = feed_link(page->arena, json_text(item, "url")),
        .starts_at_ms = feed_time_of(item, start_times),
        .ends_at_ms = feed_time_ms(json_text(item, "ends_at")),
    };
    if (!is_of_interest(page, item))
        return;
    if (window.ends_at_ms != 0 && window.ends_at_ms <= now_ms) {
        feed_put_ended_window(page->out, &window, page->in);
        return;
    }
    window.running = window.starts_at_ms != 0 && window.starts_at_ms <= now_ms;
    page->out->maintenance = page->out->maintenance || window.running;
    feed_hold_until(page->out, window.starts_at_ms, now_ms);
    feed_hold_until(page->out, window.ends_at_ms, now_ms);
    feed_put_window(page->out, &window, page->arena);
}

static void read_items(struct page *page, const json_t *document)
{
    size_t i = 0;
    const json_t *item = NULL;

    json_array_foreach(json_list(document, "incidents"), i, item) {
        if (text_is(json_text(item, "type"), "scheduled"))
            read_window(page, item);
        else
            read_incident(page, item);
    }
    json_array_foreach(json_list(document, "maintenances"), i, item)
        read_window(page, item);
    json_array_foreach(json_list(document, "upcoming_maintenances"), i, item)
        read_window(page, item);
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

/* A page is not believed to be well, or under maintenance and nothing else, where a service or an open incident of it says
 * otherwise. */
static enum status page_state(const struct page *page, enum status told)
{
    enum status worst = rows_state(&page->rows);
    bool worse = told == STATUS_UNKNOWN || (told == STATUS_OPERATIONAL && status_rank(worst) > 0);
    enum status state = worse ? worst : told;

    return state == STATUS_OPERATIONAL && page->is_open ? STATUS_DEGRADED : state;
}

static int read_page(struct page *page, const json_t *document, struct error *err)
{
    const struct feed_entry *config = page->in->config;
    const json_t *services = json_list(document, "services");
    const struct feed_vocabulary *meaning = meaning_of(page, json_member(document, "status_page"));
    struct feed_result *out = page->out;
    size_t n = rows_count_tree(services, "children");
    struct error fault = {0};
    if (shape_check(document, shape, &fault) < 0)
        return feed_misshapen(out, page->arena, err, "not a summary of StatusPal: %s", fault.text);
    if (n > FEED_COMPONENTS_MAX)
        return feed_misshapen(out, page->arena, err, "%zu services, at most %d", n, FEED_COMPONENTS_MAX);

    page->is_untold = page->is_untold || n == 0;
    rows_init(&page->rows, n, page->arena);
    read_services(page, services, FILTER_NO_GROUP);
    if (page->is_odd)
        return feed_misshapen(out, page->arena, err, "not a summary of StatusPal: \"services\" lists what is no object");
    if (!rows_filter_fits(config, FEED_KEY_COMPONENTS, "a StatusPal page is filtered by components", out, page->arena)
        || !rows_select(&page->rows, &config->components, "service", out))
        return 0;
    read_items(page, document);
    out->maintenance = out->maintenance || rows_maintenance(&page->rows) || (!page->rows.filtered && meaning->maintenance);
    out->state = page->rows.filtered ? rows_state(&page->rows) : page_state(page, meaning->state);
    if (page->is_untold)
        out->state = status_worse(out->state, STATUS_UNKNOWN);
    rows_list(&page->rows, out);
    return 0;
}

static int statuspal_parse(const struct feed_input *in, struct feed_result *out, struct error *err)
{
    struct page page = {.in = in, .out = out, .arena = in->arena};
    if (in->n_documents == 0)
        return feed_misshapen(out, in->arena, err, "no document was fetched");

    CLEANUP(json_freep) json_t *json = document_read_json(&in->documents[0], out, in->arena, err);
    return json == NULL ? -EBADMSG : read_page(&page, json, err);
}

static bool statuspal_recognises(struct text body, const json_t *json)
{
    (void) body;
    return json_object_get(json_member(json, "status_page"), "current_incident_type") != NULL
           && json_is_array(json_member(json, "services"));
}

static const char *const documents[] = {"summary", NULL};
static const char *const hosts[] = {"statuspal.io", "statuspal.eu", NULL};

const struct feed statuspal_feed = {
    .name = "statuspal",
    .title = "StatusPal",
    .documents = documents,
    .hosts = hosts,
    .lists_components = true,
    .next = statuspal_next,
    .parse = statuspal_parse,
    .recognises = statuspal_recognises,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * betterstack: Better Stack's status pages. /index.json (JSON:API) tells it all: the page's own state, its sections,
 * resources, reports (incidents and maintenance) and their updates, all in one list `included` of typed objects.
 */
#include "collector/feeds/feed.h"

#include <errno.h>

#include "collector/feeds/document.h"
#include "collector/feeds/markup.h"
#include "collector/feeds/result.h"
#include "collector/feeds/rows.h"
#include "collector/feeds/shape.h"
#include "common/registry.h"

static const struct feed_vocabulary words[] = {
    { "operational", STATUS_OPERATIONAL, false },
    { "degraded", STATUS_DEGRADED, false },
    { "downtime", STATUS_MAJOR_OUTAGE, false },
    { "maintenance", STATUS_OPERATIONAL, true },
    { NULL, STATUS_UNKNOWN, false },
};

/* Of reports: they say how bad it is, not how far the work has come. */
static const struct feed_phase_word phases[] = {
    { "operational", FEED_PHASE_OPEN },
    { "degraded", FEED_PHASE_OPEN },
    { "downtime", FEED_PHASE_OPEN },
    { "maintenance", FEED_PHASE_OPEN },
    { "resolved", FEED_PHASE_CLOSED },
    { NULL, FEED_PHASE_UNSEEN },
};

/* What lacks a word of its state is looked at one by one: it hides nothing that is bad. */
static const struct shape_row shape[] = {
    {"", SHAPE_OBJECT, SHAPE_NEEDED},
    {"data", SHAPE_OBJECT, SHAPE_NEEDED},
    {"data.attributes", SHAPE_OBJECT, SHAPE_NEEDED},
    {"included", SHAPE_LIST, SHAPE_NEEDED},
    {"included[]", SHAPE_OBJECT, SHAPE_NEEDED},
    {"included[].type", SHAPE_TEXT, SHAPE_NEEDED},
    {0},
};

static const char *const published_times[] = {"published_at", "created_at", NULL};

struct page {
    const struct feed_input *in;
    struct feed_result *out;
    struct arena *arena;
    const json_t *included;
    struct rows rows;
    size_t n_monitored;
    size_t n_down;
    bool is_odd;                   /* something lacks what tells its state: no page is well for want of it */
    struct filter_index sections;  /* by id */
    struct filter_index updates;   /* of reports, by id */
    const json_t **update_at;      /* the object of each row of the index */
};

static bool betterstack_next(const struct feed_input *in, struct feed_request *out)
{
    if (in->n_documents > 0)
        return false;

    *out = (struct feed_request) {
        .name = "index.json",
        .url = feed_url(in, "/index.json"),
        .accept = "application/json",
    };
    return true;
}

static bool is_of(const json_t *object, const char *type)
{
    return text_is(json_text(object, "type"), type);
}

static const json_t *attributes_if(const json_t *object, const char *type)
{
    return is_of(object, type) ? json_member(object, "attributes") : NULL;
}

static struct text id_of(const struct page *page, const json_t *object)
{
    return feed_id_text(json_member(object, "id"), page->arena);
}

/* --- resources ---------------------------------------------------------------------------------------------------- */

static void index_sections(struct page *page)
{
    size_t n = json_array_size(page->included);
    struct filter_row *rows = arena_new(page->arena, (n + 1) * sizeof *rows);
    size_t n_rows = 0;
    size_t i = 0;
    const json_t *object = NULL;

    json_array_foreach(page->included, i, object) {
        const json_t *section = attributes_if(object, "status_page_section");
        if (section != NULL)
            rows[n_rows++] = (struct filter_row) {.id = feed_id(page->arena, id_of(page, object)),
                                                  .name = feed_name(page->arena, json_text(section, "name"))};
    }
    filter_index(&page->sections, rows, n_rows, page->arena);
}

static size_t section_of(struct page *page, const json_t *resource)
{
    struct text id = feed_id_text(json_member(resource, "status_page_section_id"), page->arena);
    size_t section = filter_find(&page->sections, id);
    if (section == FILTER_NO_GROUP)
        return FILTER_NO_GROUP;
    return rows_group(&page->rows, page->sections.rows[section].id, page->sections.rows[section].name);
}

/* What isn't monitored says nothing: it is left out, but for a filter that names it. Its section must not wait for it. */
static void add_resource(struct page *page, const json_t *object)
{
    static const struct feed_vocabulary none = {"", STATUS_UNKNOWN, false};
    const json_t *resource = json_member(object, "attributes");   /* without any it is unknown, but there */
    struct text word = json_text(resource, "status");
    bool monitored = !text_equal_ignoring_case(word, text_of("not_monitored"));
    if (!is_of(object, "status_page_resource") || (!monitored && page->in->config->components.n == 0))
        return;

    const struct feed_vocabulary *meaning = monitored ? feed_meaning(words, word, page->out, page->arena) : &none;
    size_t section = section_of(page, resource);
    page->is_odd = page->is_odd || word.len == 0;
    size_t row = rows_add(&page->rows, &(struct feed_component) {
        .id = feed_id(page->arena, id_of(page, object)),
        .name = feed_name(page->arena, json_text(resource, "public_name")),
        .state = meaning->state,
        .maintenance = meaning->maintenance,
    }, ROW_LEAF);
    if (monitored)
        page->rows.filter[row].group = section;
    page->n_monitored += monitored;
    page->n_down += meaning->state == STATUS_MAJOR_OUTAGE;
}

static int read_resources(struct page *page, struct error *err)
{
    size_t n = 0;
    size_t i = 0;
    const json_t *object = NULL;

    json_array_foreach(page->included, i, object)
        n += is_of(object, "status_page_section") || is_of(object, "status_page_resource");
    if (n > FEED_COMPONENTS_MAX)
        return feed_misshapen(page->out, page->arena, err, "%zu sections and resources, at most %d", n,
                              FEED_COMPONENTS_MAX);

    rows_init(&page->rows, n, page->arena);
    index_sections(page);
    json_array_foreach(page->included, i, object)
        add_resource(page, object);
    rows_sum_up(&page->rows);
    return 0;
}

/* --- reports ------------------------------------------------------------------------------------------------------ */

static void index_updates(struct page *page)
{
    size_t n = json_array_size(page->included);
    struct filter_row *rows = arena_new(page->arena, (n + 1) * sizeof *rows);
    size_t n_rows = 0;
    size_t i = 0;
    const json_t *object = NULL;

    page->update_at = arena_new(page->arena, (n + 1) * sizeof *page->update_at);
    json_array_foreach(page->included, i, object) {
        const json_t *update = attributes_if(object, "status_update");
        struct text id = id_of(page, object);
        if (update == NULL || id.len == 0)
            continue;
        rows[n_rows].id = arena_copy_text(page->arena, id);
        page->update_at[n_rows++] = update;
    }
    filter_index(&page->updates, rows, n_rows, page->arena);
}

static const json_t *newest_update(const struct page *page, const json_t *report)
{
    const json_t *list = json_list(json_member(json_member(report, "relationships"), "status_updates"), "data");
    const json_t *newest = NULL;
    int64_t newest_at_ms = 0;
    size_t i = 0;
    const json_t *reference = NULL;

    json_array_foreach(list, i, reference) {
        size_t row = filter_find(&page->updates, feed_id_text(json_member(reference, "id"), page->arena));
        if (row == FILTER_NO_GROUP)
            continue;
        int64_t at_ms = feed_time_of(page->update_at[row], published_times);
        if (newest != NULL && at_ms <= newest_at_ms)
            continue;
        newest = page->update_at[row];
        newest_at_ms = at_ms;
    }
    return newest;
}

static void put_incident(struct page *page, const json_t *object, const json_t *report, enum feed_phase phase)
{
    const json_t *update = newest_update(page, object);
    struct feed_incident incident = {
        .id = feed_text(page->arena, id_of(page, object), FEED_ID_BYTES_MAX),
        .name = feed_name(page->arena, json_text(report, "title")),
        .state = feed_word(page->arena, json_text(report, "aggregate_state")),
        .impact = "",
        .link = "",
        .text = markup_text(page->arena, json_text(update, "message"), FEED_TEXT_BYTES_MAX),
        .started_at_ms = feed_time_ms(json_text(report, "starts_at")),
        .updated_at_ms = feed_time_of(update, published_times),
    };

    if (incident.updated_at_ms == 0)
        incident.updated_at_ms = feed_time_ms(json_text(report, "ends_at"));
    if (phase == FEED_PHASE_CLOSED)
        feed_put_ended(page->out, &incident, page->in);
    else
        feed_put_incident(page->out, &incident, page->arena);
}

/* Whether it runs is a matter of its times: the state of a maintenance report is "maintenance" from the day it is written. */
static void put_window(struct page *page, const json_t *object, const json_t *report, enum feed_phase phase)
{
    int64_t now_ms = page->in->now_ms;
    struct feed_window window = {
        .id = feed_text(page->arena, id_of(page, object), FEED_ID_BYTES_MAX),
        .name = feed_name(page->arena, json_text(report, "title")),
        .text = markup_text(page->arena, json_text(newest_update(page, object), "message"), FEED_TEXT_BYTES_MAX),
        .starts_at_ms = feed_time_ms(json_text(report, "starts_at")),
        .ends_at_ms = feed_time_ms(json_text(report, "ends_at")),
    };
    if (phase == FEED_PHASE_CLOSED || (window.ends_at_ms != 0 && window.ends_at_ms <= now_ms)) {
        feed_put_ended_window(page->out, &window, page->in);
        return;
    }
    window.running = window.starts_at_ms <= now_ms;
    feed_hold_until(page->out, window.starts_at_ms, now_ms);
    feed_hold_until(page->out, window.ends_at_ms, now_ms);
    page->out->maintenance = page->out->maintenance || window.running;
    feed_put_window(page->out, &window, page->arena);
}

static void read_report(struct page *page, const json_t *object)
{
    const json_t *report = attributes_if(object, "status_report");
    if (report == NULL)
        return;
    /* Open ones keep ends_at null, and so do resolved ones. */
    enum feed_phase phase = feed_phase(phases, json_text(report, "aggregate_state"), page->out, page->arena);
    page->is_odd = page->is_odd || json_text(report, "aggregate_state").len == 0;
    if (!rows_touched(&page->rows, json_list(report, "affected_resources"), "status_page_resource_id"))
        return;
    if (text_is(json_text(report, "report_type"), "maintenance"))
        put_window(page, object, report, phase);
    else
        put_incident(page, object, report, phase);
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

/* "downtime" is there as soon as one resource is down: major only when all are. What the page's word hides, a resource in
 * trouble during maintenance elsewhere, its own resources tell. */
static enum status page_state(struct page *page, struct text word)
{
    const struct feed_vocabulary *meaning = feed_meaning(words, word, page->out, page->arena);
    enum status worst = rows_state(&page->rows);
    enum status state = word.len > 0 ? meaning->state : worst;
    bool no_level = meaning->maintenance && page->rows.n > 0;    /* a resource that is unknown counts then, too */
    if (no_level || status_rank(worst) > status_rank(state))
        state = worst;
    page->out->maintenance = page->out->maintenance || meaning->maintenance;

    bool all_down = page->n_monitored > 0 && page->n_down == page->n_monitored;
    return state == STATUS_MAJOR_OUTAGE && !all_down ? STATUS_PARTIAL_OUTAGE : state;
}

static void read_items(struct page *page, const json_t *attributes)
{
    struct text announcement = json_text(attributes, "announcement");
    size_t i = 0;
    const json_t *object = NULL;

    index_updates(page);
    json_array_foreach(page->included, i, object)
        read_report(page, object);
    if (!page->rows.filtered && text_trim(announcement).len > 0)
        feed_put_notice(page->out, markup_text(page->arena, announcement, FEED_TEXT_BYTES_MAX), page->arena);
}

static int read_page(struct page *page, const json_t *document, struct error *err)
{
    const struct feed_entry *config = page->in->config;
    const json_t *attributes = json_member(json_member(document, "data"), "attributes");
    struct feed_result *out = page->out;
    struct error fault = {0};
    if (shape_check(document, shape, &fault) < 0)
        return feed_misshapen(out, page->arena, err, "not a Better Stack page: %s", fault.text);
    page->included = json_list(document, "included");
    struct text word = json_text(attributes, "aggregate_state");
    int r = read_resources(page, err);
    if (r < 0)
        return r;
    if (word.len == 0 && page->n_monitored == 0)
        return feed_misshapen(out, page->arena, err,
                              "not a Better Stack page: neither aggregate_state nor resources in it");
    if (!rows_filter_fits(config, FEED_KEY_COMPONENTS, "a Better Stack page is filtered by components", out, page->arena)
        || !rows_select(&page->rows, &config->components, "resource or section", out))
        return 0;

    read_items(page, attributes);
    out->maintenance = out->maintenance || rows_maintenance(&page->rows);
    out->state = page->rows.filtered ? rows_state(&page->rows) : page_state(page, word);
    if (page->is_odd || word.len == 0 || page->n_monitored == 0)
        out->state = status_worse(out->state, STATUS_UNKNOWN);
    rows_list(&page->rows, out);
    return 0;
}

static int betterstack_parse(const struct feed_input *in, struct feed_result *out, struct error *err)
{
    struct page page = {.in = in, .out = out, .arena = in->arena};
    if (in->n_documents == 0)
        return feed_misshapen(out, in->arena, err, "no document was fetched");

    CLEANUP(json_freep) json_t *json = document_read_json(&in->documents[0], out, in->arena, err);
    return json == NULL ? -EBADMSG : read_page(&page, json, err);
}

static bool betterstack_recognises(struct text body, const json_t *json)
{
    const json_t *data = json_member(json, "data");
    (void) body;

    return text_is(json_text(data, "type"), "status_page")
           && json_is_string(json_member(json_member(data, "attributes"), "aggregate_state"));
}

static const char *const documents[] = {"index.json", NULL};

const struct feed betterstack_feed = {
    .name = "betterstack",
    .title = "Better Stack",
    .documents = documents,
    .detect_path = "/index.json",
    .lists_components = true,
    .next = betterstack_next,
    .parse = betterstack_parse,
    .recognises = betterstack_recognises,
};

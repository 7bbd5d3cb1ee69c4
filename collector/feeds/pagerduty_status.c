/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pagerduty_status: status pages that run on PagerDuty, its own and those of others (*.trust.pagerduty.com, regional
 * pages of GitHub Enterprise).
 *
 * /api/data has the headline, a sentence that is the page's only state of its own, and the services in their groups;
 * /api/post_enums says what the ids in posts mean; /api/posts has the posts of the front page, whose newest update
 * tells what each service suffers. A service that no open post names is operational.
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

enum { WORDS_KEPT_MS = 60 * 60 * 1000, TOKEN_BYTES_MAX = 512 };

#define POSTS "/api/posts?is_featured=true&limit=500"

/* The sentences of Statuspage, and the two that PagerDuty writes for itself. Any other is unknown. */
static const struct feed_vocabulary headlines[] = {
    { "All Systems Operational", STATUS_OPERATIONAL, false },
    { "All Systems Running Smoothly", STATUS_OPERATIONAL, false },
    { "Everything is running smoothly", STATUS_OPERATIONAL, false },
    { "Minor Service Outage", STATUS_DEGRADED, false },
    { "Partially Degraded Service", STATUS_DEGRADED, false },
    { "Degraded Performance", STATUS_DEGRADED, false },
    { "Partial System Outage", STATUS_PARTIAL_OUTAGE, false },
    { "Partial Outage", STATUS_PARTIAL_OUTAGE, false },
    { "Major Service Outage", STATUS_MAJOR_OUTAGE, false },
    { "Major System Outage", STATUS_MAJOR_OUTAGE, false },
    { "Major Outage", STATUS_MAJOR_OUTAGE, false },
    { "Service Under Maintenance", STATUS_OPERATIONAL, true },
    { "Scheduled Maintenance", STATUS_OPERATIONAL, true },
    { NULL, STATUS_UNKNOWN, false },
};

/* What an impact on a service is called: the words are each page's own, these are those it begins with. */
static const struct feed_vocabulary impact_words[] = {
    { "operational", STATUS_OPERATIONAL, false },
    { "all good", STATUS_OPERATIONAL, false },
    { "none", STATUS_OPERATIONAL, false },
    { "minor", STATUS_DEGRADED, false },
    { "minor outage", STATUS_DEGRADED, false },
    { "degraded", STATUS_DEGRADED, false },
    { "degraded performance", STATUS_DEGRADED, false },
    { "degraded functionality", STATUS_DEGRADED, false },
    { "performance issues", STATUS_DEGRADED, false },
    { "major", STATUS_PARTIAL_OUTAGE, false },
    { "partial outage", STATUS_PARTIAL_OUTAGE, false },
    { "critical", STATUS_MAJOR_OUTAGE, false },
    { "outage", STATUS_MAJOR_OUTAGE, false },
    { "major outage", STATUS_MAJOR_OUTAGE, false },
    { "maintenance", STATUS_OPERATIONAL, true },
    { "under maintenance", STATUS_OPERATIONAL, true },
    { NULL, STATUS_UNKNOWN, false },
};

static const struct feed_phase_word phase_words[] = {
    { "investigating", FEED_PHASE_OPEN },
    { "detected", FEED_PHASE_OPEN },
    { "identified", FEED_PHASE_OPEN },
    { "monitoring", FEED_PHASE_WATCHED },
    { "resolved", FEED_PHASE_CLOSED },
    { "completed", FEED_PHASE_CLOSED },
    { "cancelled", FEED_PHASE_CLOSED },
    { "canceled", FEED_PHASE_CLOSED },
    { "postmortem", FEED_PHASE_CLOSED },
    { "scheduled", FEED_PHASE_PLANNED },
    { "in progress", FEED_PHASE_RUNNING },
    { "in_progress", FEED_PHASE_RUNNING },
    { "verifying", FEED_PHASE_RUNNING },
    { NULL, FEED_PHASE_UNSEEN },
};

struct page {
    const struct feed_input *in;
    struct feed_result *out;
    struct arena *arena;
    struct parsed parsed;
    const json_t *settings;            /* layout.layout_settings; NULL: not fetched */
    const json_t *enums;               /* lists; NULL: not fetched */
    bool has_posts;
    struct rows rows;
    const char **service_ids;          /* of the rows: what posts call a service; NULL for a group */
    enum status raised;                /* what open posts make of a green page */
    bool strays;                       /* an open post hits what the page does not list, or does not say what it hits */
    bool more_posts;                   /* a further page of them was promised and is not here */
};

/* --- fetching ----------------------------------------------------------------------------------------------------- */

/* The token of a further page of posts, fit to stand in a URL; empty: there is none. */
static struct text posts_token(const json_t *json)
{
    struct text token = json_text(json, "continuationToken");
    bool fits = token.len <= TOKEN_BYTES_MAX;

    for (size_t i = 0; fits && i < token.len; i++)
        fits = token.at[i] > ' ' && token.at[i] < 0x7f && strchr("&#%+\"<>", token.at[i]) == NULL;
    return fits ? token : (struct text) {0};
}

static bool pagerduty_status_next(const struct feed_input *in, struct feed_request *out)
{
    *out = (struct feed_request) {.accept = "application/json"};
    if (in->n_documents == 0) {
        out->name = "data";
        out->url = feed_url(in, "/api/data");
    } else if (in->n_documents == 1) {
        out->name = "post_enums";
        out->url = arena_format(in->arena, "%s/api/post_enums", in->config->url);
        out->keep_ms = WORDS_KEPT_MS;
    } else {
        CLEANUP(json_freep) json_t *json = in->n_documents == 2 ? NULL : parsed_last(in);
        struct text token = posts_token(json);
        if (in->n_documents > 2 && token.len == 0)
            return false;
        out->name = "posts";
        out->url =
            arena_format(in->arena, "%s" POSTS "%s%.*s", in->config->url,
                         token.len == 0 ? "" : "&continuation_token=", (int) token.len, token.len == 0 ? "" : token.at);
    }
    return true;
}

/* --- services ----------------------------------------------------------------------------------------------------- */

static const char *service_name(const struct page *page, const json_t *service)
{
    struct text shown = json_text(service, "displayName");

    return feed_name(page->arena, shown.len > 0 ? shown : json_text(service, "name"));
}

/* Posts call a service by the id it has on the page; groups carry an id of their own. */
static int read_services(struct page *page, struct error *err)
{
    const json_t *list = json_list(page->settings, "business_services");
    const json_t *service = NULL;
    size_t i = 0;
    size_t n_rows = json_array_size(list);
    if (n_rows > FEED_COMPONENTS_MAX)
        return feed_misshapen(page->out, page->arena, err, "%zu components, at most %d", n_rows, FEED_COMPONENTS_MAX);
    rows_init(&page->rows, n_rows, page->arena);

    page->service_ids = arena_new(page->arena, (json_array_size(list) + 1) * sizeof *page->service_ids);
    json_array_foreach(list, i, service) {
        struct feed_component component = {
            .id = feed_id(page->arena, json_text(service, "id")),
            .name = service_name(page, service),
        };
        enum row_kind kind = json_flag(service, "grouping_element") ? ROW_GROUP : ROW_LEAF;
        const char *called = feed_id(page->arena, json_text(service, "status_page_service_id"));
        bool told = page->has_posts && kind == ROW_LEAF && called != NULL;   /* else no post can name it */
        component.state = told ? STATUS_OPERATIONAL : STATUS_UNKNOWN;
        size_t row = rows_add(&page->rows, &component, kind);
        page->service_ids[row] = called;
    }
    json_array_foreach(list, i, service) {
        struct text head = json_text(service, "Head_ID");
        size_t group = rows_find(&page->rows, head);
        if (head.len > 0 && group == FILTER_NO_GROUP)
            return feed_misshapen(page->out, page->arena, err,
                                  "not a status page of PagerDuty: business_services[%zu].Head_ID names none of them", i);
        if (group == FILTER_NO_GROUP || group == i)
            continue;
        page->rows.filter[i].group = group;
        page->rows.kinds[group] = ROW_GROUP;   /* whatever else it says of itself */
        page->rows.components[group].state = STATUS_UNKNOWN;
    }
    return 0;
}

/* --- posts -------------------------------------------------------------------------------------------------------- */

/* What an id in a post is called: "" when the page does not say. */
static struct text enum_name(const struct page *page, struct text id)
{
    const json_t *value = NULL;
    size_t i = 0;

    json_array_foreach(json_list(page->enums, "post_enums"), i, value) {
        if (id.len > 0 && text_equal(json_text(value, "id"), id))
            return text_trim(json_text(value, "name"));
    }
    return (struct text) {0};
}

/* An id that nothing explains is unknown, too, and counted. */
static const struct feed_vocabulary *impact_meaning(struct page *page, struct text id)
{
    struct text name = enum_name(page, id);

    return feed_meaning(impact_words, name.len > 0 ? name : id, page->out, page->arena);
}

static enum feed_phase phase_of(struct page *page, const json_t *post, struct text *word)
{
    struct text id = json_text(json_member(post, "latest_update"), "status_id");
    *word = enum_name(page, id);

    return feed_phase(phase_words, word->len > 0 ? *word : id, page->out, page->arena);
}

/* Times are milliseconds on some pages, RFC 3339 on others. */
static int64_t time_of(const json_t *from, const char *key)
{
    int64_t at_ms = 0;

    if (json_whole(from, key, 0, INT64_C(253402300799999), &at_ms))
        return at_ms;
    return feed_time_ms(json_text(from, key));
}

static bool is_called(const struct page *page, size_t row, struct text service_id)
{
    const char *id = page->service_ids[row];
    const char *own = page->rows.filter[row].id;

    return (id != NULL && text_is(service_id, id)) || (own != NULL && text_is(service_id, own));
}

static bool is_maintenance(const json_t *post)
{
    return text_equal_ignoring_case(json_text(post, "post_type"), text_of("maintenance"));
}

/* What an open post says of services, before the filter is laid over them. Planned work is not under way yet. */
static void note_post(struct page *page, const json_t *post)
{
    struct text word;
    enum feed_phase phase = phase_of(page, post, &word);
    const json_t *impact = NULL;
    size_t i = 0;
    if (phase == FEED_PHASE_CLOSED || phase == FEED_PHASE_PLANNED)
        return;

    if (!is_maintenance(post) && phase != FEED_PHASE_WATCHED)
        page->raised = STATUS_DEGRADED;
    const json_t *impacts = json_list(json_member(post, "latest_update"), "impacts");
    page->strays =
        page->strays || (impacts == NULL && !is_maintenance(post)); /* an empty list says that nothing is hit */
    json_array_foreach(impacts, i, impact) {
        const struct feed_vocabulary *meaning = impact_meaning(page, json_text(impact, "severity_id"));
        if (meaning->state > STATUS_OPERATIONAL)
            page->raised = STATUS_DEGRADED;
        bool stray = meaning->state != STATUS_OPERATIONAL;
        for (size_t row = 0; row < page->rows.n; row++) {
            struct feed_component *component = &page->rows.components[row];
            if (!is_called(page, row, json_text(impact, "service_id")))
                continue;
            stray = false;
            component->state = status_worse(component->state, meaning->state);
            component->maintenance = component->maintenance || meaning->maintenance;
        }
        page->strays = page->strays || stray;
    }
}

static bool touches_watched(const struct page *page, const json_t *post)
{
    const json_t *impact = NULL;
    size_t i = 0;

    if (!page->rows.filtered)
        return true;
    json_array_foreach(json_list(json_member(post, "latest_update"), "impacts"), i, impact) {
        for (size_t row = 0; row < page->rows.n; row++) {
            if (page->rows.filter[row].selected && is_called(page, row, json_text(impact, "service_id")))
                return true;
        }
    }
    return false;
}

static void list_post(struct page *page, const json_t *post)
{
    const json_t *update = json_member(post, "latest_update");
    struct text word = enum_name(page, json_text(update, "status_id"));
    enum feed_phase phase = feed_phase(phase_words, word, &(struct feed_result) {0}, page->arena); /* counted before */
    struct text severity = enum_name(page, json_text(update, "severity_id"));
    const char *id = feed_text(page->arena, json_text(post, "id"), FEED_ID_BYTES_MAX);
    const char *name = feed_name(page->arena, json_text(post, "title"));
    const char *words = markup_text(page->arena, json_text(update, "message"), FEED_TEXT_BYTES_MAX);
    if (phase == FEED_PHASE_CLOSED || !touches_watched(page, post))
        return;

    if (is_maintenance(post)) {
        bool running = phase == FEED_PHASE_RUNNING;
        page->out->maintenance = page->out->maintenance || (running && !page->rows.filtered);
        feed_put_window(page->out, &(struct feed_window) {
            .id = id, .name = name, .running = running, .text = words, .starts_at_ms = time_of(post, "starts_at"),
            .ends_at_ms = time_of(post, "ends_at"),
        }, page->arena);
        return;
    }
    int64_t first_ms = time_of(post, "first_update_at");
    feed_put_incident(page->out, &(struct feed_incident) {
        .id = id,
        .name = name,
        .state = feed_word(page->arena, word),
        .impact = feed_word(page->arena, severity),
        .link = "",
        .text = words,
        .started_at_ms = first_ms != 0 ? first_ms : time_of(post, "starts_at"),
        .updated_at_ms = time_of(update, "reported_at"),
    }, page->arena);
}

static void each_post(struct page *page, void (*take)(struct page *, const json_t *post))
{
    const json_t *post = NULL;
    size_t i = 0;

    for (size_t d = 0; d < page->parsed.n; d++) {
        json_array_foreach(json_list(page->parsed.at[d], "posts"), i, post)
            take(page, post);
    }
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

static const struct shape_row data_shape[] = {
    { "layout.layout_settings", SHAPE_OBJECT, SHAPE_NEEDED },
    { "layout.layout_settings.statusPage", SHAPE_OBJECT, SHAPE_NEEDED },
    { "layout.layout_settings.statusPage.globalStatusHeadline", SHAPE_TEXT, SHAPE_NEEDED },
    { "layout.layout_settings.business_services", SHAPE_LIST, SHAPE_NEEDED },
    { "layout.layout_settings.business_services[]", SHAPE_OBJECT, SHAPE_NEEDED },
    { "layout.layout_settings.business_services[].id", SHAPE_TEXT, SHAPE_NEEDED },
    {0},
};

static const struct shape_row enums_shape[] = {
    { "post_enums[]", SHAPE_OBJECT, SHAPE_NEEDED },
    { "post_enums[].id", SHAPE_TEXT, SHAPE_NEEDED },
    { "post_enums[].name", SHAPE_TEXT, SHAPE_NEEDED },
    {0},
};

static const struct shape_row posts_shape[] = {
    { "posts", SHAPE_LIST, SHAPE_NEEDED },
    { "posts[]", SHAPE_OBJECT, SHAPE_NEEDED },
    { "posts[].latest_update", SHAPE_OBJECT, SHAPE_NEEDED },
    { "posts[].latest_update.impacts", SHAPE_LIST, SHAPE_ABSENT },
    { "posts[].latest_update.impacts[]", SHAPE_OBJECT, SHAPE_NEEDED },
    { "continuationToken", SHAPE_TEXT, SHAPE_ABSENT },
    {0},
};

/* Each document that is neither the one nor the other is to be one of posts. */
static int check_shape(struct page *page, const json_t *data, struct error *err)
{
    struct error fault = {0};

    for (size_t d = 0; d < page->parsed.n; d++) {
        const json_t *json = page->parsed.at[d];
        bool is_posts = json != data && json != page->enums;
        if (shape_check(json, is_posts ? posts_shape : json == data ? data_shape : enums_shape, &fault) < 0)
            return feed_misshapen(page->out, page->arena, err, "not a status page of PagerDuty: %s", fault.text);
        if (is_posts)
            page->more_posts = json_text(json, "continuationToken").len > 0;
    }
    return 0;
}

static int survey(struct page *page, struct error *err)
{
    const json_t *data = parsed_with(&page->parsed, "layout", JSON_OBJECT);

    page->settings = json_member(json_member(data, "layout"), "layout_settings");
    page->enums = parsed_with(&page->parsed, "post_enums", JSON_ARRAY);
    page->has_posts = parsed_with(&page->parsed, "posts", JSON_ARRAY) != NULL;
    if (data == NULL && !page->has_posts)
        return feed_misshapen(page->out, page->arena, err,
                              "not a status page of PagerDuty: neither \"layout\" nor \"posts\" in it");
    if (page->parsed.n > 1 && (data == NULL || page->enums == NULL || !page->has_posts))
        return feed_misshapen(page->out, page->arena, err, "not a status page of PagerDuty: no \"%s\" in it",
                              data == NULL ? "layout" : page->enums == NULL ? "post_enums" : "posts");
    return check_shape(page, data, err);
}

/* The headline is the page's; where it is green an open post still makes it degraded, no more; where it is nothing we
 * know what is known to be bad still counts. Without posts a green headline speaks for each service. */
static enum status page_state(struct page *page)
{
    struct text headline = text_trim(json_text(json_member(page->settings, "statusPage"), "globalStatusHeadline"));
    const struct feed_vocabulary *meaning = feed_meaning(headlines, headline, page->out, page->arena);

    if (!page->has_posts && meaning->state == STATUS_OPERATIONAL) {
        for (size_t i = 0; i < page->rows.n; i++)
            page->rows.components[i].state = STATUS_OPERATIONAL;
    }
    page->out->maintenance = page->out->maintenance || (meaning->maintenance && !page->rows.filtered);
    enum status unsaid = page->more_posts ? STATUS_UNKNOWN : STATUS_OPERATIONAL;
    if (page->rows.filtered)
        return status_worse(rows_state(&page->rows), page->strays ? STATUS_UNKNOWN : unsaid);
    if (meaning->state == STATUS_OPERATIONAL)
        return status_worse(page->raised, unsaid);
    return meaning->state == STATUS_UNKNOWN ? status_worse(meaning->state, rows_state(&page->rows)) : meaning->state;
}

static int read_page(struct page *page, struct error *err)
{
    if (!rows_filter_fits(page->in->config, FEED_KEY_COMPONENTS,
                          "a PagerDuty page is filtered by components: services and groups", page->out, page->arena))
        return 0;
    int r = survey(page, err);
    if (r == 0)
        r = read_services(page, err);
    if (r < 0)
        return r;

    each_post(page, note_post);
    if (page->settings != NULL
        && !rows_select(&page->rows, &page->in->config->components, "service or group", page->out))
        return 0;
    each_post(page, list_post);
    page->out->no_state = page->settings == NULL;
    if (page->settings != NULL)
        page->out->state = page_state(page);
    rows_sum_up(&page->rows);
    page->out->maintenance = rows_maintenance(&page->rows) || page->out->maintenance;
    rows_list(&page->rows, page->out);
    return 0;
}

static int pagerduty_status_parse(const struct feed_input *in, struct feed_result *out, struct error *err)
{
    struct page page = {.in = in, .out = out, .arena = in->arena, .raised = STATUS_OPERATIONAL};
    int r = parsed_read(&page.parsed, in, out, err);

    if (r == 0)
        r = read_page(&page, err);
    parsed_done(&page.parsed);
    return r;
}

/* --- what it is known by ------------------------------------------------------------------------------------------ */

static bool pagerduty_status_recognises(struct text body, const json_t *json)
{
    const json_t *settings = json_member(json_member(json, "layout"), "layout_settings");
    (void) body;

    return json_is_string(json_member(json_member(settings, "statusPage"), "globalStatusHeadline"));
}

static const char *const documents[] = {"data", "posts", "post_enums", NULL};
static const char *const hosts[] = {"status.pagerduty.com", NULL};

const struct feed pagerduty_status_feed = {
    .name = "pagerduty_status",
    .title = "PagerDuty",
    .documents = documents,
    .hosts = hosts,
    .detect_path = "/api/data",
    .lists_components = true,
    .next = pagerduty_status_next,
    .parse = pagerduty_status_parse,
    .recognises = pagerduty_status_recognises,
};

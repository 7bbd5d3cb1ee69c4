/* SPDX-License-Identifier: Apache-2.0 */
/*
 * statusio: Status.io. /1.0/status/ID at api.status.io tells it all: codes for the page, for each component and for each
 * of its containers (regions, mostly), incidents with their messages, maintenance.
 *
 * Two filters: components, and containers, which are told apart by the component they are in; both together mean those
 * containers of those components.
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

enum {
    CODE_SECURITY = 600,
    CODE_MAX = 100000,
    MESSAGE_RESOLVED = 400,            /* a message's state: 100 investigating, 200 identified, 300 monitoring */
    MESSAGE_MONITORING = 300,
};

static const struct feed_vocabulary codes[] = {
    { "100", STATUS_OPERATIONAL, false },
    { "200", STATUS_OPERATIONAL, true },
    { "300", STATUS_DEGRADED, false },
    { "400", STATUS_PARTIAL_OUTAGE, false },
    { "500", STATUS_MAJOR_OUTAGE, false },
    { "600", STATUS_MAJOR_OUTAGE, false },
    { NULL, STATUS_UNKNOWN, false },
};

static const char *const message_times[] = {"datetime", NULL};
static const char *const window_starts[] = {"datetime_planned_start", "datetime_open", NULL};
static const char *const window_ends[] = {"datetime_planned_end", NULL};

struct page {
    const struct feed_input *in;
    struct feed_result *out;
    struct arena *arena;
    struct rows components;            /* for their filter */
    struct rows containers;            /* likewise, in the order of `parents` */
    size_t *parents;                   /* of each container: its component */
    struct rows rows;                  /* both, as they are listed: each component, then its containers */
    enum status hidden;                /* the worst of open incidents, whatever the rows say */
    enum status raised;                /* of those that nobody says are over */
};

static bool statusio_next(const struct feed_input *in, struct feed_request *out)
{
    const char *url = in->config->url;
    const char *page = in->config->page;
    if (in->n_documents > 0)
        return false;

    *out = (struct feed_request) {
        .name = "/1.0/status/{page}",
        .url = page == NULL || strstr(url, "/1.0/status/") != NULL
                   ? url
                   : arena_format(in->arena, "%s/%s", feed_url(in, "/1.0/status"), page),
        .accept = "application/json",
    };
    return true;
}

/* --- components and containers ------------------------------------------------------------------------------------ */

static const struct feed_vocabulary *code_of(struct page *page, const json_t *object)
{
    return feed_meaning(codes, feed_id_text(json_member(object, "status_code"), page->arena), page->out, page->arena);
}

static struct feed_component row_of(struct page *page, const json_t *value, const char *component)
{
    const struct feed_vocabulary *meaning = code_of(page, value);
    const char *name = feed_name(page->arena, json_text(value, "name"));

    return (struct feed_component) {
        .id = feed_id(page->arena, json_text(value, "id")),
        .name = component == NULL ? name : component,
        .container = component == NULL ? NULL : name,
        .state = meaning->state,
        .maintenance = meaning->maintenance,
    };
}

static void add_component(struct page *page, const json_t *value)
{
    const json_t *list = json_list(value, "containers");
    struct feed_component component = row_of(page, value, NULL);
    size_t parent = rows_add(&page->components, &component, ROW_LEAF);
    size_t group = rows_add(&page->rows, &component, json_array_size(list) > 0 ? ROW_GROUP : ROW_LEAF);
    size_t i = 0;
    const json_t *inner = NULL;

    json_array_foreach(list, i, inner) {
        struct feed_component container = row_of(page, inner, component.name);
        size_t row = rows_add(&page->rows, &container, ROW_LEAF);
        page->rows.filter[row].group = group;
        page->parents[page->containers.n] = parent;
        container.name = container.container;
        (void) rows_add(&page->containers, &container, ROW_LEAF);
    }
}

static int read_components(struct page *page, const json_t *result, struct error *err)
{
    const json_t *list = json_list(result, "status");
    size_t n = json_array_size(list);
    size_t n_containers = 0;
    size_t i = 0;
    const json_t *value = NULL;

    json_array_foreach(list, i, value)
        n_containers += json_array_size(json_list(value, "containers"));
    if (n + n_containers > FEED_COMPONENTS_MAX)
        return feed_misshapen(page->out, page->arena, err, "%zu components and containers, at most %d", n + n_containers,
                              FEED_COMPONENTS_MAX);
    rows_init(&page->components, n, page->arena);
    rows_init(&page->containers, n_containers, page->arena);
    rows_init(&page->rows, n + n_containers, page->arena);
    page->parents = arena_new(page->arena, (n_containers + 1) * sizeof *page->parents);
    json_array_foreach(list, i, value)
        add_component(page, value);
    return 0;
}

/* --- the filter --------------------------------------------------------------------------------------------------- */

/* One of its own level on these pages; here it is the worst there is, and a notice tells why. */
static bool is_security_event(const json_t *object)
{
    int64_t code = 0;

    return json_whole(object, "status_code", CODE_SECURITY, CODE_SECURITY, &code);
}

static void note_security_events(struct page *page, const json_t *result)
{
    size_t row = 0;
    size_t i = 0;
    size_t j = 0;
    const json_t *value = NULL;
    const json_t *inner = NULL;

    json_array_foreach(json_list(result, "status"), i, value) {
        bool named = false;
        size_t component = row++;
        bool is_watched = !page->rows.filtered || page->rows.filter[component].selected;
        json_array_foreach(json_list(value, "containers"), j, inner) {
            named = named || (is_security_event(inner) && (!page->rows.filtered || page->rows.filter[row].selected));
            row++;
        }
        if (named || (is_watched && is_security_event(value)))
            feed_put_notice(page->out, arena_format(page->arena, "security event: %s", page->rows.components[component].name),
                            page->arena);
    }
}

/* Only containers of watched components can be meant: the others are taken out of the rows to choose from. */
static bool select_containers(struct page *page)
{
    const struct rows *components = &page->components;
    struct rows *containers = &page->containers;
    size_t n = 0;

    for (size_t i = 0; i < containers->n && components->filtered; i++) {
        if (!components->filter[page->parents[i]].selected)
            continue;
        containers->components[n] = containers->components[i];
        containers->filter[n] = containers->filter[i];
        page->parents[n++] = page->parents[i];
    }
    if (components->filtered)
        containers->n = n;
    return rows_select(containers, &page->in->config->containers, "container", page->out);
}

/* Marks in the list of both what the two filters leave. */
static void mark_selected(struct page *page)
{
    bool by_container = page->containers.filtered;
    size_t component = 0;
    size_t container = 0;

    page->rows.filtered = page->components.filtered || by_container;
    for (size_t i = 0; i < page->rows.n; i++) {
        bool is_container = page->rows.components[i].container != NULL;
        if (!is_container)
            component++;
        bool within = !page->components.filtered || page->components.filter[component - 1].selected;
        if (!is_container)
            page->rows.filter[i].selected = within && !by_container && page->rows.filtered;
        else if (within)
            page->rows.filter[i].selected =
                page->rows.filtered && (!by_container || page->containers.filter[container].selected);
        container += is_container && within;
    }
}

static bool apply_filter(struct page *page)
{
    const struct feed_entry *config = page->in->config;
    if (!rows_filter_fits(config, FEED_KEY_COMPONENTS | FEED_KEY_CONTAINERS,
                          "a Status.io page is filtered by components and containers", page->out, page->arena)
        || !rows_select(&page->components, &config->components, "component", page->out)
        || !select_containers(page))
        return false;
    mark_selected(page);
    return true;
}

static bool is_of_interest(struct page *page, const json_t *item)
{
    return rows_touched(&page->components, json_list(item, "components_affected"), "_id")
           && rows_touched(&page->containers, json_list(item, "containers_affected"), "_id");
}

/* --- incidents and maintenance ------------------------------------------------------------------------------------ */

static const char *message_text(struct page *page, const json_t *message)
{
    return markup_text(page->arena, json_text(message, "details"), FEED_TEXT_BYTES_MAX);
}

/* How far the work has come; 0: not told. */
static int64_t message_state(const json_t *message)
{
    int64_t state = 0;

    return json_whole(message, "state", 0, CODE_MAX, &state) ? state : 0;
}

static const char *state_word(int64_t state)
{
    switch (state) {
    case 100: return "investigating";
    case 200: return "identified";
    case MESSAGE_MONITORING: return "monitoring";
    case MESSAGE_RESOLVED: return "resolved";
    default: return "";
    }
}

static void read_incident(struct page *page, const json_t *item)
{
    const json_t *newest = feed_newest(json_list(item, "messages"), message_times);
    int64_t state = message_state(newest);
    int64_t code = 0;
    (void) json_whole(newest, "status", 0, CODE_MAX, &code);
    const struct feed_vocabulary *meaning =
        feed_meaning(codes, feed_id_text(json_member(newest, "status"), page->arena), page->out, page->arena);
    if (!is_of_interest(page, item))
        return;

    struct feed_incident incident = {
        .id = feed_text(page->arena, json_text(item, "_id"), FEED_ID_BYTES_MAX),
        .name = feed_name(page->arena, json_text(item, "name")),
        .state = state_word(state),
        .impact = code == 0 ? "" : arena_format(page->arena, "%d", (int) code),
        .link = "",
        .text = message_text(page, newest),
        .started_at_ms = feed_time_ms(json_text(item, "datetime_open")),
        .updated_at_ms = feed_time_ms(json_text(newest, "datetime")),
    };
    if (state == MESSAGE_RESOLVED) {
        feed_put_ended(page->out, &incident, page->in);
        return;
    }
    enum status raised = status_rank(meaning->state) > 0 ? STATUS_DEGRADED : meaning->state;
    page->hidden = status_worse(page->hidden, meaning->state);
    if (state != MESSAGE_MONITORING)
        page->raised = status_worse(page->raised, raised);
    if (code == CODE_SECURITY)
        feed_put_notice(page->out, arena_format(page->arena, "security event: %s", incident.name), page->arena);
    feed_put_incident(page->out, &incident, page->arena);
}

/* Windows stay among the upcoming ones when they are over, so only their times count. */
static void read_window(struct page *page, const json_t *item, bool active)
{
    int64_t now_ms = page->in->now_ms;
    struct feed_window window = {
        .id = feed_text(page->arena, json_text(item, "_id"), FEED_ID_BYTES_MAX),
        .name = feed_name(page->arena, json_text(item, "name")),
        .text = message_text(page, feed_newest(json_list(item, "messages"), message_times)),
        .starts_at_ms = feed_time_of(item, window_starts),
        .ends_at_ms = feed_time_of(item, window_ends),
    };
    bool over = window.ends_at_ms != 0 && window.ends_at_ms <= now_ms;
    if (!is_of_interest(page, item) || (over && !active))
        return;

    window.running = active && !over && window.starts_at_ms <= now_ms;
    page->out->maintenance = page->out->maintenance || window.running;
    feed_hold_until(page->out, window.starts_at_ms, now_ms);
    feed_hold_until(page->out, window.ends_at_ms, now_ms);
    feed_put_window(page->out, &window, page->arena);
}

static void read_items(struct page *page, const json_t *result)
{
    const json_t *maintenance = json_member(result, "maintenance");
    size_t i = 0;
    const json_t *item = NULL;

    json_array_foreach(json_list(result, "incidents"), i, item)
        read_incident(page, item);
    json_array_foreach(json_list(maintenance, "active"), i, item)
        read_window(page, item, true);
    json_array_foreach(json_list(maintenance, "upcoming"), i, item)
        read_window(page, item, false);
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

/* Planned work takes the code of a row that an open incident would have turned red: it must not mask it. */
static enum status unmasked(const struct page *page, enum status state, bool under_maintenance)
{
    if (state == STATUS_OPERATIONAL && under_maintenance)
        return status_worse(state, page->hidden);
    return state;
}

static void conclude(struct page *page, const json_t *overall)
{
    struct feed_result *out = page->out;
    bool flagged = rows_maintenance(&page->rows);

    if (page->rows.filtered) {
        out->state = unmasked(page, rows_state(&page->rows), flagged);
    } else {
        const struct feed_vocabulary *meaning = code_of(page, overall);
        flagged = flagged || meaning->maintenance;
        enum status state = unmasked(page, meaning->state, flagged);
        out->state = state == STATUS_OPERATIONAL ? status_worse(state, page->raised) : state;
    }
    out->maintenance = out->maintenance || flagged;
    rows_list(&page->rows, out);
}

static const struct shape_row shape[] = {
    { "result", SHAPE_OBJECT, SHAPE_NEEDED },
    { "result.status_overall", SHAPE_OBJECT, SHAPE_NEEDED },
    { "result.status_overall.status_code", SHAPE_NUMBER, SHAPE_NEEDED },
    { "result.status", SHAPE_LIST, SHAPE_NEEDED },
    { "result.status[]", SHAPE_OBJECT, SHAPE_NEEDED },
    { "result.status[].status_code", SHAPE_NUMBER, SHAPE_NEEDED },
    { "result.status[].containers", SHAPE_LIST, SHAPE_NEEDED },
    { "result.status[].containers[]", SHAPE_OBJECT, SHAPE_NEEDED },
    { "result.status[].containers[].status_code", SHAPE_NUMBER, SHAPE_NEEDED },
    { "result.incidents[]", SHAPE_OBJECT, SHAPE_NEEDED },
    { "result.incidents[].messages", SHAPE_LIST, SHAPE_NEEDED },
    { "result.incidents[].messages[]", SHAPE_OBJECT, SHAPE_NEEDED },
    { "result.incidents[].messages[].state", SHAPE_NUMBER, SHAPE_NEEDED },
    { "result.incidents[].messages[].status", SHAPE_NUMBER, SHAPE_NEEDED },
    { "result.incidents[].messages[].datetime", SHAPE_TEXT, SHAPE_NEEDED },
    { "result.incidents[].components_affected", SHAPE_LIST, SHAPE_NEEDED },
    { "result.incidents[].components_affected[]", SHAPE_OBJECT, SHAPE_NEEDED },
    { "result.incidents[].components_affected[]._id", SHAPE_ID, SHAPE_NEEDED },
    { "result.incidents[].containers_affected", SHAPE_LIST, SHAPE_NEEDED },
    { "result.incidents[].containers_affected[]", SHAPE_OBJECT, SHAPE_NEEDED },
    { "result.incidents[].containers_affected[]._id", SHAPE_ID, SHAPE_NEEDED },
    { "result.maintenance.active", SHAPE_LIST, SHAPE_NEEDED },
    { "result.maintenance.upcoming", SHAPE_LIST, SHAPE_NEEDED },
    {0},
};

/* Incidents and maintenance: one without the other is a page cut in two. */
static const struct shape_row lists_shape[] = {
    { "result.incidents", SHAPE_LIST, SHAPE_NEEDED },
    { "result.maintenance", SHAPE_OBJECT, SHAPE_NEEDED },
    {0},
};

static int check_shape(const struct page *page, const json_t *document, struct error *err)
{
    const json_t *result = json_member(document, "result");
    bool lists = json_object_get(result, "incidents") != NULL || json_object_get(result, "maintenance") != NULL;
    struct error fault = {0};

    if (shape_check(document, shape, &fault) < 0 || (lists && shape_check(document, lists_shape, &fault) < 0))
        return feed_misshapen(page->out, page->arena, err, "not a page of Status.io: %s", fault.text);
    if (json_array_size(json_list(result, "status")) == 0)
        return feed_misshapen(page->out, page->arena, err, "not a page of Status.io: no component in result.status");
    return 0;
}

static int read_page(struct page *page, const json_t *document, struct error *err)
{
    const json_t *result = json_member(document, "result");
    const json_t *overall = json_member(result, "status_overall");
    int r = check_shape(page, document, err);
    if (r == 0)
        r = read_components(page, result, err);
    if (r < 0)
        return r;

    page->out->source_updated_at_ms = feed_time_ms(json_text(overall, "updated"));
    if (!apply_filter(page))
        return 0;
    note_security_events(page, result);
    read_items(page, result);
    conclude(page, overall);
    return 0;
}

static int statusio_parse(const struct feed_input *in, struct feed_result *out, struct error *err)
{
    struct page page = {.in = in, .out = out, .arena = in->arena, .hidden = STATUS_OPERATIONAL,
                        .raised = STATUS_OPERATIONAL};
    if (in->n_documents == 0)
        return feed_misshapen(out, in->arena, err, "no document was fetched");

    CLEANUP(json_freep) json_t *json = document_read_json(&in->documents[0], out, in->arena, err);
    return json == NULL ? -EBADMSG : read_page(&page, json, err);
}

static bool statusio_recognises(struct text body, const json_t *json)
{
    const json_t *result = json_member(json, "result");
    (void) body;

    return json_is_integer(json_member(json_member(result, "status_overall"), "status_code"))
           && json_is_array(json_member(result, "status"));
}

static const char *const documents[] = {"/1.0/status/{page}", NULL};
static const char *const hosts[] = {"api.status.io", "status-api.hostedstatus.com", NULL};

const struct feed statusio_feed = {
    .name = "statusio",
    .title = "Status.io",
    .documents = documents,
    .hosts = hosts,
    .lists_components = true,
    .next = statusio_next,
    .parse = statusio_parse,
    .recognises = statusio_recognises,
};

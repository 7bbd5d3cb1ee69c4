/* SPDX-License-Identifier: Apache-2.0 */
/*
 * google: the dashboards of Google Workspace and Google Cloud.
 *
 * Polled is incidents.json, a bare list of many months in which what is over stays for long, and products.json beside it,
 * which names all products and is asked for once an hour. Of the list (over a megabyte) only what is open is looked into.
 */
#include "collector/feeds/feed.h"

#include <errno.h>
#include <string.h>

#include "collector/feeds/document.h"
#include "collector/feeds/google_place.h"
#include "collector/feeds/markup.h"
#include "collector/feeds/names.h"
#include "collector/feeds/result.h"
#include "collector/feeds/rows.h"
#include "collector/feeds/shape.h"
#include "common/registry.h"

enum { PRODUCTS_KEEP_MS = 3600000 };

static const struct feed_vocabulary impact_words[] = {
    { "service_outage", STATUS_MAJOR_OUTAGE, false },
    { "service_disruption", STATUS_PARTIAL_OUTAGE, false },
    { "service_information", STATUS_OPERATIONAL, false },
    { "service_maintenance", STATUS_OPERATIONAL, true },
    { NULL, STATUS_UNKNOWN, false },
};

static const char *const update_times[] = {"when", "created", NULL};

/* The dashboard being read. */
struct reading {
    const struct feed_input *in;
    struct feed_result *out;
    struct arena *arena;
    const json_t *incidents;       /* NULL: only the products were given */
    const json_t *products;        /* NULL: they were not */
    const char *base;              /* of the dashboard, for links */
    struct rows rows;
    struct names names;            /* of rows: ids, titles of today and of once */
    bool overflow;                 /* more products than there is room for */
};

/* --- fetching ----------------------------------------------------------------------------------------------------- */

static const char incidents_path[] = "/incidents.json";

/* The dashboard's address, whichever of its documents is configured. */
static const char *base_of(const struct feed_input *in)
{
    struct text url = text_of(in->config->url);

    if (feed_ends_with(in->config->url, incidents_path))
        url.len -= strlen(incidents_path);
    return arena_copy_text(in->arena, url);
}

static bool google_next(const struct feed_input *in, struct feed_request *out)
{
    bool first = in->n_documents == 0;
    if (in->n_documents > 1)
        return false;

    *out = (struct feed_request) {
        .name = first ? "incidents.json" : "products.json",
        .url = arena_format(in->arena, "%s%s", base_of(in), first ? incidents_path : "/products.json"),
        .accept = "application/json",
        .keep_ms = first ? 0 : PRODUCTS_KEEP_MS,
    };
    return true;
}

/* --- products ----------------------------------------------------------------------------------------------------- */

/* The row of a product, added when it is new; NAMES_NONE: it has no name, or there is no more room. */
static size_t meet_product(struct reading *reading, const json_t *product)
{
    struct text id = json_text(product, "id");
    struct text title = text_trim(json_text(product, "title"));
    struct text current = text_trim(json_text(product, "current_title"));
    size_t row = names_find(&reading->names, id);

    if (row == NAMES_NONE)
        row = names_find(&reading->names, current.len > 0 ? current : title);
    if (row == NAMES_NONE && id.len == 0 && title.len == 0 && current.len == 0)
        return NAMES_NONE;
    if (row == NAMES_NONE && reading->rows.n == reading->rows.cap) {
        reading->overflow = true;
        return NAMES_NONE;
    }
    if (row == NAMES_NONE)
        row = rows_add(&reading->rows, &(struct feed_component) {
            .id = feed_id(reading->arena, id),
            .name = feed_name(reading->arena, current.len > 0 ? current : title.len > 0 ? title : id),
            .state = reading->incidents == NULL ? STATUS_UNKNOWN : STATUS_OPERATIONAL,
        }, ROW_LEAF);
    names_put(&reading->names, id, row);
    names_put(&reading->names, title, row);
    names_put(&reading->names, current, row);
    return row;
}

/* The only member that tells: an end that is missing, null, empty or no time. */
static bool is_open(const json_t *incident)
{
    return feed_time_ms(json_text(incident, "end")) == 0;
}

static void read_products(struct reading *reading)
{
    size_t i = 0;
    size_t j = 0;
    const json_t *value = NULL;
    const json_t *product = NULL;

    json_array_foreach(reading->products, i, product)
        (void) meet_product(reading, product);
    json_array_foreach(reading->incidents, i, value) {
        if (!is_open(value))
            continue;
        json_array_foreach(json_list(value, "affected_products"), j, product)
            (void) meet_product(reading, product);
    }
}

/* The watched products, by the names their rows have: an entry may be a title of once. Without products.json nobody knows
 * which there are; one that no open incident names is operational then. */
static struct string_list watched_products(struct reading *reading)
{
    const struct string_list *entries = &reading->in->config->products;
    struct string_list out = {arena_new(reading->arena, (entries->n + 1) * sizeof *out.items), entries->n};

    for (size_t i = 0; i < entries->n; i++) {
        struct text entry = text_of(entries->items[i]);
        size_t row = names_find(&reading->names, entry);
        if (row == NAMES_NONE && reading->products == NULL && reading->rows.n < reading->rows.cap)
            row = rows_add(&reading->rows, &(struct feed_component) {.name = feed_name(reading->arena, entry),
                                                                     .state = STATUS_OPERATIONAL}, ROW_LEAF);
        out.items[i] = row == NAMES_NONE ? entries->items[i] : (char *) reading->rows.components[row].name;
    }
    return out;
}

/* --- what an incident is about ------------------------------------------------------------------------------------ */

static const json_t *newest_update(const json_t *incident)
{
    const json_t *told = json_member(incident, "most_recent_update");
    const json_t *newest = feed_newest(json_list(incident, "updates"), update_times);

    if (!json_is_object(told))
        return newest;
    return newest == NULL || feed_time_of(told, update_times) >= feed_time_of(newest, update_times) ? told : newest;
}

/* Whether a place touches a watched region, by its id or by its title, "Finland (europe-north1)", which tells it once
 * more. One that leaves out either may be anywhere. */
static bool place_touches(const json_t *place, struct text region)
{
    struct text id = text_trim(json_text(place, "id"));
    struct text title = text_trim(json_text(place, "title"));
    if (id.len == 0 || title.len == 0)
        return true;

    const char *open = memrchr(title.at, '(', title.len);
    if (open != NULL && title.at[title.len - 1] == ')')
        title = (struct text) {open + 1, (size_t) (title.at + title.len - open) - 2};
    return google_place_touches(id, region) || google_place_touches(title, region);
}

/* Whether one of the watched regions is touched. An incident that names no place, or has no list of those it touches now
 * (as all of Workspace's), may be anywhere. */
static bool touches_region(const struct reading *reading, const json_t *incident)
{
    const struct string_list *regions = &reading->in->config->regions;
    const json_t *places = json_list(incident, "currently_affected_locations");
    size_t i = 0;
    const json_t *place = NULL;

    if (places != NULL && json_array_size(places) == 0)
        places = json_list(newest_update(incident), "affected_locations");
    if (regions->n == 0 || json_array_size(places) == 0)
        return true;
    json_array_foreach(places, i, place) {
        for (size_t r = 0; r < regions->n; r++) {
            if (place_touches(place, text_trim(text_of(regions->items[r]))))
                return true;
        }
    }
    return false;
}

/* Calls for each row an incident is about. False: it names none, and is about all. */
static bool each_product(struct reading *reading, const json_t *incident, void (*take)(struct reading *, size_t, void *),
                         void *context)
{
    bool any = false;
    size_t i = 0;
    const json_t *product = NULL;

    json_array_foreach(json_list(incident, "affected_products"), i, product) {
        size_t row = meet_product(reading, product);
        if (row == NAMES_NONE)
            return false;
        take(reading, row, context);
        any = true;
    }
    return any;
}

static void note_selected(struct reading *reading, size_t row, void *context)
{
    bool *selected = context;

    *selected = *selected || reading->rows.filter[row].selected;
}

static bool touches_product(struct reading *reading, const json_t *incident)
{
    bool selected = false;

    return !reading->rows.filtered || !each_product(reading, incident, note_selected, &selected) || selected;
}

/* --- incidents ---------------------------------------------------------------------------------------------------- */

/* What an incident comes to. */
struct weight {
    enum status state;
    bool maintenance;
    bool notice;                   /* shown, and that is all */
};

static struct weight weigh(struct reading *reading, const json_t *incident)
{
    struct text impact = json_text(incident, "status_impact");
    const struct feed_vocabulary *meaning = feed_meaning(impact_words, impact, reading->out, reading->arena);
    bool recovered = text_equal_ignoring_case(json_text(newest_update(incident), "status"), text_of("AVAILABLE"));
    bool information = meaning->state == STATUS_OPERATIONAL && !meaning->maintenance;
    struct weight weight = {
        .state = meaning->state == STATUS_UNKNOWN ? STATUS_DEGRADED : meaning->state,   /* a word never met, or none */
        .maintenance = meaning->maintenance && !recovered,
    };

    if (information && reading->in->config->item_level == ITEM_LEVEL_DEGRADED)
        weight.state = STATUS_DEGRADED;
    else if (information && reading->in->config->item_level == ITEM_LEVEL_PARTIAL_OUTAGE)
        weight.state = STATUS_PARTIAL_OUTAGE;
    if (recovered)
        weight.state = STATUS_OPERATIONAL;
    weight.notice = weight.state == STATUS_OPERATIONAL && !weight.maintenance;
    return weight;
}

/* The headline: Workspace writes Markdown, "**Title:**" and the words on the next line. */
static const char *headline(const struct reading *reading, const json_t *incident)
{
    static const char heading[] = "**Title:**";
    struct text words = text_trim(json_text(incident, "external_desc"));
    struct text start = {words.at, words.len < strlen(heading) ? words.len : strlen(heading)};

    if (text_equal_ignoring_case(start, text_of(heading)))
        words = text_trim((struct text) {words.at + start.len, words.len - start.len});
    const char *end = words.len == 0 ? NULL : memchr(words.at, '\n', words.len);
    if (end != NULL)
        words.len = (size_t) (end - words.at);
    return words.len == 0 ? feed_name(reading->arena, json_text(incident, "service_name"))
                          : feed_name(reading->arena, text_of(markup_text(reading->arena, words, FEED_NAME_BYTES_MAX)));
}

static const char *link_of(const struct reading *reading, const json_t *incident)
{
    struct text uri = json_text(incident, "uri");
    bool whole = text_starts_with(uri, "https://");

    if (uri.len == 0 || uri.len > FEED_TEXT_BYTES_MAX)
        return "";
    return feed_link(reading->arena, text_of(arena_format(reading->arena, "%s%s%.*s", whole ? "" : reading->base,
                                                          whole || uri.at[0] == '/' ? "" : "/", (int) uri.len, uri.at)));
}

static struct feed_incident incident_of(const struct reading *reading, const json_t *incident)
{
    const json_t *newest = newest_update(incident);
    struct text words = json_text(newest, "text");
    int64_t begun_at_ms = feed_time_ms(json_text(incident, "begin"));

    return (struct feed_incident) {
        .id = feed_id(reading->arena, json_text(incident, "id")),
        .name = headline(reading, incident),
        .state = feed_word(reading->arena, json_text(newest, "status")),
        .impact = feed_word(reading->arena, json_text(incident, "status_impact")),
        .link = link_of(reading, incident),
        .text = words.len == 0 ? NULL : markup_text(reading->arena, words, FEED_TEXT_BYTES_MAX),
        .started_at_ms = begun_at_ms != 0 ? begun_at_ms : feed_time_ms(json_text(incident, "created")),
        .updated_at_ms = feed_time_ms(json_text(incident, "modified")),
    };
}

static void list_open(struct reading *reading, const json_t *incident, const struct weight *weight)
{
    const struct feed_incident told = incident_of(reading, incident);

    if (weight->notice)
        feed_put_notice(reading->out, told.name, reading->arena);
    else if (weight->maintenance)
        feed_put_window(reading->out, &(struct feed_window) {.id = told.id, .name = told.name, .running = true,
                                                             .text = told.text, .link = told.link,
                                                             .starts_at_ms = told.started_at_ms}, reading->arena);
    else
        feed_put_incident(reading->out, &told, reading->arena);
}

static void worsen_row(struct reading *reading, size_t row, void *context)
{
    const struct weight *weight = context;
    struct feed_component *component = &reading->rows.components[row];

    component->state = status_worse(component->state, weight->state);
    component->maintenance = component->maintenance || weight->maintenance;
}

static void read_open(struct reading *reading, const json_t *incident)
{
    struct weight weight = weigh(reading, incident);
    if (!touches_region(reading, incident))
        return;
    if (!each_product(reading, incident, worsen_row, &weight)) {
        for (size_t row = 0; row < reading->rows.n; row++)
            worsen_row(reading, row, &weight);
    }
    if (!touches_product(reading, incident))
        return;
    reading->out->state = status_worse(reading->out->state, weight.state);
    reading->out->maintenance = reading->out->maintenance || weight.maintenance;
    list_open(reading, incident, &weight);
}

/* One that is over is told of for some days, with its last words. */
static void read_closed(struct reading *reading, const json_t *incident)
{
    int64_t ended_at_ms = feed_time_ms(json_text(incident, "end"));
    if (ended_at_ms < reading->in->now_ms - FEED_ENDED_DAYS * INT64_C(86400000) || !touches_product(reading, incident)
        || !touches_region(reading, incident))
        return;

    struct feed_incident told = incident_of(reading, incident);
    told.updated_at_ms = ended_at_ms;
    feed_put_ended(reading->out, &told, reading->in);
}

static void read_incidents(struct reading *reading)
{
    size_t i = 0;
    const json_t *incident = NULL;

    reading->out->state = reading->incidents == NULL ? STATUS_UNKNOWN : STATUS_OPERATIONAL;
    json_array_foreach(reading->incidents, i, incident) {
        int64_t modified_at_ms = feed_time_ms(json_text(incident, "modified"));
        if (modified_at_ms > reading->out->source_updated_at_ms)
            reading->out->source_updated_at_ms = modified_at_ms;
        if (is_open(incident))
            read_open(reading, incident);
        else
            read_closed(reading, incident);
    }
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

/* Each item, also of what is over: a foreign list must not be read as one in which nothing is open. An impact may be null
 * until it is known. */
static const struct shape_row incidents_shape[] = {
    { "", SHAPE_LIST, SHAPE_NEEDED },
    { "[]", SHAPE_OBJECT, SHAPE_NEEDED },
    { "[].id", SHAPE_TEXT, SHAPE_NEEDED },
    { "[].begin", SHAPE_TEXT, SHAPE_NEEDED },
    { "[].status_impact", SHAPE_TEXT, SHAPE_NULL },
    { "[].affected_products", SHAPE_LIST, SHAPE_NEEDED },
    {0},
};

static const struct shape_row products_shape[] = {
    { "products", SHAPE_LIST, SHAPE_NEEDED },
    { "products[]", SHAPE_OBJECT, SHAPE_NEEDED },
    { "products[].id", SHAPE_TEXT, SHAPE_NEEDED },
    { "products[].title", SHAPE_TEXT, SHAPE_NEEDED },
    {0},
};

static int check_document(const struct reading *reading, const json_t *document, const struct shape_row *shape,
                          struct error *err)
{
    struct error fault = {0};

    if (document == NULL || shape_check(document, shape, &fault) == 0)
        return 0;
    return feed_misshapen(reading->out, reading->arena, err, "not a dashboard of Google's: %s", fault.text);
}

/* False: the result says filter_miss. */
static bool apply_filter(struct reading *reading)
{
    const struct feed_entry *config = reading->in->config;
    if (!rows_filter_fits(config, FEED_KEY_PRODUCTS | FEED_KEY_REGIONS, "Google's dashboards are filtered by products and regions",
                          reading->out, reading->arena))
        return false;
    for (size_t i = 0; i < config->regions.n; i++) {
        if (google_place_is(text_trim(text_of(config->regions.items[i]))))
            continue;
        const char *words = arena_format(reading->arena, "\"%.100s\" is no location of Google's, expected an id such as "
                                         "europe-west1", config->regions.items[i]);
        (void) feed_fail(reading->out, "filter_miss", words, reading->arena);
        return false;
    }
    struct string_list products = watched_products(reading);
    return rows_select(&reading->rows, &products, "product", reading->out);
}

static size_t count_products(const struct reading *reading)
{
    size_t n = json_array_size(reading->products) + reading->in->config->products.n;
    size_t i = 0;
    const json_t *incident = NULL;

    json_array_foreach(reading->incidents, i, incident)
        n += is_open(incident) ? json_array_size(json_list(incident, "affected_products")) : 0;
    return n < FEED_COMPONENTS_MAX ? n : FEED_COMPONENTS_MAX;
}

static int read_dashboard(struct reading *reading, struct error *err)
{
    rows_init(&reading->rows, count_products(reading), reading->arena);
    read_products(reading);
    if (reading->overflow)
        return feed_misshapen(reading->out, reading->arena, err, "more than %d products", FEED_COMPONENTS_MAX);
    if (!apply_filter(reading))
        return 0;
    read_incidents(reading);
    rows_list(&reading->rows, reading->out);
    return 0;
}

/* The first document whose name ends like this; NULL: none does. */
static const struct feed_document *document_of(const struct feed_input *in, const char *end)
{
    for (size_t i = 0; i < in->n_documents; i++) {
        if (feed_ends_with(in->documents[i].name, end))
            return &in->documents[i];
    }
    return NULL;
}

static int google_parse(const struct feed_input *in, struct feed_result *out, struct error *err)
{
    const struct feed_document *products = document_of(in, "products.json");
    const struct feed_document *incidents = document_of(in, "incidents.json");
    if (in->n_documents == 0)
        return feed_misshapen(out, in->arena, err, "no document was fetched");
    if (incidents == NULL && products == NULL)
        incidents = &in->documents[0];

    CLEANUP(json_freep) json_t *list = incidents == NULL ? NULL : document_read_json(incidents, out, in->arena, err);
    if (incidents != NULL && list == NULL)
        return -EBADMSG;
    CLEANUP(json_freep) json_t *catalogue = products == NULL ? NULL : document_read_json(products, out, in->arena, err);
    if (products != NULL && catalogue == NULL)
        return -EBADMSG;
    struct reading reading = {.in = in, .out = out, .arena = in->arena, .incidents = list, .base = base_of(in),
                              .products = json_list(catalogue, "products"), .names.arena = in->arena};
    if (check_document(&reading, list, incidents_shape, err) < 0
        || check_document(&reading, catalogue, products_shape, err) < 0)
        return -EBADMSG;
    if (catalogue != NULL && json_array_size(reading.products) == 0)
        return feed_misshapen(out, in->arena, err, "not a dashboard of Google's: no product in products.json");

    int r = read_dashboard(&reading, err);
    names_done(&reading.names);
    return r;
}

/* --- what it is known by ------------------------------------------------------------------------------------------ */

static bool google_recognises(struct text body, const json_t *json)
{
    const json_t *first = json_array_get(json, 0);
    (void) body;

    return json_is_string(json_member(first, "status_impact")) && json_is_string(json_member(first, "external_desc"))
           && json_is_array(json_member(first, "affected_products"));
}

static const char *const documents[] = {"incidents.json", "products.json", NULL};
static const char *const hosts[] = {"status.cloud.google.com", "www.google.com", NULL};

const struct feed google_feed = {
    .name = "google",
    .title = "Google Cloud and Google Workspace",
    .documents = documents,
    .hosts = hosts,
    .detect_path = "/incidents.json",
    .next = google_next,
    .parse = google_parse,
    .recognises = google_recognises,
};

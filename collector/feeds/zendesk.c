/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zendesk: the status API of Zendesk (JSON:API), for all customers or, with `page`, for one's subdomain.
 *
 * Polled is /api/ssp/incidents.json: what is and was open, with the services that each touches. It has no word of state: a list
 * in which nothing is open is a healthy one. To check a watch filter /api/ssp/services.json is asked, once an hour.
 */
#include "collector/feeds/feed.h"

#include <errno.h>
#include <string.h>

#include "collector/feeds/document.h"
#include "collector/feeds/markup.h"
#include "collector/feeds/names.h"
#include "collector/feeds/result.h"
#include "collector/feeds/rows.h"
#include "collector/feeds/shape.h"
#include "common/registry.h"

enum { SERVICES_KEEP_MS = 3600000 };

/* Of both documents, and what else one of incidents has. */
static const struct shape_row shape[] = {
    {"", SHAPE_OBJECT, SHAPE_NEEDED},
    {"data", SHAPE_LIST, SHAPE_NEEDED},
    {"data[]", SHAPE_OBJECT, SHAPE_NEEDED},
    {"data[].attributes", SHAPE_OBJECT, SHAPE_NEEDED},
    {"included", SHAPE_LIST, SHAPE_ABSENT},
    {0},
};
static const struct shape_row incident_shape[] = {
    {"data[].attributes.outage", SHAPE_FLAG, SHAPE_NULL},
    {"data[].attributes.degradation", SHAPE_FLAG, SHAPE_NULL},
    {"data[].attributes.resolvedAt", SHAPE_TEXT, SHAPE_NULL},
    {0},
};

static const char *const update_times[] = {"createdAt", "updatedAt", "displayAt", NULL};
static const char *const service_keys[] = {"serviceName", "name", NULL};
static const char *const parent_keys[] = {"serviceParentId", "parentId", NULL};

struct reading {
    const struct feed_input *in;
    struct feed_result *out;
    struct arena *arena;
    const json_t *incidents;       /* NULL: not fetched */
    const json_t *included;        /* what they refer to; may be NULL */
    const json_t *services;        /* NULL: not fetched */
    struct rows rows;              /* one a service */
    struct names names;            /* of rows: names */
    struct names ids;              /* of rows: ids of services */
    struct names links;            /* of included: "type id" */
};

/* --- fetching ----------------------------------------------------------------------------------------------------- */

static bool zendesk_next(const struct feed_input *in, struct feed_request *out)
{
    const struct feed_entry *config = in->config;
    bool first = in->n_documents == 0;
    if (in->n_documents > (config->components.n + config->services.n > 0 ? 1 : 0))
        return false;

    const char *query = config->page == NULL ? ""
                        : arena_format(in->arena, "?subdomain=%s", feed_url_part(in->arena, config->page));
    *out = (struct feed_request) {
        .name = first ? "incidents.json" : "services.json",
        .url = arena_format(in->arena, "%s%s", feed_url(in, first ? "/api/ssp/incidents.json" : "/api/ssp/services.json"),
                            query),
        .accept = "application/json",
        .keep_ms = first ? 0 : SERVICES_KEEP_MS,
    };
    return true;
}

/* --- services ----------------------------------------------------------------------------------------------------- */

static const json_t *attributes_of(const json_t *resource)
{
    const json_t *attributes = json_member(resource, "attributes");

    return json_is_object(attributes) ? attributes : NULL;
}

/* The first of these members that is an id. */
static struct text first_id(const struct reading *reading, const json_t *object, const char *const keys[])
{
    for (; *keys != NULL; keys++) {
        struct text found = feed_id_text(json_member(object, *keys), reading->arena);
        if (found.len > 0)
            return found;
    }
    return (struct text) {0};
}

/* Puts a service among the rows, when it is new: found again by its name, for one of no name stands for none. */
static void meet_service(struct reading *reading, struct text id, struct text name)
{
    size_t row = names_find(&reading->names, name);

    if (row == NAMES_NONE && name.len > 0 && reading->rows.n < reading->rows.cap) {
        row = rows_add(&reading->rows, &(struct feed_component) {
            .id = feed_id(reading->arena, id), .name = feed_name(reading->arena, name),
            .state = reading->incidents == NULL ? STATUS_UNKNOWN : STATUS_OPERATIONAL,
        }, ROW_LEAF);
        names_put(&reading->names, name, row);
    }
    if (row != NAMES_NONE)
        names_put(&reading->ids, id, row);
}

static bool is_service(const json_t *included)
{
    return text_is(json_text(included, "type"), "incidentService");
}

static struct text service_id(const struct reading *reading, const json_t *included)
{
    return feed_id_text(json_member(attributes_of(included), "serviceId"), reading->arena);
}

static void meet_services(struct reading *reading)
{
    size_t i = 0;
    const json_t *value = NULL;

    json_array_foreach(reading->services, i, value)
        meet_service(reading, feed_id_text(json_member(value, "id"), reading->arena),
                     feed_first_text(attributes_of(value), service_keys));
    json_array_foreach(reading->included, i, value) {
        if (is_service(value))
            meet_service(reading, service_id(reading, value), feed_first_text(attributes_of(value), service_keys));
    }
}

/* A service of a service counts with it. */
static void join_service(struct reading *reading, struct text id, const json_t *attributes)
{
    size_t row = names_find(&reading->ids, id);
    size_t parent = names_find(&reading->ids, first_id(reading, attributes, parent_keys));

    if (row != NAMES_NONE && parent != NAMES_NONE && row != parent && reading->rows.filter[parent].group != row)
        reading->rows.filter[row].group = parent;
}

static void join_services(struct reading *reading)
{
    size_t i = 0;
    const json_t *value = NULL;

    json_array_foreach(reading->services, i, value)
        join_service(reading, feed_id_text(json_member(value, "id"), reading->arena), attributes_of(value));
    json_array_foreach(reading->included, i, value) {
        if (is_service(value))
            join_service(reading, service_id(reading, value), attributes_of(value));
    }
}

/* "type id" of a resource or of a link to it. */
static struct text link_name(const struct reading *reading, const json_t *resource)
{
    struct text type = json_text(resource, "type");
    struct text id = feed_id_text(json_member(resource, "id"), reading->arena);
    if (id.len == 0 || id.len > FEED_ID_BYTES_MAX || type.len > FEED_WORD_BYTES_MAX)
        return (struct text) {0};
    return text_of(arena_format(reading->arena, "%.*s %.*s", (int) type.len, type.at, (int) id.len, id.at));
}

static void index_included(struct reading *reading)
{
    size_t i = 0;
    const json_t *value = NULL;

    json_array_foreach(reading->included, i, value)
        names_put(&reading->links, link_name(reading, value), i);
}

/* --- incidents ---------------------------------------------------------------------------------------------------- */

/* What an outage and a degradation come to, of an incident or of one of its services. */
static enum status level_of(const json_t *attributes)
{
    const json_t *outage = json_member(attributes, "outage");
    const json_t *degradation = json_member(attributes, "degradation");

    if (json_is_true(outage))
        return STATUS_MAJOR_OUTAGE;
    if (json_is_true(degradation))
        return STATUS_DEGRADED;
    return json_is_false(outage) && json_is_false(degradation) ? STATUS_OPERATIONAL : STATUS_UNKNOWN;
}

/* Whatever its status says ("monitoring" stays for months on what has been resolved). */
static bool is_resolved(const json_t *attributes)
{
    return json_text(attributes, "resolvedAt").len > 0;
}

static const json_t *links_of(const json_t *incident, const char *relationship)
{
    return json_list(json_member(json_member(incident, "relationships"), relationship), "data");
}

/* The resource that a link means; NULL: it is not included. */
static const json_t *follow(const struct reading *reading, const json_t *link)
{
    size_t at = names_find(&reading->links, link_name(reading, link));

    return at == NAMES_NONE ? NULL : json_array_get(reading->included, at);
}

/* Whether a service belongs to one that nobody has named: it may be any of those that are watched. */
static bool is_orphan(const struct reading *reading, const json_t *attributes)
{
    struct text parent = first_id(reading, attributes, parent_keys);

    return reading->rows.filtered && parent.len > 0 && names_find(&reading->ids, parent) == NAMES_NONE;
}

/* Calls for each service an incident is about, with what it says of it. False: of some nobody knows which, it may be about
 * all. */
static bool each_service(struct reading *reading, const json_t *incident,
                         void (*take)(struct reading *, size_t row, const json_t *attributes))
{
    const json_t *links = links_of(incident, "incidentServices");
    bool known = json_array_size(links) > 0;
    size_t i = 0;
    const json_t *link = NULL;

    json_array_foreach(links, i, link) {
        const json_t *attributes = attributes_of(follow(reading, link));
        size_t row = names_find(&reading->names, feed_first_text(attributes, service_keys));
        if (row == NAMES_NONE || is_orphan(reading, attributes))
            known = false;
        else if (take != NULL && !json_flag(attributes, "internalTool") && !is_resolved(attributes))
            take(reading, row, attributes);
    }
    return known;
}

static void worsen(struct reading *reading, size_t row, const json_t *attributes)
{
    struct feed_component *component = &reading->rows.components[row];

    component->state = status_worse(component->state, level_of(attributes));
}

static bool touches_watched(struct reading *reading, const json_t *incident)
{
    const json_t *links = links_of(incident, "incidentServices");
    size_t i = 0;
    const json_t *link = NULL;

    if (!reading->rows.filtered || !each_service(reading, incident, NULL))
        return true;
    json_array_foreach(links, i, link) {
        size_t row = names_find(&reading->names, feed_first_text(attributes_of(follow(reading, link)), service_keys));
        if (row != NAMES_NONE && reading->rows.filter[row].selected)
            return true;
    }
    return false;
}

/* The words of its newest update, when updates are included. */
static const char *words_of(struct reading *reading, const json_t *incident)
{
    static const char *const keys[] = {"description", "body", NULL};
    const json_t *newest = NULL;
    int64_t newest_at_ms = -1;
    size_t i = 0;
    const json_t *link = NULL;

    json_array_foreach(links_of(incident, "incidentUpdates"), i, link) {
        const json_t *attributes = attributes_of(follow(reading, link));
        int64_t at_ms = feed_time_of(attributes, update_times);
        if (attributes != NULL && at_ms > newest_at_ms) {
            newest = attributes;
            newest_at_ms = at_ms;
        }
    }
    struct text words = feed_first_text(newest, keys);
    return words.len == 0 ? NULL : markup_text(reading->arena, words, FEED_TEXT_BYTES_MAX);
}

static struct feed_incident incident_of(struct reading *reading, const json_t *incident)
{
    const json_t *attributes = attributes_of(incident);

    return (struct feed_incident) {
        .id = feed_id(reading->arena, feed_id_text(json_member(incident, "id"), reading->arena)),
        .name = feed_name(reading->arena, json_text(attributes, "name")),
        .state = feed_word(reading->arena, json_text(attributes, "status")),
        .impact = feed_word(reading->arena, json_text(attributes, "impact")),
        .link = "",
        .text = words_of(reading, incident),
        .started_at_ms = feed_time_ms(json_text(attributes, "startedAt")),
        .updated_at_ms = feed_time_ms(json_text(attributes, "resolvedAt")),
    };
}

/* Planned work: it says when it will be over, and that nothing is broken. */
static void list_window(struct reading *reading, const struct feed_incident *like, int64_t ends_at_ms)
{
    int64_t now_ms = reading->in->now_ms;
    bool running = like->started_at_ms <= now_ms && now_ms < ends_at_ms;
    int64_t turns_at_ms = like->started_at_ms > now_ms ? like->started_at_ms : ends_at_ms;

    if (now_ms >= ends_at_ms)
        return;
    reading->out->maintenance = reading->out->maintenance || running;
    if (turns_at_ms < reading->out->valid_until_ms)
        reading->out->valid_until_ms = turns_at_ms;
    feed_put_window(reading->out, &(struct feed_window) {.id = like->id, .name = like->name, .running = running,
                                                         .text = like->text, .starts_at_ms = like->started_at_ms,
                                                         .ends_at_ms = ends_at_ms}, reading->arena);
}

/* Spreads a level over the services it is about: all, where nobody knows which. */
static void spread(struct reading *reading, const json_t *incident, enum status level)
{
    if (each_service(reading, incident, worsen))
        return;
    for (size_t row = 0; row < reading->rows.n; row++)
        reading->rows.components[row].state = status_worse(reading->rows.components[row].state, level);
}

static void read_incident(struct reading *reading, const json_t *incident)
{
    const json_t *attributes = attributes_of(incident);
    enum status level = level_of(attributes);
    if (json_flag(attributes, "internalToolsOnly"))
        return;
    if (!is_resolved(attributes)) {
        spread(reading, incident, level);
        reading->out->state = status_worse(reading->out->state, level);
    }
    if (!touches_watched(reading, incident))
        return;

    const struct feed_incident told = incident_of(reading, incident);
    int64_t ends_at_ms = feed_time_ms(json_text(attributes, "maintResolvesAt"));
    if (is_resolved(attributes))
        feed_put_ended(reading->out, &told, reading->in);
    else if (level == STATUS_OPERATIONAL && ends_at_ms != 0)
        list_window(reading, &told, ends_at_ms);
    else if (level == STATUS_OPERATIONAL)
        feed_put_notice(reading->out, told.name, reading->arena);
    else
        feed_put_incident(reading->out, &told, reading->arena);
}

static enum status selected_state(const struct reading *reading)
{
    enum status worst = STATUS_OPERATIONAL;

    for (size_t row = 0; row < reading->rows.n; row++) {
        if (reading->rows.filter[row].selected)
            worst = status_worse(worst, reading->rows.components[row].state);
    }
    return worst;
}

static void read_incidents(struct reading *reading)
{
    size_t i = 0;
    const json_t *incident = NULL;

    reading->out->state = reading->incidents == NULL ? STATUS_UNKNOWN : STATUS_OPERATIONAL;
    json_array_foreach(reading->incidents, i, incident)
        read_incident(reading, incident);
    if (reading->rows.filtered)   /* of the members of a service too: they are selected with it */
        reading->out->state = selected_state(reading);
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

/* NULL, or why a document is none of its kind. */
static const char *misfit(const struct feed_input *in, const json_t *document, bool services)
{
    const json_t *list = json_list(document, "data");
    size_t n = json_array_size(list) + json_array_size(json_list(document, "included"));
    struct error fault = {0};
    size_t i = 0;
    const json_t *value = NULL;

    if (shape_check(document, shape, &fault) < 0)
        return arena_copy_string(in->arena, fault.text);
    if (services && json_array_size(list) == 0)
        return "no services in it";
    json_array_foreach(list, i, value) {
        struct text type = json_text(value, "type");
        if (json_member(value, "id") == NULL)
            return "one of \"data\" without \"id\"";
        if (!services && type.len > 0 && !text_is(type, "incident"))
            return "one of \"data\" of another type";
    }
    if (!services && shape_check(document, incident_shape, &fault) < 0)
        return arena_copy_string(in->arena, fault.text);
    return n <= FEED_COMPONENTS_MAX ? NULL : "too many in it";
}

/* False: the result says filter_miss. */
static bool apply_filter(struct reading *reading)
{
    const struct feed_entry *config = reading->in->config;
    struct string_list both = {arena_new(reading->arena, (config->components.n + config->services.n + 1) * sizeof *both.items), 0};

    for (size_t i = 0; i < config->components.n; i++)
        both.items[both.n++] = config->components.items[i];
    for (size_t i = 0; i < config->services.n; i++)
        both.items[both.n++] = config->services.items[i];
    return rows_filter_fits(config, FEED_KEY_COMPONENTS | FEED_KEY_SERVICES, "Zendesk is filtered by components, its services",
                            reading->out, reading->arena)
           && rows_select(&reading->rows, &both, "service", reading->out);
}

static void read_all(struct reading *reading)
{
    rows_init(&reading->rows, json_array_size(reading->services) + json_array_size(reading->included), reading->arena);
    index_included(reading);
    meet_services(reading);
    join_services(reading);
    if (!apply_filter(reading))
        return;
    read_incidents(reading);
    rows_list(&reading->rows, reading->out);
}

/* Reads one of the documents. False: the result is that of a failed poll. */
static bool read_document(const struct feed_input *in, const struct feed_document *document, json_t **json,
                          struct feed_result *out, struct error *err)
{
    *json = document == NULL ? NULL : document_read_json(document, out, in->arena, err);
    if (document == NULL || *json == NULL)
        return document == NULL;
    const char *why = misfit(in, *json, document_is(document, "services.json"));
    if (why != NULL)
        (void) feed_misshapen(out, in->arena, err, "not a document of Zendesk's status API: %s", why);
    return why == NULL;
}

static int zendesk_parse(const struct feed_input *in, struct feed_result *out, struct error *err)
{
    const struct feed_document *services = document_find(in, "services.json");
    const struct feed_document *incidents = document_find(in, "incidents.json");
    if (in->n_documents == 0)
        return feed_misshapen(out, in->arena, err, "no document was fetched");
    if (services == NULL && incidents == NULL)
        incidents = &in->documents[0];

    CLEANUP(json_freep) json_t *list = NULL;
    CLEANUP(json_freep) json_t *catalogue = NULL;
    if (!read_document(in, incidents, &list, out, err) || !read_document(in, services, &catalogue, out, err))
        return -EBADMSG;
    struct reading reading = {
        .in = in, .out = out, .arena = in->arena, .incidents = json_list(list, "data"),
        .included = json_list(list, "included"), .services = json_list(catalogue, "data"),
        .names.arena = in->arena, .ids.arena = in->arena, .links.arena = in->arena,
    };
    read_all(&reading);
    names_done(&reading.names);
    names_done(&reading.ids);
    names_done(&reading.links);
    return 0;
}

/* --- what it is known by ------------------------------------------------------------------------------------------ */

static bool zendesk_recognises(struct text body, const json_t *json)
{
    const json_t *attributes = attributes_of(json_array_get(json_list(json, "data"), 0));
    (void) body;

    return json_is_boolean(json_member(attributes, "internalToolsOnly")) && json_object_get(attributes, "resolvedAt") != NULL;
}

static const char *const documents[] = {"incidents.json", "services.json", NULL};
static const char *const hosts[] = {"status.zendesk.com", NULL};

const struct feed zendesk_feed = {
    .name = "zendesk",
    .title = "Zendesk",
    .documents = documents,
    .hosts = hosts,
    .detect_path = "/api/ssp/incidents.json",
    .fetches_by_filter = true,
    .next = zendesk_next,
    .parse = zendesk_parse,
    .recognises = zendesk_recognises,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * salesforce: Salesforce Trust, which tells the state of instances ("EU2"), hundreds of them. A customer lives on one.
 *
 * With `page`, its key, polled is /v1/instances/KEY/status, one object; with `components`, keys, /v1/instances/status, a list
 * of all of them. An instance that is gone or no longer active has been moved: that is a matter of the configuration.
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

/* The whole word, or what it begins with when that ends in '_'. */
static const struct feed_vocabulary status_words[] = {
    { "OK", STATUS_OPERATIONAL, false },
    { "INFORMATIONAL_", STATUS_OPERATIONAL, false },
    { "MAINTENANCE_", STATUS_OPERATIONAL, true },
    { "MINOR_INCIDENT_", STATUS_DEGRADED, false },
    { "MAJOR_INCIDENT_NONCORE", STATUS_PARTIAL_OUTAGE, false },
    { "MAJOR_INCIDENT_CORE", STATUS_MAJOR_OUTAGE, false },
    { NULL, STATUS_UNKNOWN, false },
};

/* One that says not whether it is active is a matter of those who watch it. */
static const struct shape_row shape[] = {
    {"", SHAPE_LIST, SHAPE_NEEDED},
    {"[]", SHAPE_OBJECT, SHAPE_NEEDED},
    {"[].key", SHAPE_TEXT, SHAPE_NEEDED},
    {"[].status", SHAPE_TEXT, SHAPE_NULL},
    {"[].Incidents", SHAPE_LIST, SHAPE_ABSENT},
    {"[].Maintenances", SHAPE_LIST, SHAPE_ABSENT},
    {0},
};

static const char *const event_times[] = {"createdAt", "updatedAt", NULL};

struct reading {
    const struct feed_input *in;
    struct feed_result *out;
    struct arena *arena;
    const json_t *instances;       /* a list */
    bool single;                   /* of one, which was given alone */
    struct rows rows;              /* one an instance, in its order */
};

static bool salesforce_next(const struct feed_input *in, struct feed_request *out)
{
    const char *page = in->config->page;
    if (in->n_documents > 0)
        return false;

    *out = (struct feed_request) {
        .name = "status",
        .url = feed_url(in, page == NULL ? "/v1/instances/status"
                                         : arena_format(in->arena, "/v1/instances/%s/status", feed_url_part(in->arena, page))),
        .accept = "application/json",
    };
    return true;
}

/* --- instances ---------------------------------------------------------------------------------------------------- */

static struct feed_vocabulary meaning_of(struct reading *reading, const json_t *instance)
{
    struct text word = text_trim(json_text(instance, "status"));

    for (const struct feed_vocabulary *row = status_words; row->word != NULL; row++) {
        size_t len = strlen(row->word);
        bool begins = row->word[len - 1] == '_' && word.len > len;
        if (text_equal_ignoring_case(begins ? (struct text) {word.at, len} : word, text_of(row->word)))
            return *row;
    }
    if (word.len > 0)
        feed_unseen(reading->out, word, reading->arena);
    return (struct feed_vocabulary) {"", STATUS_UNKNOWN, false};
}

/* Only of what is watched are words looked at: hundreds of others are nobody's concern. */
static void read_states(struct reading *reading)
{
    for (size_t i = 0; i < reading->rows.n; i++) {
        struct feed_component *component = &reading->rows.components[i];
        if (reading->rows.filtered && !reading->rows.filter[i].selected)
            continue;
        const struct feed_vocabulary meaning = meaning_of(reading, json_array_get(reading->instances, i));
        component->state = meaning.state;
        component->maintenance = meaning.maintenance;
        if (strcmp(meaning.word, "INFORMATIONAL_") == 0)
            feed_put_notice(reading->out, arena_format(reading->arena, "%.80s: an informational message", component->name),
                            reading->arena);
    }
}

static void read_keys(struct reading *reading)
{
    size_t i = 0;
    const json_t *instance = NULL;

    rows_init(&reading->rows, json_array_size(reading->instances), reading->arena);
    json_array_foreach(reading->instances, i, instance)
        (void) rows_add(&reading->rows, &(struct feed_component) {.name = feed_name(reading->arena, json_text(instance, "key"))},
                        ROW_LEAF);
}

/* --- the filter --------------------------------------------------------------------------------------------------- */

static bool miss(struct reading *reading, const char *words)
{
    (void) feed_fail(reading->out, "filter_miss", words, reading->arena);
    return false;
}

/* The keys of the configuration: `page`, or `components`. */
static struct string_list keys_of(struct reading *reading)
{
    const struct feed_entry *config = reading->in->config;
    struct string_list out = config->components;

    if (config->page != NULL && out.n == 0) {
        out = (struct string_list) {arena_new(reading->arena, sizeof *out.items), 1};
        out.items[0] = config->page;
    }
    return out;
}

/* An instance that has been left is not watched, however green it is. */
static bool check_active(struct reading *reading)
{
    for (size_t i = 0; i < reading->rows.n; i++) {
        const json_t *active = json_member(json_array_get(reading->instances, i), "isActive");
        bool watched = !reading->rows.filtered || reading->rows.filter[i].selected;
        if (watched && !json_is_true(active))
            return miss(reading, arena_format(reading->arena, json_is_false(active)
                                              ? "instance %.80s is no longer active: it has been moved"
                                              : "instance %.80s does not say that it is active",
                                              reading->rows.components[i].name));
    }
    return true;
}

/* False: the result says filter_miss. */
static bool apply_filter(struct reading *reading)
{
    struct string_list keys = keys_of(reading);

    if (!rows_filter_fits(reading->in->config, FEED_KEY_COMPONENTS, "Salesforce is filtered by components, keys of instances",
                          reading->out, reading->arena))
        return false;
    if (keys.n == 0 && !reading->single)
        return miss(reading, "which of all instances? The key of yours has to be told");
    return rows_select(&reading->rows, &keys, "instance", reading->out) && check_active(reading);
}

/* --- incidents and windows ---------------------------------------------------------------------------------------- */

/* When all impacts that are told have ended. */
static bool is_over(const json_t *incident)
{
    const json_t *impacts = json_list(incident, "IncidentImpacts");
    size_t i = 0;
    const json_t *impact = NULL;

    json_array_foreach(impacts, i, impact) {
        if (json_text(impact, "endTime").len == 0)
            return false;
    }
    return json_array_size(impacts) > 0;
}

static int64_t begun_at_ms(const json_t *incident)
{
    static const char *const times[] = {"startTime", NULL};
    int64_t at_ms = feed_time_of(json_array_get(json_list(incident, "IncidentImpacts"), 0), times);

    return at_ms != 0 ? at_ms : feed_time_ms(json_text(incident, "createdAt"));
}

/* The words of the newest event, or of all of it. */
static const char *words_of(const struct reading *reading, const json_t *item, const char *events)
{
    struct text words = json_text(feed_newest(json_list(item, events), event_times), "message");

    if (words.len == 0)
        words = json_text(item, "additionalInformation");
    return words.len == 0 ? NULL : markup_text(reading->arena, words, FEED_TEXT_BYTES_MAX);
}

static void list_incident(struct reading *reading, const json_t *incident, const char *key)
{
    const json_t *impact = json_array_get(json_list(incident, "IncidentImpacts"), 0);
    const char *id = feed_id(reading->arena, feed_id_text(json_member(incident, "id"), reading->arena));
    if (!json_is_object(incident) || is_over(incident))
        return;

    feed_put_incident(reading->out, &(struct feed_incident) {
        .id = id,
        .name = arena_format(reading->arena, "Incident %.80s on %.80s", id == NULL ? "without a number" : id, key),
        .state = feed_word(reading->arena, json_text(feed_newest(json_list(incident, "IncidentEvents"), event_times), "type")),
        .impact = feed_word(reading->arena, json_text(impact, "type")),
        .link = "",
        .text = words_of(reading, incident, "IncidentEvents"),
        .started_at_ms = begun_at_ms(incident),
        .updated_at_ms = feed_time_ms(json_text(incident, "updatedAt")),
    }, reading->arena);
}

static void bound_validity(struct reading *reading, int64_t at_ms)
{
    if (at_ms > reading->in->now_ms && at_ms < reading->out->valid_until_ms)
        reading->out->valid_until_ms = at_ms;
}

/* It runs while its time is and the instance says so. */
static void list_window(struct reading *reading, const json_t *item, const struct feed_component *instance)
{
    int64_t starts_at_ms = feed_time_ms(json_text(item, "plannedStartTime"));
    int64_t ends_at_ms = feed_time_ms(json_text(item, "plannedEndTime"));
    if (!json_is_object(item) || (ends_at_ms != 0 && ends_at_ms <= reading->in->now_ms))
        return;

    bound_validity(reading, starts_at_ms);
    bound_validity(reading, ends_at_ms);
    feed_put_window(reading->out, &(struct feed_window) {
        .id = feed_id(reading->arena, feed_id_text(json_member(item, "id"), reading->arena)),
        .name = feed_name(reading->arena, json_text(item, "name")),
        .running = instance->maintenance && starts_at_ms <= reading->in->now_ms,
        .text = words_of(reading, item, "MaintenanceEvents"),
        .starts_at_ms = starts_at_ms,
        .ends_at_ms = ends_at_ms,
    }, reading->arena);
}

static void list_items(struct reading *reading, size_t row)
{
    const json_t *instance = json_array_get(reading->instances, row);
    const struct feed_component *component = &reading->rows.components[row];
    size_t i = 0;
    const json_t *item = NULL;

    if (reading->rows.filtered && !reading->rows.filter[row].selected)
        return;
    json_array_foreach(json_list(instance, "Incidents"), i, item)
        list_incident(reading, item, component->name);
    json_array_foreach(json_list(instance, "Maintenances"), i, item)
        list_window(reading, item, component);
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

static int salesforce_parse(const struct feed_input *in, struct feed_result *out, struct error *err)
{
    if (in->n_documents == 0)
        return feed_misshapen(out, in->arena, err, "no document was fetched");
    CLEANUP(json_freep) json_t *json = document_read_json(&in->documents[0], out, in->arena, err);
    if (json == NULL)
        return -EBADMSG;

    CLEANUP(json_freep) json_t *alone = json_is_object(json) ? json_pack("[O]", json) : NULL;
    struct reading reading = {.in = in, .out = out, .arena = in->arena, .instances = alone != NULL ? alone : json,
                              .single = alone != NULL};
    struct error fault = {0};
    if (shape_check(reading.instances, shape, &fault) < 0)
        return feed_misshapen(out, in->arena, err, "not the status of Salesforce's instances: %s", fault.text);
    size_t n = json_array_size(reading.instances);
    if (n == 0 || n > FEED_COMPONENTS_MAX)
        return feed_misshapen(out, in->arena, err,
                              "not the status of Salesforce's instances: %zu of them, expected 1 to %d", n,
                              FEED_COMPONENTS_MAX);
    read_keys(&reading);
    if (!apply_filter(&reading))
        return 0;
    read_states(&reading);
    for (size_t row = 0; row < reading.rows.n; row++)
        list_items(&reading, row);
    out->state = rows_state(&reading.rows);
    out->maintenance = rows_maintenance(&reading.rows);
    rows_list(&reading.rows, out);
    return 0;
}

/* --- what it is known by ------------------------------------------------------------------------------------------ */

static bool salesforce_recognises(struct text body, const json_t *json)
{
    const json_t *first = json_is_array(json) ? json_array_get(json, 0) : json;
    (void) body;

    return json_is_string(json_member(first, "key")) && json_is_boolean(json_member(first, "isActive"))
           && json_is_string(json_member(first, "status"));
}

static const char *const documents[] = {"status", NULL};
static const char *const hosts[] = {"api.status.salesforce.com", "status.salesforce.com", NULL};

const struct feed salesforce_feed = {
    .name = "salesforce",
    .title = "Salesforce Trust",
    .documents = documents,
    .hosts = hosts,
    .detect_path = "/v1/instances/status",
    .next = salesforce_next,
    .parse = salesforce_parse,
    .recognises = salesforce_recognises,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * heroku: Heroku's status API, version 4.
 *
 * Polled is /api/v4/current-status: the colours of its systems, and what is open. What it lists as scheduled is not read: it
 * tells no times, and stays "upcoming" for months after it is over.
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

enum { SYSTEMS_MAX = 64 };   /* there are three */

static const struct feed_vocabulary colours[] = {
    { "green", STATUS_OPERATIONAL, false },
    { "yellow", STATUS_DEGRADED, false },
    { "red", STATUS_MAJOR_OUTAGE, false },
    { NULL, STATUS_UNKNOWN, false },
};

static const struct shape_row shape[] = {
    {"", SHAPE_OBJECT, SHAPE_NEEDED},
    {"status", SHAPE_LIST, SHAPE_NEEDED},
    {"status[]", SHAPE_OBJECT, SHAPE_NEEDED},
    {"status[].system", SHAPE_TEXT, SHAPE_NEEDED},
    {"status[].status", SHAPE_TEXT, SHAPE_NULL},
    {"incidents", SHAPE_LIST, SHAPE_NEEDED},
    {"incidents[]", SHAPE_OBJECT, SHAPE_NEEDED},
    {"incidents[].state", SHAPE_TEXT, SHAPE_NULL},
    {"incidents[].systems", SHAPE_LIST, SHAPE_ABSENT},
    {"incidents[].tags", SHAPE_LIST, SHAPE_ABSENT},
    {0},
};

/* The tags of incidents that name where. */
static const char *const regions[] = {"NA", "EMEA", "APAC"};

static const char *const update_times[] = {"created_at", "updated_at", NULL};

struct reading {
    const struct feed_input *in;
    struct feed_result *out;
    struct arena *arena;
    const json_t *systems;
    const json_t *incidents;
    struct rows rows;              /* one a system, in its order */
};

static bool heroku_next(const struct feed_input *in, struct feed_request *out)
{
    if (in->n_documents > 0)
        return false;
    *out = (struct feed_request) {
        .name = "current-status",
        .url = feed_url(in, "/api/v4/current-status"),
        .accept = "application/json",
    };
    return true;
}

/* --- regions ------------------------------------------------------------------------------------------------------ */

static bool is_watched_region(const struct reading *reading, struct text tag)
{
    const struct string_list *watched = &reading->in->config->regions;

    for (size_t i = 0; i < watched->n; i++) {
        if (filter_entry_means(watched->items[i], (struct text) {0}, tag))
            return true;
    }
    return false;
}

/* Whether an incident is about a watched region. One without tags is about all. */
static bool touches_region(const struct reading *reading, const json_t *incident)
{
    const json_t *tags = json_list(incident, "tags");
    size_t i = 0;
    const json_t *tag = NULL;

    if (reading->in->config->regions.n == 0 || json_array_size(tags) == 0)
        return true;
    json_array_foreach(tags, i, tag) {
        if (!json_is_string(tag) || is_watched_region(reading, json_string_text(tag)))
            return true;
    }
    return false;
}

static bool is_known_region(const struct reading *reading, const char *entry)
{
    size_t i = 0;
    size_t j = 0;
    const json_t *incident = NULL;
    const json_t *tag = NULL;

    for (size_t r = 0; r < ARRAY_SIZE(regions); r++) {
        if (filter_entry_means(entry, (struct text) {0}, text_of(regions[r])))
            return true;
    }
    json_array_foreach(reading->incidents, i, incident) {
        json_array_foreach(json_list(incident, "tags"), j, tag) {
            if (filter_entry_means(entry, (struct text) {0}, json_string_text(tag)))
                return true;
        }
    }
    return false;
}

/* --- incidents ---------------------------------------------------------------------------------------------------- */

/* The boolean "resolved" stays false on what has been resolved; the state tells. */
static bool is_open(const json_t *incident)
{
    return !text_equal_ignoring_case(json_text(incident, "state"), text_of("resolved"));
}

static struct text system_name(const json_t *named)
{
    return text_trim(json_is_string(named) ? json_string_text(named) : json_text(named, "name"));
}

/* Whether an incident is about a system: says so, may be for want of names, or not. */
enum naming { NAMES_OTHERS, NAMES_NOBODY, NAMES_IT };

static enum naming naming_of(const json_t *incident, const char *name)
{
    const json_t *systems = json_list(incident, "systems");
    enum naming naming = json_array_size(systems) == 0 ? NAMES_NOBODY : NAMES_OTHERS;
    size_t i = 0;
    const json_t *system = NULL;

    json_array_foreach(systems, i, system) {
        struct text named = system_name(system);
        if (text_equal_ignoring_case(named, text_of(name)))
            return NAMES_IT;
        if (named.len == 0)
            naming = NAMES_NOBODY;
    }
    return naming;
}

/* Whether a colour is another region's: incidents explain it, and all of them are elsewhere. */
static bool is_elsewhere(const struct reading *reading, const char *name)
{
    bool explained = false;
    size_t i = 0;
    const json_t *incident = NULL;

    json_array_foreach(reading->incidents, i, incident) {
        enum naming naming = is_open(incident) ? naming_of(incident, name) : NAMES_OTHERS;
        if (naming != NAMES_OTHERS && touches_region(reading, incident))
            return false;
        explained = explained || naming == NAMES_IT;
    }
    return explained;
}

/* Whether an open incident is about a system that the page has no colour of. */
static bool lacks_system(const struct reading *reading, const json_t *incident)
{
    size_t i = 0;
    const json_t *system = NULL;

    json_array_foreach(json_list(incident, "systems"), i, system) {
        bool found = false;
        for (size_t row = 0; row < reading->rows.n && !found; row++)
            found = text_equal_ignoring_case(system_name(system), text_of(reading->rows.components[row].name));
        if (!found)
            return true;
    }
    return false;
}

static bool touches_watched(const struct reading *reading, const json_t *incident)
{
    for (size_t i = 0; i < reading->rows.n; i++) {
        if ((!reading->rows.filtered || reading->rows.filter[i].selected)
            && naming_of(incident, reading->rows.components[i].name) != NAMES_OTHERS)
            return true;
    }
    return !reading->rows.filtered;
}

static void list_incident(struct reading *reading, const json_t *incident)
{
    const json_t *newest = feed_newest(json_list(incident, "updates"), update_times);
    struct text words = json_text(newest, "contents");

    feed_put_incident(reading->out, &(struct feed_incident) {
        .id = feed_id(reading->arena, feed_id_text(json_member(incident, "id"), reading->arena)),
        .name = feed_name(reading->arena, json_text(incident, "title")),
        .state = feed_word(reading->arena, json_text(incident, "state")),
        .impact = "",
        .link = feed_link(reading->arena, json_text(incident, "full_url")),
        .text = words.len == 0 ? NULL : markup_text(reading->arena, words, FEED_TEXT_BYTES_MAX),
        .started_at_ms = feed_time_ms(json_text(incident, "created_at")),
        .updated_at_ms = newest != NULL ? feed_time_of(newest, update_times)
                                        : feed_time_ms(json_text(incident, "updated_at")),
    }, reading->arena);
}

/* Without a filter what is open on a system that has no colour leaves the question open. */
static void list_incidents(struct reading *reading)
{
    size_t i = 0;
    const json_t *incident = NULL;

    json_array_foreach(reading->incidents, i, incident) {
        if (!is_open(incident) || !touches_region(reading, incident) || !touches_watched(reading, incident))
            continue;
        if (!reading->rows.filtered && lacks_system(reading, incident))
            reading->out->state = status_worse(reading->out->state, STATUS_UNKNOWN);
        list_incident(reading, incident);
    }
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

/* False: the result says filter_miss. */
static bool apply_filter(struct reading *reading)
{
    const struct feed_entry *config = reading->in->config;
    if (!rows_filter_fits(config, FEED_KEY_COMPONENTS | FEED_KEY_REGIONS,
                          "Heroku is filtered by components (its systems) and regions", reading->out, reading->arena))
        return false;
    for (size_t i = 0; i < config->regions.n; i++) {
        if (is_known_region(reading, config->regions.items[i]))
            continue;
        const char *words = arena_format(reading->arena, "no region \"%.100s\" at Heroku, expected NA, EMEA or APAC",
                                         config->regions.items[i]);
        (void) feed_fail(reading->out, "filter_miss", words, reading->arena);
        return false;
    }
    return rows_select(&reading->rows, &config->components, "system", reading->out);
}

static void read_systems(struct reading *reading)
{
    size_t i = 0;
    const json_t *value = NULL;

    rows_init(&reading->rows, json_array_size(reading->systems), reading->arena);
    json_array_foreach(reading->systems, i, value) {
        const struct feed_vocabulary *colour = feed_meaning(colours, json_text(value, "status"), reading->out, reading->arena);
        struct feed_component system = {.name = feed_name(reading->arena, json_text(value, "system")), .state = colour->state};
        if (status_rank(system.state) > 0 && is_elsewhere(reading, system.name))
            system.state = STATUS_OPERATIONAL;
        (void) rows_add(&reading->rows, &system, ROW_LEAF);
    }
}

static int heroku_parse(const struct feed_input *in, struct feed_result *out, struct error *err)
{
    if (in->n_documents == 0)
        return feed_misshapen(out, in->arena, err, "no document was fetched");
    CLEANUP(json_freep) json_t *json = document_read_json(&in->documents[0], out, in->arena, err);
    if (json == NULL)
        return -EBADMSG;

    struct reading reading = {.in = in, .out = out, .arena = in->arena, .systems = json_list(json, "status"),
                              .incidents = json_list(json, "incidents")};
    struct error fault = {0};
    if (shape_check(json, shape, &fault) < 0)
        return feed_misshapen(out, in->arena, err, "not Heroku's current status: %s", fault.text);
    size_t n = json_array_size(reading.systems);
    if (n == 0 || n > SYSTEMS_MAX)
        return feed_misshapen(out, in->arena, err, "not Heroku's current status: %zu systems, expected 1 to %d", n,
                              SYSTEMS_MAX);
    read_systems(&reading);
    if (!apply_filter(&reading))
        return 0;
    out->state = rows_state(&reading.rows);
    list_incidents(&reading);
    rows_list(&reading.rows, out);
    return 0;
}

/* --- what it is known by ------------------------------------------------------------------------------------------ */

static bool heroku_recognises(struct text body, const json_t *json)
{
    const json_t *first = json_array_get(json_member(json, "status"), 0);
    (void) body;

    return json_is_string(json_member(first, "system")) && json_is_string(json_member(first, "status"))
           && json_is_array(json_member(json, "incidents")) && json_is_array(json_member(json, "scheduled"));
}

static const char *const documents[] = {"current-status", NULL};
static const char *const hosts[] = {"status.heroku.com", NULL};

const struct feed heroku_feed = {
    .name = "heroku",
    .title = "Heroku",
    .documents = documents,
    .hosts = hosts,
    .detect_path = "/api/v4/current-status",
    .lists_components = true,
    .next = heroku_next,
    .parse = heroku_parse,
    .recognises = heroku_recognises,
};

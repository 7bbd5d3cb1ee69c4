/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slack: Slack's own status API, version 2.0.0.
 *
 * Polled is /api/v2.0.0/current, an object that lists what is open. /api/v2.0.0/history is a bare list of some months: it
 * tells of incidents, not of the present, and is asked how what vanished has ended. No document lists the services; those
 * known stand here, and one that no open item names is operational.
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

/* As their page names them, and how that once was. */
static const struct { const char *name; const char *once; } services[] = {
    { "Login/SSO", NULL },
    { "Messaging", NULL },
    { "Connectivity", "Connections" },
    { "Notifications", NULL },
    { "Search", NULL },
    { "Workspace/Org Administration", NULL },
    { "Canvases", NULL },
    { "Files", "Posts/Files" },
    { "Huddles", "Calls" },
    { "Apps/Integrations/APIs", NULL },
    { "Workflows", NULL },
    { "Link Previews", NULL },
};

static const struct feed_vocabulary type_words[] = {
    { "outage", STATUS_MAJOR_OUTAGE, false },
    { "incident", STATUS_DEGRADED, false },
    { "notice", STATUS_OPERATIONAL, false },
    { "maintenance", STATUS_OPERATIONAL, true },
    { NULL, STATUS_UNKNOWN, false },
};

static const struct feed_phase_word phases[] = {
    { "active", FEED_PHASE_OPEN },
    { "scheduled", FEED_PHASE_PLANNED },
    { "resolved", FEED_PHASE_CLOSED },
    { "completed", FEED_PHASE_CLOSED },
    { "cancelled", FEED_PHASE_CLOSED },
    { NULL, FEED_PHASE_UNSEEN },
};

static const char *const note_times[] = {"date_created", NULL};

static const struct shape_row current_shape[] = {
    {"", SHAPE_OBJECT, SHAPE_NEEDED},
    {"status", SHAPE_TEXT, SHAPE_NEEDED},
    {"active_incidents", SHAPE_LIST, SHAPE_NEEDED},
    {0},
};

/* Of what is active, and of a history. */
static const struct shape_row items_shape[] = {
    {"", SHAPE_LIST, SHAPE_NEEDED},
    {"[]", SHAPE_OBJECT, SHAPE_NEEDED},
    {"[].type", SHAPE_TEXT, SHAPE_NULL},
    {"[].status", SHAPE_TEXT, SHAPE_NULL},
    {"[].date_created", SHAPE_TEXT, SHAPE_NEEDED},
    {"[].services", SHAPE_LIST, SHAPE_ABSENT},
    {0},
};

/* One document being read. */
struct reading {
    const struct feed_input *in;
    struct feed_result *out;
    struct arena *arena;
    const json_t *items;
    bool history;
    bool explained;                /* something is open or planned: what "active" speaks of */
    struct rows rows;
    struct names names;            /* of rows, theirs of once too */
};

static bool slack_next(const struct feed_input *in, struct feed_request *out)
{
    if (in->n_documents > (in->vanished ? 1 : 0))
        return false;

    bool first = in->n_documents == 0;
    *out = (struct feed_request) {
        .name = first ? "current" : "history",
        .url = feed_url(in, first ? "/api/v2.0.0/current" : "/api/v2.0.0/history"),
        .accept = "application/json",
        .optional = !first,
    };
    return true;
}

/* --- services ----------------------------------------------------------------------------------------------------- */

static size_t add_service(struct reading *reading, const char *name)
{
    return rows_add(&reading->rows, &(struct feed_component) {.name = name, .state = STATUS_OPERATIONAL}, ROW_LEAF);
}

/* The row of a service that an item names. The page shows the item's word, so the row does too. */
static void meet_service(struct reading *reading, struct text name)
{
    size_t row = names_find(&reading->names, name);

    if (row == NAMES_NONE) {
        if (text_trim(name).len == 0)
            return;
        names_put(&reading->names, name, add_service(reading, feed_name(reading->arena, name)));
    } else if (row < ARRAY_SIZE(services) && services[row].once != NULL) {
        reading->rows.components[row].name = feed_name(reading->arena, name);
    }
}

static size_t count_named(const json_t *items)
{
    size_t n = 0;
    size_t i = 0;
    const json_t *item = NULL;

    json_array_foreach(items, i, item)
        n += json_array_size(json_list(item, "services"));
    return n;
}

static void read_services(struct reading *reading, size_t n_named)
{
    size_t i = 0;
    size_t j = 0;
    const json_t *item = NULL;
    const json_t *name = NULL;

    rows_init(&reading->rows, ARRAY_SIZE(services) + n_named, reading->arena);
    for (size_t s = 0; s < ARRAY_SIZE(services); s++) {
        size_t row = add_service(reading, services[s].name);
        names_put(&reading->names, text_of(services[s].name), row);
        names_put(&reading->names, text_of(services[s].once), row);
    }
    json_array_foreach(reading->items, i, item) {
        json_array_foreach(json_list(item, "services"), j, name)
            meet_service(reading, json_string_text(name));
    }
}

/* The filter's entries with names of once in place of which the page's row has another. */
static struct string_list entries_of_today(const struct reading *reading)
{
    const struct string_list *entries = &reading->in->config->components;
    struct string_list out = {arena_new(reading->arena, (entries->n + 1) * sizeof *out.items), entries->n};

    for (size_t i = 0; i < entries->n; i++) {
        size_t row = names_find(&reading->names, text_of(entries->items[i]));
        out.items[i] = row == NAMES_NONE ? entries->items[i] : arena_copy_string(reading->arena, reading->rows.filter[row].name);
    }
    return out;
}

/* False: the result says filter_miss. */
static bool apply_filter(struct reading *reading)
{
    if (!rows_filter_fits(reading->in->config, FEED_KEY_COMPONENTS, "Slack is filtered by components, its services",
                          reading->out, reading->arena))
        return false;
    struct string_list entries = entries_of_today(reading);
    if (!reading->history)
        return rows_select(&reading->rows, &entries, "service", reading->out);
    rows_select_named(&reading->rows, &entries);
    return true;
}

/* --- items -------------------------------------------------------------------------------------------------------- */

static bool touches_watched(const struct reading *reading, const json_t *item)
{
    const json_t *named = json_list(item, "services");
    size_t i = 0;
    const json_t *name = NULL;

    if (!reading->rows.filtered || json_array_size(named) == 0)   /* one that names none is about all */
        return true;
    json_array_foreach(named, i, name) {
        size_t row = names_find(&reading->names, json_string_text(name));
        if (row == NAMES_NONE || reading->rows.filter[row].selected)
            return true;
    }
    return false;
}

static void worsen(struct feed_component *component, enum status state, bool maintenance)
{
    component->state = status_worse(component->state, state);
    component->maintenance = component->maintenance || maintenance;
}

static void worsen_all(struct reading *reading, enum status state, bool maintenance)
{
    for (size_t i = 0; i < reading->rows.n; i++)
        worsen(&reading->rows.components[i], state, maintenance);
}

static void worsen_named(struct reading *reading, const json_t *item, enum status state, bool maintenance)
{
    const json_t *named = json_list(item, "services");
    bool everywhere = json_array_size(named) == 0;
    size_t i = 0;
    const json_t *name = NULL;

    json_array_foreach(named, i, name) {
        size_t row = names_find(&reading->names, json_string_text(name));
        if (row == NAMES_NONE)
            everywhere = true;   /* not a name: nobody knows whom it is about */
        else
            worsen(&reading->rows.components[row], state, maintenance);
    }
    if (everywhere)
        worsen_all(reading, state, maintenance);
}

static const char *newest_note(const struct reading *reading, const json_t *item)
{
    struct text body = json_text(feed_newest(json_list(item, "notes"), note_times), "body");

    return body.len == 0 ? NULL : markup_text(reading->arena, body, FEED_TEXT_BYTES_MAX);
}

static struct feed_incident incident_of(const struct reading *reading, const json_t *item)
{
    return (struct feed_incident) {
        .id = feed_id(reading->arena, feed_id_text(json_member(item, "id"), reading->arena)),
        .name = feed_name(reading->arena, json_text(item, "title")),
        .state = feed_word(reading->arena, json_text(item, "status")),
        .impact = feed_word(reading->arena, json_text(item, "type")),
        .link = feed_link(reading->arena, json_text(item, "url")),
        .text = newest_note(reading, item),
        .started_at_ms = feed_time_ms(json_text(item, "date_created")),
        .updated_at_ms = feed_time_ms(json_text(item, "date_updated")),
    };
}

static void list_window(struct reading *reading, const json_t *item, bool running)
{
    struct feed_incident like = incident_of(reading, item);
    const struct feed_window window = {
        .id = like.id, .name = like.name, .running = running, .text = like.text, .link = like.link,
        .starts_at_ms = running ? like.started_at_ms : 0,   /* of a planned one it is when it was announced */
    };

    feed_put_window(reading->out, &window, reading->arena);
}

static void list_item(struct reading *reading, const json_t *item, enum feed_phase phase, const struct feed_vocabulary *type)
{
    bool notice = type->word != NULL && strcmp(type->word, "notice") == 0;
    const struct feed_incident incident = incident_of(reading, item);

    if (phase == FEED_PHASE_PLANNED || (type->maintenance && phase == FEED_PHASE_OPEN))
        list_window(reading, item, phase == FEED_PHASE_OPEN);
    else if (phase == FEED_PHASE_CLOSED && !notice && !type->maintenance)
        feed_put_ended(reading->out, &incident, reading->in);
    else if (phase == FEED_PHASE_OPEN && notice)
        feed_put_notice(reading->out, incident.name, reading->arena);
    else if (phase != FEED_PHASE_CLOSED)
        feed_put_incident(reading->out, &incident, reading->arena);
}

static void read_item(struct reading *reading, const json_t *item)
{
    const struct feed_vocabulary *type = feed_meaning(type_words, json_text(item, "type"), reading->out, reading->arena);
    enum feed_phase phase = feed_phase(phases, json_text(item, "status"), reading->out, reading->arena);
    enum status state = phase == FEED_PHASE_UNSEEN ? STATUS_UNKNOWN
                        : type->state == STATUS_UNKNOWN ? STATUS_DEGRADED   /* of a type never met */
                                                        : type->state;

    reading->explained = reading->explained || phase != FEED_PHASE_CLOSED;
    if (phase != FEED_PHASE_CLOSED && phase != FEED_PHASE_PLANNED)
        worsen_named(reading, item, state, type->maintenance);
    if (touches_watched(reading, item))
        list_item(reading, item, phase, type);
}

static void read_items(struct reading *reading)
{
    size_t i = 0;
    const json_t *item = NULL;

    json_array_foreach(reading->items, i, item)
        read_item(reading, item);
}

/* How what is gone has ended, of the history behind the first document. One that can't be read tells nothing. */
static void read_endings(struct reading *reading)
{
    struct feed_result told = {0};
    struct feed_result unread = {0};
    struct error ignored = {0};
    if (reading->in->n_documents < 2 || reading->in->documents[1].body.len == 0)
        return;

    CLEANUP(json_freep) json_t *json = document_read_json(&reading->in->documents[1], &unread, reading->arena, &ignored);
    struct reading history = *reading;
    struct rows rows = reading->rows;   /* what it says of components is of the past */
    history.out = &told;
    history.items = json_is_array(json) ? json : NULL;
    history.rows.components = arena_new(reading->arena, (rows.n + 1) * sizeof *rows.components);
    read_items(&history);
    reading->out->ended = told.ended;
    reading->out->n_ended = told.n_ended;
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

static int check_shape(const struct reading *reading, const json_t *document, struct error *err)
{
    struct error fault = {0};

    if ((!reading->history && shape_check(document, current_shape, &fault) < 0)
        || shape_check(reading->items, items_shape, &fault) < 0)
        return feed_misshapen(reading->out, reading->arena, err, "not a document of Slack's status API: %s",
                              fault.text);
    size_t n = count_named(reading->items);
    if (n > FEED_COMPONENTS_MAX)
        return feed_misshapen(reading->out, reading->arena, err, "%zu services named, at most %d", n,
                              FEED_COMPONENTS_MAX);
    return 0;
}

/* The list is what is trusted. Where the page's own word is not borne out by it, nobody knows. */
static void weigh_status(struct reading *reading, struct text status)
{
    bool active = text_equal_ignoring_case(status, text_of("active"));
    bool ok = text_equal_ignoring_case(status, text_of("ok"));

    if (!ok && !active)
        feed_unseen(reading->out, status, reading->arena);
    if (!ok && !(active && reading->explained))
        worsen_all(reading, STATUS_UNKNOWN, false);
}

static void conclude(struct reading *reading, const json_t *document)
{
    struct feed_result *out = reading->out;

    if (reading->history) {
        out->no_state = true;
        return;
    }
    weigh_status(reading, json_text(document, "status"));
    out->state = rows_state(&reading->rows);
    out->maintenance = rows_maintenance(&reading->rows);
    out->source_updated_at_ms = feed_time_ms(json_text(document, "date_updated"));
    rows_list(&reading->rows, out);
}

static int slack_parse(const struct feed_input *in, struct feed_result *out, struct error *err)
{
    if (in->n_documents == 0)
        return feed_misshapen(out, in->arena, err, "no document was fetched");
    CLEANUP(json_freep) json_t *json = document_read_json(&in->documents[0], out, in->arena, err);
    if (json == NULL)
        return -EBADMSG;

    struct reading reading = {.in = in, .out = out, .arena = in->arena, .names.arena = in->arena,
                              .history = document_is(&in->documents[0], "history")};
    reading.items = reading.history ? json : json_member(json, "active_incidents");
    int r = check_shape(&reading, json, err);
    if (r < 0)
        return r;
    read_services(&reading, count_named(reading.items));
    if (apply_filter(&reading)) {
        read_items(&reading);
        read_endings(&reading);
        conclude(&reading, json);
    }
    names_done(&reading.names);
    return 0;
}

/* --- what it is known by ------------------------------------------------------------------------------------------ */

static bool slack_recognises(struct text body, const json_t *json)
{
    const json_t *first = json_array_get(json, 0);
    (void) body;

    return (json_is_array(json_member(json, "active_incidents")) && json_is_string(json_member(json, "date_updated")))
           || (json_is_array(json_member(first, "notes")) && json_is_array(json_member(first, "services"))
               && json_is_string(json_member(first, "date_created")));
}

static const char *const documents[] = {"current", "history", NULL};
static const char *const hosts[] = {"slack-status.com", "status.slack.com", NULL};

const struct feed slack_feed = {
    .name = "slack",
    .title = "Slack",
    .documents = documents,
    .hosts = hosts,
    .detect_path = "/api/v2.0.0/current",
    .next = slack_next,
    .parse = slack_parse,
    .recognises = slack_recognises,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * firehydrant: FireHydrant's status pages, /data/payload.json: what the conditions are called, the components, and the
 * incidents of all time.
 *
 * Components have no state of their own: it is what open incidents say of them. An incident is open until its
 * timestamps have `resolved`. A condition is told by the name people see; the table says whether that is DEGRADED or
 * OFFLINE, but for maintenance, which it counts as DEGRADED.
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

static const struct feed_vocabulary condition_words[] = {
    { "OPERATIONAL", STATUS_OPERATIONAL, false },
    { "DEGRADED", STATUS_DEGRADED, false },
    { "OFFLINE", STATUS_MAJOR_OUTAGE, false },
    { NULL, STATUS_UNKNOWN, false },
};

static const struct feed_vocabulary maintenance = {"maintenance", STATUS_OPERATIONAL, true};

struct page {
    const struct feed_input *in;
    struct feed_result *out;
    struct arena *arena;
    const json_t *document;
    struct rows rows;
    enum status elsewhere;             /* of open incidents that name no component of the page; operational: none */
    bool unnamed;                      /* an open incident does not say what it hits: it may be what is watched */
};

static bool firehydrant_next(const struct feed_input *in, struct feed_request *out)
{
    if (in->n_documents > 0)
        return false;

    *out = (struct feed_request) {.name = "payload.json", .url = feed_url(in, "/data/payload.json"),
                                  .accept = "application/json"};
    return true;
}

/* --- components --------------------------------------------------------------------------------------------------- */

static int read_components(struct page *page, struct error *err)
{
    const json_t *list = json_list(page->document, "components");
    size_t i = 0;
    const json_t *value = NULL;
    size_t n_rows = json_array_size(list);
    if (n_rows > FEED_COMPONENTS_MAX)
        return feed_misshapen(page->out, page->arena, err, "%zu components, at most %d", n_rows, FEED_COMPONENTS_MAX);
    rows_init(&page->rows, n_rows, page->arena);

    json_array_foreach(list, i, value) {
        struct feed_component component = {
            .id = feed_id(page->arena, json_text(value, "id")),
            .name = feed_name(page->arena, json_text(value, "name")),
            .state = STATUS_OPERATIONAL,   /* until an open incident says otherwise */
        };
        (void) rows_add(&page->rows, &component, ROW_LEAF);
    }
    return 0;
}

/* What a condition, by the name people see, means. */
static const struct feed_vocabulary *condition_meaning(struct page *page, struct text shown)
{
    const char *name = NULL;
    json_t *word = NULL;

    if (text_equal_ignoring_case(text_trim(shown), text_of(maintenance.word)))
        return &maintenance;
    json_object_foreach((json_t *) json_member(page->document, "conditions"), name, word) {
        if (text_equal_ignoring_case(text_of(name), shown))
            return feed_meaning(condition_words, json_string_text(word), page->out, page->arena);
    }
    return feed_meaning(condition_words, shown, page->out, page->arena);
}

/* Notes the condition on the row an incident names, by id or else by name. False: the page has no such row. */
static bool apply_condition(struct page *page, struct text id, struct text name, const struct feed_vocabulary *meaning)
{
    bool found = false;
    size_t by_id = rows_find(&page->rows, id);

    for (size_t i = 0; i < page->rows.n; i++) {
        struct feed_component *component = &page->rows.components[i];
        if (by_id == FILTER_NO_GROUP ? !text_equal_ignoring_case(text_of(component->name), text_trim(name))
                                     : i != by_id)
            continue;
        component->state = status_worse(component->state, meaning->state);
        component->maintenance = component->maintenance || meaning->maintenance;
        found = true;
    }
    return found;
}

/* --- incidents ---------------------------------------------------------------------------------------------------- */

static bool is_maintenance(const json_t *incident)
{
    return text_equal_ignoring_case(json_text(incident, "severitySlug"), text_of(maintenance.word));
}

static bool is_open(const json_t *incident)
{
    return feed_time_ms(json_text(json_member(incident, "timestamps"), "resolved")) == 0;
}

static int64_t started_at_ms(const json_t *incident)
{
    static const char *const times[] = {"started", "detected", NULL};

    return feed_time_of(json_member(incident, "timestamps"), times);
}

/* What an incident says of one component; of a maintenance's components it is never more than that. */
static void note_component(struct page *page, const json_t *incident, const json_t *component, struct text condition)
{
    const struct feed_vocabulary *meaning =
        is_maintenance(incident) ? &maintenance : condition_meaning(page, condition);

    if (!apply_condition(page, json_text(component, "id"), json_text(component, "name"), meaning))
        page->elsewhere = status_worse(page->elsewhere, meaning->state);
}

/* An incident that names no component counts as what the configuration says, degraded where that says nothing. */
static enum status level_of_unnamed(const struct page *page)
{
    switch (page->in->config->item_level) {
    case ITEM_LEVEL_NOTICE: return STATUS_OPERATIONAL;
    case ITEM_LEVEL_PARTIAL_OUTAGE: return STATUS_PARTIAL_OUTAGE;
    case ITEM_LEVEL_DEFAULT:
    case ITEM_LEVEL_DEGRADED: break;
    }
    return STATUS_DEGRADED;
}

/* Takes from the open incidents what they say of the components: before the filter is laid over those. */
static void note_incident(struct page *page, const json_t *incident)
{
    size_t i = 0;
    const json_t *component = NULL;
    const char *name = NULL;
    json_t *condition = NULL;
    const json_t *listed = json_list(incident, "components");
    json_t *conditions = json_member(incident, "componentConditions");
    if (is_maintenance(incident) && started_at_ms(incident) > page->in->now_ms)
        return;

    json_array_foreach(listed, i, component)
        note_component(page, incident, component, json_text(component, "condition"));
    if (json_array_size(listed) > 0)
        return;
    json_object_foreach(conditions, name, condition) {
        CLEANUP(json_freep) json_t *named = json_pack("{s:s}", "name", name);
        note_component(page, incident, named, json_string_text(condition));
    }
    if (json_object_size(conditions) == 0 && !is_maintenance(incident)) {
        page->elsewhere = status_worse(page->elsewhere, level_of_unnamed(page));
        page->unnamed = page->unnamed || level_of_unnamed(page) != STATUS_OPERATIONAL;
    }
}

static bool touches_watched(struct page *page, const json_t *incident)
{
    const char *name = NULL;
    json_t *condition = NULL;

    if (!page->rows.filtered || rows_touched(&page->rows, json_list(incident, "components"), "id"))
        return true;
    json_object_foreach(json_member(incident, "componentConditions"), name, condition) {
        if (rows_watched(&page->rows, (struct text) {0}, text_of(name)))
            return true;
    }
    return false;
}

/* Notes stand alone or within an update of several components. */
static const char *newest_note(struct page *page, const json_t *incident)
{
    static const char *const times[] = {"occurredAt", "time", NULL};
    size_t i = 0;
    const json_t *event = NULL;
    struct text words = {0};
    int64_t at_ms = -1;

    json_array_foreach(json_list(incident, "timeline"), i, event) {
        const json_t *details = json_member(event, "details");
        struct text note = json_text(details, "note");
        if (note.len == 0)
            note = json_text(json_member(details, "note"), "note");
        if (note.len > 0 && feed_time_of(event, times) > at_ms) {
            at_ms = feed_time_of(event, times);
            words = note;
        }
    }
    return markup_text(page->arena, words, FEED_TEXT_BYTES_MAX);
}

/* The milestone it has reached: what its timestamps have beside those that each begins with. */
static const char *milestone(struct page *page, const json_t *incident)
{
    static const char *const first[] = {"started", "detected", "acknowledged"};
    const char *reached = "investigating";
    const char *name = NULL;
    json_t *value = NULL;
    int64_t at_ms = 0;

    json_object_foreach(json_member(incident, "timestamps"), name, value) {
        bool begins = false;
        for (size_t i = 0; i < ARRAY_SIZE(first); i++)
            begins = begins || strcmp(name, first[i]) == 0;
        if (!begins && feed_time_ms(json_string_text(value)) > at_ms) {
            at_ms = feed_time_ms(json_string_text(value));
            reached = name;
        }
    }
    return feed_word(page->arena, text_of(reached));
}

static int64_t updated_at_ms(const json_t *incident)
{
    static const char *const times[] = {"occurredAt", "time", NULL};
    const json_t *newest = feed_newest(json_list(incident, "timeline"), times);

    return newest == NULL ? started_at_ms(incident) : feed_time_of(newest, times);
}

/* A maintenance is a window without an end: it is over when it is resolved. */
static void list_incident(struct page *page, const json_t *incident)
{
    int64_t now_ms = page->in->now_ms;
    int64_t at_ms = started_at_ms(incident);
    const char *id = feed_text(page->arena, json_text(incident, "id"), FEED_ID_BYTES_MAX);
    const char *name = feed_name(page->arena, json_text(incident, "title"));
    if (!touches_watched(page, incident))
        return;

    if (!is_maintenance(incident)) {
        feed_put_incident(page->out, &(struct feed_incident) {
            .id = id,
            .name = name,
            .state = milestone(page, incident),
            .impact = feed_word(page->arena, json_text(incident, "severitySlug")),
            .link = "",
            .text = newest_note(page, incident),
            .started_at_ms = at_ms,
            .updated_at_ms = updated_at_ms(incident),
        }, page->arena);
        return;
    }
    bool running = at_ms <= now_ms;
    page->out->maintenance = page->out->maintenance || (running && !page->rows.filtered);
    if (!running && at_ms < page->out->valid_until_ms)
        page->out->valid_until_ms = at_ms;
    feed_put_window(
        page->out,
        &(struct feed_window) {
            .id = id, .name = name, .running = running, .text = newest_note(page, incident), .starts_at_ms = at_ms},
        page->arena);
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

/* What an incident says of components, if anything, is in either of two forms. */
static const struct shape_row shape[] = {
    { "conditions", SHAPE_OBJECT, SHAPE_NEEDED },
    { "components", SHAPE_LIST, SHAPE_NEEDED },
    { "components[]", SHAPE_OBJECT, SHAPE_NEEDED },
    { "components[].id", SHAPE_TEXT, SHAPE_NEEDED },
    { "components[].name", SHAPE_TEXT, SHAPE_NEEDED },
    { "incidents", SHAPE_LIST, SHAPE_NEEDED },
    { "incidents[]", SHAPE_OBJECT, SHAPE_NEEDED },
    { "incidents[].id", SHAPE_TEXT, SHAPE_NEEDED },
    { "incidents[].timestamps", SHAPE_OBJECT, SHAPE_NEEDED },
    { "incidents[].components", SHAPE_LIST, SHAPE_ABSENT },
    { "incidents[].components[]", SHAPE_OBJECT, SHAPE_NEEDED },
    { "incidents[].components[].id", SHAPE_TEXT, SHAPE_NEEDED },
    { "incidents[].componentConditions", SHAPE_OBJECT, SHAPE_ABSENT },
    {0},
};

static int check_shape(const struct page *page, struct error *err)
{
    struct error fault = {0};

    if (shape_check(page->document, shape, &fault) < 0)
        return feed_misshapen(page->out, page->arena, err, "not a FireHydrant page: %s", fault.text);
    if (json_array_size(json_list(page->document, "components")) == 0)
        return feed_misshapen(page->out, page->arena, err, "the page has no components: nothing to tell the state of");
    return 0;
}

static int read_page(struct page *page, struct error *err)
{
    const json_t *incidents = json_list(page->document, "incidents");
    const json_t *incident = NULL;
    size_t i = 0;
    int r = check_shape(page, err);
    if (r == 0)
        r = read_components(page, err);
    if (r < 0)
        return r;

    json_array_foreach(incidents, i, incident) {
        if (is_open(incident))
            note_incident(page, incident);
    }
    if (!rows_select(&page->rows, &page->in->config->components, "component", page->out))
        return 0;
    json_array_foreach(incidents, i, incident) {
        if (is_open(incident))
            list_incident(page, incident);
    }
    page->out->state = rows_state(&page->rows);
    if (!page->rows.filtered)
        page->out->state = status_worse(page->out->state, page->elsewhere);
    else if (page->unnamed)
        page->out->state = status_worse(page->out->state, STATUS_UNKNOWN);
    page->out->maintenance = rows_maintenance(&page->rows) || page->out->maintenance;
    rows_list(&page->rows, page->out);
    return 0;
}

static int firehydrant_parse(const struct feed_input *in, struct feed_result *out, struct error *err)
{
    if (in->n_documents == 0)
        return feed_misshapen(out, in->arena, err, "no document was fetched");
    if (!rows_filter_fits(in->config, FEED_KEY_COMPONENTS, "a FireHydrant page is filtered by components", out,
                          in->arena))
        return 0;
    CLEANUP(json_freep) json_t *json = document_read_json(&in->documents[0], out, in->arena, err);
    if (json == NULL)
        return -EBADMSG;

    struct page page = {.in = in, .out = out, .arena = in->arena, .document = json, .elsewhere = STATUS_OPERATIONAL};
    return read_page(&page, err);
}

/* --- what it is known by ------------------------------------------------------------------------------------------ */

static bool firehydrant_recognises(struct text body, const json_t *json)
{
    (void) body;

    return json_is_object(json_member(json, "conditions")) && json_list(json, "components") != NULL
           && json_list(json, "incidents") != NULL && json_is_object(json_member(json, "config"));
}

static const char *const documents[] = {"payload.json", NULL};

const struct feed firehydrant_feed = {
    .name = "firehydrant",
    .title = "FireHydrant",
    .documents = documents,
    .detect_path = "/data/payload.json",
    .lists_components = true,
    .next = firehydrant_next,
    .parse = firehydrant_parse,
    .recognises = firehydrant_recognises,
};

/* SPDX-License-Identifier: Apache-2.0 */
#include "common/statuspage_webhook.h"

#include <errno.h>
#include <stdlib.h>

#include "common/mem.h"
#include "common/timestamp.h"

const char *statuspage_event_name(enum statuspage_event event)
{
    static const char *const names[] = {[STATUSPAGE_COMPONENT] = "component", [STATUSPAGE_INCIDENT] = "incident",
                                        [STATUSPAGE_MAINTENANCE] = "maintenance"};

    return names[event];
}

static int foreign(struct error *err, const char *words)
{
    (void) error_set(err, -EBADMSG, "not a webhook of Statuspage: %s", words);
    return STATUSPAGE_WEBHOOK_FOREIGN;
}

static bool take_id(const json_t *object, const char *key, char out[static STATUSPAGE_ID_BYTES_MAX + 1])
{
    struct text id = json_text(object, key);

    return id.len > 0 && text_copy(out, STATUSPAGE_ID_BYTES_MAX + 1, id);
}

static int64_t time_of(const json_t *object, const char *key)
{
    int64_t at_ms = 0;

    return timestamp_parse(json_text(object, key), &at_ms) ? at_ms : 0;
}

/* --- the three kinds ---------------------------------------------------------------------------------------------- */

static int read_component(const json_t *document, struct statuspage_webhook *out, struct error *err)
{
    const json_t *component = json_member(document, "component");
    const json_t *update = json_member(document, "component_update");

    if (!json_is_object(component) || !json_is_object(update))
        return foreign(err, "a component_update without its component, or the reverse");
    if (!take_id(update, "id", out->id))
        return foreign(err, "\"component_update\" has no id of 1 to 80 bytes");
    if (json_text(component, "status").len == 0)
        return foreign(err, "\"component\" has no status");
    out->event = STATUSPAGE_COMPONENT;
    out->at_ms = time_of(update, "created_at");
    return 0;
}

static int read_incident(const json_t *incident, struct statuspage_webhook *out, struct error *err)
{
    if (!json_is_object(incident))
        return foreign(err, "\"incident\" is no object");
    if (!take_id(incident, "id", out->id))
        return foreign(err, "\"incident\" has no id of 1 to 80 bytes");
    if (json_text(incident, "status").len == 0)
        return foreign(err, "\"incident\" has no status");
    out->event = json_member(incident, "scheduled_for") != NULL ? STATUSPAGE_MAINTENANCE : STATUSPAGE_INCIDENT;
    out->at_ms = time_of(incident, "updated_at");
    out->backfilled = json_flag(incident, "backfilled");
    return 0;
}

static int read_document(const json_t *document, struct statuspage_webhook *out, struct error *err)
{
    const json_t *incident = json_member(document, "incident");
    const json_t *update = json_member(document, "component_update");

    if (!json_is_object(json_member(document, "page")))
        return foreign(err, "it has no \"page\"");
    if (!take_id(json_member(document, "page"), "id", out->page_id))
        return foreign(err, "\"page\" has no id of 1 to 80 bytes");
    if (incident != NULL && update != NULL)
        return foreign(err, "it has both an incident and a component_update");
    if (incident == NULL && update == NULL)
        return foreign(err, "it has neither an incident nor a component_update");
    return incident != NULL ? read_incident(incident, out, err) : read_component(document, out, err);
}

/* --- as the page itself would tell it ----------------------------------------------------------------------------- */

/* jansson's setters fail for want of memory alone: keys are ours, values come from a document that was read. */
static void put(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new_nocheck(object, key, value) != 0)
        abort();
}

static void put_borrowed(json_t *object, const char *key, json_t *value)
{
    if (value != NULL)
        put(object, key, json_incref(value));
}

static json_t *list_of(json_t *value)
{
    json_t *list = json_array();

    if (list == NULL || (value != NULL && json_array_append(list, value) != 0))
        abort();
    return list;
}

static json_t *page_of(const json_t *document, const struct statuspage_webhook *posted)
{
    json_t *page = json_object();
    json_t *at = json_member(json_member(document, posted->event == STATUSPAGE_COMPONENT ? "component_update" : "incident"),
                             posted->event == STATUSPAGE_COMPONENT ? "created_at" : "updated_at");

    put_borrowed(page, "id", json_member(json_member(document, "page"), "id"));
    put_borrowed(page, "updated_at", at);
    return page;
}

static json_t *summary_of(const json_t *document, const struct statuspage_webhook *posted)
{
    json_t *summary = json_object();
    json_t *status = json_object();
    json_t *incident = json_member(document, "incident");
    json_t *indicator = json_member(json_member(document, "page"), "status_indicator");
    json_t *components = json_list(incident, "components");

    put(summary, "page", page_of(document, posted));
    put_borrowed(status, "indicator", indicator);
    put(summary, "status", status);
    if (posted->event == STATUSPAGE_COMPONENT)
        put(summary, "components", list_of(json_member(document, "component")));
    else
        put(summary, "components", components == NULL ? json_array() : json_incref(components));
    put(summary, "incidents", list_of(posted->backfilled ? NULL : incident));
    return summary;
}

int statuspage_webhook_parse(struct text body, struct statuspage_webhook *out, json_t **summary, struct error *err)
{
    struct statuspage_webhook found = {0};
    CLEANUP(json_freep) json_t *document = json_read(body, STATUSPAGE_WEBHOOK_BYTES_MAX, err);
    if (document == NULL)
        return STATUSPAGE_WEBHOOK_NO_JSON;
    int r = read_document(document, &found, err);
    if (r != 0)
        return r;

    *out = found;
    if (summary != NULL)
        *summary = summary_of(document, &found);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/feeds/render.h"

#include <stdlib.h>

#include "common/clock.h"

/* jansson's setters and makers fail for want of memory or for text that is not UTF-8, and feeds make all text UTF-8. */
static void put(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0)
        abort();
}

static void append(json_t *list, json_t *value)
{
    if (json_array_append_new(list, value) != 0)
        abort();
}

static json_t *time_or_null(int64_t at_ms)
{
    char text[RFC3339_BYTES];

    return at_ms == 0 ? json_null() : json_string(clock_to_rfc3339(at_ms, text));
}

static json_t *text_or_null(const char *text)
{
    return text == NULL || text[0] == '\0' ? json_null() : json_string(text);
}

static void put_if_told(json_t *row, const char *key, const char *text)
{
    if (text != NULL && text[0] != '\0')
        put(row, key, json_string(text));
}

static json_t *render_components(const struct feed_result *result)
{
    json_t *list = json_array();

    for (size_t i = 0; i < result->n_components; i++) {
        const struct feed_component *component = &result->components[i];
        json_t *row = json_object();
        put(row, "name", json_string(component->name));
        if (component->container != NULL)
            put(row, "container", json_string(component->container));
        put(row, "state", json_string(status_name(component->state)));
        put(row, "maintenance", json_boolean(component->maintenance));
        append(list, row);
    }
    return list;
}

static json_t *render_incidents(const struct feed_incident *incidents, size_t n)
{
    json_t *list = json_array();

    for (size_t i = 0; i < n; i++) {
        const struct feed_incident *incident = &incidents[i];
        json_t *row = json_object();
        put(row, "id", text_or_null(incident->id));
        put(row, "name", json_string(incident->name));
        put(row, "state", text_or_null(incident->state));
        put(row, "impact", text_or_null(incident->impact));
        put(row, "link", text_or_null(incident->link));
        put(row, "started_at", time_or_null(incident->started_at_ms));
        put(row, "updated_at", time_or_null(incident->updated_at_ms));
        put_if_told(row, "text", incident->text);
        append(list, row);
    }
    return list;
}

static json_t *render_windows(const struct feed_window *windows, size_t n)
{
    json_t *list = json_array();

    for (size_t i = 0; i < n; i++) {
        const struct feed_window *window = &windows[i];
        json_t *row = json_object();
        put(row, "id", text_or_null(window->id));
        put(row, "name", json_string(window->name));
        put(row, "running", json_boolean(window->running));
        put(row, "starts_at", time_or_null(window->starts_at_ms));
        put(row, "ends_at", time_or_null(window->ends_at_ms));
        put_if_told(row, "text", window->text);
        put_if_told(row, "link", window->link);
        append(list, row);
    }
    return list;
}

json_t *feed_render(const struct feed_result *result)
{
    json_t *out = json_object();
    json_t *notices = json_array();

    for (size_t i = 0; i < result->n_notices; i++)
        append(notices, json_string(result->notices[i]));
    put(out, "state", result->no_state ? json_null() : json_string(status_name(result->state)));
    put(out, "maintenance", json_boolean(result->maintenance));
    put(out, "components", render_components(result));
    put(out, "incidents", render_incidents(result->incidents, result->n_incidents));
    put(out, "windows", render_windows(result->windows, result->n_windows));
    put(out, "notices", notices);
    if (result->n_ended > 0)
        put(out, "ended", render_incidents(result->ended, result->n_ended));
    if (result->n_ended_windows > 0)
        put(out, "ended_windows", render_windows(result->ended_windows, result->n_ended_windows));
    put(out, "source_updated_at", time_or_null(result->source_updated_at_ms));
    put(out, "error", text_or_null(result->reason));
    put(out, "error_text", text_or_null(result->reason == NULL ? NULL : result->reason_text));
    return out;
}

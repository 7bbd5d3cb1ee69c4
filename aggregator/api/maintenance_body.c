/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/maintenance_body.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "aggregator/api/body_fields.h"
#include "common/json.h"
#include "common/mem.h"
#include "common/timestamp.h"

static bool is_source(struct text id)
{
    struct text rest = id;
    struct text service;

    return text_take_until(&rest, '/', &service) && body_is_service_id(service) && rest.len > 0 && rest.len <= SOURCE_BYTES_MAX;
}

static bool is_burn(struct text id)
{
    static const char *const burns[] = {":fast", ":slow", ":ticket"};

    for (size_t i = 0; i < ARRAY_SIZE(burns); i++) {
        size_t len = strlen(burns[i]);
        if (id.len > len && memcmp(id.at + id.len - len, burns[i], len) == 0)
            return body_is_service_id((struct text) {id.at, id.len - len});
    }
    return false;
}

static bool is_collector(struct text id)
{
    return text_is_id(id, ID_BYTES_MAX);
}

static bool is_self(struct text id)
{
    return text_is(id, "mass_silence");
}

bool maintenance_is_alert_key(struct text key)
{
    static const struct { const char *class; bool (*fits)(struct text); } forms[] = {
        {"service", body_is_service_id}, {"flap", body_is_service_id}, {"poller", is_source},
        {"slo", is_burn},           {"self", is_self},       {"collector", is_collector},
    };
    struct text rest = key;
    struct text class;

    if (key.len > KEY_BYTES_MAX || !text_take_until(&rest, ':', &class))
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
        if (text_is(class, forms[i].class))
            return forms[i].fits(rest);
    }
    return false;
}

static void take_subject(const json_t *value, size_t at, Maintenance *window, struct problem *problem)
{
    struct text subject = json_string_text(value);
    char pointer[32];

    if (text_is(subject, "*") || body_is_service_id(subject) || maintenance_is_alert_key(subject)) {
        (void) text_copy(window->subjects[window->subjects_count++], sizeof window->subjects[0], subject);
        return;
    }
    (void) snprintf(pointer, sizeof pointer, "/subjects/%zu", at);
    problem_point(problem, pointer, "must be the id of a service, the key of an alert, or *");
}

static void take_subjects(const json_t *object, Maintenance *window, struct problem *problem)
{
    const json_t *list = json_list(object, "subjects");
    const json_t *value;
    size_t i;

    if (json_array_size(list) == 0 || json_array_size(list) > ARRAY_SIZE(window->subjects)) {
        problem_point(problem, "/subjects", "must be a list of 1 to %zu subjects", ARRAY_SIZE(window->subjects));
        return;
    }
    json_array_foreach(list, i, value)
        take_subject(value, i, window, problem);
}

/* False: absent, or wrong and told. */
static bool take_time(const json_t *object, const char *name, int64_t *out, struct problem *problem)
{
    const json_t *value = json_member(object, name);
    char pointer[32];

    if (value == NULL)
        return false;
    if (timestamp_parse(json_string_text(value), out))
        return true;
    (void) snprintf(pointer, sizeof pointer, "/%s", name);
    problem_point(problem, pointer, "must be a time like 2026-11-21T09:34:02Z");
    return false;
}

static void take_end(const json_t *object, Maintenance *window, struct problem *problem)
{
    bool lasts = json_member(object, "duration_seconds") != NULL;
    bool ends = json_member(object, "end") != NULL;
    int64_t duration_s = 0;

    if (lasts == ends)
        problem_point(problem, "/end", "either end or duration_seconds is required, and not both");
    else if (lasts && !json_whole(object, "duration_seconds", 1, WINDOW_SECONDS_MAX, &duration_s))
        problem_point(problem, "/duration_seconds", "must be a whole number from 1 to %d", WINDOW_SECONDS_MAX);
    else if (lasts)
        window->end_ms = window->start_ms + duration_s * 1000;
    else if (take_time(object, "end", &window->end_ms, problem) && window->end_ms <= window->start_ms)
        problem_point(problem, "/end", "must be later than the start");
}

static void take_exclude(const json_t *object, Maintenance *window, struct problem *problem)
{
    window->has_slo_exclude = json_member(object, "slo_exclude") != NULL;
    if (window->has_slo_exclude)
        body_take_flag(object, "slo_exclude", &window->slo_exclude, problem);
}

int maintenance_body_parse(struct text body, int64_t now_ms, struct maintenance_body *out, struct problem *problem)
{
    static const char *const known[] = {"id", "subjects", "start", "end", "duration_seconds", "reason", "slo_exclude", NULL};
    CLEANUP(json_freep) json_t *object = body_object(body, problem);
    CLEANUP(mem_freep) struct maintenance_body *found = mem_new(sizeof *found);
    Maintenance *window = &found->window;
    char id[ID_BYTES_MAX + 1] = "";

    if (object == NULL)
        return -EPROTO;
    body_refuse_unknown(object, known, problem);
    body_take_text(object, "id", false, id, sizeof id, problem);
    if (id[0] != '\0' && !text_is_id(text_of(id), ID_BYTES_MAX))
        problem_point(problem, "/id", "must be of a-z, 0-9, '.', '_' and '-', and begin with a letter or digit");
    (void) text_copy(window->id, sizeof window->id, text_of(id));
    take_subjects(object, window, problem);
    found->starts_now = json_member(object, "start") == NULL;
    window->start_ms = now_ms;
    (void) take_time(object, "start", &window->start_ms, problem);
    take_end(object, window, problem);
    body_take_text(object, "reason", true, window->reason, sizeof window->reason, problem);
    take_exclude(object, window, problem);
    window->origin = MAINTENANCE_OPERATOR;
    int r = body_finish(problem, "no maintenance window can be made from this body");
    if (r == 0)
        *out = *found;
    return r;
}

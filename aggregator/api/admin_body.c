/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/admin_body.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "aggregator/api/auth.h"
#include "aggregator/api/body_fields.h"
#include "common/json.h"
#include "common/mem.h"
#include "common/timestamp.h"

enum { BODY_PARSED_BYTES_MAX = 256 * 1024 };

json_t *body_object(struct text body, struct problem *problem)
{
    struct error err = {0};
    json_t *document = json_read(body, BODY_PARSED_BYTES_MAX, &err);

    if (document == NULL) {
        (void) problem_set(problem, PROBLEM_MALFORMED, "the body is not JSON: %.200s", err.text);
        return NULL;
    }
    if (!json_is_object(document)) {
        json_decref(document);
        problem_point(problem, "", "must be an object");
        (void) problem_set(problem, PROBLEM_INVALID, "the body must be a JSON object");
        return NULL;
    }
    return document;
}

static bool is_known(const char *name, const char *const *known)
{
    for (size_t i = 0; known[i] != NULL; i++) {
        if (strcmp(known[i], name) == 0)
            return true;
    }
    return false;
}

void body_refuse_unknown(json_t *object, const char *const *known, struct problem *problem)
{
    const char *name;
    json_t *value;

    json_object_foreach(object, name, value) {
        char pointer[80];
        char shown[60];
        if (is_known(name, known))
            continue;
        (void) text_copy(shown, sizeof shown, text_of(name));
        (void) snprintf(pointer, sizeof pointer, "/%s", shown);
        problem_point(problem, pointer, "is not a member of this body");
    }
}

void body_take_text(const json_t *object, const char *name, bool required, char *out, size_t cap, struct problem *problem)
{
    char pointer[80];
    const json_t *value = json_object_get(object, name);

    (void) snprintf(pointer, sizeof pointer, "/%s", name);
    if (value == NULL || json_is_null(value)) {
        if (required)
            problem_point(problem, pointer, "is required");
        return;
    }
    struct text words = text_trim(json_string_text(value));
    if (!json_is_string(value))
        problem_point(problem, pointer, "must be a string");
    else if (words.len == 0 && required)
        problem_point(problem, pointer, "must not be empty");
    else if (words.len >= cap)
        problem_point(problem, pointer, "has %zu bytes, at most %zu", words.len, cap - 1);
    else
        (void) text_copy(out, cap, words);
}

bool body_is_service_id(struct text id)
{
    struct text rest = id;
    struct text head;

    if (!text_take_until(&rest, ':', &head) || !text_is_id(head, ID_BYTES_MAX))
        return false;
    return head.len == id.len || text_is_id(rest, CHECK_BYTES_MAX);
}

void body_take_flag(const json_t *object, const char *name, bool *out, struct problem *problem)
{
    char pointer[80];
    const json_t *value = json_object_get(object, name);

    (void) snprintf(pointer, sizeof pointer, "/%s", name);
    if (value != NULL && !json_is_boolean(value))
        problem_point(problem, pointer, "must be true or false");
    *out = json_is_true(value);
}

static void take_status(const json_t *object, struct status_body *out, struct problem *problem)
{
    const json_t *value = json_object_get(object, "new_status");

    out->end = json_is_null(value);
    if (value == NULL)
        problem_point(problem, "/new_status", "is required; null ends a manual status");
    else if (!out->end && !status_parse(json_string_text(value), &out->status))
        problem_point(problem, "/new_status",
                      "must be operational, degraded, partial_outage, major_outage, unknown or null");
}

/* False: absent. */
static bool take_ttl(const json_t *object, uint32_t *out, struct problem *problem)
{
    const json_t *value = json_object_get(object, "ttl_seconds");
    int64_t ttl_s = 0;

    bool told = value != NULL && !json_is_null(value);
    if (told && !json_whole(object, "ttl_seconds", 0, TTL_SECONDS_MAX, &ttl_s))
        problem_point(problem, "/ttl_seconds", "must be a whole number from 0 (no end) to %d", TTL_SECONDS_MAX);
    *out = (uint32_t) ttl_s;
    return told;
}

/* False: absent. */
static bool take_until(const json_t *object, bool has_ttl, int64_t *out_ms, struct problem *problem)
{
    const json_t *value = json_object_get(object, "until");

    bool told = value != NULL && !json_is_null(value);
    if (told && !timestamp_parse(json_string_text(value), out_ms))
        problem_point(problem, "/until", "must be a time such as 2026-11-21T10:22:00Z");
    else if (told && has_ttl)
        problem_point(problem, "/until", "does not go with ttl_seconds");
    return told;
}

int body_finish(struct problem *problem, const char *detail)
{
    return problem->n_points == 0 ? 0 : problem_set(problem, PROBLEM_INVALID, "%s", detail);
}

int status_body_parse(struct text body, struct status_body *out, struct problem *problem)
{
    static const char *const known[] = {"service_id", "new_status", "reason", "detail", "ttl_seconds", "until", NULL};
    struct status_body found = {0};
    CLEANUP(json_freep) json_t *object = body_object(body, problem);

    if (object == NULL)
        return -EPROTO;
    body_refuse_unknown(object, known, problem);
    body_take_text(object, "service_id", true, found.service, sizeof found.service, problem);
    if (found.service[0] != '\0' && !body_is_service_id(text_of(found.service)))
        problem_point(problem, "/service_id", "is not an id of a service");
    take_status(object, &found, problem);
    body_take_text(object, "reason", true, found.reason, sizeof found.reason, problem);
    body_take_text(object, "detail", false, found.detail, sizeof found.detail, problem);
    found.has_ttl = take_ttl(object, &found.ttl_s, problem);
    found.has_until = take_until(object, found.has_ttl, &found.until_ms, problem);
    int r = body_finish(problem, "the status cannot be set from this body");
    if (r == 0)
        *out = found;
    return r;
}

int ack_body_parse(struct text body, struct ack_body *out, struct problem *problem)
{
    static const char *const known[] = {"notes", "ttl_seconds", "until", "sticky", NULL};
    struct ack_body found = {0};

    if (text_trim(body).len == 0) {
        *out = found;
        return 0;
    }
    CLEANUP(json_freep) json_t *object = body_object(body, problem);
    if (object == NULL)
        return -EPROTO;
    body_refuse_unknown(object, known, problem);
    body_take_text(object, "notes", false, found.notes, sizeof found.notes, problem);
    found.has_ttl = take_ttl(object, &found.ttl_s, problem);
    found.has_until = take_until(object, found.has_ttl, &found.until_ms, problem);
    body_take_flag(object, "sticky", &found.sticky, problem);
    int r = body_finish(problem, "the alert cannot be acknowledged by this body");
    if (r == 0)
        *out = found;
    return r;
}

int token_body_parse(struct text body, struct token_body *out, struct problem *problem)
{
    static const char *const known[] = {"name", "role", NULL};
    struct token_body found = {0};
    char role[16] = "";
    CLEANUP(json_freep) json_t *object = body_object(body, problem);

    if (object == NULL)
        return -EPROTO;
    body_refuse_unknown(object, known, problem);
    body_take_text(object, "name", true, found.name, sizeof found.name, problem);
    if (found.name[0] != '\0' && !text_is_id(text_of(found.name), ID_BYTES_MAX))
        problem_point(problem, "/name", "must be of a-z, 0-9, '.', '_' and '-', and begin with a letter or digit");
    body_take_text(object, "role", true, role, sizeof role, problem);
    if (role[0] != '\0' && !role_parse(role, &found.role))
        problem_point(problem, "/role", "must be viewer, operator or admin");
    int r = body_finish(problem, "no token can be made from this body");
    if (r == 0)
        *out = found;
    return r;
}

int collector_body_parse(struct text body, struct collector_body *out, struct problem *problem)
{
    static const char *const known[] = {"name", "public_key", "services", "replace", NULL};
    struct collector_body found = {0};
    CLEANUP(json_freep) json_t *object = body_object(body, problem);

    if (object == NULL)
        return -EPROTO;
    body_refuse_unknown(object, known, problem);
    body_take_text(object, "name", true, found.key.name, sizeof found.key.name, problem);
    if (found.key.name[0] != '\0' && !text_is_id(text_of(found.key.name), ID_BYTES_MAX))
        problem_point(problem, "/name", "must be of a-z, 0-9, '.', '_' and '-', and begin with a letter or digit");
    body_take_text(object, "public_key", true, found.key.public_key, sizeof found.key.public_key, problem);
    if (found.key.public_key[0] != '\0' && !key_is_valid(found.key.public_key))
        problem_point(problem, "/public_key", "must be a CURVE key: 40 characters of Z85");
    body_take_flag(object, "services", &found.key.services, problem);
    body_take_flag(object, "replace", &found.replace, problem);
    int r = body_finish(problem, "no collector can be authorised from this body");
    if (r == 0)
        *out = found;
    return r;
}

int empty_body_parse(struct text body, struct problem *problem)
{
    static const char *const known[] = {NULL};

    if (text_trim(body).len == 0)
        return 0;
    CLEANUP(json_freep) json_t *object = body_object(body, problem);
    if (object == NULL)
        return -EPROTO;
    body_refuse_unknown(object, known, problem);
    return body_finish(problem, "this takes no members");
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/evidence_body.h"

#include <errno.h>
#include <string.h>

#include "aggregator/api/body_fields.h"
#include "aggregator/engine/readiness.h"
#include "common/json.h"
#include "common/mem.h"
#include "common/timestamp.h"

static void take_result(const json_t *object, Evidence *evidence, struct problem *problem)
{
    const json_t *value = json_object_get(object, "result");

    if (value == NULL)
        problem_point(problem, "/result", "is required; null withdraws the record");
    else if (!json_is_null(value) &&
             (!json_is_string(value) || !evidence_result_parse(json_string_value(value), &evidence->result)))
        problem_point(problem, "/result", "must be pass, warn, fail or null");
}

static void take_at(const json_t *object, Evidence *evidence, struct problem *problem)
{
    const json_t *value = json_member(object, "at");

    evidence->has_at_ms = value != NULL;
    if (value != NULL && !timestamp_parse(json_string_text(value), &evidence->at_ms))
        problem_point(problem, "/at", "must be a time such as 2026-11-21T10:22:00Z");
}

int evidence_body_parse(struct text body, Evidence *out, struct problem *problem)
{
    static const char *const known[] = {"area", "subject", "result", "at", "origin", "artefact", "note", NULL};
    CLEANUP(json_freep) json_t *object = body_object(body, problem);
    Evidence found = {0};

    if (object == NULL)
        return -EPROTO;
    body_refuse_unknown(object, known, problem);
    body_take_text(object, "area", true, found.area, sizeof found.area, problem);
    if (found.area[0] != '\0' && !text_is_id(text_of(found.area), sizeof found.area - 1))
        problem_point(problem, "/area", "must be of a-z, 0-9, '.', '_' and '-', and begin with a letter or digit");
    body_take_text(object, "subject", true, found.subject, sizeof found.subject, problem);
    take_result(object, &found, problem);
    take_at(object, &found, problem);
    body_take_text(object, "origin", false, found.origin, sizeof found.origin, problem);
    body_take_text(object, "artefact", false, found.artefact, sizeof found.artefact, problem);
    body_take_text(object, "note", false, found.note, sizeof found.note, problem);
    int r = body_finish(problem, "no evidence can be recorded from this body");
    if (r == 0)
        *out = found;
    return r;
}

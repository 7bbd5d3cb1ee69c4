/* SPDX-License-Identifier: Apache-2.0 */
/* GET /api/readiness: each area with what proves it, why it is not ok, and what to do next. */
#include "aggregator/api/body.h"
#include "aggregator/api/readiness_words.h"
#include "aggregator/api/views.h"

static void put_verdict(json_t *object, struct area_verdict verdict)
{
    body_text(object, "state", area_state_name(verdict.state));
    body_int(object, "score", verdict.score);
    body_int(object, "of_five", readiness_of_five(verdict.score));
}

static json_t *proof_json(const struct proof_view *proof, int64_t now_ms)
{
    const Evidence *evidence = proof->evidence;
    int64_t age_ms = now_ms > evidence->at_ms ? now_ms - evidence->at_ms : 0;
    json_t *object = json_object();

    body_text(object, "subject", evidence->subject);
    body_text(object, "result", evidence_result_name(evidence->result));
    put_verdict(object, proof->verdict);
    body_time(object, "at", evidence->at_ms);
    body_int(object, "age_seconds", age_ms / 1000);
    body_time(object, "stale_at", proof->stale_at_ms);
    body_time(object, "expires_at", proof->expires_at_ms);
    body_text(object, "by", evidence->by);
    body_text(object, "origin", evidence->origin);
    body_text(object, "artefact", evidence->artefact);
    body_text(object, "note", evidence->note);
    return object;
}

static json_t *area_json(const struct readiness_view *view, const struct area_view *area)
{
    char next[READINESS_NEXT_BYTES];
    json_t *object = json_object();
    json_t *subjects = json_array();

    for (size_t i = 0; i < area->n_proofs; i++)
        json_array_append_new(subjects, proof_json(&area->proofs[i], view->now_ms));
    readiness_next(view, area, next);
    body_text(object, "area", area->area->name);
    put_verdict(object, area->verdict);
    body_bool(object, "required", area->area->required);
    body_int(object, "weight", area->area->weight);
    body_bool(object, "computed", area->kind != AREA_RECORDED);
    body_put(object, "fresh_seconds", area->kind == AREA_RECORDED ? json_integer(area->area->fresh_s) : NULL);
    body_put(object, "expire_seconds", area->kind == AREA_RECORDED ? json_integer(area->area->expire_s) : NULL);
    body_time(object, "newest_at", area->newest_at_ms);
    body_time(object, "next_change_at", area->next_change_ms);
    body_text(object, "next", next);
    body_put(object, "subjects", subjects);
    return object;
}

int views_readiness(struct render *render)
{
    struct readiness_view *view = arena_new(&render->arena, sizeof *view);
    char verdict[READINESS_VERDICT_BYTES];

    readiness_view_read(render, view);
    render->volatile_body = true;      /* evidence ages */
    render_read_done(render);

    json_t *object = json_object();
    json_t *areas = json_array();
    for (size_t i = 0; i < view->n_areas; i++)
        json_array_append_new(areas, area_json(view, &view->areas[i]));
    readiness_verdict(view, verdict);
    body_text(object, "state", readiness_state_name(view->now.state));
    body_int(object, "score", view->now.score);
    body_int(object, "of_five", readiness_of_five(view->now.score));
    body_text(object, "verdict", verdict);
    body_time(object, "judged_at", view->now_ms);
    body_time(object, "next_change_at", view->next_change_ms);
    body_put(object, "areas", areas);
    views_put_world(render, object);
    return body_write(object, render->out);
}

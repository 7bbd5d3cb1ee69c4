/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/readiness_view.h"

#include <string.h>

#include "aggregator/api/walk.h"
#include "aggregator/engine/config.h"

/* The engine's clock never goes back; the wall's may, and what was proven "later" is of now. */
static int64_t now_of(const struct render *render)
{
    int64_t engine_ms = render->world.engine.now_ms;

    return render->now_ms > engine_ms ? render->now_ms : engine_ms;
}

static struct proof_view judge(const struct evidence_area *area, const Evidence *evidence, int64_t now_ms)
{
    int64_t age_ms = now_ms > evidence->at_ms ? now_ms - evidence->at_ms : 0;

    return (struct proof_view) {
        .evidence = evidence,
        .verdict = area_judge(area, evidence->result, age_ms),
        .stale_at_ms = evidence->at_ms + area->fresh_s * 1000,
        .expires_at_ms = evidence->at_ms + area->expire_s * 1000,
    };
}

static bool is_worse(const struct proof_view *proof, const struct proof_view *than)
{
    if (proof->verdict.state != than->verdict.state)
        return proof->verdict.state > than->verdict.state;
    return proof->verdict.score < than->verdict.score;
}

static bool is_result(EvidenceResult result)
{
    return result >= EVIDENCE_PASS && result <= EVIDENCE_FAIL;
}

/* The records of one area, into the arena. */
static void read_proofs(struct render *render, struct area_view *view, int64_t now_ms)
{
    struct store_cursor cursor;
    EvidenceState row;
    size_t cap = 0;

    store_walk(render->txn, TABLE_EVIDENCE, (struct store_range) {.prefix = key_evidence_of(view->area->name)}, &cursor);
    while (walk_next(&cursor, NULL, &row)) {
        if (!is_result(row.evidence.result))
            continue;
        if (view->n_proofs == cap) {
            struct proof_view *more = arena_new(&render->arena, (cap * 2 + 8) * sizeof *more);
            if (cap > 0)
                memcpy(more, view->proofs, cap * sizeof *more);
            view->proofs = more;
            cap = cap * 2 + 8;
        }
        Evidence *evidence = arena_new(&render->arena, sizeof *evidence);
        *evidence = row.evidence;
        view->proofs[view->n_proofs++] = judge(view->area, evidence, now_ms);
    }
    store_walk_end(&cursor);
}

static int64_t sooner(int64_t a_ms, int64_t b_ms)
{
    return a_ms == 0 || (b_ms != 0 && b_ms < a_ms) ? b_ms : a_ms;
}

/* When age alone gives this record another state; what has failed has no other. */
static int64_t next_change(const struct proof_view *proof, int64_t now_ms)
{
    if (proof->verdict.state == AREA_FAILED || proof->expires_at_ms <= now_ms)
        return 0;
    return proof->stale_at_ms >= now_ms ? proof->stale_at_ms + 1 : proof->expires_at_ms;
}

static void sum_up(struct readiness_view *out, size_t i)
{
    struct area_view *view = &out->areas[i];

    for (size_t p = 0; p < view->n_proofs; p++) {
        const struct proof_view *proof = &view->proofs[p];
        readiness_add(&out->now, i, proof->verdict);
        if (view->worst == NULL || is_worse(proof, view->worst))
            view->worst = proof;
        if (view->newest_at_ms < proof->evidence->at_ms)
            view->newest_at_ms = proof->evidence->at_ms;
        view->next_change_ms = sooner(view->next_change_ms, next_change(proof, out->now_ms));
    }
    view->verdict = out->now.areas[i].verdict;
    out->next_change_ms = sooner(out->next_change_ms, view->next_change_ms);
}

void readiness_view_read(struct render *render, struct readiness_view *out)
{
    const struct engine_config *config = render->config->engine;
    const ServiceTally *tally = &render->world.engine.tally;

    *out = (struct readiness_view) {.now_ms = now_of(render), .n_areas = config->n_areas};
    out->tally = (struct service_tally) {tally->services, tally->known, tally->troubled, tally->critical};
    readiness_begin(&out->now, config->areas, config->n_areas, &out->tally);
    for (size_t i = 0; i < config->n_areas; i++) {
        struct area_view *view = &out->areas[i];
        view->area = &config->areas[i];
        view->kind = area_kind_of(view->area->name);
        if (view->kind == AREA_RECORDED)
            read_proofs(render, view, out->now_ms);
        sum_up(out, i);
    }
    readiness_conclude(&out->now, config->areas);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/engine/readiness.h"

#include <assert.h>
#include <string.h>

#include "common/mem.h"

enum { HOUR_S = 3600, DAY_S = 24 * HOUR_S, WARNING_SCORE = 700 };

const struct evidence_area engine_builtin_areas[] = {
    { .name = "backup",        .required = true, .weight = 3, .fresh_s = 26 * HOUR_S, .expire_s = 3 * DAY_S },
    { .name = "restore_test",  .required = true, .weight = 3, .fresh_s = 30 * DAY_S,  .expire_s = 90 * DAY_S },
    { .name = "smoke_test",    .required = true, .weight = 2, .fresh_s = DAY_S,       .expire_s = 7 * DAY_S },
    { .name = "incidents",     .required = true, .weight = 2 },
    { .name = "monitoring",    .weight = 1 },
    { .name = "security",      .weight = 1, .fresh_s = 90 * DAY_S, .expire_s = 180 * DAY_S },
    { .name = "documentation", .weight = 1, .fresh_s = 90 * DAY_S, .expire_s = 180 * DAY_S },
};
const size_t engine_n_builtin_areas = ARRAY_SIZE(engine_builtin_areas);

enum area_kind area_kind_of(const char *name)
{
    if (strcmp(name, "incidents") == 0)
        return AREA_INCIDENTS;
    return strcmp(name, "monitoring") == 0 ? AREA_MONITORING : AREA_RECORDED;
}

/* Per mille of its worth that a record of this age still has. */
static int64_t factor_of(int64_t fresh_ms, int64_t expire_ms, int64_t age_ms)
{
    if (age_ms <= fresh_ms)
        return READINESS_SCORE_MAX;
    if (age_ms >= expire_ms)
        return 0;
    return READINESS_SCORE_MAX * (expire_ms - age_ms) / (expire_ms - fresh_ms);
}

static int64_t worth_of(EvidenceResult result)
{
    switch (result) {
    case EVIDENCE_PASS:
        return READINESS_SCORE_MAX;
    case EVIDENCE_WARN:
        return WARNING_SCORE;
    case EVIDENCE_FAIL:
    case EVIDENCE_UNSPECIFIED:
        break;
    }
    return 0;
}

static enum area_state state_of(EvidenceResult result, int64_t fresh_ms, int64_t expire_ms, int64_t age_ms)
{
    if (result == EVIDENCE_FAIL)
        return AREA_FAILED;
    if (age_ms > fresh_ms)
        return age_ms >= expire_ms ? AREA_EXPIRED : AREA_STALE;
    return result == EVIDENCE_WARN ? AREA_WARNING : AREA_OK;
}

struct area_verdict area_judge(const struct evidence_area *area, EvidenceResult result, int64_t age_ms)
{
    int64_t fresh_ms = area->fresh_s * 1000;
    int64_t expire_ms = area->expire_s * 1000;

    assert(result != EVIDENCE_UNSPECIFIED && age_ms >= 0);
    return (struct area_verdict) {
        .score = (int) (worth_of(result) * factor_of(fresh_ms, expire_ms, age_ms) / READINESS_SCORE_MAX),
        .state = state_of(result, fresh_ms, expire_ms, age_ms),
    };
}

static struct area_verdict judge_incidents(const struct service_tally *tally)
{
    if (tally->critical > 0)
        return (struct area_verdict) {0, AREA_FAILED};
    if (tally->troubled > 0)
        return (struct area_verdict) {WARNING_SCORE, AREA_WARNING};
    return (struct area_verdict) {READINESS_SCORE_MAX, AREA_OK};
}

static struct area_verdict judge_monitoring(const struct service_tally *tally)
{
    uint64_t known = tally->known;
    uint64_t services = tally->services;

    if (known == services)
        return (struct area_verdict) {READINESS_SCORE_MAX, AREA_OK};
    return (struct area_verdict) {
        .score = (int) (READINESS_SCORE_MAX * known / services),
        .state = 2 * known < services ? AREA_FAILED : AREA_WARNING,
    };
}

static struct area_verdict begin_area(const char *name, const struct service_tally *tally)
{
    switch (area_kind_of(name)) {
    case AREA_INCIDENTS:
        return judge_incidents(tally);
    case AREA_MONITORING:
        return judge_monitoring(tally);
    case AREA_RECORDED:
        break;
    }
    return (struct area_verdict) {0, AREA_MISSING};
}

void readiness_begin(struct readiness *readiness, const struct evidence_area *areas, size_t n_areas,
                     const struct service_tally *tally)
{
    assert(n_areas <= EVIDENCE_AREAS_MAX);
    *readiness = (struct readiness) {.n_areas = n_areas};
    for (size_t i = 0; i < n_areas; i++) {
        readiness->areas[i].name = areas[i].name;
        readiness->areas[i].verdict = begin_area(areas[i].name, tally);
    }
}

void readiness_add(struct readiness *readiness, size_t area, struct area_verdict verdict)
{
    struct area_verdict *worst = &readiness->areas[area].verdict;

    assert(area < readiness->n_areas && verdict.state != AREA_MISSING);
    if (worst->state == AREA_MISSING) {    /* its first */
        *worst = verdict;
        return;
    }
    if (verdict.score < worst->score)
        worst->score = verdict.score;
    if (verdict.state > worst->state)
        worst->state = verdict.state;
}

void readiness_conclude(struct readiness *readiness, const struct evidence_area *areas)
{
    int64_t sum = 0;
    int64_t weights = 0;

    readiness->state = READINESS_READY;
    for (size_t i = 0; i < readiness->n_areas; i++) {
        struct area_verdict verdict = readiness->areas[i].verdict;
        sum += (int64_t) areas[i].weight * verdict.score;
        weights += areas[i].weight;
        if (areas[i].required && verdict.state >= AREA_EXPIRED)
            readiness->state = READINESS_NOT_READY;
        else if (verdict.state != AREA_OK && readiness->state == READINESS_READY)
            readiness->state = READINESS_LIMITED;
    }
    readiness->score = weights == 0 ? 0 : (int) (sum / weights);
}

int readiness_of_five(int score)
{
    return score * 5 / READINESS_SCORE_MAX;
}

const char *area_state_name(enum area_state state)
{
    static const char *const names[AREA_STATES] = {
        [AREA_OK] = "ok",           [AREA_WARNING] = "warning", [AREA_STALE] = "stale",
        [AREA_EXPIRED] = "expired", [AREA_FAILED] = "failed",   [AREA_MISSING] = "missing",
    };

    return names[state];
}

const char *readiness_state_name(enum readiness_state state)
{
    static const char *const names[READINESS_STATES] = {
        [READINESS_READY] = "ready", [READINESS_LIMITED] = "limited", [READINESS_NOT_READY] = "not_ready",
    };

    return names[state];
}

static const char *const result_names[] = {
    [EVIDENCE_UNSPECIFIED] = "", [EVIDENCE_PASS] = "pass", [EVIDENCE_WARN] = "warn", [EVIDENCE_FAIL] = "fail",
};

const char *evidence_result_name(EvidenceResult result)
{
    return (size_t) result < ARRAY_SIZE(result_names) ? result_names[result] : "";
}

bool evidence_result_parse(const char *word, EvidenceResult *out)
{
    for (size_t i = EVIDENCE_PASS; i < ARRAY_SIZE(result_names); i++) {
        if (strcmp(result_names[i], word) == 0) {
            *out = (EvidenceResult) i;
            return true;
        }
    }
    return false;
}

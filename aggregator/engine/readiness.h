/* SPDX-License-Identifier: Apache-2.0 */
/*
 * readiness: what dated proof is worth now (V1..V4). A backup that nobody has restored for a year proves little: a score
 * falls with age, an area is as good as its worst subject, and no average hides a required area that has nothing to show.
 *
 * Pure: whole numbers, and the age of each record is the caller's to know.
 *
 *     struct readiness now;
 *     readiness_begin(&now, config->areas, config->n_areas, &tally);
 *     readiness_add(&now, index, area_judge(&config->areas[index], EVIDENCE_PASS, age_ms));    // for each record
 *     readiness_conclude(&now, config->areas);
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aggregator/engine/config.h"
#include "proto/observation.pb.h"

/* V2, the better first. Words: area_state_name. */
enum area_state { AREA_OK, AREA_WARNING, AREA_STALE, AREA_EXPIRED, AREA_FAILED, AREA_MISSING };
enum { AREA_STATES = AREA_MISSING + 1 };

/* V4, the better first. Words: readiness_state_name. */
enum readiness_state { READINESS_READY, READINESS_LIMITED, READINESS_NOT_READY };
enum { READINESS_STATES = READINESS_NOT_READY + 1, READINESS_SCORE_MAX = 1000 };

/* Where an area's verdict comes from: records, or the services themselves (V3). */
enum area_kind { AREA_RECORDED, AREA_INCIDENTS, AREA_MONITORING };

/* How the services are, all of them, hosts' checks too. */
struct service_tally {
    uint32_t services;
    uint32_t known;                    /* E is a level */
    uint32_t troubled;                 /* H is worse than operational */
    uint32_t critical;                 /* of these in tier 1 and a major outage */
};

struct area_verdict {
    int score;                         /* 0..1000 */
    enum area_state state;
};

/* All areas, in the order of the configuration. */
struct readiness {
    int score;                         /* 0..1000; of no areas, or of weights that are all 0: 0 */
    enum readiness_state state;
    struct {
        const char *name;              /* borrowed from the configuration */
        struct area_verdict verdict;
    } areas[EVIDENCE_AREAS_MAX];
    size_t n_areas;
};

enum area_kind area_kind_of(const char *name);

/* V1, V2: one record of this age (not negative) that is no EVIDENCE_UNSPECIFIED. Never missing. */
struct area_verdict area_judge(const struct evidence_area *, EvidenceResult, int64_t age_ms);

/* Begins: computed areas have their verdict (V3), the others are missing. */
void readiness_begin(struct readiness *, const struct evidence_area *, size_t n_areas, const struct service_tally *);

/* A record of the area at this place; the worst score and the worst state stand. */
void readiness_add(struct readiness *, size_t area, struct area_verdict);

/* V4. */
void readiness_conclude(struct readiness *, const struct evidence_area *);

/* The score as people say it, 0..5: five only of a full score. */
int readiness_of_five(int score);

/* ok, warning, stale, expired, failed, missing; ready, limited, not_ready; pass, warn, fail ("" of none). Static. */
const char *area_state_name(enum area_state);
const char *readiness_state_name(enum readiness_state);
const char *evidence_result_name(EvidenceResult);

/* And back: false when it is none of the three words. */
bool evidence_result_parse(const char *word, EvidenceResult *out);

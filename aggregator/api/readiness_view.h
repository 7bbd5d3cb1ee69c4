/* SPDX-License-Identifier: Apache-2.0 */
/*
 * readiness_view: what the evidence is worth at this moment, put together from the rows of the store. The JSON, the metrics
 * and the words are written from this one form. It decays with time, so nothing made from it is cached.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "aggregator/api/render.h"
#include "aggregator/engine/readiness.h"

/* The newest record of one subject. */
struct proof_view {
    const Evidence *evidence;          /* in the arena; at_ms is set */
    struct area_verdict verdict;
    int64_t stale_at_ms;               /* counts in full until then */
    int64_t expires_at_ms;             /* and not at all from then on */
};

struct area_view {
    const struct evidence_area *area;  /* of the configuration */
    enum area_kind kind;
    struct area_verdict verdict;
    struct proof_view *proofs;         /* by subject; of a computed area none */
    size_t n_proofs;
    const struct proof_view *worst;    /* the one to look at first; NULL: none */
    int64_t newest_at_ms;              /* of its records; 0: none */
    int64_t next_change_ms;            /* when age alone changes its state next; 0: never */
};

struct readiness_view {
    int64_t now_ms;                    /* at which all is judged */
    struct readiness now;
    struct service_tally tally;
    struct area_view areas[EVIDENCE_AREAS_MAX];    /* in the order of the configuration */
    size_t n_areas;
    int64_t next_change_ms;            /* the soonest of the areas'; 0: never */
};

/* Reads all of it into the arena. A row that cannot be read proves nothing. */
void readiness_view_read(struct render *, struct readiness_view *out);

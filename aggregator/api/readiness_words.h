/* SPDX-License-Identifier: Apache-2.0 */
/*
 * readiness_words: why we are not ready, and the one thing to do next, for people. Pure. Words only ever ask somebody to look
 * or to try; nothing here acts.
 */
#pragma once

#include "aggregator/api/readiness_view.h"

enum { READINESS_VERDICT_BYTES = 512, READINESS_NEXT_BYTES = 512 };

/* "Not ready: backup expired, restore_test missing. Also not at its best: security stale." */
void readiness_verdict(const struct readiness_view *, char out[static READINESS_VERDICT_BYTES]);

/* What is missing in an area, and what to do next, in one sentence; "" of an area that is ok. */
void readiness_next(const struct readiness_view *, const struct area_view *, char out[static READINESS_NEXT_BYTES]);

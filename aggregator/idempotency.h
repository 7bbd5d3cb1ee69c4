/* SPDX-License-Identifier: Apache-2.0 */
/*
 * idempotency: what a repeated request with the same Idempotency-Key gets. The first answer is stored in the
 * transaction of its effect, and holds for 24 hours. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "proto/rows.pb.h"

enum { IDEMPOTENCY_DIGEST_BYTES = 32, IDEMPOTENCY_PRUNE_MAX = 100 };
#define IDEMPOTENCY_AGE_MS_MAX ((int64_t) 24 * 3600 * 1000)

enum idempotency_verdict {
    IDEMPOTENCY_FIRST,      /* to be done */
    IDEMPOTENCY_REPEAT,     /* done already: the stored answer */
    IDEMPOTENCY_CONFLICT,   /* the key belongs to another request */
};

/* row: what is stored under the key; NULL: nothing. */
enum idempotency_verdict idempotency_judge(const IdempotencyRow *row,
                                           const uint8_t digest[static IDEMPOTENCY_DIGEST_BYTES], int64_t now_ms);

/* Whether a stored row no longer counts. */
bool idempotency_is_old(const IdempotencyRow *, int64_t now_ms);

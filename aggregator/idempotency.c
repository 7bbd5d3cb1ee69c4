/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/idempotency.h"

#include <string.h>

bool idempotency_is_old(const IdempotencyRow *row, int64_t now_ms)
{
    return now_ms - row->at_ms >= IDEMPOTENCY_AGE_MS_MAX;
}

enum idempotency_verdict idempotency_judge(const IdempotencyRow *row,
                                           const uint8_t digest[static IDEMPOTENCY_DIGEST_BYTES], int64_t now_ms)
{
    if (row == NULL || idempotency_is_old(row, now_ms))
        return IDEMPOTENCY_FIRST;
    return memcmp(row->request_digest, digest, IDEMPOTENCY_DIGEST_BYTES) == 0 ? IDEMPOTENCY_REPEAT
                                                                              : IDEMPOTENCY_CONFLICT;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "aggregator/idempotency.h"
#include "common/mem.h"

static void test_the_same_key_for_a_day(void **state)
{
    static const struct {
        const char *says;
        bool stored;
        uint8_t digest;
        int64_t age_ms;
        enum idempotency_verdict verdict;
    } cases[] = {
        {"never seen", false, 1, 0, IDEMPOTENCY_FIRST},
        {"the same request at once", true, 1, 0, IDEMPOTENCY_REPEAT},
        {"another request under the key", true, 2, 0, IDEMPOTENCY_CONFLICT},
        {"a millisecond before the day ends", true, 1, IDEMPOTENCY_AGE_MS_MAX - 1, IDEMPOTENCY_REPEAT},
        {"a day later", true, 1, IDEMPOTENCY_AGE_MS_MAX, IDEMPOTENCY_FIRST},
        {"another request a day later", true, 2, IDEMPOTENCY_AGE_MS_MAX, IDEMPOTENCY_FIRST},
        {"a clock that went back", true, 1, -5000, IDEMPOTENCY_REPEAT},
    };
    (void) state;
    static IdempotencyRow row;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        row.at_ms = 1000;
        memset(row.request_digest, 1, sizeof row.request_digest);
        uint8_t digest[IDEMPOTENCY_DIGEST_BYTES];
        memset(digest, cases[i].digest, sizeof digest);
        if (idempotency_judge(cases[i].stored ? &row : NULL, digest, 1000 + cases[i].age_ms) != cases[i].verdict)
            fail_msg("%s", cases[i].says);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_same_key_for_a_day),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

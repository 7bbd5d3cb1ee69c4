/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "aggregator/poll_asks.h"
#include "common/mem.h"

/* One service over time: a step is somebody who asks, or a look at what is due ("": nobody asks). */
static void test_at_most_once_in_ten_seconds(void **state)
{
    static const struct { const char *says; int64_t mono_ms; const char *why; int verdict; const char *due; } steps[] = {
        { "the first is asked at once", 1000, "a", POLL_ASK_NOW, "" },
        { "the second waits", 1000, "b", POLL_ASK_LATER, "" },
        { "the third is the second", 5000, "c", POLL_ASK_LATER, "" },
        { "not yet", 10999, "", 0, "" },
        { "ten seconds after the first", 11000, "", 0, "b" },
        { "once", 11000, "", 0, "" },
        { "which counts as asked", 20999, "d", POLL_ASK_LATER, "" },
        { "nothing waits any more after this", 21000, "", 0, "d" },
        { "forgotten", 31000, "", 0, "" },
        { "as if it were the first", 31000, "e", POLL_ASK_NOW, "" },
        { "exactly ten seconds later", 41000, "f", POLL_ASK_NOW, "" },
        { "nobody waits", 99000, "", 0, "" },
    };
    struct poll_asks asks = {0};
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
        if (steps[i].why[0] != '\0' && (int) poll_asks_take(&asks, "acme", steps[i].why, steps[i].mono_ms) != steps[i].verdict)
            fail_msg("%s", steps[i].says);
        const struct poll_ask *due = steps[i].why[0] != '\0' ? NULL : poll_asks_due(&asks, steps[i].mono_ms);
        if (strcmp(due == NULL ? "" : due->why, steps[i].due) != 0)
            fail_msg("%s: %s", steps[i].says, due == NULL ? "nothing" : due->why);
    }
    assert_null(asks.by_service);
    poll_asks_done(&asks);
}

static void test_services_do_not_wait_for_each_other(void **state)
{
    struct poll_asks asks = {0};
    size_t n = 0;
    (void) state;

    for (int i = 0; i < 100; i++) {
        char service[16];
        (void) snprintf(service, sizeof service, "s%02d", i);
        assert_int_equal(poll_asks_take(&asks, service, "x", 0), POLL_ASK_NOW);
        assert_int_equal(poll_asks_take(&asks, service, "y", 1), POLL_ASK_LATER);
    }
    while (poll_asks_due(&asks, POLL_ASK_EVERY_MS) != NULL)
        n++;
    assert_int_equal(n, 100);
    assert_int_equal(HASH_COUNT(asks.by_service), 100);
    assert_null(poll_asks_due(&asks, 2 * POLL_ASK_EVERY_MS));
    assert_int_equal(HASH_COUNT(asks.by_service), 0);
    poll_asks_done(&asks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_at_most_once_in_ten_seconds),
        cmocka_unit_test(test_services_do_not_wait_for_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

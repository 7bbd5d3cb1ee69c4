/* SPDX-License-Identifier: Apache-2.0 */
/* B2: which of the affected the rows name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "aggregator/affected.h"
#include "aggregator/timeline.h"
#include "common/mem.h"

static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"};
static const uint8_t tiers[] = {3, 2, 1, 3, 2, 1, 3, 2, 1, 3};

static void join(char (*affected)[113], size_t n, char *out)
{
    for (size_t i = 0; i < n; i++)
        *out++ = affected[i][0];
    *out = '\0';
}

static void test_B2_the_most_critical_come_first(void **state)
{
    static const struct { const char *says; size_t n; const char *named; } cases[] = {
        { "nobody", 0, "" },
        { "one", 1, "a" },
        { "by tier, then id", 4, "cbad" },
        { "as many as there is room for", 8, "cfbehadg" },
        { "more than that", 10, "cfibehad" },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP(mem_freep) TimelineRow *timeline = mem_new(sizeof *timeline);
        CLEANUP(mem_freep) OutboxRow *outbox = mem_new(sizeof *outbox);
        const struct decision decision = {
            .kind = DECISION_NOTIFY, .service = "u", .affected = names, .affected_tiers = tiers,
            .n_affected = cases[i].n,
        };
        char named[16];
        timeline_fill(&decision, 1, timeline);
        affected_in_outbox(&decision, outbox);
        assert_int_equal(timeline->n_affected, cases[i].n);
        assert_int_equal(outbox->n_affected, cases[i].n);
        join(timeline->affected, timeline->affected_count, named);
        if (strcmp(named, cases[i].named) != 0)
            fail_msg("%s: %s in the timeline", cases[i].says, named);
        join(outbox->affected, outbox->affected_count, named);
        if (strcmp(named, cases[i].named) != 0)
            fail_msg("%s: %s in the outbox", cases[i].says, named);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_B2_the_most_critical_come_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

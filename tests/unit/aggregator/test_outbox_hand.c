/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "aggregator/outbox_hand.h"
#include "common/mem.h"

static void expect(const char *says, bool may, const char *why, const char *part)
{
    if (may != (part == NULL))
        fail_msg("%s: %s", says, may ? "allowed" : why);
    if (part != NULL && strstr(why, part) == NULL)
        fail_msg("%s: \"%s\" where \"%s\" was expected", says, why, part);
}

static void test_each_state_and_what_may_be_done(void **state)
{
    static const struct {
        const char *says;
        OutboxState state;
        uint64_t superseded_by;
        const char *dropped_by;
        const char *no_retry, *no_drop;    /* NULL: it may */
    } cases[] = {
        {"waiting", OutboxState_OUTBOX_PENDING, 0, "", "waits already", NULL},
        {"perhaps taken, waiting", OutboxState_OUTBOX_AMBIGUOUS, 0, "", "waits already", NULL},
        {"on the wire", OutboxState_OUTBOX_CLAIMED, 0, "", "being sent", "being sent"},
        {"delivered", OutboxState_OUTBOX_SENT, 0, "", "was delivered", "was delivered"},
        {"superseded by another", OutboxState_OUTBOX_SUPERSEDED, 9, "", "notification 9", "superseded"},
        {"superseded by nothing", OutboxState_OUTBOX_SUPERSEDED, 0, "", NULL, "superseded"},
        {"dead", OutboxState_OUTBOX_DEAD, 0, "", NULL, NULL},
        {"dead and dropped", OutboxState_OUTBOX_DEAD, 0, "token:ann", "token:ann has dropped it", "dropped it before"},
        {"of no state", OutboxState_OUTBOX_UNSPECIFIED, 0, "", "not known", "not known"},
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char why[OUTBOX_WORDS_BYTES] = "";
        OutboxRow row = {.state = cases[i].state, .superseded_by = cases[i].superseded_by, .kind = "raise", .level = "degraded",
                         .dropped_at_ms = cases[i].dropped_by[0] != '\0'};
        (void) snprintf(row.dropped_by, sizeof row.dropped_by, "%s", cases[i].dropped_by);
        const struct outbox_truth truth = {.receiver = "chat", .goes_on = true, .level = "degraded"};
        bool may_retry = outbox_may_retry(&row, &truth, why);
        expect(cases[i].says, may_retry, why, cases[i].no_retry);
        bool may_drop = outbox_may_drop(&row, why);
        expect(cases[i].says, may_drop, why, cases[i].no_drop);
    }
}

static void test_only_what_is_true_is_sent_again(void **state)
{
    static const struct {
        const char *says, *kind;
        struct outbox_truth truth;
        const char *refused;               /* NULL: it is sent */
    } cases[] = {
        {"a raise that still holds", "raise", {"chat", .goes_on = true, .opened_at_ms = 1000, .level = "degraded"}, NULL},
        {"a reminder that still holds", "reminder", {"chat", .heard = true, .goes_on = true, .level = "degraded"}, NULL},
        {"an alert without levels", "raise", {"chat", .goes_on = true, .opened_at_ms = 999}, NULL},
        {"nobody carries the channel", "raise", {.goes_on = true, .level = "degraded"}, "no channel ops"},
        {"the receiver was told something newer", "raise", {"chat", .newer = 8, .goes_on = true, .level = "degraded"},
         "notification 8"},
        {"a raise of what is over", "raise", {"chat"}, "is over"},
        {"a raise of an episode before this one", "raise", {"chat", .goes_on = true, .opened_at_ms = 1001, .level = "degraded"},
         "another is open"},
        {"it became worse since", "raise", {"chat", .goes_on = true, .level = "major_outage"}, "at major_outage since"},
        {"a resolve of what was told", "resolve", {"chat", .heard = true}, NULL},
        {"a resolve of what was not told", "resolve", {"chat"}, "nothing to take back"},
        {"a resolve of what is open again", "resolve", {"chat", .heard = true, .goes_on = true}, "and it is not"},
        {"flapping that goes on", "flap_start", {"chat", .goes_on = true, .opened_at_ms = 1000}, NULL},
        {"flapping that is over", "flap_start", {"chat"}, "is over"},
        {"the end of flapping", "flap_stop", {"chat", .heard = true}, NULL},
        {"too many wait", "raise", {"chat", .goes_on = true, .level = "degraded", .full = true}, "too many"},
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char why[OUTBOX_WORDS_BYTES] = "";
        OutboxRow row = {.state = OutboxState_OUTBOX_DEAD, .channel = "ops", .level = "degraded", .decided_at_ms = 1000};
        (void) snprintf(row.kind, sizeof row.kind, "%s", cases[i].kind);
        bool may = outbox_may_retry(&row, &cases[i].truth, why);
        expect(cases[i].says, may, why, cases[i].refused);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_state_and_what_may_be_done),
        cmocka_unit_test(test_only_what_is_true_is_sent_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What people read of an explanation: the last line, and the line of the gate that stops. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "aggregator/api/explain_words.h"
#include "common/mem.h"

#define MIN(minutes) ((int64_t) (minutes) * 60 * 1000)
#define CHAT .channels = chat, .n_channels = 1
#define BOTH .channels = both, .n_channels = 2

static const char *const chat[] = {"chat"};
static const char *const both[] = {"page", "chat"};

static const struct {
    const char *says;
    struct explanation why;
    struct explained_deliveries deliveries;
    const char *words;
} verdicts[] = {
    { "nothing was ever heard", {.gates = {{GATE_FRESH, GATE_STOPS}}, .n_gates = 1}, {0},
      "No alert: nothing has ever reported on it." },
    { "all is well", {.gates = {{GATE_EFFECTIVE, GATE_STOPS}}, .n_gates = 1, .outlook = {.effective = STATUS_OPERATIONAL}}, {0},
      "No alert: it is operational." },
    { "nobody knows", {.gates = {{GATE_EFFECTIVE, GATE_STOPS}}, .n_gates = 1, .outlook = {.said_probe = STATUS_UNKNOWN}}, {0},
      "No alert: unknown: the vendor's page says unknown, our probes unknown." },
    { "on its way",
      {.gates = {{GATE_CONFIRMED, GATE_STOPS}}, .n_gates = 1, .now_ms = MIN(2) + 5999,
       .outlook = {.effective = STATUS_DEGRADED, .has_next = true,
                   .next = {STATUS_DEGRADED, .polls = 5, .need = 3, .dwell_ms = MIN(10), .at_ms = MIN(10)}}}, {0},
      "No alert yet: degraded is not confirmed, with 3 of 3 polls and 2 min 5 s of 10 min; at 1970-01-01 00:10:00 UTC with a poll "
      "at the earliest." },
    { "told, and told again tomorrow",
      {.gates = {{GATE_TOLD, GATE_STOPS}}, .n_gates = 1, .has_alert = true, .would_tell = true,
       .alert = {.told = "degraded", .last_sent_ms = MIN(1), CHAT},
       .next = {NOTIFY_REMINDER, "degraded", CHAT, .at_ms = MIN(1441)}}, {0},
      "chat was told of degraded, last at 1970-01-01 00:01:00 UTC; if nothing changes, reminder goes to chat at "
      "1970-01-02 00:01:00 UTC." },
    { "told, and silent from now on; one letter is dead",
      {.gates = {{GATE_TOLD, GATE_STOPS}}, .n_gates = 1, .has_alert = true,
       .alert = {.told = "major_outage", .last_sent_ms = MIN(1), BOTH}}, {.sent = 1, .dead = 1, .dead_reason = "HTTP 404"},
      "page and chat were told of major_outage, last at 1970-01-01 00:01:00 UTC; time alone will not send anything. 1 message "
      "of it could not be delivered: HTTP 404." },
    { "told, as far as there is somebody to tell",
      {.gates = {{GATE_TOLD, GATE_STOPS}}, .n_gates = 1, .has_alert = true,
       .alert = {.told = "degraded", .last_sent_ms = MIN(1), BOTH}}, {.sent = 1, .uncarried = {"page"}, .n_uncarried = 1},
      "page and chat were told of degraded, last at 1970-01-01 00:01:00 UTC; time alone will not send anything. No receiver is "
      "configured for page." },
    { "held by planned work",
      {.gates = {{GATE_MAINTENANCE, GATE_STOPS, .reason = REASON_MAINTENANCE, .by = "move"}}, .n_gates = 1, .has_alert = true,
       .has_wanted = true, .wanted = {NOTIFY_RAISE, "degraded"}, .would_tell = true,
       .next = {NOTIFY_RAISE, "degraded", CHAT, .at_ms = MIN(60)}}, {0},
      "raise of degraded is held: planned work: window move; if nothing changes, raise goes to chat at 1970-01-01 01:00:00 UTC." },
    { "held for whoever is on it",
      {.gates = {{GATE_ACKNOWLEDGED, GATE_STOPS, .reason = REASON_ACKNOWLEDGED, .by = "ann"}}, .n_gates = 1, .has_alert = true,
       .has_wanted = true, .wanted = {NOTIFY_ESCALATE, "major_outage"},
       .alert = {.told = "degraded", .last_sent_ms = MIN(1), CHAT, .acknowledged_level = "degraded"}}, {.waiting = 1},
      "escalate of major_outage is held: ann is on it (degraded), for good; chat was told of degraded, last at "
      "1970-01-01 00:01:00 UTC; time alone will not send anything. 1 message of it still waits in the outbox." },
    { "a reason without words of its own is told by its name",
      {.gates = {{GATE_CLASS, GATE_STOPS, .reason = REASON_POLLER_HOLD}}, .n_gates = 1, .has_alert = true,
       .has_wanted = true, .wanted = {NOTIFY_RAISE, "broken"}}, {0},
      "raise of broken is held: poller_hold; time alone will not send anything." },
};

static void test_the_last_line(void **state)
{
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(verdicts); i++) {
        struct buffer words;
        buffer_init(&words, 4096);
        explain_verdict_words(&verdicts[i].why, &verdicts[i].deliveries, &words);
        if (strcmp(words.bytes, verdicts[i].words) != 0)
            fail_msg("%s:\n%s\ninstead of\n%s", verdicts[i].says, words.bytes, verdicts[i].words);
        buffer_done(&words);
    }
}

static const struct {
    const char *says;
    struct explanation why;
    struct explained_gate gate;
    const char *words;
} gates[] = {
    { "not reached", {.tier = 1}, {GATE_ROUTE, GATE_NOT_REACHED}, "not reached" },
    { "votes", {.n_votes = 2, .n_consulted = 3, .outlook = {.n_sources = 4}}, {GATE_FRESH, GATE_PASSES}, "2 of 3 sources vote" },
    { "sources that are not asked", {.outlook = {.n_sources = 4}}, {GATE_FRESH, GATE_STOPS},
      "none of its 4 sources is of a kind that is asked" },
    { "silence does not take back what was confirmed", {.n_consulted = 1, .outlook = {.n_sources = 1}, .has_alert = true},
      {GATE_FRESH, GATE_PASSES},
      "none of 1 sources votes: silent, failing, or they know no level; the open alert rests on what was confirmed" },
    { "by hand", {.has_manual = true, .manual_by = "", .outlook = {.effective = STATUS_DEGRADED}}, {GATE_EFFECTIVE, GATE_PASSES},
      "degraded, set by somebody for good" },
    { "by hand for an hour", {.has_manual = true, .manual_by = "ann", .manual_until_ms = MIN(60)}, {GATE_EFFECTIVE, GATE_STOPS},
      "unknown, set by ann until 1970-01-01 01:00:00 UTC" },
    { "confirmed", {.outlook = {.hard = STATUS_DEGRADED}, .hard_since_ms = MIN(1)}, {GATE_CONFIRMED, GATE_PASSES},
      "degraded is confirmed since 1970-01-01 00:01:00 UTC" },
    { "a check that is not asked", {.wanted = {NOTIFY_IMPROVE}}, {GATE_ROUTE, GATE_PASSES}, "does not stop improve" },
    { "routed", {.wanted = {NOTIFY_RAISE, BOTH}}, {GATE_ROUTE, GATE_PASSES, .asked = true}, "to page and chat" },
    { "routed nowhere", {.wanted = {NOTIFY_RAISE, "degraded"}, .tier = 3},
      {GATE_ROUTE, GATE_STOPS, .asked = true, .reason = REASON_NO_ROUTE}, "routing names no channel for degraded in tier 3" },
    { "it waits for what is below", {.wanted = {NOTIFY_RAISE}},
      {GATE_DEPENDENCY, GATE_STOPS, .asked = true, .reason = REASON_DEPENDENCY, .by = "db"},
      "db, on which it stands, answers for it: one message tells of both" },
    { "steady", {.flap_pct = 4}, {GATE_FLAPPING, GATE_PASSES, .asked = true}, "it does not keep changing (4 %)" },
    { "unsteady", {.flap_pct = 40, .wanted = {NOTIFY_RESOLVE}},
      {GATE_FLAPPING, GATE_STOPS, .asked = true, .reason = REASON_FLAPPING},
      "it keeps changing (40 %), so the resolve waits until it is steady" },
};

static void test_the_line_of_a_gate(void **state)
{
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(gates); i++) {
        struct buffer words;
        buffer_init(&words, 4096);
        explain_gate_words(&gates[i].why, &gates[i].gate, &words);
        if (strcmp(words.bytes, gates[i].words) != 0)
            fail_msg("%s:\n%s\ninstead of\n%s", gates[i].says, words.bytes, gates[i].words);
        buffer_done(&words);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_last_line),
        cmocka_unit_test(test_the_line_of_a_gate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

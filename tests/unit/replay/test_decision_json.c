/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "aggregator/replay/decision_json.h"
#include "common/mem.h"

static const char *const chat[] = {"chat"};
static const char *const names[] = {"a", "b"};

static const struct { const char *says; struct decision decision; const char *line; } cases[] = {
    { "status", {.kind = DECISION_STATUS, .at_ms = 1, .service = "gh", .from = "unknown", .to = "degraded"},
      "{\"d\":\"status\",\"from\":\"unknown\",\"service\":\"gh\",\"t\":1,\"to\":\"degraded\"}" },
    { "hard", {.kind = DECISION_HARD, .service = "gh", .from = "unknown", .to = "degraded", .via = "confirm", .polls = 3, .dwell_ms = 600000},
      "{\"d\":\"hard\",\"dwell_ms\":600000,\"from\":\"unknown\",\"polls\":3,\"service\":\"gh\",\"t\":0,\"to\":\"degraded\",\"via\":\"confirm\"}" },
    { "poller", {.kind = DECISION_POLLER, .service = "gh", .source = "p", .from = "ok", .to = "broken"},
      "{\"d\":\"poller\",\"from\":\"ok\",\"service\":\"gh\",\"source\":\"p\",\"t\":0,\"to\":\"broken\"}" },
    { "collector", {.kind = DECISION_COLLECTOR, .collector = "h", .from = "ok", .to = "silent"},
      "{\"collector\":\"h\",\"d\":\"collector\",\"from\":\"ok\",\"t\":0,\"to\":\"silent\"}" },
    { "a raise of a service tells its impact",
      {.kind = DECISION_NOTIFY, .notify = NOTIFY_RAISE, .key = "service:gh", .level = "degraded", .channels = chat, .n_channels = 1,
       .since_ms = 5, .said_vendor = STATUS_DEGRADED, .dependents = 2, .tiers = {1, 1, 0}},
      "{\"channels\":[\"chat\"],\"d\":\"notify\",\"impact\":{\"dependents\":2,\"tiers\":[1,1,0]},\"incident\":null,\"key\":\"service:gh\","
      "\"kind\":\"raise\",\"level\":\"degraded\",\"said\":{\"probe\":\"unknown\",\"vendor\":\"degraded\"},\"since\":5,\"t\":0}" },
    { "a resolve does not",
      {.kind = DECISION_NOTIFY, .notify = NOTIFY_RESOLVE, .key = "service:gh", .level = "operational", .channels = chat, .n_channels = 1,
       .reason = REASON_CONFIG_REMOVED, .incident = "inc-4"},
      "{\"channels\":[\"chat\"],\"d\":\"notify\",\"incident\":\"inc-4\",\"key\":\"service:gh\",\"kind\":\"resolve\",\"level\":\"operational\","
      "\"reason\":\"config_removed\",\"said\":{\"probe\":\"unknown\",\"vendor\":\"unknown\"},\"since\":0,\"t\":0}" },
    { "an aggregate names whom it stands for",
      {.kind = DECISION_NOTIFY, .notify = NOTIFY_AGGREGATE, .key = "service:gh", .level = "degraded", .affected = names, .n_affected = 2},
      "{\"affected\":[\"a\",\"b\"],\"channels\":[],\"d\":\"notify\",\"impact\":{\"dependents\":0,\"tiers\":[0,0,0]},\"incident\":null,"
      "\"key\":\"service:gh\",\"kind\":\"aggregate\",\"level\":\"degraded\",\"said\":{\"probe\":\"unknown\",\"vendor\":\"unknown\"},\"since\":0,\"t\":0}" },
    { "a flap notice tells no impact", {.kind = DECISION_NOTIFY, .notify = NOTIFY_FLAP_START, .key = "flap:gh", .level = "degraded", .service = "gh"},
      "{\"channels\":[],\"d\":\"notify\",\"incident\":null,\"key\":\"flap:gh\",\"kind\":\"flap_start\",\"level\":\"degraded\",\"t\":0}" },
    { "mass silence counts", {.kind = DECISION_NOTIFY, .notify = NOTIFY_RAISE, .key = "self:mass_silence", .level = "mass_silence", .silent = 3, .known = 5},
      "{\"channels\":[],\"d\":\"notify\",\"incident\":null,\"key\":\"self:mass_silence\",\"kind\":\"raise\",\"known\":5,\"level\":\"mass_silence\","
      "\"silent\":3,\"t\":0}" },
    { "suppress", {.kind = DECISION_SUPPRESS, .notify = NOTIFY_RAISE, .key = "service:gh", .level = "degraded", .reason = REASON_NO_ROUTE},
      "{\"by\":null,\"d\":\"suppress\",\"key\":\"service:gh\",\"kind\":\"raise\",\"level\":\"degraded\",\"reason\":\"no_route\",\"t\":0}" },
    { "manual without an end", {.kind = DECISION_MANUAL, .op = "set", .service = "gh", .by = "ann"},
      "{\"by\":\"ann\",\"d\":\"manual\",\"op\":\"set\",\"reason\":null,\"service\":\"gh\",\"t\":0,\"until\":null}" },
    { "manual with one", {.kind = DECISION_MANUAL, .op = "set", .service = "gh", .until_ms = 9, .reason = REASON_EXPIRED},
      "{\"by\":null,\"d\":\"manual\",\"op\":\"set\",\"reason\":\"expired\",\"service\":\"gh\",\"t\":0,\"until\":9}" },
    { "drop", {.kind = DECISION_DROP, .reason = REASON_LATE, .service = "gh", .source = "p"},
      "{\"d\":\"drop\",\"reason\":\"late\",\"service\":\"gh\",\"source\":\"p\",\"t\":0}" },
    { "a note of nobody", {.kind = DECISION_NOTE, .reason = REASON_CLOCK_BACK},
      "{\"d\":\"note\",\"reason\":\"clock_back\",\"service\":null,\"source\":null,\"t\":0}" },
    { "gap", {.kind = DECISION_GAP, .ms = 60000}, "{\"d\":\"gap\",\"ms\":60000,\"t\":0}" },
    { "config", {.kind = DECISION_CONFIG, .added = names, .n_added = 2}, "{\"added\":[\"a\",\"b\"],\"d\":\"config\",\"removed\":[],\"t\":0}" },
    { "reject", {.kind = DECISION_REJECT, .op = "manual", .reason = REASON_NO_SUCH_SERVICE},
      "{\"d\":\"reject\",\"kind\":\"manual\",\"reason\":\"no_such_service\",\"t\":0}" },
    { "a window", {.kind = DECISION_MAINT, .op = "start", .id = "w1"}, "{\"d\":\"maint\",\"id\":\"w1\",\"op\":\"start\",\"t\":0}" },
    { "an incident that is joined", {.kind = DECISION_INCIDENT, .op = "join", .incident = "inc-1", .service = "gh"},
      "{\"d\":\"incident\",\"incident\":\"inc-1\",\"op\":\"join\",\"service\":\"gh\",\"t\":0}" },
    { "an incident that is over", {.kind = DECISION_INCIDENT, .op = "resolve", .incident = "inc-1"},
      "{\"d\":\"incident\",\"incident\":\"inc-1\",\"op\":\"resolve\",\"service\":null,\"t\":0}" },
    { "flap", {.kind = DECISION_FLAP, .op = "start", .pct = 35, .via = "ring", .service = "gh"},
      "{\"d\":\"flap\",\"op\":\"start\",\"pct\":35,\"service\":\"gh\",\"t\":0,\"via\":\"ring\"}" },
};

static void expect(const char *says, json_t *made, const char *line)
{
    char *text = json_dumps(made, JSON_COMPACT | JSON_SORT_KEYS);

    if (strcmp(text, line) != 0)
        fail_msg("%s: %s", says, text);
    free(text);
    json_decref(made);
}

static void test_keys_of_each_kind(void **state)
{
    (void) state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        expect(cases[i].says, decision_json(&cases[i].decision), cases[i].line);
}

static void test_rejected_lines(void **state)
{
    int64_t t = 5;
    (void) state;

    expect("before the first input", reject_json(NULL, NULL, REASON_BAD_RECORD), "{\"d\":\"reject\",\"kind\":null,\"reason\":\"bad_record\",\"t\":null}");
    expect("after it", reject_json(&t, "obs", REASON_BAD_RECORD), "{\"d\":\"reject\",\"kind\":\"obs\",\"reason\":\"bad_record\",\"t\":5}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_of_each_kind),
        cmocka_unit_test(test_rejected_lines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "aggregator/notify/pagerduty.h"
#include "common/mem.h"
#include "occasion.h"

#define ROUTING_KEY "0123456789abcdefghijABCDEFGHIJ01"

static struct pagerduty_receiver integration = {.routing_key = (char *) ROUTING_KEY};
static const struct channel_entry channel = {.kind = CHANNEL_PAGERDUTY, .pagerduty = &integration};

static void test_each_kind_is_its_event(void **state)
{
    static const struct {
        const char *says;
        struct occasion_change change;
        const char *action, *severity, *class, *summary;
    } cases[] = {
        { "raise", { .kind = "raise" }, "trigger", "critical", "service",
          "GitHub: Major outage; 3 dependent services (1 tier-1); page green, red from 3 of 4 of our hosts" },
        { "partial", { .level = "partial_outage" }, "trigger", "error", "service", NULL },
        { "degraded", { .level = "degraded" }, "trigger", "warning", "service", NULL },
        { "a level nobody knows", { .level = "purple" }, "trigger", "warning", "service", NULL },
        { "escalate", { .kind = "escalate", .previous = "degraded" }, "trigger", "critical", "service", NULL },
        { "aggregate", { .kind = "aggregate", .previous = "major_outage" }, "trigger", "critical", "service", NULL },
        { "resolve", { .kind = "resolve", .level = "operational", .previous = "major_outage" }, "resolve", "info", "service",
          "GitHub: Operational (recovered)" },
        { "left the configuration", { .kind = "resolve", .level = "unknown", .reason = "config_removed" }, "resolve",
          "warning", "service", "GitHub: no longer watched" },
        { "flapping", { .key = "flap:github", .kind = "flap_start", .level = "degraded" }, "trigger", "warning", "flap", NULL },
        { "steady", { .key = "flap:github", .kind = "flap_stop", .level = "operational" }, "resolve", "info", "flap", NULL },
        { "a poller", { .key = "poller:github/one/feed", .level = "broken" }, "trigger", "warning", "poller", NULL },
        { "ourselves", { .key = "self:collectors", .level = "mass_silence" }, "trigger", "critical", "self", NULL },
        { "a budget", { .key = "slo:github:slow", .level = "slow" }, "trigger", "error", "slo", NULL },
        { "a trial", { .key = "test:page", .kind = "test", .level = "operational" }, "trigger", "info", "other",
          "GitHub: test message; nothing is wrong, and it is resolved at once" },
        { "its end", { .key = "test:page", .kind = "resolve", .level = "operational" }, "resolve", "info", "other", NULL },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP(mem_freep) OutboxRow *row = occasion_row(&cases[i].change);
        struct channel_message message;
        occasion_render(row, &channel, &message);
        json_t *event = occasion_body(&message);
        const json_t *payload = json_object_get(event, "payload");
        if (strcmp(occasion_member(event, "event_action"), cases[i].action) != 0
            || strcmp(occasion_member(payload, "severity"), cases[i].severity) != 0
            || strcmp(occasion_member(payload, "class"), cases[i].class) != 0
            || (cases[i].summary != NULL && strcmp(occasion_member(payload, "summary"), cases[i].summary) != 0))
            fail_msg("%s: %.*s", cases[i].says, (int) message.body.len, message.body.bytes);
        assert_string_equal(occasion_member(event, "dedup_key"), row->key);
        json_decref(event);
        channel_message_done(&message);
    }
}

static void test_the_whole_of_a_trigger(void **state)
{
    (void) state;
    CLEANUP(mem_freep) OutboxRow *row = occasion_row(&(struct occasion_change) {0});
    row->demo = true;
    struct channel_message message;
    occasion_render(row, &channel, &message);
    json_t *event = occasion_body(&message);
    const json_t *payload = json_object_get(event, "payload");
    const json_t *links = json_object_get(event, "links");

    assert_string_equal(occasion_header(&message, "Content-Type"), "application/json");
    assert_string_equal(occasion_member(event, "routing_key"), ROUTING_KEY);
    assert_string_equal(occasion_member(event, "client"), "Tocsin");
    assert_string_equal(occasion_member(event, "client_url"), "https://status.example/#github");
    assert_string_equal(occasion_member(payload, "source"), "github");
    assert_string_equal(occasion_member(payload, "component"), "GitHub");
    assert_string_equal(occasion_member(payload, "group"), "tier-1");
    assert_string_equal(occasion_member(payload, "timestamp"), "2025-11-21T09:44:02.000Z");
    assert_memory_equal(occasion_member(payload, "summary"), "[DEMO] GitHub", 13);
    assert_string_equal(occasion_member(json_object_get(payload, "custom_details"), "detail"), "API: Major outage");
    assert_int_equal(json_array_size(links), 3);
    assert_string_equal(occasion_member(json_array_get(links, 0), "href"), "https://wiki.example/github");
    json_decref(event);
    channel_message_done(&message);
}

/* Good news and reminders wake nobody, unless PagerDuty may not know how bad it is. */
static void test_what_is_no_event(void **state)
{
    static const struct { const char *says; struct occasion_change change; uint32_t ambiguous; bool needless; } cases[] = {
        { "better than it was told", { .kind = "improve", .level = "degraded", .previous = "major_outage" }, 0, true },
        { "as bad as it was told", { .kind = "reminder", .previous = "major_outage" }, 0, true },
        { "less bad than it was told", { .kind = "reminder", .level = "degraded", .previous = "major_outage" }, 0, true },
        { "better, but worse than it was told", { .kind = "improve", .level = "partial_outage", .previous = "degraded" }, 0,
          false },
        { "a reminder of more than it was told", { .kind = "reminder", .previous = "degraded" }, 0, false },
        { "it never heard of it", { .kind = "reminder" }, 0, false },
        { "nor of this", { .kind = "improve", .level = "degraded" }, 0, false },
        { "perhaps it never heard", { .kind = "improve", .level = "degraded", .previous = "major_outage" }, 1, false },
        { "a poller that is still broken", { .key = "poller:a/b", .kind = "reminder", .level = "broken", .previous = "broken" },
          0, true },
        { "a collector that is now blind",
          { .key = "collector:a", .kind = "reminder", .level = "blind", .previous = "silent" }, 0, false },
        { "a worsening is one always", { .kind = "escalate", .previous = "major_outage" }, 0, false },
        { "an end is one always", { .kind = "resolve", .level = "operational", .previous = "operational" }, 0, false },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP(mem_freep) OutboxRow *row = occasion_row(&cases[i].change);
        row->ambiguous = cases[i].ambiguous;
        const struct channel_occasion occasion = {row, &channel, "https://status.example", "0123", 1763718245500};
        struct channel_message message;
        struct error err = {0};
        channel_message_init(&message);
        int r = pagerduty_render(&occasion, &message, &err);
        if (r != (cases[i].needless ? CHANNEL_NEEDLESS : 0))
            fail_msg("%s: %d %s", cases[i].says, r, err.text);
        if (cases[i].needless && (strstr(err.text, row->kind) == NULL || message.body.len > 0))
            fail_msg("%s: %s", cases[i].says, err.text);
        channel_message_done(&message);
    }
}

static void test_a_long_key_becomes_its_digest(void **state)
{
    (void) state;
    char key[400], short_one[PAGERDUTY_DEDUP_BYTES_MAX + 1], long_one[PAGERDUTY_DEDUP_BYTES_MAX + 1];
    memset(key, 'k', sizeof key);
    key[PAGERDUTY_DEDUP_BYTES_MAX] = '\0';
    pagerduty_dedup_key(key, short_one);
    assert_string_equal(short_one, key);
    key[PAGERDUTY_DEDUP_BYTES_MAX] = 'k';
    key[PAGERDUTY_DEDUP_BYTES_MAX + 1] = '\0';
    pagerduty_dedup_key(key, long_one);
    assert_int_equal(strlen(long_one), 7 + 64);
    assert_memory_equal(long_one, "sha256:", 7);
    key[0] = 'x';
    pagerduty_dedup_key(key, short_one);
    assert_string_not_equal(short_one, long_one);
}

static void test_hostile_text_and_the_largest_row(void **state)
{
    (void) state;
    CLEANUP(mem_freep) OutboxRow *row = occasion_row(&(struct occasion_change) {0});
    memset(row->service_name, '\xff', sizeof row->service_name - 1);
    memset(row->key, 0xc3, sizeof row->key - 1);
    memset(row->truth, '"', sizeof row->truth - 1);
    memset(row->detail, '\x01', sizeof row->detail - 1);
    (void) snprintf(row->link, sizeof row->link, "javascript:alert(1)");
    (void) snprintf(row->runbook, sizeof row->runbook, "https://\xff");
    (void) snprintf(row->level, sizeof row->level, "\xff\xfe");
    struct channel_message message;
    occasion_render(row, &channel, &message);
    json_t *event = occasion_body(&message);
    const char *summary = occasion_member(json_object_get(event, "payload"), "summary");
    assert_in_range(strlen(summary), 20, PAGERDUTY_SUMMARY_CHARS_MAX);
    assert_int_equal(json_array_size(json_object_get(event, "links")), 1);
    json_decref(event);
    channel_message_done(&message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_kind_is_its_event),
        cmocka_unit_test(test_the_whole_of_a_trigger),
        cmocka_unit_test(test_what_is_no_event),
        cmocka_unit_test(test_a_long_key_becomes_its_digest),
        cmocka_unit_test(test_hostile_text_and_the_largest_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

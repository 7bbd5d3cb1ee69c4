/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "aggregator/notify/webhook.h"
#include "common/buffer.h"
#include "common/file.h"
#include "common/mem.h"
#include "occasion.h"

static struct webhook_receiver unsigned_one = {0};
static const struct channel_entry plain_channel = {.kind = CHANNEL_WEBHOOK, .webhook = &unsigned_one};

/* One kind a line: the members in which they differ. */
static void test_each_kind_says_what_it_is(void **state)
{
    static const struct {
        const char *says;
        struct occasion_change change;
        const char *class, *summary, *impact, *resolve_reason, *type;
    } cases[] = {
        { "raise", { .kind = "raise" }, "service", "GitHub: Major outage", "3 dependent services (1 tier-1)", "null",
          "tocsin.notification.raise" },
        { "escalate", { .kind = "escalate", .previous = "degraded" }, "service", "GitHub: Major outage (worse)",
          "3 dependent services (1 tier-1)", "null", "tocsin.notification.escalate" },
        { "improve", { .kind = "improve", .level = "degraded", .previous = "major_outage" }, "service",
          "GitHub: Degraded (better)", "3 dependent services (1 tier-1)", "null", "tocsin.notification.improve" },
        { "reminder", { .kind = "reminder", .previous = "major_outage" }, "service", "GitHub: Major outage (still)",
          "3 dependent services (1 tier-1)", "null", "tocsin.notification.reminder" },
        { "resolve", { .kind = "resolve", .level = "operational", .previous = "major_outage" }, "service",
          "GitHub: Operational (recovered)", "null", "null", "tocsin.notification.resolve" },
        { "left the configuration", { .kind = "resolve", .level = "unknown", .reason = "config_removed" }, "service",
          "GitHub: no longer watched", "null", "config_removed", "tocsin.notification.resolve" },
        { "flapping", { .key = "flap:github", .kind = "flap_start", .level = "degraded" }, "flap", "GitHub: flapping", "null",
          "null", "tocsin.notification.flap_start" },
        { "steady", { .key = "flap:github", .kind = "flap_stop", .level = "operational" }, "flap",
          "GitHub: no longer flapping", "null", "null", "tocsin.notification.flap_stop" },
        { "a poller", { .key = "poller:github/one/feed", .level = "broken" }, "poller", "GitHub: poller Broken", "null",
          "null", "tocsin.notification.raise" },
        { "ourselves", { .key = "self:collectors", .level = "mass_silence" }, "self", "Tocsin: Mass silence", "null", "null",
          "tocsin.notification.raise" },
        { "a budget", { .key = "slo:github:fast", .level = "fast" }, "slo", "GitHub: Error budget burns fast", "null", "null",
          "tocsin.notification.raise" },
        { "a trial", { .key = "test:chat", .kind = "test", .level = "operational" }, "other", "GitHub: test message", "null",
          "null", "tocsin.notification.test" },
        { "a key of no kind we know", { .key = "odd" }, "other", "GitHub: Major outage", "null", "null",
          "tocsin.notification.raise" },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP(mem_freep) OutboxRow *row = occasion_row(&cases[i].change);
        struct channel_message message;
        occasion_render(row, &plain_channel, &message);
        json_t *body = occasion_body(&message);
        const char *const pairs[][2] = {
            {"kind", row->kind}, {"key", row->key}, {"class", cases[i].class}, {"summary", cases[i].summary},
            {"impact", cases[i].impact}, {"resolve_reason", cases[i].resolve_reason}, {"level", row->level},
            {"previous_level", row->previous_level[0] == '\0' ? "null" : row->previous_level},
            {"test", strcmp(row->kind, "test") == 0 ? "true" : "false"}, {"id", "0123456789abcdef-12"},
        };
        for (size_t n = 0; n < ARRAY_SIZE(pairs); n++) {
            if (strcmp(occasion_member(body, pairs[n][0]), pairs[n][1]) != 0)
                fail_msg("%s: %s is %s", cases[i].says, pairs[n][0], occasion_member(body, pairs[n][0]));
        }
        assert_string_equal(occasion_header(&message, "ce-type"), cases[i].type);
        json_decref(body);
        channel_message_done(&message);
    }
}

static void test_the_whole_of_a_raise(void **state)
{
    (void) state;
    static const char *const members[][2] = {
        {"version", "1"}, {"sequence", "12"}, {"channel", "chat"}, {"receiver", "chat"}, {"service", "github"},
        {"name", "GitHub"}, {"tier", "1"}, {"incident", "inc-4"}, {"since", "2025-11-21T09:34:02.000Z"},
        {"decided_at", "2025-11-21T09:44:02.000Z"}, {"dependents", "3"}, {"affected_total", "9"},
        {"said_vendor", "operational"}, {"said_probe", "major_outage"},
        {"truth", "page green, red from 3 of 4 of our hosts"}, {"detail", "API: Major outage"},
        {"link", "https://www.githubstatus.com"}, {"runbook", "https://wiki.example/github"},
        {"page", "https://status.example/#github"}, {"explain", "https://status.example/api/services/github/explain"},
        {"demo", "false"}, {"collector", "null"}, {"source", "null"}, {"collectors_silent", "null"},
        {"change_percent", "null"},
    };
    CLEANUP(mem_freep) OutboxRow *row = occasion_row(&(struct occasion_change) {0});
    struct channel_message message;
    occasion_render(row, &plain_channel, &message);
    json_t *body = occasion_body(&message);
    for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
        if (strcmp(occasion_member(body, members[i][0]), members[i][1]) != 0)
            fail_msg("%s is %s", members[i][0], occasion_member(body, members[i][0]));
    }
    assert_int_equal(json_array_size(json_object_get(body, "affected")), 2);
    assert_int_equal(json_integer_value(json_array_get(json_object_get(body, "tiers"), 1)), 2);
    json_decref(body);
    channel_message_done(&message);
}

static void test_headers_of_an_event(void **state)
{
    (void) state;
    static const char *const headers[][2] = {
        {"Content-Type", "application/json"}, {"Idempotency-Key", "0123456789abcdef-12"}, {"ce-specversion", "1.0"},
        {"ce-id", "0123456789abcdef-12"}, {"ce-source", "https://status.example"}, {"ce-subject", "service:sm%C3%B6rg%25%20%22"},
        {"ce-time", "2025-11-21T09:44:02.000Z"}, {"X-Tocsin-Signature", "(none)"}, {"X-Tocsin-Timestamp", "(none)"},
        {"Authorization", "Bearer very-secret"}, {"X-Team", "ops"},
    };
    struct receiver_header own[] = {{(char *) "Authorization", (char *) "Bearer very-secret"}, {(char *) "X-Team", (char *) "ops"}};
    struct webhook_receiver webhook = {.headers = own, .n_headers = 2};
    const struct channel_entry channel = {.kind = CHANNEL_WEBHOOK, .webhook = &webhook};
    CLEANUP(mem_freep) OutboxRow *row = occasion_row(&(struct occasion_change) {.key = "service:smörg% \""});
    struct channel_message message;
    occasion_render(row, &channel, &message);
    for (size_t i = 0; i < ARRAY_SIZE(headers); i++) {
        if (strcmp(occasion_header(&message, headers[i][0]), headers[i][1]) != 0)
            fail_msg("%s is %s", headers[i][0], occasion_header(&message, headers[i][0]));
    }
    channel_message_done(&message);
}

/* The vector was made with Python's hmac. */
static void test_signature(void **state)
{
    (void) state;
    char hex[WEBHOOK_SIGNATURE_BYTES];
    webhook_sign("sixteen-is-least", 1763718245, text_of("{\"a\":1}"), hex);
    assert_string_equal(hex, "54bc64e7e739d8684e1488739bff9fea73d5380c72046e2968a69a115d69792e");

    struct webhook_receiver webhook = {.secret = (char *) "sixteen-is-least"};
    const struct channel_entry channel = {.kind = CHANNEL_WEBHOOK, .webhook = &webhook};
    CLEANUP(mem_freep) OutboxRow *row = occasion_row(&(struct occasion_change) {0});
    struct channel_message message;
    occasion_render(row, &channel, &message);
    char expected[WEBHOOK_SIGNATURE_BYTES + 3] = "v1=";
    webhook_sign("sixteen-is-least", 1763718245, buffer_text(&message.body), expected + 3);
    assert_string_equal(occasion_header(&message, "X-Tocsin-Signature"), expected);
    assert_string_equal(occasion_header(&message, "X-Tocsin-Timestamp"), "1763718245");
    channel_message_done(&message);
}

/* A receiver that knows a repeat by its key may compare the bytes. */
static void test_a_repeat_has_the_same_body_and_key(void **state)
{
    (void) state;
    CLEANUP(mem_freep) OutboxRow *row = occasion_row(
        &(struct occasion_change) {.kind = "resolve", .level = "operational", .reason = "config_removed"});
    struct channel_message first, second;
    occasion_render(row, &plain_channel, &first);
    row->attempts = 3;
    row->ambiguous = 1;
    row->last_attempt_ms = 1763718300000;
    row->next_attempt_ms = 1763718400000;
    (void) snprintf(row->reason, sizeof row->reason, "timeout: no answer");
    occasion_render(row, &plain_channel, &second);
    assert_string_equal(first.body.bytes, second.body.bytes);
    assert_string_equal(occasion_header(&first, "Idempotency-Key"), occasion_header(&second, "Idempotency-Key"));
    channel_message_done(&first);
    channel_message_done(&second);
}

static void test_hostile_text_is_text(void **state)
{
    (void) state;
    CLEANUP(mem_freep) OutboxRow *row = occasion_row(&(struct occasion_change) {.key = "service:a\r\nX-Evil: 1"});
    (void) snprintf(row->service_name, sizeof row->service_name, "\"}\xe2\x80\xae evil \x01\xff</script>");
    (void) snprintf(row->detail, sizeof row->detail, "line one\nline two\xc3");
    struct channel_message message;
    occasion_render(row, &plain_channel, &message);
    json_t *body = occasion_body(&message);
    assert_string_equal(occasion_member(body, "name"), "\"} evil  \xef\xbf\xbd</script>");
    assert_string_equal(occasion_member(body, "detail"), "line one line two\xef\xbf\xbd");
    assert_string_equal(occasion_header(&message, "ce-subject"), "service:a%0D%0AX-Evil:%201");
    assert_string_equal(occasion_header(&message, "X-Evil"), "(none)");
    json_decref(body);
    channel_message_done(&message);
}

static void fill(char *text, size_t cap, const char *unit)
{
    size_t n = strlen(unit), len = 0;
    for (; len + n < cap; len += n)
        memcpy(text + len, unit, n);
    text[len] = '\0';
}

/* Every text as long as it can be, of characters that JSON writes longest. */
static void test_the_largest_row_fits(void **state)
{
    (void) state;
    CLEANUP(mem_freep) OutboxRow *row = occasion_row(&(struct occasion_change) {0});
    row->sequence = INT64_MAX;
    fill(row->key, sizeof row->key, "\"");
    fill(row->service_name, sizeof row->service_name, "\"");
    fill(row->detail, sizeof row->detail, "\"");
    fill(row->truth, sizeof row->truth, "\"");
    fill(row->link, sizeof row->link, "\"");
    fill(row->runbook, sizeof row->runbook, "\"");
    row->affected_count = 8;
    for (size_t i = 0; i < 8; i++)
        fill(row->affected[i], sizeof row->affected[i], "\"");
    row->n_affected = UINT32_MAX;
    struct channel_message message;
    occasion_render(row, &plain_channel, &message);
    assert_in_range(message.body.len, 2000, CHANNEL_BODY_BYTES_MAX);
    json_t *body = occasion_body(&message);
    assert_int_equal(json_array_size(json_object_get(body, "affected")), 8);
    assert_string_equal(occasion_member(body, "affected_total"), "4294967295");
    assert_int_equal(strlen(occasion_member(body, "detail")), sizeof row->detail - 1);
    json_decref(body);
    channel_message_done(&message);
}

/* The schema people program against and the members that are sent are one list. */
static void test_the_schema_names_every_member(void **state)
{
    (void) state;
    struct error err = {0};
    CLEANUP(buffer_done) struct buffer text;
    buffer_init(&text, 1 << 20);
    if (file_read(SOURCE_ROOT "/aggregator/notify/webhook.schema.json", &text, &err) < 0)
        fail_msg("%s", err.text);
    json_t *schema = json_loadb(text.bytes, text.len, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(schema);
    json_t *properties = json_object_get(schema, "properties");
    json_t *required = json_object_get(schema, "required");

    CLEANUP(mem_freep) OutboxRow *row = occasion_row(&(struct occasion_change) {0});
    struct channel_message message;
    occasion_render(row, &plain_channel, &message);
    json_t *body = occasion_body(&message);
    const char *name;
    json_t *value;
    json_object_foreach(body, name, value) {
        if (json_object_get(properties, name) == NULL)
            fail_msg("the schema does not know %s", name);
        assert_non_null(json_object_get(json_object_get(properties, name), "description"));
    }
    json_object_foreach(properties, name, value) {
        if (json_object_get(body, name) == NULL)
            fail_msg("%s is not sent", name);
    }
    assert_int_equal(json_array_size(required), json_object_size(properties));
    json_decref(body);
    json_decref(schema);
    channel_message_done(&message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_kind_says_what_it_is),
        cmocka_unit_test(test_the_whole_of_a_raise),
        cmocka_unit_test(test_headers_of_an_event),
        cmocka_unit_test(test_signature),
        cmocka_unit_test(test_a_repeat_has_the_same_body_and_key),
        cmocka_unit_test(test_hostile_text_is_text),
        cmocka_unit_test(test_the_largest_row_fits),
        cmocka_unit_test(test_the_schema_names_every_member),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "occasion.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "common/mem.h"

static const OutboxRow first = {
    .sequence = 12, .channel = "chat", .receiver = "chat", .state = OutboxState_OUTBOX_CLAIMED, .key = "service:github",
    .kind = "raise", .level = "major_outage", .service = "github", .service_name = "GitHub", .tier = 1, .incident = "inc-4",
    .decided_at_ms = 1763718242000, .since_ms = 1763717642000, .said_vendor = "operational", .said_probe = "major_outage",
    .dependents = 3, .tiers = {1, 2, 0}, .pct = 35, .detail = "API: Major outage", .link = "https://www.githubstatus.com",
    .runbook = "https://wiki.example/github", .truth = "page green, red from 3 of 4 of our hosts",
    .affected_count = 2, .affected = {"Shop", "Payroll"}, .n_affected = 9,
};

static void set(char *to, size_t cap, const char *text)
{
    if (text != NULL)
        (void) snprintf(to, cap, "%s", text);
}

OutboxRow *occasion_row(const struct occasion_change *change)
{
    OutboxRow *row = mem_new(sizeof *row);

    *row = first;
    set(row->key, sizeof row->key, change->key);
    set(row->kind, sizeof row->kind, change->kind);
    set(row->level, sizeof row->level, change->level);
    set(row->previous_level, sizeof row->previous_level, change->previous);
    set(row->resolve_reason, sizeof row->resolve_reason, change->reason);
    row->told_before = change->previous != NULL;
    return row;
}

void occasion_render(const OutboxRow *row, const struct channel_entry *channel, struct channel_message *out)
{
    struct error err = {0};
    const struct channel_occasion occasion = {row, channel, "https://status.example", "0123456789abcdef", 1763718245500};

    channel_message_init(out);
    int r = channel_types[channel->kind].render(&occasion, out, &err);
    if (r != 0)
        fail_msg("rendered: %d, %s", r, err.text);
}

json_t *occasion_body(const struct channel_message *message)
{
    json_error_t fault;
    json_t *body = json_loadb(message->body.bytes, message->body.len, JSON_REJECT_DUPLICATES, &fault);

    if (body == NULL)
        fail_msg("no JSON: %s", fault.text);
    return body;
}

const char *occasion_header(const struct channel_message *message, const char *name)
{
    const char *found = NULL;
    size_t len = strlen(name);

    assert_null(message->headers[message->n_headers]);
    for (size_t i = 0; i < message->n_headers; i++) {
        const char *line = message->headers[i];
        if (strncasecmp(line, name, len) != 0 || line[len] != ':')
            continue;
        if (found != NULL)
            fail_msg("%s is there twice", name);
        found = line + len + 2;
    }
    return found == NULL ? "(none)" : found;
}

const char *occasion_member(const json_t *object, const char *name)
{
    static char number[32];
    const json_t *value = json_object_get(object, name);

    if (json_is_string(value))
        return json_string_value(value);
    if (json_is_integer(value)) {
        (void) snprintf(number, sizeof number, "%lld", json_integer_value(value));
        return number;
    }
    return value == NULL ? "(none)" : json_is_true(value) ? "true" : json_is_false(value) ? "false"
                                  : json_is_null(value) ? "null" : "(other)";
}

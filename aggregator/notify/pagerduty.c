/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/notify/pagerduty.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/notify/facts.h"
#include "aggregator/notify/wording.h"
#include "common/clock.h"
#include "common/mem.h"
#include "common/status.h"

static_assert((int) CHANNEL_BODY_BYTES_MAX <= (int) PAGERDUTY_EVENT_BYTES_MAX, "no body of ours is too large for an event");

enum { SUMMARY_BYTES_MAX = 900, PART_BYTES_MAX = 240 };    /* bytes: never more characters than that */

void pagerduty_dedup_key(const char *key, char out[static PAGERDUTY_DEDUP_BYTES_MAX + 1])
{
    size_t len = strlen(key);
    if (len <= PAGERDUTY_DEDUP_BYTES_MAX) {
        memcpy(out, key, len + 1);
        return;
    }
    unsigned char hash[crypto_hash_sha256_BYTES];
    char hex[2 * sizeof hash + 1];
    (void) crypto_hash_sha256(hash, (const unsigned char *) key, len);
    text_to_hex(hash, sizeof hash, hex);
    (void) snprintf(out, PAGERDUTY_DEDUP_BYTES_MAX + 1, "sha256:%s", hex);
}

/* ---------------------------------------------------------------- which event, if any */

static bool is_kind(const OutboxRow *row, const char *kind)
{
    return strcmp(row->kind, kind) == 0;
}

/* Levels of services have an order; of other words any change is news. */
static bool is_worse_than_told(const OutboxRow *row)
{
    enum status level, told;
    if (status_parse(text_of(row->level), &level) && status_parse(text_of(row->previous_level), &told))
        return status_rank(level) > status_rank(told);
    return strcmp(row->level, row->previous_level) != 0;
}

/* What it may never have heard of, or not how bad it is, is an event whatever its kind. */
static bool is_needless(const OutboxRow *row)
{
    return (is_kind(row, "improve") || is_kind(row, "reminder")) && row->told_before && row->ambiguous == 0
        && !is_worse_than_told(row);
}

static const char *action_of(const OutboxRow *row)
{
    return wording_is_resolve(row) || wording_is_flap_stop(row) ? "resolve" : "trigger";
}

static const char *severity_of(const OutboxRow *row)
{
    static const struct { const char *level; const char *severity; } severities[] = {
        { "major_outage", "critical" }, { "partial_outage", "error" }, { "degraded", "warning" }, { "operational", "info" },
        { "mass_silence", "critical" }, { "silent", "error" },         { "blind", "error" },      { "broken", "warning" },
        { "fast", "critical" },         { "slow", "error" },           { "ticket", "warning" },
    };

    if (wording_is_test(row))
        return "info";
    for (size_t i = 0; i < ARRAY_SIZE(severities); i++) {
        if (strcmp(row->level, severities[i].level) == 0)
            return severities[i].severity;
    }
    return "warning";                  /* unknown, and words to come: somebody should look */
}

/* ---------------------------------------------------------------- the payload */

static void put(json_t *object, const char *name, json_t *value)
{
    if (value == NULL || json_object_set_new(object, name, value) != 0)
        abort();                       /* names and texts are ours or cleaned, so only memory can be missing */
}

static json_t *plain(const char *text, size_t bytes_max)
{
    struct buffer clean;
    buffer_init(&clean, SUMMARY_BYTES_MAX + 8);
    wording_put_plain(&clean, text, bytes_max);
    json_t *string = clean.len == 0 ? json_string("tocsin") : json_stringn(clean.bytes, clean.len);
    buffer_done(&clean);
    return string;
}

static void put_problem(struct buffer *out, const OutboxRow *row)
{
    if (wording_subject(row) == SUBJECT_SERVICE) {
        (void) buffer_put_text(out, "; ");
        wording_put_impact(out, row);
    }
    if (row->truth[0] != '\0') {
        (void) buffer_put_text(out, "; ");
        wording_put_plain(out, row->truth, PART_BYTES_MAX);
    }
}

static json_t *summary_of(const OutboxRow *row)
{
    struct buffer text;
    buffer_init(&text, SUMMARY_BYTES_MAX);
    (void) buffer_put_text(&text, row->demo ? "[DEMO] " : "");
    wording_put_plain(&text, wording_name(row), PART_BYTES_MAX);
    (void) buffer_put_text(&text, ": ");
    wording_put_state(&text, row);
    if (wording_is_test(row))
        (void) buffer_put_text(&text, "; nothing is wrong, and it is resolved at once");
    else if (!wording_is_resolve(row))
        put_problem(&text, row);

    json_t *summary = plain(text.bytes, SUMMARY_BYTES_MAX);
    buffer_done(&text);
    return summary;
}

/* What is affected: the service, else the collector that is not heard from, else ourselves. */
static const char *affected_system(const OutboxRow *row)
{
    return row->service[0] != '\0' ? row->service : row->collector[0] != '\0' ? row->collector : "tocsin";
}

static json_t *payload_of(const struct channel_occasion *occasion)
{
    const OutboxRow *row = occasion->row;
    char time[RFC3339_BYTES], group[16];
    json_t *payload = json_object();

    put(payload, "summary", summary_of(row));
    put(payload, "source", plain(affected_system(row), PART_BYTES_MAX));
    put(payload, "severity", json_string(severity_of(row)));
    put(payload, "timestamp", json_string(clock_to_rfc3339(row->decided_at_ms, time)));
    put(payload, "component", plain(row->source[0] != '\0' ? row->source : wording_name(row), PART_BYTES_MAX));
    if (row->tier > 0) {
        (void) snprintf(group, sizeof group, "tier-%u", (unsigned) row->tier);
        put(payload, "group", json_string(group));
    }
    put(payload, "class", json_string(wording_subject_name(wording_subject(row))));
    put(payload, "custom_details", facts_of(occasion));
    return payload;
}

static void add_link(json_t *links, const char *href, const char *text)
{
    bool is_link = text_starts_with(text_of(href), "https://") || text_starts_with(text_of(href), "http://");

    if (is_link && text_is_utf8(text_of(href)))
        (void) json_array_append_new(links, json_pack("{s:s, s:s}", "href", href, "text", text));
}

static json_t *links_of(const struct channel_occasion *occasion)
{
    const OutboxRow *row = occasion->row;
    char explain[FACTS_URL_BYTES];
    json_t *links = json_array();

    (void) snprintf(explain, sizeof explain, "%s/api/services/%s/explain", occasion->public_url, row->service);
    add_link(links, row->runbook, "Runbook");
    add_link(links, row->service[0] == '\0' ? "" : explain, "Why this was told");
    add_link(links, row->link, "Source");
    return links;
}

static json_t *event_of(const struct channel_occasion *occasion)
{
    const OutboxRow *row = occasion->row;
    char dedup[PAGERDUTY_DEDUP_BYTES_MAX + 1], page[FACTS_URL_BYTES];
    json_t *event = json_object();

    pagerduty_dedup_key(row->key, dedup);
    facts_page(occasion, page);
    put(event, "routing_key", json_string(occasion->channel->pagerduty->routing_key));
    put(event, "event_action", json_string(action_of(row)));
    put(event, "dedup_key", plain(dedup, PAGERDUTY_DEDUP_BYTES_MAX));
    put(event, "payload", payload_of(occasion));
    put(event, "client", json_string("Tocsin"));
    put(event, "client_url", plain(page, FACTS_URL_BYTES));
    put(event, "links", links_of(occasion));
    return event;
}

static int take(const char *bytes, size_t len, void *buffer)
{
    return buffer_put(buffer, bytes, len) < 0 ? -1 : 0;
}

int pagerduty_render(const struct channel_occasion *occasion, struct channel_message *out, struct error *err)
{
    if (is_needless(occasion->row)) {
        (void) error_set(err, 0, "PagerDuty has no event for %s: it was told %s already", occasion->row->kind,
                         occasion->row->previous_level);
        return CHANNEL_NEEDLESS;
    }
    json_t *event = event_of(occasion);
    int r = json_dump_callback(event, take, &out->body, JSON_COMPACT);
    json_decref(event);
    if (r < 0)
        return error_set(err, -EMSGSIZE, "the event passes %zu bytes", out->body.max_bytes);
    return channel_message_header(out, err, "Content-Type: application/json");
}

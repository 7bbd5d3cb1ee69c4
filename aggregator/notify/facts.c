/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/notify/facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/notify/wording.h"
#include "common/clock.h"
#include "common/mem.h"

enum { TEXT_BYTES_MAX = 600, SUMMARY_BYTES_MAX = 400 };

void facts_id(const struct channel_occasion *occasion, char out[static FACTS_ID_BYTES])
{
    (void) snprintf(out, FACTS_ID_BYTES, "%s-%llu", occasion->origin, (unsigned long long) occasion->row->sequence);
}

void facts_page(const struct channel_occasion *occasion, char out[static FACTS_URL_BYTES])
{
    const char *service = occasion->row->service;

    (void) snprintf(out, FACTS_URL_BYTES, "%s/%s%s", occasion->public_url, service[0] == '\0' ? "" : "#", service);
}

static void put(json_t *object, const char *name, json_t *value)
{
    if (json_object_set_new(object, name, value == NULL ? json_null() : value) != 0)
        abort();                       /* names are ours, so only memory can be missing */
}

/* NULL for nothing. */
static json_t *plain(const char *text)
{
    struct buffer clean;
    buffer_init(&clean, TEXT_BYTES_MAX);
    wording_put_plain(&clean, text, TEXT_BYTES_MAX - 1);

    json_t *string = clean.len == 0 ? NULL : json_stringn(clean.bytes, clean.len);
    buffer_done(&clean);
    return string;
}

static json_t *count(uint32_t n)
{
    return json_integer((json_int_t) n);
}

static json_t *time_of(int64_t at_ms)
{
    char text[RFC3339_BYTES];

    return at_ms <= 0 ? NULL : json_string(clock_to_rfc3339(at_ms, text));
}

static json_t *summary_of(const OutboxRow *row)
{
    struct buffer text;
    buffer_init(&text, SUMMARY_BYTES_MAX);
    wording_put_plain(&text, wording_name(row), SUMMARY_BYTES_MAX / 2);
    (void) buffer_put_text(&text, ": ");
    wording_put_state(&text, row);

    json_t *summary = plain(text.bytes);
    buffer_done(&text);
    return summary;
}

static json_t *impact_of(const OutboxRow *row)
{
    if (wording_subject(row) != SUBJECT_SERVICE || wording_is_resolve(row))
        return NULL;

    struct buffer text;
    buffer_init(&text, SUMMARY_BYTES_MAX);
    wording_put_impact(&text, row);
    json_t *impact = plain(text.bytes);
    buffer_done(&text);
    return impact;
}

/* ---------------------------------------------------------------- groups of members */

static void put_alert(json_t *object, const OutboxRow *row)
{
    put(object, "kind", plain(row->kind));
    put(object, "key", plain(row->key));
    put(object, "class", json_string(wording_subject_name(wording_subject(row))));
    put(object, "channel", plain(row->channel));
    put(object, "receiver", plain(row->receiver));
    put(object, "summary", summary_of(row));
    put(object, "level", plain(row->level));
    put(object, "previous_level", plain(row->previous_level));
    put(object, "resolve_reason", wording_is_resolve(row) ? plain(row->resolve_reason) : NULL);
    put(object, "since", time_of(row->since_ms));
    put(object, "decided_at", time_of(row->decided_at_ms));
}

static void put_subject(json_t *object, const OutboxRow *row)
{
    put(object, "service", plain(row->service));
    put(object, "name", plain(wording_name(row)));
    put(object, "tier", row->tier == 0 ? NULL : count(row->tier));
    put(object, "incident", plain(row->incident));
    put(object, "collector", plain(row->collector));
    put(object, "source", plain(row->source));
}

static void put_impact(json_t *object, const OutboxRow *row)
{
    json_t *affected = json_array();
    for (size_t i = 0; i < row->affected_count; i++)
        (void) json_array_append_new(affected, plain(row->affected[i]));

    put(object, "impact", impact_of(row));
    put(object, "dependents", count(row->dependents));
    put(object, "tiers", json_pack("[I, I, I]", (json_int_t) row->tiers[0], (json_int_t) row->tiers[1],
                                   (json_int_t) row->tiers[2]));
    put(object, "affected", affected);
    put(object, "affected_total", count(row->n_affected));
}

static void put_evidence(json_t *object, const OutboxRow *row)
{
    enum subject subject = wording_subject(row);

    put(object, "said_vendor", plain(row->said_vendor));
    put(object, "said_probe", plain(row->said_probe));
    put(object, "truth", plain(row->truth));
    put(object, "detail", plain(row->detail));
    put(object, "collectors_silent", subject == SUBJECT_SELF ? count(row->silent) : NULL);
    put(object, "collectors_known", subject == SUBJECT_SELF ? count(row->known) : NULL);
    put(object, "change_percent", subject == SUBJECT_FLAP ? count(row->pct) : NULL);
}

static void put_links(json_t *object, const struct channel_occasion *occasion)
{
    const OutboxRow *row = occasion->row;
    char page[FACTS_URL_BYTES];
    char explain[FACTS_URL_BYTES];
    facts_page(occasion, page);
    (void) snprintf(explain, sizeof explain, "%s/api/services/%s/explain", occasion->public_url, row->service);

    put(object, "link", plain(row->link));
    put(object, "runbook", plain(row->runbook));
    put(object, "page", plain(page));
    put(object, "explain", row->service[0] == '\0' ? NULL : plain(explain));
}

json_t *facts_of(const struct channel_occasion *occasion)
{
    const OutboxRow *row = occasion->row;
    char id[FACTS_ID_BYTES];
    facts_id(occasion, id);

    json_t *object = json_object();
    put(object, "version", json_integer(1));
    put(object, "id", json_string(id));
    put(object, "sequence", json_integer((json_int_t) row->sequence));
    put_alert(object, row);
    put_subject(object, row);
    put_impact(object, row);
    put_evidence(object, row);
    put_links(object, occasion);
    put(object, "demo", json_boolean(row->demo));
    put(object, "test", json_boolean(wording_is_test(row)));
    return object;
}

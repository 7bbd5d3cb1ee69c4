/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/replay/decision_json.h"

#include <assert.h>
#include <string.h>

#include "common/mem.h"

/* ---------------------------------------------------------------- values */

static void put(json_t *object, const char *key, json_t *value)
{
    int r = json_object_set_new(object, key, value);
    assert(r == 0);    /* our own words and names, which were read from UTF-8 */
}

static void put_text(json_t *object, const char *key, const char *text)
{
    put(object, key, text == NULL ? json_null() : json_string(text));
}

static void put_number(json_t *object, const char *key, int64_t number)
{
    put(object, key, json_integer(number));
}

static json_t *names_json(const char *const *names, size_t n)
{
    json_t *list = json_array();

    for (size_t i = 0; i < n; i++)
        (void) json_array_append_new(list, json_string(names[i]));
    return list;
}

static const char *reason_or_null(enum reason reason)
{
    return reason == REASON_NONE ? NULL : reason_name(reason);
}

/* ---------------------------------------------------------------- what is common to several kinds */

static void put_change(json_t *out, const struct decision *decision)
{
    put_text(out, "from", decision->from);
    put_text(out, "to", decision->to);
}

static void put_alert(json_t *out, const struct decision *decision)
{
    put_text(out, "kind", notify_kind_name(decision->notify));
    put_text(out, "key", decision->key);
    put_text(out, "level", decision->level);
}

/* ---------------------------------------------------------------- the kinds */

static void show_status(json_t *out, const struct decision *decision)
{
    put_text(out, "service", decision->service);
    put_change(out, decision);
}

static void show_hard(json_t *out, const struct decision *decision)
{
    put_text(out, "service", decision->service);
    put_change(out, decision);
    put_text(out, "via", decision->via);
    put_number(out, "polls", decision->polls);
    put_number(out, "dwell_ms", decision->dwell_ms);
}

static void show_poller(json_t *out, const struct decision *decision)
{
    put_text(out, "service", decision->service);
    put_text(out, "source", decision->source);
    put_change(out, decision);
}

static void show_collector(json_t *out, const struct decision *decision)
{
    put_text(out, "collector", decision->collector);
    put_change(out, decision);
}

/* What is told of a service beside the level. */
static void put_service(json_t *out, const struct decision *decision)
{
    json_t *said = json_object();
    put_text(said, "vendor", status_name(decision->said_vendor));
    put_text(said, "probe", status_name(decision->said_probe));
    put(out, "said", said);
    put_number(out, "since", decision->since_ms);

    bool tells_impact = decision->notify == NOTIFY_RAISE || decision->notify == NOTIFY_ESCALATE ||
        decision->notify == NOTIFY_AGGREGATE;
    if (tells_impact) {
        json_t *impact = json_object();
        json_t *tiers = json_array();
        for (size_t i = 0; i < ARRAY_SIZE(decision->tiers); i++)
            (void) json_array_append_new(tiers, json_integer(decision->tiers[i]));
        put_number(impact, "dependents", decision->dependents);
        put(impact, "tiers", tiers);
        put(out, "impact", impact);
    }
    if (decision->affected != NULL)
        put(out, "affected", names_json(decision->affected, decision->n_affected));
}

static bool is_of_class(const struct decision *decision, const char *prefix)
{
    return strncmp(decision->key, prefix, strlen(prefix)) == 0;
}

static void show_notify(json_t *out, const struct decision *decision)
{
    put_alert(out, decision);
    put(out, "channels", names_json(decision->channels, decision->n_channels));
    put_text(out, "incident", decision->incident);
    if (is_of_class(decision, "service:"))
        put_service(out, decision);
    if (is_of_class(decision, "self:")) {
        put_number(out, "silent", decision->silent);
        put_number(out, "known", decision->known);
    }
    if (decision->reason != REASON_NONE)
        put_text(out, "reason", reason_name(decision->reason));
}

static void show_suppress(json_t *out, const struct decision *decision)
{
    put_alert(out, decision);
    put_text(out, "reason", reason_name(decision->reason));
    put_text(out, "by", decision->by);
}

static void show_manual(json_t *out, const struct decision *decision)
{
    put_text(out, "op", decision->op);
    put_text(out, "service", decision->service);
    put_text(out, "by", decision->by);
    put(out, "until", decision->until_ms == 0 ? json_null() : json_integer(decision->until_ms));
    put_text(out, "reason", reason_or_null(decision->reason));
}

static void show_dropped(json_t *out, const struct decision *decision)
{
    put_text(out, "reason", reason_name(decision->reason));
    put_text(out, "service", decision->service);
    put_text(out, "source", decision->source);
}

static void show_gap(json_t *out, const struct decision *decision)
{
    put_number(out, "ms", decision->ms);
}

static void show_config(json_t *out, const struct decision *decision)
{
    put(out, "added", names_json(decision->added, decision->n_added));
    put(out, "removed", names_json(decision->removed, decision->n_removed));
}

static void show_reject(json_t *out, const struct decision *decision)
{
    put_text(out, "kind", decision->op);
    put_text(out, "reason", reason_name(decision->reason));
}

static void show_flap(json_t *out, const struct decision *decision)
{
    put_text(out, "service", decision->service);
    put_text(out, "op", decision->op);
    put_number(out, "pct", decision->pct);
    put_text(out, "via", decision->via);
}

static void show_incident(json_t *out, const struct decision *decision)
{
    put_text(out, "op", decision->op);
    put_text(out, "incident", decision->incident);
    put_text(out, "service", decision->service);
}

static void show_ack(json_t *out, const struct decision *decision)
{
    put_text(out, "op", decision->op);
    put_text(out, "key", decision->key);
    put_text(out, "by", decision->by);
    put_text(out, "reason", reason_or_null(decision->reason));
}

static void show_maint(json_t *out, const struct decision *decision)
{
    put_text(out, "op", decision->op);
    put_text(out, "id", decision->id);
}

static void (*const show[DECISION_KINDS])(json_t *, const struct decision *) = {
    [DECISION_STATUS] = show_status,
    [DECISION_HARD] = show_hard,
    [DECISION_POLLER] = show_poller,
    [DECISION_COLLECTOR] = show_collector,
    [DECISION_NOTIFY] = show_notify,
    [DECISION_SUPPRESS] = show_suppress,
    [DECISION_MANUAL] = show_manual,
    [DECISION_DROP] = show_dropped,
    [DECISION_NOTE] = show_dropped,
    [DECISION_GAP] = show_gap,
    [DECISION_CONFIG] = show_config,
    [DECISION_REJECT] = show_reject,
    [DECISION_FLAP] = show_flap,
    [DECISION_INCIDENT] = show_incident,
    [DECISION_ACK] = show_ack,
    [DECISION_MAINT] = show_maint,
};

json_t *decision_json(const struct decision *decision)
{
    json_t *out = json_object();

    put_number(out, "t", decision->at_ms);
    put_text(out, "d", decision_kind_name(decision->kind));
    show[decision->kind](out, decision);
    return out;
}

json_t *reject_json(const int64_t *t, const char *kind, enum reason reason)
{
    json_t *out = json_object();

    put(out, "t", t == NULL ? json_null() : json_integer(*t));
    put_text(out, "d", decision_kind_name(DECISION_REJECT));
    put_text(out, "kind", kind);
    put_text(out, "reason", reason_name(reason));
    return out;
}

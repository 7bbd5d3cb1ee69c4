/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/alert_filter.h"

#include <stdio.h>
#include <string.h>

#include "aggregator/api/summary.h"
#include "aggregator/engine/config.h"
#include "common/mem.h"
#include "common/status.h"

static const struct { const char *level, *severity; } severities[] = {
    {"major_outage", "critical"}, {"fast", "critical"}, {"partial_outage", "error"}, {"degraded", "warning"},
    {"slow", "warning"},          {"ticket", "info"},   {"broken", "info"},          {"silent", "info"},
    {"blind", "info"},            {"mass_silence", "info"},
};

const char *alert_severity(const char *level)
{
    for (size_t i = 0; i < ARRAY_SIZE(severities); i++) {
        if (strcmp(severities[i].level, level) == 0)
            return severities[i].severity;
    }
    return "info";
}

static void take_host(struct text name, char separator, char *out)
{
    struct text host = {0};

    (void) text_take_until(&name, separator, &host);
    (void) text_copy(out, ID_BYTES_MAX + 1, host);
}

/* A check is HOST:CHECK, a collector's key collector:NAME, a poller's poller:SERVICE/COLLECTOR/CHECK. */
bool alert_host(const AlertState *alert, char out[static ID_BYTES_MAX + 1])
{
    const char *rest = strchr(alert->key, alert->alert_class == ALERT_POLLER ? '/' : ':');

    out[0] = '\0';
    if (alert->collector[0] != '\0')
        (void) text_copy(out, ID_BYTES_MAX + 1, text_of(alert->collector));
    else if (strchr(alert->service, ':') != NULL)
        take_host(text_of(alert->service), ':', out);
    else if (alert->alert_class == ALERT_COLLECTOR && rest != NULL)
        take_host(text_of(rest + 1), '\0', out);
    else if (alert->alert_class == ALERT_POLLER && rest != NULL && strchr(rest + 1, '/') != NULL)
        take_host(text_of(rest + 1), '/', out);
    return out[0] != '\0';
}

static bool is_level(struct text value)
{
    for (size_t i = 0; i < ARRAY_SIZE(severities); i++) {
        if (text_is(value, severities[i].level))
            return true;
    }
    return false;
}

static bool is_severity(struct text value)
{
    for (size_t i = 0; i < ARRAY_SIZE(severities); i++) {
        if (text_is(value, severities[i].severity))
            return true;
    }
    return false;
}

static bool is_class(struct text value)
{
    for (uint32_t i = 0; i < ALERT_CLASS_COUNT; i++) {
        if (text_is(value, alert_class_word(i)))
            return true;
    }
    return false;
}

static bool is_state(struct text value)
{
    return text_is(value, "open") || text_is(value, "closed");
}

static bool is_flag(struct text value)
{
    return text_is(value, "true") || text_is(value, "false");
}

static int check_values(const struct query *query, struct problem *problem)
{
    static const struct { const char *name; bool (*knows)(struct text); const char *words; } words[] = {
        {"state", is_state, "open or closed"},
        {"level", is_level, "major_outage, partial_outage, degraded, broken, silent, blind, fast, slow, ticket or mass_silence"},
        {"severity", is_severity, "critical, error, warning or info"},
        {"class", is_class, "service, poller, collector, slo, self or flap"},
        {"acknowledged", is_flag, "true or false"},
    };

    for (size_t i = 0; i < query->n; i++) {
        for (size_t w = 0; w < ARRAY_SIZE(words); w++) {
            if (text_is(query->parameters[i].name, words[w].name) && !words[w].knows(query->parameters[i].value))
                return problem_set(problem, PROBLEM_PARAMETER, "%s must be %s", words[w].name, words[w].words);
        }
    }
    return 0;
}

int alert_filter_read(const struct query *query, int64_t now_ms, struct alert_filter *out, struct problem *problem)
{
    struct text value;
    bool relative;

    *out = (struct alert_filter) {.query = query, .since_ms = INT64_MIN, .until_ms = INT64_MAX};
    int r = check_values(query, problem);
    if (r == 0)
        r = query_time(query, "since", now_ms, &out->since_ms, &relative, problem);
    if (r == 0)
        r = query_time(query, "until", now_ms, &out->until_ms, &relative, problem);
    if (r < 0)
        return r;
    bool asked = query_get(query, "state", &value);
    out->open = query_admits(query, "state", "open");
    out->closed = asked ? query_admits(query, "state", "closed") : query_get(query, "since", &value);
    return 0;
}

bool alert_filter_admits(const struct alert_filter *filter, const struct alert_item *item)
{
    const struct query *query = filter->query;
    const AlertState *alert = item->alert;
    char host[ID_BYTES_MAX + 1];

    (void) alert_host(alert, host);
    return alert->opened_at_ms <= filter->until_ms && (item->closed_at_ms == 0 || item->closed_at_ms >= filter->since_ms)
           && query_admits(query, "level", item->level) && query_admits(query, "severity", alert_severity(item->level))
           && query_admits(query, "class", alert_class_word(alert->alert_class)) && query_admits(query, "host", host)
           && query_admits(query, "service", alert->service)
           && query_admits(query, "acknowledged", alert->has_ack ? "true" : "false");
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/incident_timeline.h"

#include <stdio.h>
#include <string.h>

#include "aggregator/api/views.h"
#include "aggregator/api/walk.h"
#include "common/limits.h"

enum { ROWS_LOOKED_AT_MAX = 20000 };

/* Which decisions belong to an incident, and what must hold beside their service being a member at the time. */
enum condition { OF_MEMBER, OF_ITS_ALERT, OF_INCIDENT };
static const struct { const char *decision; enum condition condition; } kinds[] = {
    {"hard", OF_MEMBER},         {"manual", OF_MEMBER},    {"flap", OF_MEMBER},          {"notify", OF_ITS_ALERT},
    {"suppress", OF_ITS_ALERT}, {"ack", OF_ITS_ALERT}, {"incident", OF_INCIDENT},
};

struct search {
    struct render *render;
    const IncidentState *incident;
    char id[INCIDENT_BYTES_MAX + 1];
};

static bool is_member(const struct search *search, const char *service, int64_t at_ms)
{
    MemberState member;
    struct store_key key = key_member(search->incident->number, service);

    return service[0] != '\0' && store_get(search->render->txn, TABLE_INCIDENT_MEMBERS, key, &member) == 0
           && at_ms >= member.joined_at_ms;
}

static bool belongs(const struct search *search, const TimelineRow *row, int64_t at_ms)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i].decision, row->decision) != 0)
            continue;
        switch (kinds[i].condition) {
        case OF_MEMBER:
            return is_member(search, row->service, at_ms);
        case OF_ITS_ALERT:
            return text_starts_with(text_of(row->key), "service:") && is_member(search, row->service, at_ms);
        case OF_INCIDENT:
            return strcmp(row->incident, search->id) == 0;
        }
    }
    return false;
}

int incident_timeline(struct render *render, const IncidentState *incident, size_t limit, json_t *items)
{
    struct search search = {.render = render, .incident = incident};
    struct store_range range = {.backwards = true};
    struct store_cursor cursor;
    struct store_key key;
    TimelineRow row;
    bool more = false;

    (void) snprintf(search.id, sizeof search.id, INCIDENT_PREFIX "%llu", (unsigned long long) incident->number);
    if (incident->resolved)
        range.from = key_time(incident->resolved_at_ms, UINT32_MAX);
    int r = views_cursor(render, &range);
    if (r < 0)
        return r;
    store_walk(render->txn, TABLE_TIMELINE, range, &cursor);
    for (size_t looked_at = 0; walk_next(&cursor, &key, &row); looked_at++) {
        int64_t at_ms = 0;
        uint32_t sequence;
        if (!key_to_time(&key, &at_ms, &sequence) || at_ms < incident->opened_at_ms)
            break;
        more = json_array_size(items) == limit || looked_at == ROWS_LOOKED_AT_MAX;
        if (more)
            break;
        key_to_hex(&key, render->next_cursor);
        if (belongs(&search, &row, at_ms))
            json_array_append_new(items, views_timeline_json(&key, &row));
    }
    store_walk_end(&cursor);
    if (!more)
        render->next_cursor[0] = '\0';
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GET /api/incidents, newest first, and /api/incidents/{id}. A filter may pass over many rows, so one answer looks at a
 * bounded number of them and hands out a cursor at the place it came to.
 */
#include <stdio.h>
#include <string.h>

#include "aggregator/api/body.h"
#include "aggregator/api/incident_timeline.h"
#include "aggregator/api/views.h"
#include "aggregator/api/walk.h"
#include "common/limits.h"

enum { INCIDENTS_LOOKED_AT_MAX = 20000, NAMED_MAX = 20, MEMBERS_MAX = 1000 };

static const char *state_of(const IncidentState *row)
{
    return row->resolved ? "resolved" : "open";
}

/* The members' ids, then maybe their names and states: at most max. */
static json_t *members_json(struct render *render, uint64_t number, size_t max,
                            json_t *(*show)(struct render *, const MemberState *))
{
    struct store_range range = {.prefix = key_number(number)};
    struct store_cursor cursor;
    MemberState member;
    json_t *list = json_array();

    store_walk(render->txn, TABLE_INCIDENT_MEMBERS, range, &cursor);
    while (json_array_size(list) < max && walk_next(&cursor, NULL, &member))
        json_array_append_new(list, show(render, &member));
    store_walk_end(&cursor);
    return list;
}

static json_t *id_json(struct render *render, const MemberState *member)
{
    (void) render;
    return body_string(member->service);
}

static json_t *member_json(struct render *render, const MemberState *member)
{
    const struct service_entry *entry = registry_find(&render->config->registry, member->service);
    ServiceState state;
    AlertState alert;
    char key[KEY_BYTES_MAX + 1];
    json_t *object = json_object();

    bool seen = store_get(render->txn, TABLE_SERVICES, key_name(member->service), &state) == 0;
    (void) snprintf(key, sizeof key, "service:%s", member->service);
    body_text(object, "id", member->service);
    body_text(object, "name", entry == NULL ? member->service : entry->name);
    body_status(object, "state", seen ? status_from_number((int) state.effective) : STATUS_UNKNOWN);
    body_status(object, "hard_state", seen ? status_from_number((int) state.hard) : STATUS_UNKNOWN);
    body_time(object, "joined_at", member->joined_at_ms);
    body_time(object, "returned_at", member->returned_at_ms);
    body_bool(object, "alert_open", store_get(render->txn, TABLE_ALERTS, key_name(key), &alert) == 0);
    return object;
}

static json_t *incident_json(struct render *render, const IncidentState *row)
{
    char id[INCIDENT_BYTES_MAX + 1];
    json_t *object = json_object();

    (void) snprintf(id, sizeof id, INCIDENT_PREFIX "%llu", (unsigned long long) row->number);
    body_text(object, "id", id);
    body_text(object, "state", state_of(row));
    body_time(object, "opened_at", row->opened_at_ms);
    body_time(object, "last_joined_at", row->joined_at_ms);
    body_time(object, "resolved_at", row->resolved ? row->resolved_at_ms : 0);
    body_status(object, "peak", status_from_number((int) row->peak));
    body_put(object, "services", members_json(render, row->number, NAMED_MAX, id_json));
    body_int(object, "services_total", row->members);
    return object;
}

static int check_state(const struct render *render)
{
    const struct query *query = &render->request->query;

    for (size_t i = 0; i < query->n; i++) {
        struct text value = query->parameters[i].value;
        if (text_is(query->parameters[i].name, "state") && !text_is(value, "open") && !text_is(value, "resolved"))
            return problem_set(render->problem, PROBLEM_PARAMETER, "state must be open or resolved");
    }
    return 0;
}

/* Whether one of the services that are asked for is among the members. */
static bool lists_service(const struct render *render, const IncidentState *row)
{
    const struct query *query = &render->request->query;
    bool asked = false;

    for (size_t i = 0; i < query->n; i++) {
        MemberState member;
        char service[SERVICE_BYTES_MAX + 1];
        if (!text_is(query->parameters[i].name, "service"))
            continue;
        asked = true;
        if (text_copy(service, sizeof service, query->parameters[i].value)
            && store_get(render->txn, TABLE_INCIDENT_MEMBERS, key_member(row->number, service), &member) == 0)
            return true;
    }
    return !asked;
}

int views_incidents(struct render *render)
{
    struct store_range range = {.backwards = true};
    struct store_cursor cursor;
    struct store_key key;
    IncidentState row;
    size_t limit = 0, looked_at = 0;
    bool more = false;

    int r = check_state(render);
    if (r == 0)
        r = query_limit(&render->request->query, &limit, render->problem);
    if (r == 0)
        r = views_cursor(render, &range);
    if (r < 0)
        return r;
    json_t *items = json_array();
    store_walk(render->txn, TABLE_INCIDENTS, range, &cursor);
    while (!more && walk_next(&cursor, &key, &row)) {
        more = json_array_size(items) == limit || looked_at++ == INCIDENTS_LOOKED_AT_MAX;
        if (more)
            break;
        key_to_hex(&key, render->next_cursor);
        if (query_admits(&render->request->query, "state", state_of(&row)) && lists_service(render, &row))
            json_array_append_new(items, incident_json(render, &row));
    }
    store_walk_end(&cursor);
    render_read_done(render);
    if (!more)
        render->next_cursor[0] = '\0';
    json_t *list = views_list(render, items);
    views_put_world(render, list);
    return body_write(list, render->out);
}

/* False: no id of an incident. Only the form in which we write it is one. */
static bool read_id(const char *id, uint64_t *number)
{
    struct text rest = text_of(id);
    int64_t value;
    size_t prefix = strlen(INCIDENT_PREFIX);

    if (!text_starts_with(rest, INCIDENT_PREFIX) || id[prefix] == '0')
        return false;
    rest = (struct text) {rest.at + prefix, rest.len - prefix};
    if (!text_to_int64(rest, 1, INT64_MAX, &value))
        return false;
    *number = (uint64_t) value;
    return true;
}

int views_incident(struct render *render)
{
    IncidentState row;
    uint64_t number;
    size_t limit = 0;

    int r = query_limit(&render->request->query, &limit, render->problem);
    if (r < 0)
        return r;
    r = read_id(render->request->item, &number) ? store_get(render->txn, TABLE_INCIDENTS, key_number(number), &row)
                                                : STORE_ABSENT;
    if (r == STORE_ABSENT)
        return problem_set(render->problem, PROBLEM_NOT_FOUND, "no incident has the id %.64s", render->request->item);
    if (r < 0)
        return problem_set(render->problem, PROBLEM_INTERNAL, "the row of this incident cannot be read");

    json_t *timeline = json_array();
    r = incident_timeline(render, &row, limit, timeline);
    if (r < 0) {
        json_decref(timeline);
        return r;
    }
    json_t *object = incident_json(render, &row);
    body_put(object, "members", members_json(render, number, MEMBERS_MAX, member_json));
    render_read_done(render);
    body_put(object, "timeline", timeline);
    body_text(object, "next_cursor", render->next_cursor);
    views_put_world(render, object);
    return body_write(object, render->out);
}

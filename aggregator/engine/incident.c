/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/engine/incident.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

#define MEMBER_AMONG(at) container_of(at, struct member, among)
#define MEMBER_OF(at) container_of(at, struct member, of)
#define EACH(at, head) const struct link *at = (head)->next; at != (head); at = at->next

static int rank_of(const struct service *service)
{
    return status_rank((enum status) service->hard);
}

void incident_id_render(uint64_t number, char out[static INCIDENT_BYTES_MAX + 1])
{
    out[0] = '\0';
    if (number > 0)
        (void) snprintf(out, INCIDENT_BYTES_MAX + 1, INCIDENT_PREFIX "%llu", (unsigned long long) number);
}

const char *incident_id(uint64_t number, struct arena *arena)
{
    char id[INCIDENT_BYTES_MAX + 1];

    incident_id_render(number, id);
    return number == 0 ? NULL : arena_copy_string(arena, id);
}

static void mark(struct engine *engine, struct incident *incident)
{
    list_add(&engine->dirty_incidents, &incident->dirty);
}

static void decide(struct engine *engine, const struct incident *incident, const char *op, const char *service,
                   struct effects *effects)
{
    struct decision *decision = effects_add(effects, DECISION_INCIDENT, engine->now_ms);

    decision->op = op;
    decision->service = service;
    decision->incident = incident_id(incident->number, &effects->arena);
}

/* ---- which are kept */

static struct incident *find(const struct engine *engine, uint64_t number)
{
    struct incident *incident;

    HASH_FIND(hh, engine->incidents, &number, sizeof number, incident);
    return incident;
}

static struct incident *incident_new(struct engine *engine, uint64_t number)
{
    struct incident *incident = mem_new(sizeof *incident);

    incident->number = number;
    list_init(&incident->members);
    HASH_ADD(hh, engine->incidents, number, sizeof incident->number, incident);
    return incident;
}

static struct member *member_new(struct incident *incident, struct service *service)
{
    struct member *member = mem_new(sizeof *member);

    member->incident = incident;
    member->service = service;
    list_add(&incident->members, &member->among);
    list_add(&service->memberships, &member->of);
    incident->n_alerting += service->alert != NULL ? 1 : 0;
    return member;
}

static void member_free(struct member *member)
{
    list_drop(&member->among);
    list_drop(&member->of);
    list_drop(&member->dirty);
    free(member);
}

static void incident_free(struct engine *engine, struct incident *incident)
{
    while (!list_is_empty(&incident->members))
        member_free(MEMBER_AMONG(incident->members.next));
    list_drop(&incident->dirty);
    list_drop(&incident->settling);
    list_drop(&incident->over);
    HASH_DEL(engine->incidents, incident);
    free(incident);
}

/* No service can come back to it, whatever reopen_window_s is going to be. */
static bool is_spent(const struct engine *engine, const struct incident *incident)
{
    int64_t window_ms = param_rows[PARAM_reopen_window_s].max * 1000;

    return incident->resolved && (incident->n_last == 0 || engine->now_ms - incident->resolved_at_ms > window_ms);
}

static bool is_stored(const struct incident *incident)
{
    bool stored = incident->dirty.next == NULL;

    for (EACH(at, &incident->members))
        stored = stored && MEMBER_AMONG(at)->dirty.next == NULL;
    return stored;
}

/* Not before its rows were taken; what has to wait goes with the older ones, later. */
static void forget_if_spent(struct engine *engine, struct incident *incident)
{
    if (is_spent(engine, incident) && is_stored(incident))
        incident_free(engine, incident);
}

static void forget_old(struct engine *engine)
{
    size_t before = SIZE_MAX;

    while (HASH_COUNT(engine->incidents) < before && !list_is_empty(&engine->over)) {
        before = HASH_COUNT(engine->incidents);
        forget_if_spent(engine, container_of(engine->over.next, struct incident, over));
    }
}

/* ---- I1: which one it enters */

/* (a) */
static struct incident *find_listing(const struct service *service)
{
    struct incident *found = NULL;

    for (EACH(at, &service->memberships)) {
        struct incident *incident = MEMBER_OF(at)->incident;
        if (!incident->resolved && (found == NULL || incident->number > found->number))
            found = incident;
    }
    return found;
}

/* (b) for one bad service: the smallest number among what was found so far and its own that may be joined. */
static struct incident *consider(const struct engine *engine, const struct service *member, bool explains,
                                 struct incident *found)
{
    int64_t window_ms = engine->config->params.value[PARAM_correlation_window_s] * 1000;

    for (EACH(at, &member->memberships)) {
        struct incident *incident = MEMBER_OF(at)->incident;
        bool related = engine->now_ms - incident->joined_at_ms <= window_ms || (explains && member->aggregate.active);
        if (!incident->resolved && related && (found == NULL || incident->number < found->number))
            found = incident;
    }
    return found;
}

/* (b) */
static struct incident *find_related(struct engine *engine, const struct service *service)
{
    struct incident *found = NULL;

    uint32_t n = dependency_kin(engine, service, GRAPH_DEPENDENCIES);
    for (uint32_t i = 0; i < n; i++)
        found = consider(engine, engine->kin[i], true, found);
    n = dependency_kin(engine, service, GRAPH_DEPENDENTS);
    for (uint32_t i = 0; i < n; i++)
        found = consider(engine, engine->kin[i], false, found);
    n = dependency_mates(engine, service);
    for (uint32_t i = 0; i < n; i++)
        found = consider(engine, engine->kin[i], false, found);
    return found;
}

/* (c) */
static struct incident *find_last(const struct engine *engine, const struct service *service)
{
    int64_t window_ms = engine->config->params.value[PARAM_reopen_window_s] * 1000;
    struct incident *last = find(engine, service->last_incident);

    bool reopens = last != NULL && last->resolved && engine->now_ms - last->resolved_at_ms <= window_ms;
    return reopens ? last : NULL;
}

/* ---- entering */

static void raise_peak(struct engine *engine, struct incident *incident, int rank)
{
    if (rank <= incident->peak)
        return;
    incident->peak = (uint8_t) rank;
    mark(engine, incident);
}

/* (d) I2 */
static struct incident *open_new(struct engine *engine)
{
    struct incident *incident = incident_new(engine, engine->next_incident++);

    engine->dirty = true;
    engine->counts.open_incidents++;
    incident->opened_at_ms = engine->now_ms;
    return incident;
}

static void reopen(struct engine *engine, struct incident *incident)
{
    incident->resolved = false;
    incident->resolved_at_ms = 0;
    list_drop(&incident->over);
    engine->counts.open_incidents++;
    for (EACH(at, &incident->members))    /* some may be in trouble that began as another incident */
        raise_peak(engine, incident, rank_of(MEMBER_AMONG(at)->service));
}

static void list_member(struct engine *engine, struct incident *incident, struct service *service)
{
    struct member *member = NULL;

    for (EACH(at, &service->memberships)) {
        if (MEMBER_OF(at)->incident == incident)
            member = MEMBER_OF(at);
    }
    if (member == NULL) {
        member = member_new(incident, service);
        member->joined_at_ms = engine->now_ms;
        incident->n_members++;
    } else {
        member->returned_at_ms = engine->now_ms;
    }
    list_add(&engine->dirty_members, &member->dirty);
}

static void set_last(struct engine *engine, struct service *service, struct incident *incident)
{
    struct incident *before = find(engine, service->last_incident);

    if (before == incident)
        return;
    service->last_incident = incident->number;
    incident->n_last++;
    if (before != NULL) {
        before->n_last--;
        forget_if_spent(engine, before);
    }
}

void incident_enter(struct engine *engine, struct service *service, struct effects *effects)
{
    struct incident *incident;
    const char *op;
    bool comes_back = false;

    if ((incident = find_listing(service)) != NULL) {
        op = "rejoin";
        comes_back = true;
    } else if ((incident = find_related(engine, service)) != NULL) {
        op = "join";
    } else if ((incident = find_last(engine, service)) != NULL) {
        op = "reopen";
        comes_back = true;
        reopen(engine, incident);
    } else {
        op = "open";
        incident = open_new(engine);
    }
    list_member(engine, incident, service);
    incident->joined_at_ms = engine->now_ms;
    mark(engine, incident);
    set_last(engine, service, incident);
    uint32_t recur = service->recur < UINT32_MAX ? service->recur + 1 : service->recur;
    service->recur = comes_back ? recur : 0;
    decide(engine, incident, op, service->id, effects);
}

void incident_follow(struct engine *engine, const struct service *service)
{
    for (EACH(at, &service->memberships)) {
        struct incident *incident = MEMBER_OF(at)->incident;
        if (!incident->resolved)
            raise_peak(engine, incident, rank_of(service));
    }
}

/* ---- I3: when it is over */

void incident_alert_opened(const struct service *service)
{
    for (EACH(at, &service->memberships))
        MEMBER_OF(at)->incident->n_alerting++;
}

void incident_alert_closed(struct engine *engine, const struct service *service)
{
    for (EACH(at, &service->memberships)) {
        struct incident *incident = MEMBER_OF(at)->incident;
        assert(incident->n_alerting > 0);
        incident->n_alerting--;
        if (incident->n_alerting == 0)
            list_add(&engine->settling, &incident->settling);
    }
}

/* inc-10 stands before inc-2. */
static int by_id(const void *left, const void *right)
{
    char ids[2][INCIDENT_BYTES_MAX + 1];

    incident_id_render((*(struct incident *const *) left)->number, ids[0]);
    incident_id_render((*(struct incident *const *) right)->number, ids[1]);
    return strcmp(ids[0], ids[1]);
}

static void resolve(struct engine *engine, struct incident *incident, struct effects *effects)
{
    incident->resolved = true;
    incident->resolved_at_ms = engine->now_ms;
    list_add(&engine->over, &incident->over);
    engine->counts.open_incidents--;
    mark(engine, incident);
    decide(engine, incident, "resolve", NULL, effects);
}

void incident_settle(struct engine *engine, struct effects *effects)
{
    struct link *link;
    size_t n = 0;

    if (list_is_empty(&engine->settling))
        return;
    while ((link = list_take(&engine->settling)) != NULL) {
        struct incident *incident = container_of(link, struct incident, settling);
        if (incident->resolved)
            continue;
        assert(incident->n_alerting == 0);    /* what ends an alert opens none in the same input */
        engine_scratch(engine, n + 1)[n] = incident;
        n++;
    }
    if (n > 1)
        qsort(engine->scratch, n, sizeof *engine->scratch, by_id);
    for (size_t i = 0; i < n; i++)
        resolve(engine, engine->scratch[i], effects);
    forget_old(engine);
}

/* ---- leaving */

static void unlist(struct engine *engine, struct member *member)
{
    struct incident *incident = member->incident;

    /* What is spent is history already, whether it is still in memory or not. */
    if (!is_spent(engine, incident)) {
        removed_add_member(engine, incident->number, member->service->id);
        incident->n_members--;
        mark(engine, incident);
    }
    member_free(member);
}

void incident_leave(struct engine *engine, struct service *service)
{
    assert(service->alert == NULL);
    while (!list_is_empty(&service->memberships))
        unlist(engine, MEMBER_OF(service->memberships.next));
    struct incident *last = find(engine, service->last_incident);
    if (last == NULL)
        return;
    last->n_last--;
    forget_if_spent(engine, last);
}

/* ---- rows */

/* A member whose incident and service may come later. */
struct loaded_member {
    struct link link;
    MemberState row;
};

int incident_load(struct engine *engine, const IncidentState *row)
{
    bool is_level = row->peak >= LEVEL_UNKNOWN && row->peak <= LEVEL_MAJOR_OUTAGE;
    if (row->number == 0 || find(engine, row->number) != NULL || !is_level)
        return -EINVAL;

    struct incident *incident = incident_new(engine, row->number);
    incident->opened_at_ms = row->opened_at_ms;
    incident->joined_at_ms = row->joined_at_ms;
    incident->resolved_at_ms = row->resolved_at_ms;
    incident->resolved = row->resolved;
    incident->n_members = row->members;
    incident->peak = (uint8_t) status_rank((enum status) row->peak);
    /* Of history there may be far more than of the rest: what is certainly spent is let go of at once. */
    incident->n_last = 1;
    if (is_spent(engine, incident))
        incident_free(engine, incident);
    return 0;
}

int incident_load_member(struct engine *engine, const MemberState *row)
{
    if (row->incident == 0 || row->service[0] == '\0')
        return -EINVAL;

    struct loaded_member *loaded = mem_new(sizeof *loaded);
    loaded->row = *row;
    list_add(&engine->loaded_members, &loaded->link);
    return 0;
}

static void bind_member(struct engine *engine, const MemberState *row)
{
    struct incident *incident = find(engine, row->incident);
    struct service *service;

    HASH_FIND_STR(engine->services, row->service, service);
    if (incident == NULL || service == NULL)
        return;    /* history */
    struct member *member = member_new(incident, service);
    member->joined_at_ms = row->joined_at_ms;
    member->returned_at_ms = row->returned_at_ms;
}

static void bind_members(struct engine *engine)
{
    struct link *link;

    while ((link = list_take(&engine->loaded_members)) != NULL) {
        struct loaded_member *loaded = container_of(link, struct loaded_member, link);
        bind_member(engine, &loaded->row);
        free(loaded);
    }
}

static int by_resolution(const struct incident *a, const struct incident *b)
{
    return (a->resolved_at_ms > b->resolved_at_ms) - (a->resolved_at_ms < b->resolved_at_ms);
}

void incident_loaded(struct engine *engine)
{
    struct incident *incident;
    struct incident *next;

    for (incident = engine->incidents; incident != NULL; incident = incident->hh.next)
        incident->n_last = 0;
    for (struct service *service = engine->services; service != NULL; service = service->hh.next) {
        if ((incident = find(engine, service->last_incident)) != NULL)
            incident->n_last++;
    }
    HASH_SORT(engine->incidents, by_resolution);
    HASH_ITER(hh, engine->incidents, incident, next) {
        if (is_spent(engine, incident))
            incident_free(engine, incident);
        else if (incident->resolved)
            list_add(&engine->over, &incident->over);
        else
            engine->counts.open_incidents++;
    }
    bind_members(engine);
}

void incident_show(const struct incident *incident, IncidentState *out)
{
    *out = (IncidentState) {
        .number = incident->number,
        .opened_at_ms = incident->opened_at_ms,
        .joined_at_ms = incident->joined_at_ms,
        .resolved_at_ms = incident->resolved_at_ms,
        .members = incident->n_members,
        .peak = level_of_rank(incident->peak),
        .resolved = incident->resolved,
    };
}

void member_show(const struct member *member, MemberState *out)
{
    *out = (MemberState) {
        .incident = member->incident->number,
        .joined_at_ms = member->joined_at_ms,
        .returned_at_ms = member->returned_at_ms,
    };
    (void) text_copy(out->service, sizeof out->service, text_of(member->service->id));
}

void incident_done(struct engine *engine)
{
    struct incident *incident;
    struct incident *next;
    struct link *link;

    HASH_ITER(hh, engine->incidents, incident, next)
        incident_free(engine, incident);
    while ((link = list_take(&engine->loaded_members)) != NULL)
        free(container_of(link, struct loaded_member, link));
}

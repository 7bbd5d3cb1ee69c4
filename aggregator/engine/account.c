/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/engine/account.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/engine/cover.h"
#include "aggregator/engine/engine_private.h"
#include "aggregator/engine/slo.h"
#include "common/mem.h"

/* ---- what time counts as */

/* S2 */
static uint32_t weight_of(const struct params *params, enum status level)
{
    static const enum param weights[] = {PARAM_weight_degraded, PARAM_weight_partial, PARAM_weight_major};
    int rank = status_rank(level);

    return rank == 0 ? 0 : (uint32_t) params->value[weights[rank - 1]];
}

void account_begin(struct engine *engine, struct service *service)
{
    service->account.since_ms = engine->now_ms;
    service->account.minutes.at_ms = engine->now_ms;
    slo_mark(engine, service);
}

/* What was counted is to be stored. */
static void mark(struct engine *engine, struct service *service)
{
    slo_mark(engine, service);
    if (minutes_has_changed(&service->account.minutes))
        list_add(&engine->dirty_minutes, &service->account.changed);
}

void account_follow(struct engine *engine, struct service *service)
{
    struct minutes *minutes = &service->account.minutes;
    enum status level = cover_excludes(engine, service) ? STATUS_UNKNOWN : (enum status) service->effective;
    uint32_t weight = weight_of(service->params, level);

    if (level == minutes->level && weight == minutes->weight)
        return;
    minutes_become(minutes, engine->now_ms, level, weight);
    mark(engine, service);
}

void account_follow_params(struct engine *engine, struct service *service)
{
    struct account *account = &service->account;
    bool brief = service->registered && service->params->value[PARAM_slo_enabled] == 0;

    if (brief != account->brief) {
        account->brief = brief;
        account->minutes.from = minute_of(engine->now_ms);
        slo_mark(engine, service);
    }
    account_follow(engine, service);
}

void account_follow_subject(struct engine *engine, const char *subject)
{
    struct service *service = service_find(engine, subject);

    if (service != NULL)
        account_follow(engine, service);
    if (strcmp(subject, "*") != 0)
        return;
    for (service = engine->services; service != NULL; service = service->hh.next) {
        if (service->params != NULL)
            account_follow(engine, service);
    }
}

void account_skip(struct engine *engine, struct service *service, int64_t gap_ms)
{
    minutes_skip(&service->account.minutes, engine->now_ms - gap_ms, engine->now_ms);
    mark(engine, service);
}

/* ---- rows */

static struct service *find(const struct engine *engine, const char *id)
{
    struct service *service;

    HASH_FIND_STR(engine->services, id, service);
    return service;
}

/* Of a service that is gone nothing else is stored, so a row of it must not bring the service back. */
static void keep_stray(struct engine *engine, const char *service, const struct minute_run *run)
{
    size_t len = strlen(service);
    struct stray_run *stray = mem_new(sizeof *stray + len + 1);

    stray->run = *run;
    memcpy(stray->service, service, len + 1);
    list_add(&engine->stray_runs, &stray->link);
}

int account_load_minutes(struct engine *engine, const MinutesState *row)
{
    struct service *service = find(engine, row->service);
    struct minute_run run = {
        .first = row->first,
        .n = row->n,
        .each = {.known_ms = row->known_ms, .raw_ms = row->raw_ms, .bad = row->bad, .worst = (uint8_t) row->worst},
    };

    if (row->service[0] == '\0' || row->worst > LEVEL_MAJOR_OUTAGE)
        return -EINVAL;
    if (service == NULL) {
        keep_stray(engine, row->service, &run);
        return 0;
    }
    int r = minutes_add_run(&service->account.minutes, &run);
    if (service->account.brief)
        minutes_keep_last(&service->account.minutes);
    return r;
}

bool account_next_minutes(struct engine *engine, MinutesState *out)
{
    while (!list_is_empty(&engine->dirty_minutes)) {
        struct service *service = container_of(engine->dirty_minutes.next, struct service, account.changed);
        const struct minute_run *run = minutes_next_changed(&service->account.minutes);
        if (run == NULL) {
            list_drop(&service->account.changed);
            if (service->account.brief)
                minutes_keep_last(&service->account.minutes);
            continue;
        }
        *out = (MinutesState) {
            .first = run->first,
            .n = run->n,
            .known_ms = run->each.known_ms,
            .raw_ms = run->each.raw_ms,
            .bad = run->each.bad,
            .worst = (Level) run->each.worst,
        };
        (void) text_copy(out->service, sizeof out->service, text_of(service->id));    /* a field of this very size */
        return true;
    }
    return false;
}

void account_sort_out(struct engine *engine)
{
    struct link *link;

    while ((link = list_take(&engine->stray_runs)) != NULL) {
        struct stray_run *stray = container_of(link, struct stray_run, link);
        struct service *service = find(engine, stray->service);
        if (service != NULL)
            (void) minutes_add_run(&service->account.minutes, &stray->run);
        free(stray);
    }
    for (struct service *service = engine->services; service != NULL; service = service->hh.next) {
        struct account *account = &service->account;
        minutes_drop_before(&account->minutes, minute_of(account->since_ms));
        minutes_trim(&account->minutes, minute_of(account->minutes.at_ms));
        if (account->brief)
            minutes_keep_last(&account->minutes);
        slo_sort_out(service);
    }
}

void account_leave(struct account *account)
{
    list_drop(&account->changed);
}

void account_done(struct account *account)
{
    minutes_done(&account->minutes);
}

void account_free_strays(struct engine *engine)
{
    struct link *link;

    while ((link = list_take(&engine->stray_runs)) != NULL)
        free(container_of(link, struct stray_run, link));
}

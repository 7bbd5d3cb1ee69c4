/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/engine/slo.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "aggregator/engine/cover.h"
#include "aggregator/engine/engine_private.h"
#include "common/mem.h"

/* ---- the timer */

static int64_t interval_ms(const struct engine *engine)
{
    return engine->config->params.value[PARAM_slo_eval_s] * 1000;
}

static int64_t next_multiple(const struct engine *engine)
{
    return (engine->now_ms / interval_ms(engine) + 1) * interval_ms(engine);
}

int64_t slo_due(const struct engine *engine, const struct timer *timer)
{
    (void) timer;
    return list_is_empty(&engine->watched) ? INT64_MAX : engine->slo_due_ms;
}

int slo_timers_compare(const struct timer *a, const struct timer *b)
{
    (void) a;
    (void) b;
    return 0;    /* there is one */
}

void slo_arm(struct engine *engine)
{
    engine->slo_due_ms = next_multiple(engine);
    timer_arm(engine, &engine->slo_timer);
}

/* ---- one alert */

static int64_t threshold(const struct engine *engine, enum burn_kind kind)
{
    static const enum param thresholds[BURN_KINDS] = {
        [BURN_FAST] = PARAM_slo_fast, [BURN_SLOW] = PARAM_slo_slow, [BURN_TICKET] = PARAM_slo_ticket,
    };

    return engine->config->params.value[thresholds[kind]];
}

/* S7: the less urgent ones wait for this one, or do not any more. */
static void touch_lower(struct engine *engine, const struct slo *slo, enum burn_kind kind)
{
    for (int lower = (int) kind + 1; lower < BURN_KINDS; lower++) {
        if (slo->burns[lower].alert != NULL)
            alert_touch(engine, slo->burns[lower].alert);
    }
}

static void open_alert(struct engine *engine, struct service *service, enum burn_kind kind)
{
    const struct alert_class_rules *rules = alert_class_find(ALERT_SLO);
    char key[KEY_BYTES_MAX + 1];
    (void) snprintf(key, sizeof key, "%s%s:%s", rules->prefix, service->id, burn_kind_name(kind));

    struct alert *alert = alert_new(engine, rules, key);
    alert->service = service;
    alert->since_ms = engine->now_ms;
    alert->peak = 1;
    alert_show_word(engine, alert, burn_kind_name(kind));
    service->slo->burns[kind].alert = alert;
    cover_review(engine, alert);
    alert_touch(engine, alert);
}

/* S6: whether it came back soon is counted when it opens. */
static void burn_open(struct engine *engine, struct service *service, enum burn_kind kind)
{
    struct burn *burn = &service->slo->burns[kind];
    int64_t window_ms = engine->config->params.value[PARAM_reopen_window_s] * 1000;
    bool again = burn->closed_at_ms != 0 && engine->now_ms - burn->closed_at_ms <= window_ms;

    burn->recur = again ? burn->recur + 1 : 0;
    burn->open = true;
    open_alert(engine, service, kind);
    touch_lower(engine, service->slo, kind);
}

static void burn_close(struct engine *engine, struct service *service, enum burn_kind kind)
{
    struct burn *burn = &service->slo->burns[kind];

    burn->open = false;
    burn->resets = 0;
    burn->closed_at_ms = engine->now_ms;
    if (burn->alert->told > 0)
        burn->closed_announced_at_ms = engine->now_ms;
    alert_touch(engine, burn->alert);
    touch_lower(engine, service->slo, kind);
    slo_mark(engine, service);
}

/* What an evaluation finds of one kind. */
struct finding {
    bool longer_exceeds;
    bool shorter_exceeds;
    bool enough;                       /* bad time for an alert, however short the polls */
    bool covered;                      /* the short window is known well enough to say that it is over */
};

static struct finding find_out(const struct engine *engine, const struct burn_case *now, enum burn_kind kind)
{
    int64_t min_bad_ms = now->params->value[PARAM_slo_min_bad_s] * 1000;

    return (struct finding) {
        .longer_exceeds = burn_exceeds(now, burn_long(kind), threshold(engine, kind)),
        .shorter_exceeds = burn_exceeds(now, burn_short(kind), threshold(engine, kind)),
        .enough = burn_sum(now, burn_long(kind)).raw_ms >= min_bad_ms,
        .covered = burn_sum(now, burn_short(kind)).known_ms >= burn_floor_ms(now, burn_short(kind)),
    };
}

static void set_resets(struct engine *engine, struct service *service, struct burn *burn, uint32_t resets)
{
    if (burn->resets == resets)
        return;
    burn->resets = resets;
    slo_mark(engine, service);
}

/* S6: counts the evaluations by which it is over; two-minute blips each 20 minutes are one message, not one an hour. */
static void count_resets(struct engine *engine, struct service *service, enum burn_kind kind, const struct finding *found)
{
    struct burn *burn = &service->slo->burns[kind];
    bool keeps_coming = burn->recur >= service->params->value[PARAM_recur_limit];

    if (found->shorter_exceeds)
        set_resets(engine, service, burn, 0);
    else if (found->covered && !(keeps_coming && found->longer_exceeds))
        set_resets(engine, service, burn, burn->resets + 1);
    if (burn->resets >= service->params->value[PARAM_slo_reset_evals])
        burn_close(engine, service, kind);
}

static void evaluate(struct engine *engine, struct service *service, const struct burn_case *now, enum burn_kind kind)
{
    struct burn *burn = &service->slo->burns[kind];
    struct finding found = find_out(engine, now, kind);
    bool holds = found.longer_exceeds && found.shorter_exceeds && found.enough;    /* S5 */

    if (holds && !burn->open) {
        burn_open(engine, service, kind);
        slo_mark(engine, service);
    } else if (burn->open) {
        count_resets(engine, service, kind, &found);
    }
}

static struct burn_case case_of(const struct engine *engine, const struct service *service)
{
    return (struct burn_case) {
        .minutes = &service->account.minutes,
        .params = service->params,
        .now_ms = engine->now_ms,
    };
}

void slo_timers_run(struct engine *engine, struct timer *const *due, size_t n, struct effects *effects)
{
    (void) due;
    (void) n;
    (void) effects;
    for (struct link *link = engine->watched.next; link != &engine->watched; link = link->next) {
        struct service *service = container_of(link, struct service, watched);
        const struct burn_case now = case_of(engine, service);
        for (int kind = BURN_FAST; kind < BURN_KINDS; kind++)
            evaluate(engine, service, &now, (enum burn_kind) kind);
    }
    slo_arm(engine);
}

/* ---- whom */

static bool is_wanted(const struct service *service)
{
    return service->params->value[PARAM_slo_enabled] != 0;
}

void slo_follow_params(struct engine *engine, struct service *service)
{
    if (!is_wanted(service)) {
        list_drop(&service->watched);
        return;
    }
    if (service->slo == NULL)
        service->slo = mem_new(sizeof *service->slo);
    list_add(&engine->watched, &service->watched);
}

bool slo_is_unwatched(const struct service *service)
{
    return service->slo != NULL && !is_wanted(service);
}

size_t slo_gather_removed(struct engine *engine, const struct service *service, size_t n)
{
    for (int kind = BURN_FAST; service->slo != NULL && kind < BURN_KINDS; kind++)
        n = settle_gather_removed(engine, service->slo->burns[kind].alert, n);
    return n;
}

void slo_touch_alerts(struct engine *engine, const struct service *service)
{
    for (int kind = BURN_FAST; service->slo != NULL && kind < BURN_KINDS; kind++) {
        if (service->slo->burns[kind].alert != NULL)
            alert_touch(engine, service->slo->burns[kind].alert);
    }
}

void slo_leave(struct service *service)
{
    list_drop(&service->watched);
    list_drop(&service->dirty_slo);
}

/* ---- alerts */

static enum burn_kind kind_of(const struct alert *alert)
{
    enum burn_kind kind = BURN_FAST;
    bool is_ours = burn_kind_parse(alert->word, &kind);

    assert(is_ours);
    return kind;
}

int slo_alert_level(const struct alert *alert)
{
    return alert->service->slo->burns[kind_of(alert)].open ? 1 : 0;
}

/* S7: until then what burnt before still fills the windows of this one; 0: nothing was told of. */
int64_t slo_alert_hold_ends(const struct engine *engine, const struct alert *alert)
{
    const struct service *service = alert->service;
    enum burn_kind kind = kind_of(alert);
    int64_t last_ms = 0;

    for (int higher = BURN_FAST; higher < (int) kind; higher++) {
        int64_t closed_ms = service->slo->burns[higher].closed_announced_at_ms;
        last_ms = closed_ms > last_ms ? closed_ms : last_ms;
    }
    if (last_ms == 0)
        return 0;
    return last_ms + burn_window_minutes(burn_short(kind)) * MINUTE_MS +
        service->params->value[PARAM_slo_reset_evals] * interval_ms(engine);
}

enum reason slo_alert_held(const struct engine *engine, const struct alert *alert)
{
    enum burn_kind kind = kind_of(alert);

    for (int higher = BURN_FAST; higher < (int) kind; higher++) {
        if (alert->service->slo->burns[higher].open)
            return REASON_HIGHER_BURN_OPEN;
    }
    return engine->now_ms < slo_alert_hold_ends(engine, alert) ? REASON_HIGHER_BURN_RECENT : REASON_NONE;
}

void slo_let_go(struct engine *engine, const struct alert *alert)
{
    struct service *service = alert->service;
    enum burn_kind kind = kind_of(alert);

    if (service->slo->burns[kind].open)    /* N7: nothing has ended it but the configuration */
        burn_close(engine, service, kind);
    service->slo->burns[kind].alert = NULL;
}

int slo_bind_alert(struct service *service, struct alert *alert, const char *word)
{
    enum burn_kind kind;

    if (!burn_kind_parse(word, &kind))
        return -EINVAL;
    if (service->slo == NULL)
        service->slo = mem_new(sizeof *service->slo);
    if (service->slo->burns[kind].alert != NULL)
        return -EINVAL;
    alert->service = service;
    service->slo->burns[kind].alert = alert;
    return 0;
}

/* ---- the numbers */

bool slo_figures(const struct engine *engine, const char *id, struct slo_figures *out)
{
    const struct service *service = service_find(engine, id);
    if (service == NULL)
        return false;

    const struct burn_case now = case_of(engine, service);
    *out = (struct slo_figures) {.watched = is_wanted(service)};
    for (int window = 0; window < UPTIME_WINDOWS; window++) {
        int64_t first, end;
        uptime_minutes((enum uptime_window) window, now.now_ms, &first, &end);
        struct minute_sum sum = minutes_sum(now.minutes, first, end, now.now_ms);
        out->has_uptime[window] = !service->account.brief && uptime_ppm(&sum, &out->uptime_ppm[window]);
    }
    if (!out->watched)
        return true;
    out->budget_remaining_ppm = burn_budget_ppm(&now);
    for (int window = 0; window < BURN_WINDOWS; window++)
        out->burn_milli[window] = burn_milli(&now, (enum burn_window) window);
    return true;
}

/* ---- rows */

void slo_mark(struct engine *engine, struct service *service)
{
    list_add(&engine->dirty_slo, &service->dirty_slo);
}

void slo_show(const struct service *service, SloState *out)
{
    const struct account *account = &service->account;
    const struct minutes *minutes = &account->minutes;

    *out = (SloState) {
        .since_ms = account->since_ms,
        .at_ms = minutes->at_ms,
        .known_ms = minutes->open.known_ms,
        .raw_ms = minutes->open.raw_ms,
        .bad = minutes->open.bad,
        .worst = (Level) minutes->open.worst,
        .level = (Level) minutes->level,
        .weight = minutes->weight,
        .counted_from = minutes->from,
        .brief = account->brief,
    };
    (void) text_copy(out->service, sizeof out->service, text_of(service->id));    /* a field of this very size */
    for (int kind = BURN_FAST; service->slo != NULL && kind < BURN_KINDS; kind++) {
        const struct burn *burn = &service->slo->burns[kind];
        out->burns[kind] = (BurnState) {
            .open = burn->open,
            .resets = burn->resets,
            .recur = burn->recur,
            .closed_at_ms = burn->closed_at_ms,
            .closed_announced_at_ms = burn->closed_announced_at_ms,
        };
    }
}

static bool is_open_minute(const SloState *row)
{
    return row->at_ms >= 0 && row->known_ms < MINUTE_MS && row->raw_ms <= row->known_ms &&
        row->bad <= (uint64_t) row->raw_ms * 1000 && row->worst <= LEVEL_MAJOR_OUTAGE &&
        row->level <= LEVEL_MAJOR_OUTAGE && row->weight <= 1000;
}

void slo_sort_out(struct service *service)
{
    for (int kind = BURN_FAST; service->slo != NULL && kind < BURN_KINDS; kind++) {
        struct burn *burn = &service->slo->burns[kind];
        burn->open = burn->open && burn->alert != NULL;
    }
}

static bool is_burn(const BurnState *burn)
{
    return burn->open || burn->recur > 0 || burn->closed_at_ms != 0;
}

static void load_burn(struct service *service, int kind, const BurnState *row)
{
    if (service->slo == NULL)
        service->slo = mem_new(sizeof *service->slo);
    struct burn *burn = &service->slo->burns[kind];

    burn->open = row->open;
    burn->resets = row->resets;
    burn->recur = row->recur;
    burn->closed_at_ms = row->closed_at_ms;
    burn->closed_announced_at_ms = row->closed_announced_at_ms;
}

int slo_load(struct engine *engine, const SloState *row)
{
    if (row->service[0] == '\0' || !is_open_minute(row))
        return -EINVAL;

    struct service *service = service_ensure(engine, row->service);
    struct minutes *minutes = &service->account.minutes;
    list_drop(&service->dirty_slo);
    service->account.since_ms = row->since_ms;
    minutes->at_ms = row->at_ms;
    minutes->open = (struct minute) {
        .known_ms = row->known_ms, .raw_ms = row->raw_ms, .bad = row->bad, .worst = (uint8_t) row->worst,
    };
    minutes->level = (uint8_t) row->level;
    minutes->weight = (uint16_t) row->weight;
    minutes->from = row->counted_from;
    service->account.brief = row->brief;
    for (int kind = BURN_FAST; kind < BURN_KINDS; kind++) {
        if (is_burn(&row->burns[kind]))
            load_burn(service, kind, &row->burns[kind]);
    }
    return 0;
}

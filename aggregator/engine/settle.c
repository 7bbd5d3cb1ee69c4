/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of every input and of every pass (T6): for each alert whose inputs changed or whose deadline fired, what is
 * sent and what is held (N1..N7). An alert that nothing touched would come to the same decision as last time, so it is
 * not looked at.
 */
#include "aggregator/engine/engine_private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/engine/incident.h"
#include "aggregator/engine/route.h"
#include "common/mem.h"

/* ---- the decisions */

static const char *level_name(const struct alert *alert, int rank)
{
    return alert->rules->level_name(alert, rank);
}

static struct decision *decide(struct engine *engine, const struct alert *alert, enum decision_kind what,
                               struct effects *effects)
{
    struct decision *decision = effects_add(effects, what, engine->now_ms);

    decision->key = arena_copy_string(&effects->arena, alert->key);    /* may close in this very round */
    decision->service = alert->service == NULL ? NULL : alert->service->id;
    decision->source = alert->source == NULL ? NULL : alert->source->id;
    const struct collector *collector = alert->source == NULL ? alert->collector : alert->source->collector;
    decision->collector = collector == NULL ? NULL : collector->name;
    decision->tier = alert->rules->tier(alert);
    if (alert->rules->class == ALERT_SERVICE)
        decision->incident = incident_id(alert->service->last_incident, &effects->arena);
    return decision;
}

static const char *const *copy_channels(struct effects *effects, const char *const *channels, size_t n)
{
    const char **copy = arena_new(&effects->arena, n * sizeof *copy);

    for (size_t i = 0; i < n; i++)
        copy[i] = arena_copy_string(&effects->arena, channels[i]);
    return copy;
}

static struct decision *notify(struct engine *engine, const struct wanted *wanted, struct effects *effects)
{
    const struct alert *alert = wanted->alert;
    /* N1, N4: who was told of the trouble is told that it ended or eased. */
    bool to_all = wanted->kind == NOTIFY_RESOLVE || wanted->kind == NOTIFY_IMPROVE;
    const char *const *channels = to_all ? (const char *const *) alert->channels : wanted->route->channels;
    size_t n = to_all ? alert->n_channels : wanted->route->n_channels;

    struct decision *decision = decide(engine, alert, DECISION_NOTIFY, effects);
    decision->notify = wanted->kind;
    decision->level = level_name(alert, wanted->level);
    decision->previous = alert->told == 0 ? NULL : level_name(alert, alert->told);
    decision->channels = copy_channels(effects, channels, n);
    decision->n_channels = n;
    alert->rules->describe(engine, alert, wanted->kind, decision);
    dependency_describe(engine, alert, decision, effects);
    return decision;
}

static void suppress(struct engine *engine, const struct wanted *wanted, const struct verdict *verdict,
                     struct effects *effects)
{
    struct decision *decision = decide(engine, wanted->alert, DECISION_SUPPRESS, effects);

    decision->notify = wanted->kind;
    decision->level = level_name(wanted->alert, wanted->level);
    decision->reason = verdict->reason;
    decision->by = verdict->by == NULL ? NULL : arena_copy_string(&effects->arena, verdict->by);
}

/* ---- what was held (N5) */

static void forget_held(struct engine *engine, struct alert *alert, enum notify_kind kind)
{
    struct held *held = &alert->held[kind];
    if (held->reason == REASON_NONE)
        return;
    free(held->by);
    *held = (struct held) {0};
    alert_mark(engine, alert);
}

/* What is held of any other kind is not wanted any more. An aggregate comes beside something else, or alone. */
static void forget_others_held(struct engine *engine, struct alert *alert, enum notify_kind kind)
{
    for (int other = NOTIFY_RAISE; other < HELD_KINDS; other++) {
        if (other != (int) kind && other != NOTIFY_AGGREGATE)
            forget_held(engine, alert, (enum notify_kind) other);
    }
}

static bool same_name(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* N5: written when it differs from the last, not at every settle. */
static void hold(struct engine *engine, struct alert *alert, const struct wanted *wanted,
                 const struct verdict *verdict, struct effects *effects)
{
    struct held *held = &alert->held[wanted->kind];
    const char *level = level_name(alert, wanted->level);
    bool told_already = held->reason == verdict->reason && strcmp(held->level, level) == 0 &&
        same_name(held->by, verdict->by);
    if (told_already)
        return;

    suppress(engine, wanted, verdict, effects);
    forget_held(engine, alert, wanted->kind);
    held->reason = verdict->reason;
    (void) text_copy(held->level, sizeof held->level, text_of(level));
    held->by = verdict->by == NULL ? NULL : mem_copy_string(verdict->by);
    alert_mark(engine, alert);
}

/* ---- one alert */

static struct wanted want(struct engine *engine, struct alert *alert, enum notify_kind kind, int level)
{
    struct route_question question = {
        .class = alert->rules->class,
        .tier = alert->rules->tier(alert),
        .level = alert->rules->words == NULL ? level : -1,
        .slo = alert->rules->class == ALERT_SLO ? alert->word : NULL,
    };

    dependency_amplify(engine, alert, &question);
    return (struct wanted) {
        .alert = alert,
        .kind = kind,
        .level = level,
        .route = route_find(engine->config->routes, engine->config->n_routes, &question),
    };
}

/* N4 */
static void send(struct engine *engine, struct alert *alert, const struct wanted *wanted, struct effects *effects)
{
    const struct decision *decision = notify(engine, wanted, effects);

    for (size_t i = 0; i < decision->n_channels; i++)
        alert_add_channel(alert, decision->channels[i]);
    engine->counts.announced_alerts += alert->told == 0 ? 1 : 0;
    alert->told = wanted->level;
    alert->last_sent_ms = engine->now_ms;
    alert->escalations += wanted->kind == NOTIFY_ESCALATE ? 1 : 0;
    forget_held(engine, alert, wanted->kind);
    forget_others_held(engine, alert, wanted->kind);    /* what was told is what is: a reminder ends a held improve */
    if (decision->has_impact)
        dependency_paid(engine, alert);
    alert_mark(engine, alert);
    alert_recount(engine, alert);
}

/* N6: one rule with "do not repeat". A suppressed one is written and waits for its next turn. */
static void remind(struct engine *engine, struct alert *alert, int level, struct effects *effects)
{
    struct wanted wanted = want(engine, alert, NOTIFY_REMINDER, level);
    struct verdict verdict = check_notification(engine, &wanted);

    if (verdict.reason == REASON_NONE) {
        send(engine, alert, &wanted, effects);
        forget_held(engine, alert, NOTIFY_IMPROVE);    /* improve_off: receivers know that level from now on */
        return;
    }
    suppress(engine, &wanted, &verdict, effects);
    alert->last_sent_ms = engine->now_ms;
    alert_mark(engine, alert);
}

/* Whether receivers now know the level, as far as they are to be told. */
static bool bring_up_to_date(struct engine *engine, struct alert *alert, enum notify_kind kind, int level,
                             struct effects *effects)
{
    struct wanted wanted = want(engine, alert, kind, level);
    struct verdict verdict = check_notification(engine, &wanted);

    if (verdict.reason == REASON_NONE) {
        send(engine, alert, &wanted, effects);
        return true;
    }
    hold(engine, alert, &wanted, &verdict, effects);
    return verdict.as_told;
}

/* N1: nothing but flapping stops a resolve, so that a pager that was triggered is also closed. */
static void resolve(struct engine *engine, struct alert *alert, struct effects *effects)
{
    struct wanted wanted = {.alert = alert, .kind = NOTIFY_RESOLVE, .level = 0};

    if (alert->told == 0) {
        suppress(engine, &wanted, &(struct verdict) {.reason = REASON_NOT_ANNOUNCED}, effects);
        alert_close(engine, alert, REASON_NOT_ANNOUNCED);
        return;
    }
    struct verdict verdict = check_notification(engine, &wanted);
    if (verdict.reason != REASON_NONE) {
        forget_others_held(engine, alert, NOTIFY_RESOLVE);
        forget_held(engine, alert, NOTIFY_AGGREGATE);
        hold(engine, alert, &wanted, &verdict, effects);
        alert->as_told = false;
        alert->reminder_owed = false;
        alert->look_at_ms = 0;    /* what was pending before is not wanted any more */
        timer_arm(engine, &alert->timer);
        return;
    }
    (void) notify(engine, &wanted, effects);
    alert_close(engine, alert, REASON_NONE);
}

/* N2. False: receivers know this level. */
static bool wants(const struct alert *alert, int level, enum notify_kind *kind)
{
    if (alert->told == level)
        return false;
    *kind = alert->told == 0 ? NOTIFY_RAISE : level > alert->told ? NOTIFY_ESCALATE : NOTIFY_IMPROVE;
    return true;
}

bool settle_wanted(struct engine *engine, struct alert *alert, struct wanted *out)
{
    int level = alert->rules->level(alert);
    enum notify_kind kind = NOTIFY_AGGREGATE;

    if (level == 0) {
        *out = (struct wanted) {.alert = alert, .kind = NOTIFY_RESOLVE};
        return true;
    }
    if (!wants(alert, level, &kind) && !dependency_owes(alert))
        return false;
    *out = want(engine, alert, kind, level);
    return true;
}

/* When what is pending is to be tried again although nothing touches the alert (N4); 0: never. */
static int64_t next_look(const struct engine *engine, const struct alert *alert)
{
    bool pending = !alert->as_told && alert->rules->hold_ends != NULL;
    int64_t ends_ms = pending ? alert->rules->hold_ends(engine, alert) : 0;

    return ends_ms > engine->now_ms ? ends_ms : 0;
}

/* D3: what no raise or escalate has told of is told alone, unless one is wanted and may yet do it. Receivers then know
 * the level too. */
static void tell_aggregate(struct engine *engine, struct alert *alert, int level, struct effects *effects)
{
    struct wanted wanted = want(engine, alert, NOTIFY_AGGREGATE, level);
    struct verdict verdict = check_notification(engine, &wanted);

    if (verdict.reason != REASON_NONE) {
        hold(engine, alert, &wanted, &verdict, effects);
        return;
    }
    send(engine, alert, &wanted, effects);
    alert->as_told = true;
}

static void settle_alert(struct engine *engine, struct alert *alert, struct effects *effects)
{
    int level = alert->rules->level(alert);
    if (level == 0) {
        resolve(engine, alert, effects);
        return;
    }

    ack_follow(engine, alert, level, effects);
    enum notify_kind kind = NOTIFY_REMINDER;
    bool wanted = wants(alert, level, &kind);
    forget_others_held(engine, alert, kind);
    alert->as_told = !wanted || bring_up_to_date(engine, alert, kind, level, effects);
    bool free = !wanted || kind == NOTIFY_IMPROVE || alert->held[kind].reason == REASON_ACKNOWLEDGED;
    bool owed = alert->reminder_owed && !wanted;    /* A3 */
    alert->reminder_owed = false;
    if (owed || alert_reminder_due(engine, alert) <= engine->now_ms)
        remind(engine, alert, level, effects);
    if (alert->told > 0 && free && dependency_owes(alert))    /* D3: a reminder leaves nothing wanted, sent or not */
        tell_aggregate(engine, alert, level, effects);
    else
        forget_held(engine, alert, NOTIFY_AGGREGATE);
    alert->look_at_ms = next_look(engine, alert);
    timer_arm(engine, &alert->timer);
}

static int by_key(const void *left, const void *right)
{
    return alert_compare(*(void *const *) left, *(void *const *) right);
}

void settle(struct engine *engine, struct effects *effects)
{
    size_t n = 0;
    struct link *link;

    if (engine->config == NULL)
        return;
    blind_judge(engine, effects);
    mass_silence_judge(engine);
    dependency_settle(engine);
    while ((link = list_take(&engine->touched)) != NULL) {
        engine_scratch(engine, n + 1)[n] = container_of(link, struct alert, touched);
        n++;
    }
    if (n > 1)
        qsort(engine->scratch, n, sizeof *engine->scratch, by_key);
    for (size_t i = 0; i < n; i++)
        settle_alert(engine, engine->scratch[i], effects);
    incident_settle(engine, effects);
}

size_t settle_gather_removed(struct engine *engine, struct alert *alert, size_t n)
{
    if (alert == NULL)
        return n;
    engine_scratch(engine, n + 1)[n] = alert;
    return n + 1;
}

static void end_removed(struct engine *engine, struct alert *alert, struct effects *effects)
{
    struct wanted wanted = {.alert = alert, .kind = NOTIFY_RESOLVE, .level = 0};

    if (alert->told > 0)
        notify(engine, &wanted, effects)->reason = REASON_CONFIG_REMOVED;
    alert_close(engine, alert, REASON_CONFIG_REMOVED);
}

void settle_removed(struct engine *engine, size_t n, struct effects *effects)
{
    if (n > 1)
        qsort(engine->scratch, n, sizeof *engine->scratch, by_key);
    for (size_t i = 0; i < n; i++)
        end_removed(engine, engine->scratch[i], effects);
}

void settle_dedup(struct engine *engine, struct alert *alert, struct effects *effects)
{
    struct wanted wanted = {.alert = alert, .kind = NOTIFY_RAISE, .level = alert->told};

    suppress(engine, &wanted, &(struct verdict) {.reason = REASON_DEDUP}, effects);
}

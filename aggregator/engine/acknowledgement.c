/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/engine/acknowledgement.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/engine/engine_private.h"
#include "common/mem.h"

enum { RANK_MAX = 3 };

void ack_free(struct ack *ack)
{
    if (ack == NULL)
        return;
    free(ack->by);
    free(ack->notes);
    free(ack);
}

static struct decision *decide(struct engine *engine, const struct alert *alert, const char *op, const char *by,
                               struct effects *effects)
{
    struct decision *decision = effects_add(effects, DECISION_ACK, engine->now_ms);

    decision->op = op;
    decision->key = arena_copy_string(&effects->arena, alert->key);    /* may close in this very round */
    decision->service = alert->service == NULL ? NULL : alert->service->id;
    decision->by = by[0] == '\0' ? NULL : arena_copy_string(&effects->arena, by);
    return decision;
}

/* by: who is named; whoever ended it, or else whoever had acknowledged. */
static void lapse(struct engine *engine, struct alert *alert, enum reason reason, const char *by,
                  struct effects *effects)
{
    decide(engine, alert, "lapse", by[0] == '\0' ? alert->ack->by : by, effects)->reason = reason;
    ack_free(steal(&alert->ack));
    heap_remove(&engine->heap, &alert->ack_timer);
    alert_mark(engine, alert);
    alert_touch(engine, alert);
}

void ack_check(struct engine *engine, struct alert *alert, struct effects *effects)
{
    if (alert->ack == NULL)
        return;
    if (ack_due(engine, &alert->ack_timer) > engine->now_ms) {
        timer_arm(engine, &alert->ack_timer);
        return;
    }
    lapse(engine, alert, REASON_EXPIRED, "", effects);
    alert->reminder_owed = true;
}

void ack_follow(struct engine *engine, struct alert *alert, int level, struct effects *effects)
{
    if (alert->ack != NULL && !ack_holds(alert->ack, level)) {
        lapse(engine, alert, REASON_ESCALATED, "", effects);
        list_drop(&alert->touched);    /* it is being settled */
    }
}

bool ack_holds(const struct ack *ack, int level)
{
    return ack != NULL && (ack->sticky || level <= ack->level);
}

static int64_t end_of(const struct engine *engine, const Acknowledge *said)
{
    int64_t ttl_s = said->has_ttl_s ? said->ttl_s : engine->config->params.value[PARAM_ack_ttl_s];

    if (said->has_until_ms)
        return said->until_ms;
    return ttl_s == 0 ? 0 : engine->now_ms + ttl_s * 1000;
}

static void set(struct engine *engine, struct alert *alert, const Acknowledge *said, struct effects *effects)
{
    ack_free(alert->ack);
    alert->ack = mem_new(sizeof *alert->ack);
    *alert->ack = (struct ack) {
        .by = mem_copy_string(said->by),
        .notes = mem_copy_string(said->notes),
        .level = alert->rules->level(alert),
        .at_ms = engine->now_ms,
        .until_ms = end_of(engine, said),
        .sticky = said->sticky,
    };
    decide(engine, alert, "set", said->by, effects)->until_ms = alert->ack->until_ms;
    alert_mark(engine, alert);
    alert_touch(engine, alert);
    ack_check(engine, alert, effects);
}

static void reject(struct engine *engine, const char *op, enum reason reason, struct effects *effects)
{
    struct decision *decision = effects_add(effects, DECISION_REJECT, engine->now_ms);

    decision->op = op;
    decision->reason = reason;
}

static struct alert *find(const struct engine *engine, const char *key)
{
    struct alert *alert;

    HASH_FIND_STR(engine->alerts, key, alert);
    return engine->config == NULL ? NULL : alert;
}

/* Who speaks of an earlier episode must not silence this one. */
static bool is_other_episode(const struct alert *alert, int64_t opened_at_ms)
{
    return opened_at_ms != 0 && opened_at_ms != alert->opened_at_ms;
}

void ack_command(struct engine *engine, const Acknowledge *said, struct effects *effects)
{
    struct alert *alert = find(engine, said->key);

    if (alert == NULL)
        reject(engine, "ack", REASON_NO_SUCH_ALERT, effects);
    else if (is_other_episode(alert, said->opened_at_ms))
        reject(engine, "ack", REASON_EPISODE_OVER, effects);
    else
        set(engine, alert, said, effects);
}

void ack_end_command(struct engine *engine, const Unacknowledge *said, struct effects *effects)
{
    struct alert *alert = find(engine, said->key);

    if (alert != NULL && is_other_episode(alert, said->opened_at_ms))
        reject(engine, "unack", REASON_EPISODE_OVER, effects);
    else if (alert == NULL || alert->ack == NULL)
        reject(engine, "unack", REASON_NO_SUCH_ACK, effects);
    else
        lapse(engine, alert, REASON_REMOVED, said->by, effects);
}

struct ack *ack_load(const AckState *row)
{
    if (row->level > RANK_MAX)
        return NULL;

    struct ack *ack = mem_new(sizeof *ack);
    *ack = (struct ack) {
        .by = mem_copy_string(row->by),
        .notes = mem_copy_string(row->notes),
        .level = (int) row->level,
        .at_ms = row->at_ms,
        .until_ms = row->until_ms,
        .sticky = row->sticky,
    };
    return ack;
}

void ack_show(const struct ack *ack, AckState *out)
{
    *out = (AckState) {
        .level = (uint32_t) ack->level,
        .at_ms = ack->at_ms,
        .until_ms = ack->until_ms,
        .sticky = ack->sticky,
    };
    (void) text_copy(out->by, sizeof out->by, text_of(ack->by));
    (void) text_copy(out->notes, sizeof out->notes, text_of(ack->notes));
}

static struct alert *of_timer(const struct timer *timer)
{
    return container_of(timer, struct alert, ack_timer);
}

int64_t ack_due(const struct engine *engine, const struct timer *timer)
{
    const struct ack *ack = of_timer(timer)->ack;
    (void) engine;

    assert(ack != NULL);    /* the timer leaves the heap with it */
    return ack->until_ms == 0 ? INT64_MAX : ack->until_ms;
}

int ack_timers_compare(const struct timer *a, const struct timer *b)
{
    return alert_compare(of_timer(a), of_timer(b));
}

void ack_timers_run(struct engine *engine, struct timer *const *due, size_t n, struct effects *effects)
{
    for (size_t i = 0; i < n; i++)
        ack_check(engine, of_timer(due[i]), effects);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/engine/confirm.h"

#include <assert.h>

enum { RANK_MAX = 3 };

bool ladders_running(const struct ladders *ladders, int index)
{
    return (ladders->running >> index & 1) != 0;
}

void ladders_reset(struct ladders *ladders)
{
    ladders->running = 0;
}

/* Whether a level of this rank keeps the ladder standing. */
static bool supports(int index, int rank)
{
    return index < LADDER_BETTER ? rank >= index - LADDER_WORSE : rank <= index - LADDER_BETTER;
}

bool ladders_follow(struct ladders *ladders, int rank, int64_t now_ms)
{
    uint8_t wanted = 0;
    for (int i = 0; i < LADDER_COUNT; i++)
        wanted |= (uint8_t) (supports(i, rank) ? 1 << i : 0);
    if (wanted == ladders->running)
        return false;

    for (int i = 0; i < LADDER_COUNT; i++) {
        bool starts = (wanted >> i & 1) != 0 && !ladders_running(ladders, i);
        if (starts)
            ladders->at[i] = (struct ladder) {.since_ms = now_ms, .epoch = ladders->at[i].epoch + 1};
    }
    ladders->running = wanted;
    return true;
}

/* Whether it is on this ladder that H, of this rank, would go. */
static bool leads_away(int index, int hard_rank)
{
    return index < LADDER_BETTER ? index - LADDER_WORSE > hard_rank : index - LADDER_BETTER < hard_rank;
}

void ladders_count(struct ladders *ladders, struct ladder_count *counts, int rank, int hard_rank)
{
    for (int i = 0; i < LADDER_COUNT; i++) {
        if (!ladders_running(ladders, i) || !supports(i, rank) || !leads_away(i, hard_rank))
            continue;
        struct ladder *ladder = &ladders->at[i];
        if (counts[i].epoch != ladder->epoch)
            counts[i] = (struct ladder_count) {.epoch = ladder->epoch};
        if (counts[i].count < UINT32_MAX)
            counts[i].count++;
        if (counts[i].count > ladder->polls)
            ladder->polls = counts[i].count;
    }
}

static struct confirm_need need_of(const struct params *params, enum param polls, enum param dwell)
{
    return (struct confirm_need) {
        .polls = params->value[polls],
        .dwell_ms = params->value[dwell] * 1000,
        .polls_by = polls,
        .dwell_by = dwell,
    };
}

static struct confirm_need worsening(const struct params *params, int hard_rank, int to_rank)
{
    const int64_t *value = params->value;
    enum param polls = PARAM_confirm_polls;
    enum param dwell = PARAM_min_dwell_s;

    if (hard_rank > 0 && value[PARAM_escalate_polls] >= 0)
        polls = PARAM_escalate_polls;
    if (hard_rank > 0 && value[PARAM_escalate_dwell_s] >= 0)
        dwell = PARAM_escalate_dwell_s;
    /* C4: three polls of a total outage of something critical are proof enough. */
    if (to_rank == RANK_MAX && value[PARAM_major_dwell_s] >= 0 && value[PARAM_major_dwell_s] < value[dwell])
        dwell = PARAM_major_dwell_s;
    return need_of(params, polls, dwell);
}

/* C5: vendors step major down to degraded minutes before they relapse, hence a dwell of its own. I5: who keeps coming
 * back is believed later. */
static enum param dwell_of(const struct confirm_from *from, int to_rank)
{
    if (to_rank > 0)
        return PARAM_improve_dwell_s;
    return from->recur >= from->params->value[PARAM_recur_limit] ? PARAM_recur_dwell_s : PARAM_recovery_dwell_s;
}

struct confirm_need confirm_need(const struct confirm_from *from, int to_rank)
{
    assert(from->hard_rank != to_rank);
    if (to_rank > from->hard_rank)
        return worsening(from->params, from->hard_rank, to_rank);
    return need_of(from->params, PARAM_recovery_polls, dwell_of(from, to_rank));
}

static bool climbed(const struct ladders *ladders, int index, struct confirm_need need, int64_t now_ms)
{
    const struct ladder *ladder = &ladders->at[index];

    return ladders_running(ladders, index) && ladder->polls >= need.polls && now_ms - ladder->since_ms >= need.dwell_ms;
}

static struct confirmation confirmed(const struct ladder *ladder, int rank, int64_t now_ms)
{
    return (struct confirmation) {.rank = rank, .polls = ladder->polls, .dwell_ms = now_ms - ladder->since_ms};
}

bool ladders_confirm(const struct ladders *ladders, const struct confirm_from *from, int64_t now_ms,
                     struct confirmation *out)
{
    for (int rank = RANK_MAX; rank > from->hard_rank; rank--) {
        int index = rank + LADDER_WORSE;
        if (climbed(ladders, index, confirm_need(from, rank), now_ms)) {
            *out = confirmed(&ladders->at[index], rank, now_ms);
            return true;
        }
    }
    for (int rank = 0; rank < from->hard_rank; rank++) {
        int index = rank + LADDER_BETTER;
        if (climbed(ladders, index, confirm_need(from, rank), now_ms)) {
            *out = confirmed(&ladders->at[index], rank, now_ms);
            return true;
        }
    }
    return false;
}

void ladders_recall(struct ladders *ladders, const struct ladder_count *counts)
{
    for (int i = 0; i < LADDER_COUNT; i++) {
        struct ladder *ladder = &ladders->at[i];
        if (counts[i].epoch == ladder->epoch && counts[i].count > ladder->polls)
            ladder->polls = counts[i].count;
    }
}

void ladders_forget(struct ladders *ladders)
{
    for (int i = 0; i < LADDER_COUNT; i++)
        ladders->at[i].polls = 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/engine/flap.h"

#include <assert.h>
#include <string.h>

/* F2: the newest change weighs 95, each older one 2 less, 1520 in all (0.75 .. 1.25 times 76). */
enum { NEWEST_WEIGHT = 95, WEIGHT_STEP = 2, FULL_WEIGHT = 1520 };

/* Of the slow mark: one stretch, however long, is an outage and not flapping. */
enum { STRETCHES_MIN = 2 };

static bool is_steady(const struct flap *flap)
{
    return memcmp(flap->sample, flap->sample + 1, FLAP_SAMPLES - 1) == 0;
}

bool flap_sample(struct flap *flap, enum status status, bool begins_round)
{
    uint8_t level = (uint8_t) status;
    uint8_t newest = flap->sample[0];

    assert(status != STATUS_UNKNOWN);
    if (!begins_round || newest == STATUS_UNKNOWN) {
        flap->sample[0] = level;
        return newest != level;
    }
    if (newest == level && is_steady(flap))
        return false;
    if (flap->sample[1] == STATUS_UNKNOWN)
        memset(flap->sample + 1, newest, FLAP_SAMPLES - 1);
    else
        memmove(flap->sample + 1, flap->sample, FLAP_SAMPLES - 1);
    flap->sample[0] = level;
    return true;
}

int flap_weight(const struct flap *flap)
{
    int weight = 0;

    if (flap->sample[1] == STATUS_UNKNOWN || is_steady(flap))
        return 0;
    for (int i = 0; i + 1 < FLAP_SAMPLES; i++)
        weight += flap->sample[i] != flap->sample[i + 1] ? NEWEST_WEIGHT - WEIGHT_STEP * i : 0;
    return weight;
}

uint32_t flap_percent(const struct flap *flap)
{
    return (uint32_t) (100 * flap_weight(flap) / FULL_WEIGHT);
}

enum status flap_worst(const struct flap *flap)
{
    uint8_t worst = STATUS_UNKNOWN;

    for (int i = 0; i < FLAP_SAMPLES; i++)
        worst = flap->sample[i] > worst ? flap->sample[i] : worst;
    return (enum status) worst;
}

int64_t flap_limit_ms(const struct params *params)
{
    return FLAP_FILLS * params->value[PARAM_flap_bad_s] * 1000;
}

int64_t flap_debt(const struct flap *flap, enum flap_flow flow, int64_t limit_ms, int64_t now_ms)
{
    int64_t debt_ms = flap->debt_ms + (int64_t) flow * (now_ms - flap->debt_at_ms);

    if (debt_ms < 0)
        return 0;
    return debt_ms < limit_ms ? debt_ms : limit_ms;
}

void flap_bring(struct flap *flap, enum flap_flow flow, int64_t limit_ms, int64_t now_ms)
{
    bool has_drained = flow == FLAP_DRAINS && now_ms > flap->debt_at_ms;

    flap->debt_ms = flap_debt(flap, flow, limit_ms, now_ms);
    flap->debt_at_ms = now_ms;
    if (has_drained && flap->debt_ms == 0)
        flap->stretches = 0;
}

void flap_forgive(struct flap *flap)
{
    flap->debt_ms = 0;
    flap->stretches = 0;
}

static uint8_t judge_ring(const struct flap *flap, const struct params *params)
{
    int64_t share = 100 * (int64_t) flap_weight(flap);

    if (share >= params->value[PARAM_flap_high_pct] * FULL_WEIGHT)
        return FLAP_RING;
    return share < params->value[PARAM_flap_low_pct] * FULL_WEIGHT ? 0 : flap->marks & FLAP_RING;
}

static uint8_t judge_slow(const struct flap *flap, const struct flap_case *now)
{
    bool is_full = now->limit_ms > 0 && now->debt_ms >= now->limit_ms;

    if (is_full && flap->stretches >= STRETCHES_MIN && now->is_bad)
        return FLAP_SLOW;
    return now->debt_ms == 0 ? 0 : flap->marks & FLAP_SLOW;
}

enum flap_change flap_judge(struct flap *flap, const struct flap_case *now)
{
    bool was_flapping = flap_is_flapping(flap);

    flap->marks = (uint8_t) (judge_ring(flap, now->params) | judge_slow(flap, now));
    if (was_flapping == flap_is_flapping(flap))
        return FLAP_SAME;
    if (was_flapping)
        return FLAP_STOPPED;
    flap->started_by = (flap->marks & FLAP_RING) != 0 ? FLAP_RING : FLAP_SLOW;
    return FLAP_STARTED;
}

bool flap_is_flapping(const struct flap *flap)
{
    return flap->marks != 0;
}

const char *flap_via(const struct flap *flap)
{
    return flap->started_by == FLAP_SLOW ? "slow" : "ring";
}

uint32_t flap_n_telling(const struct flap *flap)
{
    uint32_t n = FLAP_SAMPLES;

    if (flap->sample[1] == STATUS_UNKNOWN)
        return flap->sample[0] == STATUS_UNKNOWN ? 0 : 1;
    while (n > 2 && flap->sample[n - 1] == flap->sample[n - 2])
        n--;
    return n;
}

void flap_restore(struct flap *flap, const uint8_t *samples, uint32_t n)
{
    assert(n <= FLAP_SAMPLES);
    memset(flap->sample, n < 2 ? STATUS_UNKNOWN : samples[n - 1], FLAP_SAMPLES);
    for (uint32_t i = 0; i < n; i++)
        flap->sample[i] = samples[i];
}

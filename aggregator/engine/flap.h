/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flap: tells a service that keeps changing its mind from one that is down (F1..F3, F7). Pure: no clock, no allocation.
 *
 * Two marks. The ring remembers the last 21 samples of E; recent changes weigh more. The debt grows three times as fast
 * while a service is bad and unconfirmed as it shrinks while it is good: full after some stretches of trouble, each too
 * short to be confirmed, it sets the slow mark. A service flaps while it has a mark.
 *
 *     bool changed = flap_sample(&flap, STATUS_DEGRADED, true);
 *     int64_t debt_ms = flap_debt(&flap, FLAP_FILLS, limit_ms, now_ms);
 *     if (flap_judge(&flap, &(struct flap_case) {params, limit_ms, debt_ms, true}) == FLAP_STARTED) ...
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/params.h"
#include "common/status.h"

enum { FLAP_SAMPLES = 21 };

/* Marks, as bits. */
enum { FLAP_RING = 1, FLAP_SLOW = 2 };

struct flap {                         /* all zero: nothing seen yet */
    int64_t debt_ms;                  /* as of debt_at_ms, 0 .. limit */
    int64_t debt_at_ms;               /* 0: not counted yet */
    uint32_t stretches;               /* of trouble, since the debt was last 0 */
    uint32_t round;                   /* of samples, the current one: the largest of its sources; 0: none yet */
    uint8_t marks;
    uint8_t started_by;               /* the mark that flapping in progress, or the last, began with; 0: never */
    /* enum status, newest first. Three forms: empty; one sample and then unknown ones; full. What is older than the
     * second sample is filled with it, which makes no change: a steady service has the same ring for ever. */
    uint8_t sample[FLAP_SAMPLES];
};

/* How the debt moves, per ms. */
enum flap_flow { FLAP_DRAINS = -1, FLAP_STILL = 0, FLAP_FILLS = 3 };

enum flap_change { FLAP_SAME, FLAP_STARTED, FLAP_STOPPED };

/* Adds a sample of a known E; one of a round in progress takes the place of the newest. Says whether the ring changed. */
bool flap_sample(struct flap *, enum status, bool begins_round);

/* S of F2, 0..1520. */
int flap_weight(const struct flap *);

/* The same as a percentage, rounded down. */
uint32_t flap_percent(const struct flap *);

/* The worst level in the ring; unknown of an empty one. */
enum status flap_worst(const struct flap *);

/* What flap_bad_s allows the debt to become: 3 * flap_bad_s, in ms. 0: there is no slow mark. */
int64_t flap_limit_ms(const struct params *);

/* The debt at a moment, 0 .. limit_ms, with the flow since it was last brought up to date. */
int64_t flap_debt(const struct flap *, enum flap_flow, int64_t limit_ms, int64_t now_ms);

/* Brings debt and stretches up to date, before the flow changes. */
void flap_bring(struct flap *, enum flap_flow, int64_t limit_ms, int64_t now_ms);

/* C7: no debt, no stretches. */
void flap_forgive(struct flap *);

/* An observation, as the marks see it. */
struct flap_case {
    const struct params *params;
    int64_t limit_ms;
    int64_t debt_ms;                  /* now */
    bool is_bad;                      /* E > 0 and H is not */
};

/* F3: sets and clears the marks. Says whether flapping started or stopped by it. */
enum flap_change flap_judge(struct flap *, const struct flap_case *);

bool flap_is_flapping(const struct flap *);

/* By what flapping started: "ring" or "slow". */
const char *flap_via(const struct flap *);

/* How many of the samples say it all: the others are like the last of these. */
uint32_t flap_n_telling(const struct flap *);

/* Fills the ring with what flap_n_telling counted; n at most FLAP_SAMPLES, each a known level. */
void flap_restore(struct flap *, const uint8_t *samples, uint32_t n);

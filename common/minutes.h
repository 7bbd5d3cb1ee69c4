/* SPDX-License-Identifier: Apache-2.0 */
/*
 * minutes: how a service spent its time, minute by minute (S1): for how long its state was known, and how bad it was.
 *
 *     struct minutes minutes = {.at_ms = now_ms};
 *     minutes_become(&minutes, now_ms, STATUS_MAJOR_OUTAGE, 1000);            // from now on
 *     minutes_become(&minutes, now_ms + 90000, STATUS_OPERATIONAL, 0);        // a minute and a half later
 *     struct minute_sum hour = minutes_sum(&minutes, first, first + 60, now_ms);
 *     minutes_done(&minutes);
 *
 * Closed minutes are kept as runs of equal ones, each with the sums of all before it: a service that stays as it is needs
 * nothing, not even a row, and the sum over any window is two searches. The time since the last change is counted when
 * somebody asks, so that asking changes nothing. Integers only; the engine and the readers of the store share it. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/status.h"

enum {
    MINUTE_MS = 60000,
    HOUR_MINUTES = 60,
    DAY_MINUTES = 24 * HOUR_MINUTES,
    MINUTES_KEPT = 30 * DAY_MINUTES + HOUR_MINUTES,    /* in memory: the longest window anybody asks the engine for */
    MINUTE_BAD_MAX = MINUTE_MS * 1000,
};

/* One minute, or a part of it. Unknown time is in none of these. */
struct minute {
    uint32_t known_ms;                 /* with a level */
    uint32_t raw_ms;                   /* of these, with a weight */
    uint32_t bad;                      /* ms times per mille of weight */
    uint8_t worst;                     /* enum status: the worst level; unknown when known_ms is 0 */
};

struct minute_sum {
    int64_t known_ms;
    int64_t raw_ms;
    int64_t bad;
};

/* n equal minutes from the first one on, minutes since the epoch. Those without a known moment are in no run. */
struct minute_run {
    int64_t first;
    uint32_t n;
    struct minute each;
    struct minute_sum before;          /* of all runs before this one */
};

/* All zero is a valid value: unknown since the epoch. */
struct minutes {
    struct minute_run *runs;           /* owned: closed minutes, in order, no two that could be one */
    uint32_t n_runs;
    uint32_t cap_runs;
    uint32_t changed;                  /* the first run that minutes_next_changed has not shown as it is now */
    uint16_t weight;                   /* per mille, of level */
    uint8_t level;                     /* enum status: what time counts as from at_ms on */
    struct minute open;                /* the minute that holds at_ms, so far */
    int64_t at_ms;                     /* counted up to here */
    int64_t from;                      /* sums leave out the minutes before this one */
};

/* The minute that holds this moment (not before 1970). */
int64_t minute_of(int64_t at_ms);

/* Counts the time up to this moment. One that is not after at_ms changes nothing. */
void minutes_bring(struct minutes *, int64_t until_ms);

/* Likewise, and from then on time counts as this level, with this weight (per mille). */
void minutes_become(struct minutes *, int64_t at_ms, enum status level, uint32_t weight);

/* Counts up to from_ms; the time from there to to_ms is unknown. */
void minutes_skip(struct minutes *, int64_t from_ms, int64_t to_ms);

/* Sums over the minutes [first, end) that are closed at now_ms, which is not before at_ms. */
struct minute_sum minutes_sum(const struct minutes *, int64_t first, int64_t end, int64_t now_ms);

/* The worst level in [first, end), the minute that is open at now_ms included; unknown: nothing is known of them. */
enum status minutes_worst(const struct minutes *, int64_t first, int64_t end, int64_t now_ms);

/* A run that was stored (before is not looked at), in any order; at its end it costs nothing. -EINVAL: no run of ours, or
 * one that overlaps another. */
int minutes_add_run(struct minutes *, const struct minute_run *);

/* Drops runs that begin before this minute, stored or not. */
void minutes_drop_before(struct minutes *, int64_t first);

/* Drops runs that end before the last MINUTES_KEPT minutes as seen from this one. Those that changed stay. */
void minutes_trim(struct minutes *, int64_t minute);

/* Drops all runs but the last, and those that are not stored as they are now. */
void minutes_keep_last(struct minutes *);

/* Whether a run is not stored as it is now; and the next one of them, taken as stored, borrowed until the next call that
 * changes something. NULL: none. */
bool minutes_has_changed(const struct minutes *);
const struct minute_run *minutes_next_changed(struct minutes *);

/* Frees; leaves all zero. */
void minutes_done(struct minutes *);

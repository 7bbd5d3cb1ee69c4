/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diff: what another configuration would have told instead. Pure: two lists of what was told and held in, the differences
 * out.
 *
 * Two notifications are the same when key, kind and time are. One that the other configuration sends at another time, at
 * most DIFF_MOVED_MS_MAX away, has moved; where there are several, the nearest belong together.
 *
 * Noise is what calls somebody: each raise, escalate, aggregate, reminder and flap_start that goes to a loud channel (any
 * but ops and ticket) counts one point, and a raise that was over within DIFF_QUICK_MS with nobody having acknowledged it
 * counts DIFF_QUICK_POINTS: somebody was called for what went away by itself. It is told as points a day.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aggregator/replay/notices.h"

enum { DIFF_QUICK_MS = 30 * 60 * 1000, DIFF_QUICK_POINTS = 3, DIFF_MOVED_MS_MAX = 12 * 3600 * 1000 };

enum diff_change { DIFF_ADDED, DIFF_REMOVED, DIFF_MOVED, DIFF_CHANGED };
enum { DIFF_CHANGES = DIFF_CHANGED + 1 };

struct difference {
    enum diff_change change;
    const struct notice *recorded;     /* borrowed; NULL: added */
    const struct notice *new;          /* borrowed; NULL: removed */
    const struct notice *gate;         /* borrowed: the suppression that stopped it on the other side; NULL: there is none */
    const char *why;                   /* its reason, or what else stopped it there; static storage */
};

/* One configuration. */
struct diff_side {
    const struct notices *notices;     /* sorted */
    bool (*knows)(const void *context, const char *service);
    const void *context;
};

/* What is compared: since <= t < until; a difference one end of which lies within counts. */
struct diff_bounds { int64_t since_ms, until_ms; };

struct diff_count { size_t notifications; int64_t points; };

struct diff {                          /* all zero: nothing compared */
    struct difference *at;             /* owned; by key, kind and time */
    size_t n, cap;
    size_t n_of[DIFF_CHANGES];
    size_t n_same;
    struct diff_count recorded, new;
};

/* Compares; *out, all zero, is filled and borrows from both sides. */
void diff_make(const struct diff_side *recorded, const struct diff_side *new, const struct diff_bounds *, struct diff *out);

/* Points a day, in hundredths, rounded down; a period shorter than a day counts as one. */
int64_t diff_noise_centi(int64_t points, const struct diff_bounds *);

/* "added", … Static storage. */
const char *diff_change_name(enum diff_change);

/* The service that it concerns, or else its key. */
const char *diff_subject(const struct difference *);

/* Frees; leaves all zero. */
void diff_done(struct diff *);

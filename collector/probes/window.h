/* SPDX-License-Identifier: Apache-2.0 */
/*
 * window: a share (busy of all ticks, used of all bytes) over the last minutes. Pure, whole numbers only.
 *
 *     struct window window = {0};
 *     window_add(&window, now_ms, (struct share) {busy, total}, &shape);
 *     if (window_is_ready(&window, &shape, now_ms) && share_above(window_share(&window, &shape, now_ms), 900)) ...
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WINDOW_SAMPLES_MAX = 320 };

struct share {
    uint64_t part;
    uint64_t whole;
};

struct window_shape {
    int64_t length_ms;
    int64_t every_ms;              /* nominal distance of samples; three of them without one restart the window */
};

struct window {                    /* all zero is a valid, empty window */
    struct { int64_t at_ms; struct share share; } ring[WINDOW_SAMPLES_MAX];
    size_t next;                   /* slot of the next sample */
    size_t n;
    int64_t since_ms;              /* from when it has looked without a gap */
    int64_t last_ms;
    bool started;
};

/* Begins to look at this time (boot clock); what was there is forgotten. */
void window_start(struct window *, int64_t now_ms);

/* Adds a sample; starts the window anew when the last one is too long ago, or the clock went back. */
void window_add(struct window *, int64_t now_ms, struct share, const struct window_shape *);

/* Whether it has looked for half of its length. */
bool window_is_ready(const struct window *, const struct window_shape *, int64_t now_ms);

/* The sum of the samples that are not older than the window. */
struct share window_share(const struct window *, const struct window_shape *, int64_t now_ms);

/* Part of whole strictly above; a whole of 0 never is. */
bool share_above(struct share, int permille);

/* 0..1; 0 for a whole of 0. For display and metrics, never for a decision. */
double share_ratio(struct share);

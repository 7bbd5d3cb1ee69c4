/* SPDX-License-Identifier: Apache-2.0 */
/*
 * burn: uptime, and how fast a service spends its error budget (S3, S4, S8, S9). Whole numbers throughout; nothing is
 * rounded up, so that a bad minute never shows as 100 %. Pure; the engine judges by it and the API shows it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/minutes.h"
#include "common/params.h"

/* The windows over which burning is measured. Words: 5m, 30m, 1h, 6h, 3d. */
enum burn_window { BURN_5M, BURN_30M, BURN_1H, BURN_6H, BURN_3D };
enum { BURN_WINDOWS = BURN_3D + 1 };

/* The three alerts: each compares a long and a short window with one threshold. Words: fast, slow, ticket. */
enum burn_kind { BURN_FAST, BURN_SLOW, BURN_TICKET };
enum { BURN_KINDS = BURN_TICKET + 1 };

/* Windows of uptime. Words: 24h, 7d, 30d; the longer ones begin with an hour. */
enum uptime_window { UPTIME_24H, UPTIME_7D, UPTIME_30D };
enum { UPTIME_WINDOWS = UPTIME_30D + 1 };

/* Static storage. */
const char *burn_window_name(enum burn_window);
const char *burn_kind_name(enum burn_kind);
const char *uptime_window_name(enum uptime_window);

/* False: not one of them, *out unchanged. */
bool burn_kind_parse(const char *word, enum burn_kind *out);

int64_t burn_window_minutes(enum burn_window);
enum burn_window burn_long(enum burn_kind);
enum burn_window burn_short(enum burn_kind);

/* A service's time, as of now, by its parameters. All borrowed. */
struct burn_case {
    const struct minutes *minutes;
    const struct params *params;
    int64_t now_ms;                    /* not before minutes->at_ms */
};

/* Sums over the last closed minutes of a window. */
struct minute_sum burn_sum(const struct burn_case *, enum burn_window);

/* S3: that many ms of a window must be known for it to say something. */
int64_t burn_floor_ms(const struct burn_case *, enum burn_window);

/* S4: strictly more than x_milli / 1000 times as fast as the budget lasts for 30 days. */
bool burn_exceeds(const struct burn_case *, enum burn_window, int64_t x_milli);

/* S4: how many thousandths of that, rounded down. */
int64_t burn_milli(const struct burn_case *, enum burn_window);

/* S8: what is left of the budget of 30 days, in millionths; negative when it is overspent. Rounded down. */
int64_t burn_budget_ppm(const struct burn_case *);

/* S9: the minutes [*first, *end) of a window. */
void uptime_minutes(enum uptime_window, int64_t now_ms, int64_t *first, int64_t *end);

/* S9: the share of good time in millionths, rounded down. False: nothing is known, *ppm is left. */
bool uptime_ppm(const struct minute_sum *, int64_t *ppm);

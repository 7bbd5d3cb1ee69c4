/* SPDX-License-Identifier: Apache-2.0 */
#include "common/burn.h"

#include <string.h>

enum { PPM = 1000000, PPM_OF_30_DAYS_MS = 2592 };

static const struct { const char *name; int64_t minutes; } burn_windows[BURN_WINDOWS] = {
    [BURN_5M] = {"5m", 5},
    [BURN_30M] = {"30m", 30},
    [BURN_1H] = {"1h", HOUR_MINUTES},
    [BURN_6H] = {"6h", 6 * HOUR_MINUTES},
    [BURN_3D] = {"3d", 3 * DAY_MINUTES},
};

static const struct { const char *name; enum burn_window longer, shorter; } burn_kinds[BURN_KINDS] = {
    [BURN_FAST] = {"fast", BURN_1H, BURN_5M},
    [BURN_SLOW] = {"slow", BURN_6H, BURN_30M},
    [BURN_TICKET] = {"ticket", BURN_3D, BURN_6H},
};

/* Hours are the full ones before the one in progress. */
static const struct { const char *name; int64_t hours; } uptime_windows[UPTIME_WINDOWS] = {
    [UPTIME_24H] = {"24h", 24},
    [UPTIME_7D] = {"7d", 7 * 24 - 1},
    [UPTIME_30D] = {"30d", 30 * 24 - 1},
};

const char *burn_window_name(enum burn_window window)
{
    return burn_windows[window].name;
}

const char *burn_kind_name(enum burn_kind kind)
{
    return burn_kinds[kind].name;
}

bool burn_kind_parse(const char *word, enum burn_kind *out)
{
    for (int kind = 0; kind < BURN_KINDS; kind++) {
        if (strcmp(burn_kinds[kind].name, word) == 0) {
            *out = (enum burn_kind) kind;
            return true;
        }
    }
    return false;
}

const char *uptime_window_name(enum uptime_window window)
{
    return uptime_windows[window].name;
}

int64_t burn_window_minutes(enum burn_window window)
{
    return burn_windows[window].minutes;
}

enum burn_window burn_long(enum burn_kind kind)
{
    return burn_kinds[kind].longer;
}

enum burn_window burn_short(enum burn_kind kind)
{
    return burn_kinds[kind].shorter;
}

/* slo_target has four places: 99.9 % is 999000. */
static int64_t budget_ppm(const struct burn_case *now)
{
    return PPM - now->params->value[PARAM_slo_target];
}

struct minute_sum burn_sum(const struct burn_case *now, enum burn_window window)
{
    int64_t end = minute_of(now->now_ms);

    return minutes_sum(now->minutes, end - burn_windows[window].minutes, end, now->now_ms);
}

int64_t burn_floor_ms(const struct burn_case *now, enum burn_window window)
{
    return burn_windows[window].minutes * MINUTE_MS * now->params->value[PARAM_slo_min_coverage_pct] / 100;
}

/* With little history a ratio over minutes of data would scream. */
static int64_t denominator(const struct burn_case *now, enum burn_window window, const struct minute_sum *sum)
{
    int64_t floor_ms = burn_floor_ms(now, window);

    return sum->known_ms > floor_ms ? sum->known_ms : floor_ms;
}

bool burn_exceeds(const struct burn_case *now, enum burn_window window, int64_t x_milli)
{
    struct minute_sum sum = burn_sum(now, window);
    int64_t allowed;

    /* The left side is at most 3e17; what does not fit on the right is more. */
    if (__builtin_mul_overflow(x_milli * budget_ppm(now), denominator(now, window, &sum), &allowed))
        return false;
    return sum.bad * PPM > allowed;
}

int64_t burn_milli(const struct burn_case *now, enum burn_window window)
{
    struct minute_sum sum = burn_sum(now, window);

    return sum.bad * PPM / (budget_ppm(now) * denominator(now, window, &sum));
}

static int64_t divide_down(int64_t a, int64_t b)
{
    return a / b - (a % b < 0 ? 1 : 0);
}

int64_t burn_budget_ppm(const struct burn_case *now)
{
    int64_t whole = PPM_OF_30_DAYS_MS * budget_ppm(now);
    int64_t first, end;

    uptime_minutes(UPTIME_30D, now->now_ms, &first, &end);
    return divide_down(PPM * whole - minutes_sum(now->minutes, first, end, now->now_ms).bad * 1000, whole);
}

void uptime_minutes(enum uptime_window window, int64_t now_ms, int64_t *first, int64_t *end)
{
    int64_t from = minute_of(now_ms);

    *end = from;
    if (window != UPTIME_24H)
        from -= from % HOUR_MINUTES;
    *first = from - uptime_windows[window].hours * HOUR_MINUTES;
}

bool uptime_ppm(const struct minute_sum *sum, int64_t *ppm)
{
    if (sum->known_ms == 0)
        return false;
    *ppm = (1000 * sum->known_ms - sum->bad) * 1000 / sum->known_ms;
    return true;
}

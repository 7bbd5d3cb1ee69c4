/* SPDX-License-Identifier: Apache-2.0 */
#include "common/minutes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

int64_t minute_of(int64_t at_ms)
{
    return at_ms / MINUTE_MS;
}

/* ---- one minute */

static void grow(struct minute *minute, enum status level, uint32_t weight, int64_t ms)
{
    if (level == STATUS_UNKNOWN || ms <= 0)
        return;
    minute->known_ms += (uint32_t) ms;
    minute->raw_ms += weight > 0 ? (uint32_t) ms : 0;
    minute->bad += (uint32_t) ms * weight;
    if ((int) level > minute->worst)
        minute->worst = (uint8_t) level;
}

static bool minute_equals(const struct minute *a, const struct minute *b)
{
    return a->known_ms == b->known_ms && a->raw_ms == b->raw_ms && a->bad == b->bad && a->worst == b->worst;
}

/* The open one as it is when time goes on like this to its end. */
static struct minute open_at_end(const struct minutes *minutes)
{
    struct minute minute = minutes->open;

    grow(&minute, minutes->level, minutes->weight, (minute_of(minutes->at_ms) + 1) * MINUTE_MS - minutes->at_ms);
    return minute;
}

static struct minute whole(const struct minutes *minutes)
{
    struct minute minute = {0};

    grow(&minute, minutes->level, minutes->weight, MINUTE_MS);
    return minute;
}

static void add(struct minute_sum *sum, const struct minute *minute, int64_t n)
{
    sum->known_ms += minute->known_ms * n;
    sum->raw_ms += minute->raw_ms * n;
    sum->bad += minute->bad * n;
}

/* ---- runs */

static int64_t end_of(const struct minute_run *run)
{
    return run->first + run->n;
}

/* Takes n runs away at this place. */
static void cut(struct minutes *minutes, uint32_t at, uint32_t n)
{
    minutes->n_runs -= n;
    if (n > 0 && minutes->n_runs > at)
        memmove(minutes->runs + at, minutes->runs + at + n, (minutes->n_runs - at) * sizeof *minutes->runs);
    minutes->changed = minutes->changed > at + n ? minutes->changed - n : minutes->changed > at ? at : minutes->changed;
}

void minutes_trim(struct minutes *minutes, int64_t minute)
{
    uint32_t n = 0;

    while (n < minutes->changed && end_of(&minutes->runs[n]) <= minute - MINUTES_KEPT)
        n++;
    cut(minutes, 0, n);
}

void minutes_keep_last(struct minutes *minutes)
{
    uint32_t n = minutes->n_runs == 0 ? 0 : minutes->n_runs - 1;

    cut(minutes, 0, minutes->changed < n ? minutes->changed : n);
}

void minutes_drop_before(struct minutes *minutes, int64_t first)
{
    uint32_t n = 0;

    while (n < minutes->n_runs && minutes->runs[n].first < first)
        n++;
    cut(minutes, 0, n);
}

/* Room for one more. When it is used up, what is old goes first; where that is little, there is to be more room. */
static void reserve(struct minutes *minutes, int64_t minute)
{
    if (minutes->n_runs < minutes->cap_runs)
        return;
    minutes_trim(minutes, minute);
    if (minutes->n_runs >= (minutes->cap_runs + 1) / 2) {
        minutes->cap_runs = minutes->cap_runs == 0 ? 1 : minutes->cap_runs * 2;
        minutes->runs = mem_resize(minutes->runs, minutes->cap_runs, sizeof *minutes->runs);
    }
}

static struct minute_sum sum_through(const struct minute_run *run)
{
    struct minute_sum sum = run->before;

    add(&sum, &run->each, run->n);
    return sum;
}

/* n equal minutes are over; of more than fit into a run the latest. */
static void close_minutes(struct minutes *minutes, int64_t first, int64_t n, const struct minute *each)
{
    if (n <= 0 || each->known_ms == 0)
        return;
    if (n > UINT32_MAX) {
        first += n - UINT32_MAX;
        n = UINT32_MAX;
    }

    struct minute_run *last = minutes->n_runs == 0 ? NULL : &minutes->runs[minutes->n_runs - 1];
    bool goes_on = last != NULL && end_of(last) == first && minute_equals(&last->each, each) &&
        n <= UINT32_MAX - (int64_t) last->n;
    if (goes_on) {
        last->n += (uint32_t) n;
        if (minutes->changed == minutes->n_runs)
            minutes->changed--;
        return;
    }
    reserve(minutes, first);
    struct minute_run *run = &minutes->runs[minutes->n_runs];
    *run = (struct minute_run) {.first = first, .n = (uint32_t) n, .each = *each};
    if (minutes->n_runs > 0)
        run->before = sum_through(run - 1);
    minutes->n_runs++;
}

/* ---- time goes by */

void minutes_bring(struct minutes *minutes, int64_t until_ms)
{
    int64_t open = minute_of(minutes->at_ms);
    int64_t until = minute_of(until_ms);

    if (until_ms <= minutes->at_ms)
        return;
    if (until > open) {
        struct minute ended = open_at_end(minutes);
        struct minute between = whole(minutes);
        close_minutes(minutes, open, 1, &ended);
        close_minutes(minutes, open + 1, until - open - 1, &between);
        minutes->open = (struct minute) {0};
        minutes->at_ms = until * MINUTE_MS;
    }
    grow(&minutes->open, minutes->level, minutes->weight, until_ms - minutes->at_ms);
    minutes->at_ms = until_ms;
}

void minutes_become(struct minutes *minutes, int64_t at_ms, enum status level, uint32_t weight)
{
    minutes_bring(minutes, at_ms);
    minutes->level = (uint8_t) level;
    minutes->weight = (uint16_t) weight;
}

void minutes_skip(struct minutes *minutes, int64_t from_ms, int64_t to_ms)
{
    enum status level = minutes->level;

    minutes_become(minutes, from_ms, STATUS_UNKNOWN, minutes->weight);
    minutes_become(minutes, to_ms, level, minutes->weight);
}

/* ---- asking */

/* The place of the first run that begins at this minute or later. */
static uint32_t find(const struct minutes *minutes, int64_t minute)
{
    uint32_t low = 0;
    uint32_t high = minutes->n_runs;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (minutes->runs[middle].first < minute)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Of all runs, as far as they lie before this minute. */
static struct minute_sum sum_before(const struct minutes *minutes, int64_t minute)
{
    uint32_t at = find(minutes, minute);
    if (at == 0)    /* what was dropped stays in the sums of those behind it */
        return minutes->n_runs == 0 ? (struct minute_sum) {0} : minutes->runs[0].before;

    const struct minute_run *run = &minutes->runs[at - 1];
    struct minute_sum sum = run->before;
    add(&sum, &run->each, end_of(run) < minute ? run->n : minute - run->first);
    return sum;
}

struct minute_sum minutes_sum(const struct minutes *minutes, int64_t first, int64_t end, int64_t now_ms)
{
    if (first < minutes->from)
        first = minutes->from;

    int64_t open = minute_of(minutes->at_ms);
    int64_t closed = minute_of(now_ms) < end ? minute_of(now_ms) : end;
    struct minute ended = open_at_end(minutes);
    struct minute since = whole(minutes);
    struct minute_sum sum = sum_before(minutes, closed);
    struct minute_sum before = sum_before(minutes, first);
    int64_t from = first > open + 1 ? first : open + 1;

    if (closed <= first)
        return (struct minute_sum) {0};
    sum.known_ms -= before.known_ms;
    sum.raw_ms -= before.raw_ms;
    sum.bad -= before.bad;
    if (first <= open && open < closed)
        add(&sum, &ended, 1);
    if (from < closed)
        add(&sum, &since, closed - from);
    return sum;
}

static void worsen(enum status *worst, enum status level)
{
    if (level > *worst)
        *worst = level;
}

enum status minutes_worst(const struct minutes *minutes, int64_t first, int64_t end, int64_t now_ms)
{
    int64_t open = minute_of(minutes->at_ms);
    enum status worst = STATUS_UNKNOWN;
    uint32_t at = find(minutes, first);

    if (first >= end)
        return STATUS_UNKNOWN;
    if (at > 0 && end_of(&minutes->runs[at - 1]) > first)
        at--;
    for (; at < minutes->n_runs && minutes->runs[at].first < end; at++)
        worsen(&worst, minutes->runs[at].each.worst);
    if (first <= open && open < end)
        worsen(&worst, minutes->open.worst);
    if (now_ms > minutes->at_ms && open < end && minute_of(now_ms - 1) >= first)
        worsen(&worst, minutes->level);
    return worst;
}

/* ---- rows */

static bool is_sound(const struct minute_run *run)
{
    const struct minute *each = &run->each;

    return run->first >= 0 && run->first < INT64_MAX / MINUTE_MS / 2 && run->n > 0 && each->known_ms > 0 &&
        each->known_ms <= MINUTE_MS && each->raw_ms <= each->known_ms && each->bad <= (uint64_t) each->raw_ms * 1000 &&
        each->worst >= STATUS_OPERATIONAL && each->worst <= STATUS_MAJOR_OUTAGE;
}

int minutes_add_run(struct minutes *minutes, const struct minute_run *run)
{
    uint32_t at = find(minutes, run->first);
    bool overlaps = (at > 0 && end_of(&minutes->runs[at - 1]) > run->first) ||
        (at < minutes->n_runs && end_of(run) > minutes->runs[at].first);
    if (!is_sound(run) || overlaps)
        return -EINVAL;

    if (minutes->n_runs == minutes->cap_runs) {
        minutes->cap_runs = minutes->cap_runs == 0 ? 1 : minutes->cap_runs * 2;
        minutes->runs = mem_resize(minutes->runs, minutes->cap_runs, sizeof *minutes->runs);
    }
    memmove(minutes->runs + at + 1, minutes->runs + at, (minutes->n_runs - at) * sizeof *minutes->runs);
    minutes->runs[at] = *run;
    minutes->n_runs++;
    minutes->changed = minutes->n_runs;
    for (; at < minutes->n_runs; at++)
        minutes->runs[at].before = at == 0 ? (struct minute_sum) {0} : sum_through(&minutes->runs[at - 1]);
    return 0;
}

bool minutes_has_changed(const struct minutes *minutes)
{
    return minutes->changed < minutes->n_runs;
}

const struct minute_run *minutes_next_changed(struct minutes *minutes)
{
    return minutes_has_changed(minutes) ? &minutes->runs[minutes->changed++] : NULL;
}

void minutes_done(struct minutes *minutes)
{
    free(minutes->runs);
    *minutes = (struct minutes) {0};
}

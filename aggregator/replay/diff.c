/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/replay/diff.h"

#include <stdlib.h>
#include <string.h>

static const int64_t day_ms = INT64_C(24) * 3600 * 1000;

const char *diff_change_name(enum diff_change change)
{
    static const char *const names[] = {"added", "removed", "moved", "changed"};

    return names[change];
}

static const struct notice *either(const struct difference *difference)
{
    return difference->new == NULL ? difference->recorded : difference->new;
}

const char *diff_subject(const struct difference *difference)
{
    const struct notice *notice = either(difference);

    return notice->service == NULL ? notice->key : notice->service;
}

static bool is_within(const struct diff_bounds *bounds, int64_t at_ms)
{
    return bounds->since_ms <= at_ms && at_ms < bounds->until_ms;
}

/* ---------------------------------------------------------------- finding */

/* The first of the list that comes after this key, kind and time. */
static size_t find_after(const struct notice_list *list, const struct notice *sought, int64_t at_ms)
{
    size_t low = 0;
    size_t high = list->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = notice_compare_subject(&list->at[middle], sought);
        if (order > 0 || (order == 0 && list->at[middle].at_ms > at_ms))
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* The last one of this key and kind up to then; NULL: none. */
static const struct notice *find_last(const struct notice_list *list, const struct notice *sought, int64_t at_ms)
{
    size_t after = find_after(list, sought, at_ms);

    if (after == 0 || notice_compare_subject(&list->at[after - 1], sought) != 0)
        return NULL;
    return &list->at[after - 1];
}

/* The first one after that; NULL: none. */
static const struct notice *find_next(const struct notice_list *list, const struct notice *sought, int64_t at_ms)
{
    size_t after = find_after(list, sought, at_ms);

    if (after == list->n || notice_compare_subject(&list->at[after], sought) != 0)
        return NULL;
    return &list->at[after];
}

/* Whether there is one in since < t <= until. */
static bool is_between(const struct notice_list *list, const struct notice *sought, int64_t since_ms, int64_t until_ms)
{
    const struct notice *next = find_next(list, sought, since_ms);

    return next != NULL && next->at_ms <= until_ms;
}

/* ---------------------------------------------------------------- why */

/* Written when it begins and in force until something is sent or the alert is over; the others are written each time. */
static bool is_lasting(enum notify_kind kind)
{
    return kind == NOTIFY_RAISE || kind == NOTIFY_ESCALATE || kind == NOTIFY_IMPROVE || kind == NOTIFY_AGGREGATE;
}

static bool is_in_force(const struct notices *there, const struct notice *held, int64_t at_ms)
{
    if (!is_lasting(held->kind))
        return at_ms - held->at_ms <= DIFF_MOVED_MS_MAX;

    struct notice end = {.key = held->key, .kind = NOTIFY_RESOLVE};
    return !is_between(&there->told, held, held->at_ms, at_ms) && !is_between(&there->told, &end, held->at_ms, at_ms) &&
        !is_between(&there->held, &end, held->at_ms, at_ms);
}

/* What stopped it on the side that did not send it then; NULL: nobody was about to. */
static const struct notice *find_gate(const struct notices *there, const struct notice *told, int64_t before_ms)
{
    const struct notice *held = find_last(&there->held, told, told->at_ms);
    if (held != NULL && is_in_force(there, held, told->at_ms))
        return held;

    held = find_next(&there->held, told, told->at_ms);
    return held != NULL && held->at_ms <= before_ms ? held : NULL;
}

static bool is_of_class(const struct notice *notice, const char *prefix)
{
    return strncmp(notice->key, prefix, strlen(prefix)) == 0;
}

static const char *explain(const struct diff_side *there, const struct notice *told, const struct notice *gate)
{
    if (told->service != NULL && !there->knows(there->context, told->service))
        return reason_name(REASON_UNKNOWN_SERVICE);
    if (gate != NULL)
        return reason_name(gate->reason);
    if (told->kind == NOTIFY_REMINDER)
        return "not_due";
    if (is_of_class(told, "service:"))
        return "not_confirmed";
    return is_of_class(told, "flap:") ? "not_flapping" : "not_open";
}

/* ---------------------------------------------------------------- differences */

struct comparison {
    const struct diff_side *recorded, *new;
    const struct diff_bounds *bounds;
    struct diff *out;
};

static void append(struct comparison *comparison, const struct difference *difference)
{
    struct diff *out = comparison->out;

    if (out->n == out->cap) {
        out->cap = out->cap == 0 ? 64 : out->cap * 2;
        out->at = mem_resize(out->at, out->cap, sizeof *out->at);
    }
    out->at[out->n++] = *difference;
    out->n_of[difference->change]++;
}

/* Only one of the two sent it. */
static void take_single(struct comparison *comparison, const struct notice *recorded, const struct notice *new)
{
    const struct diff_side *there = new == NULL ? comparison->new : comparison->recorded;
    const struct notice *told = new == NULL ? recorded : new;
    struct difference difference = {.change = new == NULL ? DIFF_REMOVED : DIFF_ADDED, .recorded = recorded, .new = new};

    if (!is_within(comparison->bounds, told->at_ms))
        return;
    difference.gate = find_gate(there->notices, told, told->at_ms + DIFF_MOVED_MS_MAX);
    difference.why = explain(there, told, difference.gate);
    append(comparison, &difference);
}

static void take_moved(struct comparison *comparison, const struct notice *recorded, const struct notice *new)
{
    bool later = new->at_ms > recorded->at_ms;
    const struct diff_side *there = later ? comparison->new : comparison->recorded;
    const struct notice *first = later ? recorded : new;
    const struct notice *last = later ? new : recorded;
    struct difference difference = {.change = DIFF_MOVED, .recorded = recorded, .new = new};

    difference.gate = find_gate(there->notices, first, last->at_ms);
    difference.why = explain(there, first, difference.gate);
    append(comparison, &difference);
}

static void take_pair(struct comparison *comparison, const struct notice *recorded, const struct notice *new)
{
    if (!is_within(comparison->bounds, recorded->at_ms) && !is_within(comparison->bounds, new->at_ms))
        return;
    if (recorded->at_ms != new->at_ms) {
        take_moved(comparison, recorded, new);
        return;
    }
    bool same_level = strcmp(recorded->level, new->level) == 0;
    if (same_level && strcmp(recorded->channels, new->channels) == 0) {
        comparison->out->n_same++;
        return;
    }
    append(comparison, &(struct difference) {
        .change = DIFF_CHANGED, .recorded = recorded, .new = new, .why = same_level ? "channels" : "level",
    });
}

static int64_t distance(const struct notice *a, const struct notice *b)
{
    return a->at_ms < b->at_ms ? b->at_ms - a->at_ms : a->at_ms - b->at_ms;
}

/* Of one key and kind, both by time. */
struct group { const struct notice *at; size_t n; };

/* Whether the group's second is nearer to the other than its first is. */
static bool has_nearer(const struct group *group, const struct notice *other)
{
    return group->n > 1 && distance(&group->at[1], other) < distance(&group->at[0], other);
}

static void drop(struct group *group)
{
    group->at++;
    group->n--;
}

static void match(struct comparison *comparison, struct group recorded, struct group new)
{
    while (recorded.n > 0 && new.n > 0) {
        bool far = distance(recorded.at, new.at) > DIFF_MOVED_MS_MAX;
        bool recorded_first = recorded.at->at_ms < new.at->at_ms;
        if (recorded_first && (far || has_nearer(&recorded, new.at))) {
            take_single(comparison, recorded.at, NULL);
            drop(&recorded);
        } else if (!recorded_first && (far || has_nearer(&new, recorded.at))) {
            take_single(comparison, NULL, new.at);
            drop(&new);
        } else {
            take_pair(comparison, recorded.at, new.at);
            drop(&recorded);
            drop(&new);
        }
    }
    for (; recorded.n > 0; drop(&recorded))
        take_single(comparison, recorded.at, NULL);
    for (; new.n > 0; drop(&new))
        take_single(comparison, NULL, new.at);
}

static struct group group_at(const struct notice_list *list, size_t from)
{
    struct group group = {.at = list->at + from};

    while (from + group.n < list->n && notice_compare_subject(&list->at[from], &list->at[from + group.n]) == 0)
        group.n++;
    return group;
}

/* ---------------------------------------------------------------- noise */

static bool is_trouble(enum notify_kind kind)
{
    return kind != NOTIFY_IMPROVE && kind != NOTIFY_RESOLVE && kind != NOTIFY_FLAP_STOP;
}

static bool went_by_itself(const struct notices *notices, const struct notice *raise)
{
    struct notice sought = {.key = raise->key, .kind = NOTIFY_RESOLVE};
    const struct notice *end = find_next(&notices->told, &sought, raise->at_ms - 1);
    if (end == NULL || end->at_ms - raise->at_ms > DIFF_QUICK_MS)
        return false;

    sought.kind = NOTIFY_RAISE;
    return !is_between(&notices->acknowledged, &sought, raise->at_ms - 1, end->at_ms);
}

static int64_t points_of(const struct notices *notices, const struct notice *told)
{
    if (!told->loud || !is_trouble(told->kind))
        return 0;
    return told->kind == NOTIFY_RAISE && went_by_itself(notices, told) ? DIFF_QUICK_POINTS : 1;
}

static struct diff_count count(const struct notices *notices, const struct diff_bounds *bounds)
{
    struct diff_count count = {0};

    for (size_t i = 0; i < notices->told.n; i++) {
        const struct notice *told = &notices->told.at[i];
        if (!is_within(bounds, told->at_ms))
            continue;
        count.notifications++;
        count.points += points_of(notices, told);
    }
    return count;
}

int64_t diff_noise_centi(int64_t points, const struct diff_bounds *bounds)
{
    int64_t span_ms = bounds->until_ms - bounds->since_ms;

    return points * 100 * (day_ms / 1000) / ((span_ms < day_ms ? day_ms : span_ms) / 1000);
}

/* ---------------------------------------------------------------- the whole */

void diff_make(const struct diff_side *recorded, const struct diff_side *new, const struct diff_bounds *bounds,
               struct diff *out)
{
    struct comparison comparison = {.recorded = recorded, .new = new, .bounds = bounds, .out = out};
    const struct notice_list *a = &recorded->notices->told;
    const struct notice_list *b = &new->notices->told;

    for (size_t i = 0, j = 0; i < a->n || j < b->n;) {
        int order = i == a->n ? 1 : j == b->n ? -1 : notice_compare_subject(&a->at[i], &b->at[j]);
        struct group left = order <= 0 ? group_at(a, i) : (struct group) {0};
        struct group right = order >= 0 ? group_at(b, j) : (struct group) {0};
        i += left.n;
        j += right.n;
        match(&comparison, left, right);
    }
    out->recorded = count(recorded->notices, bounds);
    out->new = count(new->notices, bounds);
}

void diff_done(struct diff *diff)
{
    free(diff->at);
    *diff = (struct diff) {0};
}

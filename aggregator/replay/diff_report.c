/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/replay/diff_report.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/text.h"

/* ---------------------------------------------------------------- by service and reason */

/* Differences of one service for one reason. */
struct bundle {
    const char *subject, *why;
    size_t n_of[DIFF_CHANGES];
};

static int by_bundle(const void *left, const void *right)
{
    const struct bundle *a = left;
    const struct bundle *b = right;
    int order = strcmp(a->subject, b->subject);

    return order != 0 ? order : strcmp(a->why, b->why);
}

/* Owned by the caller, sorted. */
static struct bundle *bundle_up(const struct diff *diff, size_t *n)
{
    struct bundle *bundles = mem_new_array(diff->n == 0 ? 1 : diff->n, sizeof *bundles);

    for (size_t i = 0; i < diff->n; i++) {
        bundles[i] = (struct bundle) {.subject = diff_subject(&diff->at[i]), .why = diff->at[i].why};
        bundles[i].n_of[diff->at[i].change] = 1;
    }
    qsort(bundles, diff->n, sizeof *bundles, by_bundle);
    *n = 0;
    for (size_t i = 0; i < diff->n; i++) {
        if (*n == 0 || by_bundle(&bundles[*n - 1], &bundles[i]) != 0) {
            bundles[(*n)++] = bundles[i];
            continue;
        }
        for (size_t c = 0; c < DIFF_CHANGES; c++)
            bundles[*n - 1].n_of[c] += bundles[i].n_of[c];
    }
    return bundles;
}

/* ---------------------------------------------------------------- for people */

static const char *moment(const struct notice *notice, char text[static RFC3339_BYTES])
{
    return notice == NULL ? "-" : clock_to_rfc3339(notice->at_ms, text);
}

static void print_head(const struct diff_report *report, FILE *out)
{
    char since[RFC3339_BYTES];
    char until[RFC3339_BYTES];

    (void) fprintf(out, "%s against the configurations that were live, %s to %s\n", report->config,
                   clock_to_rfc3339(report->bounds.since_ms, since), clock_to_rfc3339(report->bounds.until_ms, until));
    if (report->whole_from_ms > 0)
        (void) fprintf(out, "inputs are missing before %s\n", clock_to_rfc3339(report->whole_from_ms, since));
}

static void print_bundles(const struct diff *diff, FILE *out)
{
    size_t n;
    CLEANUP(mem_freep) struct bundle *bundles = bundle_up(diff, &n);

    (void) fprintf(out, "\n%-32s %-22s %8s %8s %8s %8s\n", "SERVICE", "WHY", "ADDED", "REMOVED", "MOVED", "CHANGED");
    for (size_t i = 0; i < n; i++) {
        const size_t *n_of = bundles[i].n_of;
        (void) fprintf(out, "%-32s %-22s %8zu %8zu %8zu %8zu\n", bundles[i].subject, bundles[i].why, n_of[DIFF_ADDED],
                       n_of[DIFF_REMOVED], n_of[DIFF_MOVED], n_of[DIFF_CHANGED]);
    }
}

/* "was > is", or what both are. */
static void print_both(FILE *out, const char *recorded, const char *new)
{
    if (recorded == NULL || new == NULL || strcmp(recorded, new) == 0)
        (void) fprintf(out, "  %s", recorded == NULL ? new : recorded);
    else
        (void) fprintf(out, "  %s > %s", recorded, new);
}

static void print_difference(const struct difference *difference, FILE *out)
{
    static const char marks[] = {'+', '-', '>', '~'};
    const struct notice *recorded = difference->recorded;
    const struct notice *new = difference->new;
    const struct notice *any = new == NULL ? recorded : new;
    char then[RFC3339_BYTES];
    char now[RFC3339_BYTES];

    (void) fprintf(out, "%c %-24s  %-24s  %-10s %s", marks[difference->change], moment(recorded, then), moment(new, now),
                   notify_kind_name(any->kind), any->key);
    print_both(out, recorded == NULL ? NULL : recorded->level, new == NULL ? NULL : new->level);
    print_both(out, recorded == NULL ? NULL : recorded->channels, new == NULL ? NULL : new->channels);
    (void) fprintf(out, "  (%s", difference->why);
    if (difference->gate != NULL && difference->gate->by != NULL)
        (void) fprintf(out, " by %s", difference->gate->by);
    (void) fprintf(out, ")\n");
}

static void print_totals(const struct diff_report *report, FILE *out)
{
    const struct diff *diff = report->diff;
    int64_t recorded = diff_noise_centi(diff->recorded.points, &report->bounds);
    int64_t new = diff_noise_centi(diff->new.points, &report->bounds);

    (void) fprintf(out, "\n%-16s %12s %12s\n", "", "RECORDED", "NEW");
    (void) fprintf(out, "%-16s %12zu %12zu\n", "notifications", diff->recorded.notifications, diff->new.notifications);
    (void) fprintf(out, "%-16s %9lld.%02lld %9lld.%02lld\n", "noise a day", (long long) (recorded / 100),
                   (long long) (recorded % 100), (long long) (new / 100), (long long) (new % 100));
    (void) fprintf(out, "\n%zu added, %zu removed, %zu moved, %zu changed, %zu the same\n", diff->n_of[DIFF_ADDED],
                   diff->n_of[DIFF_REMOVED], diff->n_of[DIFF_MOVED], diff->n_of[DIFF_CHANGED], diff->n_same);
}

void diff_report_print(const struct diff_report *report, FILE *out)
{
    const struct diff *diff = report->diff;

    print_head(report, out);
    if (diff->n > 0) {
        print_bundles(diff, out);
        (void) fprintf(out, "\n  %-24s  %-24s  %-10s KEY  LEVEL  CHANNELS  (WHY)\n", "RECORDED", "NEW", "KIND");
    }
    for (size_t i = 0; i < diff->n; i++)
        print_difference(&diff->at[i], out);
    print_totals(report, out);
}

/* ---------------------------------------------------------------- for machines */

static void put(json_t *object, const char *key, json_t *value)
{
    (void) json_object_set_new(object, key, value);    /* our own words, which are UTF-8 */
}

static void put_number(json_t *object, const char *key, int64_t number)
{
    put(object, key, json_integer(number));
}

static void put_text(json_t *object, const char *key, const char *text)
{
    put(object, key, text == NULL ? json_null() : json_string(text));
}

static json_t *side_json(const struct diff_count *count, const struct diff_bounds *bounds)
{
    json_t *side = json_object();

    put_number(side, "notifications", (int64_t) count->notifications);
    put_number(side, "noise_points", count->points);
    put(side, "noise_per_day", json_real((double) diff_noise_centi(count->points, bounds) / 100));
    return side;
}

static void put_changes(json_t *object, const size_t n_of[static DIFF_CHANGES])
{
    for (int c = 0; c < DIFF_CHANGES; c++)
        put_number(object, diff_change_name((enum diff_change) c), (int64_t) n_of[c]);
}

static json_t *bundles_json(const struct diff *diff)
{
    json_t *list = json_array();
    size_t n;
    CLEANUP(mem_freep) struct bundle *bundles = bundle_up(diff, &n);

    for (size_t i = 0; i < n; i++) {
        json_t *bundle = json_object();
        put_text(bundle, "subject", bundles[i].subject);
        put_text(bundle, "why", bundles[i].why);
        put_changes(bundle, bundles[i].n_of);
        (void) json_array_append_new(list, bundle);
    }
    return list;
}

/* "page, chat" as a list: names of channels hold neither. */
static json_t *channels_json(const char *joined)
{
    json_t *list = json_array();
    struct text rest = text_of(joined);
    struct text name;

    while (text_take_until(&rest, ',', &name)) {
        name = text_trim(name);
        (void) json_array_append_new(list, json_stringn(name.at, name.len));
    }
    return list;
}

static json_t *notice_json(const struct notice *notice)
{
    if (notice == NULL)
        return json_null();
    json_t *out = json_object();
    put_number(out, "t", notice->at_ms);
    put_text(out, "level", notice->level);
    put(out, "channels", channels_json(notice->channels));
    return out;
}

static json_t *difference_json(const struct difference *difference)
{
    const struct notice *any = difference->new == NULL ? difference->recorded : difference->new;
    json_t *out = json_object();

    put_text(out, "change", diff_change_name(difference->change));
    put_text(out, "kind", notify_kind_name(any->kind));
    put_text(out, "key", any->key);
    put_text(out, "service", any->service);
    put(out, "recorded", notice_json(difference->recorded));
    put(out, "new", notice_json(difference->new));
    put_text(out, "why", difference->why);
    put_text(out, "by", difference->gate == NULL ? NULL : difference->gate->by);
    return out;
}

json_t *diff_report_json(const struct diff_report *report)
{
    const struct diff *diff = report->diff;
    json_t *out = json_object();
    json_t *list = json_array();

    put_number(out, "since", report->bounds.since_ms);
    put_number(out, "until", report->bounds.until_ms);
    put(out, "whole_from", report->whole_from_ms == 0 ? json_null() : json_integer(report->whole_from_ms));
    put(out, "recorded", side_json(&diff->recorded, &report->bounds));
    put(out, "new", side_json(&diff->new, &report->bounds));
    put_changes(out, diff->n_of);
    put_number(out, "same", (int64_t) diff->n_same);
    put(out, "by", bundles_json(diff));
    for (size_t i = 0; i < diff->n; i++)
        (void) json_array_append_new(list, difference_json(&diff->at[i]));
    put(out, "differences", list);
    return out;
}

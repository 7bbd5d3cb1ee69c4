/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/replay/notices.h"

#include <stdlib.h>
#include <string.h>

static char *copy(struct notices *notices, const char *text)
{
    return text == NULL ? NULL : arena_copy_string(&notices->strings, text);
}

/* ops is read in the morning and ticket by a queue; whatever else there is calls somebody. */
static bool is_loud(const char *channel)
{
    return strcmp(channel, "ops") != 0 && strcmp(channel, "ticket") != 0;
}

static const char *join(struct notices *notices, const struct decision *decision)
{
    const char *joined = "";

    for (size_t i = 0; i < decision->n_channels; i++)
        joined = arena_format(&notices->strings, "%s%s%s", joined, i == 0 ? "" : ", ", decision->channels[i]);
    return joined;
}

static bool append(struct notice_list *list, const struct notice *notice)
{
    if (list->n == NOTICES_MAX)
        return false;
    if (list->n == list->cap) {
        list->cap = list->cap == 0 ? 256 : list->cap * 2;
        list->at = mem_resize(list->at, list->cap, sizeof *list->at);
    }
    list->at[list->n++] = *notice;
    return true;
}

static bool is_acknowledgement(const struct decision *decision)
{
    return decision->kind == DECISION_ACK && strcmp(decision->op, "set") == 0;
}

bool notices_add(struct notices *notices, const struct decision *decision)
{
    struct notice_list *list = decision->kind == DECISION_NOTIFY ? &notices->told
        : decision->kind == DECISION_SUPPRESS ? &notices->held
        : is_acknowledgement(decision) ? &notices->acknowledged : NULL;
    if (list == NULL)
        return true;

    struct notice notice = {
        .at_ms = decision->at_ms,
        .kind = list == &notices->acknowledged ? NOTIFY_RAISE : decision->notify,
        .reason = decision->reason,
        .key = copy(notices, decision->key),
        .service = copy(notices, decision->service),
        .level = decision->level == NULL ? "" : copy(notices, decision->level),
        .by = copy(notices, decision->by),
        .channels = join(notices, decision),
    };
    for (size_t i = 0; i < decision->n_channels; i++)
        notice.loud = notice.loud || is_loud(decision->channels[i]);
    return append(list, &notice);
}

int notice_compare_subject(const struct notice *a, const struct notice *b)
{
    int order = strcmp(a->key, b->key);

    return order != 0 ? order : (a->kind > b->kind) - (a->kind < b->kind);
}

static int by_subject_and_time(const void *left, const void *right)
{
    const struct notice *a = *(const struct notice *const *) left;
    const struct notice *b = *(const struct notice *const *) right;
    int order = notice_compare_subject(a, b);

    if (order != 0)
        return order;
    if (a->at_ms != b->at_ms)
        return a->at_ms < b->at_ms ? -1 : 1;
    return (a > b) - (a < b);    /* as they came */
}

static void sort(struct notice_list *list)
{
    if (list->n < 2)
        return;
    CLEANUP(mem_freep) const struct notice **order = mem_new_array(list->n, sizeof *order);
    struct notice *sorted = mem_new_array(list->n, sizeof *sorted);
    for (size_t i = 0; i < list->n; i++)
        order[i] = &list->at[i];
    qsort(order, list->n, sizeof *order, by_subject_and_time);
    for (size_t i = 0; i < list->n; i++)
        sorted[i] = *order[i];
    free(list->at);
    list->at = sorted;
    list->cap = list->n;
}

void notices_sort(struct notices *notices)
{
    sort(&notices->told);
    sort(&notices->held);
    sort(&notices->acknowledged);
}

void notices_done(struct notices *notices)
{
    free(notices->told.at);
    free(notices->held.at);
    free(notices->acknowledged.at);
    arena_done(&notices->strings);
    *notices = (struct notices) {0};
}

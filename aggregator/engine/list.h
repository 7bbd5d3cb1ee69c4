/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list: things that wait their turn, each at most once on a list, taken off in one step.
 *
 *     struct link changed;
 *     list_init(&changed);
 *     list_add(&changed, &service->dirty);         // nothing when it is on a list already
 *     struct link *first = list_take(&changed);    // NULL: empty
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Embedded in what waits; all zero: on no list. As the head of a list it points at itself when empty. */
struct link {
    struct link *prev;
    struct link *next;
};

static inline void list_init(struct link *head)
{
    head->prev = head;
    head->next = head;
}

static inline bool list_is_empty(const struct link *head)
{
    return head->next == head;
}

/* At the end; nothing when the item is on a list. */
static inline void list_add(struct link *head, struct link *item)
{
    if (item->next != NULL)
        return;
    item->prev = head->prev;
    item->next = head;
    head->prev->next = item;
    head->prev = item;
}

/* Off its list; nothing when it is on none. */
static inline void list_drop(struct link *item)
{
    if (item->next == NULL)
        return;
    item->prev->next = item->next;
    item->next->prev = item->prev;
    *item = (struct link) {0};
}

/* The first, off the list; NULL when there is none. */
static inline struct link *list_take(struct link *head)
{
    if (list_is_empty(head))
        return NULL;
    struct link *item = head->next;
    list_drop(item);
    return item;
}

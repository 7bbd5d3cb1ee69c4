/* SPDX-License-Identifier: Apache-2.0 */
/*
 * heap: who has a deadline, the earliest first. One entry an object, found through the timer embedded in it.
 *
 *     struct heap heap = {0};
 *     heap_set(&heap, &source->timer, 1300001);
 *     struct timer *first = heap_first(&heap, &due_ms);
 *
 * Pure; grows with the number of objects and never shrinks.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Embedded in whatever has a deadline. All zero: not in a heap. */
struct timer {
    uint32_t position;    /* in the heap, from 1; 0: not in it */
    uint8_t kind;         /* the owner's business */
};

struct heap_entry {
    int64_t due_ms;
    struct timer *timer;  /* borrowed from its object, which leaves the heap before it goes */
};

struct heap {             /* all zero is a valid, empty heap */
    struct heap_entry *entries;    /* owned */
    uint32_t n;
    uint32_t cap;
};

/* Puts the timer in, or moves it. */
void heap_set(struct heap *, struct timer *, int64_t due_ms);

/* Takes it out; nothing when it is not in. */
void heap_remove(struct heap *, struct timer *);

/* The earliest, and when; NULL and *due_ms = INT64_MAX when the heap is empty. */
struct timer *heap_first(const struct heap *, int64_t *due_ms);

/* When this timer is due; INT64_MAX when it is not in. */
int64_t heap_due(const struct heap *, const struct timer *);

/* Frees; leaves all zero. The timers themselves are not touched. */
void heap_done(struct heap *);

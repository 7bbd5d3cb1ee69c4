/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/engine/heap.h"

#include <stdlib.h>

#include "common/mem.h"

enum { HEAP_FIRST_CAP = 64 };

static void place(struct heap *heap, uint32_t at, struct heap_entry entry)
{
    heap->entries[at] = entry;
    entry.timer->position = at + 1;
}

static void rise(struct heap *heap, uint32_t at, struct heap_entry entry)
{
    while (at > 0) {
        uint32_t parent = (at - 1) / 2;
        if (heap->entries[parent].due_ms <= entry.due_ms)
            break;
        place(heap, at, heap->entries[parent]);
        at = parent;
    }
    place(heap, at, entry);
}

static void sink(struct heap *heap, uint32_t at, struct heap_entry entry)
{
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= heap->n)
            break;
        if (child + 1 < heap->n && heap->entries[child + 1].due_ms < heap->entries[child].due_ms)
            child++;
        if (entry.due_ms <= heap->entries[child].due_ms)
            break;
        place(heap, at, heap->entries[child]);
        at = child;
    }
    place(heap, at, entry);
}

void heap_set(struct heap *heap, struct timer *timer, int64_t due_ms)
{
    struct heap_entry entry = {.due_ms = due_ms, .timer = timer};

    if (timer->position == 0) {
        if (heap->n == heap->cap) {
            heap->cap = heap->cap == 0 ? HEAP_FIRST_CAP : heap->cap * 2;
            heap->entries = mem_resize(heap->entries, heap->cap, sizeof *heap->entries);
        }
        rise(heap, heap->n++, entry);
        return;
    }
    uint32_t at = timer->position - 1;
    if (due_ms < heap->entries[at].due_ms)
        rise(heap, at, entry);
    else
        sink(heap, at, entry);
}

void heap_remove(struct heap *heap, struct timer *timer)
{
    if (timer->position == 0)
        return;

    uint32_t at = timer->position - 1;
    timer->position = 0;
    struct heap_entry last = heap->entries[--heap->n];
    if (at == heap->n)
        return;
    if (at > 0 && last.due_ms < heap->entries[(at - 1) / 2].due_ms)
        rise(heap, at, last);
    else
        sink(heap, at, last);
}

struct timer *heap_first(const struct heap *heap, int64_t *due_ms)
{
    *due_ms = heap->n == 0 ? INT64_MAX : heap->entries[0].due_ms;
    return heap->n == 0 ? NULL : heap->entries[0].timer;
}

int64_t heap_due(const struct heap *heap, const struct timer *timer)
{
    return timer->position == 0 ? INT64_MAX : heap->entries[timer->position - 1].due_ms;
}

void heap_done(struct heap *heap)
{
    free(heap->entries);
    *heap = (struct heap) {0};
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/backlog.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

enum { FIRST_SLOTS = 64 };

static struct backlog_item *slot(const struct backlog *backlog, size_t index)
{
    return &backlog->ring[(backlog->head + index) & (backlog->cap - 1)];
}

static void resize(struct backlog *backlog, size_t cap)
{
    struct backlog_item *ring = mem_new_array(cap, sizeof *ring);
    for (size_t i = 0; i < backlog->n; i++)
        ring[i] = *slot(backlog, i);
    free(backlog->ring);
    backlog->ring = ring;
    backlog->cap = cap;
    backlog->head = 0;
}

/* Forgets the oldest item; its number is never given again. */
static void forget_oldest(struct backlog *backlog)
{
    assert(backlog->n > 0);
    struct backlog_item *oldest = slot(backlog, 0);
    assert(backlog->bytes >= oldest->len + BACKLOG_ITEM_COST);
    backlog->bytes -= oldest->len + BACKLOG_ITEM_COST;
    free(oldest->bytes);
    *oldest = (struct backlog_item) {0};

    backlog->head = (backlog->head + 1) & (backlog->cap - 1);
    backlog->n--;
    backlog->first++;
    if (backlog->n_sent > 0)
        backlog->n_sent--;
}

void backlog_init(struct backlog *backlog, size_t max_bytes)
{
    *backlog = (struct backlog) {.first = 1, .max_bytes = max_bytes};
}

void backlog_done(struct backlog *backlog)
{
    while (backlog->n > 0)
        forget_oldest(backlog);
    free(backlog->ring);
    *backlog = (struct backlog) {0};
}

/* Makes room; false: the item alone passes the ceiling. */
static bool make_room(struct backlog *backlog, size_t len)
{
    size_t cost = len + BACKLOG_ITEM_COST;
    if (cost > backlog->max_bytes || len > UINT32_MAX) {
        backlog->dropped++;
        return false;
    }
    while (backlog->bytes + cost > backlog->max_bytes) {
        forget_oldest(backlog);
        backlog->dropped++;
    }
    if (backlog->n == backlog->cap)
        resize(backlog, backlog->cap == 0 ? FIRST_SLOTS : backlog->cap * 2);
    return true;
}

static bool append(struct backlog *backlog, const void *bytes, size_t len)
{
    if (!make_room(backlog, len))
        return false;

    uint8_t *copy = mem_new(len);
    if (len > 0)
        memcpy(copy, bytes, len);
    backlog->n++;
    *slot(backlog, backlog->n - 1) = (struct backlog_item) {copy, (uint32_t) len};
    backlog->bytes += len + BACKLOG_ITEM_COST;
    return true;
}

void backlog_put(struct backlog *backlog, const void *bytes, size_t len)
{
    (void) append(backlog, bytes, len);   /* what did not fit is counted */
}

void backlog_put_first(struct backlog *backlog, const void *bytes, size_t len)
{
    if (!append(backlog, bytes, len))
        return;

    /* Numbers that were once sent are taken for ever; those behind them may still move up by one. */
    size_t fixed = backlog->ever_sent < backlog->first ? 0 : (size_t) (backlog->ever_sent - backlog->first) + 1;
    assert(fixed < backlog->n);
    struct backlog_item item = *slot(backlog, backlog->n - 1);
    for (size_t i = backlog->n - 1; i > fixed; i--)
        *slot(backlog, i) = *slot(backlog, i - 1);
    *slot(backlog, fixed) = item;
}

size_t backlog_peek(const struct backlog *backlog, struct wire_piece *pieces, size_t n_max, size_t bytes_max,
                    uint64_t *first)
{
    size_t n = 0;
    size_t bytes = 0;
    *first = backlog->first + backlog->n_sent;
    while (n < n_max && backlog->n_sent + n < backlog->n) {
        const struct backlog_item *item = slot(backlog, backlog->n_sent + n);
        if (n > 0 && bytes + item->len > bytes_max)
            break;
        bytes += item->len;
        pieces[n++] = (struct wire_piece) {item->bytes, item->len};
    }
    return n;
}

void backlog_mark_sent(struct backlog *backlog, size_t n)
{
    assert(n <= backlog->n - backlog->n_sent);
    backlog->n_sent += n;
    uint64_t last = backlog->first + backlog->n_sent - 1;
    if (n > 0 && last > backlog->ever_sent)
        backlog->ever_sent = last;
}

void backlog_rewind(struct backlog *backlog)
{
    backlog->n_sent = 0;
}

bool backlog_ack(struct backlog *backlog, uint64_t through)
{
    if (through > backlog->ever_sent)
        return false;

    while (backlog->n > 0 && backlog->first <= through)
        forget_oldest(backlog);
    if (through > backlog->acknowledged)
        backlog->acknowledged = through;
    if (backlog->n == 0 && backlog->cap > FIRST_SLOTS)
        resize(backlog, FIRST_SLOTS);   /* a long night's ring is given back in the morning */
    return true;
}

size_t backlog_unsent(const struct backlog *backlog)
{
    return backlog->n - backlog->n_sent;
}

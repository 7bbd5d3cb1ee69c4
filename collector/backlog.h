/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backlog: encoded items that nobody has acknowledged yet, numbered, in order, under a ceiling of bytes.
 *
 * Pure: no clock, no socket. Numbers start at 1 and go up by one; a full ring drops its oldest items, so that the numbers
 * show the gap. The cursor is what was sent on this connection; a new connection rewinds it.
 *
 *     struct wire_piece pieces[WIRE_ITEMS_MAX];
 *     uint64_t first;
 *     size_t n = backlog_peek(&backlog, pieces, 64, 512 * 1024, &first);
 *     if (n > 0 && sent(pieces, n, first))
 *         backlog_mark_sent(&backlog, n);
 *     ...
 *     backlog_ack(&backlog, through);
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/wire.h"

struct backlog_item {
    uint8_t *bytes;                /* owned */
    uint32_t len;
};

struct backlog {
    struct backlog_item *ring;     /* cap slots, a power of two; NULL when cap is 0 */
    size_t cap;
    size_t head;                   /* slot of the oldest */
    size_t n;
    size_t n_sent;                 /* of them, from the oldest: sent on this connection */
    uint64_t first;                /* number of the oldest, or of the next one when empty */
    uint64_t ever_sent;            /* the largest number that was ever sent */
    uint64_t acknowledged;
    uint64_t dropped;
    size_t bytes;                  /* held, with what each item costs besides its bytes */
    size_t max_bytes;
};

/* What an item costs besides its bytes: its slot and the allocator's share. */
enum { BACKLOG_ITEM_COST = 40 };

void backlog_init(struct backlog *, size_t max_bytes);
void backlog_done(struct backlog *);

/* Copies one encoded item to the end. What no longer fits is dropped from the front and counted; an item larger than the
 * whole ceiling is only counted. */
void backlog_put(struct backlog *, const void *bytes, size_t len);

/* The same, but in front of everything that was never sent: what must be known before the rest. */
void backlog_put_first(struct backlog *, const void *bytes, size_t len);

/* Up to n_max items and bytes_max bytes that were not sent on this connection; the pieces are borrowed until the next
 * change. Returns their number, and the number of the first in *first. The first item is given even if it is too long. */
size_t backlog_peek(const struct backlog *, struct wire_piece *pieces, size_t n_max, size_t bytes_max, uint64_t *first);

/* The next n are on the wire. */
void backlog_mark_sent(struct backlog *, size_t n);

/* A new connection: whatever is not acknowledged goes again. */
void backlog_rewind(struct backlog *);

/* Everything up to this number is committed. False, and nothing happens: it tells of what was never sent. */
bool backlog_ack(struct backlog *, uint64_t through);

/* How many are not yet sent on this connection. */
size_t backlog_unsent(const struct backlog *);

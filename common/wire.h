/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire: one ZeroMQ frame to messages and back. Pure; nothing here believes a length.
 *
 *     kind byte | Hello, Welcome, Reject, Ack, PollNow: one protobuf message
 *     kind byte | Batch: varint length, header, then for each item varint length, Item
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/error.h"
#include "proto/wire.pb.h"

enum {
    WIRE_PROTOCOL = 1,
    WIRE_PROTOCOL_OLDEST = 1,          /* still accepted */
    WIRE_ITEMS_MAX = 64,
    WIRE_BATCH_BYTES_MAX = 512 * 1024,
    WIRE_MESSAGE_BYTES_MAX = 1024 * 1024,   /* what the sockets accept at all */
    WIRE_ITEM_BYTES_MAX = Item_size,
    WIRE_PIECE_BYTES_MAX = Item_size + 3,   /* an item with its length in front: room that is always enough */
};

/* The kind of a frame; WIRE_UNSPECIFIED for an empty or foreign one. */
WireKind wire_kind(const void *frame, size_t len);

/*
 * Reads the message of a frame whose kind is known. -EBADMSG with words: not that message, a bound exceeded, bytes left
 * over, text that is not UTF-8. *out is then unspecified.
 */
int wire_decode_hello(const void *frame, size_t len, Hello *out, struct error *);
int wire_decode_welcome(const void *frame, size_t len, Welcome *out, struct error *);
int wire_decode_reject(const void *frame, size_t len, Reject *out, struct error *);
int wire_decode_ack(const void *frame, size_t len, Ack *out, struct error *);
int wire_decode_poll_now(const void *frame, size_t len, PollNow *out, struct error *);

/* A batch is read header first, then item by item. */
struct wire_batch {
    Batch header;
    const uint8_t *at;                 /* the next item; borrowed from the frame */
    const uint8_t *end;
    uint32_t items_left;
};

/* Checks header, item count and every length before anything is believed; -EBADMSG with words. Sequence numbers start at 1:
 * a `through_sequence` of 0 acknowledges nothing. */
int wire_batch_open(const void *frame, size_t len, struct wire_batch *out, struct error *);

/* The next item: 1 and *out, 0 at the end, -EBADMSG with words for one that cannot be read (the next call goes on after it).
 * A good item has a body, enum words of this schema, and metrics that are finite. */
int wire_batch_next(struct wire_batch *, Item *out, struct error *);

/* Writes a frame; returns its length, or -EMSGSIZE when cap is too small. */
int wire_encode_hello(const Hello *, void *frame, size_t cap);
int wire_encode_welcome(const Welcome *, void *frame, size_t cap);
int wire_encode_reject(const Reject *, void *frame, size_t cap);
int wire_encode_ack(const Ack *, void *frame, size_t cap);
int wire_encode_poll_now(const PollNow *, void *frame, size_t cap);

/* One item as it stands in a batch (length and message); returns its length or -EMSGSIZE. */
int wire_encode_item(const Item *, void *bytes, size_t cap);

/* A batch from items encoded before; their bytes are copied and header.items is set to their number. -EMSGSIZE: too many, too
 * long, or cap too small. */
struct wire_piece { const void *bytes; size_t len; };
int wire_encode_batch(const Batch *, const struct wire_piece *items, size_t n_items, void *frame, size_t cap);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * talk: the collector's half of the conversation with the aggregator. Hello until a Welcome comes; then batches from
 * the ring, and empty ones as a heartbeat; an Ack frees what it names, a Reject makes us greet again. Knows no
 * connection but a dealer to send with: publish tells it when there is one, what came and what time it is. Included
 * there alone.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/backlog.h"
#include "common/error.h"
#include "proto/wire.pb.h"

struct dealer;

enum talk_phase {
    TALK_AWAY,        /* no connection */
    TALK_GREETING,    /* connected; Hello until a Welcome comes */
    TALK_OPEN,        /* the aggregator has taken our Hello */
};

enum talk_input { TALK_INPUT_UP, TALK_INPUT_DOWN, TALK_INPUT_WELCOME, TALK_INPUT_START_OVER };

enum { TALK_DIGEST_HEX_BYTES = 65 };

struct talk {
    struct dealer *dealer;           /* borrowed; set before the first TALK_INPUT_UP */
    struct backlog backlog;
    enum talk_phase phase;
    pb_byte_t boot_id[16];
    Hello hello;
    Source *catalogue;               /* owned */
    size_t n_catalogue;
    uint64_t catalogue_from;         /* number of its first line when it was last put into the ring; 0: never */
    Vitals vitals;
    uint32_t items_max;              /* what the Welcome allowed */
    uint32_t bytes_max;
    bool hello_due;
    int64_t hello_at_mono_ms;        /* of the last one sent */
    int64_t hello_gap_ms;            /* until the next */
    int64_t batch_at_mono_ms;        /* of the last batch sent */
    int64_t progress_at_mono_ms;     /* of the last Ack that moved, or of the first batch after all was acknowledged */
    char reject[201];                /* the last refusal in words; "" when none */
};

/* A new run: a boot id of its own, an empty ring with this ceiling. libsodium is up. */
void talk_init(struct talk *, size_t backlog_bytes);
void talk_done(struct talk *);

/* Says from now on that we are this one, with this catalogue; both are copied. Told by the next Hello. */
void talk_adopt(struct talk *, const Hello *, const Source *catalogue, size_t n_catalogue);

/* The connection came (everything unacknowledged will go again) or went, or we are to introduce ourselves anew. */
void talk_step(struct talk *, enum talk_input);

/* Sends what may go now; true: more is to go out, but not at once. */
bool talk_send(struct talk *);

/* A frame has come: Welcome, Ack or Reject. What belongs to another run is ignored. Negative errno with words when it
 * cannot be read or is of another kind. */
int talk_hear(struct talk *, const void *frame, size_t len, struct error *);

/* Time has passed: a Hello may be due again, a heartbeat, or an answer missing for too long. */
void talk_tick(struct talk *, int64_t now_mono_ms);

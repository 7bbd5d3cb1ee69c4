/* SPDX-License-Identifier: Apache-2.0 */
/*
 * publish: gets what was observed to the aggregator, once, in order, through anything but the death of this process.
 *
 * Items are numbered and kept in a bounded ring until the aggregator acknowledges that it has committed them. On each new
 * connection everything unacknowledged goes again. When the ring is full the oldest items go first and are counted.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "common/error.h"
#include "proto/wire.pb.h"

struct publish;

struct publish_options {
    const char *endpoint;
    const char *server_key;            /* Z85; NULL: plain */
    const char *public_key;
    const char *secret_key;
    size_t backlog_bytes;              /* ceiling of the ring; it grows as needed */
    const Hello *hello;                /* copied; protocol, boot_id, wall clock and catalogue_digest are filled in by us */
    const Source *catalogue;           /* copied; sent when the aggregator asks for it */
    size_t n_catalogue;
    void (*poll_now)(void *context, const PollNow *);
    void (*welcomed)(void *context);   /* the aggregator has taken our Hello, maybe another or an older one than before */
    void *context;
};

/* Connects and starts talking on the loop; options are copied. Negative errno with words. */
int publish_start(uv_loop_t *, const struct publish_options *, struct publish **out, struct error *);

/* Takes one item (at_boot_ms is set to now when 0). Never fails: what does not fit pushes out the oldest. */
void publish_put(struct publish *, const Item *);

struct publish_state {
    uint64_t backlog_items;
    uint64_t backlog_bytes;
    uint64_t dropped_total;
    uint64_t acknowledged_sequence;
    bool welcome;                      /* the aggregator has taken our Hello on this connection */
    char reject[201];                  /* its last refusal in words; "" when none */
};
void publish_state(const struct publish *, struct publish_state *);

/* The collector's vitals that go with each batch, besides the ring's own; the worst loop lag since the last batch is kept. */
void publish_vitals(struct publish *, const Vitals *);

/* A new catalogue and Hello after a reload. */
void publish_update(struct publish *, const Hello *, const Source *catalogue, size_t n_catalogue);

/* Waits up to linger_ms for acknowledgement of what is in the ring, closes, frees, calls back. */
void publish_stop(struct publish *, int64_t linger_ms, void (*stopped)(void *context), void *context);

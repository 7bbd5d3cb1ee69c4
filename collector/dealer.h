/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dealer: one ZeroMQ connection to the aggregator, on a libuv loop. The only file of the collector that knows ZeroMQ.
 *
 * Frames go out while there is a connection and nowhere else: nothing piles up in the library. Callbacks run on the loop.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "common/error.h"

struct dealer;

enum dealer_event {
    DEALER_UP,           /* connected, handshake done */
    DEALER_DOWN,         /* the connection is gone; ZeroMQ dials again by itself */
    DEALER_REFUSED,      /* the other side does not want our key, or is none of ours: dial again with dealer_redial */
    DEALER_TRYING,       /* still dialling */
};

struct dealer_options {
    const char *endpoint;          /* tcp:// or ipc:// */
    const char *server_key;        /* Z85; NULL: plain */
    const char *public_key;
    const char *secret_key;
    void (*event)(void *context, enum dealer_event, const char *words);   /* words: what went wrong, or "" */
    void (*frame)(void *context, const void *frame, size_t len);   /* borrowed for the call */
    bool (*before_wait)(void *context);    /* each turn, before the loop sleeps: the time to send; true: more is to go out */
    void *context;
};

/* Opens the socket and starts dialling; options are copied by the library. Negative errno with words. */
int dealer_open(uv_loop_t *, const struct dealer_options *, struct dealer **out, struct error *);

/* 0; -EAGAIN: no connection, or it is full (before_wait is called again when that may have changed). */
int dealer_send(struct dealer *, const void *frame, size_t len);

/* Gives the connection up and dials anew. */
void dealer_redial(struct dealer *);

/* No callback but `closed` runs after this; it runs on the loop, when everything is freed. May be called in a callback. */
void dealer_close(struct dealer *, void (*closed)(void *context), void *context);

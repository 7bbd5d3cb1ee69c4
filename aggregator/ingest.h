/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ingest: the ROUTER to which collectors connect, on the core's loop. ZeroMQ is met here and in zap.c alone.
 *
 * The descriptor of a ZeroMQ socket signals a change, not a state, and sending may swallow the signal; so the loop asks
 * the socket itself: before it sleeps (prepare: while something waits an idle handle keeps it awake) and after each
 * wake-up (check, which calls `turn`).
 *
 *     static void on_turn(void *core)            // at each turn of the loop
 *     {
 *         while (… && ingest_next(ingest, &message))
 *             …
 *     }
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "common/error.h"
#include "common/keys.h"

struct inbox;
struct ingest;

struct ingest_options {
    const char *endpoint;              /* tcp://… or ipc://…, no other transport */
    const struct key_pair *keys;       /* NULL: plain text, for tcp://127.0.0.1 and ipc:// alone */
    struct authorized_keys *authorized;/* taken, also on failure; NULL when plain */
    struct inbox *inbox;               /* for what is to be recorded of refusals */
};

/* Opens and binds. Negative errno with words that name the endpoint. */
int ingest_open(const struct ingest_options *, struct ingest **out, struct error *);

/* On the loop from now on. has_work: whether the owner has work besides messages, so that the loop must not sleep. */
struct ingest_hooks {
    void (*turn)(void *context);
    bool (*has_work)(void *context);
    void *context;
};
int ingest_start(struct ingest *, uv_loop_t *, const struct ingest_hooks *, struct error *);

/* While paused messages wait where they are and wake nobody; turns go on when something else wakes the loop. */
void ingest_pause(struct ingest *, bool paused);

/* One message of one collector; borrowed until the next call. */
struct ingest_message {
    const char *name;                  /* whose key it is; NULL on a plain socket */
    const char *public_key;            /* NULL likewise */
    const void *address;               /* where an answer goes; a throw-away of this connection */
    size_t address_len;
    const void *frame;
    size_t len;
    bool malformed;                    /* not one frame: frame and len are not to be used */
};
bool ingest_next(struct ingest *, struct ingest_message *out);

/* Sends one frame. What cannot be sent at once is dropped: answers are cumulative, and a lost Welcome is asked for
 * again. False: nobody is there, or he does not read. */
bool ingest_send(struct ingest *, const void *address, size_t address_len, const void *frame, size_t len);

bool ingest_is_plain(const struct ingest *);

/* See zap.h; on a plain socket swap frees, generation is 1 and everything is permitted. */
void ingest_swap_keys(struct ingest *, struct authorized_keys *);
uint32_t ingest_keys_generation(const struct ingest *);
bool ingest_permits(struct ingest *, const char *name, const char *public_key, bool *services);

/* Closes the handles (the loop must turn once more), and then, when it has: ends the threads and frees. */
void ingest_stop(struct ingest *);
void ingest_close(struct ingest *);

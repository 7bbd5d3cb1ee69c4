/* SPDX-License-Identifier: Apache-2.0 */
/*
 * waiter: a write that waits for its commit, with its connection suspended.
 *
 * The request and the core hold one reference each, so neither a timeout nor a completion that comes late touches freed
 * memory. The rule of the library is kept to the letter: a connection is suspended only from inside its own handler, under
 * the lock that everyone takes before resuming it, and never twice.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aggregator/api/request.h"
#include "aggregator/inbox/inbox.h"

enum { WAIT_COMMIT_MS = 10 * 1000 };

enum waiter_state { WAITER_OPEN, WAITER_DONE, WAITER_TIMED_OUT, WAITER_STOPPED };

struct MHD_Connection;
struct explanation;
struct problem;
struct reply;
struct request;

/* All that wait; counted too, because a completion may come after the listener is gone. */
struct waiters;

struct waiter {
    struct waiters *all;
    struct waiter *next, *previous;
    struct MHD_Connection *connection;
    int references;
    enum waiter_state state;           /* this and the rest guarded by the lock of all */
    bool suspended;
    int64_t deadline_mono_ms;
    struct inbox_result result;        /* when done */
    uint32_t status;
    char *body;                        /* owned; NULL: none */
    struct explanation *explanation;   /* owned; of a question; NULL: no answer yet */
    struct problem *refusal;           /* owned; of a question about the past that was refused; NULL: it was not */
    char subject[REQUEST_ITEM_BYTES_MAX + 1];    /* for the answer: constant once put */
    char word[32];
    /* Makes the answer once it is resumed: 0, or a negative code and a problem. Constant once put. */
    int (*finish)(struct request *, struct reply *, struct problem *);
};

struct waiters *waiters_new(void);

/* Resumes all; who waits from now on is told at once that we stop. */
void waiters_stop(struct waiters *);

/* The listener's reference. */
void waiters_drop(struct waiters *);

/* The latest round that a completion has named. Completions run a moment before the board hears of their commit: until it
 * has, whoever was answered must not be shown what was before. */
uint64_t waiters_promised(const struct waiters *);

/* Resumes those whose time is up. */
void waiters_expire(struct waiters *, int64_t now_mono_ms);

/* With two references: the request's and the one that goes with the inbox item. */
struct waiter *waiter_new(struct waiters *, struct MHD_Connection *);

/* Gives up one reference. NULL is nothing. */
void waiter_drop(struct waiter *);

/* The completion of an inbox item whose context is the waiter; takes the item's reference. */
void waiter_complete(void *waiter, const struct inbox_result *, uint32_t status, const char *body);

/* Takes what an INBOX_EXPLAIN item was answered; its completion follows. */
void waiter_explained(void *waiter, struct explanation *);

/* Notes why a question about the past has no answer; its completion follows. */
void waiter_refused(void *waiter, const struct problem *);

/* From the connection's handler: suspends it and says true, unless the outcome is there already. */
bool waiter_wait(struct waiter *);

/* From the handler, after a resume. */
enum waiter_state waiter_state(struct waiter *);

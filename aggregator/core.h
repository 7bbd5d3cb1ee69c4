/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core: the one writer. Whatever changes state comes in here and leaves by one commit.
 *
 * A round takes what waits (batches of collectors, the inbox, deadlines) up to a number and a time, hands each input to
 * the engine, and writes all that it led to in one transaction. Only when that is durable is anything said outside:
 * acks, answers, wake-ups. A commit that fails is tried again with the same round, and until it succeeds nothing
 * further is taken in.
 *
 * All functions run on the loop's thread. Others speak to the core through the inbox, and wake the loop.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "aggregator/inbox/commit.h"
#include "common/error.h"

struct aggregator_config;
struct core;
struct health;
struct inbox;
struct ingest;
struct store;

enum { ROUND_ITEMS_MAX = 4096, ROUND_US_MAX = 5000, HEARTBEAT_MS = 30 * 1000 };

struct core_options {
    uv_loop_t *loop;
    struct store *store;                    /* all borrowed until core_free */
    struct inbox *inbox;
    struct health *health;
    struct ingest *ingest;                  /* opened, not started */
    struct aggregator_config *config;       /* held while in use */
    commit_fn committed;                    /* after each durable commit */
    void (*turned)(void *context);          /* at most once a second, from the loop: it still turns */
    void (*failed)(void *context); /* the store is beyond repair in this process: end it, not with exit code 0 */
    /* Reads the configuration and the keys again: 0 and *out with one reference, or words. */
    int (*reload)(void *context, struct aggregator_config **out, struct error *);
    void *context;                          /* of the four above */
};

/* Loads the state and commits the first round (what was on the wire is ambiguous, the configuration, a gap). */
int core_new(const struct core_options *, struct core **out, struct error *);

/* On the loop from now on. */
int core_start(struct core *, struct error *);

/* Wakes the loop for the inbox. Any thread. */
void core_wake(struct core *);

/* No collector is heard from now on; the inbox still is. */
void core_deafen(struct core *);

/* Takes what is left in the inbox, which must be closed, and commits it. False: the store does not take it; those who
 * wait are told that the core is stopping. */
bool core_finish(struct core *);

/* Closes the handles; the loop must turn once more before core_free. */
void core_stop(struct core *);
void core_free(struct core *);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * egress_check: opens connections to the neutral targets, one after the other until one accepts: regularly, at once when
 * somebody doubts, and never more often than once a second.
 *
 *     egress_check_ask(check, &job->wait);      // on_answered runs when a check that begins from now on has ended
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <uv.h>

#include "collector/egress.h"

struct egress_check;

struct egress_check_options {
    uv_loop_t *loop;
    const struct egress_config *config;                       /* borrowed until egress_check_stop has called back */
    bool ever_up;                                             /* a check before this one, of the same process, reached something */
    void (*changed)(void *context, enum egress_change);       /* went down or came up; may be NULL */
    void *context;
};

/* Starts checking, the first time at once. */
struct egress_check *egress_check_start(const struct egress_check_options *);

/* What is known now. Borrowed. */
const struct egress *egress_check_state(const struct egress_check *);

/* Checks ended so far, and how many of them reached nothing. */
void egress_check_count(const struct egress_check *, uint64_t *checks, uint64_t *failures);

/* Somebody who waits; the caller's, until it was answered or dropped. */
struct egress_wait {
    void (*answered)(struct egress_wait *, bool reached);
    TAILQ_ENTRY(egress_wait) link;
    int64_t asked_mono_ms;
};

/* Answers when a check has ended that begins from now on; on the loop, never before this returns. */
void egress_check_ask(struct egress_check *, struct egress_wait *);
void egress_check_drop(struct egress_check *, struct egress_wait *);

/* Where a target lies: by the address that was tried, or, where that is NULL, by its name. */
enum egress_place egress_check_place(const struct sockaddr *address, struct text host);

/* Something outside could not be reached: checks at once, without telling anybody in particular. */
void egress_check_doubt(struct egress_check *);

/* Ends it without answering who waits (they must not wait any more by the time it calls back), frees it, calls back. */
void egress_check_stop(struct egress_check *, void (*stopped)(void *context), void *context);

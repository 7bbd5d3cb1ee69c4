/* SPDX-License-Identifier: Apache-2.0 */
/*
 * past: questions about a time that is over. Whoever can replay what was recorded answers them, on a thread of their own and
 * one at a time, since each may keep a core busy for a while.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct past;
struct problem;
struct waiter;

struct past_question {
    const char *service;
    int64_t at_ms;                     /* not later than now */
    bool (*given_up)(void *asker);     /* whether nobody waits for the answer any more: to be asked now and then. Any thread */
    void *asker;
};

/* 0 and the JSON document, to be freed; or -EPROTO and a problem. Runs on the thread of the question. */
typedef int (*past_fn)(void *context, const struct past_question *, char **body, struct problem *);

struct past *past_new(past_fn, void *context);

/* Begins to answer; takes the waiter's reference that goes with the question, also on failure. 0; -EBUSY: another one is being
 * answered; or another negative errno: there is no thread for it. Any thread. */
int past_ask(struct past *, const char *service, int64_t at_ms, struct waiter *);

/* Waits for the answer under way, which ends soon once nobody waits for it, and frees. Nobody may ask any more. */
void past_free(struct past *);

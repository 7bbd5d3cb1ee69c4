/* SPDX-License-Identifier: Apache-2.0 */
/*
 * retry: when to ask again. Within a poll, once more and once more again after what is likely to pass; beyond it not before the host
 * wants to be asked.
 *
 * Pure: answers, chance and time are arguments. Times are readings of one clock that never goes back, in milliseconds.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/rng.h"

struct http_reply;

enum { RETRIES_MAX = 2, BACKOFF_MS_MAX = 900000 };

/*
 * How long to wait until the same request is made again within the poll: 300..1000 ms the first time, 1000..3000 ms the
 * second. -1: not at all: the answer is final, `retries` have been used up, or left_ms of the poll's time is over by then.
 * What may pass is a network error and a 5xx without Retry-After.
 */
int64_t retry_wait_ms(const struct http_reply *, int retries, int64_t left_ms, struct rng *);

/* A host's wish not to be asked for a while. */
struct backoff {                   /* all zero: there is none */
    int64_t until_ms;              /* 0: none */
    unsigned steps;                /* 429s in a row that did not say for how long */
};

/*
 * Takes over what an answer wishes: 429 and 503 with Retry-After for as long as that says, a bare 429 for 2, 4, 8 and then 15
 * minutes with up to a tenth more; 15 minutes at most. False: it wishes nothing.
 */
bool backoff_take(struct backoff *, const struct http_reply *, int64_t now_ms, struct rng *);

bool backoff_holds(const struct backoff *, int64_t now_ms);

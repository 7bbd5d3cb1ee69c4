/* SPDX-License-Identifier: Apache-2.0 */
/*
 * breaker: whether a host is asked at all.
 *
 * Opens after so many failed polls in a row, whichever of the host's pages they were of. While it is open nothing is asked;
 * when its time is over one poll goes out as a trial, and what comes of it closes the breaker or opens it anew.
 *
 *     if (breaker_holds(&breaker, &policy, now_ms))
 *         ...                                        // told as a failed poll, without a request
 *     breaker_begin(&breaker);                       // a poll goes out
 *     change = answered ? breaker_passed(&breaker) : breaker_failed(&breaker, &policy, now_ms);
 *
 * Pure. Times are readings of one clock that never goes back, in milliseconds.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum breaker_state { BREAKER_CLOSED, BREAKER_OPEN, BREAKER_TRIAL };

enum breaker_change { BREAKER_SAME, BREAKER_OPENED, BREAKER_REOPENED, BREAKER_SHUT };

struct breaker_policy {
    int64_t failures;              /* polls in a row that open it, 1 and up */
    int64_t open_ms;               /* how long it stays open */
};

struct breaker {                   /* all zero is a closed one */
    enum breaker_state state;
    int64_t failures;              /* polls in a row, at most the policy's */
    int64_t opened_at_ms;          /* the last time */
};

/* Whether a poll must not go out now: it is open, or its trial is under way. */
bool breaker_holds(const struct breaker *, const struct breaker_policy *, int64_t now_ms);

/* A poll goes out that it did not hold: through an open one, the trial. */
void breaker_begin(struct breaker *);

/* How that poll ended. What is heard from one that went out before it opened changes nothing but may close it. */
enum breaker_change breaker_passed(struct breaker *);
enum breaker_change breaker_failed(struct breaker *, const struct breaker_policy *, int64_t now_ms);

/* It ended without telling anything of the host: what was a trial is still to be made. */
void breaker_learned_nothing(struct breaker *);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outbox_hand: what may be done to a notification by hand. Pure.
 *
 * A dead one may be sent again only where that leaves its receiver told what is true: nothing newer of the same alert
 * was told it or is coming, and what it says still holds. What must not be sent is not: the refusal says why.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "proto/rows.pb.h"

enum { OUTBOX_WORDS_BYTES = 256 };

/* What a retry is measured by. */
struct outbox_truth {
    const char *receiver;      /* who would get it now; NULL: nobody carries its channel */
    bool heard;                /* the receiver was told of the alert, and not yet that it is over */
    uint64_t newer;            /* a later notification of the alert that it was told or is to be told; 0: none */
    bool goes_on;              /* the alert is open (of a flapping notice: the service flaps) */
    int64_t opened_at_ms;      /* when it is open: since when, engine clock; 0: not known */
    const char *level;         /* when it is open: what was last decided to be told; NULL: it has none to compare */
    bool full;                 /* the outbox takes nothing more */
};

/* Whether it may be sent again; if not, why. */
bool outbox_may_retry(const OutboxRow *, const struct outbox_truth *, char why[static OUTBOX_WORDS_BYTES]);

/* Whether it may be given up; if not, why. */
bool outbox_may_drop(const OutboxRow *, char why[static OUTBOX_WORDS_BYTES]);

/* Says that it is over: resolve, flap_stop. */
bool outbox_closes(const OutboxRow *);

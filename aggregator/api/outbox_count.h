/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outbox_count: how many notifications are in each state, for the summary and /metrics. Counted over the newest rows and
 * kept until the outbox is touched again. Thread-safe.
 */
#pragma once

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "aggregator/store/store.h"

enum { OUTBOX_STATE_COUNT = OUTBOX_SUPERSEDED + 1, OUTBOX_COUNTED_MAX = 10000 };

struct outbox_tally {
    size_t by_state[OUTBOX_STATE_COUNT];   /* of the dead those that nobody has dropped */
    size_t dropped;
};

struct outbox_count {
    pthread_mutex_t lock;              /* guards the rest */
    uint64_t round;                    /* of VIEW_OUTBOX; UINT64_MAX: never counted */
    struct outbox_tally tally;
};

void outbox_count_init(struct outbox_count *);
void outbox_count_done(struct outbox_count *);

/* The tally as of this snapshot, whose VIEW_OUTBOX was last touched in this round. */
struct outbox_tally outbox_count_get(struct outbox_count *, struct store_txn *, uint64_t round);

/* pending, claimed, sent, ambiguous, dead, superseded; "unknown" for what is none. Static. */
const char *outbox_state_name(OutboxState);

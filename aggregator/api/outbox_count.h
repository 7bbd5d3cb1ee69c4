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
#include "common/limits.h"

enum { OUTBOX_STATE_COUNT = OUTBOX_SUPERSEDED + 1, OUTBOX_COUNTED_MAX = 10000, OUTBOX_QUEUES_MAX = 80 };

/* What waits for one receiver, and what of it is dead and not dropped. "": of nobody, for no channel had one. */
struct outbox_queue {
    char receiver[CHANNEL_BYTES_MAX + 1];
    size_t waiting;                        /* pending, ambiguous and claimed */
    int64_t oldest_ms;                     /* when the oldest of these was decided; 0: none waits */
    int64_t next_ms;                       /* when the next is due; 0: none waits */
    size_t dead;
};

struct outbox_tally {
    struct outbox_queue queues[OUTBOX_QUEUES_MAX];
    size_t n_queues;
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

/* The queue of a receiver; NULL: nothing of it is counted. */
const struct outbox_queue *outbox_tally_queue(const struct outbox_tally *, const char *receiver);

/* pending, claimed, sent, ambiguous, dead, superseded; "unknown" for what is none. Static. */
const char *outbox_state_name(OutboxState);

/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/outbox_count.h"

#include <string.h>

#include "aggregator/api/walk.h"
#include "common/text.h"

void outbox_count_init(struct outbox_count *count)
{
    *count = (struct outbox_count) {.lock = PTHREAD_MUTEX_INITIALIZER, .round = UINT64_MAX};
}

void outbox_count_done(struct outbox_count *count)
{
    (void) pthread_mutex_destroy(&count->lock);
}

const struct outbox_queue *outbox_tally_queue(const struct outbox_tally *tally, const char *receiver)
{
    for (size_t i = 0; i < tally->n_queues; i++) {
        if (strcmp(tally->queues[i].receiver, receiver) == 0)
            return &tally->queues[i];
    }
    return NULL;
}

/* NULL: there are more receivers than are counted, which takes channels that were renamed often. */
static struct outbox_queue *queue_get(struct outbox_tally *tally, const char *receiver)
{
    const struct outbox_queue *found = outbox_tally_queue(tally, receiver);
    if (found != NULL)
        return &tally->queues[found - tally->queues];
    if (tally->n_queues == OUTBOX_QUEUES_MAX)
        return NULL;
    struct outbox_queue *queue = &tally->queues[tally->n_queues++];
    (void) text_copy(queue->receiver, sizeof queue->receiver, text_of(receiver));
    return queue;
}

static void count_queue(struct outbox_tally *tally, const OutboxRow *row)
{
    bool waits = row->state == OUTBOX_PENDING || row->state == OUTBOX_AMBIGUOUS || row->state == OUTBOX_CLAIMED;
    bool dead = row->state == OUTBOX_DEAD && row->dropped_at_ms == 0;
    struct outbox_queue *queue = waits || dead ? queue_get(tally, row->receiver) : NULL;
    if (queue == NULL)
        return;
    queue->dead += dead;
    if (!waits)
        return;
    queue->waiting++;                      /* newest first: the last that is seen is the oldest, and goes first */
    queue->oldest_ms = row->decided_at_ms;
    queue->next_ms = row->next_attempt_ms;
}

static struct outbox_tally walk(struct store_txn *txn)
{
    OutboxRow row;
    struct outbox_tally tally = {0};
    struct store_cursor cursor;

    store_walk(txn, TABLE_OUTBOX, (struct store_range) {.backwards = true}, &cursor);
    for (int i = 0; i < OUTBOX_COUNTED_MAX && walk_next(&cursor, NULL, &row); i++) {
        count_queue(&tally, &row);
        if (row.state == OUTBOX_DEAD && row.dropped_at_ms != 0)
            tally.dropped++;
        else if (row.state > OUTBOX_UNSPECIFIED && row.state <= OUTBOX_SUPERSEDED)
            tally.by_state[row.state]++;
    }
    store_walk_end(&cursor);
    return tally;
}

struct outbox_tally outbox_count_get(struct outbox_count *count, struct store_txn *txn, uint64_t round)
{
    struct outbox_tally tally;

    (void) pthread_mutex_lock(&count->lock);
    bool fresh = count->round == round;
    tally = count->tally;
    (void) pthread_mutex_unlock(&count->lock);
    if (fresh)
        return tally;

    tally = walk(txn);                       /* not under the lock: a snapshot is read */
    (void) pthread_mutex_lock(&count->lock);
    count->round = round;
    count->tally = tally;
    (void) pthread_mutex_unlock(&count->lock);
    return tally;
}

const char *outbox_state_name(OutboxState state)
{
    static const char *const names[OUTBOX_STATE_COUNT] = {
        [OUTBOX_UNSPECIFIED] = "unknown", [OUTBOX_PENDING] = "pending",     [OUTBOX_CLAIMED] = "claimed",
        [OUTBOX_SENT] = "sent",           [OUTBOX_AMBIGUOUS] = "ambiguous", [OUTBOX_DEAD] = "dead",
        [OUTBOX_SUPERSEDED] = "superseded"};

    return state <= OUTBOX_SUPERSEDED ? names[state] : names[OUTBOX_UNSPECIFIED];
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/outbox_count.h"

#include "aggregator/api/walk.h"

void outbox_count_init(struct outbox_count *count)
{
    *count = (struct outbox_count) {.lock = PTHREAD_MUTEX_INITIALIZER, .round = UINT64_MAX};
}

void outbox_count_done(struct outbox_count *count)
{
    (void) pthread_mutex_destroy(&count->lock);
}

static struct outbox_tally walk(struct store_txn *txn)
{
    OutboxRow row;
    struct outbox_tally tally = {0};
    struct store_cursor cursor;

    store_walk(txn, TABLE_OUTBOX, (struct store_range) {.backwards = true}, &cursor);
    for (int i = 0; i < OUTBOX_COUNTED_MAX && walk_next(&cursor, NULL, &row); i++) {
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

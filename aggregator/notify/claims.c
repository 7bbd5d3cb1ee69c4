/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/notify/claims.h"

#include <errno.h>
#include <limits.h>

#include "aggregator/store/store.h"

enum { SLICE_ROWS = 1000 };   /* a reader pins pages: a long walk renews its snapshot */

static bool is_finished(const OutboxRow *row)
{
    switch (row->state) {
    case OutboxState_OUTBOX_SENT:
    case OutboxState_OUTBOX_DEAD:
    case OutboxState_OUTBOX_SUPERSEDED:
        return true;
    case OutboxState_OUTBOX_UNSPECIFIED:
    case OutboxState_OUTBOX_PENDING:
    case OutboxState_OUTBOX_CLAIMED:
    case OutboxState_OUTBOX_AMBIGUOUS:   /* claimed again when it is due */
        break;
    }
    return false;
}

struct walk {
    uint64_t next;             /* first sequence not yet seen */
    uint64_t floor;            /* lowest unfinished one seen; UINT64_MAX: none */
    int claimed;
};

/* 0: there may be more; STORE_ABSENT: that was the last row. */
static int visit_slice(struct claims *claims, struct store_txn *txn, struct walk *walk, claims_visit_fn visit, void *context)
{
    struct store_cursor cursor;
    store_walk(txn, TABLE_OUTBOX, (struct store_range) {.from = key_number(walk->next)}, &cursor);

    int r = 0;
    for (int i = 0; i < SLICE_ROWS && r == 0; i++) {
        struct store_key key;
        r = store_next(&cursor, &key, &claims->row);
        if (r == STORE_ABSENT)
            break;
        uint64_t sequence;
        if (key_to_number(&key, &sequence))
            walk->next = sequence + 1;
        if (r == -EBADMSG) {
            r = 0;             /* the core reports a row that cannot be read; those behind it still go out */
            continue;
        }
        if (r < 0)
            break;
        if (!is_finished(&claims->row) && claims->row.sequence < walk->floor)
            walk->floor = claims->row.sequence;
        if (claims->row.state == OutboxState_OUTBOX_CLAIMED && walk->claimed < INT_MAX) {
            walk->claimed++;
            visit(context, &claims->row);
        }
    }
    store_walk_end(&cursor);
    return r;
}

int claims_visit(struct claims *claims, struct store *store, claims_visit_fn visit, void *context)
{
    struct walk walk = {.next = claims->floor, .floor = UINT64_MAX};

    for (int r = 0; r != STORE_ABSENT;) {
        struct store_txn *txn;
        r = store_read(store, &txn);
        if (r < 0)
            return r;
        r = visit_slice(claims, txn, &walk, visit, context);
        store_end(txn);
        if (r < 0)
            return r;
    }
    claims->floor = walk.floor == UINT64_MAX ? walk.next : walk.floor;
    return walk.claimed;
}

void claims_rewind(struct claims *claims)
{
    claims->floor = 0;
}

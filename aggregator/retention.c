/* SPDX-License-Identifier: Apache-2.0 */
/* Rows that nobody asks for any more go, a slice at a time inside ordinary rounds. */
#include "aggregator/core_private.h"
#include "common/minutes.h"

enum { SLICE_ROWS = 1000, MINUTES_RETENTION = 100 * DAY_MINUTES };

void retention_prune(struct core *core)
{
    MinutesState *row = &core->scratch->load.minutes;
    int64_t oldest = minute_of(core->round.now_ms) - MINUTES_RETENTION;
    struct store_txn *txn;
    if (store_read(core->options.store, &txn) < 0)
        return;   /* they do no harm: nobody asks for so old ones */
    struct store_cursor cursor;
    struct store_key key = {.len = 0};
    int r = 0;
    store_walk(txn, TABLE_MINUTES, (struct store_range) {.from = core->minutes_after, .exclusive = true}, &cursor);
    for (int i = 0; i < SLICE_ROWS && r == 0; i++) {
        r = store_next(&cursor, &key, row);
        if (r == 0 && row->first + (int64_t) row->n <= oldest)
            round_delete(&core->round, TABLE_MINUTES, key);
    }
    store_walk_end(&cursor);
    store_end(txn);
    core->minutes_after = r == 0 ? key : (struct store_key) {.len = 0};
}

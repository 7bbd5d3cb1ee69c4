/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Readings of a host that was forgotten may be a million rows: they go in slices, a commit each, and nobody has to
 * remember whose they are. The table is gone through host by host; who has no collector any more loses his.
 */
#include <string.h>

#include "aggregator/core_private.h"
#include "common/text.h"

enum { SWEEP_HOSTS_MAX = 512, SWEEP_ROWS_MAX = 2048 };

static bool is_gone(const struct core *core, struct text host)
{
    char name[ID_BYTES_MAX + 1];
    if (!text_copy(name, sizeof name, host))
        return true;   /* a name that no collector can have */
    const struct collector *collector = collectors_find(&core->collectors, name);

    return collector == NULL || !collector_is_known(collector);
}

/* Behind the last of this host: keys are HOST, a zero byte, and what follows. */
static struct store_key end_of(struct text host)
{
    struct store_key key = {.len = host.len + 1};

    memcpy(key.bytes, host.at, host.len);
    key.bytes[host.len] = 1;
    return key;
}

static size_t delete_readings(struct core *core, struct store_txn *txn, struct text host)
{
    struct store_cursor cursor;
    struct store_key key = end_of(host);
    size_t n = 0;

    key.bytes[host.len] = 0;
    store_walk(txn, TABLE_SAMPLES, (struct store_range) {.prefix = key}, &cursor);
    for (; n < SWEEP_ROWS_MAX && store_next(&cursor, &key, NULL) == 0; n++)
        round_delete(&core->round, TABLE_SAMPLES, key);
    store_walk_end(&cursor);
    return n;
}

/* The next host that has readings; false: there is none behind this place. */
static bool next_host(struct store_txn *txn, const struct store_key *after, struct store_key *out)
{
    struct store_cursor cursor;

    store_walk(txn, TABLE_SAMPLES, (struct store_range) {.from = *after}, &cursor);
    bool found = store_next(&cursor, out, NULL) == 0;
    store_walk_end(&cursor);
    return found;
}

void core_sweep(struct core *core)
{
    struct store_txn *txn;
    if (store_read(core->options.store, &txn) < 0)
        return;   /* they do no harm: nothing shows them */

    size_t rows = 0;
    for (int i = 0; i < SWEEP_HOSTS_MAX && rows < SWEEP_ROWS_MAX; i++) {
        struct store_key key;
        struct text host;
        if (!next_host(txn, &core->sweep_after, &key) || !key_to_part(&key, 0, &host)) {
            core->sweep_after.len = 0;
            break;
        }
        if (is_gone(core, host))
            rows += delete_readings(core, txn, host);
        if (rows < SWEEP_ROWS_MAX)
            core->sweep_after = end_of(host);
    }
    store_end(txn);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/store/journal.h"

#include <assert.h>
#include <stddef.h>

#include <pb_encode.h>

#include "aggregator/store/store_private.h"

void journal_put_command(struct store_txn *txn, uint64_t input, int64_t at_ms, const Command *command)
{
    JournalRow row = {.which_entry = JournalRow_command_tag, .entry.command = *command, .at_ms = at_ms};

    store_put(txn, TABLE_JOURNAL, key_number(input), &row);
}

/* The row around an encoded run is a tag and a length: no second encoding of what is encoded. */
static void put(struct store_txn *txn, const char *collector, const struct run *run)
{
    uint8_t run_bytes[RUN_BYTES_MAX];
    int len = run_encode(run, collector, run_bytes, sizeof run_bytes);
    assert(len >= 0);   /* RUN_BYTES_MAX are enough, and a collector's name is bounded */
    if (len == 0)
        return;

    uint8_t row[JournalRow_size];
    pb_ostream_t out = pb_ostream_from_buffer(row, sizeof row);
    bool written = pb_encode_tag(&out, PB_WT_STRING, JournalRow_run_tag)
        && pb_encode_string(&out, run_bytes, (size_t) len);
    assert(written);
    struct store_key key = key_number(run->input);
    store_put_encoded(txn, TABLE_JOURNAL, &key, (struct text) {(const char *) row, out.bytes_written});
}

void journal_put_run(struct store_txn *txn, const struct run *run)
{
    put(txn, NULL, run);
}

void journal_put_heartbeats(struct store_txn *txn, const char *collector, const struct run *run)
{
    put(txn, collector, run);
}

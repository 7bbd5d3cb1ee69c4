/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/store/journal.h"

#include <assert.h>
#include <pb_encode.h>
#include <stddef.h>

#include "aggregator/store/put.h"
#include "aggregator/store/store_private.h"

enum { LENGTH_BYTES_MAX = 2 };

_Static_assert(RUN_BYTES_MAX < 1 << 14 && JOURNAL_ROW_BYTES_MAX >= 1 + LENGTH_BYTES_MAX + (int) RUN_BYTES_MAX,
               "the length of a run is a varint of two bytes at most");

struct text journal_encode_command(const Command *command, int64_t at_ms, uint8_t room[static JOURNAL_ROW_BYTES_MAX])
{
    const JournalRow row = {.which_entry = JournalRow_command_tag, .entry.command = *command, .at_ms = at_ms};
    pb_ostream_t out = pb_ostream_from_buffer(room, JOURNAL_ROW_BYTES_MAX);
    bool encoded = pb_encode(&out, JournalRow_fields, &row);
    assert(encoded);   /* there is room for the longest, and no field is a callback */

    return (struct text) {(const char *) room, out.bytes_written};
}

void journal_put_command(struct store_txn *txn, uint64_t input, int64_t at_ms, const Command *command)
{
    uint8_t room[JOURNAL_ROW_BYTES_MAX];

    journal_put_encoded(txn, input, journal_encode_command(command, at_ms, room));
}

/* The row around a run is a tag and a length, of two bytes each at most, which are put in front when the length is known. */
struct text journal_encode_run(const struct run *run, const char *collector, uint8_t room[static JOURNAL_ROW_BYTES_MAX])
{
    uint8_t *encoded = room + 1 + LENGTH_BYTES_MAX;
    int len = run_encode(run, collector, encoded, RUN_BYTES_MAX);
    assert(len >= 0);   /* RUN_BYTES_MAX are enough, and a collector's name is bounded */
    if (len == 0)
        return (struct text) {(const char *) room, 0};

    uint8_t *row = encoded - 1 - (len < 0x80 ? 1 : LENGTH_BYTES_MAX);
    uint8_t *end = put_varint(put_tag(row, JournalRow_run_tag, PB_WT_STRING), (uint64_t) len);
    assert(end == encoded);
    return (struct text) {(const char *) row, (size_t) (encoded - row) + (size_t) len};
}

void journal_put_encoded(struct store_txn *txn, uint64_t input, struct text row)
{
    struct store_key key = key_number(input);

    store_put_encoded(txn, TABLE_JOURNAL, &key, row);
}

static void put(struct store_txn *txn, const char *collector, const struct run *run)
{
    uint8_t room[JOURNAL_ROW_BYTES_MAX];
    struct text row = journal_encode_run(run, collector, room);

    if (row.len > 0)
        journal_put_encoded(txn, run->input, row);
}

void journal_put_run(struct store_txn *txn, const struct run *run)
{
    put(txn, NULL, run);
}

void journal_put_heartbeats(struct store_txn *txn, const char *collector, const struct run *run)
{
    put(txn, collector, run);
}

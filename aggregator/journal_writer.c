/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/journal_writer.h"

#include <stdlib.h>

#include "aggregator/store/journal.h"

static void add(struct journal_writer *writer, uint64_t input, struct text row)
{
    if (writer->n == writer->cap) {
        writer->cap = writer->cap == 0 ? 256 : 2 * writer->cap;
        writer->entries = mem_resize(writer->entries, writer->cap, sizeof *writer->entries);
    }
    writer->entries[writer->n++] = (struct journal_entry) {input, {arena_copy_text(&writer->arena, row), row.len}};
}

void journal_writer_take(struct journal_writer *writer, struct run *run, const char *collector)
{
    uint8_t room[JOURNAL_ROW_BYTES_MAX];
    struct text row = journal_encode_run(run, collector, room);
    if (row.len > 0)
        add(writer, run->input, row);
    run_clear(run);
}

void journal_writer_single(struct journal_writer *writer, const Observation *observation, uint64_t input, int64_t at_ms)
{
    struct run run = {0};
    run_start(&run, observation, input, at_ms);
    journal_writer_take(writer, &run, NULL);
    run_done(&run);
}

void journal_writer_command(struct journal_writer *writer, const Command *command, uint64_t input, int64_t at_ms)
{
    uint8_t room[JOURNAL_ROW_BYTES_MAX];

    add(writer, input, journal_encode_command(command, at_ms, room));
}

static int by_input(const void *a, const void *b)
{
    const struct journal_entry *left = a;
    const struct journal_entry *right = b;

    return (left->input > right->input) - (left->input < right->input);
}

/* Sources that report in turn break their runs in turn: mostly there is nothing to sort. */
static bool is_sorted(const struct journal_writer *writer)
{
    for (size_t i = 1; i < writer->n; i++) {
        if (writer->entries[i - 1].input > writer->entries[i].input)
            return false;
    }
    return true;
}

void journal_writer_write(struct journal_writer *writer, struct store_txn *txn)
{
    if (!is_sorted(writer))
        qsort(writer->entries, writer->n, sizeof *writer->entries, by_input);
    for (size_t i = 0; i < writer->n; i++)
        journal_put_encoded(txn, writer->entries[i].input, writer->entries[i].row);
}

void journal_writer_reset(struct journal_writer *writer)
{
    writer->n = 0;
    arena_reset(&writer->arena);
}

void journal_writer_done(struct journal_writer *writer)
{
    journal_writer_reset(writer);
    free(writer->entries);
    arena_done(&writer->arena);
    *writer = (struct journal_writer) {0};
}

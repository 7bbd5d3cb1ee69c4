/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/journal_writer.h"

#include <stdlib.h>

#include "aggregator/store/journal.h"

static struct journal_entry *add(struct journal_writer *writer, uint64_t input)
{
    if (writer->n == writer->cap) {
        writer->cap = writer->cap == 0 ? 256 : 2 * writer->cap;
        writer->entries = mem_resize(writer->entries, writer->cap, sizeof *writer->entries);
    }
    struct journal_entry *entry = &writer->entries[writer->n++];
    *entry = (struct journal_entry) {.input = input};
    return entry;
}

void journal_writer_take(struct journal_writer *writer, struct run *run, const char *collector)
{
    uint8_t room[JOURNAL_RUN_BYTES_MAX];
    struct text row = journal_encode_run(run, collector, room);
    if (row.len > 0)
        add(writer, run->input)->row = (struct text) {arena_copy_text(&writer->arena, row), row.len};
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
    struct journal_entry *entry = add(writer, input);
    Command *copy = arena_new(&writer->arena, sizeof *copy);
    *copy = *command;
    entry->command = copy;
    entry->at_ms = at_ms;
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
    for (size_t i = 0; i < writer->n; i++) {
        const struct journal_entry *entry = &writer->entries[i];
        if (entry->command != NULL)
            journal_put_command(txn, entry->input, entry->at_ms, entry->command);
        else
            journal_put_encoded(txn, entry->input, entry->row);
    }
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

/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/replay/journal.h"

#include <assert.h>
#include <errno.h>
#include <pb_decode.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/engine/heap.h"
#include "aggregator/replay/recorded.h"
#include "aggregator/store/run.h"
#include "aggregator/store/store.h"
#include "common/mem.h"

enum { SLICE_ROWS = 512, FIRST_INPUT = 1 };

/* Something that still has inputs to give: a run, or a command, which gives one. Waits in the heap under the number of
 * its next one. */
struct giver {
    struct timer timer;
    Run *run;                  /* owned; NULL of a command */
    struct run_reader reader;
    Command *command;          /* owned */
    int64_t at_ms;
};

/* A run that was open when the journal was: its first input, by which a row that holds it later is known. */
struct open_run {
    uint64_t input;
    struct giver *giver;       /* owned until it is due; NULL: none of its inputs is wanted */
};

struct replay_journal {
    struct store *store;
    bool owns_store;
    uint64_t from;             /* the first input that is wanted */
    uint64_t limit;            /* the first input that is not read */
    uint64_t expected;         /* the number that comes next when nothing is missing */
    struct replay_missing missing;
    struct giver *given;       /* gave the last input, which borrows from it: goes on before the next */
    struct open_run *open;     /* owned, by input */
    size_t n_open, cap_open;
    struct giver **slice;      /* owned, as what it points to: rows that were read, by input */
    uint64_t *slice_inputs;
    size_t n_slice, slice_at;
    struct store_key last;     /* of the rows that were read; len 0: none */
    bool ended;
    struct heap heap;
    JournalRow *row;           /* room */
};

static void giver_free(struct giver *giver)
{
    free(giver->run);
    free(giver->command);
    free(giver);
}

/* Goes to its first input that is wanted: 1; 0 when it has none; -EBADMSG. */
static int find_first(const struct replay_journal *journal, struct giver *giver)
{
    int r = run_open(giver->run, &giver->reader);

    if (r < 0)
        return r;
    do
        r = run_next(&giver->reader);
    while (r == 1 && giver->reader.input < journal->from);
    return r == 1 && giver->reader.input >= journal->limit ? 0 : r;
}

/* ---------------------------------------------------------------- what was open */

static int take_open(struct replay_journal *journal, const void *bytes, size_t len)
{
    pb_istream_t in = pb_istream_from_buffer(bytes, len);
    struct giver *giver = mem_new(sizeof *giver);

    giver->run = mem_new(sizeof *giver->run);
    int r = pb_decode(&in, Run_fields, giver->run) ? find_first(journal, giver) : -EBADMSG;
    if (r < 0) {
        giver_free(giver);
        return r;
    }
    uint64_t input = giver->run->input;
    if (r == 0)
        giver_free(steal(&giver));
    if (journal->n_open == journal->cap_open) {
        journal->cap_open = journal->cap_open == 0 ? 64 : journal->cap_open * 2;
        journal->open = mem_resize(journal->open, journal->cap_open, sizeof *journal->open);
    }
    journal->open[journal->n_open++] = (struct open_run) {input, giver};
    return 0;
}

static int by_input(const void *a, const void *b)
{
    uint64_t left = ((const struct open_run *) a)->input;
    uint64_t right = ((const struct open_run *) b)->input;

    return (left > right) - (left < right);
}

static int read_open_runs(struct replay_journal *journal, struct store_txn *txn)
{
    CLEANUP(mem_freep) SourceRow *source = mem_new(sizeof *source);
    CLEANUP(mem_freep) CollectorRow *collector = mem_new(sizeof *collector);
    struct store_cursor cursor;
    int r;

    store_walk(txn, TABLE_SOURCES, (struct store_range) {0}, &cursor);
    while ((r = store_next(&cursor, NULL, source)) == 0) {
        if (source->run.size > 0 && (r = take_open(journal, source->run.bytes, source->run.size)) < 0)
            break;
    }
    store_walk_end(&cursor);
    if (r < 0)
        return r;

    store_walk(txn, TABLE_COLLECTORS, (struct store_range) {0}, &cursor);
    while ((r = store_next(&cursor, NULL, collector)) == 0) {
        if (collector->contacts.size > 0 && (r = take_open(journal, collector->contacts.bytes, collector->contacts.size)) < 0)
            break;
    }
    store_walk_end(&cursor);
    if (r < 0)
        return r;
    if (journal->n_open > 1)
        qsort(journal->open, journal->n_open, sizeof *journal->open, by_input);
    return 0;
}

static bool was_open(const struct replay_journal *journal, uint64_t input)
{
    const struct open_run key = {.input = input};

    return journal->n_open > 0 && bsearch(&key, journal->open, journal->n_open, sizeof key, by_input) != NULL;
}

/* ---------------------------------------------------------------- opening */

static int read_start(struct replay_journal *journal, struct error *err)
{
    CLEANUP(mem_freep) WorldRow *world = mem_new(sizeof *world);
    struct store_txn *txn;
    int r = store_read(journal->store, &txn);
    if (r < 0)
        return error_set(err, r, "the store cannot be read: %s", strerror(-r));

    r = store_get(txn, TABLE_META, key_name(STORE_META_WORLD), world);
    if (r == 0) {
        journal->limit = world->next_input;
        r = read_open_runs(journal, txn);
    }
    store_end(txn);
    return r < 0 ? error_set(err, r, "the store: a row of an open run cannot be read") : 0;
}

static int begin_after(struct replay_journal *journal, const struct replay_base *base, struct error *err)
{
    if (!replay_base_is_of(base, store_schema(journal->store)))
        return error_set(err, -EINVAL, "the base is no copy of this store");
    journal->from = journal->expected = replay_base_next(base);
    uint64_t oldest = replay_base_oldest(base);
    if (oldest > 0)
        journal->last = key_number(oldest - 1);
    return 0;
}

/* Whether it has come as far as the base. */
static int check_reach(const struct replay_journal *journal, struct error *err)
{
    if (journal->from <= journal->limit || journal->from == FIRST_INPUT)
        return 0;
    return error_set(err, -EINVAL, "the base is newer than this store: it ends with input %llu, this with %llu",
                     (unsigned long long) journal->from - 1, (unsigned long long) journal->limit - 1);
}

static struct replay_journal *journal_new(struct store *store)
{
    struct replay_journal *journal = mem_new(sizeof *journal);

    journal->store = store;
    journal->from = journal->expected = FIRST_INPUT;
    journal->row = mem_new(sizeof *journal->row);
    journal->slice = mem_new_array(SLICE_ROWS, sizeof(struct giver *));
    journal->slice_inputs = mem_new_array(SLICE_ROWS, sizeof(uint64_t));
    return journal;
}

/* Reads what is read at once. Takes the journal: it is out, or closed. */
static int begin(struct replay_journal *journal, const struct replay_base *base, struct replay_journal **out, struct error *err)
{
    int r = base == NULL ? 0 : begin_after(journal, base, err);
    if (r == 0)
        r = read_start(journal, err);
    if (r == 0)
        r = check_reach(journal, err);
    for (size_t i = 0; i < journal->n_open; i++) {
        struct giver *giver = journal->open[i].giver;
        if (giver != NULL)
            heap_set(&journal->heap, &giver->timer, (int64_t) giver->reader.input);
    }
    if (r < 0) {
        replay_journal_close(journal);
        return r;
    }
    *out = journal;
    return 0;
}

int replay_journal_open(const char *path, const struct replay_base *base, struct replay_journal **out, struct error *err)
{
    struct store *store;
    int r = recorded_open(path, &store, err);
    if (r < 0)
        return r;

    struct replay_journal *journal = journal_new(store);
    journal->owns_store = true;
    return begin(journal, base, out, err);
}

int replay_journal_borrow(struct store *store, struct replay_journal **out, struct error *err)
{
    return begin(journal_new(store), NULL, out, err);
}

struct store *replay_journal_store(struct replay_journal *journal)
{
    return journal->store;
}

uint64_t replay_journal_recorded(const struct replay_journal *journal)
{
    return journal->limit > journal->from ? journal->limit - journal->from : 0;
}

struct replay_missing replay_journal_missing(const struct replay_journal *journal)
{
    return journal->missing;
}

void replay_journal_close(struct replay_journal *journal)
{
    struct timer *timer;
    int64_t input;

    if (journal == NULL)
        return;
    for (; journal->slice_at < journal->n_slice; journal->slice_at++)
        giver_free(journal->slice[journal->slice_at]);
    while ((timer = heap_first(&journal->heap, &input)) != NULL) {
        heap_remove(&journal->heap, timer);
        giver_free(container_of(timer, struct giver, timer));
    }
    heap_done(&journal->heap);
    free(journal->open);
    free(journal->slice);
    free(journal->slice_inputs);
    free(journal->row);
    if (journal->owns_store)
        store_close(journal->store);
    free(journal);
}

/* ---------------------------------------------------------------- the rows */

/* 1 and whoever gives the inputs of the row, from the first that is wanted; 0 when none is; -EBADMSG. */
static int giver_of(const struct replay_journal *journal, uint64_t input, struct giver **out)
{
    const JournalRow *row = journal->row;
    if (row->which_entry == JournalRow_command_tag && input < journal->from)
        return 0;

    struct giver *giver = mem_new(sizeof *giver);
    int r = 1;
    if (row->which_entry == JournalRow_command_tag) {
        giver->command = mem_new(sizeof *giver->command);
        *giver->command = row->entry.command;
        giver->at_ms = row->at_ms;
        giver->reader.input = input;
    } else {
        giver->run = mem_new(sizeof *giver->run);
        *giver->run = row->entry.run;
        r = find_first(journal, giver);
    }
    if (r == 1)
        *out = giver;
    else
        giver_free(giver);
    return r;
}

static int take_row(struct replay_journal *journal, const struct store_key *key)
{
    uint64_t input;

    if (!key_to_number(key, &input))
        return -EBADMSG;
    journal->last = *key;
    if (input >= journal->limit) {
        journal->ended = true;
        return 0;
    }
    if (was_open(journal, input))
        return 0;    /* it was open when we began, and is in the heap */
    struct giver *giver;
    int r = giver_of(journal, input, &giver);
    if (r != 1)
        return r;
    journal->slice[journal->n_slice] = giver;
    journal->slice_inputs[journal->n_slice++] = input;
    return 0;
}

/* The next rows, from a snapshot of their own. */
static int read_slice(struct replay_journal *journal, struct error *err)
{
    struct store_range range = {.from = journal->last, .exclusive = true};
    struct store_cursor cursor;
    struct store_key key;
    struct store_txn *txn;
    int r = store_read(journal->store, &txn);
    if (r < 0)
        return error_set(err, r, "the store cannot be read: %s", strerror(-r));

    journal->n_slice = journal->slice_at = 0;
    store_walk(txn, TABLE_JOURNAL, range, &cursor);
    while (journal->n_slice < SLICE_ROWS && !journal->ended) {
        r = store_next(&cursor, &key, journal->row);
        if (r == 0)
            r = take_row(journal, &key);
        if (r != 0)
            break;
    }
    store_walk_end(&cursor);
    store_end(txn);
    if (r == STORE_ABSENT)
        journal->ended = true;
    return r < 0 ? error_set(err, r, "the store: a row of the journal cannot be read") : 0;
}

/* Brings every giver into the heap that may come before those in it. */
static int fill_heap(struct replay_journal *journal, struct error *err)
{
    for (;;) {
        if (journal->slice_at == journal->n_slice) {
            if (journal->ended)
                return 0;
            int r = read_slice(journal, err);
            if (r < 0)
                return r;
            continue;
        }
        int64_t next;
        (void) heap_first(&journal->heap, &next);
        if ((int64_t) journal->slice_inputs[journal->slice_at] > next)
            return 0;
        struct giver *giver = journal->slice[journal->slice_at++];
        heap_set(&journal->heap, &giver->timer, (int64_t) giver->reader.input);
    }
}

/* ---------------------------------------------------------------- one input after the other */

static int give_command(struct replay_journal *journal, const struct giver *giver, struct replay_input *out,
                        struct error *err)
{
    out->form = REPLAY_COMMAND;
    out->at_ms = giver->at_ms;
    out->command = *giver->command;
    if (giver->command->which_input != Command_config_tag)
        return 0;
    out->form = REPLAY_CONFIG;
    out->config = recorded_config(journal->store, giver->command->input.config.digest, err);
    return out->config == NULL ? err->code : 0;
}

static void give_repeat(const struct giver *giver, struct replay_input *out)
{
    out->at_ms = giver->reader.at_ms;
    if (giver->run->has_first) {
        out->form = REPLAY_OBSERVATION;
        out->has_observed_at = true;
        out->said = &giver->reader.observation;
        return;
    }
    out->form = REPLAY_COMMAND;
    out->command.which_input = Command_heartbeat_tag;
    memcpy(out->command.input.heartbeat.collector, giver->run->collector, sizeof giver->run->collector);
}

_Static_assert(sizeof((Heartbeat *) 0)->collector == sizeof((Run *) 0)->collector, "the same name");

/* Goes on to its next input, or ends. */
static int advance(struct replay_journal *journal, struct giver *giver)
{
    int r = giver->run == NULL ? 0 : run_next(&giver->reader);

    if (r == 1 && giver->reader.input < journal->limit) {
        heap_set(&journal->heap, &giver->timer, (int64_t) giver->reader.input);
        return 0;
    }
    heap_remove(&journal->heap, &giver->timer);
    giver_free(giver);
    return r < 0 ? r : 0;
}

/* Numbers follow each other: what is not there was there once. */
static void note_missing(struct replay_journal *journal, uint64_t input, int64_t at_ms)
{
    if (input != journal->expected) {
        journal->missing.n += input - journal->expected;
        journal->missing.whole_from_ms = at_ms;
    }
    journal->expected = input + 1;
}

int replay_journal_next(struct replay_journal *journal, struct replay_input *out, struct error *err)
{
    int64_t input;
    replay_input_init(out);
    struct giver *given = steal(&journal->given);
    if (given != NULL && advance(journal, given) < 0)
        return error_set(err, -EBADMSG, "the store: a run of the journal cannot be read");
    int r = fill_heap(journal, err);
    if (r < 0)
        return r;
    struct timer *first = heap_first(&journal->heap, &input);
    if (first == NULL)
        return 0;

    struct giver *giver = container_of(first, struct giver, timer);
    if (giver->run == NULL)
        r = give_command(journal, giver, out, err);
    else
        give_repeat(giver, out);
    note_missing(journal, (uint64_t) input, out->at_ms);
    journal->given = giver;
    return r < 0 ? r : 1;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/replay/journal.h"

#include <assert.h>
#include <errno.h>
#include <pb_decode.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "aggregator/engine/heap.h"
#include "aggregator/store/run.h"
#include "aggregator/store/store.h"
#include "common/mem.h"

enum { READERS_MAX = 8, SLICE_ROWS = 512 };

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
    struct giver *giver;       /* owned until it is due */
};

struct replay_journal {
    struct store *store;
    uint64_t limit;            /* the first input that is not read */
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

/* ---------------------------------------------------------------- what was open */

static int take_open(struct replay_journal *journal, const void *bytes, size_t len)
{
    pb_istream_t in = pb_istream_from_buffer(bytes, len);
    struct giver *giver = mem_new(sizeof *giver);

    giver->run = mem_new(sizeof *giver->run);
    if (!pb_decode(&in, Run_fields, giver->run) || run_open(giver->run, &giver->reader) < 0 ||
        run_next(&giver->reader) != 1) {
        giver_free(giver);
        return -EBADMSG;
    }
    if (journal->n_open == journal->cap_open) {
        journal->cap_open = journal->cap_open == 0 ? 64 : journal->cap_open * 2;
        journal->open = mem_resize(journal->open, journal->cap_open, sizeof *journal->open);
    }
    journal->open[journal->n_open++] = (struct open_run) {giver->reader.input, giver};
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

int replay_journal_open(const char *path, struct replay_journal **out, struct error *err)
{
    char file[4096];
    struct stat stat_of_path;
    bool is_directory = stat(path, &stat_of_path) == 0 && S_ISDIR(stat_of_path.st_mode);
    int len = snprintf(file, sizeof file, "%s%s", path, is_directory ? "/tocsin.mdb" : "");
    if (len < 0 || (size_t) len >= sizeof file)
        return error_set(err, -ENAMETOOLONG, "%.200s…: the path is too long", path);

    struct replay_journal *journal = mem_new(sizeof *journal);
    const struct store_options options = {.path = file, .readers_max = READERS_MAX, .read_only = true};
    journal->row = mem_new(sizeof *journal->row);
    journal->slice = mem_new_array(SLICE_ROWS, sizeof(struct giver *));
    journal->slice_inputs = mem_new_array(SLICE_ROWS, sizeof(uint64_t));
    int r = store_open(&options, &journal->store, err);
    if (r == 0)
        r = read_start(journal, err);
    if (r < 0) {
        replay_journal_close(journal);
        return r;
    }
    for (size_t i = 0; i < journal->n_open; i++)
        heap_set(&journal->heap, &journal->open[i].giver->timer, (int64_t) journal->open[i].input);
    *out = journal;
    return 0;
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
    store_close(journal->store);
    free(journal);
}

/* ---------------------------------------------------------------- the rows */

static struct giver *giver_of(const JournalRow *row)
{
    struct giver *giver = mem_new(sizeof *giver);

    if (row->which_entry == JournalRow_command_tag) {
        giver->command = mem_new(sizeof *giver->command);
        *giver->command = row->entry.command;
        giver->at_ms = row->at_ms;
        return giver;
    }
    giver->run = mem_new(sizeof *giver->run);
    *giver->run = row->entry.run;
    if (run_open(giver->run, &giver->reader) < 0 || run_next(&giver->reader) != 1) {
        giver_free(giver);
        return NULL;
    }
    return giver;
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
    struct giver *giver = giver_of(journal->row);
    if (giver == NULL)
        return -EBADMSG;
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
        uint64_t input = journal->slice_inputs[journal->slice_at];
        if ((int64_t) input > next)
            return 0;
        heap_set(&journal->heap, &journal->slice[journal->slice_at++]->timer, (int64_t) input);
    }
}

/* ---------------------------------------------------------------- one input after the other */

static int give_config(struct replay_journal *journal, const char *digest, struct replay_input *out, struct error *err)
{
    struct store_txn *txn;
    struct text text;
    int r = store_read(journal->store, &txn);
    if (r < 0)
        return error_set(err, r, "the store cannot be read: %s", strerror(-r));

    r = store_get_bytes(txn, TABLE_CONFIGS, key_name(digest), &text);
    if (r == 0)
        out->config = json_loadb(text.at, text.len, 0, NULL);
    store_end(txn);
    out->form = REPLAY_CONFIG;
    return out->config != NULL ? 0 : error_set(err, -EBADMSG, "the store: configuration %.16s… is not there", digest);
}

static int give_command(struct replay_journal *journal, const struct giver *giver, struct replay_input *out,
                        struct error *err)
{
    out->form = REPLAY_COMMAND;
    out->at_ms = giver->at_ms;
    out->command = *giver->command;
    if (giver->command->which_input == Command_config_tag)
        return give_config(journal, giver->command->input.config.digest, out, err);
    return 0;
}

static void give_repeat(const struct giver *giver, struct replay_input *out)
{
    out->at_ms = giver->reader.at_ms;
    if (giver->run->has_first) {
        out->form = REPLAY_OBSERVATION;
        out->has_observed_at = true;
        out->observation = giver->reader.observation;
        return;
    }
    out->form = REPLAY_COMMAND;
    out->command = (Command) {.which_input = Command_heartbeat_tag};
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

int replay_journal_next(struct replay_journal *journal, struct replay_input *out, struct error *err)
{
    int64_t input;
    *out = (struct replay_input) {0};
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
    if (r == 0 && advance(journal, giver) < 0)
        r = error_set(err, -EBADMSG, "the store: a run of the journal cannot be read");
    return r < 0 ? r : 1;
}

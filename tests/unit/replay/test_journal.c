/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A journal that is read by another process while this one goes on writing, thinned ones, and bases.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "aggregator/replay/journal.h"
#include "aggregator/store/journal.h"
#include "common/file.h"
#include "common/mem.h"
#include "temporary.h"

enum { INPUTS = 2000, BEYOND_THE_FIRST_SLICE = 700 };

/* Commands with these numbers, input i at i seconds, and as many after them as next says. */
static void record(struct store *store, uint64_t from, uint64_t to)
{
    CLEANUP(mem_freep) WorldRow *world = mem_new(sizeof *world);
    CLEANUP(mem_freep) Command *tick = mem_new(sizeof *tick);
    struct store_txn *txn = store_write(store);

    tick->which_input = Command_tick_tag;
    for (uint64_t i = from; i < to; i++)
        journal_put_command(txn, i, (int64_t) i * 1000, tick);
    world->next_input = to;
    store_put(txn, TABLE_META, key_name(STORE_META_WORLD), world);
    assert_int_equal(store_commit(txn), 0);
}

/* ---------------------------------------------------------------- while it is written */

/* Reads on when it is told to; its exit code is 0 when it saw INPUTS of them and nothing else. */
static int read_in_turns(const char *path, int told_fd, int tell_fd)
{
    CLEANUP(mem_freep) struct replay_input *input = mem_new(sizeof *input);
    struct replay_journal *journal;
    struct error err = {0};
    char byte = 0;
    int n = 0;
    int r;

    if (read(told_fd, &byte, 1) != 1 || replay_journal_open(path, NULL, &journal, &err) < 0)
        return 2;
    while ((r = replay_journal_next(journal, input, &err)) == 1) {
        if (input->at_ms != ++n * 1000)
            return 3;
        replay_input_done(input);
        if (n == BEYOND_THE_FIRST_SLICE && (write(tell_fd, "x", 1) != 1 || read(told_fd, &byte, 1) != 1))
            return 4;
    }
    replay_journal_close(journal);
    return r == 0 && n == INPUTS ? 0 : 5;
}

/* Pages that the store had to take anew while one row was written over and over: old ones cannot be used again as long as
 * somebody reads them. */
static uint64_t pages_taken(struct store *store, int rounds)
{
    static const char row[16384];
    struct store_usage usage[2];

    store_usage(store, &usage[0]);
    for (int i = 0; i < rounds; i++) {
        struct store_txn *txn = store_write(store);
        store_put_bytes(txn, TABLE_CONFIGS, key_name("again"), (struct text) {row, sizeof row});
        assert_int_equal(store_commit(txn), 0);
    }
    store_usage(store, &usage[1]);
    return (usage[1].used_bytes - usage[0].used_bytes) / 4096;
}

static void test_no_pages_are_pinned_while_it_is_read(void **state)
{
    struct temporary temporary;
    int to_child[2];
    int to_parent[2];
    char byte;
    int status;
    (void) state;

    temporary_init(&temporary);
    assert_int_equal(pipe(to_child), 0);
    assert_int_equal(pipe(to_parent), 0);
    pid_t child = fork();    /* before the store is open here: an environment must not be carried over */
    if (child == 0) {
        (void) close(to_child[1]);      /* or it would wait for itself when the test has failed */
        (void) close(to_parent[0]);
        _exit(read_in_turns(temporary.path, to_child[0], to_parent[1]));
    }
    (void) close(to_child[0]);
    (void) close(to_parent[1]);

    temporary_open(&temporary, 0);
    record(temporary.store, 1, INPUTS + 1);
    assert_int_equal(write(to_child[1], "x", 1), 1);
    assert_int_equal(read(to_parent[0], &byte, 1), 1);

    record(temporary.store, INPUTS + 1, INPUTS + 6);
    (void) pages_taken(temporary.store, 5);
    assert_true(pages_taken(temporary.store, 100) < 50);    /* 100 times five and more, were one pinned */
    assert_int_equal(write(to_child[1], "x", 1), 1);

    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    (void) close(to_child[1]);
    (void) close(to_parent[0]);
    temporary_done(&temporary);
}

/* ---------------------------------------------------------------- thinned, and from a base */

/* How many there are from `first` on, each of which must follow the last. */
static int count(struct replay_journal *journal, int64_t first)
{
    CLEANUP(mem_freep) struct replay_input *input = mem_new(sizeof *input);
    struct error err = {0};
    int n = 0;
    int r;

    while ((r = replay_journal_next(journal, input, &err)) == 1) {
        assert_true(input->at_ms >= (first + n) * 1000);
        n++;
        replay_input_done(input);
    }
    assert_int_equal(r, 0);
    return n;
}

static void test_what_is_missing(void **state)
{
    static const struct { const char *says; uint64_t from, to, again; uint64_t missing; int64_t whole_from_ms; } cases[] = {
        { "nothing", 1, 10, 10, 0, 0 },
        { "the beginning", 5, 10, 10, 4, 5000 },
        { "some in the middle", 1, 10, 15, 5, 15000 },
        { "both", 3, 10, 15, 7, 15000 },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct temporary temporary;
        struct replay_journal *journal;
        struct error err = {0};
        temporary_init(&temporary);
        temporary_open(&temporary, 0);
        record(temporary.store, cases[i].from, cases[i].to);
        record(temporary.store, cases[i].again, 20);
        temporary_close(&temporary);

        assert_int_equal(replay_journal_open(temporary.path, NULL, &journal, &err), 0);
        (void) count(journal, 1);
        struct replay_missing missing = replay_journal_missing(journal);
        if (missing.n != cases[i].missing || missing.whole_from_ms != cases[i].whole_from_ms)
            fail_msg("%s: %llu", cases[i].says, (unsigned long long) missing.n);
        replay_journal_close(journal);
        temporary_done(&temporary);
    }
}

static void copy_file(const char *from, const char *to)
{
    char buffer[65536];
    size_t n;
    FILE *in = fopen(from, "re");
    FILE *out = fopen(to, "we");

    assert_non_null(in);
    assert_non_null(out);
    while ((n = fread(buffer, 1, sizeof buffer, in)) > 0)
        assert_int_equal(fwrite(buffer, 1, n, out), n);
    (void) fclose(in);
    assert_int_equal(fclose(out), 0);
}

/* A source whose run was open when the copy was made: its inputs lie on both sides. */
static void record_run(struct store *store, struct run *run, bool ended)
{
    CLEANUP(mem_freep) SourceRow *row = mem_new(sizeof *row);
    struct store_txn *txn = store_write(store);

    row->has_state = true;
    (void) snprintf(row->state.service, sizeof row->state.service, "acme");
    (void) snprintf(row->state.source, sizeof row->state.source, "one/page");
    if (ended) {
        journal_put_run(txn, run);
    } else {
        row->run.size = (pb_size_t) run_encode(run, NULL, row->run.bytes, sizeof row->run.bytes);
    }
    store_put(txn, TABLE_SOURCES, key_source("acme", "one/page"), row);
    assert_int_equal(store_commit(txn), 0);
}

static void test_a_base_divides_an_open_run(void **state)
{
    static const Observation said = {.service = "acme", .source = "one/page", .observed_at_ms = 1000, .level = LEVEL_OPERATIONAL};
    struct temporary temporary;
    struct replay_journal *journal;
    struct replay_base *base;
    struct error err = {0};
    struct run run = {0};
    char copy[320];
    (void) state;

    temporary_init(&temporary);
    temporary_open(&temporary, 0);
    (void) snprintf(copy, sizeof copy, "%s/data.mdb", temporary.directory);
    run_start(&run, &said, 1, 1000);
    run_extend(&run, &said, 3, 3000);
    record(temporary.store, 2, 3);
    record(temporary.store, 4, 5);
    record_run(temporary.store, &run, false);
    temporary_close(&temporary);
    copy_file(temporary.path, copy);

    for (int ended = 0; ended < 2; ended++) {
        temporary_open(&temporary, 0);
        if (ended == 0) {
            run_extend(&run, &said, 5, 5000);
            record(temporary.store, 6, 10);
        }
        record_run(temporary.store, &run, ended == 1);
        temporary_close(&temporary);
        assert_int_equal(replay_base_open(copy, &base, &err), 0);
        assert_int_equal(replay_base_next(base), 5);
        assert_int_equal(replay_base_oldest(base), 1);
        assert_int_equal(replay_journal_open(temporary.path, base, &journal, &err), 0);
        assert_int_equal(count(journal, 5), 5);
        assert_int_equal(replay_journal_missing(journal).n, 0);
        replay_journal_close(journal);
        replay_base_close(base);
    }
    run_done(&run);
    assert_int_equal(unlink(copy), 0);
    temporary_done(&temporary);
}

static void test_bases_that_do_not_fit(void **state)
{
    struct temporary mine;
    struct temporary other;
    struct replay_journal *journal;
    struct replay_base *base;
    struct error err = {0};
    char copy[320];
    (void) state;

    temporary_init(&mine);
    temporary_init(&other);
    temporary_open(&mine, 0);
    temporary_open(&other, 0);
    temporary_close(&other);
    assert_int_equal(replay_base_open(other.path, &base, &err), -ENODATA);
    temporary_open(&other, 0);
    record(mine.store, 1, 5);
    record(other.store, 1, 3);
    temporary_close(&mine);
    temporary_close(&other);

    assert_int_equal(replay_base_open(other.path, &base, &err), 0);
    assert_int_equal(replay_journal_open(mine.path, base, &journal, &err), -EINVAL);
    assert_non_null(strstr(err.text, "no copy"));
    replay_base_close(base);

    (void) snprintf(copy, sizeof copy, "%s/data.mdb", mine.directory);
    copy_file(mine.path, copy);
    temporary_open(&mine, 0);
    record(mine.store, 5, 9);
    temporary_close(&mine);
    assert_int_equal(replay_base_open(mine.path, &base, &err), 0);
    assert_int_equal(replay_journal_open(copy, base, &journal, &err), -EINVAL);
    assert_non_null(strstr(err.text, "newer"));
    replay_base_close(base);
    assert_int_equal(unlink(copy), 0);
    temporary_done(&mine);
    temporary_done(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_pages_are_pinned_while_it_is_read),
        cmocka_unit_test(test_what_is_missing),
        cmocka_unit_test(test_a_base_divides_an_open_run),
        cmocka_unit_test(test_bases_that_do_not_fit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

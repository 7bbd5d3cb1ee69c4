/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aggregator/store/journal.h"
#include "aggregator/store/store.h"
#include "common/file.h"
#include "common/mem.h"
#include "temporary.h"

static int64_t created(struct store_txn *txn, const char *name)
{
    TokenRow row;
    int r = store_get(txn, TABLE_TOKENS, key_name(name), &row);
    assert_true(r == 0 || r == STORE_ABSENT);
    return r == 0 ? row.created_at_ms : -1;
}

static void put(struct store_txn *txn, const char *name, int64_t created_at_ms)
{
    store_put(txn, TABLE_TOKENS, key_name(name), &(TokenRow) {.created_at_ms = created_at_ms});
}

static void test_a_snapshot_stays_as_it_was(void **state)
{
    (void) state;
    struct temporary t;
    struct store_txn *before, *after, *writer;
    temporary_init(&t);
    temporary_open(&t, 0);
    writer = store_write(t.store);
    put(writer, "a", 1);
    put(writer, "b", 1);
    assert_int_equal(store_commit(writer), 0);
    assert_int_equal(store_read(t.store, &before), 0);

    writer = store_write(t.store);
    put(writer, "a", 2);
    store_delete(writer, TABLE_TOKENS, key_name("b"));
    assert_int_equal(created(writer, "a"), 2);   /* the writer sees what it has put … */
    assert_int_equal(created(writer, "b"), -1);
    assert_int_equal(store_read(t.store, &after), 0);
    assert_int_equal(created(after, "a"), 1);    /* … nobody else does, and nobody waits */
    store_end(after);
    assert_int_equal(store_commit(writer), 0);

    assert_int_equal(created(before, "a"), 1);
    assert_int_equal(created(before, "b"), 1);
    assert_int_equal(store_read(t.store, &after), 0);
    assert_int_equal(created(after, "a"), 2);
    assert_int_equal(created(after, "b"), -1);
    store_end(after);
    store_end(before);
    temporary_done(&t);
}

static void test_an_abort_leaves_nothing(void **state)
{
    (void) state;
    struct temporary t;
    struct store_txn *txn;
    temporary_init(&t);
    temporary_open(&t, 0);
    txn = store_write(t.store);
    put(txn, "a", 1);
    store_abort(txn);
    txn = store_write(t.store);
    assert_int_equal(created(txn, "a"), -1);
    assert_int_equal(store_commit(txn), 0);
    temporary_done(&t);
}

static void test_the_first_failure_is_the_one_reported(void **state)
{
    (void) state;
    struct temporary t;
    struct store_txn *txn;
    temporary_init(&t);
    temporary_open(&t, 0);
    txn = store_write(t.store);
    put(txn, "a", 1);
    assert_int_equal(store_failed(txn), 0);
    put(txn, "", 1);                             /* nothing can be put under no key */
    assert_int_equal(store_failed(txn), -EINVAL);
    put(txn, "b", 1);                            /* from here on nothing happens */
    store_delete(txn, TABLE_TOKENS, key_name("a"));
    TokenRow row;
    assert_int_equal(store_get(txn, TABLE_TOKENS, key_name("a"), &row), -EINVAL);
    struct store_cursor cursor;
    store_walk(txn, TABLE_TOKENS, (struct store_range) {0}, &cursor);
    assert_int_equal(store_next(&cursor, NULL, &row), -EINVAL);
    store_walk_end(&cursor);
    assert_int_equal(store_commit(txn), -EINVAL);

    txn = store_write(t.store);                  /* and the next one starts afresh */
    assert_int_equal(created(txn, "a"), -1);
    put(txn, "c", 1);
    assert_int_equal(store_commit(txn), 0);
    temporary_done(&t);
}

static void test_a_message_that_does_not_encode(void **state)
{
    (void) state;
    struct temporary t;
    static TokenRow row;
    temporary_init(&t);
    temporary_open(&t, 0);
    memset(row.name, 'x', sizeof row.name);   /* no end */
    struct store_txn *txn = store_write(t.store);
    store_put(txn, TABLE_TOKENS, key_name("a"), &row);
    assert_int_equal(store_commit(txn), -EMSGSIZE);
    temporary_done(&t);
}

static void test_no_key_is_found_nowhere(void **state)
{
    (void) state;
    struct temporary t;
    struct store_txn *txn;
    temporary_init(&t);
    temporary_open(&t, 0);
    txn = store_write(t.store);
    assert_int_equal(created(txn, ""), -1);
    store_delete(txn, TABLE_TOKENS, key_name(""));
    assert_int_equal(store_commit(txn), 0);
    temporary_done(&t);
}

static void test_readers_have_a_limit(void **state)
{
    (void) state;
    struct temporary t;
    struct store_txn *txns[8], *one_more;
    struct store_usage usage;
    temporary_init(&t);
    temporary_open(&t, 0);
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < ARRAY_SIZE(txns); i++)
            assert_int_equal(store_read(t.store, &txns[i]), 0);
        assert_int_equal(store_read(t.store, &one_more), -EAGAIN);
        store_usage(t.store, &usage);
        assert_int_equal(usage.readers, 8);
        assert_int_equal(usage.readers_max, 8);
        assert_true(usage.oldest_reader_age_rounds == 0);
        struct store_txn *writer = store_write(t.store);
        put(writer, "a", round);
        assert_int_equal(store_commit(writer), 0);
        store_usage(t.store, &usage);
        assert_true(usage.oldest_reader_age_rounds == 1);
        for (size_t i = 0; i < ARRAY_SIZE(txns); i++)
            store_end(txns[i]);
        store_usage(t.store, &usage);
        assert_int_equal(usage.readers, 0);
        assert_true(usage.oldest_reader_age_rounds == 0);
    }
    temporary_done(&t);
}

static void test_usage_tells_used_and_free(void **state)
{
    (void) state;
    enum { ROWS = 2000 };
    struct temporary t;
    struct store_usage empty, full, freed;
    temporary_init(&t);
    temporary_open(&t, 0);
    store_usage(t.store, &empty);
    struct store_txn *txn = store_write(t.store);
    for (uint64_t i = 0; i < ROWS; i++)
        store_put(txn, TABLE_TOKENS, key_number(i), &(TokenRow) {.created_by = "somebody with quite a long name"});
    assert_int_equal(store_commit(txn), 0);
    store_usage(t.store, &full);
    txn = store_write(t.store);
    for (uint64_t i = 0; i < ROWS; i++)
        store_delete(txn, TABLE_TOKENS, key_number(i));
    assert_int_equal(store_commit(txn), 0);
    store_usage(t.store, &freed);

    assert_true(full.used_bytes > empty.used_bytes + ROWS * 30);
    assert_true(freed.used_bytes >= full.used_bytes);   /* it never shrinks */
    assert_true(freed.free_bytes > full.free_bytes + ROWS * 30);
    assert_true(freed.file_bytes >= full.used_bytes && freed.map_bytes == 64 << 20);
    temporary_done(&t);
}

/* ---------------------------------------------------------------- threads */

struct watch { struct store *store; atomic_bool stop; atomic_int seen; atomic_int wrong; };

/* Two rows that are always written together are always found equal. */
static void *watch_pair(void *context)
{
    struct watch *watch = context;
    while (!atomic_load(&watch->stop)) {
        struct store_txn *txn;
        TokenRow a, b;
        if (store_read(watch->store, &txn) < 0)
            continue;
        int ra = store_get(txn, TABLE_TOKENS, key_name("a"), &a);
        int rb = store_get(txn, TABLE_TOKENS, key_name("b"), &b);
        store_end(txn);
        if (ra != rb || (ra == 0 && a.created_at_ms != b.created_at_ms))
            atomic_fetch_add(&watch->wrong, 1);
        atomic_fetch_add(&watch->seen, 1);
    }
    return NULL;
}

static void test_many_readers_one_writer(void **state)
{
    (void) state;
    enum { WATCHERS = 4, COMMITS = 200 };
    struct temporary t;
    temporary_init(&t);
    temporary_open(&t, 0);
    struct watch watch = {.store = t.store};
    pthread_t threads[WATCHERS];
    for (int i = 0; i < WATCHERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, watch_pair, &watch), 0);
    for (int i = 0; i < COMMITS || atomic_load(&watch.seen) < COMMITS; i++) {
        struct store_txn *txn = store_write(t.store);
        put(txn, "a", i);
        put(txn, "b", i);
        assert_int_equal(store_commit(txn), 0);
    }
    atomic_store(&watch.stop, true);
    for (int i = 0; i < WATCHERS; i++)
        (void) pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&watch.wrong), 0);
    temporary_done(&t);
}

/* ---------------------------------------------------------------- journal */

static void test_the_journal_gives_back_what_was_put(void **state)
{
    (void) state;
    struct temporary t;
    temporary_init(&t);
    temporary_open(&t, 0);
    Observation o = {.service = "github", .source = "ops/github", .collector = "ops", .level = LEVEL_DEGRADED,
                     .observed_at_ms = 900, .every_s = 60, .boot = 1};
    struct run run = {0}, contacts = {0}, none = {0};
    run_start(&run, &o, 7, 1000);
    run_extend(&run, &o, 9, 61000);
    run_start_heartbeat(&contacts, 8, 2000);
    Command command = {.which_input = Command_manual_tag, .input.manual = {.service = "github", .by = "token:ann"}};

    struct store_txn *txn = store_write(t.store);
    journal_put_command(txn, 10, 62000, &command);
    journal_put_run(txn, &run);
    journal_put_run(txn, &none);
    journal_put_heartbeats(txn, "ops", &contacts);
    assert_int_equal(store_commit(txn), 0);

    static JournalRow row;
    struct run_reader reader;
    assert_int_equal(store_read(t.store, &txn), 0);
    assert_int_equal(store_rows(txn, TABLE_JOURNAL), 3);
    assert_int_equal(store_get(txn, TABLE_JOURNAL, key_number(7), &row), 0);
    assert_int_equal(row.which_entry, JournalRow_run_tag);
    assert_int_equal(run_open(&row.entry.run, &reader), 0);
    assert_int_equal(run_next(&reader), 1);
    assert_int_equal(run_next(&reader), 1);
    assert_true(reader.input == 9 && reader.at_ms == 61000 && reader.observation.observed_at_ms == 900);
    assert_string_equal(reader.observation.service, "github");
    assert_int_equal(run_next(&reader), 0);
    assert_int_equal(store_get(txn, TABLE_JOURNAL, key_number(8), &row), 0);
    assert_int_equal(run_open(&row.entry.run, &reader), 0);
    assert_int_equal(run_next(&reader), 1);
    assert_string_equal(reader.observation.collector, "ops");
    assert_int_equal(store_get(txn, TABLE_JOURNAL, key_number(10), &row), 0);
    assert_int_equal(row.which_entry, JournalRow_command_tag);
    assert_true(row.at_ms == 62000);
    assert_string_equal(row.entry.command.input.manual.by, "token:ann");
    store_end(txn);
    run_done(&run);
    run_done(&contacts);
    temporary_done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_snapshot_stays_as_it_was),
        cmocka_unit_test(test_an_abort_leaves_nothing),
        cmocka_unit_test(test_the_first_failure_is_the_one_reported),
        cmocka_unit_test(test_a_message_that_does_not_encode),
        cmocka_unit_test(test_no_key_is_found_nowhere),
        cmocka_unit_test(test_readers_have_a_limit),
        cmocka_unit_test(test_usage_tells_used_and_free),
        cmocka_unit_test(test_many_readers_one_writer),
        cmocka_unit_test(test_the_journal_gives_back_what_was_put),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

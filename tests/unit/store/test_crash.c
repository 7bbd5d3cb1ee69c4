/* SPDX-License-Identifier: Apache-2.0 */
/* kill -9 in mid-write: whatever was acknowledged is there, and each transaction whole or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "aggregator/store/store.h"
#include "common/rng.h"
#include "temporary.h"

enum { ROUNDS = 12, ROWS_EACH = 3 };

/* The child: transaction after transaction, each told to the parent once it is durable. Never returns. */
static void write_for_ever(struct temporary *t, int pipe_fd)
{
    static WorldRow world;
    temporary_open(t, 0);
    for (;;) {
        struct store_txn *txn = store_write(t->store);
        if (store_get(txn, TABLE_META, key_name(STORE_META_WORLD), &world) < 0)
            _exit(2);
        world.round++;
        for (uint64_t i = 0; i < ROWS_EACH; i++)
            store_put(txn, TABLE_OUTBOX, key_number(world.round * ROWS_EACH + i),
                      &(OutboxRow) {.sequence = world.round});
        store_put(txn, TABLE_META, key_name(STORE_META_WORLD), &world);
        if (store_commit(txn) < 0 || write(pipe_fd, &world.round, sizeof world.round) != (ssize_t) sizeof world.round)
            _exit(3);
    }
}

/* Kills the child after so many acknowledgements; returns the last one that came through. */
static uint64_t kill_after(pid_t child, int pipe_fd, uint64_t acks)
{
    uint64_t round = 0, last = 0;
    while (read(pipe_fd, &round, sizeof round) == (ssize_t) sizeof round) {
        last = round;
        if (acks > 0 && --acks == 0)
            assert_int_equal(kill(child, SIGKILL), 0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    return last;
}

static void assert_whole(struct temporary *t, uint64_t acknowledged)
{
    static WorldRow world;
    static OutboxRow row;
    struct store_txn *txn;
    temporary_open(t, 0);
    assert_int_equal(store_read(t->store, &txn), 0);
    assert_int_equal(store_get(txn, TABLE_META, key_name(STORE_META_WORLD), &world), 0);
    assert_in_range(world.round, acknowledged, acknowledged + 1);   /* the last may have died untold */
    assert_int_equal(store_rows(txn, TABLE_OUTBOX), world.round * ROWS_EACH);
    for (uint64_t number = ROWS_EACH; number < (world.round + 1) * ROWS_EACH; number++) {
        assert_int_equal(store_get(txn, TABLE_OUTBOX, key_number(number), &row), 0);
        assert_true(row.sequence == number / ROWS_EACH);
    }
    store_end(txn);
    temporary_close(t);
}

static void test_what_was_acknowledged_survives(void **state)
{
    (void) state;
    struct temporary t;
    struct rng rng;
    rng_seed(&rng, 9);
    temporary_init(&t);
    for (int round = 0; round < ROUNDS; round++) {
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        if (child == 0) {
            (void) close(ends[0]);   /* so that a parent that is gone ends us */
            write_for_ever(&t, ends[1]);
        }
        (void) close(ends[1]);       /* so that its end is the end */
        uint64_t acknowledged = kill_after(child, ends[0], 1 + rng_below(&rng, 60));
        (void) close(ends[0]);
        assert_whole(&t, acknowledged);
    }
    temporary_done(&t);
}

/* A reader that died would hold its pages for ever; opening anew clears its slot. */
static void test_the_slot_of_a_dead_reader_is_freed(void **state)
{
    (void) state;
    struct temporary t;
    temporary_init(&t);
    temporary_open(&t, 0);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        struct store *store;
        struct store_txn *txn;
        struct store_options options = {.path = t.path, .read_only = true, .map_bytes = 64 << 20};
        if (store_open(&options, &store, NULL) < 0 || store_read(store, &txn) < 0 || write(ends[1], "r", 1) != 1)
            _exit(1);
        for (;;)
            (void) pause();   /* until we are killed */
    }
    (void) close(ends[1]);   /* a child that could not open ends the wait */
    char ready;
    assert_int_equal(read(ends[0], &ready, 1), 1);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);

    struct store_usage before, after;
    store_check_readers(t.store);
    store_usage(t.store, &before);
    for (int i = 0; i < 300; i++) {
        struct store_txn *txn = store_write(t.store);
        store_put(txn, TABLE_TOKENS, key_number(1), &(TokenRow) {.created_at_ms = i});
        assert_int_equal(store_commit(txn), 0);
    }
    store_usage(t.store, &after);
    /* Pages were used again: 300 commits take 4 MiB otherwise. */
    assert_true(after.used_bytes < before.used_bytes + (1 << 18));
    (void) close(ends[0]);
    temporary_done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_acknowledged_survives),
        cmocka_unit_test(test_the_slot_of_a_dead_reader_is_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

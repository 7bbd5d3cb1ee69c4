/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/store/store_private.h"
#include "common/mem.h"
#include "common/rng.h"
#include "temporary.h"

/* Keys over an alphabet that has the awkward bytes; short, so that many are prefixes of others. */
static struct store_key random_key(struct rng *rng, size_t min, size_t max)
{
    static const uint8_t alphabet[] = {0x00, 'a', 0xfe, 0xff};
    struct store_key key = {.len = min + (size_t) rng_below(rng, max - min + 1)};
    for (size_t i = 0; i < key.len; i++)
        key.bytes[i] = alphabet[rng_below(rng, sizeof alphabet)];
    return key;
}

static int compare(const void *a, const void *b)
{
    return key_compare(a, b);
}

enum { KEYS = 60 };
struct world { struct store_key keys[KEYS]; size_t n; };

static void add(struct world *world, struct store_key key)
{
    for (size_t i = 0; i < world->n; i++) {
        if (key_compare(&world->keys[i], &key) == 0)
            return;
    }
    world->keys[world->n++] = key;
    qsort(world->keys, world->n, sizeof world->keys[0], compare);
}

static bool wanted(const struct store_range *range, const struct store_key *key)
{
    if (key->len < range->prefix.len || memcmp(key->bytes, range->prefix.bytes, range->prefix.len) != 0)
        return false;
    if (range->from.len == 0)
        return true;
    int order = key_compare(key, &range->from);
    if (order == 0)
        return !range->exclusive;
    return range->backwards ? order < 0 : order > 0;
}

static void assert_walk(struct store_txn *txn, const struct world *world, struct store_range range)
{
    struct store_cursor cursor;
    struct store_key key;
    store_walk(txn, TABLE_TOKENS, range, &cursor);
    for (size_t i = 0; i < world->n; i++) {
        const struct store_key *expected = &world->keys[range.backwards ? world->n - 1 - i : i];
        if (!wanted(&range, expected))
            continue;
        assert_int_equal(store_next(&cursor, &key, NULL), 0);
        assert_int_equal(key_compare(&key, expected), 0);
    }
    assert_int_equal(store_next(&cursor, &key, NULL), STORE_ABSENT);
    assert_int_equal(store_next(&cursor, &key, NULL), STORE_ABSENT);   /* and it stays so */
    store_walk_end(&cursor);
}

static void test_any_range_both_ways(void **state)
{
    (void) state;
    struct temporary t;
    struct rng rng;
    rng_seed(&rng, 2026);
    temporary_init(&t);
    temporary_open(&t, 0);
    for (int round = 0; round < 20; round++) {
        struct world world = {.n = 0};
        struct store_txn *txn = store_write(t.store);
        for (uint64_t n = round == 0 ? 0 : rng_below(&rng, KEYS); n > 0; n--) {
            struct store_key key = random_key(&rng, 1, 4);
            add(&world, key);
            store_put(txn, TABLE_TOKENS, key, &(TokenRow) {.created_at_ms = 1});
        }
        for (int walk = 0; walk < 300; walk++)
            assert_walk(txn, &world, (struct store_range) {
                .prefix = random_key(&rng, 0, 2), .from = random_key(&rng, 0, 4),
                .exclusive = rng_below(&rng, 2) == 0, .backwards = rng_below(&rng, 2) == 0});
        store_abort(txn);
    }
    temporary_done(&t);
}

/* A page holds some forty of these rows, so that walks and deletes cross pages; and large keys come in any order. */
static void test_a_table_is_what_was_put_and_deleted(void **state)
{
    (void) state;
    enum { NUMBERS = 600, STEPS = 6000 };
    struct temporary t;
    struct rng rng;
    static uint32_t expected[NUMBERS];   /* attempts of the row with this number; 0: absent */
    static OutboxRow row;
    rng_seed(&rng, 7);
    temporary_init(&t);
    temporary_open(&t, 0);
    uint64_t largest = 0;
    struct store_txn *txn = store_write(t.store);
    for (uint32_t step = 1; step <= STEPS; step++) {
        uint64_t number = rng_below(&rng, 3) == 0 && largest + 1 < NUMBERS ? ++largest : rng_below(&rng, largest + 1);
        if (rng_below(&rng, 4) == 0) {
            store_delete(txn, TABLE_OUTBOX, key_number(number));
            expected[number] = 0;
        } else {
            row = (OutboxRow) {.sequence = number, .attempts = step};
            memset(row.detail, 'd', (size_t) rng_below(&rng, sizeof row.detail));
            store_put(txn, TABLE_OUTBOX, key_number(number), &row);
            expected[number] = step;
        }
        if (step % 97 == 0) {
            assert_int_equal(store_commit(txn), 0);
            txn = store_write(t.store);
        }
    }
    assert_int_equal(store_commit(txn), 0);

    assert_int_equal(store_read(t.store, &txn), 0);
    struct store_cursor cursor;
    struct store_key key;
    store_walk(txn, TABLE_OUTBOX, (struct store_range) {0}, &cursor);
    for (uint64_t number = 0; number < NUMBERS; number++) {
        uint64_t found;
        if (expected[number] == 0)
            continue;
        assert_int_equal(store_next(&cursor, &key, &row), 0);
        assert_true(key_to_number(&key, &found) && found == number && row.sequence == number);
        assert_int_equal(row.attempts, expected[number]);
    }
    assert_int_equal(store_next(&cursor, NULL, NULL), STORE_ABSENT);
    store_walk_end(&cursor);
    store_end(txn);
    temporary_done(&t);
}

/* Retention deletes what it walks over; an upgrade might put. The walk sees each row once. */
static void test_changes_while_walking(void **state)
{
    static const struct { const char *says; bool backwards; bool put_beside; } cases[] = {
        { "forwards, deleting", false, false }, { "backwards, deleting", true, false },
        { "forwards, replacing by a row just before", false, true },
        { "backwards, replacing by a row just after", true, true },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct temporary t;
        temporary_init(&t);
        temporary_open(&t, 0);
        struct store_txn *txn = store_write(t.store);
        TokenRow row = {.created_at_ms = 1};
        for (uint64_t n = 1; n <= 500; n++)
            store_put(txn, TABLE_TOKENS, key_number(n * 10), &row);
        struct store_cursor cursor;
        struct store_key key;
        size_t seen = 0;
        store_walk(txn, TABLE_TOKENS, (struct store_range) {.backwards = cases[i].backwards}, &cursor);
        while (store_next(&cursor, &key, &row) == 0) {
            uint64_t n;
            assert_true(key_to_number(&key, &n));
            store_delete(txn, TABLE_TOKENS, key);
            if (cases[i].put_beside)
                store_put(txn, TABLE_TOKENS, key_number(cases[i].backwards ? n + 1 : n - 1), &row);
            seen++;
        }
        store_walk_end(&cursor);
        if (seen != 500 || store_rows(txn, TABLE_TOKENS) != (cases[i].put_beside ? 500 : 0))
            fail_msg("%s: %zu", cases[i].says, seen);
        assert_int_equal(store_commit(txn), 0);
        temporary_done(&t);
    }
}

static void test_unreadable_rows_are_told_and_passed(void **state)
{
    (void) state;
    struct temporary t;
    temporary_init(&t);
    temporary_open(&t, 0);
    struct store_txn *txn = store_write(t.store);
    TokenRow row = {.created_at_ms = 1};
    struct store_key bad = key_number(2);
    store_put(txn, TABLE_TOKENS, key_number(1), &row);
    store_put_encoded(txn, TABLE_TOKENS, &bad, text_of("\xff"));
    store_put(txn, TABLE_TOKENS, key_number(3), &row);
    assert_int_equal(store_commit(txn), 0);

    for (int backwards = 0; backwards < 2; backwards++) {
        struct store_cursor cursor;
        struct store_key key;
        assert_int_equal(store_read(t.store, &txn), 0);
        store_walk(txn, TABLE_TOKENS, (struct store_range) {.backwards = backwards == 1}, &cursor);
        assert_int_equal(store_next(&cursor, &key, &row), 0);
        assert_int_equal(store_next(&cursor, &key, &row), -EBADMSG);
        assert_int_equal(key_compare(&key, &bad), 0);
        assert_int_equal(store_next(&cursor, &key, &row), 0);
        assert_int_equal(store_next(&cursor, &key, &row), STORE_ABSENT);
        store_walk_end(&cursor);
        store_end(txn);
    }
    temporary_done(&t);
}

/* Appended rows fill their pages: half-empty ones would double the journal. */
static void test_growing_tables_fill_their_pages(void **state)
{
    (void) state;
    enum { ROWS = 4000 };
    struct temporary t;
    struct store_usage before, after;
    static TimelineRow row;
    memset(row.reason, 'r', sizeof row.reason - 1);
    temporary_init(&t);
    temporary_open(&t, 0);
    store_usage(t.store, &before);
    struct store_txn *txn = store_write(t.store);
    for (uint32_t i = 0; i < ROWS; i++)
        store_put(txn, TABLE_TIMELINE, key_time(1000, i), &row);
    assert_int_equal(store_commit(txn), 0);
    store_usage(t.store, &after);
    uint64_t row_bytes = 12 + 40 + 8 + 2;   /* key, value, LMDB's node header and pointer, about */
    assert_in_range(after.used_bytes - before.used_bytes, ROWS * row_bytes * 8 / 10, ROWS * row_bytes * 12 / 10);
    temporary_done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_range_both_ways),
        cmocka_unit_test(test_a_table_is_what_was_put_and_deleted),
        cmocka_unit_test(test_changes_while_walking),
        cmocka_unit_test(test_unreadable_rows_are_told_and_passed),
        cmocka_unit_test(test_growing_tables_fill_their_pages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

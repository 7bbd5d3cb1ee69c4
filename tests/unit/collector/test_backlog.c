/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "collector/backlog.h"
#include "common/mem.h"
#include "common/rng.h"

enum { ROOM_BYTES = 1 << 20, TEXT_BYTES = 16 };

static void put(struct backlog *backlog, const char *text)
{
    backlog_put(backlog, text, strlen(text));
}

/* What would be sent now: the texts, joined, with the number of the first in front. */
static const char *waiting(const struct backlog *backlog, size_t n_max, size_t bytes_max)
{
    static char out[512];
    struct wire_piece pieces[WIRE_ITEMS_MAX];
    uint64_t first;
    size_t n = backlog_peek(backlog, pieces, n_max, bytes_max, &first);
    size_t len = (size_t) snprintf(out, sizeof out, "%llu:", (unsigned long long) first);
    for (size_t i = 0; i < n; i++)
        len += (size_t) snprintf(out + len, sizeof out - len, " %.*s", (int) pieces[i].len, (const char *) pieces[i].bytes);
    return out;
}

static void test_empty(void **state)
{
    (void) state;
    struct backlog backlog;
    backlog_init(&backlog, ROOM_BYTES);
    assert_string_equal(waiting(&backlog, 64, 1000), "1:");
    assert_true(backlog_ack(&backlog, 0));
    assert_false(backlog_ack(&backlog, 1));
    backlog_rewind(&backlog);
    assert_int_equal(backlog_unsent(&backlog), 0);
    backlog_done(&backlog);
}

static void test_one_item_goes_and_is_acknowledged(void **state)
{
    (void) state;
    struct backlog backlog;
    backlog_init(&backlog, ROOM_BYTES);
    put(&backlog, "a");
    assert_string_equal(waiting(&backlog, 64, 1000), "1: a");
    assert_false(backlog_ack(&backlog, 1));   /* not sent yet: somebody dreams */
    backlog_mark_sent(&backlog, 1);
    assert_string_equal(waiting(&backlog, 64, 1000), "2:");
    assert_true(backlog_ack(&backlog, 1));
    assert_int_equal(backlog.n, 0);
    assert_int_equal(backlog.bytes, 0);
    put(&backlog, "b");
    assert_string_equal(waiting(&backlog, 64, 1000), "2: b");
    backlog_done(&backlog);
}

static void test_limits_of_a_batch(void **state)
{
    (void) state;
    struct backlog backlog;
    backlog_init(&backlog, ROOM_BYTES);
    put(&backlog, "aaaa");
    put(&backlog, "bb");
    put(&backlog, "c");
    assert_string_equal(waiting(&backlog, 2, 1000), "1: aaaa bb");
    assert_string_equal(waiting(&backlog, 64, 6), "1: aaaa bb");
    assert_string_equal(waiting(&backlog, 64, 5), "1: aaaa");
    assert_string_equal(waiting(&backlog, 64, 1), "1: aaaa");   /* never stuck on one that is too long */
    assert_string_equal(waiting(&backlog, 0, 1000), "1:");
    backlog_done(&backlog);
}

static void test_acks_in_the_middle_and_twice_and_of_the_future(void **state)
{
    (void) state;
    struct backlog backlog;
    backlog_init(&backlog, ROOM_BYTES);
    for (char c = 'a'; c <= 'e'; c++)
        put(&backlog, (char[]) {c, '\0'});
    backlog_mark_sent(&backlog, 4);
    assert_false(backlog_ack(&backlog, 5));   /* e was never sent */
    assert_int_equal(backlog.n, 5);
    assert_true(backlog_ack(&backlog, 2));
    assert_true(backlog_ack(&backlog, 2));
    assert_true(backlog_ack(&backlog, 1));    /* late */
    assert_int_equal(backlog.acknowledged, 2);
    assert_int_equal(backlog.n, 3);
    assert_string_equal(waiting(&backlog, 64, 1000), "5: e");

    backlog_rewind(&backlog);
    assert_string_equal(waiting(&backlog, 64, 1000), "3: c d e");
    assert_true(backlog_ack(&backlog, 4));    /* the Welcome knows what the lost connection brought */
    assert_string_equal(waiting(&backlog, 64, 1000), "5: e");
    backlog_done(&backlog);
}

static void test_full_drops_the_oldest_and_counts(void **state)
{
    (void) state;
    struct backlog backlog;
    backlog_init(&backlog, 3 * (1 + BACKLOG_ITEM_COST));
    put(&backlog, "a");
    put(&backlog, "b");
    put(&backlog, "c");
    assert_int_equal(backlog.dropped, 0);
    backlog_mark_sent(&backlog, 2);
    put(&backlog, "d");
    assert_int_equal(backlog.dropped, 1);
    assert_string_equal(waiting(&backlog, 64, 1000), "3: c d");   /* the cursor stays at c */
    backlog_rewind(&backlog);
    assert_string_equal(waiting(&backlog, 64, 1000), "2: b c d");   /* the gap shows */
    backlog_mark_sent(&backlog, 1);
    put(&backlog, "e");
    put(&backlog, "f");
    assert_int_equal(backlog.dropped, 3);
    assert_string_equal(waiting(&backlog, 64, 1000), "4: d e f");

    char large[3 * (1 + BACKLOG_ITEM_COST)] = {0};
    backlog_put(&backlog, large, sizeof large);
    assert_int_equal(backlog.dropped, 4);
    assert_int_equal(backlog.n, 3);   /* one that never fits pushes nobody out */
    backlog_done(&backlog);
}

static void test_the_catalogue_goes_before_what_was_never_sent(void **state)
{
    (void) state;
    struct backlog backlog;
    backlog_init(&backlog, ROOM_BYTES);
    backlog_put_first(&backlog, "S", 1);
    assert_string_equal(waiting(&backlog, 64, 1000), "1: S");
    put(&backlog, "a");
    put(&backlog, "b");
    backlog_mark_sent(&backlog, 2);
    put(&backlog, "c");
    backlog_put_first(&backlog, "T", 1);
    backlog_put_first(&backlog, "R", 1);
    assert_string_equal(waiting(&backlog, 64, 1000), "3: R T b c");
    backlog_rewind(&backlog);
    assert_string_equal(waiting(&backlog, 64, 1000), "1: S a R T b c");   /* what was sent keeps its number */
    backlog_done(&backlog);
}

/* Against a model: a plain list of what was put, with the same rules said in another way. */
static void test_any_sequence_of_calls_keeps_order_and_numbers(void **state)
{
    (void) state;
    enum { ROUNDS = 20000, ITEM_BYTES = 8 };
    uint64_t seed = 7;
    struct rng rng;
    rng_seed(&rng, seed);
    print_message("seed %llu\n", (unsigned long long) seed);
    struct backlog backlog;
    backlog_init(&backlog, 30 * (ITEM_BYTES + BACKLOG_ITEM_COST));
    uint64_t next = 1;
    uint64_t acknowledged = 0;

    for (int round = 0; round < ROUNDS; round++) {
        switch (rng_below(&rng, 4)) {
        case 0:
        case 1:
            backlog_put(&backlog, &next, sizeof next);   /* its bytes are its number */
            next++;
            break;
        case 2: {
            struct wire_piece pieces[WIRE_ITEMS_MAX];
            uint64_t first;
            size_t n = backlog_peek(&backlog, pieces, (size_t) rng_below(&rng, 20), 1000, &first);
            for (size_t i = 0; i < n; i++) {
                uint64_t number;
                memcpy(&number, pieces[i].bytes, sizeof number);
                assert_int_equal(number, first + i);
            }
            backlog_mark_sent(&backlog, n);
            break;
        }
        default:
            if (rng_below(&rng, 5) == 0)
                backlog_rewind(&backlog);
            uint64_t through = backlog.first + rng_below(&rng, 20);
            if (backlog_ack(&backlog, through)) {
                assert_true(through <= backlog.ever_sent);
                acknowledged = through > acknowledged ? through : acknowledged;
            } else {
                assert_true(through > backlog.ever_sent);
            }
            break;
        }
        assert_int_equal(backlog.first + backlog.n, next);
        assert_int_equal(backlog.acknowledged, acknowledged);
        assert_true(backlog.n <= 30 && backlog.n_sent <= backlog.n);
        assert_int_equal(backlog.bytes, backlog.n * (ITEM_BYTES + BACKLOG_ITEM_COST));
    }
    assert_true(backlog.dropped > 0);
    backlog_done(&backlog);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_one_item_goes_and_is_acknowledged),
        cmocka_unit_test(test_limits_of_a_batch),
        cmocka_unit_test(test_acks_in_the_middle_and_twice_and_of_the_future),
        cmocka_unit_test(test_full_drops_the_oldest_and_counts),
        cmocka_unit_test(test_the_catalogue_goes_before_what_was_never_sent),
        cmocka_unit_test(test_any_sequence_of_calls_keeps_order_and_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

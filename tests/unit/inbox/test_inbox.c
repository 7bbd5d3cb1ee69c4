/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "aggregator/inbox/inbox.h"
#include "common/mem.h"

static void count_wake(void *context)
{
    atomic_fetch_add((_Atomic int *) context, 1);
}

static struct inbox_item item_of(enum inbox_kind kind, uint64_t number)
{
    struct inbox_item item = {.kind = kind};
    item.delivery.sequence = number;
    return item;
}

static void test_the_oldest_comes_first(void **state)
{
    (void) state;
    _Atomic int wakes = 0;
    struct inbox *inbox = inbox_new(count_wake, (void *) &wakes);
    assert_null(inbox_take(inbox));

    /* Three times round the ring. */
    for (uint64_t i = 0; i < 3 * INBOX_ITEMS_MAX; i += 2) {
        struct inbox_item first = item_of(INBOX_DELIVERY, i);
        struct inbox_item second = item_of(INBOX_DELIVERY, i + 1);
        assert_int_equal(inbox_put(inbox, &first), 0);
        assert_int_equal(inbox_put(inbox, &second), 0);
        assert_int_equal(inbox_depth(inbox), 2);
        for (uint64_t want = i; want < i + 2; want++) {
            CLEANUP(mem_freep) struct inbox_item *taken = inbox_take(inbox);
            assert_non_null(taken);
            assert_int_equal(taken->delivery.sequence, want);
        }
    }
    assert_int_equal(wakes, 3 * INBOX_ITEMS_MAX);
    inbox_free(inbox);
}

static void test_a_full_inbox_refuses(void **state)
{
    static const struct { const char *says; enum inbox_kind kind; size_t depth; int result; } cases[] = {
        { "an empty one takes anything",           INBOX_SECURITY,   0, 0 },
        { "the last place of the lower half",      INBOX_TOKEN_USED, INBOX_ITEMS_MAX / 2 - 1, 0 },
        { "half full: last uses are dropped",      INBOX_TOKEN_USED, INBOX_ITEMS_MAX / 2, -EAGAIN },
        { "half full: security events are dropped", INBOX_SECURITY,  INBOX_ITEMS_MAX / 2, -EAGAIN },
        { "half full: a command is taken",         INBOX_COMMAND,    INBOX_ITEMS_MAX / 2, 0 },
        { "the last place of all",                 INBOX_DELIVERY,   INBOX_ITEMS_MAX - 1, 0 },
        { "full",                                  INBOX_COMMAND,    INBOX_ITEMS_MAX, -EAGAIN },
        { "full for a reload too",                 INBOX_RELOAD,     INBOX_ITEMS_MAX, -EAGAIN },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct inbox *inbox = inbox_new(NULL, NULL);
        for (size_t n = 0; n < cases[i].depth; n++) {
            struct inbox_item filler = item_of(INBOX_DELIVERY, n);
            assert_int_equal(inbox_put(inbox, &filler), 0);
        }
        struct inbox_item item = item_of(cases[i].kind, 0);
        if (inbox_put(inbox, &item) != cases[i].result)
            fail_msg("%s", cases[i].says);
        if (inbox_depth(inbox) != cases[i].depth + (cases[i].result == 0 ? 1 : 0))
            fail_msg("%s: depth", cases[i].says);
        inbox_free(inbox);
    }
}

static void test_a_closed_inbox_refuses_but_still_gives(void **state)
{
    (void) state;
    _Atomic int wakes = 0;
    struct inbox *inbox = inbox_new(count_wake, (void *) &wakes);
    struct inbox_item item = item_of(INBOX_COMMAND, 0);
    assert_int_equal(inbox_put(inbox, &item), 0);
    inbox_close(inbox);
    assert_int_equal(inbox_put(inbox, &item), -ESHUTDOWN);
    assert_int_equal(wakes, 1);

    struct inbox_item *taken = inbox_take(inbox);
    assert_non_null(taken);
    free(taken);
    assert_null(inbox_take(inbox));
    inbox_free(inbox);
    inbox_free(NULL);
}

enum { WRITERS = 4, PUTS = 2000 };

static void *put_many(void *context)
{
    struct inbox *inbox = context;
    struct inbox_item item = item_of(INBOX_DELIVERY, 1);
    for (int done = 0; done < PUTS;) {
        if (inbox_put(inbox, &item) == 0)
            done++;
    }
    return NULL;
}

static void test_many_writers_lose_nothing(void **state)
{
    (void) state;
    struct inbox *inbox = inbox_new(NULL, NULL);
    pthread_t writers[WRITERS];
    for (int i = 0; i < WRITERS; i++)
        assert_int_equal(pthread_create(&writers[i], NULL, put_many, inbox), 0);

    for (uint64_t taken = 0; taken < WRITERS * PUTS;) {
        struct inbox_item *item = inbox_take(inbox);
        if (item != NULL)
            taken += item->delivery.sequence;
        free(item);
    }
    for (int i = 0; i < WRITERS; i++)
        assert_int_equal(pthread_join(writers[i], NULL), 0);
    assert_int_equal(inbox_depth(inbox), 0);
    inbox_free(inbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_oldest_comes_first),
        cmocka_unit_test(test_a_full_inbox_refuses),
        cmocka_unit_test(test_a_closed_inbox_refuses_but_still_gives),
        cmocka_unit_test(test_many_writers_lose_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

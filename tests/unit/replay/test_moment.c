/* SPDX-License-Identifier: Apache-2.0 */
/* How far an engine comes on what was recorded, in a store that is open and written here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "aggregator/replay/moment.h"
#include "aggregator/store/journal.h"
#include "common/mem.h"
#include "temporary.h"

#define DIGEST "0000000000000000000000000000000000000000000000000000000000000001"
#define BROKEN "0000000000000000000000000000000000000000000000000000000000000002"

static void put_config(struct store_txn *txn, uint64_t input, int64_t at_ms, const char *digest)
{
    CLEANUP(mem_freep) Command *command = mem_new(sizeof *command);

    command->which_input = Command_config_tag;
    (void) snprintf(command->input.config.digest, sizeof command->input.config.digest, "%s", digest);
    journal_put_command(txn, input, at_ms, command);
}

static void put(struct store_txn *txn, uint64_t input, int64_t at_ms, pb_size_t which)
{
    CLEANUP(mem_freep) Command *command = mem_new(sizeof *command);

    command->which_input = which;
    journal_put_command(txn, input, at_ms, command);
}

/* What a daemon with a configuration from the beginning has: it came up at 1000, was down from 3000 to 9000, and got a
 * configuration that cannot be read at 10000. Without the first inputs, when they are gone. */
static void record(struct store *store, uint64_t first)
{
    CLEANUP(mem_freep) WorldRow *world = mem_new(sizeof *world);
    struct store_txn *txn = store_write(store);

    store_put_bytes(txn, TABLE_CONFIGS, key_name(DIGEST), text_of("{\"services\":[{\"id\":\"acme\"}]}"));
    store_put_bytes(txn, TABLE_CONFIGS, key_name(BROKEN), text_of("{\"no such key\":1}"));
    if (first <= 1)
        put_config(txn, 1, 0, DIGEST);
    if (first <= 2)
        put(txn, 2, 1000, Command_tick_tag);
    put(txn, 3, 3000, Command_tick_tag);
    put(txn, 4, 9000, Command_gap_tag);
    put_config(txn, 5, 10000, BROKEN);
    world->next_input = 6;
    store_put(txn, TABLE_META, key_name(STORE_META_WORLD), world);
    assert_int_equal(store_commit(txn), 0);
}

static bool gives_up(void *context)
{
    int *asked = context;

    return ++*asked == 1;
}

static const struct {
    const char *says;
    int64_t at_ms;
    size_t inputs_max;
    uint64_t first;                    /* input that is still there */
    enum moment_end end;
    size_t n;                          /* of inputs */
    int64_t now_ms;                    /* the engine's */
} cases[] = {
    { "before it began",                     999,       100, 1, MOMENT_BEFORE,  1, 999 },
    { "as it began",                         1000,      100, 1, MOMENT_REACHED, 2, 1000 },
    { "between two inputs time passes",      2999,      100, 1, MOMENT_REACHED, 2, 2999 },
    { "what came then is part of it",        3000,      100, 1, MOMENT_REACHED, 3, 3000 },
    { "while it was down, nothing acts",     8999,      100, 1, MOMENT_REACHED, 3, 3000 },
    { "the last input",                      10000,     100, 1, MOMENT_ENDED,   5, 10000 },
    { "after it",                            10001,     100, 1, MOMENT_ENDED,   5, 10000 },
    { "the end, whenever that was",          INT64_MAX, 100, 1, MOMENT_REACHED, 5, 10000 },
    { "just within the bound",               3000,      3,   1, MOMENT_REACHED, 3, 3000 },
    { "one more than the bound",             9000,      3,   1, MOMENT_TOO_FAR, 3, 3000 },
    { "no configuration, since it is gone",  9000,      100, 2, MOMENT_EMPTY,   3, 9000 },
    { "nor any beginning",                   2999,      100, 3, MOMENT_BEFORE,  0, 0 },
};

static void test_where_it_ends(void **state)
{
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct moment moment = {.is_quiet = true};
        struct temporary temporary;
        struct error err = {0};
        temporary_init(&temporary);
        temporary_open(&temporary, 0);
        record(temporary.store, cases[i].first);

        assert_int_equal(moment_borrow(&moment, temporary.store, &err), 0);
        int end = moment_go(&moment, &(struct moment_wanted) {.at_ms = cases[i].at_ms, .inputs_max = cases[i].inputs_max}, &err);
        int64_t now_ms = engine_now(moment.player.engine);
        if (end != (int) cases[i].end || moment.n_inputs != cases[i].n || now_ms != cases[i].now_ms)
            fail_msg("%s: %d after %zu at %lld %s", cases[i].says, end, moment.n_inputs, (long long) now_ms, err.text);
        assert_int_equal(replay_journal_recorded(moment.session.journal), 5);
        moment_close(&moment);
        record(temporary.store, 1);    /* the store is as open as before */
        temporary_done(&temporary);
    }
}

static void test_what_it_rests_on(void **state)
{
    struct moment moment = {.is_quiet = true};
    struct temporary temporary;
    struct error err = {0};
    (void) state;

    temporary_init(&temporary);
    temporary_open(&temporary, 0);
    record(temporary.store, 1);
    assert_int_equal(moment_borrow(&moment, temporary.store, &err), 0);
    assert_int_equal(moment_go(&moment, &(struct moment_wanted) {.at_ms = INT64_MAX, .inputs_max = 9}, &err), MOMENT_REACHED);
    assert_int_equal(moment.n_unreadable, 1);
    assert_int_equal(moment.first_ms, 1000);
    assert_int_equal(moment.last_ms, 10000);
    assert_non_null(moment.player.config);    /* the one before goes on */
    moment_close(&moment);
    temporary_done(&temporary);
}

/* ---------------------------------------------------------------- given up */

static void record_many(struct store *store, uint64_t n)
{
    CLEANUP(mem_freep) WorldRow *world = mem_new(sizeof *world);
    struct store_txn *txn = store_write(store);

    for (uint64_t i = 6; i < n; i++)
        put(txn, i, (int64_t) i * 10000, Command_tick_tag);
    world->next_input = n;
    store_put(txn, TABLE_META, key_name(STORE_META_WORLD), world);
    assert_int_equal(store_commit(txn), 0);
}

static void test_it_is_given_up_on_the_way(void **state)
{
    struct moment moment = {.is_quiet = true};
    struct temporary temporary;
    struct error err = {0};
    int asked = 0;
    (void) state;

    temporary_init(&temporary);
    temporary_open(&temporary, 0);
    record(temporary.store, 1);
    record_many(temporary.store, 2000);
    assert_int_equal(moment_borrow(&moment, temporary.store, &err), 0);
    int end = moment_go(&moment, &(struct moment_wanted) {.at_ms = INT64_MAX, .inputs_max = 9999, .given_up = gives_up,
                                                          .context = &asked}, &err);
    assert_int_equal(end, MOMENT_GIVEN_UP);
    assert_int_equal(asked, 1);
    assert_true(moment.n_inputs < 1000);
    moment_close(&moment);             /* with rows that were read and not played */
    temporary_done(&temporary);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_where_it_ends),
        cmocka_unit_test(test_what_it_rests_on),
        cmocka_unit_test(test_it_is_given_up_on_the_way),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

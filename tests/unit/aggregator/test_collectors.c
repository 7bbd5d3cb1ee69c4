/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "aggregator/collectors.h"
#include "common/mem.h"

static const uint8_t first_boot[BOOT_ID_BYTES] = {1};
static const uint8_t second_boot[BOOT_ID_BYTES] = {2};

static Batch batch_of(const uint8_t boot[static BOOT_ID_BYTES], uint64_t first, uint32_t items)
{
    Batch batch = {.first_sequence = first, .items = items};
    memcpy(batch.boot_id, boot, BOOT_ID_BYTES);
    return batch;
}

static void test_each_item_is_new_once(void **state)
{
    static const struct {
        const char *says;
        uint64_t through, first;
        uint32_t items;
        enum batch_outcome outcome;
        uint32_t skip;
        uint64_t then;
    } cases[] = {
        { "the first of all",               0,  1, 3, BATCH_TAKEN, 0, 3 },
        { "the next",                       3,  4, 2, BATCH_TAKEN, 0, 5 },
        { "the same again",                 5,  4, 2, BATCH_TAKEN, 2, 5 },
        { "an old one",                     5,  1, 3, BATCH_TAKEN, 3, 5 },
        { "half of it seen",                5,  4, 4, BATCH_TAKEN, 2, 7 },
        { "all but the last seen",          5,  1, 6, BATCH_TAKEN, 5, 6 },
        { "some lost in between",           5, 10, 1, BATCH_TAKEN, 0, 10 },
        { "a heartbeat",                    5,  6, 0, BATCH_TAKEN, 0, 5 },
        { "a heartbeat without a number",   5,  0, 0, BATCH_TAKEN, 0, 5 },
        { "sequence zero",                  5,  0, 1, BATCH_IMPOSSIBLE, 0, 5 },
        { "the last number there is",       5,  UINT64_MAX - 1, 1, BATCH_TAKEN, 0, UINT64_MAX - 1 },
        { "a number too many",              5,  UINT64_MAX, 1, BATCH_IMPOSSIBLE, 0, 5 },
    };
    (void) state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct collector collector = {.has_boot = true, .through = cases[i].through};
        memcpy(collector.boot_id, first_boot, BOOT_ID_BYTES);
        Batch batch = batch_of(first_boot, cases[i].first, cases[i].items);
        struct batch_part part = {.through = cases[i].through};
        if (collector_batch(&collector, &batch, &part) != cases[i].outcome)
            fail_msg("%s: outcome", cases[i].says);
        if (part.skip != cases[i].skip || part.through != cases[i].then)
            fail_msg("%s: skip %u through %lu", cases[i].says, part.skip, (unsigned long) part.through);
    }
}

static void test_only_the_boot_that_said_hello_last_is_heard(void **state)
{
    (void) state;
    struct collector collector = {0};
    Batch first = batch_of(first_boot, 1, 1);
    Batch second = batch_of(second_boot, 1, 1);
    struct batch_part part;
    assert_int_equal(collector_batch(&collector, &first, &part), BATCH_STRANGER);

    assert_int_equal(collector_hello(&collector, first_boot, 5000), HELLO_NEW);
    assert_int_equal(collector.incarnation, 1);
    assert_int_equal(collector_batch(&collector, &first, &part), BATCH_TAKEN);
    collector.through = 7;
    assert_int_equal(collector_hello(&collector, first_boot, 5001), HELLO_SAME);
    assert_int_equal(collector.through, 7);

    assert_int_equal(collector_hello(&collector, second_boot, 5999), HELLO_TOO_SOON);
    assert_int_equal(collector.incarnation, 1);
    assert_int_equal(collector_hello(&collector, second_boot, 6000), HELLO_NEW);
    assert_int_equal(collector.incarnation, 2);
    assert_int_equal(collector.through, 0);
    assert_int_equal(collector_batch(&collector, &first, &part), BATCH_STRANGER);
    assert_int_equal(collector_batch(&collector, &second, &part), BATCH_TAKEN);
}

static void test_marks_survive_the_store(void **state)
{
    (void) state;
    static CollectorRow row;
    struct collectors collectors = {0};
    struct collector *collector = collectors_make(&collectors, "web01");
    assert_int_equal(collector_hello(collector, first_boot, 5000), HELLO_NEW);
    collector->through = 41;
    run_start_heartbeat(&collector->contacts, 3, 1000);
    run_extend_heartbeat(&collector->contacts, 9, 31000);
    (void) collector_vitals(collector, &(Vitals) {.dropped_total = 5});
    collector_fill(collector, &row);

    struct collectors others = {0};
    struct collector *other = collectors_make(&others, row.state.name);
    assert_int_equal(collector_restore(other, &row), 0);
    assert_string_equal(other->name, "web01");
    assert_int_equal(other->through, 41);
    assert_int_equal(other->incarnation, 1);
    assert_int_equal(other->contacts.count, 2);
    assert_int_equal(other->contacts.last_input, 9);
    assert_int_equal(collector_hello(other, first_boot, 1), HELLO_SAME);
    assert_int_equal(collector_vitals(other, &(Vitals) {.dropped_total = 7}), 2);
    assert_int_equal(other->dropped_seen, 7);
    collectors_done(&collectors);
    collectors_done(&others);

    row.contacts.bytes[0] ^= 0xff;
    assert_true(collector_restore(&(struct collector) {0}, &row) < 0);
}

static void test_lost_items_are_counted_once(void **state)
{
    (void) state;
    struct collector collector = {0};
    assert_int_equal(collector_vitals(&collector, &(Vitals) {.dropped_total = 3}), 3);
    assert_int_equal(collector_vitals(&collector, &(Vitals) {.dropped_total = 3}), 0);
    assert_int_equal(collector_hello(&collector, second_boot, 5000), HELLO_NEW);
    assert_int_equal(collector_vitals(&collector, &(Vitals) {.dropped_total = 1}), 1);
    assert_int_equal(collector.dropped_seen, 4);
}

static void test_labels_say_when_they_change(void **state)
{
    (void) state;
    struct collectors collectors = {0};
    struct collector *collector = collectors_make(&collectors, "web01");
    static HostFacts facts;
    assert_false(collector_label(collector, &facts));
    facts.labels_count = 1;
    strcpy(facts.labels[0], "role=web");
    assert_true(collector_label(collector, &facts));
    assert_false(collector_label(collector, &facts));
    strcpy(facts.labels[0], "role=db");
    assert_true(collector_label(collector, &facts));
    assert_string_equal(collector->labels[0], "role=db");
    collectors_done(&collectors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_item_is_new_once),
        cmocka_unit_test(test_only_the_boot_that_said_hello_last_is_heard),
        cmocka_unit_test(test_marks_survive_the_store),
        cmocka_unit_test(test_lost_items_are_counted_once),
        cmocka_unit_test(test_labels_say_when_they_change),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

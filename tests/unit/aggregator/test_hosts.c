/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "aggregator/hosts.h"
#include "common/mem.h"

static HostRow row;
static struct { SampleRow row; int64_t bucket_ms; } given[8];
static size_t n_given;

static void take_sample(void *context, const struct store_key *key, const SampleRow *sample)
{
    (void) context;
    given[n_given].row = *sample;
    assert_true(key_to_bucket(key, &given[n_given].bucket_ms));
    n_given++;
}

static const struct host_samples samples = {take_sample, NULL};

static uint32_t measure(const char *check, const char *name, double value, int64_t at_ms)
{
    Metric metric = {.value = value};
    strcpy(metric.name, name);
    return host_measure(&row, check, &metric, 1, at_ms, &samples);
}

static int setup(void **state)
{
    (void) state;
    row = (HostRow) {.name = "web01"};
    n_given = 0;
    return 0;
}

static void test_five_minutes_become_a_sample(void **state)
{
    (void) state;
    const int64_t start_ms = 10 * HOST_BUCKET_MS;
    measure("cpu", "ratio", 0.5, start_ms);
    measure("cpu", "ratio", 0.25, start_ms + 1);
    measure("cpu", "ratio", 0.75, start_ms + HOST_BUCKET_MS - 1);
    assert_int_equal(n_given, 0);
    measure("cpu", "ratio", 9, start_ms + HOST_BUCKET_MS);
    assert_int_equal(n_given, 1);
    assert_int_equal(given[0].bucket_ms, start_ms);
    assert_int_equal(given[0].row.count, 3);
    assert_true(given[0].row.min == 0.25 && given[0].row.max == 0.75 && given[0].row.mean == 0.5);
    assert_true(row.metrics[0].metric.value == 9);
    assert_int_equal(row.metrics[0].count, 1);
    assert_int_equal(row.metrics_at_ms, start_ms + HOST_BUCKET_MS);
}

static void test_what_comes_late_is_only_the_latest(void **state)
{
    (void) state;
    measure("cpu", "ratio", 1, 2 * HOST_BUCKET_MS);
    measure("cpu", "ratio", 2, 2 * HOST_BUCKET_MS - 1);
    assert_int_equal(n_given, 0);
    assert_int_equal(row.metrics[0].count, 1);
    assert_int_equal(row.metrics_at_ms, 2 * HOST_BUCKET_MS);
}

static void test_one_name_of_two_checks_are_two(void **state)
{
    (void) state;
    measure("a", "ratio", 1, 1);
    measure("b", "ratio", 2, 1);
    assert_int_equal(row.metrics_count, 2);
}

static void test_a_host_has_room_for_so_many(void **state)
{
    (void) state;
    char name[16];
    for (size_t i = 0; i < ARRAY_SIZE(row.metrics); i++) {
        snprintf(name, sizeof name, "m%zu", i);
        assert_int_equal(measure("cpu", name, 1, 1), 0);
    }
    assert_int_equal(measure("cpu", "one_more", 1, 1), 1);
    assert_int_equal(measure("cpu", "m0", 2, 1), 0);
}

static void test_a_new_voice_forgets_the_old_values(void **state)
{
    (void) state;
    measure("cpu", "ratio", 1, 1);
    host_renew(&row, &samples);
    assert_int_equal(n_given, 1);
    assert_int_equal(row.metrics_count, 0);
    host_renew(&row, &samples);
    assert_int_equal(n_given, 1);
}

static void test_a_hello_is_facts(void **state)
{
    (void) state;
    static Hello hello = {.protocol = 1, .has_facts = true};
    strcpy(hello.facts.os, "Debian GNU/Linux 12");
    strcpy(hello.version, "0.1.0");
    host_greet(&row, &hello, 5000, -250);
    assert_string_equal(row.facts.os, "Debian GNU/Linux 12");
    assert_string_equal(row.version, "0.1.0");
    assert_int_equal(row.clock_skew_ms, -250);
    assert_int_equal(row.hello_at_ms, 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_five_minutes_become_a_sample, setup),
        cmocka_unit_test_setup(test_what_comes_late_is_only_the_latest, setup),
        cmocka_unit_test_setup(test_one_name_of_two_checks_are_two, setup),
        cmocka_unit_test_setup(test_a_host_has_room_for_so_many, setup),
        cmocka_unit_test_setup(test_a_new_voice_forgets_the_old_values, setup),
        cmocka_unit_test_setup(test_a_hello_is_facts, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

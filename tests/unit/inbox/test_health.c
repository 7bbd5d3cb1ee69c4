/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <string.h>

#include "aggregator/inbox/health.h"
#include "common/clock.h"

static void test_ready_only_when_every_part_is(void **state)
{
    (void) state;
    struct health *health = health_new();
    char words[128];
    assert_false(health_ready(health, words, sizeof words));
    assert_string_equal(words, "store: starting");

    for (size_t part = 0; part < HEALTH_PART_COUNT; part++) {
        assert_false(health_ready(health, words, sizeof words));
        health_set(health, (enum health_part) part, NULL);
    }
    assert_true(health_ready(health, words, sizeof words));
    assert_string_equal(words, "");

    health_set(health, HEALTH_WIRE, "no keys");
    assert_false(health_ready(health, words, sizeof words));
    assert_string_equal(words, "wire: no keys");
    assert_true(health_part(health, HEALTH_STORE, words, sizeof words));
    assert_string_equal(words, "");
    assert_false(health_part(health, HEALTH_WIRE, words, sizeof words));
    assert_string_equal(words, "no keys");
    health_free(health);
    health_free(NULL);
}

static void test_words_are_cut_to_the_room_there_is(void **state)
{
    (void) state;
    struct health *health = health_new();
    char many[1000];
    memset(many, 'x', sizeof many - 1);
    many[sizeof many - 1] = '\0';
    health_set(health, HEALTH_STORE, many);

    char few[8];
    assert_false(health_ready(health, few, sizeof few));
    assert_string_equal(few, "store: ");
    assert_false(health_part(health, HEALTH_STORE, few, sizeof few));
    assert_string_equal(few, "xxxxxxx");
    health_free(health);
}

static void test_beats_make_it_young(void **state)
{
    (void) state;
    int64_t before_ms = clock_wall_ms();
    struct health *health = health_new();
    health_beat(health);
    int64_t age_ms = health_beat_age_ms(health);
    assert_true(age_ms >= 0 && age_ms < 60000);
    assert_true(health_started_at_ms(health) >= before_ms);
    health_free(health);
}

static void *set_and_unset(void *context)
{
    for (int i = 0; i < 2000; i++)
        health_set(context, HEALTH_CONFIG, i % 2 == 0 ? "a bad file" : NULL);
    return NULL;
}

static void test_a_reader_never_sees_half_a_sentence(void **state)
{
    (void) state;
    struct health *health = health_new();
    pthread_t writer;
    assert_int_equal(pthread_create(&writer, NULL, set_and_unset, health), 0);
    for (int i = 0; i < 2000; i++) {
        char words[64];
        if (!health_part(health, HEALTH_CONFIG, words, sizeof words))
            assert_true(strcmp(words, "a bad file") == 0 || strcmp(words, "starting") == 0);
        health_beat(health);
    }
    assert_int_equal(pthread_join(writer, NULL), 0);
    health_free(health);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ready_only_when_every_part_is),
        cmocka_unit_test(test_words_are_cut_to_the_room_there_is),
        cmocka_unit_test(test_beats_make_it_young),
        cmocka_unit_test(test_a_reader_never_sees_half_a_sentence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <pb_decode.h>
#include <pb_encode.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/store/run.h"
#include "common/mem.h"
#include "common/rng.h"

static const Observation usual = {
    .service = "web-1:cpu", .source = "web-1/cpu", .collector = "web-1", .kind = SOURCE_PROBE, .result = RESULT_OK,
    .level = LEVEL_OPERATIONAL, .observed_at_ms = 1795000000000, .every_s = 30, .boot = 3, .has_seq = true, .seq = 1000,
};

struct given { Observation observation; uint64_t input; int64_t at_ms; };

static Run stored(const struct run *run, const char *collector)
{
    uint8_t bytes[RUN_BYTES_MAX];
    int len = run_encode(run, collector, bytes, sizeof bytes);
    assert_true(len > 0);
    Run back;
    pb_istream_t in = pb_istream_from_buffer(bytes, (size_t) len);
    assert_true(pb_decode(&in, Run_fields, &back));
    return back;
}

static void assert_same_observation(const Observation *a, const Observation *b)
{
    uint8_t one[Observation_size], two[Observation_size];
    pb_ostream_t first = pb_ostream_from_buffer(one, sizeof one), second = pb_ostream_from_buffer(two, sizeof two);
    assert_true(pb_encode(&first, Observation_fields, a) && pb_encode(&second, Observation_fields, b));
    assert_int_equal(first.bytes_written, second.bytes_written);
    assert_memory_equal(one, two, first.bytes_written);
}

static void assert_gives(const struct run *run, const struct given *given, size_t n)
{
    Run back = stored(run, NULL);
    struct run_reader reader;
    assert_int_equal(run_open(&back, &reader), 0);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(run_next(&reader), 1);
        assert_true(reader.input == given[i].input && reader.at_ms == given[i].at_ms);
        assert_same_observation(&reader.observation, &given[i].observation);
    }
    assert_int_equal(run_next(&reader), 0);
    assert_int_equal(run_next(&reader), 0);
}

static void test_what_breaks_a_run(void **state)
{
    enum { AT = 100000 };
    static const struct { const char *says; int64_t after_ms; Observation change; bool extends; } cases[] = {
        { "the same again", 30000, {.boot = 0}, true },
        { "at the same moment", 0, {.boot = 0}, true },
        { "an hour later", RUN_AGE_MS_MAX, {.boot = 0}, true },
        { "a millisecond more than an hour later", RUN_AGE_MS_MAX + 1, {.boot = 0}, false },
        { "the clock went back a little", -5000, {.boot = 0}, true },
        { "the clock went back by days", -86400000, {.boot = 0}, false },
        { "times too far apart to subtract", INT64_MAX, {.boot = 0}, false },
        { "another result", 0, {.result = RESULT_FAIL}, false },
        { "another level", 0, {.level = LEVEL_DEGRADED}, false },
        { "another kind", 0, {.kind = SOURCE_VENDOR}, false },
        { "another boot", 0, {.boot = 4}, false },
        { "another interval", 0, {.every_s = 60}, false },
        { "another collector", 0, {.collector = "web-2"}, false },
        { "another source", 0, {.source = "web-1/cpu2"}, false },
        { "another service", 0, {.service = "web-1:cp"}, false },
    };
    (void) state;

    struct run run = {0};
    assert_false(run_extends(&run, &usual, AT));
    run_start(&run, &usual, 1, AT);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const Observation *change = &cases[i].change;
        Observation next = usual;
        next.result = change->result != 0 ? change->result : next.result;
        next.level = change->level != 0 ? change->level : next.level;
        next.kind = change->kind != 0 ? change->kind : next.kind;
        next.boot = change->boot != 0 ? change->boot : next.boot;
        next.every_s = change->every_s != 0 ? change->every_s : next.every_s;
        const struct { char *to; const char *from; size_t cap; } names[] = {
            { next.collector, change->collector, sizeof next.collector },
            { next.source, change->source, sizeof next.source },
            { next.service, change->service, sizeof next.service },
        };
        for (size_t k = 0; k < ARRAY_SIZE(names); k++) {
            if (names[k].from[0] != '\0')
                memcpy(names[k].to, names[k].from, names[k].cap);
        }
        int64_t at_ms = cases[i].after_ms == INT64_MAX ? INT64_MIN : AT + cases[i].after_ms;
        if (run_extends(&run, &next, at_ms) != cases[i].extends)
            fail_msg("%s", cases[i].says);
    }
    Observation bare = usual;
    bare.has_seq = false;
    assert_false(run_extends(&run, &bare, AT));
    bare = usual;
    bare.collector[0] = '\0';
    assert_false(run_extends(&run, &bare, AT));
    assert_false(run_extends_heartbeat(&run, AT));
    run_done(&run);
}

static void test_a_run_is_full_at_128(void **state)
{
    (void) state;
    struct run run = {0};
    run_start(&run, &usual, 1, 0);
    for (uint32_t i = 1; i < RUN_REPEATS_MAX; i++) {
        assert_true(run_extends(&run, &usual, 0));
        run_extend(&run, &usual, 1 + i, 0);
    }
    assert_int_equal(run.count, 128);
    assert_false(run_extends(&run, &usual, 0));
    run_done(&run);
}

static void test_a_repeat_costs_about_six_bytes(void **state)
{
    (void) state;
    struct rng rng;
    rng_seed(&rng, 5);
    struct run run = {0};
    struct given now = {usual, 5000000, 1795000000100};
    run_start(&run, &now.observation, now.input, now.at_ms);
    for (int i = 1; i < 100; i++) {
        int64_t late_ms = (int64_t) rng_below(&rng, 40);
        now.input += 7900 + rng_below(&rng, 200);
        now.at_ms += 29980 + late_ms;
        now.observation.observed_at_ms = now.at_ms - 100 - (int64_t) rng_below(&rng, 10);
        now.observation.seq += 8;
        assert_true(run_extends(&run, &now.observation, now.at_ms));
        run_extend(&run, &now.observation, now.input, now.at_ms);
    }
    assert_in_range(run.len - run.first_len, 99 * 4, 99 * 6);
    assert_true(run.cap - run.len < 64);
    run_done(&run);
}

/* Small steps, jumps and values at the edge of their type. */
static uint64_t random_number(struct rng *rng, uint64_t last)
{
    switch (rng_below(rng, 6)) {
    case 0:  return last;
    case 1:  return last + rng_below(rng, 100000);
    case 2:  return last - rng_below(rng, 100000);
    case 3:  return rng_next(rng);
    case 4:  return UINT64_MAX >> rng_below(rng, 3);
    default: return rng_below(rng, 2);
    }
}

static Observation random_observation(struct rng *rng)
{
    Observation o = usual;
    o.every_s = rng_below(rng, 3) == 0 ? (uint32_t) rng_next(rng) : 60;
    o.boot = rng_next(rng);
    o.has_seq = rng_below(rng, 2) == 0;
    o.seq = o.has_seq ? rng_next(rng) : 0;
    if (rng_below(rng, 4) == 0)
        o.collector[0] = '\0';
    if (rng_below(rng, 4) == 0) {
        memset(o.service, 's', sizeof o.service - 1);
        memset(o.source, 'q', sizeof o.source - 1);
        memset(o.collector, 'c', sizeof o.collector - 1);
    }
    return o;
}

static void test_nothing_is_lost(void **state)
{
    (void) state;
    struct rng rng;
    rng_seed(&rng, 20261121);
    for (int round = 0; round < 2000; round++) {
        struct given given[RUN_REPEATS_MAX];
        struct given now = {random_observation(&rng), rng_next(&rng), (int64_t) rng_next(&rng) / 2};
        now.observation.observed_at_ms = (int64_t) random_number(&rng, (uint64_t) now.at_ms);
        struct run run = {0};
        run_start(&run, &now.observation, now.input, now.at_ms);
        given[0] = now;
        size_t n = 1, wanted = 1 + rng_below(&rng, RUN_REPEATS_MAX);
        while (n < wanted) {
            now.input = random_number(&rng, now.input);
            now.at_ms = given[0].at_ms + (int64_t) rng_below(&rng, 2 * RUN_AGE_MS_MAX) - RUN_AGE_MS_MAX;
            now.observation.observed_at_ms = (int64_t) random_number(&rng, (uint64_t) now.observation.observed_at_ms);
            now.observation.seq = now.observation.has_seq ? random_number(&rng, now.observation.seq) : 0;
            if (!run_extends(&run, &now.observation, now.at_ms))
                break;   /* its room is full before 128 when every difference is huge */
            run_extend(&run, &now.observation, now.input, now.at_ms);
            given[n++] = now;
        }
        assert_true(n == wanted || n > 40);
        assert_gives(&run, given, n);
        run_done(&run);
    }
}

static void test_an_open_run_goes_on_after_a_restart(void **state)
{
    (void) state;
    struct run run = {0}, again;
    struct given given[5];
    for (size_t i = 0; i < 4; i++) {
        given[i] = (struct given) {usual, 10 + 3 * i, 1000 + (int64_t) i * 30000};
        given[i].observation.seq += i;
        if (i == 0)
            run_start(&run, &given[0].observation, given[0].input, given[0].at_ms);
        else
            run_extend(&run, &given[i].observation, given[i].input, given[i].at_ms);
    }
    uint8_t bytes[RUN_BYTES_MAX];
    int len = run_encode(&run, NULL, bytes, sizeof bytes);
    assert_int_equal(run_decode((struct text) {(char *) bytes, (size_t) len}, &again), 0);
    given[4] = (struct given) {usual, 99, 150000};
    assert_true(run_extends(&again, &given[4].observation, given[4].at_ms));
    run_extend(&again, &given[4].observation, given[4].input, given[4].at_ms);
    assert_gives(&again, given, 5);
    run_done(&run);
    run_done(&again);
}

static void test_heartbeats(void **state)
{
    (void) state;
    struct run run = {0}, again;
    assert_false(run_extends_heartbeat(&run, 0));
    run_start_heartbeat(&run, UINT64_MAX, 5);
    assert_true(run_extends_heartbeat(&run, 30005));
    assert_false(run_extends(&run, &usual, 30005));
    run_extend_heartbeat(&run, 0, 30005);
    uint8_t bytes[RUN_BYTES_MAX];
    int len = run_encode(&run, "web-1", bytes, sizeof bytes);
    assert_int_equal(run_decode((struct text) {(char *) bytes, (size_t) len}, &again), 0);
    assert_true(run_extends_heartbeat(&again, 60005));
    run_extend_heartbeat(&again, 1, 60005);

    Run back = stored(&again, "web-1");
    struct run_reader reader;
    assert_int_equal(run_open(&back, &reader), 0);
    static const struct { uint64_t input; int64_t at_ms; } expected[] = {{UINT64_MAX, 5}, {0, 30005}, {1, 60005}};
    for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
        assert_int_equal(run_next(&reader), 1);
        assert_true(reader.input == expected[i].input && reader.at_ms == expected[i].at_ms);
        assert_string_equal(reader.observation.collector, "web-1");
        assert_string_equal(reader.observation.service, "");
        assert_true(reader.observation.observed_at_ms == 0);
    }
    assert_int_equal(run_next(&reader), 0);
    run_done(&run);
    run_done(&again);
}

static void test_no_run(void **state)
{
    (void) state;
    struct run run = {0};
    uint8_t bytes[RUN_BYTES_MAX];
    assert_int_equal(run_encode(&run, NULL, bytes, sizeof bytes), 0);
    assert_int_equal(run_decode((struct text) {NULL, 0}, &run), 0);
    assert_int_equal(run.count, 0);
    run_start(&run, &usual, 1, 1);
    assert_int_equal(run_encode(&run, NULL, bytes, 10), -EMSGSIZE);
    run_done(&run);
    assert_int_equal(run.count, 0);
    run_done(&run);
}

static void test_broken_runs_are_refused(void **state)
{
    static const struct {
        const char *says; uint32_t count; uint8_t repeats[4]; uint8_t size; int opens; int last;
    } cases[] = {
        { "no input at all", 0, {0}, 0, -EBADMSG, 0 },
        { "more than fit", 129, {0}, 4, -EBADMSG, 0 },
        { "repeats without bytes", 2, {0}, 0, -EBADMSG, 0 },
        { "bytes without repeats", 1, {0}, 4, -EBADMSG, 0 },
        { "one repeat, exactly", 2, {0}, 4, 0, 0 },
        { "half a repeat", 2, {0}, 3, 0, -EBADMSG },
        { "a number cut off", 2, {0, 0, 0, 0x80}, 4, 0, -EBADMSG },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        Run run = {.has_first = true, .first = usual, .count = cases[i].count};
        memcpy(run.repeats.bytes, cases[i].repeats, sizeof cases[i].repeats);
        run.repeats.size = cases[i].size;
        struct run_reader reader;
        int r = run_open(&run, &reader);
        if (r != cases[i].opens)
            fail_msg("%s", cases[i].says);
        while (r == 0 && (r = run_next(&reader)) > 0)
            r = 0;
        if (cases[i].opens == 0 && cases[i].last < 0 && r != cases[i].last)
            fail_msg("%s: %d", cases[i].says, r);
    }
}

/* Whatever stands in a row: an answer, and never more than 128 inputs. */
static void test_any_bytes_get_an_answer(void **state)
{
    (void) state;
    struct rng rng;
    rng_seed(&rng, 99);
    struct run run = {0};
    run_start(&run, &usual, 1, 1);
    for (int i = 0; i < 20; i++)
        run_extend(&run, &usual, 2, 2);
    uint8_t good[RUN_BYTES_MAX];
    size_t len = (size_t) run_encode(&run, NULL, good, sizeof good);
    run_done(&run);

    for (int round = 0; round < 20000; round++) {
        uint8_t bytes[RUN_BYTES_MAX];
        memcpy(bytes, good, len);
        for (uint64_t flips = 1 + rng_below(&rng, 4); flips > 0; flips--)
            bytes[rng_below(&rng, len)] = (uint8_t) rng_next(&rng);
        struct run back;
        int r = run_decode((struct text) {(char *) bytes, rng_below(&rng, len + 1)}, &back);
        assert_true(r == 0 || r == -EBADMSG);
        assert_true(back.count <= RUN_REPEATS_MAX);
        run_done(&back);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_breaks_a_run),
        cmocka_unit_test(test_a_run_is_full_at_128),
        cmocka_unit_test(test_a_repeat_costs_about_six_bytes),
        cmocka_unit_test(test_nothing_is_lost),
        cmocka_unit_test(test_an_open_run_goes_on_after_a_restart),
        cmocka_unit_test(test_heartbeats),
        cmocka_unit_test(test_no_run),
        cmocka_unit_test(test_broken_runs_are_refused),
        cmocka_unit_test(test_any_bytes_get_an_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

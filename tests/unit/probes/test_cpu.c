/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <math.h>
#include <string.h>
#include <cmocka.h>

#include "collector/probes/cpu.h"
#include "common/mem.h"

static const struct host_limits limits = {.every_ms = 30000, .window_ms = 300000, .cpu_permille = 900};

static double metric_of(const struct verdict *verdict, const char *name)
{
    for (size_t i = 0; i < verdict->n_metrics; i++) {
        if (strcmp(verdict->metrics[i].name, name) == 0)
            return verdict->metrics[i].value;
    }
    return -1;
}

static void test_parsing(void **state)
{
    static const struct { const char *says; const char *in; int r; uint64_t user; uint64_t steal; uint32_t cores; } cases[] = {
        { "a modern kernel", "cpu  1 2 3 4 5 6 7 8 9 10\ncpu0 1 2\ncpu1 1 2\nintr 5\n", 0, 1, 8, 2 },
        { "an old one without steal", "cpu  1 2 3 4 5 6 7\ncpu0 1\n", 0, 1, 0, 1 },
        { "the least", "cpu 1 2 3 4", 0, 1, 0, 1 },
        { "a core is off: its line is gone", "cpu 1 2 3 4\ncpu0 1\ncpu3 1\n", 0, 1, 0, 2 },
        { "more than 2^63 is the maximum", "cpu 99999999999999999999 2 3 4", 0, INT64_MAX, 0, 1 },
        { "three fields", "cpu 1 2 3\n", -EBADMSG, 0, 0, 0 },
        { "not a number", "cpu 1 x 3 4\n", -EBADMSG, 0, 0, 0 },
        { "negative", "cpu 1 -2 3 4\n", -EBADMSG, 0, 0, 0 },
        { "another file", "MemTotal: 1 kB\n", -EBADMSG, 0, 0, 0 },
        { "empty", "", -EBADMSG, 0, 0, 0 },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct cpu_sample sample = {0};
        struct error err = {0};
        int r = cpu_parse(text_of(cases[i].in), &sample, &err);
        if (r != cases[i].r || sample.ticks[CPU_USER] != cases[i].user || sample.ticks[CPU_STEAL] != cases[i].steal
            || sample.cores != cases[i].cores || (r < 0) != (err.text[0] != '\0'))
            fail_msg("%s: %d %s", cases[i].says, r, err.text);
    }
}

/* Eleven samples 30 s apart, each with busy of 1,000 ticks: what is said after five minutes. */
static struct verdict after_five_minutes(uint64_t busy, uint64_t nice)
{
    struct cpu cpu = {0};
    struct verdict verdict = {0};
    for (int i = 0; i <= 10; i++) {
        uint64_t n = (uint64_t) i;
        struct cpu_sample sample = {.cores = 4, .ticks = {[CPU_USER] = n * (busy / 2), [CPU_SYSTEM] = n * (busy - busy / 2),
                                                          [CPU_NICE] = n * nice, [CPU_IDLE] = n * (1000 - busy - nice)}};
        cpu_take(&cpu, &sample, &limits, i * 30000);
    }
    cpu_judge(&cpu, &limits, 300000, &verdict);
    return verdict;
}

static void test_C57_above_the_limit_is_degraded_and_never_more(void **state)
{
    static const struct { const char *says; uint64_t busy; uint64_t nice; enum status level; } cases[] = {
        { "idle", 0, 0, STATUS_OPERATIONAL },
        { "89.9", 899, 0, STATUS_OPERATIONAL },
        { "90.0", 900, 0, STATUS_OPERATIONAL },
        { "90.1", 901, 0, STATUS_DEGRADED },
        { "all of it", 1000, 0, STATUS_DEGRADED },
        { "all of it, but nice", 100, 900, STATUS_OPERATIONAL },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct verdict verdict = after_five_minutes(cases[i].busy, cases[i].nice);
        if (!verdict.ok || verdict.silent || verdict.level != cases[i].level)
            fail_msg("%s: %d \"%s\"", cases[i].says, verdict.level, verdict.detail);
    }
    struct verdict verdict = after_five_minutes(901, 0);
    assert_string_equal(verdict.detail, "90.1 % busy over 5 min on 4 CPUs, limit 90 %");
}

static void test_silent_until_half_the_window(void **state)
{
    (void) state;
    struct cpu cpu = {0};
    struct verdict verdict = {0};
    cpu_take(&cpu, &(struct cpu_sample) {.cores = 1, .ticks = {100}}, &limits, 0);
    cpu_judge(&cpu, &limits, 0, &verdict);
    assert_true(verdict.silent);
    assert_true(metric_of(&verdict, "cpu_busy_ratio") < 0);   /* no rate yet, and never a 0 */
    for (int i = 1; i <= 5; i++) {
        verdict = (struct verdict) {0};
        cpu_take(&cpu, &(struct cpu_sample) {.cores = 1, .ticks = {100 + 100 * (uint64_t) i}}, &limits, i * 30000);
        cpu_judge(&cpu, &limits, i * 30000, &verdict);
        assert_int_equal(verdict.silent, i < 5);
        assert_true(metric_of(&verdict, "cpu_busy_ratio") > 0.999);
    }
    assert_int_equal(verdict.level, STATUS_DEGRADED);
    assert_string_equal(verdict.detail, "100.0 % busy over 150 s on 1 CPUs, limit 90 %");
}

static void test_counters_that_go_back(void **state)
{
    (void) state;
    struct cpu cpu = {0};
    struct verdict verdict = {0};
    struct cpu_sample base = {.cores = 2, .ticks = {1000, 0, 0, 1000, 500, 0, 0, 0}};
    cpu_take(&cpu, &base, &limits, 0);

    /* Iowait runs backwards: it alone is 0. */
    struct cpu_sample next = {.cores = 2, .ticks = {1050, 0, 0, 1050, 490, 0, 0, 0}};
    cpu_take(&cpu, &next, &limits, 30000);
    cpu_judge(&cpu, &limits, 30000, &verdict);
    assert_true(fabs(metric_of(&verdict, "cpu_busy_ratio") - 0.5) < 1e-9);
    assert_true(fabs(metric_of(&verdict, "cpu_iowait_ratio")) < 1e-9);

    /* All of them: a reboot. That interval is dropped, the base is new. */
    verdict = (struct verdict) {0};
    cpu_take(&cpu, &(struct cpu_sample) {.cores = 2, .ticks = {10, 0, 0, 10}}, &limits, 60000);
    cpu_judge(&cpu, &limits, 60000, &verdict);
    assert_true(metric_of(&verdict, "cpu_busy_ratio") < 0);
    cpu_take(&cpu, &(struct cpu_sample) {.cores = 2, .ticks = {20, 0, 0, 40}}, &limits, 90000);
    cpu_judge(&cpu, &limits, 90000, &verdict);
    assert_true(fabs(metric_of(&verdict, "cpu_busy_ratio") - 0.25) < 1e-9);

    /* No tick passed: no sample. */
    cpu_take(&cpu, &(struct cpu_sample) {.cores = 2, .ticks = {20, 0, 0, 40}}, &limits, 120000);
    verdict = (struct verdict) {0};
    cpu_judge(&cpu, &limits, 120000, &verdict);
    assert_true(metric_of(&verdict, "cpu_busy_ratio") < 0);
}

static void test_guests_and_stolen_time(void **state)
{
    (void) state;
    struct cpu cpu = {0};
    struct verdict verdict = {0};
    struct cpu_sample a;
    struct cpu_sample b;
    struct error err = {0};
    /* 800 of 1000 ticks in guests: they are part of user already. 100 stolen. */
    assert_int_equal(cpu_parse(text_of("cpu 1000 0 0 1000 0 0 0 0 900 0\n"), &a, &err), 0);
    assert_int_equal(cpu_parse(text_of("cpu 1800 0 0 1100 0 0 0 100 1700 0\n"), &b, &err), 0);
    cpu_take(&cpu, &a, &limits, 0);
    cpu_take(&cpu, &b, &limits, 30000);
    cpu_judge(&cpu, &limits, 30000, &verdict);
    assert_true(fabs(metric_of(&verdict, "cpu_busy_ratio") - 0.8) < 1e-9);
    assert_true(fabs(metric_of(&verdict, "cpu_steal_ratio") - 0.1) < 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parsing),
        cmocka_unit_test(test_C57_above_the_limit_is_degraded_and_never_more),
        cmocka_unit_test(test_silent_until_half_the_window),
        cmocka_unit_test(test_counters_that_go_back),
        cmocka_unit_test(test_guests_and_stolen_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

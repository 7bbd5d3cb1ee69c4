/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "collector/probes/memory.h"
#include "collector/probes/root.h"
#include "common/mem.h"

static const struct host_limits limits = {.every_ms = 30000, .window_ms = 300000, .memory_permille = 850};

/* The sample of a recorded root. */
static struct memory_sample sample_of(const char *name)
{
    char root[ROOT_PATH_BYTES];
    struct buffer meminfo;
    struct buffer arcstats;
    struct memory_sample sample = {0};
    struct error err = {0};
    (void) snprintf(root, sizeof root, "%s/root/%s/t0", getenv("FIXTURES"), name);
    buffer_init(&meminfo, ROOT_FILE_BYTES);
    buffer_init(&arcstats, ROOT_FILE_BYTES);
    assert_int_equal(root_read(root, "proc/meminfo", &meminfo), 0);
    (void) root_read(root, "proc/spl/kstat/zfs/arcstats", &arcstats);
    if (memory_parse(buffer_text(&meminfo), buffer_text(&arcstats), &sample, &err) < 0)
        fail_msg("%s: %s", name, err.text);
    buffer_done(&meminfo);
    buffer_done(&arcstats);
    return sample;
}

static void test_recorded_machines(void **state)
{
    static const struct { const char *name; uint64_t total_kib; uint64_t available_kib; } cases[] = {
        { "vm", 24684084, 24240600 },
        { "old", 1000000, 300000 },         /* free + buffers + cached - shmem */
        { "database", 2000000, 1000000 },   /* 8,000,000 reserved for huge pages leave both sides */
        { "zfs", 1000000, 550000 },         /* 600,000 of cache, 100,000 of which it keeps */
        { "lxc", 1000000, 1000000 },        /* more available than there is */
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct memory_sample sample = sample_of(cases[i].name);
        if (sample.total_bytes != cases[i].total_kib * 1024 || sample.available_bytes != cases[i].available_kib * 1024)
            fail_msg("%s: %llu of %llu", cases[i].name, (unsigned long long) sample.available_bytes / 1024,
                     (unsigned long long) sample.total_bytes / 1024);
    }
}

static void test_what_is_no_meminfo(void **state)
{
    static const struct { const char *says; const char *in; } cases[] = {
        { "empty", "" },
        { "no total", "MemFree: 5 kB\n" },
        { "a total that is no number", "MemTotal: many kB\nMemFree: 5 kB\n" },
        { "nothing about what is free", "MemTotal: 5 kB\n" },
        { "nothing but huge pages", "MemTotal: 5 kB\nMemAvailable: 0 kB\nHugetlb: 5 kB\n" },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct memory_sample sample;
        struct error err = {0};
        if (memory_parse(text_of(cases[i].in), (struct text) {0}, &sample, &err) != -EBADMSG || err.text[0] == '\0')
            fail_msg("%s", cases[i].says);
    }
}

static void test_C58_above_the_limit_is_degraded(void **state)
{
    static const struct { const char *says; uint64_t used; enum status level; } cases[] = {
        { "84.9", 849, STATUS_OPERATIONAL },
        { "85.0", 850, STATUS_OPERATIONAL },
        { "85.1", 851, STATUS_DEGRADED },
        { "full", 1000, STATUS_DEGRADED },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct memory memory = {0};
        struct verdict verdict = {0};
        struct memory_sample sample = {.total_bytes = 1000 << 20, .available_bytes = (1000 - cases[i].used) << 20};
        for (int64_t at = 0; at <= 150000; at += 30000) {
            verdict = (struct verdict) {0};
            memory_take(&memory, &sample, &limits, at);
            memory_judge(&memory, &limits, at, &verdict);
            assert_int_equal(verdict.silent, at < 150000);
            assert_int_equal(verdict.n_metrics, 4);
        }
        if (!verdict.ok || verdict.level != cases[i].level)
            fail_msg("%s: \"%s\"", cases[i].says, verdict.detail);
    }
}

static void test_a_short_peak_is_not_told(void **state)
{
    (void) state;
    struct memory memory = {0};
    struct verdict verdict = {0};
    struct memory_sample calm = {.total_bytes = 1000, .available_bytes = 500};
    struct memory_sample full = {.total_bytes = 1000, .available_bytes = 0};
    for (int64_t at = 0; at < 300000; at += 30000)
        memory_take(&memory, at == 270000 ? &full : &calm, &limits, at);
    memory_judge(&memory, &limits, 270000, &verdict);
    assert_int_equal(verdict.level, STATUS_OPERATIONAL);
    assert_string_equal(verdict.detail, "55.0 % used over 270 s, 0 B available now");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recorded_machines),
        cmocka_unit_test(test_what_is_no_meminfo),
        cmocka_unit_test(test_C58_above_the_limit_is_degraded),
        cmocka_unit_test(test_a_short_peak_is_not_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <string.h>
#include <cmocka.h>

#include "collector/probes/disk.h"
#include "common/mem.h"

static const struct host_limits limits = {
    .disk_permille = 900, .disk_major_permille = 970, .disk_major_below_bytes = (int64_t) 20 << 30,
};
static const struct mount mount = {.check = "disk.var", .path = "/var", .type = "ext4"};

/* A file system of 1,000 blocks of this size, so many of them used; without reserve. */
static struct disk_reading used_of_1000(uint64_t used, uint64_t block_bytes)
{
    return (struct disk_reading) {
        .answer = DISK_ANSWERED,
        .usage = {.block_bytes = block_bytes, .blocks = 1000, .free = 1000 - used, .available = 1000 - used},
    };
}

static void test_C59_space(void **state)
{
    static const struct { const char *says; uint64_t used; uint64_t block_bytes; enum status level; } cases[] = {
        { "empty", 0, 4096, STATUS_OPERATIONAL },
        { "90.0", 900, 4096, STATUS_OPERATIONAL },
        { "90.1", 901, 4096, STATUS_DEGRADED },
        { "97.0", 970, 4096, STATUS_DEGRADED },
        { "97.1 of a small one", 971, 4096, STATUS_MAJOR_OUTAGE },
        { "97.1 with 29 GiB left", 971, (uint64_t) 1 << 30, STATUS_PARTIAL_OUTAGE },
        { "98.1 with 19 GiB left", 981, (uint64_t) 1 << 30, STATUS_MAJOR_OUTAGE },
        { "98.0 with 20 GiB left", 980, (uint64_t) 1 << 30, STATUS_PARTIAL_OUTAGE },
        { "full", 1000, 4096, STATUS_MAJOR_OUTAGE },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct disk disk = {0};
        struct verdict verdict = {0};
        struct disk_reading reading = used_of_1000(cases[i].used, cases[i].block_bytes);
        disk_judge(&disk, &mount, &reading, &limits, &verdict);
        if (!verdict.ok || verdict.level != cases[i].level)
            fail_msg("%s: %d \"%s\"", cases[i].says, verdict.level, verdict.detail);
    }

    /* Without the guard 97 % is major whatever is left. */
    struct host_limits unguarded = limits;
    unguarded.disk_major_below_bytes = 0;
    struct disk disk = {0};
    struct verdict verdict = {0};
    struct disk_reading reading = used_of_1000(971, (uint64_t) 1 << 30);
    disk_judge(&disk, &mount, &reading, &unguarded, &verdict);
    assert_int_equal(verdict.level, STATUS_MAJOR_OUTAGE);
}

static void test_used_is_what_df_says(void **state)
{
    (void) state;
    struct disk disk = {0};
    struct verdict verdict = {0};
    /* A reserve of 500 for root: 100 used, 400 for us. */
    struct disk_reading reading = {.answer = DISK_ANSWERED,
                                   .usage = {.block_bytes = 1 << 20, .blocks = 1000, .free = 900, .available = 400}};
    disk_judge(&disk, &mount, &reading, &limits, &verdict);
    assert_string_equal(verdict.detail, "/var 20.0 % full, 400.0 MiB left");
    assert_int_equal(verdict.n_metrics, 5);
    assert_string_equal(verdict.metrics[0].name, "filesystem_size_bytes{mountpoint=\"/var\"}");
}

static void test_the_larger_limit_does_not_flutter(void **state)
{
    static const struct { const char *says; uint64_t used; enum status level; } steps[] = {
        { "above", 971, STATUS_MAJOR_OUTAGE },
        { "a little less", 969, STATUS_MAJOR_OUTAGE },
        { "still above the smaller limit", 901, STATUS_MAJOR_OUTAGE },
        { "at the smaller limit all is well", 900, STATUS_OPERATIONAL },
        { "and 97 is only degraded again", 970, STATUS_DEGRADED },
    };
    (void) state;
    struct disk disk = {0};

    for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
        struct verdict verdict = {0};
        struct disk_reading reading = used_of_1000(steps[i].used, 4096);
        disk_judge(&disk, &mount, &reading, &limits, &verdict);
        if (verdict.level != steps[i].level)
            fail_msg("%s: %d", steps[i].says, verdict.level);
    }
}

static void test_inodes(void **state)
{
    static const struct { const char *says; uint64_t used; enum status level; } steps[] = {
        { "90.0", 900, STATUS_OPERATIONAL },
        { "90.1", 901, STATUS_DEGRADED },
        { "clears at 81", 811, STATUS_DEGRADED },
        { "there", 810, STATUS_OPERATIONAL },
        { "97.0", 970, STATUS_DEGRADED },
        { "97.1", 971, STATUS_PARTIAL_OUTAGE },
        { "clears at 87.3", 874, STATUS_PARTIAL_OUTAGE },
        { "one step down", 873, STATUS_DEGRADED },
    };
    (void) state;
    struct disk disk = {0};

    for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
        struct verdict verdict = {0};
        struct disk_reading reading = used_of_1000(100, 4096);
        reading.usage.files = 1000;
        reading.usage.files_free = 1000 - steps[i].used;
        disk_judge(&disk, &mount, &reading, &limits, &verdict);
        if (verdict.level != steps[i].level)
            fail_msg("%s: %d \"%s\"", steps[i].says, verdict.level, verdict.detail);
        if (verdict.level > STATUS_OPERATIONAL)
            assert_non_null(strstr(verdict.detail, "of the inodes used"));
    }
}

static void test_a_mount_that_turned_read_only(void **state)
{
    (void) state;
    struct disk disk = {0};
    struct verdict verdict = {0};
    struct disk_reading reading = used_of_1000(100, 4096);
    struct mount read_only = mount;
    read_only.read_only = true;

    disk_judge(&disk, &read_only, &reading, &limits, &verdict);
    assert_int_equal(verdict.level, STATUS_OPERATIONAL);   /* it always was, as far as we know */
    verdict = (struct verdict) {0};
    disk_judge(&disk, &mount, &reading, &limits, &verdict);
    assert_int_equal(verdict.level, STATUS_OPERATIONAL);
    for (int i = 0; i < 2; i++) {
        verdict = (struct verdict) {0};
        disk_judge(&disk, &read_only, &reading, &limits, &verdict);
        assert_int_equal(verdict.level, STATUS_MAJOR_OUTAGE);
        assert_string_equal(verdict.detail, "/var has become read-only (10.0 % full)");
    }
    verdict = (struct verdict) {0};
    disk_judge(&disk, &mount, &reading, &limits, &verdict);
    assert_int_equal(verdict.level, STATUS_OPERATIONAL);
}

static void test_what_is_no_answer(void **state)
{
    static const struct { const char *says; struct disk_reading reading; bool ok; enum status level; const char *reason; } cases[] = {
        { "stuck", {.answer = DISK_STUCK, .stuck_ms = 125000}, true, STATUS_MAJOR_OUTAGE, "" },
        { "not asked", {.answer = DISK_NOT_ASKED}, false, STATUS_UNKNOWN, "timeout" },
        { "not allowed", {.answer = DISK_FAILED, .code = -EACCES}, false, STATUS_UNKNOWN, "permission" },
        { "gone", {.answer = DISK_FAILED, .code = -ENOENT}, false, STATUS_UNKNOWN, "gone" },
        { "broken", {.answer = DISK_FAILED, .code = -EIO}, false, STATUS_UNKNOWN, "io" },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct disk disk = {0};
        struct verdict verdict = {0};
        disk_judge(&disk, &mount, &cases[i].reading, &limits, &verdict);
        if (verdict.ok != cases[i].ok || verdict.level != cases[i].level || strcmp(verdict.reason, cases[i].reason) != 0)
            fail_msg("%s: \"%s\"", cases[i].says, verdict.detail);
    }

    struct disk disk = {0};
    struct verdict verdict = {0};
    struct disk_reading no_size = {.answer = DISK_ANSWERED};
    disk_judge(&disk, &mount, &no_size, &limits, &verdict);
    assert_true(verdict.silent);
    assert_int_equal(verdict.n_metrics, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_C59_space),
        cmocka_unit_test(test_used_is_what_df_says),
        cmocka_unit_test(test_the_larger_limit_does_not_flutter),
        cmocka_unit_test(test_inodes),
        cmocka_unit_test(test_a_mount_that_turned_read_only),
        cmocka_unit_test(test_what_is_no_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

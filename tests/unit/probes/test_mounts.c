/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "collector/probes/host.h"
#include "collector/probes/mounts.h"
#include "collector/probes/root.h"
#include "common/mem.h"
#include "common/rng.h"

static void test_a_server_with_everything(void **state)
{
    static const struct { const char *path; const char *check; bool read_only; } expected[] = {
        { "/", "disk.root", false },
        { "/a-b", "disk.a-b", false },
        { "/a/b", NULL, false },                   /* would be disk.a-b too: a hash tells them apart */
        { "/archive", "disk.archive", true },
        { "/data", "disk.data", false },           /* one btrfs, not its subvolumes */
        { "/mnt/a b\\c", "disk.mnt-a_b_c", false },
        { "/srv/a-very-long-mount-point-that-does-not-fit", NULL, false },
        { "/tank", "disk.tank", false },           /* one pool */
        { "/var/lib", "disk.var-lib", false },     /* and not its bind mount */
    };
    (void) state;
    static struct mounts mounts;
    char root[ROOT_PATH_BYTES];
    (void) snprintf(root, sizeof root, "%s/root/server/t0", getenv("FIXTURES"));
    host_read_mounts(root, &(struct host_limits) {0}, &mounts);

    assert_int_equal(mounts.n, ARRAY_SIZE(expected));
    for (size_t i = 0; i < mounts.n; i++) {
        assert_string_equal(mounts.mounts[i].path, expected[i].path);
        assert_int_equal(mounts.mounts[i].read_only, expected[i].read_only);
        if (expected[i].check != NULL)
            assert_string_equal(mounts.mounts[i].check, expected[i].check);
        assert_true(text_is_id(text_of(mounts.mounts[i].check), CHECK_BYTES_MAX));
        assert_ptr_equal(mounts_find(&mounts, mounts.mounts[i].check), &mounts.mounts[i]);
    }
    assert_null(mounts_find(&mounts, "disk.boot-efi"));
}

static void test_lines(void **state)
{
    static const struct { const char *says; const char *line; size_t n; } cases[] = {
        { "no tags", "1 0 8:1 / / rw - ext4 /dev/a rw", 1 },
        { "three tags", "1 0 8:1 / / rw shared:1 master:2 propagate_from:3 - ext4 /dev/a rw", 1 },
        { "no super options", "1 0 8:1 / / rw - ext4 /dev/a", 1 },
        { "no dash", "1 0 8:1 / / rw ext4 /dev/a rw", 0 },
        { "too short", "1 0 8:1 /", 0 },
        { "a type that is too long", "1 0 8:1 / / rw - averyveryverylongtype /dev/a rw", 0 },
        { "a container's own disk", "1 0 0:9 / / rw - overlay overlay rw", 1 },
        { "excluded by a pattern", "1 0 8:1 / /mnt/scratch1 rw - ext4 /dev/a rw", 0 },
        { "not excluded", "1 0 8:1 / /mnt/other rw - ext4 /dev/a rw", 1 },
        { "a pool without name", "1 0 0:9 / /z rw - zfs /x rw", 0 },
        { "NUL in an escape", "1 0 8:1 / /a\\000b rw - ext4 /dev/a rw", 0 },
        { "an escape cut short", "1 0 8:1 / /a\\04 rw - ext4 /dev/a rw", 1 },
        { "nothing", "", 0 },
    };
    static const char *const exclude[] = {"/mnt/scratch*"};
    (void) state;

    struct host_limits limits = {.disk_exclude = exclude, .n_disk_exclude = 1};
    static struct mounts mounts;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        mounts_parse(text_of(cases[i].line), &limits, &mounts);
        if (mounts.n != cases[i].n)
            fail_msg("%s: %zu", cases[i].says, mounts.n);
    }
}

static void test_more_mounts_than_room_are_counted(void **state)
{
    (void) state;
    static struct mounts mounts;
    static char text[MOUNTS_MAX * 64 * 2];
    size_t len = 0;
    for (int i = 0; i < MOUNTS_MAX + 3; i++)
        len += (size_t) snprintf(text + len, sizeof text - len, "1 0 8:%d / /m%d rw - ext4 /dev/a rw\n", i, i);
    mounts_parse((struct text) {text, len}, &(struct host_limits) {0}, &mounts);
    assert_int_equal(mounts.n, MOUNTS_MAX);
    assert_int_equal(mounts.n_more, 3);
}

static void test_mutated_lines_are_survived(void **state)
{
    (void) state;
    static const char good[] = "31 21 8:3 / /var/lib rw,relatime shared:41 - xfs /dev/sda3 rw,attr2\n"
                               "37 21 0:50 / /tank\\040x rw,noatime - zfs tank/home rw\n";
    static struct mounts mounts;
    struct rng rng;
    rng_seed(&rng, 11);
    for (int round = 0; round < 20000; round++) {
        size_t len = (size_t) rng_below(&rng, sizeof good);
        CLEANUP(mem_freep) char *bytes = mem_new(len);
        memcpy(bytes, good, len);
        for (int i = 0; i < 4 && len > 0; i++)
            bytes[rng_below(&rng, len)] = (char) rng_next(&rng);
        mounts_parse((struct text) {bytes, len}, &(struct host_limits) {0}, &mounts);
        assert_true(mounts.n <= 3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_server_with_everything),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_more_mounts_than_room_are_counted),
        cmocka_unit_test(test_mutated_lines_are_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

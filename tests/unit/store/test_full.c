/* SPDX-License-Identifier: Apache-2.0 */
/* No room: in the map, on the disk, or because a write fails. Told once, nothing lost, and it goes on when there
 * is room. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "aggregator/store/store.h"
#include "common/file.h"
#include "common/mem.h"
#include "temporary.h"

static int put_row(struct store *store, uint64_t number)
{
    static IdempotencyRow row;
    memset(row.body, 'b', sizeof row.body - 1);
    struct store_txn *txn = store_write(store);
    store_put(txn, TABLE_IDEMPOTENCY, key_number(number), &row);
    return store_commit(txn);
}

static int delete_row(struct store *store, uint64_t number)
{
    struct store_txn *txn = store_write(store);
    store_delete(txn, TABLE_IDEMPOTENCY, key_number(number));
    return store_commit(txn);
}

static size_t count_rows(struct store *store)
{
    struct store_txn *txn;
    if (store_read(store, &txn) < 0)
        return SIZE_MAX;
    size_t n = store_rows(txn, TABLE_IDEMPOTENCY);
    store_end(txn);
    return n;
}

/* Puts until it fails; the number of rows that went in, *r what the first failure said. */
static uint64_t put_until_full(struct store *store, int *r)
{
    for (uint64_t n = 0; n < 10000; n++) {
        *r = put_row(store, n);
        if (*r < 0)
            return n;
    }
    *r = 0;
    return 10000;
}

static void test_a_full_map_is_told_and_deletes_work(void **state)
{
    (void) state;
    struct temporary t;
    int r;
    temporary_init(&t);
    temporary_open(&t, 1 << 20);
    uint64_t n = put_until_full(t.store, &r);
    assert_int_equal(r, -ENOSPC);
    assert_in_range(n, 20, 200);
    assert_int_equal(count_rows(t.store), n);
    for (uint64_t i = 0; i < n / 2; i++)
        assert_int_equal(delete_row(t.store, i), 0);
    assert_int_equal(put_row(t.store, 0), 0);   /* freed pages return after the delete has committed */
    temporary_close(&t);
    temporary_open(&t, 1 << 20);
    assert_int_equal(count_rows(t.store), n - n / 2 + 1);
    temporary_done(&t);
}

/* Runs a scene that would spoil this process in a child; which check failed, 0 for none. */
static int in_child(int (*scene)(struct temporary *), struct temporary *t)
{
    int status;
    pid_t child = fork();
    if (child == 0)
        _exit(scene(t));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

#define CHECK(condition) do { if (!(condition)) return __LINE__ & 0x7f; } while (0)
enum { NOT_ALLOWED = 200 };

/* A limit on file sizes makes writes fall short, as a full disk does. */
static int writes_fall_short(struct temporary *t)
{
    struct rlimit limit;
    (void) signal(SIGXFSZ, SIG_IGN);
    temporary_open(t, 0);
    CHECK(put_row(t->store, 0) == 0);
    CHECK(getrlimit(RLIMIT_FSIZE, &limit) == 0);
    rlim_t before = limit.rlim_cur;
    limit.rlim_cur = 300 * 1024 + 1;
    CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    int r;
    uint64_t n = put_until_full(t->store, &r);
    CHECK(r == -EIO || r == -EFBIG);      /* and not -ENOSPC: the disk has room */
    CHECK(count_rows(t->store) == n);
    CHECK(put_row(t->store, n) < 0);      /* again and again, without harm */
    CHECK(delete_row(t->store, 0) == 0);
    limit.rlim_cur = before;
    CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    CHECK(put_row(t->store, n) == 0);
    CHECK(count_rows(t->store) == n);
    temporary_close(t);
    temporary_open(t, 0);
    CHECK(count_rows(t->store) == n);
    temporary_close(t);
    return 0;
}

static void test_a_failed_write_loses_nothing(void **state)
{
    (void) state;
    struct temporary t;
    temporary_init(&t);
    assert_int_equal(in_child(writes_fall_short, &t), 0);
    temporary_done(&t);
}

/* A file system of its own, 1.5 MiB large, seen by this child alone. */
static int disk_is_full(struct temporary *t)
{
    if (unshare(CLONE_NEWNS) != 0)
        return NOT_ALLOWED;
    (void) mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL);   /* refused in a chroot, whose root is no mount; hence the umount below */
    if (mount("none", t->directory, "tmpfs", 0, "size=1536k") != 0)
        return NOT_ALLOWED;
    struct store_usage usage;
    temporary_open(t, 0);
    store_usage(t->store, &usage);
    CHECK(usage.volatile_files);
    int r;
    uint64_t n = put_until_full(t->store, &r);
    CHECK(r == -ENOSPC);
    CHECK(count_rows(t->store) == n);
    CHECK(put_row(t->store, n) == -ENOSPC);
    CHECK(count_rows(t->store) == n);
    for (uint64_t i = 0; i < n; i++)
        CHECK(delete_row(t->store, i) == 0);
    CHECK(put_row(t->store, n) == 0);
    temporary_close(t);
    CHECK(umount2(t->directory, MNT_DETACH) == 0);
    return 0;
}

static void test_a_full_disk_is_called_that(void **state)
{
    (void) state;
    struct temporary t;
    temporary_init(&t);
    int r = in_child(disk_is_full, &t);
    temporary_done(&t);
    if (r == NOT_ALLOWED)
        skip();   /* needs the right to mount */
    assert_int_equal(r, 0);
}

#ifdef TOCSIN_FAILPOINTS
static void test_a_commit_fails_when_told_to(void **state)
{
    static const struct { const char *says; const char *word; int r; } cases[] = {
        { "by name", "EIO\n", -EIO }, { "by number", "28", -ENOSPC },
        { "another name", "ENOTRECOVERABLE", -ENOTRECOVERABLE },
        { "nothing in it", "", 0 }, { "no errno", "EWHAT", 0 }, { "zero", "0", 0 },
    };
    (void) state;
    struct temporary t;
    struct error err;
    char path[320];
    temporary_init(&t);
    temporary_open(&t, 0);
    (void) snprintf(path, sizeof path, "%s/fail", t.directory);
    assert_int_equal(setenv("TOCSIN_FAIL_COMMIT_FILE", path, 1), 0);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        size_t before = count_rows(t.store);
        assert_int_equal(file_write(path, cases[i].word, strlen(cases[i].word), 0600, &err), 0);
        if (put_row(t.store, i) != cases[i].r || count_rows(t.store) != before + (cases[i].r == 0))
            fail_msg("%s", cases[i].says);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(put_row(t.store, i), 0);
        assert_int_equal(count_rows(t.store), i + 1);
    }
    assert_int_equal(unsetenv("TOCSIN_FAIL_COMMIT_FILE"), 0);
    temporary_done(&t);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_full_map_is_told_and_deletes_work),
        cmocka_unit_test(test_a_failed_write_loses_nothing),
        cmocka_unit_test(test_a_full_disk_is_called_that),
#ifdef TOCSIN_FAILPOINTS
        cmocka_unit_test(test_a_commit_fails_when_told_to),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

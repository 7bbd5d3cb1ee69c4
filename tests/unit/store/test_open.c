/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "aggregator/store/store_private.h"
#include "common/file.h"
#include "common/mem.h"
#include "temporary.h"

static int open_with(struct temporary *t, struct store_options options, struct error *err)
{
    struct store *store = NULL;
    options.path = t->path;
    options.map_bytes = 1 << 20;
    *err = (struct error) {0};
    int r = store_open(&options, &store, err);
    assert_true((r == 0) == (store != NULL));
    store_close(store);
    return r;
}

static void assert_says(const struct error *err, const char *words)
{
    if (strstr(err->text, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", err->text, words);
}

static void test_a_new_store(void **state)
{
    (void) state;
    static const uint8_t zeros[LINEAGE_BYTES];
    struct temporary t;
    struct stat file;
    temporary_init(&t);
    temporary_open(&t, 0);
    SchemaRow schema = *store_schema(t.store);
    assert_int_equal(schema.version, STORE_SCHEMA_VERSION);
    assert_memory_not_equal(schema.lineage, zeros, LINEAGE_BYTES);
    assert_true(schema.created_at_ms > 0 && !schema.demo);
    assert_int_equal(stat(t.path, &file), 0);
    assert_int_equal(file.st_mode & 0777, 0600);

    int fd;
    assert_int_equal(mdb_env_get_fd(t.store->env, &fd), 0);
    assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    assert_true((fcntl(t.store->owner_fd, F_GETFD) & FD_CLOEXEC) != 0);

    temporary_close(&t);
    temporary_open(&t, 0);
    assert_memory_equal(store_schema(t.store)->lineage, schema.lineage, LINEAGE_BYTES);
    assert_true(store_schema(t.store)->created_at_ms == schema.created_at_ms);
    temporary_done(&t);
}

/* From another process and from our own; readers come in beside another process. */
static void test_a_second_opener_is_refused(void **state)
{
    (void) state;
    struct temporary t;
    struct error err;
    temporary_init(&t);
    temporary_open(&t, 0);
    pid_t child = fork();
    if (child == 0) {
        int r = open_with(&t, (struct store_options) {0}, &err);
        int reading = open_with(&t, (struct store_options) {.read_only = true}, &err);
        _exit(r == -EBUSY && reading == 0 ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);

    assert_int_equal(open_with(&t, (struct store_options) {0}, &err), -EBUSY);
    assert_says(&err, "test.mdb-owner");
    char process[32];
    (void) snprintf(process, sizeof process, "process %ld", (long) getpid());
    assert_says(&err, process);
    assert_int_equal(open_with(&t, (struct store_options) {.read_only = true}, &err), -EBUSY);
    assert_says(&err, "this process");

    temporary_close(&t);
    assert_int_equal(open_with(&t, (struct store_options) {0}, &err), 0);
    assert_int_equal(open_with(&t, (struct store_options) {.read_only = true}, &err), 0);
    temporary_done(&t);
}

static void put_schema(struct temporary *t, uint32_t version)
{
    temporary_open(t, 0);
    struct store_txn *txn = store_write(t->store);
    store_put(txn, TABLE_META, key_name(STORE_META_SCHEMA), &(SchemaRow) {.version = version});
    assert_int_equal(store_commit(txn), 0);
    temporary_close(t);
}

static void test_a_newer_schema_is_refused_and_left_alone(void **state)
{
    (void) state;
    struct temporary t;
    struct error err;
    temporary_init(&t);
    put_schema(&t, STORE_SCHEMA_VERSION + 1);
    struct buffer before, after;
    buffer_init(&before, 1 << 20);
    buffer_init(&after, 1 << 20);
    assert_int_equal(file_read(t.path, &before, &err), 0);

    assert_int_equal(open_with(&t, (struct store_options) {0}, &err), -EPROTONOSUPPORT);
    assert_says(&err, "schema is 2");
    assert_says(&err, "up to 1");
    assert_int_equal(open_with(&t, (struct store_options) {.read_only = true}, &err), -EPROTONOSUPPORT);

    assert_int_equal(file_read(t.path, &after, &err), 0);
    assert_true(text_equal(buffer_text(&before), buffer_text(&after)));
    buffer_done(&before);
    buffer_done(&after);
    temporary_done(&t);
}

static void test_a_schema_without_version_is_refused(void **state)
{
    (void) state;
    struct temporary t;
    struct error err;
    temporary_init(&t);
    put_schema(&t, 0);
    assert_int_equal(open_with(&t, (struct store_options) {0}, &err), -EINVAL);
    assert_says(&err, "no store");
    temporary_done(&t);
}

static void test_what_is_no_store_is_refused(void **state)
{
    static const struct { const char *says; size_t bytes; } cases[] = {
        { "one byte", 1 }, { "some text", 5000 }, { "a large file", 100000 },
    };
    (void) state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct temporary t;
        struct error err;
        temporary_init(&t);
        CLEANUP(mem_freep) char *text = mem_new(cases[i].bytes);
        memset(text, 'x', cases[i].bytes);
        assert_int_equal(file_write(t.path, text, cases[i].bytes, 0600, &err), 0);
        if (open_with(&t, (struct store_options) {0}, &err) != -EINVAL)
            fail_msg("%s: %s", cases[i].says, err.text);
        assert_says(&err, "no store");
        temporary_done(&t);
    }
}

/* LMDB would be content with it. */
static void test_the_environment_of_another_program_is_refused(void **state)
{
    (void) state;
    struct temporary t;
    struct error err;
    temporary_init(&t);
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi;
    assert_int_equal(mdb_env_create(&env), 0);
    assert_int_equal(mdb_env_set_maxdbs(env, 2), 0);
    assert_int_equal(mdb_env_open(env, t.path, MDB_NOSUBDIR, 0600), 0);
    assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, "theirs", MDB_CREATE, &dbi), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
    mdb_env_close(env);

    assert_int_equal(open_with(&t, (struct store_options) {0}, &err), -EINVAL);
    assert_says(&err, "no table meta");
    temporary_done(&t);
}

static void test_demo_data_and_real_data_stay_apart(void **state)
{
    (void) state;
    struct temporary t;
    struct error err;
    temporary_init(&t);
    assert_int_equal(open_with(&t, (struct store_options) {.demo = true}, &err), 0);
    assert_int_equal(open_with(&t, (struct store_options) {.demo = true}, &err), 0);
    assert_int_equal(open_with(&t, (struct store_options) {0}, &err), -EINVAL);
    assert_says(&err, "demo data");
    assert_int_equal(open_with(&t, (struct store_options) {.read_only = true}, &err), 0);
    temporary_done(&t);
    temporary_init(&t);
    assert_int_equal(open_with(&t, (struct store_options) {0}, &err), 0);
    assert_int_equal(open_with(&t, (struct store_options) {.demo = true}, &err), -EINVAL);
    assert_says(&err, "real data");
    temporary_done(&t);
}

static void test_reading_only_creates_nothing(void **state)
{
    (void) state;
    struct temporary t;
    struct error err;
    char lock[320], owner[320];
    temporary_init(&t);
    (void) snprintf(lock, sizeof lock, "%s-lock", t.path);
    (void) snprintf(owner, sizeof owner, "%s-owner", t.path);
    assert_int_equal(open_with(&t, (struct store_options) {.read_only = true}, &err), -ENOENT);
    assert_says(&err, t.path);
    assert_int_not_equal(access(t.path, F_OK), 0);

    assert_int_equal(open_with(&t, (struct store_options) {0}, &err), 0);
    assert_int_equal(unlink(lock), 0);    /* as a copy comes */
    assert_int_equal(unlink(owner), 0);
    assert_int_equal(open_with(&t, (struct store_options) {.read_only = true}, &err), 0);
    assert_int_not_equal(access(lock, F_OK), 0);
    assert_int_not_equal(access(owner, F_OK), 0);
    temporary_done(&t);
}

/* A copy from a version that had fewer tables: they read as empty. */
static void test_a_missing_table_is_empty_when_reading(void **state)
{
    (void) state;
    struct temporary t;
    struct error err;
    struct store_txn *txn;
    struct store_cursor cursor;
    static TokenRow row;
    temporary_init(&t);
    temporary_open(&t, 0);
    MDB_txn *raw;
    assert_int_equal(mdb_txn_begin(t.store->env, NULL, 0, &raw), 0);
    assert_int_equal(mdb_drop(raw, t.store->tables[TABLE_TOKENS], 1), 0);
    assert_int_equal(mdb_txn_commit(raw), 0);
    temporary_close(&t);

    struct store_options options = {.path = t.path, .read_only = true, .map_bytes = 64 << 20};   /* valgrind has no 64 GiB */
    if (store_open(&options, &t.store, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(store_read(t.store, &txn), 0);
    assert_int_equal(store_get(txn, TABLE_TOKENS, key_name("x"), &row), STORE_ABSENT);
    assert_int_equal(store_rows(txn, TABLE_TOKENS), 0);
    store_walk(txn, TABLE_TOKENS, (struct store_range) {0}, &cursor);
    assert_int_equal(store_next(&cursor, NULL, &row), STORE_ABSENT);
    store_walk_end(&cursor);
    store_end(txn);
    temporary_close(&t);
    temporary_open(&t, 0);   /* the writer creates it */
    assert_int_equal(store_read(t.store, &txn), 0);
    assert_int_equal(store_get(txn, TABLE_TOKENS, key_name("x"), &row), STORE_ABSENT);
    store_end(txn);
    temporary_done(&t);
}

static void test_a_missing_directory_is_named(void **state)
{
    (void) state;
    struct temporary t;
    struct error err;
    temporary_init(&t);
    struct temporary elsewhere = t;
    (void) snprintf(elsewhere.path, sizeof elsewhere.path, "%s/none/test.mdb", t.directory);
    assert_int_equal(open_with(&elsewhere, (struct store_options) {0}, &err), -ENOENT);
    assert_says(&err, "/none");
    temporary_done(&t);
}

static void test_network_file_systems_are_known(void **state)
{
    static const struct { const char *says; long type; const char *name; bool is_volatile; } cases[] = {
        { "NFS", NFS_SUPER_MAGIC, "NFS", false },
        { "CIFS", 0xFF534D42L, "CIFS", false },
        { "CIFS, sign-extended", (int32_t) 0xFF534D42, "CIFS", false },
        { "SMB 2", 0xFE534D42L, "SMB2", false },
        { "Ceph", CEPH_SUPER_MAGIC, "Ceph", false },
        { "9p", V9FS_MAGIC, "9p", false },
        { "FUSE may be local", FUSE_SUPER_MAGIC, NULL, false },
        { "ext4", EXT4_SUPER_MAGIC, NULL, false },
        { "XFS", XFS_SUPER_MAGIC, NULL, false },
        { "overlay", OVERLAYFS_SUPER_MAGIC, NULL, false },
        { "tmpfs forgets", TMPFS_MAGIC, NULL, true },
        { "ramfs forgets", RAMFS_MAGIC, NULL, true },
    };
    (void) state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *name = file_system_network_name(cases[i].type);
        bool same = name == NULL ? cases[i].name == NULL : cases[i].name != NULL && strcmp(name, cases[i].name) == 0;
        if (!same || file_system_is_volatile(cases[i].type) != cases[i].is_volatile)
            fail_msg("%s", cases[i].says);
    }
}

static void test_lmdb_answers_become_errnos(void **state)
{
    static const struct { int lmdb; int r; } cases[] = {
        { 0, 0 }, { MDB_MAP_FULL, -ENOSPC }, { MDB_PANIC, -ENOTRECOVERABLE }, { MDB_READERS_FULL, -EAGAIN },
        { EIO, -EIO }, { MDB_CORRUPTED, -EUCLEAN }, { MDB_BAD_VALSIZE, -EINVAL }, { MDB_TXN_FULL, -E2BIG },
        { MDB_BAD_TXN, -EIO },
    };
    (void) state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_int_equal(store_errno(cases[i].lmdb), cases[i].r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_new_store),
        cmocka_unit_test(test_a_second_opener_is_refused),
        cmocka_unit_test(test_a_newer_schema_is_refused_and_left_alone),
        cmocka_unit_test(test_a_schema_without_version_is_refused),
        cmocka_unit_test(test_what_is_no_store_is_refused),
        cmocka_unit_test(test_the_environment_of_another_program_is_refused),
        cmocka_unit_test(test_demo_data_and_real_data_stay_apart),
        cmocka_unit_test(test_reading_only_creates_nothing),
        cmocka_unit_test(test_a_missing_table_is_empty_when_reading),
        cmocka_unit_test(test_a_missing_directory_is_named),
        cmocka_unit_test(test_network_file_systems_are_known),
        cmocka_unit_test(test_lmdb_answers_become_errnos),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening and closing. LMDB's defaults are kept where durability is concerned: no NOSYNC, no NOMETASYNC, no MAPASYNC
 * (each loses acknowledged commits when the power goes), no WRITEMAP (a full disk becomes SIGBUS).
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <pb_decode.h>
#include <pb_encode.h>

#include "aggregator/store/store_private.h"
#include "common/clock.h"
#include "common/mem.h"

enum {
    READERS_DEFAULT = 16,
    READERS_OUTSIDE = 16,            /* slots beside ours, for subcommands that read while we run */
    TABLES_MAX = 64,                 /* of this version and of those to come */
};
static const size_t MAP_BYTES_DEFAULT = (size_t) 64 << 30;

int store_errno(int lmdb_result)
{
    switch (lmdb_result) {
    case MDB_SUCCESS:          return 0;
    case MDB_MAP_FULL:         return -ENOSPC;
    case MDB_PANIC:            return -ENOTRECOVERABLE;
    case MDB_READERS_FULL:     return -EAGAIN;
    case MDB_TXN_FULL:         return -E2BIG;
    case MDB_PAGE_NOTFOUND:
    case MDB_CORRUPTED:        return -EUCLEAN;
    case MDB_INVALID:
    case MDB_VERSION_MISMATCH:
    case MDB_INCOMPATIBLE:
    case MDB_BAD_VALSIZE:      return -EINVAL;
    default:                   return lmdb_result > 0 ? -lmdb_result : -EIO;
    }
}

static int refuse(struct error *err, const char *path, const char *doing, int lmdb_result)
{
    return error_set(err, store_errno(lmdb_result), "%s: cannot %s: %s", path, doing, mdb_strerror(lmdb_result));
}

/* ---------------------------------------------------------------- the ground it stands on */

static char *directory_of(const char *path)
{
    CLEANUP(mem_freep) char *copy = mem_copy_string(path);

    return mem_copy_string(dirname(copy));
}

static int check_file_system(struct store *store, struct error *err)
{
    CLEANUP(mem_freep) char *directory = directory_of(store->path);
    struct statfs fs;
    if (statfs(directory, &fs) != 0)
        return error_set(err, -errno, "%s: cannot look at the directory: %s", directory, strerror(errno));

    const char *network = file_system_network_name((long) fs.f_type);
    if (network != NULL)
        return error_set(err, -EOPNOTSUPP, "%s lies on %s, a network file system, which keeps neither locks nor memory "
                         "maps reliably; use a local disk", store->path, network);
    store->volatile_files = file_system_is_volatile((long) fs.f_type);
    return 0;
}

/* A new file is only there after a power cut when its directory was synced; LMDB leaves that to us. */
static int sync_directory(const struct store *store, struct error *err)
{
    CLEANUP(mem_freep) char *directory = directory_of(store->path);
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int r = fd < 0 || fsync(fd) != 0 ? -errno : 0;
    if (fd >= 0)
        (void) close(fd);   /* opened for reading: nothing to lose */
    return r == 0 ? 0 : error_set(err, r, "%s: cannot sync the directory: %s", directory, strerror(-r));
}

/* ---------------------------------------------------------------- one writer, one process */

static char *owner_path(const char *path)
{
    size_t bytes = strlen(path) + sizeof "-owner";
    char *owner = mem_new(bytes);
    (void) snprintf(owner, bytes, "%s-owner", path);
    return owner;
}

/* The process number in the file, 0 when there is none. */
static long read_owner(int fd)
{
    char text[24] = "";
    ssize_t n = pread(fd, text, sizeof text - 1, 0);

    return n <= 0 ? 0 : strtol(text, NULL, 10);
}

/* A flock beside LMDB's own locks: those admit a second writing process, which would take turns with us. */
static int take_ownership(struct store *store, struct error *err)
{
    CLEANUP(mem_freep) char *owner = owner_path(store->path);
    int fd = open(owner, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_set(err, -errno, "%s: cannot open: %s", owner, strerror(errno));

    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        int r = errno == EWOULDBLOCK ? -EBUSY : -errno;
        long pid = read_owner(fd);
        (void) close(fd);   /* nothing was written */
        if (r == -EBUSY)
            return error_set(err, r, "%s is in use by another aggregator (process %ld, which holds %s)", store->path,
                             pid, owner);
        return error_set(err, r, "%s: cannot lock: %s", owner, strerror(-r));
    }

    store->owner_fd = fd;
    if (ftruncate(fd, 0) != 0 || dprintf(fd, "%ld\n", (long) getpid()) < 0)
        return error_set(err, -errno, "%s: cannot write: %s", owner, strerror(errno));
    return 0;
}

/* Closing a second environment on one file drops this process's locks for both. The lock itself is only tried when
 * the number is ours, so that a reader never gets in the way of an aggregator that starts. */
static int check_not_ours(const struct store *store, struct error *err)
{
    CLEANUP(mem_freep) char *owner = owner_path(store->path);
    int fd = open(owner, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;   /* nobody ever wrote here, or a copy */

    bool ours = read_owner(fd) == (long) getpid() && flock(fd, LOCK_SH | LOCK_NB) != 0;
    (void) close(fd);   /* opened for reading; gives the lock back */
    if (ours)
        return error_set(err, -EBUSY, "%s is open in this process already", store->path);
    return 0;
}

static void give_up_ownership(struct store *store)
{
    if (store->owner_fd < 0)
        return;
    (void) close(store->owner_fd);   /* the number in it stays; the lock is what counts */
    store->owner_fd = -1;
}

/* ---------------------------------------------------------------- the environment */

/* A copy without a lock file has no writer, so nothing need be created to read it. */
static unsigned open_flags(const struct store *store)
{
    unsigned flags = MDB_NOSUBDIR | MDB_NOTLS;
    if (!store->read_only)
        return flags;

    size_t bytes = strlen(store->path) + sizeof "-lock";
    CLEANUP(mem_freep) char *lock = mem_new(bytes);
    (void) snprintf(lock, bytes, "%s-lock", store->path);
    return flags | MDB_RDONLY | (access(lock, F_OK) != 0 ? MDB_NOLOCK : 0);
}

static int open_environment(struct store *store, size_t map_bytes, struct error *err)
{
    int rc = mdb_env_create(&store->env);
    if (rc != 0) {
        store->env = NULL;
        return refuse(err, store->path, "make an environment", rc);
    }
    (void) mdb_env_set_maxdbs(store->env, TABLES_MAX);            /* none of the three can fail before it is open */
    (void) mdb_env_set_maxreaders(store->env, store->readers_max + READERS_OUTSIDE);
    if (map_bytes != 0)    /* else as large as whoever wrote last has it */
        (void) mdb_env_set_mapsize(store->env, map_bytes);

    rc = mdb_env_open(store->env, store->path, open_flags(store), 0600);
    if (rc == MDB_INVALID || rc == MDB_VERSION_MISMATCH)
        return error_set(err, -EINVAL, "%s is no store: %s", store->path, mdb_strerror(rc));
    if (rc != 0)
        return refuse(err, store->path, "open", rc);

    int fd;
    if (mdb_env_get_fd(store->env, &fd) != 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)   /* not born so in this version */
        return error_set(err, -EIO, "%s: cannot keep the file from children", store->path);
    store_check_readers(store);
    return 0;
}

/* ---------------------------------------------------------------- schema and tables */

static int read_schema(struct store *store, MDB_txn *txn, bool demo, struct error *err)
{
    MDB_val key = {strlen(STORE_META_SCHEMA), (void *) (uintptr_t) STORE_META_SCHEMA};
    MDB_val value;
    int rc = mdb_get(txn, store->tables[TABLE_META], &key, &value);
    if (rc == MDB_NOTFOUND)
        return error_set(err, -EINVAL, "%s is no store of ours: it has no schema", store->path);
    if (rc != 0)
        return refuse(err, store->path, "read the schema", rc);

    pb_istream_t in = pb_istream_from_buffer(value.mv_data, value.mv_size);
    if (!pb_decode(&in, SchemaRow_fields, &store->schema) || store->schema.version == 0)
        return error_set(err, -EINVAL, "%s is no store of ours: its schema cannot be read", store->path);
    if (store->schema.version > STORE_SCHEMA_VERSION)
        return error_set(err, -EPROTONOSUPPORT, "%s was written by a newer version: its schema is %u, this program "
                         "knows up to %d; use that version, or restore a snapshot made before the upgrade", store->path,
                         (unsigned) store->schema.version, STORE_SCHEMA_VERSION);
    if (!store->read_only && store->schema.demo != demo)
        return error_set(err, -EINVAL, store->schema.demo ? "%s holds demo data; choose another file for real data"
                                       : "%s holds real data, to which no demo data is added", store->path);
    return 0;
}

static int write_schema(struct store *store, MDB_txn *txn, bool demo, struct error *err)
{
    store->schema = (SchemaRow) {.version = STORE_SCHEMA_VERSION, .created_at_ms = clock_wall_ms(), .demo = demo};
    randombytes_buf(store->schema.lineage, sizeof store->schema.lineage);

    uint8_t bytes[SchemaRow_size];
    pb_ostream_t out = pb_ostream_from_buffer(bytes, sizeof bytes);
    bool encoded = pb_encode(&out, SchemaRow_fields, &store->schema);
    assert(encoded);   /* every field is of a fixed size */

    MDB_val key = {strlen(STORE_META_SCHEMA), (void *) (uintptr_t) STORE_META_SCHEMA};
    MDB_val value = {out.bytes_written, bytes};
    int rc = mdb_put(txn, store->tables[TABLE_META], &key, &value, 0);
    return rc == 0 ? 0 : refuse(err, store->path, "write the schema", rc);
}

/* Whether there is nothing in the file at all: then it may become a store. */
static bool is_empty(MDB_txn *txn)
{
    MDB_dbi unnamed;
    MDB_stat stat;

    return mdb_dbi_open(txn, NULL, 0, &unnamed) == 0 && mdb_stat(txn, unnamed, &stat) == 0 && stat.ms_entries == 0;
}

/* The schema is judged before anything is created: a newer store is left as it is. */
static int open_schema(struct store *store, MDB_txn *txn, bool demo, struct error *err)
{
    MDB_dbi *meta = &store->tables[TABLE_META];
    int rc = mdb_dbi_open(txn, store_tables[TABLE_META].name, 0, meta);
    if (rc == 0)
        return read_schema(store, txn, demo, err);
    if (rc != MDB_NOTFOUND && rc != MDB_INCOMPATIBLE)
        return refuse(err, store->path, "open the table meta", rc);
    if (store->read_only || rc == MDB_INCOMPATIBLE || !is_empty(txn))
        return error_set(err, -EINVAL, "%s is no store of ours: it has no table meta", store->path);

    rc = mdb_dbi_open(txn, store_tables[TABLE_META].name, MDB_CREATE, meta);
    if (rc != 0)
        return refuse(err, store->path, "create the table meta", rc);
    return write_schema(store, txn, demo, err);
}

static int open_tables(struct store *store, MDB_txn *txn, struct error *err)
{
    for (enum table table = 0; table < TABLE_COUNT; table++) {
        MDB_dbi dbi = 0;
        int rc = mdb_dbi_open(txn, store_tables[table].name, store->read_only ? 0 : MDB_CREATE, &dbi);
        if (rc != 0 && !(store->read_only && rc == MDB_NOTFOUND))
            return error_set(err, store_errno(rc), "%s: cannot open the table %s: %s", store->path,
                             store_tables[table].name, mdb_strerror(rc));
        store->tables[table] = rc == 0 ? dbi : 0;
    }
    return 0;
}

static int set_up_tables(struct store *store, bool demo, struct error *err)
{
    MDB_txn *txn;
    int rc = mdb_txn_begin(store->env, NULL, store->read_only ? MDB_RDONLY : 0, &txn);
    if (rc != 0)
        return refuse(err, store->path, "begin", rc);

    int r = open_schema(store, txn, demo, err);
    if (r == 0)
        r = open_tables(store, txn, err);
    if (r < 0) {
        mdb_txn_abort(txn);
        return r;
    }
    rc = mdb_txn_commit(txn);   /* also when reading: only a commit makes the handles lasting */
    return rc == 0 ? 0 : refuse(err, store->path, "commit", rc);
}

/* ---------------------------------------------------------------- open, close, look */

static struct store *store_new(const struct store_options *options)
{
    struct store *store = mem_new(sizeof *store);
    store->path = mem_copy_string(options->path);
    store->owner_fd = -1;
    store->read_only = options->read_only;
    store->readers_max = options->readers_max == 0 ? READERS_DEFAULT : options->readers_max;
    store->writer = (struct store_txn) {.store = store, .writing = true};
    store->encoded = mem_new(store_row_bytes_max());
    store->readers = mem_new_array(store->readers_max, sizeof *store->readers);
    for (unsigned i = store->readers_max; i-- > 0;) {
        store->readers[i] = (struct store_txn) {.store = store, .next_idle = store->idle};
        store->idle = &store->readers[i];
    }
    (void) pthread_mutex_init(&store->idle_lock, NULL);   /* without attributes it cannot fail */
    return store;
}

static int set_up(struct store *store, const struct store_options *options, struct error *err)
{
    if (sodium_init() < 0)
        return error_set(err, -ENOSYS, "libsodium cannot be set up: the system gives no randomness");
    int r = check_file_system(store, err);
    if (r < 0)
        return r;
    r = store->read_only ? check_not_ours(store, err) : take_ownership(store, err);
    if (r < 0)
        return r;
    r = open_environment(store, options->map_bytes == 0 && !options->read_only ? MAP_BYTES_DEFAULT : options->map_bytes, err);
    if (r < 0)
        return r;
    r = set_up_tables(store, options->demo, err);
    if (r < 0 || store->read_only)
        return r;
    return sync_directory(store, err);
}

int store_open(const struct store_options *options, struct store **out, struct error *err)
{
    struct store *store = store_new(options);
    int r = set_up(store, options, err);
    if (r < 0) {
        store_close(store);
        return r;
    }
    *out = store;
    return 0;
}

void store_close(struct store *store)
{
    if (store == NULL)
        return;

    assert(store->writer.txn == NULL);
    for (unsigned i = 0; i < store->readers_max; i++) {
        assert(atomic_load(&store->readers[i].snapshot) == 0);
        if (store->readers[i].txn != NULL)
            mdb_txn_abort(store->readers[i].txn);
    }
    if (store->env != NULL)
        mdb_env_close(store->env);
    give_up_ownership(store);
    (void) pthread_mutex_destroy(&store->idle_lock);
    free(store->readers);
    free(store->encoded);
    free(store->path);
    free(store);
}

const SchemaRow *store_schema(const struct store *store)
{
    return &store->schema;
}

void store_check_readers(struct store *store)
{
    (void) mdb_reader_check(store->env, NULL);   /* what it cannot clear now it clears at the next call */
}

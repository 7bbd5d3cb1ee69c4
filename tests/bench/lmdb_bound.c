/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lmdb_bound: what the store could do at best on this disk: bare LMDB with its default, durable flags, and file +
 * fdatasync beside it. Records of 150 bytes a second, by how many go into one commit:
 *
 *     seq    append under a growing key of 8 bytes (the journal)
 *     rnd    overwrite one of 10,000 rows with a key of 24 bytes (the state)
 *     bound  1 / (1 / seq + 1 / rnd): an observation that changes something needs one of each
 *
 *     lmdb_bound DIRECTORY [BATCH …]   batches 1 16 256 4096; JSON lines; medians of 3 slices of 1.5 s, in turns
 */
#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/rng.h"
#include "common/text.h"

enum {
    VALUE_BYTES = 150,
    SEQ_KEY_BYTES = 8,
    RND_KEY_BYTES = 24,
    ROWS = 10000,
    SLICES = 3,
    SLICE_US = 1500 * 1000,
    COMMITS_MAX = 200000,          /* noted for the median; a slice has fewer */
    BATCH_MAX = 65536,
};

/* What a slice writes to; one of its kind is written at a time. */
struct target {
    char path[4096];
    int fd;                        /* file */
    MDB_env *env;                  /* LMDB */
    MDB_dbi dbi;
    struct rng rng;
    uint64_t next;                 /* growing key */
    char row_keys[ROWS][RND_KEY_BYTES + 1];   /* made before the clock starts */
};

struct kind {
    const char *what;
    void (*open)(struct target *);
    void (*write)(struct target *, int batch);   /* a batch, durable on return */
    void (*close)(struct target *);
};

struct measure { double records_per_second; int64_t p50_us; };

static void check(int r, const char *what)
{
    if (r == 0)
        return;
    (void) fprintf(stderr, "lmdb_bound: %s: %s\n", what, mdb_strerror(r));
    exit(1);
}

/* ---------------------------------------------------------------- the three */

static void file_open(struct target *t)
{
    t->fd = open(t->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    check(t->fd < 0 ? errno : 0, t->path);
}

static void file_write_batch(struct target *t, int batch)
{
    static char records[BATCH_MAX * (RND_KEY_BYTES + VALUE_BYTES)];
    size_t bytes = (size_t) batch * (RND_KEY_BYTES + VALUE_BYTES);
    check(write(t->fd, records, bytes) == (ssize_t) bytes ? 0 : errno, "write");
    check(fdatasync(t->fd) == 0 ? 0 : errno, "fdatasync");
}

static void file_close(struct target *t)
{
    (void) close(t->fd);           /* synced by each batch */
    (void) unlink(t->path);
}

static void lmdb_open(struct target *t)
{
    MDB_txn *txn;
    check(mdb_env_create(&t->env), "create");
    check(mdb_env_set_maxdbs(t->env, 1), "maxdbs");
    check(mdb_env_set_mapsize(t->env, (size_t) 64 << 30), "map size");
    check(mdb_env_open(t->env, t->path, MDB_NOSUBDIR | MDB_NOTLS, 0600), t->path);
    check(mdb_txn_begin(t->env, NULL, 0, &txn), "begin");
    check(mdb_dbi_open(txn, "rows", MDB_CREATE, &t->dbi), "table");
    check(mdb_txn_commit(txn), "commit");
}

static void lmdb_close(struct target *t)
{
    char lock[sizeof t->path + 8];
    mdb_env_close(t->env);
    (void) snprintf(lock, sizeof lock, "%s-lock", t->path);
    (void) unlink(lock);
    (void) unlink(t->path);
}

static void put(MDB_txn *txn, MDB_dbi dbi, MDB_val key, unsigned flags)
{
    static char value[VALUE_BYTES];
    MDB_val v = {sizeof value, value};
    check(mdb_put(txn, dbi, &key, &v, flags), "put");
}

static void seq_write(struct target *t, int batch)
{
    MDB_txn *txn;
    check(mdb_txn_begin(t->env, NULL, 0, &txn), "begin");
    for (int i = 0; i < batch; i++) {
        uint64_t key = __builtin_bswap64(t->next++);
        put(txn, t->dbi, (MDB_val) {SEQ_KEY_BYTES, &key}, MDB_APPEND);
    }
    check(mdb_txn_commit(txn), "commit");
}

static void rnd_put(MDB_txn *txn, struct target *t, unsigned row)
{
    put(txn, t->dbi, (MDB_val) {RND_KEY_BYTES, t->row_keys[row]}, 0);
}

static void rnd_open(struct target *t)
{
    MDB_txn *txn;
    lmdb_open(t);
    check(mdb_txn_begin(t->env, NULL, 0, &txn), "begin");
    for (unsigned row = 0; row < ROWS; row++) {
        (void) snprintf(t->row_keys[row], sizeof t->row_keys[row], "service-number-of-%06u", row);
        rnd_put(txn, t, row);
    }
    check(mdb_txn_commit(txn), "commit");
}

static void rnd_write(struct target *t, int batch)
{
    MDB_txn *txn;
    check(mdb_txn_begin(t->env, NULL, 0, &txn), "begin");
    for (int i = 0; i < batch; i++)
        rnd_put(txn, t, (unsigned) rng_below(&t->rng, ROWS));
    check(mdb_txn_commit(txn), "commit");
}

enum { KIND_FILE, KIND_SEQ, KIND_RND, KIND_COUNT };
static const struct kind kinds[KIND_COUNT] = {
    [KIND_FILE] = {"file_fdatasync", file_open, file_write_batch, file_close},
    [KIND_SEQ]  = {"lmdb_seq", lmdb_open, seq_write, lmdb_close},
    [KIND_RND]  = {"lmdb_rnd", rnd_open, rnd_write, lmdb_close},
};

/* ---------------------------------------------------------------- measuring */

static int compare_int64(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static int compare_double(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static struct measure measure_slice(const struct kind *kind, const char *directory, int batch)
{
    static int64_t commit_us[COMMITS_MAX];
    static struct target target;
    target = (struct target) {.fd = -1};
    rng_seed(&target.rng, 1);
    (void) snprintf(target.path, sizeof target.path, "%s/lmdb_bound.%ld", directory, (long) getpid());
    kind->open(&target);

    int commits = 0;
    int64_t start_us = clock_mono_us();
    int64_t now_us = start_us;
    while (now_us - start_us < SLICE_US && commits < COMMITS_MAX) {
        kind->write(&target, batch);
        int64_t after_us = clock_mono_us();
        commit_us[commits++] = after_us - now_us;
        now_us = after_us;
    }
    kind->close(&target);

    qsort(commit_us, (size_t) commits, sizeof commit_us[0], compare_int64);
    return (struct measure) {(double) commits * batch * 1e6 / (double) (now_us - start_us), commit_us[commits / 2]};
}

static void measure_batch(const char *directory, int batch)
{
    double rates[KIND_COUNT][SLICES];
    int64_t commit_us[KIND_COUNT][SLICES];
    for (int slice = 0; slice < SLICES; slice++) {
        for (int kind = 0; kind < KIND_COUNT; kind++) {
            struct measure m = measure_slice(&kinds[kind], directory, batch);
            rates[kind][slice] = m.records_per_second;
            commit_us[kind][slice] = m.p50_us;
        }
    }
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        qsort(rates[kind], SLICES, sizeof rates[kind][0], compare_double);
        qsort(commit_us[kind], SLICES, sizeof commit_us[kind][0], compare_int64);
        printf("{\"what\":\"%s\",\"batch\":%d,\"records_per_second\":%.0f,\"p50_us\":%lld}\n", kinds[kind].what, batch,
               rates[kind][SLICES / 2], (long long) commit_us[kind][SLICES / 2]);
    }
    double bound = 1 / (1 / rates[KIND_SEQ][SLICES / 2] + 1 / rates[KIND_RND][SLICES / 2]);
    printf("{\"what\":\"bound\",\"batch\":%d,\"bound\":%.0f}\n", batch, bound);
    (void) fflush(stdout);   /* a pipe that is gone ends us anyway */
}

int main(int argc, char **argv)
{
    static const char *const usual[] = {"1", "16", "256", "4096"};
    if (argc < 2) {
        (void) fprintf(stderr, "usage: lmdb_bound DIRECTORY [BATCH ...]\n");
        return 2;
    }
    int n = argc == 2 ? (int) ARRAY_SIZE(usual) : argc - 2;
    for (int i = 0; i < n; i++) {
        const char *word = argc == 2 ? usual[i] : argv[2 + i];
        int64_t batch;
        if (!text_to_int64(text_of(word), 1, BATCH_MAX, &batch)) {
            (void) fprintf(stderr, "lmdb_bound: %s: a batch is a number of records, 1..%d\n", word, BATCH_MAX);
            return 2;
        }
        measure_batch(argv[1], (int) batch);
    }
    return 0;
}

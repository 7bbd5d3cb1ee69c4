/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transactions: one writer that carries its first failure, and a pool of readers that are reset and renewed.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pb_decode.h>
#include <pb_encode.h>

#include "aggregator/store/store_private.h"

static MDB_val key_value(const struct store_key *key)
{
    return (MDB_val) {key->len, (void *) (uintptr_t) key->bytes};
}

/* Whether a call of the writer is to be carried out. */
static bool may_write(const struct store_txn *txn)
{
    assert(txn->writing);
    return txn->failed == 0;
}

static void fail(struct store_txn *txn, int r)
{
    assert(r < 0);
    if (txn->failed == 0)
        txn->failed = r;
}

/* ---------------------------------------------------------------- the writer */

struct store_txn *store_write(struct store *store)
{
    struct store_txn *txn = &store->writer;
    assert(txn->txn == NULL);   /* one at a time, and each ends in commit or abort */
    assert(!store->read_only);

    txn->failed = store_errno(mdb_txn_begin(store->env, NULL, 0, &txn->txn));
    if (txn->failed != 0)
        txn->txn = NULL;
    return txn;
}

int store_failed(const struct store_txn *txn)
{
    return txn->failed;
}

void store_put_encoded(struct store_txn *txn, enum table table, const struct store_key *key, struct text value)
{
    if (!may_write(txn))
        return;
    if (key->len == 0) {
        fail(txn, -EINVAL);
        return;
    }

    MDB_dbi dbi = txn->store->tables[table];
    MDB_val k = key_value(key);
    MDB_val v = {value.len, (void *) (uintptr_t) value.at};
    int rc = MDB_KEYEXIST;
    if (store_tables[table].growing)
        rc = mdb_put(txn->txn, dbi, &k, &v, MDB_APPEND);   /* full pages; a key that is not the largest is refused */
    if (rc == MDB_KEYEXIST)
        rc = mdb_put(txn->txn, dbi, &k, &v, 0);
    if (rc != 0)
        fail(txn, store_errno(rc));
    txn->changes++;
}

void store_put(struct store_txn *txn, enum table table, struct store_key key, const void *message)
{
    const struct row_kind *kind = store_row_kind(table, key.bytes, key.len);
    assert(kind->fields != NULL);
    if (!may_write(txn))
        return;

    uint8_t *bytes = txn->store->encoded;
    if (kind->encode != NULL) {
        store_put_encoded(txn, table, &key, (struct text) {(const char *) bytes, kind->encode(message, bytes)});
        return;
    }
    pb_ostream_t out = pb_ostream_from_buffer(bytes, kind->encoded_max);
    if (!pb_encode(&out, kind->fields, message)) {
        fail(txn, -EMSGSIZE);
        return;
    }
    store_put_encoded(txn, table, &key, (struct text) {(const char *) bytes, out.bytes_written});
}

void store_put_bytes(struct store_txn *txn, enum table table, struct store_key key, struct text value)
{
    assert(store_tables[table].row.fields == NULL);
    store_put_encoded(txn, table, &key, value);
}

void store_delete(struct store_txn *txn, enum table table, struct store_key key)
{
    if (!may_write(txn) || key.len == 0)
        return;

    MDB_val k = key_value(&key);
    int rc = mdb_del(txn->txn, txn->store->tables[table], &k, NULL);
    if (rc != 0 && rc != MDB_NOTFOUND)
        fail(txn, store_errno(rc));
    txn->changes++;
}

#ifdef TOCSIN_FAILPOINTS
/* The negative errno a test wants this commit to fail with, 0 for none. */
static int commit_failpoint(void)
{
    const char *path = getenv("TOCSIN_FAIL_COMMIT_FILE");
    FILE *file = path == NULL ? NULL : fopen(path, "re");
    if (file == NULL)
        return 0;

    char word[32] = "";
    int n = fscanf(file, "%31s", word);
    (void) fclose(file);   /* only read */
    for (int code = 1; n == 1 && code < 200; code++) {
        const char *name = strerrorname_np(code);
        if ((name != NULL && strcmp(name, word) == 0) || strtol(word, NULL, 10) == code)
            return -code;
    }
    return 0;
}
#endif

/* LMDB reports a short write as EIO, and a short write is how a full disk shows. Where room is short, readers that
 * died must not be what holds it. */
static int explain_failure(struct store *store, int r)
{
    if (r == -EIO && file_system_is_full(store->path))
        r = -ENOSPC;
    if (r == -ENOSPC)
        store_check_readers(store);
    return r;
}

int store_commit(struct store_txn *txn)
{
    assert(txn->writing);
#ifdef TOCSIN_FAILPOINTS
    if (txn->failed == 0)
        txn->failed = commit_failpoint();
#endif
    int r = txn->failed;
    if (r < 0) {
        store_abort(txn);
    } else {
        r = store_errno(mdb_txn_commit(txn->txn));   /* frees the handle also when it fails */
        txn->txn = NULL;
    }
    return explain_failure(txn->store, r);
}

void store_abort(struct store_txn *txn)
{
    assert(txn->writing);
    if (txn->txn != NULL)
        mdb_txn_abort(txn->txn);
    txn->txn = NULL;
}

/* ---------------------------------------------------------------- readers */

static struct store_txn *take_idle(struct store *store)
{
    (void) pthread_mutex_lock(&store->idle_lock);
    struct store_txn *txn = store->idle;
    if (txn != NULL)
        store->idle = txn->next_idle;
    (void) pthread_mutex_unlock(&store->idle_lock);
    return txn;
}

/* Last in, first out: the slots in use stay few. */
static void put_idle(struct store_txn *txn)
{
    struct store *store = txn->store;
    (void) pthread_mutex_lock(&store->idle_lock);
    txn->next_idle = store->idle;
    store->idle = txn;
    (void) pthread_mutex_unlock(&store->idle_lock);
}

int store_read(struct store *store, struct store_txn **out)
{
    struct store_txn *txn = take_idle(store);
    if (txn == NULL)
        return -EAGAIN;

    bool fresh = txn->txn == NULL;
    int r = store_errno(fresh ? mdb_txn_begin(store->env, NULL, MDB_RDONLY, &txn->txn) : mdb_txn_renew(txn->txn));
    if (r < 0) {
        if (fresh)
            txn->txn = NULL;   /* one that could not be renewed stays reset, to be tried again */
        put_idle(txn);
        return r;
    }
    atomic_store(&txn->snapshot, mdb_txn_id(txn->txn) + 1);
    *out = txn;
    return 0;
}

void store_end(struct store_txn *txn)
{
    assert(!txn->writing);
    assert(atomic_load(&txn->snapshot) != 0);

    mdb_txn_reset(txn->txn);   /* pins nothing, keeps the slot */
    atomic_store(&txn->snapshot, 0);
    put_idle(txn);
}

/* ---------------------------------------------------------------- reading rows */

static int get(struct store_txn *txn, enum table table, const struct store_key *key, MDB_val *value)
{
    if (txn->failed != 0)
        return txn->failed;
    MDB_dbi dbi = txn->store->tables[table];
    if (dbi == 0 || key->len == 0)
        return STORE_ABSENT;

    MDB_val k = key_value(key);
    int rc = mdb_get(txn->txn, dbi, &k, value);
    return rc == MDB_NOTFOUND ? STORE_ABSENT : store_errno(rc);
}

int store_get(struct store_txn *txn, enum table table, struct store_key key, void *message)
{
    const struct row_kind *kind = store_row_kind(table, key.bytes, key.len);
    assert(kind->fields != NULL);

    MDB_val value;
    int r = get(txn, table, &key, &value);
    if (r != 0)
        return r;
    pb_istream_t in = pb_istream_from_buffer(value.mv_data, value.mv_size);
    return pb_decode(&in, kind->fields, message) ? 0 : -EBADMSG;
}

int store_get_bytes(struct store_txn *txn, enum table table, struct store_key key, struct text *out)
{
    assert(store_tables[table].row.fields == NULL);

    MDB_val value;
    int r = get(txn, table, &key, &value);
    if (r == 0)
        *out = (struct text) {value.mv_data, value.mv_size};
    return r;
}

size_t store_rows(struct store_txn *txn, enum table table)
{
    MDB_stat stat;
    MDB_dbi dbi = txn->store->tables[table];

    return txn->failed == 0 && dbi != 0 && mdb_stat(txn->txn, dbi, &stat) == 0 ? stat.ms_entries : 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walks. In the write transaction the place is looked up again after each change, by the last key given: deleting under
 * LMDB's cursors is where this version has its bugs.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include <pb_decode.h>

#include "aggregator/store/store_private.h"

static bool has_prefix(const MDB_val *key, const struct store_key *prefix)
{
    return key->mv_size >= prefix->len && memcmp(key->mv_data, prefix->bytes, prefix->len) == 0;
}

static bool starts_with(const struct store_key *key, const struct store_key *prefix)
{
    return has_prefix(&(MDB_val) {key->len, (void *) (uintptr_t) key->bytes}, prefix);
}

static bool is_key(const MDB_val *found, const struct store_key *key)
{
    return found->mv_size == key->len && memcmp(found->mv_data, key->bytes, key->len) == 0;
}

/* The smallest key behind all that have this prefix; len 0: there is none. */
static struct store_key behind_prefix(const struct store_key *prefix)
{
    struct store_key key = *prefix;
    while (key.len > 0 && key.bytes[key.len - 1] == 0xff)
        key.len--;
    if (key.len > 0)
        key.bytes[key.len - 1]++;
    return key;
}

/* The last key below this one; len 0: the last of all. */
static int seek_below(MDB_cursor *cursor, const struct store_key *limit, MDB_val *key, MDB_val *value)
{
    if (limit->len == 0)
        return mdb_cursor_get(cursor, key, value, MDB_LAST);

    *key = (MDB_val) {limit->len, (void *) (uintptr_t) limit->bytes};
    int rc = mdb_cursor_get(cursor, key, value, MDB_SET_RANGE);
    if (rc == MDB_NOTFOUND)
        return mdb_cursor_get(cursor, key, value, MDB_LAST);
    return rc == 0 ? mdb_cursor_get(cursor, key, value, MDB_PREV) : rc;
}

static int seek_forwards(MDB_cursor *cursor, const struct store_range *range, MDB_val *key, MDB_val *value)
{
    const struct store_key *begin = key_compare(&range->from, &range->prefix) > 0 ? &range->from : &range->prefix;
    if (begin->len == 0)
        return mdb_cursor_get(cursor, key, value, MDB_FIRST);

    *key = (MDB_val) {begin->len, (void *) (uintptr_t) begin->bytes};
    int rc = mdb_cursor_get(cursor, key, value, MDB_SET_RANGE);
    if (rc == 0 && range->exclusive && is_key(key, &range->from))
        rc = mdb_cursor_get(cursor, key, value, MDB_NEXT);
    return rc;
}

static int seek_backwards(MDB_cursor *cursor, const struct store_range *range, MDB_val *key, MDB_val *value)
{
    const struct store_key *from = &range->from;
    bool above = key_compare(from, &range->prefix) > 0 && !starts_with(from, &range->prefix);
    if (from->len == 0 || above) {
        struct store_key limit = behind_prefix(&range->prefix);
        return seek_below(cursor, &limit, key, value);
    }

    *key = (MDB_val) {from->len, (void *) (uintptr_t) from->bytes};
    if (!range->exclusive && mdb_cursor_get(cursor, key, value, MDB_SET_KEY) == 0)
        return 0;
    return seek_below(cursor, from, key, value);
}

static int step(struct store_cursor *cursor, MDB_val *key, MDB_val *value)
{
    const struct store_range *range = &cursor->range;
    if (cursor->started && cursor->changes == cursor->txn->changes)
        return mdb_cursor_get(cursor->impl, key, value, range->backwards ? MDB_PREV : MDB_NEXT);

    cursor->started = true;
    cursor->changes = cursor->txn->changes;
    return range->backwards ? seek_backwards(cursor->impl, range, key, value)
                            : seek_forwards(cursor->impl, range, key, value);
}

static void copy_key(const MDB_val *from, struct store_key *to)
{
    to->len = from->mv_size < sizeof to->bytes ? from->mv_size : sizeof to->bytes;
    memcpy(to->bytes, from->mv_data, to->len);
}

static int decode(const struct store_cursor *cursor, const MDB_val *key, const MDB_val *value, void *message)
{
    if (message == NULL)
        return 0;
    const struct row_kind *kind = store_row_kind(cursor->table, key->mv_data, key->mv_size);
    assert(kind->fields != NULL);
    pb_istream_t in = pb_istream_from_buffer(value->mv_data, value->mv_size);
    return pb_decode(&in, kind->fields, message) ? 0 : -EBADMSG;
}

void store_walk(struct store_txn *txn, enum table table, struct store_range range, struct store_cursor *out)
{
    *out = (struct store_cursor) {.txn = txn, .table = table, .range = range, .failed = txn->failed};
    MDB_dbi dbi = txn->store->tables[table];
    if (out->failed == 0 && dbi == 0)
        out->failed = STORE_ABSENT;
    if (out->failed != 0)
        return;

    MDB_cursor *cursor;
    out->failed = store_errno(mdb_cursor_open(txn->txn, dbi, &cursor));
    if (out->failed == 0)
        out->impl = cursor;
}

int store_next(struct store_cursor *cursor, struct store_key *key, void *message)
{
    if (cursor->failed == 0)
        cursor->failed = cursor->txn->failed;
    if (cursor->failed != 0)
        return cursor->failed;

    MDB_val k;
    MDB_val v;
    int rc = step(cursor, &k, &v);
    if (rc != 0 || !has_prefix(&k, &cursor->range.prefix)) {
        cursor->failed = rc == 0 || rc == MDB_NOTFOUND ? STORE_ABSENT : store_errno(rc);
        return cursor->failed;
    }

    if (key != NULL)
        copy_key(&k, key);
    if (cursor->txn->writing) {
        copy_key(&k, &cursor->range.from);
        cursor->range.exclusive = true;
    }
    return decode(cursor, &k, &v, message);
}

void store_walk_end(struct store_cursor *cursor)
{
    if (cursor->impl != NULL)
        mdb_cursor_close(cursor->impl);   /* of a write transaction, too: before it ends */
    *cursor = (struct store_cursor) {0};
}

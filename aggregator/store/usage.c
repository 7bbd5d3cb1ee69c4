/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How full it is, and who holds on to old pages.
 */
#include <string.h>
#include <sys/stat.h>

#include "aggregator/store/store_private.h"

/* LMDB keeps the pages it may use again in its table 0, as lists that begin with their length. */
static uint64_t count_free_pages(MDB_txn *txn)
{
    MDB_cursor *cursor;
    if (mdb_cursor_open(txn, 0, &cursor) != 0)
        return 0;

    uint64_t pages = 0;
    MDB_val key;
    MDB_val value;
    while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0) {
        size_t n;
        if (value.mv_size < sizeof n)
            break;
        memcpy(&n, value.mv_data, sizeof n);
        pages += n;
    }
    mdb_cursor_close(cursor);
    return pages;
}

static void look_at_readers(struct store *store, uint64_t last_commit, struct store_usage *usage)
{
    for (unsigned i = 0; i < store->readers_max; i++) {
        uint64_t snapshot = atomic_load(&store->readers[i].snapshot);
        if (snapshot == 0)
            continue;
        usage->readers++;
        uint64_t age = last_commit + 1 > snapshot ? last_commit + 1 - snapshot : 0;
        if (age > usage->oldest_reader_age_rounds)
            usage->oldest_reader_age_rounds = age;
    }
}

void store_usage(struct store *store, struct store_usage *out)
{
    MDB_envinfo info;
    MDB_stat stat;
    (void) mdb_env_info(store->env, &info);   /* neither fails on an open environment */
    (void) mdb_env_stat(store->env, &stat);

    *out = (struct store_usage) {
        .map_bytes = info.me_mapsize,
        .used_bytes = ((uint64_t) info.me_last_pgno + 1) * stat.ms_psize,
        .readers_max = store->readers_max,
        .volatile_files = store->volatile_files,
    };
    look_at_readers(store, info.me_last_txnid, out);

    int fd;
    struct stat file;
    if (mdb_env_get_fd(store->env, &fd) == 0 && fstat(fd, &file) == 0)
        out->file_bytes = (uint64_t) file.st_size;

    struct store_txn *txn;
    if (store_read(store, &txn) == 0) {
        out->free_bytes = count_free_pages(txn->txn) * stat.ms_psize;
        store_end(txn);
    }
}

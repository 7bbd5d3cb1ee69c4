/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the store share; included nowhere else.
 */
#pragma once

#include <lmdb.h>
#include <pb.h>
#include <pthread.h>
#include <stdatomic.h>

#include "aggregator/store/store.h"

/* How a table is called on disk and what its values are. */
struct row_kind {
    const pb_msgdesc_t *fields;      /* NULL: the value is no message */
    size_t encoded_max;              /* bytes */
    size_t (*encode)(const void *message, uint8_t *out);   /* as pb_encode, faster; NULL: pb_encode */
};
struct table_row {
    const char *name;
    struct row_kind row;
    bool growing;                    /* keys mostly grow: pages are filled to the brim by MDB_APPEND */
};
extern const struct table_row store_tables[TABLE_COUNT];

/* The message under this key: that of the table, but for meta/schema. */
const struct row_kind *store_row_kind(enum table, const void *key, size_t len);

/* The longest encoded row of all tables. */
size_t store_row_bytes_max(void);

struct store_txn {
    struct store *store;
    MDB_txn *txn;                    /* NULL: a writer that has not begun, or a reader never used */
    bool writing;
    int failed;                      /* the first failure, sticky */
    uint64_t changes;                /* grows with each write: walks look for their place again */
    struct store_txn *next_idle;
    _Atomic uint64_t snapshot;       /* of a reader in use: LMDB's number of the commit seen, plus 1; 0: idle */
};

struct store {
    char *path;
    MDB_env *env;
    MDB_dbi tables[TABLE_COUNT];     /* 0: absent, in a store opened read-only */
    int owner_fd;                    /* our flock; -1 when read-only */
    bool read_only;
    bool volatile_files;
    unsigned readers_max;
    SchemaRow schema;
    uint8_t *encoded;                /* the writer's, store_row_bytes_max() bytes */
    struct store_txn writer;
    struct store_txn *readers;       /* readers_max of them */
    pthread_mutex_t idle_lock;       /* guards idle and the next_idle of readers */
    struct store_txn *idle;
};

/* LMDB's answer as a negative errno; 0 stays 0. */
int store_errno(int lmdb_result);

/* The one place a value passes on its way into a table: here a round's writes can be teed to a peer. */
void store_put_encoded(struct store_txn *, enum table, const struct store_key *, struct text value);

/* What a network file system is called, NULL for one whose locks and maps can be trusted. type: statfs's f_type. */
const char *file_system_network_name(long type);

/* Whether what lies there is gone when the machine restarts. */
bool file_system_is_volatile(long type);

/* Whether the file system under this path has no room left to speak of. */
bool file_system_is_full(const char *path);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store: the state on disk. One LMDB environment, one named database a table, one writer.
 *
 * Writing (the core's thread alone):
 *
 *     struct store_txn *txn = store_write(store);
 *     store_put(txn, TABLE_SOURCES, key_source(service, source), &row);   // after a first failure these are no-ops …
 *     store_delete(txn, TABLE_ALERTS, key_alert(key));
 *     int r = store_commit(txn);                                          // … and this is the one place that reports it
 *
 * Reading (any thread; a reader pins pages, so keep it under 100 ms and never across a write to a socket):
 *
 *     struct store_txn *txn;
 *     if (store_read(store, &txn) < 0) …
 *     static _Thread_local ServiceState row;
 *     int r = store_get(txn, TABLE_SERVICES, key_service("github"), &row);   // 0, STORE_ABSENT, or negative
 *     store_end(txn);
 *
 * Messages are copied out; nothing returned points into the map. LMDB is met in env.c and txn.c alone.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aggregator/store/keys.h"
#include "common/error.h"
#include "common/text.h"
#include "proto/rows.pb.h"

/* The tables in use; each is created by the version that first writes it. The value is always one message of proto/rows
 * (TABLE_CONFIGS: the configuration's JSON text, see store_put_bytes). */
enum table {
    TABLE_META,             /* world: WorldRow; schema: SchemaRow */
    TABLE_COLLECTORS,       /* CollectorRow */
    TABLE_HOSTS,            /* HostRow */
    TABLE_SOURCES,          /* SourceRow */
    TABLE_SERVICES,         /* ServiceState */
    TABLE_ALERTS,           /* AlertState */
    TABLE_ALERTS_CLOSED,    /* ClosedAlertRow */
    TABLE_JOURNAL,          /* JournalRow */
    TABLE_CONFIGS,          /* text */
    TABLE_TIMELINE,         /* TimelineRow */
    TABLE_SAMPLES,          /* SampleRow */
    TABLE_OUTBOX,           /* OutboxRow */
    TABLE_TOLD,             /* ToldRow */
    TABLE_IDEMPOTENCY,      /* IdempotencyRow */
    TABLE_AUDIT,            /* AuditRow */
    TABLE_SECURITY,         /* SecurityRow */
    TABLE_TOKENS,           /* TokenRow */
    TABLE_COUNT,
};

/* What readers look at; WorldRow.views says in which round each was last touched. */
enum view { VIEW_SERVICES, VIEW_HOSTS, VIEW_ALERTS, VIEW_TIMELINE, VIEW_OUTBOX, VIEW_AUDIT, VIEW_TOKENS, VIEW_COLLECTORS,
            VIEW_COUNT };

enum { STORE_SCHEMA_VERSION = 1, STORE_ABSENT = 1, STORE_FOREIGN = 2, LINEAGE_BYTES = 16 };

struct store;
struct store_txn;

struct store_options {
    const char *path;            /* the database file; its directory must exist */
    size_t map_bytes;            /* address space; sparse, never grown while running */
    unsigned readers_max;        /* HTTP workers x 2 + 8 */
    bool read_only;              /* offline subcommands: no lock is taken, nothing is created */
    bool demo;                   /* a new store is marked as holding demo data */
};

/*
 * Opens or creates. Refused with words: a network file system (-EOPNOTSUPP), another aggregator on the same data
 * (-EBUSY), a newer schema (-EPROTONOSUPPORT), a store whose demo mark differs from the options' (-EINVAL), a file that
 * is no store (-EINVAL).
 */
int store_open(const struct store_options *, struct store **out, struct error *);
void store_close(struct store *);

/* The schema row as opened. */
const SchemaRow *store_schema(const struct store *);

/* The one write transaction; a failure to begin is kept and reported by store_commit. */
struct store_txn *store_write(struct store *);

/* Durable when it returns 0. Negative: nothing of the transaction happened; -ENOSPC when the file system is full (LMDB
 * itself says EIO), -ENOTRECOVERABLE when the environment can only be reopened (MDB_PANIC). The transaction is freed. */
int store_commit(struct store_txn *);

/* Forgets what was put; frees. */
void store_abort(struct store_txn *);

/* A consistent snapshot. Negative when no reader slot is free. */
int store_read(struct store *, struct store_txn **out);
void store_end(struct store_txn *);

/* Reads one row into the message of its table (overwritten whole). 0, STORE_ABSENT, -EBADMSG (a row that cannot be read). */
int store_get(struct store_txn *, enum table, struct store_key, void *message);

/* Inserts or replaces. */
void store_put(struct store_txn *, enum table, struct store_key, const void *message);

/* For the table whose values are no message. The text is borrowed until the next write or the end of the transaction. */
void store_put_bytes(struct store_txn *, enum table, struct store_key, struct text);
int store_get_bytes(struct store_txn *, enum table, struct store_key, struct text *out);

/* Removes; absent is fine. */
void store_delete(struct store_txn *, enum table, struct store_key);

/* Number of rows, from the table's header. */
size_t store_rows(struct store_txn *, enum table);

/*
 * Walks a table in key order.
 *
 *     struct store_cursor cursor;
 *     store_walk(txn, TABLE_TIMELINE, (struct store_range) {.after = cursor_key, .backwards = true}, &cursor);
 *     while (store_next(&cursor, &key, &row) == 0) …
 *     store_walk_end(&cursor);
 */
struct store_range {
    struct store_key prefix;     /* len 0: the whole table */
    struct store_key from;       /* first key wanted (backwards: last); len 0: the end of the range */
    bool exclusive;              /* the row at `from` itself is not wanted */
    bool backwards;
};
struct store_cursor {
    void *impl;
    struct store_txn *txn;
    enum table table;
    struct store_range range;
    bool started;
};
void store_walk(struct store_txn *, enum table, struct store_range, struct store_cursor *out);
/* 0 and the row; STORE_ABSENT at the end; -EBADMSG for a row that cannot be read (the next call goes on after it). key or message
 * may be NULL. */
int store_next(struct store_cursor *, struct store_key *key, void *message);
void store_walk_end(struct store_cursor *);

/* Space and readers, for /metrics and /readyz. */
struct store_usage {
    uint64_t map_bytes, used_bytes, file_bytes;
    unsigned readers, readers_max;
    uint64_t oldest_reader_age_rounds;   /* 0: none */
};
void store_usage(struct store *, struct store_usage *);

/* Frees the slots of readers that died. Called at start and each minute by the core. */
void store_check_readers(struct store *);

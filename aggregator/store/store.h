/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store: the state on disk. One LMDB environment, one named database a table, one writer.
 *
 * Writing (the core's thread alone):
 *
 *     struct store_txn *txn = store_write(store);
 *     store_put(txn, TABLE_SOURCES, key_source(service, source), &row);   // after a first failure these are no-ops …
 *     store_delete(txn, TABLE_ALERTS, key_alert(key));
 *     int r = store_commit(txn);                                 // … and this is the one place that reports it
 *
 * Reading (any thread; a reader pins pages, so keep it under 100 ms and never across a write to a socket):
 *
 *     struct store_txn *txn;
 *     if (store_read(store, &txn) < 0) …
 *     ServiceState row;
 *     int r = store_get(txn, TABLE_SERVICES, key_service("github"), &row);   // 0, STORE_ABSENT, or negative
 *     store_end(txn);
 *
 * Messages are copied out; nothing returned points into the map. LMDB is met in this room alone. Rows read inside the
 * write transaction are as that transaction has left them.
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
    TABLE_MAINTENANCE,      /* WindowState */
    TABLE_GRACE,            /* GraceState */
    TABLE_EVIDENCE,         /* EvidenceState */
    TABLE_SLO,              /* SloState */
    TABLE_MINUTES,          /* MinutesState */
    TABLE_INCIDENTS,        /* IncidentState */
    TABLE_INCIDENT_MEMBERS, /* MemberState */
    TABLE_VENDOR_ITEMS,     /* VendorItemRow */
    TABLE_VENDOR_VERSIONS,  /* VendorVersionRow */
    TABLE_RECEIVERS,        /* ReceiverRow */
    TABLE_COUNT,
};

/* What readers look at; WorldRow.views says in which round each was last touched. */
enum view { VIEW_SERVICES, VIEW_HOSTS, VIEW_ALERTS, VIEW_TIMELINE, VIEW_OUTBOX, VIEW_AUDIT, VIEW_TOKENS, VIEW_COLLECTORS,
            VIEW_MAINTENANCE, VIEW_EVIDENCE, VIEW_INCIDENTS, VIEW_VENDOR, VIEW_COUNT };

enum { STORE_SCHEMA_VERSION = 1, STORE_ABSENT = 1, LINEAGE_BYTES = 16 };

/* The rows of TABLE_META, by name. */
#define STORE_META_WORLD "world"
#define STORE_META_SCHEMA "schema"

struct store;
struct store_txn;

struct store_options {
    const char *path;            /* the database file; its directory must exist */
    size_t map_bytes;            /* address space; sparse, never grown while running; 0: 64 GiB, when read_only the writer's */
    unsigned readers_max;        /* HTTP workers x 2 + 8; 0: 16 */
    bool read_only;              /* subcommands, also while the aggregator runs: no lock taken, nothing created */
    bool demo;                   /* a new store is marked as holding demo data; not looked at when read_only */
};

/*
 * Opens or creates PATH (mode 0600) with LMDB's own PATH-lock beside it, and PATH-owner, whose flock says that
 * somebody writes here and which holds the number of that process. Refused with words: a network file system
 * (-EOPNOTSUPP), another aggregator on the same data, or this process a second time (-EBUSY), a newer schema
 * (-EPROTONOSUPPORT), a store whose demo mark differs from the options' (-EINVAL), a file that is no store (-EINVAL),
 * a missing directory or, read_only, a missing file (-ENOENT). Two containers that share the file without sharing
 * process numbers are not supported.
 */
int store_open(const struct store_options *, struct store **out, struct error *);

/* Every transaction must have ended. store_close(NULL) is nothing. */
void store_close(struct store *);

/* The schema row as opened. */
const SchemaRow *store_schema(const struct store *);

/* The one write transaction; a failure to begin is kept and reported by store_commit, which must run on the same
 * thread. */
struct store_txn *store_write(struct store *);

/* The first failure so far, 0 when there is none: for a round that wants to know before it goes on. */
int store_failed(const struct store_txn *);

/* Durable when it returns 0. Negative: nothing of the transaction happened; -ENOSPC when the file system is full
 * (LMDB itself says EIO) or the map is, -ENOTRECOVERABLE when the environment can only be reopened (MDB_PANIC),
 * -EINVAL for an empty key and -EMSGSIZE for a message that does not encode (both bugs of the caller). The
 * transaction is gone in any case. With -Dfailpoints=true it fails with the errno (EIO, or 5) that stands in the
 * file named by TOCSIN_FAIL_COMMIT_FILE. */
int store_commit(struct store_txn *);

/* Forgets what was put; frees. */
void store_abort(struct store_txn *);

/* A consistent snapshot; never waits for the writer. Any thread, and one thread at a time holds it. -EAGAIN when
 * readers_max are out. */
int store_read(struct store *, struct store_txn **out);
void store_end(struct store_txn *);

/* Reads one row into the message of its table (overwritten whole; on any other answer than 0 it is unspecified).
 * 0, STORE_ABSENT, -EBADMSG (a row that cannot be read), or why the transaction is unusable. */
int store_get(struct store_txn *, enum table, struct store_key, void *message);

/* Inserts or replaces. In the three calls below a transaction that has failed already does nothing. */
void store_put(struct store_txn *, enum table, struct store_key, const void *message);

/* For the table whose values are no message. The text read is borrowed until the next write or the end of the
 * transaction. */
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
 *     struct store_range range = {.from = cursor_key, .exclusive = true, .backwards = true};
 *     store_walk(txn, TABLE_TIMELINE, range, &cursor);
 *     while ((r = store_next(&cursor, &key, &row)) == 0 || r == -EBADMSG) …
 *     store_walk_end(&cursor);
 *
 * In the write transaction rows may be put and deleted while walking: the walk goes on behind the last row it gave.
 */
struct store_range {
    struct store_key prefix;     /* len 0: the whole table */
    struct store_key from;       /* where to begin: the first key wanted, backwards the last one; len 0: that end of
                                  * the range. It need not exist, and may lie outside the prefix */
    bool exclusive;              /* the row at `from` itself is not wanted */
    bool backwards;
};
struct store_cursor {
    void *impl;
    struct store_txn *txn;
    enum table table;
    struct store_range range;
    bool started;
    int failed;                  /* what store_next answers when there is no walk */
    uint64_t changes;            /* of the transaction, when the place was found */
};
void store_walk(struct store_txn *, enum table, struct store_range, struct store_cursor *out);
/* 0 and the row; STORE_ABSENT at the end; -EBADMSG for a row that cannot be read (key says which, the next call
 * goes on after it); any other failure ends the walk. key or message may be NULL. */
int store_next(struct store_cursor *, struct store_key *key, void *message);
/* Before the transaction ends. */
void store_walk_end(struct store_cursor *);

/* Space and readers, for /metrics and /readyz. */
struct store_usage {
    uint64_t map_bytes;
    uint64_t used_bytes;                 /* pages ever used; never shrinks, as the file never does */
    uint64_t free_bytes;                 /* of them, waiting to be used again: the room left is map - used + free */
    uint64_t file_bytes;
    unsigned readers, readers_max;       /* of this process */
    uint64_t oldest_reader_age_rounds;   /* commits since the oldest snapshot still held; 0: none, or none since */
    bool volatile_files;                 /* on tmpfs: survives no restart of the machine, and a warning is due */
};
void store_usage(struct store *, struct store_usage *);

/* Frees the slots of readers that died. Called at start and each minute by the core. */
void store_check_readers(struct store *);

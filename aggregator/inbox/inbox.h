/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inbox: what other threads ask of the core. A bounded queue in, one completion out.
 *
 * An API write is parsed and authorised by its HTTP worker and put here; the core applies it, commits, and only then
 * calls `complete`. The notifier reports deliveries the same way. Thread-safe; no lock is held while a callback runs.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/limits.h"
#include "proto/observation.pb.h"
#include "proto/rows.pb.h"

enum { INBOX_ITEMS_MAX = 1024, INBOX_ANSWER_BYTES_MAX = 4096, POLL_WHY_BYTES_MAX = 120, INBOX_ROWS_MAX = 200,
       DROP_REASON_BYTES_MAX = 200 };

struct explanation;

enum inbox_kind {
    INBOX_COMMAND,       /* an input of the engine */
    INBOX_DELIVERY,      /* what became of a claimed outbox row */
    INBOX_TOKEN_PUT,     /* create or revoke: the row replaces the one under its hash */
    INBOX_TOKEN_USED,    /* last use; low value, may be dropped when the queue is half full */
    INBOX_AUDIT,         /* only the audit row (enrolments) */
    INBOX_SECURITY,      /* somebody was refused; low value likewise */
    INBOX_EXPLAIN,       /* a question: why a service's alert is told or not; nothing changes, nothing is stored */
    INBOX_POLL,          /* the page of a service is to be read now; no input; may be refused when the queue is half full */
    INBOX_RETRY,         /* finished notifications are to be sent again */
    INBOX_DROP,          /* one is given up */
    INBOX_RELOAD,        /* read the configuration and the keys again, as SIGHUP does */
};

enum delivery_outcome {
    DELIVERY_SENT,       /* the receiver said so; receipt holds its words */
    DELIVERY_RETRY,      /* it certainly did not take it: try again at not_before_ms */
    DELIVERY_AMBIGUOUS,  /* the request was written and no answer came: it may have been taken */
    DELIVERY_DEAD,       /* it will never be taken: reason */
    DELIVERY_NEEDLESS,   /* this kind of receiver has no message for it, so nothing was sent: reason */
};

struct delivery {
    uint64_t sequence;
    enum delivery_outcome outcome;
    int64_t not_before_ms;       /* wall clock; RETRY and AMBIGUOUS */
    char receipt[201];
    char reason[201];
};

enum inbox_outcome {
    INBOX_DONE,                  /* happened, and is committed */
    INBOX_NO_SUCH_SERVICE,
    INBOX_NO_SUCH_MANUAL,
    INBOX_NO_SUCH_ALERT,         /* to acknowledge: none of this key is open */
    INBOX_NO_SUCH_ACK,           /* to take back */
    INBOX_EPISODE_OVER,          /* the alert is open again, but not the episode that was meant */
    INBOX_NO_SUCH_WINDOW,
    INBOX_BAD_WINDOW,            /* it would end before it begins */
    INBOX_NO_SUCH_AREA,          /* of evidence: not in the table, or computed */
    INBOX_NO_SUCH_EVIDENCE,      /* to withdraw */
    INBOX_TOO_MANY_SUBJECTS,     /* of evidence in one area, or in all */
    INBOX_NO_SUCH_COLLECTOR,     /* to forget */
    INBOX_NO_SUCH_SOURCE,
    INBOX_NO_POLLER,             /* nobody who reads a page for this service is connected */
    INBOX_NO_SUCH_ROW,           /* to retry or to drop: no notification has this sequence */
    INBOX_UNFIT,                 /* likewise: its state does not allow it; words in the answer */
    INBOX_CONFLICT,              /* an Idempotency-Key with another request: nothing happened */
    INBOX_REPEATED,              /* the same Idempotency-Key and request: the first answer, nothing happened again */
    INBOX_REFUSED,               /* a reload that failed: words in the answer */
    INBOX_STOPPING,              /* the core is going down: nothing happened */
};

struct inbox_result {
    enum inbox_outcome outcome;
    uint64_t round;              /* that contains it; 0 when nothing happened */
    int64_t at_ms;
    uint32_t asked;              /* of INBOX_POLL: collectors that were told */
    bool put_off;                /* likewise: it was asked less than ten seconds ago, and will be again when they are over */
    uint32_t retried, left;      /* of INBOX_RETRY of several: those that wait again, those that were left as they are */
    char words[256];             /* of INBOX_REFUSED and INBOX_UNFIT; of several the first that was left */
};

/* What a caller asks. Copied by inbox_put. */
struct inbox_item {
    enum inbox_kind kind;
    union {
        Command command;
        struct delivery delivery;
        struct { uint8_t hash[32]; TokenRow row; } token;
        SecurityRow security;
        char service[SERVICE_BYTES_MAX + 1];     /* of INBOX_EXPLAIN */
        struct { char service[SERVICE_BYTES_MAX + 1], why[POLL_WHY_BYTES_MAX + 1]; } poll;
        struct {                                 /* of INBOX_RETRY and INBOX_DROP */
            uint64_t sequences[INBOX_ROWS_MAX];  /* rising */
            uint32_t n;                          /* of INBOX_DROP 1 */
            bool several;                        /* what cannot be retried is counted, not refused */
            char by[81], reason[DROP_REASON_BYTES_MAX + 1];   /* of INBOX_DROP */
        } rows;
    };
    bool starts_now;             /* of a maintenance command: it begins at the engine's now, at the latest */
    bool has_audit;
    AuditRow audit;              /* stored with the effect; at_ms is set by the core */
    char idempotency_key[65];    /* "": none */
    uint8_t request_digest[32];
    char who[81];                /* of the idempotency row */

    /* Renders the answer's body once the result is known, before the commit, so that it can be stored beside the key.
     * Runs on the core's thread, pure; NULL: no body. Returns the length. */
    size_t (*answer)(void *context, const struct inbox_result *, char *body, size_t cap);

    /* Of INBOX_EXPLAIN: takes the answer, before complete, on the core's thread. */
    void (*explained)(void *context, struct explanation *);

    /* Called exactly once after the commit, on the core's thread; NULL: nobody waits. body is borrowed for the call. On
     * INBOX_REPEATED status and body are those of the first answer. */
    void (*complete)(void *context, const struct inbox_result *, uint32_t status, const char *body);
    uint32_t status;             /* HTTP status that goes with the answer when INBOX_DONE */
    void *context;               /* kept alive by the caller until complete ran */
};

struct inbox;

/* wake is called after a put, from the putting thread (uv_async_send of the core's loop). */
struct inbox *inbox_new(void (*wake)(void *context), void *context);
void inbox_free(struct inbox *);

/* 0; -EAGAIN: full (503 and Retry-After); -ESHUTDOWN: closed. Then complete is not called. */
int inbox_put(struct inbox *, const struct inbox_item *);

/* The core's side: the oldest item (free() it), or NULL. */
struct inbox_item *inbox_take(struct inbox *);

/* Refuses all further puts. */
void inbox_close(struct inbox *);

size_t inbox_depth(struct inbox *);

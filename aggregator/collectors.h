/* SPDX-License-Identifier: Apache-2.0 */
/*
 * collectors: who speaks to us, and up to where we have heard them. Each has a boot id (compared for equality only), an
 * incarnation that grows with it, and a mark: everything up to it was applied, and is committed with what it led to.
 * What comes a second time is known by the mark. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

#include "aggregator/store/run.h"
#include "common/keys.h"
#include "common/limits.h"
#include "proto/rows.pb.h"
#include "proto/wire.pb.h"

struct round_host;
struct round_reply;

enum { COLLECTORS_MAX = AUTHORIZED_MAX, BOOT_ID_BYTES = 16, INCARNATION_MS_MIN = 1000 };

struct collector {
    char name[ID_BYTES_MAX + 1];
    bool has_boot;                         /* a Hello was heard, ever */
    uint8_t boot_id[BOOT_ID_BYTES];
    uint64_t incarnation;                  /* 1 and up; the engine's boot */
    uint64_t through;                      /* applied up to this wire sequence; 0: nothing */
    int64_t incarnation_mono_ms;           /* when it last changed in this process; 0: it did not */
    int64_t last_contact_ms;               /* engine clock */
    struct run contacts;                   /* the open run of heartbeats */
    Vitals vitals;
    uint64_t dropped_seen;                 /* items it lost, summed over incarnations */
    char catalogue_digest[65];             /* of the catalogue we hold; "": none */
    char catalogue_announced[65];          /* of the last Hello */
    CollectorState state;                  /* as the engine last changed it */
    char **labels;                         /* owned: name=value facts of its host, for hosts: rules */
    size_t n_labels;
    uint32_t n_checks;                     /* registered for it */
    struct {                               /* of its key, asked again when the ring of keys changes */
        uint32_t generation;               /* 0: never asked */
        bool authorized;
        bool services;
        char public_key[KEY_TEXT_BYTES];
    } permit;
    bool touched;                          /* already among the changed ones of this round */
    struct round_host *host_update;        /* what this round brought of its host; NULL: nothing */
    void *address;                         /* owned: where it was last heard, for what is said unasked; NULL: not yet */
    size_t address_len;
    struct round_reply *ack;               /* to be sent after this round; NULL: none */
    UT_hash_handle hh;
};

struct collectors {                        /* all zero is a valid, empty one */
    struct collector *by_name;             /* owned */
};

/* Borrowed, until collectors_done. find: NULL when unknown; make: NULL when there are COLLECTORS_MAX. */
struct collector *collectors_find(const struct collectors *, const char *name);
struct collector *collectors_make(struct collectors *, const char *name);
size_t collectors_count(const struct collectors *);
void collectors_done(struct collectors *);

enum hello_outcome {
    HELLO_SAME,             /* the incarnation we know: a reconnect */
    HELLO_NEW,              /* a new incarnation, its marks start at 0 */
    HELLO_TOO_SOON,         /* another boot took this name less than a second ago: nothing changed */
};

/* A Hello of this boot. */
enum hello_outcome collector_hello(struct collector *, const uint8_t boot_id[static BOOT_ID_BYTES], int64_t mono_ms);

/* What of a batch is new. */
struct batch_part {
    uint32_t skip;          /* items at its start that were applied before */
    uint64_t through;       /* the mark when the batch is applied */
};
enum batch_outcome {
    BATCH_TAKEN,            /* *out says from where on */
    BATCH_STRANGER,         /* no Hello of this boot, or a newer one took the name: nothing changed */
    BATCH_IMPOSSIBLE,       /* sequence 0, or one that overflows */
};
enum batch_outcome collector_batch(const struct collector *, const Batch *, struct batch_part *out);

/* Takes over the vitals of a batch; returns how many items it has lost since the last. */
uint64_t collector_vitals(struct collector *, const Vitals *);

/* It spoke from there: a throw-away address of its connection. */
void collector_heard_at(struct collector *, const void *address, size_t len);

/* Keeps the labels of its host; at most LABELS_MAX. True: they are not the ones it had. */
bool collector_label(struct collector *, const HostFacts *);

/* The engine knows it no more (K5), and so do we: nothing of it is left but its name, and who it is to this round. Its
 * run must have been taken. */
void collector_forget(struct collector *);

/* Whether the engine knows it: only then it has a row. */
bool collector_is_known(const struct collector *);

/* The row, and back at start: -EBADMSG when the row's run cannot be read. */
void collector_fill(const struct collector *, CollectorRow *out);
int collector_restore(struct collector *, const CollectorRow *);

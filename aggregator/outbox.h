/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outbox: what was decided to be told and is not finished: one row a receiver, from pending to sent, dead or
 * superseded.
 *
 *     pending ─► claimed ─► sent | dead | superseded, when the receiver's kind has no message for it
 *        ▲          └─► pending (certainly not taken) | ambiguous (perhaps taken): claimed again when it is due
 *        └ superseded, while not claimed, by a newer row of the same receiver and key
 *
 * Only claimed rows may be on the wire, so after a crash exactly the claimed ones are ambiguous. A receiver's rows are
 * claimed in the order in which they were decided, up to OUTBOX_CLAIM_MAX at a time and only when none is claimed; one
 * alone while its first attempt has failed, so that what comes behind does not overtake it. Pure: rows in, changed rows
 * out.
 *
 *     outbox_add(outbox, &row, wall_ms);
 *     outbox_claim(outbox, wall_ms);
 *     while (outbox_next_changed(outbox, &row)) … store it
 *     while (outbox_next_told(outbox, &told)) … store it
 *
 * What is dead can be brought back (outbox_revive) and what waits or is dead be given up (outbox_drop) by hand; whether
 * it may is outbox_hand.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aggregator/inbox/inbox.h"
#include "proto/rows.pb.h"

enum {
    OUTBOX_UNFINISHED_MAX = 20000,               /* what comes beyond it is dead at once, with its reason */
    OUTBOX_CLAIM_MAX = 16,
    OUTBOX_ATTEMPTS_MAX = 500,                   /* with five minutes between them, more than OUTBOX_AGE_MS_MAX allows */
    OUTBOX_DELAY_MS_MAX = 3600 * 1000,           /* no attempt is put off for longer, whatever a clock says */
};
/* Since it was decided or last retried by hand; then it is dead. */
#define OUTBOX_AGE_MS_MAX ((int64_t) 24 * 3600 * 1000)

struct outbox;

struct outbox *outbox_new(void);
void outbox_free(struct outbox *);

/* At start, in order of sequence: an unfinished row (others are ignored). A claimed one becomes ambiguous and due at
 * once. */
void outbox_load(struct outbox *, const OutboxRow *);

/* At start: what a receiver was last told. */
void outbox_load_told(struct outbox *, const ToldRow *);

/*
 * A decided notification for row->receiver ("": nobody carries that channel: dead, no_sink). Its state, previous_level
 * and kind follow from what the receiver has heard: a row folds into the one that follows it, and a raise and a resolve
 * of which the receiver heard neither become nothing. Sequences grow.
 */
void outbox_add(struct outbox *, const OutboxRow *row, int64_t wall_ms);

/* Claims what is due; returns how many rows. */
uint32_t outbox_claim(struct outbox *, int64_t wall_ms);

/* What became of a claimed row. False: no such row is claimed (a report that came twice, or too late). */
bool outbox_report(struct outbox *, const struct delivery *, int64_t wall_ms);

/* A configuration in which nobody carries this receiver's name any more: its waiting rows are dead. */
void outbox_drop_receivers(struct outbox *, bool (*exists)(const void *context, const char *receiver),
                           const void *context, int64_t wall_ms);

/* A row that is not finished, or that this round finished; NULL: the store has it as it is. Borrowed until the next call. */
const OutboxRow *outbox_find(const struct outbox *, uint64_t sequence);

/* What a receiver knows of an alert, and will. */
struct outbox_knowledge {
    bool heard;                /* it was told, and not yet that it is over */
    uint64_t coming;           /* the newest row that is not finished; 0: none */
    uint64_t told;             /* the newest that was sent since the last outbox_next_told; 0: none */
};
struct outbox_knowledge outbox_knowledge(const struct outbox *, const char *receiver, const char *key);

/*
 * A finished row waits again, for row->receiver, with all its attempts before it. Nothing newer may be coming to that
 * receiver. Where the receiver has not heard of the alert, it is told as the first.
 */
void outbox_revive(struct outbox *, const OutboxRow *row, int64_t wall_ms);

/* Given up by row->dropped_by for row->dropped_reason: dead, if it was not. It is not claimed. */
void outbox_drop(struct outbox *, const OutboxRow *row, int64_t wall_ms);

/* When the next claim is due, on the wall clock; INT64_MAX: when something happens. */
int64_t outbox_due(const struct outbox *);

/* Rows and tellings that changed since they were last asked for, each once; false at the end. Borrowed until the next
 * call. */
bool outbox_next_changed(struct outbox *, const OutboxRow **out);
bool outbox_next_told(struct outbox *, const ToldRow **out);

/* Whether there are any. */
bool outbox_has_changes(const struct outbox *);

size_t outbox_unfinished(const struct outbox *);

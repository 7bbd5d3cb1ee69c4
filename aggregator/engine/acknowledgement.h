/* SPDX-License-Identifier: Apache-2.0 */
/*
 * acknowledgement: a person has seen an open alert (A1..A3). It stops reminders and what tells of nothing worse than what
 * was seen; it never stops an improvement or a resolve. It ends by itself, by a person, by the alert's getting worse, and
 * silently with the alert.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aggregator/engine/decision.h"
#include "aggregator/engine/heap.h"
#include "proto/observation.pb.h"
#include "proto/rows.pb.h"

struct alert;
struct engine;

struct ack {
    char *by;                          /* owned; "" when not told */
    char *notes;                       /* owned */
    int level;                         /* rank of the alert when it was seen */
    int64_t at_ms;
    int64_t until_ms;                  /* 0: never lapses by itself */
    bool sticky;                       /* getting worse does not end it, and is not told */
};

/* A1: a new one replaces the old. One whose time is over already lapses at once. */
void ack_command(struct engine *, const Acknowledge *, struct effects *);

/* A3, removed. */
void ack_end_command(struct engine *, const Unacknowledge *, struct effects *);

/* A3, expired; else its timer is right. An announced alert is then reminded of when the input settles. */
void ack_check(struct engine *, struct alert *, struct effects *);

/* A2: it lapses when the alert, settling at this rank, is worse than what was seen. */
void ack_follow(struct engine *, struct alert *, int level, struct effects *);

/* A2: whether a raise, escalate or reminder at this rank is stopped. ack may be NULL. */
bool ack_holds(const struct ack *, int level);

/* From and to its row. A new one; NULL: not a row of ours. */
struct ack *ack_load(const AckState *);
void ack_show(const struct ack *, AckState *out);
void ack_free(struct ack *);

/* Step 2 of a pass. */
int64_t ack_due(const struct engine *, const struct timer *);
int ack_timers_compare(const struct timer *, const struct timer *);
void ack_timers_run(struct engine *, struct timer *const *, size_t n, struct effects *);

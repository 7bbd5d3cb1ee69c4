/* SPDX-License-Identifier: Apache-2.0 */
/*
 * claims: reads from the outbox what the core has claimed, in order of sequence.
 *
 * The outbox keeps what is finished for months, so the walk begins at the lowest row that was not finished last time. Rows
 * below it can come to life again (a retry of a dead one): claims_rewind walks it whole once more.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "proto/rows.pb.h"

struct store;

struct claims {                        /* all zero: walk from the start */
    uint64_t floor;                    /* every row below was finished */
    OutboxRow row;                     /* room for one */
};

/* Sees each claimed row; borrowed for the call. No store function may be called from within. */
typedef void (*claims_visit_fn)(void *context, const OutboxRow *);

/* Shows all claimed rows. Returns how many, or a negative errno of the store (some may have been shown). */
int claims_visit(struct claims *, struct store *, claims_visit_fn, void *context);

/* The next walk begins at the first row. */
void claims_rewind(struct claims *);

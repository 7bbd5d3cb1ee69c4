/* SPDX-License-Identifier: Apache-2.0 */
/*
 * receivers: the records of those who are told, in memory; bounded by the channels that configurations have named.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "aggregator/inbox/inbox.h"
#include "proto/rows.pb.h"

struct receiver_entry;

struct receivers {                     /* all zero: none */
    struct receiver_entry *list;
};

void receivers_done(struct receivers *);

/* At start: a stored record. */
void receivers_load(struct receivers *, const ReceiverRow *);

/* An attempt came to its end; again: it was not the row's first. */
void receivers_note(struct receivers *, const char *name, const struct delivery *, bool again, int64_t wall_ms);

/* A record that changed since it was last asked for, each once; NULL at the end. Borrowed until the next note. */
const ReceiverRow *receivers_next_changed(struct receivers *);

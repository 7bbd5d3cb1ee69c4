/* SPDX-License-Identifier: Apache-2.0 */
/*
 * journal_writer: the rows of the journal that one round adds: runs that broke, and commands. Kept until the round is
 * durable, so that they can be written again when a commit fails.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "aggregator/store/run.h"
#include "aggregator/store/store.h"
#include "common/mem.h"
#include "proto/observation.pb.h"

struct journal_entry {
    uint64_t input;                /* its key */
    struct text row;               /* encoded, in the arena */
};

struct journal_writer {            /* all zero is a valid, empty one */
    struct journal_entry *entries; /* owned */
    size_t n;
    size_t cap;
    struct arena arena;
};

/* Takes an open run, which is then none; a run without inputs is nothing. collector: whose heartbeats they are, NULL for
 * observations. */
void journal_writer_take(struct journal_writer *, struct run *, const char *collector);

/* An observation that belongs to no source the engine keeps: a run of its own. */
void journal_writer_single(struct journal_writer *, const Observation *, uint64_t input, int64_t at_ms);
void journal_writer_command(struct journal_writer *, const Command *, uint64_t input, int64_t at_ms);

/* Puts all of them, in order of input. May be called again for another transaction. */
void journal_writer_write(struct journal_writer *, struct store_txn *);

/* Forgets them, keeping the room. */
void journal_writer_reset(struct journal_writer *);
void journal_writer_done(struct journal_writer *);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * journal: every input of the engine, appended in the round that took it. A row's key is the number of its (first)
 * input.
 *
 * Put inside the write transaction; as with every put, store_commit reports the first failure.
 */
#pragma once

#include <stdint.h>

#include "aggregator/store/run.h"
#include "aggregator/store/store.h"

/* One command as input number `input`, taken at `at_ms` of the engine's clock (UTC ms). */
void journal_put_command(struct store_txn *, uint64_t input, int64_t at_ms, const Command *);

/* A run of observations that has ended. The run stays the caller's; one without inputs puts nothing. */
void journal_put_run(struct store_txn *, const struct run *);

/* A run of heartbeats of this collector that has ended. */
void journal_put_heartbeats(struct store_txn *, const char *collector, const struct run *);

/* The same in two steps, for a round that may have to be written again. The row is somewhere within room. */
enum { JOURNAL_ROW_BYTES_MAX = JournalRow_size };
struct text journal_encode_command(const Command *, int64_t at_ms, uint8_t room[static JOURNAL_ROW_BYTES_MAX]);

/* Of a run that has ended; collector: whose heartbeats they are, NULL for observations. Empty when it has no inputs. Its
 * input is run->input. */
struct text journal_encode_run(const struct run *, const char *collector, uint8_t room[static JOURNAL_ROW_BYTES_MAX]);
void journal_put_encoded(struct store_txn *, uint64_t input, struct text row);

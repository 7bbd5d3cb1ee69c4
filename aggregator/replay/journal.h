/* SPDX-License-Identifier: Apache-2.0 */
/*
 * journal: the inputs of a store in the order in which its engine took them, while the daemon runs or from a copy.
 *
 * What is there when it is opened is read: the open runs at once, the rest in slices, each from a snapshot of its own, so
 * that no pages are pinned for long.
 *
 *     struct replay_journal *journal;
 *     if (replay_journal_open("/var/lib/tocsin-aggregator", NULL, &journal, &err) < 0) ...
 *     while ((r = replay_journal_next(journal, &input, &err)) == 1) ...
 *     replay_journal_close(journal);
 */
#pragma once

#include <stdint.h>

#include "aggregator/replay/base.h"
#include "aggregator/replay/input.h"
#include "common/error.h"

struct replay_journal;

/* A data directory, a store's file or a copy of one; opened for reading alone. With a base the inputs that are not part of
 * it, and -EINVAL when it is not an earlier copy of this store. 0, or a negative errno with words. */
int replay_journal_open(const char *path, const struct replay_base *, struct replay_journal **out, struct error *);

/* The journal of a store that is open here already, which stays the caller's and open until the journal is closed: a process
 * that opened its file a second time would lose LMDB's locks on it. Any thread. 0, or a negative errno with words. */
int replay_journal_borrow(struct store *, struct replay_journal **out, struct error *);

/* 1 and the next input, which replay_input_done() frees; 0 at the end; -EBADMSG and other failures with words. */
int replay_journal_next(struct replay_journal *, struct replay_input *out, struct error *);

/* The store, borrowed, for reading what stands beside the journal. */
struct store *replay_journal_store(struct replay_journal *);

/* How many inputs there are from the first that is wanted to the end, those included that are gone. */
uint64_t replay_journal_recorded(const struct replay_journal *);

/* Inputs that are gone: numbers that were passed over so far, and when the first input after the last of them came. */
struct replay_missing { uint64_t n; int64_t whole_from_ms; };
struct replay_missing replay_journal_missing(const struct replay_journal *);

/* NULL is nothing. */
void replay_journal_close(struct replay_journal *);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * journal: the inputs of a store in the order in which its engine took them, while the daemon runs or from a copy.
 *
 * What is there when it is opened is read: the open runs at once, the rest in slices, each from a snapshot of its own, so
 * that no pages are pinned for long.
 *
 *     struct replay_journal *journal;
 *     if (replay_journal_open("/var/lib/tocsin-aggregator", &journal, &err) < 0) ...
 *     while ((r = replay_journal_next(journal, &input, &err)) == 1) ...
 *     replay_journal_close(journal);
 */
#pragma once

#include <stdint.h>

#include "aggregator/replay/input.h"
#include "common/error.h"

struct replay_journal;

/* A data directory or a store's file; opened for reading alone. 0, or a negative errno with words. */
int replay_journal_open(const char *path, struct replay_journal **out, struct error *);

/* 1 and the next input, which replay_input_done() frees; 0 at the end; -EBADMSG and other failures with words. */
int replay_journal_next(struct replay_journal *, struct replay_input *out, struct error *);

/* NULL is nothing. */
void replay_journal_close(struct replay_journal *);

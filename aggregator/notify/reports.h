/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reports: tells the core what became of a message, and hears from it when that is committed.
 *
 * A completion runs on the core's thread, possibly after the notifier is gone: the box is counted and outlives both.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "aggregator/inbox/inbox.h"

struct reports;

/* wake runs on the core's thread after a completion, never after reports_close. */
struct reports *reports_new(struct inbox *, void (*wake)(void *context), void *context);

/* 0; -EAGAIN: the inbox is full, put it again later; -ESHUTDOWN: the core takes nothing any more. */
int reports_put(struct reports *, const struct delivery *);

/* The next completion: whose it is and whether it is committed. False: none waits. */
bool reports_take(struct reports *, uint64_t *sequence, bool *committed);

/* The notifier's end: no wake any more, completions to come are dropped. NULL is nothing. */
void reports_close(struct reports *);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * subject: what an active window lists, and the grace after the last of them (M3). A subject is kept only while a window
 * on it is active or its grace runs. Part of the engine; included by its files alone.
 */
#pragma once

#include <stdint.h>

#include "aggregator/engine/engine_private.h"

/* NULL: no window is active on it, and no grace runs. */
struct subject *subject_find(const struct engine *, const char *name);

/* The window has become active, or lists it now; the active ones of a subject stand in byte order of id. Both touch
 * every alert that it covers. */
void subject_attach(struct engine *, const char *name, struct window *);

/* The active window is over, or lists it no more: a grace begins when that was the last. */
void subject_detach(struct engine *, const char *name, const struct window *);

/* X3: the service of this name is no more, and has left all windows; no grace begins. */
void subject_leave(struct engine *, const char *name);

/* Lets those go that nothing holds; at the end of each step and command. */
void subject_sweep(struct engine *);

/* Ends its grace when it is over; arms its timer. */
void grace_check(struct engine *, struct subject *);
int64_t grace_due(const struct engine *, const struct timer *);
struct subject *subject_of(const struct timer *);

/* The same for all, and lets those go that nothing holds. */
void subject_check_all(struct engine *);

/* Rows: out, and in at start (-EINVAL: none of ours). */
void grace_show(const struct subject *, GraceState *out);
int grace_load(struct engine *, const GraceState *);

void subject_free_all(struct engine *);

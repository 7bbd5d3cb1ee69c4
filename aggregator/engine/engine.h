/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine: decides. The same pure code for live traffic, for replay and for tests.
 *
 * Time comes in, effects go out: no clock, no I/O, no logging, no threads, no floating point. An input is an
 * observation or a command; engine_advance fires what has fallen due. After a round the caller takes each changed row
 * once and stores it together with the decisions, in one transaction.
 *
 *     struct engine *engine = engine_new();
 *     while (store gives a row) engine_load(engine, &row);
 *     engine_configure(engine, config, now, &effects);
 *     engine_observe(engine, &observation, now, &effects);
 *     while (engine_next_closed(engine, &closed)) store_close_alert(txn, &closed);      // what is gone first: it may
 *     while (engine_next_removed(engine, &removed)) store_forget(txn, &removed);        // have come back since
 *     while (engine_next_dirty(engine, &row, &slot)) store_put_state(txn, &row);
 *
 * The cost of one observation does not grow with the number of services, sources or alerts it does not touch.
 * Rule ids (C5, N6) in the code are those of the manual's chapter on the engine.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aggregator/engine/config.h"
#include "aggregator/engine/decision.h"
#include "proto/observation.pb.h"
#include "proto/rows.pb.h"

struct engine;

/* An engine without configuration, services or time. */
struct engine *engine_new(void);
void engine_free(struct engine *);

/* At start, before the first configure: one stored row. -EINVAL: a row that no engine of ours can have written (a bound
 * exceeded, an unknown service reference is fine: configure removes it). */
int engine_load(struct engine *, const StateRow *);

/*
 * The configuration to work by (X3); borrowed until the next configure, which the caller may not free before.
 * The first call after loading is the start of this run: services of the file that are new start unset, those that are
 * gone end (N7). Registered services (hosts' checks) stay. It works at the stored clock, whatever now_ms says, so that
 * the time we were away passes with the gap that the caller feeds next (X2); a fresh engine has no clock until its
 * first input. Decisions: one config when there was a configuration before (in this run, or of another digest in the
 * stored state), then N7 and one pass.
 */
void engine_configure(struct engine *, const struct engine_config *, int64_t now_ms, struct effects *);

/* One observation that arrived at now_ms (UTC, on the engine clock, T2). Fires earlier deadlines first (T4). */
void engine_observe(struct engine *, const Observation *, int64_t now_ms, struct effects *);

/* Any other input. Command.config is not taken here: engine_configure is that input. Register is idempotent. */
void engine_command(struct engine *, const Command *, int64_t now_ms, struct effects *);

/* Fires the deadlines that are due at now_ms and moves the clock. */
void engine_advance(struct engine *, int64_t now_ms, struct effects *);

/* Something may have to act then, or INT64_MAX. Never later than it really has to, at times earlier: an observation
 * puts deadlines off, and that is looked up when they come. */
int64_t engine_deadline(const struct engine *);

/* The engine clock: time of the last input or pass, 0 before the first. */
int64_t engine_now(const struct engine *);

/* The next row that changed since it was last taken; false when there is none. For a source, *slot is its slot. */
bool engine_next_dirty(struct engine *, StateRow *out, uint32_t *slot);

/* Alerts that closed since last asked, so that their row can be deleted before changed rows are put (the same key may
 * be open again); the row is borrowed until the next engine call. */
struct engine_closed { const AlertState *alert; int64_t closed_at_ms; enum reason reason; };
bool engine_next_closed(struct engine *, struct engine_closed *out);

/* What is gone, so that its row can be deleted before changed rows are put; names are borrowed until the next input. A
 * service comes after its sources (X3, K5), a collector after what it carried. A source's slot is free for another once
 * it was told here; windows and graces go at any input and with time. */
enum engine_removed_kind {
    REMOVED_SERVICE, REMOVED_SOURCE, REMOVED_COLLECTOR, REMOVED_WINDOW, REMOVED_GRACE, REMOVED_EVIDENCE, REMOVED_MEMBER
};
struct engine_removed {
    enum engine_removed_kind kind;
    const char *service;               /* of a service or source */
    const char *source;                /* of a source; NULL: none */
    uint32_t slot;                     /* of a source; else EFFECTS_NO_SOURCE */
    const char *name;                  /* of a collector; of a window its id, of a grace or evidence its subject, of a member
                                        * its service */
    const char *area;                  /* of evidence; NULL: none */
    uint64_t incident;                 /* of a member */
};
bool engine_next_removed(struct engine *, struct engine_removed *out);

/* A source's slot: a small dense number, stable while the source lives, for a table beside the engine. */
bool engine_source_slot(const struct engine *, const char *service, const char *source, uint32_t *slot);
uint32_t engine_n_slots(const struct engine *);

/* Whether there is a maintenance window of this id, active or to come. */
bool engine_has_window(const struct engine *, const char *id);

/* V1..V4 at the engine clock; the engine must have been configured. Names are borrowed from the configuration. */
struct readiness;
void engine_readiness(const struct engine *, struct readiness *out);

/* Counts for metrics. broken_pollers: broken, not silent. */
struct engine_counts {
    size_t services, sources, collectors, open_alerts, announced_alerts, silent_collectors, broken_pollers, open_incidents;
};
void engine_count(const struct engine *, struct engine_counts *);

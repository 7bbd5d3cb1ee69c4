/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decision: what the engine decided, in the order in which it decided it; and the effects of a round that hold them.
 *
 * A decision borrows its strings: from the engine (service, source, collector names live as long as they are known) or
 * from the arena of the effects. Both are valid until the caller's next engine call that takes other effects, or
 * effects_reset, so a round is stored before the next one begins.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aggregator/engine/config.h"
#include "common/mem.h"
#include "common/status.h"

enum decision_kind {
    DECISION_STATUS, DECISION_HARD, DECISION_POLLER, DECISION_COLLECTOR, DECISION_NOTIFY, DECISION_SUPPRESS,
    DECISION_MANUAL, DECISION_DROP, DECISION_NOTE, DECISION_GAP, DECISION_CONFIG, DECISION_REJECT, DECISION_FLAP,
    DECISION_INCIDENT, DECISION_ACK, DECISION_MAINT,
};
enum { DECISION_KINDS = DECISION_MAINT + 1 };

/* The first six can be held (N5). */
enum notify_kind { NOTIFY_RAISE, NOTIFY_ESCALATE, NOTIFY_IMPROVE, NOTIFY_AGGREGATE, NOTIFY_REMINDER, NOTIFY_RESOLVE,
                   NOTIFY_FLAP_START, NOTIFY_FLAP_STOP };
enum { NOTIFY_KINDS = NOTIFY_FLAP_STOP + 1 };

/* Why something was not sent (N3, N5), or why an input was not taken (O2..O5). Words: reason_name. */
enum reason {
    REASON_NONE,
    REASON_NO_ROUTE, REASON_MAINTENANCE, REASON_MAINTENANCE_GRACE, REASON_DEPENDENCY, REASON_UPSTREAM_GRACE,
    REASON_CORRELATION_HOLD, REASON_COLLECTOR_SILENT, REASON_COLLECTOR_BLIND, REASON_POLLER_HOLD, REASON_MASS_SILENCE,
    REASON_COLLECTOR_HOLD, REASON_HIGHER_BURN_OPEN, REASON_HIGHER_BURN_RECENT, REASON_FLAPPING, REASON_ACKNOWLEDGED,
    REASON_IMPROVE_OFF, REASON_RECURRING, REASON_NOT_ANNOUNCED, REASON_DEDUP, REASON_ALERT_OPEN,       /* suppress */
    REASON_UNKNOWN_SERVICE, REASON_OLD_BOOT, REASON_DUPLICATE, REASON_OUT_OF_ORDER, REASON_LATE,       /* drop */
    REASON_CLOCK_BACK, REASON_FUTURE_CLOCK, REASON_UNWATCHED,                                          /* note */
    REASON_EXPIRED, REASON_REMOVED, REASON_ESCALATED, REASON_CONFIG_REMOVED,              /* manual, ack, resolve */
    REASON_NO_SUCH_SERVICE, REASON_NO_SUCH_MANUAL, REASON_NO_SUCH_ALERT, REASON_NO_SUCH_ACK, REASON_NO_SUCH_WINDOW,
    REASON_BAD_WINDOW, REASON_NO_SUCH_COLLECTOR, REASON_NO_SUCH_SOURCE, REASON_NO_SUCH_AREA, REASON_BAD_CONFIG,
    REASON_BAD_RECORD, REASON_EPISODE_OVER, REASON_NO_SUCH_EVIDENCE, REASON_TOO_MANY_SUBJECTS,                                                            /* reject */
};
enum { REASONS = REASON_TOO_MANY_SUBJECTS + 1 };

struct decision {
    enum decision_kind kind;
    int64_t at_ms;                     /* engine clock */
    const char *service;               /* NULL when it does not concern one; likewise below */
    const char *source;
    const char *collector;
    const char *from;                  /* words: states of a service, poller or collector */
    const char *to;
    const char *via;                   /* confirm, first, manual; of a flap ring, slow */
    uint32_t polls;                    /* of a hard */
    int64_t dwell_ms;
    enum notify_kind notify;           /* of a notify or a suppress */
    const char *key;
    const char *level;
    const char *const *channels;       /* of a notify */
    size_t n_channels;
    const char *incident;
    int64_t since_ms;
    enum status said_vendor;           /* E2, E3 */
    enum status said_probe;
    uint32_t dependents;               /* B1 */
    uint32_t tiers[3];
    int tier;                          /* the service's, of a notify */
    const char *previous;              /* level told before, NULL at a raise; not part of replay's output */
    enum reason reason;
    const char *by;
    const char *op;                    /* set, end, start, stop, open, join, lapse, …; of a reject: the input's kind */
    const char *id;                    /* of a maintenance window */
    uint32_t pct;                      /* of a flap */
    const char *const *affected;       /* D3: of a notify of a root with an active aggregate, sorted; NULL: not told */
    const uint8_t *affected_tiers;     /* of each */
    size_t n_affected;
    bool has_impact;                   /* dependents and tiers are told */
    uint32_t silent;                   /* K3: of a self notify */
    uint32_t known;
    int64_t until_ms;                  /* 0: no end */
    int64_t ms;                        /* of a gap */
    const char *const *added;          /* of a config, sorted */
    size_t n_added;
    const char *const *removed;
    size_t n_removed;
};

enum { EFFECTS_NO_SOURCE = UINT32_MAX };

/* What a round of inputs led to. All zero is a valid, empty value. */
struct effects {
    struct decision *decisions;        /* owned */
    size_t n_decisions;
    size_t cap_decisions;
    uint32_t source_slot;              /* of the last engine_observe: its source's; EFFECTS_NO_SOURCE: not known */
    bool accepted;                     /* of the last engine_observe: not dropped */
    struct arena arena;                /* strings and lists of the decisions */
};

/* Appends a zeroed decision of this kind; borrowed until the next append. */
struct decision *effects_add(struct effects *, enum decision_kind, int64_t at_ms);

/* Forgets the decisions, keeping the room. */
void effects_reset(struct effects *);

/* Frees; leaves all zero. */
void effects_done(struct effects *);

/* The words of replay's output: "status", "raise", "no_route". Static storage. */
const char *decision_kind_name(enum decision_kind);
const char *notify_kind_name(enum notify_kind);
const char *reason_name(enum reason);

/* And back, for what was stored. False: not one of them, *out unchanged. */
bool notify_kind_parse(const char *word, enum notify_kind *out);
bool reason_parse(const char *word, enum reason *out);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain: why a service's alert is told or not, gate by gate in the order in which the engine decides.
 *
 * A question, not an input: nothing of the engine changes, and nothing is remembered. What is asked of an open alert is
 * asked of a copy of what it depends on, by the functions that decide; the copy then lives on with nobody speaking, until
 * it tells something or has nothing left to wait for. So the answer is what would happen, not a second opinion on it.
 *
 *     struct explanation *why = engine_explain(engine, "github", now_ms);
 *     if (why == NULL) ...                                      // no such service
 *     explanation_free(why);
 *
 * The cost grows with the number of configured services, and only when the service's alert is open.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aggregator/engine/decision.h"
#include "aggregator/engine/outlook.h"
#include "common/params.h"

struct engine;

enum { EXPLAIN_SOURCES_MAX = 64, EXPLAIN_GATES_MAX = 16, EXPLAIN_PARAMS_MAX = 6 };

/* In their order; from GATE_ROUTE on the checks of a notification (N3). */
enum gate {
    GATE_FRESH,                        /* some source votes (E1) */
    GATE_EFFECTIVE,                    /* together they say that something is wrong (E2..E5) */
    GATE_CONFIRMED,                    /* long and often enough (C4, C5) */
    GATE_TOLD,                         /* receivers do not know it yet (N2, N6) */
    GATE_ROUTE, GATE_MAINTENANCE, GATE_DEPENDENCY, GATE_CLASS, GATE_FLAPPING, GATE_ACKNOWLEDGED, GATE_IMPROVE,
    GATE_RECURRING,
    GATE_COUNT,
};
const char *gate_name(enum gate);

enum gate_verdict { GATE_PASSES, GATE_STOPS, GATE_NOT_REACHED };

struct explained_gate {
    enum gate gate;
    enum gate_verdict verdict;
    bool asked;                        /* of a check: it applies to what is wanted */
    enum reason reason;                /* of a check that stops */
    const char *by;                    /* likewise: a window, a service, a person; NULL: nobody */
    int64_t ends_ms;                   /* likewise: by itself then; 0: not known, or not by itself */
    enum param params[EXPLAIN_PARAMS_MAX];   /* what it goes by */
    size_t n_params;
};

struct explained_source {
    const char *id;
    const char *collector;             /* NULL: nobody we track */
    bool is_probe;
    bool consulted;                    /* E5 */
    bool votes;
    enum status level;                 /* that it last said */
    const char *poller;                /* ok, broken, silent */
    uint32_t fail_streak;
    uint32_t every_s;                  /* 0: not told */
    int64_t last_any_ms;               /* when it last reported anything */
    int64_t last_ok_ms;                /* when it last reported a level; 0: never */
    int64_t stale_at_ms;               /* its vote ends then, unless it reports; 0: it has none to lose */
};

/* What was told of the open alert, and how it may go on. */
struct explained_alert {
    const char *key;
    int64_t opened_at_ms;
    const char *told;                  /* the level; NULL: not announced */
    int64_t last_sent_ms;              /* a reminder that was held counts as sent (N6) */
    const char *const *channels;       /* all that it ever used */
    size_t n_channels;
    int64_t reminder_ms;               /* 0: none is due */
    uint32_t escalations;
    const char *acknowledged_by;       /* NULL: it is not acknowledged; "": nobody said who */
    int64_t acknowledged_until_ms;     /* 0: no end */
    const char *acknowledged_level;
};

/* A notification: wanted and held, or to come. */
struct explained_notice {
    enum notify_kind kind;
    const char *level;
    const char *const *channels;
    size_t n_channels;
    int64_t at_ms;
};

/* Owns all that it points at. */
struct explanation {
    struct arena arena;
    int64_t now_ms;                    /* the engine's clock, or later where nothing was due in between */
    const char *service;
    int tier;                          /* for routing */
    bool registered;                   /* a host's check */
    const char *host_rule;             /* of one, its position from 1; "": defaults */
    bool has_manual;                   /* its status is set by hand: to E, by this person */
    const char *manual_by;
    int64_t manual_until_ms;           /* 0: no end */
    struct outlook outlook;            /* strings are copies */
    int64_t hard_since_ms;
    uint32_t flap_pct;
    struct explained_source sources[EXPLAIN_SOURCES_MAX];
    size_t n_shown;                    /* of outlook.n_sources */
    size_t n_votes;                    /* of all that are consulted */
    size_t n_consulted;
    bool has_alert;
    struct explained_alert alert;
    bool has_wanted;
    struct explained_notice wanted;    /* what the gates are asked about; channels as routing has them */
    struct explained_gate gates[EXPLAIN_GATES_MAX];
    size_t n_gates;
    size_t first_stop;                 /* index of the first gate that stops; n_gates: none */
    bool would_tell;
    struct explained_notice next;      /* if nobody says anything from now on; with would_tell */
    struct params params;              /* each as it is in force for this service */
};

/* NULL: there is no such service. now_ms: nothing was due until then. */
struct explanation *engine_explain(struct engine *, const char *service, int64_t now_ms);

/* NULL is nothing. */
void explanation_free(struct explanation *);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outlook: how one service stands in the engine, and what it is on its way to. Only reads.
 *
 *     struct outlook outlook;
 *     if (!outlook_of(engine, "github", &outlook)) ...     // no such service
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aggregator/engine/decision.h"
#include "common/limits.h"

struct engine;

/* The step of H that would take it to E (C4, C5). */
struct outlook_step {
    enum status to;
    uint32_t polls;                    /* of one source that support it so far */
    uint32_t need;                     /* polls that it takes */
    int64_t since_ms;                  /* since when E is at least so bad, or at most so bad */
    int64_t dwell_ms;                  /* that it takes */
    int64_t at_ms;                     /* since + dwell: not before */
};

/* What was suppressed and is tried again (N5). */
struct outlook_held {
    enum notify_kind kind;
    enum reason reason;
    const char *by;                    /* NULL: nobody */
};

/* Names are the engine's: valid until its next call. */
struct outlook {
    const char *service;
    enum status effective;             /* E */
    enum status hard;                  /* H; unknown: unset */
    enum status said_vendor;           /* E2 */
    enum status said_probe;            /* E3 */
    bool flapping;
    size_t n_sources;
    bool has_next;                     /* not when E is unknown, set by hand, or what H is already */
    struct outlook_step next;
    bool has_alert;                    /* its service alert is open; else the rest is zero */
    const char *level;                 /* of the alert, in words */
    bool announced;
    bool acknowledged;
    char incident[INCIDENT_BYTES_MAX + 1];    /* it belongs to; "": to none */
    bool has_held;
    struct outlook_held held;          /* the first of raise, escalate, improve, aggregate, resolve */
};

/* False: there is no such service, *out is unchanged. */
bool outlook_of(const struct engine *, const char *service, struct outlook *out);

/* One source of a service, as it stands. Names as above. */
struct outlook_source {
    const char *id;                    /* COLLECTOR/CHECK */
    const char *collector;             /* who carried its last observation; NULL: nobody we track */
    bool is_probe;
    bool silent;
    bool failed;                       /* the last observation was a fail */
    enum status level;                 /* of the last ok; unknown: there was none */
    uint32_t slot;
};

/* index < n_sources, in byte order of name. */
void outlook_source(const struct engine *, const char *service, size_t index, struct outlook_source *out);

/* The state of a source's poller: ok, broken, silent; *source takes its name. index < n_sources, in byte order of name. */
const char *outlook_poller(const struct engine *, const char *service, size_t index, const char **source);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * incident: which trouble belongs together, and when it is over (I1..I5). A service whose H leaves operational enters one:
 * the one that lists it and is open, one of what it stands on or what stands on it, its own last one when that has just
 * been resolved, or a new one. An incident lists its members for good and is resolved when none of them has an open alert.
 *
 * In memory are those that are open and those that may be reopened: the last one of some service, resolved no longer ago
 * than reopen_window_s may ever be. That is at most one a service beside the open ones. What may join is found along the
 * dependencies, what may be over by the alerts that close; nothing here walks all incidents or all services but the start.
 * Part of the engine; included by its files alone.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "aggregator/engine/engine_private.h"

struct incident {
    UT_hash_handle hh;
    uint64_t number;
    struct link members;               /* head: struct member */
    struct link dirty;
    struct link settling;              /* no member may have an open alert any more */
    struct link over;                  /* among the resolved */
    int64_t opened_at_ms;
    int64_t joined_at_ms;              /* I2: last join of any kind */
    int64_t resolved_at_ms;            /* with resolved */
    uint32_t n_members;
    uint32_t n_alerting;               /* members with an open service alert */
    uint32_t n_last;                   /* services whose last incident it is */
    uint8_t peak;                      /* rank: the worst of its members while it was open */
    bool resolved;
};

/* An incident lists a service. */
struct member {
    struct incident *incident;
    struct service *service;
    struct link among;                 /* the incident's members */
    struct link of;                    /* the service's memberships */
    struct link dirty;
    int64_t joined_at_ms;              /* the first time */
    int64_t returned_at_ms;            /* the last rejoin or reopening by it; 0: none */
};

/* I1, I5: H of the service has just gone from 0 or unset to more. Its row is the caller's to mark. */
void incident_enter(struct engine *, struct service *, struct effects *);

/* H of the service is another. */
void incident_follow(struct engine *, const struct service *);

/* Its service alert is open, or no longer is. */
void incident_alert_opened(const struct service *);
void incident_alert_closed(struct engine *, const struct service *);

/* I3: resolves those of which no member has an open service alert, in byte order of id. */
void incident_settle(struct engine *, struct effects *);

/* X3: the service is removed. Its alert must be closed. */
void incident_leave(struct engine *, struct service *);

/* The id of this number in the arena; NULL of 0. */
const char *incident_id(uint64_t number, struct arena *);

/* Likewise into a field of a row; "" of 0. */
void incident_id_render(uint64_t number, char out[static INCIDENT_BYTES_MAX + 1]);

/* Rows, in any order; -EINVAL: none that we can have written. incident_loaded puts them together, at the first configure. */
int incident_load(struct engine *, const IncidentState *);
int incident_load_member(struct engine *, const MemberState *);
void incident_loaded(struct engine *);
void incident_show(const struct incident *, IncidentState *out);
void member_show(const struct member *, MemberState *out);

/* Frees all of them. */
void incident_done(struct engine *);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dependency: what fails because of what (D1..D7). A bad service explains the bad ones that stand on it; a root that
 * explains enough of them answers for all in one message, its aggregate, and theirs wait for it.
 *
 * What depends on H of other services is looked at when one of them changes: dependency_stir at the change,
 * dependency_settle before the alerts are. Registered services are leaves without dependencies.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "aggregator/engine/decision.h"
#include "aggregator/engine/graph.h"

struct alert;
struct engine;
struct route_question;
struct service;
struct wanted;

/* D2, D3: of a root. All zero: none. */
struct aggregate {
    int64_t since_ms;          /* when it became active */
    uint8_t tier;              /* most critical of the root and all it explains, when last compared or told */
    uint8_t level;             /* rank: worst of them */
    bool active;
    bool owed;                 /* receivers have not heard of it, or not of how loud it has become */
};

/* What has changed among those that a root explains, until the input settles. All zero: nothing has. */
struct stirred {
    uint8_t tier;              /* most critical of the one that changed and all bad ones that stand on it; none is bad: 255 */
    uint8_t level;             /* rank: worst of them */
    bool one;                  /* one has changed */
    bool all;                  /* more have, or the root itself: all that it explains is to be looked at */
};

/* D4..D6: of a service's alert. All zero: never held. */
struct dependency {
    int64_t grace_until_ms;    /* D5 */
    int64_t held_since_ms;     /* D6, with held */
    bool suppressed;           /* the raise or escalate last looked at was held by D4 */
    bool graced;               /* D5 was given once */
    bool held;                 /* D6 began once */
};

/* Takes the graph of the engine's new configuration over; every service is looked at when the input settles. */
void dependency_configure(struct engine *);

/* H of this one has changed: what that may concern, above and below, is looked at when the input settles. */
void dependency_stir(struct engine *, struct service *);

/* D2, D3: aggregates begin, end, and are owed again. Before any alert is settled. */
void dependency_settle(struct engine *);

/* D1: the bad services that this one explains (GRAPH_DEPENDENTS), or that explain it (GRAPH_DEPENDENCIES). How many;
 * they stand in engine->kin until the next call. */
uint32_t dependency_kin(struct engine *, const struct service *, enum graph_way);

/* The other bad services that reach this one and are reached by it; likewise. */
uint32_t dependency_mates(struct engine *, const struct service *);

/* N3, check 3 of class service. Remembers with the alert what D5 and D6 count from. *by: whom it waits for. */
enum reason dependency_check(struct engine *, const struct wanted *, const char **by);

/* D4: of those with an active aggregate that explain this service, the one that answers for it; NULL: none. */
const struct service *dependency_answering(struct engine *, const struct service *);

/* When a hold or a grace of this alert ends; 0: none is running. */
int64_t dependency_hold_ends(const struct engine *, const struct alert *);

/* D3: the alert's service owes its receivers an aggregate. */
bool dependency_owes(const struct alert *);

/* D3: a raise, escalate or aggregate has been sent. */
void dependency_paid(struct engine *, struct alert *);

/* D7: a root is routed as loud as those it answers for. */
void dependency_amplify(struct engine *, const struct alert *, struct route_question *);

/* D3: names the affected in a notify that tells the impact, while the aggregate is active. */
void dependency_describe(struct engine *, const struct alert *, struct decision *, struct effects *);

/* Frees what dependency_configure made. */
void dependency_done(struct engine *);

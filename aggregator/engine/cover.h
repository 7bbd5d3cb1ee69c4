/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cover: who is covered by planned work (M2), and whom a change of it touches. Whoever notifies without an alert (a
 * notice of flapping) asks by what the alert would be:
 *
 *     struct covered what = {.class = ALERT_FLAP, .key = key, .service = service};
 *     struct cover cover = cover_of(engine, &what);
 *     if (cover.reason != REASON_NONE) …    // maintenance, by cover.by; or maintenance_grace
 *
 * Without maintenance a question costs nothing. Part of the engine; included by its files alone.
 */
#pragma once

#include <stdbool.h>

#include "aggregator/engine/engine_private.h"

/* What a window may cover: by its key; by its service; by its collector; and, unless it is of class self, by "*". */
struct covered {
    enum alert_class class;
    const char *key;                       /* of the alert, open or not */
    const struct service *service;         /* of a service, slo, flap or poller alert; NULL: none */
    const struct collector *collector;     /* of a poller's source, of a collector alert; NULL: none */
};

struct cover {
    enum reason reason;                    /* REASON_NONE, REASON_MAINTENANCE or REASON_MAINTENANCE_GRACE */
    const char *by;                        /* of the former: the smallest id of a window; borrowed until the next input */
};

/* M2, M3: whether it is in maintenance now, or in the grace after one. */
struct cover cover_of(const struct engine *, const struct covered *);

/* What an open alert is to cover_of; keys, services and collectors are borrowed from it. */
struct covered cover_question(const struct alert *);

/* What covers an open alert may have changed, or it is new: counts it anew (K3, K6). */
void cover_review(struct engine *, struct alert *);

/* M4: whether a window that is active now takes this service's time out of what is counted. */
bool cover_excludes(const struct engine *, const struct service *);

/* Every open alert that this subject (a service id, an alert's key, "*") covers is touched and counted anew; the time of
 * the services may count otherwise from now on. */
void cover_touch(struct engine *, const char *subject);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * roster: the services that exist because a host checks them. Nobody declares a host: an authorised collector names its
 * checks, by its catalogue or by speaking of them, and each becomes the service NAME:CHECK with the tier and parameters
 * of the first hosts: rule that matches. Pure: says what is to be registered; the core tells the engine.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <uthash.h>

#include "aggregator/collectors.h"
#include "aggregator/config/config.h"
#include "common/limits.h"
#include "proto/observation.pb.h"
#include "proto/rows.pb.h"

enum { ROSTER_CHECKS_MAX = 4096 };             /* of one host */

struct roster_entry {
    uint32_t tier;
    uint32_t rule;                             /* position of the hosts: rule from 1; 0: the defaults */
    UT_hash_handle hh;
    char service[];                            /* NAME:CHECK */
};

struct roster {                                /* all zero is a valid, empty one */
    struct roster_entry *entries;              /* owned, by service */
};

enum roster_outcome {
    ROSTER_KNOWN,
    ROSTER_NEW,                                /* *out is to be given to the engine */
    ROSTER_FULL,                               /* this host has ROSTER_CHECKS_MAX checks already */
};

/* Whether this host's check is registered; if not, it is from now on. service: NAME:CHECK, NAME being the collector's.
 */
enum roster_outcome roster_register(struct roster *, const struct aggregator_config *, struct collector *,
                                    const char *service, Register *out);

/* At start: a stored service; configured ones are ignored. owner: its collector, NULL when there is no row of it. */
void roster_load(struct roster *, const ServiceState *, struct collector *owner);

/* Another configuration: calls again for each service whose tier or rule is another now. */
void roster_reconfigure(struct roster *, const struct aggregator_config *, const struct collectors *,
                        void (*again)(void *context, const Register *), void *context);

/* A service that is gone. Whether it was one of ours. */
bool roster_forget(struct roster *, const char *service);
void roster_done(struct roster *);

/* The host's part of NAME:CHECK into a name of ID_BYTES_MAX; false: a configured service. */
bool roster_host_of(const char *service, char name[static ID_BYTES_MAX + 1]);

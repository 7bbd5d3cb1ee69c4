/* SPDX-License-Identifier: Apache-2.0 */
/*
 * prober: runs the probes: the host's own in one turn each, the configured ones each on its own schedule.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "common/error.h"
#include "proto/wire.pb.h"

struct collector_config;
struct egress_check;
struct http_client;
struct prober;

struct prober_options {
    uv_loop_t *loop;
    const struct collector_config *config;   /* borrowed until prober_stop has called back */
    struct http_client *http;                /* likewise */
    struct egress_check *egress;             /* likewise; NULL: our own way out is not looked after */
    uint64_t seed;                           /* of the jitter */
    bool once;                               /* every probe once (rates over one second); then `finished` */
    void (*emit)(void *context, const Item *);   /* a Report of kind probe, and for the host's own checks Metrics; borrowed */
    void (*finished)(void *context);         /* with `once`; may be NULL otherwise */
    void (*catalogue_changed)(void *context);   /* mounts came or went: prober_catalogue says something else now; may be NULL */
    void *context;
};

/* Starts probing. Negative errno with words. */
int prober_start(const struct prober_options *, struct prober **out, struct error *);

/* Runs each configured probe of a longer interval than this within the next seconds, besides its schedule: whether it can see
 * again is not worth waiting for. */
void prober_hurry(struct prober *, int64_t longer_than_ms);

/* Ends what runs (without emitting), closes the handles, frees, calls back on the loop. */
void prober_stop(struct prober *, void (*stopped)(void *context), void *context);

/* What this configuration will speak of: the host's checks as they are now, the configured probes, and, where services are
 * polled, their feeds (check "feed") and probes. *out is the caller's to free(). */
void prober_catalogue(const struct collector_config *, Source **out, size_t *n);

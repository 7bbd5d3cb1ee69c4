/* SPDX-License-Identifier: Apache-2.0 */
/*
 * poll: asks the vendors' pages, each on its own schedule, and says what they say.
 *
 * One URL is fetched once and fanned out to the services that read it, one request a host at a time, conditional; equal
 * bytes are not parsed again. A host that keeps failing is not asked for a while (collector/page_host.h). Whatever happens,
 * each due poll of each service ends in one item: a level, or a fail with its reason.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "common/error.h"
#include "proto/wire.pb.h"

struct collector_config;
struct egress_check;
struct http_client;
struct poller;

struct poller_options {
    uv_loop_t *loop;
    const struct collector_config *config;   /* borrowed until poller_stop has called back */
    struct http_client *http;                /* likewise */
    struct egress_check *egress;             /* likewise; NULL: our own way out is not looked after */
    uint64_t seed;                           /* of the jitter */
    bool once;                               /* every feed once, at once; then `finished` */
    void (*emit)(void *context, const Item *);   /* a Report of kind vendor, check "feed"; or an item of the vendor's page, or
                                                  * the list of those on it. Borrowed for the call */
    void (*finished)(void *context);         /* with `once`; may be NULL otherwise */
    void *context;
};

/* Starts polling. Negative errno with words. */
int poller_start(const struct poller_options *, struct poller **out, struct error *);

/* Polls this service at once, out of turn, or right after the poll of it that is under way; unknown ids, and one whose host is
 * not to be asked (its breaker is open, or it wishes so) are left alone. */
void poller_poll_now(struct poller *, const char *service);

/* Our way out is open again: each page of a longer interval than this is asked within the next seconds, and no breaker holds
 * it for what failed meanwhile. */
void poller_hurry(struct poller *, int64_t longer_than_ms);

/* Says once more what all pages list: the aggregator may not have heard it. */
void poller_say_items_again(struct poller *);

/* Its counters since the start and what is held now, into the fields that are the poller's; the others are left alone. */
void poller_vitals(const struct poller *, Vitals *out);

/* Ends what runs (without emitting), closes the handles, frees, calls back on the loop. */
void poller_stop(struct poller *, void (*stopped)(void *context), void *context);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dispatch: which message goes to which receiver now. One receiver is one URL (at
 * PagerDuty one routing key); it has at most one message between the wire
 * and the commit of its report, so order holds and no row is sent twice while its report waits.
 *
 * Lives on the notifier's loop.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "aggregator/config/config.h"
#include "aggregator/notify/reports.h"
#include "common/http_client.h"

struct store;
struct dispatch;

struct dispatch_options {
    struct store *store;               /* borrowed, as all below, until dispatch_free */
    struct http_client *client;
    struct reports *reports;
    void (*again)(void *context);      /* an answer came: another turn, please */
    void *context;
};

struct dispatch *dispatch_new(const struct dispatch_options *);
/* No transfer may be under way. NULL is nothing. */
void dispatch_free(struct dispatch *);

/* Rows were claimed since the last turn. */
void dispatch_woken(struct dispatch *);

/* The core has committed (or refused, while stopping) the report on this row. */
void dispatch_reported(struct dispatch *, uint64_t sequence, bool committed);

/* Sends what may go now. Returns milliseconds until something more may go, -1 when nothing waits for time alone, or a
 * negative errno below -1 of the store. */
enum { DISPATCH_NOTHING = -1 };
int64_t dispatch_turn(struct dispatch *, const struct aggregator_config *);

/* Sends nothing new; puts reports that a full inbox refused. Returns how many are still held. */
size_t dispatch_flush(struct dispatch *);

/* Messages on the wire; receivers whose report is not yet committed (those on the wire included). */
size_t dispatch_flying(const struct dispatch *);
size_t dispatch_busy(const struct dispatch *);

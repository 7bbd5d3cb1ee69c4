/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rig: the HTTP side on a real store and real sockets, with a thread in the core's place that applies what it can tell of an
 * inbox item, commits, and completes.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "aggregator/api/api.h"
#include "aggregator/config/config.h"
#include "aggregator/inbox/health.h"
#include "aggregator/inbox/inbox.h"
#include "aggregator/store/store.h"
#include "temporary.h"

struct rig {
    struct temporary disk;
    struct aggregator_config *config;
    struct health *health;
    struct inbox *inbox;
    struct api *api;
    pthread_t core;
    pthread_mutex_t lock;              /* guards store writes and the next three */
    pthread_cond_t woken;
    bool items, stop;
    uint64_t round;
    uint32_t sequence;                 /* of timeline keys */
    int64_t skipped_ms;                /* so far, see rig_pass */
    _Atomic bool held;                 /* the core takes nothing */
    _Atomic int audited;               /* items with an audit row */
    _Atomic bool past_held;            /* a question about the past stays without an answer */
    _Atomic int past_asked, past_answered;
    _Atomic int polls;                 /* INBOX_POLL, and why the last was asked for */
    char poll_why[POLL_WHY_BYTES_MAX + 1];
    char dropped[320];                 /* INBOX_DROP: by whom and why, the last */
    _Atomic int refusals;              /* INBOX_SECURITY */
    char word[320];                    /* what rig_word showed */
};

/* A text that the core writes (poll_why, dropped), once it is done with what it has taken; until the next call. */
const char *rig_word(struct rig *, const char *text);

/* Services acme, shop (depends on acme) and payroll ("Payroll <&> Co"); more is YAML for the http section. */
void rig_start(struct rig *, const char *more);
void rig_stop(struct rig *);

/* Commits a state of a service and a timeline row that tells it. */
void rig_set(struct rig *, const char *service, Level);

/* Commits an alert: open, or over since closed_at_ms. The engine's part of acknowledging is played by the rig. */
void rig_put_alert(struct rig *, const AlertState *, int64_t closed_at_ms);

/* Commits a notification. Of retries and drops the rig knows that 7 is dead and 8 on the wire. */
void rig_put_outbox(struct rig *, const OutboxRow *);

/* Commits an incident and its members: the first joined as it opened, each of the others a second later. */
struct rig_incident { IncidentState row; const char *members[4]; };
void rig_put_incident(struct rig *, const struct rig_incident *);

/* Commits what a source has said last, of a configured service. */
void rig_put_source(struct rig *, const SourceRow *);

/* Commits what is known of a vendor's item: its row, and its versions, numbered from first. */
void rig_put_vendor_item(struct rig *, const VendorItemRow *, const VendorVersionRow *versions, size_t n);

/* Commits one row of the timeline. */
void rig_put_row(struct rig *, int64_t at_ms, const TimelineRow *);

/* Says whether a window that was set is active: the engine's part, which the rig plays by its word alone. */
void rig_set_window(struct rig *, const char *id, bool active);

/* Commits n timeline rows more. */
void rig_add_rows(struct rig *, int n);

/* Lets time pass for deadlines; with failpoints built in at once, otherwise by waiting for it. */
void rig_pass(struct rig *, int64_t ms);

/* One request on a connection of its own; the whole answer, headers and all, to be freed. NULL text: nothing came. */
struct answer {
    int status;
    char *text;                        /* NUL-terminated */
    size_t len;
    const char *body;
};
struct answer rig_ask(struct rig *, const char *request);
struct answer rig_get(struct rig *, const char *path, const char *headers);
struct answer rig_delete(struct rig *, const char *path, const char *headers);
struct answer rig_post(struct rig *, const char *path, const char *headers, const char *body);

/* Fails the test unless the answer has this status, and this part in it (NULL: whatever it says); frees it. */
void rig_expect(struct answer, int status, const char *part, const char *says);

/* The value of a header, in static memory; "" when it is not there. */
const char *answer_header(const struct answer *, const char *name);
void answer_done(struct answer *);

/* A connected socket. */
int rig_connect(struct rig *);

#define RIG_TOKEN "toc_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define RIG_ADMIN "Authorization: Bearer an-operator-chose-this-0123456789\r\n"

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verdict: what an answer, or the lack of one, says about the message. Pure.
 *
 *   an answer 2xx                       sent, with the receiver's words as receipt
 *   408, 425, 429, 3xx, 5xx             retry, Retry-After obeyed up to 15 minutes
 *   any other 4xx                       dead, with the receiver's words (invalid_payload, no_service)
 *   no answer, request not written      retry
 *   no answer, request written          ambiguous: it may have been taken
 *
 * A kind of receiver may be stricter about what 2xx means. How often and how long a message is tried at all is the core's
 * to decide.
 */
#pragma once

#include <stdint.h>

#include "aggregator/inbox/inbox.h"
#include "common/http_client.h"
#include "common/rng.h"
#include "proto/rows.pb.h"

/* What an answer (its status is not 0) of one kind of receiver means: sent, retry or dead. */
typedef enum delivery_outcome (*verdict_answer_fn)(const struct http_reply *);

/* A web page in place of its "ok" is a portal's or a proxy's: retry. */
enum delivery_outcome verdict_slack(const struct http_reply *);

/* Receivers of all sorts: any 2xx will do. */
enum delivery_outcome verdict_webhook(const struct http_reply *);

/* Only 202 is PagerDuty's own; any other 2xx is somebody else's: retry. */
enum delivery_outcome verdict_pagerduty(const struct http_reply *);

struct attempt {
    const OutboxRow *row;
    const struct http_reply *reply;
    verdict_answer_fn judge;
    int64_t now_ms;                    /* wall clock */
};

/* The report on this attempt; *hold_ms is how long the receiver is to be left alone (0: its usual gap). */
struct delivery verdict_of(const struct attempt *, struct rng *, int64_t *hold_ms);

/* The report on a row that cannot be sent at all. */
struct delivery verdict_dead(const OutboxRow *row, const char *reason);

/* The report on a row that needs no message to this kind of receiver. */
struct delivery verdict_needless(const OutboxRow *row, const char *reason);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verdict: what an answer, or the lack of one, says about the message. Pure.
 *
 *   an answer 2xx                       sent, with the receiver's words as receipt
 *   2xx, but a web page                 retry: a portal or proxy answered, not the receiver
 *   408, 429, 3xx, 5xx                  retry, Retry-After obeyed up to 15 minutes
 *   any other 4xx                       dead, with the receiver's words (invalid_payload, no_service)
 *   no answer, request not written      retry
 *   no answer, request written          ambiguous: it may have been taken
 *
 * How often and how long a message is tried at all is the core's to decide.
 */
#pragma once

#include <stdint.h>

#include "aggregator/inbox/inbox.h"
#include "common/http_client.h"
#include "common/rng.h"
#include "proto/rows.pb.h"

/* The report on this attempt at row; *hold_ms is how long the receiver is to be left alone (0: its usual gap). */
struct delivery verdict_of(const OutboxRow *row, const struct http_reply *, int64_t now_wall_ms, struct rng *,
                           int64_t *hold_ms);

/* The report on a row that cannot be sent at all. */
struct delivery verdict_dead(const OutboxRow *row, const char *reason);

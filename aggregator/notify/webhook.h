/* SPDX-License-Identifier: Apache-2.0 */
/*
 * webhook: a notification as a POST to whoever wants one: the facts as JSON, CloudEvents 1.0 in binary mode, a key by which
 * a repeat is recognised, and a signature where there is a secret. Pure.
 *
 *     Content-Type: application/json
 *     Idempotency-Key: LINEAGE-SEQUENCE         the same in each attempt at a row
 *     ce-specversion: 1.0
 *     ce-id, ce-source, ce-type, ce-subject, ce-time
 *     X-Tocsin-Timestamp: 1763718242            of this attempt, seconds since 1970
 *     X-Tocsin-Signature: v1=HEX                HMAC-SHA256 of "TIMESTAMP.BODY"
 */
#pragma once

#include <stdint.h>

#include "aggregator/notify/channel.h"
#include "common/text.h"

enum { WEBHOOK_SIGNATURE_BYTES = 65 };

/* As channel_type.render. */
int webhook_render(const struct channel_occasion *, struct channel_message *, struct error *);

/* The signature's hex of a body sent at this time. */
void webhook_sign(const char *secret, int64_t at_s, struct text body, char out[static WEBHOOK_SIGNATURE_BYTES]);

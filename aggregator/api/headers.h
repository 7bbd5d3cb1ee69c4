/* SPDX-License-Identifier: Apache-2.0 */
/*
 * headers: what the HTTP library lets through and we do not. Pure.
 *
 * libmicrohttpd 0.9.75 takes a Content-Length beside a Transfer-Encoding, two different lengths, two hosts, names with a
 * blank before the colon: what a proxy in front reads otherwise is a second request smuggled past it. All of that is
 * refused here, before any other header is believed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/text.h"

enum { REQUEST_ID_BYTES_MAX = 64, IDEMPOTENCY_KEY_BYTES_MAX = 64 };

/* The headers we use; values borrowed from the connection until the request is over. All zero is none seen. */
struct headers {
    struct text authorization, if_none_match, accept_encoding, content_type, content_length, transfer_encoding, host,
        request_id, idempotency_key, last_event_id, expect,
        statuspage_signature, hub_signature, signature;    /* X-Statuspage-Signature, X-Hub-Signature-256, X-Signature */
    uint32_t seen;                  /* one bit a known header */
    size_t n;
    const char *refused;            /* the first fault, in words; static */
};

/* Takes one header as received. */
void headers_add(struct headers *, struct text name, struct text value);

/* After the last one: NULL, or why the request is refused (400 and close). */
const char *headers_check(const struct headers *, const char *method, const char *version);

/* Whether the caller takes gzip (q=0 is a no). */
bool headers_accept_gzip(const struct headers *);

/* Whether this entity tag (quotes included) is among those of If-None-Match. */
bool headers_match_tag(const struct headers *, const char *tag);

/* Whether the body is application/json, parameters aside. */
bool headers_are_json(const struct headers *);

/* The caller's request id: 1..64 of [A-Za-z0-9._:-]; false when there is none such. */
bool headers_request_id(const struct headers *, char out[static REQUEST_ID_BYTES_MAX + 1]);

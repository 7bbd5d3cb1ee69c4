/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http: what an HTTP probe makes of an answer, and of none. Pure; common/http_client fetches.
 */
#pragma once

#include <stdint.h>

#include "collector/probes/probe.h"
#include "common/http_client.h"
#include "common/registry.h"

enum { HTTP_PROBE_BODY_BYTES = 1 << 20 };

/* The request of a probe: one GET, private addresses allowed, a redirect is the answer. Strings are borrowed from entry. */
struct http_request http_probe_request(const struct probe_entry *);

/* now_ms: wall clock, for the age of the certificate. */
void http_judge(const struct probe_entry *, const struct http_reply *, int64_t now_ms, struct verdict *);

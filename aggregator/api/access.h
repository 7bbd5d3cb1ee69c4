/* SPDX-License-Identifier: Apache-2.0 */
/*
 * access: may this request use this endpoint. What auth.h knows, applied: throttled, counted, and told to the core.
 */
#pragma once

#include "aggregator/api/problem.h"
#include "aggregator/api/request.h"

struct endpoint;

/* 0 and the caller is set in the request, or -EPROTO and a problem (401, 403, 429). */
int access_check(struct request *, const struct endpoint *, struct problem *);

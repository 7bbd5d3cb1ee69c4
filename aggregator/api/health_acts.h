/* SPDX-License-Identifier: Apache-2.0 */
/*
 * health_acts: what orchestrators ask, without a token, without the store, without waiting. See act_fn.
 */
#pragma once

#include "aggregator/api/problem.h"
#include "aggregator/api/reply.h"
#include "aggregator/api/request.h"

int health_live(struct request *, struct reply *, struct problem *);        /* GET /healthz: the core's loop turns */
int health_readiness(struct request *, struct reply *, struct problem *);   /* GET /readyz: every part is ready */
int health_plain(struct request *, struct reply *, struct problem *);       /* GET /health: uptime and store */

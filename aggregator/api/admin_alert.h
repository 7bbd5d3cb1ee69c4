/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_alert: somebody takes an open alert upon himself, or gives it back.
 */
#pragma once

#include "aggregator/api/problem.h"
#include "aggregator/api/reply.h"
#include "aggregator/api/request.h"
#include "aggregator/inbox/inbox.h"

/* POST and DELETE /api/admin/alerts/{id}/acknowledge. See act_fn. */
int admin_acknowledge(struct request *, struct reply *, struct problem *);
int admin_unacknowledge(struct request *, struct reply *, struct problem *);

/* Says which of the three refusals of the engine it was: never there, over, or not acknowledged. -EPROTO. */
int admin_alert_refused(const struct request *, enum inbox_outcome, struct problem *);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin: the writes. Each becomes one inbox item with its audit row; the answer is given after the commit that contains it.
 */
#pragma once

#include "aggregator/api/problem.h"
#include "aggregator/api/reply.h"
#include "aggregator/api/request.h"

/* POST /api/admin/status, tokens, collectors, reload; DELETE /api/admin/tokens/{name}. See act_fn. */
int admin_status(struct request *, struct reply *, struct problem *);
int admin_token_create(struct request *, struct reply *, struct problem *);
int admin_token_revoke(struct request *, struct reply *, struct problem *);
int admin_collector(struct request *, struct reply *, struct problem *);
int admin_reload(struct request *, struct reply *, struct problem *);

/* After the wait: what became of it. 0, or -EPROTO and a problem. */
int admin_answer(struct request *, struct reply *, struct problem *);

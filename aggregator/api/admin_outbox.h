/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_outbox: notifications sent again or given up by hand (outbox_hand.h says which may be).
 */
#pragma once

#include "aggregator/api/problem.h"
#include "aggregator/api/reply.h"
#include "aggregator/api/request.h"
#include "aggregator/inbox/inbox.h"

/* POST /api/admin/outbox/{sequence}/retry: nothing in the body. */
int admin_outbox_retry(struct request *, struct reply *, struct problem *);

/* POST /api/admin/outbox/retry: {"channel": NAME}: its dead ones that may be, at most INBOX_ROWS_MAX at once, oldest first. */
int admin_outbox_retry_all(struct request *, struct reply *, struct problem *);

/* POST /api/admin/outbox/{sequence}/drop: {"reason": WORDS}. */
int admin_outbox_drop(struct request *, struct reply *, struct problem *);

/* INBOX_NO_SUCH_ROW and INBOX_UNFIT as a problem. */
int admin_outbox_refused(const struct request *, const struct inbox_result *, struct problem *);

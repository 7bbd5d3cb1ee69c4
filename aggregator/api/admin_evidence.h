/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_evidence: the write that says what was proven.
 */
#pragma once

#include "aggregator/api/problem.h"
#include "aggregator/api/reply.h"
#include "aggregator/api/request.h"
#include "aggregator/inbox/inbox.h"

/* POST /api/admin/evidence; see act_fn. */
int admin_evidence(struct request *, struct reply *, struct problem *);

/* Why the engine did not take it: INBOX_NO_SUCH_AREA, INBOX_NO_SUCH_EVIDENCE or INBOX_TOO_MANY_SUBJECTS. */
int admin_evidence_refused(const struct request *, enum inbox_outcome, struct problem *);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_forget: a host is gone for good, or one source of a service is.
 */
#pragma once

#include "aggregator/api/problem.h"
#include "aggregator/api/reply.h"
#include "aggregator/api/request.h"

/* DELETE /api/admin/collectors/{name}, DELETE /api/admin/services/{id}/sources/{source}. See act_fn. */
int admin_forget_collector(struct request *, struct reply *, struct problem *);
int admin_forget_source(struct request *, struct reply *, struct problem *);

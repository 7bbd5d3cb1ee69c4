/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_maintenance: somebody plans work, or is done with it.
 */
#pragma once

#include "aggregator/api/problem.h"
#include "aggregator/api/reply.h"
#include "aggregator/api/request.h"

/* POST /api/admin/maintenance, DELETE /api/admin/maintenance/{id}. See act_fn. */
int admin_maintenance(struct request *, struct reply *, struct problem *);
int admin_maintenance_end(struct request *, struct reply *, struct problem *);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * admin_write: what every write does on its way: its body is JSON, its caller stands in the audit, its Idempotency-Key is
 * taken, and it waits for its commit.
 *
 *     struct inbox_item item = {.kind = INBOX_COMMAND, .answer = answer_status, .status = 200};
 *     …
 *     admin_write_sign(request, &item, "status.set", "shop");
 *     admin_write_wait(request, "shop", "degraded");
 *     return admin_write_put(request, &item, problem);
 */
#pragma once

#include "aggregator/api/problem.h"
#include "aggregator/api/request.h"
#include "aggregator/inbox/inbox.h"

/* A body that is there is application/json. -EPROTO and a problem. */
int admin_write_want_json(const struct request *, struct problem *);

/* Fills what every item carries of its caller. */
void admin_write_sign(const struct request *, struct inbox_item *, const char *action, const char *resource);

/* The key, and the digest that a repeat must have too: method, path and body. -EPROTO and a problem. */
int admin_write_take_key(const struct request *, struct inbox_item *, struct problem *);

/* The request's waiter; the item's answer finds subject and word there, both may be cut. */
void admin_write_wait(struct request *, const char *subject, const char *word);

/* Into the inbox, where the item is copied, with the connection's wait. ACT_WAITING, or -EPROTO and a problem. */
int admin_write_put(struct request *, struct inbox_item *, struct problem *);

/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/admin_write.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "aggregator/api/admin.h"
#include "aggregator/api/api_private.h"
#include "aggregator/api/endpoints.h"
#include "aggregator/api/waiter.h"

int admin_write_want_json(const struct request *request, struct problem *problem)
{
    if (request->body.len > 0 && !headers_are_json(&request->headers))
        return problem_set(problem, PROBLEM_MEDIA_TYPE, "the body's Content-Type must be application/json");
    return 0;
}

void admin_write_sign(const struct request *request, struct inbox_item *item, const char *action, const char *resource)
{
    AuditRow *audit = &item->audit;

    item->has_audit = true;
    (void) text_copy(item->who, sizeof item->who, text_of(request->caller.who));
    (void) text_copy(audit->who, sizeof audit->who, text_of(request->caller.who));
    (void) text_copy(audit->role, sizeof audit->role, text_of(role_name(request->caller.role)));
    (void) text_copy(audit->action, sizeof audit->action, text_of(action));
    (void) text_copy(audit->resource, sizeof audit->resource, text_of(resource));
    (void) text_copy(audit->request_id, sizeof audit->request_id, text_of(request->id));
    (void) text_copy(audit->address, sizeof audit->address, text_of(request->peer->address));
}

int admin_write_take_key(const struct request *request, struct inbox_item *item, struct problem *problem)
{
    struct text key = request->headers.idempotency_key;
    crypto_hash_sha256_state state;

    if (key.len == 0)
        return 0;
    if (key.len > IDEMPOTENCY_KEY_BYTES_MAX)
        return problem_set(problem, PROBLEM_MALFORMED, "the Idempotency-Key has %zu bytes, at most %d", key.len,
                           IDEMPOTENCY_KEY_BYTES_MAX);
    memcpy(item->idempotency_key, key.at, key.len);
    (void) crypto_hash_sha256_init(&state);
    (void) crypto_hash_sha256_update(&state, (const uint8_t *) request->method, strlen(request->method) + 1);
    (void) crypto_hash_sha256_update(&state, (const uint8_t *) request->path, strlen(request->path) + 1);
    (void) crypto_hash_sha256_update(&state, (const uint8_t *) request->body.bytes, request->body.len);
    (void) crypto_hash_sha256_final(&state, item->request_digest);
    return 0;
}

int admin_write_put(struct request *request, struct inbox_item *item, struct problem *problem)
{
    struct waiter *waiter = request->waiter;

    item->complete = waiter_complete;
    item->context = waiter;
    int r = inbox_put(request->api->inbox, item);
    if (r == 0)
        return ACT_WAITING;

    waiter_drop(waiter);                     /* the item's reference; ours goes with the request */
    problem->retry_after_s = 1;
    return problem_set(problem, PROBLEM_UNAVAILABLE,
                       r == -ESHUTDOWN ? "the aggregator is stopping" : "too many writes are waiting; nothing happened");
}

void admin_write_wait(struct request *request, const char *subject, const char *word)
{
    request->waiter = waiter_new(request->api->waiters, request->connection);
    request->waiter->finish = admin_answer;
    (void) text_copy(request->waiter->subject, sizeof request->waiter->subject, text_of(subject));
    (void) text_copy(request->waiter->word, sizeof request->waiter->word, text_of(word));
}

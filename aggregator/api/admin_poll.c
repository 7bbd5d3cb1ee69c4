/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/admin_poll.h"

#include <stdio.h>

#include "aggregator/api/admin_body.h"
#include "aggregator/api/admin_write.h"
#include "aggregator/api/waiter.h"
#include "common/clock.h"
#include "common/mem.h"

/* On the core's thread. A configured service's id needs no escaping. */
static size_t answer(void *context, const struct inbox_result *result, char *body, size_t cap)
{
    const struct waiter *waiter = context;
    char at[RFC3339_BYTES];

    int len = snprintf(body, cap, "{\"service_id\":\"%s\",\"asked\":%u,\"put_off\":%s,\"round\":%llu,\"at\":\"%s\"}",
                       waiter->subject, result->asked, result->put_off ? "true" : "false", (unsigned long long) result->round,
                       clock_to_rfc3339(result->at_ms, at));
    return (size_t) len < cap ? (size_t) len : 0;
}

int admin_poll(struct request *request, struct reply *reply, struct problem *problem)
{
    CLEANUP(mem_freep) struct inbox_item *item = mem_new(sizeof *item);

    (void) reply;
    item->kind = INBOX_POLL;
    item->status = 202;
    item->answer = answer;
    int r = empty_body_parse(buffer_text(&request->body), problem);
    if (r == 0)
        r = admin_write_take_key(request, item, problem);
    if (r < 0)
        return r;
    if (!text_copy(item->poll.service, sizeof item->poll.service, text_of(request->item)))
        return problem_set(problem, PROBLEM_NOT_FOUND, "no service has so long an id");
    (void) snprintf(item->poll.why, sizeof item->poll.why, "asked by %.80s", request->caller.who);
    admin_write_sign(request, item, "service.poll", request->item);
    admin_write_wait(request, request->item, "");
    return admin_write_put(request, item, problem);
}

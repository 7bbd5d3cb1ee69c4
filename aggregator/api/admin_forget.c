/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/admin_forget.h"

#include <stdio.h>
#include <string.h>

#include "aggregator/api/admin_body.h"
#include "aggregator/api/admin_write.h"
#include "aggregator/api/waiter.h"
#include "common/clock.h"
#include "common/mem.h"

/* What stands between service and source in the path. */
static const char between[] = "/sources/";

/* On the core's thread, before the commit. What was known is made of ids, which need no escaping. */
static size_t answer_collector(void *context, const struct inbox_result *result, char *body, size_t cap)
{
    const struct waiter *waiter = context;
    char at[RFC3339_BYTES];

    int len = snprintf(body, cap, "{\"collector\":\"%s\",\"round\":%llu,\"at\":\"%s\"}", waiter->subject,
                       (unsigned long long) result->round, clock_to_rfc3339(result->at_ms, at));
    return (size_t) len < cap ? (size_t) len : 0;
}

static size_t answer_source(void *context, const struct inbox_result *result, char *body, size_t cap)
{
    const struct waiter *waiter = context;
    const char *source = strstr(waiter->subject, between);
    char at[RFC3339_BYTES];

    int len = snprintf(body, cap, "{\"service_id\":\"%.*s\",\"source\":\"%s\",\"round\":%llu,\"at\":\"%s\"}",
                       (int) (source - waiter->subject), waiter->subject, source + sizeof between - 1,
                       (unsigned long long) result->round, clock_to_rfc3339(result->at_ms, at));
    return (size_t) len < cap ? (size_t) len : 0;
}

/* The action and its resource stand in the audit; the rest is the item's. */
static int put(struct request *request, struct inbox_item *item, const char *action, struct problem *problem)
{
    int r = empty_body_parse(buffer_text(&request->body), problem);
    if (r == 0)
        r = admin_write_take_key(request, item, problem);
    if (r < 0)
        return r;
    item->kind = INBOX_COMMAND;
    item->status = 200;
    item->command.which_input = Command_forget_tag;
    (void) text_copy(item->command.input.forget.by, sizeof item->command.input.forget.by, text_of(request->caller.who));
    admin_write_sign(request, item, action, request->item);
    admin_write_wait(request, request->item, "");
    return admin_write_put(request, item, problem);
}

int admin_forget_collector(struct request *request, struct reply *reply, struct problem *problem)
{
    CLEANUP(mem_freep) struct inbox_item *item = mem_new(sizeof *item);
    Forget *forget = &item->command.input.forget;

    (void) reply;
    if (!text_is_id(text_of(request->item), ID_BYTES_MAX))
        return problem_set(problem, PROBLEM_NOT_FOUND, "no collector %.64s is known", request->item);
    (void) text_copy(forget->collector, sizeof forget->collector, text_of(request->item));
    item->answer = answer_collector;
    return put(request, item, "collector.forget", problem);
}

int admin_forget_source(struct request *request, struct reply *reply, struct problem *problem)
{
    CLEANUP(mem_freep) struct inbox_item *item = mem_new(sizeof *item);
    Forget *forget = &item->command.input.forget;
    const char *source = strstr(request->item, between);
    struct text service = {.at = request->item, .len = (size_t) (source - request->item)};

    (void) reply;
    bool fits = text_copy(forget->service, sizeof forget->service, service) &&
        text_copy(forget->source, sizeof forget->source, text_of(source + sizeof between - 1));
    if (!fits)
        return problem_set(problem, PROBLEM_NOT_FOUND, "the service is not known, or has no such source");
    item->answer = answer_source;
    return put(request, item, "source.forget", problem);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/webhook.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "aggregator/api/api_private.h"
#include "aggregator/api/body.h"
#include "aggregator/api/endpoints.h"
#include "aggregator/api/request.h"
#include "aggregator/api/webhook_access.h"
#include "aggregator/inbox/inbox.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/metrics.h"
#include "common/statuspage_webhook.h"

_Static_assert((int) BODY_BYTES_MAX <= (int) STATUSPAGE_WEBHOOK_BYTES_MAX, "what a request may carry can be read");

static void config_dropp(struct aggregator_config **config)
{
    aggregator_config_drop(*config);
}

bool webhook_is_offered(struct api *api, const char *path)
{
    if (!text_starts_with(text_of(path), "/api/webhooks/"))
        return true;
    CLEANUP(config_dropp) struct aggregator_config *config = api_config(api, NULL, NULL);
    return config->webhooks.enabled;
}

/* ---------------------------------------------------------------- refusals */

/* Whoever guesses must not fill the store: an address is written down ten times in a minute. */
static bool is_worth_a_row(struct request *request)
{
    struct api *api = request->api;
    int64_t now_mono_ms = clock_mono_ms();

    (void) pthread_mutex_lock(&api->webhook_lock);
    throttle_fail(&api->webhook_refusals, request->peer->address, now_mono_ms);
    bool worth = throttle_wait_s(&api->webhook_refusals, request->peer->address, now_mono_ms) == 0;
    (void) pthread_mutex_unlock(&api->webhook_lock);
    return worth;
}

/* Never with the path: it may be right but for one letter. */
static void tell_refusal(struct request *request, enum metric metric, const char *words)
{
    struct inbox_item item = {.kind = INBOX_SECURITY};
    SecurityRow *row = &item.security;

    metric_add(metric, 1);
    if (!is_worth_a_row(request))
        return;
    row->at_ms = clock_wall_ms();
    row->count = 1;
    (void) text_copy(row->event, sizeof row->event, text_of("webhook.refused"));
    (void) text_copy(row->address, sizeof row->address, text_of(request->peer->address));
    (void) text_copy(row->detail, sizeof row->detail, text_of(words));
    api_tell(request->api, &item);
    log_warning("webhook.refused", words, LOG_TEXT("address", request->peer->address));
}

/* In the same words as a path that does not exist. */
static int refuse_path(struct request *request, struct problem *problem)
{
    tell_refusal(request, METRIC_WEBHOOKS_PATH, "a webhook to a path that is none");
    return problem_set(problem, PROBLEM_NOT_FOUND, "there is nothing at this path");
}

static int check_signature(struct request *request, const struct webhook_service *one, struct problem *problem)
{
    const struct headers *headers = &request->headers;
    struct text given = headers->statuspage_signature.len > 0 ? headers->statuspage_signature
                        : headers->hub_signature.len > 0      ? headers->hub_signature
                                                              : headers->signature;
    char words[160];
    if (one->secret == NULL || webhook_is_signed(one->secret, buffer_text(&request->body), text_trim(given)))
        return 0;

    (void) snprintf(words, sizeof words, "a webhook for %.64s %s", one->service,
                    given.len == 0 ? "without a signature" : "with a wrong signature");
    tell_refusal(request, METRIC_WEBHOOKS_SIGNATURE, words);
    return problem_set(problem, PROBLEM_UNAUTHENTICATED, "%s",
                       given.len == 0 ? "the signature is missing: X-Statuspage-Signature, X-Hub-Signature-256 or X-Signature"
                                      : "the signature is not that of this body");
}

static int read_body(struct request *request, struct statuspage_webhook *out, struct problem *problem)
{
    struct error err = {0};
    int r = statuspage_webhook_parse(buffer_text(&request->body), out, NULL, &err);
    if (r == 0)
        return 0;

    metric_add(METRIC_WEBHOOKS_BODY, 1);
    return problem_set(problem, r == STATUSPAGE_WEBHOOK_NO_JSON ? PROBLEM_MALFORMED : PROBLEM_INVALID, "%.300s", err.text);
}

static int check_page(struct request *request, const struct webhook_service *one, const struct statuspage_webhook *posted,
                      struct problem *problem)
{
    char words[240];
    if (one->page_id == NULL || strcmp(one->page_id, posted->page_id) == 0)
        return 0;

    (void) snprintf(words, sizeof words, "a webhook for %.64s of another page, %.80s", one->service, posted->page_id);
    tell_refusal(request, METRIC_WEBHOOKS_PAGE, words);
    problem_point(problem, "/page/id", "is not the page of this service");
    return problem_set(problem, PROBLEM_INVALID, "another page than that of %.64s posts here", one->service);
}

/* ---------------------------------------------------------------- what is right */

/* Nobody waits for the poll: the sender wants to hear soon that we have it. */
static int ask_for_poll(struct request *request, const struct webhook_service *one, const struct statuspage_webhook *posted,
                        struct problem *problem)
{
    CLEANUP(mem_freep) struct inbox_item *item = mem_new(sizeof *item);

    item->kind = INBOX_POLL;
    (void) text_copy(item->poll.service, sizeof item->poll.service, text_of(one->service));
    (void) snprintf(item->poll.why, sizeof item->poll.why, "its page posted %s %.64s", statuspage_event_name(posted->event),
                    posted->id);
    if (inbox_put(request->api->inbox, item) == 0)
        return 0;
    metric_add(METRIC_WEBHOOKS_BUSY, 1);
    problem->retry_after_s = 1;
    return problem_set(problem, PROBLEM_UNAVAILABLE, "too much is waiting, or the aggregator is stopping; nothing happened");
}

static int answer(const struct webhook_service *one, const struct statuspage_webhook *posted, struct reply *reply)
{
    json_t *object = json_object();

    body_text(object, "service_id", one->service);
    body_text(object, "event", statuspage_event_name(posted->event));
    body_bool(object, "poll", !posted->backfilled);
    reply->status = 202;
    reply->cache_control = "no-store";
    return body_write(object, &reply->body);
}

int webhook_statuspage(struct request *request, struct reply *reply, struct problem *problem)
{
    CLEANUP(config_dropp) struct aggregator_config *config = api_config(request->api, NULL, NULL);
    const struct webhook_service *one = webhook_find(config, text_of(request->item));
    struct statuspage_webhook posted = {0};

    if (one == NULL)
        return refuse_path(request, problem);
    int r = check_signature(request, one, problem);
    if (r == 0)
        r = read_body(request, &posted, problem);
    if (r == 0)
        r = check_page(request, one, &posted, problem);
    if (r == 0 && !posted.backfilled)
        r = ask_for_poll(request, one, &posted, problem);
    if (r < 0)
        return r;
    metric_add(posted.backfilled ? METRIC_WEBHOOKS_BACKFILLED : METRIC_WEBHOOKS_TAKEN, 1);
    return answer(one, &posted, reply);
}

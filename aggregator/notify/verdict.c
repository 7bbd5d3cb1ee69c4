/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/notify/verdict.h"

#include <stdio.h>

#include "aggregator/notify/pace.h"
#include "common/text.h"

enum { WORDS_BYTES_MAX = 160 };

/* The first bytes of the answer, fit to be stored and shown. */
static void copy_words(char words[static WORDS_BYTES_MAX], const struct http_reply *reply)
{
    (void) text_copy(words, WORDS_BYTES_MAX, text_trim(reply->body));   /* cut is fine: a code stands in front */
}

static bool is_web_page(const struct http_reply *reply)
{
    return text_starts_with(text_trim(reply->body), "<");
}

static bool is_status_of_success(long status)
{
    return status >= 200 && status < 300;
}

enum delivery_outcome verdict_webhook(const struct http_reply *reply)
{
    long status = reply->status;

    if (is_status_of_success(status))
        return DELIVERY_SENT;
    return status >= 400 && status < 500 && status != 408 && status != 425 && status != 429 ? DELIVERY_DEAD : DELIVERY_RETRY;
}

enum delivery_outcome verdict_slack(const struct http_reply *reply)
{
    return is_status_of_success(reply->status) && is_web_page(reply) ? DELIVERY_RETRY : verdict_webhook(reply);
}

enum delivery_outcome verdict_pagerduty(const struct http_reply *reply)
{
    return is_status_of_success(reply->status) && reply->status != 202 ? DELIVERY_RETRY : verdict_webhook(reply);
}

static enum delivery_outcome outcome_of(const struct attempt *attempt)
{
    const struct http_reply *reply = attempt->reply;

    if (reply->status != 0)
        return attempt->judge(reply);
    return reply->fault == HTTP_FAULT_NONE || reply->request_sent ? DELIVERY_AMBIGUOUS : DELIVERY_RETRY;
}

static int64_t delay_of(const OutboxRow *row, const struct http_reply *reply, struct rng *rng)
{
    int64_t delay_ms = backoff_delay_ms(row->attempts + 1, rng);
    if (reply->status != 429 && reply->status != 503)
        return delay_ms;

    int64_t asked_ms = reply->retry_after_s > RETRY_AFTER_MAX_MS / 1000 ? RETRY_AFTER_MAX_MS : reply->retry_after_s * 1000;
    return asked_ms > 0 ? asked_ms : delay_ms;
}

static void put_reason(struct delivery *delivery, const struct http_reply *reply)
{
    char words[WORDS_BYTES_MAX];
    copy_words(words, reply);
    if (reply->status == 0)
        (void) snprintf(delivery->reason, sizeof delivery->reason, "%s: %s", http_fault_name(reply->fault), reply->message);
    else if (reply->status >= 300 && reply->status < 400)
        (void) snprintf(delivery->reason, sizeof delivery->reason, "answered %ld: redirects are not followed", reply->status);
    else if (is_web_page(reply))
        (void) snprintf(delivery->reason, sizeof delivery->reason, "answered %ld with a web page", reply->status);
    else
        (void) snprintf(delivery->reason, sizeof delivery->reason, "answered %ld: %s", reply->status, words);
}

struct delivery verdict_of(const struct attempt *attempt, struct rng *rng, int64_t *hold_ms)
{
    const struct http_reply *reply = attempt->reply;
    struct delivery delivery = {.sequence = attempt->row->sequence, .outcome = outcome_of(attempt)};

    *hold_ms = 0;
    if (delivery.outcome == DELIVERY_SENT) {
        char words[WORDS_BYTES_MAX];
        copy_words(words, reply);
        (void) snprintf(delivery.receipt, sizeof delivery.receipt, "%ld %s", reply->status, words);
        return delivery;
    }
    put_reason(&delivery, reply);
    if (delivery.outcome == DELIVERY_DEAD)
        return delivery;

    *hold_ms = delay_of(attempt->row, reply, rng);
    delivery.not_before_ms = attempt->now_ms + *hold_ms;
    return delivery;
}

struct delivery verdict_dead(const OutboxRow *row, const char *reason)
{
    struct delivery delivery = {.sequence = row->sequence, .outcome = DELIVERY_DEAD};

    (void) snprintf(delivery.reason, sizeof delivery.reason, "%s", reason);   /* cut is fine: the start tells */
    return delivery;
}

struct delivery verdict_needless(const OutboxRow *row, const char *reason)
{
    struct delivery delivery = verdict_dead(row, reason);

    delivery.outcome = DELIVERY_NEEDLESS;
    return delivery;
}

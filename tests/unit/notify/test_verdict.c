/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "aggregator/notify/pace.h"
#include "aggregator/notify/verdict.h"
#include "common/mem.h"

enum { NOW_MS = 1700000000 };
static const int64_t now_ms = (int64_t) NOW_MS * 1000;

static struct http_reply reply(long status, const char *body)
{
    return (struct http_reply) {.status = status, .body = text_of(body), .content_type = "", .etag = "",
                                .last_modified = "", .effective_url = "", .message = ""};
}

static struct http_reply fault(enum http_fault why, bool request_sent)
{
    struct http_reply r = reply(0, "");

    r.fault = why;
    r.request_sent = request_sent;
    r.message = "it broke";
    return r;
}

static struct delivery judge_by(verdict_answer_fn judge, const struct http_reply *r, uint32_t attempts, int64_t *hold_ms)
{
    CLEANUP(mem_freep) OutboxRow *row = mem_new(sizeof *row);
    struct rng rng;

    rng_seed(&rng, 1);
    row->sequence = 7;
    row->attempts = attempts;
    const struct attempt attempt = {row, r, judge, now_ms};
    return verdict_of(&attempt, &rng, hold_ms);
}

static struct delivery judge(const struct http_reply *r, uint32_t attempts, int64_t *hold_ms)
{
    return judge_by(verdict_slack, r, attempts, hold_ms);
}

static void test_answers(void **state)
{
    static const struct { const char *says; long status; const char *body; enum delivery_outcome outcome; const char *words; } cases[] = {
        { "taken", 200, "ok", DELIVERY_SENT, "200 ok" },
        { "taken by a receiver of few words", 204, "", DELIVERY_SENT, "204 " },
        { "a portal's page is no receipt", 200, "\n <html>log in", DELIVERY_RETRY, "answered 200 with a web page" },
        { "our message is wrong", 400, "invalid_payload", DELIVERY_DEAD, "answered 400: invalid_payload" },
        { "the webhook is gone", 404, "no_service", DELIVERY_DEAD, "answered 404: no_service" },
        { "forbidden", 403, "action_prohibited", DELIVERY_DEAD, "answered 403: action_prohibited" },
        { "request timeout", 408, "", DELIVERY_RETRY, "answered 408: " },
        { "too fast", 429, "rate_limited", DELIVERY_RETRY, "answered 429: rate_limited" },
        { "broken", 500, "rollup_error", DELIVERY_RETRY, "answered 500: rollup_error" },
        { "away", 503, "", DELIVERY_RETRY, "answered 503: " },
        { "a redirect may be a portal's", 302, "", DELIVERY_RETRY, "answered 302: redirects are not followed" },
        { "words with a newline", 410, "a\nb", DELIVERY_DEAD, "answered 410: a b" },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int64_t hold_ms;
        struct http_reply r = reply(cases[i].status, cases[i].body);
        struct delivery delivery = judge(&r, 0, &hold_ms);
        const char *words = delivery.outcome == DELIVERY_SENT ? delivery.receipt : delivery.reason;
        if (delivery.outcome != cases[i].outcome || delivery.sequence != 7 || strcmp(words, cases[i].words) != 0)
            fail_msg("%s: outcome %d, words '%s'", cases[i].says, (int) delivery.outcome, words);
        bool waits = cases[i].outcome == DELIVERY_RETRY;
        if ((hold_ms > 0) != waits || delivery.not_before_ms != (waits ? now_ms + hold_ms : 0))
            fail_msg("%s: hold %lld", cases[i].says, (long long) hold_ms);
    }
}

/* The same answers, as each kind of receiver means them. */
static void test_kinds_of_receivers_mean_different_things(void **state)
{
    enum { SENT = DELIVERY_SENT, RETRY = DELIVERY_RETRY, DEAD = DELIVERY_DEAD };
    static const struct { const char *says; long status; const char *body; int slack, webhook, pagerduty; } cases[] = {
        { "fine", 200, "ok", SENT, SENT, RETRY },
        { "accepted", 202, "{\"status\":\"success\"}", SENT, SENT, SENT },
        { "no content", 204, "", SENT, SENT, RETRY },
        { "the last of its hundred", 299, "", SENT, SENT, RETRY },
        { "a web page", 200, "<!doctype html>", RETRY, SENT, RETRY },
        { "moved", 301, "", RETRY, RETRY, RETRY },
        { "not modified", 304, "", RETRY, RETRY, RETRY },
        { "invalid", 400, "invalid event", DEAD, DEAD, DEAD },
        { "not allowed", 401, "", DEAD, DEAD, DEAD },
        { "timed out", 408, "", RETRY, RETRY, RETRY },
        { "gone", 410, "", DEAD, DEAD, DEAD },
        { "too large", 413, "", DEAD, DEAD, DEAD },
        { "too early", 425, "", RETRY, RETRY, RETRY },
        { "too many", 429, "", RETRY, RETRY, RETRY },
        { "the last of its kind", 499, "", DEAD, DEAD, DEAD },
        { "broken", 500, "", RETRY, RETRY, RETRY },
        { "away", 503, "", RETRY, RETRY, RETRY },
        { "no status at all", 600, "", RETRY, RETRY, RETRY },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        static const verdict_answer_fn kinds[] = {verdict_slack, verdict_webhook, verdict_pagerduty};
        const int expected[] = {cases[i].slack, cases[i].webhook, cases[i].pagerduty};
        for (size_t kind = 0; kind < ARRAY_SIZE(kinds); kind++) {
            int64_t hold_ms;
            struct http_reply r = reply(cases[i].status, cases[i].body);
            struct delivery delivery = judge_by(kinds[kind], &r, 0, &hold_ms);
            if ((int) delivery.outcome != expected[kind])
                fail_msg("%s: kind %zu: outcome %d", cases[i].says, kind, (int) delivery.outcome);
        }
    }
}

static void test_without_an_answer(void **state)
{
    static const struct { const char *says; enum http_fault why; bool sent; enum delivery_outcome outcome; const char *words; } cases[] = {
        { "no such name", HTTP_FAULT_DNS, false, DELIVERY_RETRY, "dns: it broke" },
        { "nobody listens", HTTP_FAULT_CONNECT, false, DELIVERY_RETRY, "connect: it broke" },
        { "certificate refused", HTTP_FAULT_TLS, false, DELIVERY_RETRY, "tls: it broke" },
        { "no time before writing", HTTP_FAULT_TIMEOUT, false, DELIVERY_RETRY, "timeout: it broke" },
        { "no answer after writing", HTTP_FAULT_TIMEOUT, true, DELIVERY_AMBIGUOUS, "timeout: it broke" },
        { "cut after writing", HTTP_FAULT_CUT, true, DELIVERY_AMBIGUOUS, "cut: it broke" },
        { "stopped after writing", HTTP_FAULT_CANCELLED, true, DELIVERY_AMBIGUOUS, "cancelled: it broke" },
        { "stopped before writing", HTTP_FAULT_CANCELLED, false, DELIVERY_RETRY, "cancelled: it broke" },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int64_t hold_ms;
        struct http_reply r = fault(cases[i].why, cases[i].sent);
        struct delivery delivery = judge(&r, 0, &hold_ms);
        if (delivery.outcome != cases[i].outcome || strcmp(delivery.reason, cases[i].words) != 0
            || delivery.not_before_ms <= now_ms)
            fail_msg("%s: outcome %d, words '%s'", cases[i].says, (int) delivery.outcome, delivery.reason);
    }
}

static void test_an_answer_counts_though_its_body_was_cut(void **state)
{
    (void) state;
    int64_t hold_ms;
    struct http_reply r = fault(HTTP_FAULT_CUT, true);

    r.status = 200;
    assert_int_equal(judge(&r, 0, &hold_ms).outcome, DELIVERY_SENT);
    r.status = 400;
    assert_int_equal(judge(&r, 0, &hold_ms).outcome, DELIVERY_DEAD);
}

static void test_retry_after_is_obeyed_within_bounds(void **state)
{
    static const struct { const char *says; long status; int64_t asked_s; int64_t least_ms; int64_t most_ms; } cases[] = {
        { "not told: our own", 429, 0, 500, 1000 },
        { "one second", 429, 1, 1000, 1000 },
        { "half a minute", 503, 30, 30000, 30000 },
        { "exactly the ceiling", 429, 900, 900000, 900000 },
        { "a second more", 429, 901, 900000, 900000 },
        { "absurd", 429, INT64_MAX, 900000, 900000 },
        { "negative", 429, -5, 500, 1000 },
        { "on a plain error it says nothing", 500, 30, 500, 1000 },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int64_t hold_ms;
        struct http_reply r = reply(cases[i].status, "");
        r.retry_after_s = cases[i].asked_s;
        (void) judge(&r, 0, &hold_ms);
        if (hold_ms < cases[i].least_ms || hold_ms > cases[i].most_ms)
            fail_msg("%s: %lld", cases[i].says, (long long) hold_ms);
    }
}

static void test_attempts_lengthen_the_wait(void **state)
{
    static const struct { uint32_t attempts; int64_t least_ms; int64_t most_ms; } cases[] = {
        { 0, 500, 1000 }, { 1, 1000, 2000 }, { 4, 8000, 16000 }, { 49, 150000, 300000 },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int64_t hold_ms;
        struct http_reply r = fault(HTTP_FAULT_CONNECT, false);
        (void) judge(&r, cases[i].attempts, &hold_ms);
        assert_in_range(hold_ms, cases[i].least_ms, cases[i].most_ms);
    }
}

static void test_long_words_are_cut(void **state)
{
    (void) state;
    char body[4096];
    int64_t hold_ms;
    memset(body, 'x', sizeof body - 1);
    body[sizeof body - 1] = '\0';
    struct http_reply r = reply(400, body);
    struct delivery delivery = judge(&r, 0, &hold_ms);

    assert_true(strlen(delivery.reason) < sizeof delivery.reason);
    assert_memory_equal(delivery.reason, "answered 400: xxx", 17);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_kinds_of_receivers_mean_different_things),
        cmocka_unit_test(test_without_an_answer),
        cmocka_unit_test(test_an_answer_counts_though_its_body_was_cut),
        cmocka_unit_test(test_retry_after_is_obeyed_within_bounds),
        cmocka_unit_test(test_attempts_lengthen_the_wait),
        cmocka_unit_test(test_long_words_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

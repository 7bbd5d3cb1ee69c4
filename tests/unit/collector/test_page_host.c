/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "collector/page_host.h"
#include "common/http_client.h"
#include "common/mem.h"

enum { MINUTE_MS = 60000 };

static const struct breaker_policy policy = {.failures = 3, .open_ms = 5 * MINUTE_MS};

/* One poll that goes out and ends so. */
static void poll_ends(struct page_host *host, const struct http_reply *reply, const char *reason, int64_t now_ms)
{
    struct rng rng;
    rng_seed(&rng, 3);
    page_host_begin(host);
    page_host_heard(host, &(struct page_host_answer) {.reply = reply, .reason = reason, .words = "it broke"}, now_ms, &rng);
}

static void test_a_host_is_a_name_and_a_port(void **state)
{
    static const struct { const char *url; const char *name; } cases[] = {
        { "https://status.example", "status.example:443" },
        { "https://status.example/", "status.example:443" },
        { "https://Status.Example:443/x", "status.example:443" },
        { "http://status.example/x", "status.example:80" },
        { "https://status.example:8443/x?y#z", "status.example:8443" },
        { "https://me:word@status.example/x", "status.example:443" },
        { "https://status.example?at=1@2:3", "status.example:443" },
        { "http://[::1]/x", "[::1]:80" },
        { "http://[::1]:81/x", "[::1]:81" },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct page_host *host = page_host_new(cases[i].url, &policy);
        assert_string_equal(host->name, cases[i].name);
        assert_true(page_host_is(host, cases[i].url));
        assert_false(page_host_is(host, "https://other.example/"));
        page_host_free(host);
    }
}

static void test_V10_what_counts_for_the_breaker(void **state)
{
    static const struct { const char *says; struct http_reply reply; const char *reason; bool counts; } cases[] = {
        { "no name", {.fault = HTTP_FAULT_DNS}, "dns", true },
        { "no connection", {.fault = HTTP_FAULT_CONNECT}, "connect", true },
        { "no handshake", {.fault = HTTP_FAULT_TLS}, "tls", true },
        { "no answer in time", {.fault = HTTP_FAULT_TIMEOUT}, "timeout", true },
        { "half an answer", {.fault = HTTP_FAULT_CUT}, "cut", true },
        { "something else on the way", {.fault = HTTP_FAULT_OTHER}, "connect", true },
        { "the server's own fault", {.status = 500}, "http_5xx", true },
        { "busy", {.status = 503}, "http_5xx", true },
        { "no such page", {.status = 404}, "http_404", false },
        { "no access", {.status = 401}, "auth", false },
        { "another word from the host", {.status = 418}, "http_4xx", false },
        { "moved", {.fault = HTTP_FAULT_MOVED, .status = 302}, "moved", false },
        { "more than we take", {.fault = HTTP_FAULT_TOO_BIG, .status = 200}, "too_big", false },
        { "no HTTP", {.fault = HTTP_FAULT_GARBLED}, "parse", false },
        { "our own refusal", {.fault = HTTP_FAULT_ADDRESS}, "address", false },
        { "too often", {.status = 429, .retry_after_s = 1}, "http_429", false },
        { "busy, and for how long", {.status = 503, .retry_after_s = 1}, "http_5xx", false },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct page_host *host = page_host_new("https://status.example", &policy);
        for (int n = 0; n < 3; n++)
            poll_ends(host, &cases[i].reply, cases[i].reason, 0);
        if ((host->breaker.state == BREAKER_OPEN) != cases[i].counts)
            fail_msg("%s", cases[i].says);
        page_host_free(host);
    }
}

static void test_a_page_that_cannot_be_read_was_reached(void **state)
{
    (void) state;
    struct page_host *host = page_host_new("https://status.example", &policy);
    const struct http_reply busy = {.status = 503};
    poll_ends(host, &busy, "http_5xx", 0);
    poll_ends(host, &busy, "http_5xx", 0);
    poll_ends(host, NULL, "shape", 0);
    poll_ends(host, &busy, "http_5xx", 0);
    assert_int_equal(host->breaker.failures, 1);
    page_host_free(host);
}

static void test_what_its_polls_are_told_meanwhile(void **state)
{
    (void) state;
    struct page_host *host = page_host_new("https://status.example", &policy);
    const struct http_reply gone = {.fault = HTTP_FAULT_CONNECT};
    for (int n = 0; n < 3; n++)
        poll_ends(host, &gone, "connect", 1000);
    assert_true(page_host_holds(host, 1000 + 5 * MINUTE_MS - 1));
    assert_false(page_host_holds(host, 1000 + 5 * MINUTE_MS));
    assert_string_equal(host->reason, "breaker");
    assert_non_null(strstr(host->words, "status.example:443 is not asked since 2"));
    assert_non_null(strstr(host->words, "after 3 failed polls in a row, and not before 2"));
    assert_non_null(strstr(host->words, "(connect): it broke"));

    poll_ends(host, &gone, "connect", 1000 + 5 * MINUTE_MS);   /* the trial */
    assert_true(page_host_holds(host, 1000 + 10 * MINUTE_MS - 1));
    poll_ends(host, NULL, NULL, 1000 + 10 * MINUTE_MS);
    assert_false(page_host_holds(host, 1000 + 10 * MINUTE_MS));
    page_host_free(host);
}

static void test_its_wish_is_followed(void **state)
{
    (void) state;
    struct page_host *host = page_host_new("https://status.example", &policy);
    const struct http_reply often = {.status = 429};
    const struct http_reply busy = {.status = 503, .retry_after_s = 30};

    poll_ends(host, &busy, "http_5xx", 0);
    assert_string_equal(host->reason, "http_5xx");
    assert_true(page_host_holds(host, 29999));
    assert_false(page_host_holds(host, 30000));
    poll_ends(host, &often, "http_429", 30000);
    assert_string_equal(host->reason, "http_429");
    assert_non_null(strstr(host->words, "answered with HTTP 429 at 2"));
    assert_true(page_host_holds(host, 30000 + 2 * MINUTE_MS - 1));
    assert_false(page_host_holds(host, 30000 + 3 * MINUTE_MS));
    poll_ends(host, &often, "http_429", 3 * MINUTE_MS);
    assert_true(page_host_holds(host, 7 * MINUTE_MS - 1));
    poll_ends(host, NULL, NULL, 10 * MINUTE_MS);               /* a good one: the next 429 is a first one */
    poll_ends(host, &often, "http_429", 10 * MINUTE_MS);
    assert_false(page_host_holds(host, 13 * MINUTE_MS));
    page_host_free(host);
}

static void test_without_a_policy_nothing_holds(void **state)
{
    (void) state;
    struct page_host *host = page_host_new("https://status.example", NULL);
    const struct http_reply often = {.status = 429, .retry_after_s = 60};
    const struct http_reply gone = {.fault = HTTP_FAULT_CONNECT};
    for (int n = 0; n < 5; n++) {
        poll_ends(host, &gone, "connect", 0);
        poll_ends(host, &often, "http_429", 0);
        assert_false(page_host_holds(host, 0));
    }
    page_host_free(host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_host_is_a_name_and_a_port),
        cmocka_unit_test(test_V10_what_counts_for_the_breaker),
        cmocka_unit_test(test_a_page_that_cannot_be_read_was_reached),
        cmocka_unit_test(test_what_its_polls_are_told_meanwhile),
        cmocka_unit_test(test_its_wish_is_followed),
        cmocka_unit_test(test_without_a_policy_nothing_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "collector/retry.h"
#include "common/http_client.h"
#include "common/mem.h"

enum { PLENTY_MS = 15000, MINUTE_MS = 60000 };

static struct http_reply answered(long status, int64_t retry_after_s)
{
    return (struct http_reply) {.status = status, .retry_after_s = retry_after_s};
}

static void test_V09_what_may_pass_is_asked_again(void **state)
{
    static const struct { const char *says; struct http_reply reply; bool again; } cases[] = {
        { "a good answer", {.status = 200}, false },
        { "unchanged", {.status = 304}, false },
        { "no such page", {.status = 404}, false },
        { "no access", {.status = 403}, false },
        { "too often", {.status = 429}, false },
        { "too often, and for how long", {.status = 429, .retry_after_s = 1}, false },
        { "the last that is not a server's fault", {.status = 499}, false },
        { "a server's fault", {.status = 500}, true },
        { "busy", {.status = 503}, true },
        { "busy, and for how long", {.status = 503, .retry_after_s = 1}, false },
        { "no name", {.fault = HTTP_FAULT_DNS}, true },
        { "no connection", {.fault = HTTP_FAULT_CONNECT}, true },
        { "no handshake", {.fault = HTTP_FAULT_TLS}, true },
        { "no time", {.fault = HTTP_FAULT_TIMEOUT}, true },
        { "cut short, whatever its first line said", {.fault = HTTP_FAULT_CUT, .status = 200}, true },
        { "something else", {.fault = HTTP_FAULT_OTHER}, true },
        { "no HTTP", {.fault = HTTP_FAULT_GARBLED}, false },
        { "too big", {.fault = HTTP_FAULT_TOO_BIG, .status = 200}, false },
        { "moved", {.fault = HTTP_FAULT_MOVED, .status = 302}, false },
        { "an address that is not allowed", {.fault = HTTP_FAULT_ADDRESS}, false },
        { "cancelled", {.fault = HTTP_FAULT_CANCELLED}, false },
    };
    (void) state;
    struct rng rng;
    rng_seed(&rng, 1);

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        if ((retry_wait_ms(&cases[i].reply, 0, PLENTY_MS, &rng) >= 0) != cases[i].again)
            fail_msg("%s", cases[i].says);
    }
}

static void test_V09_two_waits_the_second_longer(void **state)
{
    static const struct { int retries; int64_t from_ms, to_ms; } cases[] = { { 0, 300, 1000 }, { 1, 1000, 3000 } };
    (void) state;
    struct http_reply reply = answered(503, 0);
    struct rng rng;
    rng_seed(&rng, 7);

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int64_t least_ms = INT64_MAX;
        int64_t most_ms = 0;
        for (int n = 0; n < 20000; n++) {
            int64_t wait_ms = retry_wait_ms(&reply, cases[i].retries, PLENTY_MS, &rng);
            least_ms = wait_ms < least_ms ? wait_ms : least_ms;
            most_ms = wait_ms > most_ms ? wait_ms : most_ms;
        }
        assert_int_equal(least_ms, cases[i].from_ms);
        assert_int_equal(most_ms, cases[i].to_ms);
    }
    assert_int_equal(retry_wait_ms(&reply, RETRIES_MAX, PLENTY_MS, &rng), -1);
}

static void test_the_same_seed_waits_the_same(void **state)
{
    (void) state;
    struct http_reply reply = answered(500, 0);
    struct rng one;
    struct rng other;
    rng_seed(&one, 42);
    rng_seed(&other, 42);
    for (int i = 0; i < 100; i++)
        assert_int_equal(retry_wait_ms(&reply, i % 2, PLENTY_MS, &one), retry_wait_ms(&reply, i % 2, PLENTY_MS, &other));
}

static void test_no_wait_outlasts_the_poll(void **state)
{
    (void) state;
    struct http_reply reply = answered(503, 0);
    for (uint64_t seed = 1; seed < 200; seed++) {
        struct rng rng;
        rng_seed(&rng, seed * 7919);
        int64_t wait_ms = retry_wait_ms(&reply, 0, PLENTY_MS, &rng);
        rng_seed(&rng, seed * 7919);
        assert_int_equal(retry_wait_ms(&reply, 0, wait_ms, &rng), -1);        /* nothing would be left */
        rng_seed(&rng, seed * 7919);
        assert_int_equal(retry_wait_ms(&reply, 0, wait_ms + 1, &rng), wait_ms);
    }
}

static void test_a_wish_is_followed(void **state)
{
    static const struct { const char *says; struct http_reply reply; bool taken; int64_t for_ms; } cases[] = {
        { "429 that says", {.status = 429, .retry_after_s = 90}, true, 90000 },
        { "503 that says", {.status = 503, .retry_after_s = 1}, true, 1000 },
        { "at most a quarter of an hour", {.status = 503, .retry_after_s = 900}, true, 900000 },
        { "capped", {.status = 429, .retry_after_s = 901}, true, 900000 },
        { "capped before it overflows", {.status = 429, .retry_after_s = INT64_MAX}, true, 900000 },
        { "503 that says nothing", {.status = 503}, false, 0 },
        { "500 that says so", {.status = 500, .retry_after_s = 90}, false, 0 },
        { "a good answer that says so", {.status = 200, .retry_after_s = 90}, false, 0 },
        { "an answer that was cut short", {.fault = HTTP_FAULT_CUT, .status = 429, .retry_after_s = 90}, false, 0 },
    };
    (void) state;
    struct rng rng;
    rng_seed(&rng, 1);

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct backoff backoff = {0};
        if (backoff_take(&backoff, &cases[i].reply, 5000, &rng) != cases[i].taken)
            fail_msg("%s", cases[i].says);
        assert_int_equal(backoff.until_ms, cases[i].taken ? 5000 + cases[i].for_ms : 0);
        assert_false(cases[i].taken && !backoff_holds(&backoff, 5000 + cases[i].for_ms - 1));
        assert_false(backoff_holds(&backoff, 5000 + cases[i].for_ms));
    }
}

static void test_a_bare_429_doubles(void **state)
{
    static const int64_t minutes[] = {2, 4, 8, 15, 15};
    (void) state;

    for (uint64_t seed = 1; seed < 100; seed++) {
        struct http_reply reply = answered(429, 0);
        struct backoff backoff = {0};
        struct rng rng;
        rng_seed(&rng, seed * 104729);
        for (size_t i = 0; i < ARRAY_SIZE(minutes); i++) {
            assert_true(backoff_take(&backoff, &reply, 0, &rng));
            int64_t least_ms = minutes[i] * MINUTE_MS;
            int64_t most_ms = minutes[i] == 15 ? BACKOFF_MS_MAX : least_ms + least_ms / 10;
            assert_in_range(backoff.until_ms, least_ms, most_ms);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_V09_what_may_pass_is_asked_again),
        cmocka_unit_test(test_V09_two_waits_the_second_longer),
        cmocka_unit_test(test_the_same_seed_waits_the_same),
        cmocka_unit_test(test_no_wait_outlasts_the_poll),
        cmocka_unit_test(test_a_wish_is_followed),
        cmocka_unit_test(test_a_bare_429_doubles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

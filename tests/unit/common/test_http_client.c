/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "common/clock.h"
#include "common/http_client.h"
#include "common/mem.h"
#include "tests/unit/common/http_stub.h"

enum { PATIENCE_MS = 10000, URL_BYTES = 128 };

/* What a test looks at after a request. */
struct seen {
    int calls;
    enum http_fault fault;
    long status;
    bool request_sent;
    char body[4096];
    size_t body_len;
    char etag[64];
    char message[512];
    char effective_url[URL_BYTES];
    int64_t retry_after_s;
    int64_t total_ms;
    bool loopback;        /* the address that was tried last */
};

struct fixture {
    uv_loop_t loop;
    struct http_client *client;
    struct http_stub *stub;
    bool stopped;
};

/* --- the stub's answers ------------------------------------------------------------------------------------------- */

static bool answer_body(int fd, const char *extra, const char *body)
{
    return http_stub_say(fd, "HTTP/1.1 200 OK\r\n%sContent-Length: %zu\r\n\r\n%s", extra, strlen(body), body);
}

static void answer_endless_chunks(struct http_stub *stub, int fd)
{
    static char block[16384];
    bool going = http_stub_say(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");

    while (going && !http_stub_is_closing(stub))
        going = http_stub_say(fd, "%zx\r\n", sizeof block) && http_stub_send(fd, block, sizeof block)
                && http_stub_say(fd, "\r\n");
}

static void answer_drip(struct http_stub *stub, int fd)
{
    bool going = http_stub_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");

    while (going && !http_stub_is_closing(stub)) {
        going = http_stub_say(fd, "x");
        (void) usleep(20000);   /* the drip itself: nothing waits for this */
    }
}

static void answer_endless_headers(struct http_stub *stub, int fd)
{
    bool going = http_stub_say(fd, "HTTP/1.1 200 OK\r\n");

    while (going && !http_stub_is_closing(stub))
        going = http_stub_say(fd, "X-Filler: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n");
}

/* 8 MiB of zeros in some 8 KiB of gzip. */
static void answer_gzip_bomb(int fd)
{
    enum { ZEROS = 8 << 20 };
    CLEANUP(mem_freep) char *zeros = mem_new(ZEROS);
    CLEANUP(mem_freep) char *packed = mem_new(1 << 16);
    z_stream z = {.next_in = (Bytef *) zeros, .avail_in = ZEROS, .next_out = (Bytef *) packed, .avail_out = 1 << 16};

    if (deflateInit2(&z, 9, Z_DEFLATED, 31, 9, Z_DEFAULT_STRATEGY) != Z_OK || deflate(&z, Z_FINISH) != Z_STREAM_END)
        abort();
    (void) http_stub_say(fd, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %lu\r\n\r\n", z.total_out);
    (void) http_stub_send(fd, packed, z.total_out);
    (void) deflateEnd(&z);
}

static bool answer_redirect(int fd, const char *to)
{
    return http_stub_say(fd, "HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n", to);
}

static bool answer_wish(int fd, const char *head)
{
    char wish[64] = "";
    (void) sscanf(head, "%*s /wish?%60[^ ]", wish);
    for (char *c = wish; *c != '\0'; c++)
        *c = *c == '+' ? ' ' : *c;
    return http_stub_say(fd, "HTTP/1.1 429 Slower\r\nRetry-After: %s\r\nContent-Length: 0\r\n\r\n", wish);
}

static void answer_long_line(int fd)
{
    enum { LINE_BYTES = 200 << 10 };
    CLEANUP(mem_freep) char *line = mem_new(LINE_BYTES);
    memset(line, 'x', LINE_BYTES);
    (void) http_stub_say(fd, "HTTP/1.1 200 OK\r\nX-Long: ");
    (void) http_stub_send(fd, line, LINE_BYTES);
}

/* Whether the path is of one of those that are no HTTP, or not what they say; then they are answered. */
static bool answer_garbled(int fd, const char *path)
{
#define OK_200 "HTTP/1.1 200 OK\r\n"
    static const struct { const char *path; const char *answer; } answers[] = {
        { "/greeting", "SSH-2.0-Other\r\n" },
        { "/version", "HTTP/4.2 200 OK\r\nContent-Length: 0\r\n\r\n" },
        { "/no-colon", OK_200 "no colon\r\nContent-Length: 0\r\n\r\n" },
        { "/no-gzip", OK_200 "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}" },
        { "/two-lengths", OK_200 "Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}" },
        { "/same-lengths", OK_200 "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}" },
        { "/below-zero", OK_200 "Content-Length: -2\r\n\r\n{}" },
        { "/beyond", OK_200 "Content-Length: 99999999999999999999\r\n\r\n{}" },
    };
#undef OK_200
    for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
        if (strcmp(path, answers[i].path) == 0)
            return http_stub_say(fd, "%s", answers[i].answer);
    }
    return false;
}

static bool answer(struct http_stub *stub, int fd, const char *head)
{
    char path[64] = "";
    char url[URL_BYTES];

    (void) sscanf(head, "%*s %63[^ ?]", path);
    if (strcmp(path, "/plain") == 0)
        return answer_body(fd, "ETag: \"v1\"\r\n", "hello");
    if (strcmp(path, "/echo") == 0)
        return answer_body(fd, "", head);
    if (strcmp(path, "/conditional") == 0)
        return strstr(head, "If-None-Match: \"v1\"") == NULL
                   ? answer_body(fd, "ETag: \"v1\"\r\n", "hello")
                   : http_stub_say(fd, "HTTP/1.1 304 Not Modified\r\nETag: \"v1\"\r\n\r\n");
    if (strcmp(path, "/busy") == 0)
        return http_stub_say(fd, "HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n");
    if (strcmp(path, "/wish") == 0)    /* Retry-After is what the query says, with + for a blank */
        return answer_wish(fd, head);
    if (strcmp(path, "/endless") == 0)
        answer_endless_chunks(stub, fd);
    if (strcmp(path, "/headers") == 0)
        answer_endless_headers(stub, fd);
    if (strcmp(path, "/drip") == 0)
        answer_drip(stub, fd);
    if (strcmp(path, "/bomb") == 0)
        answer_gzip_bomb(fd);
    if (strcmp(path, "/short") == 0)
        (void) http_stub_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\":1}");
    if (strcmp(path, "/chunk-cut") == 0)
        (void) http_stub_say(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n{\"a\":1}\r\n");
    if (strcmp(path, "/same") == 0)
        return answer_redirect(fd, "/echo");
    if (strcmp(path, "/loop") == 0)
        return answer_redirect(fd, "/loop");
    if (strcmp(path, "/file") == 0)
        return answer_redirect(fd, "file:///etc/passwd");
    if (strcmp(path, "/nowhere") == 0)
        return http_stub_say(fd, "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n");
    if (strcmp(path, "/other") == 0) {
        (void) snprintf(url, sizeof url, "http://localhost:%u/echo?token=abc", http_stub_port(stub));
        return answer_redirect(fd, url);
    }
    if (strcmp(path, "/private") == 0) {
        (void) snprintf(url, sizeof url, "http://127.0.0.2:%u/echo", http_stub_port(stub));
        return answer_redirect(fd, url);
    }
    if (strcmp(path, "/long-line") == 0)
        answer_long_line(fd);
    (void) answer_garbled(fd, path);
    while (strcmp(path, "/hang") == 0 && !http_stub_is_closing(stub))
        (void) usleep(5000);
    return false;   /* closed without, or after, an answer */
}

/* --- asking ------------------------------------------------------------------------------------------------------- */

static const char *const loopback[] = {"127.0.0.0/8", "::1", NULL};

static int set_up(void **state)
{
    struct fixture *fixture = mem_new(sizeof *fixture);
    const struct http_client_options options = {.user_agent = "tocsin-test/1"};

    assert_int_equal(uv_loop_init(&fixture->loop), 0);
    assert_int_equal(http_client_new(&fixture->loop, &options, &fixture->client, NULL), 0);
    fixture->stub = http_stub_open(answer);
    *state = fixture;
    return 0;
}

static void on_stopped(void *context)
{
    struct fixture *fixture = context;

    fixture->stopped = true;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    if (fixture->client != NULL)
        http_client_stop(fixture->client, on_stopped, fixture);
    (void) uv_run(&fixture->loop, UV_RUN_DEFAULT);
    assert_true(fixture->stopped);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);   /* nothing was left on the loop */
    http_stub_close(fixture->stub);
    free(fixture);
    return 0;
}

static struct http_request request_to(struct fixture *fixture, char url[URL_BYTES], const char *path)
{
    (void) snprintf(url, URL_BYTES, "http://127.0.0.1:%u%s", http_stub_port(fixture->stub), path);
    return (struct http_request) {.method = "GET", .url = url, .allow_http = true, .policy = ADDRESS_PUBLIC,
                                  .allow_addresses = loopback, .timeout_ms = PATIENCE_MS, .body_bytes_max = 4096};
}

static void on_done(void *context, const struct http_reply *reply)
{
    struct seen *seen = context;

    seen->calls++;
    seen->fault = reply->fault;
    seen->status = reply->status;
    seen->request_sent = reply->request_sent;
    seen->body_len = reply->body.len;
    seen->retry_after_s = reply->retry_after_s;
    seen->total_ms = reply->total_ms;
    seen->loopback = reply->address != NULL && reply->address->sa_family == AF_INET
                     && ((const struct sockaddr_in *) reply->address)->sin_addr.s_addr == htonl(INADDR_LOOPBACK);
    (void) text_copy(seen->etag, sizeof seen->etag, text_of(reply->etag));
    (void) snprintf(seen->body, sizeof seen->body, "%.*s", (int) reply->body.len, reply->body.len == 0 ? "" : reply->body.at);
    (void) snprintf(seen->message, sizeof seen->message, "%s", reply->message);
    (void) snprintf(seen->effective_url, sizeof seen->effective_url, "%s", reply->effective_url);
}

static void wait_for(struct fixture *fixture, const int *calls, int n)
{
    int64_t until_ms = clock_mono_ms() + 3 * PATIENCE_MS;

    while (*calls < n && clock_mono_ms() < until_ms)
        (void) uv_run(&fixture->loop, UV_RUN_ONCE);
    assert_int_equal(*calls, n);
}

static struct seen ask(struct fixture *fixture, const struct http_request *request)
{
    struct seen seen = {0};

    assert_int_equal(http_client_start(fixture->client, request, on_done, &seen, NULL, NULL), 0);
    assert_int_equal(seen.calls, 0);   /* never before start returns */
    wait_for(fixture, &seen.calls, 1);
    return seen;
}

/* --- tests -------------------------------------------------------------------------------------------------------- */

static void test_answers_become_replies(void **state)
{
    static const struct { const char *says; const char *path; enum http_fault fault; long status; } cases[] = {
        { "an answer", "/plain", HTTP_FAULT_NONE, 200 },
        { "an error page is an answer", "/busy", HTTP_FAULT_NONE, 503 },
        { "chunks without end stop at the cap", "/endless", HTTP_FAULT_TOO_BIG, 200 },
        { "headers without end stop at the cap", "/headers", HTTP_FAULT_TOO_BIG, 200 },
        { "the cap counts what gzip unpacks", "/bomb", HTTP_FAULT_TOO_BIG, 200 },
        { "a body shorter than told", "/short", HTTP_FAULT_CUT, 200 },
        { "chunks that end early", "/chunk-cut", HTTP_FAULT_CUT, 200 },
        { "closed without an answer", "/close", HTTP_FAULT_CUT, 0 },
        { "a header line that does not end", "/long-line", HTTP_FAULT_TOO_BIG, 200 },
        { "another protocol", "/greeting", HTTP_FAULT_GARBLED, 0 },
        { "another version of HTTP", "/version", HTTP_FAULT_GARBLED, 0 },
        { "a header without a colon", "/no-colon", HTTP_FAULT_GARBLED, 200 },
        { "gzip that is none", "/no-gzip", HTTP_FAULT_GARBLED, 200 },
        { "two lengths", "/two-lengths", HTTP_FAULT_GARBLED, 200 },
        { "the same length twice", "/same-lengths", HTTP_FAULT_NONE, 200 },
        { "a length below zero", "/below-zero", HTTP_FAULT_GARBLED, 200 },
        { "a length beyond all numbers", "/beyond", HTTP_FAULT_GARBLED, 200 },
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char url[URL_BYTES];
        struct http_request request = request_to(fixture, url, cases[i].path);
        struct seen seen = ask(fixture, &request);
        if (seen.fault != cases[i].fault || seen.status != cases[i].status)
            fail_msg("%s: %s, %ld: %s", cases[i].says, http_fault_name(seen.fault), seen.status, seen.message);
        assert_true(seen.request_sent);
        assert_true(seen.loopback);
        assert_true((seen.fault == HTTP_FAULT_NONE) == (seen.message[0] == '\0'));
        assert_true(seen.body_len <= 4096);
    }
}

static void test_headers_of_request_and_answer(void **state)
{
    static const char *const headers[] = {"Accept: application/json", "X-Secret: 1", NULL};
    struct fixture *fixture = *state;
    char url[URL_BYTES];
    struct http_request request = request_to(fixture, url, "/echo");

    request.headers = headers;
    struct seen echo = ask(fixture, &request);
    assert_non_null(strstr(echo.body, "GET /echo HTTP/1.1"));
    assert_non_null(strstr(echo.body, "User-Agent: tocsin-test/1"));
    assert_non_null(strstr(echo.body, "Accept-Encoding: gzip\r\n"));
    assert_non_null(strstr(echo.body, "X-Secret: 1"));

    request = request_to(fixture, url, "/plain");
    struct seen plain = ask(fixture, &request);
    assert_string_equal(plain.body, "hello");
    assert_string_equal(plain.etag, "\"v1\"");
    request = request_to(fixture, url, "/busy");
    assert_int_equal(ask(fixture, &request).retry_after_s, 7);
}

static void test_retry_after_is_seconds_or_a_date(void **state)
{
    static const struct { const char *says; const char *wish; int64_t from_s, to_s; } cases[] = {
        { "seconds", "/wish?120", 120, 120 },
        { "none to wait is the least there is", "/wish?0", 1, 1 },
        { "more than a year is a year", "/wish?99999999", 366 * 86400, 366 * 86400 },
        { "a date that is over", "/wish?Sun,+06+Nov+1994+08:49:37+GMT", 1, 1 },
        { "a date to come", "/wish?Fri,+31+Dec+2060+23:59:59+GMT", 366 * 86400, 366 * 86400 },
        { "neither", "/wish?soon", 0, 0 },
        { "less than nothing", "/wish?-5", 0, 0 },
        { "an empty one", "/wish?", 0, 0 },
        { "none", "/plain", 0, 0 },
    };
    struct fixture *fixture = *state;
    char url[URL_BYTES];

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct http_request request = request_to(fixture, url, cases[i].wish);
        int64_t told_s = ask(fixture, &request).retry_after_s;
        if (told_s < cases[i].from_s || told_s > cases[i].to_s)
            fail_msg("%s: %lld s", cases[i].says, (long long) told_s);
    }

    char in_a_minute[64];
    char path[URL_BYTES / 2 + 16];
    time_t at = (time_t) (clock_wall_ms() / 1000) + 60;
    struct tm tm;
    (void) strftime(in_a_minute, sizeof in_a_minute, "%a,+%d+%b+%Y+%H:%M:%S+GMT", gmtime_r(&at, &tm));
    (void) snprintf(path, sizeof path, "/wish?%s", in_a_minute);
    struct http_request request = request_to(fixture, url, path);
    assert_in_range(ask(fixture, &request).retry_after_s, 50, 60);
}

static void test_a_conditional_request_gets_304(void **state)
{
    static const char *const headers[] = {"If-None-Match: \"v1\"", NULL};
    struct fixture *fixture = *state;
    char url[URL_BYTES];
    struct http_request request = request_to(fixture, url, "/conditional");

    assert_int_equal(ask(fixture, &request).status, 200);
    request.headers = headers;
    struct seen seen = ask(fixture, &request);
    assert_int_equal(seen.status, 304);
    assert_int_equal(seen.body_len, 0);
    assert_int_equal(seen.fault, HTTP_FAULT_NONE);
}

static void test_a_post_is_not_sent_twice(void **state)
{
    struct fixture *fixture = *state;
    char url[URL_BYTES];
    struct http_request request = request_to(fixture, url, "/plain");

    (void) ask(fixture, &request);   /* leaves a connection that could be used again */
    request = request_to(fixture, url, "/close");
    request.method = "POST";
    request.body = text_of("");
    struct seen seen = ask(fixture, &request);
    assert_int_equal(seen.fault, HTTP_FAULT_CUT);
    assert_true(seen.request_sent);
    assert_int_equal(http_stub_requests(fixture->stub), 2);
}

static void test_the_total_time_ends_a_drip_and_silence(void **state)
{
    static const char *const paths[] = {"/drip", "/hang"};
    struct fixture *fixture = *state;

    for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
        char url[URL_BYTES];
        struct http_request request = request_to(fixture, url, paths[i]);
        request.timeout_ms = 200;
        struct seen seen = ask(fixture, &request);
        assert_int_equal(seen.fault, HTTP_FAULT_TIMEOUT);
        assert_true(seen.request_sent);
        assert_in_range(seen.total_ms, 190, PATIENCE_MS);
    }
}

static void test_redirects(void **state)
{
    static const char *const others[] = {"LOCALHOST", NULL};
    static const struct { const char *says; const char *path; int max; bool also; enum http_fault fault; long status; const char *words; }
    cases[] = {
        { "not followed unless asked: an answer", "/same", 0, false, HTTP_FAULT_NONE, 302, "" },
        { "same host", "/same", 3, false, HTTP_FAULT_NONE, 200, "" },
        { "at its limit", "/same", 1, false, HTTP_FAULT_NONE, 200, "" },
        { "for ever", "/loop", 3, false, HTTP_FAULT_MOVED, 302, "too many redirects" },
        { "to another host", "/other", 3, false, HTTP_FAULT_MOVED, 302, "redirected to http://localhost:" },
        { "to a listed host", "/other", 3, true, HTTP_FAULT_NONE, 200, "" },
        { "to a file", "/file", 3, false, HTTP_FAULT_MOVED, 302, "unusable" },
        { "without a target", "/nowhere", 3, false, HTTP_FAULT_MOVED, 302, "without saying where" },
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char url[URL_BYTES];
        struct http_request request = request_to(fixture, url, cases[i].path);
        request.redirects_max = cases[i].max;
        request.also_hosts = cases[i].also ? others : NULL;
        struct seen seen = ask(fixture, &request);
        if (seen.fault != cases[i].fault || seen.status != cases[i].status || strstr(seen.message, cases[i].words) == NULL)
            fail_msg("%s: %s, %ld: %s", cases[i].says, http_fault_name(seen.fault), seen.status, seen.message);
    }
    assert_int_equal(http_stub_requests(fixture->stub), 1 + 2 + 2 + 4 + 1 + 2 + 1 + 1);
}

static void test_only_harmless_headers_go_to_another_host(void **state)
{
    static const char *const others[] = {"localhost", NULL};
    static const char *const headers[] = {"Authorization: Bearer x", "X-Token: x", "Cookie: a=b", "Accept: text/html",
                                          "If-None-Match: \"v0\"", NULL};
    static const struct { const char *path; bool private; } cases[] = {{"/same", true}, {"/other", false}};
    struct fixture *fixture = *state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char url[URL_BYTES];
        struct http_request request = request_to(fixture, url, cases[i].path);
        request.redirects_max = 1;
        request.also_hosts = others;
        request.headers = headers;
        struct seen seen = ask(fixture, &request);
        assert_int_equal(strstr(seen.body, "Authorization:") != NULL, cases[i].private);
        assert_int_equal(strstr(seen.body, "X-Token:") != NULL, cases[i].private);
        assert_int_equal(strstr(seen.body, "Cookie:") != NULL, cases[i].private);
        assert_non_null(strstr(seen.body, "Accept: text/html"));
        assert_non_null(strstr(seen.body, "If-None-Match: \"v0\""));
    }
}

static void test_a_secret_url_is_not_repeated(void **state)
{
    struct fixture *fixture = *state;
    char url[URL_BYTES];
    struct http_request request = request_to(fixture, url, "/other");

    request.redirects_max = 1;
    request.secret_url = true;
    struct seen seen = ask(fixture, &request);
    assert_int_equal(seen.fault, HTTP_FAULT_MOVED);
    assert_null(strstr(seen.message, "token"));
    assert_null(strstr(seen.effective_url, "/other"));
}

static void test_addresses(void **state)
{
    static const char *const only_first[] = {"127.0.0.1", "::1", NULL};
    static const struct { const char *says; const char *host; const char *path; enum address_policy policy; const char *const *blocks; enum http_fault fault; }
    cases[] = {
        { "loopback is not public", "127.0.0.1", "/plain", ADDRESS_PUBLIC, NULL, HTTP_FAULT_ADDRESS },
        { "nor by its number", "2130706433", "/plain", ADDRESS_PUBLIC, NULL, HTTP_FAULT_ADDRESS },
        { "nor mapped into v6", "[::ffff:127.0.0.1]", "/plain", ADDRESS_PUBLIC, NULL, HTTP_FAULT_ADDRESS },
        { "nor as 0.0.0.0", "0.0.0.0", "/plain", ADDRESS_PUBLIC, NULL, HTTP_FAULT_ADDRESS },
        { "nor by name", "localhost", "/plain", ADDRESS_PUBLIC, NULL, HTTP_FAULT_ADDRESS },
        { "unless allowed", "127.0.0.1", "/plain", ADDRESS_PUBLIC, only_first, HTTP_FAULT_NONE },
        { "another one is not allowed by that", "127.0.0.2", "/plain", ADDRESS_PUBLIC, only_first, HTTP_FAULT_ADDRESS },
        { "a redirect does not get round it", "127.0.0.1", "/private", ADDRESS_PUBLIC, only_first, HTTP_FAULT_MOVED },
        { "probes may go anywhere", "127.0.0.1", "/plain", ADDRESS_ANY, NULL, HTTP_FAULT_NONE },
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char url[URL_BYTES];
        struct http_request request = request_to(fixture, url, "/");
        (void) snprintf(url, sizeof url, "http://%s:%u%s", cases[i].host, http_stub_port(fixture->stub), cases[i].path);
        request.policy = cases[i].policy;
        request.allow_addresses = cases[i].blocks;
        request.redirects_max = 3;
        struct seen seen = ask(fixture, &request);
        if (seen.fault != cases[i].fault)
            fail_msg("%s: %s: %s", cases[i].says, http_fault_name(seen.fault), seen.message);
        assert_true(seen.fault != HTTP_FAULT_ADDRESS || !seen.request_sent);
    }
}

static void test_a_listed_host_still_needs_a_good_address(void **state)
{
    static const char *const only_first[] = {"127.0.0.1", NULL};
    static const char *const others[] = {"127.0.0.2", NULL};
    struct fixture *fixture = *state;
    char url[URL_BYTES];
    struct http_request request = request_to(fixture, url, "/private");

    request.redirects_max = 3;
    request.also_hosts = others;
    request.allow_addresses = only_first;
    assert_int_equal(ask(fixture, &request).fault, HTTP_FAULT_ADDRESS);
}

static void test_a_kept_connection_is_checked_too(void **state)
{
    struct fixture *fixture = *state;
    char url[URL_BYTES];
    struct http_request request = request_to(fixture, url, "/plain");

    assert_int_equal(ask(fixture, &request).fault, HTTP_FAULT_NONE);
    assert_int_equal(ask(fixture, &request).fault, HTTP_FAULT_NONE);
    assert_int_equal(http_stub_connections(fixture->stub), 1);
    request.allow_addresses = NULL;
    assert_int_equal(ask(fixture, &request).fault, HTTP_FAULT_ADDRESS);
    assert_int_equal(http_stub_requests(fixture->stub), 2);
}

static void test_nobody_listens(void **state)
{
    struct fixture *fixture = *state;
    struct http_stub *gone = http_stub_open(answer);
    uint16_t port = http_stub_port(gone);
    char url[URL_BYTES];
    struct http_request request = request_to(fixture, url, "/");

    http_stub_close(gone);
    (void) snprintf(url, sizeof url, "http://127.0.0.1:%u/", port);
    struct seen seen = ask(fixture, &request);
    assert_int_equal(seen.fault, HTTP_FAULT_CONNECT);
    assert_false(seen.request_sent);
    assert_int_equal(seen.status, 0);
}

static void test_bad_requests_are_refused(void **state)
{
    static const char *const split[] = {"X-A: 1\r\nX-B: 2", NULL};
    static const char *const nameless[] = {"nothing", NULL};
    static const char *const no_block[] = {"localhost", NULL};
    static const struct { const char *says; struct http_request request; } cases[] = {
        { "no URL", {.method = "GET"} },
        { "not a URL", {.method = "GET", .url = "https://"} },
        { "a file", {.method = "GET", .url = "file:///etc/passwd"} },
        { "plain http", {.method = "GET", .url = "http://127.0.0.1/"} },
        { "no method", {.url = "https://127.0.0.1/"} },
        { "another method", {.method = "get", .url = "https://127.0.0.1/"} },
        { "a header that is two", {.method = "GET", .url = "https://127.0.0.1/", .headers = split} },
        { "a header without a name", {.method = "GET", .url = "https://127.0.0.1/", .headers = nameless} },
        { "a block that is none", {.method = "GET", .url = "https://127.0.0.1/", .allow_addresses = no_block} },
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct seen seen = {0};
        struct error err = {0};
        if (http_client_start(fixture->client, &cases[i].request, on_done, &seen, NULL, &err) >= 0 || err.text[0] == '\0')
            fail_msg("%s", cases[i].says);
        assert_int_equal(seen.calls, 0);
    }
}

/* Twenty requests to one host use two connections at a time; one to another host does not wait behind them. */
static void test_a_slow_host_delays_no_other(void **state)
{
    struct fixture *fixture = *state;
    struct http_stub *other = http_stub_open(answer);
    struct seen slow[20] = {0};
    struct seen quick = {0};
    char url[URL_BYTES];

    for (size_t i = 0; i < ARRAY_SIZE(slow); i++) {
        struct http_request request = request_to(fixture, url, "/hang");
        assert_int_equal(http_client_start(fixture->client, &request, on_done, &slow[i], NULL, NULL), 0);
    }
    struct http_request request = request_to(fixture, url, "/");
    (void) snprintf(url, sizeof url, "http://127.0.0.1:%u/plain", http_stub_port(other));
    assert_int_equal(http_client_start(fixture->client, &request, on_done, &quick, NULL, NULL), 0);
    wait_for(fixture, &quick.calls, 1);
    assert_int_equal(quick.fault, HTTP_FAULT_NONE);
    assert_in_range(http_stub_connections(fixture->stub), 0, 2);

    http_client_stop(steal(&fixture->client), on_stopped, fixture);
    for (size_t i = 0; i < ARRAY_SIZE(slow); i++) {
        assert_int_equal(slow[i].calls, 1);
        assert_int_equal(slow[i].fault, HTTP_FAULT_CANCELLED);
    }
    http_stub_close(other);
}

/* A place for lookups is free again once the name is known, however long the connection takes. */
static void test_a_slow_handshake_holds_no_place_for_lookups(void **state)
{
    struct fixture *fixture = *state;
    const struct http_client_options options = {.user_agent = "tocsin-test/1", .lookups_max = 1};
    struct http_stub *other = http_stub_open(answer);
    struct http_client *client = NULL;
    struct seen slow = {0};
    struct seen quick = {0};
    char url[URL_BYTES];

    assert_int_equal(http_client_new(&fixture->loop, &options, &client, NULL), 0);
    struct http_request request = request_to(fixture, url, "/");
    (void) snprintf(url, sizeof url, "https://127.0.0.1:%u/", http_stub_port(fixture->stub));   /* which waits for a request */
    request.timeout_ms = request.connect_timeout_ms = 10 * PATIENCE_MS;
    assert_int_equal(http_client_start(client, &request, on_done, &slow, NULL, NULL), 0);
    (void) snprintf(url, sizeof url, "http://127.0.0.1:%u/plain", http_stub_port(other));
    assert_int_equal(http_client_start(client, &request, on_done, &quick, NULL, NULL), 0);
    wait_for(fixture, &quick.calls, 1);
    assert_int_equal(quick.fault, HTTP_FAULT_NONE);
    assert_int_equal(slow.calls, 0);

    http_client_stop(client, NULL, NULL);
    assert_int_equal(slow.fault, HTTP_FAULT_CANCELLED);
    http_stub_close(other);
}

static void test_more_than_the_limits_at_once_all_end(void **state)
{
    struct fixture *fixture = *state;
    struct seen seen[100] = {0};
    int64_t until_ms = clock_mono_ms() + PATIENCE_MS;
    size_t n_done = 0;

    for (size_t i = 0; i < ARRAY_SIZE(seen); i++) {
        char url[URL_BYTES];
        struct http_request request = request_to(fixture, url, "/plain");
        assert_int_equal(http_client_start(fixture->client, &request, on_done, &seen[i], NULL, NULL), 0);
    }
    while (n_done < ARRAY_SIZE(seen) && clock_mono_ms() < until_ms) {
        (void) uv_run(&fixture->loop, UV_RUN_ONCE);
        n_done = 0;
        for (size_t i = 0; i < ARRAY_SIZE(seen); i++)
            n_done += seen[i].calls == 1 && seen[i].fault == HTTP_FAULT_NONE;
    }
    assert_int_equal(n_done, ARRAY_SIZE(seen));
    assert_in_range(http_stub_connections(fixture->stub), 1, 2);
}

/* Cancels another transfer, starts one more or stops everything from within a callback. */
struct meddler {
    struct fixture *fixture;
    struct http_transfer *victim;
    struct seen *next;
    bool stop;
    int calls;
};

static void on_done_meddling(void *context, const struct http_reply *reply)
{
    struct meddler *meddler = context;
    char url[URL_BYTES];

    assert_int_equal(reply->fault, HTTP_FAULT_NONE);
    meddler->calls++;
    if (meddler->stop) {
        http_client_stop(steal(&meddler->fixture->client), on_stopped, meddler->fixture);
        return;
    }
    http_client_cancel(meddler->victim);
    struct http_request request = request_to(meddler->fixture, url, "/plain");
    assert_int_equal(http_client_start(meddler->fixture->client, &request, on_done, meddler->next, NULL, NULL), 0);
}

static void test_callbacks_may_cancel_and_start(void **state)
{
    struct fixture *fixture = *state;
    struct seen victim = {0};
    struct seen next = {0};
    struct meddler meddler = {.fixture = fixture, .next = &next};
    char url[URL_BYTES];
    struct http_request hang = request_to(fixture, url, "/hang");

    assert_int_equal(http_client_start(fixture->client, &hang, on_done, &victim, &meddler.victim, NULL), 0);
    struct http_request plain = request_to(fixture, url, "/plain");
    assert_int_equal(http_client_start(fixture->client, &plain, on_done_meddling, &meddler, NULL, NULL), 0);
    wait_for(fixture, &next.calls, 1);
    assert_int_equal(victim.calls, 1);
    assert_int_equal(victim.fault, HTTP_FAULT_CANCELLED);
    assert_int_equal(next.fault, HTTP_FAULT_NONE);
}

static void test_a_callback_may_stop_the_client(void **state)
{
    struct fixture *fixture = *state;
    struct seen other = {0};
    struct meddler meddler = {.fixture = fixture, .stop = true};
    char url[URL_BYTES];
    struct http_request hang = request_to(fixture, url, "/hang");

    assert_int_equal(http_client_start(fixture->client, &hang, on_done, &other, NULL, NULL), 0);
    struct http_request plain = request_to(fixture, url, "/plain");
    assert_int_equal(http_client_start(fixture->client, &plain, on_done_meddling, &meddler, NULL, NULL), 0);
    wait_for(fixture, &meddler.calls, 1);
    assert_int_equal(other.fault, HTTP_FAULT_CANCELLED);
}

static void test_cancel_at_once(void **state)
{
    struct fixture *fixture = *state;
    struct seen seen = {0};
    struct http_transfer *transfer = NULL;
    char url[URL_BYTES];
    struct http_request request = request_to(fixture, url, "/hang");

    assert_int_equal(http_client_start(fixture->client, &request, on_done, &seen, &transfer, NULL), 0);
    http_client_cancel(transfer);
    assert_int_equal(seen.calls, 1);
    assert_int_equal(seen.fault, HTTP_FAULT_CANCELLED);
    assert_false(seen.request_sent);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_answers_become_replies),
        TEST(test_headers_of_request_and_answer),
        TEST(test_retry_after_is_seconds_or_a_date),
        TEST(test_a_conditional_request_gets_304),
        TEST(test_a_post_is_not_sent_twice),
        TEST(test_the_total_time_ends_a_drip_and_silence),
        TEST(test_redirects),
        TEST(test_only_harmless_headers_go_to_another_host),
        TEST(test_a_secret_url_is_not_repeated),
        TEST(test_addresses),
        TEST(test_a_listed_host_still_needs_a_good_address),
        TEST(test_a_kept_connection_is_checked_too),
        TEST(test_nobody_listens),
        TEST(test_bad_requests_are_refused),
        TEST(test_a_slow_host_delays_no_other),
        TEST(test_a_slow_handshake_holds_no_place_for_lookups),
        TEST(test_more_than_the_limits_at_once_all_end),
        TEST(test_callbacks_may_cancel_and_start),
        TEST(test_a_callback_may_stop_the_client),
        TEST(test_cancel_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

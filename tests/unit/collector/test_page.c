/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "collector/page.h"
#include "common/clock.h"
#include "common/file.h"
#include "common/http_client.h"
#include "tests/unit/common/http_stub.h"

enum { PATIENCE_MS = 10000, REPORTS_MAX = 32, URL_BYTES = 96, PATHS_MAX = 16 };

/* --- the stub: documents by path, which change, carry tags and fail as the test says -------------------------------- */

static atomic_int version;          /* in each untagged or changing body */
static atomic_int failures_left;    /* /flaky answers 503 so many times */
static atomic_int refused;          /* /data answers 401 */
static atomic_int down;             /* everything answers 500 */
static atomic_int asked_token, asked_data, asked_list, asked_other, conditional;
static char posted[256];            /* the head and body of the last POST; read after its answer has come */
static char authorization[64];

static bool say_tagged(int fd, const char *head, const char *tag, const char *body)
{
    char wanted[64];
    (void) snprintf(wanted, sizeof wanted, "If-None-Match: \"%s\"", tag);
    if (strstr(head, wanted) != NULL) {
        atomic_fetch_add(&conditional, 1);
        return http_stub_say(fd, "HTTP/1.1 304 Not Modified\r\n\r\n");
    }
    return http_stub_say(fd, "HTTP/1.1 200 OK\r\nETag: \"%s\"\r\nContent-Length: %zu\r\n\r\n%s", tag, strlen(body), body);
}

static bool say_status(int fd, const char *status)
{
    return http_stub_say(fd, "HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n", status);
}

static bool say_token(int fd, const char *head)
{
    char body[64] = "";
    (void) recv(fd, body, sizeof body - 1, 0);
    (void) snprintf(posted, sizeof posted, "%.100s|%s|%s", strstr(head, "Content-Type"), strstr(head, "POST ") == head ? "POST" : "GET",
                    body);
    atomic_fetch_add(&asked_token, 1);
    return http_stub_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\ntoken");
}

static bool say_data(int fd, const char *head)
{
    char body[32];
    const char *header = strstr(head, "Authorization: ");
    (void) snprintf(authorization, sizeof authorization, "%.20s", header == NULL ? "" : header);
    (void) snprintf(body, sizeof body, "data %d", atomic_load(&version));
    atomic_fetch_add(&asked_data, 1);
    if (atomic_load(&refused))
        return say_status(fd, "401 Unauthorized");
    return say_tagged(fd, head, body, body);
}

static bool answer(struct http_stub *stub, int fd, const char *head)
{
    if (atomic_load(&down))
        return say_status(fd, "500 Broken");
    if (strstr(head, " /token") != NULL)
        return say_token(fd, head);
    if (strstr(head, " /data") != NULL)
        return say_data(fd, head);
    if (strstr(head, " /list") != NULL) {
        atomic_fetch_add(&asked_list, 1);
        return say_tagged(fd, head, "list", "list");
    }
    atomic_fetch_add(&asked_other, 1);
    if (strstr(head, " /flaky") != NULL && atomic_fetch_sub(&failures_left, 1) > 0)
        return say_status(fd, "503 Busy");
    if (strstr(head, " /wish") != NULL)
        return http_stub_say(fd, "HTTP/1.1 503 Busy\r\nRetry-After: 60\r\nContent-Length: 0\r\n\r\n");
    if (strstr(head, " /often") != NULL)
        return say_status(fd, "429 Too Many Requests");
    if (strstr(head, " /unasked") != NULL)
        return say_status(fd, "304 Not Modified");
    for (int i = 0; strstr(head, " /slow") != NULL && i < 30 && !http_stub_is_closing(stub); i++)
        (void) usleep(10000);
    while (strstr(head, " /hang") != NULL && !http_stub_is_closing(stub))
        (void) usleep(5000);
    return http_stub_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
}

/* --- a feed that asks for what the test says --------------------------------------------------------------------- */

struct wanted {
    const char *name;
    const char *path;               /* NULL: the end */
    const char *body;
    const char *host;               /* another address; NULL: 127.0.0.1 */
    int64_t keep_ms;
    bool secret;
    bool optional;
};

static const struct wanted *wanted;
static bool endless;                /* another document each time */
static uint16_t port;
static const struct wanted *histories;    /* asked for when something vanished; NULL: there is none */
static const char *listed[4];       /* ids of open incidents, NULL-terminated */
static char last_read[256];         /* what the last reading saw, "name=body;…" */
static int64_t valid_for_ms;        /* of each reading; 0: until the bytes change */

static bool script_next(const struct feed_input *in, struct feed_request *out)
{
    static const char *const headers[] = {"Authorization: Bearer token", NULL};
    size_t i = in->n_documents;
    const struct wanted *next = &wanted[i];
    if (endless) {
        out->name = arena_format(in->arena, "page %zu", i);
        out->url = arena_format(in->arena, "http://127.0.0.1:%u/page-%zu", port, i);
        return true;
    }
    bool history = histories != NULL && i > 0;
    if (history && !in->vanished)
        return false;
    if (history)
        next = &histories[i - 1];
    if (next->path == NULL)
        return false;
    *out = (struct feed_request) {.name = next->name, .accept = "text/plain", .body = text_of(next->body),
                                  .optional = history || next->optional, .keep_ms = next->keep_ms, .secret = next->secret,
                                  .headers = i > 0 ? headers : NULL};
    out->url = arena_format(in->arena, "http://%s:%u%s", next->host == NULL ? "127.0.0.1" : next->host, port, next->path);
    return true;
}

static int script_parse(const struct feed_input *in, struct feed_result *out, struct error *err)
{
    (void) err;
    size_t used = 0;
    for (size_t i = 0; i < in->n_documents; i++) {
        int n = snprintf(last_read + used, sizeof last_read - used, "%s=%.*s;", in->documents[i].name,
                         (int) in->documents[i].body.len, in->documents[i].body.at);
        used += (size_t) n;
    }
    out->incidents = arena_new(in->arena, ARRAY_SIZE(listed) * sizeof *out->incidents);
    while (listed[out->n_incidents] != NULL) {
        out->incidents[out->n_incidents] = (struct feed_incident) {.id = listed[out->n_incidents], .name = "x", .state = "open"};
        out->n_incidents++;
    }
    if (in->n_documents > 1 && in->documents[1].body.len > 0 && histories != NULL) {
        out->ended = arena_new(in->arena, sizeof *out->ended);
        out->ended[0] = (struct feed_incident) {.id = "i1", .name = "x", .state = "resolved"};
        out->n_ended = 1;
    }
    out->state = STATUS_OPERATIONAL;
    if (valid_for_ms > 0)
        out->valid_until_ms = in->now_ms + valid_for_ms;
    return 0;
}

static const struct feed script = {.name = "script", .next = script_next, .parse = script_parse};

/* --- around pages -------------------------------------------------------------------------------------------------- */

struct fixture {
    uv_loop_t loop;
    struct http_client *http;
    struct http_stub *stub;
    struct page_context context;
    struct breaker_policy policy;
    struct page_host *host;
    struct page *pages[2];
    struct feed_entry entry;
    char url[URL_BYTES];
    char listed[256];                  /* what was told of items, "i1 i1! [i1]" */
    Report reports[REPORTS_MAX];
    int n_reports;
    int n_closed;
};

static char *loopback[] = {(char *) "127.0.0.1/32"};

static void emit(void *owner, const Item *item)
{
    struct fixture *fixture = owner;
    size_t len = strlen(fixture->listed);
    if (item->which_body == Item_vendor_item_tag)
        (void) snprintf(fixture->listed + len, sizeof fixture->listed - len, "%s%s ", item->body.vendor_item.id,
                        item->body.vendor_item.ended ? "!" : "");
    if (item->which_body == Item_vendor_list_tag && item->body.vendor_list.kind == VENDOR_ITEM_INCIDENT)
        (void) snprintf(fixture->listed + len, sizeof fixture->listed - len, "[%s] ",
                        item->body.vendor_list.ids_count > 0 ? item->body.vendor_list.ids[0] : "");
    if (item->which_body != Item_observation_tag)
        return;
    assert_in_range(fixture->n_reports, 0, REPORTS_MAX - 1);
    fixture->reports[fixture->n_reports++] = item->body.observation;
}

static void ended(void *owner)
{
    uv_stop(&((struct fixture *) owner)->loop);
}

static int set_up(void **state)
{
    struct fixture *fixture = mem_new(sizeof *fixture);
    const struct http_client_options options = {.user_agent = "tocsin-test/1"};

    for (size_t i = 0; i < 9; i++)
        atomic_store(((atomic_int *[]) {&version, &failures_left, &refused, &down, &asked_token, &asked_data, &asked_list,
                                        &asked_other, &conditional})[i], 0);
    endless = false;
    histories = NULL;
    listed[0] = NULL;
    valid_for_ms = 0;
    last_read[0] = '\0';
    assert_int_equal(uv_loop_init(&fixture->loop), 0);
    assert_int_equal(http_client_new(&fixture->loop, &options, &fixture->http, NULL), 0);
    fixture->stub = http_stub_open(answer);
    port = http_stub_port(fixture->stub);
    fixture->context = (struct page_context) {.loop = &fixture->loop, .http = fixture->http, .emit = emit, .ended = ended,
                                              .owner = fixture};
    rng_seed(&fixture->context.rng, 11);
    fixture->policy = (struct breaker_policy) {.failures = 3, .open_ms = 300000};
    (void) snprintf(fixture->url, URL_BYTES, "http://127.0.0.1:%u", port);
    fixture->host = page_host_new(fixture->url, &fixture->policy);
    fixture->entry = (struct feed_entry) {.type = (char *) "script", .url = fixture->url, .allow_addresses = {loopback, 1},
                                          .allow_http = true, .timeout_ms = PATIENCE_MS, .body_bytes_max = 1 << 20};
    *state = fixture;
    return 0;
}

static void on_closed(uv_handle_t *handle)
{
    struct page *page = container_of((uv_timer_t *) handle, struct page, timer);
    ((struct fixture *) page->context->owner)->n_closed++;
    page_free(page);
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    int n = 0;

    fixture->context.stopping = true;
    for (size_t i = 0; i < ARRAY_SIZE(fixture->pages); i++) {
        if (fixture->pages[i] == NULL)
            continue;
        page_stop(fixture->pages[i], on_closed);
        n++;
    }
    http_client_stop(fixture->http, NULL, NULL);
    (void) uv_run(&fixture->loop, UV_RUN_DEFAULT);
    assert_int_equal(fixture->n_closed, n);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
    page_host_free(fixture->host);
    http_stub_close(fixture->stub);
    free(fixture);
    return 0;
}

static struct page *add_page(struct fixture *fixture, const char *service)
{
    size_t i = fixture->pages[0] == NULL ? 0 : 1;
    struct page *page = page_new(&fixture->context, fixture->host, &script, &fixture->entry);
    page_watch(page, service, &fixture->entry, 60000);
    fixture->pages[i] = page;
    return page;
}

/* A poll that is due, to its end. */
static const Report *poll_page(struct fixture *fixture, struct page *page)
{
    int before = fixture->n_reports;
    int64_t until_ms = clock_mono_us() / 1000 + PATIENCE_MS;

    page_due(page);
    while (fixture->n_reports == before && clock_mono_us() / 1000 < until_ms)
        (void) uv_run(&fixture->loop, UV_RUN_ONCE);
    assert_int_equal(fixture->n_reports, before + 1);
    return &fixture->reports[before];
}

static void assert_good(const Report *report)
{
    if (report->result != RESULT_OK)
        fail_msg("%s: %s", report->reason, report->detail);
    assert_int_equal(report->level, LEVEL_OPERATIONAL);
}

static void assert_fails(const Report *report, const char *reason, const char *words)
{
    assert_int_equal(report->result, RESULT_FAIL);
    if (strcmp(report->reason, reason) != 0 || strstr(report->detail, words) == NULL)
        fail_msg("%s: %s", report->reason, report->detail);
}

/* --- documents ---------------------------------------------------------------------------------------------------- */

static const struct wanted only_data[] = {{.name = "data", .path = "/data"}, {0}};

/* What was told of the page's items since the last time. */
static void assert_told(struct fixture *fixture, const char *told)
{
    assert_string_equal(fixture->listed, told);
    fixture->listed[0] = '\0';
}

/* The bytes must differ, or nothing is read at all. */
static const Report *poll_another(struct fixture *fixture, struct page *page)
{
    atomic_fetch_add(&version, 1);
    return poll_page(fixture, page);
}

static void test_what_vanished_is_looked_up_once(void **state)
{
    struct fixture *fixture = *state;
    struct page *page = add_page(fixture, "one");
    static const struct wanted history[] = {{.name = "history", .path = "/list"}, {0}};
    wanted = only_data;
    histories = history;

    listed[0] = "i1";
    assert_good(poll_another(fixture, page));
    assert_told(fixture, "i1 [i1] ");
    assert_good(poll_another(fixture, page));
    assert_told(fixture, "");
    assert_int_equal(atomic_load(&asked_list), 0);
    listed[0] = NULL;
    assert_good(poll_another(fixture, page));
    assert_told(fixture, "i1! [] ");
    assert_int_equal(atomic_load(&asked_list), 1);
    assert_good(poll_another(fixture, page));
    assert_good(poll_page(fixture, page));
    assert_told(fixture, "");
    assert_int_equal(atomic_load(&asked_list), 1);
    page_say_items_again(page);
    assert_told(fixture, "[] ");
}

static void test_a_history_that_is_not_there_costs_no_reading(void **state)
{
    struct fixture *fixture = *state;
    struct page *page = add_page(fixture, "one");
    static const struct wanted broken[] = {{.name = "history", .path = "/flaky"}, {.name = "more", .path = "/flaky-too"}, {0}};
    wanted = only_data;
    histories = broken;
    atomic_store(&failures_left, 9);

    listed[0] = "i1";
    assert_good(poll_another(fixture, page));
    listed[0] = NULL;
    fixture->listed[0] = '\0';
    assert_good(poll_another(fixture, page));
    assert_told(fixture, "[] ");
    assert_string_equal(last_read, "data=data 2;history=;more=;");
    assert_int_equal(atomic_load(&asked_other), 2);
    assert_good(poll_another(fixture, page));
    assert_int_equal(atomic_load(&asked_other), 2);
}

static void test_a_page_that_fails_withdraws_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct page *page = add_page(fixture, "one");
    fixture->entry.timeout_ms = 900;
    wanted = only_data;

    listed[0] = "i1";
    assert_good(poll_another(fixture, page));
    assert_told(fixture, "i1 [i1] ");
    atomic_store(&refused, 1);
    assert_fails(poll_another(fixture, page), "auth", "HTTP 401");
    assert_told(fixture, "");
    page_say_items_again(page);
    assert_told(fixture, "i1 [i1] ");
    atomic_store(&refused, 0);
    assert_good(poll_another(fixture, page));
    assert_told(fixture, "");
}

static const struct wanted token_and_data[] = {
    {.name = "token", .path = "/token", .body = "grant=1", .keep_ms = 60000, .secret = true},
    {.name = "data", .path = "/data"},
    {0},
};

static void test_a_kept_document_is_asked_for_once(void **state)
{
    struct fixture *fixture = *state;
    struct page *page = add_page(fixture, "one");
    wanted = token_and_data;

    assert_good(poll_page(fixture, page));
    assert_string_equal(posted, "Content-Type: application/x-www-form-urlencoded\r\n\r\n|POST|grant=1");
    assert_string_equal(authorization, "Authorization: Beare");
    assert_string_equal(last_read, "token=token;data=data 0;");
    atomic_store(&version, 1);
    assert_good(poll_page(fixture, page));
    assert_string_equal(last_read, "token=token;data=data 1;");
    assert_int_equal(atomic_load(&asked_token), 1);
    assert_int_equal(atomic_load(&asked_data), 2);
}

static void test_a_kept_document_is_forgotten_after_an_auth_failure(void **state)
{
    struct fixture *fixture = *state;
    struct page *page = add_page(fixture, "one");
    wanted = token_and_data;

    assert_good(poll_page(fixture, page));
    atomic_store(&refused, 1);
    assert_fails(poll_page(fixture, page), "auth", "HTTP 401");
    assert_int_equal(atomic_load(&asked_token), 1);
    atomic_store(&refused, 0);
    assert_good(poll_page(fixture, page));
    assert_int_equal(atomic_load(&asked_token), 2);
}

static void test_a_kept_document_outlives_trouble_of_another(void **state)
{
    struct fixture *fixture = *state;
    fixture->entry.timeout_ms = 900;   /* at most one retry */
    struct page *page = add_page(fixture, "one");
    static const struct wanted with_flaky[] = {
        {.name = "token", .path = "/token", .body = "grant=1", .keep_ms = 60000}, {.name = "flaky", .path = "/flaky"}, {0}};
    wanted = with_flaky;

    atomic_store(&failures_left, 2);
    assert_fails(poll_page(fixture, page), "http_5xx", "HTTP 503");
    atomic_store(&failures_left, 0);
    assert_good(poll_page(fixture, page));
    assert_int_equal(atomic_load(&asked_token), 1);
}

static void test_each_document_is_asked_for_conditionally(void **state)
{
    struct fixture *fixture = *state;
    struct page *page = add_page(fixture, "one");
    static const struct wanted two[] = {{.name = "list", .path = "/list"}, {.name = "data", .path = "/data"}, {0}};
    wanted = two;

    assert_good(poll_page(fixture, page));
    assert_int_equal(atomic_load(&conditional), 0);
    assert_good(poll_page(fixture, page));                 /* both unchanged: not parsed again */
    assert_int_equal(atomic_load(&conditional), 2);
    assert_int_equal(fixture->context.counts.parses, 1);
    assert_int_equal(fixture->context.counts.unchanged, 1);

    atomic_store(&version, 5);
    assert_good(poll_page(fixture, page));                 /* one changed: read with what is kept of the other */
    assert_int_equal(atomic_load(&conditional), 3);
    assert_string_equal(last_read, "list=list;data=data 5;");
    assert_int_equal(fixture->context.counts.parses, 2);
}

static void test_a_reading_that_is_over_is_not_said_again(void **state)
{
    struct fixture *fixture = *state;
    struct page *page = add_page(fixture, "one");
    static const struct wanted one[] = {{.name = "data", .path = "/data"}, {0}};
    wanted = one;

    valid_for_ms = 600000;
    assert_good(poll_page(fixture, page));
    page->valid_until_ms = clock_wall_ms();                /* as if that time had passed */
    assert_good(poll_page(fixture, page));
    assert_int_equal(fixture->context.counts.parses, 2);   /* the same bytes, but time alone may have changed the answer */
    assert_int_equal(atomic_load(&conditional), 0);
    assert_good(poll_page(fixture, page));
    assert_int_equal(fixture->context.counts.parses, 2);
    assert_int_equal(atomic_load(&conditional), 1);
}

static void test_a_304_that_stands_for_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct page *page = add_page(fixture, "one");
    static const struct wanted two[] = {{.name = "list", .path = "/list"}, {.name = "unasked", .path = "/unasked"}, {0}};
    wanted = two;

    for (int i = 0; i < 3; i++)
        assert_fails(poll_page(fixture, page), "shape", "was not asked for changes");
}

static void test_an_optional_document_may_be_missing(void **state)
{
    struct fixture *fixture = *state;
    struct page *page = add_page(fixture, "one");
    static const struct wanted with_more[] = {{.name = "list", .path = "/list"}, {.name = "flaky", .path = "/flaky", .optional = true},
                                              {.name = "elsewhere", .path = "/x", .host = "127.0.0.2", .optional = true},
                                              {.name = "data", .path = "/data"}, {0}};
    static const struct wanted with_wish[] = {{.name = "list", .path = "/list"}, {.name = "wish", .path = "/wish", .optional = true}, {0}};
    wanted = with_more;

    atomic_store(&failures_left, 1);
    assert_good(poll_page(fixture, page));
    assert_string_equal(last_read, "list=list;flaky=;elsewhere=;data=data 0;");
    assert_int_equal(fixture->context.counts.retries, 0);
    assert_good(poll_page(fixture, page));
    assert_string_equal(last_read, "list=list;flaky=ok;elsewhere=;data=data 0;");
    wanted = with_wish;
    assert_good(poll_page(fixture, page));
    assert_fails(poll_page(fixture, page), "http_5xx", "as it wishes");   /* what the host wishes holds all the same */
}

static void test_documents_that_lead_on_and_on(void **state)
{
    struct fixture *fixture = *state;
    struct page *page = add_page(fixture, "one");
    static const struct wanted twice[] = {{.name = "list", .path = "/list"}, {.name = "list 2", .path = "/list"}, {0}};

    wanted = twice;
    assert_fails(poll_page(fixture, page), "shape", "leads back to list 2");
    assert_int_equal(atomic_load(&asked_list), 1);
    endless = true;
    assert_fails(poll_page(fixture, page), "shape", "more than 8 documents");
    assert_int_equal(atomic_load(&asked_other), FEED_DOCUMENTS_MAX);
}

static void test_another_host_is_under_the_same_policy(void **state)
{
    struct fixture *fixture = *state;
    struct page *page = add_page(fixture, "one");
    static const struct wanted elsewhere[] = {{.name = "token", .path = "/token", .body = "x", .host = "127.0.0.2"}, {0}};
    wanted = elsewhere;

    assert_fails(poll_page(fixture, page), "address", "127.0.0.2");
    assert_int_equal(http_stub_requests(fixture->stub), 0);
}

/* --- attempts ----------------------------------------------------------------------------------------------------- */

static const struct wanted flaky[] = {{.name = "flaky", .path = "/flaky"}, {0}};

static void test_V09_503_503_200_is_one_good_poll(void **state)
{
    struct fixture *fixture = *state;
    struct page *page = add_page(fixture, "one");
    wanted = flaky;

    atomic_store(&failures_left, 2);
    assert_good(poll_page(fixture, page));
    assert_int_equal(atomic_load(&asked_other), 3);
    assert_int_equal(fixture->context.counts.polls, 1);
    assert_int_equal(fixture->context.counts.failures, 0);
    assert_int_equal(fixture->context.counts.retries, 2);

    atomic_store(&failures_left, 3);
    assert_fails(poll_page(fixture, page), "http_5xx", "HTTP 503");
    assert_int_equal(atomic_load(&asked_other), 6);
    assert_int_equal(fixture->host->breaker.failures, 1);   /* a poll, not its attempts */
}

static void test_its_time_is_for_all_documents_and_attempts(void **state)
{
    struct fixture *fixture = *state;
    fixture->entry.timeout_ms = 1000;
    struct page *page = add_page(fixture, "one");
    static const struct wanted slow[] = {
        {.name = "a", .path = "/slow-a"}, {.name = "b", .path = "/slow-b"}, {.name = "c", .path = "/hang"}, {0}};
    wanted = slow;

    int64_t started_us = clock_mono_us();
    assert_int_equal(poll_page(fixture, page)->result, RESULT_FAIL);
    assert_string_equal(fixture->reports[0].reason, "timeout");
    assert_in_range((clock_mono_us() - started_us) / 1000, 900, 1900);
}

static void test_stopping_between_two_attempts(void **state)
{
    struct fixture *fixture = *state;
    struct page *page = add_page(fixture, "one");
    int64_t until_ms = clock_mono_ms() + PATIENCE_MS;
    wanted = flaky;

    atomic_store(&failures_left, 9);
    page_due(page);
    while (fixture->context.counts.retries == 0 && clock_mono_ms() < until_ms)
        (void) uv_run(&fixture->loop, UV_RUN_ONCE);
    assert_int_equal(fixture->context.counts.retries, 1);
    assert_int_equal(fixture->n_reports, 0);   /* tear_down stops it in the middle of its wait */
}

/* --- hosts -------------------------------------------------------------------------------------------------------- */

#ifdef TOCSIN_FAILPOINTS
static char skip_path[] = "/tmp/tocsin-skip-XXXXXX";
static void skip_to_ms(int64_t ms)
{
    char text[24];
    struct error err = {0};
    int n = snprintf(text, sizeof text, "%lld", (long long) ms);
    assert_int_equal(file_write(skip_path, text, (size_t) n, 0600, &err), 0);
}

static int set_up_skipping(void **state)
{
    int fd = mkstemp(skip_path);
    if (fd < 0 || close(fd) != 0 || setenv("TOCSIN_CLOCK_SKIP_FILE", skip_path, 1) != 0)
        return -1;
    return set_up(state);
}

static int tear_down_skipping(void **state)
{
    (void) tear_down(state);
    (void) unsetenv("TOCSIN_CLOCK_SKIP_FILE");
    (void) unlink(skip_path);
    memcpy(skip_path + strlen(skip_path) - 6, "XXXXXX", 6);
    return 0;
}

static void test_V10_to_V12_the_breaker_of_a_host(void **state)
{
    struct fixture *fixture = *state;
    static const struct wanted list[] = {{.name = "list", .path = "/list"}, {0}};
    fixture->entry.timeout_ms = 290;   /* no time for a retry */
    struct page *one = add_page(fixture, "one");
    struct page *two = add_page(fixture, "two");
    wanted = list;

    atomic_store(&down, 1);
    assert_fails(poll_page(fixture, one), "http_5xx", "HTTP 500");
    assert_fails(poll_page(fixture, two), "http_5xx", "HTTP 500");
    assert_fails(poll_page(fixture, one), "http_5xx", "HTTP 500");   /* the third of the host opens it for both */
    assert_fails(poll_page(fixture, one), "breaker", "not asked since");
    assert_fails(poll_page(fixture, two), "breaker", "(http_5xx): the page answered with HTTP 500");
    assert_false(page_ask(one));                                     /* not even when somebody wants it */
    skip_to_ms(299000);
    assert_fails(poll_page(fixture, two), "breaker", "not asked since");
    assert_int_equal(http_stub_requests(fixture->stub), 3);
    assert_int_equal(fixture->context.counts.skipped, 3);

    skip_to_ms(301000);
    page_due(one);                                                   /* the trial: under way */
    assert_fails(poll_page(fixture, two), "breaker", "not asked since");
    int64_t until_ms = clock_mono_us() / 1000 + PATIENCE_MS;
    while (fixture->host->busy != NULL && clock_mono_us() / 1000 < until_ms)
        (void) uv_run(&fixture->loop, UV_RUN_ONCE);
    assert_int_equal(http_stub_requests(fixture->stub), 4);
    assert_fails(poll_page(fixture, one), "breaker", "not asked since");   /* it failed: open anew */

    skip_to_ms(602000);
    atomic_store(&down, 0);
    assert_good(poll_page(fixture, two));                            /* its success closes */
    assert_good(poll_page(fixture, one));
    assert_int_equal(http_stub_requests(fixture->stub), 6);
}

static void test_a_wish_of_the_host_is_followed(void **state)
{
    struct fixture *fixture = *state;
    static const struct wanted wish[] = {{.name = "wish", .path = "/wish"}, {0}};
    static const struct wanted often[] = {{.name = "often", .path = "/often"}, {0}};
    struct page *one = add_page(fixture, "one");
    struct page *two = add_page(fixture, "two");

    wanted = wish;
    assert_fails(poll_page(fixture, one), "http_5xx", "HTTP 503");
    assert_fails(poll_page(fixture, two), "http_5xx", "as it wishes");
    skip_to_ms(59000);
    assert_fails(poll_page(fixture, one), "http_5xx", "as it wishes");
    assert_int_equal(http_stub_requests(fixture->stub), 1);
    skip_to_ms(61000);
    wanted = often;
    assert_fails(poll_page(fixture, one), "http_429", "HTTP 429");
    assert_int_equal(fixture->context.counts.retries, 0);
    skip_to_ms(61000 + 119000);
    assert_fails(poll_page(fixture, two), "http_429", "is not asked before");
    assert_int_equal(http_stub_requests(fixture->stub), 2);
    skip_to_ms(61000 + 133000);
    assert_fails(poll_page(fixture, two), "http_429", "HTTP 429");
    assert_int_equal(http_stub_requests(fixture->stub), 3);
}

static void test_a_kept_document_is_asked_for_again_in_time(void **state)
{
    struct fixture *fixture = *state;
    struct page *page = add_page(fixture, "one");
    wanted = token_and_data;

    assert_good(poll_page(fixture, page));
    skip_to_ms(58000);
    assert_good(poll_page(fixture, page));
    assert_int_equal(atomic_load(&asked_token), 1);
    skip_to_ms(60001);
    assert_good(poll_page(fixture, page));
    assert_int_equal(atomic_load(&asked_token), 2);
}
#endif

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
#define TEST_SKIPPING(function) cmocka_unit_test_setup_teardown(function, set_up_skipping, tear_down_skipping)
    const struct CMUnitTest tests[] = {
        TEST(test_what_vanished_is_looked_up_once),
        TEST(test_a_history_that_is_not_there_costs_no_reading),
        TEST(test_a_page_that_fails_withdraws_nothing),
        TEST(test_a_kept_document_is_asked_for_once),
        TEST(test_a_kept_document_is_forgotten_after_an_auth_failure),
        TEST(test_a_kept_document_outlives_trouble_of_another),
        TEST(test_each_document_is_asked_for_conditionally),
        TEST(test_a_reading_that_is_over_is_not_said_again),
        TEST(test_a_304_that_stands_for_nothing),
        TEST(test_an_optional_document_may_be_missing),
        TEST(test_documents_that_lead_on_and_on),
        TEST(test_another_host_is_under_the_same_policy),
        TEST(test_V09_503_503_200_is_one_good_poll),
        TEST(test_its_time_is_for_all_documents_and_attempts),
        TEST(test_stopping_between_two_attempts),
#ifdef TOCSIN_FAILPOINTS
        TEST_SKIPPING(test_V10_to_V12_the_breaker_of_a_host),
        TEST_SKIPPING(test_a_wish_of_the_host_is_followed),
        TEST_SKIPPING(test_a_kept_document_is_asked_for_again_in_time),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

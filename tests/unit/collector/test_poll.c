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
#include <unistd.h>

#include "collector/config.h"
#include "collector/poll.h"
#include "common/clock.h"
#include "common/http_client.h"
#include "common/mem.h"
#include "common/poll_reason.h"
#include "tests/unit/common/http_stub.h"

enum { PATIENCE_MS = 10000, SERVICES_MAX_HERE = 4, REPORTS_MAX = 16, URL_BYTES = 64,
       SEED = 2777 };   /* of those whose first poll is due at once */

/* One poller over some services, and everything it said. */
struct fixture {
    uv_loop_t loop;
    struct http_client *http;
    struct poller *poller;
    struct http_stub *stub;
    struct collector_config config;
    struct service_entry services[SERVICES_MAX_HERE];
    struct feed_entry feeds[SERVICES_MAX_HERE];
    char urls[SERVICES_MAX_HERE][URL_BYTES];
    char *wanted[SERVICES_MAX_HERE];
    Report reports[REPORTS_MAX];
    int n_reports;
    int n_finished;
    bool stopped;
};

static char *loopback[] = {(char *) "127.0.0.0/8"};

/* --- the stub: what it answers next is the test's to say ----------------------------------------------------------- */

static atomic_int unasked;        /* answers 304 to whatever comes */
static atomic_int broken;         /* answers 500 */
static atomic_int at_once;        /* requests under way */
static atomic_int most_at_once;

static const char page[] =
    "{\"status\": {\"indicator\": \"minor\"}, \"components\": [{\"id\": \"a\", \"name\": \"API\", \"status\":"
    " \"partial_outage\"}, {\"id\": \"b\", \"name\": \"Login\", \"status\": \"operational\"}]}";

static bool answer_page(int fd, const char *head)
{
    if (atomic_load(&unasked) || strstr(head, "If-None-Match: \"v1\"") != NULL)
        return http_stub_say(fd, "HTTP/1.1 304 Not Modified\r\nETag: \"v1\"\r\n\r\n");
    if (atomic_load(&broken))
        return http_stub_say(fd, "HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n");
    const char *tag = strstr(head, "/tagged/") != NULL ? "ETag: \"v1\"\r\n" : "";
    return http_stub_say(fd, "HTTP/1.1 200 OK\r\n%sContent-Length: %zu\r\n\r\n%s", tag, strlen(page), page);
}

static bool answer_with(int fd, const char *status, const char *body)
{
    return http_stub_say(fd, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n%s", status, strlen(body), body);
}

static bool answer_path(struct http_stub *stub, int fd, const char *head)
{
    static const struct { const char *path; const char *status; const char *body; } answers[] = {
        { "/404/", "404 Not Found", "" },
        { "/410/", "410 Gone", "" },
        { "/401/", "401 Unauthorized", "" },
        { "/403/", "403 Forbidden", "" },
        { "/418/", "418 Teapot", "" },
        { "/429/", "429 Too Many Requests", "" },
        { "/503/", "503 Service Unavailable", "" },
        { "/204/", "204 No Content", "" },
        { "/empty/", "200 OK", "" },
        { "/html/", "200 OK", "<html></html>" },
        { "/object/", "200 OK", "{}" },
        { "/moved/", "302 Found\r\nLocation: https://elsewhere.example/", "" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
        if (strstr(head, answers[i].path) != NULL)
            return answer_with(fd, answers[i].status, answers[i].body);
    }
    if (strstr(head, "/short/") != NULL)
        return http_stub_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{") && false;
    while (strstr(head, "/hang/") != NULL && !http_stub_is_closing(stub))
        (void) usleep(5000);
    return answer_page(fd, head);
}

static bool answer(struct http_stub *stub, int fd, const char *head)
{
    int now = atomic_fetch_add(&at_once, 1) + 1;
    if (now > atomic_load(&most_at_once))
        atomic_store(&most_at_once, now);
    bool going = answer_path(stub, fd, head);
    atomic_fetch_sub(&at_once, 1);
    return going;
}

/* --- around the poller -------------------------------------------------------------------------------------------- */

static void emit(void *context, const Item *item)
{
    struct fixture *fixture = context;

    assert_true(item->at_boot_ms > 0);
    if (item->which_body != Item_observation_tag)
        return;   /* what the page lists: test_vendor_news.c */
    assert_in_range(fixture->n_reports, 0, REPORTS_MAX - 1);
    fixture->reports[fixture->n_reports++] = item->body.observation;
    uv_stop(&fixture->loop);   /* else a turn that said this from a timer goes on to wait for the next event */
}

static void on_finished(void *context)
{
    struct fixture *fixture = context;

    fixture->n_finished++;
    uv_stop(&fixture->loop);
}

static void on_stopped(void *context)
{
    struct fixture *fixture = context;

    fixture->stopped = true;
    uv_stop(&fixture->loop);
}

static int set_up(void **state)
{
    struct fixture *fixture = mem_new(sizeof *fixture);
    const struct http_client_options options = {.user_agent = "tocsin-test/1"};

    atomic_store(&unasked, 0);
    atomic_store(&broken, 0);
    atomic_store(&most_at_once, 0);
    assert_int_equal(uv_loop_init(&fixture->loop), 0);
    assert_int_equal(http_client_new(&fixture->loop, &options, &fixture->http, NULL), 0);
    fixture->stub = http_stub_open(answer);
    fixture->config = (struct collector_config) {.services_enabled = true, .poll_interval_ms = 60000, .breaker = {3, 300000},
                                                 .registry = {.services = fixture->services}};
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    if (fixture->poller != NULL)
        poller_stop(fixture->poller, on_stopped, fixture);
    while (fixture->poller != NULL && !fixture->stopped && uv_run(&fixture->loop, UV_RUN_ONCE) != 0)
        ;
    http_client_stop(fixture->http, NULL, NULL);
    (void) uv_run(&fixture->loop, UV_RUN_DEFAULT);
    assert_true(fixture->poller == NULL || fixture->stopped);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);   /* nothing was left on the loop */
    http_stub_close(fixture->stub);
    free(fixture);
    return 0;
}

/* A service that reads the page below this path, filtered by one component unless that is NULL. */
static struct feed_entry *add_service(struct fixture *fixture, const char *id, const char *path, const char *component)
{
    size_t i = fixture->config.registry.n_services++;
    struct feed_entry *feed = &fixture->feeds[i];

    (void) snprintf(fixture->urls[i], URL_BYTES, "http://127.0.0.1:%u%s", http_stub_port(fixture->stub), path);
    fixture->wanted[i] = (char *) component;
    *feed = (struct feed_entry) {.type = (char *) "statuspage", .url = fixture->urls[i], .allow_addresses = {loopback, 1},
                                 .components = {&fixture->wanted[i], component == NULL ? 0 : 1}, .allow_http = true,
                                 .timeout_ms = PATIENCE_MS, .body_bytes_max = 1 << 20};
    fixture->services[i] = (struct service_entry) {.id = (char *) id, .feed = feed};
    return feed;
}

static void start(struct fixture *fixture, bool once)
{
    const struct poller_options options = {.loop = &fixture->loop, .config = &fixture->config, .http = fixture->http,
                                           .seed = SEED, .once = once, .emit = emit, .finished = on_finished,
                                           .context = fixture};

    assert_int_equal(poller_start(&options, &fixture->poller, NULL), 0);
    assert_int_equal(fixture->n_reports, 0);
}

static void wait_for_reports(struct fixture *fixture, int n)
{
    int64_t until_ms = clock_mono_ms() + PATIENCE_MS;

    while (fixture->n_reports < n && clock_mono_ms() < until_ms)
        (void) uv_run(&fixture->loop, UV_RUN_ONCE);
    assert_int_equal(fixture->n_reports, n);
}

static void wait_until_finished(struct fixture *fixture)
{
    int64_t until_ms = clock_mono_ms() + PATIENCE_MS;

    while (fixture->n_finished == 0 && clock_mono_ms() < until_ms)
        (void) uv_run(&fixture->loop, UV_RUN_ONCE);
    assert_int_equal(fixture->n_finished, 1);
}

static const Report *report_of(const struct fixture *fixture, const char *service)
{
    for (int i = 0; i < fixture->n_reports; i++) {
        if (strcmp(fixture->reports[i].service, service) == 0)
            return &fixture->reports[i];
    }
    fail_msg("nothing was said of %s", service);
    return NULL;
}

/* --- tests -------------------------------------------------------------------------------------------------------- */

static void test_one_page_is_fetched_once_for_all_that_read_it(void **state)
{
    struct fixture *fixture = *state;

    (void) add_service(fixture, "all", "/page", NULL);
    (void) add_service(fixture, "api", "/page", "API");
    (void) add_service(fixture, "gone", "/page", "Search");
    (void) add_service(fixture, "login", "/page", "Login");
    start(fixture, true);
    wait_until_finished(fixture);

    assert_int_equal(http_stub_requests(fixture->stub), 1);
    assert_int_equal(fixture->n_reports, 4);
    assert_int_equal(report_of(fixture, "all")->level, LEVEL_DEGRADED);
    assert_int_equal(report_of(fixture, "api")->level, LEVEL_PARTIAL_OUTAGE);
    assert_string_equal(report_of(fixture, "api")->detail, "API: Partial outage");
    assert_int_equal(report_of(fixture, "login")->level, LEVEL_OPERATIONAL);
    assert_int_equal(report_of(fixture, "gone")->result, RESULT_FAIL);
    assert_string_equal(report_of(fixture, "gone")->reason, "filter_miss");
    for (int i = 0; i < 4; i++) {
        assert_string_equal(fixture->reports[i].check, "feed");
        assert_int_equal(fixture->reports[i].kind, SOURCE_VENDOR);
        assert_int_equal(fixture->reports[i].every_s, 60);
    }
    Vitals vitals = {0};
    poller_vitals(fixture->poller, &vitals);
    assert_int_equal(vitals.polls_total, 4);
    assert_int_equal(vitals.poll_failures_total, 1);
    assert_int_equal(vitals.poll_failures[POLL_REASON_FILTER_MISS], 1);
    assert_int_equal(vitals.polls_parsed_total, 4);
}

static void test_what_makes_another_request_is_not_shared(void **state)
{
    struct fixture *fixture = *state;

    (void) add_service(fixture, "one", "/page", NULL);
    add_service(fixture, "patient", "/page", NULL)->timeout_ms = 2 * PATIENCE_MS;   /* no reason to ask twice */
    add_service(fixture, "other-page", "/page", NULL)->page = (char *) "two";
    add_service(fixture, "other-client", "/page", NULL)->client_id = (char *) "me";
    start(fixture, true);
    wait_until_finished(fixture);

    assert_int_equal(http_stub_requests(fixture->stub), 3);
    assert_int_equal(fixture->n_reports, 4);
}

static void test_every_failure_has_its_word(void **state)
{
    static const struct { const char *path; const char *reason; } cases[] = {
        { "/404", "http_404" }, { "/410", "http_404" }, { "/401", "auth" },   { "/403", "auth" },  { "/418", "http_4xx" },
        { "/429", "http_429" }, { "/503", "http_5xx" }, { "/204", "shape" },  { "/empty", "parse" }, { "/html", "parse" },
        { "/object", "shape" }, { "/moved", "moved" },  { "/short", "cut" },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        void *own = NULL;
        assert_int_equal(set_up(&own), 0);
        struct fixture *fixture = own;
        add_service(fixture, "one", cases[i].path, NULL)->timeout_ms = 1000;   /* room for one retry */
        start(fixture, true);
        wait_until_finished(fixture);
        const Report *report = report_of(fixture, "one");
        if (report->result != RESULT_FAIL || strcmp(report->reason, cases[i].reason) != 0)
            fail_msg("%s: %s: %s", cases[i].path, report->reason, report->detail);
        assert_int_equal(report->level, LEVEL_UNKNOWN);
        assert_true(report->detail[0] != '\0');
        assert_int_equal(tear_down(&own), 0);
    }
}

static void test_limits_of_the_entry_are_kept(void **state)
{
    struct fixture *fixture = *state;

    add_service(fixture, "address", "/a", NULL)->allow_addresses.n = 0;
    add_service(fixture, "hang", "/hang", NULL)->timeout_ms = 100;
    add_service(fixture, "large", "/b", NULL)->body_bytes_max = 100;
    start(fixture, true);
    wait_until_finished(fixture);
    assert_string_equal(report_of(fixture, "address")->reason, "address");
    assert_string_equal(report_of(fixture, "hang")->reason, "timeout");
    assert_string_equal(report_of(fixture, "large")->reason, "too_big");
}

static void test_one_request_at_a_time_to_a_host(void **state)
{
    struct fixture *fixture = *state;

    (void) add_service(fixture, "a", "/a", NULL);
    (void) add_service(fixture, "b", "/b", NULL);
    (void) add_service(fixture, "c", "/c", NULL);
    start(fixture, true);
    wait_until_finished(fixture);
    assert_int_equal(fixture->n_reports, 3);
    assert_int_equal(http_stub_requests(fixture->stub), 3);
    assert_int_equal(atomic_load(&most_at_once), 1);
}

/* Starts with schedules and waits for the first due poll: with this seed at once, the next is a minute away. */
static const Report *first_poll(struct fixture *fixture)
{
    start(fixture, false);
    wait_for_reports(fixture, 1);
    return &fixture->reports[0];
}

/* Polls once more, out of turn, and gives what was said. */
static const Report *poll_again(struct fixture *fixture)
{
    int before = fixture->n_reports;

    poller_poll_now(fixture->poller, "one");
    poller_poll_now(fixture->poller, "nobody");
    wait_for_reports(fixture, before + 1);
    return &fixture->reports[before];
}

static void test_an_unchanged_page_says_the_same_again(void **state)
{
    static const char *const paths[] = {"/tagged", "/untagged"};   /* by 304, and by equal bytes */
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
        void *own = NULL;
        assert_int_equal(set_up(&own), 0);
        struct fixture *fixture = own;
        (void) add_service(fixture, "one", paths[i], NULL);
        Report first = *first_poll(fixture);
        const Report *second = poll_again(fixture);
        assert_int_equal(first.level, LEVEL_DEGRADED);
        assert_memory_equal(&first, second, sizeof first);
        assert_int_equal(http_stub_requests(fixture->stub), 2);
        assert_int_equal(tear_down(&own), 0);
    }
}

static void test_a_wish_during_a_poll_is_met_after_it_once(void **state)
{
    struct fixture *fixture = *state;

    (void) add_service(fixture, "one", "/untagged", NULL);
    (void) add_service(fixture, "two", "/two", NULL);
    start(fixture, true);
    wait_until_finished(fixture);
    assert_int_equal(fixture->n_reports, 2);
    for (int i = 0; i < 4; i++)
        poller_poll_now(fixture->poller, "one");   /* the first is under way when the others come */
    wait_for_reports(fixture, 4);
    assert_int_equal(http_stub_requests(fixture->stub), 4);
    poller_poll_now(fixture->poller, "two");       /* of the same host: it would wait for a third of "one" */
    wait_for_reports(fixture, 5);
    assert_string_equal(fixture->reports[3].service, "one");
    assert_string_equal(fixture->reports[4].service, "two");
}

static void test_a_wish_during_a_poll_that_holds_the_host_is_not_met(void **state)
{
    struct fixture *fixture = *state;

    (void) add_service(fixture, "one", "/429", NULL);
    start(fixture, false);
    while (http_stub_requests(fixture->stub) == 0)   /* its first poll is due at once */
        (void) uv_run(&fixture->loop, UV_RUN_NOWAIT);
    poller_poll_now(fixture->poller, "one");
    wait_for_reports(fixture, 1);
    assert_string_equal(fixture->reports[0].reason, "http_429");
    for (int64_t until_ms = clock_mono_ms() + 100; clock_mono_ms() < until_ms;)
        (void) uv_run(&fixture->loop, UV_RUN_NOWAIT);   /* what wrongly follows is under way already */
    assert_int_equal(fixture->n_reports, 1);
    assert_int_equal(http_stub_requests(fixture->stub), 1);
}

static void test_a_304_nobody_asked_for_is_no_good_news(void **state)
{
    struct fixture *fixture = *state;

    (void) add_service(fixture, "one", "/tagged", NULL);
    atomic_store(&unasked, 1);
    const Report *report = first_poll(fixture);
    assert_string_equal(report->service, "one");
    assert_int_equal(report->result, RESULT_FAIL);
    assert_string_equal(report->reason, "shape");
}

static void test_a_failure_forgets_the_reading(void **state)
{
    struct fixture *fixture = *state;

    add_service(fixture, "one", "/untagged", NULL)->timeout_ms = 1000;
    assert_int_equal(first_poll(fixture)->result, RESULT_OK);
    atomic_store(&broken, 1);
    assert_string_equal(poll_again(fixture)->reason, "http_5xx");
    atomic_store(&unasked, 1);
    assert_string_equal(poll_again(fixture)->reason, "shape");
    atomic_store(&unasked, 0);
    atomic_store(&broken, 0);
    assert_int_equal(poll_again(fixture)->result, RESULT_OK);
}

static void test_stopping_in_the_middle_says_nothing(void **state)
{
    struct fixture *fixture = *state;
    int64_t until_ms = clock_mono_ms() + PATIENCE_MS;

    (void) add_service(fixture, "one", "/hang", NULL);
    (void) add_service(fixture, "two", "/waits", NULL);
    start(fixture, true);
    while (http_stub_requests(fixture->stub) == 0 && clock_mono_ms() < until_ms)
        (void) uv_run(&fixture->loop, UV_RUN_NOWAIT);
    poller_stop(fixture->poller, on_stopped, fixture);
    while (!fixture->stopped && uv_run(&fixture->loop, UV_RUN_ONCE) != 0)
        ;
    fixture->poller = NULL;
    assert_true(fixture->stopped);
    assert_int_equal(fixture->n_reports, 0);
    assert_int_equal(http_stub_requests(fixture->stub), 1);
}

static void test_nothing_to_poll_is_finished_too(void **state)
{
    struct fixture *fixture = *state;

    start(fixture, true);
    assert_int_equal(fixture->n_finished, 0);
    wait_until_finished(fixture);
    assert_int_equal(fixture->n_reports, 0);
}

static void test_an_unknown_feed_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct poller *poller = NULL;
    struct error err = {0};

    add_service(fixture, "one", "/page", NULL)->type = (char *) "gopher";
    const struct poller_options options = {.loop = &fixture->loop, .config = &fixture->config, .http = fixture->http,
                                           .emit = emit, .context = fixture};
    assert_true(poller_start(&options, &poller, &err) < 0);
    assert_non_null(strstr(err.text, "service one: no feed is called gopher"));
    assert_null(poller);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_one_page_is_fetched_once_for_all_that_read_it),
        TEST(test_what_makes_another_request_is_not_shared),
        cmocka_unit_test(test_every_failure_has_its_word),
        TEST(test_limits_of_the_entry_are_kept),
        TEST(test_one_request_at_a_time_to_a_host),
        cmocka_unit_test(test_an_unchanged_page_says_the_same_again),
        TEST(test_a_wish_during_a_poll_is_met_after_it_once),
        TEST(test_a_wish_during_a_poll_that_holds_the_host_is_not_met),
        TEST(test_a_304_nobody_asked_for_is_no_good_news),
        TEST(test_a_failure_forgets_the_reading),
        TEST(test_stopping_in_the_middle_says_nothing),
        TEST(test_nothing_to_poll_is_finished_too),
        TEST(test_an_unknown_feed_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

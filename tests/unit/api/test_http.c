/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conversations over real sockets.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/mem.h"
#include "rig.h"

static struct rig rig;

static int start(void **state)
{
    (void) state;
    rig_start(&rig, "");
    return 0;
}

static int stop(void **state)
{
    (void) state;
    rig_stop(&rig);
    return 0;
}

static void test_every_read_answers(void **state)
{
    static const struct { const char *path; int status; const char *part; } cases[] = {
        {"/api/health", 200, "\"parts\":[{"},
        {"/api/services", 200, "\"id\":\"acme\""},
        {"/api/services?state=unknown&limit=1", 200, "\"next_cursor\":\""},
        {"/api/services/shop", 200, "\"depends_on\":[{\"id\":\"acme\""},
        {"/api/services/acme", 200, "\"dependants\":[{\"id\":\"shop\""},
        {"/api/services/nobody", 404, "\"status\":404"},
        {"/api/services/acme/explain", 200, "\"verdict\":\"No alert: nothing has ever reported on it.\""},
        {"/api/services/nobody/explain", 404, "no service has the id nobody"},
        {"/api/services/acme/explain?at=-2h", 200, "\"service_id\":\"acme\""},
        {"/api/services/uptime", 200, "\"uptime_30d_percent\":null"},
        {"/api/services/sla?service=shop", 200, "\"window\":\"7d\""},
        {"/api/services/sla/history?days=1", 200, "\"periods\":[{"},
        {"/api/services/sla/history?days=90&by=month", 200, "\"periods\":[{"},
        {"/api/services/sla/history?days=0", 400, "from 1 to 90"},
        {"/api/services/sla/history?days=91", 400, "from 1 to 90"},
        {"/api/services/sla/history?by=week", 400, "day or month"},
        {"/api/services/sla?service=nobody", 400, "none that is called nobody"},
        {"/api/services/sla?service=shop&cursor=61", 400, "cursor"},
        {"/api/services/sla?cursor=zz", 400, "cursor"},
        {"/api/services/sla?cursor=61636d65&limit=1", 200, "\"items\":[{\"id\":\"payroll\""},
        {"/api/services/slo", 200, "\"items\":[]"},
        {"/api/services/graph", 200, "{\"from\":\"shop\",\"to\":\"acme\",\"trouble\":true,\"cycle\":false}"},
        {"/api/services/graph", 200, "\"at_risk\":true,\"dependents\":0,\"dependents_by_tier\":[0,0,0]}]"},
        {"/api/services/graph", 200, "\"at_risk\":false,\"dependents\":1,\"dependents_by_tier\":[0,1,0]}"},
        {"/api/timeline", 200, "\"words\":"},
        {"/api/timeline?since=-6h&service=acme", 200, "\"items\":[]"},
        {"/api/summary", 200, "\"overall\":\"degraded\""},
        {"/api/hosts", 200, "\"total\":0"},
        {"/api/hosts/none", 404, "problem+json"},
        {"/api/openapi.json", 200, "\"openapi\": \"3.1.0\""},
        {"/healthz", 200, "ok"},
        {"/readyz", 200, "ready"},
        {"/health", 200, "\"database\""},
        {"/metrics", 200, "tocsin_service_status{service=\"acme\"} 2\n"},
        {"/", 200, "Payroll &lt;&amp;&gt; Co"},
        {"/fragments/overview", 200, "Acme has been degraded since"},
        {"/fragments/hosts", 200, "No host reports yet"},
        {"/assets/none.css", 404, NULL},
    };
    (void) state;

    rig_set(&rig, "acme", LEVEL_DEGRADED);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        rig_expect(rig_get(&rig, cases[i].path, ""), cases[i].status, cases[i].part, cases[i].path);
}

static void test_refusals(void **state)
{
    static const struct { const char *says; const char *request; int status; const char *part; } cases[] = {
        {"no such path", "GET /api/nothing HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n", 404, "urn:tocsin:problem:not-found"},
        {"misspelt filter", "GET /api/services?sate=x HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n", 400, "sate"},
        {"limit 0", "GET /api/services?limit=0 HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n", 400, "1 to 1000"},
        {"foreign cursor", "GET /api/services?cursor=zz HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n", 400, "cursor"},
        {"no time", "GET /api/timeline?since=tuesday HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n", 400, "since"},
        {"wrong method", "DELETE /api/services HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n", 405, "Allow: GET, HEAD"},
        {"method in lower case", "get /api/services HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n", 405, "Allow: GET, HEAD"},
        {"dots", "GET /assets/../api/health HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n", 404, NULL},
        {"escaped dots", "GET /%2e%2e/etc/passwd HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n", 404, NULL},
        {"a zero byte", "GET /api/health%00x HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n", 400, NULL},
        {"an escaped slash in an id", "GET /api/services/a%2fb HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n", 404, NULL},
        {"no token", "GET /api/admin/tokens HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n", 401, "WWW-Authenticate: Bearer"},
        {"length and chunked",
         "POST /api/admin/status HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "lose"},
        {"two lengths", "POST /api/admin/status HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\nContent-Length: 30\r\n\r\nabcd", 400, "lose"},
        {"a blank before the colon", "POST /api/admin/status HTTP/1.1\r\nHost: t\r\nContent-Length : 4\r\n\r\nabcd", 400, "lose"},
        {"a body on a GET", "GET /api/health HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\n\r\nabcd", 400, "lose"},
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        rig_expect(rig_ask(&rig, cases[i].request), cases[i].status, cases[i].part, cases[i].says);
}

static void test_unchanged_is_304(void **state)
{
    char headers[200];
    char tag[64];
    (void) state;

    struct answer first = rig_get(&rig, "/api/services", "");
    assert_int_equal(first.status, 200);
    (void) snprintf(tag, sizeof tag, "%s", answer_header(&first, "ETag"));
    assert_int_equal(tag[0], '"');
    assert_true(answer_header(&first, "X-Request-Id")[0] != '\0');
    (void) snprintf(headers, sizeof headers, "If-None-Match: %s\r\n", tag);
    struct answer again = rig_get(&rig, "/api/services", headers);
    assert_int_equal(again.status, 304);
    assert_string_equal(again.body, "");
    answer_done(&again);
    again = rig_get(&rig, "/api/services", "X-Request-Id: mine-1\r\n");
    assert_string_equal(again.body, first.body);
    assert_string_equal(answer_header(&again, "X-Request-Id"), "mine-1");
    answer_done(&again);
    rig_add_rows(&rig, 1);
    rig_expect(rig_get(&rig, "/api/services", headers), 304, NULL, "another view changed");
    rig_set(&rig, "acme", LEVEL_MAJOR_OUTAGE);
    rig_expect(rig_get(&rig, "/api/services", headers), 200, "major_outage", "its view changed");
    answer_done(&first);

    rig_expect(rig_get(&rig, "/", "Accept-Encoding: gzip\r\n"), 200, "Content-Encoding: gzip", "a long body is compressed");
    rig_expect(rig_get(&rig, "/", "Accept-Encoding: gzip;q=0\r\n"), 200, "<!doctype html>", "not for those who do not take it");
}

static void test_head(void **state)
{
    (void) state;
    struct answer full = rig_get(&rig, "/api/summary", "");
    struct answer head = rig_ask(&rig, "HEAD /api/summary HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
    assert_int_equal(head.status, 200);
    assert_string_equal(head.body, "");
    assert_int_equal(atoi(answer_header(&head, "Content-Length")), (int) strlen(full.body));
    answer_done(&head);
    answer_done(&full);
}

static void test_a_write_is_answered_after_its_commit(void **state)
{
    (void) state;
    rig_expect(rig_post(&rig, "/api/admin/status", RIG_ADMIN, "{\"service_id\":\"acme\",\"new_status\":\"major\",\"reason\":\"r\"}"), 200,
           "\"status\":\"major_outage\",\"round\":", "a status");
    rig_expect(rig_get(&rig, "/api/services/acme", ""), 200, "\"state\":\"major_outage\"", "is there at once");
    rig_expect(rig_post(&rig, "/api/admin/status", RIG_ADMIN, "{\"service_id\":\"acme\",\"new_status\":null,\"reason\":\"r\"}"), 200,
           "\"status\":null", "its end");
    rig_expect(rig_post(&rig, "/api/admin/status", RIG_ADMIN, "{\"service_id\":\"nobody\",\"new_status\":null,\"reason\":\"r\"}"), 404,
           "nobody", "an unknown service");
    rig_expect(rig_post(&rig, "/api/admin/status", RIG_ADMIN, "{\"service_id\":\"acme\",\"new_status\":\"major\"}"), 422,
           "\"pointer\":\"/reason\"", "no reason");
    rig_expect(rig_post(&rig, "/api/admin/status", "Authorization: Bearer x\r\n", "{}"), 401, NULL, "a wrong token");
    rig_expect(rig_ask(&rig, "POST /api/admin/status HTTP/1.1\r\nHost: t\r\nConnection: close\r\n" RIG_ADMIN
                         "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}"), 415, NULL, "not JSON");
    assert_int_equal(rig.audited, 2);
}

#define DELETE_OF(path, who) "DELETE " path " HTTP/1.1\r\nHost: t\r\nConnection: close\r\n" who "\r\n"

static void test_K5_what_is_retired_is_forgotten(void **state)
{
    (void) state;
    rig_expect(rig_ask(&rig, DELETE_OF("/api/admin/collectors/web1", "")), 401, NULL, "nobody retires");
    rig_expect(rig_ask(&rig, DELETE_OF("/api/admin/collectors/web1", RIG_ADMIN)), 200, "{\"collector\":\"web1\",\"round\":", "a collector");
    rig_expect(rig_ask(&rig, DELETE_OF("/api/admin/collectors/web2", RIG_ADMIN)), 404, "no collector web2 is known", "another");
    rig_expect(rig_ask(&rig, DELETE_OF("/api/admin/collectors/Web%201", RIG_ADMIN)), 404, NULL, "what can be none");
    rig_expect(rig_ask(&rig, DELETE_OF("/api/admin/services/acme/sources/web1/page", RIG_ADMIN)), 200,
           "{\"service_id\":\"acme\",\"source\":\"web1/page\",\"round\":", "a source");
    rig_expect(rig_ask(&rig, DELETE_OF("/api/admin/services/acme/sources/web1%2Fpage", RIG_ADMIN)), 200, "\"source\":\"web1/page\"",
           "its slash escaped");
    rig_expect(rig_ask(&rig, DELETE_OF("/api/admin/services/acme/sources/web1", RIG_ADMIN)), 404, NULL, "no source of it");
    rig_expect(rig_ask(&rig, DELETE_OF("/api/admin/services/acme/sources/%22", RIG_ADMIN)), 404, NULL, "what can be none");
}

static void test_maintenance_is_set_seen_and_ended(void **state)
{
    static const char window[] = "{\"id\":\"w1\",\"subjects\":[\"acme\",\"poller:shop/page\"],\"reason\":\"disks\",\"duration_seconds\":60}";
    (void) state;

    rig_expect(rig_post(&rig, "/api/admin/maintenance", "", window), 401, NULL, "nobody plans");
    rig_expect(rig_post(&rig, "/api/admin/maintenance", RIG_ADMIN, window), 200, "\"id\":\"w1\"", "it is set");
    struct answer seen = rig_get(&rig, "/api/maintenance", "");
    assert_int_equal(seen.status, 200);
    assert_non_null(strstr(seen.body, "\"subjects\":[\"acme\",\"poller:shop/page\"]"));
    assert_non_null(strstr(seen.body, "\"slo_exclude\":true"));
    char same[200];
    (void) snprintf(same, sizeof same, "If-None-Match: %s\r\n", answer_header(&seen, "ETag"));
    answer_done(&seen);
    rig_expect(rig_get(&rig, "/api/maintenance", same), 304, NULL, "unchanged");
    rig_expect(rig_post(&rig, "/api/admin/maintenance", RIG_ADMIN,
                    "{\"subjects\":[\"acme\",\"nobody\"],\"reason\":\"r\",\"duration_seconds\":60}"), 422, "/subjects/1", "a service that is none");
    rig_expect(rig_ask(&rig, "DELETE /api/admin/maintenance/w1 HTTP/1.1\r\nHost: t\r\nConnection: close\r\n" RIG_ADMIN "\r\n"), 200,
           "\"id\":\"w1\"", "it is ended");
    rig_expect(rig_ask(&rig, "DELETE /api/admin/maintenance/w1 HTTP/1.1\r\nHost: t\r\nConnection: close\r\n" RIG_ADMIN "\r\n"), 404, NULL,
           "it is over");
    rig_expect(rig_get(&rig, "/api/maintenance", same), 200, "\"items\":[]", "nothing is planned");
    assert_int_equal(rig.audited, 2);
}

static void test_a_large_body_is_refused(void **state)
{
    char *body = mem_new(300 * 1024 + 1);
    (void) state;

    memset(body, 'x', 300 * 1024);
    rig_expect(rig_post(&rig, "/api/admin/status", RIG_ADMIN, body), 413, "Connection: close", "300 KiB");
    free(body);
}

static void test_tokens_live_and_die(void **state)
{
    char headers[200];
    char token[64] = "";
    (void) state;

    struct answer made = rig_post(&rig, "/api/admin/tokens", RIG_ADMIN, "{\"name\":\"bot\",\"role\":\"operator\"}");
    assert_int_equal(made.status, 201);
    assert_int_equal(sscanf(strstr(made.body, "toc_"), "%47[^\"]", token), 1);
    assert_int_equal(strlen(token), 47);
    answer_done(&made);
    (void) snprintf(headers, sizeof headers, "Authorization: Bearer %s\r\n", token);
    rig_expect(rig_get(&rig, "/api/admin/deliveries", headers), 200, "no-store", "an operator reads deliveries");
    rig_expect(rig_get(&rig, "/api/admin/tokens", headers), 403, "admin", "but no tokens");
    rig_expect(rig_get(&rig, "/api/admin/tokens", RIG_ADMIN), 200, "\"role\":\"operator\"", "the list");
    rig_expect(rig_post(&rig, "/api/admin/tokens", RIG_ADMIN, "{\"name\":\"bot\",\"role\":\"viewer\"}"), 409, NULL, "a name twice");
    rig_expect(rig_ask(&rig, "DELETE /api/admin/tokens/bot HTTP/1.1\r\nHost: t\r\nConnection: close\r\n" RIG_ADMIN "\r\n"), 200, "\"round\"",
           "revoked");
    rig_expect(rig_get(&rig, "/api/admin/deliveries", headers), 401, NULL, "refused from now on");
}

static void test_failures_are_throttled(void **state)
{
    (void) state;
    for (int i = 0; i < 10; i++)
        rig_expect(rig_get(&rig, "/api/admin/audit", "Authorization: Bearer wrong\r\n"), 401, NULL, "one of ten");
    rig_expect(rig_get(&rig, "/api/admin/audit", "Authorization: Bearer wrong\r\n"), 429, "Retry-After: ", "the eleventh");
    rig_expect(rig_get(&rig, "/api/admin/audit", RIG_ADMIN), 429, NULL, "even the right one must wait");
    rig_expect(rig_get(&rig, "/api/services", ""), 200, NULL, "open reads go on");
    for (int64_t end = clock_mono_ms() + 5000; rig.refusals < 10 && clock_mono_ms() < end;)
        (void) poll(NULL, 0, 5);
    assert_int_equal(rig.refusals, 10);
}

static void *pass_when_waiting(void *context)
{
    for (int64_t i = 0; inbox_depth(rig.inbox) == 0 && i < 2000; i++)
        (void) poll(NULL, 0, 5);
    rig_pass(&rig, 10000);
    return context;
}

static void test_a_commit_that_does_not_come(void **state)
{
    (void) state;
    rig.held = true;
    pthread_t passing;
    assert_int_equal(pthread_create(&passing, NULL, pass_when_waiting, NULL), 0);
    rig_expect(rig_post(&rig, "/api/admin/status", RIG_ADMIN, "{\"service_id\":\"acme\",\"new_status\":\"major\",\"reason\":\"r\"}"), 503,
           "commit-pending", "after ten seconds");
    (void) pthread_join(passing, NULL);
    rig.held = false;                        /* what still waits is completed when the rig stops: nobody is there any more */
}

/* The answer that comes too late is nobody's. */
static void test_a_core_that_does_not_answer(void **state)
{
    (void) state;
    rig.held = true;
    pthread_t passing;
    assert_int_equal(pthread_create(&passing, NULL, pass_when_waiting, NULL), 0);
    rig_expect(rig_get(&rig, "/api/services/acme/explain", ""), 503, "the core has not answered within 10 s", "after ten seconds");
    (void) pthread_join(passing, NULL);
    rig.held = false;
    rig_expect(rig_get(&rig, "/api/services/acme/explain", ""), 200, "\"stopped_by\":\"fresh\"", "and now both");
}

static void test_the_unix_socket_is_admin(void **state)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    char answer[4096] = "";
    struct stat status;
    (void) state;

    (void) snprintf(to.sun_path, sizeof to.sun_path, "%.90s/api.sock", rig.disk.directory);
    assert_int_equal(stat(to.sun_path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *) &to, sizeof to), 0);
    static const char request[] = "GET /api/admin/tokens HTTP/1.1\r\nHost: local\r\nConnection: close\r\n\r\n";
    assert_int_equal(send(fd, request, sizeof request - 1, 0), (ssize_t) sizeof request - 1);
    assert_true(recv(fd, answer, sizeof answer - 1, MSG_WAITALL) > 0);
    assert_memory_equal(answer, "HTTP/1.1 200", 12);
    (void) close(fd);
}

static void test_a_slow_client_is_shed(void **state)
{
    char byte[2];
    (void) state;

    int fd = rig_connect(&rig);
    int64_t begun_mono_ms = clock_mono_ms();
    assert_true(send(fd, "GET /api/health HTTP/1.1\r\n", 26, 0) > 0);
    rig_expect(rig_get(&rig, "/healthz", ""), 200, NULL, "others are served meanwhile");
    rig_pass(&rig, 8000);
    while (clock_mono_ms() - begun_mono_ms < 20000) {
        (void) send(fd, "X", 1, MSG_NOSIGNAL);
        if (poll(&(struct pollfd) {.fd = fd, .events = POLLIN}, 1, 500) > 0)
            break;
    }
    assert_true(recv(fd, byte, sizeof byte, 0) <= 0);
    assert_in_range(clock_mono_ms() - begun_mono_ms, 9000, 15000);
    (void) close(fd);
}

static void test_cursors_walk_the_whole_timeline(void **state)
{
    char path[300] = "/api/timeline?limit=7";
    int seen = 0;
    (void) state;

    rig_add_rows(&rig, 30);
    for (int page = 0; page < 10; page++) {
        struct answer answer = rig_get(&rig, path, "");
        assert_int_equal(answer.status, 200);
        for (const char *at = answer.body; (at = strstr(at, "\"decision\":")) != NULL; at++)
            seen++;
        const char *next = strstr(answer.body, "\"next_cursor\":\"");
        if (next != NULL)
            (void) snprintf(path, sizeof path, "/api/timeline?limit=7&cursor=%.*s", (int) strcspn(next + 15, "\""), next + 15);
        bool linked = strstr(answer.text, "rel=\"next\"") != NULL;
        answer_done(&answer);
        assert_int_equal(linked, next != NULL);
        if (next == NULL)
            break;
    }
    assert_int_equal(seen, 30);
}

int main(void)
{
#define WITH_RIG(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        WITH_RIG(test_every_read_answers),
        WITH_RIG(test_refusals),
        WITH_RIG(test_unchanged_is_304),
        WITH_RIG(test_head),
        WITH_RIG(test_a_write_is_answered_after_its_commit),
        WITH_RIG(test_K5_what_is_retired_is_forgotten),
        WITH_RIG(test_maintenance_is_set_seen_and_ended),
        WITH_RIG(test_a_large_body_is_refused),
        WITH_RIG(test_tokens_live_and_die),
        WITH_RIG(test_failures_are_throttled),
        WITH_RIG(test_a_core_that_does_not_answer),
        WITH_RIG(test_a_commit_that_does_not_come),
        WITH_RIG(test_the_unix_socket_is_admin),
        WITH_RIG(test_a_slow_client_is_shed),
        WITH_RIG(test_cursors_walk_the_whole_timeline),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

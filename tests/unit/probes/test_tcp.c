/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>
#include <cmocka.h>

#include "collector/probes/tcp.h"
#include "common/mem.h"

static char loopback[] = "127.0.0.1";

/* A socket bound to a port the kernel chose; with a backlog it accepts, without it refuses. */
static int bound_socket(bool listening, uint16_t *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *) &at, sizeof at), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *) &at, &len), 0);
    if (listening)
        assert_int_equal(listen(fd, 4), 0);
    *port = ntohs(at.sin_port);
    return fd;
}

struct seen { int n; struct tcp_outcome outcome; };

static void on_done(void *context, const struct tcp_outcome *outcome)
{
    struct seen *seen = context;
    seen->n++;
    seen->outcome = *outcome;
}

static struct seen run(const struct probe_entry *entry)
{
    uv_loop_t loop;
    struct seen seen = {0};
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_non_null(tcp_start(&loop, entry, on_done, &seen));
    assert_int_equal(seen.n, 0);   /* never before it returned */
    (void) uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
    assert_int_equal(seen.n, 1);
    return seen;
}

static void test_connects_and_is_refused(void **state)
{
    (void) state;
    struct probe_entry entry = {.kind = PROBE_TCP, .host = loopback, .timeout_ms = 5000};
    int fd = bound_socket(true, &entry.port);
    struct seen seen = run(&entry);
    assert_int_equal(seen.outcome.end, TCP_CONNECTED);
    assert_in_range(seen.outcome.total_us, 1, 5000000);
    assert_int_equal(((const struct sockaddr_in *) &seen.outcome.address)->sin_addr.s_addr, htonl(INADDR_LOOPBACK));
    assert_int_equal(close(fd), 0);

    fd = bound_socket(false, &entry.port);
    seen = run(&entry);
    assert_int_equal(seen.outcome.end, TCP_REFUSED);
    assert_int_equal(seen.outcome.code, UV_ECONNREFUSED);
    assert_int_equal(seen.outcome.address.ss_family, AF_INET);   /* what was tried, too */
    assert_int_equal(close(fd), 0);
}

static void test_a_full_backlog_times_out(void **state)
{
    (void) state;
    struct probe_entry entry = {.kind = PROBE_TCP, .host = loopback, .timeout_ms = 100};
    int fd = bound_socket(false, &entry.port);
    assert_int_equal(listen(fd, 0), 0);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(entry.port)};
    int others[4];
    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        others[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        (void) connect(others[i], (struct sockaddr *) &at, sizeof at);   /* fills the backlog; the last ones hang */
    }
    struct seen seen = run(&entry);
    assert_int_equal(seen.outcome.end, TCP_TIMEOUT);
    for (size_t i = 0; i < ARRAY_SIZE(others); i++)
        assert_int_equal(close(others[i]), 0);
    assert_int_equal(close(fd), 0);
}

static void test_cancel_tells_nothing_and_leaves_nothing(void **state)
{
    (void) state;
    uv_loop_t loop;
    struct seen seen = {0};
    struct probe_entry entry = {.kind = PROBE_TCP, .host = loopback, .timeout_ms = 5000};
    int fd = bound_socket(true, &entry.port);
    assert_int_equal(uv_loop_init(&loop), 0);
    tcp_cancel(tcp_start(&loop, &entry, on_done, &seen));
    (void) uv_run(&loop, UV_RUN_DEFAULT);

    struct tcp_run *run = tcp_start(&loop, &entry, on_done, &seen);   /* and once it is on its way */
    (void) uv_run(&loop, UV_RUN_ONCE);
    if (seen.n == 0)
        tcp_cancel(run);
    (void) uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
    assert_int_equal(seen.n, 0);
    assert_int_equal(close(fd), 0);
}

static void test_judging(void **state)
{
    static const struct { const char *says; struct tcp_outcome outcome; bool ok; enum status level; const char *reason; } cases[] = {
        { "as slow as allowed", {TCP_CONNECTED, 0, 1000000}, true, STATUS_OPERATIONAL, "" },
        { "slower", {TCP_CONNECTED, 0, 1000001}, true, STATUS_DEGRADED, "" },
        { "no such name", {TCP_NO_SUCH_NAME, UV_EAI_NONAME, 1}, true, STATUS_MAJOR_OUTAGE, "" },
        { "no resolver", {TCP_NO_RESOLVER, UV_EAI_AGAIN, 1}, false, STATUS_UNKNOWN, "dns" },
        { "refused", {TCP_REFUSED, UV_ECONNREFUSED, 1}, true, STATUS_MAJOR_OUTAGE, "" },
        { "timeout", {TCP_TIMEOUT, UV_ETIMEDOUT, 1}, true, STATUS_MAJOR_OUTAGE, "" },
        { "no descriptor left", {TCP_UNABLE, UV_EMFILE, 1}, false, STATUS_UNKNOWN, "local" },
    };
    static char host[] = "db.internal";
    (void) state;

    struct probe_entry entry = {.kind = PROBE_TCP, .host = host, .port = 5432, .warn_ms = 1000, .timeout_ms = 5000};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct verdict verdict = {0};
        tcp_judge(&entry, &cases[i].outcome, &verdict);
        if (verdict.ok != cases[i].ok || verdict.level != cases[i].level || strcmp(verdict.reason, cases[i].reason) != 0
            || strstr(verdict.detail, cases[i].outcome.end == TCP_UNABLE ? "connect" : "db.internal") == NULL)
            fail_msg("%s: %d \"%s\"", cases[i].says, verdict.level, verdict.detail);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_connects_and_is_refused),
        cmocka_unit_test(test_a_full_backlog_times_out),
        cmocka_unit_test(test_cancel_tells_nothing_and_leaves_nothing),
        cmocka_unit_test(test_judging),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

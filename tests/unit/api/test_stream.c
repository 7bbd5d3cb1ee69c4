/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Live streams over real sockets: events arrive, a resume loses nothing, many clients are woken, a closed one is reaped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/metrics.h"
#include "rig.h"

enum { TEXT_BYTES = 1 << 20, MANY = 500 };

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

static int open_stream(const char *headers)
{
    char request[600];
    int fd = rig_connect(&rig);
    int len = snprintf(request, sizeof request, "GET /api/stream HTTP/1.1\r\nHost: t\r\n%s\r\n", headers);

    assert_int_equal(send(fd, request, (size_t) len, 0), len);
    return fd;
}

/* Reads until the text holds the part n times, or 15 s are over. */
static bool read_until(int fd, char *text, const char *part, int n)
{
    size_t len = strlen(text);
    int64_t end_mono_ms = clock_mono_ms() + 15000;

    while (clock_mono_ms() < end_mono_ms) {
        int found = 0;
        for (const char *at = text; (at = strstr(at, part)) != NULL; at++)
            found++;
        if (found >= n)
            return true;
        if (poll(&(struct pollfd) {.fd = fd, .events = POLLIN}, 1, 200) <= 0)
            continue;
        ssize_t got = recv(fd, text + len, TEXT_BYTES - 1 - len, 0);
        if (got <= 0)
            return false;
        len += (size_t) got;
        text[len] = '\0';
    }
    return false;
}

static void test_events_arrive(void **state)
{
    char *text = mem_new(TEXT_BYTES);
    (void) state;

    int fd = open_stream("");
    assert_true(read_until(fd, text, "event: hello", 1));
    assert_non_null(strstr(text, "text/event-stream"));
    assert_non_null(strstr(text, "retry: 3000"));
    int64_t begun_mono_ms = clock_mono_ms();
    rig_set(&rig, "acme", LEVEL_MAJOR_OUTAGE);
    assert_true(read_until(fd, text, "event: timeline", 1));
    assert_true(read_until(fd, text, "event: views", 1));
    assert_true(clock_mono_ms() - begun_mono_ms < 1000);
    assert_non_null(strstr(text, "\"services\",\"timeline\""));
    (void) close(fd);
    free(text);
}

static void last_id(const char *text, char id[static 80])
{
    const char *last = NULL;

    for (const char *at = text; (at = strstr(at, "id: ")) != NULL; at++)
        last = at;
    assert_non_null(last);
    (void) snprintf(id, 80, "%.*s", (int) strcspn(last + 4, "\n"), last + 4);
}

static void test_a_resume_loses_nothing(void **state)
{
    char *text = mem_new(TEXT_BYTES);
    char id[80], header[120];
    (void) state;

    rig_add_rows(&rig, 3);
    int fd = open_stream("");
    assert_true(read_until(fd, text, "event: hello", 1));
    last_id(text, id);                       /* given with the hello already: nothing can be lost before the first event */
    (void) close(fd);
    rig_add_rows(&rig, 350);                 /* more than three slices */
    (void) snprintf(header, sizeof header, "Last-Event-ID: %s\r\n", id);
    text[0] = '\0';
    fd = open_stream(header);
    assert_true(read_until(fd, text, "event: timeline", 350));
    rig_add_rows(&rig, 1);
    assert_true(read_until(fd, text, "event: timeline", 351));
    assert_null(strstr(text, "event: reset"));
    (void) close(fd);
    free(text);
}

static void test_what_is_gone_gives_reset(void **state)
{
    static const char *const ids[] = {"00000000-8000018bcfe5680000000001", "nonsense", "ffffffff-", "-"};
    char *text = mem_new(TEXT_BYTES);
    char header[120];
    (void) state;

    rig_add_rows(&rig, 3);
    for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
        (void) snprintf(header, sizeof header, "Last-Event-ID: %s\r\n", ids[i]);
        text[0] = '\0';
        int fd = open_stream(header);
        if (!read_until(fd, text, "event: reset", 1))
            fail_msg("%s", ids[i]);
        (void) close(fd);
    }
    free(text);
}

static void test_many_clients(void **state)
{
    static int fds[MANY];
    char *text = mem_new(TEXT_BYTES);
    struct rlimit limit;
    (void) state;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    int many = limit.rlim_cur >= 2 * MANY + 100 ? MANY : 100;
    for (int i = 0; i < many; i++)
        fds[i] = open_stream("");
    for (int i = 0; i < many; i++) {
        text[0] = '\0';
        assert_true(read_until(fds[i], text, "event: hello", 1));
    }
    assert_int_equal(metric_get(METRIC_STREAM_CLIENTS), many);
    rig_add_rows(&rig, 1);
    for (int i = 0; i < many; i++) {
        text[0] = '\0';
        assert_true(read_until(fds[i], text, "event: timeline", 1));
        (void) close(fds[i]);
    }
    rig_pass(&rig, 16000);                   /* the next heartbeat notices that they are gone */
    for (int64_t end = clock_mono_ms() + 40000; metric_get(METRIC_STREAM_CLIENTS) > 0 && clock_mono_ms() < end;)
        (void) poll(NULL, 0, 50);
    assert_int_equal(metric_get(METRIC_STREAM_CLIENTS), 0);
    free(text);
}

static void test_stopping_with_open_streams_and_waits(void **state)
{
    char *text = mem_new(TEXT_BYTES);
    (void) state;

    rig_start(&rig, "");
    int fd = open_stream("");
    assert_true(read_until(fd, text, "event: hello", 1));
    rig.held = true;
    int writer = rig_connect(&rig);
    static const char request[] = "POST /api/admin/reload HTTP/1.1\r\nHost: t\r\n" RIG_ADMIN "Content-Length: 0\r\n\r\n";
    assert_int_equal(send(writer, request, sizeof request - 1, 0), (ssize_t) sizeof request - 1);
    for (int64_t end = clock_mono_ms() + 5000; inbox_depth(rig.inbox) == 0 && clock_mono_ms() < end;)
        (void) poll(NULL, 0, 5);
    rig_stop(&rig);                          /* the library would abort with a suspended connection */
    text[0] = '\0';
    assert_false(read_until(fd, text, "never", 1));
    (void) close(fd);
    (void) close(writer);
    free(text);
}

int main(void)
{
#define WITH_RIG(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        WITH_RIG(test_events_arrive),
        WITH_RIG(test_a_resume_loses_nothing),
        WITH_RIG(test_what_is_gone_gives_reset),
        WITH_RIG(test_many_clients),
        cmocka_unit_test(test_stopping_with_open_streams_and_waits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names that nobody answers for: getaddrinfo is this file's own, and hangs for some of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <netdb.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/http_client.h"
#include "common/mem.h"
#include "tests/unit/common/http_stub.h"

enum { HUNG = 12, OTHERS = 20, PATIENCE_MS = 10000, CONNECT_MS = 3000, URL_BYTES = 96 };

static atomic_int hanging;         /* lookups that wait */
static atomic_bool released;       /* they may end */

/* In place of the C library's: libcurl calls this one. Everything is 127.0.0.1, and "hung-…" takes its time. */
int getaddrinfo(const char *restrict name, const char *restrict service, const struct addrinfo *restrict hints,
                struct addrinfo **restrict out)
{
    if (strncmp(name, "hung-", 5) == 0) {
        atomic_fetch_add(&hanging, 1);
        while (!atomic_load(&released))
            (void) usleep(2000);   /* what hangs, hangs: nothing waits for this */
        atomic_fetch_sub(&hanging, 1);
        return EAI_AGAIN;
    }
    struct addrinfo *found = calloc(1, sizeof *found + sizeof(struct sockaddr_in));
    if (found == NULL)
        return EAI_MEMORY;
    struct sockaddr_in *address = (struct sockaddr_in *) (void *) (found + 1);
    *address = (struct sockaddr_in) {.sin_family = AF_INET, .sin_port = htons((uint16_t) strtoul(service, NULL, 10)),
                                     .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    *found = (struct addrinfo) {.ai_family = AF_INET, .ai_socktype = hints == NULL ? SOCK_STREAM : hints->ai_socktype,
                                .ai_protocol = IPPROTO_TCP, .ai_addrlen = sizeof *address,
                                .ai_addr = (struct sockaddr *) address};
    *out = found;
    return 0;
}

void freeaddrinfo(struct addrinfo *found)
{
    free(found);
}

static bool answer(struct http_stub *stub, int fd, const char *head)
{
    (void) stub;
    (void) head;
    return http_stub_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
}

struct tally { int good, dns, timeouts, other; };

static void on_done(void *context, const struct http_reply *reply)
{
    struct tally *tally = context;
    tally->good += reply->fault == HTTP_FAULT_NONE;
    tally->dns += reply->fault == HTTP_FAULT_DNS;
    tally->timeouts += reply->fault == HTTP_FAULT_TIMEOUT;
    tally->other += reply->fault != HTTP_FAULT_NONE && reply->fault != HTTP_FAULT_DNS && reply->fault != HTTP_FAULT_TIMEOUT;
}

static void ask(struct http_client *client, struct http_stub *stub, const char *name, struct tally *tally)
{
    char url[URL_BYTES];
    (void) snprintf(url, sizeof url, "http://%s:%u/", name, http_stub_port(stub));
    const struct http_request request = {.method = "GET", .url = url, .allow_http = true, .policy = ADDRESS_ANY,
                                         .connect_timeout_ms = CONNECT_MS, .timeout_ms = 2 * CONNECT_MS, .body_bytes_max = 100};
    assert_int_equal(http_client_start(client, &request, on_done, tally, NULL, NULL), 0);
}

/* Turns the loop until so many are over; the longest turn is the loop's lag. */
static int64_t run_until(uv_loop_t *loop, const int *count, int n)
{
    int64_t until_us = clock_mono_us() + PATIENCE_MS * 1000;
    int64_t longest_us = 0;
    while (*count < n && clock_mono_us() < until_us) {
        int64_t began_us = clock_mono_us();
        (void) uv_run(loop, UV_RUN_NOWAIT);
        int64_t took_us = clock_mono_us() - began_us;
        longest_us = took_us > longest_us ? took_us : longest_us;
        (void) usleep(500);
    }
    assert_int_equal(*count, n);
    return longest_us / 1000;
}

static void test_names_that_hang_block_nobody(void **state)
{
    (void) state;
    uv_loop_t loop;
    struct http_client *client = NULL;
    struct tally hung = {0};
    struct tally others = {0};
    char name[URL_BYTES / 2];
    atomic_store(&released, false);
    assert_int_equal(uv_loop_init(&loop), 0);
    const struct http_client_options options = {.user_agent = "tocsin-test/1", .connections_per_host = 1};
    assert_int_equal(http_client_new(&loop, &options, &client, NULL), 0);
    struct http_stub *stub = http_stub_open(answer);

    for (int i = 0; i < HUNG; i++) {
        (void) snprintf(name, sizeof name, "hung-%d.example", i);
        ask(client, stub, name, &hung);
    }
    for (int i = 0; i < OTHERS; i++) {
        (void) snprintf(name, sizeof name, "fine-%d.example", i);
        ask(client, stub, name, &others);
    }
    assert_in_range(run_until(&loop, &others.good, OTHERS), 0, 2000);
    assert_int_equal(hung.dns, 0);                             /* while they go on waiting */
    assert_in_range(run_until(&loop, &hung.dns, HUNG), 0, 2000);   /* ending them waits for no lookup */
    assert_int_equal(hung.timeouts + hung.other + others.other, 0);

    int64_t began_us = clock_mono_us();
    (void) snprintf(name, sizeof name, "hung-again.example");
    ask(client, stub, name, &hung);
    http_client_stop(client, NULL, NULL);                      /* nor does the end of everything */
    (void) uv_run(&loop, UV_RUN_DEFAULT);
    assert_in_range((clock_mono_us() - began_us) / 1000, 0, 1000);
    assert_int_equal(uv_loop_close(&loop), 0);
    http_stub_close(stub);

    atomic_store(&released, true);
    int64_t until_us = clock_mono_us() + PATIENCE_MS * 1000;
    while (atomic_load(&hanging) > 0 && clock_mono_us() < until_us)
        (void) usleep(2000);
    assert_int_equal(atomic_load(&hanging), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_that_hang_block_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook_stub.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/mem.h"

struct webhook_stub {
    int listener;
    unsigned port;
    const char *const *answers;
    int delay_ms;
    pthread_t thread;
    pthread_mutex_t lock;      /* guards what follows */
    size_t n;
    struct webhook_request requests[WEBHOOK_REQUESTS_MAX];
};

/* Reads one request: head, then as many bytes as it names. */
static bool read_request(int fd, struct webhook_request *out)
{
    static _Thread_local char bytes[WEBHOOK_BODY_BYTES_MAX + 4096];
    size_t len = 0;
    char *body = NULL;
    size_t length = 0;
    while (body == NULL || len < (size_t) (body - bytes) + length) {
        ssize_t got = read(fd, bytes + len, sizeof bytes - 1 - len);
        if (got <= 0)
            return false;
        len += (size_t) got;
        bytes[len] = '\0';
        char *end = strstr(bytes, "\r\n\r\n");
        if (end == NULL)
            continue;
        body = end + 4;
        const char *named = strcasestr(bytes, "content-length:");
        length = named == NULL ? 0 : strtoul(named + 15, NULL, 10);
    }
    (void) sscanf(bytes, "POST %63s", out->path);
    (void) snprintf(out->body, sizeof out->body, "%.*s", (int) length, body);
    out->at_mono_ms = clock_mono_ms();
    return true;
}

static void serve(struct webhook_stub *stub, int fd)
{
    CLEANUP(mem_freep) struct webhook_request *request = mem_new(sizeof *request);
    if (!read_request(fd, request))
        return;

    (void) pthread_mutex_lock(&stub->lock);
    size_t i = stub->n;
    if (i < WEBHOOK_REQUESTS_MAX)
        stub->requests[i] = *request;
    stub->n++;
    (void) pthread_mutex_unlock(&stub->lock);

    const char *answer = stub->answers[0];
    for (size_t n = 0; n < i && stub->answers[n + 1] != NULL; n++)
        answer = stub->answers[n + 1];
    struct timespec delay = {stub->delay_ms / 1000, stub->delay_ms % 1000 * 1000000L};
    (void) nanosleep(&delay, NULL);
    (void) !write(fd, answer, strlen(answer));   /* the other side may be gone: its business */
}

static void *stub_run(void *argument)
{
    struct webhook_stub *stub = argument;
    for (;;) {
        int fd = accept(stub->listener, NULL, NULL);
        if (fd < 0)
            return NULL;
        serve(stub, fd);
        (void) close(fd);
    }
}

struct webhook_stub *webhook_stub_start(const char *const *answers, int delay_ms)
{
    struct webhook_stub *stub = mem_new(sizeof *stub);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;

    stub->answers = answers;
    stub->delay_ms = delay_ms;
    (void) pthread_mutex_init(&stub->lock, NULL);
    stub->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(stub->listener, (struct sockaddr *) &address, sizeof address) < 0 || listen(stub->listener, 8) < 0
        || getsockname(stub->listener, (struct sockaddr *) &address, &len) < 0
        || pthread_create(&stub->thread, NULL, stub_run, stub) != 0)
        abort();
    stub->port = ntohs(address.sin_port);
    return stub;
}

void webhook_stub_stop(struct webhook_stub *stub)
{
    (void) shutdown(stub->listener, SHUT_RDWR);   /* accept returns */
    (void) pthread_join(stub->thread, NULL);
    (void) close(stub->listener);
    (void) pthread_mutex_destroy(&stub->lock);
    free(stub);
}

unsigned webhook_stub_port(const struct webhook_stub *stub)
{
    return stub->port;
}

size_t webhook_stub_count(struct webhook_stub *stub)
{
    (void) pthread_mutex_lock(&stub->lock);
    size_t n = stub->n;
    (void) pthread_mutex_unlock(&stub->lock);
    return n;
}

const struct webhook_request *webhook_stub_get(struct webhook_stub *stub, size_t i)
{
    if (i >= webhook_stub_count(stub) || i >= WEBHOOK_REQUESTS_MAX)
        abort();
    return &stub->requests[i];
}

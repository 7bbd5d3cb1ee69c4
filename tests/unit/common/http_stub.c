/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/mem.h"
#include "tests/unit/common/http_stub.h"

enum { CONNECTIONS_MAX = 64, HEAD_BYTES = 8192 };

struct connection {
    struct http_stub *stub;
    pthread_t thread;
    int fd;
};

struct http_stub {
    http_stub_fn answer;
    int listener;
    uint16_t port;
    pthread_t thread;
    atomic_bool closing;
    atomic_int n_requests;
    atomic_int n_connections;
    struct connection connections[CONNECTIONS_MAX];   /* the accepting thread's until it has ended */
};

static void must(bool good, const char *what)
{
    if (good)
        return;
    perror(what);
    abort();
}

/* Reads up to the blank line. False: the peer is gone. */
static bool read_head(int fd, char head[HEAD_BYTES])
{
    size_t len = 0;

    while (len < HEAD_BYTES - 1) {
        ssize_t n = recv(fd, head + len, 1, 0);   /* a byte at a time leaves the next request alone */
        if (n <= 0)
            return false;
        len++;
        head[len] = '\0';
        if (len >= 4 && memcmp(head + len - 4, "\r\n\r\n", 4) == 0)
            return true;
    }
    return false;
}

static void *connection_run(void *context)
{
    struct connection *connection = context;
    char head[HEAD_BYTES];

    while (!atomic_load(&connection->stub->closing) && read_head(connection->fd, head)) {
        atomic_fetch_add(&connection->stub->n_requests, 1);
        if (!connection->stub->answer(connection->stub, connection->fd, head))
            break;
    }
    (void) shutdown(connection->fd, SHUT_RDWR);   /* the descriptor is closed with the stub */
    return NULL;
}

static void *stub_run(void *context)
{
    struct http_stub *stub = context;

    for (;;) {
        int fd = accept4(stub->listener, NULL, NULL, SOCK_CLOEXEC);
        int i = atomic_load(&stub->n_connections);
        if (fd < 0 || atomic_load(&stub->closing) || i == CONNECTIONS_MAX) {
            if (fd >= 0)
                (void) close(fd);
            return NULL;
        }
        stub->connections[i] = (struct connection) {.stub = stub, .fd = fd};
        must(pthread_create(&stub->connections[i].thread, NULL, connection_run, &stub->connections[i]) == 0, "thread");
        atomic_fetch_add(&stub->n_connections, 1);
    }
}

struct http_stub *http_stub_open(http_stub_fn answer)
{
    struct http_stub *stub = mem_new(sizeof *stub);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;

    stub->answer = answer;
    stub->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(stub->listener >= 0, "socket");
    must(bind(stub->listener, (struct sockaddr *) &address, sizeof address) == 0, "bind");
    must(listen(stub->listener, 64) == 0, "listen");
    must(getsockname(stub->listener, (struct sockaddr *) &address, &len) == 0, "getsockname");
    stub->port = ntohs(address.sin_port);
    must(pthread_create(&stub->thread, NULL, stub_run, stub) == 0, "thread");
    return stub;
}

uint16_t http_stub_port(const struct http_stub *stub)
{
    return stub->port;
}

int http_stub_requests(struct http_stub *stub)
{
    return atomic_load(&stub->n_requests);
}

int http_stub_connections(struct http_stub *stub)
{
    return atomic_load(&stub->n_connections);
}

bool http_stub_is_closing(struct http_stub *stub)
{
    return atomic_load(&stub->closing);
}

void http_stub_close(struct http_stub *stub)
{
    atomic_store(&stub->closing, true);
    (void) shutdown(stub->listener, SHUT_RDWR);   /* wakes accept */
    must(pthread_join(stub->thread, NULL) == 0, "join");
    for (int i = 0; i < atomic_load(&stub->n_connections); i++)
        (void) shutdown(stub->connections[i].fd, SHUT_RDWR);
    for (int i = 0; i < atomic_load(&stub->n_connections); i++) {
        must(pthread_join(stub->connections[i].thread, NULL) == 0, "join");
        (void) close(stub->connections[i].fd);
    }
    (void) close(stub->listener);
    free(stub);
}

bool http_stub_send(int fd, const void *bytes, size_t len)
{
    const char *at = bytes;

    while (len > 0) {
        ssize_t n = send(fd, at, len, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        at += n;
        len -= (size_t) n;
    }
    return true;
}

bool http_stub_say(int fd, const char *format, ...)
{
    char *text = NULL;
    va_list args;

    va_start(args, format);
    int len = vasprintf(&text, format, args);
    va_end(args);
    must(len >= 0, "vasprintf");
    bool sent = http_stub_send(fd, text, (size_t) len);
    free(text);
    return sent;
}

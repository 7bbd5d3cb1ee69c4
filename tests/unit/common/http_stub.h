/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_stub: a small real HTTP server on 127.0.0.1, in a thread of the test, that misbehaves as its path says. Each
 * connection has a thread of its own and serves requests until one of its answers ends it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_stub;

/* Answers one request (its head, NUL-terminated) on the socket; false: close the connection. */
typedef bool (*http_stub_fn)(struct http_stub *, int fd, const char *head);

/* Listens on a port the kernel chose. */
struct http_stub *http_stub_open(http_stub_fn);
uint16_t http_stub_port(const struct http_stub *);

/* Requests and connections seen so far. */
int http_stub_requests(struct http_stub *);
int http_stub_connections(struct http_stub *);

/* Ends all connections and threads and frees. */
void http_stub_close(struct http_stub *);

/* Whether the stub is being closed: endless answers ask. */
bool http_stub_is_closing(struct http_stub *);

/* Writes everything, or false when the peer is gone. */
bool http_stub_send(int fd, const void *bytes, size_t len);
bool http_stub_say(int fd, const char *format, ...) __attribute__((format(printf, 2, 3)));

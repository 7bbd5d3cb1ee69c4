/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_client: libcurl multi on a libuv loop, with every limit set. The collector's polls and probes and the aggregator's
 * deliveries are this one implementation; no libcurl type leaves it.
 *
 * A request is copied at start; its callback runs exactly once, on the loop, also after a cancel or a stop. It waits in
 * a queue while too many others are under way (in all, to its host, or waiting for names); its time runs from when it
 * leaves the queue.
 *
 *     const struct http_request request = {.method = "GET", .url = url, .redirects_max = 3, .body_bytes_max = 4 << 20};
 *     r = http_client_start(client, &request, on_done, context, &transfer, &err);
 *
 * A redirect is followed for GET and HEAD only, at most redirects_max times, over https (http too with allow_http), to the
 * same host or one of also_hosts, and takes no header with it to another host but Accept and the conditional ones.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <uv.h>

#include "common/error.h"
#include "common/text.h"

/* Which addresses may be reached. The check is made on the address connected to, also on reused connections. */
enum address_policy {
    ADDRESS_PUBLIC,     /* vendor polls: no private, loopback, link-local or special address but those allowed by name */
    ADDRESS_ANY,        /* probes and deliveries: they are meant to reach private addresses */
};

/* Why there is no good answer. The words (http_fault_name) are the reasons of a failed poll. */
enum http_fault {
    HTTP_FAULT_NONE, HTTP_FAULT_DNS, HTTP_FAULT_CONNECT, HTTP_FAULT_TLS, HTTP_FAULT_TIMEOUT, HTTP_FAULT_TOO_BIG,
    HTTP_FAULT_MOVED,       /* a redirect that may not be followed; the message names the target */
    HTTP_FAULT_ADDRESS,     /* the address policy refused */
    HTTP_FAULT_CUT,         /* the body ended early, or the connection broke after the request was written */
    HTTP_FAULT_GARBLED,     /* no HTTP, or not what its own headers say: encoding, lengths */
    HTTP_FAULT_OTHER, HTTP_FAULT_CANCELLED,
};

struct http_request {
    const char *method;             /* GET, HEAD, POST, PUT */
    const char *url;
    const char *const *headers;     /* "Name: value", NULL-terminated; may be NULL */
    struct text body;               /* POST, PUT */
    bool allow_http;                /* plain http; otherwise https only */
    enum address_policy policy;
    const char *const *allow_addresses;   /* CIDR blocks excepted from ADDRESS_PUBLIC, NULL-terminated; may be NULL */
    int redirects_max;              /* 0: a 3xx is the answer */
    const char *const *also_hosts;  /* hosts a redirect may lead to beside its own, NULL-terminated; may be NULL */
    int64_t connect_timeout_ms;     /* name, connection and TLS; 0: 5 s */
    int64_t timeout_ms;             /* whole transfer, redirects included; 0: 15 s */
    size_t body_bytes_max;          /* of the answer, after decompression */
    bool secret_url;                /* the URL is a secret: no message repeats more of it than the host */
    bool fresh_connection;          /* a connection of its own, so that connect_ms and certificate_expires_ms tell something */
};

struct http_reply {
    enum http_fault fault;
    long status;                    /* 0 when no answer came */
    bool request_sent;              /* the request went out: with a fault, the receiver may have acted on it */
    struct text body;               /* borrowed for the callback, as all below */
    const char *content_type;       /* "" when absent */
    const char *etag;
    const char *last_modified;
    const char *effective_url;
    const struct sockaddr *address; /* the one last connected to or tried; NULL: it did not come to that */
    int64_t retry_after_s;          /* Retry-After, which may be seconds or a date; at least 1; 0: not told */
    int64_t total_ms;               /* since it left the queue */
    int64_t connect_ms;             /* of the last connection: name and TCP; 0: a connection was used again */
    const char *message;            /* what went wrong, in words, "" without a fault */
    int64_t certificate_expires_ms; /* of the leaf, UTC; 0: no TLS, or not asked for by fresh_connection */
};

typedef void (*http_done_fn)(void *context, const struct http_reply *);

struct http_client;
struct http_transfer;

enum { HTTP_QUEUED_MAX = 4096, HTTP_URL_BYTES_MAX = 4096, HTTP_ALLOWED_MAX = 64 };

struct http_client_options {
    const char *user_agent;         /* copied */
    int connections_max;            /* in all; default 64 */
    int connections_per_host;       /* default 2 */
    int lookups_max;                /* transfers waiting for a name at once; default 16, the rest queue */
};

/* What must happen once in a process before any of the rest, best by main before it starts threads (a repeated call does
 * nothing): sets libcurl up and ignores SIGPIPE. Negative errno with words. */
int http_global_init(struct error *);

/* One multi handle on this loop, made for the first request. Negative errno with words when libcurl cannot be set up.
 * The trusted certificates are those of SSL_CERT_FILE when that is set, else the system's bundle: parsed once, and again
 * when the file is another than before, which is looked at once a minute. */
int http_client_new(uv_loop_t *, const struct http_client_options *, struct http_client **out, struct error *);

/* Starts a request. 0 (and *out, borrowed until its callback, unless out is NULL; the callback never runs before this
 * returns), -EINVAL with words (a URL, method, header or address block that cannot be used) or -EBUSY (HTTP_QUEUED_MAX are
 * waiting); then there is no callback. */
int http_client_start(struct http_client *, const struct http_request *, http_done_fn, void *context,
                      struct http_transfer **out, struct error *);

/* Ends it early: the callback runs with HTTP_FAULT_CANCELLED, before this returns. Never from within a callback of its own. */
void http_client_cancel(struct http_transfer *);

/* Cancels everything, closes the handles on the loop, frees the client and then calls back. */
void http_client_stop(struct http_client *, void (*stopped)(void *context), void *context);

/* Whether the way there or the other end failed, which may pass; not what it answered, nor what we did not allow. A connection
 * lost in the handshake looks the same as a certificate that is refused. */
bool http_fault_is_network(enum http_fault);

/* dns, connect, tls, timeout, too_big, moved, address, cut, parse (garbled), other, cancelled, none. */
const char *http_fault_name(enum http_fault);

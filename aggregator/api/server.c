/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/server.h"

#include <errno.h>
#include <microhttpd.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aggregator/api/api_private.h"
#include "aggregator/api/dispatch.h"
#include "aggregator/api/waiter.h"
#include "common/log.h"
#include "common/mem.h"

enum { CONNECTION_MEMORY_BYTES = 32 * 1024, LOG_LINE_BYTES = 256 };

/* ---------------------------------------------------------------- connections */

static void on_connection(void *context, struct MHD_Connection *connection, void **peer, enum MHD_ConnectionNotificationCode what)
{
    struct api *api = context;

    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        fences_close(&api->fences, *peer);
        *peer = NULL;
        return;
    }
    const union MHD_ConnectionInfo *fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    const union MHD_ConnectionInfo *address = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    *peer = fences_open(&api->fences, fd->connect_fd, address == NULL ? NULL : address->client_addr);
}

static struct peer *peer_of(struct MHD_Connection *connection)
{
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

/* ---------------------------------------------------------------- requests */

/* The first line is there: the request begins, with its address as received. */
static void *on_uri(void *context, const char *uri, struct MHD_Connection *connection)
{
    size_t len = strlen(uri);
    struct peer *peer = peer_of(connection);
    struct request *request = fences_room(peer, sizeof *request + len + 1);

    request->api = context;
    request->connection = connection;
    request->peer = peer;
    request->uri_len = len;
    memcpy(request->uri, uri, len + 1);
    buffer_init(&request->body, BODY_BYTES_MAX);
    buffer_init(&request->prepared, BODY_BYTES_MAX);
    fences_expect(request->peer, FENCE_REQUEST_MS);
    return request;
}

static void on_completed(void *context, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode why)
{
    struct request *request = *state;

    (void) context;
    (void) connection;
    (void) why;
    if (request == NULL)
        return;
    fences_expect(request->peer, FENCE_IDLE_MS);
    waiter_drop(request->waiter);
    if (request->prepared.bytes != NULL)
        sodium_memzero(request->prepared.bytes, request->prepared.cap);    /* may hold a token */
    buffer_done(&request->prepared);
    buffer_done(&request->body);
    *state = NULL;
}

static enum MHD_Result take_header(void *context, enum MHD_ValueKind kind, const char *name, size_t name_len, const char *value,
                                   size_t value_len)
{
    (void) kind;
    headers_add(context, (struct text) {name, name_len}, (struct text) {value == NULL ? "" : value, value_len});
    return MHD_YES;
}

static void take_body(struct request *request, const char *bytes, size_t *len)
{
    if (!request->body_too_large && buffer_put(&request->body, bytes, *len) < 0) {
        request->body_too_large = true;      /* the rest is swallowed, up to the fence */
        buffer_done(&request->body);
        buffer_init(&request->body, BODY_BYTES_MAX);
    }
    *len = 0;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *bytes, size_t *len, void **state)
{
    struct request *request = *state;

    (void) context;
    (void) url;                              /* decoded and cut at a zero byte by the library: ours is the received one */
    if (!request->begun) {
        request->begun = true;
        request->method = method;
        request->head = strcmp(method, "HEAD") == 0;
        (void) MHD_get_connection_values_n(connection, MHD_HEADER_KIND, take_header, &request->headers);
        return dispatch_begin(request, version);
    }
    if (*len > 0) {
        take_body(request, bytes, len);
        return MHD_YES;
    }
    return dispatch_answer(request);
}

/* ---------------------------------------------------------------- start and stop */

static void __attribute__((format(printf, 2, 0))) on_log(void *context, const char *format, va_list args)
{
    char line[LOG_LINE_BYTES];

    (void) context;
    (void) vsnprintf(line, sizeof line, format, args);
    log_debug("http.library", "the HTTP library says something", LOG_TEXT("words", line));
}

struct MHD_Daemon *server_start(struct api *api, const struct server_limits *limits, struct error *err)
{
    const unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    /* The library wants a pool of at least two, and its own timeouts counted inactivity: ours are the fences. */
    struct MHD_OptionItem options[] = {
        {MHD_OPTION_CONNECTION_LIMIT, (intptr_t) limits->connections, NULL},
        {MHD_OPTION_PER_IP_CONNECTION_LIMIT, (intptr_t) limits->per_address, NULL},
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY_BYTES, NULL},
        {MHD_OPTION_CONNECTION_TIMEOUT, 0, NULL},
        {MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL},
        {limits->workers > 1 ? MHD_OPTION_THREAD_POOL_SIZE : MHD_OPTION_END, (intptr_t) limits->workers, NULL},
        {MHD_OPTION_END, 0, NULL},
    };

    struct MHD_Daemon *daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, api, MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL, MHD_OPTION_LISTEN_SOCKET, limits->fd,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, api, MHD_OPTION_NOTIFY_COMPLETED, on_completed, api,
        MHD_OPTION_URI_LOG_CALLBACK, on_uri, api, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
    if (daemon == NULL) {
        (void) close(limits->fd);
        (void) error_set(err, -EIO, "the HTTP listener cannot be started");
    }
    return daemon;
}

void server_stop(struct MHD_Daemon *daemon)
{
    if (daemon != NULL)
        MHD_stop_daemon(daemon);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "common/http_private.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/http_trusted.h"
#include "common/mem.h"

/*
 * libcurl tells which descriptors and which time it waits for; the loop tells it when they are due. All work happens in
 * client_turn, which is also the only place where callbacks of requests run, besides a cancel.
 *
 * libcurl would queue requests beyond its connection limits itself, but their time limits would run meanwhile and one slow
 * host would hold all places for lookups: hence a queue of our own.
 */

enum { CONNECTIONS_MAX = 64, CONNECTIONS_PER_HOST = 2, LOOKUPS_MAX = 16 };

struct http_client {
    uv_loop_t *loop;
    CURLM *multi;                      /* NULL before the first request */
    uv_timer_t timer;                  /* libcurl's next deadline; one shot */
    struct http_client_options options;
    char *user_agent;
    struct http_trusted trusted;
    struct http_transfers active;
    struct http_transfers queued;
    int n_active;
    int n_queued;
    int depth;                         /* > 0: a callback of a request may be running */
    int n_handles;                     /* on the loop, not yet closed */
    bool stopping;
    bool dismantled;
    void (*stopped)(void *context);
    void *stopped_context;
};

/* One descriptor libcurl waits on. Never used again for a recycled number: each gets a handle of its own. */
struct http_socket {
    uv_poll_t poll;
    struct http_client *client;
    curl_socket_t fd;
};

static void client_turn(struct http_client *client, curl_socket_t fd, int events);

/* --- once in a process -------------------------------------------------------------------------------------------- */

static CURLcode global_code = CURLE_FAILED_INIT;   /* written once, by global_init */

static void global_init(void)
{
    global_code = curl_global_init(CURL_GLOBAL_DEFAULT);
    (void) signal(SIGPIPE, SIG_IGN);   /* a peer that goes away is an error of that write, not of the process */
}

int http_global_init(struct error *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    (void) pthread_once(&once, global_init);   /* fails only for a misused control */
    if (global_code != CURLE_OK)
        return error_set(err, -ENOTSUP, "libcurl cannot be used: %s", curl_easy_strerror(global_code));
    return 0;
}

/* --- handles of the loop ------------------------------------------------------------------------------------------ */

/* The last handle is closed: nothing refers to the client any more. */
static void client_handle_closed(struct http_client *client)
{
    assert(client->n_handles > 0);
    client->n_handles--;
    if (client->n_handles > 0)
        return;

    void (*stopped)(void *) = client->stopped;
    void *context = client->stopped_context;
    free(client->user_agent);
    http_trusted_done(&client->trusted);
    free(client);
    if (stopped != NULL)
        stopped(context);
}

static void socket_on_closed(uv_handle_t *handle)
{
    struct http_socket *socket = handle->data;
    struct http_client *client = socket->client;

    free(socket);
    client_handle_closed(client);
}

static void socket_on_event(uv_poll_t *poll, int status, int events)
{
    struct http_socket *socket = poll->data;
    int flags = status < 0 ? CURL_CSELECT_ERR : 0;

    if ((events & UV_READABLE) != 0)
        flags |= CURL_CSELECT_IN;
    if ((events & UV_WRITABLE) != 0)
        flags |= CURL_CSELECT_OUT;
    client_turn(socket->client, socket->fd, flags);
}

static struct http_socket *socket_new(struct http_client *client, curl_socket_t fd)
{
    struct http_socket *socket = mem_new(sizeof *socket);

    socket->client = client;
    socket->fd = fd;
    socket->poll.data = socket;
    if (uv_poll_init(client->loop, &socket->poll, fd) != 0) {
        free(socket);
        return NULL;
    }
    client->n_handles++;
    return socket;
}

/* libcurl's wish about one descriptor; -1 makes the transfer fail. */
static int client_on_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *assigned)
{
    struct http_client *client = context;
    struct http_socket *socket = assigned;

    (void) easy;
    if (what == CURL_POLL_REMOVE) {
        if (socket != NULL)
            uv_close((uv_handle_t *) &socket->poll, socket_on_closed);   /* stops polling at once */
        (void) curl_multi_assign(client->multi, fd, NULL);   /* fails only for a descriptor it does not know */
        return 0;
    }
    if (socket == NULL) {
        socket = socket_new(client, fd);
        if (socket == NULL)
            return -1;
        (void) curl_multi_assign(client->multi, fd, socket);
    }
    int events = ((what & CURL_POLL_IN) != 0 ? UV_READABLE : 0) | ((what & CURL_POLL_OUT) != 0 ? UV_WRITABLE : 0);
    int r = events == 0 ? uv_poll_stop(&socket->poll) : uv_poll_start(&socket->poll, events, socket_on_event);
    return r == 0 ? 0 : -1;
}

static void client_on_timer_closed(uv_handle_t *handle)
{
    client_handle_closed(handle->data);
}

static void client_on_deadline(uv_timer_t *timer)
{
    client_turn(timer->data, CURL_SOCKET_TIMEOUT, 0);
}

/* Must not call back into libcurl: 0 means the next turn of the loop. */
static int client_on_timer(CURLM *multi, long timeout_ms, void *context)
{
    struct http_client *client = context;

    (void) multi;
    int r = timeout_ms < 0 ? uv_timer_stop(&client->timer)
                           : uv_timer_start(&client->timer, client_on_deadline, (uint64_t) timeout_ms, 0);
    return r == 0 ? 0 : -1;
}

/* --- the queue ---------------------------------------------------------------------------------------------------- */

static int client_n_resolving(const struct http_client *client)
{
    const struct http_transfer *t = NULL;
    int n = 0;

    TAILQ_FOREACH(t, &client->active, link)
        n += t->resolving;
    return n;
}

static bool host_has_room(const struct http_client *client, const struct http_transfer *wanting)
{
    const struct http_transfer *t = NULL;
    int n = 0;

    TAILQ_FOREACH(t, &client->active, link)
        n += strcmp(t->target.authority, wanting->target.authority) == 0;
    return n < client->options.connections_per_host;
}

/* Opened by the first request: most aggregators have nothing to tell for days, and libcurl's pages stay on disk. */
static CURLM *client_multi(struct http_client *client)
{
    if (client->multi != NULL)
        return client->multi;

    CURLM *multi = curl_multi_init();
    long connections = client->options.connections_max;
    bool set = multi != NULL && curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, client_on_socket) == CURLM_OK
               && curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, client) == CURLM_OK
               && curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, client_on_timer) == CURLM_OK
               && curl_multi_setopt(multi, CURLMOPT_TIMERDATA, client) == CURLM_OK
               && curl_multi_setopt(multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING) == CURLM_OK
               && curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, connections) == CURLM_OK;
    if (!set)
        abort();   /* out of memory: every libcurl we build with knows these options */
    client->multi = multi;
    return multi;
}

static void transfer_add(struct http_client *client, struct http_transfer *t)
{
    http_transfer_arm(t);
    if (curl_multi_add_handle(client_multi(client), t->easy) != CURLM_OK)
        abort();   /* out of memory: the handle is ours and in no other multi */
}

/* Starts what may start, oldest first; a host that has no room lets others pass. */
static void client_pump(struct http_client *client)
{
    int places = client->options.lookups_max - client_n_resolving(client);
    struct http_transfer *t = TAILQ_FIRST(&client->queued);

    while (t != NULL && places > 0 && client->n_active < client->options.connections_max) {
        struct http_transfer *next = TAILQ_NEXT(t, link);
        if (host_has_room(client, t)) {
            TAILQ_REMOVE(&client->queued, t, link);
            client->n_queued--;
            TAILQ_INSERT_TAIL(&client->active, t, link);
            client->n_active++;
            t->active = true;
            places--;
            transfer_add(client, t);
        }
        t = next;
    }
}

static void transfer_unlink(struct http_transfer *t)
{
    struct http_client *client = t->client;

    if (t->active) {
        (void) curl_multi_remove_handle(client->multi, t->easy);   /* it is in there: we added it */
        TAILQ_REMOVE(&client->active, t, link);
        client->n_active--;
    } else {
        TAILQ_REMOVE(&client->queued, t, link);
        client->n_queued--;
    }
}

/* --- a turn ------------------------------------------------------------------------------------------------------- */

/* Frees what libcurl holds; the client follows with the last handle of the loop. */
static void client_dismantle(struct http_client *client)
{
    assert(TAILQ_EMPTY(&client->active) && TAILQ_EMPTY(&client->queued));
    client->dismantled = true;
    (void) curl_multi_cleanup(steal(&client->multi));   /* it has no transfers left to refuse for; NULL is nothing */
    uv_close((uv_handle_t *) &client->timer, client_on_timer_closed);
}

static void client_enter(struct http_client *client)
{
    client->depth++;
}

/* The outermost leaves last, and does what could not be done below a callback. */
static void client_leave(struct http_client *client)
{
    client->depth--;
    if (client->depth > 0 || client->dismantled)
        return;
    if (client->stopping)
        client_dismantle(client);
    else
        client_pump(client);
}

/* Tells the requester, once; the transfer is in no list and in no multi handle any more. */
static void transfer_tell(struct http_transfer *t, const struct http_reply *reply)
{
    t->done(t->context, reply);
    http_transfer_free(t);
}

static void client_finish(struct http_client *client, struct http_transfer *t, CURLcode code)
{
    struct http_reply reply = {0};

    if (http_transfer_follows(t, code, &reply)) {
        (void) curl_multi_remove_handle(client->multi, t->easy);
        transfer_add(client, t);
        return;
    }
    transfer_unlink(t);
    transfer_tell(t, &reply);
}

static void client_turn(struct http_client *client, curl_socket_t fd, int events)
{
    int running = 0;
    int left = 0;
    CURLMsg *message = NULL;

    client_enter(client);
    (void) curl_multi_socket_action(client->multi, fd, events, &running);   /* what fails is told by the transfers */
    while (!client->stopping && (message = curl_multi_info_read(client->multi, &left)) != NULL) {
        struct http_transfer *t = NULL;
        if (message->msg != CURLMSG_DONE)
            continue;
        CURLcode code = message->data.result;   /* the message is gone once its handle is removed */
        (void) curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &t);
        assert(t != NULL);
        client_finish(client, t, code);
    }
    client_leave(client);
}

/* --- the door ----------------------------------------------------------------------------------------------------- */

static int limit_or(int asked, int fallback)
{
    return asked > 0 ? asked : fallback;
}

int http_client_new(uv_loop_t *loop, const struct http_client_options *options, struct http_client **out,
                    struct error *err)
{
    int r = http_global_init(err);
    if (r < 0)
        return r;
    struct http_client *client = mem_new(sizeof *client);
    client->loop = loop;
    client->options.connections_max = limit_or(options->connections_max, CONNECTIONS_MAX);
    client->options.connections_per_host = limit_or(options->connections_per_host, CONNECTIONS_PER_HOST);
    client->options.lookups_max = limit_or(options->lookups_max, LOOKUPS_MAX);
    TAILQ_INIT(&client->active);
    TAILQ_INIT(&client->queued);
    client->user_agent = mem_copy_string(options->user_agent);
    http_trusted_init(&client->trusted, clock_mono_ms());
    (void) uv_timer_init(loop, &client->timer);   /* cannot fail */
    client->timer.data = client;
    client->n_handles = 1;
    *out = client;
    return 0;
}

int http_client_start(struct http_client *client, const struct http_request *request, http_done_fn done, void *context,
                      struct http_transfer **out, struct error *err)
{
    assert(!client->stopping);
    if (client->n_queued >= HTTP_QUEUED_MAX)
        return error_set(err, -EBUSY, "%d requests are waiting already", client->n_queued);

    struct http_transfer *t = NULL;
    int r = http_transfer_new(request, &t, err);
    if (r < 0)
        return r;
    http_transfer_dress(t, client->user_agent, http_trusted_name(&client->trusted, clock_mono_ms()));
    t->client = client;
    t->done = done;
    t->context = context;
    TAILQ_INSERT_TAIL(&client->queued, t, link);
    client->n_queued++;
    if (client->depth == 0)
        client_pump(client);   /* otherwise the turn that is under way does it at its end */
    if (out != NULL)
        *out = t;
    return 0;
}

void http_client_cancel(struct http_transfer *t)
{
    struct http_client *client = t->client;
    struct http_reply reply = {0};

    client_enter(client);
    http_transfer_cancelled(t, &reply);
    transfer_unlink(t);
    transfer_tell(t, &reply);
    client_leave(client);
}

void http_client_stop(struct http_client *client, void (*stopped)(void *context), void *context)
{
    assert(!client->stopping);
    client->stopping = true;
    client->stopped = stopped;
    client->stopped_context = context;

    client_enter(client);
    while (!TAILQ_EMPTY(&client->active))
        http_client_cancel(TAILQ_FIRST(&client->active));
    while (!TAILQ_EMPTY(&client->queued))
        http_client_cancel(TAILQ_FIRST(&client->queued));
    client_leave(client);
}

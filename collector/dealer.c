/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/dealer.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "common/mem.h"
#include "common/wire.h"

enum {
    SEND_FRAMES_MAX = 64,        /* what is not acknowledged belongs into our own ring, where it is counted */
    FRAMES_A_TURN = 256,
    ENDPOINT_BYTES = 512,
    HANDLES = 5,
    EVENTS = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CONNECT_RETRIED | ZMQ_EVENT_CONNECT_DELAYED
             | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL
             | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL,
};

struct dealer {
    void *zmq;
    void *socket;
    void *monitor;
    char endpoint[ENDPOINT_BYTES];
    struct dealer_options callbacks;   /* only the functions and their context; its strings are gone */
    uv_poll_t readable[2];             /* socket, monitor */
    uv_prepare_t prepare;
    uv_check_t check;
    uv_idle_t idle;
    int handles_open;
    bool closing;
    void (*closed)(void *context);
    void *closed_context;
};

/* ---------------------------------------------------------------- the loop's side
 *
 * ZMQ_FD signals that something changed, not that something is there, and every call on a socket may swallow the signal.
 * So the state is asked each turn: before sleeping (prepare), where messages that wait keep the loop awake by an idle
 * handle, and after it (check), where a bounded number is taken.
 */

static int events_of(void *socket)
{
    int events = 0;
    size_t len = sizeof events;

    return zmq_getsockopt(socket, ZMQ_EVENTS, &events, &len) == 0 ? events : 0;
}

static void on_idle(uv_idle_t *idle)
{
    (void) idle;   /* being active is all it is for */
}

static void on_prepare(uv_prepare_t *prepare)
{
    struct dealer *dealer = prepare->data;
    if (dealer->closing)
        return;
    bool more = dealer->callbacks.before_wait(dealer->callbacks.context);
    if (dealer->closing)
        return;

    /* A connection that came up since the last send would not wake us again: hence POLLOUT counts while more is to go. */
    int awaited = ZMQ_POLLIN | (more ? ZMQ_POLLOUT : 0);
    int events = events_of(dealer->socket) | (events_of(dealer->monitor) & ZMQ_POLLIN);
    if ((events & awaited) != 0)
        (void) uv_idle_start(&dealer->idle, on_idle);
    else
        (void) uv_idle_stop(&dealer->idle);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void) poll;
    (void) status;
    (void) events;   /* the loop is awake; on_check takes what is there */
}

/* Takes one message; false when nothing waits. Only its first frame counts: ours have no second. */
static bool take_frame(struct dealer *dealer)
{
    zmq_msg_t message;
    (void) zmq_msg_init(&message);   /* cannot fail */
    bool taken = zmq_msg_recv(&message, dealer->socket, ZMQ_DONTWAIT) >= 0;
    if (taken) {
        bool more = zmq_msg_more(&message) != 0;
        if (!more)
            dealer->callbacks.frame(dealer->callbacks.context, zmq_msg_data(&message), zmq_msg_size(&message));
        while (more) {
            if (zmq_msg_recv(&message, dealer->socket, ZMQ_DONTWAIT) < 0)
                break;
            more = zmq_msg_more(&message) != 0;
        }
    }
    (void) zmq_msg_close(&message);   /* cannot fail on an initialised message */
    return taken;
}

static void tell_event(struct dealer *dealer, int event, uint32_t value)
{
    char words[96] = "";
    enum dealer_event kind = DEALER_TRYING;
    switch (event) {
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
        kind = DEALER_UP;
        break;
    case ZMQ_EVENT_DISCONNECTED:
        kind = DEALER_DOWN;
        break;
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
        kind = DEALER_REFUSED;
        (void) snprintf(words, sizeof words, "the aggregator does not know this collector's key (%u)", value);
        break;
    case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
        kind = DEALER_REFUSED;
        (void) snprintf(words, sizeof words, "the other side speaks no CURVE of ours (0x%x)", value);
        break;
    case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
        /* A wrong server key looks like this, and so does an aggregator that dies in between; ZeroMQ dials again. */
        kind = DEALER_DOWN;
        (void) snprintf(words, sizeof words, "the handshake broke off; is server_key right? (%s)",
                        zmq_strerror((int) value));
        break;
    default:
        break;
    }
    dealer->callbacks.event(dealer->callbacks.context, kind, words);
}

/* A monitor message is two frames: event (16 bit) and value (32 bit), then the address. */
static bool take_event(struct dealer *dealer)
{
    uint8_t head[6];
    char address[ENDPOINT_BYTES];
    int len = zmq_recv(dealer->monitor, head, sizeof head, ZMQ_DONTWAIT);
    if (len < 0)
        return false;
    (void) zmq_recv(dealer->monitor, address, sizeof address, ZMQ_DONTWAIT);   /* we know whom we dial */
    if (len != (int) sizeof head)
        return true;

    uint16_t event;
    uint32_t value;
    memcpy(&event, head, sizeof event);
    memcpy(&value, head + 2, sizeof value);
    tell_event(dealer, event, value);
    return true;
}

static void on_check(uv_check_t *check)
{
    struct dealer *dealer = check->data;
    for (int i = 0; i < FRAMES_A_TURN && !dealer->closing && take_event(dealer); i++)
        ;
    for (int i = 0; i < FRAMES_A_TURN && !dealer->closing && take_frame(dealer); i++)
        ;
}

/* ---------------------------------------------------------------- opening */

struct setting { const char *name; int option; int value; };

static int set_options(void *socket, const struct dealer_options *options, struct error *err)
{
    static const struct setting settings[] = {
        {"linger", ZMQ_LINGER, 0},
        {"immediate", ZMQ_IMMEDIATE, 1},
        {"send limit", ZMQ_SNDHWM, SEND_FRAMES_MAX},
        {"heartbeat", ZMQ_HEARTBEAT_IVL, 10000},
        {"heartbeat timeout", ZMQ_HEARTBEAT_TIMEOUT, 30000},
        {"reconnect", ZMQ_RECONNECT_IVL, 500},
        {"reconnect limit", ZMQ_RECONNECT_IVL_MAX, 30000},
        {"connect timeout", ZMQ_CONNECT_TIMEOUT, 5000},
        {"handshake timeout", ZMQ_HANDSHAKE_IVL, 10000},
        {"ipv6", ZMQ_IPV6, 1},
    };
    for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
        if (zmq_setsockopt(socket, settings[i].option, &settings[i].value, sizeof settings[i].value) != 0)
            return error_set(err, -errno, "setting %s: %s", settings[i].name, zmq_strerror(errno));
    }
    int64_t message_bytes_max = WIRE_MESSAGE_BYTES_MAX;
    if (zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &message_bytes_max, sizeof message_bytes_max) != 0)
        return error_set(err, -errno, "setting the message limit: %s", zmq_strerror(errno));

    if (options->server_key == NULL)
        return 0;
    if (options->public_key == NULL || options->secret_key == NULL)
        return error_set(err, -EINVAL, "a server key needs a key of our own");
    if (zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, options->server_key, 41) != 0
        || zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, options->public_key, 41) != 0
        || zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, options->secret_key, 41) != 0)
        return error_set(err, -errno, "setting the CURVE keys: %s", zmq_strerror(errno));
    return 0;
}

static int open_monitor(struct dealer *dealer, struct error *err)
{
    char name[64];
    int zero = 0;
    (void) snprintf(name, sizeof name, "inproc://dealer-%p", (void *) dealer);
    if (zmq_socket_monitor(dealer->socket, name, EVENTS) != 0)
        return error_set(err, -errno, "watching the connection: %s", zmq_strerror(errno));
    dealer->monitor = zmq_socket(dealer->zmq, ZMQ_PAIR);
    if (dealer->monitor == NULL || zmq_setsockopt(dealer->monitor, ZMQ_LINGER, &zero, sizeof zero) != 0
        || zmq_connect(dealer->monitor, name) != 0)
        return error_set(err, -errno, "watching the connection: %s", zmq_strerror(errno));
    return 0;
}

static int open_sockets(struct dealer *dealer, const struct dealer_options *options, struct error *err)
{
    dealer->zmq = zmq_ctx_new();
    if (dealer->zmq == NULL)
        return error_set(err, -errno, "starting ZeroMQ: %s", zmq_strerror(errno));
    (void) zmq_ctx_set(dealer->zmq, ZMQ_BLOCKY, 0);   /* no socket of ours may hold up the end */
    dealer->socket = zmq_socket(dealer->zmq, ZMQ_DEALER);
    if (dealer->socket == NULL)
        return error_set(err, -errno, "opening a socket: %s", zmq_strerror(errno));

    int r = set_options(dealer->socket, options, err);
    if (r == 0)
        r = open_monitor(dealer, err);
    if (r == 0 && zmq_connect(dealer->socket, options->endpoint) != 0)
        r = error_set(err, -errno, "%s: %s", options->endpoint, zmq_strerror(errno));
    return r;
}

static void close_sockets(struct dealer *dealer)
{
    if (dealer->socket != NULL) {
        (void) zmq_socket_monitor(dealer->socket, NULL, 0);   /* was perhaps never on */
        (void) zmq_close(dealer->socket);                     /* fails only for what is no socket, here and below */
    }
    if (dealer->monitor != NULL)
        (void) zmq_close(dealer->monitor);
    while (dealer->zmq != NULL && zmq_ctx_term(dealer->zmq) != 0 && errno == EINTR)
        ;
}

static int descriptor_of(void *socket)
{
    int fd = -1;
    size_t len = sizeof fd;

    return zmq_getsockopt(socket, ZMQ_FD, &fd, &len) == 0 ? fd : -1;
}

static int start_handles(uv_loop_t *loop, struct dealer *dealer, struct error *err)
{
    int fds[2] = {descriptor_of(dealer->socket), descriptor_of(dealer->monitor)};
    for (int i = 0; i < 2; i++) {
        int r = uv_poll_init(loop, &dealer->readable[i], fds[i]);
        if (r < 0)
            return error_set(err, r, "watching the connection: %s", uv_strerror(r));
        dealer->handles_open++;
        dealer->readable[i].data = dealer;
        (void) uv_poll_start(&dealer->readable[i], UV_READABLE, on_readable);   /* fails only while closing */
    }
    (void) uv_prepare_init(loop, &dealer->prepare);   /* these three cannot fail */
    (void) uv_check_init(loop, &dealer->check);
    (void) uv_idle_init(loop, &dealer->idle);
    dealer->prepare.data = dealer->check.data = dealer->idle.data = dealer;
    dealer->handles_open += 3;
    (void) uv_prepare_start(&dealer->prepare, on_prepare);
    (void) uv_check_start(&dealer->check, on_check);
    return 0;
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct dealer *dealer = handle->data;
    if (--dealer->handles_open > 0)
        return;

    close_sockets(dealer);
    void (*closed)(void *) = dealer->closed;
    void *context = dealer->closed_context;
    free(dealer);
    if (closed != NULL)
        closed(context);
}

static void close_handles(struct dealer *dealer)
{
    uv_handle_t *handles[HANDLES] = {
        (uv_handle_t *) &dealer->readable[0], (uv_handle_t *) &dealer->readable[1], (uv_handle_t *) &dealer->prepare,
        (uv_handle_t *) &dealer->check, (uv_handle_t *) &dealer->idle,
    };
    int open = dealer->handles_open;   /* they were opened in this order */
    for (int i = 0; i < open; i++)
        uv_close(handles[i], on_handle_closed);
}

int dealer_open(uv_loop_t *loop, const struct dealer_options *options, struct dealer **out, struct error *err)
{
    if (strncmp(options->endpoint, "tcp://", 6) != 0 && strncmp(options->endpoint, "ipc://", 6) != 0)
        return error_set(err, -EINVAL, "endpoint \"%s\": expected tcp://HOST:PORT", options->endpoint);
    if (strlen(options->endpoint) >= ENDPOINT_BYTES)
        return error_set(err, -EINVAL, "endpoint of %zu bytes, at most %d", strlen(options->endpoint), ENDPOINT_BYTES - 1);

    struct dealer *dealer = mem_new(sizeof *dealer);
    dealer->callbacks = *options;
    dealer->callbacks.endpoint = dealer->callbacks.server_key = NULL;
    dealer->callbacks.public_key = dealer->callbacks.secret_key = NULL;
    memcpy(dealer->endpoint, options->endpoint, strlen(options->endpoint) + 1);

    int r = open_sockets(dealer, options, err);
    if (r == 0)
        r = start_handles(loop, dealer, err);
    if (r < 0) {
        dealer->closing = true;
        if (dealer->handles_open > 0) {
            close_handles(dealer);
        } else {
            close_sockets(dealer);
            free(dealer);
        }
        return r;
    }
    *out = dealer;
    return 0;
}

int dealer_send(struct dealer *dealer, const void *frame, size_t len)
{
    for (;;) {
        if (zmq_send(dealer->socket, frame, len, ZMQ_DONTWAIT) >= 0)
            return 0;
        if (errno != EINTR)
            return -errno;
    }
}

void dealer_redial(struct dealer *dealer)
{
    (void) zmq_disconnect(dealer->socket, dealer->endpoint);   /* ENOENT: the library had given up already */
    (void) zmq_connect(dealer->socket, dealer->endpoint);      /* it was good once; the next redial tries again */
}

void dealer_close(struct dealer *dealer, void (*closed)(void *context), void *context)
{
    dealer->closing = true;
    dealer->closed = closed;
    dealer->closed_context = context;
    close_handles(dealer);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/ingest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#include "aggregator/zap.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/metrics.h"
#include "common/text.h"
#include "common/wire.h"

#ifndef ZMQ_ZAP_ENFORCE_DOMAIN
#define ZMQ_ZAP_ENFORCE_DOMAIN 93   /* behind the draft switch of the header, yet in Debian's library */
#endif

struct ingest {
    void *context;
    void *router;
    struct zap *zap;                   /* NULL: plain */
    zmq_msg_t address;                 /* of the message given last; valid while has_message */
    zmq_msg_t frame;
    bool has_message;
    bool started;
    bool paused;
    struct ingest_hooks hooks;
    uv_poll_t poll;
    uv_prepare_t prepare;
    uv_idle_t idle;
    uv_check_t check;
};

/* ---------------------------------------------------------------- the socket */

static bool is_local(const char *endpoint)
{
    struct text text = text_of(endpoint);

    return text_starts_with(text, "tcp://127.0.0.1:") || text_starts_with(text, "ipc://");
}

static int check_endpoint(const struct ingest_options *options, struct error *err)
{
    struct text endpoint = text_of(options->endpoint);
    if (!text_starts_with(endpoint, "tcp://") && !text_starts_with(endpoint, "ipc://"))
        return error_set(err, -EINVAL, "endpoint %s: expected tcp://ADDRESS:PORT or ipc://PATH", options->endpoint);
    if (options->keys == NULL && !is_local(options->endpoint))
        return error_set(err, -EINVAL,
                         "endpoint %s without keys: plain text is spoken on tcp://127.0.0.1 and ipc:// alone, "
                         "and for tests; make keys with `tocsin-collector keygen`",
                         options->endpoint);
    return 0;
}

static const struct { int option; int value; const char *name;
} router_options[] = {
    {ZMQ_ROUTER_MANDATORY, 1, "ROUTER_MANDATORY"}, /* a peer that is gone is an error, not silence */
    {ZMQ_ROUTER_HANDOVER, 0, "ROUTER_HANDOVER"},   /* nobody takes another's address */
    {ZMQ_HANDSHAKE_IVL, 5000, "HANDSHAKE_IVL"},
    {ZMQ_BACKLOG, 4096, "BACKLOG"}, /* a fleet that reconnects */
    {ZMQ_HEARTBEAT_IVL, 10000, "HEARTBEAT_IVL"},
    {ZMQ_HEARTBEAT_TIMEOUT, 30000, "HEARTBEAT_TIMEOUT"},
    {ZMQ_SNDHWM, 64, "SNDHWM"}, /* answers are cumulative */
    {ZMQ_RCVHWM, 64, "RCVHWM"}, /* what waits stays with the collector, where it is counted */
    {ZMQ_LINGER, 0, "LINGER"},
};

static int set_options(struct ingest *ingest, struct error *err)
{
    for (size_t i = 0; i < ARRAY_SIZE(router_options); i++) {
        if (zmq_setsockopt(ingest->router, router_options[i].option, &router_options[i].value, sizeof(int)) < 0)
            return error_set(err, -errno, "ZMQ_%s: %s", router_options[i].name, zmq_strerror(errno));
    }
    int64_t bytes_max = WIRE_MESSAGE_BYTES_MAX;   /* also what a stranger can make us hold before its handshake fails */
    if (zmq_setsockopt(ingest->router, ZMQ_MAXMSGSIZE, &bytes_max, sizeof bytes_max) < 0)
        return error_set(err, -errno, "ZMQ_MAXMSGSIZE: %s", zmq_strerror(errno));
    return 0;
}

/* Without a handler libzmq lets in whoever knows the server's public key; with the domain enforced it lets in nobody.
 * Both are asked for, and either failing is the end. */
static int set_security(struct ingest *ingest, const struct ingest_options *options, struct error *err)
{
    int on = 1;
    if (zmq_setsockopt(ingest->router, ZMQ_CURVE_SERVER, &on, sizeof on) < 0
        || zmq_setsockopt(ingest->router, ZMQ_CURVE_SECRETKEY, options->keys->secret_key, KEY_TEXT_BYTES) < 0
        || zmq_setsockopt(ingest->router, ZMQ_ZAP_DOMAIN, ZAP_DOMAIN, strlen(ZAP_DOMAIN)) < 0
        || zmq_setsockopt(ingest->router, ZMQ_ZAP_ENFORCE_DOMAIN, &on, sizeof on) < 0)
        return error_set(err, -errno, "encryption of %s: %s; refusing to listen without", options->endpoint,
                         zmq_strerror(errno));
    if (zmq_socket_monitor(ingest->router, ZAP_MONITOR_ENDPOINT,
                           ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL) < 0)
        return error_set(err, -errno, "monitor of %s: %s", options->endpoint, zmq_strerror(errno));
    return 0;
}

static int open_router(struct ingest *ingest, struct ingest_options *options, struct error *err)
{
    ingest->context = zmq_ctx_new();
    if (ingest->context == NULL || zmq_ctx_set(ingest->context, ZMQ_BLOCKY, 0) < 0
        || zmq_ctx_set(ingest->context, ZMQ_MAX_SOCKETS, 16) < 0)
        return error_set(err, -errno, "ZeroMQ: %s", zmq_strerror(errno));
    ingest->router = zmq_socket(ingest->context, ZMQ_ROUTER);
    if (ingest->router == NULL)
        return error_set(err, -errno, "ZeroMQ: %s", zmq_strerror(errno));

    int r = set_options(ingest, err);
    if (r == 0 && options->keys != NULL)
        r = set_security(ingest, options, err);
    if (r == 0 && options->keys != NULL)
        r = zap_start(ingest->context, steal(&options->authorized), options->inbox, &ingest->zap, err);
    if (r < 0)
        return r;
    if (zmq_bind(ingest->router, options->endpoint) < 0)
        return error_set(err, -errno, "endpoint %s: %s", options->endpoint, zmq_strerror(errno));
    return 0;
}

int ingest_open(const struct ingest_options *given, struct ingest **out, struct error *err)
{
    struct ingest_options options = *given;
    struct ingest *ingest = mem_new(sizeof *ingest);
    int r = check_endpoint(&options, err);
    if (r == 0)
        r = open_router(ingest, &options, err);
    if (options.authorized != NULL)
        authorized_keys_free(options.authorized);
    if (r < 0) {
        ingest_close(ingest);
        return r;
    }
    *out = ingest;
    return 0;
}

/* ---------------------------------------------------------------- the loop */

static bool is_readable(struct ingest *ingest)
{
    int events = 0;
    size_t size = sizeof events;

    return zmq_getsockopt(ingest->router, ZMQ_EVENTS, &events, &size) == 0 && (events & ZMQ_POLLIN) != 0;
}

static void ingest_on_poll(uv_poll_t *poll, int status, int events)
{
    (void) poll;
    (void) status;
    (void) events;   /* it woke the loop, which is all we wanted of it: check does the work */
}

static void ingest_on_idle(uv_idle_t *idle)
{
    (void) idle;     /* keeps the loop from sleeping */
}

static void ingest_on_prepare(uv_prepare_t *prepare)
{
    struct ingest *ingest = prepare->data;

    if (!ingest->paused && (is_readable(ingest) || ingest->hooks.has_work(ingest->hooks.context)))
        (void) uv_idle_start(&ingest->idle, ingest_on_idle);
    else
        (void) uv_idle_stop(&ingest->idle);
}

static void ingest_on_check(uv_check_t *check)
{
    struct ingest *ingest = check->data;

    ingest->hooks.turn(ingest->hooks.context);
}

int ingest_start(struct ingest *ingest, uv_loop_t *loop, const struct ingest_hooks *hooks, struct error *err)
{
    int fd = -1;
    size_t size = sizeof fd;
    if (zmq_getsockopt(ingest->router, ZMQ_FD, &fd, &size) < 0)
        return error_set(err, -errno, "ZMQ_FD: %s", zmq_strerror(errno));
    int r = uv_poll_init(loop, &ingest->poll, fd);
    if (r < 0)
        return error_set(err, r, "polling ZeroMQ: %s", uv_strerror(r));

    ingest->hooks = *hooks;
    (void) uv_prepare_init(loop, &ingest->prepare);   /* these three cannot fail */
    (void) uv_idle_init(loop, &ingest->idle);
    (void) uv_check_init(loop, &ingest->check);
    ingest->poll.data = ingest->prepare.data = ingest->idle.data = ingest->check.data = ingest;
    (void) uv_prepare_start(&ingest->prepare, ingest_on_prepare);
    (void) uv_check_start(&ingest->check, ingest_on_check);
    ingest->started = true;
    ingest->paused = true;
    ingest_pause(ingest, false);
    return 0;
}

void ingest_pause(struct ingest *ingest, bool paused)
{
    if (paused == ingest->paused || !ingest->started)
        return;
    ingest->paused = paused;
    if (paused)
        (void) uv_poll_stop(&ingest->poll);   /* it would stay readable: nobody reads the events */
    else
        (void) uv_poll_start(&ingest->poll, UV_READABLE, ingest_on_poll);
}

/* ---------------------------------------------------------------- messages */

static void drop_message(struct ingest *ingest)
{
    if (!ingest->has_message)
        return;
    (void) zmq_msg_close(&ingest->address);
    (void) zmq_msg_close(&ingest->frame);
    ingest->has_message = false;
}

static bool receive(struct ingest *ingest, zmq_msg_t *message)
{
    int r;
    do {
        r = zmq_msg_recv(message, ingest->router, ZMQ_DONTWAIT);
    } while (r < 0 && errno == EINTR);
    return r >= 0;
}

/* Frames of one message are all there or none: what is more than ours is read and forgotten. */
static bool skip_rest(struct ingest *ingest)
{
    bool any = false;
    int more = zmq_msg_more(&ingest->frame);
    while (more != 0) {
        zmq_msg_t extra;
        (void) zmq_msg_init(&extra);
        any = true;
        more = receive(ingest, &extra) ? zmq_msg_more(&extra) : 0;
        (void) zmq_msg_close(&extra);
    }
    return any;
}

bool ingest_next(struct ingest *ingest, struct ingest_message *out)
{
    drop_message(ingest);
    (void) zmq_msg_init(&ingest->address);
    (void) zmq_msg_init(&ingest->frame);
    ingest->has_message = true;
    if (!receive(ingest, &ingest->address))
        return false;

    bool has_frame = zmq_msg_more(&ingest->address) != 0 && receive(ingest, &ingest->frame);
    bool has_more = has_frame && skip_rest(ingest);
    *out = (struct ingest_message) {
        .address = zmq_msg_data(&ingest->address),
        .address_len = zmq_msg_size(&ingest->address),
        .frame = zmq_msg_data(&ingest->frame),
        .len = zmq_msg_size(&ingest->frame),
        .malformed = !has_frame || has_more,
    };
    if (ingest->zap != NULL) {
        out->name = zmq_msg_gets(has_frame ? &ingest->frame : &ingest->address, "User-Id");
        out->public_key = zmq_msg_gets(has_frame ? &ingest->frame : &ingest->address, ZAP_KEY_PROPERTY);
    }
    metric_add(METRIC_WIRE_BYTES, (int64_t) out->len);
    return true;
}

bool ingest_send(struct ingest *ingest, const void *address, size_t address_len, const void *frame, size_t len)
{
    if (zmq_send(ingest->router, address, address_len, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0)
        return false;   /* EHOSTUNREACH: gone; EAGAIN: it does not read. Either way it will ask again */
    bool sent = zmq_send(ingest->router, frame, len, ZMQ_DONTWAIT) >= 0;
    if (!sent)
        log_debug("wire.answer_dropped", "an answer could not be sent", LOG_TEXT("error", zmq_strerror(errno)));
    return sent;
}

bool ingest_is_plain(const struct ingest *ingest)
{
    return ingest->zap == NULL;
}

void ingest_swap_keys(struct ingest *ingest, struct authorized_keys *keys)
{
    if (ingest->zap != NULL)
        zap_swap(ingest->zap, keys);
    else if (keys != NULL)
        authorized_keys_free(keys);
}

uint32_t ingest_keys_generation(const struct ingest *ingest)
{
    return ingest->zap == NULL ? 1 : zap_generation(ingest->zap);
}

bool ingest_permits(struct ingest *ingest, const char *name, const char *public_key, bool *services)
{
    if (ingest->zap == NULL) {
        *services = true;
        return true;
    }
    return zap_permits(ingest->zap, name, public_key, services);
}

/* ---------------------------------------------------------------- the end */

void ingest_stop(struct ingest *ingest)
{
    if (!ingest->started)
        return;
    ingest->started = false;
    uv_close((uv_handle_t *) &ingest->poll, NULL);
    uv_close((uv_handle_t *) &ingest->prepare, NULL);
    uv_close((uv_handle_t *) &ingest->idle, NULL);
    uv_close((uv_handle_t *) &ingest->check, NULL);
}

void ingest_close(struct ingest *ingest)
{
    if (ingest == NULL)
        return;
    drop_message(ingest);
    if (ingest->router != NULL) {
        (void) zmq_socket_monitor(ingest->router, NULL, 0);
        (void) zmq_close(ingest->router);
    }
    if (ingest->context != NULL) {
        (void) zmq_ctx_shutdown(ingest->context);
        zap_stop(ingest->zap);
        (void) zmq_ctx_term(ingest->context);
    }
    free(ingest);
}

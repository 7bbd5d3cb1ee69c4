/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/zap.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "aggregator/inbox/inbox.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/metrics.h"

enum { FRAMES_KEPT = 7, FRAME_BYTES_MAX = 256, REFUSAL_INTERVAL_MS = 1000 };

struct zap {
    void *handler;                     /* REP, the thread's */
    void *monitor;                     /* PAIR, the thread's */
    struct inbox *inbox;
    pthread_t thread;
    int64_t told_mono_ms;              /* the thread's: when a refusal was last told */
    uint32_t untold;                   /* refusals since */
    _Atomic uint32_t generation;
    pthread_mutex_t mutex;             /* guards keys */
    struct authorized_keys *keys;
};

/* ---------------------------------------------------------------- refusals */

/* Strangers may knock as often as they like; they are told of once a second. */
static void tell_refusal(struct zap *zap, const char *address, const char *words)
{
    metric_add(METRIC_AUTH_REFUSED, 1);
    zap->untold++;
    int64_t now_ms = clock_mono_ms();
    if (zap->told_mono_ms != 0 && now_ms - zap->told_mono_ms < REFUSAL_INTERVAL_MS)
        return;

    log_warning("wire.refused", "a connection was refused", LOG_TEXT("address", address), LOG_TEXT("reason", words),
                LOG_INT("count", zap->untold));
    struct inbox_item item = {.kind = INBOX_SECURITY};
    (void) snprintf(item.security.event, sizeof item.security.event, "wire.refused");
    (void) text_copy(item.security.address, sizeof item.security.address, text_of(address));
    (void) text_copy(item.security.detail, sizeof item.security.detail, text_of(words));
    item.security.count = zap->untold;
    if (inbox_put(zap->inbox, &item) < 0)
        return;   /* a full inbox has better things to do: it goes with the next one */
    zap->told_mono_ms = now_ms;
    zap->untold = 0;
}

/* ---------------------------------------------------------------- the handler */

struct frame {
    char bytes[FRAME_BYTES_MAX];
    size_t len;
};

/* Reads all frames of one message, keeping the first ones. Returns their number, 0 when there is none; -ETERM at the
 * end. */
static int receive(void *socket, struct frame frames[static FRAMES_KEPT])
{
    int n = 0;
    int more = 1;
    while (more != 0) {
        struct frame spare;
        struct frame *frame = n < FRAMES_KEPT ? &frames[n] : &spare;
        int len = zmq_recv(socket, frame->bytes, sizeof frame->bytes, n == 0 ? ZMQ_DONTWAIT : 0);
        if (len < 0 && errno == EINTR)
            continue;
        if (len < 0)
            return errno == EAGAIN ? 0 : -errno;
        frame->len = (size_t) len < sizeof frame->bytes ? (size_t) len : sizeof frame->bytes;
        n++;
        size_t size = sizeof more;
        if (zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &size) < 0)
            return -errno;
    }
    return n;
}

static struct text frame_text(const struct frame *frames, int n, int index)
{
    return index < n ? (struct text) {frames[index].bytes, frames[index].len} : (struct text) {NULL, 0};
}

static void send_reply(void *socket, struct text id, const struct zap_reply *reply)
{
    const struct text frames[] = {
        text_of("1.0"), id, text_of(reply->status), text_of(reply->words), text_of(reply->user_id),
        {(const char *) reply->metadata, reply->metadata_len},
    };
    for (size_t i = 0; i < ARRAY_SIZE(frames); i++) {
        int flags = i + 1 < ARRAY_SIZE(frames) ? ZMQ_SNDMORE : 0;
        while (zmq_send(socket, frames[i].at == NULL ? "" : frames[i].at, frames[i].len, flags) < 0 && errno == EINTR)
            ;   /* any other failure is the end of the context */
    }
}

static int answer_one(struct zap *zap)
{
    struct frame frames[FRAMES_KEPT];
    int n = receive(zap->handler, frames);
    if (n <= 0)
        return n;

    struct zap_request request = {
        .n_frames = (size_t) n,
        .version = frame_text(frames, n, 0),
        .id = frame_text(frames, n, 1),
        .domain = frame_text(frames, n, 2),
        .address = frame_text(frames, n, 3),
        .mechanism = frame_text(frames, n, 5),
        .credentials = frame_text(frames, n, 6),
    };
    struct zap_reply reply;
    (void) pthread_mutex_lock(&zap->mutex);
    zap_judge(&request, zap->keys, &reply);
    char user_id[ID_BYTES_MAX + 1];
    (void) snprintf(user_id, sizeof user_id, "%s", reply.user_id);   /* the keys may be swapped before it is sent */
    (void) pthread_mutex_unlock(&zap->mutex);

    reply.user_id = user_id;
    send_reply(zap->handler, request.id, &reply);
    if (user_id[0] != '\0') {
        metric_add(METRIC_AUTH_ACCEPTED, 1);
        return 1;
    }
    char address[FRAME_BYTES_MAX];
    (void) text_copy(address, sizeof address, request.address);
    tell_refusal(zap, address, reply.words);
    return 1;
}

/* ---------------------------------------------------------------- the monitor */

static const char *failure_words(uint16_t event)
{
    switch (event) {
    case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
        return "the handshake was cut off: most often a wrong server key";
    case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
        return "the peer does not speak CURVE";
    default:
        return NULL;   /* a refused key is counted where it is refused */
    }
}

static int hear_one(struct zap *zap)
{
    struct frame frames[FRAMES_KEPT];
    int n = receive(zap->monitor, frames);
    if (n <= 0)
        return n;

    uint16_t event = 0;
    if (frames[0].len >= sizeof event)
        memcpy(&event, frames[0].bytes, sizeof event);
    const char *words = failure_words(event);
    char address[FRAME_BYTES_MAX];
    (void) text_copy(address, sizeof address, frame_text(frames, n, 1));
    if (words != NULL)
        tell_refusal(zap, address, words);
    return 1;
}

static void *zap_run(void *context)
{
    struct zap *zap = context;
    int r = 0;
    while (r >= 0) {
        zmq_pollitem_t items[] = {{.socket = zap->handler, .events = ZMQ_POLLIN},
                                  {.socket = zap->monitor, .events = ZMQ_POLLIN}};
        if (zmq_poll(items, ARRAY_SIZE(items), -1) < 0 && errno != EINTR)
            break;
        while ((r = answer_one(zap)) > 0)
            ;
        if (r == 0)
            r = hear_one(zap);
    }
    (void) zmq_close(zap->handler);
    (void) zmq_close(zap->monitor);
    return NULL;
}

/* ---------------------------------------------------------------- start, keys, stop */

static int open_sockets(struct zap *zap, void *context, struct error *err)
{
    int linger = 0;
    zap->handler = zmq_socket(context, ZMQ_REP);
    zap->monitor = zmq_socket(context, ZMQ_PAIR);
    if (zap->handler == NULL || zap->monitor == NULL)
        return error_set(err, -errno, "the key handler: %s", zmq_strerror(errno));
    if (zmq_setsockopt(zap->handler, ZMQ_LINGER, &linger, sizeof linger) < 0
        || zmq_setsockopt(zap->monitor, ZMQ_LINGER, &linger, sizeof linger) < 0
        || zmq_bind(zap->handler, "inproc://zeromq.zap.01") < 0 || zmq_connect(zap->monitor, ZAP_MONITOR_ENDPOINT) < 0)
        return error_set(err, -errno, "the key handler: %s", zmq_strerror(errno));
    return 0;
}

static void close_sockets(struct zap *zap)
{
    if (zap->handler != NULL)
        (void) zmq_close(zap->handler);
    if (zap->monitor != NULL)
        (void) zmq_close(zap->monitor);
}

static void free_zap(struct zap *zap)
{
    (void) pthread_mutex_destroy(&zap->mutex);
    authorized_keys_free(zap->keys);
    free(zap);
}

int zap_start(void *context, struct authorized_keys *keys, struct inbox *inbox, struct zap **out, struct error *err)
{
    struct zap *zap = mem_new(sizeof *zap);
    zap->keys = keys;
    zap->inbox = inbox;
    atomic_init(&zap->generation, 1);
    (void) pthread_mutex_init(&zap->mutex, NULL);   /* cannot fail with default attributes */

    int r = open_sockets(zap, context, err);
    if (r == 0) {
        r = -pthread_create(&zap->thread, NULL, zap_run, zap);
        if (r < 0)
            (void) error_set(err, r, "the key handler's thread: %s", strerror(-r));
    }
    if (r < 0) {
        close_sockets(zap);
        free_zap(zap);
        return r;
    }
    *out = zap;
    return 0;
}

void zap_swap(struct zap *zap, struct authorized_keys *keys)
{
    (void) pthread_mutex_lock(&zap->mutex);
    struct authorized_keys *old = zap->keys;
    zap->keys = keys;
    (void) pthread_mutex_unlock(&zap->mutex);
    atomic_fetch_add(&zap->generation, 1);
    authorized_keys_free(old);
}

uint32_t zap_generation(const struct zap *zap)
{
    return atomic_load(&zap->generation);
}

bool zap_permits(struct zap *zap, const char *name, const char *public_key, bool *services)
{
    (void) pthread_mutex_lock(&zap->mutex);
    const struct authorized_key *key = authorized_keys_find(zap->keys, public_key);
    bool permits = key != NULL && strcmp(key->name, name) == 0;
    *services = permits && key->services;
    (void) pthread_mutex_unlock(&zap->mutex);
    return permits;
}

void zap_stop(struct zap *zap)
{
    if (zap == NULL)
        return;
    (void) pthread_join(zap->thread, NULL);
    free_zap(zap);
}

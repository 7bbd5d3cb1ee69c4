/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/api.h"

#include <errno.h>
#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "aggregator/api/api_private.h"
#include "aggregator/api/fingerprint.h"
#include "aggregator/api/listen.h"
#include "aggregator/api/past.h"
#include "aggregator/api/server.h"
#include "aggregator/api/stream.h"
#include "aggregator/api/waiter.h"
#include "aggregator/inbox/inbox.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/metrics.h"

enum {
    TICK_MS = 1000,                    /* sweeps, timeouts, heartbeats; views that changed without a decision */
    GATHER_MS = 20,                    /* a burst of commits wakes the streams once */
    LOCAL_CONNECTIONS_MAX = 64,
    SOCKET_PATH_BYTES = 4096,
};

/* ---------------------------------------------------------------- configuration */

struct aggregator_config *api_config(struct api *api, uint8_t fingerprint[32], uint64_t *generation)
{
    (void) pthread_mutex_lock(&api->config_lock);
    struct aggregator_config *config = aggregator_config_hold(api->config);
    if (fingerprint != NULL)
        memcpy(fingerprint, api->fingerprint, sizeof api->fingerprint);
    if (generation != NULL)
        *generation = atomic_load(&api->generation);
    (void) pthread_mutex_unlock(&api->config_lock);
    return config;
}

void api_reconfigure(struct api *api, struct aggregator_config *config)
{
    (void) pthread_mutex_lock(&api->config_lock);
    struct aggregator_config *old = api->config;
    api->config = aggregator_config_hold(config);
    fingerprint_config(config, api->fingerprint);
    atomic_fetch_add(&api->generation, 1);
    (void) pthread_mutex_unlock(&api->config_lock);
    aggregator_config_drop(old);
    auth_configure(&api->auth, config->http.admin_token, api->loopback || config->http.allow_anonymous_read);
}

int api_refresh_tokens(struct api *api)
{
    bool promised = atomic_load(&api->board.round) < waiters_promised(api->waiters);

    return auth_refresh(&api->auth, &api->board, promised, api->store);
}

void api_tell(struct api *api, const struct inbox_item *item)
{
    (void) inbox_put(api->inbox, item);      /* full or closed: low value, dropped */
}

/* ---------------------------------------------------------------- the ticker */

void api_committed(void *context, const struct commit_note *note)
{
    struct api *api = context;
    const uint64_t one = 1;

    board_commit(&api->board, note);
    atomic_fetch_add(&api->committed_timeline, note->n_timeline);
    if (note->n_timeline > 0)
        (void) !write(api->wake_fd, &one, sizeof one);    /* non-blocking; a full counter has woken it already */
}

static void tick(struct api *api, uint64_t *told_round)
{
    int64_t now_mono_ms = clock_mono_ms();
    uint64_t round = atomic_load(&api->board.round);

    size_t shed = fences_sweep(&api->fences, now_mono_ms);
    metric_add(METRIC_HTTP_SHED, (int64_t) shed);
    waiters_expire(api->waiters, now_mono_ms);
    if (round != *told_round)
        stream_wake(api->streams, 0);
    else
        stream_wake_due(api->streams, now_mono_ms);
    *told_round = round;
}

static void *tick_thread(void *context)
{
    struct api *api = context;
    struct pollfd woken = {.fd = api->wake_fd, .events = POLLIN};
    int64_t next_mono_ms = clock_mono_ms() + TICK_MS;
    uint64_t told_round = 0;

    while (!atomic_load(&api->stopping)) {
        int64_t left_ms = next_mono_ms - clock_mono_ms();
        if (poll(&woken, 1, left_ms < 0 ? 0 : left_ms > TICK_MS ? TICK_MS : (int) left_ms) > 0) {
            uint64_t ignored;
            (void) !read(api->wake_fd, &ignored, sizeof ignored);
            uint32_t rows = atomic_exchange(&api->committed_timeline, 0);
            if (rows > 0)
                stream_wake(api->streams, rows);
            (void) poll(NULL, 0, GATHER_MS);
        }
        if (clock_mono_ms() >= next_mono_ms) {
            tick(api, &told_round);
            next_mono_ms = clock_mono_ms() + TICK_MS;
        }
    }
    return NULL;
}

/* ---------------------------------------------------------------- start and stop */

static struct api *api_new(const struct api_options *options)
{
    struct api *api = mem_new(sizeof *api);

    api->store = options->store;
    api->inbox = options->inbox;
    api->health = options->health;
    api->config = aggregator_config_hold(options->config);
    api->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    (void) pthread_mutex_init(&api->config_lock, NULL);
    (void) pthread_mutex_init(&api->webhook_lock, NULL);
    auth_init(&api->auth);
    cache_init(&api->cache);
    fences_init(&api->fences);
    outbox_count_init(&api->outbox);
    api->streams = stream_hub_new(api);
    api->waiters = waiters_new();
    api->past = past_new(options->past, options->past_context);
    fingerprint_config(options->config, api->fingerprint);
    return api;
}

static int start_remote(struct api *api, struct error *err)
{
    const struct aggregator_config *config = api->config;
    struct listening listening;

    int r = listen_tcp(config->http.host, config->http.port, &listening, err);
    if (r < 0)
        return r;
    api->port = listening.port;
    api->loopback = listening.loopback;
    auth_configure(&api->auth, config->http.admin_token, api->loopback || config->http.allow_anonymous_read);
    api->remote = server_start(api, &(struct server_limits) {.fd = listening.fd, .workers = (unsigned) config->http.workers,
                                                             .connections = (unsigned) config->http.connections_max,
                                                             .per_address = (unsigned) config->http.connections_per_address}, err);
    return api->remote == NULL ? err->code : 0;
}

static int start_local(struct api *api, struct error *err)
{
    char path[SOCKET_PATH_BYTES];
    int fd;

    (void) snprintf(path, sizeof path, "%s/api.sock", api->config->store.data_dir);
    int r = listen_unix(path, &fd, err);
    if (r < 0)
        return r;
    api->socket_path = mem_copy_string(path);
    api->local = server_start(api, &(struct server_limits) {.fd = fd, .workers = 1, .connections = LOCAL_CONNECTIONS_MAX}, err);
    return api->local == NULL ? err->code : 0;
}

static int start_ticker(struct api *api, struct error *err)
{
    int r = pthread_create(&api->ticker, NULL, tick_thread, api);
    if (r != 0)
        return error_set(err, -r, "no thread for the HTTP side: %s", strerror(r));
    api->ticking = true;
    return 0;
}

int api_start(const struct api_options *options, struct api **out, struct error *err)
{
    if (sodium_init() < 0)
        return error_set(err, -EIO, "libsodium cannot be initialised");
    struct error unused = {0};
    struct error *words = err == NULL ? &unused : err;
    struct api *api = api_new(options);

    int r = board_load(&api->board, api->store);
    if (r < 0)
        r = error_set(words, r, "the store's row of the world cannot be read: %s", strerror(-r));
    if (r == 0)
        r = auth_refresh(&api->auth, &api->board, true, api->store);
    if (r == 0)
        r = start_local(api, words);
    if (r == 0)
        r = start_remote(api, words);
    if (r == 0)
        r = start_ticker(api, words);
    if (r < 0) {
        api_stop(api);
        return r;
    }
    *out = api;
    return 0;
}

uint16_t api_port(const struct api *api)
{
    return api->port;
}

/* The library aborts when it is stopped with a suspended connection: first nobody may suspend any more and all are resumed,
 * then it is stopped. */
void api_stop(struct api *api)
{
    const uint64_t one = 1;

    if (api == NULL)
        return;
    atomic_store(&api->stopping, true);
    if (api->ticking) {
        (void) !write(api->wake_fd, &one, sizeof one);
        (void) pthread_join(api->ticker, NULL);
    }
    waiters_stop(api->waiters);
    stream_hub_stop(api->streams);
    server_stop(api->remote);
    server_stop(api->local);
    past_free(api->past);
    if (api->socket_path != NULL)
        (void) unlink(api->socket_path);     /* may be gone */

    cache_done(&api->cache);
    stream_hub_free(api->streams);
    waiters_drop(api->waiters);
    outbox_count_done(&api->outbox);
    fences_done(&api->fences);
    auth_done(&api->auth);
    aggregator_config_drop(api->config);
    (void) pthread_mutex_destroy(&api->config_lock);
    (void) pthread_mutex_destroy(&api->webhook_lock);
    (void) close(api->wake_fd);
    free(api->socket_path);
    free(api);
}

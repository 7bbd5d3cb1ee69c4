/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/fences.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/mem.h"

void fences_init(struct fences *fences)
{
    *fences = (struct fences) {.lock = PTHREAD_MUTEX_INITIALIZER};
}

void fences_done(struct fences *fences)
{
    (void) pthread_mutex_destroy(&fences->lock);
    *fences = (struct fences) {0};
}

/* SO_PEERCRED is what the kernel noted at connect(2); it cannot be forged. */
static void identify_local(struct peer *peer)
{
    struct ucred who;
    socklen_t len = sizeof who;

    peer->local = true;
    peer->refused = getsockopt(peer->fd, SOL_SOCKET, SO_PEERCRED, &who, &len) != 0
                    || (who.uid != geteuid() && who.uid != 0);
    peer->uid = peer->refused ? 0 : who.uid;
    (void) snprintf(peer->address, sizeof peer->address, "local");
}

static void identify(struct peer *peer, const struct sockaddr *address)
{
    if (address != NULL && address->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *) (const void *) address;
        (void) inet_ntop(AF_INET, &v4->sin_addr, peer->address, sizeof peer->address);
    } else if (address != NULL && address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *) (const void *) address;
        (void) inet_ntop(AF_INET6, &v6->sin6_addr, peer->address, sizeof peer->address);
    } else {
        identify_local(peer);
    }
}

struct peer *fences_open(struct fences *fences, int fd, const struct sockaddr *address)
{
    struct peer *peer = mem_new(sizeof *peer);

    peer->fd = fd;
    identify(peer, address);
    fences_expect(peer, FENCE_REQUEST_MS);
    (void) pthread_mutex_lock(&fences->lock);
    peer->next = fences->peers;
    if (fences->peers != NULL)
        fences->peers->previous = peer;
    fences->peers = peer;
    fences->n_peers++;
    (void) pthread_mutex_unlock(&fences->lock);
    return peer;
}

void fences_close(struct fences *fences, struct peer *peer)
{
    if (peer == NULL)
        return;
    (void) pthread_mutex_lock(&fences->lock);
    if (peer->previous != NULL)
        peer->previous->next = peer->next;
    else
        fences->peers = peer->next;
    if (peer->next != NULL)
        peer->next->previous = peer->previous;
    fences->n_peers--;
    (void) pthread_mutex_unlock(&fences->lock);
    free(peer->room);
    free(peer);
}

void *fences_room(struct peer *peer, size_t bytes)
{
    if (bytes > peer->room_bytes) {
        peer->room = mem_resize(peer->room, 1, bytes);
        peer->room_bytes = bytes;
    }
    return memset(peer->room, 0, bytes);
}

void fences_expect(struct peer *peer, int64_t within_ms)
{
    int64_t deadline = within_ms == FENCE_NONE ? FENCE_NONE : clock_mono_ms() + within_ms;

    atomic_store_explicit(&peer->deadline_mono_ms, deadline, memory_order_relaxed);
}

void fences_cut(struct fences *fences, struct peer *peer)
{
    (void) pthread_mutex_lock(&fences->lock);
    (void) shutdown(peer->fd, SHUT_RDWR);    /* may be gone already */
    (void) pthread_mutex_unlock(&fences->lock);
}

size_t fences_sweep(struct fences *fences, int64_t now_mono_ms)
{
    size_t shed = 0;

    (void) pthread_mutex_lock(&fences->lock);
    for (struct peer *peer = fences->peers; peer != NULL; peer = peer->next) {
        if (atomic_load_explicit(&peer->deadline_mono_ms, memory_order_relaxed) > now_mono_ms)
            continue;
        (void) shutdown(peer->fd, SHUT_RDWR);
        atomic_store_explicit(&peer->deadline_mono_ms, FENCE_NONE, memory_order_relaxed);
        shed++;
    }
    (void) pthread_mutex_unlock(&fences->lock);
    return shed;
}

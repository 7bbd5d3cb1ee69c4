/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fences: deadlines for every connection, because the library's own timeout counts inactivity and one byte every two
 * seconds holds a connection for ever.
 *
 * Each open connection has one deadline: ten seconds for a request's headers and body, a longer one while an answer is
 * taken or the next request is awaited, none while a stream runs. fences_sweep shuts overdue ones down; the library
 * notices and frees them. A descriptor is shut down only under the lock under which it is taken off the list, so a number
 * that was closed and given away again is never hit.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum {
    FENCE_REQUEST_MS = 10 * 1000,      /* from the first byte awaited to the last byte of the body */
    FENCE_ANSWER_MS = 60 * 1000,       /* to take an answer */
    FENCE_IDLE_MS = 75 * 1000,         /* between two requests, the next one's headers included */
};
#define FENCE_NONE INT64_MAX

/* One open connection. */
struct peer {
    struct peer *next, *previous;      /* guarded by fences.lock */
    int fd;
    _Atomic int64_t deadline_mono_ms;  /* written by the connection's own thread alone */
    bool local;                        /* came by the Unix socket */
    bool refused;                      /* by the Unix socket, from another user */
    uint32_t uid;                      /* of a local one */
    char address[48];                  /* of a remote one; "local" otherwise */
    void *room;                        /* owned: where its requests live, one after the other; the connection's thread alone */
    size_t room_bytes;
};

struct fences {
    pthread_mutex_t lock;              /* guards the list, and every descriptor on it */
    struct peer *peers;
    size_t n_peers;
};

void fences_init(struct fences *);
void fences_done(struct fences *);

/* A connection that was opened; never NULL. Its deadline is that of a request. */
struct peer *fences_open(struct fences *, int fd, const struct sockaddr *address);

/* It is about to be closed; frees. NULL is nothing. */
void fences_close(struct fences *, struct peer *);

/* So many zeroed bytes for a request, until the next call or the close: allocated once a connection rather than once a
 * request, by threads that share a heap with the core. */
void *fences_room(struct peer *, size_t bytes);

/* From now on; FENCE_NONE: no deadline. */
void fences_expect(struct peer *, int64_t within_ms);

/* Ends one connection at once. Safe from any thread while the peer is open. */
void fences_cut(struct fences *, struct peer *);

/* Shuts down what is overdue; returns how many. */
size_t fences_sweep(struct fences *, int64_t now_mono_ms);

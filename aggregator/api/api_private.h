/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api_private: what the files of this room share about the running server. Included nowhere else.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "aggregator/api/api.h"
#include "aggregator/api/auth.h"
#include "aggregator/api/board.h"
#include "aggregator/api/cache.h"
#include "aggregator/api/fences.h"
#include "aggregator/api/outbox_count.h"
#include "aggregator/api/throttle.h"
#include "aggregator/config/config.h"

struct MHD_Daemon;
struct past;
struct stream_hub;
struct waiters;

struct api {
    struct store *store;
    struct inbox *inbox;
    struct health *health;
    struct board board;
    struct auth auth;
    struct cache cache;
    struct fences fences;
    struct outbox_count outbox;
    struct stream_hub *streams;
    struct waiters *waiters;
    pthread_mutex_t webhook_lock;         /* guards webhook_refusals */
    struct throttle webhook_refusals;     /* who has made us write them down already */
    struct past *past;

    pthread_mutex_t config_lock;          /* guards config and fingerprint */
    struct aggregator_config *config;
    uint8_t fingerprint[32];              /* of what bodies take from configuration and version */
    _Atomic uint64_t generation;          /* counts configurations, for the hot path */

    bool loopback;                        /* the main listener's address */
    uint16_t port;
    char *socket_path;                    /* the Unix socket; NULL until bound */
    struct MHD_Daemon *remote;
    struct MHD_Daemon *local;

    pthread_t ticker;                     /* deadlines, heartbeats of streams, wake-ups after commits */
    bool ticking;
    int wake_fd;                          /* eventfd; written by api_committed */
    _Atomic bool stopping;
    _Atomic uint32_t committed_timeline;  /* rows since the ticker looked */
};

/* The configuration in use, held for the caller (drop it), with its generation; fingerprint may be NULL. */
struct aggregator_config *api_config(struct api *, uint8_t fingerprint[32], uint64_t *generation);

/* Reads the tokens again when they changed. Negative when the store cannot be read. */
int api_refresh_tokens(struct api *);

/* Hands an item without anybody waiting to the core: refusals, uses of tokens. What does not fit is dropped. */
struct inbox_item;
void api_tell(struct api *, const struct inbox_item *);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api: the HTTP listener and the Unix socket. Reads open a snapshot of the store and render it; writes go through the
 * inbox and are answered after their commit.
 */
#pragma once

#include <stdint.h>

#include "aggregator/api/past.h"
#include "aggregator/inbox/commit.h"
#include "common/error.h"

struct aggregator_config;
struct api;
struct health;
struct inbox;
struct store;

struct api_options {
    struct store *store;
    struct inbox *inbox;
    struct health *health;
    struct aggregator_config *config;       /* held while in use */
    past_fn past;                           /* explains a service as it was */
    void *past_context;
};

/* Binds and serves. Negative errno with words that name the address. */
int api_start(const struct api_options *, struct api **out, struct error *);

/* The port bound, for port 0. */
uint16_t api_port(const struct api *);

/* After each commit, on the core's thread: wakes streams. A commit_fn with the api as context. */
void api_committed(void *api, const struct commit_note *);

/* Another configuration, from now on (host and port stay). Any thread. */
void api_reconfigure(struct api *, struct aggregator_config *);

/* Ends streams, answers what waits, stops the threads, frees. No api_committed may come any more; the completion of an item
 * that is still in the inbox may. NULL is nothing. */
void api_stop(struct api *);

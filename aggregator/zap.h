/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zap: says who may open a CURVE connection (ZeroMQ RFC 27). A thread answers for all of the context; the keys are in
 * memory and swapped whole. It also hears the socket's monitor, for the handshakes that fail before they get here.
 *
 * A public key is a name. The name becomes the User-Id of each message, the key stands beside it as ZAP_KEY_PROPERTY:
 * there is no way to throw out a peer that is connected, so whoever takes a message asks zap_permits whether key and
 * name still belong together.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"
#include "common/keys.h"
#include "common/text.h"

struct inbox;
struct zap;

#define ZAP_DOMAIN "tocsin"
#define ZAP_KEY_PROPERTY "X-Tocsin-Key"
#define ZAP_MONITOR_ENDPOINT "inproc://tocsin.monitor"

/* The parts of a request that matter, borrowed. */
struct zap_request {
    size_t n_frames;
    struct text version, id, domain, address, mechanism, credentials;
};

enum { ZAP_METADATA_BYTES_MAX = 1 + sizeof ZAP_KEY_PROPERTY + 4 + KEY_TEXT_BYTES };

/* The answer; strings are static or live as long as the keys. */
struct zap_reply {
    const char *status;                 /* "200", "400", "500" */
    const char *words;
    const char *user_id;                /* "" unless 200 */
    uint8_t metadata[ZAP_METADATA_BYTES_MAX];
    size_t metadata_len;
};

/* Judges one request. Pure. */
void zap_judge(const struct zap_request *, const struct authorized_keys *, struct zap_reply *out);

/* Binds the handler in this ZeroMQ context and starts the thread; takes the keys. inbox: where refusals are recorded.
 * Negative errno with words: then no CURVE socket may be bound. */
int zap_start(void *zmq_context, struct authorized_keys *, struct inbox *, struct zap **out, struct error *);

/* Other keys from now on; takes them. Any thread. */
void zap_swap(struct zap *, struct authorized_keys *);

/* Grows with each swap, from 1. */
uint32_t zap_generation(const struct zap *);

/* Whether this key still stands for this name, and whether it may speak for configured services. */
bool zap_permits(struct zap *, const char *name, const char *public_key, bool *services);

/* After the context was shut down (zmq_ctx_shutdown): joins and frees. NULL is nothing. */
void zap_stop(struct zap *);

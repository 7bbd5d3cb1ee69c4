/* SPDX-License-Identifier: Apache-2.0 */
/*
 * webhook_stub: a receiver of webhooks on 127.0.0.1, on a thread of its own, that answers by a script and remembers.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WEBHOOK_REQUESTS_MAX = 16, WEBHOOK_BODY_BYTES_MAX = 8192 };

struct webhook_request {
    char path[64];
    char body[WEBHOOK_BODY_BYTES_MAX];
    int64_t at_mono_ms;
};

struct webhook_stub;

/* answers: whole HTTP answers, given in order, the last one for ever; "" reads the request and closes. NULL-terminated,
 * borrowed. delay_ms: before each answer. */
struct webhook_stub *webhook_stub_start(const char *const *answers, int delay_ms);
void webhook_stub_stop(struct webhook_stub *);

unsigned webhook_stub_port(const struct webhook_stub *);
size_t webhook_stub_count(struct webhook_stub *);

/* The i-th request; it must have come. Valid until stop. */
const struct webhook_request *webhook_stub_get(struct webhook_stub *, size_t i);

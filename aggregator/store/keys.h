/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keys: the single place that knows how a row is found. Numbers are big-endian, so that order is meaning; parts of text are
 * separated by a zero byte, which no id of ours can hold.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/text.h"

enum { STORE_KEY_BYTES_MAX = 400 };

/* A key; len 0 is "none". What is too long is cut to a hash, so that every key fits. */
struct store_key {
    uint8_t bytes[STORE_KEY_BYTES_MAX];
    size_t len;
};

struct store_key key_name(const char *name);                                     /* meta, collectors, hosts, services, alerts, configs, idempotency */
struct store_key key_source(const char *service, const char *source);            /* sources: SERVICE 0 SOURCE */
struct store_key key_sources_of(const char *service);                            /* prefix of them */
struct store_key key_services_of_host(const char *host);                         /* prefix "HOST:" in services */
struct store_key key_number(uint64_t number);                                    /* journal (input), outbox (sequence) */
struct store_key key_time(int64_t at_ms, uint32_t sequence);                     /* timeline, audit, security, alerts_closed */
struct store_key key_told(const char *channel, const char *alert_key);           /* told: CHANNEL 0 KEY */
struct store_key key_sample(const char *host, const char *check, const char *metric, int64_t bucket_ms);
struct store_key key_samples_of(const char *host, const char *check, const char *metric);   /* prefix; NULL check: of the host */
struct store_key key_token(const uint8_t hash[static 32]);

/* Back: false when the key is not of that form. */
bool key_to_number(const struct store_key *, uint64_t *number);
bool key_to_time(const struct store_key *, int64_t *at_ms, uint32_t *sequence);

/* The opaque form in cursors and Last-Event-ID (hex of the key), and back. */
void key_to_hex(const struct store_key *, char out[static 2 * STORE_KEY_BYTES_MAX + 1]);
bool key_from_hex(struct text, struct store_key *out);

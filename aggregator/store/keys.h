/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keys: the single place that knows how a row is found. Numbers are big-endian, so that order is meaning; parts of
 * text are separated by a zero byte, which no id of ours can hold. A part that is longer than any id of ours becomes
 * a mark and its SHA-256, so that every key fits into LMDB's 511 bytes whatever is asked for.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/text.h"
#include "proto/wire.pb.h"

enum { STORE_KEY_BYTES_MAX = 400 };

/* A key; len 0 is "none": it is found nowhere and cannot be put. */
struct store_key {
    uint8_t bytes[STORE_KEY_BYTES_MAX];
    size_t len;
};

/* meta, collectors, hosts, services, alerts, configs, idempotency, maintenance, grace, slo,
 * receivers: the name itself, hashed beyond 255 bytes. NULL
 * and "" are none. */
struct store_key key_name(const char *name);

struct store_key key_source(const char *service, const char *source);    /* sources: SERVICE 0 SOURCE */
struct store_key key_sources_of(const char *service);                    /* prefix of them */
struct store_key key_services_of_host(const char *host);                 /* prefix "HOST:" in services */
struct store_key key_evidence(const char *area, const char *subject);     /* evidence: AREA 0 SUBJECT */
struct store_key key_evidence_of(const char *area);                       /* prefix of them */
struct store_key key_number(uint64_t number);              /* journal (input), outbox (sequence), incidents (number) */
struct store_key key_member(uint64_t incident, const char *service);     /* incident_members: NUMBER SERVICE; key_number is
                                                                          * the prefix of an incident's */
struct store_key key_time(int64_t at_ms, uint32_t sequence);             /* timeline, audit, security, alerts_closed */
struct store_key key_told(const char *channel, const char *alert_key);   /* told: CHANNEL 0 KEY */
struct store_key key_told_of(const char *channel);                       /* prefix of them */

/* samples: HOST 0 CHECK 0 METRIC 0 and the start of the five minutes, UTC ms. */
struct store_key key_sample(const char *host, const char *check, const char *metric, int64_t bucket_ms);
/* Prefix of them; NULL metric: all of the check; NULL check: all of the host. */
struct store_key key_samples_of(const char *host, const char *check, const char *metric);

/* minutes: SERVICE 0 and the first minute of the run, minutes since the epoch. key_sources_of is the prefix. */
struct store_key key_minutes(const char *service, int64_t first);

/* vendor_items: SERVICE 0 KIND KEY, where KIND is a letter and KEY an item's (VendorItemRow.key). */
struct store_key key_vendor_item(const char *service, VendorItemKind, const char *key);
/* Prefix of those of one kind. */
struct store_key key_vendor_items_of(const char *service, VendorItemKind);
/* vendor_versions: that, 0, and the number of the version. */
struct store_key key_vendor_version(const char *service, VendorItemKind, const char *key, uint32_t version);
/* Prefix of them. */
struct store_key key_vendor_versions_of(const char *service, VendorItemKind, const char *key);

struct store_key key_token(const uint8_t hash[static 32]);

/* Back: false when the key is not of that form (then the output is unchanged). */
bool key_to_number(const struct store_key *, uint64_t *number);
bool key_to_time(const struct store_key *, int64_t *at_ms, uint32_t *sequence);
/* The start of a sample's five minutes. */
bool key_to_bucket(const struct store_key *, int64_t *bucket_ms);

/* Part number `part` (0 is the first) of a key of zero-separated text; false: there is none. Borrowed from the key. */
bool key_to_part(const struct store_key *, size_t part, struct text *out);

/* The opaque form in cursors and Last-Event-ID (hex of the key), and back: false for anything that is no key. */
void key_to_hex(const struct store_key *, char out[static 2 * STORE_KEY_BYTES_MAX + 1]);
bool key_from_hex(struct text, struct store_key *out);

/* Order as the tables have it: negative, 0, positive. */
int key_compare(const struct store_key *, const struct store_key *);

/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/store/keys.h"

#include <sodium.h>
#include <string.h>

#include "common/limits.h"

enum {
    LAST_PART_BYTES_MAX = KEY_BYTES_MAX,     /* alert keys are the longest ids there are */
    PART_BYTES_MAX = 120,                    /* every other part; services and sources are at most 112 */
    HASH_MARK = 0x01,                        /* begins a hashed part */
    HASHED_BYTES = 1 + 2 * crypto_hash_sha256_BYTES,
    NUMBER_BYTES = 8,
    TIME_BYTES = 12,
};

_Static_assert(PART_BYTES_MAX + 1 + LAST_PART_BYTES_MAX <= STORE_KEY_BYTES_MAX, "two parts fit");
_Static_assert(3 * (PART_BYTES_MAX + 1) + NUMBER_BYTES <= STORE_KEY_BYTES_MAX, "a sample's key fits");
_Static_assert(PART_BYTES_MAX >= (int) SERVICE_BYTES_MAX && PART_BYTES_MAX >= (int) SOURCE_BYTES_MAX,
               "no id of ours is hashed");

static void add_bytes(struct store_key *key, const void *bytes, size_t len)
{
    if (len > 0)
        memcpy(key->bytes + key->len, bytes, len);
    key->len += len;
}

static void add_separator(struct store_key *key)
{
    key->bytes[key->len++] = 0;
}

/* Text that begins with the mark itself is hashed too: no text can pose as the hash of another. */
static void add_part(struct store_key *key, const char *part, size_t max)
{
    size_t len = part == NULL ? 0 : strlen(part);
    if (len <= max && (len == 0 || part[0] != HASH_MARK)) {
        add_bytes(key, part, len);
        return;
    }

    uint8_t hash[crypto_hash_sha256_BYTES];
    char hex[2 * sizeof hash + 1];
    crypto_hash_sha256(hash, (const unsigned char *) part, len);
    text_to_hex(hash, sizeof hash, hex);
    key->bytes[key->len++] = HASH_MARK;
    add_bytes(key, hex, HASHED_BYTES - 1);
}

static void add_number(struct store_key *key, uint64_t number, size_t bytes)
{
    for (size_t i = bytes; i-- > 0;)
        key->bytes[key->len++] = (uint8_t) (number >> (8 * i));
}

/* With its sign turned round a time before 1970 stands before the later ones, as it should. */
static void add_time(struct store_key *key, int64_t at_ms)
{
    add_number(key, (uint64_t) at_ms ^ (UINT64_C(1) << 63), NUMBER_BYTES);
}

static uint64_t read_number(const uint8_t *at, size_t bytes)
{
    uint64_t number = 0;
    for (size_t i = 0; i < bytes; i++)
        number = number << 8 | at[i];
    return number;
}

static int64_t read_time(const uint8_t *at)
{
    return (int64_t) (read_number(at, NUMBER_BYTES) ^ (UINT64_C(1) << 63));
}

struct store_key key_name(const char *name)
{
    struct store_key key;
    key.len = 0;
    add_part(&key, name, LAST_PART_BYTES_MAX);
    return key;
}

struct store_key key_source(const char *service, const char *source)
{
    struct store_key key = key_sources_of(service);
    add_part(&key, source, LAST_PART_BYTES_MAX);
    return key;
}

struct store_key key_sources_of(const char *service)
{
    struct store_key key;
    key.len = 0;
    add_part(&key, service, PART_BYTES_MAX);
    add_separator(&key);
    return key;
}

struct store_key key_evidence(const char *area, const char *subject)
{
    return key_source(area, subject);    /* of the same form */
}

struct store_key key_evidence_of(const char *area)
{
    return key_sources_of(area);
}

struct store_key key_services_of_host(const char *host)
{
    struct store_key key;
    key.len = 0;
    add_part(&key, host, PART_BYTES_MAX);   /* a longer one is nobody's, and its hash begins no service */
    key.bytes[key.len++] = ':';
    return key;
}

struct store_key key_vendor_items_of(const char *service, VendorItemKind kind)
{
    struct store_key key = key_sources_of(service);    /* of the same form */
    key.bytes[key.len++] = kind == VENDOR_ITEM_MAINTENANCE ? 'm' : 'i';
    return key;
}

struct store_key key_vendor_item(const char *service, VendorItemKind kind, const char *item)
{
    struct store_key key = key_vendor_items_of(service, kind);
    add_part(&key, item, PART_BYTES_MAX);
    return key;
}

struct store_key key_vendor_versions_of(const char *service, VendorItemKind kind, const char *item)
{
    struct store_key key = key_vendor_item(service, kind, item);
    add_separator(&key);
    return key;
}

struct store_key key_vendor_version(const char *service, VendorItemKind kind, const char *item, uint32_t version)
{
    struct store_key key = key_vendor_versions_of(service, kind, item);
    add_number(&key, version, sizeof version);
    return key;
}

struct store_key key_number(uint64_t number)
{
    struct store_key key;
    key.len = 0;
    add_number(&key, number, NUMBER_BYTES);
    return key;
}

struct store_key key_member(uint64_t incident, const char *service)
{
    struct store_key key = key_number(incident);
    add_part(&key, service, LAST_PART_BYTES_MAX);
    return key;
}

struct store_key key_time(int64_t at_ms, uint32_t sequence)
{
    struct store_key key;
    key.len = 0;
    add_time(&key, at_ms);
    add_number(&key, sequence, TIME_BYTES - NUMBER_BYTES);
    return key;
}

struct store_key key_told(const char *channel, const char *alert_key)
{
    struct store_key key = key_told_of(channel);
    add_part(&key, alert_key, LAST_PART_BYTES_MAX);
    return key;
}

struct store_key key_told_of(const char *channel)
{
    return key_sources_of(channel);   /* the same form: one part and its zero */
}

struct store_key key_sample(const char *host, const char *check, const char *metric, int64_t bucket_ms)
{
    struct store_key key = key_samples_of(host, check == NULL ? "" : check, metric == NULL ? "" : metric);
    add_time(&key, bucket_ms);
    return key;
}

struct store_key key_samples_of(const char *host, const char *check, const char *metric)
{
    const char *parts[] = {host == NULL ? "" : host, check, metric};
    struct store_key key;
    key.len = 0;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0] && parts[i] != NULL; i++) {
        add_part(&key, parts[i], PART_BYTES_MAX);
        add_separator(&key);
    }
    return key;
}

struct store_key key_minutes(const char *service, int64_t first)
{
    struct store_key key = key_sources_of(service);
    add_time(&key, first);    /* numbers of minutes are in order as times are */
    return key;
}

struct store_key key_token(const uint8_t hash[static 32])
{
    struct store_key key;
    key.len = 0;
    add_bytes(&key, hash, 32);
    return key;
}

bool key_to_number(const struct store_key *key, uint64_t *number)
{
    if (key->len != NUMBER_BYTES)
        return false;
    *number = read_number(key->bytes, NUMBER_BYTES);
    return true;
}

bool key_to_time(const struct store_key *key, int64_t *at_ms, uint32_t *sequence)
{
    if (key->len != TIME_BYTES)
        return false;
    *at_ms = read_time(key->bytes);
    *sequence = (uint32_t) read_number(key->bytes + NUMBER_BYTES, TIME_BYTES - NUMBER_BYTES);
    return true;
}

bool key_to_bucket(const struct store_key *key, int64_t *bucket_ms)
{
    const uint8_t *at = key->bytes;
    const uint8_t *end = key->bytes + key->len;
    for (int part = 0; part < 3; part++) {
        const uint8_t *zero = memchr(at, 0, (size_t) (end - at));
        if (zero == NULL)
            return false;
        at = zero + 1;
    }
    if (end - at != NUMBER_BYTES)
        return false;
    *bucket_ms = read_time(at);
    return true;
}

bool key_to_part(const struct store_key *key, size_t part, struct text *out)
{
    struct text rest = {(const char *) key->bytes, key->len};
    struct text found;
    for (size_t i = 0; i <= part; i++) {
        if (!text_take_until(&rest, '\0', &found))
            return false;
    }
    *out = found;
    return true;
}

void key_to_hex(const struct store_key *key, char out[static 2 * STORE_KEY_BYTES_MAX + 1])
{
    text_to_hex(key->bytes, key->len, out);
}

bool key_from_hex(struct text hex, struct store_key *out)
{
    if (hex.len == 0 || hex.len % 2 != 0 || hex.len > 2 * STORE_KEY_BYTES_MAX)
        return false;

    struct store_key key;
    key.len = hex.len / 2;
    if (!text_from_hex(hex, key.bytes, key.len))
        return false;
    *out = key;
    return true;
}

int key_compare(const struct store_key *a, const struct store_key *b)
{
    int order = memcmp(a->bytes, b->bytes, a->len < b->len ? a->len : b->len);

    return order != 0 ? order : (a->len > b->len) - (a->len < b->len);
}

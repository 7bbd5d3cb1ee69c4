/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/notify/webhook.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "aggregator/notify/facts.h"
#include "common/clock.h"
#include "common/mem.h"

enum { ATTRIBUTE_BYTES_MAX = 3 * 1024 };

void webhook_sign(const char *secret, int64_t at_s, struct text body, char out[static WEBHOOK_SIGNATURE_BYTES])
{
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    char stamp[24];
    crypto_auth_hmacsha256_state state;

    int len = snprintf(stamp, sizeof stamp, "%lld.", (long long) at_s);
    (void) crypto_auth_hmacsha256_init(&state, (const unsigned char *) secret, strlen(secret));
    (void) crypto_auth_hmacsha256_update(&state, (const unsigned char *) stamp, (unsigned long long) len);
    (void) crypto_auth_hmacsha256_update(&state, (const unsigned char *) body.at, body.len);
    (void) crypto_auth_hmacsha256_final(&state, mac);
    text_to_hex(mac, sizeof mac, out);
}

/* A value of a CloudEvents attribute in a header: blanks, quotes, percent signs and all beyond ASCII become %XX. */
static void put_attribute(struct buffer *out, const char *value)
{
    for (const unsigned char *c = (const unsigned char *) value; *c != '\0'; c++) {
        bool plain = *c > ' ' && *c < 0x7f && *c != '"' && *c != '%';
        (void) (plain ? buffer_put(out, c, 1) : buffer_format(out, "%%%02X", *c));   /* a value too long is cut */
    }
}

static int add_attribute(struct channel_message *out, const char *name, const char *value, struct error *err)
{
    struct buffer text;
    buffer_init(&text, ATTRIBUTE_BYTES_MAX);
    put_attribute(&text, value);
    int r = text.len == 0 ? 0 : channel_message_header(out, err, "%s: %s", name, text.bytes);
    buffer_done(&text);
    return r;
}

static int add_event(const struct channel_occasion *occasion, struct channel_message *out, struct error *err)
{
    char id[FACTS_ID_BYTES], type[64], time[RFC3339_BYTES];
    facts_id(occasion, id);
    (void) snprintf(type, sizeof type, "tocsin.notification.%s", occasion->row->kind);
    const struct { const char *name; const char *value; } attributes[] = {
        {"Idempotency-Key", id}, {"ce-specversion", "1.0"}, {"ce-id", id}, {"ce-source", occasion->public_url},
        {"ce-type", type}, {"ce-subject", occasion->row->key},
        {"ce-time", clock_to_rfc3339(occasion->row->decided_at_ms, time)},
    };

    int r = channel_message_header(out, err, "Content-Type: application/json");
    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(attributes); i++)
        r = add_attribute(out, attributes[i].name, attributes[i].value, err);
    return r;
}

static int add_signature(const struct channel_occasion *occasion, struct channel_message *out, struct error *err)
{
    int64_t at_s = occasion->now_ms / 1000;
    char hex[WEBHOOK_SIGNATURE_BYTES];
    webhook_sign(occasion->channel->webhook->secret, at_s, buffer_text(&out->body), hex);

    int r = channel_message_header(out, err, "X-Tocsin-Timestamp: %lld", (long long) at_s);
    return r < 0 ? r : channel_message_header(out, err, "X-Tocsin-Signature: v1=%s", hex);
}

static int take(const char *bytes, size_t len, void *buffer)
{
    return buffer_put(buffer, bytes, len) < 0 ? -1 : 0;
}

int webhook_render(const struct channel_occasion *occasion, struct channel_message *out, struct error *err)
{
    const struct webhook_receiver *webhook = occasion->channel->webhook;
    json_t *facts = facts_of(occasion);
    int r = json_dump_callback(facts, take, &out->body, JSON_COMPACT);
    json_decref(facts);
    if (r < 0)
        return error_set(err, -EMSGSIZE, "the message passes %zu bytes", out->body.max_bytes);

    r = add_event(occasion, out, err);
    if (r == 0 && webhook->secret != NULL)
        r = add_signature(occasion, out, err);
    for (size_t i = 0; r == 0 && i < webhook->n_headers; i++)
        r = channel_message_header(out, err, "%s: %s", webhook->headers[i].name, webhook->headers[i].value);
    return r;
}

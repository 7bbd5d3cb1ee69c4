/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <zmq.h>

#include "aggregator/zap.h"

enum { FRAMES_MIN = 6, FRAMES_CURVE = 7, KEY_BYTES = 32 };

/* A property as ZMTP writes it: length and name, length (four bytes) and value. */
static size_t write_property(uint8_t *out, const char *name, const char *value)
{
    size_t name_len = strlen(name);
    size_t value_len = strlen(value);
    uint8_t *at = out;
    *at++ = (uint8_t) name_len;
    memcpy(at, name, name_len);
    at += name_len;
    *at++ = 0;
    *at++ = 0;
    *at++ = 0;
    *at++ = (uint8_t) value_len;
    memcpy(at, value, value_len);
    return (size_t) (at - out) + value_len;
}

static void refuse(struct zap_reply *out, const char *status, const char *words)
{
    *out = (struct zap_reply) {.status = status, .words = words, .user_id = ""};
}

void zap_judge(const struct zap_request *request, const struct authorized_keys *keys, struct zap_reply *out)
{
    if (request->n_frames < FRAMES_MIN || !text_is(request->version, "1.0")) {
        refuse(out, "500", "not a request of ZAP 1.0");
        return;
    }
    if (!text_is(request->mechanism, "CURVE")) {
        refuse(out, "400", "only CURVE is spoken here");
        return;
    }
    if (!text_is(request->domain, ZAP_DOMAIN)) {
        refuse(out, "400", "unknown domain");
        return;
    }
    if (request->n_frames != FRAMES_CURVE || request->credentials.len != KEY_BYTES) {
        refuse(out, "400", "a CURVE key has 32 bytes");
        return;
    }

    char public_key[KEY_TEXT_BYTES];
    (void) zmq_z85_encode(public_key, (const uint8_t *) request->credentials.at, KEY_BYTES); /* 32 is a multiple of 4 */
    const struct authorized_key *key = authorized_keys_find(keys, public_key);
    if (key == NULL) {
        refuse(out, "400", "nobody authorised has this key");
        return;
    }
    *out = (struct zap_reply) {.status = "200", .words = "OK", .user_id = key->name};
    out->metadata_len = write_property(out->metadata, ZAP_KEY_PROPERTY, public_key);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/alert_id.h"

#include <sodium.h>
#include <string.h>

enum { TIME_BYTES = 8, PLAIN_BYTES_MAX = TIME_BYTES + KEY_BYTES_MAX, BASE64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING };

_Static_assert(sodium_base64_ENCODED_LEN(PLAIN_BYTES_MAX, BASE64) == ALERT_ID_BYTES, "the longest key fits exactly");

void alert_id_render(int64_t opened_at_ms, const char *key, char out[static ALERT_ID_BYTES])
{
    uint8_t plain[PLAIN_BYTES_MAX];
    size_t len = strnlen(key, KEY_BYTES_MAX);

    for (int i = 0; i < TIME_BYTES; i++)
        plain[i] = (uint8_t) ((uint64_t) opened_at_ms >> (56 - 8 * i));
    memcpy(plain + TIME_BYTES, key, len);
    (void) sodium_bin2base64(out, ALERT_ID_BYTES, plain, TIME_BYTES + len, BASE64);
}

/* Keys are made of ids: nothing in them needs an escape anywhere. */
static bool is_key(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] <= ' ' || bytes[i] >= 0x7f || bytes[i] == '"' || bytes[i] == '\\')
            return false;
    }
    return len > 0;
}

bool alert_id_parse(const char *word, struct alert_id *out)
{
    uint8_t plain[PLAIN_BYTES_MAX];
    size_t len = 0;
    uint64_t time = 0;

    if (sodium_base642bin(plain, sizeof plain, word, strlen(word), NULL, &len, NULL, BASE64) != 0 || len <= TIME_BYTES)
        return false;
    for (int i = 0; i < TIME_BYTES; i++)
        time = time << 8 | plain[i];
    if (time == 0 || time > INT64_MAX || !is_key(plain + TIME_BYTES, len - TIME_BYTES))
        return false;
    out->opened_at_ms = (int64_t) time;
    memcpy(out->key, plain + TIME_BYTES, len - TIME_BYTES);
    out->key[len - TIME_BYTES] = '\0';
    return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/webhook_access.h"

#include <sodium.h>
#include <string.h>

enum { SIGNATURE_BYTES = crypto_auth_hmacsha256_BYTES };

/* Services may have dots in their ids, tokens have none. */
static size_t last_dot(struct text id)
{
    size_t at = id.len;

    while (at > 0 && id.at[at - 1] != '.')
        at--;
    return at == 0 ? id.len : at - 1;
}

const struct webhook_service *webhook_find(const struct aggregator_config *config, struct text id)
{
    size_t dot = last_dot(id);
    struct text service = {id.at, dot};
    if (!config->webhooks.enabled || dot == id.len)
        return NULL;

    struct text token = {id.at + dot + 1, id.len - dot - 1};
    for (size_t i = 0; i < config->webhooks.n_services; i++) {
        const struct webhook_service *one = &config->webhooks.services[i];
        if (text_is(service, one->service) && token.len == strlen(one->token)
            && sodium_memcmp(token.at, one->token, token.len) == 0)
            return one;
    }
    return NULL;
}

bool webhook_is_signed(const char *secret, struct text body, struct text signature)
{
    static const char prefix[] = "sha256=";
    uint8_t given[SIGNATURE_BYTES];
    uint8_t right[SIGNATURE_BYTES];
    crypto_auth_hmacsha256_state state;

    if (text_starts_with(signature, prefix))
        signature = (struct text) {signature.at + strlen(prefix), signature.len - strlen(prefix)};
    if (!text_from_hex(signature, given, sizeof given))
        return false;
    (void) crypto_auth_hmacsha256_init(&state, (const unsigned char *) secret, strlen(secret));
    (void) crypto_auth_hmacsha256_update(&state, (const unsigned char *) body.at, body.len);
    (void) crypto_auth_hmacsha256_final(&state, right);
    return sodium_memcmp(given, right, sizeof right) == 0;
}

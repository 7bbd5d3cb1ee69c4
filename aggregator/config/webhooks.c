/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose pages may post, and by which path. Each has a part that nobody can guess: a token that was given, or one made from
 * the secret, so that a secret alone suffices.
 */
#include "aggregator/config/config_private.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

/* Owned by the caller. Another text than any body: what signs posts gives nothing away of a path. */
static char *make_token(const char *secret, const char *service)
{
    static const char label[] = "tocsin: path of webhooks of ";
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    char text[sodium_base64_ENCODED_LEN(sizeof mac, sodium_base64_VARIANT_URLSAFE_NO_PADDING)];
    crypto_auth_hmacsha256_state state;

    (void) crypto_auth_hmacsha256_init(&state, (const unsigned char *) secret, strlen(secret));
    (void) crypto_auth_hmacsha256_update(&state, (const unsigned char *) label, strlen(label));
    (void) crypto_auth_hmacsha256_update(&state, (const unsigned char *) service, strlen(service));
    (void) crypto_auth_hmacsha256_final(&state, mac);
    (void) sodium_bin2base64(text, sizeof text, mac, sizeof mac, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return mem_copy_string(text);
}

static int fault(const struct aggregator_config *config, size_t i, struct error *err, const char *words)
{
    return error_set(err, -EINVAL, "%s: webhooks.statuspage.services[%zu]: found %s, %s", config->path, i,
                     config->webhooks.services[i].service, words);
}

static int settle_one(struct aggregator_config *config, size_t i, struct error *err)
{
    struct webhook_service *one = &config->webhooks.services[i];
    const struct service_entry *entry = registry_find(&config->registry, one->service);

    if (entry == NULL)
        return fault(config, i, err, "which is no service, expected the id of one");
    if (entry->feed == NULL)
        return fault(config, i, err, "which has no feed: there is no page to poll");
    if (one->secret == NULL && config->webhooks.secret != NULL)
        one->secret = mem_copy_string(config->webhooks.secret);
    if (one->token == NULL && one->secret == NULL)
        return fault(config, i, err, "expected a token or a secret with it (tocsin-aggregator webhook makes a token): "
                                     "anybody could have its page polled");
    if (one->token == NULL)
        one->token = make_token(one->secret, one->service);
    return 0;
}

static int check_twice(const struct aggregator_config *config, struct error *err)
{
    for (size_t i = 0; i < config->webhooks.n_services; i++) {
        for (size_t j = 0; j < i; j++) {
            if (strcmp(config->webhooks.services[j].service, config->webhooks.services[i].service) == 0)
                return fault(config, i, err, "expected each service once");
        }
    }
    return 0;
}

/* All that have a feed, when none are listed. */
static void list_all(struct aggregator_config *config)
{
    const struct registry *registry = &config->registry;

    config->webhooks.services = mem_new_array(registry->n_services + 1, sizeof *config->webhooks.services);
    for (size_t i = 0; i < registry->n_services; i++) {
        if (registry->services[i].feed != NULL)
            config->webhooks.services[config->webhooks.n_services++].service = mem_copy_string(registry->services[i].id);
    }
}

int webhooks_settle(struct aggregator_config *config, struct error *err)
{
    if (!config->webhooks.enabled)
        return 0;
    if (config->webhooks.n_services == 0 && config->webhooks.secret == NULL)
        return error_set(err, -EINVAL,
                         "%s: webhooks.statuspage: found enabled (WEBHOOKS_ENABLED) with neither services nor a secret, "
                         "expected a path token for each service that may be posted to (tocsin-aggregator webhook "
                         "SERVICE makes one), or a secret (STATUSPAGE_WEBHOOK_SECRET)", config->path);
    int r = check_twice(config, err);
    if (config->webhooks.n_services == 0)
        list_all(config);
    for (size_t i = 0; r == 0 && i < config->webhooks.n_services; i++)
        r = settle_one(config, i, err);
    return r;
}

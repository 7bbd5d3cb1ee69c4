/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/fingerprint.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "aggregator/config/config.h"

/* With its terminating zero, so that two strings never run into one. */
static void add(crypto_hash_sha256_state *state, const char *text)
{
    const char *s = text == NULL ? "" : text;

    (void) crypto_hash_sha256_update(state, (const uint8_t *) s, strlen(s) + 1);
}

static void add_service(crypto_hash_sha256_state *state, const struct service_entry *entry)
{
    char tier[8];

    (void) snprintf(tier, sizeof tier, "%d", entry->tier);
    add(state, entry->id);
    add(state, entry->name);
    add(state, entry->category);
    add(state, tier);
    add(state, entry->owner);
    add(state, entry->runbook);
    add(state, entry->link);
    for (size_t i = 0; i < entry->depends_on.n; i++)
        add(state, entry->depends_on.items[i]);
}

void fingerprint_config(const struct aggregator_config *config, uint8_t out[static 32])
{
    crypto_hash_sha256_state state;

    (void) crypto_hash_sha256_init(&state);
    add(&state, TOCSIN_VERSION);
    add(&state, TOCSIN_COMMIT);
    add(&state, config->digest);             /* the engine's part: parameters of confirmation and freshness */
    add(&state, config->http.public_url);
    for (size_t i = 0; i < config->registry.n_services; i++)
        add_service(&state, &config->registry.services[i]);
    (void) crypto_hash_sha256_final(&state, out);
}

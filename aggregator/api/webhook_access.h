/* SPDX-License-Identifier: Apache-2.0 */
/*
 * webhook_access: who may post. Pure; what is secret is compared in constant time.
 */
#pragma once

#include <stdbool.h>

#include "aggregator/config/config.h"
#include "common/text.h"

/* Whom SERVICE.TOKEN speaks for; NULL: nobody, or webhooks are off. */
const struct webhook_service *webhook_find(const struct aggregator_config *, struct text id);

/* Whether a signature (64 hex digits, "sha256=" may stand before them) is the HMAC-SHA256 of the body under the secret. */
bool webhook_is_signed(const char *secret, struct text body, struct text signature);

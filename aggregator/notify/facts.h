/* SPDX-License-Identifier: Apache-2.0 */
/*
 * facts: a notification as the JSON object that webhooks get (webhook.schema.json says what each member means) and that
 * PagerDuty shows as details. Pure. The same for every attempt at a row: a receiver that recognises a repeat by its key may
 * compare the bytes.
 */
#pragma once

#include <jansson.h>

#include "aggregator/notify/channel.h"

enum { FACTS_ID_BYTES = CHANNEL_ORIGIN_BYTES + 1 + 20, FACTS_URL_BYTES = 512 };

/* Lineage and sequence: the same in each attempt at a row, another for any other row of any store. */
void facts_id(const struct channel_occasion *, char out[static FACTS_ID_BYTES]);

/* Our page of the service, or the page itself for what concerns none. */
void facts_page(const struct channel_occasion *, char out[static FACTS_URL_BYTES]);

/* Owned by the caller. */
json_t *facts_of(const struct channel_occasion *);

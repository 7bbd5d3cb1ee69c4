/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain_json: an explanation as the API gives it, and the CLI's table reads it.
 */
#pragma once

#include <jansson.h>

#include "aggregator/api/explain_words.h"
#include "aggregator/config/config.h"
#include "aggregator/engine/explain.h"

/* Adds the channels that were told of the alert, or would be, and that this configuration sends nowhere. */
void explain_find_uncarried(const struct explanation *, const struct aggregator_config *, struct explained_deliveries *);

/* Owned by the caller. deliveries: NULL when they cannot be known; items is what they are, a list that is taken, may be
 * NULL. The configuration names the service and says where its parameters come from. */
json_t *explain_json(const struct explanation *, const struct aggregator_config *,
                     const struct explained_deliveries *deliveries, json_t *items);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * intake_vendor: what a vendor's page lists, from the wire into the store, and its planned work to the engine. Part of the
 * core.
 */
#pragma once

#include "aggregator/intake_items.h"

/* Take one item of these kinds from a collector that may speak of the service. Negative with words: it is malformed. */
int intake_vendor_item(struct intake_batch *, const Item *, struct error *);
int intake_vendor_list(struct intake_batch *, const Item *, struct error *);

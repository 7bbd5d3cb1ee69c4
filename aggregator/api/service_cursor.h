/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service_cursor: a place in the list of services, which is sorted by severity. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "aggregator/api/service_view.h"
#include "common/limits.h"

enum { SERVICE_CURSOR_BYTES = 2 * (SERVICE_BYTES_MAX + 32) + 1 };

struct service_place {
    int64_t rank, tier, changed_at_ms;
    char id[SERVICE_BYTES_MAX + 1];
};

/* The opaque form (hex) of the place of this service, and back. */
void service_place_render(const struct service_view *, char out[static SERVICE_CURSOR_BYTES]);
bool service_place_parse(struct text, struct service_place *out);

/* Where a service stands towards a place: negative before, 0 on it, positive behind. */
int service_place_compare(const struct service_view *, const struct service_place *);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * alert_id: an episode of an alert as one word of an address: base64url of the time it opened (8 bytes, big-endian UTC
 * milliseconds) and its key. Whoever holds the id of what is over cannot touch what has opened since. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/limits.h"

enum { ALERT_ID_BYTES = 352 };             /* with the NUL: 8 + KEY_BYTES_MAX bytes encoded without padding */

struct alert_id {
    int64_t opened_at_ms;                  /* > 0 */
    char key[KEY_BYTES_MAX + 1];
};

void alert_id_render(int64_t opened_at_ms, const char *key, char out[static ALERT_ID_BYTES]);

/* False: not an id of ours, *out unchanged. */
bool alert_id_parse(const char *, struct alert_id *out);

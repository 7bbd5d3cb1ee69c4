/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings_value: the texts that stand for numbers in a configuration, read strictly and written back.
 *
 * Decimal only, nothing rounded, nothing ignored: 010, 0x1F, 10s where a number is due, 1.9, nan and "5 minutes" are all
 * refused. Each reader leaves *out as it was when it says false.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/text.h"

enum { SETTINGS_VALUE_BYTES = 64 };

/* true false yes no on off, in lower case. */
bool value_read_bool(struct text, bool *out);

/* 500ms, 60s, 5m, 1h30m, 2d: whole numbers with units, the larger unit first, each once; or 0. In milliseconds. */
bool value_read_duration(struct text, int64_t *out_ms);

/* 512B, 64KiB, 16MiB, 20GiB, 1TiB; or 0. In bytes. */
bool value_read_bytes(struct text, int64_t *out);

/* 90 or 92.5: percent with at most one decimal, as permille. */
bool value_read_percent(struct text, int64_t *out_permille);

/* The same back: 90000 ms is "1m30s", 16777216 is "16MiB", 925 is "92.5". Return out. */
char *value_render_duration(int64_t ms, char out[static SETTINGS_VALUE_BYTES]);
char *value_render_bytes(int64_t bytes, char out[static SETTINGS_VALUE_BYTES]);
char *value_render_percent(int64_t permille, char out[static SETTINGS_VALUE_BYTES]);

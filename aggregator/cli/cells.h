/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cells: text of the API's answers, fit for a terminal: no control characters, cut to a length.
 */
#pragma once

#include <jansson.h>

enum { CELL_BYTES = 128 };

/* A member's text; "" when it is none. Returns words. */
const char *cell_text(const json_t *object, const char *member, char words[static CELL_BYTES]);

/* A member's time, "2026-11-21T09:34:02.125Z" as "2026-11-21 09:34:02"; "-" when it is none. Returns words, or "-". */
const char *cell_time(const json_t *object, const char *member, char words[static CELL_BYTES]);

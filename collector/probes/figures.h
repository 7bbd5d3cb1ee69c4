/* SPDX-License-Identifier: Apache-2.0 */
/*
 * figures: numbers out of the kernel's files, and into sentences.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "collector/probes/window.h"
#include "common/text.h"

enum { FIGURE_BYTES_MAX = 24, FIGURE_TEXT_BYTES = 32 };

/* A whole unsigned decimal number; one above 2^63 is read as 2^63-1 ("no limit"). False: something else. */
bool figure_parse(struct text, uint64_t *out);

/* "91.2 %", rounded so that what is above a limit never reads as the limit itself. Returns out, as all here. */
char *figure_percent(char out[static FIGURE_TEXT_BYTES], struct share);

/* A limit: "90 %" or "92.5 %". */
char *figure_permille(char out[static FIGURE_TEXT_BYTES], int permille);

/* "5 min", "150 s", "2 h". */
char *figure_span(char out[static FIGURE_TEXT_BYTES], int64_t ms);

/* "12.3 GiB". */
char *figure_bytes(char out[static FIGURE_TEXT_BYTES], uint64_t bytes);

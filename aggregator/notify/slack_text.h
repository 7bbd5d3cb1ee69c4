/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slack_text: pieces of Slack's markup. The one place that escapes, so that text from a vendor, a host or a person can
 * neither mention a channel nor forge a link. Pure.
 *
 * All append to an initialised buffer; what would pass its ceiling is left out, cut between characters.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/text.h"

/* Text as it came, at most chars_max characters (then "…"): "& < >" escaped, control and direction characters out,
 * invalid UTF-8 replaced. */
void slack_put_escaped(struct buffer *, struct text raw, size_t chars_max);

/* A point in time in the reader's own zone, UTC for clients that cannot: <!date^…|fallback>. */
void slack_put_date(struct buffer *, int64_t at_ms);

/* <url|label>. Nothing, and 0, when it is no http or https URL; else 1. The label is ours and not escaped. */
int slack_put_link(struct buffer *, const char *url, const char *label);

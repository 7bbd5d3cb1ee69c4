/* SPDX-License-Identifier: Apache-2.0 */
/*
 * occasion: rows to be told, each a line of changes to one that is told first, and what a renderer makes of them.
 */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "aggregator/notify/channel.h"

/* What differs from the raise of a major outage of GitHub; NULL: the same, except previous and reason, which are empty. */
struct occasion_change {
    const char *key, *kind, *level, *previous, *reason;
};

/* Owned by the caller. */
OutboxRow *occasion_row(const struct occasion_change *);

/* Renders for this channel at 2025-11-21T09:44:05.5Z from the store "0123…"; fails the test when it cannot. */
void occasion_render(const OutboxRow *, const struct channel_entry *, struct channel_message *out);

/* Its body as JSON; owned by the caller. */
json_t *occasion_body(const struct channel_message *);

/* The value of a header, borrowed; "(none)" when it is missing, fails when it is there twice. */
const char *occasion_header(const struct channel_message *, const char *name);

/* A member of an object as text: its string, "null", "true", "false", or a number; "(none)". Valid until the next call. */
const char *occasion_member(const json_t *, const char *name);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slack: a notification as the JSON of a Slack incoming webhook (Block Kit). Pure.
 *
 * A webhook cannot edit what it has posted, so each message stands alone: what, how bad, who is hit, since when, who says so,
 * where to look. A header, one section (two with the source's own words) and a line of context; a text for screen readers
 * and push messages; unfurling off.
 */
#pragma once

#include "common/buffer.h"
#include "common/error.h"
#include "proto/rows.pb.h"

/* Appends the body to an initialised buffer. public_url without a trailing slash leads the link to the service.
 * -EMSGSIZE with words: it would pass a limit of Slack's or the buffer's ceiling. */
int slack_render(const OutboxRow *, const char *public_url, struct buffer *out, struct error *);

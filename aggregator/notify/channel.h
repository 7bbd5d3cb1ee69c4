/* SPDX-License-Identifier: Apache-2.0 */
/*
 * channel: the kinds of receivers, one row each. To add one: its renderer in a file of its own, its row here, its word in
 * the configuration.
 */
#pragma once

#include <stdint.h>

#include "aggregator/config/config.h"
#include "common/buffer.h"
#include "common/error.h"
#include "proto/rows.pb.h"

enum { CHANNEL_KIND_COUNT = CHANNEL_SLACK + 1, CHANNEL_BODY_BYTES_MAX = 64 * 1024 };

struct channel_type {
    const char *name;                  /* as in the configuration */
    const char *content_type;          /* header line of the POST */
    /* Appends the body; negative with words: this row can never be sent. */
    int (*render)(const OutboxRow *, const char *public_url, struct buffer *out, struct error *);
    int64_t least_gap_ms;              /* between two messages to one receiver */
};

/* Indexed by enum channel_kind. */
extern const struct channel_type channel_types[CHANNEL_KIND_COUNT];

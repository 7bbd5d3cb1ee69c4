/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain_words: an explanation in the words of people. Pure.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "aggregator/engine/explain.h"
#include "common/buffer.h"
#include "common/limits.h"

/* What became of the messages of an alert. All zero: none is known of. */
struct explained_deliveries {
    size_t sent;
    size_t waiting;                    /* pending, on the wire, or of unknown fate */
    size_t dead;
    char dead_reason[201];             /* of the newest */
    const char *uncarried[2 * ALERT_CHANNELS_MAX];   /* channels that were told, or would be, and have no receiver */
    size_t n_uncarried;
};

/* What a gate found: half a sentence. */
void explain_gate_words(const struct explanation *, const struct explained_gate *, struct buffer *out);

/* What became of the messages, likewise. */
void explain_deliveries_words(const struct explained_deliveries *, struct buffer *out);

/* All of it in a sentence or two: why nothing is told, when it would be, or who was told. */
void explain_verdict_words(const struct explanation *, const struct explained_deliveries *, struct buffer *out);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * timeline_words: one sentence for each decision, for people. Pure.
 */
#pragma once

#include <stddef.h>

#include "proto/rows.pb.h"

enum { TIMELINE_SENTENCE_BYTES = 400 };

/* "github is degraded, was operational"; name is what stands for the service (NULL: its id). */
void timeline_sentence(const TimelineRow *, const char *name, char out[static TIMELINE_SENTENCE_BYTES]);

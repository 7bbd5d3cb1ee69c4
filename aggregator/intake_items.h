/* SPDX-License-Identifier: Apache-2.0 */
/*
 * intake_items: one item of a batch, to where it belongs. Part of the core.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "aggregator/split.h"
#include "common/error.h"
#include "proto/wire.pb.h"

struct collector;
struct core;

/* The batch in hand. */
struct intake_batch {
    struct core *core;
    struct collector *collector;
    struct split_frame frame;
    bool observed;                         /* the engine has heard of the collector by one of its items */
};

/* Takes one item. Negative with words: it is malformed, and left out. What is not permitted is counted and left out
 * with 0. */
int intake_item(struct intake_batch *, const Item *, uint64_t sequence, struct error *);

/* Whether this collector may speak of this configured service; if not it is logged and counted. False too for what is no id. */
bool intake_may_speak_of(struct intake_batch *, const char *service);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * split: an item of the wire as what it is to us. A collector never says its own name and no service of its own: both
 * follow from who speaks. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/limits.h"
#include "proto/observation.pb.h"
#include "proto/wire.pb.h"

/* Who speaks, and when. */
struct split_frame {
    const char *collector;
    uint64_t incarnation;
    int64_t now_ms;                        /* arrival, engine clock */
    int64_t sent_boot_ms;                  /* of the batch */
};

/* NAME:CHECK or the configured service, and NAME/CHECK. */
struct split_names {
    char service[SERVICE_BYTES_MAX + 1];
    char source[SOURCE_BYTES_MAX + 1];
    bool is_host;                          /* the host's own check */
};

/* The names of a check. service "": the host's own. False: one of them is no id of ours. */
bool split_name(const char *collector, const char *service, const char *check, struct split_names *out);

/* When it was observed: arrival minus the age that the collector measured, never in the future, never before 1970. */
int64_t split_observed_at(const struct split_frame *, int64_t at_boot_ms);

/* A report as the engine takes it. */
void split_report(const struct split_frame *, const struct split_names *, const Item *item, uint64_t sequence,
                  Observation *out);

/* A name for a plain peer from what it calls itself: what is no id of ours becomes '-'. Tests alone get here. */
void split_plain_name(const char *hostname, char out[static ID_BYTES_MAX + 1]);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hosts: what a host says of itself, into its row: facts from a Hello, the latest value of each metric, and the five
 * minutes in progress, which become samples when the next five begin. Pure. The row stays in the store: it is read and
 * written in the round that changes it, so ten thousand hosts cost no memory.
 */
#pragma once

#include <stdint.h>

#include "aggregator/store/keys.h"
#include "proto/rows.pb.h"
#include "proto/wire.pb.h"

enum { HOST_BUCKET_MS = 5 * 60 * 1000 };

/* Takes one finished sample; host and check are borrowed. */
typedef void (*host_sample_fn)(void *context, const struct store_key *, const SampleRow *);

struct host_samples {
    host_sample_fn give;
    void *context;
};

/* Facts of a Hello that came at at_ms; skew_ms: its wall clock minus ours. */
void host_greet(HostRow *, const Hello *, int64_t at_ms, int64_t skew_ms);

/* The host speaks with a new voice: the values of the old one are forgotten, its five minutes are given. */
void host_renew(HostRow *, const struct host_samples *);

/* Some metrics of one check at at_ms. Returns how many found no room in the row (128 a host). Older than the five
 * minutes in progress: the latest value stands, nothing is added up. */
uint32_t host_measure(HostRow *, const char *check, const Metric *metrics, size_t n, int64_t at_ms,
                      const struct host_samples *);

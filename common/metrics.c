/* SPDX-License-Identifier: Apache-2.0 */
#include "common/metrics.h"

#include <assert.h>
#include <stdatomic.h>

const struct metric_row metric_rows[METRIC_COUNT] = {
#define METRIC_ROW(id, name, labels, type, help) [METRIC_##id] = {name, labels, type, help},
    METRICS(METRIC_ROW)
#undef METRIC_ROW
};

const int64_t metric_bounds_us[METRIC_BUCKETS - 1] = {
    100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 51200, 102400, 204800, 409600, 819200, 1638400,
};

static _Atomic int64_t values[METRIC_COUNT];
static struct {
    _Atomic int64_t buckets[METRIC_BUCKETS];
    _Atomic int64_t sum_us;
} histograms[METRIC_COUNT];

void metric_add(enum metric metric, int64_t n)
{
    atomic_fetch_add_explicit(&values[metric], n, memory_order_relaxed);
}

void metric_set(enum metric metric, int64_t value)
{
    atomic_store_explicit(&values[metric], value, memory_order_relaxed);
}

int64_t metric_get(enum metric metric)
{
    return atomic_load_explicit(&values[metric], memory_order_relaxed);
}

void metric_time(enum metric metric, int64_t us)
{
    assert(metric_rows[metric].type == METRIC_HISTOGRAM);

    int i = 0;
    while (i < METRIC_BUCKETS - 1 && us > metric_bounds_us[i])
        i++;
    atomic_fetch_add_explicit(&histograms[metric].buckets[i], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&histograms[metric].sum_us, us, memory_order_relaxed);
}

void metric_histogram_get(enum metric metric, struct metric_histogram *out)
{
    *out = (struct metric_histogram) {0};
    for (int i = 0; i < METRIC_BUCKETS; i++) {
        out->buckets[i] = atomic_load_explicit(&histograms[metric].buckets[i], memory_order_relaxed);
        out->count += out->buckets[i];
    }
    out->sum_us = atomic_load_explicit(&histograms[metric].sum_us, memory_order_relaxed);
}

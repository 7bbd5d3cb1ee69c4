/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/hosts.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/mem.h"

void host_greet(HostRow *row, const Hello *hello, int64_t at_ms, int64_t skew_ms)
{
    row->has_facts = hello->has_facts;
    row->facts = hello->facts;
    (void) snprintf(row->version, sizeof row->version, "%s", hello->version);
    (void) snprintf(row->config_digest, sizeof row->config_digest, "%s", hello->config_digest);
    row->protocol = hello->protocol;
    row->clock_skew_ms = skew_ms;
    row->hello_at_ms = at_ms;
}

static void give_samples(HostRow *row, const struct host_samples *samples)
{
    for (size_t i = 0; i < row->metrics_count; i++) {
        LatestMetric *latest = &row->metrics[i];
        if (latest->count == 0)
            continue;
        SampleRow sample = {.min = latest->min, .mean = latest->sum / latest->count, .max = latest->max,
                            .count = latest->count};
        struct store_key key = key_sample(row->name, latest->check, latest->metric.name, row->bucket_at_ms);
        samples->give(samples->context, &key, &sample);
        latest->count = 0;
        latest->sum = 0;
    }
}

void host_renew(HostRow *row, const struct host_samples *samples)
{
    give_samples(row, samples);
    row->metrics_count = 0;
}

static LatestMetric *find(HostRow *row, const char *check, const char *name)
{
    for (size_t i = 0; i < row->metrics_count; i++) {
        LatestMetric *latest = &row->metrics[i];
        if (strcmp(latest->metric.name, name) == 0 && strcmp(latest->check, check) == 0)
            return latest;
    }
    return NULL;
}

static LatestMetric *find_or_add(HostRow *row, const char *check, const char *name)
{
    LatestMetric *latest = find(row, check, name);
    if (latest != NULL || row->metrics_count >= ARRAY_SIZE(row->metrics))
        return latest;

    latest = &row->metrics[row->metrics_count++];
    *latest = (LatestMetric) {.has_metric = true};
    (void) snprintf(latest->check, sizeof latest->check, "%s", check);
    return latest;
}

static void add_up(LatestMetric *latest, double value)
{
    if (latest->count == 0 || value < latest->min)
        latest->min = value;
    if (latest->count == 0 || value > latest->max)
        latest->max = value;
    latest->sum += value;
    latest->count++;
}

uint32_t host_measure(HostRow *row, const char *check, const Metric *metrics, size_t n, int64_t at_ms,
                      const struct host_samples *samples)
{
    uint32_t left_out = 0;
    int64_t bucket_ms = at_ms - at_ms % HOST_BUCKET_MS;
    if (bucket_ms > row->bucket_at_ms) {
        give_samples(row, samples);
        row->bucket_at_ms = bucket_ms;
    }
    if (at_ms > row->metrics_at_ms)
        row->metrics_at_ms = at_ms;

    for (size_t i = 0; i < n; i++) {
        LatestMetric *latest = find_or_add(row, check, metrics[i].name);
        if (latest == NULL) {
            left_out++;
            continue;
        }
        latest->metric = metrics[i];
        if (bucket_ms == row->bucket_at_ms)
            add_up(latest, metrics[i].value);
    }
    return left_out;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a collector will speak of (prober_catalogue): one line a source, its thresholds in words.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "collector/config.h"
#include "collector/prober.h"
#include "collector/probes/figures.h"
#include "collector/probes/host.h"
#include "common/mem.h"
#include "common/text.h"

struct catalogue {
    Source *sources;
    size_t n;
    size_t cap;
};

struct line {
    const char *service;
    const char *check;
    SourceKind kind;
    int64_t every_ms;
    const char *title;
    const char *unit;
};

static void add(struct catalogue *catalogue, const struct line *line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void add(struct catalogue *catalogue, const struct line *line, const char *format, ...)
{
    if (catalogue->n == catalogue->cap) {
        catalogue->cap = catalogue->cap == 0 ? 16 : catalogue->cap * 2;
        catalogue->sources = mem_resize(catalogue->sources, catalogue->cap, sizeof *catalogue->sources);
    }
    char thresholds[256];
    va_list args;
    va_start(args, format);
    (void) vsnprintf(thresholds, sizeof thresholds, format, args);   /* for people: what does not fit is cut */
    va_end(args);

    Source *source = &catalogue->sources[catalogue->n++];
    *source = (Source) {.kind = line->kind, .every_s = (uint32_t) ((line->every_ms + 999) / 1000)};
    (void) text_copy(source->service, sizeof source->service, text_of(line->service));   /* ids fit; titles may be cut */
    (void) text_copy(source->check, sizeof source->check, text_of(line->check));
    (void) text_copy(source->title, sizeof source->title, text_of(line->title));
    (void) text_copy(source->unit, sizeof source->unit, text_of(line->unit));
    (void) text_copy(source->thresholds, sizeof source->thresholds, text_of(thresholds));
}

static void add_mounts(struct catalogue *catalogue, const struct collector_config *config)
{
    const struct host_limits *limits = &config->host;
    char degraded[FIGURE_TEXT_BYTES];
    char major[FIGURE_TEXT_BYTES];
    char below[FIGURE_TEXT_BYTES];
    figure_permille(degraded, limits->disk_permille);
    figure_permille(major, limits->disk_major_permille);
    figure_bytes(below, (uint64_t) limits->disk_major_below_bytes);

    CLEANUP(mem_freep) struct mounts *mounts = mem_new(sizeof *mounts);
    host_read_mounts(config->root_dir, limits, mounts);
    for (size_t i = 0; i < mounts->n; i++) {
        struct line line = {"", mounts->mounts[i].check, SOURCE_PROBE, limits->every_ms, mounts->mounts[i].path, "ratio"};
        if (limits->disk_major_below_bytes == 0)
            add(catalogue, &line, "degraded above %s, major above %s", degraded, major);
        else
            add(catalogue, &line, "degraded above %s, partial above %s, major with less than %s left", degraded, major, below);
    }
}

static void add_host(struct catalogue *catalogue, const struct collector_config *config)
{
    const struct host_limits *limits = &config->host;
    char limit[FIGURE_TEXT_BYTES];
    char span[FIGURE_TEXT_BYTES];
    if (!limits->enabled)
        return;

    figure_span(span, limits->window_ms);
    add(catalogue, &(struct line) {"", "cpu", SOURCE_PROBE, limits->every_ms, "CPU busy", "ratio"},
        "degraded above %s over %s", figure_permille(limit, limits->cpu_permille), span);
    add(catalogue, &(struct line) {"", "memory", SOURCE_PROBE, limits->every_ms, "Memory used", "ratio"},
        "degraded above %s over %s", figure_permille(limit, limits->memory_permille), span);
    if (!host_has_psi(config->root_dir))
        add(catalogue, &(struct line) {"", "load", SOURCE_PROBE, limits->every_ms, "Load", ""},
            "degraded above %d.%02d a CPU over 15 min", limits->load_permille / 1000, limits->load_permille % 1000 / 10);
    add_mounts(catalogue, config);
}

static void add_probe(struct catalogue *catalogue, const char *service, const struct probe_entry *entry)
{
    char span[FIGURE_TEXT_BYTES];
    char title[160];
    if (entry->kind == PROBE_TCP)
        (void) snprintf(title, sizeof title, "%s:%u", entry->host, entry->port);
    else
        (void) snprintf(title, sizeof title, "%s", entry->url);

    struct line line = {service, entry->check, SOURCE_PROBE, entry->every_ms, title, "seconds"};
    if (entry->warn_ms > 0)
        add(catalogue, &line, "degraded when slower than %s", figure_span(span, entry->warn_ms));
    else
        add(catalogue, &line, "major when it does not answer within %s", figure_span(span, entry->timeout_ms));
}

static void add_service(struct catalogue *catalogue, const struct collector_config *config,
                        const struct service_entry *service)
{
    if (service->feed != NULL) {
        int64_t every_ms = service->feed->every_ms != 0 ? service->feed->every_ms : config->poll_interval_ms;
        add(catalogue, &(struct line) {service->id, "feed", SOURCE_VENDOR, every_ms, service->feed->url, ""},
            "what the vendor's page says");
    }
    for (size_t i = 0; i < service->n_probes; i++)
        add_probe(catalogue, service->id, &service->probes[i]);
}

void prober_catalogue(const struct collector_config *config, Source **out, size_t *n)
{
    struct catalogue catalogue = {0};
    add_host(&catalogue, config);
    for (size_t i = 0; i < config->n_probes; i++)
        add_probe(&catalogue, "", &config->probes[i]);
    for (size_t i = 0; config->services_enabled && i < config->registry.n_services; i++)
        add_service(&catalogue, config, &config->registry.services[i]);
    *out = catalogue.sources;
    *n = catalogue.n;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The transaction of a sealed round. Everything here may run twice: a commit that failed is tried again with the same
 * round.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "aggregator/core_private.h"
#include "aggregator/hosts.h"
#include "aggregator/timeline.h"
#include "common/log.h"

/* What was removed goes first: it may have come to life again in the same round. */
static void write_deletions(const struct round *round, struct store_txn *txn)
{
    for (const struct round_put *put = round->puts; put != NULL; put = put->next) {
        if (put->message == NULL)
            store_delete(txn, put->table, put->key);
    }
}

static void write_puts(const struct round *round, struct store_txn *txn)
{
    for (const struct round_put *put = round->puts; put != NULL; put = put->next) {
        if (put->message != NULL)
            store_put(txn, put->table, put->key, put->message);
    }
    for (const struct round_config *config = round->configs; config != NULL; config = config->next)
        store_put_bytes(txn, TABLE_CONFIGS, key_name(config->digest), config->json);
}

/* A line of the catalogue. Of a source that was never heard the row has a name and nothing that was observed. */
static void write_line(struct core *core, struct store_txn *txn, const struct round_line *line)
{
    SourceRow *row = &core->scratch->source;
    struct store_key key = key_source(line->service, line->source);
    if (store_get(txn, TABLE_SOURCES, key, row) != 0) {
        *row = (SourceRow) {.has_state = true};
        (void) snprintf(row->state.service, sizeof row->state.service, "%s", line->service);
        (void) snprintf(row->state.source, sizeof row->state.source, "%s", line->source);
        row->state.kind = line->line->kind;
        row->state.every_s = line->line->every_s;
    }
    (void) snprintf(row->title, sizeof row->title, "%s", line->line->title);
    (void) snprintf(row->unit, sizeof row->unit, "%s", line->line->unit);
    (void) snprintf(row->thresholds, sizeof row->thresholds, "%s", line->line->thresholds);
    store_put(txn, TABLE_SOURCES, key, row);
}

/* A source that is new here may have a row already: its line of the catalogue, which came before it. */
static void recall_line(struct core *core, struct store_txn *txn, const struct round_source *source,
                        struct source_entry *entry)
{
    if (store_get(txn, TABLE_SOURCES, key_source(source->service, source->source), &core->scratch->source) == 0)
        source_list_row(entry, &core->scratch->source);
    entry->known = true;
}

static void write_source(struct core *core, struct store_txn *txn, const struct round_source *source)
{
    SourceRow *row = &core->scratch->source;
    struct source_entry *entry = sources_at(&core->sources, source->slot);
    struct store_key key = key_source(source->service, source->source);
    if (!entry->known)
        recall_line(core, txn, source, entry);
    row->has_state = true;
    if (source->state != NULL)
        row->state = *source->state;
    else if (store_get(txn, TABLE_SOURCES, key, row) != 0)
        return;   /* nothing of it was ever accepted: there is no state to stand beside */
    source_fill(entry, row);
    store_put(txn, TABLE_SOURCES, key, row);
}

static void write_sources(struct core *core, struct store_txn *txn)
{
    const struct round *round = &core->round;
    for (size_t i = 0; i < round->n_lines; i++)
        write_line(core, txn, &round->lines[i]);
    for (size_t i = 0; i < round->n_sources; i++)
        write_source(core, txn, &round->sources[i]);
    for (size_t i = 0; i < round->n_services; i++)
        store_put(txn, TABLE_SERVICES, key_name(round->services[i]->id), round->services[i]);
}

static void write_collectors(struct core *core, struct store_txn *txn)
{
    for (size_t i = 0; i < core->round.n_collectors; i++) {
        if (!collector_is_known(core->round.collectors[i]))
            continue;   /* forgotten within this round */
        collector_fill(core->round.collectors[i], &core->scratch->collector);
        store_put(txn, TABLE_COLLECTORS, key_name(core->round.collectors[i]->name), &core->scratch->collector);
    }
}

/* ---------------------------------------------------------------- hosts */

struct sample_sink {
    struct store_txn *txn;
    bool off;
};

static void put_sample(void *context, const struct store_key *key, const SampleRow *row)
{
    const struct sample_sink *sink = context;

    if (!sink->off)
        store_put(sink->txn, TABLE_SAMPLES, *key, row);
}

static void write_host(struct core *core, const struct round_host *host, struct sample_sink *sink)
{
    HostRow *row = &core->scratch->host;
    const char *name = host->collector->name;
    struct host_samples samples = {put_sample, sink};
    if (store_get(sink->txn, TABLE_HOSTS, key_name(name), row) != 0)
        *row = (HostRow) {0};
    (void) snprintf(row->name, sizeof row->name, "%s", name);
    if (host->fresh)
        host_renew(row, &samples);
    if (host->hello != NULL)
        host_greet(row, host->hello, host->hello_at_ms, host->skew_ms);

    uint32_t left_out = 0;
    for (const struct round_metrics *some = host->metrics; some != NULL; some = some->next)
        left_out += host_measure(row, some->check, some->metrics, some->n, some->at_ms, &samples);
    if (left_out > 0)
        log_warning("host.metrics_left_out", "a host reports more metrics than are kept of one", LOG_TEXT("host", name),
                    LOG_INT("left_out", left_out));
    store_put(sink->txn, TABLE_HOSTS, key_name(name), row);
}

static void write_hosts(struct core *core, struct store_txn *txn)
{
    struct sample_sink sink = {txn, core->samples_off};
    for (const struct round_host *host = core->round.hosts; host != NULL; host = host->next) {
        if (collector_is_known(host->collector))
            write_host(core, host, &sink);
    }
}

/* ---------------------------------------------------------------- timeline */

static void write_timeline(struct core *core, struct store_txn *txn)
{
    struct round *round = &core->round;
    struct time_key key = core->timeline_key;   /* the core's own moves on when the round is durable */
    size_t mark = 0;
    round->n_timeline = 0;
    for (size_t i = 0; i < round->effects.n_decisions; i++) {
        while (mark < round->n_marks && round->marks[mark].n_decisions <= i)
            mark++;
        const struct decision *decision = &round->effects.decisions[i];
        if (!timeline_wants(decision))
            continue;
        timeline_fill(decision, mark < round->n_marks ? round->marks[mark].input : 0, &core->scratch->timeline);
        store_put(txn, TABLE_TIMELINE, time_key_next(&key, decision->at_ms), &core->scratch->timeline);
        round->n_timeline++;
    }
    round->timeline_end = key;
}

void core_write(struct core *core, struct store_txn *txn)
{
    assert(core->round.sealed);

    write_deletions(&core->round, txn);
    write_puts(&core->round, txn);
    write_sources(core, txn);
    write_collectors(core, txn);
    write_hosts(core, txn);
    journal_writer_write(&core->round.journal, txn);
    write_timeline(core, txn);
    store_put(txn, TABLE_META, key_name(STORE_META_WORLD), &core->world);
}

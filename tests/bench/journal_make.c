/* SPDX-License-Identifier: Apache-2.0 */
/*
 * journal_make: a store whose journal holds vendors that were polled each minute for so many days, by one collector that
 * gave a sign of life each half minute, written with the store's own functions.
 *
 *     journal_make FILE [VENDORS] [DAYS]      prints one JSON object: inputs, rows of the journal
 *
 * Each vendor has an outage of 40 minutes a week, and one poll in 500 fails.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/store/journal.h"
#include "common/buffer.h"
#include "common/error.h"
#include "common/mem.h"

enum { MINUTE_MS = 60 * 1000, WEEK_MINUTES = 7 * 24 * 60, OUTAGE_MINUTES = 40, FAIL_EVERY = 500, COMMIT_MINUTES = 1440 };
static const char digest[] = "0000000000000000000000000000000000000000000000000000000000000001";
static const char collector[] = "one";

struct maker {
    struct store *store;
    struct store_txn *txn;
    Observation *said;         /* owned, by vendor */
    struct run *runs;          /* owned, likewise */
    struct run contacts;
    uint64_t input;            /* number of the next */
    uint64_t rows;
    size_t n;
};

static void put_config(struct maker *maker, int64_t at_ms)
{
    Command command = {.which_input = Command_config_tag};
    struct buffer json;

    buffer_init(&json, 1 << 20);
    (void) buffer_put_text(&json, "{\"services\":[");
    for (size_t i = 0; i < maker->n; i++)
        (void) buffer_format(&json, "%s{\"id\":\"%s\"}", i == 0 ? "" : ",", maker->said[i].service);
    (void) buffer_put_text(&json, "]}");
    store_put_bytes(maker->txn, TABLE_CONFIGS, key_name(digest), buffer_text(&json));
    memcpy(command.input.config.digest, digest, sizeof digest);
    journal_put_command(maker->txn, maker->input++, at_ms, &command);
    maker->rows++;
    buffer_done(&json);
}

static void cast(struct maker *maker)
{
    maker->said = mem_new_array(maker->n, sizeof *maker->said);
    maker->runs = mem_new_array(maker->n, sizeof *maker->runs);
    for (size_t i = 0; i < maker->n; i++) {
        Observation *said = &maker->said[i];
        (void) snprintf(said->service, sizeof said->service, "vendor-%03zu", i);
        (void) snprintf(said->source, sizeof said->source, "%s/vendor-%03zu", collector, i);
        (void) snprintf(said->collector, sizeof said->collector, "%s", collector);
        said->kind = SOURCE_VENDOR;
        said->every_s = 60;
        said->boot = 1;
        said->has_seq = true;
    }
}

static void heartbeat(struct maker *maker, int64_t at_ms)
{
    if (run_extends_heartbeat(&maker->contacts, at_ms)) {
        run_extend_heartbeat(&maker->contacts, maker->input++, at_ms);
        return;
    }
    journal_put_heartbeats(maker->txn, collector, &maker->contacts);
    maker->rows++;
    run_clear(&maker->contacts);
    run_start_heartbeat(&maker->contacts, maker->input++, at_ms);
}

static void observe(struct maker *maker, size_t i, int64_t minute, int64_t at_ms)
{
    Observation *said = &maker->said[i];
    struct run *run = &maker->runs[i];
    bool is_out = (minute + (int64_t) i * 331) % WEEK_MINUTES < OUTAGE_MINUTES;
    bool fails = (minute + (int64_t) i * 17) % FAIL_EVERY == FAIL_EVERY - 1;

    said->observed_at_ms = at_ms - 200;
    said->seq++;
    said->result = fails ? RESULT_FAIL : RESULT_OK;
    said->level = fails ? LEVEL_UNKNOWN : is_out ? LEVEL_MAJOR_OUTAGE : LEVEL_OPERATIONAL;
    if (run_extends(run, said, at_ms)) {
        run_extend(run, said, maker->input++, at_ms);
        return;
    }
    journal_put_run(maker->txn, run);
    maker->rows++;
    run_clear(run);
    run_start(run, said, maker->input++, at_ms);
}

/* Commits, and begins the next transaction unless this is the end. */
static int commit(struct maker *maker, bool ends)
{
    WorldRow world = {.next_input = maker->input, .next_outbox = 1};
    int r;

    memcpy(world.config_digest, digest, sizeof digest);
    store_put(maker->txn, TABLE_META, key_name(STORE_META_WORLD), &world);
    r = store_commit(maker->txn);
    maker->txn = ends ? NULL : store_write(maker->store);
    return r;
}

static int make(struct maker *maker, int64_t minutes)
{
    const int64_t start_ms = INT64_C(1700000000000);
    int r = 0;

    maker->txn = store_write(maker->store);
    put_config(maker, start_ms);
    for (int64_t minute = 0; r == 0 && minute < minutes; minute++) {
        int64_t at_ms = start_ms + minute * MINUTE_MS;
        heartbeat(maker, at_ms);
        for (size_t i = 0; i < maker->n; i++) {
            int64_t polled_at_ms = at_ms + (int64_t) i * (MINUTE_MS - 1000) / (int64_t) maker->n;
            if (i == maker->n / 2)
                heartbeat(maker, polled_at_ms);
            observe(maker, i, minute, polled_at_ms);
        }
        if (minute % COMMIT_MINUTES == COMMIT_MINUTES - 1)
            r = commit(maker, false);
    }
    for (size_t i = 0; i < maker->n; i++)
        journal_put_run(maker->txn, &maker->runs[i]);
    journal_put_heartbeats(maker->txn, collector, &maker->contacts);
    maker->rows += maker->n + 1;
    return r == 0 ? commit(maker, true) : r;
}

int main(int argc, char **argv)
{
    struct maker maker = {.input = 1, .n = argc > 2 ? (size_t) atol(argv[2]) : 30};
    int64_t days = argc > 3 ? atol(argv[3]) : 90;
    struct error err = {0};

    if (argc < 2 || maker.n == 0 || days <= 0) {
        (void) fprintf(stderr, "usage: journal_make FILE [VENDORS] [DAYS]\n");
        return 2;
    }
    if (store_open(&(struct store_options) {.path = argv[1]}, &maker.store, &err) < 0) {
        (void) fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    cast(&maker);
    int r = make(&maker, days * 24 * 60);
    store_close(maker.store);
    for (size_t i = 0; i < maker.n; i++)
        run_done(&maker.runs[i]);
    run_done(&maker.contacts);
    free(maker.runs);
    free(maker.said);
    (void) printf("{\"inputs\": %llu, \"rows\": %llu}\n", (unsigned long long) maker.input - 1, (unsigned long long) maker.rows);
    return r == 0 ? 0 : 1;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/replay/base.h"

#include <errno.h>
#include <jansson.h>
#include <pb_decode.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/replay/recorded.h"
#include "aggregator/store/state.h"
#include "common/mem.h"

struct replay_base {
    struct store *store;
    WorldRow world;
    uint64_t oldest;
};

/* ---------------------------------------------------------------- opening */

static int take_run(struct replay_base *base, const void *bytes, size_t len)
{
    CLEANUP(mem_freep) Run *run = mem_new(sizeof *run);
    pb_istream_t in = pb_istream_from_buffer(bytes, len);

    if (!pb_decode(&in, Run_fields, run))
        return -EBADMSG;
    if (run->input < base->oldest)
        base->oldest = run->input;
    return 0;
}

/* 0, or why a row of an open run cannot be read. */
static int read_runs(struct replay_base *base, struct store_txn *txn)
{
    CLEANUP(mem_freep) SourceRow *source = mem_new(sizeof *source);
    CLEANUP(mem_freep) CollectorRow *collector = mem_new(sizeof *collector);
    struct store_cursor cursor;
    int r;

    store_walk(txn, TABLE_SOURCES, (struct store_range) {0}, &cursor);
    while ((r = store_next(&cursor, NULL, source)) == 0) {
        if (source->run.size > 0 && (r = take_run(base, source->run.bytes, source->run.size)) < 0)
            break;
    }
    store_walk_end(&cursor);
    if (r < 0)
        return r;

    store_walk(txn, TABLE_COLLECTORS, (struct store_range) {0}, &cursor);
    while ((r = store_next(&cursor, NULL, collector)) == 0) {
        if (collector->contacts.size > 0 && (r = take_run(base, collector->contacts.bytes, collector->contacts.size)) < 0)
            break;
    }
    store_walk_end(&cursor);
    return r < 0 ? r : 0;
}

static int read_start(struct replay_base *base, struct error *err)
{
    struct store_txn *txn;
    int r = recorded_world(base->store, &base->world, err);
    if (r == STORE_ABSENT)
        return error_set(err, -ENODATA, "nothing was recorded there yet");
    if (r < 0)
        return r;

    base->oldest = base->world.next_input;
    r = store_read(base->store, &txn);
    if (r == 0) {
        r = read_runs(base, txn);
        store_end(txn);
    }
    return r < 0 ? error_set(err, r, "the store: a row of an open run cannot be read") : 0;
}

int replay_base_open(const char *path, struct replay_base **out, struct error *err)
{
    struct replay_base *base = mem_new(sizeof *base);
    int r = recorded_open(path, &base->store, err);

    if (r == 0)
        r = read_start(base, err);
    if (r < 0) {
        replay_base_close(base);
        return r;
    }
    *out = base;
    return 0;
}

void replay_base_close(struct replay_base *base)
{
    if (base == NULL)
        return;
    store_close(base->store);
    free(base);
}

uint64_t replay_base_next(const struct replay_base *base)
{
    return base->world.next_input;
}

uint64_t replay_base_oldest(const struct replay_base *base)
{
    return base->oldest;
}

bool replay_base_is_of(const struct replay_base *base, const SchemaRow *schema)
{
    return memcmp(store_schema(base->store)->lineage, schema->lineage, sizeof schema->lineage) == 0;
}

struct json_t *replay_base_config(const struct replay_base *base, struct error *err)
{
    return recorded_config(base->store, base->world.config_digest, err);
}

/* ---------------------------------------------------------------- state */

/* A line of a catalogue that was never heard is a row of which the engine knows nothing. */
static bool is_state(const StateRow *state)
{
    return state->which_row != StateRow_source_tag || state->row.source.last_any_ms != 0;
}

static int load_table(struct store_txn *txn, enum table table, struct engine *engine)
{
    struct store_state holding = store_state_of(table);
    if (holding.which == 0)
        return 0;

    CLEANUP(mem_freep) char *row = mem_new(holding.row_bytes);
    CLEANUP(mem_freep) StateRow *state = mem_new(sizeof *state);
    struct store_cursor cursor;
    int r;
    state->which_row = holding.which;
    store_walk(txn, table, (struct store_range) {0}, &cursor);
    while ((r = store_next(&cursor, NULL, row)) == 0) {
        memcpy(&state->row, row + holding.at, holding.bytes);
        r = is_state(state) ? engine_load(engine, state) : 0;
        if (r < 0)
            break;
    }
    store_walk_end(&cursor);
    return r < 0 ? r : 0;
}

int replay_base_load(const struct replay_base *base, struct engine *engine, struct error *err)
{
    CLEANUP(mem_freep) StateRow *state = mem_new(sizeof *state);
    struct store_txn *txn;
    int r = store_read(base->store, &txn);
    if (r < 0)
        return error_set(err, r, "the store cannot be read: %s", strerror(-r));

    state->which_row = StateRow_engine_tag;
    state->row.engine = base->world.engine;
    if (base->world.has_engine)
        r = engine_load(engine, state);
    for (enum table table = 0; r == 0 && table < TABLE_COUNT; table++)
        r = load_table(txn, table, engine);
    store_end(txn);
    return r < 0 ? error_set(err, r, "the store: a row of the engine's state cannot be read") : 0;
}

int replay_base_registered(const struct replay_base *base, void (*take)(void *context, const ServiceState *), void *context,
                           struct error *err)
{
    CLEANUP(mem_freep) ServiceState *service = mem_new(sizeof *service);
    struct store_txn *txn;
    struct store_cursor cursor;
    int r = store_read(base->store, &txn);
    if (r < 0)
        return error_set(err, r, "the store cannot be read: %s", strerror(-r));

    store_walk(txn, TABLE_SERVICES, (struct store_range) {0}, &cursor);
    while ((r = store_next(&cursor, NULL, service)) == 0) {
        if (service->registered)
            take(context, service);
    }
    store_walk_end(&cursor);
    store_end(txn);
    return r < 0 ? error_set(err, r, "the store: a row of services cannot be read") : 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The start: the rows of the store back into memory. Everything the engine needs was committed with the inputs that
 * made it.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/core_private.h"
#include "aggregator/store/state.h"
#include "common/log.h"
#include "common/mem.h"

struct loader {
    struct core *core;
    struct store_txn *txn;
    struct error *err;
};

/* One table: each row goes to `take`, which says -EBADMSG when it cannot be used. message is room for one row. */
static int load_table(const struct loader *loader, enum table table, const char *name, void *message,
                      int (*take)(struct core *, const void *row))
{
    struct store_cursor cursor;
    struct store_key key;
    store_walk(loader->txn, table, (struct store_range) {0}, &cursor);
    loader->core->scratch->state.which_row = store_state_of(table).which;
    int r;
    while ((r = store_next(&cursor, &key, message)) == 0) {
        r = take(loader->core, message);
        if (r < 0)
            break;
    }
    store_walk_end(&cursor);
    if (r >= 0)
        return 0;

    char hex[2 * STORE_KEY_BYTES_MAX + 1];
    key_to_hex(&key, hex);
    return error_set(loader->err, r, "the store: a row of %s (key %.64s) cannot be read; restore a snapshot", name,
                     hex);
}

static int take_collector(struct core *core, const void *message)
{
    const CollectorRow *row = message;
    struct collector *collector = collectors_make(&core->collectors, row->state.name);
    if (collector == NULL)
        return -EBADMSG;
    int r = collector_restore(collector, row);
    if (r < 0)
        return r;
    core->scratch->state.which_row = StateRow_collector_tag;
    core->scratch->state.row.collector = row->state;
    return engine_load(core->engine, &core->scratch->state);
}

static int take_host(struct core *core, const void *message)
{
    const HostRow *row = message;
    struct collector *collector = collectors_find(&core->collectors, row->name);
    if (collector != NULL && row->has_facts)
        (void) collector_label(collector, &row->facts);
    return 0;
}

static int take_service(struct core *core, const void *message)
{
    const ServiceState *row = message;
    char host[ID_BYTES_MAX + 1];
    struct collector *owner = roster_host_of(row->id, host) ? collectors_find(&core->collectors, host) : NULL;
    roster_load(&core->roster, row, owner);
    core->scratch->state.which_row = StateRow_service_tag;
    core->scratch->state.row.service = *row;
    return engine_load(core->engine, &core->scratch->state);
}

static int take_source(struct core *core, const void *message)
{
    const SourceRow *row = message;
    if (row->state.last_any_ms == 0)
        return 0;   /* a line of a catalogue that was never heard: the engine knows nothing of it */
    core->scratch->state.which_row = StateRow_source_tag;
    core->scratch->state.row.source = row->state;
    int r = engine_load(core->engine, &core->scratch->state);
    uint32_t slot;
    if (r < 0)
        return r;
    if (!engine_source_slot(core->engine, row->state.service, row->state.source, &slot))
        return 0;   /* the engine had no use for it */
    return source_restore(sources_at(&core->sources, slot), row);
}

/* A row that is nothing but state: it was read to where the engine takes it from. */
static int take_state(struct core *core, const void *message)
{
    assert(message == &core->scratch->state.row);
    return engine_load(core->engine, &core->scratch->state);
}

static int take_vendor_item(struct core *core, const void *message)
{
    return vendor_items_load(&core->vendor_items, message);
}

static int take_outbox(struct core *core, const void *message)
{
    outbox_load(core->outbox, message);
    return 0;
}

static int take_receiver(struct core *core, const void *message)
{
    receivers_load(&core->receivers, message);
    return 0;
}

static int take_told(struct core *core, const void *message)
{
    outbox_load_told(core->outbox, message);
    return 0;
}

/* The last key of a table by time: the next one is larger, whatever the clock says. */
static void load_time_key(struct store_txn *txn, enum table table, struct time_key *out)
{
    struct store_cursor cursor;
    struct store_key key;
    store_walk(txn, table, (struct store_range) {.backwards = true}, &cursor);
    if (store_next(&cursor, &key, NULL) == 0)
        (void) key_to_time(&key, &out->at_ms, &out->sequence);
    store_walk_end(&cursor);
}

static int load_world(const struct loader *loader)
{
    struct core *core = loader->core;
    int r = store_get(loader->txn, TABLE_META, key_name(STORE_META_WORLD), &core->world);
    if (r == STORE_ABSENT) {
        core->world = (WorldRow) {.next_input = 1, .next_outbox = 1};
        return 0;
    }
    if (r < 0)
        return error_set(loader->err, r, "the store: its world row cannot be read; restore a snapshot");
    core->scratch->state.which_row = StateRow_engine_tag;
    core->scratch->state.row.engine = core->world.engine;
    return core->world.has_engine ? engine_load(core->engine, &core->scratch->state) : 0;
}

/* In this order: what is loaded later looks for its owner. */
static int load_all(const struct loader *loader)
{
    struct core_scratch *scratch = loader->core->scratch;
    const struct {
        enum table table;
        const char *name;
        void *message;
        int (*take)(struct core *, const void *row);
    } tables[] = {
        { TABLE_COLLECTORS,       "collectors",       &scratch->collector,      take_collector },
        { TABLE_HOSTS,            "hosts",            &scratch->host,           take_host },
        { TABLE_SERVICES,         "services",         &scratch->load.service,   take_service },
        { TABLE_SOURCES,          "sources",          &scratch->source,         take_source },
        { TABLE_ALERTS,           "alerts",           &scratch->state.row,      take_state },
        { TABLE_MAINTENANCE,      "maintenance",      &scratch->state.row,      take_state },
        { TABLE_GRACE,            "grace",            &scratch->state.row,      take_state },
        { TABLE_EVIDENCE,         "evidence",         &scratch->state.row,      take_state },
        { TABLE_SLO,              "slo",              &scratch->state.row,      take_state },
        { TABLE_MINUTES,          "minutes",          &scratch->state.row,      take_state },
        { TABLE_INCIDENTS,        "incidents",        &scratch->state.row,      take_state },
        { TABLE_INCIDENT_MEMBERS, "incident_members", &scratch->state.row,      take_state },
        { TABLE_VENDOR_ITEMS,     "vendor_items",     &scratch->load.vendor,    take_vendor_item },
        { TABLE_TOLD,             "told",             &scratch->load.told,      take_told },
        { TABLE_RECEIVERS,        "receivers",        &scratch->load.receiver,   take_receiver },
        { TABLE_OUTBOX,           "outbox",           &scratch->outbox,         take_outbox },
    };

    int r = load_world(loader);
    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(tables); i++)
        r = load_table(loader, tables[i].table, tables[i].name, tables[i].message, tables[i].take);
    return r;
}

int core_load(struct core *core, struct error *err)
{
    struct loader loader = {.core = core, .err = err};
    int r = store_read(core->options.store, &loader.txn);
    if (r < 0)
        return error_set(err, r, "the store cannot be read: %s", strerror(-r));

    r = load_all(&loader);
    load_time_key(loader.txn, TABLE_TIMELINE, &core->timeline_key);
    load_time_key(loader.txn, TABLE_ALERTS_CLOSED, &core->closed_key);
    load_time_key(loader.txn, TABLE_AUDIT, &core->audit_key);
    load_time_key(loader.txn, TABLE_SECURITY, &core->security_key);
    store_end(loader.txn);
    return r;
}

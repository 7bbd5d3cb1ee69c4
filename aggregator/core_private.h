/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the core share: core.c (turns and commits), core_load.c (start), core_input.c (the engine's inputs
 * and their journal), core_seal.c (what a round led to), core_write.c (its transaction), core_sweep.c (what is left of hosts), core_poll.c (polls out of turn),
 * core_outbox.c (notifications by hand), intake.c and intake_*.c (the wire),
 * commands.c (the inbox).
 */
#pragma once

#include "aggregator/anchor.h"
#include "aggregator/collectors.h"
#include "aggregator/config/config.h"
#include "aggregator/core.h"
#include "aggregator/engine/engine.h"
#include "aggregator/ingest.h"
#include "aggregator/outbox.h"
#include "aggregator/poll_asks.h"
#include "aggregator/receivers.h"
#include "aggregator/roster.h"
#include "aggregator/round.h"
#include "aggregator/sources.h"
#include "aggregator/store/store.h"
#include "aggregator/vendor_items.h"

/* Large messages to work in, one of each: none of them lives beyond the function that fills it. */
struct core_scratch {
    SourceRow source;
    CollectorRow collector;
    HostRow host;
    TimelineRow timeline;
    OutboxRow outbox;
    StateRow state;
    IdempotencyRow idempotency;
    VendorVersionRow version;
    VendorItem vendor_item;
    Item item;
    Hello hello;
    union {
        ServiceState service;
        ToldRow told;
        MinutesState minutes;
        AlertState alert;
        ReceiverRow receiver;
        VendorItemRow vendor;
    } load;
    char answer[INBOX_ANSWER_BYTES_MAX + 1];
};

/* An address of a plain socket, where no key says whose it is. */
struct plain_peer {
    uint8_t address[ADDRESS_BYTES_MAX];
    uint32_t address_len;
    struct collector *collector;
    UT_hash_handle hh;
};

struct core {
    struct core_options options;
    struct aggregator_config *config;        /* held */
    struct aggregator_config *retired; /* held until the round that replaced it is durable: decisions borrow from it */
    struct engine *engine;
    struct anchor anchor;
    WorldRow world;                          /* as of the round in progress */
    struct collectors collectors;
    struct sources sources;
    struct roster roster;
    struct vendor_items vendor_items;
    struct outbox *outbox;
    struct receivers receivers;
    struct plain_peer *plain_peers;
    struct poll_asks poll_asks;
    struct time_key timeline_key, closed_key, audit_key, security_key;
    struct round round;
    struct core_scratch *scratch;

    int64_t heartbeat_mono_ms;               /* of the last commit with one */
    int64_t turned_mono_ms;
    int64_t checked_mono_ms;                 /* readers and space */
    int64_t malformed_mono_ms;               /* start of the minute in which samples are counted */
    uint32_t malformed_samples;

    struct store_key prune_after;            /* where the next slice of old answers begins; len 0: at the start */
    struct store_key sweep_after;            /* likewise of the readings; see core_sweep */
    struct store_key minutes_after;          /* likewise, of minutes */

    bool samples_off;                        /* the disk or the map is nearly full */
    bool stuck;                              /* the round could not be committed and waits */
    bool deaf;
    bool ended;
    uint32_t failures;                       /* commits that failed in a row for another reason than a full disk */
    int64_t retry_ms;

    bool started;
    uv_timer_t timer;                        /* the next deadline, at most a second away */
    uv_timer_t retry;
    uv_async_t wake;
};

/* ---- core_input.c: each gets a number, goes to the engine, and into the journal */

/* Begins a round: reads the clocks; the engine gets its gap when the wall clock ran away. */
void input_begin_round(struct core *);
void input_observe(struct core *, const Observation *, const Report *);
void input_heartbeat(struct core *, struct collector *);
void input_command(struct core *, const Command *);

/* Takes this configuration (the reference becomes the core's) at engine_ms; journal says whether it is news to the
 * journal. */
void input_configure(struct core *, struct aggregator_config *, int64_t engine_ms, bool journal);

/* Rows of what the engine has no more: deleted with the round. */
void input_take_removed(struct core *);

/* A window came, began or went: who shows services shows that too. */
void round_touch_maintenance(struct round *);

/* Fires what is due. */
void input_advance(struct core *);

/* Judges all registered services by the configuration, and registers again those that changed. */
void core_register_again(struct core *);

/* Registers a host's check that is new. False: the host has too many. */
bool input_register(struct core *, struct collector *, const char *service);

/* ---- core.c */

/* Rows for receivers that the configuration does not know are dead. */
void core_drop_receivers(struct core *);

/* ---- core_load.c */
int core_load(struct core *, struct error *);

/* ---- core_seal.c */

/* Gathers what the round led to; false: nothing is to be written. */
bool core_seal(struct core *);

/* ---- core_truth.c */

/* Which of its page and our probes sees red, into row->truth; it stays empty where there are not both. */
void core_say_truth(struct core *, const char *service, OutboxRow *);

/* ---- core_write.c */

/* Puts the sealed round. A function of round and store: may be called again for another transaction. */
void core_write(struct core *, struct store_txn *);

/* ---- core_sweep.c */

/* Deletes a slice of the readings of hosts that were forgotten. A collector that has no row is one. */
void core_sweep(struct core *);

/* ---- core_poll.c */

/* Tells the collectors that read this service's page to read it now. INBOX_DONE and result's asked or put_off,
 * INBOX_NO_SUCH_SERVICE or INBOX_NO_POLLER. */
enum inbox_outcome core_poll(struct core *, const char *service, const char *why, struct inbox_result *);

/* Once a second or so: those that were put off and whose time has come. */
void core_poll_again(struct core *);

/* ---- core_outbox.c */

/* Sends notifications again by hand, or gives one up: INBOX_DONE, INBOX_NO_SUCH_ROW, or INBOX_UNFIT with words. */
enum inbox_outcome core_retry(struct core *, const struct inbox_item *, struct inbox_result *);
enum inbox_outcome core_drop(struct core *, const struct inbox_item *, struct inbox_result *);

/* ---- intake.c */
void intake_message(struct core *, const struct ingest_message *);
void intake_done(struct core *);

/* ---- retention.c */

/* Deletes a slice of what is kept long enough. */
void retention_prune(struct core *);

/* ---- commands.c */
void command_take(struct core *, struct inbox_item *);   /* takes the item */

/* Deletes a slice of answers that no longer hold. */
void commands_prune(struct core *);

/* Tells all who wait what became of it, and frees their items. */
void commands_complete(struct core *);

/* Tells all who wait, in the round and in the inbox, that the core is stopping. */
void commands_abandon(struct core *);

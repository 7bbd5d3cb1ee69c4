/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What collectors say: who it is, whether it is new, and item by item where it goes. Whatever is wrong is counted,
 * answered with words where somebody listens, and never stops the loop.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/core_private.h"
#include "aggregator/intake_items.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/text.h"
#include "common/wire.h"

enum { PLAIN_PEERS_MAX = 1024, SAMPLES_A_MINUTE = 10, SAMPLE_BYTES = 32 };

/* ---------------------------------------------------------------- answers */

static void reply_with(struct round_reply *reply, int len)
{
    if (len > 0)
        reply->frame_len = (uint16_t) len;
}

static void reject(struct core *core, const struct ingest_message *message, const uint8_t *boot_id, bool final,
                   const char *reason)
{
    Reject answer = {.final = final};
    (void) text_copy(answer.reason, sizeof answer.reason, text_of(reason));   /* cut words still say it */
    if (boot_id != NULL)
        memcpy(answer.boot_id, boot_id, sizeof answer.boot_id);
    struct round_reply *reply = round_add_reply(&core->round, message->address, message->address_len);
    reply_with(reply, wire_encode_reject(&answer, reply->frame, sizeof reply->frame));
}

/* Kept for inspection, but not many: whoever sends nonsense sends a lot of it. */
static void keep_sample(struct core *core, const struct ingest_message *message, const char *words)
{
    int64_t now_ms = clock_mono_ms();
    if (core->malformed_mono_ms == 0 || now_ms - core->malformed_mono_ms >= 60000) {
        core->malformed_mono_ms = now_ms;
        core->malformed_samples = 0;
    }
    if (core->malformed_samples++ >= SAMPLES_A_MINUTE)
        return;

    char hex[2 * SAMPLE_BYTES + 1] = "";
    if (!message->malformed)
        text_to_hex(message->frame, message->len < SAMPLE_BYTES ? message->len : SAMPLE_BYTES, hex);
    log_warning("wire.malformed", "a frame could not be read", LOG_TEXT("collector", message->name),
                LOG_TEXT("error", words), LOG_INT("bytes", message->len), LOG_TEXT("begins", hex));
}

static void refuse_malformed(struct core *core, const struct ingest_message *message, const uint8_t *boot_id,
                             const char *words)
{
    metric_add(METRIC_REJECTED_MALFORMED, 1);
    keep_sample(core, message, words);
    reject(core, message, boot_id, false, words);
}

static void acknowledge(struct core *core, const struct ingest_message *message, struct collector *collector)
{
    struct round_reply *reply = collector->ack;
    if (reply == NULL || reply->address_len != message->address_len
        || memcmp(reply->address, message->address, message->address_len) != 0)
        reply = round_add_reply(&core->round, message->address, message->address_len);
    collector->ack = reply;   /* one a round is enough: it is cumulative */

    Ack ack = {.through_sequence = collector->through};
    memcpy(ack.boot_id, collector->boot_id, sizeof ack.boot_id);
    reply_with(reply, wire_encode_ack(&ack, reply->frame, sizeof reply->frame));
}

/* ---------------------------------------------------------------- who speaks */

static struct plain_peer *find_plain(const struct core *core, const struct ingest_message *message)
{
    struct plain_peer *peer;
    HASH_FIND(hh, core->plain_peers, message->address, message->address_len, peer);
    return peer;
}

void intake_done(struct core *core)
{
    struct plain_peer *peer;
    struct plain_peer *next;
    HASH_ITER(hh, core->plain_peers, peer, next) {
        HASH_DEL(core->plain_peers, peer);
        free(peer);
    }
}

static void keep_plain(struct core *core, const struct ingest_message *message, struct collector *collector)
{
    struct plain_peer *peer = find_plain(core, message);
    if (peer == NULL) {
        if (HASH_COUNT(core->plain_peers) >= PLAIN_PEERS_MAX)
            intake_done(core);   /* addresses are thrown away at each reconnect: those who are there say Hello again */
        peer = mem_new(sizeof *peer);
        memcpy(peer->address, message->address, message->address_len);
        peer->address_len = (uint32_t) message->address_len;
        HASH_ADD(hh, core->plain_peers, address, peer->address_len, peer);
    }
    peer->collector = collector;
}

/* A connected peer cannot be thrown out: its key is asked for again whenever the keys have changed. */
static bool is_permitted(struct core *core, const struct ingest_message *message, struct collector *collector)
{
    uint32_t generation = ingest_keys_generation(core->options.ingest);
    const char *key = message->public_key == NULL ? "" : message->public_key;
    if (collector->permit.generation != generation || strcmp(collector->permit.public_key, key) != 0) {
        collector->permit.generation = generation;
        (void) snprintf(collector->permit.public_key, sizeof collector->permit.public_key, "%s", key);
        collector->permit.authorized = ingest_permits(core->options.ingest, collector->name, key,
                                                      &collector->permit.services);
    }
    return collector->permit.authorized;
}

static void refuse_identity(struct core *core, const struct ingest_message *message, const uint8_t *boot_id)
{
    char words[160];
    metric_add(METRIC_REJECTED_IDENTITY, 1);
    (void) snprintf(words, sizeof words, "the key of %s is not authorised any more",
                    message->name == NULL ? "?" : message->name);
    log_warning("wire.identity", "a connected collector's key is not authorised any more",
                LOG_TEXT("collector", message->name));
    reject(core, message, boot_id, false, words);
}

static void greet_name(struct core *core, const struct ingest_message *message, const Hello *hello,
                       char name[static ID_BYTES_MAX + 1])
{
    if (ingest_is_plain(core->options.ingest))
        split_plain_name(hello->facts.hostname, name);
    else
        (void) snprintf(name, ID_BYTES_MAX + 1, "%s", message->name == NULL ? "" : message->name);
}

/* ---------------------------------------------------------------- Hello */

static void welcome(struct core *core, const struct ingest_message *message, const struct collector *collector,
                    bool send_catalogue)
{
    Welcome answer = {
        .protocol = WIRE_PROTOCOL, .incarnation = collector->incarnation, .through_sequence = collector->through,
        .max_items = WIRE_ITEMS_MAX, .max_bytes = WIRE_BATCH_BYTES_MAX, .send_catalogue = send_catalogue,
    };
    memcpy(answer.boot_id, collector->boot_id, sizeof answer.boot_id);
    struct round_reply *reply = round_add_reply(&core->round, message->address, message->address_len);
    reply_with(reply, wire_encode_welcome(&answer, reply->frame, sizeof reply->frame));
}

/* Its clock minus ours; a clock that is off by more than can be said is 0: there is nothing to show. */
static int64_t skew_of(const Hello *hello, int64_t wall_ms)
{
    int64_t skew_ms;

    return __builtin_sub_overflow(hello->wall_clock_ms, wall_ms, &skew_ms) ? 0 : skew_ms;
}

static void take_facts(struct core *core, struct collector *collector, const Hello *hello, bool fresh)
{
    struct round *round = &core->round;
    struct round_host *host = round_add_host(round, collector);
    Hello *copy = arena_new(&round->arena, sizeof *copy);
    *copy = *hello;
    host->hello = copy;
    host->hello_at_ms = round->now_ms;
    host->skew_ms = skew_of(hello, round->wall_ms);
    host->fresh = host->fresh || fresh;
    if (collector_label(collector, &hello->facts) && collector->n_checks > 0)
        core_register_again(core);   /* hosts: rules look at labels */
}

/* The catalogue is asked for from each new voice, and from a known one that says it has another. */
static bool wants_catalogue(struct collector *collector, const Hello *hello)
{
    (void) snprintf(collector->catalogue_announced, sizeof collector->catalogue_announced, "%s",
                    hello->catalogue_digest);
    return collector->catalogue_digest[0] == '\0' || strcmp(collector->catalogue_digest, hello->catalogue_digest) != 0;
}

static void accept_hello(struct core *core, const struct ingest_message *message, struct collector *collector,
                         const Hello *hello)
{
    enum hello_outcome outcome = collector_hello(collector, hello->boot_id, clock_mono_ms());
    if (outcome == HELLO_TOO_SOON) {
        metric_add(METRIC_REJECTED_IDENTITY, 1);
        log_warning("wire.two_voices", "two collectors speak with one key", LOG_TEXT("collector", collector->name));
        reject(core, message, hello->boot_id, false,
               "another run of this collector said Hello less than a second ago: wait; "
               "if both go on, they share one key");
        return;
    }
    if (outcome == HELLO_NEW)
        log_info("collector.incarnation", "a collector speaks with a new voice", LOG_TEXT("collector", collector->name),
                 LOG_INT("incarnation", collector->incarnation), LOG_TEXT("version", hello->version));
    collector->last_contact_ms = core->round.now_ms;
    collector_heard_at(collector, message->address, message->address_len);
    round_add_collector(&core->round, collector);
    take_facts(core, collector, hello, outcome == HELLO_NEW);
    input_heartbeat(core, collector);
    welcome(core, message, collector, wants_catalogue(collector, hello));
}

static void take_hello(struct core *core, const struct ingest_message *message)
{
    Hello *hello = &core->scratch->hello;
    struct error err = {0};
    if (wire_decode_hello(message->frame, message->len, hello, &err) < 0) {
        refuse_malformed(core, message, NULL, err.text);
        return;
    }
    if (hello->protocol < WIRE_PROTOCOL_OLDEST || hello->protocol > WIRE_PROTOCOL) {
        char words[160];
        (void) snprintf(words, sizeof words,
                        "protocol %u is not spoken here, only %d to %d: upgrade the aggregator first", hello->protocol,
                        WIRE_PROTOCOL_OLDEST, WIRE_PROTOCOL);
        metric_add(METRIC_REJECTED_PROTOCOL, 1);
        reject(core, message, hello->boot_id, true, words);
        return;
    }

    char name[ID_BYTES_MAX + 1];
    greet_name(core, message, hello, name);
    bool services;
    if (!text_is_id(text_of(name), ID_BYTES_MAX)
        || !ingest_permits(core->options.ingest, name, message->public_key, &services)) {
        refuse_identity(core, message, hello->boot_id);
        return;
    }
    struct collector *collector = collectors_make(&core->collectors, name);
    if (collector == NULL) {
        metric_add(METRIC_REJECTED_IDENTITY, 1);
        reject(core, message, hello->boot_id, false, "there are too many collectors already");
        return;
    }
    if (ingest_is_plain(core->options.ingest))
        keep_plain(core, message, collector);
    metric_add(METRIC_WIRE_HELLOS, 1);
    accept_hello(core, message, collector, hello);
}

/* ---------------------------------------------------------------- Batch */

static struct collector *batch_speaker(struct core *core, const struct ingest_message *message)
{
    if (!ingest_is_plain(core->options.ingest))
        return message->name == NULL ? NULL : collectors_find(&core->collectors, message->name);
    const struct plain_peer *peer = find_plain(core, message);
    return peer == NULL ? NULL : peer->collector;
}

static void take_items(struct core *core, const struct ingest_message *message, struct collector *collector,
                       struct wire_batch *batch, const struct batch_part *part)
{
    struct intake_batch context = {
        .core = core, .collector = collector,
        .frame = {.collector = collector->name, .incarnation = collector->incarnation, .now_ms = core->round.now_ms,
                  .sent_boot_ms = batch->header.sent_boot_ms},
    };
    Item *item = &core->scratch->item;
    struct error err = {0};
    uint64_t sequence = batch->header.first_sequence;
    int r;
    for (uint32_t i = 0; (r = wire_batch_next(batch, item, &err)) != 0; i++, sequence++) {
        if (i < part->skip)
            continue;
        if (r > 0)
            r = intake_item(&context, item, sequence, &err);
        if (r < 0) {
            metric_add(METRIC_REJECTED_MALFORMED, 1);
            keep_sample(core, message, err.text);
        }
    }
    if (!context.observed)
        input_heartbeat(core, collector);   /* O1: whoever says anything is alive */
}

static void accept_batch(struct core *core, const struct ingest_message *message, struct collector *collector,
                         struct wire_batch *batch)
{
    struct batch_part part;
    switch (collector_batch(collector, &batch->header, &part)) {
    case BATCH_TAKEN:
        break;
    case BATCH_STRANGER:
        metric_add(METRIC_REJECTED_IDENTITY, 1);
        log_warning("wire.stranger", "a batch of another run of the collector was refused",
                    LOG_TEXT("collector", collector->name), LOG_INT("items", batch->header.items));
        reject(core, message, batch->header.boot_id, false,
               collector->has_boot ? "another run of this collector has said Hello since: say Hello again; if it "
                                     "happens again, two collectors share one key"
                                   : "say Hello first");
        return;
    case BATCH_IMPOSSIBLE:
        refuse_malformed(core, message, batch->header.boot_id, "sequence numbers begin at 1 and end before 2^64");
        return;
    }

    if (batch->header.has_vitals)
        metric_add(METRIC_ITEMS_LOST, (int64_t) collector_vitals(collector, &batch->header.vitals));
    metric_add(METRIC_WIRE_BATCHES, 1);
    metric_add(METRIC_ITEMS_REPEATED, part.skip);
    collector->last_contact_ms = core->round.now_ms;
    collector_heard_at(collector, message->address, message->address_len);
    core->round.n_items += batch->header.items;
    round_add_collector(&core->round, collector);
    take_items(core, message, collector, batch, &part);
    collector->through = part.through;
    acknowledge(core, message, collector);
}

static void take_batch(struct core *core, const struct ingest_message *message)
{
    struct wire_batch batch;
    struct error err = {0};
    if (wire_batch_open(message->frame, message->len, &batch, &err) < 0) {
        refuse_malformed(core, message, NULL, err.text);
        return;
    }
    struct collector *collector = batch_speaker(core, message);
    if (collector == NULL) {
        metric_add(METRIC_REJECTED_PROTOCOL, 1);
        reject(core, message, batch.header.boot_id, false, "say Hello first");
        return;
    }
    if (!is_permitted(core, message, collector)) {
        refuse_identity(core, message, batch.header.boot_id);
        return;
    }
    accept_batch(core, message, collector, &batch);
}

void intake_message(struct core *core, const struct ingest_message *message)
{
    core->round.n_items++;
    if (message->malformed || message->address_len > ADDRESS_BYTES_MAX) {
        refuse_malformed(core, message, NULL, "a message is one frame");
        return;
    }
    switch (wire_kind(message->frame, message->len)) {
    case WIRE_HELLO:
        take_hello(core, message);
        return;
    case WIRE_BATCH:
        take_batch(core, message);
        return;
    case WIRE_UNSPECIFIED:
    case WIRE_WELCOME:
    case WIRE_REJECT:
    case WIRE_ACK:
    case WIRE_POLL_NOW:
        refuse_malformed(core, message, NULL, "only Hello and Batch are heard here");
        return;
    }
    abort();
}

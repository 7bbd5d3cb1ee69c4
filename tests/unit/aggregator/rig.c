/* SPDX-License-Identifier: Apache-2.0 */
#include "rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <pb_decode.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#include "aggregator/store/run.h"
#include "common/clock.h"
#include "common/mem.h"
#include "common/wire.h"

enum { WAIT_MS = 10000, FRAME_BYTES_MAX = 64 * 1024 };

/* ---------------------------------------------------------------- a configuration, in place of aggregator/config's */

struct made_config {
    struct aggregator_config config;
    struct engine_config engine;
    struct engine_service services[4];
    struct service_entry entries[4];
    struct channel_entry channel;
    char json[32];
};

struct aggregator_config *rig_config(const char *const *ids, size_t n, const char *digest, bool has_chat)
{
    static const struct param_layers shipped;
    struct made_config *made = mem_new(sizeof *made);
    for (size_t i = 0; i < n; i++) {
        made->services[i] = (struct engine_service) {.id = ids[i], .name = ids[i], .tier = 2};
        made->entries[i] = (struct service_entry){.id = (char *) (uintptr_t) ids[i],
                                                  .name = (char *) (uintptr_t) "A name",
                                                  .tier = 2,
                                                  .runbook = (char *) (uintptr_t) "https://runbook.example/"};
        params_resolve(&made->services[i].params, &shipped, 2, NULL);
    }
    made->engine = (struct engine_config) {.services = made->services, .n_services = n, .routes = engine_builtin_routes,
                                           .n_routes = engine_n_builtin_routes, .digest = made->config.digest};
    params_resolve(&made->engine.params, &shipped, 2, NULL);
    for (int tier = 1; tier <= 3; tier++)
        params_resolve(&made->engine.host_params[tier - 1], &shipped, tier, NULL);
    made->channel = (struct channel_entry) {.name = (char *) (uintptr_t) "chat"};
    made->config = (struct aggregator_config){.engine = &made->engine,
                                              .channels = &made->channel,
                                              .n_channels = has_chat ? 1 : 0,
                                              .registry = {made->entries, n},
                                              .engine_json = made->json,
                                              .references = 1};
    (void) snprintf(made->config.digest, sizeof made->config.digest, "%s", digest);
    (void) snprintf(made->json, sizeof made->json, "{\"digest\":\"%s\"}", digest);
    return &made->config;
}

struct aggregator_config *aggregator_config_hold(struct aggregator_config *config)
{
    config->references++;
    return config;
}

void aggregator_config_drop(struct aggregator_config *config)
{
    if (config != NULL && --config->references == 0)
        free(container_of(config, struct made_config, config));
}

const struct channel_entry *aggregator_config_receiver(const struct aggregator_config *config, const char *channel)
{
    bool carried = strcmp(channel, "chat") == 0 || strcmp(channel, "ops") == 0;

    return carried && config->n_channels > 0 ? config->channels : NULL;
}

size_t aggregator_config_host_rule(const struct aggregator_config *config, const char *host, const char *const *labels,
                                   size_t n_labels, const char *check)
{
    (void) config;
    (void) host;
    (void) labels;
    (void) n_labels;
    (void) check;
    return 0;
}

/* ---------------------------------------------------------------- what the core asks of its owner */

static void on_committed(void *context, const struct commit_note *note)
{
    struct rig *rig = context;

    rig->note = *note;
    rig->n_commits++;
}

static void on_turned(void *context)
{
    (void) context;
}

static void on_failed(void *context)
{
    struct rig *rig = context;

    rig->failed = true;
}

static int on_reload(void *context, struct aggregator_config **out, struct error *err)
{
    struct rig *rig = context;
    static const char *const ids[] = {"acme", "news", "shop"};
    if (rig->reload_error != 0)
        return error_set(err, rig->reload_error, "aggregator.yaml:3: engine.min_dwell_s: expected a number");
    *out = rig_config(ids, 3, "digest-2", true);
    return 0;
}

static void on_wake(void *context)
{
    struct rig *rig = context;

    if (rig->core != NULL)
        core_wake(rig->core);
}

/* ---------------------------------------------------------------- life */

void rig_init(struct rig *rig)
{
    static const char *const ids[] = {"acme", "shop"};
    *rig = (struct rig) {0};
    temporary_init(&rig->temporary);
    (void) snprintf(rig->endpoint, sizeof rig->endpoint, "ipc://%.255s/wire", rig->temporary.directory);
    (void) snprintf(rig->commit_file, sizeof rig->commit_file, "%.255s/commit", rig->temporary.directory);
    (void) setenv("TOCSIN_FAIL_COMMIT_FILE", rig->commit_file, 1);
    rig->config = rig_config(ids, 2, "digest-1", true);
    rig->context = zmq_ctx_new();
    rig_start(rig);
}

void rig_start(struct rig *rig)
{
    struct error err = {0};
    assert_int_equal(uv_loop_init(&rig->loop), 0);
    temporary_open(&rig->temporary, 0);
    rig->health = health_new();
    rig->inbox = inbox_new(on_wake, rig);
    if (ingest_open(&(struct ingest_options) {.endpoint = rig->endpoint, .inbox = rig->inbox}, &rig->ingest, &err) < 0)
        fail_msg("%s", err.text);
    struct core_options options = {.loop = &rig->loop,
                                   .store = rig->temporary.store,
                                   .inbox = rig->inbox,
                                   .health = rig->health,
                                   .ingest = rig->ingest,
                                   .config = rig->config,
                                   .committed = on_committed,
                                   .turned = on_turned,
                                   .failed = on_failed,
                                   .reload = on_reload,
                                   .context = rig};
    if (core_new(&options, &rig->core, &err) < 0 || core_start(rig->core, &err) < 0)
        fail_msg("%s", err.text);
}

void rig_kill(struct rig *rig)
{
    core_stop(rig->core);
    (void) uv_run(&rig->loop, UV_RUN_DEFAULT);
    core_free(steal(&rig->core));
    ingest_close(rig->ingest);
    inbox_free(rig->inbox);
    health_free(rig->health);
    temporary_close(&rig->temporary);
    assert_int_equal(uv_loop_close(&rig->loop), 0);
}

void rig_done(struct rig *rig)
{
    rig_break_commits(rig, 0);
    rig_kill(rig);
    if (rig->dealer != NULL)
        (void) zmq_close(rig->dealer);
    (void) zmq_ctx_term(rig->context);
    aggregator_config_drop(rig->config);
    temporary_done(&rig->temporary);
}

/* ---------------------------------------------------------------- the collector */

static void take_frame(struct rig *rig, const void *frame, size_t len)
{
    struct error err = {0};
    Ack ack;
    switch (wire_kind(frame, len)) {
    case WIRE_WELCOME:
        assert_int_equal(wire_decode_welcome(frame, len, &rig->welcome, &err), 0);
        rig->welcomed = true;
        return;
    case WIRE_ACK:
        assert_int_equal(wire_decode_ack(frame, len, &ack, &err), 0);
        assert_memory_equal(ack.boot_id, rig->boot_id, sizeof ack.boot_id);
        rig->acked = ack.through_sequence > rig->acked ? ack.through_sequence : rig->acked;
        return;
    case WIRE_REJECT:
        assert_int_equal(wire_decode_reject(frame, len, &rig->reject, &err), 0);
        rig->n_rejects++;
        return;
    case WIRE_POLL_NOW:
        assert_int_equal(wire_decode_poll_now(frame, len, &rig->poll_now, &err), 0);
        rig->n_polls++;
        return;
    case WIRE_UNSPECIFIED:
    case WIRE_HELLO:
    case WIRE_BATCH:
        fail_msg("an answer of kind %d", (int) wire_kind(frame, len));
    }
}

static void read_answers(struct rig *rig)
{
    uint8_t frame[FRAME_BYTES_MAX];
    int len;
    while (rig->dealer != NULL && (len = zmq_recv(rig->dealer, frame, sizeof frame, ZMQ_DONTWAIT)) >= 0)
        take_frame(rig, frame, (size_t) len);
}

static void turn(struct rig *rig)
{
    (void) uv_run(&rig->loop, UV_RUN_NOWAIT);
    read_answers(rig);
    (void) usleep(200);
}

void rig_until(struct rig *rig, bool (*condition)(struct rig *), const char *what)
{
    int64_t until_ms = clock_mono_ms() + WAIT_MS;
    while (!condition(rig)) {
        if (clock_mono_ms() > until_ms)
            fail_msg("%s did not come", what);
        turn(rig);
    }
}

void rig_turn_ms(struct rig *rig, int64_t ms)
{
    int64_t until_ms = clock_mono_ms() + ms;
    while (clock_mono_ms() < until_ms)
        turn(rig);
}

void rig_connect(struct rig *rig, uint8_t boot)
{
    int linger = 0;
    if (rig->dealer != NULL)
        (void) zmq_close(rig->dealer);
    memset(rig->boot_id, boot, sizeof rig->boot_id);
    rig->dealer = zmq_socket(rig->context, ZMQ_DEALER);
    assert_int_equal(zmq_setsockopt(rig->dealer, ZMQ_LINGER, &linger, sizeof linger), 0);
    assert_int_equal(zmq_connect(rig->dealer, rig->endpoint), 0);
    rig->welcomed = false;
    rig->acked = 0;
}

void rig_hello(struct rig *rig)
{
    static Hello hello;
    hello = (Hello) {.protocol = WIRE_PROTOCOL, .has_facts = true, .wall_clock_ms = clock_wall_ms()};
    (void) snprintf(hello.facts.hostname, sizeof hello.facts.hostname, "web01");
    memcpy(hello.boot_id, rig->boot_id, sizeof hello.boot_id);
    uint8_t frame[4096];
    int len = wire_encode_hello(&hello, frame, sizeof frame);
    assert_true(len > 0);
    assert_int_equal(zmq_send(rig->dealer, frame, (size_t) len, 0), len);
}

bool rig_is_welcomed(struct rig *rig)
{
    return rig->welcomed;
}

void rig_send(struct rig *rig, uint64_t first, const Item *items, size_t n)
{
    static uint8_t bytes[WIRE_ITEMS_MAX][WIRE_PIECE_BYTES_MAX];
    static uint8_t frame[FRAME_BYTES_MAX];
    struct wire_piece pieces[WIRE_ITEMS_MAX];
    assert_true(n <= WIRE_ITEMS_MAX);
    for (size_t i = 0; i < n; i++) {
        int len = wire_encode_item(&items[i], bytes[i], sizeof bytes[i]);
        assert_true(len > 0);
        pieces[i] = (struct wire_piece) {bytes[i], (size_t) len};
    }
    Batch batch = {.first_sequence = first, .items = (uint32_t) n, .sent_boot_ms = clock_boot_ms()};
    memcpy(batch.boot_id, rig->boot_id, sizeof batch.boot_id);
    int len = wire_encode_batch(&batch, pieces, n, frame, sizeof frame);
    assert_true(len > 0);
    assert_int_equal(zmq_send(rig->dealer, frame, (size_t) len, 0), len);
}

void rig_send_frame(struct rig *rig, const void *frame, size_t len)
{
    assert_int_equal(zmq_send(rig->dealer, frame, len, 0), len);
}

void rig_close(struct rig *rig)
{
    (void) zmq_close(steal(&rig->dealer));
}

Item rig_report(const char *service, const char *check, Level level, const char *detail)
{
    Item item = {.at_boot_ms = clock_boot_ms(), .which_body = Item_observation_tag};
    Report *report = &item.body.observation;
    *report = (Report) {.kind = SOURCE_PROBE, .result = RESULT_OK, .level = level, .every_s = 60};
    (void) snprintf(report->service, sizeof report->service, "%s", service);
    (void) snprintf(report->check, sizeof report->check, "%s", check);
    (void) snprintf(report->detail, sizeof report->detail, "%s", detail);
    return item;
}

/* ---------------------------------------------------------------- the inbox */

static void on_complete(void *context, const struct inbox_result *result, uint32_t status, const char *body)
{
    struct rig_answer *answer = context;
    assert_false(answer->came);
    answer->came = true;
    answer->result = *result;
    answer->status = status;
    (void) snprintf(answer->body, sizeof answer->body, "%s", body == NULL ? "" : body);
}

void rig_ask(struct rig *rig, struct inbox_item *item, struct rig_answer *answer)
{
    *answer = (struct rig_answer) {0};
    item->complete = on_complete;
    item->context = answer;
    assert_int_equal(inbox_put(rig->inbox, item), 0);
}

void rig_break_commits(struct rig *rig, int error)
{
    if (error == 0) {
        (void) unlink(rig->commit_file);
        return;
    }
    FILE *file = fopen(rig->commit_file, "we");
    assert_non_null(file);
    (void) fprintf(file, "%d", error);
    assert_int_equal(fclose(file), 0);
}

/* ---------------------------------------------------------------- the journal */

struct census {
    uint8_t *seen;                       /* how often, by input number */
    uint64_t n;
    size_t n_observations;
};

static void count_input(struct census *census, uint64_t input)
{
    if (input == 0 || input >= census->n)
        fail_msg("input %lu, and only %lu were given", (unsigned long) input, (unsigned long) census->n - 1);
    census->seen[input]++;
}

static void count_run(struct census *census, const Run *run)
{
    struct run_reader reader;
    assert_int_equal(run_open(run, &reader), 0);
    while (run_next(&reader) == 1) {
        count_input(census, reader.input);
        census->n_observations += run->has_first ? 1 : 0;
    }
}

static void count_open_run(struct census *census, const uint8_t *bytes, size_t len)
{
    static Run run;
    if (len == 0)
        return;
    pb_istream_t in = pb_istream_from_buffer(bytes, len);
    assert_true(pb_decode(&in, Run_fields, &run));
    count_run(census, &run);
}

size_t rig_check_journal(struct rig *rig)
{
    static union {
        WorldRow world;
        JournalRow journal;
        SourceRow source;
        CollectorRow collector;
    } row;
    struct store_txn *txn;
    struct store_cursor cursor;
    struct store_key key;
    assert_int_equal(store_read(rig->temporary.store, &txn), 0);
    assert_int_equal(store_get(txn, TABLE_META, key_name(STORE_META_WORLD), &row.world), 0);
    struct census census = {.n = row.world.next_input, .seen = mem_new(row.world.next_input + 1)};

    store_walk(txn, TABLE_JOURNAL, (struct store_range) {0}, &cursor);
    while (store_next(&cursor, &key, &row.journal) == 0) {
        uint64_t input;
        assert_true(key_to_number(&key, &input));
        if (row.journal.which_entry == JournalRow_command_tag)
            count_input(&census, input);
        else
            count_run(&census, &row.journal.entry.run);
    }
    store_walk_end(&cursor);
    store_walk(txn, TABLE_SOURCES, (struct store_range) {0}, &cursor);
    while (store_next(&cursor, NULL, &row.source) == 0)
        count_open_run(&census, row.source.run.bytes, row.source.run.size);
    store_walk_end(&cursor);
    store_walk(txn, TABLE_COLLECTORS, (struct store_range) {0}, &cursor);
    while (store_next(&cursor, NULL, &row.collector) == 0)
        count_open_run(&census, row.collector.contacts.bytes, row.collector.contacts.size);
    store_walk_end(&cursor);
    store_end(txn);

    for (uint64_t input = 1; input < census.n; input++) {
        if (census.seen[input] != 1)
            fail_msg("input %lu stands %d times in the journal", (unsigned long) input, census.seen[input]);
    }
    free(census.seen);
    return census.n_observations;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ingest_load: collectors in one process that send as fast as they are acknowledged, or one observation at a time.
 *
 *     ingest_load ENDPOINT SERVER.pub KEYS_DIR COLLECTORS CHECKS MODE SECONDS
 *
 * KEYS_DIR holds c0.pub, c0.key, c1.pub, … MODE: level (each observation changes its service's level), result (each breaks its
 * source's run but moves no service: one journal append, one state overwrite), same (nothing changes), one (a single
 * observation in flight, each a change of result). Prints one JSON object. Batches of 64, 64 of them in flight a collector.
 * Items are encoded beforehand, so that what is measured is the other side.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "common/buffer.h"
#include "common/clock.h"
#include "common/file.h"
#include "common/mem.h"
#include "common/wire.h"

enum { IN_FLIGHT_BATCHES = 64, VARIANTS = 2, SAMPLES_MAX = 1000000 };

struct piece_set {
    struct wire_piece *pieces;      /* one a check */
    uint8_t *bytes;
};

struct peer {
    void *socket;
    uint8_t boot[16];
    uint64_t sent;                  /* last sequence sent */
    uint64_t acked;
    size_t next_check;
    int variant;
    bool welcome;
    bool catalogue_wanted;
};

struct load {
    void *context;
    struct peer *peers;
    size_t n_peers;
    size_t n_checks;
    struct piece_set variants[VARIANTS];
    struct piece_set catalogue;
    size_t batch;                   /* items a batch */
    size_t window;                  /* items in flight a peer */
    uint8_t frame[WIRE_MESSAGE_BYTES_MAX];
};

static void die(const char *what)
{
    (void) fprintf(stderr, "ingest_load: %s: %s\n", what, zmq_strerror(errno));
    exit(1);
}

static void read_key(const char *directory, const char *name, char out[static 41])
{
    struct buffer text;
    struct error err = {0};
    char path[512];
    (void) snprintf(path, sizeof path, "%s%s%s", directory, directory[0] == '\0' ? "" : "/", name);
    buffer_init(&text, 4096);
    if (file_read(path, &text, &err) < 0 || text.len < 40) {
        (void) fprintf(stderr, "ingest_load: %s: %s\n", path, err.text);
        exit(1);
    }
    memcpy(out, text.bytes, 40);
    out[40] = '\0';
    buffer_done(&text);
}

/* Encodes one item a check: an observation, or (variant < 0) its line of the catalogue. */
static void encode_items(struct piece_set *set, size_t n_checks, int variant, const char *mode)
{
    set->pieces = mem_new_array(n_checks, sizeof *set->pieces);
    set->bytes = mem_new_array(n_checks, 128);
    uint8_t *at = set->bytes;
    for (size_t i = 0; i < n_checks; i++) {
        Item item = Item_init_zero;
        item.at_boot_ms = clock_boot_ms();
        if (variant < 0) {
            item.which_body = Item_source_tag;
            (void) snprintf(item.body.source.check, sizeof item.body.source.check, "check%zu", i);
            item.body.source.kind = SOURCE_PROBE;
            item.body.source.every_s = 30;
        } else {
            bool second = variant == 1 && strcmp(mode, "same") != 0;
            bool by_level = strcmp(mode, "level") == 0;
            item.which_body = Item_observation_tag;
            Report *report = &item.body.observation;
            (void) snprintf(report->check, sizeof report->check, "check%zu", i);
            report->kind = SOURCE_PROBE;
            report->every_s = 30;
            report->result = second && !by_level ? RESULT_FAIL : RESULT_OK;
            report->level = report->result == RESULT_FAIL ? LEVEL_UNKNOWN : second ? LEVEL_DEGRADED : LEVEL_OPERATIONAL;
            (void) snprintf(report->detail, sizeof report->detail, "load %d", variant);
        }
        int len = wire_encode_item(&item, at, 128);
        if (len < 0)
            die("an item of more than 128 bytes");
        set->pieces[i] = (struct wire_piece) {at, (size_t) len};
        at += len;
    }
}

static void open_peer(struct load *load, struct peer *peer, const char *const *argv, size_t number)
{
    char server[41];
    char public_key[41];
    char secret_key[41];
    char name[32];
    read_key("", argv[2], server);
    (void) snprintf(name, sizeof name, "c%zu.pub", number);
    read_key(argv[3], name, public_key);
    (void) snprintf(name, sizeof name, "c%zu.key", number);
    read_key(argv[3], name, secret_key);

    int linger = 0;
    int high_water = 10000;
    peer->socket = zmq_socket(load->context, ZMQ_DEALER);
    if (peer->socket == NULL || zmq_setsockopt(peer->socket, ZMQ_LINGER, &linger, sizeof linger) != 0
        || zmq_setsockopt(peer->socket, ZMQ_SNDHWM, &high_water, sizeof high_water) != 0
        || zmq_setsockopt(peer->socket, ZMQ_CURVE_SERVERKEY, server, 41) != 0
        || zmq_setsockopt(peer->socket, ZMQ_CURVE_PUBLICKEY, public_key, 41) != 0
        || zmq_setsockopt(peer->socket, ZMQ_CURVE_SECRETKEY, secret_key, 41) != 0
        || zmq_connect(peer->socket, argv[1]) != 0)
        die("socket");
    memset(peer->boot, (int) number + 1, sizeof peer->boot);
    int64_t now_us = clock_mono_us();
    memcpy(peer->boot, &now_us, sizeof now_us);   /* another run is another boot */

    Hello hello = Hello_init_zero;
    hello.protocol = WIRE_PROTOCOL;
    memcpy(hello.boot_id, peer->boot, sizeof peer->boot);
    hello.has_facts = true;
    int len = wire_encode_hello(&hello, load->frame, sizeof load->frame);
    if (len < 0 || zmq_send(peer->socket, load->frame, (size_t) len, 0) < 0)
        die("hello");
}

static void send_items(struct load *load, struct peer *peer, const struct wire_piece *pieces, size_t n)
{
    Batch batch = Batch_init_zero;
    memcpy(batch.boot_id, peer->boot, sizeof peer->boot);
    batch.first_sequence = peer->sent + 1;
    batch.items = (uint32_t) n;
    batch.sent_boot_ms = clock_boot_ms();
    int len = wire_encode_batch(&batch, pieces, n, load->frame, sizeof load->frame);
    if (len < 0 || zmq_send(peer->socket, load->frame, (size_t) len, 0) < 0)
        die("batch");
    peer->sent += n;
}

static void send_next(struct load *load, struct peer *peer)
{
    size_t n = load->n_checks - peer->next_check < load->batch ? load->n_checks - peer->next_check : load->batch;
    send_items(load, peer, load->variants[peer->variant].pieces + peer->next_check, n);
    peer->next_check += n;
    if (peer->next_check == load->n_checks) {
        peer->next_check = 0;
        peer->variant = 1 - peer->variant;
    }
}

static void receive(struct peer *peer)
{
    uint8_t frame[4096];
    int len;
    while ((len = zmq_recv(peer->socket, frame, sizeof frame, ZMQ_DONTWAIT)) >= 0) {
        struct error err = {0};
        Ack ack;
        Welcome welcome;
        Reject reject;
        switch (wire_kind(frame, (size_t) len)) {
        case WIRE_ACK:
            if (wire_decode_ack(frame, (size_t) len, &ack, &err) == 0 && ack.through_sequence > peer->acked)
                peer->acked = ack.through_sequence;
            break;
        case WIRE_WELCOME:
            if (wire_decode_welcome(frame, (size_t) len, &welcome, &err) == 0) {
                peer->welcome = true;
                peer->catalogue_wanted = welcome.send_catalogue;
            }
            break;
        case WIRE_REJECT:
            if (wire_decode_reject(frame, (size_t) len, &reject, &err) == 0)
                (void) fprintf(stderr, "ingest_load: rejected: %s\n", reject.reason);
            break;
        case WIRE_UNSPECIFIED:
        case WIRE_HELLO:
        case WIRE_BATCH:
        case WIRE_POLL_NOW:
            break;
        }
    }
}

/* Waits for anything from anybody. */
static void wait_for_answers(struct load *load, zmq_pollitem_t *items)
{
    if (zmq_poll(items, (int) load->n_peers, 1000) < 0 && errno != EINTR)
        die("poll");
    for (size_t i = 0; i < load->n_peers; i++)
        receive(&load->peers[i]);
}

static uint64_t acked_in_all(const struct load *load)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < load->n_peers; i++)
        sum += load->peers[i].acked;
    return sum;
}

static void greet_and_register(struct load *load, zmq_pollitem_t *items)
{
    for (size_t i = 0; i < load->n_peers; i++) {
        while (!load->peers[i].welcome)
            wait_for_answers(load, items);
        for (size_t done = 0; done < load->n_checks; done += WIRE_ITEMS_MAX) {
            size_t n = load->n_checks - done < WIRE_ITEMS_MAX ? load->n_checks - done : WIRE_ITEMS_MAX;
            send_items(load, &load->peers[i], load->catalogue.pieces + done, n);
        }
    }
    for (size_t i = 0; i < load->n_peers; i++) {
        while (load->peers[i].acked < load->peers[i].sent)
            wait_for_answers(load, items);
    }
}

static void run_throughput(struct load *load, zmq_pollitem_t *items, const char *mode, double seconds)
{
    uint64_t first = acked_in_all(load);
    int64_t start_us = clock_mono_us();
    int64_t end_us = start_us + (int64_t) (seconds * 1e6);
    while (clock_mono_us() < end_us) {
        for (size_t i = 0; i < load->n_peers; i++) {
            struct peer *peer = &load->peers[i];
            while (peer->sent - peer->acked + load->batch <= load->window)
                send_next(load, peer);
        }
        wait_for_answers(load, items);
    }
    double elapsed = (double) (clock_mono_us() - start_us) / 1e6;
    double rate = (double) (acked_in_all(load) - first) / elapsed;
    for (size_t i = 0; i < load->n_peers; i++) {          /* leave nothing on the wire for the next slice */
        while (load->peers[i].acked < load->peers[i].sent)
            wait_for_answers(load, items);
    }
    (void) printf("{\"mode\":\"%s\",\"acked_per_second\":%.0f,\"seconds\":%.2f}\n", mode, rate, elapsed);
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *) a;
    int64_t y = *(const int64_t *) b;

    return x < y ? -1 : x > y;
}

static void run_one_in_flight(struct load *load, zmq_pollitem_t *items, double seconds)
{
    int64_t *samples = mem_new_array(SAMPLES_MAX, sizeof *samples);
    size_t n = 0;
    struct peer *peer = &load->peers[0];
    int64_t end_us = clock_mono_us() + (int64_t) (seconds * 1e6);
    while (clock_mono_us() < end_us && n < SAMPLES_MAX) {
        int64_t sent_us = clock_mono_us();
        send_next(load, peer);
        while (peer->acked < peer->sent)
            wait_for_answers(load, items);
        samples[n++] = clock_mono_us() - sent_us;
    }
    qsort(samples, n, sizeof *samples, by_size);
    (void) printf("{\"mode\":\"one\",\"p50_us\":%lld,\"p99_us\":%lld,\"n\":%zu}\n", (long long) samples[n / 2],
                  (long long) samples[n * 99 / 100], n);
    free(samples);
}

int main(int argc, char **argv)
{
    if (argc != 8) {
        (void) fprintf(stderr, "usage: ingest_load ENDPOINT SERVER.pub KEYS_DIR COLLECTORS CHECKS level|result|same|one SECONDS\n");
        return 2;
    }
    static struct load load;
    const char *mode = argv[6];
    load.context = zmq_ctx_new();
    load.n_peers = (size_t) strtoul(argv[4], NULL, 10);
    load.n_checks = (size_t) strtoul(argv[5], NULL, 10);
    load.batch = strcmp(mode, "one") == 0 ? 1 : WIRE_ITEMS_MAX;
    load.window = load.batch * IN_FLIGHT_BATCHES;
    load.peers = mem_new_array(load.n_peers, sizeof *load.peers);
    for (int v = 0; v < VARIANTS; v++)
        encode_items(&load.variants[v], load.n_checks, v, mode);
    encode_items(&load.catalogue, load.n_checks, -1, mode);

    zmq_pollitem_t *items = mem_new_array(load.n_peers, sizeof *items);
    for (size_t i = 0; i < load.n_peers; i++) {
        open_peer(&load, &load.peers[i], (const char *const *) argv, i);
        items[i] = (zmq_pollitem_t) {.socket = load.peers[i].socket, .events = ZMQ_POLLIN};
    }
    greet_and_register(&load, items);
    if (strcmp(mode, "one") == 0)
        run_one_in_flight(&load, items, strtod(argv[7], NULL));
    else
        run_throughput(&load, items, mode, strtod(argv[7], NULL));
    return 0;   /* the system takes back what is left */
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/publish.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/backlog.h"
#include "collector/dealer.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/wire.h"

enum {
    TICK_MS = 500,
    HELLO_AGAIN_MS = 5000,           /* until a Welcome comes */
    HELLO_REFUSED_MS = 60000,        /* after a Reject that says it is final: somebody may enroll us meanwhile */
    HEARTBEAT_MS = 30000,
    ACK_MS = 30000,                  /* without progress for longer, we introduce ourselves again */
    REDIAL_REFUSED_MS = 10000,
    REDIAL_QUIET_MS = 120000,        /* no word from the library either */
    BATCHES_A_TURN = 64,
    BATCH_OVERHEAD_BYTES = 256,      /* kind, header and its length */
    HEX_DIGEST_BYTES = 65,
};

enum publish_phase {
    PHASE_AWAY,        /* no connection */
    PHASE_GREETING,    /* connected; Hello until a Welcome comes */
    PHASE_TALKING,
};

enum publish_input { INPUT_UP, INPUT_DOWN, INPUT_WELCOME, INPUT_START_OVER };

struct publish {
    struct dealer *dealer;
    struct backlog backlog;
    uv_timer_t tick;
    enum publish_phase phase;
    pb_byte_t boot_id[16];
    Hello hello;
    Source *catalogue;
    size_t n_catalogue;
    uint64_t catalogue_from;         /* number of its first line when it was last put into the ring; 0: never */
    Vitals vitals;
    uint32_t items_max;              /* what the Welcome allowed */
    uint32_t bytes_max;
    bool hello_due;
    int64_t hello_at_mono_ms;        /* of the last one sent */
    int64_t hello_gap_ms;            /* until the next */
    int64_t batch_at_mono_ms;        /* of the last batch sent */
    int64_t progress_at_mono_ms;     /* of the last Ack that moved, or of the first batch after all was acknowledged */
    int64_t redial_at_mono_ms;
    bool refused;                    /* the key or the protocol; nobody dials until redial_at */
    char reject[201];
    char trouble[97];                /* why the last handshake failed, told once */
    bool drop_told;
    void (*poll_now)(void *context, const PollNow *);
    void *context;
    bool stopping;
    bool stopped_tick;
    int64_t stop_at_mono_ms;
    void (*stopped)(void *context);
    void *stopped_context;
};

static enum publish_phase phase_after(enum publish_phase phase, enum publish_input input)
{
    switch (input) {
    case INPUT_UP: return PHASE_GREETING;
    case INPUT_DOWN: return PHASE_AWAY;
    case INPUT_WELCOME: return phase == PHASE_AWAY ? PHASE_AWAY : PHASE_TALKING;
    case INPUT_START_OVER: return phase == PHASE_AWAY ? PHASE_AWAY : PHASE_GREETING;
    }
    abort();
}

static void step(struct publish *publish, enum publish_input input)
{
    publish->phase = phase_after(publish->phase, input);
    if (input == INPUT_UP || input == INPUT_START_OVER) {
        publish->hello_due = true;
        publish->hello_gap_ms = HELLO_AGAIN_MS;
    }
}

/* ---------------------------------------------------------------- what goes out */

static void send_hello(struct publish *publish, int64_t now_mono_ms)
{
    uint8_t frame[Hello_size + 1];
    publish->hello.wall_clock_ms = clock_wall_ms();
    int len = wire_encode_hello(&publish->hello, frame, sizeof frame);
    assert(len > 0);   /* Hello_size is its largest */
    if (dealer_send(publish->dealer, frame, (size_t) len) < 0)
        return;   /* tried again next turn */
    publish->hello_due = false;
    publish->hello_at_mono_ms = now_mono_ms;
}

static Batch batch_header(const struct publish *publish, uint64_t first)
{
    Batch batch = {.first_sequence = first, .sent_boot_ms = clock_boot_ms(), .has_vitals = true, .vitals = publish->vitals};
    memcpy(batch.boot_id, publish->boot_id, sizeof batch.boot_id);
    batch.vitals.backlog_items = publish->backlog.n;
    batch.vitals.backlog_bytes = publish->backlog.bytes;
    batch.vitals.dropped_total = publish->backlog.dropped;
    return batch;
}

/* One batch of what waits (none waits: a heartbeat). 0, or -EAGAIN and everything is as it was. */
static int send_batch(struct publish *publish, int64_t now_mono_ms)
{
    struct wire_piece pieces[WIRE_ITEMS_MAX];
    uint64_t first;
    size_t n = backlog_peek(&publish->backlog, pieces, publish->items_max, publish->bytes_max, &first);
    size_t cap = BATCH_OVERHEAD_BYTES;
    for (size_t i = 0; i < n; i++)
        cap += pieces[i].len;

    CLEANUP(mem_freep) uint8_t *frame = mem_new(cap);
    Batch batch = batch_header(publish, first);
    int len = wire_encode_batch(&batch, pieces, n, frame, cap);
    assert(len > 0);   /* cap was counted, and both limits are below the schema's */
    int r = dealer_send(publish->dealer, frame, (size_t) len);
    if (r < 0)
        return r;

    if (publish->backlog.n_sent == 0)
        publish->progress_at_mono_ms = now_mono_ms;
    backlog_mark_sent(&publish->backlog, n);
    publish->batch_at_mono_ms = now_mono_ms;
    publish->vitals.loop_lag_ms = 0;
    return 0;
}

/* Sends what may go now; true: more is to go out, but not at once. */
static bool publish_before_wait(void *context)
{
    struct publish *publish = context;
    if (publish->phase == PHASE_AWAY)
        return false;

    int64_t now_mono_ms = clock_mono_ms();
    if (publish->hello_due)
        send_hello(publish, now_mono_ms);
    if (publish->phase != PHASE_TALKING)
        return publish->hello_due;
    for (int i = 0; i < BATCHES_A_TURN && backlog_unsent(&publish->backlog) > 0; i++) {
        if (send_batch(publish, now_mono_ms) < 0)
            return true;
    }
    return backlog_unsent(&publish->backlog) > 0;
}

/* The catalogue goes in front of what was never sent: a source is to be known before it speaks. */
static void put_catalogue(struct publish *publish)
{
    if (publish->catalogue_from >= publish->backlog.first)
        return;   /* all of it stands in the ring already */

    for (size_t i = publish->n_catalogue; i > 0; i--) {
        Item item = {.at_boot_ms = clock_boot_ms(), .which_body = Item_source_tag};
        item.body.source = publish->catalogue[i - 1];
        uint8_t bytes[WIRE_PIECE_BYTES_MAX];
        int len = wire_encode_item(&item, bytes, sizeof bytes);
        assert(len > 0);
        backlog_put_first(&publish->backlog, bytes, (size_t) len);
    }
    uint64_t ever_sent = publish->backlog.ever_sent;
    publish->catalogue_from = ever_sent < publish->backlog.first ? publish->backlog.first : ever_sent + 1;
}

/* ---------------------------------------------------------------- what comes in */

static bool is_ours(const struct publish *publish, const pb_byte_t boot_id[16])
{
    return memcmp(publish->boot_id, boot_id, sizeof publish->boot_id) == 0;
}

/* A refusal of what could not even be read names nobody. */
static bool is_nobodys(const pb_byte_t boot_id[16])
{
    static const pb_byte_t nobody[16];

    return memcmp(nobody, boot_id, sizeof nobody) == 0;
}

static void take_ack(struct publish *publish, uint64_t through, int64_t now_mono_ms)
{
    uint64_t before = publish->backlog.acknowledged;
    if (!backlog_ack(&publish->backlog, through)) {
        log_warning("publish.odd_ack", "the aggregator acknowledged what was never sent; ignored",
                    LOG_INT("through", through), LOG_INT("sent", publish->backlog.ever_sent));
        return;
    }
    if (publish->backlog.acknowledged > before)
        publish->progress_at_mono_ms = now_mono_ms;
    if (publish->backlog.n == 0)
        publish->drop_told = false;
}

static uint32_t at_most(uint32_t asked, uint32_t limit)
{
    return asked == 0 || asked > limit ? limit : asked;
}

static void take_welcome(struct publish *publish, const Welcome *welcome, int64_t now_mono_ms)
{
    if (publish->phase == PHASE_AWAY)
        return;   /* of a connection that is gone */
    if (publish->phase == PHASE_GREETING) {
        log_info("publish.welcome", "the aggregator takes what this collector sends",
                 LOG_INT("through", welcome->through_sequence), LOG_INT("waiting", publish->backlog.n));
        backlog_rewind(&publish->backlog);
    }
    step(publish, INPUT_WELCOME);
    publish->items_max = at_most(welcome->max_items, WIRE_ITEMS_MAX);
    uint32_t bytes = at_most(welcome->max_bytes, WIRE_BATCH_BYTES_MAX);
    publish->bytes_max = bytes > 2 * BATCH_OVERHEAD_BYTES ? bytes - BATCH_OVERHEAD_BYTES : BATCH_OVERHEAD_BYTES;
    publish->reject[0] = publish->trouble[0] = '\0';
    publish->progress_at_mono_ms = now_mono_ms;
    take_ack(publish, welcome->through_sequence, now_mono_ms);
    if (welcome->send_catalogue)
        put_catalogue(publish);
}

static void take_reject(struct publish *publish, const Reject *reject)
{
    if (strcmp(publish->reject, reject->reason) != 0) {
        (void) text_copy(publish->reject, sizeof publish->reject, text_of(reject->reason));   /* the schema's bound */
        log_error("publish.rejected", "the aggregator refuses what this collector says",
                  LOG_TEXT("reason", publish->reject));
    }
    if (publish->phase != PHASE_AWAY)
        publish->phase = PHASE_GREETING;
    publish->hello_gap_ms = reject->final ? HELLO_REFUSED_MS : HELLO_AGAIN_MS;
}

static void take_poll_now(struct publish *publish, const PollNow *poll_now)
{
    if (publish->poll_now != NULL && !publish->stopping)
        publish->poll_now(publish->context, poll_now);
}

static void publish_on_frame(void *context, const void *frame, size_t len)
{
    struct publish *publish = context;
    union { Welcome welcome; Reject reject; Ack ack; PollNow poll_now; } in;
    struct error err = {0};
    int r = 0;

    switch ((unsigned) wire_kind(frame, len)) {
    case WIRE_WELCOME:
        r = wire_decode_welcome(frame, len, &in.welcome, &err);
        if (r == 0 && is_ours(publish, in.welcome.boot_id))
            take_welcome(publish, &in.welcome, clock_mono_ms());
        break;
    case WIRE_ACK:
        r = wire_decode_ack(frame, len, &in.ack, &err);
        if (r == 0 && is_ours(publish, in.ack.boot_id))
            take_ack(publish, in.ack.through_sequence, clock_mono_ms());
        break;
    case WIRE_REJECT:
        r = wire_decode_reject(frame, len, &in.reject, &err);
        if (r == 0 && (is_ours(publish, in.reject.boot_id) || is_nobodys(in.reject.boot_id)))
            take_reject(publish, &in.reject);
        break;
    case WIRE_POLL_NOW:
        r = wire_decode_poll_now(frame, len, &in.poll_now, &err);
        if (r == 0)
            take_poll_now(publish, &in.poll_now);
        break;
    default:
        r = error_set(&err, -EBADMSG, "frame of %zu bytes of a kind that is not for collectors", len);
        break;
    }
    if (r < 0)
        log_warning("publish.odd_frame", err.text);
}

static void publish_on_event(void *context, enum dealer_event event, const char *words)
{
    struct publish *publish = context;
    int64_t now_mono_ms = clock_mono_ms();
    if (!publish->refused)
        publish->redial_at_mono_ms = now_mono_ms + REDIAL_QUIET_MS;
    if (words[0] != '\0' && strcmp(publish->trouble, words) != 0) {
        log_error("publish.refused", words);
        (void) text_copy(publish->trouble, sizeof publish->trouble, text_of(words));   /* only to compare */
    }

    switch (event) {
    case DEALER_UP:
        publish->refused = false;
        step(publish, INPUT_UP);
        return;
    case DEALER_DOWN:
        if (publish->phase != PHASE_AWAY)
            log_warning("publish.disconnected", "the connection to the aggregator is gone; what is observed waits here",
                        LOG_INT("waiting", publish->backlog.n));
        step(publish, INPUT_DOWN);
        return;
    case DEALER_REFUSED:
        /* ZeroMQ gives a refused connection up for good: dialling again is left to us. */
        publish->refused = true;
        publish->redial_at_mono_ms = now_mono_ms + REDIAL_REFUSED_MS;
        step(publish, INPUT_DOWN);
        return;
    case DEALER_TRYING:
        return;
    }
}

/* ---------------------------------------------------------------- time */

static void watch_silence(struct publish *publish, int64_t now_mono_ms)
{
    if (publish->phase == PHASE_GREETING && !publish->hello_due
        && now_mono_ms - publish->hello_at_mono_ms >= publish->hello_gap_ms)
        publish->hello_due = true;
    if (publish->phase != PHASE_TALKING)
        return;
    if (publish->backlog.n_sent > 0 && now_mono_ms - publish->progress_at_mono_ms >= ACK_MS) {
        log_warning("publish.unanswered", "no acknowledgement for 30 s; asking the aggregator where we stand",
                    LOG_INT("waiting", publish->backlog.n));
        publish->progress_at_mono_ms = now_mono_ms;
        step(publish, INPUT_START_OVER);
    } else if (now_mono_ms - publish->batch_at_mono_ms >= HEARTBEAT_MS && backlog_unsent(&publish->backlog) == 0) {
        (void) send_batch(publish, now_mono_ms);   /* full: the next tick tries again */
    }
}

static void publish_on_closed(void *context)
{
    struct publish *publish = context;
    void (*stopped)(void *) = publish->stopped;
    void *stopped_context = publish->stopped_context;

    backlog_done(&publish->backlog);
    free(publish->catalogue);
    free(publish);
    if (stopped != NULL)
        stopped(stopped_context);
}

static void publish_on_tick_closed(uv_handle_t *tick)
{
    struct publish *publish = tick->data;

    dealer_close(publish->dealer, publish_on_closed, publish);
}

static void finish_when_done(struct publish *publish, int64_t now_mono_ms)
{
    if (!publish->stopping || publish->stopped_tick || (publish->backlog.n > 0 && now_mono_ms < publish->stop_at_mono_ms))
        return;
    if (publish->backlog.n > 0)
        log_warning("publish.left_behind", "stopping with items that nobody acknowledged", LOG_INT("items", publish->backlog.n));
    publish->stopped_tick = true;
    uv_close((uv_handle_t *) &publish->tick, publish_on_tick_closed);
}

static void publish_on_tick(uv_timer_t *tick)
{
    struct publish *publish = tick->data;
    int64_t now_mono_ms = clock_mono_ms();

    watch_silence(publish, now_mono_ms);
    if (publish->phase == PHASE_AWAY && now_mono_ms >= publish->redial_at_mono_ms) {
        publish->redial_at_mono_ms = now_mono_ms + REDIAL_QUIET_MS;
        publish->refused = false;
        dealer_redial(publish->dealer);
    }
    finish_when_done(publish, now_mono_ms);
}

/* ---------------------------------------------------------------- the door */

static void digest_catalogue(const Source *catalogue, size_t n, char out[static HEX_DIGEST_BYTES])
{
    crypto_hash_sha256_state state;
    (void) crypto_hash_sha256_init(&state);   /* these three cannot fail */
    for (size_t i = 0; i < n; i++) {
        Item item = {.which_body = Item_source_tag};
        item.body.source = catalogue[i];
        uint8_t bytes[WIRE_PIECE_BYTES_MAX];
        int len = wire_encode_item(&item, bytes, sizeof bytes);
        assert(len > 0);
        (void) crypto_hash_sha256_update(&state, bytes, (unsigned long long) len);
    }
    uint8_t digest[crypto_hash_sha256_BYTES];
    (void) crypto_hash_sha256_final(&state, digest);
    text_to_hex(digest, sizeof digest, out);
}

static void adopt(struct publish *publish, const Hello *hello, const Source *catalogue, size_t n_catalogue)
{
    free(publish->catalogue);
    publish->catalogue = mem_new_array(n_catalogue, sizeof *catalogue);
    if (n_catalogue > 0)
        memcpy(publish->catalogue, catalogue, n_catalogue * sizeof *catalogue);
    publish->n_catalogue = n_catalogue;
    publish->catalogue_from = 0;

    publish->hello = *hello;
    publish->hello.protocol = WIRE_PROTOCOL;
    memcpy(publish->hello.boot_id, publish->boot_id, sizeof publish->boot_id);
    digest_catalogue(publish->catalogue, n_catalogue, publish->hello.catalogue_digest);
}

int publish_start(uv_loop_t *loop, const struct publish_options *options, struct publish **out, struct error *err)
{
    if (sodium_init() < 0)
        return error_set(err, -EIO, "libsodium cannot start: no source of randomness");

    struct publish *publish = mem_new(sizeof *publish);
    publish->poll_now = options->poll_now;
    publish->context = options->context;
    publish->redial_at_mono_ms = clock_mono_ms() + REDIAL_QUIET_MS;
    backlog_init(&publish->backlog, options->backlog_bytes);
    randombytes_buf(publish->boot_id, sizeof publish->boot_id);
    adopt(publish, options->hello, options->catalogue, options->n_catalogue);

    struct dealer_options dealer = {
        .endpoint = options->endpoint,
        .server_key = options->server_key,
        .public_key = options->public_key,
        .secret_key = options->secret_key,
        .event = publish_on_event,
        .frame = publish_on_frame,
        .before_wait = publish_before_wait,
        .context = publish,
    };
    int r = dealer_open(loop, &dealer, &publish->dealer, err);
    if (r < 0) {
        publish_on_closed(publish);
        return r;
    }
    (void) uv_timer_init(loop, &publish->tick);   /* cannot fail, like the start below */
    publish->tick.data = publish;
    (void) uv_timer_start(&publish->tick, publish_on_tick, TICK_MS, TICK_MS);
    *out = publish;
    return 0;
}

void publish_put(struct publish *publish, const Item *item)
{
    uint8_t bytes[WIRE_PIECE_BYTES_MAX];
    Item stamped = *item;
    if (stamped.at_boot_ms == 0)
        stamped.at_boot_ms = clock_boot_ms();
    int len = wire_encode_item(&stamped, bytes, sizeof bytes);
    assert(len > 0);   /* every string of the struct is bounded by the schema */

    uint64_t dropped = publish->backlog.dropped;
    backlog_put(&publish->backlog, bytes, (size_t) len);
    if (publish->backlog.dropped > dropped && !publish->drop_told) {
        publish->drop_told = true;
        log_error("publish.dropping", "the backlog is full: the oldest items are dropped until the aggregator is back",
                  LOG_INT("bytes", publish->backlog.max_bytes));
    }
}

void publish_state(const struct publish *publish, struct publish_state *out)
{
    *out = (struct publish_state) {
        .backlog_items = publish->backlog.n,
        .backlog_bytes = publish->backlog.bytes,
        .dropped_total = publish->backlog.dropped,
        .acknowledged_sequence = publish->backlog.acknowledged,
        .welcome = publish->phase == PHASE_TALKING,
    };
    memcpy(out->reject, publish->reject, sizeof out->reject);
}

void publish_vitals(struct publish *publish, const Vitals *vitals)
{
    uint32_t worst = publish->vitals.loop_lag_ms;
    publish->vitals = *vitals;
    if (publish->vitals.loop_lag_ms < worst)
        publish->vitals.loop_lag_ms = worst;
}

void publish_update(struct publish *publish, const Hello *hello, const Source *catalogue, size_t n_catalogue)
{
    adopt(publish, hello, catalogue, n_catalogue);
    step(publish, INPUT_START_OVER);
}

void publish_stop(struct publish *publish, int64_t linger_ms, void (*stopped)(void *context), void *context)
{
    publish->stopping = true;
    publish->stop_at_mono_ms = clock_mono_ms() + linger_ms;
    publish->stopped = stopped;
    publish->stopped_context = context;
    (void) uv_timer_start(&publish->tick, publish_on_tick, 0, 20);   /* looks closely now; cannot fail */
}

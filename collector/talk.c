/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/talk.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "collector/dealer.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/wire.h"

enum {
    HELLO_AGAIN_MS = 5000,           /* until a Welcome comes */
    HELLO_REFUSED_MS = 60000,        /* after a Reject that says it is final: somebody may enroll us meanwhile */
    HEARTBEAT_MS = 30000,
    ACK_MS = 30000,                  /* without progress for longer, we introduce ourselves again */
    BATCHES_A_TURN = 64,
    BATCH_OVERHEAD_BYTES = Batch_size + 16,   /* kind, header and its length */
    PACE_MS = 250,                   /* between batches that are not full: a message costs as much as a poll */
};

static enum talk_phase phase_after(enum talk_phase phase, enum talk_input input)
{
    switch (input) {
    case TALK_INPUT_UP: return TALK_GREETING;
    case TALK_INPUT_DOWN: return TALK_AWAY;
    case TALK_INPUT_WELCOME: return phase == TALK_AWAY ? TALK_AWAY : TALK_OPEN;
    case TALK_INPUT_START_OVER: return phase == TALK_AWAY ? TALK_AWAY : TALK_GREETING;
    }
    abort();
}

void talk_step(struct talk *talk, enum talk_input input)
{
    talk->phase = phase_after(talk->phase, input);
    if (input == TALK_INPUT_UP || input == TALK_INPUT_START_OVER) {
        talk->hello_due = true;
        talk->hello_gap_ms = HELLO_AGAIN_MS;
    }
}

/* ---------------------------------------------------------------- what goes out */

static void send_hello(struct talk *talk, int64_t now_mono_ms)
{
    uint8_t frame[Hello_size + 1];
    talk->hello.wall_clock_ms = clock_wall_ms();
    int len = wire_encode_hello(&talk->hello, frame, sizeof frame);
    assert(len > 0);   /* Hello_size is its largest */
    if (dealer_send(talk->dealer, frame, (size_t) len) < 0)
        return;   /* tried again next turn */
    talk->hello_due = false;
    talk->hello_at_mono_ms = now_mono_ms;
}

static Batch batch_header(const struct talk *talk, uint64_t first)
{
    Batch batch = {.first_sequence = first, .sent_boot_ms = clock_boot_ms(), .has_vitals = true,
                   .vitals = talk->vitals};
    memcpy(batch.boot_id, talk->boot_id, sizeof batch.boot_id);
    batch.vitals.backlog_items = talk->backlog.n;
    batch.vitals.backlog_bytes = talk->backlog.bytes;
    batch.vitals.dropped_total = talk->backlog.dropped;
    return batch;
}

/* One batch of what waits (none waits: a heartbeat). 0, or -EAGAIN and everything is as it was. */
static int send_batch(struct talk *talk, int64_t now_mono_ms)
{
    struct wire_piece pieces[WIRE_ITEMS_MAX];
    uint64_t first;
    size_t n = backlog_peek(&talk->backlog, pieces, talk->items_max, talk->bytes_max, &first);
    size_t cap = BATCH_OVERHEAD_BYTES;
    for (size_t i = 0; i < n; i++)
        cap += pieces[i].len;

    CLEANUP(mem_freep) uint8_t *frame = mem_new(cap);
    Batch batch = batch_header(talk, first);
    int len = wire_encode_batch(&batch, pieces, n, frame, cap);
    assert(len > 0);   /* cap was counted, and both limits are below the schema's */
    int r = dealer_send(talk->dealer, frame, (size_t) len);
    if (r < 0)
        return r;

    if (talk->backlog.n_sent == 0)
        talk->progress_at_mono_ms = now_mono_ms;
    backlog_mark_sent(&talk->backlog, n);
    talk->batch_at_mono_ms = now_mono_ms;
    talk->vitals.loop_lag_ms = 0;
    return 0;
}

/* What comes soon after a batch waits for company. It is not long in coming where there is much to say, and where there is
 * little nothing waits. */
static bool may_wait(const struct talk *talk, int64_t now_mono_ms)
{
    return backlog_unsent(&talk->backlog) < talk->items_max && now_mono_ms - talk->batch_at_mono_ms < PACE_MS;
}

bool talk_send(struct talk *talk)
{
    if (talk->phase == TALK_AWAY)
        return false;

    int64_t now_mono_ms = clock_mono_ms();
    if (talk->hello_due)
        send_hello(talk, now_mono_ms);
    if (talk->phase != TALK_OPEN)
        return talk->hello_due;
    if (may_wait(talk, now_mono_ms))
        return false;   /* publish looks again in its next tick, at the latest */
    for (int i = 0; i < BATCHES_A_TURN && backlog_unsent(&talk->backlog) > 0; i++) {
        if (send_batch(talk, now_mono_ms) < 0)
            return true;
    }
    return backlog_unsent(&talk->backlog) > 0;
}

/* The catalogue goes in front of what was never sent: a source is to be known before it speaks. */
static void put_catalogue(struct talk *talk)
{
    if (talk->catalogue_from >= talk->backlog.first)
        return;   /* all of it stands in the ring already */

    for (size_t i = talk->n_catalogue; i > 0; i--) {
        Item item = {.at_boot_ms = clock_boot_ms(), .which_body = Item_source_tag};
        item.body.source = talk->catalogue[i - 1];
        uint8_t bytes[WIRE_PIECE_BYTES_MAX];
        int len = wire_encode_item(&item, bytes, sizeof bytes);
        assert(len > 0);
        backlog_put_first(&talk->backlog, bytes, (size_t) len);
    }
    uint64_t ever_sent = talk->backlog.ever_sent;
    talk->catalogue_from = ever_sent < talk->backlog.first ? talk->backlog.first : ever_sent + 1;
}

/* ---------------------------------------------------------------- what comes in */

static bool is_ours(const struct talk *talk, const pb_byte_t boot_id[16])
{
    return memcmp(talk->boot_id, boot_id, sizeof talk->boot_id) == 0;
}

/* A refusal of what could not even be read names nobody. */
static bool is_nobodys(const pb_byte_t boot_id[16])
{
    static const pb_byte_t nobody[16];

    return memcmp(nobody, boot_id, sizeof nobody) == 0;
}

static void take_ack(struct talk *talk, uint64_t through, int64_t now_mono_ms)
{
    uint64_t before = talk->backlog.acknowledged;
    if (!backlog_ack(&talk->backlog, through)) {
        log_warning("publish.odd_ack", "the aggregator acknowledged what was never sent; ignored",
                    LOG_INT("through", through), LOG_INT("sent", talk->backlog.ever_sent));
        return;
    }
    if (talk->backlog.acknowledged > before)
        talk->progress_at_mono_ms = now_mono_ms;
}

static uint32_t at_most(uint32_t asked, uint32_t limit)
{
    return asked == 0 || asked > limit ? limit : asked;
}

static void take_welcome(struct talk *talk, const Welcome *welcome, int64_t now_mono_ms)
{
    if (talk->phase == TALK_AWAY)
        return;   /* of a connection that is gone */
    if (talk->phase == TALK_GREETING) {
        log_info("publish.welcome", "the aggregator takes what this collector sends",
                 LOG_INT("through", welcome->through_sequence), LOG_INT("waiting", talk->backlog.n));
        backlog_rewind(&talk->backlog);
    }
    talk_step(talk, TALK_INPUT_WELCOME);
    talk->items_max = at_most(welcome->max_items, WIRE_ITEMS_MAX);
    uint32_t bytes = at_most(welcome->max_bytes, WIRE_BATCH_BYTES_MAX);
    talk->bytes_max = bytes > 2 * BATCH_OVERHEAD_BYTES ? bytes - BATCH_OVERHEAD_BYTES : BATCH_OVERHEAD_BYTES;
    talk->reject[0] = '\0';
    talk->progress_at_mono_ms = now_mono_ms;
    take_ack(talk, welcome->through_sequence, now_mono_ms);
    if (welcome->send_catalogue)
        put_catalogue(talk);
}

static void take_reject(struct talk *talk, const Reject *reject)
{
    if (strcmp(talk->reject, reject->reason) != 0) {
        (void) text_copy(talk->reject, sizeof talk->reject, text_of(reject->reason));   /* the schema's bound */
        log_error("publish.rejected", "the aggregator refuses what this collector says",
                  LOG_TEXT("reason", talk->reject));
    }
    if (talk->phase != TALK_AWAY)
        talk->phase = TALK_GREETING;
    talk->hello_gap_ms = reject->final ? HELLO_REFUSED_MS : HELLO_AGAIN_MS;
}

int talk_hear(struct talk *talk, const void *frame, size_t len, struct error *err)
{
    union { Welcome welcome; Reject reject; Ack ack; } in;
    int r = 0;

    switch ((unsigned) wire_kind(frame, len)) {
    case WIRE_WELCOME:
        r = wire_decode_welcome(frame, len, &in.welcome, err);
        if (r == 0 && is_ours(talk, in.welcome.boot_id))
            take_welcome(talk, &in.welcome, clock_mono_ms());
        return r;
    case WIRE_ACK:
        r = wire_decode_ack(frame, len, &in.ack, err);
        if (r == 0 && is_ours(talk, in.ack.boot_id))
            take_ack(talk, in.ack.through_sequence, clock_mono_ms());
        return r;
    case WIRE_REJECT:
        r = wire_decode_reject(frame, len, &in.reject, err);
        if (r == 0 && (is_ours(talk, in.reject.boot_id) || is_nobodys(in.reject.boot_id)))
            take_reject(talk, &in.reject);
        return r;
    default:
        return error_set(err, -EBADMSG, "frame of %zu bytes of a kind that is not for collectors", len);
    }
}

/* ---------------------------------------------------------------- time */

void talk_tick(struct talk *talk, int64_t now_mono_ms)
{
    if (talk->phase == TALK_GREETING && !talk->hello_due
        && now_mono_ms - talk->hello_at_mono_ms >= talk->hello_gap_ms)
        talk->hello_due = true;
    if (talk->phase != TALK_OPEN)
        return;
    if (talk->backlog.n_sent > 0 && now_mono_ms - talk->progress_at_mono_ms >= ACK_MS) {
        log_warning("publish.unanswered", "no acknowledgement for 30 s; asking the aggregator where we stand",
                    LOG_INT("waiting", talk->backlog.n));
        talk->progress_at_mono_ms = now_mono_ms;
        talk_step(talk, TALK_INPUT_START_OVER);
    } else if (now_mono_ms - talk->batch_at_mono_ms >= HEARTBEAT_MS && backlog_unsent(&talk->backlog) == 0) {
        (void) send_batch(talk, now_mono_ms);   /* full: the next tick tries again */
    }
}

/* ---------------------------------------------------------------- who we are */

static void digest_catalogue(const Source *catalogue, size_t n, char out[static TALK_DIGEST_HEX_BYTES])
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

void talk_adopt(struct talk *talk, const Hello *hello, const Source *catalogue, size_t n_catalogue)
{
    free(talk->catalogue);
    talk->catalogue = mem_new_array(n_catalogue, sizeof *catalogue);
    if (n_catalogue > 0)
        memcpy(talk->catalogue, catalogue, n_catalogue * sizeof *catalogue);
    talk->n_catalogue = n_catalogue;
    talk->catalogue_from = 0;

    talk->hello = *hello;
    talk->hello.protocol = WIRE_PROTOCOL;
    memcpy(talk->hello.boot_id, talk->boot_id, sizeof talk->boot_id);
    digest_catalogue(talk->catalogue, n_catalogue, talk->hello.catalogue_digest);
}

void talk_init(struct talk *talk, size_t backlog_bytes)
{
    *talk = (struct talk) {0};
    backlog_init(&talk->backlog, backlog_bytes);
    randombytes_buf(talk->boot_id, sizeof talk->boot_id);
}

void talk_done(struct talk *talk)
{
    backlog_done(&talk->backlog);
    free(talk->catalogue);
    *talk = (struct talk) {0};
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/publish.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/dealer.h"
#include "collector/talk.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/wire.h"

enum {
    TICK_MS = 500,
    REDIAL_REFUSED_MS = 10000,
    REDIAL_QUIET_MS = 120000,        /* no word from the library either */
};

struct publish {
    struct talk talk;
    struct dealer *dealer;
    uv_timer_t tick;
    int64_t redial_at_mono_ms;
    bool refused;                    /* the key or the protocol; nobody dials until redial_at */
    char trouble[97];                /* why the last handshake failed, told once */
    bool drop_told;
    void (*poll_now)(void *context, const PollNow *);
    void (*welcomed)(void *context);
    void *context;
    bool stopping;
    bool stopped_tick;
    int64_t stop_at_mono_ms;
    void (*stopped)(void *context);
    void *stopped_context;
};

/* ---------------------------------------------------------------- the connection */

static bool publish_before_wait(void *context)
{
    struct publish *publish = context;

    return talk_send(&publish->talk);
}

static int take_poll_now(struct publish *publish, const void *frame, size_t len, struct error *err)
{
    PollNow poll_now;
    int r = wire_decode_poll_now(frame, len, &poll_now, err);
    if (r == 0 && publish->poll_now != NULL && !publish->stopping)
        publish->poll_now(publish->context, &poll_now);
    return r;
}

static void publish_on_frame(void *context, const void *frame, size_t len)
{
    struct publish *publish = context;
    struct error err = {0};
    bool was_open = publish->talk.phase == TALK_OPEN;
    int r = wire_kind(frame, len) == WIRE_POLL_NOW ? take_poll_now(publish, frame, len, &err)
                                                   : talk_hear(&publish->talk, frame, len, &err);
    if (r < 0)
        log_warning("publish.odd_frame", err.text);
    if (publish->talk.phase == TALK_OPEN)
        publish->trouble[0] = '\0';
    if (publish->talk.phase == TALK_OPEN && !was_open && publish->welcomed != NULL && !publish->stopping)
        publish->welcomed(publish->context);
    if (publish->talk.backlog.n == 0)
        publish->drop_told = false;
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
        talk_step(&publish->talk, TALK_INPUT_UP);
        return;
    case DEALER_DOWN:
        if (publish->talk.phase != TALK_AWAY)
            log_warning("publish.disconnected", "the connection to the aggregator is gone; what is observed waits here",
                        LOG_INT("waiting", publish->talk.backlog.n));
        talk_step(&publish->talk, TALK_INPUT_DOWN);
        return;
    case DEALER_REFUSED:
        /* ZeroMQ gives a refused connection up for good: dialling again is left to us. */
        publish->refused = true;
        publish->redial_at_mono_ms = now_mono_ms + REDIAL_REFUSED_MS;
        talk_step(&publish->talk, TALK_INPUT_DOWN);
        return;
    case DEALER_TRYING:
        return;
    }
}

/* ---------------------------------------------------------------- time */

static void publish_on_closed(void *context)
{
    struct publish *publish = context;
    void (*stopped)(void *) = publish->stopped;
    void *stopped_context = publish->stopped_context;

    talk_done(&publish->talk);
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
    size_t left = publish->talk.backlog.n;
    if (!publish->stopping || publish->stopped_tick || (left > 0 && now_mono_ms < publish->stop_at_mono_ms))
        return;
    if (left > 0)
        log_warning("publish.left_behind", "stopping with items that nobody acknowledged", LOG_INT("items", left));
    publish->stopped_tick = true;
    uv_close((uv_handle_t *) &publish->tick, publish_on_tick_closed);
}

static void publish_on_tick(uv_timer_t *tick)
{
    struct publish *publish = tick->data;
    int64_t now_mono_ms = clock_mono_ms();

    talk_tick(&publish->talk, now_mono_ms);
    if (publish->talk.phase == TALK_AWAY && now_mono_ms >= publish->redial_at_mono_ms) {
        publish->redial_at_mono_ms = now_mono_ms + REDIAL_QUIET_MS;
        publish->refused = false;
        dealer_redial(publish->dealer);
    }
    finish_when_done(publish, now_mono_ms);
}

/* ---------------------------------------------------------------- the door */

int publish_start(uv_loop_t *loop, const struct publish_options *options, struct publish **out, struct error *err)
{
    if (sodium_init() < 0)
        return error_set(err, -EIO, "libsodium cannot start: no source of randomness");

    struct publish *publish = mem_new(sizeof *publish);
    publish->poll_now = options->poll_now;
    publish->welcomed = options->welcomed;
    publish->context = options->context;
    publish->redial_at_mono_ms = clock_mono_ms() + REDIAL_QUIET_MS;
    talk_init(&publish->talk, options->backlog_bytes);
    talk_adopt(&publish->talk, options->hello, options->catalogue, options->n_catalogue);

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
    publish->talk.dealer = publish->dealer;
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

    uint64_t dropped = publish->talk.backlog.dropped;
    backlog_put(&publish->talk.backlog, bytes, (size_t) len);
    if (publish->talk.backlog.dropped > dropped && !publish->drop_told) {
        publish->drop_told = true;
        log_error("publish.dropping", "the backlog is full: the oldest items are dropped until the aggregator is back",
                  LOG_INT("bytes", publish->talk.backlog.max_bytes));
    }
}

void publish_state(const struct publish *publish, struct publish_state *out)
{
    *out = (struct publish_state) {
        .backlog_items = publish->talk.backlog.n,
        .backlog_bytes = publish->talk.backlog.bytes,
        .dropped_total = publish->talk.backlog.dropped,
        .acknowledged_sequence = publish->talk.backlog.acknowledged,
        .welcome = publish->talk.phase == TALK_OPEN,
    };
    memcpy(out->reject, publish->talk.reject, sizeof out->reject);
}

void publish_vitals(struct publish *publish, const Vitals *vitals)
{
    uint32_t worst = publish->talk.vitals.loop_lag_ms;
    publish->talk.vitals = *vitals;
    if (publish->talk.vitals.loop_lag_ms < worst)
        publish->talk.vitals.loop_lag_ms = worst;
}

void publish_update(struct publish *publish, const Hello *hello, const Source *catalogue, size_t n_catalogue)
{
    talk_adopt(&publish->talk, hello, catalogue, n_catalogue);
    talk_step(&publish->talk, TALK_INPUT_START_OVER);
}

void publish_stop(struct publish *publish, int64_t linger_ms, void (*stopped)(void *context), void *context)
{
    publish->stopping = true;
    publish->stop_at_mono_ms = clock_mono_ms() + linger_ms;
    publish->stopped = stopped;
    publish->stopped_context = context;
    (void) uv_timer_start(&publish->tick, publish_on_tick, 0, 20);   /* looks closely now; cannot fail */
}

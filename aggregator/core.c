/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Turns of the loop, rounds, and their commits.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/core_private.h"
#include "aggregator/inbox/health.h"
#include "aggregator/inbox/inbox.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/metrics.h"

enum {
    TICK_MS = 1000,       /* no sleep is longer: a clock that a test moves is noticed, and the watchdog fed */
    CHECK_MS = 60 * 1000, /* dead readers, space */
    RETRY_MS_MIN = 100,
    RETRY_MS_MAX = 5000,
    FAILURES_MAX = 2,       /* commits in a row that no full disk explains: the kernel may have dropped what we wrote */
    SPACE_PERCENT_MAX = 80, /* of the map: samples are left out beyond it */
};

static void commit(struct core *core);
static void core_on_timer(uv_timer_t *timer);

/* ---------------------------------------------------------------- after a commit */

static void send_replies(struct core *core)
{
    for (const struct round_reply *reply = core->round.replies; reply != NULL; reply = reply->next)
        (void) ingest_send(core->options.ingest, reply->address, reply->address_len, reply->frame, reply->frame_len);
}

/* It is durable: now the outside hears of it. */
static void publish(struct core *core)
{
    struct round *round = &core->round;
    const struct commit_note note = {
        .round = core->world.round,
        .views = round->views,
        .n_timeline = round->n_timeline,
        .n_claimed = round->n_claimed,
    };
    core->timeline_key = round->timeline_end;
    send_replies(core);
    core->options.committed(core->options.context, &note);   /* first: who is answered next must read the new world */
    commands_complete(core);
    metric_add(METRIC_ROUNDS, 1);
    metric_add(METRIC_ROUND_INPUTS, round->n_inputs);
    round_reset(round);
    aggregator_config_drop(steal(&core->retired));
}

/* ---------------------------------------------------------------- commits that fail */

static void core_on_retry(uv_timer_t *retry)
{
    commit(retry->data);
}

static const char *failure_words(int r)
{
    return r == -ENOSPC ? "no space left for the store: nothing is taken in until there is" : strerror(-r);
}

/* The round is kept and nothing is taken in: the engine is ahead of the disk, and may not get further ahead. */
static void keep_round(struct core *core, int r)
{
    if (!core->stuck) {
        core->stuck = true;
        core->retry_ms = RETRY_MS_MIN;
        if (core->started)
            ingest_pause(core->options.ingest, true);
        log_error("store.commit_failed",
                  "a round could not be committed; it is kept and tried again, and nothing is taken in",
                  LOG_TEXT("error", failure_words(r)), LOG_INT("round", core->world.round));
    } else {
        core->retry_ms = core->retry_ms * 2 < RETRY_MS_MAX ? core->retry_ms * 2 : RETRY_MS_MAX;
    }
    health_set(core->options.health, HEALTH_STORE, failure_words(r));
    if (core->started)
        (void) uv_timer_start(&core->retry, core_on_retry, (uint64_t) core->retry_ms, 0);
}

static void give_up(struct core *core, int r)
{
    core->ended = true;
    log_error("store.lost", "the store cannot be written; ending at the last commit, to be started anew",
              LOG_TEXT("error", strerror(-r)), LOG_INT("failures", core->failures));
    core->options.failed(core->options.context);
}

static void take_failure(struct core *core, int r)
{
    metric_add(METRIC_COMMIT_FAILURES, 1);
    if (r == -ENOSPC) {
        core->failures = 0;
        core->samples_off = true;
    } else {
        core->failures++;
    }
    if (r == -ENOTRECOVERABLE || core->failures >= FAILURES_MAX) {
        give_up(core, r);
        return;
    }
    keep_round(core, r);
}

static void take_success(struct core *core)
{
    core->failures = 0;
    if (!core->stuck)
        return;
    core->stuck = false;
    health_set(core->options.health, HEALTH_STORE, NULL);
    log_info("store.commit_recovered", "the round that was kept is committed", LOG_INT("round", core->world.round));
    if (!core->deaf)
        ingest_pause(core->options.ingest, false);
}

static int write_and_commit(struct core *core)
{
    struct store_txn *txn = store_write(core->options.store);
    core_write(core, txn);
    int64_t started_us = clock_mono_us();
    int r = store_commit(txn);
    metric_time(METRIC_COMMIT_SECONDS, clock_mono_us() - started_us);
    return r;
}

static void commit(struct core *core)
{
    int r = write_and_commit(core);
    if (r < 0) {
        take_failure(core, r);
        return;
    }
    take_success(core);
    publish(core);
}

/* ---------------------------------------------------------------- a turn */

static void take_messages(struct core *core, int64_t until_us)
{
    struct ingest_message message;
    while (core->round.n_items < ROUND_ITEMS_MAX && clock_mono_us() < until_us
           && ingest_next(core->options.ingest, &message))
        intake_message(core, &message);
}

static void take_inbox(struct core *core, int64_t until_us)
{
    struct inbox_item *item;
    while (core->round.n_items < ROUND_ITEMS_MAX && clock_mono_us() < until_us
           && (item = inbox_take(core->options.inbox)) != NULL) {
        core->round.n_items++;
        command_take(core, item);
    }
    metric_set(METRIC_INBOX_DEPTH, (int64_t) inbox_depth(core->options.inbox));
}

static void check_space(struct core *core)
{
    struct store_usage usage;
    store_check_readers(core->options.store);
    store_usage(core->options.store, &usage);
    uint64_t percent = usage.map_bytes == 0 ? 0 : (usage.used_bytes - usage.free_bytes) * 100 / usage.map_bytes;
    bool off = percent >= SPACE_PERCENT_MAX;
    if (off && !core->samples_off)
        log_error("store.nearly_full",
                  "the store is nearly full: samples of metrics are not kept any more; raise store.map_size",
                  LOG_INT("percent", percent));
    core->samples_off = off;
}

/* What is done once a second, or less often. */
static void do_chores(struct core *core)
{
    int64_t mono_ms = clock_mono_ms();
    health_beat(core->options.health);
    if (mono_ms - core->turned_mono_ms >= TICK_MS) {
        core->turned_mono_ms = mono_ms;
        metric_set(METRIC_ENGINE_AHEAD, (anchor_read(&core->anchor, mono_ms) - clock_wall_ms()) / 1000);
        core->options.turned(core->options.context);
        core_poll_again(core);
    }
    if (core->stuck)
        return;
    if (mono_ms - core->checked_mono_ms >= CHECK_MS) {
        core->checked_mono_ms = mono_ms;
        check_space(core);
        commands_prune(core);
        core_sweep(core);
        retention_prune(core);
    }
    if (mono_ms - core->heartbeat_mono_ms >= HEARTBEAT_MS)
        core->round.must_commit = true;
}

/* An hour of a clock gone back must not put off what is due in a second: sleeps are short. */
static void arm(struct core *core)
{
    int64_t engine_ms = engine_deadline(core->engine);
    int64_t outbox_ms = outbox_due(core->outbox);
    int64_t wait_ms = TICK_MS;
    if (engine_ms != INT64_MAX && engine_ms - core->round.now_ms < wait_ms)
        wait_ms = engine_ms - core->round.now_ms;
    if (outbox_ms != INT64_MAX && outbox_ms - core->round.wall_ms < wait_ms)
        wait_ms = outbox_ms - core->round.wall_ms;
    (void) uv_timer_start(&core->timer, core_on_timer, (uint64_t) (wait_ms < 1 ? 1 : wait_ms), 0);
}

static void turn(struct core *core)
{
    do_chores(core);
    if (core->ended || core->stuck)
        return;

    int64_t until_us = clock_mono_us() + ROUND_US_MAX;
    input_begin_round(core);
    take_inbox(core, until_us);
    if (!core->deaf)
        take_messages(core, until_us);
    input_advance(core);
    if (core_seal(core)) {
        commit(core);
        return;
    }
    send_replies(core);        /* refusals change nothing */
    commands_complete(core);   /* likewise: repeats, conflicts */
    round_reset(&core->round);
}

static void core_on_turn(void *context)
{
    struct core *core = context;

    turn(core);
    if (core->started)
        arm(core);
}

static void core_on_timer(uv_timer_t *timer)
{
    core_on_turn(timer->data);
}

static void core_on_wake(uv_async_t *wake)
{
    (void) wake;   /* check follows in the same turn of the loop */
}

static bool core_has_work(void *context)
{
    struct core *core = context;

    return !core->ended && !core->stuck && inbox_depth(core->options.inbox) > 0;
}

/* ---------------------------------------------------------------- start */

static bool receiver_exists(const void *context, const char *receiver)
{
    const struct channel_entry *channel = aggregator_config_receiver(context, receiver);

    return channel != NULL && strcmp(channel->name, receiver) == 0;
}

void core_drop_receivers(struct core *core)
{
    outbox_drop_receivers(core->outbox, receiver_exists, core->config, core->round.wall_ms);
}

/* The configuration first, on the old time, so that no deadline of the time we were away fires; then the gap says that
 * we were. */
static void first_inputs(struct core *core)
{
    struct aggregator_config *config = core->options.config;
    int64_t engine_ms = engine_now(core->engine);
    bool news = strcmp(core->world.config_digest, config->digest) != 0;
    anchor_start(&core->anchor, clock_wall_ms(), clock_mono_ms(), engine_ms);
    core->round.wall_ms = clock_wall_ms();
    core->round.now_ms = anchor_read(&core->anchor, clock_mono_ms());
    input_configure(core, aggregator_config_hold(config), engine_ms, news);
    input_command(core, &(Command) {.which_input = Command_gap_tag});
    core_register_again(core);
    core_drop_receivers(core);
}

int core_new(const struct core_options *options, struct core **out, struct error *err)
{
    struct core *core = mem_new(sizeof *core);
    core->options = *options;
    core->scratch = mem_new(sizeof *core->scratch);
    core->engine = engine_new();
    core->outbox = outbox_new();
    int r = core_load(core, err);
    if (r == 0) {
        first_inputs(core);
        (void) core_seal(core);
        r = write_and_commit(core);
        if (r < 0)
            (void) error_set(err, r, "the store cannot be written: %s", failure_words(r));
    }
    if (r < 0) {
        core_free(core);
        return r;
    }
    publish(core);
    *out = core;
    return 0;
}

int core_start(struct core *core, struct error *err)
{
    const struct ingest_hooks hooks = {.turn = core_on_turn, .has_work = core_has_work, .context = core};
    int r = uv_async_init(core->options.loop, &core->wake, core_on_wake);
    if (r < 0)
        return error_set(err, r, "the core's loop: %s", uv_strerror(r));
    (void) uv_timer_init(core->options.loop, &core->timer);   /* cannot fail */
    (void) uv_timer_init(core->options.loop, &core->retry);
    core->timer.data = core->retry.data = core->wake.data = core;
    core->started = true;
    r = ingest_start(core->options.ingest, core->options.loop, &hooks, err);
    if (r < 0) {
        core_stop(core);
        return r;
    }
    arm(core);
    health_set(core->options.health, HEALTH_STORE, NULL);
    health_set(core->options.health, HEALTH_WIRE, NULL);
    return 0;
}

void core_wake(struct core *core)
{
    (void) uv_async_send(&core->wake);   /* fails only on a closing handle: then nobody needs it */
}

/* ---------------------------------------------------------------- the end */

void core_deafen(struct core *core)
{
    core->deaf = true;
    health_set(core->options.health, HEALTH_WIRE, "stopping");
    ingest_pause(core->options.ingest, true);
}

bool core_finish(struct core *core)
{
    for (int tries = 0; core->stuck && !core->ended && tries < FAILURES_MAX; tries++)
        commit(core);
    while (!core->stuck && !core->ended && inbox_depth(core->options.inbox) > 0)
        turn(core);
    bool done = !core->stuck && !core->ended;

    core->ended = true;
    commands_abandon(core);
    return done;
}

void core_stop(struct core *core)
{
    if (!core->started)
        return;
    core->started = false;
    uv_close((uv_handle_t *) &core->timer, NULL);
    uv_close((uv_handle_t *) &core->retry, NULL);
    uv_close((uv_handle_t *) &core->wake, NULL);
    ingest_stop(core->options.ingest);
}

void core_free(struct core *core)
{
    if (core == NULL)
        return;
    commands_abandon(core);
    round_done(&core->round);
    engine_free(core->engine);
    outbox_free(core->outbox);
    receivers_done(&core->receivers);
    intake_done(core);
    poll_asks_done(&core->poll_asks);
    vendor_items_done(&core->vendor_items);
    roster_done(&core->roster);
    sources_done(&core->sources);
    collectors_done(&core->collectors);
    aggregator_config_drop(core->retired);
    aggregator_config_drop(core->config);
    free(core->scratch);
    free(core);
}

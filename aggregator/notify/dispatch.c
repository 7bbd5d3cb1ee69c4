/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/notify/dispatch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "aggregator/notify/channel.h"
#include "aggregator/notify/claims.h"
#include "aggregator/notify/pace.h"
#include "aggregator/notify/verdict.h"
#include "aggregator/store/store.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/metrics.h"

enum { FULL_INBOX_WAIT_MS = 100, IDENTITY_BYTES_MAX = 2 * 1024 };

enum phase {
    PHASE_IDLE,
    PHASE_FLYING,              /* a request is under way */
    PHASE_HELD,                /* its report does not fit into the inbox yet */
    PHASE_REPORTED,            /* the core has the report and has not committed it */
};

struct receiver {
    UT_hash_handle hh;
    struct dispatch *dispatch;
    enum phase phase;
    struct pace pace;
    bool failing;              /* said so already */
    bool has_head;             /* of the turn in progress: row is its first claimed one */
    OutboxRow row;             /* the head; the one on the wire and in the report */
    enum channel_kind kind;    /* of the message on the wire */
    struct delivery report;
    char key[];                /* identity_of its channel, or the name of one that nobody carries; a secret */
};

struct dispatch {
    struct dispatch_options options;
    struct receiver *receivers;        /* by key; bounded by the channels that configurations have named */
    struct claims claims;
    const struct aggregator_config *config;   /* of the turn in progress */
    char origin[CHANNEL_ORIGIN_BYTES];
    bool rewind_owed;          /* woken: a row below the walk's floor may be meant */
    struct rng rng;
};

struct dispatch *dispatch_new(const struct dispatch_options *options)
{
    struct dispatch *dispatch = mem_new(sizeof *dispatch);
    dispatch->options = *options;
    text_to_hex(store_schema(options->store)->lineage, sizeof store_schema(options->store)->lineage, dispatch->origin);
    rng_seed(&dispatch->rng, (uint64_t) clock_mono_us());   /* jitter only */
    return dispatch;
}

void dispatch_free(struct dispatch *dispatch)
{
    if (dispatch == NULL)
        return;
    struct receiver *receiver, *next;
    HASH_ITER(hh, dispatch->receivers, receiver, next) {
        HASH_DEL(dispatch->receivers, receiver);
        free(receiver);
    }
    free(dispatch);
}

void dispatch_woken(struct dispatch *dispatch)
{
    dispatch->rewind_owed = true;
}

/* ---------------------------------------------------------------- reports */

static void put_report(struct receiver *receiver)
{
    int r = reports_put(receiver->dispatch->options.reports, &receiver->report);

    receiver->phase = r == -EAGAIN ? PHASE_HELD : PHASE_REPORTED;
    if (r == -ESHUTDOWN)
        log_warning("delivery.unreported", "the core is going down: what became of a message will count as ambiguous",
                    LOG_TEXT("channel", receiver->row.receiver), LOG_INT("sequence", receiver->report.sequence));
}

static void count(const struct receiver *receiver)
{
    switch (receiver->report.outcome) {
    case DELIVERY_SENT:
        metric_add(METRIC_DELIVERY_SENT, 1);
        metric_time(METRIC_DELIVERY_SECONDS, (clock_wall_ms() - receiver->row.decided_at_ms) * 1000);
        break;
    case DELIVERY_RETRY:     metric_add(METRIC_DELIVERY_RETRY, 1); break;
    case DELIVERY_AMBIGUOUS: metric_add(METRIC_DELIVERY_AMBIGUOUS, 1); break;
    case DELIVERY_DEAD:      metric_add(METRIC_DELIVERY_DEAD, 1); break;
    case DELIVERY_NEEDLESS:  metric_add(METRIC_DELIVERY_NEEDLESS, 1); break;
    }
}

/* A receiver that fails is said once, and once that it is back; a dead letter is said each time. */
static void tell(struct receiver *receiver)
{
    const char *channel = receiver->row.receiver, *reason = receiver->report.reason;
    int64_t sequence = (int64_t) receiver->report.sequence;
    bool was_failing = receiver->failing;

    if (receiver->report.outcome == DELIVERY_NEEDLESS)
        return;                        /* the receiver was not asked */
    receiver->failing = receiver->report.outcome == DELIVERY_RETRY || receiver->report.outcome == DELIVERY_AMBIGUOUS;
    if (receiver->report.outcome == DELIVERY_DEAD)
        log_error("delivery.dead", "a notification stands among the dead letters", LOG_TEXT("channel", channel),
                  LOG_INT("sequence", sequence), LOG_TEXT("key", receiver->row.key), LOG_TEXT("reason", reason));
    else if (receiver->failing && !was_failing)
        log_warning("delivery.failed", "a receiver did not take a notification; it is tried again",
                    LOG_TEXT("channel", channel), LOG_INT("sequence", sequence), LOG_TEXT("reason", reason));
    else if (!receiver->failing && was_failing)
        log_info("delivery.recovered", "a receiver takes notifications again", LOG_TEXT("channel", channel),
                 LOG_INT("sequence", sequence));
}

static void report(struct receiver *receiver, const struct delivery *delivery)
{
    receiver->report = *delivery;
    count(receiver);
    tell(receiver);
    put_report(receiver);
}

size_t dispatch_flush(struct dispatch *dispatch)
{
    size_t held = 0;
    for (struct receiver *r = dispatch->receivers; r != NULL; r = r->hh.next) {
        if (r->phase == PHASE_HELD)
            put_report(r);
        held += r->phase == PHASE_HELD;
    }
    return held;
}

void dispatch_reported(struct dispatch *dispatch, uint64_t sequence, bool committed)
{
    for (struct receiver *r = dispatch->receivers; r != NULL; r = r->hh.next) {
        /* Refused means that the core is stopping: the row stays claimed and must not go out again. */
        if (r->phase == PHASE_REPORTED && r->report.sequence == sequence && committed)
            r->phase = PHASE_IDLE;
    }
}

/* ---------------------------------------------------------------- sending */

static void dispatch_on_done(void *context, const struct http_reply *reply)
{
    struct receiver *receiver = context;
    struct dispatch *dispatch = receiver->dispatch;

    int64_t hold_ms;
    const struct attempt attempt = {&receiver->row, reply, channel_types[receiver->kind].judge, clock_wall_ms()};
    struct delivery delivery = verdict_of(&attempt, &dispatch->rng, &hold_ms);
    pace_hold(&receiver->pace, clock_mono_ms(), hold_ms);
    report(receiver, &delivery);
    dispatch->options.again(dispatch->options.context);
}

static void report_dead(struct receiver *receiver, const char *reason)
{
    struct delivery delivery = verdict_dead(&receiver->row, reason);

    report(receiver, &delivery);
}

static int send_message(struct receiver *receiver, const struct channel_entry *channel, struct channel_message *message,
                        struct error *err)
{
    struct dispatch *dispatch = receiver->dispatch;
    const struct channel_type *type = &channel_types[channel->kind];
    const struct channel_occasion occasion = {&receiver->row, channel, dispatch->config->http.public_url, dispatch->origin,
                                              clock_wall_ms()};
    int r = type->render(&occasion, message, err);
    if (r != 0)
        return r;

    receiver->kind = channel->kind;
    receiver->phase = PHASE_FLYING;    /* before the start: an answer may come at once */
    pace_sent(&receiver->pace, clock_mono_ms(), type->least_gap_ms);
    const struct channel_caller caller = {dispatch_on_done, receiver};
    return channel_post(dispatch->options.client, channel, message, &caller, err);
}

static void send_head(struct receiver *receiver, const struct aggregator_config *config)
{
    const struct channel_entry *channel = aggregator_config_receiver(config, receiver->row.receiver);
    if (channel == NULL) {
        report_dead(receiver, "no_sink");
        return;
    }

    struct error err = {0};
    struct channel_message message;
    channel_message_init(&message);
    int r = send_message(receiver, channel, &message, &err);
    if (r == CHANNEL_NEEDLESS) {
        struct delivery delivery = verdict_needless(&receiver->row, err.text);
        report(receiver, &delivery);
    } else if (r < 0) {
        report_dead(receiver, err.text);
    }
    channel_message_done(&message);
}

/* ---------------------------------------------------------------- the turn */

static struct receiver *receiver_get(struct dispatch *dispatch, const char *key)
{
    struct receiver *receiver;
    size_t len = strlen(key);
    HASH_FIND(hh, dispatch->receivers, key, len, receiver);
    if (receiver != NULL)
        return receiver;

    receiver = mem_new(sizeof *receiver + len + 1);
    receiver->dispatch = dispatch;
    memcpy(receiver->key, key, len);
    HASH_ADD_KEYPTR(hh, dispatch->receivers, receiver->key, len, receiver);
    return receiver;
}

/* What tells one receiver from another: its URL, and among those of one URL whose it is. */
static void identity_of(const struct channel_entry *channel, char out[static IDENTITY_BYTES_MAX])
{
    const char *whose = channel->kind == CHANNEL_PAGERDUTY ? channel->pagerduty->routing_key : "";

    (void) snprintf(out, IDENTITY_BYTES_MAX, "%s %s", channel->url, whose);
}

static void dispatch_on_claim(void *context, const OutboxRow *row)
{
    struct dispatch *dispatch = context;
    const struct channel_entry *channel = aggregator_config_receiver(dispatch->config, row->receiver);
    char identity[IDENTITY_BYTES_MAX];
    if (channel != NULL)
        identity_of(channel, identity);
    struct receiver *receiver = receiver_get(dispatch, channel == NULL ? row->receiver : identity);
    if (receiver->phase != PHASE_IDLE || receiver->has_head)
        return;

    receiver->has_head = true;
    receiver->row = *row;
}

static int read_heads(struct dispatch *dispatch)
{
    for (struct receiver *r = dispatch->receivers; r != NULL; r = r->hh.next)
        r->has_head = false;

    int claimed = claims_visit(&dispatch->claims, dispatch->options.store, dispatch_on_claim, dispatch);
    if (claimed != 0 || !dispatch->rewind_owed)
        return claimed;

    dispatch->rewind_owed = false;
    claims_rewind(&dispatch->claims);
    return claims_visit(&dispatch->claims, dispatch->options.store, dispatch_on_claim, dispatch);
}

/* Until the head may go: the receiver's pace, and the row's own time. */
static int64_t head_wait(const struct receiver *receiver)
{
    int64_t wait_ms = pace_wait(&receiver->pace, clock_mono_ms());
    int64_t row_ms = receiver->row.next_attempt_ms - clock_wall_ms();

    return row_ms > wait_ms ? row_ms : wait_ms;
}

static int64_t sooner(int64_t a_ms, int64_t b_ms)
{
    return a_ms == DISPATCH_NOTHING || b_ms < a_ms ? b_ms : a_ms;
}

int64_t dispatch_turn(struct dispatch *dispatch, const struct aggregator_config *config)
{
    dispatch->config = config;
    int64_t next_ms = dispatch_flush(dispatch) > 0 ? FULL_INBOX_WAIT_MS : DISPATCH_NOTHING;

    int r = read_heads(dispatch);
    if (r < 0)
        return r == -1 ? -EIO : r;     /* -EPERM would read as "nothing" */

    for (struct receiver *receiver = dispatch->receivers; receiver != NULL; receiver = receiver->hh.next) {
        if (!receiver->has_head || receiver->phase != PHASE_IDLE)
            continue;
        int64_t wait_ms = head_wait(receiver);
        if (wait_ms > 0)
            next_ms = sooner(next_ms, wait_ms);
        else
            send_head(receiver, config);
        if (receiver->phase == PHASE_HELD)
            next_ms = sooner(next_ms, FULL_INBOX_WAIT_MS);
    }
    return next_ms;
}

size_t dispatch_flying(const struct dispatch *dispatch)
{
    size_t n = 0;
    for (const struct receiver *r = dispatch->receivers; r != NULL; r = r->hh.next)
        n += r->phase == PHASE_FLYING;
    return n;
}

size_t dispatch_busy(const struct dispatch *dispatch)
{
    size_t n = 0;
    for (const struct receiver *r = dispatch->receivers; r != NULL; r = r->hh.next)
        n += r->phase != PHASE_IDLE;
    return n;
}

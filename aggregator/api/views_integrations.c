/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GET /api/integrations: how sending to each channel goes. Queues and dead letters are counted over the newest notifications
 * (OUTBOX_COUNTED_MAX); successes, failures and retries are what the core has kept of each attempt.
 */
#include <string.h>

#include "aggregator/api/api_private.h"
#include "aggregator/api/body.h"
#include "aggregator/api/outbox_count.h"
#include "aggregator/api/views.h"
#include "aggregator/inbox/receiver_record.h"

static const char *kind_name(enum channel_kind kind)
{
    switch (kind) {
    case CHANNEL_SLACK:     return "slack";
    case CHANNEL_WEBHOOK:   return "webhook";
    case CHANNEL_PAGERDUTY: return "pagerduty";
    }
    return NULL;
}

static void put_queue(json_t *object, const struct outbox_queue *queue, int64_t now_ms)
{
    static const struct outbox_queue none = {0};
    if (queue == NULL)
        queue = &none;

    body_int(object, "waiting", (int64_t) queue->waiting);
    body_time(object, "oldest_waiting_since", queue->oldest_ms);
    body_put(object, "oldest_waiting_seconds",
             queue->waiting == 0 ? NULL : json_integer(queue->oldest_ms < now_ms ? (now_ms - queue->oldest_ms) / 1000 : 0));
    body_time(object, "next_attempt_at", queue->next_ms > now_ms ? queue->next_ms : 0);
    body_int(object, "dead", (int64_t) queue->dead);
}

static const char *state_of(const ReceiverRow *record)
{
    if (record->last_failure_ms > record->last_success_ms)
        return "failing";
    return record->last_success_ms > 0 ? "ok" : "unused";
}

static json_t *channel_json(const struct channel_entry *channel, const ReceiverRow *record, const struct outbox_tally *tally,
                            int64_t now_ms)
{
    json_t *object = json_object();

    body_text(object, "channel", channel->name);
    body_text(object, "kind", kind_name(channel->kind));
    body_text(object, "state", state_of(record));
    body_time(object, "last_success_at", record->last_success_ms);
    body_time(object, "last_failure_at", record->last_failure_ms);
    body_text(object, "last_failure", record->last_failure);
    body_int(object, "failures_last_hour", receiver_record_failures(record, now_ms));
    body_int(object, "retries_a_minute", receiver_record_retries(record, now_ms));
    body_bool(object, "retry_storm", receiver_record_retries(record, now_ms) >= RETRY_STORM_MINUTE);
    put_queue(object, outbox_tally_queue(tally, channel->name), now_ms);
    return object;
}

int views_integrations(struct render *render)
{
    const struct aggregator_config *config = render->config;
    struct outbox_tally tally = outbox_count_get(&render->api->outbox, render->txn, render->world.views[VIEW_OUTBOX]);
    json_t *items = json_array();

    for (size_t i = 0; i < config->n_channels; i++) {
        const struct channel_entry *channel = &config->channels[i];
        ReceiverRow record;
        if (store_get(render->txn, TABLE_RECEIVERS, key_name(channel->name), &record) != 0)
            record = (ReceiverRow) {0};
        json_array_append_new(items, channel_json(channel, &record, &tally, render->now_ms));
    }
    render_read_done(render);
    render->volatile_body = true;

    const struct outbox_queue *nobody = outbox_tally_queue(&tally, "");
    json_t *object = json_object();
    body_put(object, "channels", items);
    body_int(object, "dead_without_channel", nobody == NULL ? 0 : (int64_t) nobody->dead);
    body_int(object, "dropped", (int64_t) tally.dropped);
    views_put_world(render, object);
    return body_write(object, render->out);
}

static void head(struct buffer *out, const char *name, const char *help)
{
    (void) buffer_format(out, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

void views_channel_metrics(const struct render *render, const struct outbox_tally *tally, struct buffer *out)
{
    static const struct outbox_queue none = {0};
    const struct aggregator_config *config = render->config;

    head(out, "tocsin_channel_waiting", "Notifications that wait for this channel, of the newest 10000.");
    for (size_t i = 0; i < config->n_channels; i++) {
        const struct outbox_queue *queue = outbox_tally_queue(tally, config->channels[i].name);
        (void) buffer_format(out, "tocsin_channel_waiting{channel=\"%s\"} %zu\n", config->channels[i].name,
                             (queue == NULL ? &none : queue)->waiting);
    }
    head(out, "tocsin_channel_oldest_waiting_timestamp_seconds", "When the oldest of them was decided; absent without any.");
    for (size_t i = 0; i < config->n_channels; i++) {
        const struct outbox_queue *queue = outbox_tally_queue(tally, config->channels[i].name);
        if (queue != NULL && queue->waiting > 0)
            (void) buffer_format(out, "tocsin_channel_oldest_waiting_timestamp_seconds{channel=\"%s\"} %.3f\n",
                                 config->channels[i].name, (double) queue->oldest_ms / 1000);
    }
    head(out, "tocsin_channel_dead", "Dead letters of this channel that nobody has dropped, of the newest 10000.");
    for (size_t i = 0; i < config->n_channels; i++) {
        const struct outbox_queue *queue = outbox_tally_queue(tally, config->channels[i].name);
        (void) buffer_format(out, "tocsin_channel_dead{channel=\"%s\"} %zu\n", config->channels[i].name,
                             (queue == NULL ? &none : queue)->dead);
    }
}

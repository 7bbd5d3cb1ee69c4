/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Notifications that somebody sends again or gives up. The engine is not asked: what it knows of the alert stands in the
 * store as the last round left it, and what this round still decides folds with what waits, as ever.
 */
#include <stdio.h>
#include <string.h>

#include "aggregator/core_private.h"
#include "aggregator/outbox_hand.h"
#include "common/log.h"

/* The row as this round has it so far, into scratch. 0, STORE_ABSENT, or a negative errno. */
static int find_row(struct core *core, struct store_txn *txn, uint64_t sequence)
{
    OutboxRow *row = &core->scratch->outbox;
    const OutboxRow *live = outbox_find(core->outbox, sequence);
    if (live == NULL)
        return store_get(txn, TABLE_OUTBOX, key_number(sequence), row);
    *row = *live;
    return 0;
}

/* Where nobody carried any of its channels the row names the first alone; the open alert has them all. */
static const struct channel_entry *any_of_alert(struct core *core, struct store_txn *txn, const OutboxRow *row)
{
    AlertState *alert = &core->scratch->load.alert;
    const struct channel_entry *channel = NULL;
    if (row->receiver[0] != '\0' || store_get(txn, TABLE_ALERTS, key_name(row->key), alert) != 0)
        return NULL;
    for (size_t i = 0; channel == NULL && i < alert->channels_count; i++)
        channel = aggregator_config_receiver(core->config, alert->channels[i]);
    return channel;
}

/* Its receiver while that one is there, else who carries its channel by now. */
static const char *receiver_now(struct core *core, struct store_txn *txn, const OutboxRow *row)
{
    const struct channel_entry *channel = NULL;
    if (row->receiver[0] != '\0')
        channel = aggregator_config_receiver(core->config, row->receiver);
    if (channel == NULL)
        channel = aggregator_config_receiver(core->config, row->channel);
    if (channel == NULL)
        channel = any_of_alert(core, txn, row);
    return channel == NULL ? NULL : channel->name;
}

static void look_at_told(struct core *core, struct store_txn *txn, const OutboxRow *row, struct outbox_truth *truth)
{
    ToldRow *told = &core->scratch->load.told;
    struct outbox_knowledge known = outbox_knowledge(core->outbox, truth->receiver, row->key);
    if (store_get(txn, TABLE_TOLD, key_told(truth->receiver, row->key), told) == 0 && told->outbox > known.told)
        known.told = told->outbox;

    uint64_t newest = known.coming > known.told ? known.coming : known.told;
    truth->heard = known.heard;
    truth->newer = newest > row->sequence ? newest : 0;
}

static void look_at_flapping(struct core *core, struct store_txn *txn, const OutboxRow *row, struct outbox_truth *truth)
{
    ServiceState *service = &core->scratch->load.service;
    truth->goes_on = store_get(txn, TABLE_SERVICES, key_name(row->service), service) == 0 && service->has_flap
                     && service->flap.channels_count > 0;
    truth->opened_at_ms = truth->goes_on ? service->flap.start_sent_ms : 0;
}

static void look_at_alert(struct core *core, struct store_txn *txn, const OutboxRow *row, struct outbox_truth *truth)
{
    AlertState *alert = &core->scratch->load.alert;
    truth->goes_on = store_get(txn, TABLE_ALERTS, key_name(row->key), alert) == 0;
    if (!truth->goes_on)
        return;
    truth->opened_at_ms = alert->opened_at_ms;
    if (alert->alert_class == ALERT_SERVICE)
        truth->level = status_name(status_from_number((int) alert->told));
    else if (alert->level[0] != '\0')
        truth->level = alert->level;
}

static bool is_of_flapping(const OutboxRow *row)
{
    return strncmp(row->kind, "flap_", strlen("flap_")) == 0;
}

static struct outbox_truth look(struct core *core, struct store_txn *txn, const OutboxRow *row)
{
    struct outbox_truth truth = {
        .receiver = receiver_now(core, txn, row),
        .full = outbox_unfinished(core->outbox) >= OUTBOX_UNFINISHED_MAX,
    };
    if (truth.receiver == NULL)
        return truth;
    look_at_told(core, txn, row, &truth);
    if (is_of_flapping(row))
        look_at_flapping(core, txn, row, &truth);
    else
        look_at_alert(core, txn, row, &truth);
    return truth;
}

static enum inbox_outcome retry_one(struct core *core, struct store_txn *txn, uint64_t sequence,
                                    char why[static OUTBOX_WORDS_BYTES])
{
    OutboxRow *row = &core->scratch->outbox;
    if (find_row(core, txn, sequence) != 0)
        return INBOX_NO_SUCH_ROW;
    struct outbox_truth truth = look(core, txn, row);
    if (!outbox_may_retry(row, &truth, why))
        return INBOX_UNFIT;
    (void) snprintf(row->receiver, sizeof row->receiver, "%s", truth.receiver);
    outbox_revive(core->outbox, row, core->round.wall_ms);
    log_info("outbox.retried", "a notification is sent again by hand", LOG_INT("sequence", sequence),
             LOG_TEXT("channel", row->receiver), LOG_TEXT("key", row->key));
    return INBOX_DONE;
}

/* Names the row in the first words that are kept. */
static void keep_words(struct inbox_result *result, uint64_t sequence, const char *why)
{
    if (result->words[0] == '\0')
        (void) snprintf(result->words, sizeof result->words, "notification %llu: %.200s", (unsigned long long) sequence, why);
}

enum inbox_outcome core_retry(struct core *core, const struct inbox_item *item, struct inbox_result *result)
{
    struct store_txn *txn;
    if (store_read(core->options.store, &txn) < 0) {
        keep_words(result, item->rows.sequences[0], "the store cannot be read now");
        return INBOX_UNFIT;
    }
    enum inbox_outcome outcome = INBOX_DONE;
    for (uint32_t i = 0; i < item->rows.n; i++) {
        char why[OUTBOX_WORDS_BYTES] = "is not there any more";
        outcome = retry_one(core, txn, item->rows.sequences[i], why);
        result->retried += outcome == INBOX_DONE;
        result->left += outcome != INBOX_DONE;
        if (outcome != INBOX_DONE)
            keep_words(result, item->rows.sequences[i], why);
    }
    store_end(txn);
    return item->rows.several ? INBOX_DONE : outcome;
}

static enum inbox_outcome drop_one(struct core *core, struct store_txn *txn, const struct inbox_item *item,
                                   struct inbox_result *result)
{
    OutboxRow *row = &core->scratch->outbox;
    char why[OUTBOX_WORDS_BYTES];
    if (find_row(core, txn, item->rows.sequences[0]) != 0)
        return INBOX_NO_SUCH_ROW;
    if (!outbox_may_drop(row, why)) {
        keep_words(result, row->sequence, why);
        return INBOX_UNFIT;
    }
    (void) snprintf(row->dropped_by, sizeof row->dropped_by, "%s", item->rows.by);
    (void) snprintf(row->dropped_reason, sizeof row->dropped_reason, "%s", item->rows.reason);
    outbox_drop(core->outbox, row, core->round.wall_ms);
    log_info("outbox.dropped", "a notification was given up by hand", LOG_INT("sequence", row->sequence),
             LOG_TEXT("channel", row->receiver), LOG_TEXT("key", row->key), LOG_TEXT("by", row->dropped_by));
    return INBOX_DONE;
}

enum inbox_outcome core_drop(struct core *core, const struct inbox_item *item, struct inbox_result *result)
{
    struct store_txn *txn;
    if (store_read(core->options.store, &txn) < 0) {
        keep_words(result, item->rows.sequences[0], "the store cannot be read now");
        return INBOX_UNFIT;
    }
    enum inbox_outcome outcome = drop_one(core, txn, item, result);
    store_end(txn);
    return outcome;
}

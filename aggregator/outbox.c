/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/outbox.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "aggregator/outbox_topic.h"
#include "common/mem.h"

struct outbox {
    struct lane *lanes;            /* by receiver */
    struct topic *topics;          /* by receiver and key */
    struct entry *by_sequence;     /* every unfinished row */
    struct entry *changed;         /* to be stored, oldest first; finished ones are freed once they were given out */
    struct entry *given;           /* the finished one given out last */
    struct telling *tellings;
    struct telling *told;          /* the one given out last */
};

struct outbox *outbox_new(void)
{
    return mem_new(sizeof(struct outbox));
}

static void entry_free(struct entry *entry)
{
    free(entry);
}

void outbox_free(struct outbox *outbox)
{
    if (outbox == NULL)
        return;
    const OutboxRow *row;
    while (outbox_next_changed(outbox, &row))
        ;
    const ToldRow *told;
    while (outbox_next_told(outbox, &told))
        ;
    struct entry *entry;
    struct entry *next_entry;
    HASH_ITER(hh, outbox->by_sequence, entry, next_entry) {
        HASH_DEL(outbox->by_sequence, entry);
        entry_free(entry);
    }
    lanes_free(&outbox->lanes);
    topics_free(&outbox->topics);
    free(outbox);
}

/* ---------------------------------------------------------------- one row's way */

static void note_change(struct outbox *outbox, struct entry *entry)
{
    if (entry->is_changed)
        return;
    entry->is_changed = true;
    DL_APPEND2(outbox->changed, entry, changed_prev, changed_next);
}

/* Out of the lane and out of the index: it will only be stored. */
static void finish(struct outbox *outbox, struct entry *entry, OutboxState state, int64_t wall_ms)
{
    entry->row.state = state;
    entry->row.finished_ms = wall_ms;
    note_change(outbox, entry);
    if (entry->lane == NULL)
        return;

    if (entry->topic->waiting == entry)
        entry->topic->waiting = NULL;
    entry->topic->n_rows--;
    DL_DELETE2(entry->lane->rows, entry, lane_prev, lane_next);
    HASH_DEL(outbox->by_sequence, entry);
    topic_drop_when_idle(&outbox->topics, entry->topic);
    entry->lane = NULL;
    entry->topic = NULL;
}

static void die(struct outbox *outbox, struct entry *entry, const char *reason, int64_t wall_ms)
{
    (void) snprintf(entry->row.reason, sizeof entry->row.reason, "%s", reason);
    finish(outbox, entry, OUTBOX_DEAD, wall_ms);
}

static void enter(struct outbox *outbox, struct entry *entry)
{
    entry->lane = lanes_get(&outbox->lanes, entry->row.receiver);
    entry->topic = topics_get(&outbox->topics, entry->row.receiver, entry->row.key);
    entry->topic->n_rows++;
    DL_APPEND2(entry->lane->rows, entry, lane_prev, lane_next);
    HASH_ADD(hh, outbox->by_sequence, row.sequence, sizeof entry->row.sequence, entry);
}

static bool closes(const char *kind)
{
    return strcmp(kind, "resolve") == 0 || strcmp(kind, "flap_stop") == 0;
}

static bool opens(const char *kind)
{
    return strcmp(kind, "raise") == 0 || strcmp(kind, "flap_start") == 0;
}

/* What goes on is told as the first to a receiver that has not heard of it. */
static void tell_as_first(OutboxRow *row)
{
    if (closes(row->kind) || opens(row->kind))
        return;
    (void) snprintf(row->kind, sizeof row->kind, "raise");
    row->previous_level[0] = '\0';
}

/* The older row of a topic gives way to the newer one, which must be waiting. Where the receiver has heard of neither,
 * the newer is told as the first, and two that cancel each other are not told at all. */
static void fold(struct outbox *outbox, struct entry *older, struct entry *newer, int64_t wall_ms)
{
    struct topic *topic = newer->topic;
    bool heard = topic->told || topic->n_claimed > 0 || older->row.ambiguous > 0;

    older->row.superseded_by = newer->row.sequence;
    newer->row.ambiguous += older->row.ambiguous;
    topic->waiting = newer;
    bool nothing_left = !heard && closes(newer->row.kind);
    if (!heard)
        tell_as_first(&newer->row);
    finish(outbox, older, OUTBOX_SUPERSEDED, wall_ms);
    note_change(outbox, newer);
    if (nothing_left) {
        (void) snprintf(newer->row.reason, sizeof newer->row.reason, "nobody had heard of it");
        finish(outbox, newer, OUTBOX_SUPERSEDED, wall_ms);
    }
}

void outbox_add(struct outbox *outbox, const OutboxRow *row, int64_t wall_ms)
{
    struct entry *entry = mem_new(sizeof *entry);
    entry->row = *row;
    entry->row.state = OUTBOX_PENDING;
    if (row->receiver[0] == '\0') {
        die(outbox, entry, "no_sink", wall_ms);
        return;
    }
    if (outbox_unfinished(outbox) >= OUTBOX_UNFINISHED_MAX) {
        die(outbox, entry, "outbox_full", wall_ms);
        return;
    }

    enter(outbox, entry);
    struct topic *topic = entry->topic;
    if (topic->told)
        (void) snprintf(entry->row.previous_level, sizeof entry->row.previous_level, "%s", topic->level);
    note_change(outbox, entry);
    if (topic->waiting != NULL)
        fold(outbox, topic->waiting, entry, wall_ms);
    else
        topic->waiting = entry;
}

/* ---------------------------------------------------------------- by hand */

const OutboxRow *outbox_find(const struct outbox *outbox, uint64_t sequence)
{
    struct entry *entry;
    HASH_FIND(hh, outbox->by_sequence, &sequence, sizeof sequence, entry);
    if (entry != NULL)
        return &entry->row;

    const OutboxRow *found = NULL;   /* the last of several: dropped and brought back in one round */
    DL_FOREACH2(outbox->changed, entry, changed_next) {
        if (entry->row.sequence == sequence)
            found = &entry->row;
    }
    return found;
}

static uint64_t newest_unfinished(const struct outbox *outbox, const struct topic *topic, const char *receiver)
{
    uint64_t newest = 0;
    for (const struct lane *lane = outbox->lanes; lane != NULL; lane = lane->next) {
        if (strcmp(lane->receiver, receiver) != 0)
            continue;
        for (const struct entry *entry = lane->rows; entry != NULL; entry = entry->lane_next) {
            if (entry->topic == topic && entry->row.sequence > newest)
                newest = entry->row.sequence;
        }
    }
    return newest;
}

struct outbox_knowledge outbox_knowledge(const struct outbox *outbox, const char *receiver, const char *key)
{
    struct outbox_knowledge known = {0};
    const struct topic *topic = topics_find(outbox->topics, receiver, key);
    if (topic != NULL) {
        known.heard = topic->told;
        known.coming = topic->n_rows > 0 ? newest_unfinished(outbox, topic, receiver) : 0;
    }
    const struct telling *telling;
    DL_FOREACH(outbox->tellings, telling) {
        if (telling->row.outbox > known.told && strcmp(telling->row.channel, receiver) == 0
            && strcmp(telling->row.key, key) == 0)
            known.told = telling->row.outbox;
    }
    return known;
}

static void renew(OutboxRow *row, int64_t wall_ms)
{
    row->state = OUTBOX_PENDING;
    row->earlier_attempts += row->attempts;
    row->attempts = 0;
    row->retries++;
    row->retried_at_ms = wall_ms;
    row->next_attempt_ms = 0;
    row->finished_ms = 0;
    row->superseded_by = 0;
    row->reason[0] = '\0';
    row->receipt[0] = '\0';
}

void outbox_revive(struct outbox *outbox, const OutboxRow *row, int64_t wall_ms)
{
    assert(row->receiver[0] != '\0');
    struct entry *entry = mem_new(sizeof *entry);
    entry->row = *row;
    renew(&entry->row, wall_ms);
    enter(outbox, entry);
    struct topic *topic = entry->topic;
    if (topic->told)
        (void) snprintf(entry->row.previous_level, sizeof entry->row.previous_level, "%s", topic->level);
    else if (topic->n_claimed == 0 && row->ambiguous == 0)
        tell_as_first(&entry->row);
    note_change(outbox, entry);
    if (topic->waiting != NULL)
        fold(outbox, topic->waiting, entry, wall_ms);
    else
        topic->waiting = entry;
}

void outbox_drop(struct outbox *outbox, const OutboxRow *row, int64_t wall_ms)
{
    struct entry *entry;
    HASH_FIND(hh, outbox->by_sequence, &row->sequence, sizeof row->sequence, entry);
    bool waits = entry != NULL;
    if (!waits) {
        entry = mem_new(sizeof *entry);
        entry->row = *row;
    }
    assert(entry->row.state != OUTBOX_CLAIMED);
    (void) snprintf(entry->row.dropped_by, sizeof entry->row.dropped_by, "%s", row->dropped_by);
    (void) snprintf(entry->row.dropped_reason, sizeof entry->row.dropped_reason, "%s", row->dropped_reason);
    entry->row.dropped_at_ms = wall_ms;
    if (waits)
        die(outbox, entry, row->dropped_reason, wall_ms);
    else
        note_change(outbox, entry);
}

/* ---------------------------------------------------------------- claims */

/* A time further off than any we set is that of a clock that has since gone back. */
static bool is_due(const OutboxRow *row, int64_t wall_ms)
{
    return row->next_attempt_ms <= wall_ms || row->next_attempt_ms - wall_ms > OUTBOX_DELAY_MS_MAX;
}

/* Only now it is certain what the receiver has heard: while a row waits, an earlier one may be on the wire. */
static void note_heard(struct entry *entry)
{
    const struct topic *topic = entry->topic;

    entry->row.told_before = topic->told;
    if (topic->told)
        (void) snprintf(entry->row.previous_level, sizeof entry->row.previous_level, "%s", topic->level);
}

static uint32_t claim_lane(struct outbox *outbox, struct lane *lane, int64_t wall_ms)
{
    if (lane->n_claimed > 0)
        return 0;

    struct entry *entry;
    DL_FOREACH2(lane->rows, entry, lane_next) {
        bool failed_before = entry->row.attempts > 0;
        if (lane->n_claimed >= OUTBOX_CLAIM_MAX || !is_due(&entry->row, wall_ms)
            || (failed_before && lane->n_claimed > 0))
            break;
        entry->row.state = OUTBOX_CLAIMED;
        note_heard(entry);
        entry->topic->waiting = NULL;
        entry->topic->n_claimed++;
        lane->n_claimed++;
        note_change(outbox, entry);
        if (failed_before)
            break;
    }
    return lane->n_claimed;
}

uint32_t outbox_claim(struct outbox *outbox, int64_t wall_ms)
{
    uint32_t n = 0;
    for (struct lane *lane = outbox->lanes; lane != NULL; lane = lane->next)
        n += claim_lane(outbox, lane, wall_ms);
    return n;
}

int64_t outbox_due(const struct outbox *outbox)
{
    int64_t due_ms = INT64_MAX;
    for (const struct lane *lane = outbox->lanes; lane != NULL; lane = lane->next) {
        if (lane->n_claimed == 0 && lane->rows != NULL && lane->rows->row.next_attempt_ms < due_ms)
            due_ms = lane->rows->row.next_attempt_ms;
    }
    return due_ms;
}

/* ---------------------------------------------------------------- reports */

static void remember_telling(struct outbox *outbox, struct entry *entry, int64_t wall_ms)
{
    struct topic *topic = entry->topic;
    const OutboxRow *row = &entry->row;
    topic->told = !closes(row->kind);
    (void) snprintf(topic->level, sizeof topic->level, "%s", row->level);

    struct telling *telling = mem_new(sizeof *telling);
    ToldRow *told = &telling->row;
    (void) snprintf(told->channel, sizeof told->channel, "%s", row->receiver);
    (void) snprintf(told->key, sizeof told->key, "%s", row->key);
    (void) snprintf(told->level, sizeof told->level, "%s", row->level);
    (void) snprintf(told->kind, sizeof told->kind, "%s", row->kind);
    told->at_ms = wall_ms;
    told->outbox = row->sequence;
    DL_APPEND(outbox->tellings, telling);
}

static void put_back(struct outbox *outbox, struct entry *entry, const struct delivery *report, int64_t wall_ms)
{
    OutboxRow *row = &entry->row;
    int64_t since_ms = row->retried_at_ms > row->decided_at_ms ? row->retried_at_ms : row->decided_at_ms;
    if (row->attempts >= OUTBOX_ATTEMPTS_MAX || wall_ms - since_ms >= OUTBOX_AGE_MS_MAX) {
        char reason[sizeof row->reason];
        (void) snprintf(reason, sizeof reason, "given up after %u attempts: %.150s", row->attempts, report->reason);
        die(outbox, entry, reason, wall_ms);
        return;
    }
    row->state = report->outcome == DELIVERY_AMBIGUOUS ? OUTBOX_AMBIGUOUS : OUTBOX_PENDING;
    row->next_attempt_ms = report->not_before_ms < wall_ms + OUTBOX_DELAY_MS_MAX ? report->not_before_ms
                                                                                : wall_ms + OUTBOX_DELAY_MS_MAX;
    if (entry->topic->waiting != NULL)
        fold(outbox, entry, entry->topic->waiting, wall_ms);
    else
        entry->topic->waiting = entry;
}

static void settle(struct outbox *outbox, struct entry *entry, const struct delivery *report, int64_t wall_ms)
{
    switch (report->outcome) {
    case DELIVERY_SENT:
        remember_telling(outbox, entry, wall_ms);
        entry->row.reason[0] = '\0';
        finish(outbox, entry, OUTBOX_SENT, wall_ms);
        return;
    case DELIVERY_AMBIGUOUS:
        entry->row.ambiguous++;
        put_back(outbox, entry, report, wall_ms);
        return;
    case DELIVERY_RETRY:
        put_back(outbox, entry, report, wall_ms);
        return;
    case DELIVERY_DEAD:
        finish(outbox, entry, OUTBOX_DEAD, wall_ms);
        return;
    case DELIVERY_NEEDLESS:
        finish(outbox, entry, OUTBOX_SUPERSEDED, wall_ms);
        return;
    }
    abort();
}

bool outbox_report(struct outbox *outbox, const struct delivery *report, int64_t wall_ms)
{
    struct entry *entry;
    HASH_FIND(hh, outbox->by_sequence, &report->sequence, sizeof report->sequence, entry);
    if (entry == NULL || entry->row.state != OUTBOX_CLAIMED)
        return false;

    assert(entry->lane->n_claimed > 0 && entry->topic->n_claimed > 0);
    entry->lane->n_claimed--;
    entry->topic->n_claimed--;
    if (report->outcome != DELIVERY_NEEDLESS) {
        entry->row.attempts++;
        entry->row.last_attempt_ms = wall_ms;
    }
    (void) snprintf(entry->row.receipt, sizeof entry->row.receipt, "%s", report->receipt);
    (void) snprintf(entry->row.reason, sizeof entry->row.reason, "%s", report->reason);
    note_change(outbox, entry);
    settle(outbox, entry, report, wall_ms);
    return true;
}

void outbox_drop_receivers(struct outbox *outbox, bool (*exists)(const void *context, const char *receiver),
                           const void *context, int64_t wall_ms)
{
    for (struct lane *lane = outbox->lanes; lane != NULL; lane = lane->next) {
        if (exists(context, lane->receiver))
            continue;
        struct entry *entry;
        struct entry *next;
        DL_FOREACH_SAFE2(lane->rows, entry, next, lane_next) {
            if (entry->row.state != OUTBOX_CLAIMED)
                die(outbox, entry, "no_sink", wall_ms);
        }
    }
}

/* ---------------------------------------------------------------- start, and what is to be stored */

static bool is_unfinished(OutboxState state)
{
    return state == OUTBOX_PENDING || state == OUTBOX_CLAIMED || state == OUTBOX_AMBIGUOUS;
}

void outbox_load(struct outbox *outbox, const OutboxRow *row)
{
    if (!is_unfinished(row->state) || row->receiver[0] == '\0')
        return;

    struct entry *entry = mem_new(sizeof *entry);
    entry->row = *row;
    enter(outbox, entry);
    if (row->state == OUTBOX_CLAIMED) {
        entry->row.state = OUTBOX_AMBIGUOUS;
        entry->row.attempts++;
        entry->row.ambiguous++;
        entry->row.next_attempt_ms = 0;
        note_change(outbox, entry);
    }
    if (entry->topic->waiting != NULL)
        fold(outbox, entry->topic->waiting, entry, row->decided_at_ms);
    else
        entry->topic->waiting = entry;
}

void outbox_load_told(struct outbox *outbox, const ToldRow *row)
{
    if (closes(row->kind))
        return;
    struct topic *topic = topics_get(&outbox->topics, row->channel, row->key);
    topic->told = true;
    (void) snprintf(topic->level, sizeof topic->level, "%s", row->level);
}

bool outbox_next_changed(struct outbox *outbox, const OutboxRow **out)
{
    entry_free(steal(&outbox->given));
    struct entry *entry = outbox->changed;
    if (entry == NULL)
        return false;

    DL_DELETE2(outbox->changed, entry, changed_prev, changed_next);
    entry->is_changed = false;
    if (entry->lane == NULL)
        outbox->given = entry;
    *out = &entry->row;
    return true;
}

bool outbox_next_told(struct outbox *outbox, const ToldRow **out)
{
    free(steal(&outbox->told));
    struct telling *telling = outbox->tellings;
    if (telling == NULL)
        return false;

    DL_DELETE(outbox->tellings, telling);
    outbox->told = telling;
    *out = &telling->row;
    return true;
}

bool outbox_has_changes(const struct outbox *outbox)
{
    return outbox->changed != NULL || outbox->tellings != NULL;
}

size_t outbox_unfinished(const struct outbox *outbox)
{
    return HASH_COUNT(outbox->by_sequence);
}

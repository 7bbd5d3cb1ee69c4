/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/collectors.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/text.h"

struct collector *collectors_find(const struct collectors *collectors, const char *name)
{
    struct collector *found;
    HASH_FIND_STR(collectors->by_name, name, found);
    return found;
}

struct collector *collectors_make(struct collectors *collectors, const char *name)
{
    struct collector *collector = collectors_find(collectors, name);
    if (collector != NULL)
        return collector;
    if (collectors_count(collectors) >= COLLECTORS_MAX)
        return NULL;

    collector = mem_new(sizeof *collector);
    (void) snprintf(collector->name, sizeof collector->name, "%s", name);
    HASH_ADD_STR(collectors->by_name, name, collector);
    return collector;
}

size_t collectors_count(const struct collectors *collectors)
{
    return HASH_COUNT(collectors->by_name);
}

static void drop_labels(struct collector *collector)
{
    for (size_t i = 0; i < collector->n_labels; i++)
        free(collector->labels[i]);
    free(steal(&collector->labels));
    collector->n_labels = 0;
}

void collectors_done(struct collectors *collectors)
{
    struct collector *collector;
    struct collector *next;
    HASH_ITER(hh, collectors->by_name, collector, next) {
        HASH_DEL(collectors->by_name, collector);
        run_done(&collector->contacts);
        drop_labels(collector);
        free(collector->address);
        free(collector);
    }
}

/* A copied key must not let two collectors throw each other out as fast as they can talk: each change of incarnation is
 * a commit, a catalogue and a resend. */
static bool is_too_soon(const struct collector *collector, int64_t mono_ms)
{
    return collector->incarnation_mono_ms != 0 && mono_ms - collector->incarnation_mono_ms < INCARNATION_MS_MIN;
}

enum hello_outcome collector_hello(struct collector *collector, const uint8_t boot_id[static BOOT_ID_BYTES],
                                   int64_t mono_ms)
{
    if (collector->has_boot && memcmp(collector->boot_id, boot_id, BOOT_ID_BYTES) == 0)
        return HELLO_SAME;
    if (is_too_soon(collector, mono_ms))
        return HELLO_TOO_SOON;

    memcpy(collector->boot_id, boot_id, BOOT_ID_BYTES);
    collector->has_boot = true;
    collector->incarnation++;
    collector->incarnation_mono_ms = mono_ms;
    collector->through = 0;
    collector->vitals = (Vitals) {0};
    collector->catalogue_digest[0] = '\0';
    return HELLO_NEW;
}

enum batch_outcome collector_batch(const struct collector *collector, const Batch *batch, struct batch_part *out)
{
    if (!collector->has_boot || memcmp(collector->boot_id, batch->boot_id, BOOT_ID_BYTES) != 0)
        return BATCH_STRANGER;
    if (batch->items == 0) {
        *out = (struct batch_part) {.skip = 0, .through = collector->through};
        return BATCH_TAKEN;
    }
    uint64_t end;
    if (batch->first_sequence == 0 || __builtin_add_overflow(batch->first_sequence, batch->items, &end))
        return BATCH_IMPOSSIBLE;

    uint64_t last = end - 1;
    if (last <= collector->through)
        *out = (struct batch_part) {.skip = batch->items, .through = collector->through};
    else if (batch->first_sequence <= collector->through)
        *out =
            (struct batch_part){.skip = (uint32_t) (collector->through + 1 - batch->first_sequence), .through = last};
    else
        *out = (struct batch_part) {.skip = 0, .through = last};   /* what is missing in between it had to drop */
    return BATCH_TAKEN;
}

uint64_t collector_vitals(struct collector *collector, const Vitals *vitals)
{
    uint64_t lost = vitals->dropped_total > collector->vitals.dropped_total
                        ? vitals->dropped_total - collector->vitals.dropped_total
                        : 0;

    collector->vitals = *vitals;
    collector->dropped_seen += lost;
    return lost;
}

void collector_heard_at(struct collector *collector, const void *address, size_t len)
{
    if (collector->address != NULL && collector->address_len == len && memcmp(collector->address, address, len) == 0)
        return;
    collector->address = mem_resize(collector->address, len, 1);
    memcpy(collector->address, address, len);
    collector->address_len = len;
}

static bool labels_are(const struct collector *collector, const HostFacts *facts)
{
    if (collector->n_labels != facts->labels_count)
        return false;
    for (size_t i = 0; i < collector->n_labels; i++) {
        if (strcmp(collector->labels[i], facts->labels[i]) != 0)
            return false;
    }
    return true;
}

bool collector_label(struct collector *collector, const HostFacts *facts)
{
    if (labels_are(collector, facts))
        return false;
    drop_labels(collector);
    if (facts->labels_count == 0)
        return true;
    collector->labels = mem_new_array(facts->labels_count, sizeof *collector->labels);
    for (size_t i = 0; i < facts->labels_count && i < LABELS_MAX; i++)
        collector->labels[collector->n_labels++] = mem_copy_string(facts->labels[i]);
    return true;
}

void collector_forget(struct collector *collector)
{
    struct collector left = {
        .permit = collector->permit,
        .touched = collector->touched,
        .host_update = collector->host_update,
        .ack = collector->ack,
        .address = collector->address,
        .address_len = collector->address_len,
        .hh = collector->hh,
    };

    memcpy(left.name, collector->name, sizeof left.name);
    drop_labels(collector);
    run_done(&collector->contacts);
    *collector = left;
}

bool collector_is_known(const struct collector *collector)
{
    return collector->state.name[0] != '\0';
}

void collector_fill(const struct collector *collector, CollectorRow *out)
{
    out->has_state = true;
    out->state = collector->state;
    (void) snprintf(out->state.name, sizeof out->state.name, "%s", collector->name);
    memcpy(out->boot_id, collector->boot_id, BOOT_ID_BYTES);
    out->incarnation = collector->incarnation;
    out->through_sequence = collector->through;
    out->last_contact_ms = collector->last_contact_ms;
    out->contacts.size = 0;
    if (collector->contacts.count > 0) {
        int len = run_encode(&collector->contacts, collector->name, out->contacts.bytes, sizeof out->contacts.bytes);
        assert(len >= 0);   /* run_extends_heartbeat says no before the bound of the row is reached */
        out->contacts.size = (pb_size_t) len;
    }
    out->has_vitals = true;
    out->vitals = collector->vitals;
    out->dropped_seen = collector->dropped_seen;
    (void) snprintf(out->catalogue_digest, sizeof out->catalogue_digest, "%s", collector->catalogue_digest);
}

int collector_restore(struct collector *collector, const CollectorRow *row)
{
    if (row->contacts.size > 0) {
        int r = run_decode((struct text){(const char *) row->contacts.bytes, row->contacts.size}, &collector->contacts);
        if (r < 0)
            return r;
    }
    collector->state = row->state;
    memcpy(collector->boot_id, row->boot_id, BOOT_ID_BYTES);
    collector->has_boot = row->incarnation > 0;
    collector->incarnation = row->incarnation;
    collector->through = row->through_sequence;
    collector->last_contact_ms = row->last_contact_ms;
    collector->vitals = row->vitals;
    collector->dropped_seen = row->dropped_seen;
    (void) snprintf(collector->catalogue_digest, sizeof collector->catalogue_digest, "%s", row->catalogue_digest);
    (void) snprintf(collector->catalogue_announced, sizeof collector->catalogue_announced, "%s", row->catalogue_digest);
    return 0;
}

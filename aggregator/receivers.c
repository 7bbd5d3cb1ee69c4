/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/receivers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "aggregator/inbox/receiver_record.h"
#include "common/mem.h"

struct receiver_entry {
    ReceiverRow row;
    bool is_changed;
    struct receiver_entry *next;
};

void receivers_done(struct receivers *receivers)
{
    struct receiver_entry *entry, *next;
    LL_FOREACH_SAFE(receivers->list, entry, next)
        free(entry);
    receivers->list = NULL;
}

static struct receiver_entry *get(struct receivers *receivers, const char *name)
{
    struct receiver_entry *entry;
    LL_FOREACH(receivers->list, entry) {
        if (strcmp(entry->row.name, name) == 0)
            return entry;
    }
    entry = mem_new(sizeof *entry);
    (void) snprintf(entry->row.name, sizeof entry->row.name, "%s", name);
    LL_PREPEND(receivers->list, entry);
    return entry;
}

void receivers_load(struct receivers *receivers, const ReceiverRow *row)
{
    get(receivers, row->name)->row = *row;
}

void receivers_note(struct receivers *receivers, const char *name, const struct delivery *delivery, bool again, int64_t wall_ms)
{
    struct receiver_entry *entry = get(receivers, name);
    receiver_record_note(&entry->row, delivery, again, wall_ms);
    entry->is_changed = true;
}

const ReceiverRow *receivers_next_changed(struct receivers *receivers)
{
    struct receiver_entry *entry;
    LL_FOREACH(receivers->list, entry) {
        if (entry->is_changed) {
            entry->is_changed = false;
            return &entry->row;
        }
    }
    return NULL;
}

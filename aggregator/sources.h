/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sources: what the aggregator keeps of a source beside the engine: the open run of the journal, and the words that go
 * with its last observation and with its line of the catalogue. A table parallel to the engine's slots, so that an
 * observation is looked up once.
 *
 *     struct source_entry *entry = sources_at(&sources, effects.source_slot);
 *     source_say(entry, report->reason, report->detail, report->link);
 *     source_fill(entry, &row);              // at the end of the round
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "aggregator/store/run.h"
#include "proto/rows.pb.h"
#include "proto/wire.pb.h"

/* Three short strings in one block, each NUL-terminated. */
struct source_words {
    char *at;                    /* owned; NULL: three empty strings */
    uint32_t len;
    uint32_t cap;
};

struct source_entry {            /* all zero is a valid, empty entry */
    struct run run;
    struct source_words said;    /* reason, detail, link of the last accepted observation */
    struct source_words listed;  /* title, unit, thresholds of the catalogue */
    uint8_t level;               /* of the last accepted ok, for the loudest voice of a notification */
    bool maintenance;
    bool known;                  /* a row of the store or an observation has filled it */
    bool touched;                /* already among the changed ones of this round */
};

struct sources {
    struct source_entry *entries;   /* owned, by slot */
    uint32_t n;
};

/* The entry of a slot, made when it is new; borrowed until the next call. */
struct source_entry *sources_at(struct sources *, uint32_t slot);

/* Empties the entry of a slot whose source is gone; its run must have been taken. */
void sources_forget(struct sources *, uint32_t slot);
void sources_done(struct sources *);

/* The words of an observation, and of a line of the catalogue. */
void source_say(struct source_entry *, const Report *);
void source_list(struct source_entry *, const Source *);

/* The same words from a row. */
void source_list_row(struct source_entry *, const SourceRow *);

/* Everything of the row but its state. */
void source_fill(const struct source_entry *, SourceRow *out);

/* Back, at start. -EBADMSG: the row's run cannot be read. */
int source_restore(struct source_entry *, const SourceRow *);

/* Why the last observation failed, one word; "": it did not, or nobody said. Borrowed until the entry changes. */
const char *source_reason(const struct source_entry *);

/* Detail and link, for a notification. Borrowed until the entry changes. */
const char *source_detail(const struct source_entry *);
const char *source_link(const struct source_entry *);

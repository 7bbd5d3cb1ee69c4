/* SPDX-License-Identifier: Apache-2.0 */
/*
 * round: everything that one round of the core changes, kept until it is durable: what goes into the store, and who is
 * to hear of it afterwards. It is written by core_write, a function of the round and the store alone: when a commit
 * fails the same round is written again into another transaction.
 *
 * Pointers in a round point into its arena, into the engine, or into the tables of the core; none of these changes
 * between the sealing of a round and its commit, for no input is taken in between.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aggregator/collectors.h"
#include "aggregator/engine/decision.h"
#include "aggregator/inbox/inbox.h"
#include "aggregator/journal_writer.h"
#include "aggregator/sources.h"
#include "aggregator/store/store.h"
#include "common/mem.h"

enum { ADDRESS_BYTES_MAX = 255, REPLY_BYTES_MAX = 256 };

/* A row of sources. state NULL: only what stands beside the state has changed. */
struct round_source {
    const SourceState *state;
    const char *service;
    const char *source;
    uint32_t slot;
};

/* A line of a catalogue. */
struct round_line {
    const char *service;
    const char *source;
    const Source *line;
};

/* Some metrics of one check. */
struct round_metrics {
    const char *check;
    const Metric *metrics;
    size_t n;
    int64_t at_ms;
    struct round_metrics *next;
};

/* What became known of a host. */
struct round_host {
    struct collector *collector;
    const Hello *hello;                  /* the last of the round; NULL: none */
    bool fresh;                          /* a new incarnation: its old metrics are forgotten */
    int64_t hello_at_ms;
    int64_t skew_ms;
    struct round_metrics *metrics;       /* in order of arrival */
    struct round_metrics *last;
    struct round_host *next;
};

/* Any other row; message NULL: it is deleted. */
struct round_put {
    enum table table;
    struct store_key key;
    const void *message;
    struct round_put *next;
};

/* The configuration with this digest, to be kept for replay. */
struct round_config {
    const char *digest;
    struct text json;
    struct round_config *next;
};

/* Up to which decision an input led. */
struct round_mark {
    size_t n_decisions;
    uint64_t input;
};

/* A frame for a collector, sent after the commit. */
struct round_reply {
    uint8_t address[ADDRESS_BYTES_MAX];
    uint8_t frame[REPLY_BYTES_MAX];
    uint16_t address_len;
    uint16_t frame_len;
    struct round_reply *next;
};

/* Somebody who waits for an answer. */
struct round_answer {
    struct inbox_item *item;             /* owned */
    struct inbox_result result;
    uint32_t status;
    const char *body;                    /* NULL: none */
    struct round_answer *next;
};

/* Keys of the tables by time: the last one given out. */
struct time_key {
    int64_t at_ms;
    uint32_t sequence;
};

struct round {
    int64_t now_ms;                      /* engine clock, read once */
    int64_t wall_ms;
    uint32_t n_items;                    /* taken, for the limit */
    uint32_t n_inputs;                   /* of the engine */
    uint32_t views;                      /* bit 1 << enum view */
    bool must_commit;                    /* something is to be written */
    bool sealed;                         /* complete; may be written */

    struct effects effects;
    struct round_mark *marks;            /* owned, as the arrays below */
    size_t n_marks, cap_marks;
    struct journal_writer journal;
    struct round_source *sources;
    size_t n_sources, cap_sources;
    const ServiceState **services;
    size_t n_services, cap_services;
    struct collector **collectors;
    size_t n_collectors, cap_collectors;
    struct round_source *touched;        /* sources whose state the engine may not have changed */
    size_t n_touched, cap_touched;
    struct round_line *lines;
    size_t n_lines, cap_lines;

    struct round_host *hosts, *last_host;
    struct round_put *puts, *last_put;
    struct round_config *configs;
    struct round_reply *replies, *last_reply;
    struct round_answer *answers, *last_answer;
    uint32_t n_timeline;                 /* these two are set when it is written */
    struct time_key timeline_end;
    uint32_t n_claimed;
    struct arena arena;
};

/* Marks a view as touched, and the round as one to be written. */
void round_touch(struct round *, enum view);

/* Copies the message (bytes long) and puts it when the round is written. Returns the copy. */
void *round_put(struct round *, enum table, struct store_key, const void *message, size_t bytes);
void round_delete(struct round *, enum table, struct store_key);

/* Lists; what is given is copied (the struct, not what it points to). */
void round_add_source(struct round *, struct round_source);
void round_add_touched(struct round *, struct round_source);
void round_add_service(struct round *, const ServiceState *);
void round_add_collector(struct round *, struct collector *);
void round_add_line(struct round *, struct round_line);
void round_mark(struct round *, uint64_t input);
struct round_host *round_add_host(struct round *, struct collector *);
struct round_reply *round_add_reply(struct round *, const void *address, size_t len);
struct round_answer *round_add_answer(struct round *, struct inbox_item *);

/* Empties it, keeping the room. Replies and answers must have been given. */
void round_reset(struct round *);
void round_done(struct round *);

/* The next key of a table by time; times that would go back are those of the last key. */
struct store_key time_key_next(struct time_key *, int64_t at_ms);

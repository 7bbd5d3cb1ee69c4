/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run: the journal's run-length form. Observations of one source that repeat the last one (result, level, kind, boot,
 * collector, every_s) extend an open run by some six bytes: the differences of input number, arrival, source time and
 * sequence from what was to be expected. So do heartbeats of one collector. Nothing the engine's rules need is lost:
 * run_next gives back each input as it came, whatever the clocks did. Pure.
 *
 *     if (run_extends(&run, &observation, at_ms)) {
 *         run_extend(&run, &observation, input, at_ms);
 *     } else {
 *         journal_put_run(txn, &run);                 // what was there goes to the journal; an empty run is nothing
 *         run_start(&run, &observation, input, at_ms);
 *     }
 *     int len = run_encode(&run, NULL, row.run.bytes, sizeof row.run.bytes);   // the open run, for the sources row
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"
#include "common/text.h"
#include "proto/observation.pb.h"
#include "proto/rows.pb.h"

enum { RUN_REPEATS_MAX = 128, RUN_AGE_MS_MAX = 3600 * 1000 };

/* An open run. All zero: none; so is one with a count of 0, which may have room. */
struct run {
    uint8_t *bytes;          /* owned: the encoded first observation, then the repeats */
    uint32_t first_len;      /* of bytes, the first observation (0 in a run of heartbeats) */
    uint32_t len;
    uint32_t cap;
    uint64_t input;          /* number of the first input */
    int64_t at_ms;
    uint32_t count;          /* inputs in it, at most RUN_REPEATS_MAX; 0: no run */
    /* the last input, to take differences from */
    uint64_t last_input;
    int64_t last_at_ms;
    int64_t last_observed_ms;
    uint64_t last_seq;
    /* what breaks it; service, source and collector are compared with the encoded first observation */
    uint64_t boot;
    uint32_t every_s;
    SourceKind kind;
    Result result;
    Level level;
    bool has_seq;
};

/* Whether this observation would extend the run, given when it arrived: false when there is none, it is full, more
 * than an hour lies between its start and now (in either direction), or anything the engine looks at differs. */
bool run_extends(const struct run *, const Observation *, int64_t at_ms);
bool run_extends_heartbeat(const struct run *, int64_t at_ms);

/* Starts anew with this observation, which has a service (whatever was there must have been taken), or extends,
 * which run_extends must have allowed. */
void run_start(struct run *, const Observation *, uint64_t input, int64_t at_ms);
void run_start_heartbeat(struct run *, uint64_t input, int64_t at_ms);
void run_extend(struct run *, const Observation *, uint64_t input, int64_t at_ms);
void run_extend_heartbeat(struct run *, uint64_t input, int64_t at_ms);

/* As stored: an encoded Run message (collector: name of a run of heartbeats, else NULL); returns its length, 0 for
 * no run, or -EMSGSIZE. RUN_BYTES_MAX are enough for any. */
enum { RUN_BYTES_MAX = Run_size };
int run_encode(const struct run *, const char *collector, uint8_t *out, size_t cap);

/* Back into an open run, at start; empty text is no run. 0, or -EBADMSG and *out is no run. */
int run_decode(struct text encoded, struct run *out);

/* Ends it: no run, and a little room for the next. */
void run_clear(struct run *);

/* Frees; leaves all zero. */
void run_done(struct run *);

/* Reading: gives back input after input. */
struct run_reader {
    const Run *run;            /* borrowed until the last run_next */
    size_t offset;
    uint32_t given;
    uint64_t input;
    int64_t at_ms;
    Observation observation;   /* of a run of heartbeats only collector is set */
};

/* -EBADMSG when the run cannot have been written by run_encode. */
int run_open(const Run *, struct run_reader *);

/* 1 and reader->input, at_ms, observation; 0 at the end; -EBADMSG. */
int run_next(struct run_reader *);

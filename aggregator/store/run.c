/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/store/run.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <pb_decode.h>

#include "aggregator/store/encode.h"
#include "aggregator/store/put.h"
#include "common/mem.h"

enum {
    REPEAT_BYTES_MAX = 4 * VARINT_BYTES_MAX,
    REPEATS_BYTES_MAX = sizeof((Run *) 0)->repeats.bytes,
    RUN_AROUND_BYTES_MAX = 6 + 2 * VARINT_BYTES_MAX + 2 + 2 + 2 + 1,   /* tags, numbers, lengths: see run_encode */
    GROW_BYTES = 64,                           /* there is a run for every source: room is given out in small pieces */
    KEPT_BYTES_MAX = 192,                      /* and a run that broke early must not keep what a full one needed */
};

/* What a repeat differs in. */
struct moment {
    uint64_t input;
    int64_t at_ms;
    int64_t observed_ms;
    uint64_t seq;
};

/* Where the next one is expected: an interval later, as old on arrival as the last, numbers unchanged. Sums wrap,
 * so that any two moments have a difference and adding it leads back. */
static struct moment expected(const struct moment *last, uint32_t every_s)
{
    uint64_t step_ms = (uint64_t) every_s * 1000;

    return (struct moment) {last->input, (int64_t) ((uint64_t) last->at_ms + step_ms), last->observed_ms, last->seq};
}

static uint64_t minus(int64_t a, int64_t b)
{
    return (uint64_t) a - (uint64_t) b;
}

static int64_t plus(int64_t a, int64_t b)
{
    return (int64_t) ((uint64_t) a + (uint64_t) b);
}

/* ---------------------------------------------------------------- one repeat to bytes and back */

static size_t write_repeat(const struct moment *last, const struct moment *now, const struct run *run, uint8_t *out)
{
    struct moment next = expected(last, run->every_s);
    uint8_t *at = put_svarint(out, (int64_t) (now->input - next.input));
    at = put_svarint(at, (int64_t) minus(now->at_ms, next.at_ms));
    if (run->first_len > 0) {
        uint64_t arrival_step = minus(now->at_ms, last->at_ms);
        at = put_svarint(at, (int64_t) (minus(now->observed_ms, next.observed_ms) - arrival_step));
        if (run->has_seq)
            at = put_svarint(at, (int64_t) (now->seq - next.seq));
    }
    return (size_t) (at - out);
}

/* first: the observation that begins the run, NULL for heartbeats. */
static bool read_repeat(pb_istream_t *in, const Observation *first, struct moment *moment)
{
    struct moment next = expected(moment, first == NULL ? 0 : first->every_s);
    int64_t input;
    int64_t at;
    int64_t age = 0;
    int64_t seq = 0;
    if (!pb_decode_svarint(in, &input) || !pb_decode_svarint(in, &at))
        return false;
    if (first != NULL && !pb_decode_svarint(in, &age))
        return false;
    if (first != NULL && first->has_seq && !pb_decode_svarint(in, &seq))
        return false;

    int64_t at_ms = plus(next.at_ms, at);
    *moment = (struct moment) {
        .input = next.input + (uint64_t) input,
        .at_ms = at_ms,
        .observed_ms = plus(plus(next.observed_ms, (int64_t) minus(at_ms, moment->at_ms)), age),
        .seq = next.seq + (uint64_t) seq,
    };
    return true;
}

/* ---------------------------------------------------------------- an open run */

static void append(struct run *run, const uint8_t *bytes, size_t len)
{
    uint32_t need = run->len + (uint32_t) len;
    if (need > run->cap) {
        run->cap = (need + GROW_BYTES - 1) / GROW_BYTES * GROW_BYTES;
        run->bytes = mem_resize(run->bytes, run->cap, 1);
    }
    memcpy(run->bytes + run->len, bytes, len);
    run->len = need;
}

static bool has_room(const struct run *run, int64_t at_ms)
{
    int64_t age_ms;
    if (run->count == 0 || run->count >= RUN_REPEATS_MAX)
        return false;
    if (run->len - run->first_len + REPEAT_BYTES_MAX > REPEATS_BYTES_MAX)
        return false;
    return !__builtin_sub_overflow(at_ms, run->at_ms, &age_ms) && age_ms <= RUN_AGE_MS_MAX && age_ms >= -RUN_AGE_MS_MAX;
}

/* The first fields of an encoded observation are its three names, in this order; an empty one is not written. */
static bool names_are(const struct run *run, const Observation *observation)
{
    const char *names[] = {observation->service, observation->source, observation->collector};
    const uint32_t tags[] = {Observation_service_tag, Observation_source_tag, Observation_collector_tag};
    size_t at = 0;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        struct text name = {"", 0};
        if (at + 2 <= run->first_len && run->bytes[at] == (tags[i] << 3 | PB_WT_STRING)) {
            name = (struct text) {(const char *) run->bytes + at + 2, run->bytes[at + 1]};   /* a length of one byte */
            at += 2 + name.len;
        }
        if (at > run->first_len || !text_is(name, names[i]))
            return false;
    }
    return true;
}

_Static_assert(sizeof((Observation *) 0)->service <= 128 && sizeof((Observation *) 0)->source <= 128
                   && sizeof((Observation *) 0)->collector <= 128, "the length of a name is one byte");

bool run_extends(const struct run *run, const Observation *observation, int64_t at_ms)
{
    return has_room(run, at_ms) && run->first_len > 0 && run->kind == observation->kind
        && run->result == observation->result && run->level == observation->level && run->boot == observation->boot
        && run->every_s == observation->every_s && run->has_seq == observation->has_seq && names_are(run, observation);
}

bool run_extends_heartbeat(const struct run *run, int64_t at_ms)
{
    return has_room(run, at_ms) && run->first_len == 0;
}

void run_clear(struct run *run)
{
    if (run->cap > KEPT_BYTES_MAX)
        run_done(run);
    *run = (struct run) {.bytes = run->bytes, .cap = run->cap};
}

static void begin(struct run *run, const struct moment *moment)
{
    run_clear(run);
    *run = (struct run) {
        .bytes = run->bytes, .cap = run->cap,
        .count = 1,
        .input = moment->input, .last_input = moment->input,
        .at_ms = moment->at_ms, .last_at_ms = moment->at_ms,
        .last_observed_ms = moment->observed_ms,
        .last_seq = moment->seq,
    };
}

static struct moment moment_of(const Observation *observation, uint64_t input, int64_t at_ms)
{
    return (struct moment) {input, at_ms, observation->observed_at_ms, observation->has_seq ? observation->seq : 0};
}

void run_start(struct run *run, const Observation *observation, uint64_t input, int64_t at_ms)
{
    struct moment moment = moment_of(observation, input, at_ms);
    begin(run, &moment);
    run->boot = observation->boot;
    run->every_s = observation->every_s;
    run->kind = observation->kind;
    run->result = observation->result;
    run->level = observation->level;
    run->has_seq = observation->has_seq;

    uint8_t bytes[Observation_size];
    size_t len = encode_observation(observation, bytes);
    assert(len > 0);   /* it has a service */
    append(run, bytes, len);
    run->first_len = run->len;
}

void run_start_heartbeat(struct run *run, uint64_t input, int64_t at_ms)
{
    begin(run, &(struct moment) {.input = input, .at_ms = at_ms});
}

static void extend(struct run *run, const struct moment *now)
{
    struct moment last = {run->last_input, run->last_at_ms, run->last_observed_ms, run->last_seq};
    uint8_t repeat[REPEAT_BYTES_MAX];
    append(run, repeat, write_repeat(&last, now, run, repeat));

    run->count++;
    run->last_input = now->input;
    run->last_at_ms = now->at_ms;
    run->last_observed_ms = now->observed_ms;
    run->last_seq = now->seq;
}

void run_extend(struct run *run, const Observation *observation, uint64_t input, int64_t at_ms)
{
    assert(run->first_len > 0 && has_room(run, at_ms));

    struct moment now = moment_of(observation, input, at_ms);
    extend(run, &now);
}

void run_extend_heartbeat(struct run *run, uint64_t input, int64_t at_ms)
{
    assert(run->first_len == 0 && has_room(run, at_ms));

    extend(run, &(struct moment) {.input = input, .at_ms = at_ms});
}

void run_done(struct run *run)
{
    free(run->bytes);
    *run = (struct run) {0};
}

/* ---------------------------------------------------------------- stored */

static uint8_t *put_some(uint8_t *at, uint32_t tag, const void *bytes, size_t len)
{
    return len == 0 ? at : put_bytes(at, tag, bytes, len);
}

static uint8_t *put_number(uint8_t *at, uint32_t tag, uint64_t number)
{
    return number == 0 ? at : put_varint(put_tag(at, tag, PB_WT_VARINT), number);
}

/* By hand what pb_encode would make of a Run: the first observation is encoded already. */
int run_encode(const struct run *run, const char *collector, uint8_t *out, size_t cap)
{
    size_t collector_len = collector == NULL ? 0 : strlen(collector);
    if (run->count == 0)
        return 0;
    if (run->len + collector_len + RUN_AROUND_BYTES_MAX > cap)
        return -EMSGSIZE;

    uint8_t *at = put_some(out, Run_first_tag, run->bytes, run->first_len);
    at = put_number(at, Run_input_tag, run->input);
    at = put_number(at, Run_at_ms_tag, (uint64_t) run->at_ms);
    at = put_number(at, Run_count_tag, run->count);
    if (run->len > run->first_len)
        at = put_bytes(at, Run_repeats_tag, run->bytes + run->first_len, run->len - run->first_len);
    at = put_some(at, Run_collector_tag, collector, collector_len);
    return (int) (at - out);
}

static void take_repeats(struct run *run, const Run *stored)
{
    if (stored->repeats.size > 0)
        append(run, stored->repeats.bytes, stored->repeats.size);
    run->count = stored->count;
}

int run_decode(struct text encoded, struct run *out)
{
    *out = (struct run) {0};
    if (encoded.len == 0)
        return 0;

    Run stored;
    pb_istream_t in = pb_istream_from_buffer((const pb_byte_t *) encoded.at, encoded.len);
    struct run_reader reader;
    if (!pb_decode(&in, Run_fields, &stored) || run_open(&stored, &reader) < 0)
        return -EBADMSG;
    if (stored.has_first && stored.first.service[0] == '\0')
        return -EBADMSG;
    int r;
    while ((r = run_next(&reader)) > 0)
        ;   /* to the last input */
    if (r < 0)
        return r;

    if (stored.has_first)
        run_start(out, &stored.first, stored.input, stored.at_ms);
    else
        run_start_heartbeat(out, stored.input, stored.at_ms);
    take_repeats(out, &stored);
    out->last_input = reader.input;
    out->last_at_ms = reader.at_ms;
    out->last_observed_ms = reader.observation.observed_at_ms;
    out->last_seq = reader.observation.has_seq ? reader.observation.seq : 0;
    return 0;
}

/* ---------------------------------------------------------------- reading */

int run_open(const Run *run, struct run_reader *reader)
{
    if (run->count == 0 || run->count > RUN_REPEATS_MAX || (run->count == 1) != (run->repeats.size == 0))
        return -EBADMSG;

    *reader = (struct run_reader) {.run = run};
    return 0;
}

static void give_first(struct run_reader *reader)
{
    const Run *run = reader->run;
    reader->input = run->input;
    reader->at_ms = run->at_ms;
    if (run->has_first)
        reader->observation = run->first;
    else
        memcpy(reader->observation.collector, run->collector, sizeof run->collector);
    reader->given = 1;
}

_Static_assert(sizeof((Run *) 0)->collector == sizeof((Observation *) 0)->collector, "the same name");

int run_next(struct run_reader *reader)
{
    const Run *run = reader->run;
    if (reader->given == 0) {
        give_first(reader);
        return 1;
    }
    if (reader->given == run->count)
        return reader->offset == run->repeats.size ? 0 : -EBADMSG;

    Observation *observation = &reader->observation;
    struct moment moment = moment_of(observation, reader->input, reader->at_ms);
    pb_istream_t in = pb_istream_from_buffer(run->repeats.bytes + reader->offset, run->repeats.size - reader->offset);
    if (!read_repeat(&in, run->has_first ? &run->first : NULL, &moment))
        return -EBADMSG;

    reader->offset = run->repeats.size - in.bytes_left;
    reader->given++;
    reader->input = moment.input;
    reader->at_ms = moment.at_ms;
    observation->observed_at_ms = run->has_first ? moment.observed_ms : 0;
    observation->seq = moment.seq;
    return 1;
}

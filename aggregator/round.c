/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/round.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Room for one more in an array that is kept from round to round. */
#define GROW(array, n, cap)                                                       \
    do {                                                                          \
        if ((n) == (cap)) {                                                       \
            (cap) = (cap) == 0 ? 256 : 2 * (cap);                                 \
            (array) = mem_resize((array), (cap), sizeof *(array));                \
        }                                                                         \
    } while (false)

void round_touch(struct round *round, enum view view)
{
    round->views |= 1U << view;
    round->must_commit = true;
}

static struct round_put *new_put(struct round *round, enum table table, struct store_key key)
{
    struct round_put *put = arena_new(&round->arena, sizeof *put);
    put->table = table;
    put->key = key;
    if (round->last_put == NULL)
        round->puts = put;
    else
        round->last_put->next = put;
    round->last_put = put;
    round->must_commit = true;
    return put;
}

void *round_put(struct round *round, enum table table, struct store_key key, const void *message, size_t bytes)
{
    void *copy = arena_new(&round->arena, bytes);
    memcpy(copy, message, bytes);
    new_put(round, table, key)->message = copy;
    return copy;
}

void round_delete(struct round *round, enum table table, struct store_key key)
{
    (void) new_put(round, table, key);   /* without a message */
}

void round_add_source(struct round *round, struct round_source source)
{
    GROW(round->sources, round->n_sources, round->cap_sources);
    round->sources[round->n_sources++] = source;
}

void round_add_touched(struct round *round, struct round_source source)
{
    GROW(round->touched, round->n_touched, round->cap_touched);
    source.service = arena_copy_string(&round->arena, source.service);
    source.source = arena_copy_string(&round->arena, source.source);
    round->touched[round->n_touched++] = source;
}

void round_add_service(struct round *round, const ServiceState *service)
{
    GROW(round->services, round->n_services, round->cap_services);
    round->services[round->n_services++] = service;
}

void round_add_collector(struct round *round, struct collector *collector)
{
    if (collector->touched)
        return;
    collector->touched = true;
    GROW(round->collectors, round->n_collectors, round->cap_collectors);
    round->collectors[round->n_collectors++] = collector;
    round_touch(round, VIEW_COLLECTORS);
}

void round_add_line(struct round *round, struct round_line line)
{
    GROW(round->lines, round->n_lines, round->cap_lines);
    Source *copy = arena_new(&round->arena, sizeof *copy);
    *copy = *line.line;
    line.line = copy;
    line.service = arena_copy_string(&round->arena, line.service);
    line.source = arena_copy_string(&round->arena, line.source);
    round->lines[round->n_lines++] = line;
}

void round_mark(struct round *round, uint64_t input)
{
    round->n_inputs++;
    if (round->n_marks > 0 && round->marks[round->n_marks - 1].n_decisions == round->effects.n_decisions)
        return;   /* it led to nothing */
    GROW(round->marks, round->n_marks, round->cap_marks);
    round->marks[round->n_marks++] = (struct round_mark) {round->effects.n_decisions, input};
}

struct round_host *round_add_host(struct round *round, struct collector *collector)
{
    if (collector->host_update != NULL)
        return collector->host_update;

    struct round_host *host = arena_new(&round->arena, sizeof *host);
    host->collector = collector;
    collector->host_update = host;
    if (round->last_host == NULL)
        round->hosts = host;
    else
        round->last_host->next = host;
    round->last_host = host;
    round_touch(round, VIEW_HOSTS);
    return host;
}

struct round_reply *round_add_reply(struct round *round, const void *address, size_t len)
{
    assert(len <= ADDRESS_BYTES_MAX);
    struct round_reply *reply = arena_new(&round->arena, sizeof *reply);
    memcpy(reply->address, address, len);
    reply->address_len = (uint16_t) len;
    if (round->last_reply == NULL)
        round->replies = reply;
    else
        round->last_reply->next = reply;
    round->last_reply = reply;
    return reply;
}

struct round_answer *round_add_answer(struct round *round, struct inbox_item *item)
{
    struct round_answer *answer = arena_new(&round->arena, sizeof *answer);
    answer->item = item;
    if (round->last_answer == NULL)
        round->answers = answer;
    else
        round->last_answer->next = answer;
    round->last_answer = answer;
    return answer;
}

void round_reset(struct round *round)
{
    for (size_t i = 0; i < round->n_collectors; i++) {
        round->collectors[i]->touched = false;
        round->collectors[i]->ack = NULL;
    }
    for (struct round_host *host = round->hosts; host != NULL; host = host->next)
        host->collector->host_update = NULL;
    effects_reset(&round->effects);
    journal_writer_reset(&round->journal);
    round->n_marks = round->n_sources = round->n_services = round->n_collectors = round->n_touched = round->n_lines = 0;
    round->hosts = round->last_host = NULL;
    round->puts = round->last_put = NULL;
    round->configs = NULL;
    round->replies = round->last_reply = NULL;
    round->answers = round->last_answer = NULL;
    round->n_items = round->n_inputs = round->views = round->n_timeline = round->n_claimed = 0;
    round->must_commit = round->sealed = false;
    arena_reset(&round->arena);
}

void round_done(struct round *round)
{
    round_reset(round);
    effects_done(&round->effects);
    journal_writer_done(&round->journal);
    arena_done(&round->arena);
    free(round->marks);
    free(round->sources);
    free(round->services);
    free(round->collectors);
    free(round->touched);
    free(round->lines);
    *round = (struct round) {0};
}

struct store_key time_key_next(struct time_key *last, int64_t at_ms)
{
    if (at_ms > last->at_ms)
        *last = (struct time_key) {.at_ms = at_ms, .sequence = 0};
    else
        last->sequence++;
    return key_time(last->at_ms, last->sequence);
}

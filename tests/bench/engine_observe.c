/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine_observe: what one observation costs the alert engine alone: host services with one source each, in turn.
 *
 *     engine_observe [SERVICES] [ROUNDS]      prints one JSON object: nanoseconds each, bytes of heap a service
 *
 * same: nothing changes. change: each observation moves E and so leads to a `status` decision. rows: taking one changed
 * source's row. Rounds are a minute apart, so deadlines are put off as in life. The first round of a kind is not timed.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "aggregator/engine/engine.h"
#include "common/mem.h"

struct bench {
    struct engine *engine;
    struct engine_config config;
    struct effects effects;
    Observation *observations;         /* one a service, owned */
    size_t n;
    int64_t now_ms;
    uint64_t seq;
};

static int64_t nanoseconds(void)
{
    struct timespec at;

    (void) clock_gettime(CLOCK_MONOTONIC, &at);
    return (int64_t) at.tv_sec * 1000000000 + at.tv_nsec;
}

static void configure(struct bench *bench)
{
    static const struct param_layers shipped;

    params_resolve(&bench->config.params, &shipped, 2, NULL);
    for (int tier = 1; tier <= 3; tier++)
        params_resolve(&bench->config.host_params[tier - 1], &shipped, tier, NULL);
    bench->config.routes = engine_builtin_routes;
    bench->config.n_routes = engine_n_builtin_routes;
    bench->config.digest = "bench";
    engine_configure(bench->engine, &bench->config, 0, &bench->effects);
}

static void introduce(struct bench *bench)
{
    for (size_t i = 0; i < bench->n; i++) {
        Command command = {.which_input = Command_registration_tag};
        (void) snprintf(command.input.registration.service, sizeof command.input.registration.service,
            "host-%05zu:disk.root", i);
        command.input.registration.tier = 3;
        engine_command(bench->engine, &command, bench->now_ms, &bench->effects);

        Observation *said = &bench->observations[i];
        (void) snprintf(said->service, sizeof said->service, "host-%05zu:disk.root", i);
        (void) snprintf(said->source, sizeof said->source, "host-%05zu/disk.root", i);
        (void) snprintf(said->collector, sizeof said->collector, "host-%05zu", i);
        said->kind = SOURCE_PROBE;
        said->boot = 1;
        said->has_seq = true;
    }
    effects_reset(&bench->effects);
}

/* Everybody reports once; returns the nanoseconds that the engine took. */
static int64_t round_of(struct bench *bench, Level level)
{
    bench->now_ms += 60000;
    for (size_t i = 0; i < bench->n; i++) {
        bench->observations[i].level = level;
        bench->observations[i].observed_at_ms = bench->now_ms;
        bench->observations[i].seq = ++bench->seq;
    }
    int64_t start = nanoseconds();
    for (size_t i = 0; i < bench->n; i++)
        engine_observe(bench->engine, &bench->observations[i], bench->now_ms, &bench->effects);
    return nanoseconds() - start;
}

/* Takes all changed rows, as the core does after a round; returns the nanoseconds. */
static int64_t take_rows(struct bench *bench, size_t *n)
{
    StateRow row;
    uint32_t slot;
    struct engine_closed closed;

    *n = 0;
    int64_t start = nanoseconds();
    while (engine_next_closed(bench->engine, &closed))
        (*n)++;
    while (engine_next_dirty(bench->engine, &row, &slot))
        (*n)++;
    effects_reset(&bench->effects);
    return nanoseconds() - start;
}

/* Nanoseconds an observation and a row, over so many rounds after one that is not counted. */
static void measure(struct bench *bench, const char *name, const Level *levels, int rounds)
{
    int64_t observing = 0;
    int64_t taking = 0;
    size_t decisions = 0;
    size_t rows = 0;
    size_t n_rows;

    (void) round_of(bench, levels[1]);
    (void) take_rows(bench, &n_rows);
    for (int i = 0; i < rounds; i++) {
        observing += round_of(bench, levels[i % 2]);
        decisions += bench->effects.n_decisions;
        taking += take_rows(bench, &n_rows);
        rows += n_rows;
    }
    int64_t observations = (int64_t) bench->n * rounds;
    (void) printf("\"%s_ns\": %lld, \"%s_decisions\": %.2f, \"%s_row_ns\": %lld, ", name,
        (long long) (observing / observations), name, (double) decisions / (double) observations, name,
        (long long) (taking / (int64_t) (rows == 0 ? 1 : rows)));
}

int main(int argc, char **argv)
{
    static const Level same[] = {LEVEL_OPERATIONAL, LEVEL_OPERATIONAL};
    static const Level change[] = {LEVEL_DEGRADED, LEVEL_OPERATIONAL};
    size_t n = argc > 1 ? (size_t) atol(argv[1]) : 10000;
    int rounds = argc > 2 ? atoi(argv[2]) : 40;
    struct bench bench = {.n = n, .now_ms = 1700000000000};
    size_t n_rows;

    bench.observations = mem_new_array(n, sizeof *bench.observations);
    size_t before = mallinfo2().uordblks;
    bench.engine = engine_new();
    configure(&bench);
    introduce(&bench);
    (void) round_of(&bench, LEVEL_OPERATIONAL);
    (void) take_rows(&bench, &n_rows);
    effects_done(&bench.effects);
    size_t bytes = mallinfo2().uordblks - before;

    (void) printf("{\"services\": %zu, ", n);
    measure(&bench, "same", same, rounds);
    measure(&bench, "change", change, rounds);
    (void) printf("\"bytes_each\": %zu}\n", bytes / (n == 0 ? 1 : n));

    engine_free(bench.engine);
    effects_done(&bench.effects);
    free(bench.observations);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine_observe: what one observation costs the alert engine alone. Prints one JSON object, nanoseconds each.
 *
 *     engine_observe [SERVICES] [ROUNDS]      host services with one source each, in turn
 *     engine_observe alerts [N] [ROUNDS]      the same, N of them in open alerts that go on, N that are well
 *     engine_observe root [N] [ROUNDS]        N services that fail with the one they all stand on, and recover with it
 *
 * same: nothing changes. change: each observation moves E and so leads to a `status` decision. rows: taking one changed
 * source's row. bytes: of heap, a service. share_permille: of one core, at 3,000 observations a second. storm: all confirm
 * their trouble in one round; bad: it goes on; recovery: all confirm its end. Rounds are a minute apart, so deadlines are put
 * off as in life. The first round of a kind is not timed.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "aggregator/engine/engine.h"
#include "common/mem.h"

/* As many as arrive in one batch of the wire: they are taken from its frame just before the engine gets them. */
enum { BATCH = 64, ID_BYTES = 64 };

struct bench {
    struct engine *engine;
    struct engine_config config;
    struct effects effects;
    char (*ids)[ID_BYTES];             /* one a service, owned */
    size_t n;
    bool on_one_root;
    int64_t now_ms;
    uint64_t seq;
};

static int64_t nanoseconds(void)
{
    struct timespec at;

    (void) clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);    /* the machine may have other work */
    return (int64_t) at.tv_sec * 1000000000 + at.tv_nsec;
}

/* All services: the first, and those that stand on it. */
static void stand_on_one(struct bench *bench, const struct param_layers *shipped)
{
    static const size_t root[] = {0};

    bench->config.services = mem_new_array(bench->n, sizeof *bench->config.services);
    bench->config.n_services = bench->n;
    for (size_t i = 0; i < bench->n; i++) {
        struct engine_service *service = &bench->config.services[i];
        *service = (struct engine_service) {.id = bench->ids[i], .name = bench->ids[i], .tier = 2, .depends_on = root, .n_depends_on = i == 0 ? 0 : 1};
        params_resolve(&service->params, shipped, 2, NULL);
    }
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
    if (bench->on_one_root)
        stand_on_one(bench, &shipped);
    engine_configure(bench->engine, &bench->config, 0, &bench->effects);
}

/* Who speaks of what: host checks, or the services of one collector. */
static void say(struct bench *bench, size_t i, Level level, Observation *out)
{
    *out = (Observation) {.kind = SOURCE_PROBE, .level = level, .observed_at_ms = bench->now_ms, .boot = 1, .has_seq = true,
                          .seq = ++bench->seq};
    memcpy(out->service, bench->ids[i], sizeof out->service < ID_BYTES ? sizeof out->service : ID_BYTES);
    (void) snprintf(out->source, sizeof out->source, "host-%05zu/disk.root", i);
    (void) snprintf(out->collector, sizeof out->collector, "host-%05zu", bench->on_one_root ? 0 : i);
}

static void introduce(struct bench *bench)
{
    for (size_t i = 0; i < bench->n; i++) {
        Command command = {.which_input = Command_registration_tag};
        memcpy(command.input.registration.service, bench->ids[i], ID_BYTES);
        command.input.registration.tier = 3;
        engine_command(bench->engine, &command, bench->now_ms, &bench->effects);
    }
    effects_reset(&bench->effects);
}

/* Everybody reports once, of whom the first n_bad are not well; returns the nanoseconds that the engine took. */
static int64_t round_with(struct bench *bench, Level level, size_t n_bad)
{
    Observation batch[BATCH];
    int64_t sum = 0;

    bench->now_ms += 60000;
    for (size_t from = 0; from < bench->n; from += BATCH) {
        size_t n = bench->n - from < BATCH ? bench->n - from : BATCH;
        for (size_t i = 0; i < n; i++)
            say(bench, from + i, from + i < n_bad ? level : LEVEL_OPERATIONAL, &batch[i]);
        int64_t start = nanoseconds();
        for (size_t i = 0; i < n; i++)
            engine_observe(bench->engine, &batch[i], bench->now_ms, &bench->effects);
        sum += nanoseconds() - start;
    }
    return sum;
}

static int64_t round_of(struct bench *bench, Level level)
{
    return round_with(bench, level, bench->n);
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

static void begin(struct bench *bench)
{
    bench->engine = engine_new();
    bench->ids = mem_new_array(bench->n, sizeof *bench->ids);
    for (size_t i = 0; i < bench->n; i++)
        (void) snprintf(bench->ids[i], sizeof bench->ids[i], "host-%05zu%s", i, bench->on_one_root ? "" : ":disk.root");
}

static void done(struct bench *bench)
{
    engine_free(bench->engine);
    effects_done(&bench->effects);
    free(bench->config.services);
    free(bench->ids);
}

static void run_services(size_t n, int rounds)
{
    static const Level same[] = {LEVEL_OPERATIONAL, LEVEL_OPERATIONAL};
    static const Level change[] = {LEVEL_DEGRADED, LEVEL_OPERATIONAL};
    struct bench bench = {.n = n, .now_ms = 1700000000000};
    size_t n_rows;

    begin(&bench);
    size_t before = mallinfo2().uordblks;
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
    done(&bench);
}

/* Nanoseconds an observation of a round, its rows taken but not counted. */
static int64_t each(struct bench *bench, Level level, size_t n_bad)
{
    size_t n_rows;
    int64_t each_ns = round_with(bench, level, n_bad) / (int64_t) bench->n;

    (void) take_rows(bench, &n_rows);
    return each_ns;
}

static int64_t average(struct bench *bench, Level level, size_t n_bad, int rounds)
{
    int64_t sum = 0;

    for (int i = 0; i < rounds; i++)
        sum += each(bench, level, n_bad);
    return sum / rounds;
}

/* Of so many rounds the dearest: that in which all confirm. */
static int64_t dearest(struct bench *bench, Level level, int rounds)
{
    int64_t most = 0;

    for (int i = 0; i < rounds; i++) {
        int64_t each_ns = each(bench, level, bench->n);
        most = each_ns > most ? each_ns : most;
    }
    return most;
}

enum { CONFIRMING = 15 };    /* rounds, after which every level is confirmed */

static void run_alerts(size_t n_alerts, int rounds)
{
    struct bench bench = {.n = 2 * n_alerts, .now_ms = 1700000000000};
    struct engine_counts counts;

    begin(&bench);
    configure(&bench);
    introduce(&bench);
    (void) average(&bench, LEVEL_MAJOR_OUTAGE, 0, CONFIRMING);
    int64_t well_ns = average(&bench, LEVEL_MAJOR_OUTAGE, 0, rounds);
    (void) average(&bench, LEVEL_MAJOR_OUTAGE, n_alerts, CONFIRMING);
    int64_t open_ns = average(&bench, LEVEL_MAJOR_OUTAGE, n_alerts, rounds);
    engine_count(bench.engine, &counts);
    (void) printf("{\"open_alerts\": %zu, \"without_ns\": %lld, \"with_ns\": %lld, \"share_permille\": %.2f}\n", counts.open_alerts,
        (long long) well_ns, (long long) open_ns, (double) open_ns * 3000 / 1e6);
    done(&bench);
}

static void run_root(size_t n_children, int rounds)
{
    struct bench bench = {.n = n_children + 1, .on_one_root = true, .now_ms = 1700000000000};

    begin(&bench);
    configure(&bench);
    (void) average(&bench, LEVEL_OPERATIONAL, 0, CONFIRMING);
    int64_t well_ns = average(&bench, LEVEL_OPERATIONAL, 0, rounds);
    int64_t storm_ns = dearest(&bench, LEVEL_DEGRADED, CONFIRMING);
    int64_t bad_ns = average(&bench, LEVEL_DEGRADED, bench.n, rounds);
    int64_t recovery_ns = dearest(&bench, LEVEL_OPERATIONAL, CONFIRMING);
    (void) printf("{\"children\": %zu, \"well_ns\": %lld, \"storm_ns\": %lld, \"bad_ns\": %lld, \"recovery_ns\": %lld}\n", n_children,
        (long long) well_ns, (long long) storm_ns, (long long) bad_ns, (long long) recovery_ns);
    done(&bench);
}

int main(int argc, char **argv)
{
    static const struct { const char *name; size_t n; void (*run)(size_t n, int rounds); } modes[] = {
        { "alerts", 10000, run_alerts }, { "root", 300, run_root }, { "services", 10000, run_services },
    };
    size_t mode = 0;
    int taken = 1;
    while (mode + 1 < ARRAY_SIZE(modes) && (argc < 2 || strcmp(argv[1], modes[mode].name) != 0))
        mode++;
    if (argc > 1 && strcmp(argv[1], modes[mode].name) == 0)
        taken++;
    size_t n = argc > taken ? (size_t) atol(argv[taken]) : modes[mode].n;
    int rounds = argc > taken + 1 ? atoi(argv[taken + 1]) : 40;

    if (n == 0 || rounds <= 0) {
        (void) fprintf(stderr, "usage: engine_observe [services|alerts|root] [N] [ROUNDS]\n");
        return 2;
    }
    modes[mode].run(n, rounds);
    return 0;
}

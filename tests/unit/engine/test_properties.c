/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What holds whatever happens, on random streams about services that have nothing to do with each other.
 *
 *     TOCSIN_TEST_SEED=N test_engine_properties      begins with another seed; the one of a failure is told
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/rng.h"
#include "tests/unit/engine/story.h"

enum { STREAMS = 40, SERVICES = 4, INPUTS = 500, CALM_MINUTES = 180 };

static const struct cast cast[SERVICES] = {{"bulk", 2}, {"db", 1}, {"mail", 2}, {"shop", 1}};
static const char *const to_chat[] = {"chat"};
static const struct route everything_to_chat[] = {{.min_level = -1, .max_level = -1, .channels = to_chat, .n_channels = 1}};

/* ---- a stream */

struct input {
    size_t who;                        /* of cast */
    int64_t at_ms;
    Observation observation;
    Command *command;                  /* owned; NULL: the observation */
};

struct stream {
    struct story story;                /* for its configuration */
    struct rng rng;
    struct input *inputs;              /* owned */
    size_t n, cap;
    uint64_t seq;
    int64_t now_ms;
    enum status mood[SERVICES];
};

/* F7: the debt of slow flapping stands still while trouble is confirmed, and what eases waits for its end: no calm would
 * make that told. */
enum slowly { WITH_SLOW_FLAPPING, WITHOUT_SLOW_FLAPPING };

/* Nobody is blind and nothing silent as a whole: each service has a collector of its own. */
static void configure(struct stream *stream, enum slowly slowly)
{
    struct story *story = &stream->story;

    story_cast(story, cast, SERVICES);
    story->config.routes = everything_to_chat;
    story->config.n_routes = ARRAY_SIZE(everything_to_chat);
    story->config.params.value[PARAM_mass_silence_min] = 100000;
    story->config.params.value[PARAM_blind_min] = 100000;
    story->config.params.value[PARAM_ack_ttl_s] = 900;
    for (size_t i = 0; i < SERVICES; i++) {
        int64_t *value = story->services[i].params.value;
        value[PARAM_confirm_polls] = 1 + (int64_t) rng_below(&stream->rng, 4);
        value[PARAM_min_dwell_s] = (int64_t) rng_below(&stream->rng, 3) * 120;
        value[PARAM_improve_dwell_s] = (int64_t) rng_below(&stream->rng, 3) * 120;
        value[PARAM_recovery_polls] = 1 + (int64_t) rng_below(&stream->rng, 3);
        value[PARAM_poller_failure_threshold] = 1 + (int64_t) rng_below(&stream->rng, 3);
        value[PARAM_flap_bad_s] = slowly == WITH_SLOW_FLAPPING ? (int64_t) rng_below(&stream->rng, 3) * 60 : 0;
        value[PARAM_dedup_window_s] = 60 + (int64_t) rng_below(&stream->rng, 2) * 3600;
    }
}

static struct input *append(struct stream *stream, size_t who)
{
    if (stream->n == stream->cap) {
        stream->cap = stream->cap == 0 ? 1024 : stream->cap * 2;
        stream->inputs = mem_resize(stream->inputs, stream->cap, sizeof *stream->inputs);
    }
    struct input *input = &stream->inputs[stream->n++];
    *input = (struct input) {.who = who, .at_ms = stream->now_ms};
    return input;
}

static void observe(struct stream *stream, size_t who, int probe, enum status level, bool fails)
{
    Observation *said = &append(stream, who)->observation;

    (void) snprintf(said->service, sizeof said->service, "%s", cast[who].id);
    (void) snprintf(said->collector, sizeof said->collector, "of-%s", cast[who].id);
    (void) snprintf(said->source, sizeof said->source, "of-%s/%s", cast[who].id, probe == 0 ? "page" : "probe");
    said->kind = probe == 0 ? SOURCE_VENDOR : SOURCE_PROBE;
    said->result = fails ? RESULT_FAIL : RESULT_OK;
    said->level = fails ? LEVEL_UNKNOWN : (Level) level;
    said->observed_at_ms = stream->now_ms;
    said->boot = 1;
    said->has_seq = true;
    said->seq = ++stream->seq;
}

static void command(struct stream *stream, size_t who)
{
    Command *made = append(stream, who)->command = mem_new(sizeof *made);

    switch (rng_below(&stream->rng, 5)) {
    case 0:
        made->which_input = Command_manual_tag;
        made->input.manual = (Manual) {.level = LEVEL_OPERATIONAL + (Level) rng_below(&stream->rng, 4), .by = "ann",
                                            .has_ttl_s = true, .ttl_s = 600};
        (void) snprintf(made->input.manual.service, sizeof made->input.manual.service, "%s", cast[who].id);
        break;
    case 1:
        made->which_input = Command_manual_tag;
        made->input.manual = (Manual) {.end = true};
        (void) snprintf(made->input.manual.service, sizeof made->input.manual.service, "%s", cast[who].id);
        break;
    case 2:
        made->which_input = Command_acknowledge_tag;
        made->input.acknowledge = (Acknowledge) {.by = "ann", .sticky = rng_below(&stream->rng, 3) == 0};
        (void) snprintf(made->input.acknowledge.key, sizeof made->input.acknowledge.key, "service:%s", cast[who].id);
        break;
    case 3:
        made->which_input = Command_unacknowledge_tag;
        (void) snprintf(made->input.unacknowledge.key, sizeof made->input.unacknowledge.key, "service:%s", cast[who].id);
        break;
    default:
        made->which_input = Command_heartbeat_tag;
        (void) snprintf(made->input.heartbeat.collector, sizeof made->input.heartbeat.collector, "of-%s", cast[who].id);
        break;
    }
}

static void live(struct stream *stream)
{
    static const int64_t steps[] = {0, 0, 0, 1, 10000, 20000, 30000, 30000, 60000, 120001, 400000};
    struct rng *rng = &stream->rng;

    for (int i = 0; i < INPUTS; i++) {
        size_t who = rng_below(rng, SERVICES);
        stream->now_ms += steps[rng_below(rng, ARRAY_SIZE(steps))];
        if (rng_below(rng, 12) == 0)
            stream->mood[who] = STATUS_OPERATIONAL + (enum status) rng_below(rng, 4);
        if (rng_below(rng, 15) == 0)
            command(stream, who);
        else
            observe(stream, who, (int) rng_below(rng, 2), rng_below(rng, 6) == 0 ? STATUS_OPERATIONAL : stream->mood[who],
                rng_below(rng, 12) == 0);
    }
}

/* Nothing changes any more, for longer than any hold, any flapping, and what people set. */
static void calm_down(struct stream *stream)
{
    for (int minute = 0; minute < CALM_MINUTES; minute++) {
        stream->now_ms += 60000;
        for (size_t who = 0; who < SERVICES; who++) {
            observe(stream, who, 0, stream->mood[who], false);
            observe(stream, who, 1, stream->mood[who], false);
        }
    }
}

static void begin(struct stream *stream, uint64_t seed, enum slowly slowly)
{
    *stream = (struct stream) {.now_ms = S(1000)};
    rng_seed(&stream->rng, seed);
    configure(stream, slowly);
    for (size_t i = 0; i < SERVICES; i++)
        stream->mood[i] = STATUS_OPERATIONAL;
    live(stream);
    calm_down(stream);
}

static void end(struct stream *stream)
{
    for (size_t i = 0; i < stream->n; i++)
        free(stream->inputs[i].command);
    free(stream->inputs);
    free(stream);
}

/* ---- playing it */

typedef void hear_fn(void *context, const struct decision *);
enum { ALL = SERVICES };

/* Gives what concerns one service, or ALL, to a new engine. */
static void play(const struct stream *stream, size_t who, hear_fn *hear, void *context)
{
    struct engine *engine = engine_new();
    struct effects effects = {0};
    struct engine_closed closed;
    struct engine_removed removed;

    engine_configure(engine, &stream->story.config, 0, &effects);
    for (size_t i = 0; i < stream->n; i++) {
        const struct input *input = &stream->inputs[i];
        if (who != ALL && input->who != who)
            continue;
        if (input->command != NULL)
            engine_command(engine, input->command, input->at_ms, &effects);
        else
            engine_observe(engine, &input->observation, input->at_ms, &effects);
        for (size_t d = 0; d < effects.n_decisions; d++)
            hear(context, &effects.decisions[d]);
        while (engine_next_closed(engine, &closed))
            ;
        while (engine_next_removed(engine, &removed))
            ;
        effects_reset(&effects);
    }
    engine_free(engine);
    effects_done(&effects);
}

/* ---- told and true */

enum { KEYS_MAX = 64 };

struct ledger {
    uint64_t seed;
    struct told { char key[160]; char level[24]; bool open; } keys[KEYS_MAX];
    size_t n;
    char hard[SERVICES][24];
    size_t raises, resolves;
};

static struct told *find(struct ledger *ledger, const char *key)
{
    for (size_t i = 0; i < ledger->n; i++) {
        if (strcmp(ledger->keys[i].key, key) == 0)
            return &ledger->keys[i];
    }
    assert_true(ledger->n < KEYS_MAX);
    (void) snprintf(ledger->keys[ledger->n].key, sizeof ledger->keys[0].key, "%s", key);
    return &ledger->keys[ledger->n++];
}

static void take_notify(struct ledger *ledger, const struct decision *decision)
{
    if (decision->notify == NOTIFY_FLAP_START || decision->notify == NOTIFY_FLAP_STOP)
        return;
    struct told *told = find(ledger, decision->key);
    bool raises = decision->notify == NOTIFY_RAISE;
    if (raises == told->open)
        fail_msg("seed %llu: %s of %s at %lld while %s", (unsigned long long) ledger->seed, notify_kind_name(decision->notify),
            decision->key, (long long) decision->at_ms, told->open ? "one is open" : "none is open");
    told->open = decision->notify != NOTIFY_RESOLVE;
    (void) snprintf(told->level, sizeof told->level, "%s", decision->level);
    ledger->raises += raises;
    ledger->resolves += !told->open;
}

static void take(void *context, const struct decision *decision)
{
    struct ledger *ledger = context;

    if (decision->kind == DECISION_NOTIFY)
        take_notify(ledger, decision);
    if (decision->kind != DECISION_HARD)
        return;
    for (size_t i = 0; i < SERVICES; i++) {
        if (strcmp(cast[i].id, decision->service) == 0)
            (void) snprintf(ledger->hard[i], sizeof ledger->hard[i], "%s", decision->to);
    }
}

static void expect_truth(struct ledger *ledger, const struct stream *stream)
{
    for (size_t i = 0; i < SERVICES; i++) {
        char key[160];
        (void) snprintf(key, sizeof key, "service:%s", cast[i].id);
        const struct told *told = find(ledger, key);
        bool well = strcmp(ledger->hard[i], "operational") == 0;
        if (strcmp(ledger->hard[i], status_name(stream->mood[i])) != 0 || told->open == well ||
            (told->open && strcmp(told->level, ledger->hard[i]) != 0))
            fail_msg("seed %llu: %s is %s, confirmed %s, told %s", (unsigned long long) ledger->seed, cast[i].id,
                status_name(stream->mood[i]), ledger->hard[i], told->open ? told->level : "nothing");
    }
    for (size_t i = 0; i < ledger->n; i++) {
        if (strncmp(ledger->keys[i].key, "service:", 8) != 0 && ledger->keys[i].open)
            fail_msg("seed %llu: %s is still open", (unsigned long long) ledger->seed, ledger->keys[i].key);
    }
}

/* ---- who has nothing to do with each other */

static bool concerns(const struct decision *decision, const char *id)
{
    if (decision->service != NULL)
        return strcmp(decision->service, id) == 0;
    return decision->collector != NULL && strcmp(decision->collector + strlen("of-"), id) == 0;
}

struct diary {
    const char *id;
    struct buffer lines;
};

static const char *or_none(const char *word)
{
    return word == NULL ? "-" : word;
}

/* Everything but numbers that services share, such as those of incidents. */
static void note(void *context, const struct decision *d)
{
    struct diary *diary = context;

    if (!concerns(d, diary->id))
        return;
    (void) buffer_format(&diary->lines, "%lld %s %s %s>%s %s %u %lld ", (long long) d->at_ms, decision_kind_name(d->kind),
        or_none(d->source), or_none(d->from), or_none(d->to), or_none(d->via), d->polls, (long long) d->dwell_ms);
    (void) buffer_format(&diary->lines, "%d %s %s %zu %s %s %s %u %lld\n", (int) d->notify, or_none(d->key), or_none(d->level),
        d->n_channels, reason_name(d->reason), or_none(d->by), or_none(d->op), d->pct, (long long) d->since_ms);
}

static void play_into(const struct stream *stream, size_t who, struct diary *diary)
{
    buffer_init(&diary->lines, 8 << 20);
    play(stream, who, note, diary);
}

static void expect_same(const struct diary *expected, const struct diary *got, const char *when, uint64_t seed)
{
    const char *a = expected->lines.len == 0 ? "" : expected->lines.bytes;
    const char *b = got->lines.len == 0 ? "" : got->lines.bytes;
    size_t at = 0;
    size_t line = 0;

    while (a[at] != '\0' && a[at] == b[at]) {
        at++;
        line = a[at - 1] == '\n' ? at : line;
    }
    if (a[at] != b[at])
        fail_msg("seed %llu, %s %s:\n%.200s\nbut\n%.200s", (unsigned long long) seed, expected->id, when, a + line, b + line);
}

/* What came in one millisecond may have come in another order, as far as it is about different services. */
static void shuffle(struct stream *stream)
{
    for (size_t round = 0; round < stream->n; round++) {
        size_t i = rng_below(&stream->rng, stream->n - 1);
        struct input *a = &stream->inputs[i];
        if (a[0].at_ms != a[1].at_ms || a[0].who == a[1].who)
            continue;
        struct input first = a[0];
        a[0] = a[1];
        a[1] = first;
    }
}

/* ---- the tests */

static uint64_t first_seed(void)
{
    const char *given = getenv("TOCSIN_TEST_SEED");
    int64_t seed = 1;

    if (given != NULL)
        assert_true(text_to_int64(text_of(given), 0, INT64_MAX - STREAMS, &seed));
    print_message("seeds from %lld\n", (long long) seed);
    return (uint64_t) seed;
}

static void test_N1_N2_told_is_true_and_told_once(void **state)
{
    uint64_t seed = first_seed();
    size_t raises = 0;
    size_t resolves = 0;
    (void) state;

    for (uint64_t i = 0; i < STREAMS; i++) {
        struct stream *stream = mem_new(sizeof *stream);
        CLEANUP(mem_freep) struct ledger *ledger = mem_new(sizeof *ledger);
        begin(stream, seed + i, WITHOUT_SLOW_FLAPPING);
        ledger->seed = seed + i;
        play(stream, ALL, take, ledger);
        expect_truth(ledger, stream);
        raises += ledger->raises;
        resolves += ledger->resolves;
        end(stream);
    }
    assert_true(raises > 4 * STREAMS);
    assert_true(resolves > 2 * STREAMS);
}

static void test_T8_services_that_have_nothing_to_do_with_each_other(void **state)
{
    uint64_t seed = first_seed();
    (void) state;

    for (uint64_t i = 0; i < STREAMS / 2; i++) {
        struct stream *stream = mem_new(sizeof *stream);
        struct diary among[SERVICES];
        begin(stream, seed + i, WITH_SLOW_FLAPPING);
        for (size_t who = 0; who < SERVICES; who++) {
            struct diary alone = {.id = cast[who].id};
            among[who] = (struct diary) {.id = cast[who].id};
            play_into(stream, ALL, &among[who]);
            play_into(stream, who, &alone);
            expect_same(&among[who], &alone, "alone", seed + i);
            buffer_done(&alone.lines);
        }
        shuffle(stream);
        for (size_t who = 0; who < SERVICES; who++) {
            struct diary shuffled = {.id = cast[who].id};
            play_into(stream, ALL, &shuffled);
            expect_same(&among[who], &shuffled, "in another order", seed + i);
            buffer_done(&shuffled.lines);
            buffer_done(&among[who].lines);
        }
        end(stream);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_N1_N2_told_is_true_and_told_once),
        cmocka_unit_test(test_T8_services_that_have_nothing_to_do_with_each_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

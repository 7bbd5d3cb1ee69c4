/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Three engines live the same random life: one undisturbed, one that is stored, encoded, decoded and loaded again now
 * and then (X1), one that is woken between inputs (T8). All must decide the same, field by field, and end with the same
 * rows.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/engine/readiness.h"
#include "aggregator/engine/slo.h"
#include "common/rng.h"
#include "tests/unit/engine/life.h"
#include "tests/unit/engine/shelf.h"
#include "tests/unit/engine/story.h"

enum { LIVES = 40, INPUTS = 400 };

/* ---- comparing */

/* Every field of every decision, as text. */
static void describe(struct buffer *out, const struct effects *effects)
{
    for (size_t i = 0; i < effects->n_decisions; i++) {
        const struct decision *d = &effects->decisions[i];
        story_line(out, d);
        (void) buffer_format(out, " | %s %s %s ", d->source == NULL ? "-" : d->source,
            d->collector == NULL ? "-" : d->collector, d->incident == NULL ? "-" : d->incident);
        (void) buffer_format(out, "%s %lld %d %d %u %u %u %u %d %d %s %u", d->service == NULL ? "-" : d->service,
            (long long) d->since_ms, (int) d->said_vendor, (int) d->said_probe, d->dependents, d->tiers[0], d->tiers[1],
            d->tiers[2], d->tier, d->has_impact, d->previous == NULL ? "-" : d->previous, d->pct);
    }
    (void) buffer_format(out, " / %d", effects->accepted);
}

static void compare(const struct effects *expected, const struct effects *got, uint64_t seed, int at)
{
    struct buffer a;
    struct buffer b;
    buffer_init(&a, 4 << 20);
    buffer_init(&b, 4 << 20);
    describe(&a, expected);
    describe(&b, got);
    if (strcmp(a.bytes, b.bytes) != 0)
        fail_msg("seed %llu, input %d:\n%s\nbut\n%s", (unsigned long long) seed, at, a.bytes, b.bytes);
    buffer_done(&a);
    buffer_done(&b);
}

static void compare_readiness(const struct engine *expected, const struct engine *got, uint64_t seed, int at)
{
    struct readiness a;
    struct readiness b;

    engine_readiness(expected, &a);
    engine_readiness(got, &b);
    bool same = a.score == b.score && a.state == b.state && a.n_areas == b.n_areas;
    for (size_t i = 0; same && i < a.n_areas; i++)
        same = a.areas[i].verdict.score == b.areas[i].verdict.score && a.areas[i].verdict.state == b.areas[i].verdict.state;
    if (!same)
        fail_msg("seed %llu, input %d: readiness differs", (unsigned long long) seed, at);
}

static void compare_figures(const struct engine *expected, const struct engine *got, uint64_t seed, int at)
{
    for (size_t i = 0; i < ARRAY_SIZE(life_services); i++) {
        struct slo_figures a = {0};
        struct slo_figures b = {0};
        bool same = slo_figures(expected, life_services[i], &a) == slo_figures(got, life_services[i], &b) && a.watched == b.watched &&
            a.budget_remaining_ppm == b.budget_remaining_ppm &&
            memcmp(a.burn_milli, b.burn_milli, sizeof a.burn_milli) == 0 &&
            memcmp(a.uptime_ppm, b.uptime_ppm, sizeof a.uptime_ppm) == 0;
        if (!same)
            fail_msg("seed %llu, input %d: figures of %s differ", (unsigned long long) seed, at, life_services[i]);
    }
}

struct lived {
    size_t decisions, notifications, suppressions, acknowledgements, restarts, masses, blindnesses, told_of_health;
    size_t flaps, unwatched, aggregates, holds, burns, windows, maintained, graced, unproven;
    size_t joins, comebacks, resolves;
};

static void look_back(struct lived *lived, const struct decision *d)
{
    const char *key = d->key == NULL ? "" : d->key;
    bool told = d->kind == DECISION_NOTIFY;

    lived->decisions++;
    lived->unproven += d->kind == DECISION_REJECT && strcmp(d->op, "evidence") == 0;
    lived->notifications += told;
    lived->suppressions += d->kind == DECISION_SUPPRESS;
    lived->acknowledgements += d->kind == DECISION_ACK;
    lived->flaps += d->kind == DECISION_FLAP;
    lived->aggregates += d->affected != NULL;
    if (d->kind == DECISION_INCIDENT) {
        lived->joins += strcmp(d->op, "join") == 0;
        lived->comebacks += strcmp(d->op, "rejoin") == 0 || strcmp(d->op, "reopen") == 0;
        lived->resolves += strcmp(d->op, "resolve") == 0;
    }
    lived->holds += d->reason == REASON_UPSTREAM_GRACE || d->reason == REASON_CORRELATION_HOLD;
    lived->windows += d->kind == DECISION_MAINT;
    lived->maintained += d->reason == REASON_MAINTENANCE;
    lived->unwatched += d->reason == REASON_UNWATCHED;
    lived->graced += d->reason == REASON_MAINTENANCE_GRACE;
    lived->burns += told && strncmp(key, "slo:", 4) == 0;
    lived->masses += told && strncmp(key, "self:", 5) == 0;
    lived->blindnesses += d->kind == DECISION_COLLECTOR && strcmp(d->to, "blind") == 0;
    lived->told_of_health += told && (strncmp(key, "poller:", 7) == 0 || strncmp(key, "collector:", 10) == 0);
}

static struct engine *restart(struct engine *engine, struct shelf *shelf, struct life *life)
{
    struct effects effects = {0};

    engine_free(engine);
    engine = shelf_load(shelf, &life->budgets);
    engine_configure(engine, &life->configs[life->config], life->now_ms, &effects);
    assert_int_equal(effects.n_decisions, 0);
    effects_done(&effects);
    return engine;
}

static void live(uint64_t seed, struct lived *lived)
{
    CLEANUP(mem_freep) struct life *life = mem_new(sizeof *life);
    CLEANUP(mem_freep) struct shelf *calm = mem_new(sizeof *calm);
    CLEANUP(mem_freep) struct shelf *shelf = mem_new(sizeof *shelf);
    struct engine *undisturbed = engine_new();
    struct engine *restarted = engine_new();
    struct engine *woken = engine_new();
    struct effects effects[3] = {{0}};

    life_begin(life, seed);
    engine_configure(undisturbed, &life->configs[0], 0, &effects[0]);
    engine_configure(restarted, &life->configs[0], 0, &effects[1]);
    engine_configure(woken, &life->configs[0], 0, &effects[2]);
    for (int i = 0; i < INPUTS; i++) {
        int64_t before_ms = life->now_ms;
        struct input input = life_next(life);
        bool gap = input.kind == COMMAND && input.command.which_input == Command_gap_tag;

        life_give(undisturbed, &input, &effects[0]);
        life_give(restarted, &input, &effects[1]);
        for (int wakes = 0; wakes < 3 && !gap && i > 0 && input.at_ms > before_ms; wakes++)
            engine_advance(woken, before_ms + (input.at_ms - before_ms) * wakes / 3, &effects[2]);
        life_give(woken, &input, &effects[2]);
        compare(&effects[0], &effects[1], seed, i);
        compare(&effects[0], &effects[2], seed, i);
        compare_readiness(undisturbed, restarted, seed, i);
        compare_figures(undisturbed, restarted, seed, i);
        compare_readiness(undisturbed, woken, seed, i);
        compare_figures(undisturbed, woken, seed, i);

        for (size_t d = 0; d < effects[0].n_decisions; d++)
            look_back(lived, &effects[0].decisions[d]);
        for (size_t e = 0; e < ARRAY_SIZE(effects); e++)
            effects_reset(&effects[e]);
        shelf_drain(calm, undisturbed);
        shelf_drain(shelf, restarted);
        if (rng_below(&life->rng, 15) == 0) {
            restarted = restart(restarted, shelf, life);
            lived->restarts++;
        }
    }
    shelf_compare(calm, shelf, seed);

    struct engine_counts counts[2];
    engine_count(undisturbed, &counts[0]);
    engine_count(restarted, &counts[1]);
    assert_memory_equal(&counts[0], &counts[1], sizeof counts[0]);
    for (size_t e = 0; e < ARRAY_SIZE(effects); e++)
        effects_done(&effects[e]);
    engine_free(undisturbed);
    engine_free(restarted);
    engine_free(woken);
}

static void test_X1_T8_restarts_and_wakings_change_nothing(void **state)
{
    struct lived lived = {0};
    (void) state;

    for (uint64_t seed = 1; seed <= LIVES; seed++)
        live(seed, &lived);

    /* The lives must have been worth living: a change here means that the inputs became dull. */
    assert_true(lived.decisions > LIVES * 100);
    assert_true(lived.notifications > LIVES * 10);
    assert_true(lived.suppressions > LIVES);
    assert_true(lived.acknowledgements > LIVES);
    assert_true(lived.masses > LIVES);
    assert_true(lived.blindnesses > LIVES);
    assert_true(lived.told_of_health > LIVES);
    assert_true(lived.flaps > LIVES / 2);
    assert_true(lived.aggregates > LIVES);
    assert_true(lived.holds * 2 > LIVES);
    assert_true(lived.burns > LIVES);
    assert_true(lived.joins > LIVES / 2);
    assert_true(lived.comebacks > LIVES / 4);
    assert_true(lived.resolves > LIVES);
    assert_true(lived.restarts > LIVES * 10);
    assert_true(lived.unproven > LIVES);
    assert_true(lived.unwatched > LIVES / 8);
    assert_true(lived.windows > LIVES * 5);
    assert_true(lived.maintained > LIVES / 2);
    assert_true(lived.graced > LIVES / 4);
}

static void test_C2_the_largest_count_survives_whoever_comes_next(void **state)
{
    CLEANUP(mem_freep) struct shelf *shelf = mem_new(sizeof *shelf);
    static const struct cast one[] = {{"shop", 2}};
    (void) state;

    for (uint64_t seed = 1; seed <= 16; seed++) {       /* rows come back in many orders */
        struct story story;
        struct rng rng;
        rng_seed(&rng, seed);
        shelf->n = 0;
        story_init(&story, one, 1);
        for (int64_t i = 0; i <= 9; i++)
            story_sees(&story, S(60 * i), "shop", "page", STATUS_DEGRADED);
        shelf_drain(shelf, story.engine);
        engine_free(story.engine);
        story.engine = shelf_load(shelf, &rng);
        story_configures(&story, 0, &story.config);
        story_skip(&story);
        story_sees(&story, S(600), "shop", "other", STATUS_DEGRADED);
        story_expect(&story,
            "600000 hard shop unknown>degraded confirm n=10 dwell=600000\n"
            "600000 notify raise service:shop degraded chat");
        story_done(&story);
    }
}

static void test_X3_what_changed_while_we_were_away(void **state)
{
    CLEANUP(mem_freep) struct shelf *shelf = mem_new(sizeof *shelf);
    CLEANUP(mem_freep) struct story *before = mem_new(sizeof *before);
    CLEANUP(mem_freep) struct story *after = mem_new(sizeof *after);
    struct rng rng;
    (void) state;

    rng_seed(&rng, 1);
    story_init(before, life_first_cast, ARRAY_SIZE(life_first_cast));
    story_registers(before, S(10), "web1:disk", 2, "");
    story_manual(before, S(10), "mail", STATUS_MAJOR_OUTAGE, 0);
    shelf_drain(shelf, before->engine);

    story_init(after, life_second_cast, ARRAY_SIZE(life_second_cast));
    engine_free(after->engine);
    after->engine = shelf_load(shelf, &rng);
    after->config.digest = "d2";
    story_configures(after, S(99999), &after->config);      /* at the time of the stored state: the gap comes next */
    story_expect(after,
        "10000 config+cache-bulk,mail\n"
        "10000 notify resolve service:mail operational page,chat config_removed");
    story_gap(after, S(99999));
    story_expect(after, "99999000 gap 99989000");
    story_done(after);
    story_done(before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_X1_T8_restarts_and_wakings_change_nothing),
        cmocka_unit_test(test_C2_the_largest_count_survives_whoever_comes_next),
        cmocka_unit_test(test_X3_what_changed_while_we_were_away),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

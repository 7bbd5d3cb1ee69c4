/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What explains an alert comes true: at moments of a random life, the gate that stops has the reason that was told last of
 * what is pending, and the next message comes when it is said to, were nobody to speak from then on.
 */
#include <stdio.h>
#include <string.h>

#include "aggregator/engine/explain.h"
#include "common/limits.h"
#include "common/rng.h"
#include "tests/unit/engine/life.h"
#include "tests/unit/engine/shelf.h"
#include "tests/unit/engine/story.h"

enum { LIVES = 6, INPUTS = 400, ASK_EACH = 8, AHEAD_MS = 3 * 3600 * 1000 };

struct asked { size_t alerts, held, told, silent; };

/* When this alert first tells something while nobody speaks, and what; 0: not within AHEAD_MS. */
static int64_t wait_for(struct engine *engine, const char *key, struct rng *rng, enum notify_kind *kind)
{
    struct effects effects = {0};
    int64_t until_ms = engine_now(engine) + AHEAD_MS;
    int64_t told_ms = 0;

    while (told_ms == 0 && engine_now(engine) < until_ms) {
        engine_advance(engine, engine_now(engine) + 1 + (int64_t) rng_below(rng, 2000000), &effects);
        for (size_t i = 0; i < effects.n_decisions && told_ms == 0; i++) {
            const struct decision *d = &effects.decisions[i];
            if (d->kind != DECISION_NOTIFY || strcmp(d->key, key) != 0)
                continue;
            told_ms = d->at_ms;
            *kind = d->notify;
        }
        effects_reset(&effects);
    }
    effects_done(&effects);
    return told_ms > until_ms ? 0 : told_ms;
}

/* Among the gates, the reason that was told last of what is pending; nothing pending, no reason. */
static void compare_reason(const struct explanation *why, uint64_t seed, int at)
{
    const struct explained_gate *stop = why->first_stop < why->n_gates ? &why->gates[why->first_stop] : NULL;
    enum reason reason = stop == NULL ? REASON_NONE : stop->reason;
    const struct outlook_held *held = &why->outlook.held;
    bool same = reason == held->reason && (reason == REASON_NONE ||
        (why->wanted.kind == held->kind && strcmp(stop->by == NULL ? "" : stop->by, held->by == NULL ? "" : held->by) == 0));

    if (!same)
        fail_msg("seed %llu, input %d, %s: stopped by %s, but held %s for %s", (unsigned long long) seed, at, why->service,
            reason_name(reason), notify_kind_name(held->kind), reason_name(held->reason));
}

static void compare_future(const struct explanation *why, struct shelf *shelf, struct life *life, int at)
{
    struct effects effects = {0};
    struct rng dice = {0};
    enum notify_kind kind = NOTIFY_RAISE;
    char key[KEY_BYTES_MAX + 1];

    rng_seed(&dice, (uint64_t) at);
    (void) snprintf(key, sizeof key, "service:%s", why->service);
    struct engine *engine = shelf_load(shelf, &dice);
    engine_configure(engine, &life->configs[life->config], 0, &effects);
    effects_done(&effects);
    int64_t until_ms = engine_now(engine) + AHEAD_MS;
    int64_t told_ms = wait_for(engine, key, &dice, &kind);
    int64_t said_ms = why->would_tell && why->next.at_ms <= until_ms ? why->next.at_ms : 0;
    if (told_ms != said_ms || (told_ms != 0 && kind != why->next.kind))
        fail_msg("input %d, %s: said to tell at %lld, but told at %lld", at, key, (long long) said_ms, (long long) told_ms);
    engine_free(engine);
}

static void ask(struct engine *engine, struct shelf *shelf, struct life *life, int at, struct asked *asked)
{
    StateRow row;
    uint32_t slot;

    for (size_t i = 0; i < ARRAY_SIZE(life_services); i++) {
        struct explanation *why = engine_explain(engine, life_services[i], 0);
        if (why == NULL)
            continue;
        assert_false(engine_next_dirty(engine, &row, &slot));
        compare_reason(why, 0, at);
        asked->alerts += why->has_alert;
        asked->held += why->outlook.has_held;
        asked->told += why->would_tell;
        asked->silent += why->has_alert && !why->would_tell;
        if (why->has_alert || rng_below(&life->rng, 30) == 0)
            compare_future(why, shelf, life, at);
        explanation_free(why);
    }
}

static void live_and_ask(uint64_t seed, struct asked *asked)
{
    CLEANUP(mem_freep) struct life *life = mem_new(sizeof *life);
    CLEANUP(mem_freep) struct shelf *shelf = mem_new(sizeof *shelf);
    struct engine *engine = engine_new();
    struct effects effects = {0};

    life_begin(life, 1000 + seed);
    engine_configure(engine, &life->configs[0], 0, &effects);
    for (int i = 0; i < INPUTS; i++) {
        struct input input = life_next(life);
        life_give(engine, &input, &effects);
        effects_reset(&effects);
        shelf_drain(shelf, engine);
        if (i % ASK_EACH == 0)
            ask(engine, shelf, life, i, asked);
    }
    effects_done(&effects);
    engine_free(engine);
}

static void test_what_explains_an_alert_comes_true(void **state)
{
    struct asked asked = {0};
    (void) state;

    for (uint64_t seed = 1; seed <= LIVES; seed++)
        live_and_ask(seed, &asked);
    assert_true(asked.alerts > LIVES * 20);
    assert_true(asked.held > LIVES * 5);
    assert_true(asked.told > LIVES * 5);
    assert_true(asked.silent > LIVES * 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_explains_an_alert_comes_true),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

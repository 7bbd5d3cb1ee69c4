/* SPDX-License-Identifier: Apache-2.0 */
/* One observation: O1..O6, then poller, E, ladders and H, flapping, in this order. */
#include "aggregator/engine/engine_private.h"

#include <string.h>

#include "common/mem.h"

enum { EVERY_S_MAX = 604800 };

/* An observation with its fields resolved. */
struct taken {
    const Observation *said;
    int64_t observed_at_ms;
    bool failed;
    enum voter voter;
    enum status level;             /* unknown of a fail */
};

static struct taken read_observation(const Observation *said)
{
    bool failed = said->result == RESULT_FAIL;

    return (struct taken) {
        .said = said,
        .observed_at_ms = said->observed_at_ms,
        .failed = failed,
        .voter = said->kind == SOURCE_PROBE ? VOTER_PROBE : VOTER_VENDOR,
        .level = failed ? STATUS_UNKNOWN : status_from_number((int) said->level),
    };
}

/* O4, O5 up to the age: how it stands to the last accepted one of its source. */
static enum reason order_of(const struct taken *taken, const struct source *last)
{
    const Observation *said = taken->said;

    if (last == NULL || said->boot > last->boot)
        return REASON_NONE;
    if (said->boot < last->boot)
        return REASON_OLD_BOOT;
    if (said->has_seq && last->has_seq) {
        if (said->seq == last->seq)
            return REASON_DUPLICATE;
        return said->seq < last->seq ? REASON_OUT_OF_ORDER : REASON_NONE;
    }
    if (taken->observed_at_ms < last->observed_at_ms)
        return REASON_OUT_OF_ORDER;
    bool same = taken->failed == last->failed && (taken->failed || taken->level == last->level);
    return taken->observed_at_ms == last->observed_at_ms && same ? REASON_DUPLICATE : REASON_NONE;
}

static bool is_late(const struct engine *engine, int64_t observed_at_ms)
{
    int64_t age_ms;

    return __builtin_sub_overflow(engine->now_ms, observed_at_ms, &age_ms) ||
        age_ms > engine->config->params.value[PARAM_late_after_s] * 1000;
}

/* A decision about an observation, whose source may not be known to us. */
static struct decision *decide(struct engine *engine, enum decision_kind kind, const Observation *said,
                               struct effects *effects)
{
    struct decision *decision = effects_add(effects, kind, engine->now_ms);

    decision->service = arena_copy_string(&effects->arena, said->service);
    decision->source = arena_copy_string(&effects->arena, said->source);
    return decision;
}

/* O3: a host with a fast clock must still be heard, but must not outrank later data. */
static void cap_future(struct engine *engine, struct taken *taken, struct effects *effects)
{
    if (taken->observed_at_ms > engine->now_ms + engine->config->params.value[PARAM_future_skew_s] * 1000)
        decide(engine, DECISION_NOTE, taken->said, effects)->reason = REASON_FUTURE_CLOCK;
    if (taken->observed_at_ms > engine->now_ms)
        taken->observed_at_ms = engine->now_ms;
}

/* O6 and what else is remembered of an accepted one. */
static void remember(struct engine *engine, struct source *source, const struct taken *taken)
{
    const Observation *said = taken->said;

    source->boot = said->boot;
    source->has_seq = said->has_seq;
    source->seq = said->has_seq ? said->seq : 0;
    source->observed_at_ms = taken->observed_at_ms;
    source->last_any_ms = engine->now_ms;
    source->failed = taken->failed;
    if (said->every_s > 0)
        source->every_s = said->every_s < EVERY_S_MAX ? said->every_s : EVERY_S_MAX;
    if (taken->failed) {
        source->ok_streak = 0;
        source->fail_streak += source->fail_streak < UINT32_MAX ? 1 : 0;
        return;
    }
    source->fail_streak = 0;
    source->ok_streak += source->ok_streak < UINT32_MAX ? 1 : 0;
    source->last_ok_ms = engine->now_ms;
    source->level = (uint8_t) taken->level;
}

/* Moves its vote when the kind of the source changed. Says whether that changed the votes. */
static bool set_voter(struct source *source, enum voter voter)
{
    if (source->voter == voter)
        return false;
    bool voted = source->vote != STATUS_UNKNOWN;
    if (voted) {
        source->service->votes[source->voter].of[source->vote]--;
        source->service->votes[voter].of[source->vote]++;
    }
    source->voter = (uint8_t) voter;
    return voted;
}

static void accept(struct engine *engine, struct source *source, const struct taken *taken, struct effects *effects)
{
    struct service *service = source->service;
    uint32_t every_s = source->every_s;

    remember(engine, source, taken);
    source_mark(engine, source);
    poller_update(engine, source, effects);
    bool moved = set_voter(source, taken->voter);
    if (source_vote(engine, source) || moved)
        service_evaluate(engine, service, effects);
    /* Deadlines are only put off by an observation, and the heap may lag behind (see enum timer_kind). */
    if (source->timer.position == 0 || source->every_s != every_s)
        timer_arm(engine, &source->timer);

    enum combine combine = (enum combine) service->params->value[PARAM_combine];
    bool consulted = service->manual == NULL && effective_consults(combine, taken->voter);
    if (consulted && taken->level != STATUS_UNKNOWN && service->effective != STATUS_UNKNOWN) {
        service_confirm(engine, service, source, taken->level, effects);
        flapping_observe(engine, service, source, effects);
    }
}

/* The carrier; found without a search when it is the same as last time. */
static struct collector *carrier(struct engine *engine, const struct source *source, const char *name)
{
    if (name[0] == '\0')
        return NULL;
    if (source != NULL && source->collector != NULL && strcmp(source->collector->name, name) == 0)
        return source->collector;
    return collector_ensure(engine, name);
}

void observation_take(struct engine *engine, const Observation *said, struct effects *effects)
{
    struct service *service = service_find(engine, said->service);
    struct source *source = service == NULL ? NULL : source_find(service, said->source);
    struct collector *collector = carrier(engine, source, said->collector);

    if (source != NULL)
        effects->source_slot = source->slot;
    if (collector != NULL)
        collector_alive(engine, collector, effects);    /* O1, whatever follows */
    if (service == NULL) {
        decide(engine, DECISION_DROP, said, effects)->reason = REASON_UNKNOWN_SERVICE;
        return;
    }

    struct taken taken = read_observation(said);
    cap_future(engine, &taken, effects);
    enum reason reason = order_of(&taken, source);
    if (reason == REASON_NONE && is_late(engine, taken.observed_at_ms))
        reason = REASON_LATE;
    if (reason != REASON_NONE) {
        decide(engine, DECISION_DROP, said, effects)->reason = reason;
        return;
    }

    if (source == NULL)
        source = source_new(engine, service, said->source);
    source_set_collector(engine, source, collector);
    effects->source_slot = source->slot;
    effects->accepted = true;
    accept(engine, source, &taken, effects);
}

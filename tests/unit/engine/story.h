/* SPDX-License-Identifier: Apache-2.0 */
/*
 * story: an engine under test, told what happens and asked what it decided, one line a decision.
 *
 *     struct story story;
 *     story_init(&story, (struct cast[]) {{"shop", 1}, {"db", 2}}, 2);
 *     story_sees(&story, S(60), "shop", "page", STATUS_MAJOR_OUTAGE);
 *     story_expect(&story, "60000 status shop unknown>major_outage");
 *     story_done(&story);
 *
 * Parameters are the shipped ones of the tier; story_param changes one before or between inputs.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "aggregator/engine/engine.h"
#include "common/buffer.h"
#include "common/mem.h"

/* Seconds as the engine counts time. */
#define S(seconds) ((int64_t) (seconds) * 1000)

enum { STORY_CAST_MAX = 12 };

struct cast { const char *id; int tier; };

struct story {
    struct engine *engine;
    struct engine_config config;
    struct engine_service services[STORY_CAST_MAX];
    struct engine_rule rules[2];
    size_t depends_on[STORY_CAST_MAX][STORY_CAST_MAX];
    struct effects effects;
    bool health;                       /* also take down what is told of pollers and collectors; most stories do not ask */
    bool incidents;                    /* also take down incidents, and to which one a notification belongs */
    struct buffer told;                /* lines of what was decided and not yet expected */
    uint64_t seq;                      /* of the last observation that story_sees made up */
};

/* A fresh engine with these services (in byte order of id) and the shipped routes. */
void story_init(struct story *, const struct cast *, size_t n);
void story_done(struct story *);

/* The configuration alone, for stories with a second one: fills in config and services. */
void story_cast(struct story *, const struct cast *, size_t n);

/* This service stands on that one, from the next configuration on. */
void story_stands(struct story *, const char *service, const char *on);

/* Sets a parameter of a service, or of the engine (service NULL). */
void story_param(struct story *, const char *service, enum param, int64_t value);

/* Inputs. The source's name is its collector's and check's, "COLLECTOR/CHECK"; without a slash nobody carries it. A
 * source whose check begins with "probe" is a probe. story_sees speaks now, with the next sequence number. */
void story_sees(struct story *, int64_t at_ms, const char *service, const char *source, enum status);
void story_fails(struct story *, int64_t at_ms, const char *service, const char *source);
void story_observes(struct story *, int64_t at_ms, const Observation *);
void story_heartbeat(struct story *, int64_t at_ms, const char *collector);
void story_manual(struct story *, int64_t at_ms, const char *service, enum status, int64_t ttl_s /* -1: absent */);
void story_manual_end(struct story *, int64_t at_ms, const char *service);
void story_acknowledges(struct story *, int64_t at_ms, const Acknowledge *);
void story_unacknowledges(struct story *, int64_t at_ms, const Unacknowledge *);

/* Evidence; of no result: the record is withdrawn. */
struct proof {
    const char *area, *subject;
    EvidenceResult result;
    bool has_at;
    int64_t at_ms;
};
void story_proves(struct story *, int64_t at_ms, const struct proof *);
void story_gap(struct story *, int64_t at_ms);

/* A maintenance window: subjects with blanks between. */
struct planned { const char *id; const char *subjects; int64_t start_ms, end_ms; bool vendor; };
void story_maintains(struct story *, int64_t at_ms, const struct planned *);
void story_maintains_no_more(struct story *, int64_t at_ms, const char *id);
void story_forgets(struct story *, int64_t at_ms, const char *collector);
void story_forgets_source(struct story *, int64_t at_ms, const char *service, const char *source);
void story_registers(struct story *, int64_t at_ms, const char *service, uint32_t tier, const char *rule);
void story_time(struct story *, int64_t at_ms);
void story_configures(struct story *, int64_t at_ms, const struct engine_config *);

/* An observation as story_sees would make it. */
Observation story_observation(struct story *, int64_t at_ms, const char *service, const char *source, enum status);

/* Exactly these lines since last asked, each ended by "\n" but the last; "" for nothing. */
void story_expect(struct story *, const char *lines);

/* What was decided since last asked does not matter. */
void story_skip(struct story *);

/* Among what was decided: lines that hold this text. Does not forget. */
size_t story_count(const struct story *, const char *part);

/* One decision as a line. */
void story_line(struct buffer *, const struct decision *);

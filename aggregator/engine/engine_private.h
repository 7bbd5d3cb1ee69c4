/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine_private: what the files of this room share. The state is a web of services, sources, collectors and alerts;
 * every change goes through the file of its subject, which marks the row dirty and keeps the timer right.
 *
 * Who is who: a service owns its sources and its manual status; a source points at its collector; an alert points at
 * its subject. Names are the objects' own and live as long as they do; what was removed waits among the graves until
 * the decisions that borrow its name are stored.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

#include "aggregator/engine/account.h"
#include "aggregator/engine/acknowledgement.h"
#include "aggregator/engine/confirm.h"
#include "aggregator/engine/dependency.h"
#include "aggregator/engine/effective.h"
#include "aggregator/engine/engine.h"
#include "aggregator/engine/explain.h"
#include "aggregator/engine/flap.h"
#include "aggregator/engine/graph.h"
#include "aggregator/engine/heap.h"
#include "aggregator/engine/list.h"
#include "aggregator/engine/readiness.h"
#include "aggregator/engine/slo.h"
#include "common/limits.h"

/* uthash makes more buckets when ten share one: late, where each is a line of memory that is far away. */
#undef HASH_BKT_CAPACITY_THRESH
#define HASH_BKT_CAPACITY_THRESH 5U

/* A status set by a person (U1). */
struct manual {
    enum status level;
    char *by;                          /* owned; "" when not told */
    char *reason;                      /* owned */
    int64_t set_at_ms;
    int64_t until_ms;                  /* 0: no end */
};

/* Who was told that a service flaps, to be told when it stops. */
struct flap_told {
    char *channels[ALERT_CHANNELS_MAX];    /* owned */
    size_t n_channels;
};

/* What an observation that changes nothing touches stands together at the end, beside the id: among thousands of services
 * each line of memory is one wait. So in struct source and struct collector. */
struct service {
    const struct engine_service *spec; /* borrowed from the configuration; NULL of a registered service */
    struct alert *alert;               /* its open alert; NULL: none */
    char *host_rule;                   /* owned; of a registered service, NULL: defaults */
    struct flap_told *flap_told;       /* owned; NULL: nobody was told of flapping in progress */
    struct slo *slo;                   /* owned; NULL: its burn rates were never watched */
    struct account account;            /* S1 */
    struct votes votes[VOTER_COUNT];
    int64_t effective_since_ms;
    int64_t hard_since_ms;
    int64_t unknown_since_ms;          /* counts while E is unknown and was known before */
    int64_t bad_since_ms;              /* I4 */
    int64_t since_ms;                  /* I4 */
    int64_t flap_sent_ms;              /* when a flap_start was last sent; 0: never */
    struct aggregate aggregate;        /* D2, D3 */
    struct stirred stirred;            /* D3 */
    struct link memberships;           /* head: struct member of the incidents that list it and are kept */
    uint64_t last_incident;            /* number; 0: it never was in one */
    uint32_t recur;                    /* I5: rejoins and reopenings in a row */
    struct timer timer;                /* end of the manual status */
    struct link dirty;
    struct link dirty_slo;             /* its account, its burn rates */
    struct link watched;               /* its burn rates are */
    struct link review;                /* its aggregate is to be looked at when the input settles */
    uint32_t node;                     /* in the graph, with spec */
    uint8_t tallied;                   /* what it counts as in the engine's tally; see tally.c */
    bool ever_known;
    bool registered;

    struct ladders ladders;
    UT_hash_handle hh;
    struct source **sources;           /* in byte order of name; owned, or just &only */
    struct source *only;
    uint32_t n_sources;
    uint32_t cap_sources;
    const struct params *params;       /* borrowed from the configuration; NULL before the first configure */
    struct manual *manual;             /* owned; NULL: none */
    struct flap flap;
    uint8_t effective;                 /* enum status: E */
    uint8_t hard;                      /* enum status: H */
    uint8_t last_known;                /* enum status: E before it became unknown */
    uint8_t says[VOTER_COUNT];         /* enum status: V and P */
    uint8_t tier;
    char id[];
};

struct source {
    struct alert *alert;               /* its open poller alert; NULL: none */
    struct link carried;               /* among its collector's sources */
    int64_t poller_since_ms;
    int64_t hold_until_ms;             /* K6: told no earlier, after its collector was blind */
    struct ladder_count counts[LADDER_COUNT];

    struct service *service;
    struct collector *collector;       /* who carried the last accepted observation; NULL: nobody we track */
    struct link dirty;
    struct timer timer;                /* falls silent, or its vote ends */
    uint64_t boot;
    uint64_t seq;                      /* with has_seq */
    int64_t observed_at_ms;
    int64_t last_any_ms;
    int64_t last_ok_ms;                /* with a level */
    uint32_t fail_streak;
    uint32_t ok_streak;
    uint32_t every_s;
    uint32_t round;                    /* F1: in which it last reported; 0: in none */
    uint32_t slot;
    uint8_t voter;                     /* enum voter */
    uint8_t level;                     /* enum status: of the last ok */
    uint8_t vote;                      /* enum status counted in the service's votes; unknown: does not vote (E1) */
    uint8_t poller;                    /* PollerState: ok, broken, silent */
    bool broken;                       /* P1, also while silent */
    bool failed;                       /* the last accepted one was a fail */
    bool unseen;                       /* K6: among its collector's n_unseen */
    bool has_seq;
    char id[];
};

struct collector {
    UT_hash_handle hh;
    struct link sources;               /* head: what it carries */
    struct link judged;                /* to be judged blind or not when the input settles */
    struct link unwell;                /* among the silent and the blind */
    struct alert *alert;               /* its open alert; NULL: none */
    int64_t since_ms;                  /* of its state */
    int64_t hold_until_ms;             /* K4: told no earlier, after mass silence; 0: no such hold */
    uint32_t n_sources;                /* that it carries */
    uint32_t n_unseen;                 /* K6: of these, broken and not told of */

    struct link dirty;
    struct timer timer;                /* falls silent */
    int64_t last_seen_ms;
    bool silent;
    bool blind;                        /* K6; never while silent */
    bool missing;                      /* K3: among the engine's n_missing */
    char name[];
};

/* What was said of a notification that was held (N5). */
struct held {
    enum reason reason;                /* REASON_NONE: nothing is held */
    char level[24];
    char *by;                          /* owned; NULL: nobody */
};
enum { HELD_KINDS = NOTIFY_RESOLVE + 1 };

struct alert {
    UT_hash_handle hh;
    const struct alert_class_rules *rules;
    struct service *service;           /* subject, or the service of the source; NULL of a class without */
    struct source *source;             /* subject of a poller alert; NULL of the others */
    struct collector *collector;       /* subject of a collector alert; NULL of the others */
    const char *word;                  /* the level shown while open, of a class with words; static storage */
    struct timer timer;                /* reminder, or the end of a hold */
    struct link dirty;
    struct link touched;               /* to be looked at when the input settles */
    int64_t opened_at_ms;
    int64_t last_sent_ms;
    int64_t since_ms;
    struct ack *ack;                   /* owned; NULL: nobody has acknowledged it */
    struct timer ack_timer;            /* its end */
    bool reminder_owed;                /* A3, until the input settles */
    int64_t look_at_ms;                /* the hold in force ends then by itself; 0: there is none */
    bool ended;                        /* of an alert without a subject: its condition is over */
    bool excused;                      /* in maintenance or its grace: leaves the counts of K3, K6 */
    bool as_told;                      /* receivers know its level, as far as they are to be told (N6) */
    int told;                          /* level last told, as a rank; 0: not announced */
    int peak;
    uint32_t escalations;
    char *channels[ALERT_CHANNELS_MAX];/* owned: all that it ever used */
    size_t n_channels;
    struct held held[HELD_KINDS];
    struct dependency dependency;      /* D4..D6 */
    char key[];
};

/* A maintenance window (M1), until it is over. */
struct window {
    UT_hash_handle hh;
    struct timer timer;                /* its start, then its end */
    struct link dirty;
    char **subjects;                   /* owned, each once: service ids, alert keys, "*" */
    size_t n_subjects;
    char *by;                          /* owned; "" when not told */
    char *reason;                      /* owned */
    int64_t start_ms;
    int64_t end_ms;
    int64_t set_at_ms;
    MaintenanceOrigin origin;
    bool has_slo_exclude;
    bool slo_exclude;                  /* M4 */
    bool active;
    char id[];
};

/* What an active window lists, or what is in the grace after one (M3). */
struct subject {
    UT_hash_handle hh;
    struct window **active;            /* owned list, in byte order of id */
    uint32_t n_active;
    uint32_t cap_active;
    int64_t grace_until_ms;            /* 0: no grace */
    struct timer timer;                /* end of the grace */
    struct link dirty;                 /* its grace is to be stored */
    struct link idle;                  /* nothing holds it any more */
    char name[];
};

struct engine {
    const struct engine_config *config;/* borrowed; NULL before the first configure */
    char config_digest[65];
    struct graph graph;                /* of the configuration */
    struct service **nodes;            /* owned: the configured services, by node */
    struct service **kin;              /* owned, as many: what dependency_kin found */
    int64_t now_ms;
    bool started;
    bool dirty;
    struct service *services;          /* hash by id */
    struct collector *collectors;      /* hash by name */
    struct alert *alerts;              /* hash by key: the open ones */
    struct window *windows;            /* hash by id: active and to come */
    struct subject *subjects;          /* hash by name: in maintenance or in grace now */
    struct incident *incidents;        /* hash by number: see incident.h */
    uint64_t next_incident;            /* number of the next one */
    struct heap heap;
    struct link dirty_services;
    struct link dirty_sources;
    struct link dirty_collectors;
    struct link dirty_alerts;
    struct link dirty_slo;             /* services of which the row about burn rates and the open minute changed */
    struct link dirty_minutes;         /* services with runs of minutes that changed */
    struct link stray_runs;            /* struct stray_run, until the first configure */
    struct link watched;               /* services with slo_enabled */
    struct timer slo_timer;
    int64_t slo_due_ms;                /* the next evaluation (S3) */
    struct link dirty_windows;
    struct link dirty_graces;
    struct link idle_subjects;         /* empty between inputs */
    struct link dirty_incidents;
    struct link dirty_members;
    struct link settling;              /* incidents that may be over, empty between inputs */
    struct link over;                  /* incidents that are resolved, in the order in which they were */
    struct link loaded_members;        /* rows that wait for the first configure */
    struct link touched;               /* alerts whose inputs changed */
    struct link reviews;               /* services whose aggregate may have changed */
    struct link judged;                /* collectors of which the count of K6 changed */
    struct link unwell;                /* collectors that are silent or blind */
    uint32_t n_missing;                /* K3: of these, not told of */
    struct alert *mass_silence;        /* the open self alert; NULL: none */
    struct record *records;            /* hash by area and subject */
    struct link dirty_records;
    struct service_tally tally;        /* but services, which counts has */
    struct link closed;                /* struct closed, until the caller has asked */
    struct link removed;               /* struct removed, until the caller has asked */
    struct link graves;                /* struct removed, until their names are not borrowed any more */
    uint32_t n_slots;
    uint32_t *free_slots;              /* owned */
    uint32_t n_free_slots;
    uint32_t cap_free_slots;
    void **scratch;                    /* owned: room for sorting */
    size_t cap_scratch;
    struct engine_counts counts;
    struct closed *closed_shown;       /* owned: what engine_next_closed showed last; NULL: nothing */
};

/* The newest evidence of an area and subject (V1). */
struct record {
    UT_hash_handle hh;
    struct link dirty;
    EvidenceState row;
    char key[];
};
enum { EVIDENCE_SUBJECTS_MAX = 256, EVIDENCE_RECORDS_MAX = EVIDENCE_AREAS_MAX * EVIDENCE_SUBJECTS_MAX };

/* An alert that is over. */
struct closed {
    struct link link;
    AlertState row;
    int64_t closed_at_ms;
    enum reason reason;
};

/* Where what is gone waits until its row is deleted. */
struct removed {
    struct link link;
    enum engine_removed_kind kind;
    struct service *service;           /* of a service or source */
    struct source *source;             /* of a source */
    struct record *record;             /* owned; of evidence */
    char *name;                        /* owned; of the other kinds */
    uint64_t incident;                 /* of a member */
    void *grave;                       /* owned memory whose timer may still stand among the due; NULL: none */
};

/* ---- pass.c: time goes by */

/*
 * Whose deadline it is. Each kind has an x_due: when its object has something to do, INT64_MAX when it has not. A heap
 * entry may stand earlier than that and is then moved, which is how an observation that only puts things off costs
 * nothing. The steps of a pass are x_compare, the order of a step, and x_run, which does it for all that are due.
 */
enum timer_kind {
    TIMER_WINDOW, TIMER_GRACE, TIMER_ACK, TIMER_MANUAL, TIMER_SOURCE, TIMER_COLLECTOR, TIMER_SLO, TIMER_ALERT,
    TIMER_KINDS
};

/* Starts an input: what is due acts (T4), the clock is set (T2), graves are freed. */
void input_begin(struct engine *, int64_t now_ms, struct effects *);

/* Sets the clock with no passes between: by how much, 0 at the first input and when it would go back (T2). */
int64_t clock_skip(struct engine *, int64_t now_ms, struct effects *);

/* Looks the object's deadline up and puts it into the heap where it is earlier than what stands there. */
void timer_arm(struct engine *, struct timer *);

/* Runs each deadline up to this moment, in order. */
void pass_until(struct engine *, int64_t until_ms, struct effects *);

/* A pass at the engine clock over everything: after a gap, or with a new configuration. */
void pass_everything(struct engine *, struct effects *);

/* Room for n pointers, borrowed until the next call. */
void **engine_scratch(struct engine *, size_t n);

/* ---- service.c */

/* NULL: not known, or not configured yet. */
struct service *service_find(const struct engine *, const char *id);

/* Finds or makes; a new one is unset, unconfigured and dirty. */
struct service *service_ensure(struct engine *, const char *id);

/* E, and with it the ladders, computed anew (E6, C1, C7). */
void service_evaluate(struct engine *, struct service *, struct effects *);

/* Step 4 of a pass for one service: pollers and votes of all its sources, then E. */
void service_pass(struct engine *, struct service *, struct effects *);

/* Changes H. */
struct hard_change {
    enum status to;
    const char *via;                   /* confirm, first, manual; static storage */
    int64_t since_ms;                  /* when the trouble was first seen (I4), where it begins one */
    uint32_t polls;                    /* of the ladder; 0 unless confirm */
    int64_t dwell_ms;
};
void service_set_hard(struct engine *, struct service *, const struct hard_change *, struct effects *);

/* Step 4 of a pass for what is due: timers of sources, and of services whose manual status has just ended. */
int service_timers_compare(const struct timer *, const struct timer *);
void service_timers_run(struct engine *, struct timer *const *, size_t n, struct effects *);

/* C2..C6 for an accepted ok observation of this level by a consulted source. */
void service_confirm(struct engine *, struct service *, struct source *, enum status level, struct effects *);

void service_mark(struct engine *, struct service *);

/* Ends it and its sources: they go to the removed. Its alert and theirs must be closed. */
void service_remove(struct engine *, struct service *);
void service_free(struct service *);

int service_compare(const struct service *, const struct service *);

/* Handles the command; see Register. */
void service_register(struct engine *, const Register *, struct effects *);

/* The parameters that the configuration gives a registered service of this tier and rule text (NULL: defaults). */
const struct params *service_registered_params(const struct engine_config *, int tier, const char *host_rule);

/* ---- outlook.c */

/* The step that would take H to E. False: there is none to take. */
struct outlook_step;
bool service_next_step(const struct service *, struct outlook_step *out);

/* ---- source.c */

struct source *source_find(const struct service *, const char *id);
struct source *source_new(struct engine *, struct service *, const char *id);
void source_free(struct source *);

/* max(stale_after_s, 3 * every), in ms. */
int64_t source_stale_ms(const struct source *);

/* E1: counts its vote as of now. Says whether it changed. */
bool source_vote(struct engine *, struct source *);

/* Puts it under this collector, NULL for none. */
void source_set_collector(struct engine *, struct source *, struct collector *);
void source_mark(struct engine *, struct source *);

/* Takes it from its service and its collector: it goes to the removed. What it counted is forgotten; E of the service is
 * the caller's to compute. Its alert must be closed. */
void source_remove(struct engine *, struct source *);

/* In byte order of service, then name. */
int source_compare(const struct source *, const struct source *);
int64_t source_due(const struct engine *, const struct timer *);

/* ---- removed.c */

/* The row of this kind with this name (copied) is to be deleted. grave: memory to be freed later, may be NULL. */
void removed_add_name(struct engine *, enum engine_removed_kind, const char *name, void *grave);

/* Theirs, when nothing of the engine points at them any more. */
void removed_add_member(struct engine *, uint64_t incident, const char *service);
void removed_add_source(struct engine *, struct source *);
void removed_add_service(struct engine *, struct service *);

/* Frees the struct removed of a list and what they hold. */
void removed_free(struct link *head);

/* ---- forget.c: K5 */

/* What is retired goes, with its alerts; a service that nothing watches any more is told of. */
void forget_command(struct engine *, const Forget *, struct effects *);

/* ---- observation.c */

void observation_take(struct engine *, const Observation *, struct effects *);

/* ---- poller.c */

/* P1: computes the state anew and tells a change. */
void poller_update(struct engine *, struct source *, struct effects *);
const char *poller_name(PollerState);

/* ---- collector.c */

/* Finds or makes; a new one has been seen now. */
struct collector *collector_ensure(struct engine *, const char *name);

/* O1, K1: it spoke. */
void collector_alive(struct engine *, struct collector *, struct effects *);

/* Step 5 of a pass for one: whether it has fallen silent. */
void collector_check(struct engine *, struct collector *, struct effects *);
void collector_mark(struct engine *, struct collector *);

/* It is known no more, and goes to the removed. It must carry nothing, and its alert be closed. */
void collector_remove(struct engine *, struct collector *);

/* Its state: ok, silent or blind. */
enum collector_state { COLLECTOR_OK, COLLECTOR_SILENT, COLLECTOR_BLIND };
void collector_set_state(struct engine *, struct collector *, enum collector_state, struct effects *);
int collector_compare(const struct collector *, const struct collector *);
int64_t collector_due(const struct engine *, const struct timer *);
int collector_timers_compare(const struct timer *, const struct timer *);
void collector_timers_run(struct engine *, struct timer *const *, size_t n, struct effects *);

/* ---- poller_alert.c */

/* P2: opens the alert of a poller that is not ok, shows its state, and has it looked at when the input settles. */
void alert_of_poller(struct engine *, struct source *);

/* P3, and when a hold that it tells ends; see struct alert_class_rules. */
int poller_alert_level(const struct alert *);
enum reason poller_alert_held(const struct engine *, const struct alert *);
int64_t poller_alert_hold_ends(const struct engine *, const struct alert *);

/* ---- collector_alert.c: likewise, K2 */

void alert_of_collector(struct engine *, struct collector *);
int collector_alert_level(const struct alert *);
enum reason collector_alert_held(const struct engine *, const struct alert *);
int64_t collector_alert_hold_ends(const struct engine *, const struct alert *);

/* ---- blind.c: K6 */

/* Something about this source changed: whether it counts for its collector. */
void blind_recount(struct engine *, struct source *);

/* Has the collector judged when the input settles. */
void blind_mark(struct engine *, struct collector *);

/* It carries one more (1) or one less (-1). */
void blind_resize(struct engine *, struct collector *, int by);

/* The sources that it carries and that are not ok wait poller_hold_s more. */
void blind_hold_sources(struct engine *, struct collector *);

/* Has the alerts of what it carries looked at when the input settles. */
void blind_touch_sources(struct engine *, struct collector *);

/* Judges those that were marked, in byte order of name. */
void blind_judge(struct engine *, struct effects *);

/* ---- mass_silence.c: K3, K4 */

/* Something about this collector changed: whether it counts. */
void mass_silence_recount(struct engine *, struct collector *);
bool mass_silence_is_active(const struct engine *);

/* Opens or ends the alert; collectors that are not told of when it ends wait collector_silent_s more. */
void mass_silence_judge(struct engine *);
int mass_silence_level(const struct alert *);
void mass_silence_describe(struct engine *, const struct alert *, enum notify_kind, struct decision *);

/* ---- manual.c */

/* U1, U2. */
void manual_command(struct engine *, const Manual *, struct effects *);

/* Step 3 of a pass for one: ends a manual status whose time is over. E is left to step 4. */
void manual_check(struct engine *, struct service *, struct effects *);
int64_t manual_due(const struct engine *, const struct timer *);
int manual_timers_compare(const struct timer *, const struct timer *);
void manual_timers_run(struct engine *, struct timer *const *, size_t n, struct effects *);
void manual_free(struct manual *);

/* ---- evidence.c */

/* Takes a record, the newest of its area and subject, or withdraws one (of no result). */
void evidence_command(struct engine *, const Evidence *, struct effects *);
int evidence_load(struct engine *, const EvidenceState *);
void evidence_free(struct engine *);

/* ---- tally.c: V3 */

/* E, H or tier of this service may have changed. */
void tally_update(struct engine *, struct service *);

/* It goes. */
void tally_leave(struct engine *, struct service *);
struct service_tally tally_get(const struct engine *);

/* ---- flapping.c */

/* Brings the debt (F7) up to date; before E, H or the manual status changes. The row is the caller's to mark. */
void flapping_bring(struct engine *, struct service *);

/* F7: E goes to this level; whether a stretch of trouble begins. last_known unknown: none, or forgotten (C7). */
void flapping_stretch(struct service *, enum status last_known, enum status to);

/* X2: the debt stands still in a gap, by which the clock has moved already. */
void flapping_skip(struct engine *, struct service *, int64_t gap_ms);

/* Before and after its parameters are replaced by others (X3). */
void flapping_leave_params(struct engine *, struct service *);
void flapping_take_params(struct engine *, struct service *);

/* F1, F3, F5: after H, for each observation of which service_confirm heard. */
void flapping_observe(struct engine *, struct service *, struct source *, struct effects *);

/* F4: whether improve, reminder and resolve of this alert wait. */
bool flapping_holds(const struct alert *);
void flap_told_free(struct flap_told *);

/* F1: a source of this round (0: of none) is gone from its service. */
void flapping_leave_round(struct engine *, struct service *, uint32_t round);

/* ---- gap.c */

/* X2: we did not listen for the last gap_ms; the clock has skipped them already. */
void gap_take(struct engine *, int64_t gap_ms, struct effects *);

/* ---- alert.c: classes, opening, closing, settling */

/* What is special about one class of alert (6); a row each. */
struct alert_class_rules {
    enum alert_class class;
    const char *prefix;                                /* of the key */
    const char *const *words;                          /* its levels, ended by NULL; NULL: those of a service */
    int (*level)(const struct alert *);                /* as a rank; 0: the condition is over */
    const char *(*level_name)(const struct alert *, int rank);
    int (*tier)(const struct alert *);
    /* Fills in what people are told beside the level. */
    void (*describe)(struct engine *, const struct alert *, enum notify_kind, struct decision *);
    /* N3, check 3: what holds a raise, an escalation, a reminder; NULL: nothing does. */
    enum reason (*held)(const struct engine *, const struct alert *);
    /* When that may end although nothing touches the alert; 0: not by itself. With held. */
    int64_t (*hold_ends)(const struct engine *, const struct alert *);
};
/* NULL: alerts of this class are not kept. */
const struct alert_class_rules *alert_class_find(uint32_t alert_class);

/* Opens the service's alert where there is none and has it looked at when the input settles. */
void alert_of_service(struct engine *, struct service *);
struct alert *alert_new(struct engine *, const struct alert_class_rules *, const char *key);
void alert_touch(struct engine *, struct alert *);

/* Shows this word of its class from now on. */
void alert_show_word(struct engine *, struct alert *, const char *word);

/* K3, K6: whether its subject counts: nobody was told of it, and nothing excuses it. */
bool alert_is_news(const struct alert *);

/* What alert_is_news says may have changed. */
void alert_recount(struct engine *, struct alert *);
void alert_mark(struct engine *, struct alert *);
void alert_free(struct alert *);

/* Remembers a channel that this alert used; the ninth is not. */
void alert_add_channel(struct alert *, const char *channel);

/* N6: when the reminder is due. */
int64_t alert_reminder_due(const struct engine *, const struct alert *);

/* That, or the end of a hold. */
int64_t alert_due(const struct engine *, const struct timer *);
int alert_compare(const struct alert *, const struct alert *);
int alert_timers_compare(const struct timer *, const struct timer *);
void alert_timers_run(struct engine *, struct timer *const *, size_t n, struct effects *);

/* Takes it off the open ones and frees it; its row is kept for engine_next_closed. */
void alert_close(struct engine *, struct alert *, enum reason);

/* ---- rows.c */

void engine_show(const struct engine *, EngineState *out);
void service_show(const struct service *, ServiceState *out);
void source_show(const struct source *, SourceState *out);
/* A rank as the schema writes it; 0 as LEVEL_UNKNOWN: no level. */
Level level_of_rank(int rank);

void alert_show(const struct alert *, AlertState *out);

/* ---- settle.c */

/* N1, N2, D3: what this alert wants to send now, before any check; of several the first in the order of the kinds. False:
 * receivers know how it is. */
struct wanted;
bool settle_wanted(struct engine *, struct alert *, struct wanted *out);

/* T6, N1..N6: for each touched alert, in byte order of key, what is sent and what is held. */
void settle(struct engine *, struct effects *);

/* N7: alerts whose subject is gone. Gathered one by one (NULL: none; n are there already; says how many then), in the
 * room of engine_scratch; then ended, in byte order of key. */
size_t settle_gather_removed(struct engine *, struct alert *, size_t n);
void settle_removed(struct engine *, size_t n, struct effects *);

/* Told of a level that people set by hand and that receivers know (U1). */
void settle_dedup(struct engine *, struct alert *, struct effects *);

/* ---- check.c */

/* What an alert wants to send. */
struct wanted {
    struct alert *alert;
    enum notify_kind kind;
    int level;                         /* rank */
    const struct route *route;         /* NULL: none matches */
};
struct verdict {
    enum reason reason;                /* REASON_NONE: go ahead */
    const char *by;                    /* NULL: nobody */
    bool as_told;                      /* receivers are not to be told of this level (N6) */
};
/* N3: the first check that applies. A check may remember with the alert since when it does. */
struct verdict check_notification(struct engine *, const struct wanted *);

/* One check alone, in its place in the order. wanted NULL: only what it is. index < n_checks. */
struct check_said {
    enum gate gate;
    bool asked;                        /* it applies to what is wanted */
    struct verdict verdict;
    const enum param *params;          /* what it goes by; static storage */
    size_t n_params;
};
extern const size_t n_checks;
void check_say(struct engine *, const struct wanted *, size_t index, struct check_said *out);

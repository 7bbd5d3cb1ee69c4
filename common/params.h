/* SPDX-License-Identifier: Apache-2.0 */
/*
 * params: the parameters of the alert engine, one row each. Whoever needs a name, a default, a bound or the sentence
 * about a parameter reads PARAMS; the parser, the message, the manual page and the test are made from it.
 *
 * Values are whole numbers in the unit of the row: seconds, polls, percent, 0/1 for a bool, the index of the word for
 * an enum.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/error.h"
#include "common/text.h"

/* PARAM_INHERIT: an int for which 0 means nothing and -1 takes the value of another parameter. PARAM_DECIMAL3, 4: a number
 * with up to so many places after the point, kept as a whole number of thousandths or ten-thousandths. */
enum param_type { PARAM_INT, PARAM_INHERIT, PARAM_BOOL, PARAM_COMBINE, PARAM_DECIMAL3, PARAM_DECIMAL4 };

enum combine { COMBINE_WORST, COMBINE_AGREE, COMBINE_VENDOR, COMBINE_PROBE };

/*   id                         type           unit     default min  max     service? environment, sentence */
#define PARAMS(X)                                                                                                      \
    X(confirm_polls,             PARAM_INT,     "polls",  3,   1,   100,     true,  "ALERT_CONFIRM_THRESHOLD_POLLS",     \
      "Polls of one source that must support a worsening before it is confirmed.")                                     \
    X(min_dwell_s,               PARAM_INT,     "s",    600,   0,   86400,   true,  "ALERT_MIN_STATE_DURATION_SECONDS",  \
      "Time a service must have been at least that bad before a worsening is confirmed.")                              \
    X(recovery_polls,            PARAM_INT,     "polls",  2,   1,   100,     true,  "ALERT_RECOVERY_THRESHOLD_POLLS",    \
      "Polls of one source that must support an improvement before it is confirmed.")                                  \
    X(recovery_dwell_s,          PARAM_INT,     "s",      0,   0,   86400,   true,  "",                                  \
      "Time a service must have been operational before recovery is confirmed.")                                       \
    X(escalate_polls,            PARAM_INHERIT, "polls", -1,  -1,   100,     true,  "",                                  \
      "Polls for a worsening of an open alert; -1: as confirm_polls.")                                                 \
    X(escalate_dwell_s,          PARAM_INT,     "s",     -1,  -1,   86400,   true,  "",                                  \
      "Dwell for a worsening of an open alert; -1: as min_dwell_s.")                                                   \
    X(major_dwell_s,             PARAM_INT,     "s",     -1,  -1,   86400,   true,  "",                                  \
      "Upper limit of the dwell for a major outage; -1: none. Tier 1 ships with 90.")                                  \
    X(improve_dwell_s,           PARAM_INT,     "s",    600,   0,   86400,   true,  "",                                  \
      "Dwell for a partial improvement, one that is not yet a recovery.")                                              \
    X(notify_improve,            PARAM_BOOL,    "",       1,   0,   1,       true,  "",                                  \
      "Whether receivers are told of a partial improvement.")                                                          \
    X(stale_after_s,             PARAM_INT,     "s",    300,  10,   604800,  true,  "",                                  \
      "A source that has been quiet for longer no longer votes (at least three of its own intervals).")                \
    X(late_after_s,              PARAM_INT,     "s",    120,   0,   604800,  false, "",                                  \
      "An observation older than this when it arrives is dropped.")                                                    \
    X(future_skew_s,             PARAM_INT,     "s",    120,   0,   604800,  false, "",                                  \
      "An observation from further in the future than this is noted.")                                                 \
    X(unknown_reset_s,           PARAM_INT,     "s",    900,   0,   604800,  true,  "",                                  \
      "After being unknown for longer, confirmation starts anew.")                                                     \
    X(combine,                   PARAM_COMBINE, "",       0,   0,   3,       true,  "",                                  \
      "How the vendor's page and our own probes are combined: worst, agree, vendor or probe.")                         \
    X(quorum,                    PARAM_INT,     "probes", 0,   0,   1000,    true,  "",                                  \
      "Probes that must agree on a level; 0: a majority of those that vote.")                                          \
    X(poller_failure_threshold,  PARAM_INT,     "polls",  3,   1,   100,     true,  "POLLER_FAILURE_THRESHOLD",          \
      "Failed polls in a row after which a poller is broken and its source no longer votes.")                          \
    X(poller_recovery_threshold, PARAM_INT,     "polls",  2,   1,   100,     true,  "",                                  \
      "Good polls in a row after which a broken poller is ok again.")                                                  \
    X(collector_silent_s,        PARAM_INT,     "s",    120,   5,   86400,   false, "HEARTBEAT_STALE_AFTER_SECONDS",     \
      "A collector that has said nothing for longer is silent.")                                                       \
    X(dedup_window_s,            PARAM_INT,     "s",  86400,  60,   2592000, true,  "ALERT_DEDUP_WINDOW_SECONDS",        \
      "While nothing changes, an alert is repeated this long after the last message.")                                 \
    X(reminders,                 PARAM_BOOL,    "",       1,   0,   1,       true,  "",                                  \
      "Whether an open alert is repeated at all.")                                                                     \
    X(manual_ttl_s,              PARAM_INT,     "s",  43200,   0,   2592000, true,  "",                                  \
      "How long a status set by hand lasts on a service that has a source; 0: until it is ended.")                     \
    X(collector_hold_s,          PARAM_INT,      "s",       30,   0,   3600,    false,"",                              \
      "A silent or blind collector is told of this long after it fell silent.")                                        \
    X(mass_silence_pct,          PARAM_INT,      "%",       50,   1,   100,     false,"",                              \
      "Share of the known collectors whose silence together means that the fault is near us.")                         \
    X(mass_silence_min,          PARAM_INT,      "n",        3,   1,   100000,  false,"",                              \
      "Fewer silent collectors than this are never mass silence.")                                                     \
    X(mass_silence_cap,          PARAM_INT,      "n",       50,   1,   100000,  false,"",                              \
      "As many silent collectors always are mass silence.")                                                            \
    X(blind_pct,                 PARAM_INT,      "%",       50,   1,   100,     false,"",                              \
      "Share of a collector's sources that must be broken for it to be blind.")                                        \
    X(blind_min,                 PARAM_INT,      "n",        3,   1,   100000,  false,"",                              \
      "Fewer broken sources than this never make a collector blind.")                                                  \
    X(poller_hold_s,             PARAM_INT,      "s",       90,   0,   3600,    false,"",                              \
      "A broken poller of a collector with many sources is told of this much later, lest all of them are.")            \
    X(flap_enabled,              PARAM_BOOL,     "",         1,   0,   1,       true, "",                              \
      "Whether flapping is looked for.")                                                                               \
    X(flap_high_pct,             PARAM_INT,      "%",       30,   1,   100,     true, "",                              \
      "Share of weighted change at which flapping starts.")                                                            \
    X(flap_low_pct,              PARAM_INT,      "%",       20,   1,   100,     true, "",                              \
      "Share of weighted change below which flapping stops; at most flap_high_pct.")                                   \
    X(flap_bad_s,                PARAM_INT,      "s",      600,   0,   86400,   true, "",                              \
      "Trouble of this length in all, too short each time to be confirmed, is slow flapping; 0: never.")               \
    X(ack_ttl_s,                 PARAM_INT,      "s",     86400,   0,   2592000, false,"",                             \
      "How long an acknowledgement holds when nobody says how long; 0: as long as the alert.") \
    X(correlation_threshold,     PARAM_INT,      "services",   3,   1,   1000,    false,"DEPENDENCY_CORRELATION_THRESHOLD",\
      "So many services that fail with what they stand on are told of in one message.")                                \
    X(correlation_window_s,      PARAM_INT,      "s",      900,   0,   86400,   false,"",                              \
      "Services that failed within this time of each other may have a common cause.")                                  \
    X(correlation_hold_s,        PARAM_INT,      "s",       60,   0,   3600,    false,"",                              \
      "A service whose trouble something below explains waits this long for the others.")                              \
    X(dependency_grace_s,        PARAM_INT,      "s",      300,   0,   86400,   false,"",                              \
      "After what it stands on has recovered, a service has this long to follow.")                                     \
    X(maint_end_grace_s,         PARAM_INT,      "s",      300,   0,   86400,   false,"",                              \
      "After a maintenance window, its subjects have this long to come up.")                                           \
    X(reopen_window_s,           PARAM_INT,      "s",     1800,   0,   86400,   false,"",                              \
      "Trouble that returns within this time is the same incident again.")                                             \
    X(recur_limit,               PARAM_INT,      "n",        3,   1,   100,     true, "",                              \
      "After so many returns in a row, recovery needs recur_dwell_s; after so many escalations, improvements are not told.")\
    X(recur_dwell_s,             PARAM_INT,      "s",     1800,   0,   86400,   true, "",                              \
      "Time a service that keeps coming back must have been operational before recovery is confirmed.")                \
    X(slo_enabled,               PARAM_BOOL,     "",         0,   0,   1,       true, "SLO_BURN_RATE_ENABLED",         \
      "Whether error budget and burn rates of the service are watched.")                                               \
    X(slo_target,                PARAM_DECIMAL4, "%",     999000, 900000,   999900,  true, "SLO_TARGET_PERCENT",       \
      "Share of time that the service is to be up.")                                                                   \
    X(slo_eval_s,                PARAM_INT,      "s",      300,   1,   3600,    false,"SLO_BURN_RATE_CHECK_INTERVAL_SECONDS",\
      "Burn rates are judged at multiples of this.")                                                                   \
    X(slo_fast,                  PARAM_DECIMAL3, "x",     14400,   1,   1000000, false,"SLO_BURN_RATE_FAST_THRESHOLD", \
      "Burn rate over 1 h and 5 min above which the fast alert opens.")                                                \
    X(slo_slow,                  PARAM_DECIMAL3, "x",     6000,   1,   1000000, false,"SLO_BURN_RATE_SLOW_THRESHOLD",  \
      "Burn rate over 6 h and 30 min above which the slow alert opens.")                                               \
    X(slo_ticket,                PARAM_DECIMAL3, "x",     1000,   1,   1000000, false,"SLO_BURN_RATE_TICKET_THRESHOLD",\
      "Burn rate over 3 d and 6 h above which the ticket alert opens.")                                                \
    X(slo_min_bad_s,             PARAM_INT,      "s",      180,   0,   86400,   true, "",                              \
      "Less bad time than this in the long window opens no burn rate alert.")                                          \
    X(slo_min_coverage_pct,      PARAM_INT,      "%",       50,   1,   100,     true, "",                              \
      "A window of which less is known counts as if so much were known and the rest good.")                            \
    X(slo_reset_evals,           PARAM_INT,      "n",        2,   1,   100,     true, "",                              \
      "So many good evaluations close a burn rate alert.")                                                             \
    X(weight_degraded,           PARAM_INT,      "per mille",   0,   0,   1000,    true, "",                           \
      "What a degraded minute costs of uptime.")                                                                       \
    X(weight_partial,            PARAM_INT,      "per mille", 300,   0,   1000,    true, "",                           \
      "What a minute of partial outage costs of uptime.")                                                              \
    X(weight_major,              PARAM_INT,      "per mille",1000,   0,   1000,    true, "",                           \
      "What a minute of major outage costs of uptime.")

enum param {
#define PARAM_ENUM(id, ...) PARAM_##id,
    PARAMS(PARAM_ENUM)
#undef PARAM_ENUM
    PARAM_COUNT,
};

struct param_row {
    const char *name;
    enum param_type type;
    const char *unit;
    int64_t fallback;             /* the shipped default */
    int64_t min;
    int64_t max;
    bool per_service;             /* may be overridden by tier and by service */
    const char *environment;      /* seed name, "" when there is none */
    const char *sentence;
};

/* Indexed by enum param. */
extern const struct param_row param_rows[PARAM_COUNT];

/* Resolved values of one service (or of the engine, for those that are not per service). */
struct params {
    int64_t value[PARAM_COUNT];
};

/* What one place of a configuration sets; the rest is inherited. All zero: nothing. */
struct param_overrides {
    bool set[PARAM_COUNT];
    int64_t value[PARAM_COUNT];
};

/* Where a value came from, for explain and check. */
enum param_origin { PARAM_SHIPPED, PARAM_SHIPPED_TIER, PARAM_FILE, PARAM_ENVIRONMENT, PARAM_TIER, PARAM_SERVICE };

struct param_layers {
    struct param_overrides file;        /* engine: of the file, environment already laid over it */
    struct param_overrides tiers[3];    /* engine.tiers: 1, 2, 3 */
    bool environment[PARAM_COUNT];      /* which values of file came from the environment */
};

/* The row of this name; NULL when there is none. */
const struct param_row *param_find(struct text name);

/* Reads the value of a row: strict decimal, one of the six words of a bool (true false yes no on off), or the word of the
 * enum. -EINVAL with words that name row, value and what was expected; *out unchanged. */
int param_parse(const struct param_row *, struct text value, int64_t *out, struct error *);

/* What a row takes, in words: "a whole number of s from 0 to 86400". At most cap bytes with the NUL; returns out. */
char *param_expected(const struct param_row *, char *out, size_t cap);

/* A value as configuration writes it: "600", "true", "worst". At most cap bytes with the NUL; returns out. */
char *param_render(const struct param_row *, int64_t value, char *out, size_t cap);

/* The value of one parameter for a service whose look-up tier is given: the service's own, the tier's of the file, the
 * file's, the shipped tier value, the shipped default. service may be NULL. Look-up tier 0: of what is no service's, a
 * collector's alert for one: the file's, the shipped default. */
int64_t param_resolve(enum param, const struct param_layers *, int lookup_tier, const struct param_overrides *service,
                      enum param_origin *origin /* may be NULL */);

/* Where it came from, in words: "shipped", "shipped for the tier", "file", "environment", "tier", "service". Static. */
const char *param_origin_name(enum param_origin);

/* All of them. */
void params_resolve(struct params *out, const struct param_layers *, int lookup_tier,
                    const struct param_overrides *service);

/* Every parameter as a comment of YAML, one line each, for a file that shows what there is: key, default, bounds, the variable
 * of the environment, the sentence; "*" where tiers and services may differ. */
void params_print_sample(FILE *);

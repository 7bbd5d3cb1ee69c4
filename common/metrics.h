/* SPDX-License-Identifier: Apache-2.0 */
/*
 * metrics: numbers about ourselves. One row each: its name with unit, fixed labels, type and help; whoever counts names the
 * row, whoever renders /metrics walks the table. Atomic, no locks.
 *
 *     metric_add(METRIC_WIRE_BATCHES, 1);
 *     metric_time(METRIC_COMMIT_SECONDS, elapsed_us);
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

/*   id                      name                                  labels                  type           help */
#define METRICS(X)                                                                                                             \
    X(WIRE_BATCHES,         "tocsin_wire_batches_total",            "",                     METRIC_COUNTER, "Batches taken from collectors.") \
    X(WIRE_HELLOS,          "tocsin_wire_hellos_total",             "",                     METRIC_COUNTER, "Hellos taken from collectors.") \
    X(WIRE_BYTES,           "tocsin_wire_received_bytes_total",     "",                     METRIC_COUNTER, "Bytes taken from collectors.") \
    X(ITEMS_OBSERVATION,    "tocsin_items_total",                   "kind=\"observation\"", METRIC_COUNTER, "Items taken, by kind.") \
    X(ITEMS_METRICS,        "tocsin_items_total",                   "kind=\"metrics\"",     METRIC_COUNTER, "Items taken, by kind.") \
    X(ITEMS_SOURCE,         "tocsin_items_total",                   "kind=\"source\"",      METRIC_COUNTER, "Items taken, by kind.") \
    X(ITEMS_VENDOR,         "tocsin_items_total",                   "kind=\"vendor\"",      METRIC_COUNTER, "Items taken, by kind.") \
    X(VENDOR_VERSIONS,      "tocsin_vendor_versions_total",         "",                     METRIC_COUNTER, "Versions of vendors' incidents and maintenance windows that were new.") \
    X(ITEMS_REPEATED,       "tocsin_items_repeated_total",          "",                     METRIC_COUNTER, "Items sent again that were committed already.") \
    X(ITEMS_LOST,           "tocsin_items_lost_total",              "",                     METRIC_COUNTER, "Items collectors had to drop from a full backlog.") \
    X(REJECTED_MALFORMED,   "tocsin_wire_rejected_total",           "reason=\"malformed\"", METRIC_COUNTER, "Frames and items refused, by reason.") \
    X(REJECTED_IDENTITY,    "tocsin_wire_rejected_total",           "reason=\"identity\"",  METRIC_COUNTER, "Frames and items refused, by reason.") \
    X(REJECTED_PROTOCOL,    "tocsin_wire_rejected_total",           "reason=\"protocol\"",  METRIC_COUNTER, "Frames and items refused, by reason.") \
    X(REJECTED_SERVICE,     "tocsin_wire_rejected_total",           "reason=\"service\"",   METRIC_COUNTER, "Frames and items refused, by reason.") \
    X(AUTH_ACCEPTED,        "tocsin_wire_auth_total",               "result=\"accepted\"",  METRIC_COUNTER, "CURVE handshakes judged, by result.") \
    X(AUTH_REFUSED,         "tocsin_wire_auth_total",               "result=\"refused\"",   METRIC_COUNTER, "CURVE handshakes judged, by result.") \
    X(OBSERVATIONS_DROPPED, "tocsin_observations_dropped_total",    "",                     METRIC_COUNTER, "Observations the engine dropped (O2..O5).") \
    X(ROUNDS,               "tocsin_rounds_total",                  "",                     METRIC_COUNTER, "Rounds committed by the core.") \
    X(ROUND_INPUTS,         "tocsin_round_inputs_total",            "",                     METRIC_COUNTER, "Inputs in those rounds.") \
    X(COMMIT_SECONDS,       "tocsin_commit_seconds",                "",                     METRIC_HISTOGRAM, "Time of a durable commit.") \
    X(COMMIT_FAILURES,      "tocsin_commit_failures_total",         "",                     METRIC_COUNTER, "Commits that failed and were tried again.") \
    X(ENGINE_AHEAD,         "tocsin_engine_clock_ahead_seconds",    "",                     METRIC_GAUGE,   "How far the clock of the engine is ahead of a wall clock that was set back.") \
    X(INBOX_DEPTH,          "tocsin_inbox_depth",                   "",                     METRIC_GAUGE,   "Commands waiting for the core.") \
    X(POLLS_ASKED,          "tocsin_polls_asked_total",             "outcome=\"sent\"",      METRIC_COUNTER, "Polls asked for out of turn, by what became of the ask.") \
    X(POLLS_COALESCED,      "tocsin_polls_asked_total",             "outcome=\"coalesced\"", METRIC_COUNTER, "Polls asked for out of turn, by what became of the ask.") \
    X(POLLS_NOBODY,         "tocsin_polls_asked_total",             "outcome=\"nobody\"",    METRIC_COUNTER, "Polls asked for out of turn, by what became of the ask.") \
    X(WEBHOOKS_TAKEN,       "tocsin_webhooks_total",                "outcome=\"taken\"",     METRIC_COUNTER, "Posts to /api/webhooks, by outcome.") \
    X(WEBHOOKS_BACKFILLED,  "tocsin_webhooks_total",                "outcome=\"backfilled\"", METRIC_COUNTER, "Posts to /api/webhooks, by outcome.") \
    X(WEBHOOKS_PATH,        "tocsin_webhooks_total",                "outcome=\"unknown_path\"", METRIC_COUNTER, "Posts to /api/webhooks, by outcome.") \
    X(WEBHOOKS_SIGNATURE,   "tocsin_webhooks_total",                "outcome=\"bad_signature\"", METRIC_COUNTER, "Posts to /api/webhooks, by outcome.") \
    X(WEBHOOKS_BODY,        "tocsin_webhooks_total",                "outcome=\"bad_body\"",  METRIC_COUNTER, "Posts to /api/webhooks, by outcome.") \
    X(WEBHOOKS_PAGE,        "tocsin_webhooks_total",                "outcome=\"other_page\"", METRIC_COUNTER, "Posts to /api/webhooks, by outcome.") \
    X(WEBHOOKS_BUSY,        "tocsin_webhooks_total",                "outcome=\"busy\"",      METRIC_COUNTER, "Posts to /api/webhooks, by outcome.") \
    X(NOTIFIED,             "tocsin_notifications_decided_total",   "",                     METRIC_COUNTER, "Decisions to tell somebody.") \
    X(SUPPRESSED_NO_ROUTE,   "tocsin_suppressed_total",              "reason=\"no_route\"",          METRIC_COUNTER, "Decisions not to tell, or not yet, by reason.") \
    X(SUPPRESSED_MAINTENANCE, "tocsin_suppressed_total",              "reason=\"maintenance\"",       METRIC_COUNTER, "Decisions not to tell, or not yet, by reason.") \
    X(SUPPRESSED_MAINTENANCE_GRACE, "tocsin_suppressed_total",              "reason=\"maintenance_grace\"", METRIC_COUNTER, "Decisions not to tell, or not yet, by reason.") \
    X(SUPPRESSED_DEPENDENCY, "tocsin_suppressed_total",              "reason=\"dependency\"",        METRIC_COUNTER, "Decisions not to tell, or not yet, by reason.") \
    X(SUPPRESSED_UPSTREAM_GRACE, "tocsin_suppressed_total",              "reason=\"upstream_grace\"",    METRIC_COUNTER, "Decisions not to tell, or not yet, by reason.") \
    X(SUPPRESSED_CORRELATION_HOLD, "tocsin_suppressed_total",              "reason=\"correlation_hold\"",  METRIC_COUNTER, "Decisions not to tell, or not yet, by reason.") \
    X(SUPPRESSED_COLLECTOR_SILENT, "tocsin_suppressed_total",              "reason=\"collector_silent\"",  METRIC_COUNTER, "Decisions not to tell, or not yet, by reason.") \
    X(SUPPRESSED_COLLECTOR_BLIND, "tocsin_suppressed_total",              "reason=\"collector_blind\"",   METRIC_COUNTER, "Decisions not to tell, or not yet, by reason.") \
    X(SUPPRESSED_POLLER_HOLD, "tocsin_suppressed_total",              "reason=\"poller_hold\"",       METRIC_COUNTER, "Decisions not to tell, or not yet, by reason.") \
    X(SUPPRESSED_MASS_SILENCE, "tocsin_suppressed_total",              "reason=\"mass_silence\"",      METRIC_COUNTER, "Decisions not to tell, or not yet, by reason.") \
    X(SUPPRESSED_COLLECTOR_HOLD, "tocsin_suppressed_total",              "reason=\"collector_hold\"",    METRIC_COUNTER, "Decisions not to tell, or not yet, by reason.") \
    X(SUPPRESSED_HIGHER_BURN_OPEN, "tocsin_suppressed_total",              "reason=\"higher_burn_open\"",  METRIC_COUNTER, "Decisions not to tell, or not yet, by reason.") \
    X(SUPPRESSED_HIGHER_BURN_RECENT, "tocsin_suppressed_total",              "reason=\"higher_burn_recent\"", METRIC_COUNTER, "Decisions not to tell, or not yet, by reason.") \
    X(SUPPRESSED_FLAPPING,   "tocsin_suppressed_total",              "reason=\"flapping\"",          METRIC_COUNTER, "Decisions not to tell, or not yet, by reason.") \
    X(SUPPRESSED_ACKNOWLEDGED, "tocsin_suppressed_total",              "reason=\"acknowledged\"",      METRIC_COUNTER, "Decisions not to tell, or not yet, by reason.") \
    X(SUPPRESSED_IMPROVE_OFF, "tocsin_suppressed_total",              "reason=\"improve_off\"",       METRIC_COUNTER, "Decisions not to tell, or not yet, by reason.") \
    X(SUPPRESSED_RECURRING,  "tocsin_suppressed_total",              "reason=\"recurring\"",         METRIC_COUNTER, "Decisions not to tell, or not yet, by reason.") \
    X(SUPPRESSED_NOT_ANNOUNCED, "tocsin_suppressed_total",              "reason=\"not_announced\"",     METRIC_COUNTER, "Decisions not to tell, or not yet, by reason.") \
    X(SUPPRESSED_DEDUP,      "tocsin_suppressed_total",              "reason=\"dedup\"",             METRIC_COUNTER, "Decisions not to tell, or not yet, by reason.") \
    X(SUPPRESSED_ALERT_OPEN, "tocsin_suppressed_total",              "reason=\"alert_open\"",        METRIC_COUNTER, "Decisions not to tell, or not yet, by reason.") \
    X(INCIDENTS,            "tocsin_incidents_total",               "",                     METRIC_COUNTER, "Incidents opened.") \
    X(INCIDENTS_OPEN,       "tocsin_incidents_open",                "",                     METRIC_GAUGE,   "Open incidents.") \
    X(DELIVERY_SENT,        "tocsin_delivery_total",                "outcome=\"sent\"",     METRIC_COUNTER, "Delivery attempts, by outcome.") \
    X(DELIVERY_RETRY,       "tocsin_delivery_total",                "outcome=\"retry\"",    METRIC_COUNTER, "Delivery attempts, by outcome.") \
    X(DELIVERY_AMBIGUOUS,   "tocsin_delivery_total",                "outcome=\"ambiguous\"", METRIC_COUNTER, "Delivery attempts, by outcome.") \
    X(DELIVERY_DEAD,        "tocsin_delivery_total",                "outcome=\"dead\"",     METRIC_COUNTER, "Delivery attempts, by outcome.") \
    X(DELIVERY_NEEDLESS,    "tocsin_delivery_total",                "outcome=\"needless\"", METRIC_COUNTER, "Delivery attempts, by outcome.") \
    X(DELIVERY_SECONDS,     "tocsin_delivery_seconds",              "",                     METRIC_HISTOGRAM, "Time from decision to receipt.") \
    X(HTTP_2XX,             "tocsin_http_requests_total",           "code=\"2xx\"",         METRIC_COUNTER, "HTTP answers, by class.") \
    X(HTTP_304,             "tocsin_http_requests_total",           "code=\"304\"",         METRIC_COUNTER, "HTTP answers, by class.") \
    X(HTTP_4XX,             "tocsin_http_requests_total",           "code=\"4xx\"",         METRIC_COUNTER, "HTTP answers, by class.") \
    X(HTTP_5XX,             "tocsin_http_requests_total",           "code=\"5xx\"",         METRIC_COUNTER, "HTTP answers, by class.") \
    X(HTTP_SHED,            "tocsin_http_shed_total",               "",                     METRIC_COUNTER, "Connections cut for being too slow or too many.") \
    X(HTTP_REFUSED_AUTH,    "tocsin_http_auth_refused_total",       "",                     METRIC_COUNTER, "Requests with a missing or wrong token.") \
    X(STREAM_CLIENTS,       "tocsin_stream_clients",                "",                     METRIC_GAUGE,   "Open live streams.") \
    X(STREAM_OVERFLOWS,     "tocsin_stream_overflows_total",        "",                     METRIC_COUNTER, "Live streams ended because the client was too slow.") \
    X(CONFIG_RELOAD_OK,     "tocsin_config_last_reload_successful", "",                     METRIC_GAUGE,   "1 when the last reload was taken.") \
    X(CONFIG_RELOAD_TIME,   "tocsin_config_last_reload_success_timestamp_seconds", "",      METRIC_GAUGE,   "When a configuration was last taken.")

enum metric {
#define METRIC_ENUM(id, ...) METRIC_##id,
    METRICS(METRIC_ENUM)
#undef METRIC_ENUM
    METRIC_COUNT,
};

struct metric_row {
    const char *name;
    const char *labels;      /* as they stand between the braces; "" for none */
    enum metric_type type;
    const char *help;
};

extern const struct metric_row metric_rows[METRIC_COUNT];

enum { METRIC_BUCKETS = 16 };

/* Upper bounds of the buckets in microseconds: 100 us doubling; the last is open. */
extern const int64_t metric_bounds_us[METRIC_BUCKETS - 1];

void metric_add(enum metric, int64_t);
void metric_set(enum metric, int64_t);
int64_t metric_get(enum metric);

/* One duration into a histogram, in microseconds. */
void metric_time(enum metric, int64_t us);

struct metric_histogram { int64_t buckets[METRIC_BUCKETS], sum_us, count; };
void metric_histogram_get(enum metric, struct metric_histogram *);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service_view: a service as people and programs see it, put together from its rows. The JSON, the page and the metrics
 * are written from this one form. Text lives in the arena or in the configuration.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aggregator/api/confirm_view.h"
#include "aggregator/api/planned.h"
#include "aggregator/config/config.h"
#include "aggregator/store/store.h"
#include "common/mem.h"
#include "common/truth.h"

enum { SERVICE_SOURCES_MAX = 64 };

/* Whether what we show rests on something recent. Told as the time until which it is fresh; bodies hold no ages. */
enum freshness { FRESHNESS_UNKNOWN, FRESHNESS_STALE, FRESHNESS_FRESH };

enum poller_health { POLLER_HEALTH_NONE, POLLER_HEALTH_OK, POLLER_HEALTH_SILENT, POLLER_HEALTH_BROKEN };

struct source_view {
    const char *id, *collector;        /* COLLECTOR/CHECK, COLLECTOR */
    bool is_probe;
    enum status level;                 /* of the last good poll */
    enum poller_health poller;
    int64_t poller_since_ms, observed_at_ms, last_ok_ms, fresh_until_ms;
    uint32_t fail_streak, every_s;
    const char *reason, *detail, *link, *title, *unit, *thresholds;
    bool maintenance;
};

struct service_view {
    const char *id, *name, *category, *owner, *runbook, *link;    /* NULL when not given */
    const struct service_entry *entry;                            /* NULL: a host's check */
    int tier;
    enum status status, hard, last_known;
    bool confirmed;                    /* the hard state is the one shown */
    bool seen;                         /* the engine has a row */
    int64_t changed_at_ms, observed_at_ms, fresh_until_ms;
    enum freshness freshness;
    enum poller_health poller;         /* the worst of its sources */
    int64_t poller_since_ms;           /* of that one */
    bool maintenance;                  /* one of its sources says so, or an active window covers it */
    bool flapping;                     /* it keeps changing its state */
    enum status said_vendor, said_probe;   /* what pages and probes say together (E2, E3) */
    const struct truth_told *truth;    /* which of them sees red; NULL: it has not both */
    const struct source_view *speaker; /* the source that speaks loudest; NULL: none, or a person */
    bool manual;
    const char *manual_by, *manual_reason;
    int64_t manual_set_at_ms, manual_until_ms;
    const char *incident;              /* of its open alert; NULL: none */
    bool acknowledged;                 /* its open alert is */
    const char *acknowledged_by;       /* NULL when nobody has told */
    int64_t acknowledged_until_ms;     /* 0: as long as the alert */
    bool has_next;
    struct confirm_view next;
    struct source_view *sources;
    size_t n_sources;
};

struct service_reader {
    struct store_txn *txn;
    const struct aggregator_config *config;
    struct arena *arena;
    const struct planned *planned;     /* NULL: none is known of */
};

/* One service or host's check by id. 0, STORE_ABSENT (neither configured nor known), or negative. */
int service_view_read(const struct service_reader *, const char *id, struct service_view *out);

/* All configured services, worst first; an array in the arena. */
int service_view_read_all(const struct service_reader *, struct service_view **out, size_t *n_out);

/* The checks of one host (its registered services), worst first, at most max. */
int service_view_read_host(const struct service_reader *, const char *host, size_t max, struct service_view **out,
                           size_t *n_out);

/* The parameters a service is judged by; of a host's check: its hosts: rule, else those of its tier. */
const struct params *service_view_params(const struct aggregator_config *, const ServiceState *);

/* The order of every list: major, partial, degraded, unknown or stale or a broken poller, maintenance, operational; then
 * tier, since, id. */
int service_view_compare(const void *, const void *);

/* 0 (worst) .. 5: the first part of that order. */
int service_view_rank(const struct service_view *);

const char *freshness_name(enum freshness);          /* unknown, stale, fresh */
const char *poller_health_name(enum poller_health);  /* none, ok, silent, broken */

/* Services by status. */
struct status_counts { size_t by_status[STATUS_COUNT], total; };
void status_count(struct status_counts *, enum status);

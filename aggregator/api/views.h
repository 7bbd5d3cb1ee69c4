/* SPDX-License-Identifier: Apache-2.0 */
/*
 * views: the bodies of the reads, one function an endpoint (see render.h), and the pieces that several of them share.
 */
#pragma once

#include <jansson.h>

#include "aggregator/api/render.h"
#include "aggregator/api/service_view.h"

int views_services(struct render *);
int views_service(struct render *);
int views_uptime(struct render *);
int views_sla(struct render *);
int views_sla_history(struct render *);
int views_slo(struct render *);
int views_summary(struct render *);
int views_timeline(struct render *);
int views_readiness(struct render *);
int views_maintenance(struct render *);
int views_vendor_incidents(struct render *);
int views_incidents(struct render *);
int views_incident(struct render *);
int views_hosts(struct render *);
int views_host(struct render *);
int views_alerts(struct render *);
int views_deliveries(struct render *);
int views_outbox(struct render *);
int views_integrations(struct render *);
int views_outbox_row(struct render *);
int views_audit(struct render *);
int views_tokens(struct render *);
int views_config(struct render *);
int views_graph(struct render *);
int views_health(struct render *);
int views_metrics(struct render *);
int views_page(struct render *);                /* GET / */
int views_page_overview(struct render *);       /* GET /fragments/overview, /fragments/hosts: parts of the page */
int views_page_hosts(struct render *);
int views_page_readiness(struct render *);      /* GET /fragments/readiness */

/* The reader of services for this rendering; it has read what is planned, so the body depends on VIEW_MAINTENANCE. */
struct service_reader views_reader(struct render *);

/* A service as it stands in every list. */
json_t *views_service_json(const struct service_view *);

/* {"operational": n, …, "total": n}. */
json_t *views_counts_json(const struct status_counts *);

/* What every list begins with: items, next_cursor (from render.next_cursor). Takes items. */
json_t *views_list(const struct render *, json_t *items);

/* A table that is shown row by row, as it stands. */
struct table_list {
    enum table table;
    bool backwards;                    /* from its end: newest first */
    void *row;                         /* room for one row */
    json_t *(*item)(struct render *, const struct store_key *, const void *row);
};

/* The list of it, by the request's limit and cursor, taken to be written; reading is done. NULL: a problem. */
json_t *views_table(struct render *, const struct table_list *);

/* What the whole answer rests on: lineage, round, demo. */
void views_put_world(const struct render *, json_t *object);

/* An alert as it stands in every list; level is its word. */
json_t *views_alert_json(const AlertState *, const char *level);

/* One line of the timeline; key is its place. */
json_t *views_timeline_json(const struct store_key *key, const TimelineRow *row);

/* Budgets and burn rates in Prometheus' text format; before reading is done. */
void views_slo_metrics(struct render *, struct buffer *out);

/* What collectors that poll vendors' pages tell of it, for /metrics. */
void views_collector_metrics(struct render *, struct buffer *out);

/* What waits for each channel, for /metrics. */
struct outbox_tally;
void views_channel_metrics(const struct render *, const struct outbox_tally *, struct buffer *out);

/* The cursor of a table walked backwards: the request's, as the range's start. -EPROTO and a problem when it is none. */
int views_cursor(struct render *, struct store_range *);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page: the two parts of the page, each read first and written afterwards.
 */
#pragma once

#include "aggregator/api/host_view.h"
#include "aggregator/api/html.h"
#include "aggregator/api/render.h"
#include "aggregator/api/summary.h"
#include "common/limits.h"

enum { PAGE_DECISIONS_MAX = 20, PAGE_HOSTS_MAX = 60, PAGE_ALERTS_MAX = 50, PAGE_WINDOWS_MAX = 8 };

struct page_decision {
    struct store_key key;
    TimelineRow row;
};

/* What became of an alert's message to one channel. Decided is not told: only a receipt is. */
struct page_told {
    const char *channel;
    bool receiver;                     /* somebody carries this channel */
    int64_t told_at_ms;                /* 0: not yet told the level that was decided */
};

struct page_alert {
    const struct alert_view *view;
    struct page_told told[ALERT_CHANNELS_MAX];
    size_t n_told;
};

/* What a vendor's page says of an open incident; title NULL: it cannot be read. */
struct page_vendor_line {
    const char *title, *state, *link;
    int64_t since_ms;
};
struct page_vendor {
    struct page_vendor_line *lines;
    size_t n;
    size_t total;                      /* also those that are not shown */
};

/* Verdict, open alerts, planned work, services, the latest decisions. */
struct page_overview {
    const struct aggregator_config *config;
    struct summary summary;
    struct page_alert *alerts;         /* the first of the summary's; in the arena */
    size_t n_alerts;
    struct page_decision *decisions;   /* newest first; in the arena */
    size_t n_decisions;
    struct page_vendor *vendor;        /* of each of the summary's services; in the arena */
    const char *window_names[PAGE_WINDOWS_MAX];    /* of planned work that a vendor announced; NULL: of others */
    const char *window_links[PAGE_WINDOWS_MAX];
};
int page_overview_read(struct render *, struct page_overview *out);
void page_overview_write(struct html *, const struct page_overview *);

/* Its parts. */
void page_alerts_read(struct render *, struct page_overview *);
void page_alerts_write(struct html *, const struct page_overview *);
void page_vendor_read(struct render *, struct page_overview *);
void page_vendor_write(struct html *, const struct page_vendor *, const char *service);
void page_planned_write(struct html *, const struct page_overview *);

/* The name of a configured service; anything else is its own. */
const char *page_service_name(const struct aggregator_config *, const char *service);

/* "Acknowledged by ann until 21 Nov, 10:22 UTC"; by NULL: somebody; until_ms 0: until it is over. from_ms: see
 * html_time_from. */
void page_acknowledged(struct html *, const char *by, int64_t until_ms, int64_t from_ms);

/* " Explain": to why the service's alert is told or not. */
void page_explain_link(struct html *, const char *service, const char *name);

/* "inc-7", which leads to it. */
void page_incident_link(struct html *, const char *incident);

/* What a vendor calls it, leading to where it tells of it; link: "" or NULL when it does not. */
void page_vendor_link(struct html *, const char *title, const char *link);

/* " maintenance", with its flag. */
void page_maintenance_tag(struct html *);

/* The first hosts by name, worst first. */
struct page_hosts {
    struct host_view *hosts;
    size_t n_hosts;
    size_t total;
};
int page_hosts_read(struct render *, struct page_hosts *out);
void page_hosts_write(struct html *, const struct page_hosts *);

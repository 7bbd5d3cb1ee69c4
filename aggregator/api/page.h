/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page: the two parts of the page, each read first and written afterwards.
 */
#pragma once

#include "aggregator/api/host_view.h"
#include "aggregator/api/html.h"
#include "aggregator/api/render.h"
#include "aggregator/api/summary.h"

enum { PAGE_DECISIONS_MAX = 20, PAGE_HOSTS_MAX = 60 };

struct page_decision {
    struct store_key key;
    TimelineRow row;
};

/* Verdict, open alerts, services, the latest decisions. */
struct page_overview {
    const struct aggregator_config *config;
    struct summary summary;
    struct page_decision *decisions;   /* newest first; in the arena */
    size_t n_decisions;
};
int page_overview_read(struct render *, struct page_overview *out);
void page_overview_write(struct html *, const struct page_overview *);

/* The first hosts by name, worst first. */
struct page_hosts {
    struct host_view *hosts;
    size_t n_hosts;
    size_t total;
};
int page_hosts_read(struct render *, struct page_hosts *out);
void page_hosts_write(struct html *, const struct page_hosts *);

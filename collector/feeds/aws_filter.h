/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aws_filter: which services of Amazon's events are watched: by region, by service, by both. A page of events lists what is
 * wrong and nothing else, so a misspelt entry cannot be told from a service that is well, but by its form. Pure.
 */
#pragma once

#include "collector/feeds/feed.h"
#include "collector/feeds/filter.h"
#include "common/registry.h"

struct aws_filter {
    const struct feed_entry *config;
    bool mentioned[FILTER_ENTRIES_MAX];   /* of the services watched: those that an event names */
};

/* Whether its regions look like regions: what can never match anything would be green for ever. False: the result says
 * filter_miss. */
bool aws_filter_fits(const struct feed_entry *, struct feed_result *, struct arena *);

/* Whether a service is only told by its name ("Amazon Simple Storage Service"): ids have no blanks. */
bool aws_filter_by_name(const struct feed_entry *);

/* "global", or none: it is in every region. */
bool aws_filter_watches_region(const struct aws_filter *, struct text region);

/* Whether a service in an event of this region is watched; the entry that means it is then mentioned. */
bool aws_filter_watches(struct aws_filter *, struct text region, struct text id, struct text name);

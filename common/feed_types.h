/* SPDX-License-Identifier: Apache-2.0 */
/*
 * feed_types: the platforms that a service's `feed` may name, one row each: what both programs check of its
 * configuration. How a platform is read is collector/feeds/NAME.c.
 */
#pragma once

/* Keys of `feed` that only some platforms understand. */
enum feed_key {
    FEED_KEY_COMPONENTS = 1 << 0,      /* the watch filters */
    FEED_KEY_CONTAINERS = 1 << 1,
    FEED_KEY_PRODUCTS = 1 << 2,
    FEED_KEY_REGIONS = 1 << 3,
    FEED_KEY_SERVICES = 1 << 4,
    FEED_KEY_PAGE = 1 << 5,            /* which page, instance or account behind the address */
    FEED_KEY_ITEM_LEVEL = 1 << 6,      /* what an item counts as that has no level of its own */
    FEED_KEY_OAUTH = 1 << 7,           /* tenant, client_id, client_secret, login_url */
    FEED_KEY_ONE_OF = 1 << 8,          /* beside what is needed: one of that is enough */
};

/* X(name, title for people, keys it understands, keys it needs). The order is that in which `detect` tries them:
 * `feed`, which takes any RSS and Atom, is the last. */
#define FEED_TYPES(X)                                                                                                  \
    X(statuspage, "Atlassian Statuspage, and incident.io or others that imitate it", FEED_KEY_COMPONENTS, 0)           \
    X(instatus, "Instatus", FEED_KEY_COMPONENTS, 0)                                                                    \
    X(betterstack, "Better Stack", FEED_KEY_COMPONENTS, 0)                                                             \
    X(incidentio, "incident.io, widget API", FEED_KEY_COMPONENTS, 0)                                                   \
    X(slack, "Slack", FEED_KEY_COMPONENTS, 0)                                                                          \
    X(salesforce, "Salesforce Trust", FEED_KEY_COMPONENTS | FEED_KEY_PAGE,                                             \
      FEED_KEY_ONE_OF | FEED_KEY_COMPONENTS | FEED_KEY_PAGE)                                                           \
    X(zendesk, "Zendesk", FEED_KEY_COMPONENTS | FEED_KEY_SERVICES | FEED_KEY_PAGE, 0)                                  \
    X(okta, "Okta", 0, 0)                                                                                              \
    X(heroku, "Heroku", FEED_KEY_COMPONENTS | FEED_KEY_REGIONS, 0)                                                     \
    X(pagerduty_status, "a status page of PagerDuty", FEED_KEY_COMPONENTS, 0)                                          \
    X(firehydrant, "FireHydrant", FEED_KEY_COMPONENTS | FEED_KEY_ITEM_LEVEL, 0)                                        \
    X(uptimekuma, "Uptime Kuma", FEED_KEY_COMPONENTS | FEED_KEY_PAGE, 0)                                               \
    X(cachet, "Cachet, version 2 or 3", FEED_KEY_COMPONENTS, 0)                                                        \
    X(msgraph, "Microsoft 365 service health", FEED_KEY_SERVICES | FEED_KEY_COMPONENTS | FEED_KEY_OAUTH, FEED_KEY_OAUTH)\
    X(google, "Google Cloud, Google Workspace", FEED_KEY_PRODUCTS | FEED_KEY_REGIONS | FEED_KEY_ITEM_LEVEL, 0)         \
    X(aws, "Amazon Web Services", FEED_KEY_REGIONS | FEED_KEY_SERVICES, FEED_KEY_REGIONS)                              \
    X(aws_rss, "Amazon Web Services, RSS of one service", 0, 0)                                                        \
    X(azure, "Microsoft Azure", FEED_KEY_REGIONS | FEED_KEY_SERVICES | FEED_KEY_ITEM_LEVEL, 0)                         \
    X(statusio, "Status.io", FEED_KEY_COMPONENTS | FEED_KEY_CONTAINERS | FEED_KEY_PAGE, 0)                             \
    X(statuspal, "StatusPal", FEED_KEY_COMPONENTS | FEED_KEY_PAGE, 0)                                                  \
    X(sorry, "Sorry", FEED_KEY_COMPONENTS | FEED_KEY_PAGE, 0)                                                          \
    X(feed, "any RSS or Atom", FEED_KEY_ITEM_LEVEL, 0)

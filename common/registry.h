/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry: the services file that both programs include. Each uses its part, both check the whole.
 *
 * services:
 *   - id: github
 *     name: GitHub
 *     category: engineering
 *     tier: 1
 *     feed: {type: statuspage, url: "https://www.githubstatus.com", components: [Actions]}
 *     probes: [{check: api, http: {url: "https://api.github.com/"}}]
 *     depends_on: [okta]
 *     confirm_polls: 2            # any parameter of common/params that is per service
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"
#include "common/params.h"
#include "common/settings.h"

enum { FILTER_ENTRIES_MAX = 64, HTTP_STATUS_RANGES_MAX = 8 };

/* A list of strings, owned by the configuration it is part of. */
struct string_list {
    char **items;
    size_t n;
};

/* What an item of a page counts as whose own words give no level. */
enum item_level { ITEM_LEVEL_DEFAULT, ITEM_LEVEL_NOTICE, ITEM_LEVEL_DEGRADED, ITEM_LEVEL_PARTIAL_OUTAGE };

/* The words of enum item_level in its order, NULL-terminated. */
extern const char *const registry_item_levels[];

/* How a vendor's page is polled (vendor polls: public addresses over https unless said otherwise here). */
struct feed_entry {
    char *type;                        /* name of a feed, "statuspage" */
    char *url;                         /* base of the page, without a trailing slash */
    struct string_list components;     /* the watch filter: ids or names */
    struct string_list containers;
    struct string_list products;
    struct string_list regions;
    struct string_list services;
    char *page;                        /* which page, instance or account behind the address; NULL: not told */
    enum item_level item_level;
    char *tenant;                      /* OAuth client credentials; NULL where the feed needs none */
    char *client_id;
    char *client_secret;
    char *login_url;                   /* where tokens are asked for */
    struct string_list also_hosts;     /* hosts a redirect may lead to */
    struct string_list allow_addresses;/* CIDR blocks that are allowed though private, for this feed */
    bool allow_http;
    int64_t every_ms;                  /* 1 s .. 3600 s; 0: the collector's poll_interval */
    int64_t timeout_ms;                /* all attempts together; default 15 s */
    int64_t body_bytes_max;            /* default 4 MiB, at most 16 MiB */
};

enum probe_kind { PROBE_HTTP, PROBE_TCP };

/* One configured probe, of a service or of the host itself. */
struct probe_entry {
    char *check;                       /* id, unique within its service */
    enum probe_kind kind;
    char *url;                         /* http */
    char *host;                        /* tcp */
    uint16_t port;                     /* tcp */
    struct { int low, high; } expect_status[HTTP_STATUS_RANGES_MAX];   /* http; default 200-299 */
    size_t n_expect_status;
    char *expect_body;                 /* http: must occur in the first 1 MiB of the body; NULL: not looked at */
    int64_t warn_ms;                   /* slower than this is degraded; 0: not judged */
    int64_t every_ms;                  /* default 60 s */
    int64_t timeout_ms;                /* default 10 s http, 5 s tcp; below every_ms */
};

struct service_entry {
    char *id;
    char *name;
    char *category;                    /* one of registry_categories */
    int tier;                          /* 1..3, default 2 */
    char *owner;                       /* may be NULL, as the rest */
    char *runbook;
    char *link;
    struct string_list labels;         /* "name=value" */
    struct string_list depends_on;
    struct feed_entry *feed;           /* NULL: none */
    bool control;                      /* a neutral target: red here too, the fault is on our side */
    struct probe_entry *probes;
    size_t n_probes;
    struct param_overrides overrides;
};

struct registry {
    struct service_entry *services;    /* sorted by id */
    size_t n_services;
};

/* The ten categories and "other", NULL-terminated. */
extern const char *const registry_categories[];

/* The entry of this id; NULL when there is none. Borrowed. */
const struct service_entry *registry_find(const struct registry *, const char *id);

/* Whether nothing can observe it: no feed, no probe. */
bool service_is_manual(const struct service_entry *);

/* The types of feeds a service may name, NULL-terminated; each has its reader in collector/feeds. */
extern const char *const registry_feed_types[];

/* The rows of one configured probe (struct probe_entry), and the check of one mapping of them: the collector has its own. */
extern const struct setting probe_table[];
int probe_entry_check(void *entry, const struct yaml_node *, struct error *);

/* The rows of the file, for its manual page. */
extern const struct setting registry_table[];

/* The rows of one service and the check of one mapping of them, for a configuration that holds services itself. */
extern const struct setting service_table[];
int service_entry_check(void *entry, const struct yaml_node *, struct error *);

/* What the rest of a configuration says about the services file. */
struct registry_options {
    int64_t poll_interval_ms;          /* of feeds that name none; 0: 60 s */
};

/*
 * Reads the services file, or bytes that are called so, into a registry of zeros. 0, or a negative errno with words; then
 * the registry is empty. trace may be NULL.
 */
int registry_load(const char *path, const struct registry_options *, struct registry *, struct settings_trace *,
                  struct error *);
int registry_parse(const char *name, struct text bytes, const struct registry_options *, struct registry *,
                   struct settings_trace *, struct error *);

/* What services cannot know of each other, once all are read: ids, references, intervals. root is the mapping whose key
 * `services` lists them, in the order of the registry. Sorts them by id. -EINVAL with words. */
int registry_settle(struct registry *, const struct registry_options *, const struct yaml_node *root, struct error *);

/* What a configuration has of its services: which file, and where they go. */
struct registry_place {
    const char *config_path;
    char **services_file;              /* as named there, owned; NULL: none. Becomes the one that was read */
    struct registry *registry;         /* zeros */
    struct settings_trace *trace;      /* of the configuration: told where the file was found */
    struct settings_trace *registry_trace;
};

/* Reads the services file of a configuration: the one it names, or services.local.yaml beside it, or services.yaml beside
 * it; when none was named and neither is there, there are no services. 0, or a negative errno with words. */
int registry_load_for(const struct registry_place *, const struct registry_options *, struct error *);

/* Frees what the registry owns; leaves all zero. */
void registry_done(struct registry *);

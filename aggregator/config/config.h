/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config: what the aggregator is told. Loaded whole into an immutable, counted struct: the core, the notifier and each
 * HTTP worker hold the one they work with; a reload builds a new one and swaps.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/error.h"
#include "common/log.h"
#include "common/registry.h"
#include "common/settings.h"

struct engine_config;
struct evidence_area;

enum channel_kind { CHANNEL_SLACK, CHANNEL_WEBHOOK, CHANNEL_PAGERDUTY };

enum { RECEIVER_HEADERS_MAX = 16 };

/* A header that a webhook's receiver wants to see. */
struct receiver_header {
    char *name;
    char *value;                       /* a secret */
};

struct webhook_receiver {
    char *url;                         /* of the file; moves to the channel's own */
    bool allow_http;
    char *secret;                      /* its messages are signed with it; NULL: they are not */
    struct receiver_header *headers;
    size_t n_headers;
};

struct pagerduty_receiver {
    char *routing_key;                 /* of one integration; a secret */
    char *url;                         /* of the file; moves to the channel's own */
    bool allow_http;
};

/* Somewhere notifications can go. Channel names are what routes speak of. */
struct channel_entry {
    char *name;                        /* chat, page, ops, ticket, … */
    enum channel_kind kind;
    char *url;                         /* where messages are posted; a secret */
    bool allow_http;                   /* plain http: only for a receiver on this machine or in tests */
    struct webhook_receiver *webhook;  /* of this kind alone, else NULL */
    struct pagerduty_receiver *pagerduty;  /* likewise */
};

/* A service whose vendor's Statuspage may post to us. */
struct webhook_service {
    char *service;                     /* a configured one that has a feed */
    char *token;                       /* of its path, SERVICE.TOKEN; never NULL once loaded: given, or made from the secret */
    char *secret;                      /* its posts carry an HMAC of it; NULL: they need none */
    char *page_id;                     /* the page that may post; NULL: any */
};

/* One hosts: rule; the first that matches gives a host's check its tier and parameters. */
struct host_rule {
    char *name;                        /* fnmatch over the host's name; NULL: any */
    char *label;                       /* fnmatch over its "name=value" labels; NULL: any; '|' separates choices */
    char *check;                       /* fnmatch over the check's id; NULL: any; '|' separates choices */
    int tier;
    struct param_overrides overrides;
};

/* One line of routing as the file has it; struct route is made from it. */
struct route_entry {
    uint32_t classes;                  /* bit 1 << enum alert_class; 0: any */
    uint32_t tiers;                    /* bit 1 << tier; 0: any */
    char *min_level;                   /* words of common/status; NULL: any */
    char *max_level;
    char *slo;                         /* fast, slow, ticket; NULL: any */
    struct string_list channels;       /* empty: nobody is told */
};

struct aggregator_config {
    char *path;
    struct {
        char *listen;                  /* tcp://127.0.0.1:8001 */
        char *secret_key;              /* Z85; NULL together with public_key: plain, loopback and ipc only */
        char *public_key;
        char *key_file;                /* as the file names it; NULL: none */
        char *authorized_dir;          /* one public key a file, named after the collector */
        char *endpoint;                /* what enroll writes into a host's file; default: listen */
    } server;
    struct {
        char *host;                    /* 127.0.0.1 */
        uint16_t port;                 /* 8000; 0: the kernel's choice (tests) */
        char *public_url;              /* no trailing slash; default http://HOST:PORT */
        bool allow_anonymous_read;
        int workers;                   /* 2 */
        int connections_max;           /* 1000 */
        int connections_per_address;   /* 600 on loopback, else 100 */
        int64_t heartbeat_stale_ms;    /* 120 s: /healthz */
        char *admin_token;             /* ADMIN_API_TOKEN; NULL: none */
    } http;
    struct {
        char *data_dir;
        char *database;                /* default DATA_DIR/tocsin.mdb */
        int64_t map_bytes;             /* 64 GiB of address space */
        bool demo;                     /* SEED_DEMO_DATA or --demo: labelled as such everywhere */
    } store;
    struct {
        char *webhook_url;             /* SLACK_WEBHOOK_URL: channel chat, when the file has no channels; a secret */
        char *ops_webhook_url;         /* POLLER_HEALTH_SLACK_WEBHOOK_URL: channel ops, when the file has no ops */
        bool allow_http;
    } slack;
    struct {
        bool enabled;                  /* WEBHOOKS_ENABLED */
        char *secret;                  /* STATUSPAGE_WEBHOOK_SECRET: of services that have none of their own; NULL: none */
        struct webhook_service *services;  /* when none are listed but there is a secret: all that have a feed */
        size_t n_services;
    } webhooks;
    struct channel_entry *channels;    /* with those that slack gives */
    size_t n_channels;
    struct route_entry *routes;
    size_t n_routes;
    bool routes_given;                 /* false: the built-in ones stand */
    struct evidence_area *evidence;    /* as in engine/config.h */
    size_t n_evidence;
    bool evidence_given;               /* false: the built-in ones stand */
    struct host_rule *host_rules;
    size_t n_host_rules;
    struct param_layers params;
    struct registry registry;
    bool services_given;               /* they stand in this file: no services file is read */
    struct engine_config *engine;      /* built from the above; owned */
    char *services_file;               /* the one that was read, named or found; NULL: none */
    struct log_config log;
    char *log_file;
    struct settings_trace trace;       /* every key, its value and where that came from */
    struct settings_trace registry_trace;
    char digest[65];                   /* hex SHA-256 of the engine's part, see engine_json */
    char *engine_json;                 /* the engine's part (engine, services, routes, evidence) as canonical JSON */
    _Atomic int references;
};

/* Reads the file and what it includes: the services file and the key pair. 0 and *out with one reference, or a negative
 * errno with words. config_default_path("aggregator") says which file to read when nobody named one. */
int aggregator_config_load(const char *path, struct aggregator_config **out, struct error *);

/* The same from bytes that are called so and hold their services, as engine_json does. They mean the same everywhere: no
 * file is looked for, and the environment does not count. */
int aggregator_config_parse(const char *name, struct text bytes, struct aggregator_config **out, struct error *);

/* One more holder / one fewer; the last frees. drop(NULL) is nothing. */
struct aggregator_config *aggregator_config_hold(struct aggregator_config *);
void aggregator_config_drop(struct aggregator_config *);

/* The channel that carries what is sent to this name: itself; ops falls to chat; NULL: nobody. Borrowed. */
const struct channel_entry *aggregator_config_receiver(const struct aggregator_config *, const char *channel);

/* The hosts: rule for a check of a host; its position from 1, or 0 when the defaults (tier 3, min_dwell_s 120) stand. */
size_t aggregator_config_host_rule(const struct aggregator_config *, const char *host, const char *const *labels,
                                   size_t n_labels, const char *check);

/* A service as its parameters are looked up: configured ones by id, a host's check by its tier and rule. */
struct param_subject {
    const char *service;
    bool registered;
    int tier;                          /* of a registered one */
    const char *host_rule;             /* likewise: its rule's position from 1; "": the defaults */
};

/* Where each of its values came from. PARAM_SERVICE: its own entry, or the hosts: rule. */
void aggregator_config_origins(const struct aggregator_config *, const struct param_subject *,
                               enum param_origin out[static PARAM_COUNT]);

/* What is legal but likely a mistake (no channel for chat, a cycle, …), one line each. Returns the number of lines. */
int aggregator_config_warn(const struct aggregator_config *, FILE *);

/* Every key with its value and where that came from, secrets masked. */
void aggregator_config_print(const struct aggregator_config *, FILE *);

/* Frees what only aggregator_config_print needs, which is as much as the configuration itself. Before it is shared. */
void aggregator_config_forget_words(struct aggregator_config *);

/* The manual page tocsin-aggregator.yaml(5): every key, in mdoc. */
void aggregator_config_reference(FILE *);

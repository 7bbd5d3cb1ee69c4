/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config: what a collector is told. Loaded whole into an immutable struct; a reload builds a new one.
 *
 * YAML, strict: every fault is told as file:line:column: path: what was expected. Environment names override the file.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "collector/breaker.h"
#include "collector/egress.h"
#include "collector/probes/limits.h"
#include "common/error.h"
#include "common/log.h"
#include "common/registry.h"
#include "common/settings.h"

struct collector_config {
    char *path;                        /* file it came from */
    char *endpoint;                    /* tcp://HOST:PORT of the aggregator */
    char *server_key;                  /* Z85, 40 characters; NULL together with secret_key: plain, loopback and ipc only */
    char *secret_key;                  /* Z85; never logged */
    char *public_key;                  /* Z85 */
    char *role;                        /* server, gateway, ci, dev, vps or db */
    struct string_list labels;
    bool services_enabled;             /* poll the configured services (feeds and their probes) */
    int64_t poll_interval_ms;          /* 1 s .. 3600 s, default 60 s */
    struct breaker_policy breaker;     /* of a host's polls: default 3 failed ones, 300 s */
    int64_t backlog_bytes;             /* ring of unacknowledged items, default 16 MiB */
    char *root_dir;                    /* where /proc and /sys are read below, default "/" */
    struct host_limits host;           /* disk_exclude is owned */
    struct egress_config egress;
    struct probe_entry *probes;        /* the host's own configured probes */
    size_t n_probes;
    struct registry registry;
    char *server_key_file;             /* these four as the file names them; NULL: not named */
    char *key_file;
    char *enroll_file;
    char *services_file;               /* the one that was read, named or found */
    char *samples_dir;                 /* NULL: as samples.h says */
    struct log_config log;
    char *log_file;
    struct settings_trace trace;       /* every key, its value and where that came from */
    struct settings_trace registry_trace;
    char digest[65];                   /* hex SHA-256 of what was read, secrets left out */
};

/* Reads the file and what it includes: the services file, keys, the file made by `tocsin-aggregator enroll`. 0 and *out
 * (free with collector_config_free), or a negative errno with words. config_default_path("collector") says which file
 * to read when nobody named one. */
int collector_config_load(const char *path, struct collector_config **out, struct error *);
void collector_config_free(struct collector_config *);

/* What is legal but likely a mistake, one line each, to the stream. Returns the number of lines. */
int collector_config_warn(const struct collector_config *, FILE *);

/* Every key with its value and where that came from (default, file, environment), secrets masked. */
void collector_config_print(const struct collector_config *, FILE *);

/* The manual page tocsin-collector.yaml(5): every key, in mdoc. */
void collector_config_reference(FILE *);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host: the host's own probes, all of them in one turn: cpu, memory, load, and one check a mount.
 *
 * A turn reads the kernel's files, asks the mounts, and tells every verdict together when the last mount has answered or is
 * late. Verdicts are told on the loop.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "collector/probes/limits.h"
#include "collector/probes/mounts.h"
#include "collector/probes/probe.h"
#include "collector/probes/usage.h"

struct host;

struct host_options {
    uv_loop_t *loop;
    const char *root;                              /* borrowed, like the limits, until host_stop has called back */
    const struct host_limits *limits;
    usage_read_fn read_usage;                      /* NULL: statvfs */
    int64_t usage_deadline_ms;                     /* after which a mount is told as stuck; 0: USAGE_DEADLINE_MS */
    void (*mounts_changed)(void *context);         /* before the verdicts of a turn that found other mounts; may be NULL */
    void (*tell)(void *context, const struct verdict *);
    void (*turn_done)(void *context);
    void *context;
};

struct host *host_new(const struct host_options *);

/* Begins a turn; one that is still going on is left alone. */
void host_turn(struct host *, int64_t now_ms /* boot clock */);

/* Tells nothing more, closes, frees, calls back on the loop. */
void host_stop(struct host *, void (*stopped)(void *context), void *context);

/* The mounts of this moment. */
void host_read_mounts(const char *root, const struct host_limits *, struct mounts *out);

/* Whether the kernel tells pressure: then load is not judged. */
bool host_has_psi(const char *root);

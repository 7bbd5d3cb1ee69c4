/* SPDX-License-Identifier: Apache-2.0 */
/*
 * usage: asks the kernel how full mounts are, without ever waiting for one that does not answer.
 *
 * statvfs(2) on a dying disk may sleep for days, so it runs in a worker thread. After 5 s a mount is stuck; it is not asked
 * again until that request has come back, and with 4 of them stuck no further one is asked.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "collector/probes/disk.h"

enum { USAGE_STUCK_MAX = 4, USAGE_DEADLINE_MS = 5000 };

struct usage_asker;

/* What the kernel says of this path; runs in a worker. 0 or a negative errno. Tests have one that never answers. */
typedef int (*usage_read_fn)(const char *path, struct disk_usage *out);

struct usage_options {
    uv_loop_t *loop;
    usage_read_fn read;                    /* NULL: statvfs */
    int64_t deadline_ms;                   /* 0: USAGE_DEADLINE_MS */
    void (*changed)(void *context);        /* on the loop, when an answer has come back */
    void *context;
};

struct usage_asker *usage_new(const struct usage_options *);

/* Asks about this mount point, unless a request for it is under way. */
void usage_ask(struct usage_asker *, const char *path, int64_t now_ms);

enum usage_state { USAGE_WAITING, USAGE_READY };

/* What is known of the last request: waiting (not yet answered, nor late), or ready and *out. */
enum usage_state usage_get(const struct usage_asker *, const char *path, int64_t now_ms, struct disk_reading *out);

/* Frees it when no request is under way; those that are free themselves when they come back, if ever. */
void usage_free(struct usage_asker *);

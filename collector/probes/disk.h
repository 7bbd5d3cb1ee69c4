/* SPDX-License-Identifier: Apache-2.0 */
/*
 * disk: how full a file system is, and whether it can still be written to. Pure; usage.h asks the kernel.
 *
 * used = (blocks - free) / (blocks - free + available to us), as df says it: what is reserved for root counts as gone.
 * A mount that does not answer, and one that turned read-only under us, is a major outage whatever it holds.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "collector/probes/limits.h"
#include "collector/probes/mounts.h"
#include "collector/probes/probe.h"

struct disk_usage {                    /* as statvfs(3) says it */
    uint64_t block_bytes;
    uint64_t blocks;                   /* 0: it has no size, and no check */
    uint64_t free;
    uint64_t available;
    uint64_t files;                    /* 0: it has no inodes to run out of */
    uint64_t files_free;
};

/* What is remembered of a mount from turn to turn. All zero is a valid beginning. */
struct disk {
    bool seen_writable;
    bool space_major;                  /* above the larger limit of space, until it is at 90 % of it */
    enum status inodes;                /* told level; clears at 90 % of its limit */
};

enum disk_answer { DISK_ANSWERED, DISK_STUCK, DISK_NOT_ASKED, DISK_FAILED };

struct disk_reading {
    enum disk_answer answer;
    struct disk_usage usage;           /* of DISK_ANSWERED */
    int code;                          /* of DISK_FAILED: negative errno */
    int64_t stuck_ms;                  /* of DISK_STUCK: how long it has been silent */
};

/* One mount, one verdict. A file system without size is silent. */
void disk_judge(struct disk *, const struct mount *, const struct disk_reading *, const struct host_limits *,
                struct verdict *);

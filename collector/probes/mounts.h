/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mounts: which file systems of this host are worth a check, from mountinfo (proc(5)). Pure.
 *
 * Local ones that hold data, once each: what is mounted several times is told by its shortest path. Never network mounts,
 * images, kernel file systems, nor autofs, which looking at would mount.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "collector/probes/limits.h"
#include "common/limits.h"
#include "common/text.h"

enum { MOUNTS_MAX = 64, MOUNT_PATH_BYTES = 512, MOUNT_DEVICE_BYTES = 96, MOUNTINFO_BYTES = 1 << 20 };

struct mount {
    char check[CHECK_BYTES_MAX + 1];       /* disk.root, disk.var-lib */
    char path[MOUNT_PATH_BYTES];           /* unescaped */
    char device[MOUNT_DEVICE_BYTES];       /* major:minor, or the pool of a ZFS */
    char type[16];
    bool read_only;
};

struct mounts {
    struct mount mounts[MOUNTS_MAX];       /* sorted by path */
    size_t n;
    size_t n_more;                         /* that found no room */
};

/* Reads mountinfo; lines that cannot be read are skipped. */
void mounts_parse(struct text, const struct host_limits *, struct mounts *out);

/* The mount with this check; NULL when there is none. */
const struct mount *mounts_find(const struct mounts *, const char *check);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * limits: from where on a host's figures are worth telling. Strict "greater than" everywhere.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct host_limits {
    bool enabled;
    int64_t every_ms;                  /* default 30 s */
    int64_t window_ms;                 /* of cpu and memory, default 5 min */
    int cpu_permille;                  /* degraded above; default 900 */
    int memory_permille;               /* default 850 */
    int disk_permille;                 /* default 900 */
    int disk_major_permille;           /* default 970 */
    int64_t disk_major_below_bytes;    /* major only with less than this available; default 20 GiB, 0: always */
    const char *const *disk_exclude;   /* mount points, fnmatch patterns; borrowed */
    size_t n_disk_exclude;
    int load_permille;                 /* load15 per CPU, default 2000; judged only where the kernel has no PSI */
};

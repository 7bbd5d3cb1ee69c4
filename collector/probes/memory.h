/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory: how much of it is really in use, from /proc/meminfo. Pure.
 *
 * used = 1 - available / (total - huge pages reserved): what is set aside for huge pages leaves both sides, or every
 * database box would be full. ZFS gives its cache back on demand, so what it may give counts as available.
 */
#pragma once

#include <stdint.h>

#include "collector/probes/limits.h"
#include "collector/probes/probe.h"
#include "collector/probes/window.h"
#include "common/error.h"
#include "common/text.h"

struct memory_sample {
    uint64_t total_bytes;              /* without reserved huge pages; > 0 */
    uint64_t available_bytes;          /* at most total_bytes */
    uint64_t dirty_bytes;
    uint64_t installed_bytes;          /* MemTotal */
};

struct memory {                        /* all zero is a valid beginning */
    struct memory_sample last;
    bool has_last;
    struct window used;
};

/* Reads /proc/meminfo and, where there is one, /proc/spl/kstat/zfs/arcstats (else an empty text). -EBADMSG with words. */
int memory_parse(struct text meminfo, struct text arcstats, struct memory_sample *out, struct error *);

void memory_take(struct memory *, const struct memory_sample *, const struct host_limits *, int64_t now_ms);
void memory_judge(const struct memory *, const struct host_limits *, int64_t now_ms, struct verdict *);

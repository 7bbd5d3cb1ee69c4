/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cpu: how busy the processors were, from the first line of /proc/stat. Pure.
 *
 * busy = user + system + irq + softirq of all ticks. Nice is work that is meant to fill the box, iowait is idling with a
 * note, steal is told by itself; guest time is part of user already and is not added again.
 */
#pragma once

#include <stdint.h>

#include "collector/probes/limits.h"
#include "collector/probes/probe.h"
#include "collector/probes/window.h"
#include "common/error.h"
#include "common/text.h"

enum cpu_field { CPU_USER, CPU_NICE, CPU_SYSTEM, CPU_IDLE, CPU_IOWAIT, CPU_IRQ, CPU_SOFTIRQ, CPU_STEAL, CPU_FIELDS };

struct cpu_sample {
    uint64_t ticks[CPU_FIELDS];
    uint32_t cores;                    /* lines cpuN: those online; at least 1 */
};

struct cpu {                           /* all zero is a valid beginning */
    struct cpu_sample last;
    bool has_last;
    uint64_t delta[CPU_FIELDS];        /* of the last interval */
    uint64_t total;                    /* their sum; 0: no interval yet */
    struct window busy;
};

/* Reads /proc/stat. -EBADMSG with words. */
int cpu_parse(struct text, struct cpu_sample *out, struct error *);

/* Takes a sample of this time (boot clock). The first one, and one whose counters went back, is only a new base. */
void cpu_take(struct cpu *, const struct cpu_sample *, const struct host_limits *, int64_t now_ms);

/* What to say at this time. */
void cpu_judge(const struct cpu *, const struct host_limits *, int64_t now_ms, struct verdict *);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load: the three averages of /proc/loadavg. Pure. Judged only where the kernel cannot tell pressure: the number mixes
 * waiting for a CPU with waiting for a disk, and nobody can act on it alone.
 */
#pragma once

#include <stdint.h>

#include "collector/probes/limits.h"
#include "collector/probes/probe.h"
#include "common/error.h"
#include "common/text.h"

struct load_sample {
    uint64_t centi[3];                 /* load of 1, 5 and 15 minutes, in hundredths */
    uint64_t running;                  /* threads that run or could */
    uint64_t threads;
};

/* Reads /proc/loadavg. -EBADMSG with words. */
int load_parse(struct text, struct load_sample *out, struct error *);

/* cores > 0; with pressure figures at hand (has_psi) only metrics. */
void load_judge(const struct load_sample *, uint32_t cores, bool has_psi, const struct host_limits *, struct verdict *);

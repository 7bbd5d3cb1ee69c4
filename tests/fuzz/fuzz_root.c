/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever a kernel, or something that plays one, writes into its files: every parser of the host's probes. */
#include <stdint.h>

#include "collector/probes/cpu.h"
#include "collector/probes/load.h"
#include "collector/probes/memory.h"
#include "collector/probes/mounts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const struct host_limits limits = {
        .every_ms = 30000, .window_ms = 60000, .cpu_permille = 900, .memory_permille = 850, .load_permille = 2000,
    };
    static struct mounts mounts;
    struct text in = {(const char *) data, len};
    struct text half = {(const char *) data, len / 2};
    struct error err;
    struct verdict verdict = {0};

    struct cpu cpu = {0};
    struct cpu_sample first;
    struct cpu_sample second;
    if (cpu_parse(half, &first, &err) == 0 && cpu_parse(in, &second, &err) == 0) {
        cpu_take(&cpu, &first, &limits, 0);
        cpu_take(&cpu, &second, &limits, 30000);
        cpu_judge(&cpu, &limits, 30000, &verdict);
    }
    struct memory memory = {0};
    struct memory_sample sample;
    verdict = (struct verdict) {0};
    if (memory_parse(in, half, &sample, &err) == 0) {
        memory_take(&memory, &sample, &limits, 0);
        memory_take(&memory, &sample, &limits, 30000);
        memory_judge(&memory, &limits, 30000, &verdict);
    }
    struct load_sample load;
    verdict = (struct verdict) {0};
    if (load_parse(in, &load, &err) == 0)
        load_judge(&load, 1, false, &limits, &verdict);
    mounts_parse(in, &limits, &mounts);
    return 0;
}

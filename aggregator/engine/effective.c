/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/engine/effective.h"

#include <stdlib.h>

enum status effective_vendor(const struct votes *votes)
{
    for (int level = STATUS_MAJOR_OUTAGE; level >= STATUS_OPERATIONAL; level--) {
        if (votes->of[level] > 0)
            return (enum status) level;
    }
    return STATUS_UNKNOWN;
}

enum status effective_probe(const struct votes *votes, int64_t quorum)
{
    int64_t n = 0;
    for (int level = STATUS_OPERATIONAL; level < STATUS_COUNT; level++)
        n += votes->of[level];
    if (n == 0 || n < quorum)
        return STATUS_UNKNOWN;

    int64_t need = quorum > 0 ? quorum : n / 2 + 1;
    int64_t supporters = 0;
    for (int level = STATUS_MAJOR_OUTAGE; level > STATUS_OPERATIONAL; level--) {
        supporters += votes->of[level];
        if (supporters >= need)
            return (enum status) level;
    }
    return STATUS_OPERATIONAL;    /* all n support it, and n >= need */
}

enum status effective_combine(enum combine combine, enum status vendor, enum status probe)
{
    switch (combine) {
    case COMBINE_VENDOR:
        return vendor;
    case COMBINE_PROBE:
        return probe;
    case COMBINE_WORST:
    case COMBINE_AGREE:
        if (vendor == STATUS_UNKNOWN || probe == STATUS_UNKNOWN)
            return vendor == STATUS_UNKNOWN ? probe : vendor;
        return (vendor > probe) == (combine == COMBINE_WORST) ? vendor : probe;
    }
    abort();
}

bool effective_consults(enum combine combine, enum voter voter)
{
    return combine != (voter == VOTER_VENDOR ? COMBINE_PROBE : COMBINE_VENDOR);
}

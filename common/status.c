/* SPDX-License-Identifier: Apache-2.0 */
#include "common/status.h"

static const char *const names[STATUS_COUNT] = {
    [STATUS_UNKNOWN] = "unknown",
    [STATUS_OPERATIONAL] = "operational",
    [STATUS_DEGRADED] = "degraded",
    [STATUS_PARTIAL_OUTAGE] = "partial_outage",
    [STATUS_MAJOR_OUTAGE] = "major_outage",
};

static const char *const titles[STATUS_COUNT] = {
    [STATUS_UNKNOWN] = "Unknown",
    [STATUS_OPERATIONAL] = "Operational",
    [STATUS_DEGRADED] = "Degraded",
    [STATUS_PARTIAL_OUTAGE] = "Partial outage",
    [STATUS_MAJOR_OUTAGE] = "Major outage",
};

const char *status_name(enum status status)
{
    return names[status_from_number((int) status)];
}

const char *status_title(enum status status)
{
    return titles[status_from_number((int) status)];
}

bool status_parse(struct text word, enum status *out)
{
    for (int i = 0; i < STATUS_COUNT; i++) {
        if (text_is(word, names[i])) {
            *out = (enum status) i;
            return true;
        }
    }
    if (text_is(word, "partial")) {
        *out = STATUS_PARTIAL_OUTAGE;
        return true;
    }
    if (text_is(word, "major")) {
        *out = STATUS_MAJOR_OUTAGE;
        return true;
    }
    return false;
}

enum status status_from_number(int number)
{
    return number > 0 && number < STATUS_COUNT ? (enum status) number : STATUS_UNKNOWN;
}

int status_rank(enum status status)
{
    return status > STATUS_OPERATIONAL ? (int) status - 1 : 0;
}

enum status status_worse(enum status a, enum status b)
{
    static const int badness[STATUS_COUNT] = {
        [STATUS_OPERATIONAL] = 0, [STATUS_UNKNOWN] = 1, [STATUS_DEGRADED] = 2,
        [STATUS_PARTIAL_OUTAGE] = 3, [STATUS_MAJOR_OUTAGE] = 4,
    };

    return badness[a] >= badness[b] ? a : b;
}

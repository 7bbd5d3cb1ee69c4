/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/breaker.h"

#include <stdlib.h>

bool breaker_holds(const struct breaker *breaker, const struct breaker_policy *policy, int64_t now_ms)
{
    switch (breaker->state) {
    case BREAKER_CLOSED:
        return false;
    case BREAKER_OPEN:
        return now_ms - breaker->opened_at_ms < policy->open_ms;
    case BREAKER_TRIAL:
        return true;
    }
    abort();
}

void breaker_begin(struct breaker *breaker)
{
    if (breaker->state == BREAKER_OPEN)
        breaker->state = BREAKER_TRIAL;
}

enum breaker_change breaker_passed(struct breaker *breaker)
{
    enum breaker_change change = breaker->state == BREAKER_CLOSED ? BREAKER_SAME : BREAKER_SHUT;

    *breaker = (struct breaker) {0};
    return change;
}

enum breaker_change breaker_failed(struct breaker *breaker, const struct breaker_policy *policy, int64_t now_ms)
{
    switch (breaker->state) {
    case BREAKER_CLOSED:
        breaker->failures++;
        if (breaker->failures < policy->failures)
            return BREAKER_SAME;
        *breaker = (struct breaker) {.state = BREAKER_OPEN, .failures = breaker->failures, .opened_at_ms = now_ms};
        return BREAKER_OPENED;
    case BREAKER_OPEN:
        return BREAKER_SAME;
    case BREAKER_TRIAL:
        breaker->state = BREAKER_OPEN;
        breaker->opened_at_ms = now_ms;
        return BREAKER_REOPENED;
    }
    abort();
}

void breaker_learned_nothing(struct breaker *breaker)
{
    if (breaker->state == BREAKER_TRIAL)
        breaker->state = BREAKER_OPEN;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/inbox/receiver_record.h"

#include <stdio.h>
#include <string.h>

enum { MINUTE_MS = 60 * 1000, MINUTES = 60 };

static size_t slot_of(int64_t minute)
{
    return (size_t) (minute % MINUTES);
}

/* Makes this minute the newest. Of a clock that went back a little the newest stays; one that went back by more than the
 * hour begins anew. */
static void roll(ReceiverRow *row, int64_t minute)
{
    int64_t ahead = minute - row->minute;
    if (ahead >= MINUTES || ahead <= -MINUTES) {
        memset(row->failures, 0, sizeof row->failures);
        memset(row->retries, 0, sizeof row->retries);
        row->minute = minute;
        return;
    }
    while (row->minute < minute) {
        row->minute++;
        row->failures[slot_of(row->minute)] = 0;
        row->retries[slot_of(row->minute)] = 0;
    }
}

void receiver_record_note(ReceiverRow *row, const struct delivery *delivery, bool again, int64_t wall_ms)
{
    bool failed = delivery->outcome == DELIVERY_RETRY || delivery->outcome == DELIVERY_AMBIGUOUS
                  || delivery->outcome == DELIVERY_DEAD;
    if (!failed && delivery->outcome != DELIVERY_SENT)
        return;
    roll(row, wall_ms < 0 ? 0 : wall_ms / MINUTE_MS);
    size_t slot = slot_of(row->minute);
    row->retries[slot] += again;
    if (!failed) {
        row->last_success_ms = wall_ms;
        return;
    }
    row->failures[slot]++;
    row->last_failure_ms = wall_ms;
    (void) snprintf(row->last_failure, sizeof row->last_failure, "%s", delivery->reason);
}

/* Whether this minute's counts are those of the row: it is among the last sixty that it has. */
static bool has_minute(const ReceiverRow *row, int64_t minute)
{
    return minute >= 0 && minute <= row->minute && minute > row->minute - MINUTES;
}

uint32_t receiver_record_failures(const ReceiverRow *row, int64_t wall_ms)
{
    int64_t now = wall_ms / MINUTE_MS;
    uint32_t sum = 0;

    for (int64_t minute = now - MINUTES + 1; minute <= now; minute++)
        sum += has_minute(row, minute) ? row->failures[slot_of(minute)] : 0;
    return sum;
}

uint32_t receiver_record_retries(const ReceiverRow *row, int64_t wall_ms)
{
    int64_t now = wall_ms / MINUTE_MS;
    uint32_t here = has_minute(row, now) ? row->retries[slot_of(now)] : 0;
    uint32_t before = has_minute(row, now - 1) ? row->retries[slot_of(now - 1)] : 0;

    return here > before ? here : before;
}

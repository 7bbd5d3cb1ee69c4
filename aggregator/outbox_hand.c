/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/outbox_hand.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 2, 3))) static bool refuse(char why[static OUTBOX_WORDS_BYTES], const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void) vsnprintf(why, OUTBOX_WORDS_BYTES, format, arguments);
    va_end(arguments);
    return false;
}

bool outbox_closes(const OutboxRow *row)
{
    return strcmp(row->kind, "resolve") == 0 || strcmp(row->kind, "flap_stop") == 0;
}

/* Only what is finished, and was not delivered, can come back. */
static bool is_retriable(const OutboxRow *row, char why[static OUTBOX_WORDS_BYTES])
{
    switch (row->state) {
    case OutboxState_OUTBOX_PENDING:
    case OutboxState_OUTBOX_AMBIGUOUS:
        return refuse(why, "it waits already and is tried again by itself");
    case OutboxState_OUTBOX_CLAIMED:
        return refuse(why, "it is being sent at this moment");
    case OutboxState_OUTBOX_SENT:
        return refuse(why, "it was delivered");
    case OutboxState_OUTBOX_SUPERSEDED:
        if (row->superseded_by != 0)
            return refuse(why, "notification %llu has taken its place", (unsigned long long) row->superseded_by);
        return true;
    case OutboxState_OUTBOX_DEAD:
        if (row->dropped_at_ms != 0)
            return refuse(why, "%s has dropped it", row->dropped_by);
        return true;
    case OutboxState_OUTBOX_UNSPECIFIED:
        break;
    }
    return refuse(why, "its state is not known");
}

static bool closing_holds(const struct outbox_truth *truth, char why[static OUTBOX_WORDS_BYTES])
{
    if (truth->goes_on)
        return refuse(why, "it would say that it is over, and it is not");
    if (!truth->heard)
        return refuse(why, "%s has nothing to take back: it never heard of it, or heard that it is over", truth->receiver);
    return true;
}

static bool opening_holds(const OutboxRow *row, const struct outbox_truth *truth, char why[static OUTBOX_WORDS_BYTES])
{
    if (!truth->goes_on)
        return refuse(why, "what it tells of is over");
    if (row->decided_at_ms < truth->opened_at_ms)
        return refuse(why, "the episode that it tells of is over; another is open");
    if (truth->level != NULL && strcmp(truth->level, row->level) != 0)
        return refuse(why, "it says %s, and the alert is at %s since", row->level, truth->level);
    return true;
}

bool outbox_may_retry(const OutboxRow *row, const struct outbox_truth *truth, char why[static OUTBOX_WORDS_BYTES])
{
    if (!is_retriable(row, why))
        return false;
    if (truth->receiver == NULL)
        return refuse(why, "no channel %s is configured: nobody would get it", row->channel);
    if (truth->newer != 0)
        return refuse(why, "notification %llu of the same alert is newer, and %s was told that or is to be",
                      (unsigned long long) truth->newer, truth->receiver);
    if (truth->full)
        return refuse(why, "too many notifications wait already");
    return outbox_closes(row) ? closing_holds(truth, why) : opening_holds(row, truth, why);
}

bool outbox_may_drop(const OutboxRow *row, char why[static OUTBOX_WORDS_BYTES])
{
    switch (row->state) {
    case OutboxState_OUTBOX_PENDING:
    case OutboxState_OUTBOX_AMBIGUOUS:
        return true;
    case OutboxState_OUTBOX_DEAD:
        if (row->dropped_at_ms != 0)
            return refuse(why, "%s has dropped it before", row->dropped_by);
        return true;
    case OutboxState_OUTBOX_CLAIMED:
        return refuse(why, "it is being sent at this moment");
    case OutboxState_OUTBOX_SENT:
        return refuse(why, "it was delivered");
    case OutboxState_OUTBOX_SUPERSEDED:
        return refuse(why, "it waits for nothing: it was superseded");
    case OutboxState_OUTBOX_UNSPECIFIED:
        break;
    }
    return refuse(why, "its state is not known");
}

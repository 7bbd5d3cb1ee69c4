/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/affected.h"

#include "common/limits.h"
#include "common/mem.h"
#include "common/text.h"

/* By tier, then id; the decision has them by id. How many were put. */
static size_t put_first(const struct decision *decision, char (*names)[SERVICE_BYTES_MAX + 1], size_t max)
{
    size_t n = 0;

    for (uint8_t tier = 1; tier <= 3; tier++) {
        for (size_t i = 0; i < decision->n_affected && n < max; i++) {
            if (decision->affected_tiers[i] == tier)
                (void) text_copy(names[n++], sizeof names[0], text_of(decision->affected[i]));
        }
    }
    return n;
}

void affected_in_timeline(const struct decision *decision, TimelineRow *row)
{
    row->affected_count = (pb_size_t) put_first(decision, row->affected, ARRAY_SIZE(row->affected));
    row->n_affected = (uint32_t) decision->n_affected;
}

void affected_in_outbox(const struct decision *decision, OutboxRow *row)
{
    row->affected_count = (pb_size_t) put_first(decision, row->affected, ARRAY_SIZE(row->affected));
    row->n_affected = (uint32_t) decision->n_affected;
}

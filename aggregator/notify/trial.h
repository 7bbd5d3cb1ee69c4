/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trial: one labelled message to one receiver, now, to see whether it arrives and what the receiver says.
 *
 * Goes by the configuration alone: no store, no outbox, no daemon. Of a receiver that keeps things open the message is
 * resolved at once.
 */
#pragma once

#include <stdbool.h>

#include "aggregator/config/config.h"
#include "aggregator/inbox/inbox.h"
#include "common/error.h"

struct trial {
    const char *kind;                  /* of the receiver: slack, webhook, pagerduty */
    const char *carrier;               /* the channel that carries it; borrowed from the configuration */
    struct delivery delivery;          /* of the first of its messages that was not taken, else of the last */
};

/* Waits for the receiver, at most 15 seconds a message. 0 and *out, whatever the receiver said; -ENOENT with words:
 * nobody carries this channel; negative with words: no message could be made or sent. */
int trial_run(const struct aggregator_config *, const char *channel, struct trial *out, struct error *);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pagerduty: a notification as an event of PagerDuty's Events API v2. Pure.
 *
 * A raise, a worsening and the start of flapping trigger, a resolve and the end of flapping resolve, under the alert's key
 * as dedup_key. An improvement and a reminder are no event: PagerDuty would wake people for good news, or for what it keeps
 * reminding them of by itself. They are CHANNEL_NEEDLESS unless PagerDuty may not know how bad it is: then they trigger.
 */
#pragma once

#include "aggregator/notify/channel.h"

enum {
    PAGERDUTY_DEDUP_BYTES_MAX = 255,
    PAGERDUTY_SUMMARY_CHARS_MAX = 1024,
    PAGERDUTY_EVENT_BYTES_MAX = 512 * 1024,
};

/* As channel_type.render. */
int pagerduty_render(const struct channel_occasion *, struct channel_message *, struct error *);

/* The dedup_key of an alert: its key, or of a longer one "sha256:" and the digest. */
void pagerduty_dedup_key(const char *key, char out[static PAGERDUTY_DEDUP_BYTES_MAX + 1]);

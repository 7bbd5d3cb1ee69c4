/* SPDX-License-Identifier: Apache-2.0 */
/*
 * statuspage_webhook: what Atlassian Statuspage posts to those who subscribed to a page. Pure.
 *
 * Three kinds of bodies: {page, component, component_update}, {page, incident}, and a maintenance, which is an incident
 * with `scheduled_for`. `meta` is optional; the page's roll-up is called `status_indicator` here.
 *
 *     struct statuspage_webhook posted;
 *     if (statuspage_webhook_parse(body, &posted, NULL, &err) == 0 && !posted.backfilled)
 *         …
 *
 * Nobody signs such a post unless the sender was told to, posts come twice and in any order, and a page writes its past
 * anew (`backfilled`): what one says is a reason to look at the page, never the state itself.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"
#include "common/json.h"
#include "common/text.h"

enum { STATUSPAGE_WEBHOOK_BYTES_MAX = 256 * 1024, STATUSPAGE_ID_BYTES_MAX = 80 };

enum statuspage_event { STATUSPAGE_COMPONENT, STATUSPAGE_INCIDENT, STATUSPAGE_MAINTENANCE };

struct statuspage_webhook {
    enum statuspage_event event;
    char page_id[STATUSPAGE_ID_BYTES_MAX + 1];   /* never empty */
    char id[STATUSPAGE_ID_BYTES_MAX + 1];        /* of the component's update, or of the incident; never empty */
    int64_t at_ms;                               /* when that was last changed, UTC; 0: not told */
    bool backfilled;                             /* it tells of the past */
};

enum { STATUSPAGE_WEBHOOK_NO_JSON = 1, STATUSPAGE_WEBHOOK_FOREIGN = 2 };

/*
 * Reads a posted body. 0; STATUSPAGE_WEBHOOK_NO_JSON: longer than STATUSPAGE_WEBHOOK_BYTES_MAX or no JSON;
 * STATUSPAGE_WEBHOOK_FOREIGN: JSON, but none of the three kinds. Both with words; *out is then as it was.
 * summary may be NULL; otherwise it becomes the same told as the page itself would (a summary.json of what the body
 * speaks of, without an incident that is backfilled), owned by the caller.
 */
int statuspage_webhook_parse(struct text body, struct statuspage_webhook *out, json_t **summary, struct error *);

/* component, incident, maintenance. */
const char *statuspage_event_name(enum statuspage_event);

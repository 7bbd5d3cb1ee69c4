/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/notify/channel.h"

#include "aggregator/notify/slack.h"

const struct channel_type channel_types[CHANNEL_KIND_COUNT] = {
    [CHANNEL_SLACK] = {
        .name = "slack",
        .content_type = "Content-Type: application/json; charset=utf-8",
        .render = slack_render,
        .least_gap_ms = 1000,          /* Slack: one message a second and webhook, short bursts only */
    },
};

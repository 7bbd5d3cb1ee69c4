/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/notify/channel.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/notify/pagerduty.h"
#include "aggregator/notify/slack.h"
#include "aggregator/notify/webhook.h"

enum { CONNECT_TIMEOUT_MS = 5000, TIMEOUT_MS = 15000, ANSWER_BYTES_MAX = 16 * 1024 };

static int render_slack(const struct channel_occasion *occasion, struct channel_message *out, struct error *err)
{
    int r = channel_message_header(out, err, "Content-Type: application/json; charset=utf-8");

    return r < 0 ? r : slack_render(occasion->row, occasion->public_url, &out->body, err);
}

const struct channel_type channel_types[CHANNEL_KIND_COUNT] = {
    [CHANNEL_SLACK] = {
        .name = "slack",
        .render = render_slack,
        .judge = verdict_slack,
        .least_gap_ms = 1000,          /* Slack: one message a second and webhook, short bursts only */
    },
    [CHANNEL_WEBHOOK] = {
        .name = "webhook",
        .render = webhook_render,
        .judge = verdict_webhook,
    },
    [CHANNEL_PAGERDUTY] = {
        .name = "pagerduty",
        .render = pagerduty_render,
        .judge = verdict_pagerduty,
        .least_gap_ms = 500,           /* PagerDuty: 120 events a minute and integration */
        .keeps_open = true,
    },
};

void channel_message_init(struct channel_message *message)
{
    *message = (struct channel_message) {0};
    buffer_init(&message->body, CHANNEL_BODY_BYTES_MAX);
}

void channel_message_done(struct channel_message *message)
{
    for (size_t i = 0; i < message->n_headers; i++) {
        explicit_bzero(message->headers[i], strlen(message->headers[i]));   /* it may hold a secret */
        free(message->headers[i]);
    }
    buffer_done(&message->body);
    *message = (struct channel_message) {0};
}

int channel_message_header(struct channel_message *message, struct error *err, const char *format, ...)
{
    char *line = NULL;
    va_list args;
    va_start(args, format);
    int len = vasprintf(&line, format, args);
    va_end(args);
    if (len < 0)
        abort();                       /* as any allocation that small */

    if (len > CHANNEL_HEADER_BYTES_MAX || message->n_headers == CHANNEL_HEADERS_MAX) {
        free(line);
        return len > CHANNEL_HEADER_BYTES_MAX
            ? error_set(err, -EMSGSIZE, "a header of %d bytes, at most %d", len, CHANNEL_HEADER_BYTES_MAX)
            : error_set(err, -E2BIG, "more than %d headers", CHANNEL_HEADERS_MAX);
    }
    message->headers[message->n_headers++] = line;
    return 0;
}

int channel_post(struct http_client *client, const struct channel_entry *channel, const struct channel_message *message,
                 const struct channel_caller *caller, struct error *err)
{
    const struct http_request request = {
        .method = "POST",
        .url = channel->url,
        .headers = (const char *const *) message->headers,
        .body = buffer_text(&message->body),
        .allow_http = channel->allow_http,
        .policy = ADDRESS_ANY,
        .redirects_max = 0,
        .connect_timeout_ms = CONNECT_TIMEOUT_MS,
        .timeout_ms = TIMEOUT_MS,
        .body_bytes_max = ANSWER_BYTES_MAX,
        .secret_url = true,
    };
    return http_client_start(client, &request, caller->done, caller->context, NULL, err);
}

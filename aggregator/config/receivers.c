/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows of channels: a name, and one receiver of one kind.
 */
#include "aggregator/config/config_private.h"

#include <string.h>
#include <strings.h>

#include "common/limits.h"
#include "common/mem.h"

enum { TOKEN_BYTES_MIN = 16, ROUTING_KEY_BYTES = 32, HEADER_NAME_BYTES_MAX = 64, HEADER_VALUE_BYTES_MAX = 4096 };

#define PAGERDUTY_URL "https://events.pagerduty.com/v2/enqueue"

/* --- Shapes ------------------------------------------------------------------------------------------------------ */

bool is_token(struct text text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] <= ' ' || text.at[i] > '~')
            return false;
    }
    return text.len >= TOKEN_BYTES_MIN;
}

bool is_channel(struct text text)
{
    return text_is_id(text, CHANNEL_BYTES_MAX);
}

static bool needs_tls(const char *url, bool allow_http)
{
    return strncmp(url, "http://", 7) == 0 && !allow_http;
}

static bool is_alphanumeric(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_routing_key(struct text text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!is_alphanumeric(text.at[i]))
            return false;
    }
    return text.len == ROUTING_KEY_BYTES;
}

static bool is_header_name(struct text text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!is_alphanumeric(text.at[i]) && text.at[i] != '-' && text.at[i] != '_')
            return false;
    }
    return text.len > 0;
}

static bool is_header_value(struct text text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] < ' ' || text.at[i] > '~')
            return false;
    }
    return text.len > 0 && text.at[0] != ' ' && text.at[text.len - 1] != ' ';
}

/* --- Slack ------------------------------------------------------------------------------------------------------- */

static const struct setting slack_channel_table[] = {
    {"webhook_url", SETTING_SECRET, SETTING_AT(struct channel_entry, url), .accepts = setting_is_url,
     .expected = URL_EXPECTED, .sentence = "An incoming webhook of Slack."},
    {"allow_http", SETTING_BOOL, SETTING_AT(struct channel_entry, allow_http), .fallback = "false",
     .sentence = "Whether it may be reached without TLS: for a receiver on this machine."},
    {0},
};

static int check_slack(const struct channel_entry *channel, const struct yaml_node *slack, struct error *err)
{
    if (channel->url == NULL)
        return yaml_fault(slack, err, "webhook_url is missing, expected it or webhook_url_file here");
    if (needs_tls(channel->url, channel->allow_http))
        return yaml_fault(slack, err, "found a webhook_url without TLS, expected https:// or allow_http: true beside it");
    return 0;
}

/* --- Webhook ----------------------------------------------------------------------------------------------------- */

static const struct setting header_table[] = {
    {"name", SETTING_TEXT, SETTING_AT(struct receiver_header, name), .required = true, .max = HEADER_NAME_BYTES_MAX,
     .accepts = is_header_name, .expected = "the name of a header: A-Z, a-z, 0-9, - and _, at most 64 bytes",
     .sentence = "Its name, such as Authorization."},
    {"value", SETTING_SECRET, SETTING_AT(struct receiver_header, value), .required = true, .max = HEADER_VALUE_BYTES_MAX,
     .accepts = is_header_value, .expected = "1 to 4096 printable characters of ASCII without blanks at the ends",
     .sentence = "Its value."},
    {0},
};

/* What is made anew for each message, or belongs to the connection. */
static bool is_ours(const char *name)
{
    static const char *const names[] = {"Content-Type", "Content-Length", "Content-Encoding", "Transfer-Encoding", "Host",
                                        "Connection", "Expect", "Idempotency-Key"};

    if (strncasecmp(name, "ce-", 3) == 0 || strncasecmp(name, "X-Tocsin-", 9) == 0)
        return true;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (strcasecmp(name, names[i]) == 0)
            return true;
    }
    return false;
}

static int check_headers(const struct webhook_receiver *webhook, const struct yaml_node *headers, struct error *err)
{
    for (size_t i = 0; i < webhook->n_headers; i++) {
        const char *name = webhook->headers[i].name;
        const struct yaml_node *node = yaml_node_child(yaml_node_item(headers, i), "name");
        if (is_ours(name))
            return yaml_fault(node, err, "found \"%s\", which each message has of its own, expected another name", name);
        for (size_t j = 0; j < i; j++) {
            if (strcasecmp(name, webhook->headers[j].name) == 0)
                return yaml_fault(node, err, "found the header \"%s\" a second time", name);
        }
    }
    return 0;
}

static int check_webhook(void *object, const struct yaml_node *node, struct error *err)
{
    const struct webhook_receiver *webhook = object;

    if (needs_tls(webhook->url, webhook->allow_http))
        return yaml_fault(node, err, "found a url without TLS, expected https:// or allow_http: true beside it");
    return check_headers(webhook, yaml_node_child(node, "headers"), err);
}

static const struct setting webhook_channel_table[] = {
    {"url", SETTING_SECRET, SETTING_AT(struct webhook_receiver, url), .required = true, .max = 2000,
     .accepts = setting_is_url, .expected = URL_EXPECTED, .sentence = "Where notifications are posted, as JSON."},
    {"secret", SETTING_SECRET, SETTING_AT(struct webhook_receiver, secret), .max = 256, .accepts = is_token,
     .expected = SECRET_EXPECTED,
     .sentence = "Messages are signed with it: X-Tocsin-Signature is v1= and the hex of HMAC-SHA256 over X-Tocsin-Timestamp, "
                 "a full stop and the body."},
    {"headers", SETTING_LIST, SETTING_AT_LIST(struct webhook_receiver, headers, n_headers),
     .items_max = RECEIVER_HEADERS_MAX, .element_size = sizeof(struct receiver_header), .table = header_table,
     .sentence = "Headers that its receiver wants beside ours."},
    {"allow_http", SETTING_BOOL, SETTING_AT(struct webhook_receiver, allow_http), .fallback = "false",
     .sentence = "Whether it may be reached without TLS: for a receiver on this machine."},
    {0},
};

/* --- PagerDuty --------------------------------------------------------------------------------------------------- */

static int check_pagerduty(void *object, const struct yaml_node *node, struct error *err)
{
    const struct pagerduty_receiver *pagerduty = object;

    if (needs_tls(pagerduty->url, pagerduty->allow_http))
        return yaml_fault(node, err, "found a url without TLS, expected https:// or allow_http: true beside it");
    return 0;
}

static const struct setting pagerduty_channel_table[] = {
    {"routing_key", SETTING_SECRET, SETTING_AT(struct pagerduty_receiver, routing_key), .required = true,
     .accepts = is_routing_key, .expected = "32 letters and digits: the integration key of an integration Events API v2",
     .sentence = "The integration key of an integration of type Events API v2."},
    {"url", SETTING_TEXT, SETTING_AT(struct pagerduty_receiver, url), .fallback = PAGERDUTY_URL, .accepts = setting_is_url,
     .expected = URL_EXPECTED,
     .sentence = "Where events go; in the region EU https://events.eu.pagerduty.com/v2/enqueue."},
    {"allow_http", SETTING_BOOL, SETTING_AT(struct pagerduty_receiver, allow_http), .fallback = "false",
     .sentence = "Whether it may be reached without TLS: for a receiver on this machine."},
    {0},
};

/* --- The channel ------------------------------------------------------------------------------------------------- */

const struct setting channel_table[] = {
    {"name", SETTING_TEXT, SETTING_AT(struct channel_entry, name), .required = true, .accepts = is_channel,
     .expected = CHANNEL_EXPECTED, .sentence = "What routes call it: chat, page, ops, ticket, or a name of yours."},
    {"slack", SETTING_GROUP, .table = slack_channel_table, .sentence = "Slack. Each channel has one receiver."},
    {"webhook", SETTING_GROUP, SETTING_AT(struct channel_entry, webhook), .element_size = sizeof(struct webhook_receiver),
     .table = webhook_channel_table, .check = check_webhook,
     .sentence = "Any program that takes JSON by POST, see tocsin-aggregator(8)."},
    {"pagerduty", SETTING_GROUP, SETTING_AT(struct channel_entry, pagerduty),
     .element_size = sizeof(struct pagerduty_receiver), .table = pagerduty_channel_table, .check = check_pagerduty,
     .sentence = "PagerDuty. Improvements and reminders are no events there."},
    {0},
};

static bool has_group(const struct yaml_node *node, const char *name)
{
    const struct yaml_node *group = yaml_node_child(node, name);

    return group != NULL && group->kind == YAML_KIND_MAP;
}

int channel_check(void *object, const struct yaml_node *node, struct error *err)
{
    struct channel_entry *channel = object;
    bool has_slack = has_group(node, "slack");
    int receivers = has_slack + (channel->webhook != NULL) + (channel->pagerduty != NULL);

    if (receivers != 1)
        return yaml_fault(node, err, "found a channel %s, expected one of slack: {webhook_url: …}, webhook: {url: …} and "
                          "pagerduty: {routing_key: …}", receivers == 0 ? "without a receiver" : "with several receivers");
    if (has_slack) {
        channel->kind = CHANNEL_SLACK;
        return check_slack(channel, yaml_node_child(node, "slack"), err);
    }
    channel->kind = channel->webhook != NULL ? CHANNEL_WEBHOOK : CHANNEL_PAGERDUTY;
    channel->url = channel->webhook != NULL ? steal(&channel->webhook->url) : steal(&channel->pagerduty->url);
    channel->allow_http = channel->webhook != NULL ? channel->webhook->allow_http : channel->pagerduty->allow_http;
    return 0;
}

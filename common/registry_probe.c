/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One configured probe, of a service or of a host: its rows and what they cannot know of each other.
 */
#include "common/registry.h"

#include <string.h>

#include "common/limits.h"

enum { DEFAULT_HTTP_TIMEOUT_MS = 10000, DEFAULT_TCP_TIMEOUT_MS = 5000, URL_BYTES_MAX = 2048 };

static bool is_check_id(struct text id)
{
    return text_is_id(id, CHECK_BYTES_MAX);
}

/* "200" or "200-299" into the next range of the probe. */
static bool put_status_range(void *object, struct text word)
{
    struct probe_entry *probe = object;
    struct text low;
    struct text rest = word;
    bool is_range = word.len > 0 && memchr(word.at, '-', word.len) != NULL;
    int64_t from;
    if (probe->n_expect_status == HTTP_STATUS_RANGES_MAX || !text_take_until(&rest, '-', &low)
        || !text_to_int64(low, 100, 599, &from))
        return false;
    int64_t to = from;
    if (is_range && !text_to_int64(rest, from, 599, &to))
        return false;
    probe->expect_status[probe->n_expect_status].low = (int) from;
    probe->expect_status[probe->n_expect_status++].high = (int) to;
    return true;
}

/* Both kinds fill one struct, so their rows lie in it. */
static const struct setting http_table[] = {
    {"url", SETTING_TEXT, SETTING_AT(struct probe_entry, url), .max = URL_BYTES_MAX, .required = true,
     .accepts = setting_is_url, .expected = "an http:// or https:// URL without user and password",
     .sentence = "What is fetched; the address may be a private one."},
    {"expect_status", SETTING_EACH, .put = put_status_range, .items_max = HTTP_STATUS_RANGES_MAX,
     .expected = "a status such as 200 or a range such as 200-299 within 100-599",
     .sentence = "Answers that are operational; without it 200-299."},
    {"expect_body", SETTING_TEXT, SETTING_AT(struct probe_entry, expect_body),
     .sentence = "Must occur in the first 1 MiB of the body."},
    {"warn", SETTING_DURATION, SETTING_AT(struct probe_entry, warn_ms), .min = 1, .max = 600000,
     .sentence = "An answer slower than this is degraded."},
    {"timeout", SETTING_DURATION, SETTING_AT(struct probe_entry, timeout_ms), .min = 1, .max = 600000,
     .sentence = "Time for the whole answer, below every; without it 10s."},
    {0},
};

static const struct setting tcp_table[] = {
    {"host", SETTING_TEXT, SETTING_AT(struct probe_entry, host), .max = 253, .required = true, .accepts = setting_is_host,
     .expected = "a host name or an address", .sentence = "Where to connect; may be a private address."},
    {"port", SETTING_INTEGER, SETTING_AT(struct probe_entry, port), .min = 1, .max = 65535, .required = true,
     .sentence = "The port that must accept."},
    {"warn", SETTING_DURATION, SETTING_AT(struct probe_entry, warn_ms), .min = 1, .max = 600000,
     .sentence = "A connection slower than this is degraded."},
    {"timeout", SETTING_DURATION, SETTING_AT(struct probe_entry, timeout_ms), .min = 1, .max = 600000,
     .sentence = "Time to connect, below every; without it 5s."},
    {0},
};

const struct setting probe_table[] = {
    {"check", SETTING_TEXT, SETTING_AT(struct probe_entry, check), .required = true, .accepts = is_check_id,
     .expected = "an id: a-z, 0-9, then also . _ -, at most 40 bytes",
     .sentence = "Name of the check, unique within its service or host."},
    {"every", SETTING_DURATION, SETTING_AT(struct probe_entry, every_ms), .min = 1000, .max = 3600000, .fallback = "60s",
     .sentence = "How often it runs."},
    {"http", SETTING_GROUP, .table = http_table, .sentence = "Fetches a URL."},
    {"tcp", SETTING_GROUP, .table = tcp_table, .sentence = "Opens a connection."},
    {0},
};

int probe_entry_check(void *entry, const struct yaml_node *node, struct error *err)
{
    struct probe_entry *probe = entry;
    const struct yaml_node *http = yaml_node_child(node, "http");
    const struct yaml_node *tcp = yaml_node_child(node, "tcp");
    const struct yaml_node *of_kind = http != NULL ? http : tcp;
    if (of_kind == NULL || (http != NULL && tcp != NULL) || of_kind->kind == YAML_KIND_NOTHING)
        return yaml_fault(node, err, "found %s, expected one of http: {url: …} and tcp: {host: …, port: …}",
                          http != NULL && tcp != NULL ? "both http and tcp" : "a check without a probe");

    probe->kind = http != NULL ? PROBE_HTTP : PROBE_TCP;
    if (probe->kind == PROBE_HTTP && probe->n_expect_status == 0)
        (void) put_status_range(probe, text_of("200-299"));    /* room for one is there */

    const struct yaml_node *timeout = yaml_node_child(of_kind, "timeout");
    if (timeout == NULL) {
        int64_t usual_ms = probe->kind == PROBE_HTTP ? DEFAULT_HTTP_TIMEOUT_MS : DEFAULT_TCP_TIMEOUT_MS;
        probe->timeout_ms = usual_ms < probe->every_ms ? usual_ms : probe->every_ms / 2;
    } else if (probe->timeout_ms >= probe->every_ms) {
        return yaml_fault(timeout, err, "found a timeout of \"%s\", expected less than every (%lld ms)", timeout->value,
                          (long long) probe->every_ms);
    }
    return 0;
}

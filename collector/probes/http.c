/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/probes/http.h"

#include <string.h>

#include "collector/probes/figures.h"

struct http_request http_probe_request(const struct probe_entry *entry)
{
    return (struct http_request) {
        .method = "GET",
        .url = entry->url,
        .allow_http = true,
        .policy = ADDRESS_ANY,
        .connect_timeout_ms = entry->timeout_ms,
        .timeout_ms = entry->timeout_ms,
        .body_bytes_max = HTTP_PROBE_BODY_BYTES,
    };
}

static bool status_is_expected(const struct probe_entry *entry, long status)
{
    if (entry->n_expect_status == 0)
        return status >= 200 && status <= 299;
    for (size_t i = 0; i < entry->n_expect_status; i++) {
        if (status >= entry->expect_status[i].low && status <= entry->expect_status[i].high)
            return true;
    }
    return false;
}

static bool body_is_expected(const struct probe_entry *entry, struct text body)
{
    size_t len = entry->expect_body == NULL ? 0 : strlen(entry->expect_body);
    return len == 0 || (body.len >= len && memmem(body.at, body.len, entry->expect_body, len) != NULL);
}

static void add_metrics(const struct http_reply *reply, int64_t now_ms, struct verdict *out)
{
    (void) verdict_metric(out, "probe_duration_seconds", (double) reply->total_ms / 1000, "seconds");
    if (reply->status > 0)
        (void) verdict_metric(out, "probe_http_status", (double) reply->status, "");
    if (reply->certificate_expires_ms > 0)
        (void) verdict_metric(out, "probe_tls_expiry_seconds", (double) (reply->certificate_expires_ms - now_ms) / 1000,
                              "seconds");
}

static void judge_answer(const struct probe_entry *entry, const struct http_reply *reply, struct verdict *out)
{
    char span[FIGURE_TEXT_BYTES];
    char limit[FIGURE_TEXT_BYTES];
    figure_span(span, reply->total_ms);
    bool slow = entry->warn_ms > 0 && reply->total_ms > entry->warn_ms;
    bool expected = status_is_expected(entry, reply->status);

    if (reply->status == 429 && !expected)
        verdict_ok(out, STATUS_DEGRADED, "status 429: asked too often");
    else if (!expected)
        verdict_ok(out, STATUS_MAJOR_OUTAGE, "status %ld after %s", reply->status, span);
    else if (!body_is_expected(entry, reply->body))
        verdict_ok(out, STATUS_PARTIAL_OUTAGE, "status %ld, but \"%s\" is not in the answer", reply->status,
                   entry->expect_body);
    else if (slow)
        verdict_ok(out, STATUS_DEGRADED, "status %ld after %s, slower than %s", reply->status, span,
                   figure_span(limit, entry->warn_ms));
    else
        verdict_ok(out, STATUS_OPERATIONAL, "status %ld after %s", reply->status, span);
}

void http_judge(const struct probe_entry *entry, const struct http_reply *reply, int64_t now_ms, struct verdict *out)
{
    add_metrics(reply, now_ms, out);
    switch (reply->fault) {
    case HTTP_FAULT_NONE:
        judge_answer(entry, reply, out);
        return;
    case HTTP_FAULT_TOO_BIG:
        /* A body beyond what we read is no fault of the page; headers beyond all reason have no status. */
        if (reply->status > 0)
            judge_answer(entry, reply, out);
        else
            verdict_ok(out, STATUS_MAJOR_OUTAGE, "%s", reply->message);
        return;
    case HTTP_FAULT_CONNECT: case HTTP_FAULT_TLS: case HTTP_FAULT_TIMEOUT: case HTTP_FAULT_CUT: case HTTP_FAULT_MOVED:
    case HTTP_FAULT_GARBLED:
        verdict_ok(out, STATUS_MAJOR_OUTAGE, "%s", reply->message);
        return;
    case HTTP_FAULT_DNS:
        /* libcurl does not tell a name that does not exist from a resolver that does not answer. */
        verdict_fail(out, "dns", "%s", reply->message);
        return;
    case HTTP_FAULT_ADDRESS: case HTTP_FAULT_OTHER: case HTTP_FAULT_CANCELLED:
        verdict_fail(out, "other", "%s", reply->message);
        return;
    }
}

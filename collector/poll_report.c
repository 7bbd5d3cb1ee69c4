/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/poll_report.h"

#include <stddef.h>

#include "common/http_client.h"
#include "common/mem.h"
#include "common/registry.h"

#define COPY(to, from) ((void) text_copy((to), sizeof(to), text_of(from)))   /* a sentence that is too long is cut */

static const char *status_fault(long status)
{
    if (status == 200 || status == 304)
        return NULL;
    if (status == 401 || status == 403)
        return "auth";
    if (status == 404 || status == 410)
        return "http_404";
    if (status == 429)
        return "http_429";
    return status >= 500 ? "http_5xx" : status >= 400 ? "http_4xx" : "shape";
}

const char *poll_fault(const struct http_reply *reply)
{
    switch (reply->fault) {
    case HTTP_FAULT_NONE:
        return status_fault(reply->status);
    case HTTP_FAULT_OTHER:
        return "connect";
    case HTTP_FAULT_DNS:
    case HTTP_FAULT_CONNECT:
    case HTTP_FAULT_TLS:
    case HTTP_FAULT_TIMEOUT:
    case HTTP_FAULT_TOO_BIG:
    case HTTP_FAULT_MOVED:
    case HTTP_FAULT_ADDRESS:
    case HTTP_FAULT_CUT:
    case HTTP_FAULT_GARBLED:
    case HTTP_FAULT_CANCELLED:
        return http_fault_name(reply->fault);
    }
    return "connect";
}

static void head(const struct poll_subject *subject, Report *out)
{
    *out = (Report) Report_init_zero;
    COPY(out->service, subject->service);
    COPY(out->check, "feed");
    out->kind = SOURCE_VENDOR;
    out->every_s = (uint32_t) (subject->every_ms / 1000);
    COPY(out->link, subject->entry->url);
}

void poll_report(const struct poll_subject *subject, const struct feed_result *result, struct arena *arena, Report *out)
{
    if (result->reason != NULL) {
        poll_report_fault(subject, result->reason, result->reason_text, out);
        return;
    }

    head(subject, out);
    out->result = RESULT_OK;
    out->level = (Level) result->state;
    out->maintenance = result->maintenance;
    COPY(out->detail, feed_detail(result, arena));
    if (result->n_incidents > 0 && result->incidents[0].link != NULL && result->incidents[0].link[0] != '\0')
        COPY(out->link, result->incidents[0].link);
}

void poll_report_fault(const struct poll_subject *subject, const char *reason, const char *words, Report *out)
{
    head(subject, out);
    out->result = RESULT_FAIL;
    COPY(out->reason, reason);
    COPY(out->detail, words);
}

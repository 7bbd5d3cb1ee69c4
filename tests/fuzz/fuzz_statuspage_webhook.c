/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "collector/feeds/feed.h"
#include "collector/feeds/render.h"
#include "collector/parse_webhook.h"
#include "common/registry.h"
#include "common/statuspage_webhook.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* What was taken names its page and itself, and can be read as a page; what was not has words and no state. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    CLEANUP(arena_done) struct arena arena = {0};
    struct feed_entry entry = {.url = (char *) "https://status.example.com"};
    struct feed_document document = {"POST", {(const char *) bytes, len}, ""};
    struct feed_input in = {&entry, &document, 1, 1767225600000, &arena};
    struct feed_result result = {.valid_until_ms = INT64_MAX};
    struct statuspage_webhook posted;
    struct error err = {0};

    int taken = statuspage_webhook_parse(document.body, &posted, NULL, &err);
    if (taken == 0 ? posted.page_id[0] == '\0' || posted.id[0] == '\0' : err.text[0] == '\0')
        abort();
    int r = parse_webhook_feed.parse(&in, &result, &err);
    if (r < 0 && (result.reason == NULL || result.state != STATUS_UNKNOWN))
        abort();
    if (taken != 0 && r == 0)
        abort();
    json_decref(feed_render(&result));
    return 0;
}

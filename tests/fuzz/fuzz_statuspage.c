/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_statuspage: any bytes as any document of a Statuspage. Their number chooses document and watch filter (the
 * first byte would not do: in all that parses it is a brace).
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "collector/feeds/feed.h"
#include "collector/feeds/render.h"
#include "common/registry.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const char *const names[] = {"summary.json", "components.json", "incidents.json", "scheduled-maintenances.json"};
    static char *filters[] = {(char *) "Core", (char *) "c-api"};
    size_t choice = len;
    struct arena arena = {0};
    struct feed_entry entry = {.components = {filters + (choice >> 2 & 1), (choice & 8) != 0 ? 1 : 0}};
    struct feed_document document = {names[choice & 3], {(const char *) bytes, len}, ""};
    struct feed_input in = {&entry, &document, 1, 0, &arena};
    struct feed_result result = {0};
    struct error err = {0};

    int r = feed_find("statuspage")->parse(&in, &result, &err);
    if (r < 0 && (result.reason == NULL || result.state != STATUS_UNKNOWN))
        abort();
    (void) feed_detail(&result, &arena);
    json_decref(feed_render(&result));
    arena_done(&arena);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_NAME, one program a feed (FEED names it): any bytes as any of its documents. Their number chooses document and
 * watch filter (the first byte would not do: in all that parses it is a brace).
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "collector/feeds/document.h"
#include "collector/feeds/feed.h"
#include "collector/feeds/render.h"
#include "common/registry.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void choose_filters(struct feed_entry *entry, size_t choice)
{
    static char *words[] = {(char *) "Core", (char *) "c-api", (char *) "eu-west-1"};
    struct string_list *lists[] = {&entry->components, &entry->containers, &entry->products, &entry->regions, &entry->services};

    if ((choice & 1) != 0)
        *lists[choice / 2 % ARRAY_SIZE(lists)] = (struct string_list) {words + choice / 2 % ARRAY_SIZE(words), 1};
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const struct feed *feed = feed_find(FEED);
    CLEANUP(arena_done) struct arena arena = {0};
    struct feed_entry entry = {.url = (char *) "https://status.example.com", .page = (char *) "main"};
    size_t n_names = 0;
    while (feed->documents[n_names] != NULL)
        n_names++;
    choose_filters(&entry, len / n_names);
    struct feed_document document = {feed->documents[len % n_names], {(const char *) bytes, len}, ""};
    struct feed_input in = {&entry, &document, 1, 1767225600000, &arena};
    struct feed_result result = {.valid_until_ms = INT64_MAX};
    struct error err = {0};

    int r = feed->parse(&in, &result, &err);
    if (r < 0 && (result.reason == NULL || result.state != STATUS_UNKNOWN))
        abort();
    (void) feed_detail(&result, &arena);
    json_decref(feed_render(&result));

    struct text body;
    if (document_text(&document, &arena, &body, &err)) {
        CLEANUP(json_freep) json_t *json = json_read(body, len, &err);
        (void) feed->recognises(body, json);
    }
    return 0;
}

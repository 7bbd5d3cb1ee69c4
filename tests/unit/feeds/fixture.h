/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixture: saved pages and what each must be read as, for the tests that walk all of them.
 *
 * Each feed has a folder of its name in tests/fixtures. Beside a page (NAME.json, or of any other ending) stands
 * NAME.expected.json, a list of its readings:
 *
 *     {"says": SENTENCE, "document": its name, "file"?: when it is not NAME.json, "type"?: its content type,
 *      "more"?: [{"document", "file"}: those fetched after it], "now"?: RFC 3339, "item_level"?, "page"?,
 *      and the watch filter ("components", "containers", "products", "regions", "services"),
 *      "result": what `parse` prints}
 */
#pragma once

#include "collector/feeds/feed.h"
#include "common/buffer.h"
#include "common/registry.h"

struct fixture {
    const struct feed *feed;
    const char *path;                  /* of the page, for messages */
    const char *says;
    struct feed_entry entry;
    struct feed_document documents[FEED_DOCUMENTS_MAX];
    size_t n_documents;
    int64_t now_ms;
    const json_t *result;              /* what it must be read as */
};

/* Calls for each reading of each page of a feed; how many there were. Fails the test when a file can't be read. */
size_t fixture_each(const struct feed *, void (*take)(void *context, const struct fixture *), void *context);

/* A file of a feed's folder that is no page; a new reference. Fails the test when it can't be read. */
json_t *fixture_json(const struct feed *, const char *file);

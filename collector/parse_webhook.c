/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/parse_webhook.h"

#include <errno.h>
#include <stdlib.h>

#include "collector/feeds/result.h"
#include "common/mem.h"
#include "common/statuspage_webhook.h"

static const char *const documents[] = {"POST", NULL};

/* The page's own reader: the words and what they mean stand there alone. */
static int read_summary(const struct feed_input *in, const json_t *summary, struct feed_result *out, struct error *err)
{
    char *bytes = json_dumps(summary, JSON_COMPACT);
    if (bytes == NULL)
        abort();   /* what was read can be written, but for want of memory */
    struct feed_document document = {.name = "summary.json", .body = text_of(arena_copy_string(in->arena, bytes)),
                                     .content_type = "application/json"};
    struct feed_input input = *in;
    free(bytes);
    input.documents = &document;
    input.n_documents = 1;
    return feed_find("statuspage")->parse(&input, out, err);
}

static int parse(const struct feed_input *in, struct feed_result *out, struct error *err)
{
    struct statuspage_webhook posted;
    CLEANUP(json_freep) json_t *summary = NULL;
    struct error words = {0};
    int r = statuspage_webhook_parse(in->documents[0].body, &posted, &summary, &words);
    if (r != 0) {
        (void) error_set(err, -EBADMSG, "%s", words.text);
        return feed_fail(out, r == STATUSPAGE_WEBHOOK_NO_JSON ? "parse" : "shape", words.text, in->arena);
    }
    return read_summary(in, summary, out, err);
}

const struct feed parse_webhook_feed = {
    .name = "statuspage_webhook",
    .title = "What Atlassian Statuspage posts to subscribers",
    .documents = documents,
    .parse = parse,
};

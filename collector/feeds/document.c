/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/feeds/document.h"

#include "collector/feeds/result.h"

enum { BODY_BYTES_MAX = 16 << 20 };   /* the largest that configuration can ask for */

static json_t *refuse(struct feed_result *result, const char *sentence, struct arena *arena, struct error *err)
{
    int code = feed_fail(result, "parse", sentence, arena);

    (void) error_set(err, code, "%s", sentence);
    return NULL;
}

json_t *document_read_json(const struct feed_document *document, struct feed_result *result, struct arena *arena,
                           struct error *err)
{
    struct text body = document->body;
    struct error fault = {0};

    if (text_starts_with(body, "\xef\xbb\xbf"))
        body = (struct text) {body.at + 3, body.len - 3};
    struct text start = text_trim(body);
    if (start.len == 0)
        return refuse(result, "the answer is empty where JSON is due", arena, err);
    if (start.at[0] == '<')
        return refuse(result, "the answer is a web page where JSON is due: has the status page moved to another "
                              "platform or address, or does it ask for a login?", arena, err);

    json_t *found = json_read(body, BODY_BYTES_MAX, &fault);
    return found != NULL ? found : refuse(result, fault.text, arena, err);
}

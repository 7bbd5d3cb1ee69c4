/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/feeds/parsed.h"

#include <errno.h>
#include <string.h>

#include "collector/feeds/document.h"
#include "collector/feeds/result.h"
#include "common/registry.h"

enum { LINK_BYTES_BEARABLE = 4096 };

int parsed_read(struct parsed *parsed, const struct feed_input *in, struct feed_result *out, struct error *err)
{
    for (parsed->n = 0; parsed->n < in->n_documents && parsed->n < FEED_DOCUMENTS_MAX; parsed->n++) {
        const struct feed_document *document = &in->documents[parsed->n];
        parsed->at[parsed->n] = document_read_json(document, out, in->arena, err);
        if (parsed->at[parsed->n] == NULL)
            return error_context(err, "%s", document->name);
    }
    return parsed->n > 0 ? 0 : feed_misshapen(out, in->arena, err, "no document was fetched");
}

void parsed_done(struct parsed *parsed)
{
    for (size_t i = 0; i < parsed->n; i++)
        json_decref(parsed->at[i]);
    *parsed = (struct parsed) {0};
}

const json_t *parsed_with(const struct parsed *parsed, const char *key, json_type type)
{
    for (size_t i = 0; i < parsed->n; i++) {
        const json_t *value = json_member(parsed->at[i], key);
        if (value != NULL && json_typeof(value) == type)
            return parsed->at[i];
    }
    return NULL;
}

bool parsed_all_objects(const json_t *list)
{
    size_t i = 0;
    const json_t *value = NULL;

    json_array_foreach(list, i, value) {
        if (!json_is_object(value))
            return false;
    }
    return true;
}

json_t *parsed_last(const struct feed_input *in)
{
    struct feed_result ignored = {0};

    return in->n_documents == 0 ? NULL
                                : document_read_json(&in->documents[in->n_documents - 1], &ignored, in->arena, NULL);
}

/* "https://host:8443" of "https://host:8443/path". */
static struct text origin_of(struct text url)
{
    for (size_t i = 0; i + 3 <= url.len; i++) {
        if (memcmp(url.at + i, "://", 3) != 0)
            continue;
        size_t end = i + 3;
        while (end < url.len && strchr("/?#", url.at[end]) == NULL)
            end++;
        return (struct text) {url.at, end};
    }
    return (struct text) {url.at, 0};
}

const char *parsed_page_link(const struct feed_input *in, struct text link)
{
    struct text own = origin_of(text_of(in->config->url));
    bool bearable = link.len > 0 && link.len <= LINK_BYTES_BEARABLE;

    for (size_t i = 0; bearable && i < link.len; i++)
        bearable = link.at[i] > ' ' && link.at[i] < 0x7f;
    return bearable && own.len > 0 && text_equal_ignoring_case(origin_of(link), own) ? arena_copy_text(in->arena, link)
                                                                                     : NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/notify/slack_limits.h"

#include <errno.h>
#include <string.h>

/* Characters, as UTF-16 units: Slack does not say what it counts, and this is the larger number. */
static size_t count_chars(const char *s)
{
    size_t n = 0;
    for (; *s != '\0'; s++) {
        unsigned char c = (unsigned char) *s;
        if ((c & 0xc0) != 0x80)
            n += c >= 0xf0 ? 2 : 1;
    }
    return n;
}

static size_t text_chars(const json_t *object)
{
    const char *text = json_string_value(json_object_get(object, "text"));

    return text == NULL ? 0 : count_chars(text);
}

static int check_at_most(const char *what, size_t n, size_t max, struct error *err)
{
    return n <= max ? 0 : error_set(err, -EMSGSIZE, "%s of %zu, at most %zu", what, n, max);
}

static int check_context(const json_t *block, size_t *sum, struct error *err)
{
    const json_t *elements = json_object_get(block, "elements");
    for (size_t i = 0; i < json_array_size(elements); i++)
        *sum += text_chars(json_array_get(elements, i));
    return check_at_most("context elements", json_array_size(elements), SLACK_CONTEXT_ELEMENTS_MAX, err);
}

static int check_block(const json_t *block, size_t *sum, struct error *err)
{
    const char *type = json_string_value(json_object_get(block, "type"));
    if (type == NULL)
        return error_set(err, -EMSGSIZE, "a block without a type");
    if (strcmp(type, "context") == 0)
        return check_context(block, sum, err);

    size_t chars = text_chars(json_object_get(block, "text"));
    *sum += chars;
    return strcmp(type, "header") == 0
        ? check_at_most("header characters", chars, SLACK_HEADER_CHARS_MAX, err)
        : check_at_most("section characters", chars, SLACK_SECTION_CHARS_MAX, err);
}

int slack_check(const json_t *message, struct error *err)
{
    const json_t *blocks = json_object_get(message, "blocks");
    int r = check_at_most("blocks", json_array_size(blocks), SLACK_BLOCKS_MAX, err);
    if (r == 0)
        r = check_at_most("text characters", text_chars(message), SLACK_TEXT_CHARS_MAX, err);

    size_t sum = 0;
    for (size_t i = 0; i < json_array_size(blocks) && r == 0; i++)
        r = check_block(json_array_get(blocks, i), &sum, err);
    return r < 0 ? r : check_at_most("characters in all blocks", sum, SLACK_SUM_CHARS_MAX, err);
}

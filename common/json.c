/* SPDX-License-Identifier: Apache-2.0 */
#include "common/json.h"

#include <errno.h>
#include <string.h>

/* Where a string ends: the quote that closes it, or the end of the body. at is behind the quote that opened it. Most of a
 * document are texts; memchr steps over them many bytes at a time. */
static size_t string_end(struct text body, size_t at)
{
    for (size_t from = at; from < body.len;) {
        const char *quote = memchr(body.at + from, '"', body.len - from);
        if (quote == NULL)
            return body.len;
        const char *before = quote;
        while (before > body.at + at && before[-1] == '\\')
            before--;
        size_t end = (size_t) (quote - body.at);
        if ((quote - before) % 2 == 0)   /* an even number of backslashes: they escape each other */
            return end;
        from = end + 1;
    }
    return body.len;
}

/* Counts values and depth as a parser would meet them; what is no JSON is the parser's to say. */
static int check_bounds(struct text body, struct error *err)
{
    size_t values = 1;
    int depth = 0;

    for (size_t i = 0; i < body.len; i++) {
        switch (body.at[i]) {
        case '"':
            i = string_end(body, i + 1);
            break;
        case '{':
        case '[':
            if (++depth > JSON_DEPTH_MAX)
                return error_set(err, -EMSGSIZE, "nested deeper than %d at byte %zu", JSON_DEPTH_MAX, i);
            values++;
            break;
        case '}':
        case ']':
            depth--;
            break;
        case ',':
        case ':':
            values++;
            break;
        default:
            break;
        }
        if (values > JSON_VALUES_MAX)
            return error_set(err, -EMSGSIZE, "more than %d values", JSON_VALUES_MAX);
    }
    return 0;
}

json_t *json_read(struct text body, size_t bytes_max, struct error *err)
{
    json_error_t fault;

    if (body.len > bytes_max) {
        (void) error_set(err, -EMSGSIZE, "a document of %zu bytes, at most %zu", body.len, bytes_max);
        return NULL;
    }
    if (check_bounds(body, err) < 0)
        return NULL;
    json_t *document = json_loadb(body.at == NULL ? "" : body.at, body.len, JSON_REJECT_DUPLICATES, &fault);
    if (document == NULL) {
        char words[JSON_ERROR_TEXT_LENGTH];
        (void) text_copy(words, sizeof words, text_of(fault.text));   /* it quotes what it met */
        (void) error_set(err, -EBADMSG, "not JSON at line %d, column %d: %s", fault.line, fault.column, words);
    }
    return document;
}

void json_freep(json_t **value)
{
    json_decref(*value);   /* takes NULL */
}

json_t *json_member(const json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);   /* takes NULL and what is no object */

    return json_is_null(value) ? NULL : value;
}

struct text json_string_text(const json_t *value)
{
    return json_is_string(value) ? (struct text) {json_string_value(value), json_string_length(value)}
                                 : (struct text) {0};
}

struct text json_text(const json_t *object, const char *key)
{
    return json_string_text(json_member(object, key));
}

json_t *json_list(const json_t *object, const char *key)
{
    json_t *value = json_member(object, key);

    return json_is_array(value) ? value : NULL;
}

bool json_flag(const json_t *object, const char *key)
{
    return json_is_true(json_member(object, key));
}

bool json_whole(const json_t *object, const char *key, int64_t min, int64_t max, int64_t *out)
{
    const json_t *value = json_member(object, key);
    if (!json_is_integer(value))
        return false;

    int64_t number = json_integer_value(value);
    if (number < min || number > max)
        return false;
    *out = number;
    return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/feeds/document.h"

#include <errno.h>
#include <string.h>

#include "collector/feeds/result.h"

enum {
    BODY_BYTES_MAX = 16 << 20,        /* the largest that configuration can ask for */
    UTF8_BYTES_PER_UNIT = 3,          /* of UTF-16, at most */
    REPLACEMENT = 0xfffd,
};

/* --- UTF-16 ------------------------------------------------------------------------------------------------------- */

static unsigned unit_at(struct text in, size_t at, bool big_endian)
{
    unsigned first = (unsigned char) in.at[at];
    unsigned second = (unsigned char) in.at[at + 1];

    return big_endian ? first << 8 | second : second << 8 | first;
}

static size_t put_utf8(char *out, unsigned code)
{
    if (code < 0x80) {
        out[0] = (char) code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char) (0xc0 | code >> 6);
        out[1] = (char) (0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char) (0xe0 | code >> 12);
        out[1] = (char) (0x80 | (code >> 6 & 0x3f));
        out[2] = (char) (0x80 | (code & 0x3f));
        return 3;
    }
    out[0] = (char) (0xf0 | code >> 18);
    out[1] = (char) (0x80 | (code >> 12 & 0x3f));
    out[2] = (char) (0x80 | (code >> 6 & 0x3f));
    out[3] = (char) (0x80 | (code & 0x3f));
    return 4;
}

static bool is_high(unsigned unit)
{
    return unit >= 0xd800 && unit < 0xdc00;
}

static bool is_low(unsigned unit)
{
    return unit >= 0xdc00 && unit < 0xe000;
}

/* A surrogate without its other half becomes U+FFFD, as elsewhere what is not text. */
static struct text decode_utf16(struct text in, bool big_endian, struct arena *arena)
{
    char *out = arena_new(arena, in.len / 2 * UTF8_BYTES_PER_UNIT + 1);
    size_t len = 0;

    for (size_t at = 0; at + 1 < in.len; at += 2) {
        unsigned code = unit_at(in, at, big_endian);
        unsigned next = at + 3 < in.len ? unit_at(in, at + 2, big_endian) : 0;
        if (is_high(code) && is_low(next)) {
            code = 0x10000 + ((code - 0xd800) << 10) + (next - 0xdc00);
            at += 2;
        } else if (is_high(code) || is_low(code)) {
            code = REPLACEMENT;
        }
        len += put_utf8(out + len, code);
    }
    return (struct text) {out, len};
}

/* --- the text ----------------------------------------------------------------------------------------------------- */

static struct text after(struct text in, size_t n)
{
    return (struct text) {in.at + n, in.len - n};
}

bool document_text(const struct feed_document *document, struct arena *arena, struct text *out, struct error *err)
{
    struct text body = document->body;
    bool big = text_starts_with(body, "\xfe\xff");
    bool little = text_starts_with(body, "\xff\xfe");
    const char *type = document->content_type == NULL ? "" : document->content_type;

    if (!big && !little && text_starts_with(body, "\xef\xbb\xbf")) {
        *out = after(body, 3);
        return true;
    }
    bool marked = big || little;
    if (!marked)   /* RFC 2781: without a mark, and unless it says otherwise, UTF-16 is big-endian */
        big = strcasestr(type, "charset=utf-16") != NULL && strcasestr(type, "charset=utf-16le") == NULL;
    little = little || (!marked && strcasestr(type, "charset=utf-16le") != NULL);
    if (!big && !little) {
        *out = body;
        return true;
    }
    if (body.len % 2 != 0) {
        (void) error_set(err, -EBADMSG, "UTF-16 of an odd number of bytes: the answer was cut or is something else");
        return false;
    }
    *out = decode_utf16(marked ? after(body, 2) : body, big, arena);
    return true;
}

/* --- JSON --------------------------------------------------------------------------------------------------------- */

static json_t *refuse(struct feed_result *result, const char *sentence, struct arena *arena, struct error *err)
{
    int code = feed_fail(result, "parse", sentence, arena);

    (void) error_set(err, code, "%s", sentence);
    return NULL;
}

json_t *document_read_json(const struct feed_document *document, struct feed_result *result, struct arena *arena,
                           struct error *err)
{
    struct text body;
    struct error fault = {0};

    if (!document_text(document, arena, &body, &fault))
        return refuse(result, fault.text, arena, err);
    struct text start = text_trim(body);
    if (start.len == 0)
        return refuse(result, "the answer is empty where JSON is due", arena, err);
    if (start.at[0] == '<')
        return refuse(result, "the answer is a web page where JSON is due: has the status page moved to another "
                              "platform or address, or does it ask for a login?", arena, err);

    json_t *found = json_read(body, BODY_BYTES_MAX, &fault);
    return found != NULL ? found : refuse(result, fault.text, arena, err);
}

bool document_is(const struct feed_document *document, const char *name)
{
    struct text found = {document->name, strcspn(document->name, "?")};
    size_t len = strlen(name);

    if (strcmp(document->name, name) == 0)
        return true;
    while (found.len > 0 && found.at[found.len - 1] == '/')
        found.len--;
    return found.len > len && found.at[found.len - len - 1] == '/' && memcmp(found.at + found.len - len, name, len) == 0;
}

const struct feed_document *document_find(const struct feed_input *in, const char *name)
{
    for (size_t i = 0; i < in->n_documents; i++) {
        if (document_is(&in->documents[i], name))
            return &in->documents[i];
    }
    return NULL;
}

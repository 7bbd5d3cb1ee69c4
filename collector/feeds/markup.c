/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/feeds/markup.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { ENTITY_BYTES_MAX = 10, NUMBER_MAX = 0x10ffff };

static const struct { const char *name; const char *text; } entities[] = {
    { "amp", "&" }, { "lt", "<" }, { "gt", ">" }, { "quot", "\"" }, { "apos", "'" }, { "nbsp", " " },
};

/* Elements whose content nobody reads. */
static const char *const unread[] = { "script", "style" };

struct plain {
    char *out;
    size_t len;
    size_t max;
};

static void put(struct plain *plain, struct text bytes)
{
    for (size_t i = 0; i < bytes.len && plain->len < plain->max; i++) {
        bool blank = isspace((unsigned char) bytes.at[i]) != 0;
        if (!blank)
            plain->out[plain->len++] = bytes.at[i];
        else if (plain->len > 0 && plain->out[plain->len - 1] != ' ')
            plain->out[plain->len++] = ' ';
    }
}

/* Where the tag that begins here ends (behind its '>'); 0: it is none. */
static size_t tag_end(struct text in)
{
    if (in.len < 3 || !(isalpha((unsigned char) in.at[1]) || in.at[1] == '/' || in.at[1] == '!'))
        return 0;
    const char *end = memchr(in.at, '>', in.len);
    return end == NULL ? 0 : (size_t) (end - in.at) + 1;
}

/* The length of what an unread element holds, its end tag not included; the tag has been passed. */
static size_t unread_len(struct text tag, struct text rest)
{
    for (size_t i = 0; i < ARRAY_SIZE(unread); i++) {
        size_t len = strlen(unread[i]);
        struct text name = {tag.at + 1, tag.len - 1 < len ? tag.len - 1 : len};
        if (!text_equal_ignoring_case(name, text_of(unread[i])))
            continue;
        for (size_t at = 0; at + 1 < rest.len; at++) {
            struct text here = {rest.at + at + 2, rest.len - at - 2 < len ? rest.len - at - 2 : len};
            if (rest.at[at] == '<' && rest.at[at + 1] == '/' && text_equal_ignoring_case(here, text_of(unread[i])))
                return at;
        }
        return rest.len;
    }
    return 0;
}

static size_t put_code_point(struct plain *plain, unsigned long code, size_t len)
{
    char bytes[4];
    size_t n = 0;

    if (code < 0x80)
        bytes[n++] = (char) code;
    else if (code < 0x800)
        bytes[n++] = (char) (0xc0 | code >> 6);
    else if (code < 0x10000)
        bytes[n++] = (char) (0xe0 | code >> 12);
    else
        bytes[n++] = (char) (0xf0 | code >> 18);
    for (unsigned shift = code < 0x80 ? 0 : code < 0x800 ? 6 : code < 0x10000 ? 12 : 18; shift > 0; shift -= 6)
        bytes[n++] = (char) (0x80 | (code >> (shift - 6) & 0x3f));
    put(plain, (struct text) {bytes, n});
    return len;
}

/* Puts the entity that begins here; its length, 0 when it is none. */
static size_t put_entity(struct plain *plain, struct text in)
{
    size_t room = in.len < ENTITY_BYTES_MAX ? in.len : ENTITY_BYTES_MAX;
    const char *end = memchr(in.at, ';', room);
    if (end == NULL || end < in.at + 2)
        return 0;

    size_t len = (size_t) (end - in.at) + 1;
    struct text name = {in.at + 1, len - 2};
    for (size_t i = 0; i < ARRAY_SIZE(entities); i++) {
        if (text_is(name, entities[i].name)) {
            put(plain, text_of(entities[i].text));
            return len;
        }
    }
    char digits[ENTITY_BYTES_MAX + 1];
    bool hex = name.len > 1 && (name.at[1] == 'x' || name.at[1] == 'X');
    if (name.at[0] != '#' || !text_copy(digits, sizeof digits, (struct text) {name.at + 1 + hex, name.len - 1 - hex}))
        return 0;
    char *stop = NULL;
    unsigned long code = strtoul(digits, &stop, hex ? 16 : 10);
    bool good = isxdigit((unsigned char) digits[0]) && *stop == '\0' && code > 0 && code <= NUMBER_MAX;
    return good ? put_code_point(plain, code, len) : 0;
}

const char *markup_text(struct arena *arena, struct text html, size_t max_bytes)
{
    struct plain plain = {.out = arena_new(arena, html.len + 1), .max = html.len};   /* nothing grows */
    static const struct text blank = {" ", 1};

    /* Behind the last '>' no tag ends: to look for one at each of a million '<' would take minutes. */
    const char *last_close = html.len == 0 ? NULL : memrchr(html.at, '>', html.len);
    size_t tags_until = last_close == NULL ? 0 : (size_t) (last_close - html.at);

    for (size_t at = 0; at < html.len;) {
        struct text rest = {html.at + at, html.len - at};
        bool may_be_tag = rest.at[0] == '<' && at < tags_until;
        size_t len = may_be_tag ? tag_end(rest) : rest.at[0] == '&' ? put_entity(&plain, rest) : 0;
        if (len > 0 && rest.at[0] == '<') {
            put(&plain, blank);
            len += unread_len((struct text) {rest.at, len}, (struct text) {rest.at + len, rest.len - len});
        } else if (len == 0) {
            put(&plain, (struct text) {rest.at, 1});
            len = 1;
        }
        at += len;
    }

    size_t cap = max_bytes + 1;
    char *shown = arena_new(arena, cap);
    (void) text_copy(shown, cap, text_trim((struct text) {plain.out, plain.len}));
    return shown;
}

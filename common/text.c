/* SPDX-License-Identifier: Apache-2.0 */
#include "common/text.h"

#include <string.h>

enum { DISTANCE_MAX = 64 };

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static char fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char) (c - 'A' + 'a') : c;
}

struct text text_of(const char *s)
{
    return (struct text) {s, s == NULL ? 0 : strlen(s)};
}

bool text_is(struct text t, const char *s)
{
    return text_equal(t, text_of(s));
}

bool text_equal(struct text a, struct text b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

bool text_equal_ignoring_case(struct text a, struct text b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++) {
        if (fold(a.at[i]) != fold(b.at[i]))
            return false;
    }
    return true;
}

bool text_starts_with(struct text t, const char *prefix)
{
    size_t len = strlen(prefix);

    return t.len >= len && memcmp(t.at, prefix, len) == 0;
}

struct text text_trim(struct text t)
{
    while (t.len > 0 && is_blank(t.at[0])) {
        t.at++;
        t.len--;
    }
    while (t.len > 0 && is_blank(t.at[t.len - 1]))
        t.len--;
    return t;
}

bool text_take_word(struct text *in, size_t max, struct text *word)
{
    struct text rest = *in;
    while (rest.len > 0 && is_blank(rest.at[0])) {
        rest.at++;
        rest.len--;
    }

    size_t len = 0;
    while (len < rest.len && !is_blank(rest.at[len]))
        len++;
    if (len == 0 || len > max)
        return false;

    *word = (struct text) {rest.at, len};
    *in = (struct text) {rest.at + len, rest.len - len};
    return true;
}

bool text_take_until(struct text *in, char separator, struct text *part)
{
    if (in->len == 0)
        return false;

    const char *end = memchr(in->at, separator, in->len);
    size_t len = end == NULL ? in->len : (size_t) (end - in->at);
    *part = (struct text) {in->at, len};

    size_t taken = end == NULL ? len : len + 1;
    in->at += taken;
    in->len -= taken;
    return true;
}

bool text_to_int64(struct text t, int64_t min, int64_t max, int64_t *out)
{
    bool negative = t.len > 0 && t.at[0] == '-';
    if (negative) {
        t.at++;
        t.len--;
    }
    if (t.len == 0 || (t.len > 1 && t.at[0] == '0'))
        return false;

    int64_t value = 0;
    for (size_t i = 0; i < t.len; i++) {
        if (t.at[i] < '0' || t.at[i] > '9')
            return false;
        int digit = t.at[i] - '0';
        if (__builtin_mul_overflow(value, 10, &value)
            || __builtin_add_overflow(value, negative ? -digit : digit, &value))
            return false;
    }
    if (value < min || value > max)
        return false;

    *out = value;
    return true;
}

/* Length of the valid UTF-8 sequence at the front (RFC 3629), 0 when there is none. */
static size_t utf8_length(const unsigned char *s, size_t len)
{
    if (s[0] < 0x80)
        return 1;

    size_t n = s[0] >= 0xc2 && s[0] <= 0xdf ? 2 : (s[0] & 0xf0) == 0xe0 ? 3 : s[0] >= 0xf0 && s[0] <= 0xf4 ? 4 : 0;
    if (n == 0 || n > len)
        return 0;
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    }
    if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf0 && s[1] < 0x90)
        || (s[0] == 0xf4 && s[1] > 0x8f))
        return 0;
    return n;
}

bool text_copy(char *to, size_t cap, struct text from)
{
    static const char replacement[] = "\xef\xbf\xbd";
    size_t out = 0;
    size_t i = 0;

    while (i < from.len) {
        size_t n = utf8_length((const unsigned char *) from.at + i, from.len - i);
        const char *piece = n == 0 ? replacement : from.at + i;
        size_t piece_len = n == 0 ? sizeof replacement - 1 : n;
        if (n == 1 && ((unsigned char) from.at[i] < 0x20 || from.at[i] == 0x7f))
            piece = " ";
        if (out + piece_len >= cap)
            break;
        memcpy(to + out, piece, piece_len);
        out += piece_len;
        i += n == 0 ? 1 : n;
    }
    to[out] = '\0';
    return i >= from.len;
}

size_t text_turns_direction(const char *at)
{
    const unsigned char *b = (const unsigned char *) at;

    if (b[0] != 0xe2 || (b[1] != 0x80 && b[1] != 0x81))
        return 0;
    bool turns = b[1] == 0x80 ? b[2] >= 0xaa && b[2] <= 0xae : b[2] >= 0xa6 && b[2] <= 0xa9;
    return turns ? 3 : 0;
}

bool text_is_utf8(struct text t)
{
    for (size_t i = 0; i < t.len;) {
        size_t n = utf8_length((const unsigned char *) t.at + i, t.len - i);
        if (n == 0)
            return false;
        i += n;
    }
    return true;
}

int text_distance(const char *a, const char *b)
{
    size_t a_len = strlen(a);
    size_t b_len = strlen(b);
    if (a_len > DISTANCE_MAX || b_len > DISTANCE_MAX)
        return DISTANCE_MAX;

    int row[DISTANCE_MAX + 1];
    for (size_t j = 0; j <= b_len; j++)
        row[j] = (int) j;
    for (size_t i = 1; i <= a_len; i++) {
        int diagonal = row[0];
        row[0] = (int) i;
        for (size_t j = 1; j <= b_len; j++) {
            int change = diagonal + (a[i - 1] != b[j - 1]);
            int shorter = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            diagonal = row[j];
            row[j] = change < shorter ? change : shorter;
        }
    }
    return row[b_len];
}

bool text_is_id(struct text t, size_t max)
{
    if (t.len == 0 || t.len > max)
        return false;
    for (size_t i = 0; i < t.len; i++) {
        char c = t.at[i];
        bool alnum = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!alnum && (i == 0 || (c != '.' && c != '_' && c != '-')))
            return false;
    }
    return true;
}

void text_to_hex(const uint8_t *bytes, size_t n, char *out)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * n] = '\0';
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = fold(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool text_from_hex(struct text t, uint8_t *out, size_t n)
{
    if (t.len != 2 * n)
        return false;
    for (size_t i = 0; i < n; i++) {
        int high = hex_value(t.at[2 * i]);
        int low = hex_value(t.at[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i] = (uint8_t) (high << 4 | low);
    }
    return true;
}

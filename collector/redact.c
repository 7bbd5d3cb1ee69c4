/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/redact.h"

#include <stdbool.h>
#include <string.h>

#include "common/mem.h"

enum {
    CHANCE_BYTES_MIN = 24,      /* shorter runs are ids */
    HEX_BYTES_MIN = 32,
    UUID_BYTES = 36,
    KEY_BYTES_MIN = 12,         /* of what begins as keys do */
    NAME_BYTES_MAX = 64,        /* of a member or a parameter */
    VALUE_BYTES_MAX = 4096,     /* a value without an end is left out up to here */
};

static const char mark[] = "[redacted]";

/* What the name of a secret has in it, in lower case without - and _. */
static const char *const secret_names[] = {
    "password", "passwd", "secret", "token", "apikey", "accesskey", "privatekey", "authorization", "cookie", "session",
    "signature", "credential", "csrf", "nonce", "webhook",
};

static const char *const key_beginnings[] = {
    "xox", "ghp_", "gho_", "ghs_", "github_pat_", "glpat-", "AKIA", "ASIA",
    "eyJ", "sk-",  "sk_",  "pk_",  "rk_",         "whsec_", "SG.",  "ya29.",
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_name(char c)
{
    return is_letter(c) || is_digit(c) || c == '_' || c == '-';
}

static bool is_local(char c)
{
    return is_name(c) || c == '.' || c == '+' || c == '%';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char) (c - 'A' + 'a') : c;
}

/* The text being read. Everything before `at` is written or left out. */
struct reader {
    struct text in;
    size_t at;
    struct buffer *out;
    bool utf8;                  /* it is */
    bool full;                  /* something did not fit: nothing more is kept */
};

static void keep(struct reader *reader, const char *at, size_t len)
{
    reader->full = reader->full || buffer_put(reader->out, at, len) < 0;
}

static void keep_mark(struct reader *reader)
{
    keep(reader, mark, sizeof mark - 1);
}

/* One byte. Outside of ASCII all or nothing: who cuts a text within a character, or sends another encoding, gets
 * marks. */
static void keep_byte(struct reader *reader)
{
    unsigned char c = (unsigned char) reader->in.at[reader->at++];
    bool control = (c < ' ' && c != '\t' && c != '\n') || c == 0x7f;
    char kept = control ? ' ' : c >= 0x80 && !reader->utf8 ? '?' : (char) c;

    keep(reader, &kept, 1);
}

/* From where we are to there. */
static void keep_to(struct reader *reader, size_t to)
{
    while (reader->at < to)
        keep_byte(reader);
}

static size_t run_of(const struct reader *reader, size_t from, bool (*belongs)(char))
{
    size_t end = from;
    while (end < reader->in.len && belongs(reader->in.at[end]))
        end++;
    return end;
}

/* ---------------------------------------------------------------- words */

static bool is_uuid(struct text word)
{
    for (size_t i = 0; i < word.len; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        char c = lower(word.at[i]);
        if (dash ? c != '-' : !is_digit(c) && !(c >= 'a' && c <= 'f'))
            return false;
    }
    return word.len == UUID_BYTES;
}

/* Letters of both cases and digits, or hex, and long: nobody chose these. */
static bool looks_like_chance(struct text word)
{
    bool upper = false;
    bool small = false;
    bool digit = false;
    bool hex = true;

    for (size_t i = 0; i < word.len; i++) {
        char c = word.at[i];
        digit = digit || is_digit(c);
        small = small || (c >= 'a' && c <= 'z');
        upper = upper || (c >= 'A' && c <= 'Z');
        hex = hex && (is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f'));
    }
    if (is_uuid(word))
        return false;
    return (word.len >= CHANCE_BYTES_MIN && digit && small && upper) || (word.len >= HEX_BYTES_MIN && hex && digit);
}

static bool looks_like_a_key(struct text word)
{
    for (size_t i = 0; i < ARRAY_SIZE(key_beginnings); i++) {
        if (word.len >= KEY_BYTES_MIN && text_starts_with(word, key_beginnings[i]))
            return true;
    }
    return false;
}

static bool names_a_secret(struct text word)
{
    char plain[NAME_BYTES_MAX + 1];
    size_t len = 0;

    if (word.len > NAME_BYTES_MAX)
        return false;
    for (size_t i = 0; i < word.len; i++) {
        if (word.at[i] != '-' && word.at[i] != '_')
            plain[len++] = lower(word.at[i]);
    }
    plain[len] = '\0';
    for (size_t i = 0; i < ARRAY_SIZE(secret_names); i++) {
        if (strstr(plain, secret_names[i]) != NULL)
            return true;
    }
    return false;
}

/* ---------------------------------------------------------------- what follows a word */

/* Behind a name: the quote that ends it, blanks, and a colon or an equals sign. False: no value follows. */
static bool find_value(const struct reader *reader, size_t from, size_t *value)
{
    size_t at = from;

    while (at < reader->in.len && (reader->in.at[at] == '\\' || reader->in.at[at] == '"' || reader->in.at[at] == '\''))
        at++;
    at = run_of(reader, at, is_blank);
    if (at >= reader->in.len || (reader->in.at[at] != ':' && reader->in.at[at] != '='))
        return false;
    *value = run_of(reader, at + 1, is_blank);
    return *value < reader->in.len;
}

/* Where a value ends: at its own quote, or before what parts it from the next. escaped: it stands in a text of its own,
 * where its quotes are \". */
static size_t value_end(const struct reader *reader, size_t from, char quote, bool escaped)
{
    size_t max = reader->in.len - from > VALUE_BYTES_MAX ? from + VALUE_BYTES_MAX : reader->in.len;
    size_t at = from;

    for (; at < max; at++) {
        char c = reader->in.at[at];
        if (escaped ? c == '\\' : quote != '\0' ? c == quote : strchr("&\"'<>,;}]\r\n", c) != NULL)
            return at;
        if (c == '\\' && quote != '\0' && at + 1 < max)
            at++;
    }
    return max;
}

/* The name stays, with the quote its value begins with; the value goes. Objects and lists are looked into instead. */
static bool take_named_secret(struct reader *reader, size_t end)
{
    size_t value = 0;
    struct text name = {reader->in.at + reader->at, end - reader->at};
    if (!names_a_secret(name) || !find_value(reader, end, &value) || strchr("{[", reader->in.at[value]) != NULL)
        return false;

    bool escaped = reader->in.at[value] == '\\' && value + 1 < reader->in.len;
    char first = reader->in.at[value + escaped];
    char quote = first == '"' || first == '\'' ? first : '\0';
    size_t begin = value + (quote == '\0' ? 0 : 1u + escaped);
    keep_to(reader, begin);
    keep_mark(reader);
    reader->at = value_end(reader, begin, quote, escaped && quote != '\0');
    return true;
}

static bool is_scheme_value(char c)
{
    return is_local(c) || c == '/' || c == '=' || c == '~';
}

/* "Bearer abc", "Basic abc". */
static bool take_scheme(struct reader *reader, size_t end)
{
    struct text word = {reader->in.at + reader->at, end - reader->at};
    size_t value = run_of(reader, end, is_blank);
    size_t value_stop = run_of(reader, value, is_scheme_value);
    bool scheme = text_equal_ignoring_case(word, text_of("bearer")) || text_equal_ignoring_case(word, text_of("basic"));
    if (!scheme || value == end || value_stop - value < KEY_BYTES_MIN)
        return false;

    keep_to(reader, value);
    keep_mark(reader);
    reader->at = value_stop;
    return true;
}

/* A name before an @ and something with a dot behind it. Also the user and password of a URL, which end with an @. */
static bool take_address(struct reader *reader)
{
    size_t end = run_of(reader, reader->at, is_local);
    if (end < reader->in.len && reader->in.at[end] == ':')   /* user:password@ */
        end = run_of(reader, end + 1, is_local);
    if (end == reader->at || end >= reader->in.len || reader->in.at[end] != '@')
        return false;

    size_t host_end = run_of(reader, end + 1, is_local);
    if (memchr(reader->in.at + end + 1, '.', host_end - end - 1) == NULL)
        return false;
    keep_mark(reader);
    reader->at = host_end;
    return true;
}

static bool is_run(char c)
{
    return is_name(c) || c == '+' || c == '=' || c == '.';
}

/* At the beginning of a word. */
static void take_word(struct reader *reader)
{
    size_t name_end = run_of(reader, reader->at, is_name);
    struct text run = {reader->in.at + reader->at, run_of(reader, reader->at, is_run) - reader->at};
    if (take_address(reader) || take_scheme(reader, name_end) || take_named_secret(reader, name_end))
        return;

    struct text word = {run.at, name_end - reader->at};
    if (looks_like_a_key(run)) {
        keep_mark(reader);
        reader->at += run.len;
    } else if (looks_like_chance(word)) {
        keep_mark(reader);
        reader->at = name_end;
    } else {
        keep_to(reader, name_end);
    }
}

/* Without the part of a character that a cut has left at the end. */
static struct text whole_characters(struct text in)
{
    for (size_t back = 0; back < 3 && in.len > back; back++) {
        unsigned char c = (unsigned char) in.at[in.len - back - 1];
        if (c < 0x80)
            return in;
        if (c >= 0xc0)
            return (struct text) {
                in.at, text_is_utf8((struct text) {in.at + in.len - back - 1, back + 1}) ? in.len : in.len - back - 1};
    }
    return in;
}

void redact(struct text in, size_t max_bytes, struct buffer *out)
{
    struct text kept = in.len > max_bytes ? whole_characters((struct text) {in.at, max_bytes}) : in;
    struct reader reader = {.in = kept, .out = out, .utf8 = text_is_utf8(kept)};

    while (reader.at < kept.len && !reader.full) {
        if (is_name(kept.at[reader.at]))
            take_word(&reader);
        else
            keep_byte(&reader);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/notify/slack_text.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

enum { RAW_BYTES_MAX = 2048, URL_BYTES_MAX = 1024, FALLBACK_BYTES = 32 };

/* Bytes of the character at s, which is valid UTF-8 (text_copy saw to that). */
static size_t char_bytes(const char *s)
{
    unsigned char first = (unsigned char) *s;

    return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

static int put_char(struct buffer *out, const char *s, size_t n)
{
    if (text_turns_direction(s) > 0)    /* our own words included */
        return 0;
    switch (*s) {
    case '&': return buffer_put_text(out, "&amp;");
    case '<': return buffer_put_text(out, "&lt;");
    case '>': return buffer_put_text(out, "&gt;");
    default:  return buffer_put(out, s, n);
    }
}

void slack_put_escaped(struct buffer *out, struct text raw, size_t chars_max)
{
    char clean[RAW_BYTES_MAX];
    bool whole = text_copy(clean, sizeof clean, text_trim(raw));

    const char *s = clean;
    size_t chars = 0;
    while (*s != '\0' && chars < chars_max) {
        size_t n = char_bytes(s);
        if (put_char(out, s, n) < 0)
            return;
        s += n;
        chars++;
    }
    if (*s != '\0' || !whole)
        (void) buffer_put_text(out, "…");   /* no room left even for that: the cut is visible anyway */
}

void slack_put_date(struct buffer *out, int64_t at_ms)
{
    time_t at_s = (time_t) (at_ms / 1000);
    struct tm utc;
    char fallback[FALLBACK_BYTES];
    if (gmtime_r(&at_s, &utc) == NULL || strftime(fallback, sizeof fallback, "%Y-%m-%d %H:%M:%S UTC", &utc) == 0)
        return;

    (void) buffer_format(out, "<!date^%lld^{date_num} {time_secs}|%s>", (long long) at_s, fallback);
}

/* A URL between < and | must hold neither, nor a blank: those and all beyond ASCII become %XX; & is escaped. */
static int put_url(struct buffer *out, const char *url)
{
    int r = 0;
    for (const char *s = url; *s != '\0' && r == 0; s++) {
        if (*s <= ' ' || *s >= 0x7f || strchr("<>|\"\\^`{}", *s) != NULL)
            r = buffer_format(out, "%%%02X", (unsigned) (unsigned char) *s);
        else
            r = *s == '&' ? buffer_put_text(out, "&amp;") : buffer_put(out, s, 1);
    }
    return r;
}

int slack_put_link(struct buffer *out, const char *url, const char *label)
{
    if (strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0)
        return 0;

    struct buffer whole;
    buffer_init(&whole, URL_BYTES_MAX);
    bool fits = buffer_put_text(&whole, "<") == 0 && put_url(&whole, url) == 0
        && buffer_format(&whole, "|%s>", label) == 0 && buffer_put(out, whole.bytes, whole.len) == 0;
    buffer_done(&whole);
    return fits ? 1 : 0;   /* half a link would be no link */
}

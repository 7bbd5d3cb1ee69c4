/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/html.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "common/mem.h"

enum { TEXT_BYTES_MAX = 4096, FORMAT_BYTES = 512 };

void html_raw(struct html *html, const char *markup)
{
    if (buffer_put_text(html->out, markup) < 0)
        html->full = true;
}

static const char *escape(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void html_text(struct html *html, const char *text)
{
    char clean[3 * TEXT_BYTES_MAX + 1];

    if (text == NULL)
        return;
    (void) text_copy(clean, sizeof clean, (struct text) {text, strnlen(text, TEXT_BYTES_MAX)});
    const char *from = clean;
    for (const char *at = clean; *at != '\0'; at++) {
        const char *escaped = escape(*at);
        if (escaped == NULL)
            continue;
        if (buffer_put(html->out, from, (size_t) (at - from)) < 0)
            html->full = true;
        html_raw(html, escaped);
        from = at + 1;
    }
    html_raw(html, from);
}

void html_format(struct html *html, const char *format, ...)
{
    char text[FORMAT_BYTES];
    va_list args;

    va_start(args, format);
    (void) vsnprintf(text, sizeof text, format, args);
    va_end(args);
    html_text(html, text);
}

void html_time_words(int64_t at_ms, char out[static HTML_TIME_BYTES])
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct tm tm;
    time_t seconds = (time_t) (at_ms / 1000);

    if (at_ms <= 0 || gmtime_r(&seconds, &tm) == NULL)
        (void) snprintf(out, HTML_TIME_BYTES, "never");
    else
        (void) snprintf(out, HTML_TIME_BYTES, "%d %.3s, %02d:%02d UTC", tm.tm_mday, months + 3 * tm.tm_mon, tm.tm_hour,
                        tm.tm_min);
}

void html_time(struct html *html, int64_t at_ms)
{
    html_time_from(html, at_ms, at_ms);
}

void html_time_from(struct html *html, int64_t at_ms, int64_t from_ms)
{
    char exact[RFC3339_BYTES];
    char other[RFC3339_BYTES];
    char words[HTML_TIME_BYTES];

    html_time_words(at_ms, words);
    if (at_ms <= 0) {
        html_text(html, words);
        return;
    }
    (void) clock_to_rfc3339(at_ms, exact);
    (void) clock_to_rfc3339(from_ms, other);
    html_raw(html, "<time datetime=\"");
    html_text(html, exact);
    html_raw(html, "\">");
    if (strncmp(exact, other, 4) == 0)
        html_text(html, words);
    else
        html_format(html, "%.*s %.4s%s", (int) strcspn(words, ","), words, exact, words + strcspn(words, ","));
    html_raw(html, "</time>");
}

const char *html_class(enum status status)
{
    static const char *const classes[STATUS_COUNT] = {
        [STATUS_UNKNOWN] = "unk",        [STATUS_OPERATIONAL] = "op",  [STATUS_DEGRADED] = "deg",
        [STATUS_PARTIAL_OUTAGE] = "par", [STATUS_MAJOR_OUTAGE] = "maj"};

    return classes[status];
}

void html_shape_named(struct html *html, const char *name)
{
    html_raw(html, "<svg class=\"g ");
    html_text(html, name);
    html_raw(html, "\" viewBox=\"0 0 16 16\" width=\"14\" height=\"14\" aria-hidden=\"true\"><use href=\"#s-");
    html_text(html, name);
    html_raw(html, "\"/></svg>");
}

void html_shape(struct html *html, enum status status)
{
    html_shape_named(html, html_class(status));
}

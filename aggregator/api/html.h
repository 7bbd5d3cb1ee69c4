/* SPDX-License-Identifier: Apache-2.0 */
/*
 * html: writing a page. Markup of ours goes in by html_raw, everything else by html_text: the one function that escapes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/status.h"

struct html {
    struct buffer *out;
    bool full;                         /* the buffer's ceiling was reached: the page is not whole */
};

/* Markup, a constant of ours. */
void html_raw(struct html *, const char *markup);

/* Text of anybody, fit for an element and for a quoted attribute; invalid UTF-8 and control characters are cleaned. NULL is
 * nothing. */
void html_text(struct html *, const char *text);

/* printf of numbers and words of ours into text. */
void html_format(struct html *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* <time datetime="…">21 Nov, 10:22 UTC</time>; 0: "never". */
void html_time(struct html *, int64_t at_ms);

/* What lies ahead, as it was told at from_ms: with the year when that is another, "2 Jan 2027, 10:22 UTC". */
void html_time_from(struct html *, int64_t at_ms, int64_t from_ms);

/* The shape of a state: a reference into the page's set of shapes, hidden from readers because the word stands beside it. */
void html_shape(struct html *, enum status);
void html_shape_named(struct html *, const char *name);

/* The class of a state: op, deg, par, maj, unk. Static. */
const char *html_class(enum status);

/* "21 Nov, 10:22 UTC". */
enum { HTML_TIME_BYTES = 32 };
void html_time_words(int64_t at_ms, char out[static HTML_TIME_BYTES]);

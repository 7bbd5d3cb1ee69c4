/* SPDX-License-Identifier: Apache-2.0 */
/*
 * buffer: bytes that grow up to a ceiling named at birth.
 *
 *     struct buffer body;
 *     buffer_init(&body, 4 << 20);
 *     if (buffer_put(&body, data, len) < 0)      // -EMSGSIZE: would pass the ceiling; nothing was added
 *         ...
 *     buffer_done(&body);
 */
#pragma once

#include <stddef.h>

#include "common/text.h"

struct buffer {
    char *bytes;       /* owned; NUL-terminated once anything was put; NULL when empty */
    size_t len;
    size_t cap;
    size_t max_bytes;  /* len never passes it */
};

void buffer_init(struct buffer *, size_t max_bytes);

/* 0, or -EMSGSIZE and the buffer is as it was. */
int buffer_put(struct buffer *, const void *bytes, size_t len);
int buffer_put_text(struct buffer *, const char *);
int buffer_format(struct buffer *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The content, borrowed until the next put. */
struct text buffer_text(const struct buffer *);

/* Moves the bytes out (free() them; NULL when empty; no longer than their content and its NUL) and leaves an empty buffer with the same ceiling. */
char *buffer_take(struct buffer *);

/* Empties, keeping the room. */
void buffer_reset(struct buffer *);

/* Frees; leaves all zero. */
void buffer_done(struct buffer *);

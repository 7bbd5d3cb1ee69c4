/* SPDX-License-Identifier: Apache-2.0 */
#include "common/buffer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

enum { FIRST_BYTES = 256 };

static int make_room(struct buffer *buffer, size_t more)
{
    if (more > buffer->max_bytes - buffer->len)
        return -EMSGSIZE;

    size_t need = buffer->len + more + 1;
    if (need <= buffer->cap)
        return 0;
    size_t cap = buffer->cap < FIRST_BYTES ? FIRST_BYTES : buffer->cap;
    while (cap < need)
        cap *= 2;
    buffer->bytes = mem_resize(buffer->bytes, cap, 1);
    buffer->cap = cap;
    return 0;
}

void buffer_init(struct buffer *buffer, size_t max_bytes)
{
    *buffer = (struct buffer) {.max_bytes = max_bytes};
}

int buffer_put(struct buffer *buffer, const void *bytes, size_t len)
{
    int r = make_room(buffer, len);
    if (r < 0)
        return r;
    if (len > 0)
        memcpy(buffer->bytes + buffer->len, bytes, len);
    buffer->len += len;
    buffer->bytes[buffer->len] = '\0';
    return 0;
}

int buffer_put_text(struct buffer *buffer, const char *s)
{
    return buffer_put(buffer, s, strlen(s));
}

int buffer_format(struct buffer *buffer, const char *format, ...)
{
    va_list args;
    va_list again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);

    int r = len < 0 ? -EINVAL : make_room(buffer, (size_t) len);
    if (r == 0) {
        (void) vsnprintf(buffer->bytes + buffer->len, (size_t) len + 1, format, again);
        buffer->len += (size_t) len;
    }
    va_end(again);
    return r;
}

struct text buffer_text(const struct buffer *buffer)
{
    return (struct text) {buffer->bytes, buffer->len};
}

char *buffer_take(struct buffer *buffer)
{
    char *bytes = buffer->bytes;

    /* What is taken is kept, often as one of thousands of words of a configuration: without the room to grow. */
    if (bytes != NULL && buffer->cap > buffer->len + 1)
        bytes = mem_resize(bytes, buffer->len + 1, 1);
    buffer_init(buffer, buffer->max_bytes);
    return bytes;
}

void buffer_reset(struct buffer *buffer)
{
    buffer->len = 0;
}

void buffer_done(struct buffer *buffer)
{
    free(buffer->bytes);
    *buffer = (struct buffer) {0};
}

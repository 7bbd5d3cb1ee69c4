/* SPDX-License-Identifier: Apache-2.0 */
#include "common/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_BLOCK_BYTES = 64 * 1024, ARENA_ALIGN = 16 };

struct arena_block {
    struct arena_block *next;
    size_t size;
    size_t used;
    _Alignas(ARENA_ALIGN) char bytes[];
};

static void *must(void *p, size_t bytes)
{
    if (p == NULL) {
        (void) fprintf(stderr, "out of memory: %zu bytes refused\n", bytes);
        abort();
    }
    return p;
}

static size_t product(size_t n, size_t bytes_each)
{
    size_t bytes;
    if (__builtin_mul_overflow(n, bytes_each, &bytes))
        bytes = SIZE_MAX;
    return bytes;
}

void *mem_new(size_t bytes)
{
    return must(calloc(1, bytes == 0 ? 1 : bytes), bytes);
}

void *mem_new_array(size_t n, size_t bytes_each)
{
    return mem_new(product(n, bytes_each));
}

void *mem_resize(void *p, size_t n, size_t bytes_each)
{
    size_t bytes = product(n, bytes_each);

    return must(realloc(p, bytes == 0 ? 1 : bytes), bytes);
}

void *mem_try(size_t bytes)
{
    return calloc(1, bytes == 0 ? 1 : bytes);
}

char *mem_copy_string(const char *s)
{
    return mem_copy_text(text_of(s));
}

char *mem_copy_text(struct text t)
{
    char *copy = mem_new(t.len + 1);
    if (t.len > 0)
        memcpy(copy, t.at, t.len);
    return copy;
}

void mem_freep(void *pointer_to_pointer)
{
    void **p = pointer_to_pointer;

    free(*p);
    *p = NULL;
}

void *arena_new(struct arena *arena, size_t bytes)
{
    size_t rounded;
    if (__builtin_add_overflow(bytes, ARENA_ALIGN - 1, &rounded))
        must(NULL, bytes);
    rounded &= ~(size_t) (ARENA_ALIGN - 1);

    struct arena_block *block = arena->blocks;
    if (block == NULL || block->size - block->used < rounded) {
        size_t size = rounded > ARENA_BLOCK_BYTES ? rounded : ARENA_BLOCK_BYTES;
        block = must(malloc(sizeof *block + size), size);
        *block = (struct arena_block) {.next = arena->blocks, .size = size};
        arena->blocks = block;
    }

    void *p = block->bytes + block->used;
    block->used += rounded;
    arena->used_bytes += rounded;
    return memset(p, 0, rounded);
}

char *arena_copy_text(struct arena *arena, struct text t)
{
    char *copy = arena_new(arena, t.len + 1);
    if (t.len > 0)
        memcpy(copy, t.at, t.len);
    return copy;
}

char *arena_copy_string(struct arena *arena, const char *s)
{
    return arena_copy_text(arena, text_of(s));
}

char *arena_format(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_list again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);

    char *out = arena_new(arena, len < 0 ? 1 : (size_t) len + 1);
    if (len > 0)
        (void) vsnprintf(out, (size_t) len + 1, format, again);
    va_end(again);
    return out;
}

void arena_reset(struct arena *arena)
{
    struct arena_block *keep = arena->blocks;
    if (keep == NULL)
        return;

    struct arena_block *block = keep->next;
    while (block != NULL) {
        struct arena_block *next = block->next;
        free(block);
        block = next;
    }
    keep->next = NULL;
    keep->used = 0;
    arena->used_bytes = 0;
    if (keep->size > ARENA_BLOCK_BYTES)   /* one large round must not hold its memory for ever */
        arena_done(arena);
}

void arena_done(struct arena *arena)
{
    struct arena_block *block = arena->blocks;
    while (block != NULL) {
        struct arena_block *next = block->next;
        free(block);
        block = next;
    }
    *arena = (struct arena) {0};
}

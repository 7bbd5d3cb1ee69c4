/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mem: allocation that cannot fail, cleanup that cannot be forgotten, and the arena of a round.
 *
 *     CLEANUP(mem_freep) char *name = mem_copy_string("github");
 *     struct arena arena = {0};
 *     struct decision *d = arena_new(&arena, sizeof *d);     // zeroed, lives until arena_reset
 *     arena_done(&arena);
 *
 * mem_* abort when a small allocation fails (a broken machine; the supervisor restarts us at the last commit).
 * A size named by a peer is checked against its limit first; mem_try is for those.
 */
#pragma once

#include <stddef.h>

#include "common/text.h"

#define CLEANUP(function) __attribute__((cleanup(function)))

/* Moves a pointer out: *p becomes NULL, the old value is returned. */
#define steal(p)                       \
    ({                                 \
        __typeof__(*(p)) stolen_ = *(p); \
        *(p) = NULL;                   \
        stolen_;                       \
    })

/* The struct that holds this member. */
#define container_of(member_pointer, type, member) \
    ((type *) (void *) ((char *) (member_pointer) - offsetof(type, member)))

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* Zeroed memory; never NULL. Freed with free(). */
void *mem_new(size_t bytes) __attribute__((malloc, returns_nonnull));

/* Zeroed memory for n things, the product checked; never NULL. */
void *mem_new_array(size_t n, size_t bytes_each) __attribute__((malloc, returns_nonnull));

/* realloc for n things, the product checked; never NULL. New room is not zeroed. */
void *mem_resize(void *p, size_t n, size_t bytes_each) __attribute__((returns_nonnull));

/* Zeroed memory whose size a peer named; NULL when there is none. */
void *mem_try(size_t bytes) __attribute__((malloc));

/* Heap copies, NUL-terminated; never NULL. mem_copy_string(NULL) is "". */
char *mem_copy_string(const char *) __attribute__((malloc, returns_nonnull));
char *mem_copy_text(struct text) __attribute__((malloc, returns_nonnull));

/* Cleanup for CLEANUP(): frees what the pointer points to. */
void mem_freep(void *pointer_to_pointer);

/* An arena: memory of one round or request, never freed singly. All zero is a valid, empty arena. */
struct arena_block;
struct arena {
    struct arena_block *blocks;    /* newest first */
    size_t used_bytes;             /* handed out since the last reset, for limits and metrics */
};

/* Zeroed memory, aligned for anything; lives until arena_reset or arena_done. */
void *arena_new(struct arena *, size_t bytes) __attribute__((returns_nonnull));

/* NUL-terminated copies in the arena. */
char *arena_copy_text(struct arena *, struct text) __attribute__((returns_nonnull));
char *arena_copy_string(struct arena *, const char *) __attribute__((returns_nonnull));

/* printf into the arena. */
char *arena_format(struct arena *, const char *format, ...) __attribute__((format(printf, 2, 3), returns_nonnull));

/* Empties it, keeping the newest block for the next round. */
void arena_reset(struct arena *);

/* Frees everything; leaves all zero. */
void arena_done(struct arena *);

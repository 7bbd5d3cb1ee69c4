/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text: a slice of bytes that somebody else owns, and the few ways we take one apart.
 *
 *     struct text in = text_of("disk.root 91");
 *     struct text word;
 *     if (text_take_word(&in, 40, &word)) ...
 *
 * Nothing here allocates; nothing here believes that a NUL follows.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
    const char *at;    /* borrowed; may be NULL when len is 0 */
    size_t len;
};

/* The slice of a C string; NULL gives the empty slice. */
struct text text_of(const char *);

/* Equal bytes as the C string. */
bool text_is(struct text, const char *);

/* Equal bytes. */
bool text_equal(struct text, struct text);

/* Equal when ASCII letters are folded. */
bool text_equal_ignoring_case(struct text, struct text);

bool text_starts_with(struct text, const char *prefix);

/* Without blanks (space, tab, CR, LF) at both ends. */
struct text text_trim(struct text);

/* Takes the next word (up to a blank, at most max bytes) off the front, leading blanks first. False: none, or longer. */
bool text_take_word(struct text *in, size_t max, struct text *word);

/* Takes everything up to the separator (which is dropped) or, without one, the rest. False when *in is empty. */
bool text_take_until(struct text *in, char separator, struct text *part);

/* A whole decimal number: digits only (one leading '-' allowed), no blanks, within min..max. False otherwise. */
bool text_to_int64(struct text, int64_t min, int64_t max, int64_t *out);

/*
 * Copies into a NUL-terminated array of cap bytes (cap >= 1). What does not fit is cut at a character boundary;
 * invalid UTF-8 becomes U+FFFD; control characters become blanks. Returns false when something was cut.
 */
bool text_copy(char *to, size_t cap, struct text from);

/* Bytes of the character at this place of a C string when it turns the reading direction of what follows (U+202A..202E,
 * U+2066..2069), else 0. */
size_t text_turns_direction(const char *at);

/* Whether the bytes are valid UTF-8 (no surrogates, no overlong forms). */
bool text_is_utf8(struct text);

/* Distance of Levenshtein for "did you mean": strings over 64 bytes count as far away (64). */
int text_distance(const char *, const char *);

/* An id of ours: [a-z0-9][a-z0-9._-]*, at most max bytes. */
bool text_is_id(struct text, size_t max);

/* Lower-case hex of n bytes into 2n+1 chars, and back (exactly n bytes; false when it is not that). */
void text_to_hex(const uint8_t *bytes, size_t n, char *out);
bool text_from_hex(struct text, uint8_t *out, size_t n);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json: a document from outside, bounded before it is parsed, and the few ways we look into one.
 *
 *     CLEANUP(json_freep) json_t *document = json_read(body, 4 << 20, &err);
 *     if (document == NULL)
 *         return err.code;
 *     struct text name = json_text(document, "name");       // "" when absent, null or no string
 *
 * jansson keeps 5 to 60 bytes for each byte of input, so not only bytes but values are counted first. Everything looked
 * up is borrowed from the document. Numbers beyond 64 bits, lone surrogates, invalid UTF-8, duplicate keys and anything
 * after the document make it unreadable as a whole.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"
#include "common/text.h"

/* A page of 500 KB has some 40,000 values, keys counted; reading this many takes about 60 ms of the loop's time. */
enum { JSON_VALUES_MAX = 250000, JSON_DEPTH_MAX = 64 };

/* Parses an object or array. NULL with words (line and column; the code is -EBADMSG, or -EMSGSIZE when one of the bounds
 * is passed). */
json_t *json_read(struct text body, size_t bytes_max, struct error *);

/* For CLEANUP(). */
void json_freep(json_t **);

/* The member; NULL when it is absent or null, or the value is no object (or is NULL). */
json_t *json_member(const json_t *object, const char *key);

/* The member's text; empty when it is not a string. May contain anything but a NUL. */
struct text json_text(const json_t *object, const char *key);

/* The value's own text; empty when it is not a string. */
struct text json_string_text(const json_t *value);

/* The member when it is an array, else NULL. jansson's json_array_foreach takes NULL for an empty one. */
json_t *json_list(const json_t *object, const char *key);

/* Whether the member is true (the value, not the word). */
bool json_flag(const json_t *object, const char *key);

/* The member as a whole number within min..max. False: absent, no integer, or outside. */
bool json_whole(const json_t *object, const char *key, int64_t min, int64_t max, int64_t *out);

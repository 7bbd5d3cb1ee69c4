/* SPDX-License-Identifier: Apache-2.0 */
/*
 * query: the part of an address behind the question mark, taken apart strictly. Pure.
 *
 * What an endpoint does not name is refused: a filter that is misspelt must not give the unfiltered list.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aggregator/api/problem.h"
#include "common/text.h"

enum { QUERY_PARAMETERS_MAX = 16, QUERY_BYTES_MAX = 1024, LIMIT_DEFAULT = 100, LIMIT_MAX = 1000 };

struct query {
    struct { struct text name, value; } parameters[QUERY_PARAMETERS_MAX];   /* decoded, into bytes */
    size_t n;
    char bytes[QUERY_BYTES_MAX];
};

/* Percent-decodes; false for a bad escape, a zero byte, bytes that are not UTF-8, or what does not fit. *len is set. */
bool percent_decode(struct text in, bool plus_is_blank, char *out, size_t cap, size_t *len);

/* Reads the raw text behind '?'; allowed is NULL-terminated (NULL: none). -EPROTO and a problem. */
int query_parse(struct text raw, const char *const *allowed, struct query *out, struct problem *);

/* The first parameter of this name; false when there is none. */
bool query_get(const struct query *, const char *name, struct text *value);

/* Whether the query does not ask for this parameter, or one of its values is this (repeated means or). */
bool query_admits(const struct query *, const char *name, const char *value);

/* limit=1..1000, default 100. -EPROTO and a problem. */
int query_limit(const struct query *, size_t *out, struct problem *);

/* A time: RFC 3339, or before now as -6h (s, m, h, d). Absent: *at_ms is left, *relative false. -EPROTO and a problem. */
int query_time(const struct query *, const char *name, int64_t now_ms, int64_t *at_ms, bool *relative, struct problem *);

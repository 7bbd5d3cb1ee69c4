/* SPDX-License-Identifier: Apache-2.0 */
/*
 * poll_reason: why a poll failed, one row each: the word a Report says it with, and its place in the counters that travel with
 * a collector's vitals. A new reason goes to the end: places are on the wire.
 */
#pragma once

#define POLL_REASONS(X)                                                                                                \
    X(OTHER, "other")              /* a word that is none of these */                                                  \
    X(DNS, "dns")                                                                                                      \
    X(CONNECT, "connect")                                                                                              \
    X(TLS, "tls")                                                                                                      \
    X(TIMEOUT, "timeout")                                                                                              \
    X(CUT, "cut")                  /* the answer ended early */                                                        \
    X(ADDRESS, "address")          /* the host has an address that is not allowed */                                   \
    X(MOVED, "moved")              /* a redirect that may not be followed */                                           \
    X(TOO_BIG, "too_big")                                                                                              \
    X(AUTH, "auth")                /* 401, 403 */                                                                      \
    X(HTTP_404, "http_404")        /* or 410 */                                                                        \
    X(HTTP_429, "http_429")                                                                                            \
    X(HTTP_4XX, "http_4xx")                                                                                            \
    X(HTTP_5XX, "http_5xx")                                                                                            \
    X(PARSE, "parse")              /* not the format that is due */                                                    \
    X(SHAPE, "shape")              /* the format, without what the platform always has */                              \
    X(FILTER_MISS, "filter_miss")  /* a watch filter that matches nothing on the page */                               \
    X(BREAKER, "breaker")          /* not asked: too many failed polls of the host */                                  \
    X(EGRESS, "egress")            /* not to be believed: this collector reaches nothing at all */

enum poll_reason {
#define POLL_REASON_ENUM(id, word) POLL_REASON_##id,
    POLL_REASONS(POLL_REASON_ENUM)
#undef POLL_REASON_ENUM
    POLL_REASON_COUNT,
};

enum { POLL_REASONS_MAX = 32 };    /* the schema's bound (Vitals.poll_failures) */

/* Its word. */
const char *poll_reason_word(enum poll_reason);

/* The reason with this word; POLL_REASON_OTHER for any other. */
enum poll_reason poll_reason_of(const char *word);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * problem: every error of the API in one shape (RFC 9457, application/problem+json).
 *
 *     return problem_set(problem, PROBLEM_INVALID, "the body does not say why");
 *
 * One row a class: its URI is stable, its title fixed; only the detail speaks of the case.
 */
#pragma once

#include <stddef.h>

#include "common/buffer.h"

/*   id                name in the type URI      status  title */
#define PROBLEMS(X)                                                                        \
    X(MALFORMED,       "malformed-request",      400, "The request is malformed")            \
    X(PARAMETER,       "bad-parameter",          400, "A query parameter is not acceptable") \
    X(UNAUTHENTICATED, "unauthenticated",        401, "Credentials are missing or wrong")    \
    X(FORBIDDEN,       "forbidden",              403, "The role does not suffice")           \
    X(NOT_FOUND,       "not-found",              404, "There is no such thing here")         \
    X(METHOD,          "method-not-allowed",     405, "The method does not fit the path")    \
    X(CONFLICT,        "conflict",               409, "The state does not allow it")         \
    X(TOO_LARGE,       "body-too-large",         413, "The body is too large")               \
    X(URI_TOO_LONG,    "uri-too-long",           414, "The address is too long")             \
    X(MEDIA_TYPE,      "unsupported-media-type", 415, "The body must be application/json")   \
    X(INVALID,         "invalid-body",           422, "The body does not mean anything here") \
    X(KEY_REUSED,      "idempotency-key-reused", 422, "The Idempotency-Key belongs to another request") \
    X(TOO_FAR,         "too-far",                422, "It takes more replaying than is done here") \
    X(TOO_MANY,        "too-many-failures",      429, "Too many failed attempts")            \
    X(INTERNAL,        "internal",               500, "We failed")                           \
    X(UNAVAILABLE,     "unavailable",            503, "Not now")                             \
    X(COMMIT_PENDING,  "commit-pending",         503, "The change is not committed yet and may still happen")

enum problem_kind {
#define PROBLEM_ENUM(id, ...) PROBLEM_##id,
    PROBLEMS(PROBLEM_ENUM)
#undef PROBLEM_ENUM
    PROBLEM_COUNT,
};

enum { PROBLEM_POINTS_MAX = 8 };

struct problem {
    enum problem_kind kind;
    char detail[320];
    struct {
        char pointer[80];              /* JSON pointer into the body, or "?name" for a query parameter */
        char detail[160];
    } points[PROBLEM_POINTS_MAX];
    size_t n_points;                   /* what does not fit is not told */
    int retry_after_s;                 /* 0: no Retry-After */
    char allow[32];                    /* of a 405: the methods */
};

/* The HTTP status of a class. */
unsigned problem_status(enum problem_kind);

/* Sets class and detail, keeping the points; returns -EPROTO, so that it can stand in a return statement. */
int problem_set(struct problem *, enum problem_kind, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Adds one point. */
void problem_point(struct problem *, const char *pointer, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The document; instance is the request's id. */
void problem_render(const struct problem *, const char *instance, struct buffer *out);

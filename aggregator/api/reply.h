/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reply: an answer before it becomes the library's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aggregator/api/problem.h"
#include "common/buffer.h"

enum {
    REPLY_BODY_BYTES_MAX = 16 * 1024 * 1024,
    REPLY_LINK_BYTES = 2048,
    ETAG_BYTES = 32,
    COMPRESS_FROM_BYTES = 1024,        /* smaller bodies fit into one packet either way */
    SENDFILE_FROM_BYTES = 8192,        /* from here on one copy fewer pays for one more call */
};

struct MHD_Response;

#define TYPE_JSON "application/json"
#define TYPE_PROBLEM "application/problem+json"
#define TYPE_HTML "text/html; charset=utf-8"

struct reply {
    unsigned status;
    const char *type;                  /* Content-Type; static */
    const char *cache_control;         /* static; NULL: none */
    struct buffer body;
    bool gzip;                         /* the body is compressed */
    bool varies;                       /* by who asks and by encoding */
    bool close;                        /* and close the connection */
    bool challenge;                    /* WWW-Authenticate */
    int retry_after_s;                 /* 0: none */
    char etag[ETAG_BYTES];             /* with quotes; "" for none */
    char allow[32];                    /* "" for none */
    char link[REPLY_LINK_BYTES];       /* "" for none */
    const char *request_id;            /* borrowed; NULL: none */
};

/* A body with its ceiling; everything else zero, status 200. */
void reply_init(struct reply *);
void reply_done(struct reply *);

/* The problem as a reply. */
void reply_problem(struct reply *, const struct problem *, const char *request_id);

/* A strong entity tag of 16 bytes: base64url in quotes, "-gz" for the compressed form. */
void reply_tag(struct reply *, const uint8_t digest[static 16]);

/* Compresses the body in place when it is long enough and gets shorter. */
void reply_compress(struct reply *);

/* The library's form, of which the caller holds one reference. The body is copied. NULL on a broken machine. */
struct MHD_Response *reply_response(const struct reply *);

/* The same answer as 304: without body, with what a 304 repeats. */
struct MHD_Response *reply_unchanged(const struct reply *);

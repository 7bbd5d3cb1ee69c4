/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request: one request from its first line to its last byte sent. Owned by the HTTP thread of its connection.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aggregator/api/auth.h"
#include "aggregator/api/headers.h"
#include "aggregator/api/query.h"
#include "common/buffer.h"
#include "common/limits.h"

enum { URI_BYTES_MAX = 1024, BODY_BYTES_MAX = 256 * 1024, REQUEST_ITEM_BYTES_MAX = 352 };

struct api;
struct MHD_Connection;
struct peer;
struct endpoint;
struct waiter;

struct request {
    struct api *api;
    struct MHD_Connection *connection;
    struct peer *peer;                 /* outlives the request */
    const struct endpoint *endpoint;         /* NULL until found */
    const char *method;                /* borrowed from the connection, as the headers are */
    bool head;
    bool begun;                        /* the headers were looked at */
    bool streaming;                    /* a live stream answers it */
    bool body_too_large;
    struct headers headers;
    struct buffer body;
    struct caller caller;
    struct waiter *waiter;             /* a write that waits for its commit; one reference is ours */
    struct buffer prepared;            /* its answer, where that is known before the commit */
    char id[REQUEST_ID_BYTES_MAX + 1]; /* X-Request-Id: the caller's, or made */
    char path[URI_BYTES_MAX + 1];      /* decoded */
    char item[REQUEST_ITEM_BYTES_MAX + 1];  /* what stands for {id} or {name} in the path */
    struct query query;
    size_t uri_len;
    char uri[];                        /* as received, NUL-terminated; longer than URI_BYTES_MAX is refused */
};

/* A new random id of 16 hex digits. */
void request_id_make(char out[static REQUEST_ID_BYTES_MAX + 1]);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_private: what http_client.c (the multi handle on the loop, the queue), http_transfer.c (a request becomes libcurl's
 * options) and http_answer.c (what came of it means) share. Included nowhere else.
 */
#pragma once

#include <curl/curl.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "common/address.h"
#include "common/buffer.h"
#include "common/http_client.h"

/* libcurl's setters fail for want of memory or because the library was built without something we require. */
#define EASY_SET(easy, option, value)                              \
    do {                                                           \
        if (curl_easy_setopt((easy), (option), (value)) != CURLE_OK) \
            abort();                                               \
    } while (0)

enum { HTTP_HEADER_BYTES_MAX = 64 * 1024 };   /* of all answers of a transfer together */

/* A URL and the parts that decide about it. Strings owned. */
struct http_target {
    char *url;
    char *host;                   /* lower case, no brackets, no final dot */
    char *authority;              /* "https://host:443": what shares a connection, and the only part of a secret URL told */
    bool https;
    bool has_user;                /* carries credentials */
};

struct http_transfer {
    TAILQ_ENTRY(http_transfer) link;
    struct http_client *client;
    http_done_fn done;
    void *context;

    CURL *easy;
    struct curl_slist *headers;
    struct http_target target;    /* the present one: moves along redirects */
    struct address_block *allowed;
    size_t n_allowed;
    char **also_hosts;            /* NULL-terminated */
    enum address_policy policy;
    bool allow_http;
    bool secret_url;
    bool may_follow;              /* GET and HEAD */
    int redirects_left;
    int redirects_max;
    int64_t connect_timeout_ms;
    int64_t timeout_ms;
    char *body_out;               /* what is sent */

    bool active;                  /* known to the multi handle; otherwise it waits in the queue */
    bool resolving;               /* waits for a name: holds one of the places for lookups */
    int64_t started_mono_ms;
    struct buffer body;           /* what came */
    size_t header_bytes;
    struct sockaddr_storage address;   /* last connected to or tried; of family 0: none */
    bool address_refused;
    bool address_tried;           /* one that was allowed, too */
    bool request_sent;
    bool too_big;
    int64_t content_length;       /* of the answer that is being read; -1: not told yet */
    bool length_unclear;             /* or one that is no number we know */
    char etag[257];               /* longer ones are as good as none */
    char last_modified[65];
    char retry_after[65];
    char curl_message[CURL_ERROR_SIZE];
    char message[512];
};

TAILQ_HEAD(http_transfers, http_transfer);

/* Takes a URL apart. -EINVAL with words that repeat nothing of it. */
int http_target_parse(const char *url, struct http_target *out, struct error *);
void http_target_done(struct http_target *);

/* Whether the line is this header; then its value, trimmed. */
bool http_header_is(struct text line, const char *name, struct text *value);

/* Adds one "Name: value" to what is sent. */
void http_transfer_put_header(struct http_transfer *, const char *line);

/* Checks and copies a request into a transfer that is not yet started. 0, or -EINVAL with words. */
int http_transfer_new(const struct http_request *, struct http_transfer **out, struct error *);
void http_transfer_free(struct http_transfer *);

/* Options that belong to the client rather than to the request. */
void http_transfer_dress(struct http_transfer *, const char *user_agent, const char *ca_file);

/* Sets the clock going; called when it leaves the queue and again after each redirect. */
void http_transfer_arm(struct http_transfer *);

/* A finished exchange: true when a redirect is to be followed (the transfer is ready to be added again), else *out is the
 * answer, borrowed from the transfer. */
bool http_transfer_follows(struct http_transfer *, CURLcode, struct http_reply *out);

/* The answer of a transfer that was ended early. */
void http_transfer_cancelled(struct http_transfer *, struct http_reply *out);

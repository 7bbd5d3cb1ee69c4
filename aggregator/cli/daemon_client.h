/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon_client: asks the running aggregator, over the Unix socket in its data directory (the caller is then the system's
 * user, role admin) or at an address. JSON in and out, one request at a time.
 */
#pragma once

#include <jansson.h>

#include "common/error.h"

enum { DAEMON_BODY_BYTES_MAX = 16 * 1024 * 1024 };

struct daemon_client;

/* Over DATA_DIR/api.sock. */
struct daemon_client *daemon_client_local(const char *data_dir);

/* At http://HOST:PORT or https://…, with a bearer token unless it is NULL. */
struct daemon_client *daemon_client_at(const char *url, const char *token);

/* NULL is nothing. */
void daemon_client_free(struct daemon_client *);

struct daemon_reply {
    long status;
    json_t *body;              /* owned by the caller; NULL when the answer was no JSON */
};

/*
 * body may be NULL (borrowed). 0 whatever the status; -ECONNREFUSED: nobody is there (and nothing happened); another
 * negative errno: the answer did not come or cannot be read, so what was asked may have happened.
 */
int daemon_client_call(struct daemon_client *, const char *method, const char *path, const json_t *body,
                       struct daemon_reply *out, struct error *);

/* A GET whose answer must be 200 and JSON: the body, to be released by the caller. NULL with words otherwise. */
json_t *daemon_client_get(struct daemon_client *, const char *path, struct error *);

/* What a problem answer says, in words; always negative. */
int daemon_client_problem(const struct daemon_reply *, struct error *);

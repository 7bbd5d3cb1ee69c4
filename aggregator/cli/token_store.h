/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token_store: tokens while the daemon is down: the store is opened under its lock, so that nobody else writes.
 */
#pragma once

#include <stdio.h>

#include "aggregator/config/config.h"
#include "common/error.h"
#include "proto/rows.pb.h"

enum { TOKEN_BYTES = 48 };     /* "toc_", 43 characters, NUL */

/* Makes a token, stores its hash with an audit row; -EEXIST: the name has a valid one. The token is in `out` alone. */
int token_store_create(const struct aggregator_config *, const char *name, Role, char out[static TOKEN_BYTES],
                       struct error *);

/* Prints one line a token; none is a table without lines. */
int token_store_list(const struct aggregator_config *, FILE *, struct error *);

/* From now on refused; -ENOENT: no valid token of that name. */
int token_store_revoke(const struct aggregator_config *, const char *name, struct error *);

/* The lines of the list, here and when the daemon is asked. Times as text, "" for never. */
struct token_line {
    const char *name, *role, *created, *last_used, *revoked;
};
void token_line_heading(FILE *);
void token_line_print(FILE *, const struct token_line *);

/* viewer, operator, admin; "none". And back: false when it is no role. */
const char *token_role_name(Role);
bool token_role_parse(const char *, Role *out);

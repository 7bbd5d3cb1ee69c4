/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth: who is asking, and whether that suffices.
 *
 * Machines carry a bearer token: `toc_` and 43 characters of base64url, 32 random bytes, of which we keep the SHA-256.
 * ADMIN_API_TOKEN is one more, of role admin. Whoever comes by the Unix socket is ours or root, and admin. Reads are open
 * on a loopback listener. Without any token nobody is admin over TCP.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aggregator/api/board.h"
#include "aggregator/api/problem.h"
#include "aggregator/api/throttle.h"
#include "aggregator/store/store.h"
#include "common/text.h"

enum { TOKEN_BYTES = 32, TOKEN_TEXT_BYTES = 48, TOKENS_MAX = 1000, TOKEN_USED_EVERY_MS = 5 * 60 * 1000 };

/* What the caller showed. */
enum credential { CREDENTIAL_NONE, CREDENTIAL_WRONG, CREDENTIAL_GOOD };

enum auth_verdict { AUTH_PASS, AUTH_WHO, AUTH_NOT_ENOUGH };   /* go on, 401, 403 */

/* The whole rule, pure: an endpoint that needs this role, asked by this caller. */
enum auth_verdict auth_judge(Role needed, bool reads_are_open, enum credential, Role of_caller);

struct known_token {
    uint8_t hash[32];
    TokenRow row;
    _Atomic int64_t used_told_ms;      /* when the core was last told of a use */
};

struct auth {
    pthread_rwlock_t lock;             /* guards tokens, admin token and reads_are_open */
    struct known_token *tokens;
    size_t n_tokens;
    uint64_t tokens_round;             /* round of VIEW_TOKENS they were read at */
    bool has_admin_token;
    uint8_t admin_hash[32];
    _Atomic bool reads_are_open;
    pthread_mutex_t throttle_lock;     /* guards throttle */
    struct throttle throttle;
};

struct caller {
    Role role;
    char who[81];                      /* token:NAME, local:USER, anonymous */
    bool used;                         /* a stored token whose use the core should hear of: */
    uint8_t hash[32];
    TokenRow row;
};

void auth_init(struct auth *);
void auth_done(struct auth *);

/* admin_token may be NULL. */
void auth_configure(struct auth *, const char *admin_token, bool reads_are_open);

/* Reads the tokens when the board says that they changed, or always (force). Negative when the store cannot be read (the old ones stay). */
int auth_refresh(struct auth *, const struct board *, bool force, struct store *);

/* Who this header names. now_ms is for the telling of uses. */
enum credential auth_identify(struct auth *, struct text authorization, int64_t now_ms, struct caller *out);

/* Whether an unrevoked token has this name; its hash and row when out is not NULL. */
bool auth_find_name(struct auth *, const char *name, uint8_t hash[32], TokenRow *out);

/* A new token's text (NUL-terminated) and hash. */
void auth_make_token(char text[static TOKEN_TEXT_BYTES], uint8_t hash[static 32]);

/* viewer, operator, admin; false for anything else. */
bool role_parse(const char *, Role *out);
const char *role_name(Role);

/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/api/auth.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/api/walk.h"
#include "common/mem.h"

#define TOKEN_PREFIX "toc_"

enum auth_verdict auth_judge(Role needed, bool reads_are_open, enum credential credential, Role of_caller)
{
    if (needed == ROLE_UNSPECIFIED)
        return AUTH_PASS;
    if (credential == CREDENTIAL_WRONG)
        return AUTH_WHO;
    if (credential == CREDENTIAL_GOOD)
        return of_caller >= needed ? AUTH_PASS : AUTH_NOT_ENOUGH;
    return needed == ROLE_VIEWER && reads_are_open ? AUTH_PASS : AUTH_WHO;
}

void auth_init(struct auth *auth)
{
    *auth = (struct auth) {.lock = PTHREAD_RWLOCK_INITIALIZER, .throttle_lock = PTHREAD_MUTEX_INITIALIZER,
                           .tokens_round = UINT64_MAX};
}

void auth_done(struct auth *auth)
{
    free(auth->tokens);
    sodium_memzero(auth->admin_hash, sizeof auth->admin_hash);
    (void) pthread_rwlock_destroy(&auth->lock);
    (void) pthread_mutex_destroy(&auth->throttle_lock);
}

void auth_configure(struct auth *auth, const char *admin_token, bool reads_are_open)
{
    (void) pthread_rwlock_wrlock(&auth->lock);
    auth->has_admin_token = admin_token != NULL && admin_token[0] != '\0';
    if (auth->has_admin_token)
        (void) crypto_hash_sha256(auth->admin_hash, (const uint8_t *) admin_token, strlen(admin_token));
    atomic_store(&auth->reads_are_open, reads_are_open);
    (void) pthread_rwlock_unlock(&auth->lock);
}

static int read_tokens(struct store *store, struct known_token **out, size_t *n_out, uint64_t *round)
{
    WorldRow world;
    TokenRow row;
    struct store_txn *txn;
    struct store_cursor cursor;
    struct store_key key;

    int r = store_read(store, &txn);
    if (r < 0)
        return r;
    *round = store_get(txn, TABLE_META, key_name(STORE_META_WORLD), &world) == 0 ? world.views[VIEW_TOKENS] : 0;
    *out = mem_new_array(TOKENS_MAX, sizeof **out);
    *n_out = 0;
    store_walk(txn, TABLE_TOKENS, (struct store_range) {0}, &cursor);
    while (*n_out < TOKENS_MAX && walk_next(&cursor, &key, &row)) {
        if (key.len != sizeof (*out)->hash)
            continue;
        struct known_token *token = &(*out)[(*n_out)++];
        memcpy(token->hash, key.bytes, sizeof token->hash);
        token->row = row;
        token->used_told_ms = row.last_used_ms;
    }
    store_walk_end(&cursor);
    store_end(txn);
    return 0;
}

int auth_refresh(struct auth *auth, const struct board *board, bool force, struct store *store)
{
    struct rounds now;
    struct known_token *tokens;
    size_t n_tokens;
    uint64_t round;

    board_read(board, 1u << VIEW_TOKENS, &now);
    (void) pthread_rwlock_rdlock(&auth->lock);
    bool fresh = auth->tokens_round == now.views[VIEW_TOKENS];
    (void) pthread_rwlock_unlock(&auth->lock);
    if (fresh && !force)
        return 0;

    int r = read_tokens(store, &tokens, &n_tokens, &round);
    if (r < 0)
        return r;
    (void) pthread_rwlock_wrlock(&auth->lock);
    free(auth->tokens);
    auth->tokens = tokens;
    auth->n_tokens = n_tokens;
    auth->tokens_round = round;
    (void) pthread_rwlock_unlock(&auth->lock);
    return 0;
}

/* The token of "Bearer TOKEN"; empty when the header is of another kind. */
static struct text bearer(struct text header)
{
    struct text scheme;

    if (!text_take_word(&header, 16, &scheme) || !text_equal_ignoring_case(scheme, text_of("bearer")))
        return (struct text) {NULL, 0};
    return text_trim(header);
}

/* All are compared, so that the time says nothing of the place. */
static const struct known_token *match(const struct auth *auth, const uint8_t hash[static 32])
{
    const struct known_token *found = NULL;

    for (size_t i = 0; i < auth->n_tokens; i++) {
        if (sodium_memcmp(auth->tokens[i].hash, hash, 32) == 0 && auth->tokens[i].row.revoked_at_ms == 0)
            found = &auth->tokens[i];
    }
    return found;
}

static bool should_tell(struct known_token *token, int64_t now_ms)
{
    int64_t told = atomic_load(&token->used_told_ms);

    return now_ms - told >= TOKEN_USED_EVERY_MS && atomic_compare_exchange_strong(&token->used_told_ms, &told, now_ms);
}

enum credential auth_identify(struct auth *auth, struct text authorization, int64_t now_ms, struct caller *out)
{
    enum credential credential = CREDENTIAL_WRONG;
    struct text token = bearer(authorization);
    uint8_t hash[32];

    *out = (struct caller) {.who = "anonymous"};
    if (authorization.len == 0)
        return CREDENTIAL_NONE;
    if (token.len == 0)
        return CREDENTIAL_WRONG;
    (void) crypto_hash_sha256(hash, (const uint8_t *) token.at, token.len);

    (void) pthread_rwlock_rdlock(&auth->lock);
    const struct known_token *known = match(auth, hash);
    if (auth->has_admin_token && sodium_memcmp(auth->admin_hash, hash, sizeof hash) == 0) {
        out->role = ROLE_ADMIN;
        (void) snprintf(out->who, sizeof out->who, "token:ADMIN_API_TOKEN");
        credential = CREDENTIAL_GOOD;
    } else if (known != NULL) {
        out->role = known->row.role;
        out->row = known->row;
        memcpy(out->hash, hash, sizeof hash);
        (void) snprintf(out->who, sizeof out->who, "token:%s", known->row.name);
        out->used = should_tell(&auth->tokens[known - auth->tokens], now_ms);
        out->row.last_used_ms = now_ms;
        credential = CREDENTIAL_GOOD;
    }
    (void) pthread_rwlock_unlock(&auth->lock);
    return credential;
}

bool auth_find_name(struct auth *auth, const char *name, uint8_t hash[32], TokenRow *out)
{
    bool found = false;

    (void) pthread_rwlock_rdlock(&auth->lock);
    for (size_t i = 0; i < auth->n_tokens && !found; i++) {
        const struct known_token *token = &auth->tokens[i];
        found = token->row.revoked_at_ms == 0 && strcmp(token->row.name, name) == 0;
        if (found && out != NULL) {
            memcpy(hash, token->hash, sizeof token->hash);
            *out = token->row;
        }
    }
    (void) pthread_rwlock_unlock(&auth->lock);
    return found;
}

void auth_make_token(char text[static TOKEN_TEXT_BYTES], uint8_t hash[static 32])
{
    uint8_t secret[TOKEN_BYTES];

    randombytes_buf(secret, sizeof secret);
    memcpy(text, TOKEN_PREFIX, 4);
    (void) sodium_bin2base64(text + 4, TOKEN_TEXT_BYTES - 4, secret, sizeof secret, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    (void) crypto_hash_sha256(hash, (const uint8_t *) text, strlen(text));
    sodium_memzero(secret, sizeof secret);
}

static const char *const role_names[] = {
    [ROLE_UNSPECIFIED] = "none", [ROLE_VIEWER] = "viewer", [ROLE_OPERATOR] = "operator", [ROLE_ADMIN] = "admin"};

bool role_parse(const char *word, Role *out)
{
    for (int i = ROLE_VIEWER; i <= ROLE_ADMIN; i++) {
        if (strcmp(word, role_names[i]) == 0) {
            *out = (Role) i;
            return true;
        }
    }
    return false;
}

const char *role_name(Role role)
{
    return role >= ROLE_UNSPECIFIED && role <= ROLE_ADMIN ? role_names[role] : role_names[ROLE_UNSPECIFIED];
}

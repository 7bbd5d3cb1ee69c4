/* SPDX-License-Identifier: Apache-2.0 */
#include "aggregator/cli/token_store.h"

#include <errno.h>
#include <pwd.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include "aggregator/store/store.h"
#include "common/clock.h"
#include "common/mem.h"

enum { READERS_MAX = 8, SECRET_BYTES = 32, SAME_MS_MAX = 1000 };

static const struct { Role role; const char *name; } roles[] = {
    { Role_ROLE_VIEWER, "viewer" }, { Role_ROLE_OPERATOR, "operator" }, { Role_ROLE_ADMIN, "admin" },
};

const char *token_role_name(Role role)
{
    for (size_t i = 0; i < ARRAY_SIZE(roles); i++) {
        if (roles[i].role == role)
            return roles[i].name;
    }
    return "none";
}

bool token_role_parse(const char *name, Role *out)
{
    for (size_t i = 0; i < ARRAY_SIZE(roles); i++) {
        if (strcmp(roles[i].name, name) == 0) {
            *out = roles[i].role;
            return true;
        }
    }
    return false;
}

void token_line_heading(FILE *out)
{
    token_line_print(out, &(struct token_line) {"NAME", "ROLE", "CREATED", "LAST USED", "REVOKED"});
}

void token_line_print(FILE *out, const struct token_line *line)
{
    (void) fprintf(out, "%-24s %-9s %-25s %-25s %s\n", line->name, line->role, line->created,
                   line->last_used[0] == '\0' ? "never" : line->last_used, line->revoked[0] == '\0' ? "no" : line->revoked);
}

/* ---------------------------------------------------------------- the store */

static void store_closep(struct store **store)
{
    if (*store != NULL)
        store_close(*store);
}

static int open_store(const struct aggregator_config *config, struct store **out, struct error *err)
{
    const struct store_options options = {
        .path = config->store.database,
        .map_bytes = (size_t) config->store.map_bytes,
        .readers_max = READERS_MAX,
        .demo = config->store.demo,
    };
    return store_open(&options, out, err);
}

static const char *caller_name(void)
{
    const struct passwd *user = getpwuid(getuid());

    return user == NULL ? "unknown" : user->pw_name;
}

/* The audit row, and the views that the next reader has to read anew. */
static void put_audit(struct store_txn *txn, const char *action, const char *resource, int64_t now_ms)
{
    CLEANUP(mem_freep) AuditRow *audit = mem_new(sizeof *audit);
    audit->at_ms = now_ms;
    (void) snprintf(audit->who, sizeof audit->who, "local:%s", caller_name());
    (void) text_copy(audit->role, sizeof audit->role, text_of("admin"));
    (void) text_copy(audit->action, sizeof audit->action, text_of(action));
    (void) text_copy(audit->resource, sizeof audit->resource, text_of(resource));
    (void) text_copy(audit->detail, sizeof audit->detail, text_of("while the daemon was down"));

    CLEANUP(mem_freep) AuditRow *there = mem_new(sizeof *there);
    uint32_t sequence = 0;
    while (sequence < SAME_MS_MAX && store_get(txn, TABLE_AUDIT, key_time(now_ms, sequence), there) == 0)
        sequence++;
    store_put(txn, TABLE_AUDIT, key_time(now_ms, sequence), audit);

    CLEANUP(mem_freep) WorldRow *world = mem_new(sizeof *world);
    if (store_get(txn, TABLE_META, key_name("world"), world) != 0)
        return;                        /* a store that no daemon has written to yet */
    world->round++;
    world->views[VIEW_TOKENS] = world->round;
    world->views[VIEW_AUDIT] = world->round;
    store_put(txn, TABLE_META, key_name("world"), world);
}

static int commit(struct store_txn *txn, struct error *err)
{
    int r = store_commit(txn);

    return r < 0 ? error_set(err, r, "writing the store: %s", strerror(-r)) : 0;
}

/* The key and row of the valid token of this name. 0, STORE_ABSENT, or negative. */
static int find_valid(struct store_txn *txn, const char *name, struct store_key *key, TokenRow *row)
{
    struct store_cursor cursor;
    store_walk(txn, TABLE_TOKENS, (struct store_range) {0}, &cursor);
    int r;
    while ((r = store_next(&cursor, key, row)) == 0) {
        if (row->revoked_at_ms == 0 && strcmp(row->name, name) == 0)
            break;
    }
    store_walk_end(&cursor);
    return r;
}

static void make_token(char out[static TOKEN_BYTES], uint8_t hash[static 32])
{
    uint8_t secret[SECRET_BYTES];
    randombytes_buf(secret, sizeof secret);
    memcpy(out, "toc_", 4);
    (void) sodium_bin2base64(out + 4, TOKEN_BYTES - 4, secret, sizeof secret, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    (void) crypto_hash_sha256(hash, (const unsigned char *) out, strlen(out));
    sodium_memzero(secret, sizeof secret);
}

int token_store_create(const struct aggregator_config *config, const char *name, Role role, char out[static TOKEN_BYTES],
                       struct error *err)
{
    if (sodium_init() < 0)
        return error_set(err, -EIO, "libsodium cannot be set up");
    CLEANUP(store_closep) struct store *store = NULL;
    int r = open_store(config, &store, err);
    if (r < 0)
        return r;

    struct store_txn *txn = store_write(store);
    struct store_key key;
    TokenRow row;
    r = find_valid(txn, name, &key, &row);
    if (r != STORE_ABSENT) {
        store_abort(txn);
        return r == 0 ? error_set(err, -EEXIST, "%s has a token already; revoke it first", name)
            : error_set(err, r, "reading the store: %s", strerror(-r));
    }
    uint8_t hash[32];
    make_token(out, hash);
    row = (TokenRow) {.role = role, .created_at_ms = clock_wall_ms()};
    (void) text_copy(row.name, sizeof row.name, text_of(name));
    (void) snprintf(row.created_by, sizeof row.created_by, "local:%s", caller_name());
    store_put(txn, TABLE_TOKENS, key_token(hash), &row);
    put_audit(txn, "token.create", name, row.created_at_ms);
    return commit(txn, err);
}

int token_store_revoke(const struct aggregator_config *config, const char *name, struct error *err)
{
    CLEANUP(store_closep) struct store *store = NULL;
    int r = open_store(config, &store, err);
    if (r < 0)
        return r;

    struct store_txn *txn = store_write(store);
    struct store_key key;
    TokenRow row;
    r = find_valid(txn, name, &key, &row);
    if (r != 0) {
        store_abort(txn);
        return r == STORE_ABSENT ? error_set(err, -ENOENT, "no valid token is named %s", name)
            : error_set(err, r, "reading the store: %s", strerror(-r));
    }
    row.revoked_at_ms = clock_wall_ms();
    store_put(txn, TABLE_TOKENS, key, &row);
    put_audit(txn, "token.revoke", name, row.revoked_at_ms);
    return commit(txn, err);
}

static const char *time_words(int64_t at_ms, char words[static RFC3339_BYTES])
{
    return at_ms == 0 ? "" : clock_to_rfc3339(at_ms, words);
}

int token_store_list(const struct aggregator_config *config, FILE *out, struct error *err)
{
    CLEANUP(store_closep) struct store *store = NULL;
    int r = open_store(config, &store, err);
    if (r < 0)
        return r;
    struct store_txn *txn;
    r = store_read(store, &txn);
    if (r < 0)
        return error_set(err, r, "reading the store: %s", strerror(-r));

    struct store_cursor cursor;
    TokenRow row;
    store_walk(txn, TABLE_TOKENS, (struct store_range) {0}, &cursor);
    token_line_heading(out);
    while ((r = store_next(&cursor, NULL, &row)) == 0) {
        char created[RFC3339_BYTES], used[RFC3339_BYTES], revoked[RFC3339_BYTES];
        token_line_print(out, &(struct token_line) {row.name, token_role_name(row.role), time_words(row.created_at_ms, created),
                                                    time_words(row.last_used_ms, used), time_words(row.revoked_at_ms, revoked)});
    }
    store_walk_end(&cursor);
    store_end(txn);
    return r == STORE_ABSENT ? 0 : error_set(err, r, "reading the store: %s", strerror(-r));
}

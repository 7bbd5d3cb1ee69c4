/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "aggregator/cli/token_store.h"
#include "aggregator/store/store.h"
#include "common/mem.h"

struct place {
    char directory[64], database[96];
    struct aggregator_config config;
};

static void place_open(struct place *place)
{
    *place = (struct place) {.directory = "/tmp/tocsin-token-XXXXXX"};
    assert_non_null(mkdtemp(place->directory));
    (void) snprintf(place->database, sizeof place->database, "%s/tocsin.mdb", place->directory);
    place->config.store.database = place->database;
    place->config.store.map_bytes = 64 << 20;
}

static void place_close(struct place *place)
{
    char command[128];
    (void) snprintf(command, sizeof command, "rm -r %s", place->directory);
    assert_int_equal(system(command), 0);
}

static struct store *open_again(const struct place *place)
{
    struct store *store;
    struct error err = {0};
    const struct store_options options = {.path = place->database, .map_bytes = 64 << 20, .readers_max = 8};
    assert_int_equal(store_open(&options, &store, &err), 0);
    return store;
}

static size_t count_rows(const struct place *place, enum table table)
{
    struct store *store = open_again(place);
    struct store_txn *txn;
    assert_int_equal(store_read(store, &txn), 0);
    size_t n = store_rows(txn, table);
    store_end(txn);
    store_close(store);
    return n;
}

static void test_a_token_is_found_by_its_hash_alone(void **state)
{
    (void) state;
    struct place place;
    struct error err = {0};
    char token[TOKEN_BYTES];
    place_open(&place);
    assert_int_equal(token_store_create(&place.config, "grafana", Role_ROLE_VIEWER, token, &err), 0);
    assert_memory_equal(token, "toc_", 4);
    assert_int_equal(strlen(token), 4 + 43);

    uint8_t hash[32];
    (void) crypto_hash_sha256(hash, (const unsigned char *) token, strlen(token));
    struct store *store = open_again(&place);
    struct store_txn *txn;
    TokenRow row;
    assert_int_equal(store_read(store, &txn), 0);
    assert_int_equal(store_get(txn, TABLE_TOKENS, key_token(hash), &row), 0);
    store_end(txn);
    store_close(store);
    assert_string_equal(row.name, "grafana");
    assert_int_equal(row.role, Role_ROLE_VIEWER);
    assert_true(row.created_at_ms > 0 && row.revoked_at_ms == 0);
    assert_memory_equal(row.created_by, "local:", 6);
    assert_int_equal(count_rows(&place, TABLE_AUDIT), 1);
    place_close(&place);
}

static void test_a_name_has_one_valid_token(void **state)
{
    (void) state;
    struct place place;
    struct error err = {0};
    char first[TOKEN_BYTES], second[TOKEN_BYTES];
    place_open(&place);
    assert_int_equal(token_store_create(&place.config, "a", Role_ROLE_ADMIN, first, &err), 0);
    assert_int_equal(token_store_create(&place.config, "a", Role_ROLE_ADMIN, second, &err), -EEXIST);
    assert_non_null(strstr(err.text, "a has a token already"));
    assert_int_equal(token_store_revoke(&place.config, "a", &err), 0);
    assert_int_equal(token_store_revoke(&place.config, "a", &err), -ENOENT);
    assert_int_equal(token_store_create(&place.config, "a", Role_ROLE_ADMIN, second, &err), 0);
    assert_string_not_equal(first, second);
    assert_int_equal(count_rows(&place, TABLE_TOKENS), 2);
    assert_int_equal(count_rows(&place, TABLE_AUDIT), 3);
    place_close(&place);
}

static void test_the_list_names_no_secret(void **state)
{
    (void) state;
    struct place place;
    struct error err = {0};
    char token[TOKEN_BYTES], *text = NULL;
    size_t len;
    place_open(&place);
    assert_int_equal(token_store_create(&place.config, "ops", Role_ROLE_OPERATOR, token, &err), 0);
    FILE *out = open_memstream(&text, &len);
    assert_int_equal(token_store_list(&place.config, out, &err), 0);
    (void) fclose(out);
    assert_non_null(strstr(text, "NAME"));
    assert_non_null(strstr(text, "ops"));
    assert_non_null(strstr(text, "operator"));
    assert_null(strstr(text, token + 4));
    free(text);
    place_close(&place);
}

static void test_a_running_daemon_is_not_written_under(void **state)
{
    (void) state;
    struct place place;
    struct error err = {0};
    char token[TOKEN_BYTES];
    place_open(&place);
    struct store *daemon = open_again(&place);
    assert_int_equal(token_store_create(&place.config, "a", Role_ROLE_ADMIN, token, &err), -EBUSY);
    assert_true(err.text[0] != '\0');
    store_close(daemon);
    place_close(&place);
}

static void test_roles(void **state)
{
    static const struct { const char *word; bool good; Role role; } cases[] = {
        { "viewer", true, Role_ROLE_VIEWER }, { "operator", true, Role_ROLE_OPERATOR }, { "admin", true, Role_ROLE_ADMIN },
        { "Admin", false, Role_ROLE_UNSPECIFIED }, { "root", false, Role_ROLE_UNSPECIFIED }, { "", false, Role_ROLE_UNSPECIFIED },
        { "none", false, Role_ROLE_UNSPECIFIED },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        Role role = Role_ROLE_UNSPECIFIED;
        assert_int_equal(token_role_parse(cases[i].word, &role), cases[i].good);
        assert_int_equal(role, cases[i].role);
        if (cases[i].good)
            assert_string_equal(token_role_name(role), cases[i].word);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_token_is_found_by_its_hash_alone),
        cmocka_unit_test(test_a_name_has_one_valid_token),
        cmocka_unit_test(test_the_list_names_no_secret),
        cmocka_unit_test(test_a_running_daemon_is_not_written_under),
        cmocka_unit_test(test_roles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

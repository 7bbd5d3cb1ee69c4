/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "collector/shelf.h"
#include "common/mem.h"

static struct shelf_document document(const char *url, const char *body)
{
    struct shelf_document made = {.body = text_of(body), .content_type = (char *) "text/plain"};
    shelf_key(url, (struct text) {0}, made.key);
    return made;
}

static const struct shelf_document *find(const struct shelf *shelf, const char *url)
{
    uint8_t key[SHELF_KEY_BYTES];
    shelf_key(url, (struct text) {0}, key);
    return shelf_find(shelf, key);
}

static void test_requests_are_told_apart(void **state)
{
    static const struct { const char *url; const char *body; } requests[] = {
        { "https://a.example/x", "" },
        { "https://a.example/x", "grant=1" },
        { "https://a.example/x", "grant=2" },
        { "https://a.example/", "x" },
        { "https://a.example/xgrant=1", "" },
    };
    uint8_t keys[ARRAY_SIZE(requests)][SHELF_KEY_BYTES];
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(requests); i++) {
        shelf_key(requests[i].url, text_of(requests[i].body), keys[i]);
        for (size_t j = 0; j < i; j++)
            assert_memory_not_equal(keys[i], keys[j], SHELF_KEY_BYTES);
    }
}

static void test_what_is_put_is_found(void **state)
{
    (void) state;
    struct shelf shelf = {0};
    assert_null(find(&shelf, "one"));

    struct shelf_document one = document("one", "body");
    one.etag = (char *) "\"v1\"";
    one.last_modified = (char *) "";
    one.usable_until_ms = 7;
    shelf_put(&shelf, &one);
    const struct shelf_document *found = find(&shelf, "one");
    assert_true(text_is(found->body, "body"));
    assert_string_equal(found->etag, "\"v1\"");
    assert_null(found->last_modified);
    assert_string_equal(found->content_type, "text/plain");
    assert_int_equal(found->usable_until_ms, 7);

    struct shelf_document again = document("one", NULL);
    shelf_put(&shelf, &again);
    assert_int_equal(shelf.n, 1);
    assert_null(find(&shelf, "one")->body.at);

    shelf_put(&shelf, find(&shelf, "one"));   /* itself */
    assert_int_equal(shelf.n, 1);
    shelf_clear(&shelf);
    assert_null(shelf.documents);
}

static void test_no_more_than_a_round_has(void **state)
{
    (void) state;
    struct shelf shelf = {0};
    char name[8];
    for (int i = 0; i <= SHELF_DOCUMENTS_MAX; i++) {
        (void) snprintf(name, sizeof name, "d%d", i);
        struct shelf_document one = document(name, "x");
        one.secret = i % 2 == 0;
        shelf_put(&shelf, &one);
    }
    assert_int_equal(shelf.n, SHELF_DOCUMENTS_MAX);
    assert_null(find(&shelf, "d0"));
    assert_non_null(find(&shelf, "d1"));

    uint8_t keys[2][SHELF_KEY_BYTES];
    shelf_key("d3", (struct text) {0}, keys[0]);
    shelf_key("never put", (struct text) {0}, keys[1]);
    shelf_retain(&shelf, (const uint8_t (*)[SHELF_KEY_BYTES]) keys, 2);
    assert_int_equal(shelf.n, 1);
    assert_non_null(find(&shelf, "d3"));
    shelf_clear(&shelf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests_are_told_apart),
        cmocka_unit_test(test_what_is_put_is_found),
        cmocka_unit_test(test_no_more_than_a_round_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

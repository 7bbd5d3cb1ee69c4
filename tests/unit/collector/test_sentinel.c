/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "collector/sentinel.h"
#include "common/mem.h"
#include "common/registry.h"

#define KUMA "{\"publicGroupList\": [], \"incident\": null}"
#define OWN "{\"page\": {\"id\": \"p\", \"name\": \"x\"}, \"components\": []}"

static struct feed_entry entry = {.url = (char *) "https://status.example.com"};
static struct feed_component components[30];

static struct sentinel_sight sight_of(const struct feed_document *document, struct arena *arena)
{
    return (struct sentinel_sight) {.feed = feed_find("statuspage"), .service = "acme", .entry = &entry, .documents = document,
                                    .n_documents = 1, .status = 200, .now_ms = 1772366400000, .arena = arena};
}

static struct feed_result good(size_t n_components)
{
    return (struct feed_result) {.state = STATUS_OPERATIONAL, .components = components, .n_components = n_components,
                                 .valid_until_ms = INT64_MAX};
}

static struct feed_result bad(const char *reason)
{
    return (struct feed_result) {.reason = reason, .reason_text = "not that", .valid_until_ms = INT64_MAX};
}

static void test_a_page_that_shrinks(void **state)
{
    static const struct { const char *says; size_t before; size_t after; bool refused; } cases[] = {
        { "as many as before", 5, 5, false },
        { "some fewer", 20, 3, false },
        { "one of nine", 9, 1, false },
        { "none of one", 1, 0, true },
        { "none of many", 30, 0, true },
        { "a tenth", 20, 2, true },
        { "one of ten", 10, 1, true },
        { "there were none", 0, 0, false },
        { "more than none", 0, 5, false },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP(arena_done) struct arena arena = {0};
        struct feed_document document = {"summary.json", text_of(OWN), ""};
        struct sentinel_sight sight = sight_of(&document, &arena);
        struct sentinel sentinel = {0};
        struct feed_result first = good(cases[i].before);
        struct feed_result second = good(cases[i].after);
        sentinel_read(&sentinel, &sight, &first);
        assert_null(first.reason);
        sentinel_read(&sentinel, &sight, &second);
        if ((second.reason != NULL) != cases[i].refused)
            fail_msg("%s", cases[i].says);
        if (cases[i].refused) {
            assert_string_equal(second.reason, "shape");
            assert_int_equal(second.state, STATUS_UNKNOWN);
            struct feed_result third = good(cases[i].after);   /* it is not taken for the new normal */
            sentinel_read(&sentinel, &sight, &third);
            assert_non_null(third.reason);
            third = good(cases[i].before);
            sentinel_read(&sentinel, &sight, &third);
            assert_null(third.reason);
        }
    }
}

static void test_what_may_shrink(void **state)
{
    CLEANUP(arena_done) struct arena arena = {0};
    struct feed_document document = {"summary.json", text_of(OWN), ""};
    char *name = (char *) "API";
    struct feed_entry filtered = {.url = entry.url, .components = {&name, 1}};
    struct feed silent = *feed_find("statuspage");
    (void) state;

    for (int which = 0; which < 3; which++) {
        struct sentinel_sight sight = sight_of(&document, &arena);
        struct sentinel sentinel = {.n_components = 30};
        struct feed_result result = good(0);
        silent.lists_components = false;
        sight.entry = which == 0 ? &filtered : &entry;
        sight.feed = which == 1 ? &silent : sight.feed;
        result.no_state = which == 2;
        sentinel_read(&sentinel, &sight, &result);
        assert_null(result.reason);
    }
}

static void test_another_platform_is_named(void **state)
{
    static const struct { const char *says; const char *body; const char *named; } cases[] = {
        { "its own", OWN, NULL },
        { "nobody's", "{\"x\": 1}", NULL },
        { "another's", KUMA, "Uptime Kuma" },
        { "a web page of another's", "<html><script src=\"https://cdn.instatus.com/x.js\">", "Instatus" },
        { "a web page of nobody's", "<html><title>Hello</title>", NULL },
        { "nothing", "", NULL },
        { "broken UTF-16", "\xff\xfe" "a", NULL },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP(arena_done) struct arena arena = {0};
        struct feed_document document = {"summary.json", text_of(cases[i].body), ""};
        const char *named = sentinel_platform(feed_find("statuspage"), &document, &arena);
        if ((named == NULL) != (cases[i].named == NULL) || (named != NULL && strcmp(named, cases[i].named) != 0))
            fail_msg("%s: %s", cases[i].says, named == NULL ? "none" : named);
    }
}

static void test_a_large_document_is_not_read_again_for_its_platform(void **state)
{
    static const char kuma[] = KUMA;
    (void) state;

    for (size_t len = 512 * 1024; len <= 512 * 1024 + 1; len++) {
        CLEANUP(arena_done) struct arena arena = {0};
        CLEANUP(mem_freep) char *body = mem_new(len);
        memset(body, ' ', len);
        memcpy(body, kuma, sizeof kuma - 1);
        struct feed_document document = {"summary.json", {body, len}, ""};
        const char *named = sentinel_platform(feed_find("statuspage"), &document, &arena);
        assert_int_equal(named != NULL, len == 512 * 1024);
    }
}

static void test_the_sentence_of_a_reading(void **state)
{
    CLEANUP(arena_done) struct arena arena = {0};
    struct feed_document document = {"summary.json", text_of(KUMA), ""};
    struct sentinel_sight sight = sight_of(&document, &arena);
    struct sentinel sentinel = {0};
    (void) state;

    for (int i = 1; i <= SENTINEL_PATIENCE; i++) {
        struct feed_result result = bad("shape");
        sentinel_read(&sentinel, &sight, &result);
        assert_string_equal(result.reason_text, i < SENTINEL_PATIENCE
            ? "not that; it looks like a page of Uptime Kuma"
            : "not that; it looks like a page of Uptime Kuma; see tocsin-collector detect https://status.example.com");
    }
    struct feed_result result = good(1);   /* it is over */
    sentinel_read(&sentinel, &sight, &result);
    document.body = text_of("{}");
    result = bad("shape");
    sentinel_read(&sentinel, &sight, &result);
    assert_string_equal(result.reason_text, "not that");
}

static void test_which_failures_count(void **state)
{
    static const struct { const char *reason; bool counts; } cases[] = {
        { "http_404", true }, { "moved", true }, { "timeout", false }, { "http_5xx", false }, { "breaker", false },
        { "auth", false },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP(arena_done) struct arena arena = {0};
        struct feed_document none = {.name = "summary.json"};
        struct sentinel_sight sight = sight_of(&none, &arena);
        struct sentinel sentinel = {.failures = SENTINEL_PATIENCE - 1};
        const char *words = sentinel_fault(&sentinel, &sight, cases[i].reason, "gone");
        if ((strstr(words, "detect") != NULL) != cases[i].counts)
            fail_msg("%s: %s", cases[i].reason, words);
    }
}

static void test_a_filter_that_misses_is_no_drift(void **state)
{
    CLEANUP(arena_done) struct arena arena = {0};
    struct feed_document document = {"summary.json", text_of(OWN), ""};
    struct sentinel_sight sight = sight_of(&document, &arena);
    struct sentinel sentinel = {.failures = SENTINEL_PATIENCE};
    struct feed_result result = bad("filter_miss");
    (void) state;

    sentinel_read(&sentinel, &sight, &result);
    assert_string_equal(result.reason_text, "not that");
    assert_int_equal(sentinel.failures, 0);
}

static void test_a_secret_is_not_looked_at(void **state)
{
    CLEANUP(arena_done) struct arena arena = {0};
    struct feed_document document = {"token", text_of(KUMA), ""};
    bool secret = true;
    struct sentinel_sight sight = sight_of(&document, &arena);
    struct sentinel sentinel = {0};
    struct feed_result result = bad("shape");
    (void) state;

    sight.secret = &secret;
    sentinel_read(&sentinel, &sight, &result);
    assert_string_equal(result.reason_text, "not that");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_page_that_shrinks),
        cmocka_unit_test(test_what_may_shrink),
        cmocka_unit_test(test_another_platform_is_named),
        cmocka_unit_test(test_a_large_document_is_not_read_again_for_its_platform),
        cmocka_unit_test(test_the_sentence_of_a_reading),
        cmocka_unit_test(test_which_failures_count),
        cmocka_unit_test(test_a_filter_that_misses_is_no_drift),
        cmocka_unit_test(test_a_secret_is_not_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

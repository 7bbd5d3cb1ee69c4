/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/buffer.h"
#include "common/json.h"
#include "common/mem.h"

enum { BYTES_MAX = 4 << 20 };

static void test_what_is_refused(void **state)
{
    static const struct { const char *says; const char *in; const char *words; } cases[] = {
        { "nothing", "", "line 1" },
        { "a page", "<!DOCTYPE html>", "line 1, column 1" },
        { "cut short", "{\"a\": [1,", "line 1" },
        { "something behind", "{} {}", "column 4" },
        { "the same key twice", "{\"a\": 1, \"a\": 2}", "duplicate" },
        { "a lone number", "1", "line 1" },
        { "a number too large", "[1e400]", "line 1" },
        { "a lone surrogate", "[\"\\ud800\"]", "line 1" },
        { "invalid UTF-8", "[\"\xff\"]", "line 1" },
        { "a NUL inside", "[\"\\u0000\"]", "line 1" },
        { "a byte order mark", "\xef\xbb\xbf{}", "line 1" },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct error err = {0};
        if (json_read(text_of(cases[i].in), BYTES_MAX, &err) != NULL || err.code != -EBADMSG
            || strstr(err.text, cases[i].words) == NULL)
            fail_msg("%s: %s", cases[i].says, err.text);
    }
}

/* A document of so many opening brackets, each closed. */
static struct text nested(struct buffer *buffer, int depth)
{
    buffer_reset(buffer);
    for (int i = 0; i < depth; i++)
        assert_int_equal(buffer_put(buffer, "[", 1), 0);
    for (int i = 0; i < depth; i++)
        assert_int_equal(buffer_put(buffer, "]", 1), 0);
    return buffer_text(buffer);
}

/* An array of so many numbers. */
static struct text many(struct buffer *buffer, int n)
{
    buffer_reset(buffer);
    assert_int_equal(buffer_put(buffer, "[", 1), 0);
    for (int i = 0; i < n; i++)
        assert_int_equal(buffer_put(buffer, "1,", i + 1 < n ? 2 : 1), 0);
    assert_int_equal(buffer_put(buffer, "]", 1), 0);
    return buffer_text(buffer);
}

static void expect_read(struct text in, size_t bytes_max, int code)
{
    struct error err = {0};
    CLEANUP(json_freep) json_t *document = json_read(in, bytes_max, &err);

    assert_int_equal(err.code, code);
    assert_true((document != NULL) == (code == 0));
}

static void test_bounds(void **state)
{
    CLEANUP(buffer_done) struct buffer buffer;
    (void) state;

    buffer_init(&buffer, BYTES_MAX);
    expect_read(text_of("[1]"), 3, 0);
    expect_read(text_of("[1]"), 2, -EMSGSIZE);
    expect_read(nested(&buffer, JSON_DEPTH_MAX), BYTES_MAX, 0);
    expect_read(nested(&buffer, JSON_DEPTH_MAX + 1), BYTES_MAX, -EMSGSIZE);
    expect_read(nested(&buffer, 100000), BYTES_MAX, -EMSGSIZE);
    expect_read(many(&buffer, JSON_VALUES_MAX - 1), BYTES_MAX, 0);
    expect_read(many(&buffer, JSON_VALUES_MAX + 1), BYTES_MAX, -EMSGSIZE);
    expect_read(text_of("[\"[[[[\\\"[[[[\\\\\", \"]]]]]\"]"), BYTES_MAX, 0);
}

/* Brackets in texts are no depth, and a text ends at the quote that nothing escapes. Deeper than the limit outside of one is
 * refused as too deep; inside, what is wrong is the parser's to say. */
static void test_where_texts_end(void **state)
{
    static const struct { const char *says; const char *before; const char *after; bool inside; } cases[] = {
        { "a text", "[\"", "\"]", true },
        { "behind a text", "[\"a\", ", "]", false },
        { "behind an empty text", "[\"\", ", "]", false },
        { "an escaped quote ends none", "[\"\\\"", "\"]", true },
        { "an escaped backslash escapes none", "[\"\\\\\", ", "]", false },
        { "three of them do", "[\"\\\\\\\"", "\"]", true },
        { "a backslash outside escapes none", "[\\\"", "\"]", true },
        { "a text that never ends", "[\"", "", true },
        { "one that ends in a backslash", "[\"\\", "", true },
    };
    char deep[JSON_DEPTH_MAX + 2] = {0};
    (void) state;

    memset(deep, '[', JSON_DEPTH_MAX + 1);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char in[256];
        struct error err = {0};
        (void) snprintf(in, sizeof in, "%s%s%s", cases[i].before, deep, cases[i].after);
        CLEANUP(json_freep) json_t *document = json_read(text_of(in), BYTES_MAX, &err);
        if ((err.code == -EMSGSIZE) == cases[i].inside || (document == NULL) != (err.code != 0))
            fail_msg("%s: %s", cases[i].says, err.text);
    }
}

static void test_looking_into_one(void **state)
{
    static const char in[] = "{\"text\": \"a\\u0026b\", \"null\": null, \"yes\": true, \"no\": false, \"word\": \"true\","
                             " \"list\": [1, 2], \"object\": {\"x\": 5}, \"big\": 9223372036854775807, \"real\": 1.0}";
    CLEANUP(json_freep) json_t *document = json_read(text_of(in), BYTES_MAX, NULL);
    int64_t number = 77;
    (void) state;

    assert_true(text_is(json_text(document, "text"), "a&b"));
    assert_int_equal(json_text(document, "null").len, 0);
    assert_int_equal(json_text(document, "yes").len, 0);
    assert_int_equal(json_text(document, "absent").len, 0);
    assert_int_equal(json_text(NULL, "text").len, 0);
    assert_int_equal(json_text(json_member(document, "list"), "text").len, 0);
    assert_null(json_member(document, "null"));
    assert_true(json_flag(document, "yes"));
    assert_false(json_flag(document, "no"));
    assert_false(json_flag(document, "word"));
    assert_int_equal(json_array_size(json_list(document, "list")), 2);
    assert_null(json_list(document, "object"));
    assert_true(json_whole(document, "big", 0, INT64_MAX, &number));
    assert_int_equal(number, INT64_MAX);
    assert_false(json_whole(document, "big", 0, INT64_MAX - 1, &number));
    assert_false(json_whole(document, "real", 0, 10, &number));
    assert_true(json_whole(json_member(document, "object"), "x", 5, 5, &number));
    assert_int_equal(number, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_where_texts_end),
        cmocka_unit_test(test_looking_into_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

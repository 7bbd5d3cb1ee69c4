/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/mem.h"
#include "common/text.h"

static void test_numbers_are_strict(void **state)
{
    static const struct { const char *says; const char *in; bool good; int64_t value; } cases[] = {
        { "zero", "0", true, 0 },
        { "a number", "600", true, 600 },
        { "negative", "-1", true, -1 },
        { "largest", "9223372036854775807", true, INT64_MAX },
        { "smallest", "-9223372036854775808", true, INT64_MIN },
        { "one too large", "9223372036854775808", false, 0 },
        { "octal looks", "010", false, 0 },
        { "unit behind", "10s", false, 0 },
        { "blank in front", " 1", false, 0 },
        { "nothing", "", false, 0 },
        { "only a sign", "-", false, 0 },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int64_t value = 77;
        bool good = text_to_int64(text_of(cases[i].in), INT64_MIN, INT64_MAX, &value);
        if (good != cases[i].good || value != (good ? cases[i].value : 77))
            fail_msg("%s", cases[i].says);
    }
}

static void test_copy_cuts_at_characters(void **state)
{
    static const struct { const char *says; const char *in; size_t cap; const char *out; bool whole; } cases[] = {
        { "fits exactly", "abc", 4, "abc", true },
        { "one too long", "abcd", 4, "abc", false },
        { "never half a character", "a\xc3\xa4", 3, "a", false },
        { "room for the character", "a\xc3\xa4", 4, "a\xc3\xa4", true },
        { "invalid byte is replaced", "a\xff" "b", 10, "a\xef\xbf\xbd" "b", true },
        { "surrogate is replaced", "\xed\xa0\x80", 16, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", true },
        { "newline becomes a blank", "a\nb", 10, "a b", true },
        { "no room at all", "a", 1, "", false },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char out[32];
        bool whole = text_copy(out, cases[i].cap, text_of(cases[i].in));
        if (whole != cases[i].whole)
            fail_msg("%s", cases[i].says);
        assert_string_equal(out, cases[i].out);
    }
}

static void test_ids(void **state)
{
    (void) state;
    assert_true(text_is_id(text_of("github"), 64));
    assert_true(text_is_id(text_of("a.b_c-9"), 64));
    assert_false(text_is_id(text_of("-a"), 64));
    assert_false(text_is_id(text_of("A"), 64));
    assert_false(text_is_id(text_of("a:b"), 64));
    assert_false(text_is_id(text_of(""), 64));
    assert_false(text_is_id(text_of("abc"), 2));
}

static void test_taking_apart(void **state)
{
    (void) state;
    struct text in = text_of("  one two");
    struct text part;
    assert_true(text_take_word(&in, 10, &part));
    assert_true(text_is(part, "one"));
    assert_false(text_take_word(&in, 2, &part));
    assert_true(text_take_word(&in, 3, &part));
    assert_true(text_is(part, "two"));
    assert_false(text_take_word(&in, 3, &part));

    in = text_of("a,,b");
    assert_true(text_take_until(&in, ',', &part));
    assert_true(text_is(part, "a"));
    assert_true(text_take_until(&in, ',', &part));
    assert_int_equal(part.len, 0);
    assert_true(text_take_until(&in, ',', &part));
    assert_true(text_is(part, "b"));
    assert_false(text_take_until(&in, ',', &part));
}

static void test_distance_and_hex(void **state)
{
    (void) state;
    assert_int_equal(text_distance("confirm_polls", "confirm_pols"), 1);
    assert_int_equal(text_distance("", "abc"), 3);
    assert_int_equal(text_distance("same", "same"), 0);

    uint8_t bytes[2] = {0xa5, 0x0f};
    char hex[5];
    text_to_hex(bytes, 2, hex);
    assert_string_equal(hex, "a50f");
    uint8_t back[2];
    assert_true(text_from_hex(text_of("A50f"), back, 2));
    assert_memory_equal(back, bytes, 2);
    assert_false(text_from_hex(text_of("a50g"), back, 2));
    assert_false(text_from_hex(text_of("a50"), back, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_are_strict),
        cmocka_unit_test(test_copy_cuts_at_characters),
        cmocka_unit_test(test_ids),
        cmocka_unit_test(test_taking_apart),
        cmocka_unit_test(test_distance_and_hex),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

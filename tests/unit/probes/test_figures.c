/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "collector/probes/figures.h"
#include "collector/probes/names.h"
#include "common/mem.h"

static void test_sentences(void **state)
{
    (void) state;
    char out[FIGURE_TEXT_BYTES];
    assert_string_equal(figure_percent(out, (struct share) {9001, 10000}), "90.1 %");   /* never reads as the limit it passed */
    assert_string_equal(figure_percent(out, (struct share) {9000, 10000}), "90.0 %");
    assert_string_equal(figure_percent(out, (struct share) {0, 0}), "0.0 %");
    assert_string_equal(figure_percent(out, (struct share) {UINT64_MAX, UINT64_MAX}), "100.0 %");
    assert_string_equal(figure_permille(out, 900), "90 %");
    assert_string_equal(figure_permille(out, 925), "92.5 %");
    assert_string_equal(figure_span(out, 999), "999 ms");
    assert_string_equal(figure_span(out, 90000), "90 s");
    assert_string_equal(figure_span(out, 300000), "5 min");
    assert_string_equal(figure_span(out, 7200000), "2 h");
    assert_string_equal(figure_bytes(out, 0), "0 B");
    assert_string_equal(figure_bytes(out, 1023), "1023 B");
    assert_string_equal(figure_bytes(out, 1024), "1.0 KiB");
    assert_string_equal(figure_bytes(out, (uint64_t) 20 << 30), "20.0 GiB");
    assert_string_equal(figure_bytes(out, UINT64_MAX), "15.9 EiB");
}

static void test_numbers(void **state)
{
    (void) state;
    uint64_t value = 7;
    assert_true(figure_parse(text_of("0"), &value) && value == 0);
    assert_true(figure_parse(text_of("9223372036854775807"), &value) && value == INT64_MAX);
    assert_true(figure_parse(text_of("18446744073709551616"), &value) && value == INT64_MAX);
    value = 7;
    assert_false(figure_parse(text_of(""), &value));
    assert_false(figure_parse(text_of("-1"), &value));
    assert_false(figure_parse(text_of("1k"), &value));
    assert_int_equal(value, 7);
}

static void test_ids(void **state)
{
    static const struct { const char *says; const char *instance; bool distinct; const char *id; } cases[] = {
        { "the root", "/", false, "disk.root" },
        { "a path", "/var/lib", false, "disk.var-lib" },
        { "what an id may not hold", "/Mnt/a b", false, "disk.mnt-a_b" },
        { "forty bytes", "/67890123456789012345678901234567890", false,
          "disk.67890123456789012345678901234567890" },
        { "one of two", "/a-b", true, "disk.a-b-b38a6786" },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char id[CHECK_BYTES_MAX + 1];
        check_id(id, "disk", cases[i].instance, cases[i].distinct);
        if (strlen(id) > CHECK_BYTES_MAX || !text_is_id(text_of(id), CHECK_BYTES_MAX))
            fail_msg("%s: \"%s\" is no id", cases[i].says, id);
        assert_string_equal(id, cases[i].id);
    }
    char a[CHECK_BYTES_MAX + 1];
    char b[CHECK_BYTES_MAX + 1];
    check_id(a, "disk", "/srv/a-very-long-mount-point-that-does-not-fit", false);
    check_id(b, "disk", "/srv/a-very-long-mount-point-that-does-not-fit-either", false);
    assert_int_equal(strlen(a), CHECK_BYTES_MAX);
    assert_memory_equal(a, "disk.srv-a-very-long-mount-poin-", 32);
    assert_string_not_equal(a, b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sentences),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_ids),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

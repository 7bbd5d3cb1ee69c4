/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "collector/feeds/feed.h"
#include "collector/feeds/names.h"

static void test_names_are_found(void **state)
{
    static const struct { const char *says; const char *name; size_t position; } cases[] = {
        { "as it was put", "Cloud Storage", 1 },
        { "case and blanks aside", " cloud STORAGE\n", 1 },
        { "the first of two", "Login", 2 },
        { "a part is none", "Cloud", NAMES_NONE },
        { "more is none", "Cloud Storage 2", NAMES_NONE },
        { "nothing", "", NAMES_NONE },
        { "blanks", " \t", NAMES_NONE },
    };
    CLEANUP(arena_done) struct arena arena = {0};
    CLEANUP(names_done) struct names names = {.arena = &arena};
    (void) state;

    assert_int_equal(names_find(&names, text_of("Login")), NAMES_NONE);
    names_put(&names, text_of("Cloud storage"), 1);
    names_put(&names, text_of("Login"), 2);
    names_put(&names, text_of("LOGIN "), 3);
    names_put(&names, text_of(""), 4);
    names_put(&names, text_of(NULL), 5);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        if (names_find(&names, text_of(cases[i].name)) != cases[i].position)
            fail_msg("%s", cases[i].says);
    }
}

static void test_long_names_by_their_beginning(void **state)
{
    char name[FEED_NAME_BYTES_MAX + 3];
    CLEANUP(arena_done) struct arena arena = {0};
    CLEANUP(names_done) struct names names = {.arena = &arena};
    (void) state;

    memset(name, 'x', sizeof name);
    names_put(&names, (struct text) {name, FEED_NAME_BYTES_MAX + 1}, 7);
    assert_int_equal(names_find(&names, (struct text) {name, FEED_NAME_BYTES_MAX + 2}), 7);
    assert_int_equal(names_find(&names, (struct text) {name, FEED_NAME_BYTES_MAX}), 7);
    assert_int_equal(names_find(&names, (struct text) {name, FEED_NAME_BYTES_MAX - 1}), NAMES_NONE);
}

static void test_many_names(void **state)
{
    CLEANUP(arena_done) struct arena arena = {0};
    CLEANUP(names_done) struct names names = {.arena = &arena};
    char name[16];
    (void) state;

    for (size_t i = 0; i < 20000; i++) {
        (void) snprintf(name, sizeof name, "name %zu", i);
        names_put(&names, text_of(name), i);
    }
    for (size_t i = 0; i < 20000; i++) {
        (void) snprintf(name, sizeof name, "NAME %zu", i);
        assert_int_equal(names_find(&names, text_of(name)), i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_are_found),
        cmocka_unit_test(test_long_names_by_their_beginning),
        cmocka_unit_test(test_many_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

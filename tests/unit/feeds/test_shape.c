/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "collector/feeds/shape.h"
#include "common/mem.h"

static const struct {
    const char *says;
    const char *document;
    struct shape_row row;
    const char *words;                 /* NULL: it fits */
} cases[] = {
    { "an object it is", "{}", {"", SHAPE_OBJECT, SHAPE_NEEDED}, NULL },
    { "a list it is not", "{}", {"", SHAPE_LIST, SHAPE_NEEDED}, "the document is an object, expected a list" },
    { "a list has no members", "[]", {"a", SHAPE_LIST, SHAPE_ABSENT}, "the document is a list, expected an object" },
    { "an object no elements", "{}", {"[].a", SHAPE_TEXT, SHAPE_ABSENT}, "the document is an object, expected a list" },
    { "a member", "{\"a\": \"x\"}", {"a", SHAPE_TEXT, SHAPE_NEEDED}, NULL },
    { "of another type", "{\"a\": 1}", {"a", SHAPE_TEXT, SHAPE_NEEDED}, "a is a number, expected a text" },
    { "that is missing", "{}", {"a", SHAPE_TEXT, SHAPE_NEEDED}, "a is missing, expected a text" },
    { "that is null", "{\"a\": null}", {"a", SHAPE_TEXT, SHAPE_NEEDED}, "a is null, expected a text" },
    { "null will do", "{\"a\": null}", {"a", SHAPE_TEXT, SHAPE_NULL}, NULL },
    { "but not absence", "{}", {"a", SHAPE_TEXT, SHAPE_NULL}, "a is missing, expected a text" },
    { "absence will do", "{}", {"a", SHAPE_LIST, SHAPE_ABSENT}, NULL },
    { "then null will, too", "{\"a\": null}", {"a", SHAPE_LIST, SHAPE_ABSENT}, NULL },
    { "but not another type", "{\"a\": {}}", {"a", SHAPE_LIST, SHAPE_ABSENT}, "a is an object, expected a list" },
    { "left out is not null", "{\"a\": null}", {"a", SHAPE_LIST, SHAPE_OMITTED}, "a is null, expected a list" },
    { "left out it may be", "{}", {"a", SHAPE_LIST, SHAPE_OMITTED}, NULL },
    { "a whole number", "{\"a\": 1}", {"a", SHAPE_NUMBER, SHAPE_NEEDED}, NULL },
    { "and one with a point", "{\"a\": 1.5}", {"a", SHAPE_NUMBER, SHAPE_NEEDED}, NULL },
    { "true", "{\"a\": true}", {"a", SHAPE_FLAG, SHAPE_NEEDED}, NULL },
    { "and false", "{\"a\": false}", {"a", SHAPE_FLAG, SHAPE_NEEDED}, NULL },
    { "the words are none", "{\"a\": \"true\"}", {"a", SHAPE_FLAG, SHAPE_NEEDED}, "a is a text, expected true or false" },
    { "an id in letters", "{\"a\": \"x1\"}", {"a", SHAPE_ID, SHAPE_NEEDED}, NULL },
    { "and one in digits", "{\"a\": 1}", {"a", SHAPE_ID, SHAPE_NEEDED}, NULL },
    { "but not with a point", "{\"a\": 1.5}", {"a", SHAPE_ID, SHAPE_NEEDED},
      "a is a number, expected a text or a whole number" },
    { "each element of a list", "{\"a\": [{\"b\": 1}, {\"b\": \"x\"}]}", {"a[].b", SHAPE_NUMBER, SHAPE_NEEDED},
      "a[1].b is a text, expected a number" },
    { "an element itself", "[{}, 3]", {"[]", SHAPE_OBJECT, SHAPE_NEEDED}, "[1] is a number, expected an object" },
    { "its member", "[{\"a\": {\"b\": []}}, {\"a\": {}}]", {"[].a.b", SHAPE_LIST, SHAPE_NEEDED},
      "[1].a.b is missing, expected a list" },
    { "lists in lists", "{\"a\": [{\"b\": [{\"c\": 1}, {}]}]}", {"a[].b[].c", SHAPE_NUMBER, SHAPE_NEEDED},
      "a[0].b[1].c is missing, expected a number" },
    { "an empty list has no elements to be wrong", "{\"a\": []}", {"a[].b", SHAPE_TEXT, SHAPE_NEEDED}, NULL },
    { "what is on the way has its own row", "{\"a\": 3}", {"a[].b", SHAPE_TEXT, SHAPE_NEEDED}, NULL },
    { "a name that begins another", "{\"ab\": 1}", {"a", SHAPE_NUMBER, SHAPE_NEEDED}, "a is missing, expected a number" },
};

static void test_one_row(void **state)
{
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct error err = {0};
        CLEANUP(json_freep) json_t *document = json_read(text_of(cases[i].document), 4096, &err);
        const struct shape_row rows[] = {cases[i].row, {0}};
        int r = shape_check(document, rows, &err);
        if ((r < 0) != (cases[i].words != NULL) || strcmp(err.text, cases[i].words == NULL ? "" : cases[i].words) != 0)
            fail_msg("%s: %d: %s", cases[i].says, r, err.text);
    }
}

static void test_rows_are_tried_in_turn(void **state)
{
    static const struct shape_row rows[] = {
        { "a", SHAPE_TEXT, SHAPE_NEEDED }, { "b", SHAPE_TEXT, SHAPE_NEEDED }, { "c", SHAPE_TEXT, SHAPE_NEEDED }, {0},
    };
    struct error err = {0};
    CLEANUP(json_freep) json_t *document = json_read(text_of("{\"a\": \"x\"}"), 4096, &err);
    (void) state;

    assert_true(shape_check(document, rows, &err) < 0);
    assert_string_equal(err.text, "b is missing, expected a text");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_row),
        cmocka_unit_test(test_rows_are_tried_in_turn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "collector/feeds/filter.h"

enum { ROWS = 6, MANY = 5000 };

/* A group of two, a second thing of the same name, and a row whose name is another's id. */
static const struct filter_row page[ROWS] = {
    { "g", "Regions", FILTER_NO_GROUP, false },
    { "w1", "West US", 0, false },
    { "w2", "West US 2", 0, false },
    { "l1", "Login", FILTER_NO_GROUP, false },
    { "l2", " login ", FILTER_NO_GROUP, false },
    { NULL, "l1", FILTER_NO_GROUP, false },
};

static void test_entries_select_rows(void **state)
{
    static const struct { const char *says; const char *entry; const char *selected; bool missed; } cases[] = {
        { "an id", "w1", "-x----", false },
        { "an id before a name", "l1", "---x--", false },
        { "ids are exact", "L1", "-----x", false },
        { "a name", "West US", "-x----", false },
        { "a name, blanks and case aside", " west us 2", "--x---", false },
        { "all of that name", "LOGIN", "---xx-", false },
        { "a group and its members", "regions", "xxx---", false },
        { "a part of a name", "West", "------", true },
        { "more than a name", "West US 20", "------", true },
        { "nothing", "", "------", true },
        { "blanks", " ", "------", true },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct filter_row rows[ROWS];
        char *entry = (char *) cases[i].entry;
        memcpy(rows, page, sizeof page);
        const char *missed = filter_select(&(struct string_list) {&entry, 1}, rows, ROWS);
        if ((missed != NULL) != cases[i].missed)
            fail_msg("%s", cases[i].says);
        for (size_t row = 0; row < ROWS; row++) {
            if (rows[row].selected != (cases[i].selected[row] == 'x'))
                fail_msg("%s: row %zu", cases[i].says, row);
        }
    }
}

static void test_the_first_missed_entry_is_named(void **state)
{
    struct filter_row rows[ROWS];
    char *entries[] = {(char *) "Login", (char *) "Logout", (char *) "Nothing"};
    (void) state;

    memcpy(rows, page, sizeof page);
    assert_string_equal(filter_select(&(struct string_list) {entries, 3}, rows, ROWS), "Logout");
    assert_null(filter_select(&(struct string_list) {NULL, 0}, rows, ROWS));
}

static void test_nearest_name(void **state)
{
    static const struct { const char *says; const char *entry; const char *nearest; } cases[] = {
        { "a letter wrong", "Logim", "Login" },
        { "a letter missing", "Region", "Regions" },
        { "too short to guess", "API", NULL },
        { "too far", "Everything else", NULL },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *nearest = filter_nearest(cases[i].entry, page, ROWS);
        if ((nearest == NULL) != (cases[i].nearest == NULL) || (nearest != NULL && strcmp(nearest, cases[i].nearest) != 0))
            fail_msg("%s: %s", cases[i].says, nearest == NULL ? "none" : nearest);
    }
}

static void test_rows_are_found_by_id(void **state)
{
    static struct filter_row rows[MANY];
    static char ids[MANY][8];
    CLEANUP(arena_done) struct arena arena = {0};
    struct filter_index index;
    (void) state;

    for (size_t i = 0; i < MANY; i++) {
        (void) snprintf(ids[i], sizeof ids[i], "%zu", i * 7 % (MANY - 1));   /* the last repeats the first */
        rows[i] = (struct filter_row) {.id = i == 17 ? NULL : ids[i], .name = "x", .group = FILTER_NO_GROUP};
    }
    filter_index(&index, rows, MANY, &arena);
    for (size_t i = 0; i < MANY - 1; i++)
        assert_int_equal(filter_find(&index, text_of(ids[i])), i == 17 ? FILTER_NO_GROUP : i);
    assert_int_equal(filter_find(&index, text_of(ids[MANY - 1])), 0);   /* the first of two */
    assert_int_equal(filter_find(&index, text_of("")), FILTER_NO_GROUP);
    assert_int_equal(filter_find(&index, text_of("5000")), FILTER_NO_GROUP);
    assert_int_equal(filter_find(&index, text_of("49981")), FILTER_NO_GROUP);
    assert_int_equal(filter_find(&index, (struct text) {"12\0x", 4}), FILTER_NO_GROUP);

    filter_index(&index, rows, 0, &arena);
    assert_int_equal(filter_find(&index, text_of("1")), FILTER_NO_GROUP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_entries_select_rows),
        cmocka_unit_test(test_the_first_missed_entry_is_named),
        cmocka_unit_test(test_nearest_name),
        cmocka_unit_test(test_rows_are_found_by_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

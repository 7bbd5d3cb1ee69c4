/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "collector/feeds/rows.h"
#include "common/registry.h"

enum { ROWS = 7 };

/* A tree of two levels, a group without members, a leaf beside it; and two groups that are in one another. */
static const struct { const char *id; const char *name; enum row_kind kind; size_t group; enum status state; } page[ROWS] = {
    { "w", "World", ROW_GROUP, FILTER_NO_GROUP, STATUS_OPERATIONAL },
    { "e", "Europe", ROW_GROUP, 0, STATUS_OPERATIONAL },
    { "n", "North", ROW_LEAF, 1, STATUS_MAJOR_OUTAGE },
    { "u", "US", ROW_LEAF, 0, STATUS_UNKNOWN },
    { "x", "Empty", ROW_GROUP, FILTER_NO_GROUP, STATUS_DEGRADED },
    { "7", "Mail", ROW_LEAF, FILTER_NO_GROUP, STATUS_OPERATIONAL },
    { NULL, "Nameless", ROW_LEAF, FILTER_NO_GROUP, STATUS_OPERATIONAL },
};

static void make(struct rows *rows, struct arena *arena)
{
    rows_init(rows, ROWS + 1, arena);
    for (size_t i = 0; i < ROWS; i++) {
        struct feed_component component = {.id = page[i].id, .name = page[i].name, .state = page[i].state,
                                           .maintenance = i == 5};
        size_t row = rows_add(rows, &component, page[i].kind);
        rows->filter[row].group = page[i].group;
    }
}

static void test_the_worst_of_what_is_watched(void **state)
{
    static const struct { const char *says; const char *entry; enum status state; bool maintenance; size_t n; } cases[] = {
        { "no filter: the worst leaf", NULL, STATUS_MAJOR_OUTAGE, true, ROWS },
        { "a group is its members, and theirs", "World", STATUS_MAJOR_OUTAGE, false, 4 },
        { "a group in a group", "europe", STATUS_MAJOR_OUTAGE, false, 2 },
        { "a member that is unknown", "u", STATUS_UNKNOWN, false, 1 },
        { "a group without members speaks for itself", "Empty", STATUS_DEGRADED, false, 1 },
        { "a leaf", "Mail", STATUS_OPERATIONAL, true, 1 },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP(arena_done) struct arena arena = {0};
        struct rows rows;
        struct feed_result out = {0};
        char *entry = (char *) cases[i].entry;
        struct string_list entries = {&entry, entry != NULL};
        make(&rows, &arena);
        assert_true(rows_select(&rows, &entries, "thing", &out));
        rows_list(&rows, &out);
        if (rows_state(&rows) != cases[i].state || rows_maintenance(&rows) != cases[i].maintenance
            || out.n_components != cases[i].n)
            fail_msg("%s", cases[i].says);
    }
}

/* No page means that, and nobody can say what is at the top of it: unknown. */
static void test_groups_in_a_circle_end(void **state)
{
    CLEANUP(arena_done) struct arena arena = {0};
    struct rows rows;
    struct feed_result out = {0};
    char *entry = (char *) "World";
    (void) state;

    make(&rows, &arena);
    rows.filter[0].group = 1;
    assert_true(rows_select(&rows, &(struct string_list) {&entry, 1}, "thing", &out));
    assert_int_equal(rows_state(&rows), STATUS_UNKNOWN);
}

static void test_an_entry_that_means_nothing(void **state)
{
    CLEANUP(arena_done) struct arena arena = {0};
    struct rows rows;
    struct feed_result out = {0};
    char *entry = (char *) "Europa";
    struct string_list entries = {&entry, 1};
    (void) state;

    make(&rows, &arena);
    assert_false(rows_select(&rows, &entries, "thing", &out));
    assert_string_equal(out.reason, "filter_miss");
    assert_string_equal(out.reason_text, "no thing \"Europa\" on the page; did you mean \"Europe\"?");

    out = (struct feed_result) {0};
    rows_select_named(&rows, &entries);   /* a history need not have it */
    assert_null(out.reason);
    assert_true(rows.filtered);
}

static void test_what_items_touch(void **state)
{
    static const struct { const char *says; const char *list; bool watched; bool unfiltered; } cases[] = {
        { "an id", "[\"u\"]", true, true },
        { "an id of another", "[\"n\"]", false, true },
        { "a number is an id too", "[7]", true, true },
        { "objects", "[{\"key\": \"n\"}, {\"key\": \"u\", \"name\": \"x\"}]", true, true },
        { "its row counts, not the name beside it", "[{\"key\": \"n\", \"name\": \"Mail\"}]", false, true },
        { "an id the page does not list: the name", "[{\"key\": \"gone\", \"name\": \" mail\"}]", true, true },
        { "nothing", "[]", false, true },
        { "what is neither", "[null, true, 1.5, []]", false, true },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP(arena_done) struct arena arena = {0};
        CLEANUP(json_freep) json_t *list = json_read(text_of(cases[i].list), 1000, NULL);
        struct rows rows;
        struct feed_result out = {0};
        char *entries[] = {(char *) "u", (char *) "Mail"};
        make(&rows, &arena);
        assert_true(rows_select(&rows, &(struct string_list) {NULL, 0}, "thing", &out));
        assert_int_equal(rows_touched(&rows, list, "key"), cases[i].unfiltered);
        assert_true(rows_select(&rows, &(struct string_list) {entries, 2}, "thing", &out));
        if (rows_touched(&rows, list, "key") != cases[i].watched)
            fail_msg("%s", cases[i].says);
    }
}

static void test_groups_that_only_members_name(void **state)
{
    CLEANUP(arena_done) struct arena arena = {0};
    struct rows rows;
    struct feed_component leaf = {.id = "a", .name = "A", .state = STATUS_DEGRADED};
    (void) state;

    rows_init(&rows, 5, &arena);
    size_t row = rows_add(&rows, &leaf, ROW_LEAF);
    rows.filter[row].group = rows_group(&rows, "g", "Group");
    assert_int_equal(rows_group(&rows, "g", "Renamed"), 1);
    assert_int_equal(rows_group(&rows, NULL, "Group"), 2);   /* of that name without an id: another */
    assert_int_equal(rows_group(&rows, NULL, "Group"), 2);
    assert_int_equal(rows_group(&rows, "a", "A"), 3);        /* a leaf is no group */
    rows_sum_up(&rows);
    assert_int_equal(rows.components[1].state, STATUS_DEGRADED);
    assert_int_equal(rows.components[2].state, STATUS_UNKNOWN);
}

static void test_rows_found_while_they_come(void **state)
{
    CLEANUP(arena_done) struct arena arena = {0};
    struct rows rows;
    struct feed_component late = {.id = "late", .name = "Late"};
    (void) state;

    make(&rows, &arena);
    assert_int_equal(rows_find(&rows, text_of("late")), FILTER_NO_GROUP);
    assert_int_equal(rows_add(&rows, &late, ROW_LEAF), ROWS);
    assert_int_equal(rows_find(&rows, text_of("late")), ROWS);
    assert_int_equal(rows_find(&rows, text_of("")), FILTER_NO_GROUP);
}

static void test_trees_are_counted(void **state)
{
    static const struct { const char *json; size_t n; } cases[] = {
        { "[]", 0 },
        { "[{}, {\"children\": [{}, {\"children\": [{}]}]}]", 5 },
        { "[1, \"x\", null, {\"children\": [\"a\", {}]}]", 2 },
        { "[{\"children\": {\"a\": {}}}]", 1 },
    };
    (void) state;

    assert_int_equal(rows_count_tree(NULL, "children"), 0);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP(json_freep) json_t *json = json_read(text_of(cases[i].json), 1000, NULL);
        assert_int_equal(rows_count_tree(json, "children"), cases[i].n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_worst_of_what_is_watched),
        cmocka_unit_test(test_groups_in_a_circle_end),
        cmocka_unit_test(test_an_entry_that_means_nothing),
        cmocka_unit_test(test_what_items_touch),
        cmocka_unit_test(test_groups_that_only_members_name),
        cmocka_unit_test(test_rows_found_while_they_come),
        cmocka_unit_test(test_trees_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

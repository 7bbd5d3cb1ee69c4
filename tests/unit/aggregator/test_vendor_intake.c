/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "aggregator/vendor_items.h"
#include "common/clock.h"
#include "common/mem.h"
#include "common/metrics.h"
#include "common/vendor_change.h"
#include "rig.h"

static struct rig rig;
static uint64_t sequence;
static VendorItemRow row;
static VendorVersionRow version;
static WindowState window;

static bool is_acked(struct rig *r)
{
    return r->acked >= sequence;
}

static int setup(void **state)
{
    (void) state;
    rig_init(&rig);
    rig_connect(&rig, 1);
    rig_hello(&rig);
    rig_until(&rig, rig_is_welcomed, "the Welcome");
    sequence = 0;
    return 0;
}

static int teardown(void **state)
{
    (void) state;
    rig_done(&rig);
    return 0;
}

static void say(const Item *items, size_t n)
{
    rig_send(&rig, sequence + 1, items, n);
    sequence += n;
    rig_until(&rig, is_acked, "the Ack");
}

static Item item_of(VendorItemKind kind, const char *id)
{
    Item item = {.at_boot_ms = clock_boot_ms(), .which_body = Item_vendor_item_tag};
    VendorItem *said = &item.body.vendor_item;
    *said = (VendorItem) {.service = "acme", .kind = kind, .title = "New disks", .state = "scheduled", .impact = "minor",
                          .text = "Disks go.", .link = "https://acme.example/1"};
    (void) snprintf(said->id, sizeof said->id, "%s", id);
    return item;
}

static Item list_of(VendorItemKind kind, const char *id)
{
    Item item = {.at_boot_ms = clock_boot_ms(), .which_body = Item_vendor_list_tag};
    item.body.vendor_list = (VendorList) {.service = "acme", .kind = kind, .ids_count = id != NULL};
    if (id != NULL)
        (void) snprintf(item.body.vendor_list.ids[0], sizeof item.body.vendor_list.ids[0], "%s", id);
    return item;
}

static int look(enum table table, struct store_key key, void *out)
{
    struct store_txn *txn;
    assert_int_equal(store_read(rig.temporary.store, &txn), 0);
    int r = store_get(txn, table, key, out);
    store_end(txn);
    return r;
}

static size_t count(enum table table)
{
    struct store_txn *txn;
    assert_int_equal(store_read(rig.temporary.store, &txn), 0);
    size_t n = store_rows(txn, table);
    store_end(txn);
    return n;
}

static void get_version(VendorItemKind kind, const char *key, uint32_t number)
{
    assert_int_equal(look(TABLE_VENDOR_VERSIONS, key_vendor_version("acme", kind, key, number), &version), 0);
    assert_int_equal(version.version, number);
}

static void test_versions_are_kept_and_survive(void **state)
{
    (void) state;
    Item first = item_of(VENDOR_ITEM_INCIDENT, "i1");
    Item second = first;
    (void) snprintf(second.body.vendor_item.impact, sizeof second.body.vendor_item.impact, "none");
    Item said[] = {first, list_of(VENDOR_ITEM_INCIDENT, "i1"), first, second};
    say(said, 4);
    assert_int_equal(look(TABLE_VENDOR_ITEMS, key_vendor_item("acme", VENDOR_ITEM_INCIDENT, "i1"), &row), 0);
    assert_int_equal(row.versions, 2);
    assert_string_equal(row.author, "web01");
    get_version(VENDOR_ITEM_INCIDENT, "i1", 1);
    assert_int_equal(version.changes, VENDOR_OPENED);
    assert_string_equal(version.item.text, "Disks go.");
    get_version(VENDOR_ITEM_INCIDENT, "i1", 2);
    assert_int_equal(version.changes, VENDOR_DOWNGRADED);
    assert_int_equal(count(TABLE_MAINTENANCE), 0);

    rig_kill(&rig);
    rig_start(&rig);
    rig_connect(&rig, 1);
    rig_hello(&rig);
    rig_until(&rig, rig_is_welcomed, "the Welcome");
    Item again[] = {second, list_of(VENDOR_ITEM_INCIDENT, NULL)};
    say(again, 2);
    get_version(VENDOR_ITEM_INCIDENT, "i1", 3);
    assert_int_equal(version.changes, VENDOR_DELETED);
    assert_false(version.has_item);
    assert_int_equal(count(TABLE_VENDOR_VERSIONS), 3);
}

static void plan(Item *item, int64_t from_s, int64_t to_s)
{
    item->body.vendor_item.starts_at_ms = clock_wall_ms() + from_s * 1000;
    item->body.vendor_item.ends_at_ms = clock_wall_ms() + to_s * 1000;
}

static int look_window(const char *id)
{
    return look(TABLE_MAINTENANCE, key_name(id), &window);
}

static void test_V19_planned_work_becomes_a_window(void **state)
{
    (void) state;
    Item item = item_of(VENDOR_ITEM_MAINTENANCE, "m1");
    plan(&item, 3600, 7200);
    say(&item, 1);
    assert_int_equal(look_window("vendor:acme:m1"), 0);
    assert_int_equal(window.window.origin, MAINTENANCE_VENDOR);
    assert_int_equal(window.window.start_ms, item.body.vendor_item.starts_at_ms);
    assert_string_equal(window.window.subjects[0], "acme");
    assert_string_equal(window.window.reason, "New disks");
    assert_false(window.active);
    size_t inputs = count(TABLE_JOURNAL);

    say(&item, 1);                                                        /* nothing new, no command */
    (void) snprintf(item.body.vendor_item.text, sizeof item.body.vendor_item.text, "All of them.");
    say(&item, 1);                                                        /* another text, no command either */
    assert_int_equal(count(TABLE_JOURNAL), inputs);
    plan(&item, -60, 10800);
    say(&item, 1);
    assert_int_equal(look_window("vendor:acme:m1"), 0);
    assert_true(window.active);
    assert_int_equal(window.window.end_ms, item.body.vendor_item.ends_at_ms);
    assert_true(count(TABLE_JOURNAL) > inputs);

    item.body.vendor_item.ended = true;
    say(&item, 1);
    assert_int_equal(look_window("vendor:acme:m1"), STORE_ABSENT);
    item.body.vendor_item.ended = false;
    say(&item, 1);                                                        /* taken up again */
    assert_int_equal(look_window("vendor:acme:m1"), 0);
    Item none = list_of(VENDOR_ITEM_MAINTENANCE, NULL);
    say(&none, 1);
    assert_int_equal(look_window("vendor:acme:m1"), STORE_ABSENT);
    rig_check_journal(&rig);
}

static void test_a_window_an_operator_ended_stays_ended(void **state)
{
    (void) state;
    Item item = item_of(VENDOR_ITEM_MAINTENANCE, "m1");
    struct inbox_item end = {.kind = INBOX_COMMAND, .command = {.which_input = Command_maintenance_end_tag}};
    struct rig_answer answer;
    plan(&item, -60, 7200);
    say(&item, 1);
    (void) snprintf(end.command.input.maintenance_end.id, sizeof end.command.input.maintenance_end.id, "vendor:acme:m1");
    rig_ask(&rig, &end, &answer);
    while (!answer.came)
        rig_turn_ms(&rig, 1);
    (void) snprintf(item.body.vendor_item.text, sizeof item.body.vendor_item.text, "Half of them.");
    say(&item, 1);
    assert_int_equal(look_window("vendor:acme:m1"), STORE_ABSENT);
    Item none = list_of(VENDOR_ITEM_MAINTENANCE, NULL);
    say(&none, 1);                                                        /* nothing is left to end */
    assert_int_equal(look(TABLE_VENDOR_ITEMS, key_vendor_item("acme", VENDOR_ITEM_MAINTENANCE, "m1"), &row), 0);
    assert_true(row.gone && !row.window);
}

static void test_what_is_refused(void **state)
{
    (void) state;
    int64_t malformed = metric_get(METRIC_REJECTED_MALFORMED);
    int64_t refused = metric_get(METRIC_REJECTED_SERVICE);
    Item bad[] = {item_of(VENDOR_ITEM_INCIDENT, ""), item_of(VENDOR_ITEM_INCIDENT, "a\nb"), item_of(VENDOR_ITEM_UNSPECIFIED, "i"),
                  item_of(VENDOR_ITEM_INCIDENT, "past"), item_of(VENDOR_ITEM_INCIDENT, "future"),
                  list_of(VENDOR_ITEM_UNSPECIFIED, "i"), item_of(VENDOR_ITEM_INCIDENT, "i"), list_of(VENDOR_ITEM_INCIDENT, NULL)};
    bad[3].body.vendor_item.starts_at_ms = -1;
    bad[4].body.vendor_item.updated_at_ms = INT64_MAX;
    (void) snprintf(bad[6].body.vendor_item.service, sizeof bad[6].body.vendor_item.service, "nobody");
    (void) snprintf(bad[7].body.vendor_list.service, sizeof bad[7].body.vendor_list.service, "../etc");
    say(bad, ARRAY_SIZE(bad));
    assert_int_equal(metric_get(METRIC_REJECTED_MALFORMED) - malformed, 6);
    assert_int_equal(metric_get(METRIC_REJECTED_SERVICE) - refused, 2);
    assert_int_equal(count(TABLE_VENDOR_ITEMS), 0);
}

static void test_hostile_words_are_only_words(void **state)
{
    (void) state;
    Item item = item_of(VENDOR_ITEM_MAINTENANCE, "../../x:<script>");
    plan(&item, 60, 600);
    (void) snprintf(item.body.vendor_item.link, sizeof item.body.vendor_item.link, "javascript:alert(1)");
    memset(item.body.vendor_item.title, 'x', sizeof item.body.vendor_item.title - 1);
    say(&item, 1);
    assert_int_equal(count(TABLE_MAINTENANCE), 1);
    struct store_txn *txn;
    struct store_cursor cursor;
    assert_int_equal(store_read(rig.temporary.store, &txn), 0);
    store_walk(txn, TABLE_MAINTENANCE, (struct store_range) {0}, &cursor);
    assert_int_equal(store_next(&cursor, NULL, &window), 0);
    store_walk_end(&cursor);
    store_walk(txn, TABLE_VENDOR_VERSIONS, (struct store_range) {0}, &cursor);
    assert_int_equal(store_next(&cursor, NULL, &version), 0);
    store_walk_end(&cursor);
    store_end(txn);
    assert_null(strpbrk(window.window.id + strlen("vendor:acme:"), ":/<>"));
    assert_string_equal(version.item.id, "../../x:<script>");
    assert_string_equal(version.item.link, "");
}

static void test_a_long_history_keeps_its_ends(void **state)
{
    (void) state;
    Item item = item_of(VENDOR_ITEM_INCIDENT, "i1");
    for (int i = 1; i <= VENDOR_VERSIONS_MAX + 6; i++) {
        (void) snprintf(item.body.vendor_item.text, sizeof item.body.vendor_item.text, "Update %d.", i);
        say(&item, 1);
    }
    assert_int_equal(count(TABLE_VENDOR_VERSIONS), VENDOR_VERSIONS_MAX);
    get_version(VENDOR_ITEM_INCIDENT, "i1", 1);
    get_version(VENDOR_ITEM_INCIDENT, "i1", VENDOR_VERSIONS_MAX + 6);
    get_version(VENDOR_ITEM_INCIDENT, "i1", 8);
    assert_int_equal(look(TABLE_VENDOR_VERSIONS, key_vendor_version("acme", VENDOR_ITEM_INCIDENT, "i1", 7), &version), STORE_ABSENT);
}

/* n more, and at once the list that takes them all away again where gone. */
static void say_many(const char *prefix, size_t n)
{
    static Item items[32];
    char id[32];
    for (size_t from = 0; from < n; from += ARRAY_SIZE(items)) {
        size_t some = n - from < ARRAY_SIZE(items) ? n - from : ARRAY_SIZE(items);
        for (size_t i = 0; i < some; i++) {
            (void) snprintf(id, sizeof id, "%s%zu", prefix, from + i);
            items[i] = item_of(VENDOR_ITEM_MAINTENANCE, id);
            plan(&items[i], 60, 600);
        }
        say(items, some);
    }
}

static void test_the_closed_one_that_is_eldest_makes_room(void **state)
{
    (void) state;
    say_many("a", 2);
    Item none = list_of(VENDOR_ITEM_MAINTENANCE, NULL);
    say(&none, 1);
    say_many("b", VENDOR_ITEMS_MAX - 2);
    assert_int_equal(count(TABLE_VENDOR_ITEMS), VENDOR_ITEMS_MAX);
    assert_int_equal(count(TABLE_MAINTENANCE), VENDOR_WINDOWS_MAX);       /* the rest mutes nothing */
    say_many("c", 3);                                                     /* two find room, one finds all of them open */
    assert_int_equal(count(TABLE_VENDOR_ITEMS), VENDOR_ITEMS_MAX);
    assert_int_equal(count(TABLE_VENDOR_VERSIONS), VENDOR_ITEMS_MAX);
    assert_int_equal(look(TABLE_VENDOR_ITEMS, key_vendor_item("acme", VENDOR_ITEM_MAINTENANCE, "c1"), &row), 0);
    assert_int_equal(look(TABLE_VENDOR_ITEMS, key_vendor_item("acme", VENDOR_ITEM_MAINTENANCE, "c2"), &row), STORE_ABSENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_versions_are_kept_and_survive),
        TEST(test_V19_planned_work_becomes_a_window),
        TEST(test_a_window_an_operator_ended_stays_ended),
        TEST(test_what_is_refused),
        TEST(test_hostile_words_are_only_words),
        TEST(test_a_long_history_keeps_its_ends),
        TEST(test_the_closed_one_that_is_eldest_makes_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

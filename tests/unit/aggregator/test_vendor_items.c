/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "aggregator/vendor_items.h"
#include "common/mem.h"

static void test_M1_which_window_an_item_makes(void **state)
{
    enum { NOW = 100000 };
    const int64_t open = VENDOR_OPEN_END_MS;
    const struct {
        const char *says;
        int64_t starts, ends;
        bool running, ended, gone;
        int64_t told_start;                        /* of the window the engine knows; 0: none */
        int64_t start, end;                        /* end 0: no window */
    } cases[] = {
        {"planned", 200000, 300000, false, false, false, 0, 200000, 300000},
        {"begun by the clock", 50000, 300000, false, false, false, 0, 50000, 300000},
        {"wholly in the past", 50000, 60000, false, false, false, 0, 0, 0},
        {"its last millisecond", 50000, NOW + 1, false, false, false, 0, 50000, NOW + 1},
        {"over now", 50000, NOW, false, false, false, 0, 0, 0},
        {"past its end and still going on: as the vendor wrote", 50000, 60000, true, false, false, 0, 0, 0},
        {"without an end", 200000, 0, false, false, false, 0, 200000, 200000 + open},
        {"that ends before it starts", 200000, 100, false, false, false, 0, 200000, 200000 + open},
        {"begun early", 200000, 300000, true, false, false, 0, NOW, 300000},
        {"begun early, and known", 200000, 300000, true, false, false, 90000, 90000, 300000},
        {"begun early, where the engine waits", 200000, 300000, true, false, false, 200000, NOW, 300000},
        {"nobody says when, but it goes on", 0, 0, true, false, false, 0, NOW, NOW + open},
        {"nobody says when", 0, 300000, false, false, false, 0, 0, 0},
        {"completed", 50000, 300000, false, true, false, 50000, 0, 0},
        {"gone from the page", 50000, 300000, false, false, true, 50000, 0, 0},
    };
    (void) state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        VendorItem item = {.kind = VENDOR_ITEM_MAINTENANCE, .starts_at_ms = cases[i].starts, .ends_at_ms = cases[i].ends,
                           .running = cases[i].running, .ended = cases[i].ended};
        VendorItemRow row = {.kind = item.kind, .gone = cases[i].gone, .window = cases[i].told_start != 0,
                             .window_start_ms = cases[i].told_start};
        int64_t start = 0, end = 0;
        bool made = vendor_window_of(&row, &item, NOW, &start, &end);
        if (made != (cases[i].end != 0) || (made && (start != cases[i].start || end != cases[i].end)))
            fail_msg("%s: %lld to %lld", cases[i].says, (long long) start, (long long) end);
        item.kind = row.kind = VENDOR_ITEM_INCIDENT;
        assert_false(vendor_window_of(&row, &item, NOW, &start, &end));
    }
}

static VendorItemRow row_of(const char *service, const char *key, VendorItemKind kind)
{
    VendorItemRow row = {.kind = kind, .versions = 1};
    (void) snprintf(row.service, sizeof row.service, "%s", service);
    (void) snprintf(row.key, sizeof row.key, "%s", key);
    return row;
}

static void test_rows_of_the_store(void **state)
{
    struct vendor_items items = {0};
    (void) state;
    VendorItemRow row = row_of("acme", "x", VENDOR_ITEM_INCIDENT);
    assert_int_equal(vendor_items_load(&items, &row), 0);
    assert_int_equal(vendor_items_load(&items, &row), -EINVAL);           /* twice */
    row.kind = VENDOR_ITEM_MAINTENANCE;
    assert_int_equal(vendor_items_load(&items, &row), 0);                 /* the same id, another thing */
    row.kind = VENDOR_ITEM_UNSPECIFIED;
    assert_int_equal(vendor_items_load(&items, &row), -EINVAL);
    row = row_of("acme", "", VENDOR_ITEM_INCIDENT);
    assert_int_equal(vendor_items_load(&items, &row), -EINVAL);
    row = row_of("ACME", "x", VENDOR_ITEM_INCIDENT);
    assert_int_equal(vendor_items_load(&items, &row), -EINVAL);
    row = row_of("shop", "x", VENDOR_ITEM_INCIDENT);
    row.versions = 0;
    assert_int_equal(vendor_items_load(&items, &row), -EINVAL);
    const struct vendor_service *acme = vendor_items_find(&items, "acme");
    assert_non_null(vendor_service_find(acme, VENDOR_ITEM_MAINTENANCE, "x"));
    assert_null(vendor_service_find(acme, VENDOR_ITEM_INCIDENT, "y"));
    assert_null(vendor_items_find(&items, "nobody"));
    vendor_items_done(&items);
    assert_null(items.services);
}

static void test_room_for_so_many(void **state)
{
    struct vendor_items items = {0};
    struct vendor_service *service = vendor_items_make(&items, "acme");
    char key[16];
    (void) state;
    for (int i = 0; i < VENDOR_ITEMS_MAX; i++) {
        assert_false(vendor_service_is_full(service));
        (void) snprintf(key, sizeof key, "k%d", i);
        struct vendor_item *item = vendor_service_add(service, VENDOR_ITEM_MAINTENANCE, key, key);
        item->row.changed_at_ms = 10000 - i;
        item->row.window = i % 2 == 0;
        item->row.window_end_ms = i < 10 ? 500 : 501;
    }
    assert_true(vendor_service_is_full(service));
    assert_null(vendor_service_eldest(service));                          /* none is closed */
    assert_int_equal(vendor_service_windows(service, 500), VENDOR_ITEMS_MAX / 2 - 5);
    vendor_service_find(service, VENDOR_ITEM_MAINTENANCE, "k7")->row.gone = true;
    vendor_service_find(service, VENDOR_ITEM_MAINTENANCE, "k9")->row.gone = true;
    assert_string_equal(vendor_service_eldest(service)->row.key, "k9");
    vendor_service_drop(service, vendor_service_eldest(service));
    assert_false(vendor_service_is_full(service));
    vendor_items_done(&items);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_M1_which_window_an_item_makes),
        cmocka_unit_test(test_rows_of_the_store),
        cmocka_unit_test(test_room_for_so_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "collector/feeds/result.h"
#include "collector/vendor_news.h"
#include "common/mem.h"
#include "common/text.h"

enum { SAID_MAX = 1024 };

static struct vendor_news items;
static struct said {
    bool is_list;
    int64_t at_boot_ms;
    VendorItem item;
    VendorList list;
} said[SAID_MAX];
static size_t n_said;
static struct feed_incident incidents[FEED_ITEMS_MAX];
static struct feed_window windows[FEED_ITEMS_MAX];
static struct feed_result result;

static void emit(void *owner, const Item *item)
{
    (void) owner;
    assert_in_range(n_said, 0, SAID_MAX - 1);
    struct said *out = &said[n_said++];
    *out = (struct said) {.is_list = item->which_body == Item_vendor_list_tag, .at_boot_ms = item->at_boot_ms};
    if (out->is_list)
        out->list = item->body.vendor_list;
    else
        out->item = item->body.vendor_item;
}

static int setup(void **state)
{
    (void) state;
    items = (struct vendor_news) {0};
    result = (struct feed_result) {.incidents = incidents, .windows = windows};
    incidents[0] = (struct feed_incident) {.id = "i1", .name = "API errors", .state = "investigating", .impact = "major",
                                           .link = "https://acme.example/i1", .text = "We look.", .started_at_ms = 1000,
                                           .updated_at_ms = 2000};
    incidents[1] = (struct feed_incident) {.id = "i0", .name = "Slow", .state = "identified", .impact = "minor", .link = ""};
    windows[0] = (struct feed_window) {.id = "w1", .name = "Disks", .starts_at_ms = 5000, .ends_at_ms = 6000};
    n_said = 0;
    return 0;
}

static int teardown(void **state)
{
    (void) state;
    vendor_news_done(&items);
    return 0;
}

static const struct vendor_teller teller = {.service = "acme", .emit = emit, .at_boot_ms = 77};

/* What was said since the last time, in one line: "i1 w1! [i1] (w1)", ! being ended, [] incidents, () windows. */
static const char *heard(void)
{
    static char line[4096];
    size_t len = 0;
    line[0] = '\0';
    for (size_t i = 0; i < n_said; i++) {
        const VendorList *list = &said[i].list;
        const char *blank = len == 0 ? "" : " ";
        bool window = list->kind == VENDOR_ITEM_MAINTENANCE;
        if (!said[i].is_list) {
            assert_string_equal(said[i].item.service, "acme");
            len += (size_t) snprintf(line + len, sizeof line - len, "%s%s%s", blank, said[i].item.id, said[i].item.ended ? "!" : "");
            continue;
        }
        assert_string_equal(list->service, "acme");
        len += (size_t) snprintf(line + len, sizeof line - len, "%s%c", blank, window ? '(' : '[');
        for (pb_size_t k = 0; k < list->ids_count; k++)
            len += (size_t) snprintf(line + len, sizeof line - len, "%s%s", k == 0 ? "" : " ", list->ids[k]);
        len += (size_t) snprintf(line + len, sizeof line - len, "%c", window ? ')' : ']');
    }
    n_said = 0;
    return line;
}

static const char *read_page(size_t n_incidents, size_t n_windows)
{
    result.n_incidents = n_incidents;
    result.n_windows = n_windows;
    vendor_news_read(&items, &result, &teller);
    return heard();
}

static void test_only_news_is_said(void **state)
{
    (void) state;
    assert_string_equal(read_page(0, 0), "[] ()");          /* a first reading tells that there is nothing */
    assert_string_equal(read_page(0, 0), "");
    assert_string_equal(read_page(2, 1), "i1 i0 w1 [i0 i1] (w1)");
    assert_string_equal(read_page(2, 1), "");
    incidents[0].updated_at_ms = 9000;
    assert_string_equal(read_page(2, 1), "");               /* a clock that ticks is no news */
    incidents[0].text = "We found it.";
    assert_string_equal(read_page(2, 1), "i1");
    windows[0].running = true;
    assert_string_equal(read_page(2, 1), "w1");
    assert_string_equal(read_page(1, 0), "[i1] ()");
    assert_string_equal(read_page(2, 0), "i0 [i0 i1]");
}

static void test_what_the_wire_says(void **state)
{
    (void) state;
    static char text[6000];
    memset(text, 'a', sizeof text - 1);
    memcpy(text + 4094, "\xc3\xa4", 2);                     /* it would be cut in the middle */
    incidents[0].text = text;
    result.n_incidents = result.n_windows = 1;
    vendor_news_read(&items, &result, &teller);
    const VendorItem *item = &said[0].item;
    assert_int_equal(said[0].at_boot_ms, 77);
    assert_int_equal(item->kind, VENDOR_ITEM_INCIDENT);
    assert_string_equal(item->title, "API errors");
    assert_string_equal(item->state, "investigating");
    assert_string_equal(item->impact, "major");
    assert_string_equal(item->link, "https://acme.example/i1");
    assert_int_equal(item->starts_at_ms, 1000);
    assert_int_equal(item->updated_at_ms, 2000);
    assert_true(strlen(item->text) >= 4094 && text_is_utf8(text_of(item->text)));
    item = &said[1].item;
    assert_int_equal(item->kind, VENDOR_ITEM_MAINTENANCE);
    assert_string_equal(item->state, "scheduled");
    assert_int_equal(item->ends_at_ms, 6000);
    assert_false(item->running);
}

static void test_items_without_an_id_have_a_steady_one(void **state)
{
    char first[81], second[81], longer[81];
    static char long_id[200];
    (void) state;
    memset(long_id, 'x', sizeof long_id - 1);
    incidents[0].id = NULL;
    incidents[1].id = "";
    result.n_incidents = 2;
    vendor_news_read(&items, &result, &teller);
    memcpy(first, said[0].item.id, sizeof first);
    memcpy(second, said[1].item.id, sizeof second);
    assert_true(first[0] != '\0' && second[0] != '\0');
    assert_string_not_equal(first, second);
    (void) heard();
    incidents[0].text = "Another.";
    assert_string_equal(read_page(2, 0), first);
    incidents[0].started_at_ms++;                           /* the same title at another time is another */
    vendor_news_read(&items, &result, &teller);
    assert_string_not_equal(said[0].item.id, first);
    (void) heard();
    incidents[0].id = long_id;
    vendor_news_read(&items, &result, &teller);
    memcpy(longer, said[0].item.id, sizeof longer);
    (void) heard();
    incidents[0].name = "Another title";
    assert_string_equal(read_page(2, 0), longer);
}

static void test_how_it_ended(void **state)
{
    static struct feed_incident ended[] = {{.id = "i9", .name = "Old", .state = "resolved", .link = ""},
                                           {.id = "i1", .name = "API errors", .state = "resolved", .impact = "major",
                                            .link = "", .text = "All is well."}};
    static struct feed_window ended_windows[] = {{.id = "w1", .name = "Disks", .text = "Done."}};
    (void) state;
    assert_string_equal(read_page(2, 1), "i1 i0 w1 [i0 i1] (w1)");
    result.n_incidents = result.n_windows = 0;
    assert_true(vendor_news_misses(&items, &result));
    result.ended = ended;
    result.n_ended = 2;
    result.ended_windows = ended_windows;
    result.n_ended_windows = 1;
    vendor_news_read(&items, &result, &teller);
    assert_string_equal(said[0].item.text, "All is well.");
    assert_string_equal(said[1].item.state, "completed");
    assert_string_equal(heard(), "i1! w1! [] ()");          /* of i0 nobody tells */
    assert_false(vendor_news_misses(&items, &result));
    assert_string_equal(read_page(0, 0), "");               /* what ended is told once */
}

static void test_nothing_is_missed_that_is_there(void **state)
{
    (void) state;
    assert_string_equal(read_page(2, 1), "i1 i0 w1 [i0 i1] (w1)");
    assert_false(vendor_news_misses(&items, &result));
    result.n_windows = 0;
    assert_true(vendor_news_misses(&items, &result));
}

static void test_the_same_id_twice_on_a_page(void **state)
{
    (void) state;
    incidents[1].id = "i1";
    assert_string_equal(read_page(2, 0), "i1 [i1] ()");
    assert_string_equal(read_page(2, 0), "");
}

static void test_all_of_it_after_a_welcome(void **state)
{
    (void) state;
    vendor_news_again(&items, &teller);
    assert_string_equal(heard(), "");                       /* nothing was read yet: nothing is known */
    vendor_news_confirm(&items, 80);
    vendor_news_again(&items, &teller);
    assert_string_equal(heard(), "");
    (void) read_page(1, 1);
    vendor_news_confirm(&items, 99);
    vendor_news_again(&items, &teller);
    assert_int_equal(said[0].at_boot_ms, 99);
    assert_string_equal(said[0].item.text, "We look.");
    assert_string_equal(heard(), "i1 w1 [i1] (w1)");
}

static char ids[FEED_ITEMS_MAX][24];

static void fill_page(size_t n)
{
    for (size_t i = 0; i < n; i++) {
        (void) snprintf(ids[i], sizeof ids[i], "x%03zu", n - 1 - i);
        incidents[i] = (struct feed_incident) {.id = ids[i], .name = "Slow", .state = "identified", .link = ""};
    }
}

static void test_a_long_list_is_several_that_stand_alone(void **state)
{
    (void) state;
    fill_page(130);
    result.n_incidents = 130;
    vendor_news_read(&items, &result, &teller);
    assert_int_equal(n_said, 130 + 3 + 1);
    const VendorList *first = &said[130].list, *second = &said[131].list, *third = &said[132].list;
    assert_int_equal(first->ids_count + second->ids_count + third->ids_count, 130);
    assert_string_equal(first->after, "");
    assert_string_equal(first->through, "x063");
    assert_string_equal(second->after, "x063");
    assert_string_equal(second->through, "x127");
    assert_string_equal(third->after, "x127");
    assert_string_equal(third->through, "");
}

static void test_a_list_that_may_be_cut_withdraws_nothing(void **state)
{
    (void) state;
    assert_string_equal(read_page(1, 0), "i1 [i1] ()");
    fill_page(FEED_ITEMS_MAX);
    result.n_incidents = FEED_ITEMS_MAX;
    assert_false(vendor_news_misses(&items, &result));
    vendor_news_read(&items, &result, &teller);
    for (size_t i = 0; i < n_said; i++)
        assert_false(said[i].is_list);
    n_said = 0;
    fill_page(1);
    assert_string_equal(read_page(1, 0), "[x000]");         /* whole again: what went meanwhile goes now */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_only_news_is_said),
        TEST(test_what_the_wire_says),
        TEST(test_items_without_an_id_have_a_steady_one),
        TEST(test_how_it_ended),
        TEST(test_nothing_is_missed_that_is_there),
        TEST(test_the_same_id_twice_on_a_page),
        TEST(test_all_of_it_after_a_welcome),
        TEST(test_a_long_list_is_several_that_stand_alone),
        TEST(test_a_list_that_may_be_cut_withdraws_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

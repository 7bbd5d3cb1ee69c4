/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "aggregator/vendor_say.h"
#include "common/mem.h"

static VendorItemRow row;
static const char *gone_silent;    /* this collector is not heard any more */

static bool is_heard(const void *context, const char *collector)
{
    (void) context;
    return gone_silent == NULL || strcmp(collector, gone_silent) != 0;
}

static int setup(void **state)
{
    (void) state;
    row = (VendorItemRow) {.service = "acme", .kind = VENDOR_ITEM_INCIDENT, .id = "i1", .key = "i1"};
    gone_silent = NULL;
    return 0;
}

static struct vendor_speaker speaker(const char *collector, int64_t at_ms)
{
    return (struct vendor_speaker) {.collector = collector, .observed_at_ms = at_ms, .now_ms = at_ms, .is_heard = is_heard};
}

static VendorItem incident(void)
{
    return (VendorItem) {.service = "acme", .kind = VENDOR_ITEM_INCIDENT, .id = "i1", .title = "API errors",
                         .state = "investigating", .impact = "major", .starts_at_ms = 5000, .updated_at_ms = 5000,
                         .text = "We look into it.", .link = "https://acme.example/i1"};
}

static uint32_t say(const char *collector, int64_t at_ms, const VendorItem *item)
{
    struct vendor_speaker by = speaker(collector, at_ms);
    return vendor_say_item(&row, &by, item);
}

static uint32_t list(const char *collector, int64_t at_ms, bool listed)
{
    struct vendor_speaker by = speaker(collector, at_ms);
    bool touched;
    return vendor_say_listed(&row, &by, listed, &touched);
}

static void test_what_is_new_in_a_version(void **state)
{
    VendorItem before = incident();
    const struct {
        const char *says;
        VendorItem now;
        uint32_t changes;
    } cases[] = {
        {"nothing", before, 0},
        {"a time of update that ticks is nothing", {.updated_at_ms = 9000}, 0},
        {"another text", {.text = "We found it."}, VENDOR_EDITED},
        {"another title", {.title = "Some errors"}, VENDOR_EDITED},
        {"another link", {.link = "https://acme.example/2"}, VENDOR_EDITED},
        {"another state", {.state = "identified"}, VENDOR_STATE},
        {"a milder impact, and not a word", {.impact = "minor"}, VENDOR_DOWNGRADED},
        {"a worse impact", {.impact = "critical"}, VENDOR_UPGRADED},
        {"the same impact in another platform's word", {.impact = "partial_outage"}, VENDOR_EDITED},
        {"an impact we have never met", {.impact = "peachy"}, VENDOR_EDITED},
        {"begun earlier", {.starts_at_ms = 4999}, VENDOR_BACK_DATED},
        {"begun later", {.starts_at_ms = 5001}, VENDOR_MOVED},
        {"milder and told", {.impact = "minor", .text = "Mostly over."}, VENDOR_DOWNGRADED | VENDOR_EDITED},
        {"closed", {.state = "resolved", .ended = true}, VENDOR_STATE | VENDOR_RESOLVED},
    };
    (void) state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        VendorItem now = before;
        const VendorItem *said = &cases[i].now;
        if (said->title[0] != '\0')
            memcpy(now.title, said->title, sizeof now.title);
        if (said->text[0] != '\0')
            memcpy(now.text, said->text, sizeof now.text);
        if (said->link[0] != '\0')
            memcpy(now.link, said->link, sizeof now.link);
        if (said->state[0] != '\0')
            memcpy(now.state, said->state, sizeof now.state);
        if (said->impact[0] != '\0')
            memcpy(now.impact, said->impact, sizeof now.impact);
        if (said->starts_at_ms != 0)
            now.starts_at_ms = said->starts_at_ms;
        if (said->updated_at_ms != 0)
            now.updated_at_ms = said->updated_at_ms;
        now.ended = said->ended;
        setup(NULL);
        if (say("a", 10000, &before) != VENDOR_OPENED || row.versions != 1 || row.first_seen_ms != 10000)
            fail_msg("%s: the first", cases[i].says);
        uint32_t changes = say("a", 20000, &now);
        if (changes != cases[i].changes || row.versions != (changes != 0 ? 2u : 1u))
            fail_msg("%s: changes %x, version %u", cases[i].says, changes, row.versions);
    }
}

static void test_a_window_is_moved(void **state)
{
    (void) state;
    VendorItem window = {.kind = VENDOR_ITEM_MAINTENANCE, .id = "w", .title = "Disks", .state = "scheduled",
                         .starts_at_ms = 50000, .ends_at_ms = 60000};
    row.kind = VENDOR_ITEM_MAINTENANCE;
    assert_int_equal(say("a", 1000, &window), VENDOR_OPENED);
    window.ends_at_ms = 70000;
    assert_int_equal(say("a", 2000, &window), VENDOR_MOVED);
    window.starts_at_ms = 40000;
    assert_int_equal(say("a", 3000, &window), VENDOR_MOVED);
    (void) snprintf(window.state, sizeof window.state, "in_progress");
    window.running = true;
    assert_int_equal(say("a", 4000, &window), VENDOR_STATE);
}

static void test_deleted_and_reopened(void **state)
{
    (void) state;
    VendorItem item = incident();
    assert_int_equal(say("a", 1000, &item), VENDOR_OPENED);
    assert_int_equal(list("a", 1000, true), 0);
    assert_int_equal(list("a", 2000, false), VENDOR_DELETED);
    assert_true(row.gone && !row.ended && row.versions == 2);
    assert_int_equal(list("a", 3000, false), 0);
    assert_int_equal(say("a", 4000, &item), VENDOR_REOPENED);
    assert_false(row.gone);

    item.ended = true;
    assert_int_equal(say("a", 5000, &item), VENDOR_RESOLVED);
    assert_int_equal(list("a", 5000, false), 0);    /* closed, and then not listed: no deletion */
    assert_true(row.gone && row.ended);
    item.ended = false;
    assert_int_equal(say("a", 6000, &item), VENDOR_REOPENED);
    assert_int_equal(list("a", 7000, false), VENDOR_DELETED);
    item.ended = true;
    assert_int_equal(say("a", 8000, &item), VENDOR_RESOLVED);    /* a history that tells later */
    assert_int_equal(row.versions, 7);
}

static void test_two_readers_of_one_page_do_not_fight(void **state)
{
    (void) state;
    VendorItem first = incident(), second = incident();
    (void) snprintf(second.text, sizeof second.text, "We found it.");
    second.updated_at_ms = 6000;

    assert_int_equal(say("a", 1000, &first), VENDOR_OPENED);
    assert_int_equal(say("b", 1100, &first), 0);
    assert_int_equal(say("a", 2000, &second), VENDOR_EDITED);
    assert_int_equal(say("b", 2050, &first), 0);       /* said again: it has just not seen it yet */
    assert_int_equal(say("b", 2100, &second), 0);
    assert_int_equal(say("b", 3000, &second), 0);
    assert_int_equal(say("a", 3000, &second), 0);
    assert_int_equal(row.versions, 2);

    assert_int_equal(list("a", 4000, false), 0);       /* b still has it on the page */
    assert_false(row.gone);
    assert_int_equal(list("b", 4100, false), VENDOR_DELETED);
    assert_int_equal(list("a", 4200, false), 0);
    assert_int_equal(row.versions, 3);
}

static void test_what_was_read_before_is_no_news(void **state)
{
    (void) state;
    VendorItem first = incident(), second = incident();
    (void) snprintf(second.state, sizeof second.state, "identified");
    assert_int_equal(say("a", 1000, &first), VENDOR_OPENED);
    assert_int_equal(say("a", 5000, &second), VENDOR_STATE);
    struct vendor_speaker late = speaker("b", 6000);
    late.observed_at_ms = 4999;                        /* it stood in b's backlog */
    bool touched;
    assert_int_equal(vendor_say_item(&row, &late, &first), 0);
    assert_int_equal(vendor_say_listed(&row, &late, false, &touched), 0);
    assert_false(touched);
    first.updated_at_ms = 4000;                        /* and what the vendor itself dates before it */
    second.updated_at_ms = 5000;
    (void) snprintf(second.text, sizeof second.text, "More.");
    assert_int_equal(say("a", 7000, &second), VENDOR_EDITED);
    assert_int_equal(say("b", 8000, &first), 0);
    assert_int_equal(row.versions, 3);
}

static void test_who_is_silent_holds_nothing_open(void **state)
{
    (void) state;
    VendorItem item = incident();
    assert_int_equal(say("a", 1000, &item), VENDOR_OPENED);
    assert_int_equal(list("b", 2000, false), 0);
    gone_silent = "a";
    assert_int_equal(list("b", 3000, false), VENDOR_DELETED);
    assert_int_equal(say("a", 2500, &item), 0);        /* read before that */
    assert_int_equal(say("a", 4000, &item), VENDOR_REOPENED);
}

static void test_more_readers_than_are_remembered(void **state)
{
    (void) state;
    VendorItem item = incident();
    char name[8];
    for (int i = 0; i < 9; i++) {
        (void) snprintf(name, sizeof name, "c%d", i);
        assert_int_equal(say(name, 1000 + i, &item), i == 0 ? VENDOR_OPENED : 0);
    }
    assert_int_equal(row.voices_count, ARRAY_SIZE(row.voices));
    assert_string_equal(row.voices[row.voices_count - 1].collector, "c8");
}

static void test_keys_of_items(void **state)
{
    static const struct { const char *says; const char *id; bool plain; } cases[] = {
        {"Statuspage's", "kctbh9vrtdwd", true}, {"Google's", "ow5i3PPK96RduMcb1SsW", true}, {"with dots", "a.b_c-1", true},
        {"an address", "https://acme.example/1", false}, {"a tag", "tag:acme.example,2005:Incident/7", false},
        {"a colon would end it", "a:b", false}, {"blanks", "a b", false}, {"another alphabet", "\xc3\xa4", false},
    };
    char key[sizeof row.key], other[sizeof row.key];
    (void) state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        vendor_say_key(cases[i].id, key);
        if ((strcmp(key, cases[i].id) == 0) != cases[i].plain || strpbrk(key, ":/ \xc3") != NULL)
            fail_msg("%s: %s", cases[i].says, key);
    }
    vendor_say_key("a b", key);
    vendor_say_key("a  b", other);
    assert_string_not_equal(key, other);
}

static void test_which_part_a_list_covers(void **state)
{
    static const struct { const char *says; const char *after, *through, *id; bool covers; } cases[] = {
        {"all of them", "", "", "m", true},           {"before it", "m", "", "l", false},
        {"where it begins belongs to the one before", "m", "z", "m", false},
        {"just behind", "m", "z", "m0", true},        {"where it ends", "m", "z", "z", true},
        {"behind it", "m", "z", "z0", false},         {"to the last", "m", "", "\xff", true},
    };
    (void) state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        static VendorList covering;
        (void) snprintf(covering.after, sizeof covering.after, "%s", cases[i].after);
        (void) snprintf(covering.through, sizeof covering.through, "%s", cases[i].through);
        if (vendor_say_covers(&covering, cases[i].id) != cases[i].covers)
            fail_msg("%s", cases[i].says);
    }
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_is_new_in_a_version),
        TEST(test_a_window_is_moved),
        TEST(test_deleted_and_reopened),
        TEST(test_two_readers_of_one_page_do_not_fight),
        TEST(test_what_was_read_before_is_no_news),
        TEST(test_who_is_silent_holds_nothing_open),
        TEST(test_more_readers_than_are_remembered),
        TEST(test_keys_of_items),
        TEST(test_which_part_a_list_covers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

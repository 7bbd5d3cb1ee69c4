/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "collector/feeds/result.h"
#include "common/registry.h"

enum { DAY_MS = 86400000 };

static const int64_t now_ms = INT64_C(1772366400000);   /* 2026-03-01T12:00:00Z */

static void test_addresses(void **state)
{
    static const struct { const char *says; const char *url; const char *path; const char *whole; } cases[] = {
        { "the page", "https://x.example", "/index.json", "https://x.example/index.json" },
        { "below a path", "https://x.example/eu", "/index.json", "https://x.example/eu/index.json" },
        { "the document", "https://x.example/index.json", "/index.json", "https://x.example/index.json" },
        { "another document", "https://x.example/xindex.json", "/index.json", "https://x.example/xindex.json/index.json" },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP(arena_done) struct arena arena = {0};
        struct feed_entry entry = {.url = (char *) cases[i].url};
        struct feed_input in = {.config = &entry, .arena = &arena};
        assert_string_equal(feed_url(&in, cases[i].path), cases[i].whole);
    }
    assert_true(feed_ends_with("a", ""));
    assert_false(feed_ends_with("", "a"));
    assert_false(feed_ends_with("ab", "aab"));
}

static void test_names_and_ids(void **state)
{
    CLEANUP(arena_done) struct arena arena = {0};
    CLEANUP(json_freep) json_t *ids = json_read(text_of("[12, -1, \"a\", 1.5, null, {}]"), 1000, NULL);
    (void) state;

    assert_string_equal(feed_name(&arena, text_of(" a\nb ")), "a b");
    assert_string_equal(feed_name(&arena, text_of(" \n ")), "(no name)");
    assert_null(feed_id(&arena, text_of("  ")));
    assert_string_equal(feed_id(&arena, text_of("x1")), "x1");
    assert_true(text_is(feed_id_text(json_array_get(ids, 0), &arena), "12"));
    assert_true(text_is(feed_id_text(json_array_get(ids, 1), &arena), "-1"));
    assert_true(text_is(feed_id_text(json_array_get(ids, 2), &arena), "a"));
    for (size_t i = 3; i < 7; i++)
        assert_int_equal(feed_id_text(json_array_get(ids, i), &arena).len, 0);
}

static void test_the_newest_of_a_list(void **state)
{
    static const char *const keys[] = {"display_at", "created_at", NULL};
    static const struct { const char *says; const char *list; int64_t newest; } cases[] = {
        { "none", "[]", -1 },
        { "one without a time", "[{}]", 0 },
        { "not the first", "[{\"created_at\": \"2026-03-01T10:00:00Z\"}, {\"created_at\": \"2026-03-01T11:00:00Z\"}]", 1 },
        { "by the time and not by the letter", "[{\"created_at\": \"2026-03-01T06:30:00-05:00\"},"
                                               " {\"created_at\": \"2026-03-01T11:00:00Z\"}]", 0 },
        { "without a zone it is UTC", "[{\"created_at\": \"2026-03-01T11:00:00\"}, {\"created_at\": \"2026-03-01T11:30:00\"}]", 1 },
        { "the first of equals", "[{\"created_at\": \"2026-03-01T11:00:00Z\"}, {\"created_at\": \"2026-03-01T11:00:00Z\"}]", 0 },
        { "the first key that is a time", "[{\"display_at\": \"soon\", \"created_at\": \"2026-03-01T12:00:00Z\"},"
                                          " {\"display_at\": \"2026-03-01T11:00:00Z\"}]", 0 },
        { "what is no object is passed over", "[7, null, {}]", 2 },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP(json_freep) json_t *list = json_read(text_of(cases[i].list), 1000, NULL);
        const json_t *newest = feed_newest(list, keys);
        const json_t *due = cases[i].newest < 0 ? NULL : json_array_get(list, (size_t) cases[i].newest);
        if (newest != due)
            fail_msg("%s", cases[i].says);
    }
}

static void test_what_ended_lately(void **state)
{
    static const struct { const char *says; int64_t at_ms; bool listed; } cases[] = {
        { "just now", now_ms, true },
        { "a week ago", now_ms - FEED_ENDED_DAYS * (int64_t) DAY_MS, true },
        { "a millisecond more", now_ms - FEED_ENDED_DAYS * (int64_t) DAY_MS - 1, false },
        { "never", 0, false },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP(arena_done) struct arena arena = {0};
        struct feed_input in = {.now_ms = now_ms, .arena = &arena};
        struct feed_result out = {0};
        feed_put_ended(&out, &(struct feed_incident) {.name = "x", .updated_at_ms = cases[i].at_ms}, &in);
        feed_put_ended_window(&out, &(struct feed_window) {.name = "x", .ends_at_ms = cases[i].at_ms}, &in);
        if (out.n_ended != cases[i].listed || out.n_ended_windows != cases[i].listed)
            fail_msg("%s", cases[i].says);
    }
}

static void test_of_many_that_ended_the_newest_stay(void **state)
{
    CLEANUP(arena_done) struct arena arena = {0};
    struct feed_input in = {.now_ms = now_ms, .arena = &arena};
    struct feed_result out = {0};
    (void) state;

    for (int64_t i = 0; i < 3 * FEED_ENDED_MAX; i++) {
        int64_t at_ms = now_ms - i * 37 % (3 * FEED_ENDED_MAX) * 1000;   /* each second once, in no order */
        feed_put_ended(&out, &(struct feed_incident) {.name = "x", .updated_at_ms = at_ms}, &in);
        feed_put_ended_window(&out, &(struct feed_window) {.name = "x", .ends_at_ms = at_ms}, &in);
    }
    assert_int_equal(out.n_ended, FEED_ENDED_MAX);
    assert_int_equal(out.n_ended_windows, FEED_ENDED_MAX);
    for (int64_t i = 0; i < FEED_ENDED_MAX; i++) {
        assert_int_equal(out.ended[i].updated_at_ms, now_ms - i * 1000);
        assert_int_equal(out.ended_windows[i].ends_at_ms, now_ms - i * 1000);
    }
}

static void test_lists_have_an_end(void **state)
{
    CLEANUP(arena_done) struct arena arena = {0};
    struct feed_result out = {0};
    (void) state;

    for (int i = 0; i < FEED_ITEMS_MAX + 1; i++) {
        feed_put_incident(&out, &(struct feed_incident) {.name = "x"}, &arena);
        feed_put_window(&out, &(struct feed_window) {.name = "x"}, &arena);
        feed_put_notice(&out, "x", &arena);
    }
    assert_int_equal(out.n_incidents, FEED_ITEMS_MAX);
    assert_int_equal(out.n_windows, FEED_ITEMS_MAX);
    assert_int_equal(out.n_notices, FEED_ITEMS_MAX);
}

static void test_until_when_a_reading_holds(void **state)
{
    struct feed_result out = {.valid_until_ms = INT64_MAX};
    (void) state;

    feed_hold_until(&out, 0, now_ms);
    feed_hold_until(&out, now_ms, now_ms);   /* it has come already */
    assert_int_equal(out.valid_until_ms, INT64_MAX);
    feed_hold_until(&out, now_ms + 2, now_ms);
    feed_hold_until(&out, now_ms + 1, now_ms);
    feed_hold_until(&out, now_ms + 3, now_ms);
    assert_int_equal(out.valid_until_ms, now_ms + 1);
}

static void test_what_is_misshapen_says_so_twice(void **state)
{
    CLEANUP(arena_done) struct arena arena = {0};
    struct feed_result out = {.state = STATUS_OPERATIONAL, .maintenance = true, .n_components = 3};
    struct error err = {0};
    (void) state;

    assert_true(feed_misshapen(&out, &arena, &err, "%d of %s", 3, "them") < 0);
    assert_string_equal(out.reason, "shape");
    assert_string_equal(out.reason_text, "3 of them");
    assert_string_equal(err.text, "3 of them");
    assert_int_equal(out.state, STATUS_UNKNOWN);
    assert_int_equal(out.n_components, 0);
    assert_true(feed_misshapen(&out, &arena, NULL, "x") < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_names_and_ids),
        cmocka_unit_test(test_the_newest_of_a_list),
        cmocka_unit_test(test_what_ended_lately),
        cmocka_unit_test(test_of_many_that_ended_the_newest_stay),
        cmocka_unit_test(test_lists_have_an_end),
        cmocka_unit_test(test_until_when_a_reading_holds),
        cmocka_unit_test(test_what_is_misshapen_says_so_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

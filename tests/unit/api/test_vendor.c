/* SPDX-License-Identifier: Apache-2.0 */
/* What vendors told: the list with its versions, its pages and its strictness, and what the page shows of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/mem.h"
#include "common/vendor_change.h"
#include "rig.h"

static const int64_t AT = INT64_C(1767225600000);    /* 2026-01-01 */
static struct rig rig;

static void put(const char *key, int64_t first_seen_ms, bool gone, VendorItemKind kind)
{
    static VendorVersionRow versions[2];
    VendorItemRow row = {.service = "acme", .kind = kind, .versions = 2, .gone = gone, .state = "identified", .impact = "minor",
                         .starts_at_ms = AT, .first_seen_ms = first_seen_ms, .changed_at_ms = first_seen_ms + 1000};

    (void) snprintf(row.id, sizeof row.id, "id %s", key);
    (void) snprintf(row.key, sizeof row.key, "%s", key);
    versions[0] = (VendorVersionRow) {.version = 1, .seen_at_ms = first_seen_ms, .changes = VENDOR_OPENED, .collector = "web01",
                                      .has_item = true,
                                      .item = {.title = "Down <b>\"now\"</b>", .state = "identified", .impact = "major",
                                               .starts_at_ms = AT, .ends_at_ms = AT + 5000, .text = "We </script> look.",
                                               .link = "https://acme.example/?a=1&b=\"2\""}};
    versions[1] = versions[0];
    versions[1].version = 2;
    versions[1].seen_at_ms += 1000;
    versions[1].changes = gone ? VENDOR_DELETED : VENDOR_DOWNGRADED | VENDOR_BACK_DATED;
    versions[1].has_item = !gone;
    rig_put_vendor_item(&rig, &row, versions, 2);
}

static int start(void **state)
{
    (void) state;
    rig_start(&rig, "");
    put("a1", AT + 10000, true, VENDOR_ITEM_INCIDENT);
    put("a2", AT + 20000, false, VENDOR_ITEM_INCIDENT);
    put("a3", AT + 30000, false, VENDOR_ITEM_INCIDENT);
    put("m1", AT + 30000, false, VENDOR_ITEM_MAINTENANCE);
    return 0;
}

static int stop(void **state)
{
    (void) state;
    rig_stop(&rig);
    return 0;
}

static json_t *get(const char *path, int status)
{
    struct answer answer = rig_get(&rig, path, "");
    if (answer.status != status)
        fail_msg("%s: %d %s", path, answer.status, answer.body);
    json_t *body = json_loads(answer.body, 0, NULL);
    assert_non_null(body);
    answer_done(&answer);
    return body;
}

static const char *text(const json_t *object, const char *name)
{
    const char *value = json_string_value(json_object_get(object, name));
    return value == NULL ? "" : value;
}

static void test_all_versions_open_ones_first(void **state)
{
    (void) state;
    json_t *body = get("/api/services/acme/vendor-incidents", 200);
    const json_t *items = json_object_get(body, "items");
    static const char *const ids[] = {"id a3", "id a2", "id a1"};
    assert_int_equal(json_array_size(items), ARRAY_SIZE(ids));
    for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
        assert_string_equal(text(json_array_get(items, i), "id"), ids[i]);

    const json_t *open = json_array_get(items, 0);
    const json_t *last = json_array_get(json_object_get(open, "versions"), 1);
    assert_string_equal(text(open, "title"), "Down <b>\"now\"</b>");
    assert_string_equal(text(open, "first_seen_at"), "2026-01-01T00:00:30.000Z");
    assert_null(json_object_get(open, "ends_at"));
    assert_string_equal(text(last, "seen_at"), "2026-01-01T00:00:31.000Z");
    assert_true(json_is_null(json_object_get(last, "until")));
    assert_string_equal(text(json_array_get(json_object_get(open, "versions"), 0), "until"), "2026-01-01T00:00:31.000Z");
    const json_t *changes = json_object_get(last, "changes");
    assert_int_equal(json_array_size(changes), 2);
    assert_string_equal(json_string_value(json_array_get(changes, 0)), "downgraded");
    assert_string_equal(json_string_value(json_array_get(changes, 1)), "back_dated");

    const json_t *deleted = json_array_get(items, 2);
    last = json_array_get(json_object_get(deleted, "versions"), 1);
    assert_true(json_is_true(json_object_get(deleted, "deleted")));
    assert_true(json_is_false(json_object_get(deleted, "open")));
    assert_string_equal(text(deleted, "text"), "We </script> look.");    /* what it last said */
    assert_true(json_is_null(json_object_get(last, "text")));
    json_decref(body);

    body = get("/api/services/acme/vendor-incidents?kind=maintenance", 200);
    const json_t *window = json_array_get(json_object_get(body, "items"), 0);
    assert_string_equal(text(window, "id"), "id m1");
    assert_string_equal(text(window, "ends_at"), "2026-01-01T00:00:05.000Z");
    json_decref(body);
}

static void test_a_long_history_tells_what_is_left_out(void **state)
{
    (void) state;
    VendorItemRow row = {.service = "shop", .kind = VENDOR_ITEM_INCIDENT, .id = "x", .key = "x", .versions = 9, .first_seen_ms = AT};
    VendorVersionRow versions[] = {{.version = 1, .seen_at_ms = AT, .has_item = true}, {.version = 9, .seen_at_ms = AT + 1, .has_item = true}};
    rig_put_vendor_item(&rig, &row, versions, 2);
    json_t *body = get("/api/services/shop/vendor-incidents", 200);
    const json_t *item = json_array_get(json_object_get(body, "items"), 0);
    assert_int_equal(json_integer_value(json_object_get(item, "versions_total")), 9);
    assert_int_equal(json_integer_value(json_object_get(item, "versions_left_out")), 7);
    json_decref(body);
}

static void test_pages_and_strictness(void **state)
{
    static const struct { const char *path; int status; } cases[] = {
        {"/api/services/nobody/vendor-incidents", 404}, {"/api/services/web01:cpu/vendor-incidents", 404},
        {"/api/services/acme/vendor-incidents?kind=all", 400}, {"/api/services/acme/vendor-incidents?cursor=0g", 400},
        {"/api/services/acme/vendor-incidents?limit=0", 400}, {"/api/services/acme/vendor-incidents?open=1", 400},
    };
    char path[300] = "/api/services/acme/vendor-incidents?limit=1";
    char all[64] = "";
    (void) state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        json_decref(get(cases[i].path, cases[i].status));
    for (int i = 0; i < 5 && path[0] != '\0'; i++) {
        json_t *body = get(path, 200);
        (void) snprintf(all + strlen(all), sizeof all - strlen(all), "%s,",
                        text(json_array_get(json_object_get(body, "items"), 0), "id"));
        const char *next = text(body, "next_cursor");
        path[0] = '\0';
        if (next[0] != '\0')
            (void) snprintf(path, sizeof path, "/api/services/acme/vendor-incidents?limit=1&cursor=%s", next);
        json_decref(body);
    }
    assert_string_equal(all, "id a3,id a2,id a1,");

    struct answer answer = rig_get(&rig, "/api/services/acme/vendor-incidents", "");
    char headers[200];
    (void) snprintf(headers, sizeof headers, "If-None-Match: %s\r\n", answer_header(&answer, "ETag"));
    answer_done(&answer);
    answer = rig_get(&rig, "/api/services/acme/vendor-incidents", headers);
    assert_int_equal(answer.status, 304);
    answer_done(&answer);
    put("a4", AT + 40000, false, VENDOR_ITEM_INCIDENT);
    answer = rig_get(&rig, "/api/services/acme/vendor-incidents", headers);
    assert_int_equal(answer.status, 200);
    answer_done(&answer);
}

static void test_the_page_has_a_line_for_each_that_is_open(void **state)
{
    (void) state;
    struct answer page = rig_get(&rig, "/fragments/overview", "");
    const char *line = strstr(page.body, "<em class=\"vendor\">Vendor: ");
    assert_non_null(line);
    assert_non_null(strstr(line, "<a rel=\"noopener noreferrer\" href=\"https://acme.example/?a=1&amp;b=&quot;2&quot;\">"
                                 "Down &lt;b&gt;&quot;now&quot;&lt;/b&gt;</a>, identified, since "));
    assert_null(strstr(page.body, "<b>\"now\""));
    answer_done(&page);
    put("a4", AT + 40000, false, VENDOR_ITEM_INCIDENT);
    put("a5", AT + 50000, false, VENDOR_ITEM_INCIDENT);
    page = rig_get(&rig, "/fragments/overview", "");
    assert_non_null(strstr(page.body, "<a href=\"api/services/acme/vendor-incidents\">1 more</a>"));
    answer_done(&page);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_all_versions_open_ones_first),
        TEST(test_a_long_history_tells_what_is_left_out),
        TEST(test_pages_and_strictness),
        TEST(test_the_page_has_a_line_for_each_that_is_open),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

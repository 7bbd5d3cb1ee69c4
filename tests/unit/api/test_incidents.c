/* SPDX-License-Identifier: Apache-2.0 */
/* GET /api/incidents and /api/incidents/{id} over real sockets. */
#include "rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/mem.h"

enum { AT = 1000000 };    /* ms; when the first one opened */

static struct rig rig;

static int start(void **state)
{
    static const struct rig_incident incidents[] = {
        {{.number = 9, .opened_at_ms = AT, .joined_at_ms = AT + 2000, .resolved_at_ms = AT + 5000, .members = 3,
          .peak = LEVEL_MAJOR_OUTAGE, .resolved = true}, {"acme", "payroll", "shop"}},
        {{.number = 10, .opened_at_ms = AT + 9000, .joined_at_ms = AT + 9000, .members = 1, .peak = LEVEL_DEGRADED}, {"shop"}},
        {{.number = 11, .opened_at_ms = AT + 9500, .joined_at_ms = AT + 9500, .members = 1, .peak = LEVEL_DEGRADED}, {"acme"}},
    };
    (void) state;

    rig_start(&rig, "");
    for (size_t i = 0; i < ARRAY_SIZE(incidents); i++)
        rig_put_incident(&rig, &incidents[i]);
    rig_set(&rig, "shop", LEVEL_DEGRADED);
    rig_put_alert(&rig, &(AlertState) {.key = "service:shop", .service = "shop", .opened_at_ms = AT + 9000, .incident = "inc-10",
                                       .peak = LEVEL_DEGRADED}, 0);
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
    if (answer.status != status || answer.text == NULL)
        fail_msg("%s: %d", path, answer.status);
    json_t *body = json_loads(answer.body, 0, NULL);
    answer_done(&answer);
    assert_non_null(body);
    return body;
}

/* The ids of a list's items, with a blank between. */
static void ids_of(const json_t *items, const char *member, char *out, size_t cap)
{
    size_t len = 0, i;
    const json_t *item;

    out[0] = '\0';
    json_array_foreach(items, i, item)
        len += (size_t) snprintf(out + len, cap - len, "%s%s", i == 0 ? "" : " ",
                                 json_string_value(json_object_get(item, member)));
}

static void test_the_list_and_its_filters(void **state)
{
    static const struct { const char *query, *ids; } cases[] = {
        {"", "inc-11 inc-10 inc-9"},
        {"?state=open", "inc-11 inc-10"},
        {"?state=resolved", "inc-9"},
        {"?state=open&state=resolved", "inc-11 inc-10 inc-9"},
        {"?service=shop", "inc-10 inc-9"},
        {"?service=payroll&service=acme", "inc-11 inc-9"},
        {"?service=sho", ""},
        {"?service=shop&state=open", "inc-10"},
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char path[100], ids[100];
        (void) snprintf(path, sizeof path, "/api/incidents%s", cases[i].query);
        json_t *body = get(path, 200);
        ids_of(json_object_get(body, "items"), "id", ids, sizeof ids);
        if (strcmp(ids, cases[i].ids) != 0)
            fail_msg("%s: %s", path, ids);
        json_decref(body);
    }
    json_decref(get("/api/incidents?state=closed", 400));
    json_decref(get("/api/incidents?cursor=zz", 400));
}

static void test_an_item_says_who_and_how_bad(void **state)
{
    (void) state;

    json_t *body = get("/api/incidents?state=resolved", 200);
    const json_t *item = json_array_get(json_object_get(body, "items"), 0);
    const json_t *services = json_object_get(item, "services");
    assert_string_equal(json_string_value(json_object_get(item, "state")), "resolved");
    assert_string_equal(json_string_value(json_object_get(item, "peak")), "major_outage");
    assert_string_equal(json_string_value(json_object_get(item, "resolved_at")), "1970-01-01T00:16:45.000Z");
    assert_string_equal(json_string_value(json_object_get(item, "last_joined_at")), "1970-01-01T00:16:42.000Z");
    assert_int_equal(json_integer_value(json_object_get(item, "services_total")), 3);
    assert_int_equal(json_array_size(services), 3);
    assert_string_equal(json_string_value(json_array_get(services, 2)), "shop");
    json_decref(body);
}

static void test_a_cursor_leads_on(void **state)
{
    char path[200] = "/api/incidents?limit=1", all[100] = "";
    (void) state;

    for (int page = 0; page < 4; page++) {
        char ids[40];
        json_t *body = get(path, 200);
        ids_of(json_object_get(body, "items"), "id", ids, sizeof ids);
        (void) snprintf(all + strlen(all), sizeof all - strlen(all), "%s,", ids);
        const char *next = json_string_value(json_object_get(body, "next_cursor"));
        if (next != NULL)
            (void) snprintf(path, sizeof path, "/api/incidents?limit=1&cursor=%s", next);
        bool last = next == NULL;
        json_decref(body);
        if (last)
            break;
    }
    assert_string_equal(all, "inc-11,inc-10,inc-9,");
}

static void test_what_is_no_incident(void **state)
{
    static const char *const ids[] = {
        "inc-1", "inc-0", "inc-09", "inc-", "inc--9", "inc-9x", "9", "INC-9", "inc-+9", "inc-99999999999999999999",
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
        char path[100];
        (void) snprintf(path, sizeof path, "/api/incidents/%s", ids[i]);
        json_decref(get(path, 404));
    }
}

static void test_members_as_they_are_now(void **state)
{
    (void) state;

    json_t *body = get("/api/incidents/inc-10", 200);
    const json_t *member = json_array_get(json_object_get(body, "members"), 0);
    assert_int_equal(json_array_size(json_object_get(body, "members")), 1);
    assert_string_equal(json_string_value(json_object_get(member, "id")), "shop");
    assert_string_equal(json_string_value(json_object_get(member, "name")), "Shop");
    assert_string_equal(json_string_value(json_object_get(member, "hard_state")), "degraded");
    assert_true(json_is_true(json_object_get(member, "alert_open")));
    assert_true(json_is_null(json_object_get(member, "returned_at")));
    json_decref(body);

    body = get("/api/services/shop", 200);
    assert_string_equal(json_string_value(json_object_get(body, "incident")), "inc-10");
    json_decref(body);
    struct answer page = rig_get(&rig, "/fragments/overview", "");
    assert_non_null(strstr(page.body, "<a href=\"api/incidents/inc-10\">inc-10</a>"));
    answer_done(&page);
}

static void test_I4_the_timeline_is_that_of_members_while_they_were_in_it(void **state)
{
    static const struct { int64_t at_ms; TimelineRow row; bool in; } rows[] = {
        { AT - 1,    {.decision = "hard", .service = "acme", .to = "before"}, false },
        { AT,        {.decision = "hard", .service = "acme", .to = "as-it-opened"}, true },
        { AT,        {.decision = "incident", .service = "acme", .op = "open", .incident = "inc-9"}, true },
        { AT + 1,    {.decision = "incident", .service = "shop", .op = "open", .incident = "inc-8"}, false },
        { AT + 1999, {.decision = "hard", .service = "shop", .to = "not-yet-in"}, false },
        { AT + 2000, {.decision = "suppress", .service = "shop", .key = "service:shop", .reason = "dependency"}, true },
        { AT + 2100, {.decision = "suppress", .service = "shop", .key = "poller:shop/p", .reason = "poller_hold"}, false },
        { AT + 2200, {.decision = "ack", .service = "acme", .key = "service:acme", .op = "set"}, true },
        { AT + 2300, {.decision = "notify", .service = "acme", .key = "service:acme", .kind = "escalate"}, true },
        { AT + 2400, {.decision = "status", .service = "acme", .to = "unconfirmed"}, false },
        { AT + 2500, {.decision = "hard", .service = "someone", .to = "else"}, false },
        { AT + 5000, {.decision = "incident", .op = "resolve", .incident = "inc-9"}, true },
        { AT + 5001, {.decision = "hard", .service = "acme", .to = "afterwards"}, false },
    };
    size_t n = 0;
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        rig_put_row(&rig, rows[i].at_ms, &rows[i].row);
        n += rows[i].in;
    }
    json_t *body = get("/api/incidents/inc-9", 200);
    const json_t *timeline = json_object_get(body, "timeline");
    assert_int_equal(json_array_size(timeline), n);
    for (size_t i = 0, at = n; i < ARRAY_SIZE(rows); i++) {    /* the newest first */
        if (!rows[i].in)
            continue;
        const json_t *shown = json_array_get(timeline, --at);
        assert_string_equal(json_string_value(json_object_get(shown, "decision")), rows[i].row.decision);
    }
    assert_true(json_is_null(json_object_get(body, "next_cursor")));
    json_decref(body);

    body = get("/api/incidents/inc-9?limit=4", 200);
    const char *next = json_string_value(json_object_get(body, "next_cursor"));
    assert_non_null(next);
    char path[200];
    (void) snprintf(path, sizeof path, "/api/incidents/inc-9?limit=4&cursor=%s", next);
    json_decref(body);
    body = get(path, 200);
    assert_int_equal(json_array_size(json_object_get(body, "timeline")), n - 4);
    json_decref(body);
    json_decref(get("/api/incidents/inc-9?cursor=x", 400));
}

int main(void)
{
#define WITH_RIG(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        WITH_RIG(test_the_list_and_its_filters),
        WITH_RIG(test_an_item_says_who_and_how_bad),
        WITH_RIG(test_a_cursor_leads_on),
        WITH_RIG(test_what_is_no_incident),
        WITH_RIG(test_members_as_they_are_now),
        WITH_RIG(test_I4_the_timeline_is_that_of_members_while_they_were_in_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

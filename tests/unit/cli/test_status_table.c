/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "aggregator/cli/status_table.h"
#include "common/mem.h"

static void test_the_exit_codes_of_a_plugin(void **state)
{
    static const struct { const char *says; const char *json; int code; } cases[] = {
        { "operational", "{\"state\": \"operational\"}", 0 },
        { "degraded", "{\"state\": \"degraded\"}", 1 },
        { "partial outage", "{\"state\": \"partial_outage\"}", 2 },
        { "major outage", "{\"state\": \"major_outage\"}", 2 },
        { "unknown", "{\"state\": \"unknown\"}", 3 },
        { "a word of another version", "{\"state\": \"on_fire\"}", 3 },
        { "no word", "{\"state\": 4}", 3 },
        { "no state", "{}", 3 },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        json_t *object = json_loads(cases[i].json, 0, NULL);
        if (status_table_exit_code(status_table_state(object, "state")) != cases[i].code)
            fail_msg("%s", cases[i].says);
        json_decref(object);
    }
    assert_int_equal(status_table_exit_code(status_table_state(NULL, "state")), 3);
}

static char *print(const char *summary, const char *services, const char *hosts, bool colour)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    json_t *parts[] = {json_loads(summary, 0, NULL), json_loads(services, 0, NULL), json_loads(hosts, 0, NULL)};
    assert_true(parts[0] != NULL && parts[1] != NULL && parts[2] != NULL);
    const struct status_screen screen = {.summary = parts[0], .services = parts[1], .hosts = parts[2], .ready = false,
                                         .not_ready = "store: disk full", .colour = colour};
    status_table_print(&screen, out);
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
        json_decref(parts[i]);
    (void) fclose(out);
    return text;
}

static const char services[] =
    "[{\"name\": \"GitHub\", \"state\": \"major_outage\", \"changed_at\": \"2026-11-21T09:34:02.125Z\", \"tier\": 1, \"detail\": \"API\\u001b[31m down\"},"
    " {\"name\": \"Shop\", \"state\": \"degraded\", \"changed_at\": null, \"tier\": 2, \"manual\": {\"reason\": \"stock count\"}, \"detail\": null},"
    " {\"name\": \"Acme\", \"state\": \"unknown\", \"tier\": 2, \"detail\": null, \"poller_health\": \"broken\","
    "  \"poller_failure\": {\"reason\": \"parse\", \"detail\": \"not JSON\", \"polls\": 3}},"
    " {\"name\": \"Oops\", \"state\": \"operational\", \"tier\": 2, \"detail\": null, \"poller_health\": \"degraded\","
    "  \"poller_failure\": {\"reason\": \"timeout\", \"detail\": \"once\", \"polls\": 1}}]";

static void test_one_screen(void **state)
{
    (void) state;
    char *text = print("{\"overall\": \"major_outage\", \"verdict\": \"GitHub is down\", \"demo\": true, \"deliveries\": {\"pending\": 2, \"dead\": 1}}", services,
                       "[{\"id\": \"web-1\", \"state\": \"operational\"}, {\"id\": \"web-2\", \"state\": \"unknown\", \"silent\": true},"
                       " {\"id\": \"web-3\", \"state\": \"degraded\", \"counts\": {\"total\": 4}},"
                       " {\"id\": \"poller\", \"state\": \"unknown\", \"counts\": {\"total\": 0}}]", false);
    static const char *const expected[] = {"X major outage", "GitHub is down", "DEMO DATA", "2026-11-21 09:34:02", "! degraded", "by hand: stock count",
                                           "cannot be read (parse): not JSON",
                                           "web-2", "web-3", "Hosts: 4, 2 of them not operational", "2 pending, 1 dead",
                                           "NOT READY: store: disk full"};

    for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
        if (strstr(text, expected[i]) == NULL)
            fail_msg("no '%s' in:\n%s", expected[i], text);
    }
    assert_null(strstr(text, "web-1"));
    assert_null(strstr(text, "poller"));
    assert_null(strstr(text, "once"));
    assert_null(strchr(text, '\x1b'));   /* neither ours nor the vendor's */
    free(text);
}

static void test_colour_only_repeats_the_word(void **state)
{
    (void) state;
    char *text = print("{\"overall\": \"degraded\"}", services, "[]", true);
    assert_non_null(strstr(text, "\x1b[1;31mX major outage"));
    assert_null(strstr(text, "\x1b[31m down"));
    free(text);
}

static void test_nothing_configured(void **state)
{
    (void) state;
    char *text = print("{\"overall\": \"unknown\"}", "[]", "[]", false);
    assert_non_null(strstr(text, "No services are configured."));
    assert_non_null(strstr(text, "? unknown"));
    free(text);
}

static void test_one_service_as_a_plugin_tells_it(void **state)
{
    (void) state;
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    json_t *service = json_loads("{\"name\": \"GitHub\", \"state\": \"degraded\", \"changed_at\": \"2026-11-21T09:34:02.125Z\","
                                 " \"detail\": \"API slow\", \"sources\": [{\"id\": \"box/feed\", \"state\": \"degraded\","
                                 " \"poller\": \"ok\", \"observed_at\": \"2026-11-21T09:40:00.000Z\", \"detail\": \"slow\"}]}", 0, NULL);
    status_table_print_service(service, false, out);
    json_decref(service);
    (void) fclose(out);

    assert_memory_equal(text, "WARNING - GitHub is degraded since 2026-11-21 09:34:02: API slow\n", 64);
    assert_non_null(strstr(text, "box/feed, poller ok, last seen 2026-11-21 09:40:00: slow"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_exit_codes_of_a_plugin),
        cmocka_unit_test(test_one_screen),
        cmocka_unit_test(test_colour_only_repeats_the_word),
        cmocka_unit_test(test_nothing_configured),
        cmocka_unit_test(test_one_service_as_a_plugin_tells_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "aggregator/cli/explain_table.h"
#include "common/mem.h"

static char *print(const char *json, bool colour)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    json_t *explanation = json_loads(json, 0, NULL);

    assert_non_null(explanation);
    explain_table_print(explanation, colour, out);
    json_decref(explanation);
    (void) fclose(out);
    return text;
}

static const char shop[] =
    "{\"service_id\": \"shop\", \"name\": \"Shop\\u001b[31m\", \"tier\": 2, \"at\": \"2026-11-21T09:34:02.125Z\", \"state\": \"degraded\","
    " \"confirmed_state\": \"unknown\", \"alert_open\": false, \"verdict\": \"No alert: not yet.\", \"gates\": ["
    "{\"gate\": \"fresh\", \"verdict\": \"pass\", \"words\": \"1 of 1 sources vote\", \"inputs\": {\"sources\": [{\"id\": \"web/page\","
    " \"state\": \"degraded\", \"poller\": \"ok\", \"asked\": true, \"votes\": true, \"heard_at\": \"2026-11-21T09:34:00.000Z\","
    " \"stale_at\": \"2026-11-21T09:39:00.001Z\"}]}, \"parameters\": []},"
    "{\"gate\": \"confirmed\", \"verdict\": \"stops\", \"words\": \"2 of 3 polls\", \"inputs\": {}, \"parameters\": ["
    "{\"name\": \"confirm_polls\", \"value\": 3, \"unit\": \"polls\", \"from\": \"shipped\"},"
    "{\"name\": \"combine\", \"value\": \"worst\", \"unit\": null, \"from\": \"service\"}]},"
    "{\"gate\": \"told\", \"verdict\": \"not_reached\", \"words\": \"not reached\", \"inputs\": {}, \"parameters\": ["
    "{\"name\": \"reminders\", \"value\": true, \"unit\": null, \"from\": \"shipped\"}]},"
    "{\"gate\": \"outbox\", \"verdict\": \"stops\", \"words\": \"1 dead\", \"inputs\": {\"deliveries\": [{\"channel\": \"chat\","
    " \"kind\": \"raise\", \"level\": \"degraded\", \"state\": \"dead\", \"decided_at\": \"2026-11-21T09:00:00.000Z\","
    " \"reason\": \"HTTP 404\"}]}, \"parameters\": []}]}";

static void test_top_to_bottom(void **state)
{
    (void) state;
    CLEANUP(mem_freep) char *text = print(shop, false);

    assert_string_equal(text,
        "Shop [31m (shop), tier 2, at 2026-11-21 09:34:02 UTC: degraded now, confirmed unknown\n"
        "\n"
        "        GATE          WHY\n"
        "pass    fresh         1 of 1 sources vote\n"
        "                       web/page: degraded, poller ok, last heard 2026-11-21 09:34:00, votes until 2026-11-21 09:39:00\n"
        "STOPS   confirmed     2 of 3 polls\n"
        "                       confirm_polls 3 polls (shipped), combine worst (service)\n"
        "-       told          not reached\n"
        "STOPS   outbox        1 dead\n"
        "                       2026-11-21 09:00:00 raise of degraded to chat: dead, HTTP 404\n"
        "\n"
        "No alert: not yet.\n");
}

static void test_colour_only_repeats_the_word(void **state)
{
    (void) state;
    CLEANUP(mem_freep) char *text = print(shop, true);

    assert_non_null(strstr(text, "\x1b[1;31mSTOPS \x1b[0m  confirmed"));
}

/* An aggregator of another version. */
static void test_what_is_missing_is_left_out(void **state)
{
    static const char *const cases[] = {
        "{}", "[]", "{\"gates\": 3}", "{\"gates\": [1, null, {}, {\"gate\": \"fresh\", \"verdict\": \"new\", \"inputs\": 7}]}",
        "{\"gates\": [{\"verdict\": \"pass\", \"parameters\": [{}], \"inputs\": {\"sources\": [{}], \"deliveries\": [{}]}}]}",
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP(mem_freep) char *text = print(cases[i], false);
        assert_non_null(strstr(text, "GATE"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_top_to_bottom),
        cmocka_unit_test(test_colour_only_repeats_the_word),
        cmocka_unit_test(test_what_is_missing_is_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

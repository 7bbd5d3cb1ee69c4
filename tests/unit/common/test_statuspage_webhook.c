/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/statuspage_webhook.h"

#define PAGE "\"page\":{\"id\":\"p1\"}"
#define COMPONENT "\"component\":{\"id\":\"c\",\"status\":\"operational\"}"
#define UPDATE "\"component_update\":{\"id\":\"u\",\"created_at\":\"2026-03-01T10:00:00Z\"}"
#define TEN "0123456789"
#define EIGHTY TEN TEN TEN TEN TEN TEN TEN TEN

static void test_what_is_taken(void **state)
{
    static const struct {
        const char *says, *in;
        enum statuspage_event event;
        const char *id;
        int64_t at_ms;
        bool backfilled;
    } cases[] = {
        { "a component", "{" PAGE "," COMPONENT "," UPDATE "}", STATUSPAGE_COMPONENT, "u", 1772359200000, false },
        { "an incident, as short as it can be", "{" PAGE ",\"incident\":{\"id\":\"i\",\"status\":\"resolved\"}}",
          STATUSPAGE_INCIDENT, "i", 0, false },
        { "of the past", "{" PAGE ",\"incident\":{\"id\":\"i\",\"status\":\"resolved\",\"backfilled\":true}}",
          STATUSPAGE_INCIDENT, "i", 0, true },
        { "a word for true is not true", "{" PAGE ",\"incident\":{\"id\":\"i\",\"status\":\"x\",\"backfilled\":\"true\"}}",
          STATUSPAGE_INCIDENT, "i", 0, false },
        { "planned", "{" PAGE ",\"incident\":{\"id\":\"i\",\"status\":\"scheduled\",\"scheduled_for\":\"2026-03-01T10:00:00Z\"}}",
          STATUSPAGE_MAINTENANCE, "i", 0, false },
        { "an impossible time is none", "{" PAGE ",\"incident\":{\"id\":\"i\",\"status\":\"x\",\"updated_at\":\"yesterday\"}}",
          STATUSPAGE_INCIDENT, "i", 0, false },
        { "an id of 80 bytes", "{" PAGE ",\"incident\":{\"id\":\"" EIGHTY "\",\"status\":\"x\"}}", STATUSPAGE_INCIDENT, EIGHTY, 0,
          false },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct statuspage_webhook out;
        struct error err = {0};
        if (statuspage_webhook_parse(text_of(cases[i].in), &out, NULL, &err) != 0)
            fail_msg("%s: %s", cases[i].says, err.text);
        if (out.event != cases[i].event || strcmp(out.id, cases[i].id) != 0 || out.at_ms != cases[i].at_ms
            || out.backfilled != cases[i].backfilled || strcmp(out.page_id, "p1") != 0)
            fail_msg("%s: %d %s %lld", cases[i].says, out.event, out.id, (long long) out.at_ms);
    }
}

static void test_what_is_refused(void **state)
{
    static const struct { const char *says, *in; int outcome; const char *words; } cases[] = {
        { "nothing", "", STATUSPAGE_WEBHOOK_NO_JSON, "line 1" },
        { "a form", "payload=%7B%7D", STATUSPAGE_WEBHOOK_NO_JSON, "line 1" },
        { "a list", "[]", STATUSPAGE_WEBHOOK_FOREIGN, "no \"page\"" },
        { "no page", "{" COMPONENT "," UPDATE "}", STATUSPAGE_WEBHOOK_FOREIGN, "no \"page\"" },
        { "a page that is a word", "{\"page\":\"p1\"," COMPONENT "," UPDATE "}", STATUSPAGE_WEBHOOK_FOREIGN, "no \"page\"" },
        { "a page with a number for an id", "{\"page\":{\"id\":7}," COMPONENT "," UPDATE "}", STATUSPAGE_WEBHOOK_FOREIGN, "no id" },
        { "an id of 81 bytes", "{" PAGE ",\"incident\":{\"id\":\"" EIGHTY "0\",\"status\":\"x\"}}", STATUSPAGE_WEBHOOK_FOREIGN,
          "no id" },
        { "neither", "{" PAGE "}", STATUSPAGE_WEBHOOK_FOREIGN, "neither" },
        { "null for both", "{" PAGE ",\"incident\":null,\"component_update\":null}", STATUSPAGE_WEBHOOK_FOREIGN, "neither" },
        { "both", "{" PAGE ",\"incident\":{}," COMPONENT "," UPDATE "}", STATUSPAGE_WEBHOOK_FOREIGN, "both" },
        { "an update without its component", "{" PAGE "," UPDATE "}", STATUSPAGE_WEBHOOK_FOREIGN, "without its component" },
        { "a component without its update", "{" PAGE "," COMPONENT "}", STATUSPAGE_WEBHOOK_FOREIGN, "neither" },
        { "a component without a status", "{" PAGE ",\"component\":{}," UPDATE "}", STATUSPAGE_WEBHOOK_FOREIGN, "no status" },
        { "an incident that is a list", "{" PAGE ",\"incident\":[]}", STATUSPAGE_WEBHOOK_FOREIGN, "no object" },
        { "an incident without a status", "{" PAGE ",\"incident\":{\"id\":\"i\"}}", STATUSPAGE_WEBHOOK_FOREIGN, "no status" },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct statuspage_webhook out = {.id = "as it was"};
        json_t *summary = NULL;
        struct error err = {0};
        int r = statuspage_webhook_parse(text_of(cases[i].in), &out, &summary, &err);
        if (r != cases[i].outcome || strstr(err.text, cases[i].words) == NULL)
            fail_msg("%s: %d, %s", cases[i].says, r, err.text);
        assert_null(summary);
        assert_string_equal(out.id, "as it was");
    }
}

/* One byte less is read. */
static void test_the_bound_of_a_body(void **state)
{
    static const char tail[] = "{" PAGE "," COMPONENT "," UPDATE "}";
    size_t len = STATUSPAGE_WEBHOOK_BYTES_MAX + 1;
    CLEANUP(mem_freep) char *body = mem_new(len);
    struct statuspage_webhook out;
    struct error err = {0};
    (void) state;

    for (size_t i = 0; i < len; i++)
        body[i] = ' ';
    memcpy(body + len - strlen(tail), tail, strlen(tail));
    assert_int_equal(statuspage_webhook_parse((struct text) {body, len}, &out, NULL, &err), STATUSPAGE_WEBHOOK_NO_JSON);
    assert_int_equal(statuspage_webhook_parse((struct text) {body + 1, len - 1}, &out, NULL, &err), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_taken),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_the_bound_of_a_body),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

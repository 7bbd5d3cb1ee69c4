/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "collector/probes/http.h"
#include "common/mem.h"

#define BODY(words) {words, sizeof(words) - 1}

static void test_answers(void **state)
{
    static const struct { const char *says; struct http_reply reply; bool ok; enum status level; } cases[] = {
        { "good", {.status = 200, .total_ms = 100, .body = BODY("all fine")}, true, STATUS_OPERATIONAL },
        { "as slow as allowed", {.status = 200, .total_ms = 2000, .body = BODY("fine")}, true, STATUS_OPERATIONAL },
        { "slower", {.status = 200, .total_ms = 2001, .body = BODY("fine")}, true, STATUS_DEGRADED },
        { "the words are missing", {.status = 200, .body = BODY("login")}, true, STATUS_PARTIAL_OUTAGE },
        { "no body at all", {.status = 204}, true, STATUS_PARTIAL_OUTAGE },
        { "5xx", {.status = 503, .body = BODY("fine")}, true, STATUS_MAJOR_OUTAGE },
        { "4xx", {.status = 404, .body = BODY("fine")}, true, STATUS_MAJOR_OUTAGE },
        { "a redirect nobody expects", {.status = 302}, true, STATUS_MAJOR_OUTAGE },
        { "asked too often", {.status = 429}, true, STATUS_DEGRADED },
        { "no connection", {.fault = HTTP_FAULT_CONNECT, .message = "refused"}, true, STATUS_MAJOR_OUTAGE },
        { "timeout", {.fault = HTTP_FAULT_TIMEOUT, .message = "late"}, true, STATUS_MAJOR_OUTAGE },
        { "certificate", {.fault = HTTP_FAULT_TLS, .message = "expired"}, true, STATUS_MAJOR_OUTAGE },
        { "cut", {.fault = HTTP_FAULT_CUT, .message = "cut"}, true, STATUS_MAJOR_OUTAGE },
        { "no HTTP", {.fault = HTTP_FAULT_GARBLED, .message = "what?"}, true, STATUS_MAJOR_OUTAGE },
        { "a body beyond what is read", {.fault = HTTP_FAULT_TOO_BIG, .status = 200, .body = BODY("fine"), .message = "big"}, true,
          STATUS_OPERATIONAL },
        { "does not resolve", {.fault = HTTP_FAULT_DNS, .message = "no name"}, false, STATUS_UNKNOWN },
        { "our own fault", {.fault = HTTP_FAULT_OTHER, .message = "?"}, false, STATUS_UNKNOWN },
    };
    static char url[] = "http://10.0.0.1/health";
    static char words[] = "fine";
    (void) state;

    struct probe_entry entry = {.kind = PROBE_HTTP, .url = url, .expect_body = words, .warn_ms = 2000};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct verdict verdict = {0};
        http_judge(&entry, &cases[i].reply, 0, &verdict);
        if (verdict.ok != cases[i].ok || verdict.level != cases[i].level || verdict.detail[0] == '\0'
            || (verdict.reason[0] == '\0') != verdict.ok)
            fail_msg("%s: %d \"%s\"", cases[i].says, verdict.level, verdict.detail);
    }
}

static void test_expected_statuses(void **state)
{
    static const struct { const char *says; long status; enum status level; } cases[] = {
        { "below the range", 300, STATUS_MAJOR_OUTAGE },
        { "its low end", 301, STATUS_OPERATIONAL },
        { "its high end", 302, STATUS_OPERATIONAL },
        { "above", 303, STATUS_MAJOR_OUTAGE },
        { "listed though 4xx", 401, STATUS_OPERATIONAL },
        { "listed 429", 429, STATUS_OPERATIONAL },
        { "200 is not listed", 200, STATUS_MAJOR_OUTAGE },
    };
    (void) state;

    struct probe_entry entry = {.kind = PROBE_HTTP, .expect_status = {{301, 302}, {401, 401}, {429, 429}}, .n_expect_status = 3};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct verdict verdict = {0};
        http_judge(&entry, &(struct http_reply) {.status = cases[i].status}, 0, &verdict);
        if (verdict.level != cases[i].level)
            fail_msg("%s: %d", cases[i].says, verdict.level);
    }
}

static void test_metrics(void **state)
{
    (void) state;
    struct probe_entry entry = {.kind = PROBE_HTTP};
    struct verdict verdict = {0};
    http_judge(&entry, &(struct http_reply) {.status = 200, .total_ms = 250, .certificate_expires_ms = 90000}, 60000, &verdict);
    assert_int_equal(verdict.n_metrics, 3);
    assert_string_equal(verdict.metrics[0].name, "probe_duration_seconds");
    assert_true(verdict.metrics[0].value == 0.25);
    assert_string_equal(verdict.metrics[1].name, "probe_http_status");
    assert_string_equal(verdict.metrics[2].name, "probe_tls_expiry_seconds");
    assert_true(verdict.metrics[2].value == 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_expected_statuses),
        cmocka_unit_test(test_metrics),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

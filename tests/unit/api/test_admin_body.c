/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/api/admin_body.h"
#include "common/mem.h"

#define OK "{\"service_id\":\"acme\",\"new_status\":\"degraded\",\"reason\":\"r\""

static void test_status_bodies(void **state)
{
    static const struct { const char *says; const char *body; unsigned status; const char *pointer; } cases[] = {
        {"the least", OK "}", 0, NULL},
        {"all of it", OK ",\"detail\":\"d\",\"ttl_seconds\":60}", 0, NULL},
        {"the end", "{\"service_id\":\"acme\",\"new_status\":null,\"reason\":\"r\"}", 0, NULL},
        {"a short word", "{\"service_id\":\"acme\",\"new_status\":\"major\",\"reason\":\"r\"}", 0, NULL},
        {"a host's check", "{\"service_id\":\"web-1:disk.root\",\"new_status\":null,\"reason\":\"r\"}", 0, NULL},
        {"no end", OK ",\"ttl_seconds\":0}", 0, NULL},
        {"null for what may be absent", OK ",\"detail\":null,\"ttl_seconds\":null}", 0, NULL},
        {"nothing", "", 400, NULL},
        {"half", "{", 400, NULL},
        {"twice the same member", OK ",\"reason\":\"s\"}", 400, NULL},
        {"something behind", OK "} x", 400, NULL},
        {"an array", "[]", 422, ""},
        {"no service", "{\"new_status\":null,\"reason\":\"r\"}", 422, "/service_id"},
        {"a number for a service", "{\"service_id\":7,\"new_status\":null,\"reason\":\"r\"}", 422, "/service_id"},
        {"no id", "{\"service_id\":\"A b\",\"new_status\":null,\"reason\":\"r\"}", 422, "/service_id"},
        {"two colons", "{\"service_id\":\"a:b:c\",\"new_status\":null,\"reason\":\"r\"}", 422, "/service_id"},
        {"no status", "{\"service_id\":\"acme\",\"reason\":\"r\"}", 422, "/new_status"},
        {"purple", "{\"service_id\":\"acme\",\"new_status\":\"purple\",\"reason\":\"r\"}", 422, "/new_status"},
        {"a number for a status", "{\"service_id\":\"acme\",\"new_status\":4,\"reason\":\"r\"}", 422, "/new_status"},
        {"no reason", "{\"service_id\":\"acme\",\"new_status\":null}", 422, "/reason"},
        {"an empty reason", "{\"service_id\":\"acme\",\"new_status\":null,\"reason\":\"  \"}", 422, "/reason"},
        {"negative", OK ",\"ttl_seconds\":-1}", 422, "/ttl_seconds"},
        {"half a second", OK ",\"ttl_seconds\":0.5}", 422, "/ttl_seconds"},
        {"a word", OK ",\"ttl_seconds\":\"60\"}", 422, "/ttl_seconds"},
        {"beyond a year", OK ",\"ttl_seconds\":31536001}", 422, "/ttl_seconds"},
        {"a misspelt member", OK ",\"ttl_second\":60}", 422, "/ttl_second"},
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct status_body body = {.ttl_s = 77};
        struct problem problem = {0};
        int r = status_body_parse(text_of(cases[i].body), &body, &problem);
        if (r == 0 ? cases[i].status != 0 : problem_status(problem.kind) != cases[i].status)
            fail_msg("%s: %d %s", cases[i].says, r, problem.detail);
        if (cases[i].pointer != NULL && strcmp(problem.points[0].pointer, cases[i].pointer) != 0)
            fail_msg("%s: points at %s", cases[i].says, problem.points[0].pointer);
        if (r != 0)
            assert_int_equal(body.ttl_s, 77);        /* a failure leaves it as it was */
    }
}

static void test_all_faults_are_told_and_bounded(void **state)
{
    struct status_body body;
    struct problem problem = {0};
    (void) state;

    assert_true(status_body_parse(text_of("{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,\"h\":1,\"i\":1}"), &body, &problem) < 0);
    assert_int_equal(problem.n_points, PROBLEM_POINTS_MAX);
    problem = (struct problem) {0};
    assert_true(status_body_parse(text_of("{}"), &body, &problem) < 0);
    assert_int_equal(problem.n_points, 3);
}

static void test_lengths(void **state)
{
    char reason[300];
    char body[500];
    struct status_body out;
    (void) state;

    for (int len = REASON_BYTES_MAX; len <= REASON_BYTES_MAX + 1; len++) {
        struct problem problem = {0};
        memset(reason, 'x', (size_t) len);
        reason[len] = '\0';
        (void) snprintf(body, sizeof body, "{\"service_id\":\"acme\",\"new_status\":null,\"reason\":\"%s\"}", reason);
        assert_int_equal(status_body_parse(text_of(body), &out, &problem) == 0, len == REASON_BYTES_MAX);
    }
}

static void test_token_and_collector_bodies(void **state)
{
    static const struct { const char *body; bool token, collector; const char *pointer; } cases[] = {
        {"{\"name\":\"bot\",\"role\":\"viewer\"}", true, false, NULL},
        {"{\"name\":\"bot\",\"role\":\"root\"}", false, false, "/role"},
        {"{\"name\":\"Bot\",\"role\":\"admin\"}", false, false, "/name"},
        {"{\"name\":\"bot\",\"role\":\"none\"}", false, false, "/role"},
        {"{\"name\":\"web-1\",\"public_key\":\"rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7\"}", false, true, NULL},
        {"{\"name\":\"web-1\",\"public_key\":\"rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7\",\"services\":true,\"replace\":false}", false, true, NULL},
        {"{\"name\":\"web-1\",\"public_key\":\"short\"}", false, false, NULL},
        {"{\"name\":\"../x\",\"public_key\":\"rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7\"}", false, false, NULL},
        {"{\"name\":\"web-1\",\"public_key\":\"rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7\",\"services\":1}", false, false, NULL},
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct token_body token;
        struct collector_body collector;
        struct problem problem = {0};
        if ((token_body_parse(text_of(cases[i].body), &token, &problem) == 0) != cases[i].token)
            fail_msg("token: %s", cases[i].body);
        if (cases[i].pointer != NULL)
            assert_string_equal(problem.points[0].pointer, cases[i].pointer);
        problem = (struct problem) {0};
        if ((collector_body_parse(text_of(cases[i].body), &collector, &problem) == 0) != cases[i].collector)
            fail_msg("collector: %s", cases[i].body);
    }
}

static void test_ack_bodies(void **state)
{
    static const struct { const char *says; const char *body; unsigned status; const char *pointer; } cases[] = {
        {"no body", "", 0, NULL},
        {"no member", "{}", 0, NULL},
        {"for a while", "{\"notes\":\"on it\",\"ttl_seconds\":60,\"sticky\":true}", 0, NULL},
        {"until then", "{\"until\":\"2026-11-21T10:22:00Z\"}", 0, NULL},
        {"null for what may be absent", "{\"notes\":null,\"ttl_seconds\":null,\"until\":null}", 0, NULL},
        {"half", "{", 400, NULL},
        {"a word", "\"x\"", 400, NULL},
        {"a list", "[]", 422, ""},
        {"a number for notes", "{\"notes\":7}", 422, "/notes"},
        {"less than nothing", "{\"ttl_seconds\":-1}", 422, "/ttl_seconds"},
        {"beyond a year", "{\"ttl_seconds\":31536001}", 422, "/ttl_seconds"},
        {"tomorrow", "{\"until\":\"tomorrow\"}", 422, "/until"},
        {"a number for a time", "{\"until\":7}", 422, "/until"},
        {"both", "{\"until\":\"2026-11-21T10:22:00Z\",\"ttl_seconds\":60}", 422, "/until"},
        {"a word for a flag", "{\"sticky\":\"yes\"}", 422, "/sticky"},
        {"a misspelt member", "{\"note\":\"x\"}", 422, "/note"},
    };
    char notes[NOTES_BYTES_MAX + 40];
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct ack_body body = {.ttl_s = 77};
        struct problem problem = {0};
        int r = ack_body_parse(text_of(cases[i].body), &body, &problem);
        if (r == 0 ? cases[i].status != 0 : problem_status(problem.kind) != cases[i].status)
            fail_msg("%s: %d %s", cases[i].says, r, problem.detail);
        if (cases[i].pointer != NULL && strcmp(problem.points[0].pointer, cases[i].pointer) != 0)
            fail_msg("%s: points at %s", cases[i].says, problem.points[0].pointer);
        if (r != 0)
            assert_int_equal(body.ttl_s, 77);        /* a failure leaves it as it was */
    }
    for (int len = NOTES_BYTES_MAX; len <= NOTES_BYTES_MAX + 1; len++) {
        struct ack_body body;
        struct problem problem = {0};
        (void) snprintf(notes, sizeof notes, "{\"notes\":\"%0*d\"}", len, 0);
        assert_int_equal(ack_body_parse(text_of(notes), &body, &problem) == 0, len == NOTES_BYTES_MAX);
    }
}

static void test_empty_bodies(void **state)
{
    static const struct { const char *body; bool good; } cases[] = {{"", true}, {" \n", true}, {"{}", true}, {"{\"a\":1}", false}, {"[]", false}, {"x", false}};
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct problem problem = {0};
        if ((empty_body_parse(text_of(cases[i].body), &problem) == 0) != cases[i].good)
            fail_msg("%s", cases[i].body);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_status_bodies),
        cmocka_unit_test(test_all_faults_are_told_and_bounded),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_token_and_collector_bodies),
        cmocka_unit_test(test_ack_bodies),
        cmocka_unit_test(test_empty_bodies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

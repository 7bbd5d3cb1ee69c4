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
#include "aggregator/api/evidence_body.h"
#include "aggregator/api/maintenance_body.h"
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
        {"until a time", OK ",\"until\":\"2026-11-21T10:22:00Z\"}", 0, NULL},
        {"until nothing", OK ",\"until\":null,\"ttl_seconds\":60}", 0, NULL},
        {"until a word", OK ",\"until\":\"tomorrow\"}", 422, "/until"},
        {"until a number", OK ",\"until\":1800000000}", 422, "/until"},
        {"both ends", OK ",\"until\":\"2026-11-21T10:22:00Z\",\"ttl_seconds\":60}", 422, "/until"},
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

#define WINDOW "{\"subjects\":[\"acme\"],\"reason\":\"r\""
#define NOW_MS 1700000000000             /* 2023-11-14T22:13:20Z */

static void test_window_bodies(void **state)
{
    static const struct { const char *says, *body; unsigned status; const char *pointer; } cases[] = {
        {"a minute from now", WINDOW ",\"duration_seconds\":60}", 0, NULL},
        {"all of it", WINDOW ",\"id\":\"w1\",\"start\":\"2023-11-14T22:00:00Z\",\"end\":\"2023-11-14T23:00:00Z\",\"slo_exclude\":false}", 0, NULL},
        {"null for what may be absent", WINDOW ",\"id\":null,\"start\":null,\"end\":null,\"slo_exclude\":null,\"duration_seconds\":1}", 0, NULL},
        {"nothing", "", 400, NULL},
        {"no end", WINDOW "}", 422, "/end"},
        {"two ends", WINDOW ",\"end\":\"2030-01-01T00:00:00Z\",\"duration_seconds\":60}", 422, "/end"},
        {"an end before now", WINDOW ",\"end\":\"2023-11-14T22:13:19Z\"}", 422, "/end"},
        {"an end at its start", WINDOW ",\"end\":\"2023-11-14T22:13:20Z\"}", 422, "/end"},
        {"an end that is no time", WINDOW ",\"end\":\"tomorrow\"}", 422, "/end"},
        {"a start that is no time", WINDOW ",\"start\":7,\"duration_seconds\":60}", 422, "/start"},
        {"no length", WINDOW ",\"duration_seconds\":0}", 422, "/duration_seconds"},
        {"beyond a year", WINDOW ",\"duration_seconds\":31536001}", 422, "/duration_seconds"},
        {"half a second", WINDOW ",\"duration_seconds\":0.5}", 422, "/duration_seconds"},
        {"no subjects", "{\"reason\":\"r\",\"duration_seconds\":60}", 422, "/subjects"},
        {"none of them", "{\"subjects\":[],\"reason\":\"r\",\"duration_seconds\":60}", 422, "/subjects"},
        {"a subject of no form", "{\"subjects\":[\"*\",\"A b\"],\"reason\":\"r\",\"duration_seconds\":60}", 422, "/subjects/1"},
        {"a number for a subject", "{\"subjects\":[7],\"reason\":\"r\",\"duration_seconds\":60}", 422, "/subjects/0"},
        {"no reason", "{\"subjects\":[\"*\"],\"duration_seconds\":60}", 422, "/reason"},
        {"an id that is none", WINDOW ",\"id\":\"vendor:x\",\"duration_seconds\":60}", 422, "/id"},
        {"a word for a flag", WINDOW ",\"slo_exclude\":\"no\",\"duration_seconds\":60}", 422, "/slo_exclude"},
        {"a misspelt member", WINDOW ",\"duration_second\":60,\"duration_seconds\":60}", 422, "/duration_second"},
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct maintenance_body body = {.window.end_ms = 77};
        struct problem problem = {0};
        int r = maintenance_body_parse(text_of(cases[i].body), NOW_MS, &body, &problem);
        if (r == 0 ? cases[i].status != 0 : problem_status(problem.kind) != cases[i].status)
            fail_msg("%s: %d %s %s", cases[i].says, r, problem.detail, problem.points[0].detail);
        if (cases[i].pointer != NULL && strcmp(problem.points[0].pointer, cases[i].pointer) != 0)
            fail_msg("%s: points at %s", cases[i].says, problem.points[0].pointer);
        if (r != 0)
            assert_int_equal(body.window.end_ms, 77);
    }

    struct maintenance_body body;
    struct problem problem = {0};
    assert_int_equal(maintenance_body_parse(text_of(cases[0].body), NOW_MS, &body, &problem), 0);
    assert_true(body.starts_now);
    assert_int_equal(body.window.start_ms, NOW_MS);
    assert_int_equal(body.window.end_ms, NOW_MS + 60000);
    assert_false(body.window.has_slo_exclude);
    assert_int_equal(maintenance_body_parse(text_of(cases[1].body), NOW_MS, &body, &problem), 0);
    assert_false(body.starts_now);
    assert_int_equal(body.window.end_ms - body.window.start_ms, 3600000);
    assert_true(body.window.has_slo_exclude);
}

static void test_forms_of_alert_keys(void **state)
{
    static const struct { const char *key; bool good; } cases[] = {
        {"service:acme", true}, {"service:web-1:disk", true}, {"flap:acme", true}, {"poller:acme/web-1/page", true},
        {"collector:web-1", true}, {"slo:acme:fast", true}, {"slo:web-1:disk:ticket", true}, {"self:mass_silence", true},
        {"", false}, {"service", false}, {"service:", false}, {"service:A b", false}, {"poller:acme", false},
        {"poller:acme/", false}, {"collector:a:b", false}, {"slo:acme", false}, {"slo:acme:quick", false},
        {"slo::fast", false}, {"self:other", false}, {"weather:acme", false},
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        if (maintenance_is_alert_key(text_of(cases[i].key)) != cases[i].good)
            fail_msg("%s", cases[i].key);
    }
}

#define PROOF "{\"area\":\"backup\",\"subject\":\"db\",\"result\":\"pass\""

static void test_evidence_bodies(void **state)
{
    static const struct { const char *says; const char *body; unsigned status; const char *pointer; } cases[] = {
        {"the least", PROOF "}", 0, NULL},
        {"all of it", PROOF ",\"at\":\"2026-11-21T10:22:00Z\",\"origin\":\"job 7\",\"artefact\":\"sha256:0\",\"note\":\"n\"}", 0, NULL},
        {"null for what may be absent", PROOF ",\"at\":null,\"origin\":null,\"artefact\":null,\"note\":null}", 0, NULL},
        {"a subject with blanks", "{\"area\":\"backup\",\"subject\":\"shop \\\"live\\\"\",\"result\":\"warn\"}", 0, NULL},
        {"withdrawn", "{\"area\":\"backup\",\"subject\":\"db\",\"result\":null}", 0, NULL},
        {"nothing", "", 400, NULL},
        {"an array", "[]", 422, ""},
        {"no area", "{\"subject\":\"db\",\"result\":\"pass\"}", 422, "/area"},
        {"an area that is no id", "{\"area\":\"Back up\",\"subject\":\"db\",\"result\":\"pass\"}", 422, "/area"},
        {"no subject", "{\"area\":\"backup\",\"result\":\"pass\"}", 422, "/subject"},
        {"an empty subject", "{\"area\":\"backup\",\"subject\":\" \",\"result\":\"pass\"}", 422, "/subject"},
        {"no result", "{\"area\":\"backup\",\"subject\":\"db\"}", 422, "/result"},
        {"a result nobody knows", "{\"area\":\"backup\",\"subject\":\"db\",\"result\":\"passed\"}", 422, "/result"},
        {"an empty result", "{\"area\":\"backup\",\"subject\":\"db\",\"result\":\"\"}", 422, "/result"},
        {"a number for a result", "{\"area\":\"backup\",\"subject\":\"db\",\"result\":1}", 422, "/result"},
        {"no time", PROOF ",\"at\":\"yesterday\"}", 422, "/at"},
        {"a number for a time", PROOF ",\"at\":1}", 422, "/at"},
        {"a misspelt member", PROOF ",\"artifact\":\"x\"}", 422, "/artifact"},
    };
    Evidence evidence;
    struct problem problem = {0};
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        evidence = (Evidence) {.at_ms = 77};
        problem = (struct problem) {0};
        int r = evidence_body_parse(text_of(cases[i].body), &evidence, &problem);
        if (r == 0 ? cases[i].status != 0 : problem_status(problem.kind) != cases[i].status)
            fail_msg("%s: %d %s", cases[i].says, r, problem.detail);
        if (cases[i].pointer != NULL && strcmp(problem.points[0].pointer, cases[i].pointer) != 0)
            fail_msg("%s: points at %s", cases[i].says, problem.points[0].pointer);
        if (r != 0)
            assert_int_equal(evidence.at_ms, 77);
    }
    problem = (struct problem) {0};
    assert_int_equal(evidence_body_parse(text_of(cases[1].body), &evidence, &problem), 0);
    assert_true(evidence.has_at_ms);
    assert_string_equal(evidence.origin, "job 7");
    assert_int_equal(evidence.result, EVIDENCE_PASS);
    assert_int_equal(evidence_body_parse(text_of(cases[4].body), &evidence, &problem), 0);
    assert_int_equal(evidence.result, EVIDENCE_UNSPECIFIED);
    assert_false(evidence.has_at_ms);
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
        cmocka_unit_test(test_window_bodies),
        cmocka_unit_test(test_evidence_bodies),
        cmocka_unit_test(test_forms_of_alert_keys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

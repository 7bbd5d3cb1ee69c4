/* SPDX-License-Identifier: Apache-2.0 */
/* Readiness as people are told of it: the sentences, and the answers over HTTP. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "aggregator/api/readiness_words.h"
#include "common/clock.h"
#include "common/mem.h"
#include "rig.h"

enum { AT_MS = 1000 };                 /* the first second of 1970 */

static struct rig rig;

/* ---------------------------------------------------------------- words */

static const struct evidence_area backup = {.name = "backup", .required = true, .weight = 1, .fresh_s = 10, .expire_s = 20};
static const struct evidence_area security = {.name = "security", .weight = 1, .fresh_s = 10, .expire_s = 20};
static const struct evidence_area incidents = {.name = "incidents", .required = true, .weight = 1};
static const struct evidence_area monitoring = {.name = "monitoring", .weight = 1};

static struct area_view area(const struct evidence_area *area, enum area_state state)
{
    return (struct area_view) {.area = area, .kind = area_kind_of(area->name), .verdict = {.state = state}};
}

static void test_the_verdict(void **state)
{
    const struct {
        const char *says;
        enum readiness_state overall;
        struct area_view areas[3];
        size_t n;
        const char *words;
    } cases[] = {
        { "all is proven", READINESS_READY, {area(&backup, AREA_OK), area(&security, AREA_OK)}, 2,
          "Ready: every area has fresh evidence." },
        { "nothing is asked for", READINESS_READY, {area(&backup, AREA_OK)}, 0, "Ready: nothing has to be proven." },
        { "limits are named", READINESS_LIMITED, {area(&backup, AREA_STALE), area(&security, AREA_MISSING), area(&incidents, AREA_OK)}, 3,
          "Ready with limits: backup stale, security missing." },
        { "what blocks stands first", READINESS_NOT_READY,
          {area(&security, AREA_EXPIRED), area(&backup, AREA_EXPIRED), area(&incidents, AREA_FAILED)}, 3,
          "Not ready: backup expired, incidents failed. Besides: security expired." },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP(mem_freep) struct readiness_view *view = mem_new(sizeof *view);
        char words[READINESS_VERDICT_BYTES];
        view->now.state = cases[i].overall;
        view->n_areas = cases[i].n;
        memcpy(view->areas, cases[i].areas, sizeof cases[i].areas);
        readiness_verdict(view, words);
        if (strcmp(words, cases[i].words) != 0)
            fail_msg("%s: %s", cases[i].says, words);
    }
}

static void test_a_long_verdict_is_cut_and_counted(void **state)
{
    static const struct evidence_area long_name = {.name = "an-area-with-a-name-of-exactly-40-bytes.", .required = true};
    CLEANUP(mem_freep) struct readiness_view *view = mem_new(sizeof *view);
    char words[READINESS_VERDICT_BYTES];
    (void) state;

    view->now.state = READINESS_NOT_READY;
    view->n_areas = EVIDENCE_AREAS_MAX;
    for (size_t i = 0; i < view->n_areas; i++)
        view->areas[i] = area(&long_name, AREA_MISSING);
    readiness_verdict(view, words);
    assert_non_null(strstr(words, " and 26 more."));
    assert_true(strlen(words) < sizeof words);
}

static void test_each_area_that_is_not_ok_has_one_thing_to_do(void **state)
{
    const Evidence evidence = {.area = "backup", .subject = "shop", .has_at_ms = true, .at_ms = AT_MS};
    const struct {
        const char *says;
        const struct evidence_area *area;
        enum area_state state;
        struct service_tally tally;
        const char *words;
    } cases[] = {
        { "ok", &backup, AREA_OK, {0}, "" },
        { "never proven", &backup, AREA_MISSING, {0},
          "Nothing was ever recorded for backup: have the job that tries it report its result here." },
        { "failed", &backup, AREA_FAILED, {0}, "shop failed at 1970-01-01 00:00 UTC: find out why, and record the next run." },
        { "expired", &backup, AREA_EXPIRED, {0},
          "shop was last proven at 1970-01-01 00:00 UTC: that is too long ago to count: try it again and record the result." },
        { "stale", &backup, AREA_STALE, {0},
          "shop was last proven at 1970-01-01 00:00 UTC: try it again, and record it before it expires at 1970-01-02 00:00 UTC." },
        { "with warnings", &backup, AREA_WARNING, {0},
          "shop passed with warnings at 1970-01-01 00:00 UTC: look at them, and record a clean run." },
        { "one is down", &incidents, AREA_FAILED, {9, 9, 3, 1},
          "1 service of tier 1 is in a major outage: see the open alerts, and bring it back." },
        { "two are in trouble", &incidents, AREA_WARNING, {9, 9, 2, 0},
          "2 services are in confirmed trouble: see the open alerts, worst first." },
        { "one is not known", &monitoring, AREA_WARNING, {9, 8, 0, 0},
          "The state of 1 of 9 services is not known: find out why nothing is heard of it." },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP(mem_freep) struct readiness_view *view = mem_new(sizeof *view);
        struct proof_view proof = {.evidence = &evidence, .verdict = {.state = cases[i].state}, .expires_at_ms = 86400000};
        struct area_view one = area(cases[i].area, cases[i].state);
        char words[READINESS_NEXT_BYTES];
        view->tally = cases[i].tally;
        if (one.kind == AREA_RECORDED && cases[i].state != AREA_MISSING) {
            one.proofs = &proof;
            one.n_proofs = 1;
            one.worst = &proof;
        }
        readiness_next(view, &one, words);
        if (strcmp(words, cases[i].words) != 0)
            fail_msg("%s: %s", cases[i].says, words);
    }
}

static void test_the_others_that_are_not_ok_are_counted(void **state)
{
    const Evidence evidence = {.subject = "shop", .at_ms = AT_MS};
    struct proof_view proofs[] = {
        {.evidence = &evidence, .verdict = {0, AREA_FAILED}}, {.evidence = &evidence, .verdict = {1000, AREA_OK}},
        {.evidence = &evidence, .verdict = {700, AREA_WARNING}}};
    struct area_view one = area(&backup, AREA_FAILED);
    CLEANUP(mem_freep) struct readiness_view *view = mem_new(sizeof *view);
    char words[READINESS_NEXT_BYTES];
    (void) state;

    one.proofs = proofs;
    one.n_proofs = ARRAY_SIZE(proofs);
    one.worst = &proofs[0];
    readiness_next(view, &one, words);
    assert_non_null(strstr(words, "(and 1 more of 3 subjects are not ok)"));
}

/* ---------------------------------------------------------------- over HTTP */

static int start(void **state)
{
    (void) state;
    rig_start(&rig, "");
    return 0;
}

static int stop(void **state)
{
    (void) state;
    rig_stop(&rig);
    return 0;
}

static json_t *readiness(void)
{
    struct answer answer = rig_get(&rig, "/api/readiness", "");

    assert_int_equal(answer.status, 200);
    json_t *body = json_loads(answer.body, 0, NULL);
    assert_non_null(body);
    answer_done(&answer);
    return body;
}

static const json_t *area_named(const json_t *body, const char *name)
{
    const json_t *one;
    size_t i;

    json_array_foreach(json_object_get(body, "areas"), i, one) {
        if (strcmp(json_string_value(json_object_get(one, "area")), name) == 0)
            return one;
    }
    fail_msg("no area %s", name);
    return NULL;
}

static void expect_area(const char *name, const char *state, int score)
{
    json_t *body = readiness();
    const json_t *one = area_named(body, name);

    assert_string_equal(json_string_value(json_object_get(one, "state")), state);
    assert_int_equal(json_integer_value(json_object_get(one, "score")), score);
    assert_int_equal(json_is_null(json_object_get(one, "next")), strcmp(state, "ok") == 0);
    json_decref(body);
}

static void test_R16_what_is_missing_is_shown(void **state)
{
    (void) state;

    json_t *body = readiness();
    assert_string_equal(json_string_value(json_object_get(body, "state")), "not_ready");
    assert_int_equal(json_array_size(json_object_get(body, "areas")), 7);
    assert_true(json_is_null(json_object_get(body, "next_change_at")));
    assert_non_null(strstr(json_string_value(json_object_get(body, "verdict")), "Not ready: backup missing, restore_test missing"));
    json_decref(body);
    expect_area("backup", "missing", 0);
    expect_area("monitoring", "ok", 1000);
}

static void test_evidence_is_recorded_judged_and_withdrawn(void **state)
{
    static const char path[] = "/api/admin/evidence";
    char body[400];
    char at[RFC3339_BYTES];
    (void) state;

    rig_expect(rig_post(&rig, path, "", "{\"area\":\"backup\",\"subject\":\"db\",\"result\":\"pass\"}"), 401, NULL, "nobody records");
    rig_expect(rig_post(&rig, path, RIG_ADMIN, "{\"area\":\"backup\",\"subject\":\"db\",\"result\":\"pass\",\"origin\":\"job 7\"}"), 200,
           "{\"area\":\"backup\",\"result\":\"pass\",\"round\":", "recorded");
    expect_area("backup", "ok", 1000);

    /* Half way between fresh and expired; the worst subject stands. */
    (void) snprintf(body, sizeof body, "{\"area\":\"backup\",\"subject\":\"a \\\"b\\\" <i>\",\"result\":\"warn\",\"at\":\"%s\"}",
                    clock_to_rfc3339(clock_wall_ms() - (93600 + 259200) / 2 * 1000, at));
    rig_expect(rig_post(&rig, path, RIG_ADMIN, body), 200, NULL, "an older one");
    json_t *seen = readiness();
    const json_t *one = area_named(seen, "backup");
    int64_t score = json_integer_value(json_object_get(one, "score"));
    assert_true(score == 350 || score == 349);
    assert_string_equal(json_string_value(json_object_get(one, "state")), "stale");
    assert_int_equal(json_array_size(json_object_get(one, "subjects")), 2);
    const json_t *proof = json_array_get(json_object_get(one, "subjects"), 1);
    assert_string_equal(json_string_value(json_object_get(proof, "origin")), "job 7");
    assert_true(json_is_string(json_object_get(proof, "by")));
    assert_true(json_is_string(json_object_get(seen, "next_change_at")));
    json_decref(seen);
    rig_expect(rig_get(&rig, "/fragments/readiness", ""), 200, "<li><b>backup</b><span>stale, 1 of 5. a &quot;b&quot; &lt;i&gt; was last proven", "the page's part");
    rig_expect(rig_get(&rig, "/metrics", ""), 200, "tocsin_readiness_area_state{area=\"backup\"} 2", "the state as a number");
    rig_expect(rig_get(&rig, "/metrics", ""), 200, "tocsin_evidence_age_seconds{area=\"backup\"} ", "the age of the newest");

    rig_expect(rig_post(&rig, path, RIG_ADMIN, "{\"area\":\"backup\",\"subject\":\"a \\\"b\\\" <i>\",\"result\":null}"), 200,
           "\"result\":null", "withdrawn");
    expect_area("backup", "ok", 1000);
    assert_int_equal(rig.audited, 3);
}

static void test_what_is_refused(void **state)
{
    static const struct { const char *body; int status; const char *part; } cases[] = {
        { "{\"area\":\"weather\",\"subject\":\"db\",\"result\":\"pass\"}", 404, "no area of evidence is called weather" },
        { "{\"area\":\"incidents\",\"subject\":\"db\",\"result\":\"pass\"}", 404, "computed" },
        { "{\"area\":\"backup\",\"subject\":\"db\",\"result\":null}", 404, "no record of this subject" },
        { "{\"area\":\"backup\",\"subject\":\"one too many\",\"result\":\"pass\"}", 409, "as many subjects as are kept" },
        { "{\"area\":\"backup\",\"subject\":\"db\",\"result\":\"good\"}", 422, "\"pointer\":\"/result\"" },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        rig_expect(rig_post(&rig, "/api/admin/evidence", RIG_ADMIN, cases[i].body), cases[i].status, cases[i].part, cases[i].body);
    expect_area("backup", "missing", 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_verdict),
        cmocka_unit_test(test_a_long_verdict_is_cut_and_counted),
        cmocka_unit_test(test_each_area_that_is_not_ok_has_one_thing_to_do),
        cmocka_unit_test(test_the_others_that_are_not_ok_are_counted),
        cmocka_unit_test_setup_teardown(test_R16_what_is_missing_is_shown, start, stop),
        cmocka_unit_test_setup_teardown(test_evidence_is_recorded_judged_and_withdrawn, start, stop),
        cmocka_unit_test_setup_teardown(test_what_is_refused, start, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

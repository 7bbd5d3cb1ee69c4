/* SPDX-License-Identifier: Apache-2.0 */
/* What one record and all areas are worth (V1..V4). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "aggregator/engine/readiness.h"
#include "common/mem.h"

static const struct service_tally calm = {.services = 4, .known = 4};

static void test_V1_V2_one_record_and_its_age(void **state)
{
    static const struct evidence_area ten_to_thirty = {.name = "backup", .fresh_s = 10, .expire_s = 30};
    static const struct evidence_area at_once = {.name = "backup", .fresh_s = 10, .expire_s = 10};
    static const struct evidence_area never = {.name = "backup"};
    static const struct {
        const char *says;
        const struct evidence_area *area;
        EvidenceResult result;
        int64_t age_ms;
        struct area_verdict verdict;
    } cases[] = {
        { "of this moment", &ten_to_thirty, EVIDENCE_PASS, 0, {1000, AREA_OK} },
        { "a millisecond before it is stale", &ten_to_thirty, EVIDENCE_PASS, 9999, {1000, AREA_OK} },
        { "exactly fresh_s", &ten_to_thirty, EVIDENCE_PASS, 10000, {1000, AREA_OK} },
        { "a millisecond later: rounded down", &ten_to_thirty, EVIDENCE_PASS, 10001, {999, AREA_STALE} },
        { "half way", &ten_to_thirty, EVIDENCE_PASS, 20000, {500, AREA_STALE} },
        { "a millisecond before it expires: worth nothing already", &ten_to_thirty, EVIDENCE_PASS, 29999, {0, AREA_STALE} },
        { "the last thousandth", &ten_to_thirty, EVIDENCE_PASS, 29980, {1, AREA_STALE} },
        { "exactly expire_s", &ten_to_thirty, EVIDENCE_PASS, 30000, {0, AREA_EXPIRED} },
        { "long ago", &ten_to_thirty, EVIDENCE_PASS, INT64_C(1) << 53, {0, AREA_EXPIRED} },
        { "with warnings", &ten_to_thirty, EVIDENCE_WARN, 10000, {700, AREA_WARNING} },
        { "with warnings, stale", &ten_to_thirty, EVIDENCE_WARN, 20000, {350, AREA_STALE} },
        { "with warnings: floored after the factor", &ten_to_thirty, EVIDENCE_WARN, 10001, {699, AREA_STALE} },
        { "with warnings, expired", &ten_to_thirty, EVIDENCE_WARN, 30000, {0, AREA_EXPIRED} },
        { "failed", &ten_to_thirty, EVIDENCE_FAIL, 0, {0, AREA_FAILED} },
        { "failed and stale is still failed", &ten_to_thirty, EVIDENCE_FAIL, 20000, {0, AREA_FAILED} },
        { "failed and expired is still failed", &ten_to_thirty, EVIDENCE_FAIL, 30000, {0, AREA_FAILED} },
        { "no time between: still fresh at both", &at_once, EVIDENCE_PASS, 10000, {1000, AREA_OK} },
        { "no time between: over a millisecond later", &at_once, EVIDENCE_PASS, 10001, {0, AREA_EXPIRED} },
        { "nothing lasts: but this moment does", &never, EVIDENCE_PASS, 0, {1000, AREA_OK} },
        { "nothing lasts", &never, EVIDENCE_PASS, 1, {0, AREA_EXPIRED} },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct area_verdict verdict = area_judge(cases[i].area, cases[i].result, cases[i].age_ms);
        if (verdict.score != cases[i].verdict.score || verdict.state != cases[i].verdict.state)
            fail_msg("%s: %d %s", cases[i].says, verdict.score, area_state_name(verdict.state));
    }
}

static void test_V1_V2_the_worst_subject_stands(void **state)
{
    static const struct evidence_area area = {.name = "backup", .required = true, .weight = 1, .fresh_s = 10, .expire_s = 30};
    static const struct {
        const char *says;
        struct area_verdict subjects[3];
        size_t n;
        struct area_verdict verdict;
    } cases[] = {
        { "none", {{0, AREA_OK}}, 0, {0, AREA_MISSING} },
        { "one", {{1000, AREA_OK}}, 1, {1000, AREA_OK} },
        { "good and bad", {{1000, AREA_OK}, {0, AREA_FAILED}}, 2, {0, AREA_FAILED} },
        { "bad and good", {{0, AREA_FAILED}, {1000, AREA_OK}}, 2, {0, AREA_FAILED} },
        { "state and score of different subjects", {{999, AREA_STALE}, {700, AREA_WARNING}}, 2, {700, AREA_STALE} },
        { "failed is worse than expired", {{0, AREA_EXPIRED}, {0, AREA_FAILED}, {1000, AREA_OK}}, 3, {0, AREA_FAILED} },
        { "expired is worse than stale", {{0, AREA_STALE}, {0, AREA_EXPIRED}}, 2, {0, AREA_EXPIRED} },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct readiness now;
        readiness_begin(&now, &area, 1, &calm);
        for (size_t s = 0; s < cases[i].n; s++)
            readiness_add(&now, 0, cases[i].subjects[s]);
        struct area_verdict verdict = now.areas[0].verdict;
        if (verdict.score != cases[i].verdict.score || verdict.state != cases[i].verdict.state)
            fail_msg("%s: %d %s", cases[i].says, verdict.score, area_state_name(verdict.state));
    }
}

static void test_V3_computed_areas(void **state)
{
    static const struct evidence_area areas[] = {{.name = "incidents", .weight = 1}, {.name = "monitoring", .weight = 1}};
    static const struct {
        const char *says;
        struct service_tally tally;
        struct area_verdict incidents, monitoring;
    } cases[] = {
        { "no services", {0, 0, 0, 0}, {1000, AREA_OK}, {1000, AREA_OK} },
        { "all is well", {4, 4, 0, 0}, {1000, AREA_OK}, {1000, AREA_OK} },
        { "somebody is in trouble", {4, 4, 1, 0}, {700, AREA_WARNING}, {1000, AREA_OK} },
        { "tier 1 is down", {4, 4, 2, 1}, {0, AREA_FAILED}, {1000, AREA_OK} },
        { "one is not known: rounded down", {3, 2, 0, 0}, {1000, AREA_OK}, {666, AREA_WARNING} },
        { "exactly half is known", {4, 2, 0, 0}, {1000, AREA_OK}, {500, AREA_WARNING} },
        { "less than half", {5, 2, 0, 0}, {1000, AREA_OK}, {400, AREA_FAILED} },
        { "nothing is known", {5, 0, 0, 0}, {1000, AREA_OK}, {0, AREA_FAILED} },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct readiness now;
        readiness_begin(&now, areas, ARRAY_SIZE(areas), &cases[i].tally);
        if (now.areas[0].verdict.score != cases[i].incidents.score || now.areas[0].verdict.state != cases[i].incidents.state ||
            now.areas[1].verdict.score != cases[i].monitoring.score || now.areas[1].verdict.state != cases[i].monitoring.state)
            fail_msg("%s", cases[i].says);
    }
}

static void test_V4_the_whole(void **state)
{
    static const struct {
        const char *says;
        struct evidence_area areas[2];
        struct area_verdict verdicts[2];   /* missing: nothing is added */
        int score;
        enum readiness_state overall;
    } cases[] = {
        { "all is proven", {{"a", true, 3, 1, 1}, {"b", false, 1, 1, 1}}, {{1000, AREA_OK}, {1000, AREA_OK}}, 1000, READINESS_READY },
        { "an average hides no dead backup", {{"a", true, 1, 1, 1}, {"b", true, 999, 1, 1}}, {{0, AREA_FAILED}, {1000, AREA_OK}}, 999, READINESS_NOT_READY },
        { "required and missing", {{"a", true, 1, 1, 1}, {"b", false, 3, 1, 1}}, {{0, AREA_MISSING}, {1000, AREA_OK}}, 750, READINESS_NOT_READY },
        { "required and expired", {{"a", true, 1, 1, 1}, {"b", false, 3, 1, 1}}, {{0, AREA_EXPIRED}, {1000, AREA_OK}}, 750, READINESS_NOT_READY },
        { "required and stale", {{"a", true, 1, 1, 1}, {"b", false, 3, 1, 1}}, {{1, AREA_STALE}, {1000, AREA_OK}}, 750, READINESS_LIMITED },
        { "required with warnings", {{"a", true, 1, 1, 1}, {"b", false, 3, 1, 1}}, {{700, AREA_WARNING}, {1000, AREA_OK}}, 925, READINESS_LIMITED },
        { "missing, but not required", {{"a", false, 1, 1, 1}, {"b", true, 2, 1, 1}}, {{0, AREA_MISSING}, {1000, AREA_OK}}, 666, READINESS_LIMITED },
        { "a limit after what blocks", {{"a", true, 1, 1, 1}, {"b", false, 1, 1, 1}}, {{0, AREA_FAILED}, {0, AREA_STALE}}, 0, READINESS_NOT_READY },
        { "what blocks after a limit", {{"a", false, 1, 1, 1}, {"b", true, 1, 1, 1}}, {{0, AREA_STALE}, {0, AREA_FAILED}}, 0, READINESS_NOT_READY },
        { "weights of 0", {{"a", true, 0, 1, 1}, {"b", true, 0, 1, 1}}, {{1000, AREA_OK}, {1000, AREA_OK}}, 0, READINESS_READY },
    };
    struct readiness none;
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct readiness now;
        readiness_begin(&now, cases[i].areas, 2, &calm);
        for (size_t a = 0; a < 2; a++) {
            if (cases[i].verdicts[a].state != AREA_MISSING)
                readiness_add(&now, a, cases[i].verdicts[a]);
        }
        readiness_conclude(&now, cases[i].areas);
        if (now.score != cases[i].score || now.state != cases[i].overall)
            fail_msg("%s: %d %s", cases[i].says, now.score, readiness_state_name(now.state));
    }
    readiness_begin(&none, NULL, 0, &calm);
    readiness_conclude(&none, NULL);
    assert_int_equal(none.score, 0);
    assert_int_equal(none.state, READINESS_READY);
}

static void test_V4_five_is_only_a_full_score(void **state)
{
    static const int cases[][2] = {{0, 0}, {199, 0}, {200, 1}, {799, 3}, {800, 4}, {999, 4}, {1000, 5}};
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_int_equal(readiness_of_five(cases[i][0]), cases[i][1]);
}

static void test_V3_the_shipped_areas(void **state)
{
    size_t computed = 0;
    int weights = 0;
    (void) state;

    assert_int_equal(engine_n_builtin_areas, 7);
    for (size_t i = 0; i < engine_n_builtin_areas; i++) {
        const struct evidence_area *area = &engine_builtin_areas[i];
        computed += area_kind_of(area->name) != AREA_RECORDED;
        weights += area->weight;
        assert_true(area_kind_of(area->name) != AREA_RECORDED || (area->fresh_s > 0 && area->expire_s > area->fresh_s));
    }
    assert_int_equal(computed, 2);
    assert_int_equal(weights, 13);
    assert_int_equal(engine_builtin_areas[0].fresh_s, 93600);
    assert_int_equal(engine_builtin_areas[1].expire_s, 7776000);
}

static void test_words_come_back(void **state)
{
    EvidenceResult result = EVIDENCE_FAIL;
    (void) state;

    for (int i = EVIDENCE_PASS; i <= EVIDENCE_FAIL; i++) {
        assert_true(evidence_result_parse(evidence_result_name((EvidenceResult) i), &result));
        assert_int_equal(result, i);
    }
    assert_false(evidence_result_parse("", &result));
    assert_false(evidence_result_parse("passed", &result));
    assert_int_equal(result, EVIDENCE_FAIL);
    assert_string_equal(evidence_result_name((EvidenceResult) 77), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_V1_V2_one_record_and_its_age),
        cmocka_unit_test(test_V1_V2_the_worst_subject_stands),
        cmocka_unit_test(test_V3_computed_areas),
        cmocka_unit_test(test_V4_the_whole),
        cmocka_unit_test(test_V4_five_is_only_a_full_score),
        cmocka_unit_test(test_V3_the_shipped_areas),
        cmocka_unit_test(test_words_come_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Records of evidence in the engine, and its report of readiness (V1..V4). */
#include <stdio.h>
#include <string.h>

#include "aggregator/engine/readiness.h"
#include "tests/unit/engine/shelf.h"
#include "tests/unit/engine/story.h"

enum { SUBJECTS_MAX = 256 };           /* of one area */

static const struct cast two[] = {{"db", 1}, {"shop", 2}};
static const struct evidence_area few[] = {
    { .name = "backup", .required = true, .weight = 3, .fresh_s = 100, .expire_s = 200 },
    { .name = "incidents", .required = true, .weight = 2 },
    { .name = "monitoring", .weight = 1 },
};

static void begin(struct story *story)
{
    story_init(story, two, ARRAY_SIZE(two));
    story->config.areas = few;         /* in force at once: the engine borrows the configuration */
    story->config.n_areas = ARRAY_SIZE(few);
}

static void expect(const struct story *story, const char *line)
{
    char got[512];
    struct readiness now;
    size_t len;

    engine_readiness(story->engine, &now);
    len = (size_t) snprintf(got, sizeof got, "%s %d:", readiness_state_name(now.state), now.score);
    for (size_t i = 0; i < now.n_areas; i++)
        len += (size_t) snprintf(got + len, sizeof got - len, " %s %s %d", now.areas[i].name,
            area_state_name(now.areas[i].verdict.state), now.areas[i].verdict.score);
    assert_string_equal(got, line);
}

static void prove(struct story *story, int64_t at_ms, const char *subject, EvidenceResult result, int64_t tried_ms)
{
    story_proves(story, at_ms, &(struct proof) {"backup", subject, result, true, tried_ms});
}

static void test_V_timeline_a_backup_is_made_and_grows_old(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    story_manual(&story, S(0), "db", STATUS_OPERATIONAL, 0);
    story_manual(&story, S(0), "shop", STATUS_OPERATIONAL, 0);
    story_skip(&story);
    expect(&story, "not_ready 500: backup missing 0 incidents ok 1000 monitoring ok 1000");
    story_proves(&story, S(10), &(struct proof) {.area = "backup", .subject = "db", .result = EVIDENCE_PASS});
    story_expect(&story, "");
    expect(&story, "ready 1000: backup ok 1000 incidents ok 1000 monitoring ok 1000");
    story_time(&story, S(110));
    expect(&story, "ready 1000: backup ok 1000 incidents ok 1000 monitoring ok 1000");
    story_time(&story, S(110) + 1);
    expect(&story, "limited 999: backup stale 999 incidents ok 1000 monitoring ok 1000");
    story_time(&story, S(160));
    expect(&story, "limited 750: backup stale 500 incidents ok 1000 monitoring ok 1000");
    story_time(&story, S(210) - 1);
    expect(&story, "limited 500: backup stale 0 incidents ok 1000 monitoring ok 1000");
    story_time(&story, S(210));
    expect(&story, "not_ready 500: backup expired 0 incidents ok 1000 monitoring ok 1000");
    story_proves(&story, S(300), &(struct proof) {.area = "backup", .subject = "db", .result = EVIDENCE_WARN});
    expect(&story, "limited 850: backup warning 700 incidents ok 1000 monitoring ok 1000");
    story_proves(&story, S(301), &(struct proof) {.area = "backup", .subject = "files", .result = EVIDENCE_FAIL});
    expect(&story, "not_ready 500: backup failed 0 incidents ok 1000 monitoring ok 1000");
    story_expect(&story, "");
    story_done(&story);
}

static void test_V1_the_newest_wins(void **state)
{
    static const struct { const char *says; EvidenceResult result; int64_t tried_ms; const char *line; } cases[] = {
        { "a millisecond older", EVIDENCE_FAIL, S(50) - 1, "limited 333: backup ok 1000" },
        { "exactly as old replaces", EVIDENCE_FAIL, S(50), "limited 0: backup failed 0" },
        { "a millisecond newer", EVIDENCE_WARN, S(50) + 1, "limited 233: backup warning 700" },
        { "of the future: of now, which is newer", EVIDENCE_WARN, S(100000), "limited 233: backup warning 700" },
        { "of before the epoch", EVIDENCE_FAIL, -1, "limited 333: backup ok 1000" },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct readiness now;
        struct story story;
        begin(&story);
        prove(&story, S(60), "db", EVIDENCE_PASS, S(50));
        prove(&story, S(60), "db", cases[i].result, cases[i].tried_ms);
        story_expect(&story, "");
        engine_readiness(story.engine, &now);
        const char *word = strstr(cases[i].line, area_state_name(now.areas[0].verdict.state));
        if (word == NULL || strtol(strrchr(cases[i].line, ' '), NULL, 10) != now.areas[0].verdict.score)
            fail_msg("%s: %s %d", cases[i].says, area_state_name(now.areas[0].verdict.state), now.areas[0].verdict.score);
        story_done(&story);
    }
}

static void test_V1_what_is_of_the_future_is_of_now(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    prove(&story, S(100), "db", EVIDENCE_PASS, S(5000));
    story_time(&story, S(250));        /* fresh until 200 */
    expect(&story, "limited 583: backup stale 500 incidents ok 1000 monitoring failed 0");
    story_done(&story);
}

static void test_V_refusals(void **state)
{
    static const struct { const char *says; struct proof proof; const char *line; } cases[] = {
        { "no such area", {.area = "backups", .subject = "db", .result = EVIDENCE_PASS}, "7000 reject evidence no_such_area" },
        { "a computed one", {.area = "incidents", .subject = "db", .result = EVIDENCE_PASS}, "7000 reject evidence no_such_area" },
        { "a computed one", {.area = "monitoring", .subject = "db", .result = EVIDENCE_PASS}, "7000 reject evidence no_such_area" },
        { "nothing to withdraw", {.area = "backup", .subject = "db"}, "7000 reject evidence no_such_evidence" },
        { "nothing to withdraw", {.area = "backups", .subject = "db"}, "7000 reject evidence no_such_evidence" },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct story story;
        begin(&story);
        story_proves(&story, S(7), &cases[i].proof);
        story_expect(&story, cases[i].line);
        story_done(&story);
    }
}

static void test_V_a_computed_area_that_is_not_listed_takes_no_records_either(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    story.config.n_areas = 1;
    story_proves(&story, S(7), &(struct proof) {.area = "monitoring", .subject = "db", .result = EVIDENCE_PASS});
    story_expect(&story, "7000 reject evidence no_such_area");
    expect(&story, "not_ready 0: backup missing 0");
    story_done(&story);
}

static void test_V_subjects_are_bounded(void **state)
{
    struct story story;
    char subject[16];
    (void) state;

    begin(&story);
    for (int i = 0; i < SUBJECTS_MAX; i++) {
        (void) snprintf(subject, sizeof subject, "db-%d", i);
        prove(&story, S(10), subject, EVIDENCE_PASS, S(10));
    }
    story_expect(&story, "");
    prove(&story, S(11), "one-more", EVIDENCE_PASS, S(11));
    story_expect(&story, "11000 reject evidence too_many_subjects");
    prove(&story, S(12), "db-7", EVIDENCE_FAIL, S(12));
    story_expect(&story, "");          /* known ones go on */
    prove(&story, S(13), "db-7", EVIDENCE_UNSPECIFIED, 0);
    prove(&story, S(13), "one-more", EVIDENCE_PASS, S(13));
    story_expect(&story, "");
    story_done(&story);
}

static void test_V3_services_are_counted_as_they_change(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    expect(&story, "not_ready 333: backup missing 0 incidents ok 1000 monitoring failed 0");
    story_sees(&story, S(0), "db", "page", STATUS_OPERATIONAL);
    expect(&story, "not_ready 416: backup missing 0 incidents ok 1000 monitoring warning 500");
    story_manual(&story, S(10), "shop", STATUS_DEGRADED, 0);
    expect(&story, "not_ready 400: backup missing 0 incidents warning 700 monitoring ok 1000");
    story_manual(&story, S(20), "shop", STATUS_MAJOR_OUTAGE, 0);
    expect(&story, "not_ready 400: backup missing 0 incidents warning 700 monitoring ok 1000");
    story_manual(&story, S(30), "db", STATUS_PARTIAL_OUTAGE, 0);
    expect(&story, "not_ready 400: backup missing 0 incidents warning 700 monitoring ok 1000");
    story_manual(&story, S(40), "db", STATUS_MAJOR_OUTAGE, 0);
    expect(&story, "not_ready 166: backup missing 0 incidents failed 0 monitoring ok 1000");
    story_manual(&story, S(50), "db", STATUS_UNKNOWN, 0);
    expect(&story, "not_ready 83: backup missing 0 incidents failed 0 monitoring warning 500");
    story_manual(&story, S(60), "db", STATUS_OPERATIONAL, 0);
    story_manual(&story, S(60), "shop", STATUS_OPERATIONAL, 0);
    expect(&story, "not_ready 500: backup missing 0 incidents ok 1000 monitoring ok 1000");

    /* A host's check counts too; it was never seen. */
    story_registers(&story, S(70), "web1:disk", 1, "");
    expect(&story, "not_ready 444: backup missing 0 incidents ok 1000 monitoring warning 666");
    story_done(&story);
}

static void test_V3_a_new_configuration_is_counted(void **state)
{
    static const struct cast other[] = {{"shop", 1}};
    struct story later;
    struct story story;
    (void) state;

    begin(&story);
    story_manual(&story, S(0), "shop", STATUS_MAJOR_OUTAGE, 0);
    expect(&story, "not_ready 316: backup missing 0 incidents warning 700 monitoring warning 500");
    later = (struct story) {.config = {0}};
    story_cast(&later, other, 1);
    later.config.areas = few;
    later.config.n_areas = ARRAY_SIZE(few);
    story_configures(&story, S(10), &later.config);     /* db is gone, shop is of tier 1 now */
    expect(&story, "not_ready 166: backup missing 0 incidents failed 0 monitoring ok 1000");
    story_done(&story);
}

static void test_X3_records_outlive_a_table_without_their_area(void **state)
{
    struct story later;
    struct story story;
    (void) state;

    begin(&story);
    prove(&story, S(10), "db", EVIDENCE_PASS, S(10));
    later = (struct story) {.config = {0}};
    story_cast(&later, two, ARRAY_SIZE(two));
    later.config.areas = few + 1;
    later.config.n_areas = 1;
    story_configures(&story, S(20), &later.config);
    expect(&story, "ready 1000: incidents ok 1000");
    story_configures(&story, S(30), &story.config);
    expect(&story, "limited 833: backup ok 1000 incidents ok 1000 monitoring failed 0");
    story_done(&story);
}

static void test_X1_rows_of_evidence(void **state)
{
    CLEANUP(mem_freep) struct shelf *shelf = mem_new(sizeof *shelf);
    CLEANUP(mem_freep) struct shelf *again = mem_new(sizeof *again);
    struct story story;
    struct rng rng;
    (void) state;

    rng_seed(&rng, 1);
    begin(&story);
    prove(&story, S(10), "db", EVIDENCE_PASS, S(10));
    prove(&story, S(10), "files", EVIDENCE_WARN, S(-10));
    prove(&story, S(10), "mail", EVIDENCE_FAIL, S(10));
    story_sees(&story, S(20), "db", "page", STATUS_OPERATIONAL);
    shelf_drain(shelf, story.engine);
    prove(&story, S(30), "mail", EVIDENCE_UNSPECIFIED, 0);
    prove(&story, S(31), "db", EVIDENCE_FAIL, S(9));    /* older than what we have: no row changes */
    shelf_drain(shelf, story.engine);
    size_t n = 0;
    for (size_t i = 0; i < shelf->n; i++)
        n += strncmp(shelf->rows[i].key, "evidence ", 9) == 0;
    assert_int_equal(n, 2);
    expect(&story, "limited 766: backup warning 700 incidents ok 1000 monitoring warning 500");

    story_skip(&story);
    engine_free(story.engine);
    story.engine = shelf_load(shelf, &rng);
    story_configures(&story, 0, &story.config);
    story_expect(&story, "");
    expect(&story, "limited 766: backup warning 700 incidents ok 1000 monitoring warning 500");
    memcpy(again, shelf, sizeof *again);
    shelf_drain(again, story.engine);
    shelf_compare(shelf, again, 1);
    story_time(&story, S(90) + 1);
    expect(&story, "limited 766: backup stale 699 incidents ok 1000 monitoring warning 500");
    story_done(&story);
}

static void test_V3_readers_find_the_count_in_the_engines_row(void **state)
{
    struct story story;
    StateRow row;
    uint32_t slot;
    bool found = false;
    (void) state;

    begin(&story);
    story_manual(&story, S(0), "db", STATUS_MAJOR_OUTAGE, 0);
    story_skip(&story);
    while (engine_next_dirty(story.engine, &row, &slot)) {
        if (row.which_row != StateRow_engine_tag)
            continue;
        found = true;
        assert_int_equal(row.row.engine.tally.services, 2);
        assert_int_equal(row.row.engine.tally.known, 1);
        assert_int_equal(row.row.engine.tally.troubled, 1);
        assert_int_equal(row.row.engine.tally.critical, 1);
    }
    assert_true(found);
    story_done(&story);
}

static void test_X1_rows_that_no_engine_wrote_are_refused(void **state)
{
    const EvidenceState good = {.has_evidence = true, .evidence = {.area = "backup", .subject = "db", .result = EVIDENCE_PASS,
                                                                  .has_at_ms = true, .at_ms = 1}};
    EvidenceState rows[5] = {good, good, good, good, good};
    struct engine *engine = engine_new();
    StateRow row = {.which_row = StateRow_evidence_tag};
    (void) state;

    rows[0].has_evidence = false;
    rows[1].evidence.area[0] = '\0';
    rows[2].evidence.result = EVIDENCE_UNSPECIFIED;
    rows[3].evidence.has_at_ms = false;
    rows[4].evidence.result = (EvidenceResult) 9;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        row.row.evidence = rows[i];
        assert_true(engine_load(engine, &row) < 0);
    }
    row.row.evidence = good;
    assert_int_equal(engine_load(engine, &row), 0);
    assert_true(engine_load(engine, &row) < 0);        /* twice the same */
    engine_free(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_V_timeline_a_backup_is_made_and_grows_old),
        cmocka_unit_test(test_V1_the_newest_wins),
        cmocka_unit_test(test_V1_what_is_of_the_future_is_of_now),
        cmocka_unit_test(test_V_refusals),
        cmocka_unit_test(test_V_a_computed_area_that_is_not_listed_takes_no_records_either),
        cmocka_unit_test(test_V_subjects_are_bounded),
        cmocka_unit_test(test_V3_services_are_counted_as_they_change),
        cmocka_unit_test(test_V3_a_new_configuration_is_counted),
        cmocka_unit_test(test_X3_records_outlive_a_table_without_their_area),
        cmocka_unit_test(test_X1_rows_of_evidence),
        cmocka_unit_test(test_V3_readers_find_the_count_in_the_engines_row),
        cmocka_unit_test(test_X1_rows_that_no_engine_wrote_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Planned work: windows and the grace after them (M1, M3, check 2 of N3). Levels come by hand mostly. */
#include "tests/unit/engine/shelf.h"
#include "tests/unit/engine/story.h"

#include <stdio.h>
#include <string.h>

static const struct cast cast[] = {{"db", 2}, {"mail", 2}, {"shop", 2}};

static void begin(struct story *story)
{
    story_init(story, cast, ARRAY_SIZE(cast));
    story_time(story, S(0));
}

static void set(struct story *story, int64_t at_ms, const char *service, enum status status)
{
    story_manual(story, at_ms, service, status, 0);
}

static void plan(struct story *story, int64_t at_ms, const char *id, const char *subjects, int64_t start_s, int64_t end_s)
{
    story_maintains(story, at_ms, &(struct planned) {.id = id, .subjects = subjects, .start_ms = S(start_s), .end_ms = S(end_s)});
}

static void test_M_timeline_trouble_inside_a_window(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    plan(&story, S(10), "w1", "shop", 1000, 2000);
    story_expect(&story, "");
    story_time(&story, S(1000) - 1);
    story_expect(&story, "");
    story_time(&story, S(1000));
    story_expect(&story, "1000000 maint start w1");
    set(&story, S(1100), "shop", STATUS_MAJOR_OUTAGE);
    story_expect(&story,
        "1100000 manual set shop by ann\n"
        "1100000 status shop unknown>major_outage\n"
        "1100000 hard shop unknown>major_outage manual\n"
        "1100000 suppress raise service:shop major_outage maintenance by w1");
    story_time(&story, S(2000) - 1);
    story_expect(&story, "");
    story_time(&story, S(2300) - 1);
    story_expect(&story,
        "2000000 maint end w1\n"
        "2000000 suppress raise service:shop major_outage maintenance_grace");
    story_time(&story, S(2300));
    story_expect(&story, "2300000 notify raise service:shop major_outage page,chat");
    story_done(&story);
}

static void test_N1_a_resolve_goes_through_a_window(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    plan(&story, S(10), "w1", "shop", 1000, 2000);
    set(&story, S(900), "shop", STATUS_MAJOR_OUTAGE);
    story_skip(&story);
    set(&story, S(1400), "shop", STATUS_DEGRADED);
    assert_int_equal(story_count(&story, "1400000 suppress improve service:shop degraded maintenance by w1"), 1);
    story_skip(&story);
    set(&story, S(1500), "shop", STATUS_OPERATIONAL);
    assert_int_equal(story_count(&story, "1500000 notify resolve service:shop operational page,chat"), 1);
    story_done(&story);
}

static void test_M1_what_is_no_window_is_refused(void **state)
{
    static const struct { const char *says; const char *id; int64_t start_s, end_s; const char *told; } cases[] = {
        { "it ends before it begins", "w", 200, 199, "100000 reject maint bad_window" },
        { "it ends as it begins", "w", 200, 200, "100000 reject maint bad_window" },
        { "it has no id", "", 100, 200, "100000 reject maint bad_window" },
        { "it is past", "w", 50, 99, "" },
        { "it ends this very moment", "w", 50, 100, "" },
        { "it begins this very moment", "w", 100, 101, "100000 maint start w" },
        { "it is to come", "w", 101, 102, "" },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct story story;
        begin(&story);
        plan(&story, S(100), cases[i].id, "shop", cases[i].start_s, cases[i].end_s);
        story_expect(&story, cases[i].told);
        story_done(&story);
    }
}

static void test_M1_an_end_by_hand(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    story_maintains_no_more(&story, S(1), "w1");
    story_expect(&story, "1000 reject maint_end no_such_window");
    plan(&story, S(2), "w1", "shop", 100, 200);
    story_maintains_no_more(&story, S(3), "w1");
    story_expect(&story, "");
    story_maintains_no_more(&story, S(4), "w1");
    story_expect(&story, "4000 reject maint_end no_such_window");
    plan(&story, S(10), "w1", "shop", 0, 200);
    set(&story, S(20), "shop", STATUS_DEGRADED);
    story_skip(&story);
    story_maintains_no_more(&story, S(30), "w1");
    story_time(&story, S(1000));
    story_expect(&story,
        "30000 maint end w1\n"
        "30000 suppress raise service:shop degraded maintenance_grace\n"
        "330000 notify raise service:shop degraded chat");
    story_done(&story);
}

static void test_M1_a_replaced_window(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    plan(&story, S(10), "w1", "db shop", 0, 1000);
    set(&story, S(20), "db", STATUS_DEGRADED);
    set(&story, S(20), "shop", STATUS_DEGRADED);
    set(&story, S(20), "mail", STATUS_DEGRADED);
    story_skip(&story);
    /* Longer, without db, with mail: not a word of the window; db gets its grace; mail was told already. */
    plan(&story, S(100), "w1", "shop mail shop", 0, 2000);
    story_expect(&story, "100000 suppress raise service:db degraded maintenance_grace");
    set(&story, S(110), "mail", STATUS_MAJOR_OUTAGE);
    assert_int_equal(story_count(&story, "110000 suppress escalate service:mail major_outage maintenance by w1"), 1);
    story_skip(&story);
    story_time(&story, S(1999));
    story_expect(&story, "400000 notify raise service:db degraded chat");
    /* Put off: the active one ends, the new one begins later. */
    plan(&story, S(1999), "w1", "shop", 3000, 4000);
    story_expect(&story,
        "1999000 maint end w1\n"
        "1999000 suppress escalate service:mail major_outage maintenance_grace\n"
        "1999000 suppress raise service:shop degraded maintenance_grace");
    story_time(&story, S(3000));
    story_expect(&story,
        "2299000 notify escalate service:mail major_outage page,chat\n"
        "2299000 notify raise service:shop degraded chat\n"
        "3000000 maint start w1");
    /* Into the past: it ends, and nothing is left that could end again. */
    plan(&story, S(3001), "w1", "shop", 10, 20);
    story_expect(&story, "3001000 maint end w1");
    story_time(&story, S(9000));
    story_expect(&story, "");
    story_done(&story);
}

static void test_M1_a_refused_one_changes_nothing(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    plan(&story, S(10), "w1", "shop", 0, 1000);
    story_skip(&story);
    plan(&story, S(20), "w1", "shop", 50, 50);
    story_expect(&story, "20000 reject maint bad_window");
    story_time(&story, S(1000));
    story_expect(&story, "1000000 maint end w1");
    story_done(&story);
}

static void test_M3_grace_is_the_subjects_own(void **state)
{
    struct story story;
    (void) state;

    /* The service's window ends under that of everything: its grace begins and ends unseen. */
    begin(&story);
    plan(&story, S(10), "w1", "shop", 0, 100);
    plan(&story, S(10), "w2", "*", 0, 200);
    set(&story, S(20), "shop", STATUS_DEGRADED);
    story_skip(&story);
    story_time(&story, S(10000));
    story_expect(&story,
        "100000 maint end w1\n"
        "100000 suppress raise service:shop degraded maintenance by w2\n"
        "200000 maint end w2\n"
        "200000 suppress raise service:shop degraded maintenance_grace\n"
        "500000 notify raise service:shop degraded chat");
    story_done(&story);
}

static void test_M3_a_later_grace_never_shortens(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    plan(&story, S(10), "w1", "shop", 0, 100);
    set(&story, S(20), "shop", STATUS_DEGRADED);
    story_time(&story, S(100));
    story_param(&story, NULL, PARAM_maint_end_grace_s, 10);
    plan(&story, S(110), "w2", "shop", 0, 120);
    story_skip(&story);
    story_time(&story, S(10000));
    story_expect(&story,
        "120000 maint end w2\n"
        "120000 suppress raise service:shop degraded maintenance_grace\n"
        "400000 notify raise service:shop degraded chat");
    story_done(&story);
}

static void test_M3_no_grace_and_the_next_window_at_once(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    story_param(&story, NULL, PARAM_maint_end_grace_s, 0);
    plan(&story, S(10), "w1", "shop", 0, 100);
    plan(&story, S(10), "w0", "shop", 100, 200);
    set(&story, S(20), "shop", STATUS_DEGRADED);
    story_skip(&story);
    story_time(&story, S(10000));
    story_expect(&story,
        "100000 maint end w1\n"
        "100000 maint start w0\n"
        "100000 suppress raise service:shop degraded maintenance by w0\n"
        "200000 maint end w0\n"
        "200000 notify raise service:shop degraded chat");
    story_done(&story);
}

static void test_M3_no_grace_where_another_window_takes_over(void **state)
{
    struct story story;
    (void) state;

    /* v1 begins as w1 ends, and a vendor's window does not cover what its page calls a major outage (M2). */
    begin(&story);
    story_param(&story, "shop", PARAM_min_dwell_s, 0);
    story_param(&story, "shop", PARAM_confirm_polls, 1);
    plan(&story, S(10), "w1", "shop", 0, 100);
    story_maintains(&story, S(10), &(struct planned) {"v1", "shop", S(100), S(1000), true});
    story_sees(&story, S(20), "shop", "page", STATUS_MAJOR_OUTAGE);
    story_skip(&story);
    story_time(&story, S(100));
    story_expect(&story,
        "100000 maint end w1\n"
        "100000 maint start v1\n"
        "100000 notify raise service:shop major_outage page,chat");
    story_done(&story);
}

static void test_X3_a_grace_outlives_its_service(void **state)
{
    struct story story;
    struct engine_config without;
    (void) state;

    begin(&story);
    plan(&story, S(10), "w1", "shop", 0, 100);
    without = story.config;
    without.n_services = 2;
    story_configures(&story, S(110), &without);
    story_configures(&story, S(120), &story.config);
    story_skip(&story);
    set(&story, S(130), "shop", STATUS_DEGRADED);
    assert_int_equal(story_count(&story, "130000 suppress raise service:shop degraded maintenance_grace"), 1);
    story_skip(&story);
    story_time(&story, S(500));
    story_expect(&story, "400000 notify raise service:shop degraded chat");
    story_done(&story);
}

static void test_T5_ends_before_starts_by_id(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    plan(&story, S(1), "b", "shop", 0, 100);
    plan(&story, S(1), "a", "shop", 0, 100);
    plan(&story, S(1), "B", "db", 100, 200);
    plan(&story, S(1), "c", "db", 100, 200);
    story_skip(&story);
    story_time(&story, S(100));
    story_expect(&story,
        "100000 maint end a\n"
        "100000 maint end b\n"
        "100000 maint start B\n"
        "100000 maint start c");
    story_done(&story);
}

static void test_X2_windows_of_a_gap(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    plan(&story, S(1), "a", "shop", 0, 100);      /* ends in it */
    plan(&story, S(1), "b", "shop", 50, 100);     /* begins and ends in it */
    plan(&story, S(1), "c", "shop", 50, 5000);    /* begins in it */
    plan(&story, S(1), "d", "shop", 5000, 6000);  /* is still to come */
    story_skip(&story);
    story_gap(&story, S(1000));
    story_expect(&story,
        "1000000 gap 999000\n"
        "1000000 maint end a\n"
        "1000000 maint start c");
    story_done(&story);
}

static void test_N6_a_reminder_is_held_and_waits_for_its_turn(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    set(&story, S(0), "shop", STATUS_DEGRADED);
    plan(&story, S(10), "w1", "shop", 86000, 87000);
    story_skip(&story);
    story_time(&story, S(100000));
    story_expect(&story,
        "86000000 maint start w1\n"
        "86400000 suppress reminder service:shop degraded maintenance by w1\n"
        "87000000 maint end w1");
    story_time(&story, S(2 * 86400));
    story_expect(&story, "172800000 notify reminder service:shop degraded chat");
    story_done(&story);
}

static void test_X3_a_removed_service_leaves(void **state)
{
    struct story story;
    struct engine_config without;
    StateRow row;
    uint32_t slot;
    bool seen = false;
    (void) state;

    begin(&story);
    plan(&story, S(10), "w1", "shop db", 0, 1000);
    without = story.config;
    without.n_services = 2;                       /* db, mail */
    while (engine_next_dirty(story.engine, &row, &slot))
        continue;
    story_skip(&story);
    story_configures(&story, S(20), &without);
    while (engine_next_dirty(story.engine, &row, &slot)) {
        if (row.which_row != StateRow_window_tag)
            continue;
        seen = true;
        assert_int_equal(row.row.window.window.subjects_count, 1);
        assert_string_equal(row.row.window.window.subjects[0], "db");
    }
    assert_true(seen);
    story_skip(&story);
    story_configures(&story, S(30), &story.config);
    set(&story, S(40), "shop", STATUS_DEGRADED);
    assert_int_equal(story_count(&story, "40000 notify raise service:shop degraded chat"), 1);
    story_done(&story);
}

static void test_T8_only_what_is_covered_is_looked_at(void **state)
{
    struct story story;
    StateRow row;
    uint32_t slot;
    (void) state;

    /* A held alert that nothing touches keeps its row as it is. */
    begin(&story);
    set(&story, S(0), "shop", STATUS_DEGRADED);
    set(&story, S(0), "db", STATUS_DEGRADED);
    while (engine_next_dirty(story.engine, &row, &slot))
        continue;
    plan(&story, S(10), "w1", "mail shop", 0, 1000);
    while (engine_next_dirty(story.engine, &row, &slot))
        assert_true(row.which_row == StateRow_engine_tag || row.which_row == StateRow_window_tag || row.which_row == StateRow_slo_tag);
    story_sees(&story, S(20), "mail", "page", STATUS_OPERATIONAL);
    story_sees(&story, S(80), "mail", "page", STATUS_OPERATIONAL);
    while (engine_next_dirty(story.engine, &row, &slot))
        assert_int_not_equal(row.which_row, StateRow_window_tag);
    story_done(&story);
}

static void test_X1_rows_of_windows_and_graces(void **state)
{
    CLEANUP(mem_freep) struct shelf *shelf = mem_new(sizeof *shelf);
    struct story story;
    struct rng rng;
    (void) state;

    rng_seed(&rng, 7);
    begin(&story);
    plan(&story, S(10), "w1", "shop", 0, 100);
    plan(&story, S(10), "w2", "db service:mail", 0, 1000);
    plan(&story, S(10), "w3", "db", 500, 1000);
    set(&story, S(20), "shop", STATUS_DEGRADED);
    set(&story, S(20), "db", STATUS_DEGRADED);
    story_time(&story, S(100));
    shelf_drain(shelf, story.engine);
    assert_int_equal(story_count(&story, "maint end w1"), 1);
    story_skip(&story);
    engine_free(story.engine);
    story.engine = shelf_load(shelf, &rng);
    story_configures(&story, 0, &story.config);
    story_expect(&story, "");
    story_time(&story, S(10000));
    story_expect(&story,
        "400000 notify raise service:shop degraded chat\n"
        "500000 maint start w3\n"
        "1000000 maint end w2\n"
        "1000000 maint end w3\n"
        "1000000 suppress raise service:db degraded maintenance_grace\n"
        "1300000 notify raise service:db degraded chat");
    shelf_drain(shelf, story.engine);
    for (size_t i = 0; i < shelf->n; i++) {
        if (strncmp(shelf->rows[i].key, "window", 6) == 0 || strncmp(shelf->rows[i].key, "grace", 5) == 0)
            fail_msg("%s is left", shelf->rows[i].key);
    }
    story_done(&story);
}

static void test_M1_a_subject_without_a_name_is_none(void **state)
{
    Command command = {.which_input = Command_maintenance_tag};
    Maintenance *said = &command.input.maintenance;
    struct story story;
    StateRow row = {0};
    uint32_t slot;
    (void) state;

    begin(&story);
    *said = (Maintenance) {.id = "w", .start_ms = 0, .end_ms = S(100), .subjects_count = 3, .subjects = {"", "shop", ""}};
    engine_command(story.engine, &command, S(10), &story.effects);
    while (row.which_row != StateRow_window_tag)
        assert_true(engine_next_dirty(story.engine, &row, &slot));
    assert_int_equal(row.row.window.window.subjects_count, 1);
    assert_string_equal(row.row.window.window.subjects[0], "shop");
    story_done(&story);
}

static void test_M1_a_window_without_an_id_is_none(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    plan(&story, S(10), "", "shop", 0, 100);
    story_expect(&story, "10000 reject maint bad_window");
    story_done(&story);
}

static void test_M1_one_to_come_is_replaced_by_another(void **state)
{
    struct story story;
    (void) state;

    begin(&story);
    plan(&story, S(10), "w", "shop", 100, 200);
    plan(&story, S(20), "w", "db", 300, 400);
    story_time(&story, S(250));
    story_expect(&story, "");
    set(&story, S(310), "shop", STATUS_DEGRADED);
    assert_int_equal(story_count(&story, "300000 maint start w"), 1);
    assert_int_equal(story_count(&story, "notify raise service:shop degraded"), 1);
    set(&story, S(320), "db", STATUS_DEGRADED);
    assert_int_equal(story_count(&story, "suppress raise service:db degraded maintenance by w"), 1);
    story_done(&story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_M_timeline_trouble_inside_a_window),
        cmocka_unit_test(test_N1_a_resolve_goes_through_a_window),
        cmocka_unit_test(test_M1_what_is_no_window_is_refused),
        cmocka_unit_test(test_M1_an_end_by_hand),
        cmocka_unit_test(test_M1_a_replaced_window),
        cmocka_unit_test(test_M1_a_refused_one_changes_nothing),
        cmocka_unit_test(test_M3_grace_is_the_subjects_own),
        cmocka_unit_test(test_M3_a_later_grace_never_shortens),
        cmocka_unit_test(test_M3_no_grace_and_the_next_window_at_once),
        cmocka_unit_test(test_M3_no_grace_where_another_window_takes_over),
        cmocka_unit_test(test_X3_a_grace_outlives_its_service),
        cmocka_unit_test(test_T5_ends_before_starts_by_id),
        cmocka_unit_test(test_X2_windows_of_a_gap),
        cmocka_unit_test(test_N6_a_reminder_is_held_and_waits_for_its_turn),
        cmocka_unit_test(test_X3_a_removed_service_leaves),
        cmocka_unit_test(test_T8_only_what_is_covered_is_looked_at),
        cmocka_unit_test(test_X1_rows_of_windows_and_graces),
        cmocka_unit_test(test_M1_a_subject_without_a_name_is_none),
        cmocka_unit_test(test_M1_a_window_without_an_id_is_none),
        cmocka_unit_test(test_M1_one_to_come_is_replaced_by_another),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

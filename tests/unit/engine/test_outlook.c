/* SPDX-License-Identifier: Apache-2.0 */
/* What a service is on its way to, and what of it waits: section by section as the report of a replay tells it. */
#include <string.h>

#include "aggregator/engine/outlook.h"
#include "tests/unit/engine/story.h"

static const struct cast one[] = {{"shop", 2}};

static struct outlook look(const struct story *story)
{
    struct outlook outlook;

    assert_true(outlook_of(story->engine, "shop", &outlook));
    return outlook;
}

static void poll(struct story *story, int64_t from_s, int64_t to_s, enum status status)
{
    for (int64_t at_s = from_s; at_s <= to_s; at_s += 60)
        story_sees(story, S(at_s), "shop", "page", status);
}

static void test_nobody_is_no_service(void **state)
{
    struct story story;
    struct outlook outlook = {.service = "untouched"};
    (void) state;

    story_init(&story, one, 1);
    assert_false(outlook_of(story.engine, "nobody", &outlook));
    assert_string_equal(outlook.service, "untouched");
    story_done(&story);
}

static void test_the_sources_as_they_stand(void **state)
{
    struct story story;
    struct outlook_source source;
    (void) state;

    story_init(&story, one, 1);
    story_sees(&story, 0, "shop", "page", STATUS_DEGRADED);
    assert_int_equal(look(&story).n_sources, 1);
    outlook_source(story.engine, "shop", 0, &source);
    assert_non_null(strstr(source.id, "page"));
    assert_false(source.is_probe);
    assert_false(source.failed);
    assert_false(source.silent);
    assert_int_equal(source.level, STATUS_DEGRADED);
    uint32_t slot;
    assert_true(engine_source_slot(story.engine, "shop", source.id, &slot));
    assert_int_equal(source.slot, slot);

    story_time(&story, S(301));                               /* its stale time and a second */
    outlook_source(story.engine, "shop", 0, &source);
    assert_true(source.silent);
    assert_int_equal(source.level, STATUS_DEGRADED);          /* what it last said */
    story_done(&story);
}

/* What happens to shop, and the step that is then in sight. */
static const struct {
    const char *says;
    int64_t good_s;                    /* operational until then, each minute from 0 on; -1: never seen */
    int64_t bad_s;                     /* then at this level until then, likewise */
    enum status level;
    struct outlook_step step;          /* to unknown: none */
} steps[] = {
    { "nothing was ever seen", -1, -1, STATUS_UNKNOWN, {0} },
    { "unset and operational is as good as there", 0, 0, STATUS_UNKNOWN, {0} },
    { "unset and degraded", -1, 0, STATUS_DEGRADED,
      {.to = STATUS_DEGRADED, .polls = 1, .need = 3, .since_ms = 0, .dwell_ms = S(600), .at_ms = S(600)} },
    { "one poll before it is confirmed", 0, 600, STATUS_DEGRADED,
      {.to = STATUS_DEGRADED, .polls = 10, .need = 3, .since_ms = S(60), .dwell_ms = S(600), .at_ms = S(660)} },
    { "confirmed", 0, 660, STATUS_DEGRADED, {0} },
};

static void test_C4_the_next_step(void **state)
{
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
        struct story story;
        const struct outlook_step *expected = &steps[i].step;
        story_init(&story, one, 1);
        poll(&story, 0, steps[i].good_s, STATUS_OPERATIONAL);
        if (steps[i].level != STATUS_UNKNOWN)
            poll(&story, steps[i].good_s < 0 ? 0 : steps[i].good_s + 60, steps[i].bad_s, steps[i].level);
        struct outlook outlook = look(&story);
        bool same = outlook.has_next == (expected->to != STATUS_UNKNOWN) &&
            (!outlook.has_next || (outlook.next.to == expected->to && outlook.next.polls == expected->polls &&
                                   outlook.next.need == expected->need && outlook.next.since_ms == expected->since_ms &&
                                   outlook.next.dwell_ms == expected->dwell_ms && outlook.next.at_ms == expected->at_ms));
        if (!same)
            fail_msg("%s: %d %u of %u at %lld", steps[i].says, outlook.next.to, outlook.next.polls, outlook.next.need,
                     (long long) outlook.next.at_ms);
        story_done(&story);
    }
}

/* E jumps past a level between: what counts is the ladder of E itself. */
static void test_C4_the_ladder_is_that_of_E(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, one, 1);
    poll(&story, 0, 120, STATUS_DEGRADED);
    poll(&story, 180, 240, STATUS_MAJOR_OUTAGE);
    struct outlook outlook = look(&story);
    assert_int_equal(outlook.next.to, STATUS_MAJOR_OUTAGE);
    assert_int_equal(outlook.next.polls, 2);
    assert_int_equal(outlook.next.at_ms, S(780));
    story_done(&story);
}

static void test_C5_a_recovery_in_sight(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, one, 1);
    story_param(&story, "shop", PARAM_recovery_dwell_s, 90);
    poll(&story, 0, 600, STATUS_DEGRADED);
    poll(&story, 660, 660, STATUS_OPERATIONAL);
    struct outlook outlook = look(&story);
    assert_int_equal(outlook.next.to, STATUS_OPERATIONAL);
    assert_int_equal(outlook.next.polls, 1);
    assert_int_equal(outlook.next.need, 2);
    assert_int_equal(outlook.next.at_ms, S(750));
    assert_true(outlook.has_alert && outlook.announced);
    assert_string_equal(outlook.level, "degraded");
    story_done(&story);
}

static void test_U1_what_is_set_by_hand_is_on_its_way_nowhere(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, one, 1);
    story_manual(&story, S(10), "shop", STATUS_UNKNOWN, 0);
    poll(&story, 60, 240, STATUS_MAJOR_OUTAGE);
    assert_false(look(&story).has_next);
    story_manual_end(&story, S(250), "shop");
    assert_true(look(&story).has_next);
    story_done(&story);
}

static void test_E1_unknown_is_on_its_way_nowhere(void **state)
{
    struct story story;
    const char *source;
    (void) state;

    story_init(&story, one, 1);
    poll(&story, 0, 120, STATUS_MAJOR_OUTAGE);
    assert_true(look(&story).has_next);
    assert_string_equal(outlook_poller(story.engine, "shop", 0, &source), "ok");
    assert_string_equal(source, "page");
    story_time(&story, S(420));
    assert_true(look(&story).has_next);
    story_time(&story, S(420) + 1);
    assert_false(look(&story).has_next);
    assert_string_equal(outlook_poller(story.engine, "shop", 0, &source), "silent");
    story_done(&story);
}

static void test_N5_what_is_held_and_by_whom(void **state)
{
    struct story story;
    (void) state;

    story_init(&story, one, 1);
    story_manual(&story, S(10), "shop", STATUS_DEGRADED, 0);
    assert_false(look(&story).has_held);
    story_acknowledges(&story, S(20), &(Acknowledge) {.key = "service:shop", .by = "ann", .sticky = true});
    story_manual(&story, S(30), "shop", STATUS_MAJOR_OUTAGE, 0);
    struct outlook outlook = look(&story);
    assert_true(outlook.acknowledged && outlook.has_held);
    assert_int_equal(outlook.held.kind, NOTIFY_ESCALATE);
    assert_int_equal(outlook.held.reason, REASON_ACKNOWLEDGED);
    assert_string_equal(outlook.held.by, "ann");
    story_unacknowledges(&story, S(40), &(Unacknowledge) {.key = "service:shop"});
    assert_false(look(&story).has_held);
    story_manual(&story, S(50), "shop", STATUS_OPERATIONAL, 0);
    assert_false(look(&story).has_alert);
    story_done(&story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nobody_is_no_service),
        cmocka_unit_test(test_the_sources_as_they_stand),
        cmocka_unit_test(test_C4_the_next_step),
        cmocka_unit_test(test_C4_the_ladder_is_that_of_E),
        cmocka_unit_test(test_C5_a_recovery_in_sight),
        cmocka_unit_test(test_U1_what_is_set_by_hand_is_on_its_way_nowhere),
        cmocka_unit_test(test_E1_unknown_is_on_its_way_nowhere),
        cmocka_unit_test(test_N5_what_is_held_and_by_whom),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

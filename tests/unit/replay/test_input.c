/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "aggregator/replay/input.h"
#include "common/mem.h"

static const struct { const char *says; const char *line; bool good; } lines[] = {
    { "the least an observation needs", "{\"t\":0,\"kind\":\"obs\",\"service\":\"a\",\"source\":\"p\",\"status\":\"degraded\"}", true },
    { "everything it can say", "{\"t\":9007199254740991,\"kind\":\"obs\",\"service\":\"a\",\"source\":\"p\",\"status\":\"x\",\"collector\":\"c\","
      "\"stype\":\"probe\",\"result\":\"ok\",\"ot\":-5,\"every\":604800,\"boot\":-1,\"seq\":0}", true },
    { "a fail needs no status", "{\"t\":0,\"kind\":\"obs\",\"service\":\"a\",\"source\":\"p\",\"result\":\"fail\"}", true },
    { "an unknown field is passed over", "{\"t\":0,\"kind\":\"tick\",\"note\":[1]}", true },
    { "a manual status", "{\"t\":0,\"kind\":\"manual\",\"service\":\"a\",\"status\":\"major_outage\",\"ttl_s\":0,\"by\":\"ann\"}", true },
    { "the end of one", "{\"t\":0,\"kind\":\"manual\",\"service\":\"a\",\"status\":null}", true },
    { "a heartbeat", "{\"t\":0,\"kind\":\"hb\",\"collector\":\"c\"}", true },
    { "an acknowledgement", "{\"t\":0,\"kind\":\"ack\",\"key\":\"service:a\",\"by\":\"ann\",\"until\":5,\"sticky\":true}", true },
    { "one taken back", "{\"t\":0,\"kind\":\"unack\",\"key\":\"service:a\"}", true },
    { "an acknowledgement by nobody", "{\"t\":0,\"kind\":\"ack\",\"key\":\"service:a\"}", false },
    { "sticky that is neither", "{\"t\":0,\"kind\":\"ack\",\"key\":\"service:a\",\"by\":\"ann\",\"sticky\":1}", false },
    { "a window", "{\"t\":0,\"kind\":\"maint\",\"id\":\"w\",\"services\":[\"a\",\"*\"],\"start\":-1,\"end\":5}", true },
    { "a vendor's, of nothing", "{\"t\":0,\"kind\":\"maint\",\"id\":\"w\",\"services\":[],\"start\":1,\"end\":1,\"origin\":\"vendor\",\"slo_exclude\":true}", true },
    { "a window without an id", "{\"t\":0,\"kind\":\"maint\",\"services\":[],\"start\":0,\"end\":5}", false },
    { "a window without subjects", "{\"t\":0,\"kind\":\"maint\",\"id\":\"w\",\"start\":0,\"end\":5}", false },
    { "a subject that is no text", "{\"t\":0,\"kind\":\"maint\",\"id\":\"w\",\"services\":[1],\"start\":0,\"end\":5}", false },
    { "a window without a start", "{\"t\":0,\"kind\":\"maint\",\"id\":\"w\",\"services\":[],\"end\":5}", false },
    { "a window without an end", "{\"t\":0,\"kind\":\"maint\",\"id\":\"w\",\"services\":[],\"start\":0}", false },
    { "an origin nobody knows", "{\"t\":0,\"kind\":\"maint\",\"id\":\"w\",\"services\":[],\"start\":0,\"end\":5,\"origin\":\"me\"}", false },
    { "excluded that is neither", "{\"t\":0,\"kind\":\"maint\",\"id\":\"w\",\"services\":[],\"start\":0,\"end\":5,\"slo_exclude\":0}", false },
    { "the end of a window", "{\"t\":0,\"kind\":\"maint_end\",\"id\":\"w\"}", true },
    { "the end of none", "{\"t\":0,\"kind\":\"maint_end\"}", false },
    { "evidence", "{\"t\":0,\"kind\":\"evidence\",\"area\":\"backup\",\"subject\":\"db\",\"result\":\"warn\",\"at\":-5}", true },
    { "evidence of no result we know", "{\"t\":0,\"kind\":\"evidence\",\"area\":\"backup\",\"subject\":\"db\",\"result\":\"good\"}", false },
    { "evidence without a result", "{\"t\":0,\"kind\":\"evidence\",\"area\":\"backup\",\"subject\":\"db\"}", false },
    { "evidence that withdraws", "{\"t\":0,\"kind\":\"evidence\",\"area\":\"backup\",\"subject\":\"db\",\"result\":\"\"}", false },
    { "evidence of no subject", "{\"t\":0,\"kind\":\"evidence\",\"area\":\"backup\",\"result\":\"pass\"}", false },
    { "evidence at no time", "{\"t\":0,\"kind\":\"evidence\",\"area\":\"backup\",\"subject\":\"db\",\"result\":\"pass\",\"at\":null}", false },
    { "a report of readiness", "{\"t\":0,\"kind\":\"report\",\"what\":\"readiness\"}", true },
    { "a report of nothing", "{\"t\":0,\"kind\":\"report\"}", false },
    { "a report nobody knows", "{\"t\":0,\"kind\":\"report\",\"what\":\"everything\"}", false },
    { "a collector to be forgotten", "{\"t\":0,\"kind\":\"forget\",\"collector\":\"c\"}", true },
    { "a source to be forgotten", "{\"t\":0,\"kind\":\"forget\",\"service\":\"a\",\"source\":\"p\"}", true },
    { "a service to be forgotten", "{\"t\":0,\"kind\":\"forget\",\"service\":\"a\"}", false },
    { "a source of nobody", "{\"t\":0,\"kind\":\"forget\",\"source\":\"p\"}", false },
    { "both at once", "{\"t\":0,\"kind\":\"forget\",\"collector\":\"c\",\"service\":\"a\",\"source\":\"p\"}", false },
    { "a collector beside a source", "{\"t\":0,\"kind\":\"forget\",\"collector\":\"c\",\"source\":\"p\"}", false },
    { "a collector that is no text", "{\"t\":0,\"kind\":\"forget\",\"collector\":7}", false },
    { "nothing to be forgotten", "{\"t\":0,\"kind\":\"forget\"}", false },
    { "a gap", "{\"t\":0,\"kind\":\"gap\"}", true },
    { "a question", "{\"t\":0,\"kind\":\"report\",\"what\":\"service\",\"service\":\"a\"}", true },
    { "a question about nobody", "{\"t\":0,\"kind\":\"report\",\"what\":\"service\"}", false },
    { "a question about the weather", "{\"t\":0,\"kind\":\"report\",\"what\":\"weather\"}", false },
    { "a question about nothing", "{\"t\":0,\"kind\":\"report\",\"service\":\"a\"}", false },
    { "a configuration", "{\"t\":0,\"kind\":\"config\",\"config\":{}}", true },
    { "no JSON", "{\"t\":0,", false },
    { "nothing", "", false },
    { "no object", "[0]", false },
    { "no t", "{\"kind\":\"tick\"}", false },
    { "t before the epoch", "{\"t\":-1,\"kind\":\"tick\"}", false },
    { "t one too large", "{\"t\":9007199254740992,\"kind\":\"tick\"}", false },
    { "t that is no whole number", "{\"t\":1.5,\"kind\":\"tick\"}", false },
    { "t as a text", "{\"t\":\"1\",\"kind\":\"tick\"}", false },
    { "no kind", "{\"t\":0}", false },
    { "a kind nobody knows", "{\"t\":0,\"kind\":\"obss\"}", false },
    { "no service", "{\"t\":0,\"kind\":\"obs\",\"source\":\"p\",\"status\":\"degraded\"}", false },
    { "no source", "{\"t\":0,\"kind\":\"obs\",\"service\":\"a\",\"status\":\"degraded\"}", false },
    { "an ok without a status", "{\"t\":0,\"kind\":\"obs\",\"service\":\"a\",\"source\":\"p\"}", false },
    { "a status that is no text", "{\"t\":0,\"kind\":\"obs\",\"service\":\"a\",\"source\":\"p\",\"status\":3}", false },
    { "a result nobody knows", "{\"t\":0,\"kind\":\"obs\",\"service\":\"a\",\"source\":\"p\",\"status\":\"degraded\",\"result\":\"no\"}", false },
    { "a type of source nobody knows", "{\"t\":0,\"kind\":\"obs\",\"service\":\"a\",\"source\":\"p\",\"status\":\"degraded\",\"stype\":\"x\"}", false },
    { "every below its range", "{\"t\":0,\"kind\":\"obs\",\"service\":\"a\",\"source\":\"p\",\"status\":\"degraded\",\"every\":-1}", false },
    { "every above it", "{\"t\":0,\"kind\":\"obs\",\"service\":\"a\",\"source\":\"p\",\"status\":\"degraded\",\"every\":604801}", false },
    { "seq beyond the whole numbers", "{\"t\":0,\"kind\":\"obs\",\"service\":\"a\",\"source\":\"p\",\"status\":\"degraded\",\"seq\":9007199254740992}", false },
    { "a manual status without a status", "{\"t\":0,\"kind\":\"manual\",\"service\":\"a\"}", false },
    { "a manual status that is no level", "{\"t\":0,\"kind\":\"manual\",\"service\":\"a\",\"status\":\"bad\"}", false },
    { "a time to live below zero", "{\"t\":0,\"kind\":\"manual\",\"service\":\"a\",\"status\":\"degraded\",\"ttl_s\":-1}", false },
    { "a heartbeat of nobody", "{\"t\":0,\"kind\":\"hb\"}", false },
    { "a configuration that is no object", "{\"t\":0,\"kind\":\"config\",\"config\":[]}", false },
};

static void test_lines_that_can_be_used(void **state)
{
    (void) state;
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        struct replay_input input;
        int r = replay_input_parse(text_of(lines[i].line), &input);
        replay_input_done(&input);
        if ((r == 0) != lines[i].good)
            fail_msg("%s: %d", lines[i].says, r);
    }
}

static void test_kind_is_told_of_bad_lines(void **state)
{
    struct replay_input input;
    (void) state;

    assert_int_equal(replay_input_parse(text_of("{\"t\":-1,\"kind\":\"hb\"}"), &input), REPLAY_BAD_RECORD);
    assert_string_equal(input.kind, "hb");
    replay_input_done(&input);
    assert_int_equal(replay_input_parse(text_of("{\"t\":0,\"kind\":7}"), &input), REPLAY_BAD_RECORD);
    assert_string_equal(input.kind, "");
    replay_input_done(&input);
}

static void test_observation_is_read_whole(void **state)
{
    struct replay_input input;
    (void) state;

    assert_int_equal(replay_input_parse(text_of("{\"t\":7000,\"kind\":\"obs\",\"service\":\"gh\",\"source\":\"h/p\",\"collector\":\"h\",\"stype\":\"probe\","
                                                "\"status\":\"partial_outage\",\"ot\":6500,\"every\":60,\"boot\":2,\"seq\":5}"), &input), 0);
    const Observation *said = &input.observation;
    assert_int_equal(input.form, REPLAY_OBSERVATION);
    assert_int_equal(input.at_ms, 7000);
    assert_true(input.has_observed_at);
    assert_int_equal(said->observed_at_ms, 6500);
    assert_string_equal(said->service, "gh");
    assert_string_equal(said->source, "h/p");
    assert_string_equal(said->collector, "h");
    assert_int_equal(said->kind, SOURCE_PROBE);
    assert_int_equal(said->result, RESULT_OK);
    assert_int_equal(said->level, LEVEL_PARTIAL_OUTAGE);
    assert_int_equal(said->every_s, 60);
    assert_true(said->has_seq);
    replay_input_done(&input);
}

static void test_window_is_read_whole(void **state)
{
    struct replay_input input;
    (void) state;

    assert_int_equal(replay_input_parse(text_of("{\"t\":7000,\"kind\":\"maint\",\"id\":\"w1\",\"services\":[\"gh\",\"poller:gh/p\"],\"start\":8000,"
                                                "\"end\":9000,\"origin\":\"vendor\",\"slo_exclude\":true}"), &input), 0);
    const Maintenance *window = &input.command.input.maintenance;
    assert_int_equal(input.command.which_input, Command_maintenance_tag);
    assert_string_equal(window->id, "w1");
    assert_int_equal(window->subjects_count, 2);
    assert_string_equal(window->subjects[1], "poller:gh/p");
    assert_int_equal(window->start_ms, 8000);
    assert_int_equal(window->end_ms, 9000);
    assert_int_equal(window->origin, MAINTENANCE_VENDOR);
    assert_true(window->has_slo_exclude && window->slo_exclude);
    replay_input_done(&input);

    assert_int_equal(replay_input_parse(text_of("{\"t\":0,\"kind\":\"maint\",\"id\":\"w1\",\"services\":[],\"start\":8,\"end\":9}"), &input), 0);
    assert_int_equal(window->origin, MAINTENANCE_OPERATOR);
    assert_false(window->has_slo_exclude);
    replay_input_done(&input);
}

/* Numbers of a line may be negative; their order is what counts. */
static void test_O4_boots_keep_their_order(void **state)
{
    static const char *const boots[] = { "-9007199254740991", "-1", "0", "1", "9007199254740991" };
    uint64_t last = 0;
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(boots); i++) {
        char line[256];
        struct replay_input input;
        (void) snprintf(line, sizeof line, "{\"t\":0,\"kind\":\"obs\",\"service\":\"a\",\"source\":\"p\",\"status\":\"degraded\",\"boot\":%s}", boots[i]);
        assert_int_equal(replay_input_parse(text_of(line), &input), 0);
        assert_true(i == 0 || input.observation.boot > last);
        last = input.observation.boot;
        replay_input_done(&input);
    }
    struct replay_input without;
    struct replay_input zero;
    assert_int_equal(replay_input_parse(text_of(lines[0].line), &without), 0);
    assert_int_equal(replay_input_parse(text_of("{\"t\":0,\"kind\":\"obs\",\"service\":\"a\",\"source\":\"p\",\"status\":\"degraded\",\"boot\":0}"), &zero), 0);
    assert_true(without.observation.boot == zero.observation.boot);
    replay_input_done(&without);
    replay_input_done(&zero);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_that_can_be_used),
        cmocka_unit_test(test_kind_is_told_of_bad_lines),
        cmocka_unit_test(test_observation_is_read_whole),
        cmocka_unit_test(test_window_is_read_whole),
        cmocka_unit_test(test_O4_boots_keep_their_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

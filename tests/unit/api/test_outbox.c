/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "aggregator/api/outbox_id.h"
#include "common/clock.h"
#include "common/mem.h"
#include "rig.h"

static struct rig rig;

static void put(uint64_t sequence, OutboxState state, const char *channel, const char *service, int64_t decided_at_ms)
{
    OutboxRow row = {.sequence = sequence, .state = state, .kind = "raise", .level = "degraded", .attempts = 2,
                     .earlier_attempts = 3, .ambiguous = 1, .decided_at_ms = decided_at_ms};

    snprintf(row.channel, sizeof row.channel, "%s", channel);
    snprintf(row.receiver, sizeof row.receiver, "chat");
    snprintf(row.service, sizeof row.service, "%s", service);
    snprintf(row.key, sizeof row.key, "service:%s", service);
    rig_put_outbox(&rig, &row);
}

static int setup(void **state)
{
    int64_t now_ms = clock_wall_ms();
    (void) state;

    rig_start(&rig, "");
    put(6, OutboxState_OUTBOX_SENT, "chat", "acme", now_ms - 3 * 3600 * 1000);
    put(7, OutboxState_OUTBOX_DEAD, "chat", "acme", now_ms - 60 * 1000);
    put(8, OutboxState_OUTBOX_CLAIMED, "ops", "shop", now_ms);
    return 0;
}

static int teardown(void **state)
{
    (void) state;
    rig_stop(&rig);
    return 0;
}

static void test_what_is_asked_for_is_shown(void **state)
{
    static const struct { const char *says, *path; int status; const char *part; } cases[] = {
        {"newest first", "/api/admin/outbox", 200, "{\"items\":[{\"sequence\":8,\"state\":\"claimed\""},
        {"by state", "/api/admin/outbox?state=dead", 200, "{\"items\":[{\"sequence\":7,"},
        {"by the channel that routing named", "/api/admin/outbox?channel=ops", 200, "{\"items\":[{\"sequence\":8,"},
        {"by the channel that carries it", "/api/admin/outbox?channel=chat&state=dead", 200, "{\"items\":[{\"sequence\":7,"},
        {"by service", "/api/admin/outbox?service=acme", 200, "{\"items\":[{\"sequence\":7,"},
        {"by kind", "/api/admin/outbox?kind=resolve", 200, "{\"items\":[]"},
        {"by time", "/api/admin/outbox?since=-1h&service=acme&state=sent", 200, "{\"items\":[]"},
        {"a page of it", "/api/admin/outbox?limit=1", 200, "\"next_cursor\":\"0"},
        {"a state that is none", "/api/admin/outbox?state=lost", 400, "state must be"},
        {"a time that is none", "/api/admin/outbox?since=soon", 400, "since"},
        {"all attempts are counted", "/api/admin/outbox/7", 200, "\"attempts\":5,\"ambiguous_attempts\":1"},
        {"what the receiver was told", "/api/admin/outbox/7", 200, "\"receiver_was_last_told\":null"},
        {"one that is not there", "/api/admin/outbox/9", 404, "sequence 9"},
        {"no number", "/api/admin/outbox/seven", 404, "sequence seven"},
        {"what was sent", "/api/admin/deliveries?state=sent", 200, "{\"items\":[{\"sequence\":6,"},
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        rig_expect(rig_get(&rig, cases[i].path, RIG_ADMIN), cases[i].status, cases[i].part, cases[i].says);
    rig_expect(rig_get(&rig, "/api/admin/outbox", ""), 401, NULL, "not by anybody");
}

static void test_retry_and_drop(void **state)
{
    static const struct { const char *says, *path, *body; int status; const char *part; } cases[] = {
        {"a dead one waits again", "/api/admin/outbox/7/retry", "", 200, "{\"sequence\":7,\"state\":\"pending\""},
        {"one on the wire does not", "/api/admin/outbox/8/retry", "{}", 409, "it is being sent at this moment"},
        {"nor one that is not there", "/api/admin/outbox/9/retry", "", 404, "sequence 9"},
        {"nor what is no number", "/api/admin/outbox/07/retry", "", 404, "sequence 07"},
        {"no member is known", "/api/admin/outbox/7/retry", "{\"now\":true}", 422, "/now"},
        {"those of a channel", "/api/admin/outbox/retry", "{\"channel\":\"chat\"}", 200,
         "{\"channel\":\"chat\",\"retried\":0,\"left\":1,\"first_left\":null,\"more\":false"},
        {"of one that has none", "/api/admin/outbox/retry", "{\"channel\":\"pager\"}", 200, "\"left\":0"},
        {"of which channel", "/api/admin/outbox/retry", "{}", 422, "/channel"},
        {"a channel that cannot be", "/api/admin/outbox/retry", "{\"channel\":\"Chat \\\" room\"}", 422, "/channel"},
        {"dropped with a reason", "/api/admin/outbox/7/drop", "{\"reason\":\"by phone\"}", 200, "\"state\":\"dead\""},
        {"not without", "/api/admin/outbox/7/drop", "{}", 422, "/reason"},
        {"nor without a body", "/api/admin/outbox/7/drop", "", 422, "/reason"},
        {"nor with an empty one", "/api/admin/outbox/7/drop", "{\"reason\":\"  \"}", 422, "must not be empty"},
        {"nor what is on the wire", "/api/admin/outbox/8/drop", "{\"reason\":\"by phone\"}", 409, "being sent"},
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        rig_expect(rig_post(&rig, cases[i].path, RIG_ADMIN, cases[i].body), cases[i].status, cases[i].part, cases[i].says);
    rig_expect(rig_post(&rig, "/api/admin/outbox/7/retry", "", ""), 401, NULL, "not by anybody");
    assert_string_equal(rig_word(&rig, rig.dropped), "token:ADMIN_API_TOKEN: by phone");
}

static void test_what_is_dropped_is_counted_apart(void **state)
{
    OutboxRow row = {.sequence = 9, .state = OutboxState_OUTBOX_DEAD, .dropped_at_ms = 1, .dropped_by = "token:ann"};
    (void) state;

    rig_put_outbox(&rig, &row);
    rig_expect(rig_get(&rig, "/metrics", RIG_ADMIN), 200, "tocsin_outbox_rows{state=\"dead\"} 1\n", "one dead letter");
    rig_expect(rig_get(&rig, "/metrics", RIG_ADMIN), 200, "tocsin_outbox_rows{state=\"dropped\"} 1\n", "and one given up");
}

static void test_numbers_of_notifications(void **state)
{
    static const struct { const char *text; uint64_t number; } cases[] = {
        {"1", 1}, {"4711", 4711}, {"9223372036854775807", INT64_MAX},
        {"9223372036854775808", 0}, {"0", 0}, {"01", 0}, {"", 0}, {"-1", 0}, {"+1", 0}, {"1 ", 0}, {"1e3", 0},
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        uint64_t number = 0;
        if (outbox_id_parse(cases[i].text, &number) != (cases[i].number != 0) || number != cases[i].number)
            fail_msg("'%s'", cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_is_asked_for_is_shown, setup, teardown),
        cmocka_unit_test_setup_teardown(test_retry_and_drop, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_dropped_is_counted_apart, setup, teardown),
        cmocka_unit_test(test_numbers_of_notifications),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

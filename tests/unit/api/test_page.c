/* SPDX-License-Identifier: Apache-2.0 */
/* The page: the sentences about what is held, and what it shows of alerts and of planned work. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "aggregator/api/held_words.h"
#include "aggregator/engine/explain.h"
#include "common/mem.h"
#include "rig.h"

static struct rig rig;

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

/* ---------------------------------------------------------------- words */

static void test_N5_what_is_held_is_told_in_words(void **state)
{
    static const struct { const char *says; Held held; const char *words; } cases[] = {
        {"nothing behind it", {"raise", "no_route", "degraded", ""}, "Held: no route: nobody is to be told of it."},
        {"a window", {"raise", "maintenance", "major_outage", "disks"}, "Held: maintenance, window disks."},
        {"a window called like a service", {"raise", "maintenance", "major_outage", "payroll"},
         "Held: maintenance, window payroll."},
        {"a window that nobody named", {"raise", "maintenance", "major_outage", ""}, "Held: maintenance."},
        {"a service has its name", {"raise", "dependency", "major_outage", "payroll"},
         "Held: it depends on Payroll <&> Co, which is in trouble and answers for it."},
        {"a service that is gone", {"raise", "dependency", "major_outage", "gone"},
         "Held: it depends on gone, which is in trouble and answers for it."},
        {"it got worse", {"escalate", "acknowledged", "major_outage", "token:ann"},
         "That it got worse (Major outage) is held: acknowledged, ann has it."},
        {"it eased", {"improve", "flapping", "degraded", ""}, "That it eased (Degraded) is held: flapping, it waits until it is steady."},
        {"it is over", {"resolve", "flapping", "operational", ""}, "Its recovery is held: flapping, it waits until it is steady."},
        {"others", {"aggregate", "maintenance_grace", "degraded", ""},
         "Which others fail with it is held: maintenance is just over, it has time to recover."},
        {"a reason of another version", {"raise", "moonlight", "degraded", "x"}, "Held: moonlight."},
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char words[HELD_SENTENCE_BYTES];
        held_sentence(&cases[i].held, rig.config, words);
        if (strcmp(words, cases[i].words) != 0)
            fail_msg("%s: %s", cases[i].says, words);
    }
}

static void test_each_reason_that_holds_has_words(void **state)
{
    (void) state;
    for (enum reason reason = REASON_NO_ROUTE; reason < REASON_NOT_ANNOUNCED; reason++) {
        Held held = {.kind = "raise"};
        char words[HELD_SENTENCE_BYTES];
        char bare[64];
        (void) snprintf(held.reason, sizeof held.reason, "%s", reason_name(reason));
        (void) snprintf(bare, sizeof bare, "Held: %s.", held.reason);
        held_sentence(&held, rig.config, words);
        if (strchr(words, '_') != NULL || (strcmp(words, bare) == 0 && reason != REASON_MAINTENANCE && reason != REASON_ACKNOWLEDGED))
            fail_msg("%s has no words: %s", held.reason, words);
    }
}

static void test_people_are_called_by_their_names(void **state)
{
    (void) state;
    assert_string_equal(held_person("token:on-call"), "on-call");
    assert_string_equal(held_person("local:root"), "root");
    assert_string_equal(held_person("ann"), "ann");
    assert_string_equal(held_person(""), "somebody");
    assert_string_equal(held_person("token:"), "token:");
}

/* ---------------------------------------------------------------- the page */

/* Every part, in this order; and none that begins with '!'. */
static void expect_in_order(const char *path, const char *says, const char *const *parts)
{
    struct answer answer = rig_get(&rig, path, "");
    const char *at = answer.body;

    assert_int_equal(answer.status, 200);
    for (size_t i = 0; parts[i] != NULL; i++) {
        bool absent = parts[i][0] == '!';
        const char *found = strstr(absent ? answer.body : at, parts[i] + absent);
        if ((found == NULL) != absent)
            fail_msg("%s: %s%s in\n%s", says, absent ? "unwanted " : "no ", parts[i] + absent, answer.body);
        at = absent ? at : found;
    }
    answer_done(&answer);
}
#define PARTS(...) ((const char *const[]) {__VA_ARGS__, NULL})

static AlertState alert_of(const char *service)
{
    AlertState alert = {.alert_class = ALERT_SERVICE, .opened_at_ms = 1700000000000, .since_ms = 1700000000000};

    (void) snprintf(alert.key, sizeof alert.key, "service:%s", service);
    (void) snprintf(alert.service, sizeof alert.service, "%s", service);
    return alert;
}

static void test_an_alert_tells_who_has_it_and_what_holds_it(void **state)
{
    static AlertState alert;
    (void) state;

    alert = alert_of("acme");
    rig_set(&rig, "acme", LEVEL_MAJOR_OUTAGE);
    rig_put_alert(&rig, &alert, 0);
    expect_in_order("/fragments/overview", "nobody was told",
                    PARTS("1 open<", "since <time", "Not told yet", "!Nobody has it yet", "!Held", "!held"));

    alert.last_sent_ms = 1700000000000;
    (void) snprintf(alert.incident, sizeof alert.incident, "inc-7");
    alert.channels_count = 1;
    (void) snprintf(alert.channels[0], sizeof alert.channels[0], "chat");
    rig_put_alert(&rig, &alert, 0);
    expect_in_order("/fragments/overview", "told, and nobody has it",
                    PARTS("Acme</b>", "<a href=\"api/incidents/inc-7\">inc-7</a>", "Nobody receives chat", "Nobody has it yet", "!acknowledged"));

    alert.has_ack = true;
    alert.ack = (AckState) {.by = "token:a<b", .at_ms = 1700000000000, .until_ms = 1700003600000};
    alert.held_count = 2;
    alert.held[0] = (Held) {"escalate", "acknowledged", "major_outage", "token:a<b"};
    alert.held[1] = (Held) {"aggregate", "dependency", "major_outage", "payroll"};
    rig_put_alert(&rig, &alert, 0);
    expect_in_order("/fragments/overview", "somebody has it, and two things are held",
                    PARTS("1 open, 1 acknowledged, 1 held<", "Acknowledged by a&lt;b until <time datetime=\"2023-11-14T23:13:20.000Z\">14 Nov, 23:13 UTC",
                          "That it got worse (Major outage) is held: acknowledged, a&lt;b has it.",
                          "it depends on Payroll &lt;&amp;&gt; Co,", "<a href=\"api/services/acme/explain\">Explain", "id=\"planned\"",
                          "Acknowledged by a&lt;b until", "!Nobody has it yet", "!a<b"));
    expect_in_order("/api/summary", "the same for programs", PARTS("\"acknowledged\":1,\"held\":1,\"maintenance\":{\"active\":0,\"upcoming\":0}"));

    alert.ack.until_ms = 1704067200000;
    rig_put_alert(&rig, &alert, 0);
    expect_in_order("/fragments/overview", "into another year", PARTS("id=\"alerts\"", "until <time datetime=\"2024-01-01T00:00:00.000Z\">1 Jan 2024, 00:00 UTC<"));

    alert.ack.until_ms = 0;
    rig_put_alert(&rig, &alert, 0);
    expect_in_order("/fragments/overview", "for good", PARTS("Acknowledged by a&lt;b until it is over"));
}

static void test_alerts_of_ourselves_have_no_explanation(void **state)
{
    static AlertState alert;
    (void) state;

    alert = (AlertState) {.key = "collector:web1", .alert_class = ALERT_COLLECTOR, .opened_at_ms = 1700000000000, .held_count = 1};
    alert.held[0] = (Held) {"raise", "mass_silence", "silent", ""};
    rig_put_alert(&rig, &alert, 0);
    expect_in_order("/fragments/overview", "a collector",
                    PARTS("Collector web1</b>", ">silent<", "Held: many collectors are gone at once", "!/explain"));
}

static void put_window(const char *id, const char *subjects, bool active, int hour)
{
    char body[400];

    (void) snprintf(body, sizeof body,
                    "{\"id\":\"%s\",\"subjects\":[%s],\"start\":\"2031-01-01T%02d:00:00Z\",\"duration_seconds\":3600,\"reason\":\"<disks>\"}", id,
                    subjects, hour);
    struct answer answer = rig_post(&rig, "/api/admin/maintenance", RIG_ADMIN, body);
    if (answer.status != 200)
        fail_msg("%s", answer.text);
    answer_done(&answer);
    rig_set_window(&rig, id, active);
}

static void test_M1_planned_work_is_listed_and_marks_what_it_covers(void **state)
{
    (void) state;
    expect_in_order("/fragments/overview", "nothing is planned", PARTS("Planned work", "none", "!maintenance<"));

    put_window("later", "\"acme\"", false, 9);
    expect_in_order("/fragments/overview", "to come",
                    PARTS("0 active, 1 to come", "<b>Acme</b>", "To come", "from <time datetime=\"2031-01-01T09:00:00.000Z\">", "until <time",
                          "!maintenance</span>"));
    put_window("sooner", "\"acme\",\"service:shop\"", false, 8);
    put_window("now", "\"payroll\",\"poller:shop/web1/page\"", true, 3);
    put_window("ends-first", "\"payroll\"", true, 2);
    expect_in_order("/fragments/overview", "what is over first stands first; then what begins first",
                    PARTS("2 active, 2 to come", "window ends-first<", "<b>Payroll &lt;&amp;&gt; Co, poller:shop/web1/page</b>", "Active",
                          "window now<", "&lt;disks&gt;", "By ADMIN_API_TOKEN", "window sooner<", "window later<", "!<disks>"));
    expect_in_order("/fragments/overview", "one service is covered: not the one whose feed is",
                    PARTS("<h2>Services", "<li id=\"acme\"", "<span class=\"n\">Acme</span>", "<span class=\"n\">Shop</span>",
                          "Payroll &lt;&amp;&gt; Co <span class=\"tag mnt\">", " maintenance</span>"));
    expect_in_order("/api/services/payroll", "for programs too", PARTS("\"maintenance\":true"));
    expect_in_order("/api/services/shop", "not of another", PARTS("\"maintenance\":false"));
    expect_in_order("/api/summary", "counted", PARTS("\"maintenance\":{\"active\":2,\"upcoming\":2}"));

    rig_set_window(&rig, "sooner", true);
    expect_in_order("/api/services/shop", "its alert is covered", PARTS("\"maintenance\":true"));
}

static void test_M2_everything_is_everything(void **state)
{
    struct answer before = rig_get(&rig, "/", "");
    char same[200];
    (void) state;

    (void) snprintf(same, sizeof same, "If-None-Match: %s\r\n", answer_header(&before, "ETag"));
    answer_done(&before);
    put_window("all", "\"*\"", true, 1);
    struct answer after = rig_get(&rig, "/", same);
    assert_int_equal(after.status, 200);
    size_t tags = 0;
    for (const char *at = after.body; (at = strstr(at, "tag mnt")) != NULL; at++)
        tags++;
    assert_int_equal(tags, 3);
    assert_non_null(strstr(after.body, "<b>Everything</b>"));
    answer_done(&after);
}

static void test_many_windows_are_cut_and_counted(void **state)
{
    char id[8];
    (void) state;

    for (int i = 0; i < 10; i++) {
        (void) snprintf(id, sizeof id, "w%d", i);
        put_window(id, "\"acme\",\"shop\",\"payroll\",\"service:acme\",\"service:shop\",\"service:payroll\",\"flap:acme\"", false, i);
    }
    expect_in_order("/fragments/overview", "eight", PARTS("0 active, 10 to come", " and 1 more</b>", "window w7<", "and 2 more, <a href=\"api/maintenance\">", "!window w8<"));
}

int main(void)
{
#define WITH_RIG(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        WITH_RIG(test_N5_what_is_held_is_told_in_words),
        WITH_RIG(test_each_reason_that_holds_has_words),
        cmocka_unit_test(test_people_are_called_by_their_names),
        WITH_RIG(test_an_alert_tells_who_has_it_and_what_holds_it),
        WITH_RIG(test_alerts_of_ourselves_have_no_explanation),
        WITH_RIG(test_M1_planned_work_is_listed_and_marks_what_it_covers),
        WITH_RIG(test_M2_everything_is_everything),
        WITH_RIG(test_many_windows_are_cut_and_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

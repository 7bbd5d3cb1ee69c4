/* SPDX-License-Identifier: Apache-2.0 */
/* V13, V14: how well a service is seen, apart from how it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "aggregator/api/poller_view.h"
#include "rig.h"

#define OK     {.id = "a/feed", .observed_at_ms = 1, .poller = POLLER_HEALTH_OK}
#define FAILS  {.id = "b/feed", .observed_at_ms = 1, .poller = POLLER_HEALTH_OK, .fail_streak = 2, .reason = "timeout", .detail = "no answer"}
#define BROKEN {.id = "c/feed", .observed_at_ms = 1, .poller = POLLER_HEALTH_BROKEN, .fail_streak = 3, .reason = "parse", .detail = "no JSON"}
#define MENDS  {.id = "d/feed", .observed_at_ms = 1, .poller = POLLER_HEALTH_BROKEN}    /* one good poll, not two */
#define SILENT {.id = "e/feed", .observed_at_ms = 1, .poller = POLLER_HEALTH_SILENT}
#define NEVER  {.id = "f/feed", .poller = POLLER_HEALTH_OK}

static void test_V13_health_of_all_sources(void **state)
{
    static struct { const char *says; struct source_view sources[3]; size_t n; const char *health, *failing; } cases[] = {
        { "nobody watches it", {{0}}, 0, "unknown", NULL },
        { "a line of the catalogue alone", {NEVER}, 1, "unknown", NULL },
        { "one, and it is well", {OK}, 1, "ok", NULL },
        { "it fails, not often enough", {FAILS}, 1, "degraded", "b/feed" },
        { "it fails often enough", {BROKEN}, 1, "broken", "c/feed" },
        { "broken until it has recovered", {MENDS}, 1, "broken", NULL },
        { "its collector is away", {SILENT}, 1, "unknown", NULL },
        { "one of two is away", {SILENT, OK}, 2, "degraded", NULL },
        { "one of two was never heard", {OK, NEVER}, 2, "degraded", NULL },
        { "one of two is broken", {OK, BROKEN}, 2, "broken", "c/feed" },
        { "a broken one is told before one that fails", {FAILS, BROKEN, FAILS}, 3, "broken", "c/feed" },
        { "away and broken", {SILENT, BROKEN}, 2, "broken", "c/feed" },
    };
    (void) state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct service_view view = {.sources = cases[i].sources, .n_sources = cases[i].n};
        const struct source_view *failing = poller_view_failing(&view);
        if (strcmp(poller_view_health(&view), cases[i].health) != 0)
            fail_msg("%s: %s", cases[i].says, poller_view_health(&view));
        if ((failing == NULL) != (cases[i].failing == NULL) || (failing != NULL && strcmp(failing->id, cases[i].failing) != 0))
            fail_msg("%s: %s fails", cases[i].says, failing == NULL ? "nobody" : failing->id);
    }
}

static void test_health_of_one_source(void **state)
{
    static const struct { struct source_view source; const char *health, *said; } cases[] = {
        { OK, "ok", NULL }, { FAILS, "failing", NULL }, { BROKEN, "broken", NULL }, { MENDS, "broken", NULL },
        { SILENT, "silent", NULL }, { NEVER, "unknown", NULL },
        { {.id = "g/feed", .observed_at_ms = 1, .poller = POLLER_HEALTH_OK, .detail = "API slow"}, "ok", "API slow" },
    };
    (void) state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_string_equal(poller_view_source_health(&cases[i].source), cases[i].health);
        const char *said = poller_view_said(&cases[i].source);
        assert_string_equal(said == NULL ? "" : said, cases[i].said == NULL ? "" : cases[i].said);
    }
    assert_null(poller_view_said(NULL));
    assert_null(poller_view_json(NULL));
}

static void put(struct rig *rig, PollerState poller, uint32_t fails, const char *reason, const char *detail)
{
    static SourceRow row;

    row = (SourceRow) {.has_state = true};
    row.state = (SourceState) {.kind = SOURCE_VENDOR, .observed_at_ms = 1700000000000, .last_ok_ms = 1699999000000,
                               .level = LEVEL_OPERATIONAL, .poller = poller, .fail_streak = fails, .every_s = 60,
                               .poller_since_ms = 1699999500000};
    (void) snprintf(row.state.service, sizeof row.state.service, "acme");
    (void) snprintf(row.state.source, sizeof row.state.source, "one/feed");
    (void) snprintf(row.state.collector, sizeof row.state.collector, "one");
    (void) snprintf(row.reason, sizeof row.reason, "%s", reason);
    (void) snprintf(row.detail, sizeof row.detail, "%s", detail);
    rig_put_source(rig, &row);
}

/* What we cannot read and what the vendor says is down are two things, in the API, on the page and in the metrics. */
static void test_V14_broken_is_not_down(void **state)
{
    static struct rig rig;
    (void) state;

    rig_start(&rig, "");
    rig_set(&rig, "acme", LEVEL_UNKNOWN);
    put(&rig, POLLER_BROKEN, 3, "parse", "not <JSON> at line 1");
    rig_expect(rig_get(&rig, "/api/services/acme", ""), 200,
               "\"poller\":\"broken\",\"poller_health\":\"broken\",\"poller_since\":\"2023-11-14T22:05:00.000Z\",\"poller_failure\":"
               "{\"source\":\"one/feed\",\"reason\":\"parse\",\"detail\":\"not <JSON> at line 1\",\"polls\":3}", "the API");
    rig_expect(rig_get(&rig, "/api/services/acme", ""), 200, "\"state\":\"unknown\"", "its state");
    rig_expect(rig_get(&rig, "/api/services", ""), 200, "\"poller_health\":\"broken\"", "the list");
    rig_expect(rig_get(&rig, "/fragments/overview", ""), 200,
               "<em class=\"unk\" data-poller=\"broken\">We cannot read the page, not a vendor outage: not &lt;JSON&gt; at line 1 (parse)",
               "the page");
    rig_expect(rig_get(&rig, "/metrics", ""), 200, "\ntocsin_service_poller_broken{service=\"acme\"} 1\n", "the metric");
    rig_expect(rig_get(&rig, "/metrics", ""), 200, "\ntocsin_service_poll_failures{service=\"acme\"} 3\n", "how often");
    rig_expect(rig_get(&rig, "/metrics", ""), 200, "\ntocsin_service_breaker_open{service=\"acme\"} 0\n", "it is asked");

    put(&rig, POLLER_BROKEN, 4, "breaker", "not asked");
    rig_expect(rig_get(&rig, "/metrics", ""), 200, "\ntocsin_service_breaker_open{service=\"acme\"} 1\n", "it is left alone");

    rig_set(&rig, "acme", LEVEL_MAJOR_OUTAGE);
    put(&rig, POLLER_OK, 0, "", "API: Major outage");
    rig_expect(rig_get(&rig, "/api/services/acme", ""), 200, "\"poller_health\":\"ok\"", "down, and well seen");
    rig_expect(rig_get(&rig, "/api/services/acme", ""), 200, "\"poller_failure\":null", "nothing fails");
    rig_expect(rig_get(&rig, "/fragments/overview", ""), 200, "<em>API: Major outage</em>", "the vendor's words");
    struct answer answer = rig_get(&rig, "/fragments/overview", "");
    assert_null(strstr(answer.body, "data-poller"));
    answer_done(&answer);

    /* one poll failed: what the vendor said last still stands, but the words of the failure are not the vendor's */
    put(&rig, POLLER_OK, 1, "timeout", "no answer within 15 s");
    rig_expect(rig_get(&rig, "/api/services/acme", ""), 200, "\"poller_health\":\"degraded\"", "one poll failed");
    rig_expect(rig_get(&rig, "/fragments/overview", ""), 200, "data-poller=\"failing\">Last poll failed: no answer within 15 s (timeout)</em>",
               "and the page says so");
    answer = rig_get(&rig, "/fragments/overview", "");
    assert_null(strstr(answer.body, "<em>no answer within 15 s"));
    answer_done(&answer);
    rig_stop(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_V13_health_of_all_sources),
        cmocka_unit_test(test_health_of_one_source),
        cmocka_unit_test(test_V14_broken_is_not_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts for those who operate: ids, filters, the list, and acknowledging. */
#include "rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/api/alert_filter.h"
#include "aggregator/api/alert_id.h"
#include "aggregator/engine/config.h"
#include "common/mem.h"

static void test_ids_there_and_back(void **state)
{
    char longest[KEY_BYTES_MAX + 1];
    (void) state;

    memset(longest, 'k', KEY_BYTES_MAX);
    longest[KEY_BYTES_MAX] = '\0';
    const struct { int64_t at_ms; const char *key; } cases[] = {
        {1, "service:a"}, {1700000000000, "poller:gh/web1/page"}, {INT64_MAX, "self:mass_silence"}, {1, longest},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char word[ALERT_ID_BYTES];
        struct alert_id id;
        alert_id_render(cases[i].at_ms, cases[i].key, word);
        assert_int_equal(strcspn(word, "/+=%?"), strlen(word));
        assert_true(alert_id_parse(word, &id));
        assert_int_equal(id.opened_at_ms, cases[i].at_ms);
        assert_string_equal(id.key, cases[i].key);
    }
}

static void test_what_is_no_id(void **state)
{
    static const struct { const char *says, *word; } cases[] = {
        {"nothing", ""},
        {"no base64", "a.b"},
        {"padded", "AAAAAAAAAAFh=="},
        {"the time alone", "AAAAAAAAAAE"},
        {"at no time", "AAAAAAAAAABh"},
        {"before 1970", "_________-Rh"},
        {"a quote", "AAAAAAAAAAEi"},
        {"a blank", "AAAAAAAAAAEg"},
        {"a zero byte", "AAAAAAAAAAEAYQ"},
        {"no ASCII", "AAAAAAAAAAHDqQ"},
    };
    char endless[ALERT_ID_BYTES + 1];
    struct alert_id id = {.opened_at_ms = 7};
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        if (alert_id_parse(cases[i].word, &id))
            fail_msg("%s", cases[i].says);
    }
    memset(endless, 'B', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    assert_false(alert_id_parse(endless, &id));
    assert_int_equal(id.opened_at_ms, 7);
}

static void test_severities(void **state)
{
    static const struct { const char *level, *severity; } cases[] = {
        {"major_outage", "critical"}, {"fast", "critical"}, {"partial_outage", "error"}, {"degraded", "warning"},
        {"slow", "warning"}, {"ticket", "info"}, {"silent", "info"}, {"", "info"},
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_string_equal(alert_severity(cases[i].level), cases[i].severity);
}

static void test_hosts(void **state)
{
    static const struct { const char *says; AlertState alert; const char *host; } cases[] = {
        {"a host's check", {.key = "service:web1:disk", .service = "web1:disk"}, "web1"},
        {"a configured service", {.key = "service:shop", .service = "shop"}, ""},
        {"a collector", {.key = "collector:web1", .alert_class = ALERT_COLLECTOR}, "web1"},
        {"a poller", {.key = "poller:shop/web1/page", .service = "shop", .alert_class = ALERT_POLLER}, "web1"},
        {"a poller that nobody carries", {.key = "poller:shop/page", .service = "shop", .alert_class = ALERT_POLLER}, ""},
        {"it says so", {.key = "poller:shop/page", .collector = "web2", .alert_class = ALERT_POLLER}, "web2"},
        {"ourselves", {.key = "self:mass_silence", .alert_class = ALERT_SELF}, ""},
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char host[ID_BYTES_MAX + 1];
        if (alert_host(&cases[i].alert, host) != (cases[i].host[0] != '\0') || strcmp(host, cases[i].host) != 0)
            fail_msg("%s: %s", cases[i].says, host);
    }
}

/* ---- over HTTP */

#define ALERTS "/api/admin/alerts"
enum { HOUR_MS = 3600000 };
#define T0 INT64_C(1700000000000)          /* 2023-11-14T22:13:20Z */

static struct rig rig;

/* Open: acme (major), shop (degraded, acknowledged), a host's check, a collector. Over: acme and shop, at T0+1h, T0+3h. */
static int start(void **state)
{
    static const AlertState open[] = {
        {.key = "service:acme", .service = "acme", .opened_at_ms = T0 + 4 * HOUR_MS, .peak = LEVEL_MAJOR_OUTAGE},
        {.key = "service:shop", .service = "shop", .opened_at_ms = T0 + 5 * HOUR_MS, .peak = LEVEL_DEGRADED,
         .has_ack = true, .ack = {.by = "token:ann", .notes = "on it", .at_ms = T0 + 5 * HOUR_MS, .level = 1}},
        {.key = "service:web1:disk", .service = "web1:disk", .opened_at_ms = T0, .told = LEVEL_PARTIAL_OUTAGE},
        {.key = "collector:web1", .collector = "web1", .alert_class = ALERT_COLLECTOR, .opened_at_ms = T0 + HOUR_MS},
    };
    static const AlertState over[] = {
        {.key = "service:acme", .service = "acme", .opened_at_ms = T0, .peak = LEVEL_PARTIAL_OUTAGE},
        {.key = "service:shop", .service = "shop", .opened_at_ms = T0 + 2 * HOUR_MS, .peak = LEVEL_MAJOR_OUTAGE},
    };
    (void) state;

    rig_start(&rig, "");
    rig_set(&rig, "acme", LEVEL_MAJOR_OUTAGE);
    rig_set(&rig, "shop", LEVEL_DEGRADED);
    for (size_t i = 0; i < ARRAY_SIZE(open); i++)
        rig_put_alert(&rig, &open[i], 0);
    rig_put_alert(&rig, &over[0], T0 + HOUR_MS);
    rig_put_alert(&rig, &over[1], T0 + 3 * HOUR_MS);
    return 0;
}

static int stop(void **state)
{
    (void) state;
    rig_stop(&rig);
    return 0;
}

/* The keys of the list, "+" before those that are open; "!" and the status when it is no list. */
static void list_of(const char *query, char *out, size_t cap)
{
    char path[300];
    size_t len = 0;

    (void) snprintf(path, sizeof path, ALERTS "%s", query);
    struct answer answer = rig_get(&rig, path, RIG_ADMIN);
    out[0] = '\0';
    if (answer.status != 200)
        (void) snprintf(out, cap, "!%d", answer.status);
    for (const char *at = answer.body; answer.status == 200 && (at = strstr(at, "\"key\":\"")) != NULL && len < cap;) {
        at += 7;
        const char *state = strstr(at, "\"state\":\"");
        len += (size_t) snprintf(out + len, cap - len, "%s%s%.*s", len == 0 ? "" : " ", state[9] == 'o' ? "+" : "",
                                 (int) strcspn(at, "\""), at);
    }
    answer_done(&answer);
}

static void test_E22_filters(void **state)
{
    static const struct { const char *says, *query, *list; } cases[] = {
        {"the open ones", "", "+collector:web1 +service:acme +service:shop +service:web1:disk"},
        {"those that are over, newest first", "?state=closed", "service:shop service:acme"},
        {"all", "?state=open&state=closed",
         "+collector:web1 +service:acme +service:shop +service:web1:disk service:shop service:acme"},
        {"a level", "?level=major_outage", "+service:acme"},
        {"of one that is over, the worst it had", "?state=closed&level=partial_outage", "service:acme"},
        {"two levels", "?level=major_outage&level=degraded", "+service:acme +service:shop"},
        {"severity", "?severity=critical", "+service:acme"},
        {"severity of all", "?severity=critical&state=closed&state=open", "+service:acme service:shop"},
        {"a class", "?class=collector", "+collector:web1"},
        {"a service", "?service=shop", "+service:shop"},
        {"a host", "?host=web1", "+collector:web1 +service:web1:disk"},
        {"a host's service alerts", "?host=web1&class=service", "+service:web1:disk"},
        {"acknowledged", "?acknowledged=true", "+service:shop"},
        {"not acknowledged", "?acknowledged=false&class=service", "+service:acme +service:web1:disk"},
        {"since, with those that are over", "?since=2023-11-15T01:13:20Z",      /* T0 + 3 h */
         "+collector:web1 +service:acme +service:shop +service:web1:disk service:shop"},
        {"since a moment later", "?since=2023-11-15T01:13:20.001Z",
         "+collector:web1 +service:acme +service:shop +service:web1:disk"},
        {"opened until", "?until=2023-11-14T23:13:20Z", "+collector:web1 +service:web1:disk"},
        {"a span", "?state=closed&since=2023-11-14T22:13:20Z&until=2023-11-15T00:13:19Z", "service:acme"},
        {"all at once", "?state=closed&severity=critical&service=shop&since=2023-11-14T22:13:20Z&until=2023-11-15T03:00:00Z"
         "&acknowledged=false&class=service&level=major_outage", "service:shop"},
        {"nothing", "?host=web2", ""},
        {"a state nobody knows", "?state=ajar", "!400"},
        {"a level nobody knows", "?level=bad", "!400"},
        {"a severity nobody knows", "?severity=high", "!400"},
        {"a class nobody knows", "?class=host", "!400"},
        {"perhaps", "?acknowledged=maybe", "!400"},
        {"no time", "?since=then", "!400"},
        {"no parameter of ours", "?colour=red", "!400"},
        {"no cursor of ours", "?cursor=x00", "!400"},
        {"half a cursor", "?cursor=o", "!400"},
    };
    char list[1000];
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        list_of(cases[i].query, list, sizeof list);
        if (strcmp(list, cases[i].list) != 0)
            fail_msg("%s: %s, not %s", cases[i].says, list, cases[i].list);
    }
}

static void test_E22_pages_lead_through_both_tables(void **state)
{
    char path[300] = ALERTS "?state=open&state=closed&limit=2";
    int seen = 0, pages = 0;
    (void) state;

    for (bool more = true; more && pages < 9; pages++) {
        struct answer answer = rig_get(&rig, path, RIG_ADMIN);
        assert_int_equal(answer.status, 200);
        for (const char *at = answer.body; (at = strstr(at, "\"key\":")) != NULL; at++)
            seen++;
        const char *next = strstr(answer.body, "\"next_cursor\":\"");
        more = next != NULL;
        if (more)
            (void) snprintf(path, sizeof path, ALERTS "?state=open&state=closed&limit=2&cursor=%.*s",
                            (int) strcspn(next + 15, "\""), next + 15);
        answer_done(&answer);
    }
    assert_int_equal(seen, 6);
    assert_int_equal(pages, 3);
}

static void expect(struct answer answer, int status, const char *part, const char *says)
{
    if (answer.status != status || (part != NULL && strstr(answer.text, part) == NULL))
        fail_msg("%s: %s", says, answer.text == NULL ? "nothing" : answer.text);
    answer_done(&answer);
}

/* The address of an episode's acknowledgement. */
static const char *address(int64_t opened_at_ms, const char *key)
{
    static char path[ALERT_ID_BYTES + 60];
    char id[ALERT_ID_BYTES];

    alert_id_render(opened_at_ms, key, id);
    (void) snprintf(path, sizeof path, ALERTS "/%s/acknowledge", id);
    return path;
}

static void test_E23_acknowledging(void **state)
{
    const int64_t opened_at_ms = T0 + 4 * HOUR_MS;
    (void) state;

    expect(rig_post(&rig, address(opened_at_ms, "service:acme"), RIG_ADMIN,
                    "{\"notes\":\"the router\",\"until\":\"2030-01-01T00:00:00Z\"}"), 200, "\"acknowledged\":true,\"round\":", "at first");
    expect(rig_get(&rig, ALERTS "?service=acme", RIG_ADMIN), 200, "\"acknowledged_notes\":\"the router\"", "the notes");
    expect(rig_get(&rig, "/api/services/acme", ""), 200, "\"acknowledged_until\":\"2030-01-01T00:00:00.000Z\"", "the service");
    expect(rig_get(&rig, "/api/services", ""), 200, "\"acknowledged\":true,\"acknowledged_by\":\"token:", "the list of services");
    expect(rig_get(&rig, "/api/summary", ""), 200, "\"acknowledged_at\":\"2023-11-14T22:13:20.000Z\"", "the summary");
    expect(rig_get(&rig, "/", ""), 200, "Acknowledged by ADMIN_API_TOKEN", "the page");
    expect(rig_post(&rig, address(opened_at_ms, "service:acme"), RIG_ADMIN, ""), 200, "\"acknowledged\":true", "again, without a body");
    expect(rig_get(&rig, "/api/services/acme", ""), 200, "\"acknowledged_until\":null", "the new one counts");
    assert_int_equal(rig.audited, 2);

    expect(rig_delete(&rig, address(opened_at_ms, "service:acme"), RIG_ADMIN), 200, "\"acknowledged\":false", "taken back");
    expect(rig_get(&rig, "/api/services/acme", ""), 200, "\"acknowledged\":false,\"acknowledged_by\":null", "and gone");
    expect(rig_delete(&rig, address(opened_at_ms, "service:acme"), RIG_ADMIN), 409, "is not acknowledged", "twice");
    assert_int_equal(rig.audited, 3);
}

static void test_E23_refusals(void **state)
{
    (void) state;
    expect(rig_post(&rig, address(T0, "service:acme"), RIG_ADMIN, ""), 409, "was over at 2023-11-14T23:13:20.000Z",
           "an episode that is over, with another open");
    expect(rig_delete(&rig, address(T0, "service:acme"), RIG_ADMIN), 409, "was over at", "nor taken back");
    expect(rig_post(&rig, address(T0 + 1, "service:acme"), RIG_ADMIN, ""), 409, "but not since", "an episode forgotten since");
    expect(rig_post(&rig, address(T0, "service:payroll"), RIG_ADMIN, ""), 404, "no alert has the id", "never open");
    expect(rig_delete(&rig, address(T0, "service:payroll"), RIG_ADMIN), 404, "no alert has the id", "never open, back");
    expect(rig_post(&rig, ALERTS "/service:acme/acknowledge", RIG_ADMIN, ""), 404, "no alert has the id", "a key is no id");
    expect(rig_post(&rig, address(T0, "service:web1:disk"), RIG_ADMIN, "{\"ttl_seconds\":-1}"), 422, "\"/ttl_seconds\"", "bad body");
    expect(rig_post(&rig, address(T0, "service:web1:disk"), "", ""), 401, NULL, "nobody");
    expect(rig_get(&rig, ALERTS, ""), 401, NULL, "not for everybody's eyes");
    assert_int_equal(rig.audited, 0);
}

int main(void)
{
#define WITH_RIG(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ids_there_and_back),
        cmocka_unit_test(test_what_is_no_id),
        cmocka_unit_test(test_severities),
        cmocka_unit_test(test_hosts),
        WITH_RIG(test_E22_filters),
        WITH_RIG(test_E22_pages_lead_through_both_tables),
        WITH_RIG(test_E23_acknowledging),
        WITH_RIG(test_E23_refusals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

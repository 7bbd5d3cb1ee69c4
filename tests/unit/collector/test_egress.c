/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "collector/config.h"
#include "collector/egress.h"
#include "collector/page_host.h"
#include "collector/probes/probe.h"
#include "common/address.h"
#include "common/http_client.h"
#include "common/mem.h"

static void test_targets(void **state)
{
    static const struct { const char *says; const char *in; const char *host; uint16_t port; } cases[] = {
        { "an address", "1.1.1.1:443", "1.1.1.1", 443 },
        { "a name", "gate.example:22", "gate.example", 22 },
        { "an IPv6 address stands in brackets", "[2620:fe::fe]:443", "2620:fe::fe", 443 },
        { "the last port there is", "a:65535", "a", 65535 },
        { "no port", "1.1.1.1", NULL, 0 },
        { "an empty one", "1.1.1.1:", NULL, 0 },
        { "port 0", "1.1.1.1:0", NULL, 0 },
        { "beyond the last", "1.1.1.1:65536", NULL, 0 },
        { "a port in words", "1.1.1.1:https", NULL, 0 },
        { "no host", ":443", NULL, 0 },
        { "an IPv6 address without brackets", "2620:fe::fe:443", NULL, 0 },
        { "brackets round a name", "[gate.example]:443", NULL, 0 },
        { "empty brackets", "[]:443", NULL, 0 },
        { "a URL", "https://1.1.1.1:443", NULL, 0 },
        { "nothing", "", NULL, 0 },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char host[EGRESS_HOST_BYTES];
        uint16_t port = 0;
        bool good = egress_target_parse(text_of(cases[i].in), host, &port);
        if (good != (cases[i].host != NULL))
            fail_msg("%s: %s", cases[i].says, good ? "taken" : "refused");
        if (good && (strcmp(host, cases[i].host) != 0 || port != cases[i].port))
            fail_msg("%s: %s and %u", cases[i].says, host, port);
    }
}

static void test_where_an_address_lies(void **state)
{
    static const struct { const char *says; const char *address; bool own; enum egress_place place; } cases[] = {
        { "loopback", "127.0.0.1", false, EGRESS_OWN },
        { "all of loopback", "127.255.255.254", false, EGRESS_OWN },
        { "loopback of IPv6", "::1", false, EGRESS_OWN },
        { "loopback in IPv6's clothes", "::ffff:127.0.0.1", false, EGRESS_OWN },
        { "the unspecified one", "0.0.0.0", false, EGRESS_OWN },
        { "that of IPv6", "::", false, EGRESS_OWN },
        { "an interface of this host", "203.0.114.9", true, EGRESS_OWN },
        { "a private one", "10.1.2.3", false, EGRESS_NEAR },
        { "a private one of this host", "192.168.1.2", true, EGRESS_OWN },
        { "link-local", "fe80::1", false, EGRESS_NEAR },
        { "unique local", "fd00::1", false, EGRESS_NEAR },
        { "the next one after loopback", "128.0.0.1", false, EGRESS_FAR },
        { "public", "1.1.1.1", false, EGRESS_FAR },
        { "public of IPv6", "2620:fe::fe", false, EGRESS_FAR },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct sockaddr_storage address;
        assert_true(address_parse(text_of(cases[i].address), &address));
        enum egress_place place = egress_place_of_address((const struct sockaddr *) &address, cases[i].own);
        if (place != cases[i].place)
            fail_msg("%s: %d", cases[i].says, (int) place);
    }
    struct sockaddr_storage unix_socket = {.ss_family = AF_UNIX};
    assert_int_equal(egress_place_of_address((const struct sockaddr *) &unix_socket, false), EGRESS_OWN);
}

static void test_where_a_name_lies(void **state)
{
    static const struct { const char *says; const char *host; enum egress_place place; } cases[] = {
        { "localhost", "localhost", EGRESS_OWN },
        { "shouted", "LOCALHOST.", EGRESS_OWN },
        { "below it", "web.localhost", EGRESS_OWN },
        { "this host", "web-1.example", EGRESS_OWN },
        { "a number", "127.0.0.1", EGRESS_OWN },
        { "a private number", "172.16.0.1", EGRESS_NEAR },
        { "one word", "nas", EGRESS_NEAR },
        { "of this office", "nas.lan", EGRESS_NEAR },
        { "of multicast names", "printer.local.", EGRESS_NEAR },
        { "of this house", "tv.home.arpa", EGRESS_NEAR },
        { "a cloud's inner name", "db.eu.internal", EGRESS_NEAR },
        { "it only ends like one", "notlocal.example.com", EGRESS_FAR },
        { "no zone, but its word", "atlan", EGRESS_NEAR },
        { "ends in the letters of a zone", "some.atlan", EGRESS_FAR },
        { "another host of this domain", "web-2.example", EGRESS_FAR },
        { "the world", "api.example.com", EGRESS_FAR },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        enum egress_place place = egress_place_of_host(text_of(cases[i].host), "web-1.example");
        if (place != cases[i].place)
            fail_msg("%s: %d", cases[i].says, (int) place);
    }
}

static void test_the_host_of_a_url(void **state)
{
    static const struct { const char *url; const char *host; } cases[] = {
        { "https://api.example.com/x", "api.example.com" },  { "http://10.0.0.1:8080", "10.0.0.1" },
        { "https://[2620:fe::fe]:443/", "2620:fe::fe" },     { "https://a?b", "a" },
        { "https://[broken", "[broken" },                    { "plain", "plain" },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct text host = egress_host_of_url(cases[i].url);
        assert_true(text_is(host, cases[i].host));
    }
}

static void test_K7_state(void **state)
{
    struct egress egress = {0};
    (void) state;

    assert_int_equal(egress_next_ms(&egress, 30000), 30000);
    assert_int_equal(egress_take(&egress, false, 10), EGRESS_SAME);       /* one may be bad luck, and is looked at again at once */
    assert_int_equal(egress.state, EGRESS_UNSPECIFIED);
    assert_int_equal(egress_next_ms(&egress, 30000), EGRESS_AGAIN_MS);
    assert_int_equal(egress_take(&egress, true, 20), EGRESS_SAME);        /* up from the start is no news */
    assert_int_equal(egress.state, EGRESS_UP);
    assert_int_equal(egress_take(&egress, false, 30), EGRESS_SAME);
    assert_int_equal(egress.state, EGRESS_UP);
    assert_int_equal(egress_take(&egress, false, 40), EGRESS_WENT_DOWN);  /* the second in a row */
    assert_int_equal(egress.state, EGRESS_DOWN);
    assert_int_equal(egress.failed_mono_ms, 40);
    assert_int_equal(egress_next_ms(&egress, 30000), EGRESS_RETURN_MS);
    assert_int_equal(egress_next_ms(&egress, 2000), 2000);                /* never slower than usual */
    assert_int_equal(egress_take(&egress, false, 50), EGRESS_SAME);
    assert_int_equal(egress_take(&egress, true, 60), EGRESS_CAME_UP);     /* one is enough */
    assert_int_equal(egress.failures, 0);
    assert_int_equal(egress.failed_mono_ms, 50);
}

enum asked { NOT_ASKED, REACHED, NOT_REACHED };

static void test_K7_what_a_verdict_is_worth(void **state)
{
    const struct egress fresh = {0};
    const struct egress up = {.state = EGRESS_UP, .ever_up = true};
    const struct egress shaken = {.state = EGRESS_UP, .ever_up = true, .has_failed = true, .failed_mono_ms = 1000};
    const struct egress down = {.state = EGRESS_DOWN, .ever_up = true, .has_failed = true, .failed_mono_ms = 500};
    const struct egress closed = {.state = EGRESS_DOWN, .has_failed = true, .failed_mono_ms = 500};
    const struct egress own = {.state = EGRESS_DOWN, .named = true, .has_failed = true, .failed_mono_ms = 500};
    const struct verdict good = {.ok = true, .level = STATUS_OPERATIONAL};
    const struct verdict slow = {.ok = true, .level = STATUS_DEGRADED};
    const struct verdict bad = {.ok = true, .level = STATUS_MAJOR_OUTAGE};
    const struct verdict fail = {.reason = "dns"};
    const struct verdict silent = {.silent = true};
    const struct {
        const char *says;
        const struct egress *egress;
        const struct verdict *verdict;
        enum egress_place place;
        int64_t began_ms;
        enum asked asked;
        enum egress_answer answer;
    } cases[] = {
        { "a good one needs no check", &up, &good, EGRESS_FAR, 1000, NOT_ASKED, EGRESS_TELL },
        { "not even the first", &fresh, &good, EGRESS_FAR, 1000, NOT_ASKED, EGRESS_TELL },
        { "cut off, a good one from afar is not believed", &down, &good, EGRESS_FAR, 1000, NOT_ASKED, EGRESS_BLIND },
        { "one from nearby is", &down, &good, EGRESS_NEAR, 1000, NOT_ASKED, EGRESS_TELL },
        { "a check that never worked does not contradict it", &closed, &good, EGRESS_FAR, 1000, NOT_ASKED, EGRESS_TELL },
        { "targets that the operator named do", &own, &good, EGRESS_FAR, 1000, NOT_ASKED, EGRESS_BLIND },
        { "this host is beyond doubt", &down, &bad, EGRESS_OWN, 1000, NOT_ASKED, EGRESS_TELL },
        { "silence stays silence", &down, &silent, EGRESS_FAR, 1000, NOT_ASKED, EGRESS_TELL },
        { "a bad one waits for a check", &up, &bad, EGRESS_FAR, 1000, NOT_ASKED, EGRESS_ASK },
        { "a slow one too", &up, &slow, EGRESS_FAR, 1000, NOT_ASKED, EGRESS_ASK },
        { "and one that found nothing out", &up, &fail, EGRESS_FAR, 1000, NOT_ASKED, EGRESS_ASK },
        { "before the first check, too", &fresh, &bad, EGRESS_NEAR, 1000, NOT_ASKED, EGRESS_ASK },
        { "the check says that it is so", &up, &bad, EGRESS_FAR, 1000, REACHED, EGRESS_TELL },
        { "it says that it is us, though only once so far", &up, &bad, EGRESS_FAR, 1000, NOT_REACHED, EGRESS_BLIND },
        { "nearby likewise, once it has ever worked", &up, &bad, EGRESS_NEAR, 1000, NOT_REACHED, EGRESS_BLIND },
        { "a network without a way out: its own outages are told", &closed, &bad, EGRESS_NEAR, 1000, NOT_ASKED, EGRESS_TELL },
        { "from the first one on", &fresh, &bad, EGRESS_NEAR, 1000, NOT_REACHED, EGRESS_TELL },
        { "of the world it can say nothing", &closed, &bad, EGRESS_FAR, 1000, NOT_ASKED, EGRESS_BLIND },
        { "with targets of its own it is cut off", &own, &bad, EGRESS_NEAR, 1000, NOT_ASKED, EGRESS_BLIND },
        { "cut off, nobody is asked", &down, &bad, EGRESS_FAR, 1000, NOT_ASKED, EGRESS_BLIND },
        { "a check failed while it ran", &shaken, &bad, EGRESS_FAR, 1000, NOT_ASKED, EGRESS_BLIND },
        { "a check failed while it ran, the next did not", &shaken, &bad, EGRESS_FAR, 999, REACHED, EGRESS_BLIND },
        { "a check failed before it ran", &shaken, &bad, EGRESS_FAR, 1001, REACHED, EGRESS_TELL },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct egress_look look = {cases[i].place, cases[i].verdict, cases[i].began_ms};
        enum egress_answer answer = cases[i].asked == NOT_ASKED
                                        ? egress_judge(cases[i].egress, &look)
                                        : egress_judge_asked(cases[i].egress, &look, cases[i].asked == REACHED);
        if (answer != cases[i].answer)
            fail_msg("%s: %d", cases[i].says, (int) answer);
    }
}

static void test_K7_whether_it_explains_a_page(void **state)
{
    const struct egress up = {.state = EGRESS_UP, .ever_up = true};
    const struct egress shaken = {.state = EGRESS_UP, .ever_up = true, .failures = 1};
    const struct egress down = {.state = EGRESS_DOWN, .ever_up = true, .failures = 2};
    const struct egress closed = {.state = EGRESS_DOWN, .failures = 2};
    const struct egress own = {.state = EGRESS_DOWN, .named = true, .failures = 2};
    const struct { const char *says; const struct egress *egress; enum egress_place place; bool explains; } cases[] = {
        { "all is well: it is the page", &up, EGRESS_FAR, false },
        { "one failed check is enough: no level is at stake", &shaken, EGRESS_FAR, true },
        { "cut off", &down, EGRESS_FAR, true },
        { "cut off, and the page is nearby", &down, EGRESS_NEAR, true },
        { "cut off, and the page is our own", &down, EGRESS_OWN, false },
        { "a network without a way out, a page in it", &closed, EGRESS_NEAR, false },
        { "a network without a way out, a page of the world", &closed, EGRESS_FAR, true },
        { "with targets in it", &own, EGRESS_NEAR, true },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        if (egress_explains(cases[i].egress, cases[i].place) != cases[i].explains)
            fail_msg("%s", cases[i].says);
    }
}

static void test_K7_what_failed_while_cut_off_is_not_held_against_the_host(void **state)
{
    const struct breaker_policy policy = {.failures = 2, .open_ms = 1000};
    const struct http_reply reply = {.fault = HTTP_FAULT_CONNECT};
    const struct page_host_answer ours = {.reply = &reply, .reason = "egress", .words = "cut off", .cut_off = true};
    const struct page_host_answer theirs = {.reply = &reply, .reason = "connect", .words = "refused"};
    struct rng rng;
    (void) state;

    rng_seed(&rng, 1);
    struct page_host *host = page_host_new("https://status.example", &policy);
    for (int i = 0; i < 10; i++) {
        page_host_begin(host);
        page_host_heard(host, &ours, 1000, &rng);
    }
    assert_false(page_host_holds(host, 1000));
    for (int i = 0; i < 2; i++) {
        page_host_begin(host);
        page_host_heard(host, &theirs, 1000, &rng);
    }
    assert_true(page_host_holds(host, 1999));
    assert_false(page_host_holds(host, 2000));
    page_host_begin(host);                        /* its trial tells nothing, so that the next poll is one again */
    assert_true(page_host_holds(host, 2000));
    page_host_heard(host, &ours, 2000, &rng);
    assert_false(page_host_holds(host, 2000));

    page_host_begin(host);
    page_host_heard(host, &theirs, 2000, &rng);
    assert_true(page_host_holds(host, 2500));
    page_host_pardon(host);
    assert_false(page_host_holds(host, 2500));
    page_host_free(host);
}

static void test_K7_a_blind_verdict_says_what_was_seen(void **state)
{
    struct verdict verdict = {0};
    (void) state;

    verdict_ok(&verdict, STATUS_MAJOR_OUTAGE, "db:5432 does not answer within 5 s");
    egress_blind(&verdict);
    assert_false(verdict.ok);
    assert_int_equal(verdict.level, STATUS_UNKNOWN);
    assert_string_equal(verdict.reason, "egress");
    assert_non_null(strstr(verdict.detail, "egress_check"));
    assert_non_null(strstr(verdict.detail, "; seen: db:5432 does not answer within 5 s"));

    memset(verdict.detail, 'x', DETAIL_BYTES_MAX);
    egress_blind(&verdict);
    assert_true(strlen(verdict.detail) <= DETAIL_BYTES_MAX);
    verdict.detail[0] = '\0';
    egress_blind(&verdict);
    assert_null(strstr(verdict.detail, "seen"));
}

static void test_whether_it_is_needed(void **state)
{
    char here[] = "localhost", there[] = "db.example", check[] = "db";
    char page_here[] = "http://127.0.0.1:8000", page_there[] = "https://status.example";
    (void) state;

    struct probe_entry probe = {.check = check, .kind = PROBE_TCP, .host = here};
    struct feed_entry feed = {.url = page_here};
    struct service_entry service = {.feed = &feed};
    struct collector_config config = {.probes = &probe, .n_probes = 1, .services_enabled = true, .egress = {.enabled = true},
                                      .registry = {.services = &service, .n_services = 1}};
    assert_false(egress_is_needed(&config));      /* all of it is here */
    feed.url = page_there;
    assert_true(egress_is_needed(&config));
    config.services_enabled = false;              /* somebody else polls it */
    assert_false(egress_is_needed(&config));
    probe.host = there;
    assert_true(egress_is_needed(&config));
    config.egress.enabled = false;
    assert_false(egress_is_needed(&config));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_targets),
        cmocka_unit_test(test_where_an_address_lies),
        cmocka_unit_test(test_where_a_name_lies),
        cmocka_unit_test(test_the_host_of_a_url),
        cmocka_unit_test(test_K7_state),
        cmocka_unit_test(test_K7_what_a_verdict_is_worth),
        cmocka_unit_test(test_K7_whether_it_explains_a_page),
        cmocka_unit_test(test_K7_what_failed_while_cut_off_is_not_held_against_the_host),
        cmocka_unit_test(test_K7_a_blind_verdict_says_what_was_seen),
        cmocka_unit_test(test_whether_it_is_needed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "collector/detect_plan.h"
#include "common/json.h"
#include "common/mem.h"

static void test_addresses(void **state)
{
    static const struct { const char *says; const char *in; bool http; const char *given; const char *root; const char *page; } cases[] = {
        { "a host", "status.example.com", false, "https://status.example.com", "https://status.example.com", NULL },
        { "a slash at the end", "https://status.example.com//", false, "https://status.example.com", "https://status.example.com",
          NULL },
        { "a path", "https://a.example:8443/x/y", false, "https://a.example:8443/x/y", "https://a.example:8443", "y" },
        { "a page by its slug", "https://a.example/status/main/more", false, "https://a.example/status/main/more",
          "https://a.example", "main" },
        { "a query", "https://a.example/x?y=/status/z", false, "https://a.example/x?y=/status/z", "https://a.example", "x" },
        { "a fragment goes", "https://a.example/x#y", false, "https://a.example/x", "https://a.example", "x" },
        { "without TLS, allowed", "http://127.0.0.1:80", true, "http://127.0.0.1:80", "http://127.0.0.1:80", NULL },
        { "without TLS", "http://a.example", false, NULL, NULL, NULL },
        { "another scheme", "ftp://a.example", true, NULL, NULL, NULL },
        { "a user", "https://me:pw@a.example", true, NULL, NULL, NULL },
        { "nothing", "", true, NULL, NULL, NULL },
        { "no host", "https:///x", true, NULL, NULL, NULL },
        { "blanks", "https://a b", true, NULL, NULL, NULL },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP(arena_done) struct arena arena = {0};
        struct detect_plan plan;
        struct error err = {0};
        int r = detect_plan(cases[i].in, cases[i].http, &arena, &plan, &err);
        if ((r == 0) != (cases[i].given != NULL))
            fail_msg("%s: %s", cases[i].says, err.text);
        if (r < 0) {
            assert_int_equal(r, -EINVAL);
            continue;
        }
        assert_string_equal(plan.given, cases[i].given);
        assert_string_equal(plan.root, cases[i].root);
        assert_int_equal(plan.page == NULL, cases[i].page == NULL);
        if (plan.page != NULL)
            assert_string_equal(plan.page, cases[i].page);
    }
}

static size_t position(const struct detect_plan *plan, const char *url)
{
    for (size_t i = 0; i < plan->n_tries; i++) {
        if (strcmp(plan->tries[i].url, url) == 0)
            return i;
    }
    fail_msg("%s is not tried", url);
    return 0;
}

#define BEFORE(plan, a, b) assert_true(position(plan, a) < position(plan, b))

static void test_the_order(void **state)
{
    CLEANUP(arena_done) struct arena arena = {0};
    struct detect_plan plan;
    (void) state;

    assert_int_equal(detect_plan("https://a.example/status/main", false, &arena, &plan, NULL), 0);
    assert_int_equal(position(&plan, "https://a.example/status/main"), 0);
    assert_int_equal(position(&plan, "https://a.example/api/v2/summary.json"), 1);
    BEFORE(&plan, "https://a.example/api/v2/summary.json", "https://a.example/summary.json");
    BEFORE(&plan, "https://a.example/summary.json", "https://a.example/index.json");
    BEFORE(&plan, "https://a.example/index.json", "https://a.example/api/data");
    BEFORE(&plan, "https://a.example/api/data", "https://a.example/data/payload.json");
    BEFORE(&plan, "https://a.example/data/payload.json", "https://a.example/api/status-page/main");
    BEFORE(&plan, "https://a.example/api/status-page/main", "https://a.example/api/v1/components");
    BEFORE(&plan, "https://a.example/api/v1/components", "https://a.example/api/components");
    BEFORE(&plan, "https://a.example/api/components", "https://a.example/history.atom");
    BEFORE(&plan, "https://a.example/history.atom", "https://a.example/history.rss");
    BEFORE(&plan, "https://a.example/history.rss", "https://a.example/feed");
    assert_int_equal(position(&plan, "https://a.example"), plan.n_tries - 1);
    for (size_t i = 0; i < plan.n_tries; i++)   /* each once */
        assert_int_equal(position(&plan, plan.tries[i].url), i);
}

static void test_known_hosts_go_first(void **state)
{
    CLEANUP(arena_done) struct arena arena = {0};
    struct detect_plan plan;
    (void) state;

    assert_int_equal(detect_plan("https://slack-status.com", false, &arena, &plan, NULL), 0);
    assert_string_equal(plan.tries[0].url, "https://slack-status.com/api/v2.0.0/current");
    assert_ptr_equal(plan.tries[0].feed, feed_find("slack"));
    assert_null(plan.secret);
    assert_int_equal(detect_plan("https://GRAPH.microsoft.com", false, &arena, &plan, NULL), 0);
    assert_ptr_equal(plan.secret, feed_find("msgraph"));
}

static void test_what_to_configure(void **state)
{
    static const struct { const char *address; const char *feed; const char *fetched; const char *url; const char *page; } cases[] = {
        { "https://a.example", "statuspage", "https://a.example/api/v2/summary.json", "https://a.example", NULL },
        { "https://a.example/api/v2/summary.json", "statuspage", "https://a.example/api/v2/summary.json", "https://a.example", NULL },
        { "https://a.example/status/main", "uptimekuma", "https://a.example/api/status-page/main", "https://a.example", "main" },
        { "https://a.example", "uptimekuma", "https://a.example/api/status-page/default", "https://a.example", NULL },
        { "https://a.example", "cachet", "https://a.example/api/v1/components", "https://a.example", NULL },
        { "https://a.example", "cachet", "https://a.example/api/components", "https://a.example/api", NULL },
        { "https://a.example/x.rss", "feed", "https://a.example/x.rss", "https://a.example/x.rss", NULL },
        { "https://a.example", "feed", "https://a.example/history.atom", "https://a.example/history.atom", NULL },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP(arena_done) struct arena arena = {0};
        struct detect_plan plan;
        struct detect_config config;
        assert_int_equal(detect_plan(cases[i].address, false, &arena, &plan, NULL), 0);
        if (!detect_config(&plan, feed_find(cases[i].feed), cases[i].fetched, &arena, &config))
            fail_msg("%s", cases[i].fetched);
        assert_string_equal(config.url, cases[i].url);
        assert_int_equal(config.page == NULL, cases[i].page == NULL);
        if (config.page != NULL)
            assert_string_equal(config.page, cases[i].page);
    }
}

static void test_what_no_configuration_reaches(void **state)
{
    CLEANUP(arena_done) struct arena arena = {0};
    struct detect_plan plan;
    struct detect_config config;
    (void) state;

    assert_int_equal(detect_plan("https://a.example", false, &arena, &plan, NULL), 0);
    assert_false(detect_config(&plan, feed_find("uptimekuma"), "https://a.example/elsewhere", &arena, &config));
    assert_string_equal(config.url, "https://a.example");
}

static void test_whose_document_it_is(void **state)
{
    static const char kuma[] = "{\"publicGroupList\": []}";
    static const char rss[] = "<rss version=\"2.0\"><channel><title>x</title></channel></rss>";
    CLEANUP(json_freep) json_t *json = json_read(text_of(kuma), sizeof kuma, NULL);
    (void) state;

    assert_ptr_equal(detect_owner(feed_find("statuspage"), text_of(kuma), json), feed_find("uptimekuma"));
    assert_ptr_equal(detect_owner(NULL, text_of(rss), NULL), feed_find("feed"));
    assert_null(detect_owner(NULL, text_of("<html>"), NULL));
    assert_true(detect_is_generic(feed_find("feed")));
    assert_false(detect_is_generic(feed_find("statuspage")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_the_order),
        cmocka_unit_test(test_known_hosts_go_first),
        cmocka_unit_test(test_what_to_configure),
        cmocka_unit_test(test_what_no_configuration_reaches),
        cmocka_unit_test(test_whose_document_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

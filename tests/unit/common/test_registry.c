/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/buffer.h"
#include "common/limits.h"
#include "common/mem.h"
#include "common/registry.h"

static int parse(const char *text, int64_t poll_interval_ms, struct registry *out, struct error *err)
{
    const struct registry_options options = {.poll_interval_ms = poll_interval_ms};
    *out = (struct registry) {0};
    return registry_parse("s.yaml", text_of(text), &options, out, NULL, err);
}

static void test_an_entry_with_everything(void **state)
{
    struct registry registry;
    struct error err = {0};
    (void) state;
    int r = parse(
        "services:\n"
        "  - id: z.last\n"
        "  - id: github\n"
        "    name: GitHub\n"
        "    category: engineering\n"
        "    tier: 1\n"
        "    owner: platform\n"
        "    runbook: https://wiki/x\n"
        "    link: https://www.githubstatus.com\n"
        "    labels: [team=a, \"x=y z\"]\n"
        "    depends_on: [z.last]\n"
        "    confirm_polls: 2\n"
        "    reminders: off\n"
        "    feed:\n"
        "      type: statuspage\n"
        "      url: http://10.0.0.1:8080//\n"
        "      components: [Actions, \"API Requests\"]\n"
        "      also_hosts: [other.example]\n"
        "      allow_addresses: [10.0.0.0/8, \"fd00::/8\", 192.168.1.1]\n"
        "      allow_http: true\n"
        "      every: 1s\n"
        "      timeout: 900ms\n"
        "      body_max: 16MiB\n"
        "    probes: [{check: api, http: {url: \"https://api\", expect_status: 204}}, {check: ssh, every: 5s, tcp: {host: h, port: 22}}]\n",
        0, &registry, &err);
    if (r < 0)
        fail_msg("%s", err.text);
    assert_int_equal(registry.n_services, 2);
    const struct service_entry *github = registry_find(&registry, "github");
    assert_ptr_equal(github, &registry.services[0]);    /* sorted */
    assert_string_equal(github->name, "GitHub");
    assert_int_equal(github->tier, 1);
    assert_string_equal(github->labels.items[1], "x=y z");
    assert_int_equal(github->overrides.value[PARAM_confirm_polls], 2);
    assert_true(github->overrides.set[PARAM_reminders]);
    assert_string_equal(github->feed->url, "http://10.0.0.1:8080");
    assert_int_equal(github->feed->components.n, 2);
    assert_int_equal(github->feed->allow_addresses.n, 3);
    assert_true(github->feed->allow_http);
    assert_int_equal(github->feed->every_ms, 1000);
    assert_int_equal(github->feed->timeout_ms, 900);
    assert_int_equal(github->feed->body_bytes_max, 16 << 20);
    assert_int_equal(github->n_probes, 2);
    assert_int_equal(github->probes[0].expect_status[0].low, 204);
    assert_int_equal(github->probes[0].timeout_ms, 10000);
    assert_int_equal(github->probes[1].timeout_ms, 2500);    /* 5 s would be as long as its interval */
    assert_false(service_is_manual(github));

    const struct service_entry *last = registry_find(&registry, "z.last");
    assert_string_equal(last->name, "z.last");
    assert_string_equal(last->category, "other");
    assert_int_equal(last->tier, 2);
    assert_true(service_is_manual(last));
    assert_null(registry_find(&registry, "zz"));
    registry_done(&registry);
    assert_null(registry_find(&registry, "github"));
}

static void test_faults(void **state)
{
    static const struct { const char *says; const char *in; const char *out[3]; } cases[] = {
        { "an id of a path", "services: [{id: uptime}]", {":1:17: services[0].id: ", "path of the API"} },
        { "another one", "services: [{id: slo}]", {"services[0].id: ", "path of the API"} },
        { "an id in capitals", "services: [{id: GitHub}]", {"services[0].id: found \"GitHub\"", "a-z"} },
        { "an id with a colon", "services: [{id: \"a:b\"}]", {"services[0].id: "} },
        { "an id too long",
          "services: [{id: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}]", {"services[0].id: ", "64"} },
        { "no id", "services: [{name: A}]", {"services[0]: id is missing"} },
        { "an id twice", "services:\n  - {id: a}\n  - {id: b}\n  - {id: a}", {":4:10: services[2].id: ", "first in line 2"} },
        { "an unknown dependency", "services: [{id: a, depends_on: [b]}]", {"services[0].depends_on[0]: found \"b\""} },
        { "a dependency on itself", "services: [{id: a, depends_on: [a]}]", {"services[0].depends_on[0]: ", "itself"} },
        { "a control target that nobody probes", "services: [{id: a, control: true}]", {"services[0].control: ", "without probes", "expected probes"} },
        { "a dependency twice", "services: [{id: a, depends_on: [b, b]}, {id: b}]", {"depends_on[1]: ", "second time"} },
        { "a category nobody knows", "services: [{id: a, category: legal}]", {"services[0].category: ", "identity, "} },
        { "tier four", "services: [{id: a, tier: 4}]", {"services[0].tier: ", "from 1 to 3"} },
        { "a label without a value", "services: [{id: a, labels: [x]}]", {"labels[0]: ", "name=value"} },
        { "an engine-wide parameter", "services: [{id: a, late_after_s: 5}]", {"late_after_s: ", "unknown key"} },
        { "a feed nobody reads", "services: [{id: a, feed: {type: rss, url: \"https://a\"}}]", {"feed.type: ", "statuspage"} },
        { "a filter its platform does not have",
          "services: [{id: a, feed: {type: statuspage, url: \"https://a\", regions: [eu]}}]", {"found regions", "statuspage"} },
        { "neither of two keys that one of is needed of",
          "services: [{id: a, feed: {type: salesforce, url: \"https://a\"}}]", {"found no components or page", "salesforce"} },
        { "one of them, of nothing", "services: [{id: a, feed: {type: salesforce, url: \"https://a\", components: []}}]",
          {"found no components or page", "salesforce"} },
        { "a platform that needs a filter, without it", "services: [{id: a, feed: {type: aws, url: \"https://a\"}}]",
          {"services[0].feed: found no regions", "aws (Amazon Web Services)"} },
        { "a platform that needs a login, without its secret",
          "services: [{id: a, feed: {type: msgraph, url: \"https://a\", tenant: t, client_id: c}}]",
          {"services[0].feed: found no client_secret or client_secret_file", "msgraph"} },
        { "with one of nothing", "services: [{id: a, feed: {type: aws, url: \"https://a\", regions: []}}]",
          {"services[0].feed: found no regions"} },
        { "a feed without a page", "services: [{id: a, feed: {type: statuspage}}]", {"services[0].feed: url is missing"} },
        { "a page without TLS", "services: [{id: a, feed: {type: statuspage, url: \"http://a\"}}]", {"feed.url: ", "allow_http"} },
        { "a page that is no URL", "services: [{id: a, feed: {type: statuspage, url: a.example}}]", {"feed.url: ", "https://"} },
        { "an interval of nothing", "services: [{id: a, feed: {type: statuspage, url: \"https://a\", every: 0}}]",
          {"feed.every: found \"0\"", "from 1s to 1h"} },
        { "an interval of 3601 s", "services: [{id: a, feed: {type: statuspage, url: \"https://a\", every: 3601s}}]",
          {"feed.every: found \"3601s\"", "from 1s to 1h"} },
        { "a page of 17 MiB", "services: [{id: a, feed: {type: statuspage, url: \"https://a\", body_max: 17MiB}}]",
          {"feed.body_max: ", "16MiB"} },
        { "a block with too many bits",
          "services: [{id: a, feed: {type: statuspage, url: \"https://a\", allow_addresses: [10.0.0.0/33]}}]",
          {"allow_addresses[0]: ", "10.1.0.0/16"} },
        { "a block of nothing",
          "services: [{id: a, feed: {type: statuspage, url: \"https://a\", allow_addresses: [10.0.0.0/]}}]",
          {"allow_addresses[0]: "} },
        { "a name for a block",
          "services: [{id: a, feed: {type: statuspage, url: \"https://a\", allow_addresses: [intern]}}]",
          {"allow_addresses[0]: "} },
        { "a vote that lapses between polls",
          "services: [{id: a, stale_after_s: 179, feed: {type: statuspage, url: \"https://a\"}}]",
          {"services[0].stale_after_s: found 179", "at least 180"} },
        { "a vote that lapses between probes",
          "services: [{id: a, stale_after_s: 60, probes: [{check: c, every: 21s, tcp: {host: h, port: 1}}]}]",
          {"services[0].stale_after_s: ", "at least 63"} },
        { "a check twice",
          "services: [{id: a, probes: [{check: c, tcp: {host: h, port: 1}}, {check: c, tcp: {host: h, port: 2}}]}]",
          {"services[0].probes[1].check: ", "second time"} },
        { "a range the wrong way round", "services: [{id: a, probes: [{check: c, http: {url: \"http://a\", expect_status: 299-200}}]}]",
          {"expect_status: ", "200-299"} },
        { "services that are no list", "services: {a: b}", {":1:11: services: found a mapping"} },
    };
    (void) state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct registry registry;
        struct error err = {0};
        if (parse(cases[i].in, 0, &registry, &err) >= 0 || registry.services != NULL)
            fail_msg("%s: was taken", cases[i].says);
        for (size_t j = 0; j < 3 && cases[i].out[j] != NULL; j++) {
            if (strstr(err.text, cases[i].out[j]) == NULL)
                fail_msg("%s: \"%s\" lacks \"%s\"", cases[i].says, err.text, cases[i].out[j]);
        }
    }
}

static void test_stale_time_follows_the_collectors_interval(void **state)
{
    static const char text[] = "services: [{id: a, stale_after_s: 180, feed: {type: statuspage, url: \"https://a\"}}, "
                               "{id: b, stale_after_s: 10}]";
    struct registry registry;
    struct error err = {0};
    (void) state;
    assert_int_equal(parse(text, 0, &registry, &err), 0);
    registry_done(&registry);
    assert_true(parse(text, 61000, &registry, &err) < 0);
    assert_non_null(strstr(err.text, "at least 183"));
}

static void test_cycles_are_allowed(void **state)
{
    struct registry registry;
    (void) state;
    assert_int_equal(parse("services: [{id: a, depends_on: [b]}, {id: b, depends_on: [a]}]", 0, &registry, NULL), 0);
    registry_done(&registry);
    assert_int_equal(parse("", 0, &registry, NULL), 0);
    assert_int_equal(registry.n_services, 0);
    registry_done(&registry);
}

/* The corpus of the fuzz target: each file says in its name how it ends. */
static void test_fixtures(void **state)
{
    char folder[512];
    const struct registry_options options = {0};
    size_t n = 0;
    (void) state;
    assert_non_null(getenv("FIXTURES"));
    (void) snprintf(folder, sizeof folder, "%s/yaml", getenv("FIXTURES"));
    DIR *directory = opendir(folder);
    assert_non_null(directory);
    for (struct dirent *file = readdir(directory); file != NULL; file = readdir(directory)) {
        struct registry registry = {0};
        struct error err = {0};
        char path[1024];
        if (file->d_name[0] == '.')
            continue;
        (void) snprintf(path, sizeof path, "%s/%s", folder, file->d_name);
        bool taken = registry_load(path, &options, &registry, NULL, &err) == 0;
        if (taken != (strncmp(file->d_name, "good-", 5) == 0))
            fail_msg("%s: %s", file->d_name, taken ? "was taken" : err.text);
        registry_done(&registry);
        n++;
    }
    assert_int_equal(closedir(directory), 0);
    assert_true(n >= 20);
}

/* What a newcomer starts with must be without a fault. */
static void test_the_example_is_read(void **state)
{
    const struct registry_options options = {0};
    struct registry registry = {0};
    struct error err = {0};
    bool seen[16] = {false};
    char path[1024];
    (void) state;
    assert_non_null(getenv("FIXTURES"));
    (void) snprintf(path, sizeof path, "%s/../../conf/services.yaml", getenv("FIXTURES"));
    if (registry_load(path, &options, &registry, NULL, &err) < 0)
        fail_msg("%s", err.text);
    assert_true(registry.n_services >= 30);
    for (size_t i = 0; i < registry.n_services; i++) {
        for (size_t j = 0; registry_categories[j] != NULL; j++)
            seen[j] = seen[j] || strcmp(registry.services[i].category, registry_categories[j]) == 0;
    }
    for (size_t j = 0; registry_categories[j] != NULL; j++) {
        if (!seen[j])
            fail_msg("no example of category %s", registry_categories[j]);
    }
    size_t n_read = 0;
    size_t n_manual = 0;
    for (size_t i = 0; i < registry.n_services; i++) {
        n_read += registry.services[i].feed != NULL;
        n_manual += service_is_manual(&registry.services[i]);
    }
    assert_true(n_read >= 30);
    assert_true(n_manual >= 3);
    /* The pages that are never green as a whole. */
    assert_int_equal(registry_find(&registry, "cloudflare")->feed->components.n, 1);
    assert_int_equal(registry_find(&registry, "aws")->feed->regions.n, 1);
    assert_int_equal(registry_find(&registry, "google-cloud")->feed->regions.n, 1);
    assert_int_equal(registry_find(&registry, "gmail")->feed->products.n, 1);
    registry_done(&registry);
}

static void test_as_many_as_there_may_be(void **state)
{
    struct buffer text;
    struct registry registry = {0};
    struct error err = {0};
    const struct registry_options options = {0};
    (void) state;
    buffer_init(&text, YAML_FILE_BYTES_MAX);
    assert_int_equal(buffer_put_text(&text, "services:\n"), 0);
    for (size_t i = 0; i < SERVICES_MAX; i++)
        assert_int_equal(buffer_format(&text, "- {id: s%zu, tier: 3, depends_on: [s%zu]}\n", i, (i + 1) % SERVICES_MAX), 0);
    assert_int_equal(registry_parse("s.yaml", buffer_text(&text), &options, &registry, NULL, &err), 0);
    assert_int_equal(registry.n_services, SERVICES_MAX);
    registry_done(&registry);

    assert_int_equal(buffer_put_text(&text, "- {id: more}\n"), 0);
    assert_true(registry_parse("s.yaml", buffer_text(&text), &options, &registry, NULL, &err) < 0);
    assert_non_null(strstr(err.text, "found 10001 items, expected at most 10000"));
    buffer_done(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_entry_with_everything),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_stale_time_follows_the_collectors_interval),
        cmocka_unit_test(test_cycles_are_allowed),
        cmocka_unit_test(test_fixtures),
        cmocka_unit_test(test_the_example_is_read),
        cmocka_unit_test(test_as_many_as_there_may_be),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

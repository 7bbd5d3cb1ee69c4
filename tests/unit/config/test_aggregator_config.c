/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "aggregator/config/config.h"
#include "aggregator/engine/config.h"
#include "common/file.h"
#include "common/keys.h"
#include "common/mem.h"
#include "house.h"

static int set_up(void **state)
{
    return house_set_up(state, "aggregator.yaml");
}

static struct aggregator_config *load(const struct house *house, const char *text)
{
    struct aggregator_config *config = NULL;
    struct error err = {0};
    house_put(house, "aggregator.yaml", text, 0644);
    if (aggregator_config_load(house->config, &config, &err) < 0)
        fail_msg("%s", err.text);
    return config;
}

static char *say(void (*print)(const struct aggregator_config *, FILE *), const struct aggregator_config *config)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    print(config, out);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void print_warnings(const struct aggregator_config *config, FILE *out)
{
    (void) aggregator_config_warn(config, out);
}

static void test_an_empty_file_stands_on_loopback(void **state)
{
    struct aggregator_config *config = load(*state, "");
    assert_string_equal(config->server.listen, "tcp://127.0.0.1:8001");
    assert_string_equal(config->server.endpoint, "tcp://127.0.0.1:8001");
    assert_null(config->server.secret_key);
    assert_string_equal(config->http.host, "127.0.0.1");
    assert_int_equal(config->http.port, 8000);
    assert_string_equal(config->http.public_url, "http://127.0.0.1:8000");
    assert_int_equal(config->http.workers, 2);
    assert_int_equal(config->http.connections_max, 1000);
    assert_int_equal(config->http.connections_per_address, 600);
    assert_int_equal(config->http.heartbeat_stale_ms, 120000);
    assert_null(config->http.admin_token);
    assert_string_equal(config->store.data_dir, "/var/lib/tocsin-aggregator");
    assert_string_equal(config->store.database, "/var/lib/tocsin-aggregator/tocsin.mdb");
    assert_int_equal(config->store.map_bytes, INT64_C(64) << 30);
    assert_false(config->store.demo);
    assert_int_equal(config->n_channels, 0);
    assert_int_equal(config->engine->n_services, 0);
    assert_ptr_equal(config->engine->routes, engine_builtin_routes);
    assert_ptr_equal(config->engine->areas, engine_builtin_areas);
    assert_int_equal(config->engine->n_areas, engine_n_builtin_areas);
    assert_int_equal(config->engine->host_params[0].value[PARAM_min_dwell_s], 120);
    assert_int_equal(config->engine->host_params[2].value[PARAM_min_dwell_s], 120);
    assert_int_equal(config->engine->host_params[0].value[PARAM_major_dwell_s], 90);
    assert_int_equal(config->engine->params.value[PARAM_late_after_s], 120);
    aggregator_config_drop(config);
    aggregator_config_drop(NULL);
}

static void test_off_loopback(void **state)
{
    struct aggregator_config *config = load(*state, "http: {host: \"::\", port: 81, public_url: \"https://s.example/x/\"}\n");
    assert_int_equal(config->http.connections_per_address, 100);
    assert_string_equal(config->http.public_url, "https://s.example/x");
    aggregator_config_drop(config);
}

static void test_lookup_tier_comes_from_above(void **state)
{
    house_put(*state, "services.yaml",
        "services:\n"
        "  - {id: shop, tier: 1, depends_on: [sso, cdn]}\n"
        "  - {id: sso, tier: 2, depends_on: [dns]}\n"
        "  - {id: dns, tier: 3, depends_on: [sso]}\n"    /* a circle, visited once */
        "  - {id: cdn, tier: 3, confirm_polls: 7}\n"
        "  - {id: wiki, tier: 3, depends_on: [wiki-db]}\n"
        "  - {id: wiki-db, tier: 2}\n", 0644);
    struct aggregator_config *config = load(*state,
        "engine: {min_dwell_s: 500, tiers: {1: {confirm_polls: 1}, 3: {confirm_polls: 9}}}\n");
    static const struct { const char *id; int64_t confirm_polls; int64_t major_dwell_s; int tier; } expected[] = {
        {"cdn", 7, 90, 3}, {"dns", 1, 90, 3}, {"shop", 1, 90, 1}, {"sso", 1, 90, 2}, {"wiki", 9, -1, 3},
        {"wiki-db", 3, -1, 2},
    };
    assert_int_equal(config->engine->n_services, ARRAY_SIZE(expected));
    for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
        const struct engine_service *service = &config->engine->services[i];
        assert_string_equal(service->id, expected[i].id);
        assert_int_equal(service->tier, expected[i].tier);
        assert_int_equal(service->params.value[PARAM_confirm_polls], expected[i].confirm_polls);
        assert_int_equal(service->params.value[PARAM_major_dwell_s], expected[i].major_dwell_s);
        assert_int_equal(service->params.value[PARAM_min_dwell_s], 500);
    }
    assert_string_equal(config->engine->services[config->engine->services[2].depends_on[0]].id, "sso");

    char *words = say(print_warnings, config);
    assert_non_null(strstr(words, "dns -> sso -> dns"));
    assert_non_null(strstr(words, "1 services of tier 1"));
    assert_non_null(strstr(words, "no receiver for the channel chat"));
    free(words);
    aggregator_config_drop(config);
}

static void test_hosts_rules(void **state)
{
    struct aggregator_config *config = load(*state,
        "engine: {tiers: {2: {min_dwell_s: 30}}}\n"
        "hosts:\n"
        "  - {match: {check: \"unit.*|port.*\"}, tier: 2, min_dwell_s: 60, confirm_polls: 2}\n"
        "  - {match: {label: \"role=ci|role=dev\"}, min_dwell_s: 600}\n"
        "  - {match: {name: \"web-*\", check: disk.root}, tier: 1}\n"
        "  - {match: {check: \"*\"}, tier: 2}\n");
    const char *const ci[] = {"rack=1", "role=ci"};
    assert_int_equal(aggregator_config_host_rule(config, "a", ci, 2, "unit.nginx"), 1);
    assert_int_equal(aggregator_config_host_rule(config, "a", ci, 2, "cpu"), 2);
    assert_int_equal(aggregator_config_host_rule(config, "web-1", ci, 1, "disk.root"), 3);
    assert_int_equal(aggregator_config_host_rule(config, "db-1", NULL, 0, "disk.root"), 4);
    assert_int_equal(config->engine->n_rules, 4);
    assert_int_equal(config->engine->rules[0].params.value[PARAM_min_dwell_s], 60);
    assert_int_equal(config->engine->rules[0].params.value[PARAM_confirm_polls], 2);
    assert_int_equal(config->engine->rules[2].params.value[PARAM_min_dwell_s], 120);
    assert_int_equal(config->engine->rules[3].params.value[PARAM_min_dwell_s], 30);
    assert_int_equal(config->engine->host_params[1].value[PARAM_min_dwell_s], 30);
    assert_int_equal(config->engine->host_params[2].value[PARAM_min_dwell_s], 120);
    assert_int_equal(config->host_rules[1].tier, 3);
    aggregator_config_drop(config);

    config = load(*state, "hosts: [{match: {name: only}, tier: 2}]\n");
    assert_int_equal(aggregator_config_host_rule(config, "other", NULL, 0, "cpu"), 0);
    aggregator_config_drop(config);
}

static void test_R1_routes_of_the_file(void **state)
{
    struct aggregator_config *config = load(*state,
        "routes:\n"
        "  - {class: [service, flap], tier: 1, min_level: partial, channels: [page, chat]}\n"
        "  - {class: slo, slo: fast, tier: [1, 2], channels: [page]}\n"
        "  - {max_level: degraded, channels: []}\n"
        "  - {channels: [chat]}\n");
    const struct route *routes = config->engine->routes;
    assert_int_equal(config->engine->n_routes, 4);
    assert_int_equal(routes[0].classes, 1u << ALERT_SERVICE | 1u << ALERT_FLAP);
    assert_int_equal(routes[0].tiers, 1u << 1);
    assert_int_equal(routes[0].min_level, 2);
    assert_int_equal(routes[0].max_level, -1);
    assert_int_equal(routes[0].n_channels, 2);
    assert_string_equal(routes[0].channels[1], "chat");
    assert_string_equal(routes[1].slo, "fast");
    assert_int_equal(routes[1].tiers, 1u << 1 | 1u << 2);
    assert_int_equal(routes[2].max_level, 1);
    assert_int_equal(routes[2].n_channels, 0);
    assert_int_equal(routes[3].classes, 0);
    aggregator_config_drop(config);

    config = load(*state, "routes: []\n");
    assert_int_equal(config->engine->n_routes, 0);
    char *words = say(print_warnings, config);
    assert_non_null(strstr(words, "nobody is told"));
    free(words);
    aggregator_config_drop(config);
}

static void test_V_areas_of_the_file(void **state)
{
    struct aggregator_config *config = load(*state,
        "evidence:\n"
        "  - {area: backup, required: yes, weight: 3, fresh_s: 0, expire_s: 0}\n"
        "  - {area: monitoring, required: no, weight: 1}\n"
        "  - {area: incidents, required: no, weight: 0, fresh_s: 5, expire_s: 1}\n");
    const struct evidence_area *areas = config->engine->areas;
    assert_int_equal(config->engine->n_areas, 3);
    assert_string_equal(areas[0].name, "backup");
    assert_true(areas[0].required);
    assert_int_equal(areas[0].weight, 3);
    assert_false(areas[1].required);
    assert_int_equal(areas[2].expire_s, 0);        /* it has no age */
    assert_non_null(strstr(config->engine_json,
        "\"evidence\":[{\"area\":\"backup\",\"expire_s\":0,\"fresh_s\":0,\"required\":true,\"weight\":3},"
        "{\"area\":\"monitoring\",\"required\":false,\"weight\":1},"));

    /* What is in force is a configuration of its own, which says the same. */
    struct aggregator_config *again = NULL;
    struct error err = {0};
    assert_int_equal(aggregator_config_parse("again", text_of(config->engine_json), &again, &err), 0);
    assert_string_equal(again->digest, config->digest);
    aggregator_config_drop(again);
    aggregator_config_drop(config);

    config = load(*state, "");
    char *shown = say(aggregator_config_print, config);
    assert_non_null(strstr(shown, "evidence[0].area: \"backup\""));
    assert_non_null(strstr(shown, "evidence[6].expire_s: 15552000"));
    assert_null(strstr(shown, "evidence[3].fresh_s"));
    free(shown);
    aggregator_config_drop(config);

    static const struct { const char *in; const char *words; } cases[] = {
        { "evidence: []\n", "nothing has to be proven" },
        { "evidence: [{area: monitoring, required: no, weight: 1}]\n", "no area of evidence is required" },
        { "evidence: [{area: monitoring, required: yes, weight: 0}]\n", "the weight 0" },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        config = load(*state, cases[i].in);
        char *words = say(print_warnings, config);
        assert_non_null(strstr(words, cases[i].words));
        free(words);
        aggregator_config_drop(config);
    }
}

static void test_receivers(void **state)
{
    struct aggregator_config *config = load(*state,
        "channels:\n"
        "  - {name: chat, slack: {webhook_url: \"https://hooks.example/a\"}}\n"
        "  - {name: page, slack: {webhook_url: \"http://127.0.0.1:1/b\", allow_http: true}}\n");
    assert_string_equal(aggregator_config_receiver(config, "chat")->url, "https://hooks.example/a");
    assert_string_equal(aggregator_config_receiver(config, "ops")->name, "chat");
    assert_string_equal(aggregator_config_receiver(config, "page")->name, "page");
    assert_null(aggregator_config_receiver(config, "ticket"));
    aggregator_config_drop(config);

    assert_int_equal(setenv("SLACK_WEBHOOK_URL", "https://hooks.example/env", 1), 0);
    config = load(*state, "");
    assert_string_equal(aggregator_config_receiver(config, "chat")->url, "https://hooks.example/env");
    assert_null(aggregator_config_receiver(config, "page"));
    assert_string_equal(aggregator_config_receiver(config, "ops")->name, "chat");
    aggregator_config_drop(config);

    assert_int_equal(setenv("POLLER_HEALTH_SLACK_WEBHOOK_URL", "https://hooks.example/ops", 1), 0);
    config = load(*state, "channels: [{name: page, slack: {webhook_url: \"${SLACK_WEBHOOK_URL}\"}}]\n");
    assert_string_equal(aggregator_config_receiver(config, "page")->url, "https://hooks.example/env");
    assert_null(aggregator_config_receiver(config, "chat"));
    assert_string_equal(aggregator_config_receiver(config, "ops")->url, "https://hooks.example/ops");
    aggregator_config_drop(config);
    assert_int_equal(unsetenv("SLACK_WEBHOOK_URL"), 0);
    assert_int_equal(unsetenv("POLLER_HEALTH_SLACK_WEBHOOK_URL"), 0);
}

#define ROUTING_KEY "0123456789abcdefghijABCDEFGHIJ01"

static void test_receivers_of_each_kind(void **state)
{
    struct aggregator_config *config = load(*state,
        "channels:\n"
        "  - {name: chat, slack: {webhook_url: \"https://hooks.example/a\"}}\n"
        "  - name: robot\n"
        "    webhook:\n"
        "      url: http://127.0.0.1:1/hook?key=1\n"
        "      allow_http: true\n"
        "      secret: sixteen-is-least\n"
        "      headers: [{name: Authorization, value: \"Bearer very secret\"}, {name: X-Team, value: ops}]\n"
        "  - {name: page, pagerduty: {routing_key: " ROUTING_KEY "}}\n"
        "  - {name: europe, pagerduty: {routing_key: " ROUTING_KEY ", url: \"https://events.eu.pagerduty.com/v2/enqueue\"}}\n"
        "  - {name: bare, webhook: {url: \"https://robot.example/\"}}\n");
    const struct channel_entry *robot = aggregator_config_receiver(config, "robot");
    assert_int_equal(robot->kind, CHANNEL_WEBHOOK);
    assert_string_equal(robot->url, "http://127.0.0.1:1/hook?key=1");
    assert_true(robot->allow_http);
    assert_string_equal(robot->webhook->secret, "sixteen-is-least");
    assert_int_equal(robot->webhook->n_headers, 2);
    assert_string_equal(robot->webhook->headers[0].value, "Bearer very secret");

    const struct channel_entry *page = aggregator_config_receiver(config, "page");
    assert_int_equal(page->kind, CHANNEL_PAGERDUTY);
    assert_string_equal(page->url, "https://events.pagerduty.com/v2/enqueue");
    assert_string_equal(page->pagerduty->routing_key, ROUTING_KEY);
    assert_null(page->webhook);
    assert_string_equal(aggregator_config_receiver(config, "europe")->url, "https://events.eu.pagerduty.com/v2/enqueue");
    assert_null(aggregator_config_receiver(config, "bare")->webhook->secret);
    assert_int_equal(aggregator_config_receiver(config, "chat")->kind, CHANNEL_SLACK);

    char *shown = say(aggregator_config_print, config);
    assert_null(strstr(shown, "very secret"));
    assert_null(strstr(shown, "sixteen-is-least"));
    assert_null(strstr(shown, ROUTING_KEY));
    assert_null(strstr(shown, "hook?key"));
    free(shown);
    aggregator_config_drop(config);
}

static void test_secrets_stay_secret(void **state)
{
    struct house *house = *state;
    struct key_pair pair;
    assert_int_equal(key_pair_generate(&pair, NULL), 0);
    house_put(house, "server.key", pair.secret_key, 0600);
    house_put(house, "webhook", "https://hooks.example/T00/very-secret\n", 0600);
    house_put(house, "token", "token-very-secret-1234\n", 0600);
    struct aggregator_config *config = load(house,
        "server: {key_file: server.key, listen: \"tcp://0.0.0.0:9\"}\n"
        "http: {admin_token_file: token}\n"
        "channels: [{name: chat, slack: {webhook_url_file: webhook}}]\n");
    assert_string_equal(config->server.public_key, pair.public_key);
    assert_string_equal(config->http.admin_token, "token-very-secret-1234");
    assert_string_equal(config->channels[0].url, "https://hooks.example/T00/very-secret");

    char *shown = say(aggregator_config_print, config);
    assert_null(strstr(shown, "very-secret"));
    assert_null(strstr(shown, pair.secret_key));
    assert_non_null(strstr(shown, "http.admin_token: ****"));
    assert_null(strstr(config->engine_json, "very-secret"));
    free(shown);
    aggregator_config_drop(config);

    static const struct { const char *says; const char *in; } cases[] = {
        { "a token with a blank", "http: {admin_token: \"very-secret and more of it\"}\n" },
        { "a token too short", "http: {admin_token: very-secret}\n" },
        { "a webhook that is no URL", "channels: [{name: chat, slack: {webhook_url: very-secret}}]\n" },
        { "a webhook without TLS", "channels: [{name: chat, slack: {webhook_url: \"http://very-secret\"}}]\n" },
        { "a webhook with a password", "channels: [{name: chat, slack: {webhook_url: \"https://very-secret@x\"}}]\n" },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct error err = {0};
        house_put(house, "aggregator.yaml", cases[i].in, 0644);
        if (aggregator_config_load(house->config, &config, &err) >= 0)
            fail_msg("%s was taken", cases[i].says);
        if (strstr(err.text, "very-secret") != NULL || strstr(err.text, "expected") == NULL)
            fail_msg("%s: %s", cases[i].says, err.text);
    }
}

static void test_faults_name_place_key_and_what_was_expected(void **state)
{
    static const struct { const char *says; const char *in; const char *out[3]; } cases[] = {
        { "a slip in a parameter", "server:\n  listen: tcp://127.0.0.1:1\nengine:\n  confirm_pols: 3\n",
          {":4:3: engine.confirm_pols: ", "did you mean confirm_polls?"} },
        { "a parameter out of range", "engine:\n  confirm_polls: 101\n",
          {":2:18: engine.confirm_polls: found \"101\"", "from 1 to 100"} },
        { "an engine-wide parameter by tier", "engine: {tiers: {1: {late_after_s: 1}}}\n",
          {"engine.tiers.1.late_after_s: ", "unknown key"} },
        { "a tier that does not exist", "engine: {tiers: {4: {confirm_polls: 1}}}\n", {"engine.tiers.4: ", "unknown key"} },
        { "a key pair that is not there", "server: {key_file: no/server.key}\n",
          {"server.key_file: ", "No such file", "keygen"} },
        { "open to the network without a key", "server: {listen: \"tcp://*:8001\"}\n",
          {"server.listen: ", "without key_file"} },
        { "a host name where an address is due", "http: {host: localhost}\n", {"http.host: ", "127.0.0.1"} },
        { "a channel twice",
          "channels: [{name: a, slack: {webhook_url: \"https://a\"}}, {name: a, slack: {webhook_url: \"https://a\"}}]\n",
          {"channels[1].name: ", "second time"} },
        { "a channel without a receiver", "channels: [{name: a}]\n", {"channels[0]: ", "slack"} },
        { "a channel with two receivers",
          "channels: [{name: a, slack: {webhook_url: \"https://a\"}, webhook: {url: \"https://a\"}}]\n",
          {"channels[0]: ", "several receivers", "pagerduty"} },
        { "a webhook without a url", "channels: [{name: a, webhook: {secret: sixteen-is-least}}]\n",
          {"channels[0].webhook", "url is missing"} },
        { "a webhook that is no URL", "channels: [{name: a, webhook: {url: nowhere}}]\n", {"webhook.url: ", "http"} },
        { "a webhook without TLS", "channels: [{name: a, webhook: {url: \"http://a\"}}]\n",
          {"channels[0].webhook: ", "allow_http"} },
        { "a secret too short", "channels: [{name: a, webhook: {url: \"https://a\", secret: fifteen-letters}}]\n",
          {"webhook.secret: ", "16 to 256"} },
        { "a slip in a webhook", "channels: [{name: a, webhook: {url: \"https://a\", sekret: sixteen-is-least}}]\n",
          {"webhook.sekret: ", "did you mean secret?"} },
        { "a header that would be two",
          "channels: [{name: a, webhook: {url: \"https://a\", headers: [{name: A, value: \"b\\nC: d\"}]}}]\n",
          {"headers[0].value: ", "printable"} },
        { "a header's name with a colon",
          "channels: [{name: a, webhook: {url: \"https://a\", headers: [{name: \"A:\", value: b}]}}]\n",
          {"headers[0].name: ", "A-Z"} },
        { "a header of ours",
          "channels: [{name: a, webhook: {url: \"https://a\", headers: [{name: idempotency-key, value: b}]}}]\n",
          {"headers[0].name: ", "of its own"} },
        { "one of CloudEvents",
          "channels: [{name: a, webhook: {url: \"https://a\", headers: [{name: CE-id, value: b}]}}]\n",
          {"headers[0].name: ", "of its own"} },
        { "a header twice",
          "channels: [{name: a, webhook: {url: \"https://a\", headers: [{name: A, value: b}, {name: a, value: c}]}}]\n",
          {"headers[1].name: ", "second time"} },
        { "PagerDuty without a key", "channels: [{name: a, pagerduty: {}}]\n", {"routing_key is missing", "expected"} },
        { "a key too short", "channels: [{name: a, pagerduty: {routing_key: abc}}]\n", {"routing_key: ", "32 letters"} },
        { "a key with another sign", "channels: [{name: a, pagerduty: {routing_key: 0123456789abcdefghijABCDEFGHIJ-1}}]\n",
          {"routing_key: ", "32 letters"} },
        { "PagerDuty without TLS",
          "channels: [{name: a, pagerduty: {routing_key: " ROUTING_KEY ", url: \"http://a\"}}]\n",
          {"channels[0].pagerduty: ", "allow_http"} },
        { "both ways to a secret",
          "channels: [{name: a, slack: {webhook_url: \"https://a\", webhook_url_file: x}}]\n", {"webhook_url_file", "both"} },
        { "a variable that is not set", "channels: [{name: a, slack: {webhook_url: \"${TOCSIN_NOT_SET}\"}}]\n",
          {"channels[0].slack.webhook_url: ", "TOCSIN_NOT_SET"} },
        { "a route without channels", "routes: [{class: slo}]\n", {"routes[0]: ", "channels"} },
        { "a class nobody knows", "routes: [{class: [service, slow], channels: []}]\n", {"routes[0].class[1]: ", "flap"} },
        { "levels the wrong way round", "routes: [{min_level: major, max_level: partial, channels: []}]\n",
          {"routes[0].max_level: ", "min_level"} },
        { "a level for a class without", "routes: [{class: poller, min_level: major, channels: []}]\n", {"routes[0]: "} },
        { "unknown is no level", "routes: [{min_level: unknown, channels: []}]\n", {"min_level: ", "degraded"} },
        { "a tier of nothing", "hosts: [{match: {check: x}, tier: 0}]\n", {"hosts[0].tier: ", "from 1 to 3"} },
        { "flapping that stops above where it starts", "engine: {flap_low_pct: 40}\n",
          {"engine: ", "flap_low_pct is 40", "flap_high_pct 30"} },
        { "the same for one tier", "engine: {tiers: {3: {flap_high_pct: 10}}}\n",
          {"engine.tiers.3: ", "flap_low_pct is 20", "flap_high_pct 10"} },
        { "an area twice",
          "evidence:\n  - {area: incidents, required: no, weight: 1}\n  - {area: incidents, required: no, weight: 1}\n",
          {":3:12: evidence[1].area: ", "second time"} },
        { "an area without times", "evidence: [{area: backup, required: no, weight: 1, expire_s: 1}]\n",
          {"evidence[0]: ", "fresh_s is missing"} },
        { "an area that expires before it is stale",
          "evidence: [{area: backup, required: no, weight: 1, fresh_s: 2, expire_s: 1}]\n", {"evidence[0].expire_s: ", "fresh_s"} },
        { "a weight beyond all", "evidence: [{area: monitoring, required: no, weight: 1001}]\n",
          {"evidence[0].weight: ", "from 0 to 1000"} },
        { "a time beyond all", "evidence: [{area: backup, required: no, weight: 1, fresh_s: 1, expire_s: 316224001}]\n",
          {"evidence[0].expire_s: ", "from 0 to 316224000"} },
        { "an area without a name", "evidence: [{required: no, weight: 1}]\n", {"area", "missing"} },
        { "an area that may be required", "evidence: [{area: monitoring, weight: 1}]\n", {"required", "missing"} },
        { "an area with a blank", "evidence: [{area: off site, required: no, weight: 1}]\n", {"evidence[0].area: ", "a-z"} },
        { "a slip in an area", "evidence: [{area: monitoring, requird: no, weight: 1}]\n", {"evidence[0].requird: ", "did you mean required?"} },
        { "a bare number of bytes", "store: {map_size: 1000}\n", {"store.map_size: ", "MiB"} },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct house *house = *state;
        struct aggregator_config *config = NULL;
        struct error err = {0};
        house_put(house, "aggregator.yaml", cases[i].in, 0644);
        if (aggregator_config_load(house->config, &config, &err) >= 0 || config != NULL)
            fail_msg("%s: was taken", cases[i].says);
        for (size_t j = 0; j < 3 && cases[i].out[j] != NULL; j++) {
            if (strstr(err.text, cases[i].out[j]) == NULL)
                fail_msg("%s: \"%s\" lacks \"%s\"", cases[i].says, err.text, cases[i].out[j]);
        }
    }
}

static void test_environment(void **state)
{
    static const struct { const char *name; const char *good; const char *bad; } cases[] = {
        {"HOST", "127.0.0.2", "here"}, {"PORT", "81", "65536"}, {"STATUS_PORT", "81", "82"},
        {"PUBLIC_URL", "https://status.example", "status"}, {"HEARTBEAT_STALE_AFTER_SECONDS", "60", "soon"},
        {"ADMIN_API_TOKEN", "0123456789abcdef", "short"}, {"DATABASE_PATH", "/a/b.mdb", "\n"}, {"DB_PATH", "/a/b.mdb", "/c"},
        {"SEED_DEMO_DATA", "True", "maybe"}, {"SLACK_WEBHOOK_URL", "https://a", "a"},
        {"POLLER_HEALTH_SLACK_WEBHOOK_URL", "https://a", "a"}, {"ALERT_CONFIRM_THRESHOLD_POLLS", "4", "0"},
        {"ALERT_RECOVERY_THRESHOLD_POLLS", "5", "0"}, {"ALERT_MIN_STATE_DURATION_SECONDS", "60", "1m"},
        {"ALERT_DEDUP_WINDOW_SECONDS", "60", "59"}, {"POLLER_FAILURE_THRESHOLD", "6", "x"},
        {"DEPENDENCY_CORRELATION_THRESHOLD", "2", "0"},
    };
    struct house *house = *state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_int_equal(setenv(cases[i].name, cases[i].good, 1), 0);

    house_put(house, "services.yaml", "services: [{id: a, confirm_polls: 9}, {id: b}]\n", 0644);
    struct aggregator_config *config = load(house, "http: {port: 9}\nengine: {confirm_polls: 8, tiers: {2: {recovery_polls: 7}}}\n");
    assert_int_equal(config->http.port, 81);
    assert_string_equal(config->http.public_url, "https://status.example");
    assert_int_equal(config->http.heartbeat_stale_ms, 60000);
    assert_int_equal(config->engine->params.value[PARAM_collector_silent_s], 60);
    assert_string_equal(config->store.database, "/a/b.mdb");
    assert_true(config->store.demo);
    assert_int_equal(config->n_channels, 2);
    assert_int_equal(config->engine->services[0].params.value[PARAM_confirm_polls], 9);
    assert_int_equal(config->engine->services[1].params.value[PARAM_confirm_polls], 4);
    assert_int_equal(config->engine->services[1].params.value[PARAM_recovery_polls], 7);
    assert_int_equal(config->engine->services[1].params.value[PARAM_poller_failure_threshold], 6);
    assert_int_equal(config->engine->params.value[PARAM_correlation_threshold], 2);
    enum param_origin origin;
    (void) param_resolve(PARAM_confirm_polls, &config->params, 2, NULL, &origin);
    assert_int_equal(origin, PARAM_ENVIRONMENT);
    aggregator_config_drop(config);

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct error err = {0};
        assert_int_equal(setenv(cases[i].name, cases[i].bad, 1), 0);
        if (aggregator_config_load(house->config, &config, &err) >= 0)
            fail_msg("%s=%s was taken", cases[i].name, cases[i].bad);
        if (strstr(err.text, cases[i].name) == NULL || strstr(err.text, "expected") == NULL)
            fail_msg("%s: %s", cases[i].name, err.text);
        assert_int_equal(setenv(cases[i].name, cases[i].good, 1), 0);
    }
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_int_equal(unsetenv(cases[i].name), 0);
}

static void test_digest_is_of_the_engines_part(void **state)
{
    house_put(*state, "services.yaml", "services: [{id: b, name: B, depends_on: [a]}, {id: a, tier: 1, combine: agree}]\n", 0644);
    struct aggregator_config *one = load(*state, "engine: {reminders: no, min_dwell_s: 60}\n");
    struct aggregator_config *two = load(*state, "http: {port: 1}\nengine:\n  min_dwell_s: 60\n  reminders: off\n");
    struct aggregator_config *other = load(*state, "engine: {reminders: no, min_dwell_s: 61}\n");
    assert_string_equal(one->digest, two->digest);
    assert_string_equal(one->engine_json, two->engine_json);
    assert_string_not_equal(one->digest, other->digest);
    assert_string_equal(one->digest, one->engine->digest);
    assert_non_null(strstr(one->engine_json,
        "\"engine\":{\"min_dwell_s\":60,\"reminders\":false,\"tiers\":{\"1\":{},\"2\":{},\"3\":{}}}"));
    assert_non_null(strstr(one->engine_json,
        "\"services\":[{\"combine\":\"agree\",\"depends_on\":[],\"id\":\"a\",\"name\":\"a\",\"tier\":1},"
        "{\"depends_on\":[\"a\"],\"id\":\"b\",\"name\":\"B\",\"tier\":2}]"));
    aggregator_config_drop(one);
    aggregator_config_drop(two);
    aggregator_config_drop(other);
}

static void test_the_last_holder_frees(void **state)
{
    struct aggregator_config *config = load(*state, "");
    struct aggregator_config *again = aggregator_config_hold(config);
    assert_ptr_equal(config, again);
    aggregator_config_drop(config);
    assert_int_equal(again->http.port, 8000);
    aggregator_config_drop(again);
}

static void print_reference(const struct aggregator_config *config, FILE *out)
{
    (void) config;
    aggregator_config_reference(out);
}

static void print_parameters(const struct aggregator_config *config, FILE *out)
{
    (void) config;
    params_print_sample(out);
}

static void test_the_example_shows_every_parameter_as_it_is(void **state)
{
    struct error err = {0};
    struct buffer file;
    (void) state;

    buffer_init(&file, 1 << 20);
    assert_int_equal(file_read(SOURCE_ROOT "/conf/aggregator.yaml", &file, &err), 0);
    char *sample = say(print_parameters, NULL);
    if (strstr(file.bytes, sample) == NULL)
        fail_msg("conf/aggregator.yaml does not hold what `tocsin-aggregator check --parameters` prints:\n%s", sample);
    free(sample);
    buffer_done(&file);
}

static void test_every_seed_name_is_in_the_reference(void **state)
{
    static const char *const names[] = {
        "SLACK_WEBHOOK_URL", "DATABASE_PATH", "DB_PATH", "HOST", "PORT", "STATUS_PORT", "LOG_LEVEL", "LOG_JSON",
        "LOG_FILE", "ADMIN_API_TOKEN", "SEED_DEMO_DATA", "POLLER_HEALTH_SLACK_WEBHOOK_URL", "PUBLIC_URL",
        "ALERT_CONFIRM_THRESHOLD_POLLS", "ALERT_RECOVERY_THRESHOLD_POLLS", "ALERT_MIN_STATE_DURATION_SECONDS",
        "ALERT_DEDUP_WINDOW_SECONDS", "POLLER_FAILURE_THRESHOLD", "HEARTBEAT_STALE_AFTER_SECONDS",
        "DEPENDENCY_CORRELATION_THRESHOLD",
    };
    (void) state;
    char *text = say(print_reference, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (strstr(text, names[i]) == NULL)
            fail_msg("%s is not in the reference", names[i]);
    }
    free(text);
}

static void test_the_example_runs_as_it_is(void **state)
{
    struct aggregator_config *config = NULL;
    struct error err = {0};
    (void) state;
    assert_int_equal(setenv("TOCSIN_DATA_DIR", "/tmp/somewhere", 1), 0);
    if (aggregator_config_load(SOURCE_ROOT "/conf/aggregator.yaml", &config, &err) < 0)
        fail_msg("%s", err.text);
    assert_string_equal(config->store.data_dir, "/tmp/somewhere");
    assert_true(config->engine->n_services >= 30);
    assert_int_equal(aggregator_config_host_rule(config, "a", NULL, 0, "cpu"), config->n_host_rules);
    aggregator_config_drop(config);
    assert_int_equal(unsetenv("TOCSIN_DATA_DIR"), 0);
}

/* For replay: the services stand in the configuration, and no file is looked for. */
static void test_services_of_the_file_itself(void **state)
{
    const struct house *house = *state;
    struct aggregator_config *config;
    struct error err = {0};

    house_put(house, "services.yaml", "services: [{id: other}]\n", 0644);
    config = load(house, "services: [{id: shop, depends_on: [db]}, {id: db, tier: 1}]\n");
    assert_int_equal(config->registry.n_services, 2);
    assert_string_equal(config->engine->services[0].id, "db");
    assert_int_equal(config->engine->services[1].depends_on[0], 0);
    assert_null(config->services_file);
    aggregator_config_drop(config);

    assert_int_equal(aggregator_config_parse("line 7", text_of("{\"services\": []}"), &config, &err), 0);
    assert_int_equal(config->registry.n_services, 0);
    aggregator_config_drop(config);
    assert_int_equal(setenv("ALERT_CONFIRM_THRESHOLD_POLLS", "9", 1), 0);
    assert_int_equal(aggregator_config_parse("line 7", text_of("{\"services\": [{\"id\": \"a\", \"name\": \"${HOME}\"}]}"), &config,
                                             &err), 0);
    assert_int_equal(unsetenv("ALERT_CONFIRM_THRESHOLD_POLLS"), 0);
    assert_int_equal(config->engine->services[0].params.value[PARAM_confirm_polls], 3);
    assert_string_equal(config->engine->services[0].name, "${HOME}");
    aggregator_config_drop(config);

    assert_true(aggregator_config_parse("line 7", text_of("{\"services\": [{\"id\": \"a\", \"depends_on\": [\"b\"]}]}"), &config,
                                        &err) < 0);
    assert_non_null(strstr(err.text, "line 7:1:"));
    assert_non_null(strstr(err.text, "expected the id of a service"));
    assert_true(aggregator_config_parse("both", text_of("services: []\nservices_file: x.yaml\n"), &config, &err) < 0);
    assert_non_null(strstr(err.text, "expected one of the two"));
}

static void test_where_each_value_came_from(void **state)
{
    static const struct { const char *says; struct param_subject subject; enum param param; enum param_origin from; } cases[] = {
        { "nobody said", {.service = "web"}, PARAM_quorum, PARAM_SHIPPED },
        { "the service", {.service = "web"}, PARAM_confirm_polls, PARAM_SERVICE },
        { "the file", {.service = "web"}, PARAM_min_dwell_s, PARAM_FILE },
        { "the file, of what is nobody's own", {.service = "web"}, PARAM_correlation_hold_s, PARAM_FILE },
        { "its tier ships with it", {.service = "web"}, PARAM_major_dwell_s, PARAM_SHIPPED_TIER },
        { "a tier 1 stands on it", {.service = "db"}, PARAM_major_dwell_s, PARAM_SHIPPED_TIER },
        { "its tier in the file", {.service = "wiki"}, PARAM_stale_after_s, PARAM_TIER },
        { "the rule of a host", {.service = "w:disk", .registered = true, .tier = 2, .host_rule = "1"}, PARAM_recovery_polls,
          PARAM_SERVICE },
        { "the tier of that rule", {.service = "w:disk", .registered = true, .tier = 2, .host_rule = "1"}, PARAM_stale_after_s,
          PARAM_SHIPPED },
        { "no rule, but a tier", {.service = "w:cpu", .registered = true, .tier = 3, .host_rule = ""}, PARAM_stale_after_s,
          PARAM_TIER },
        { "a service that is none", {.service = "nobody"}, PARAM_min_dwell_s, PARAM_FILE },
    };
    struct aggregator_config *config = load(*state,
        "engine: {min_dwell_s: 30, correlation_hold_s: 5, tiers: {3: {stale_after_s: 900}}}\n"
        "hosts: [{match: {check: disk}, tier: 2, recovery_polls: 4}]\n"
        "services:\n"
        "  - {id: db, name: Db, category: engineering, tier: 3}\n"
        "  - {id: web, name: Web, category: engineering, tier: 1, depends_on: [db], confirm_polls: 5}\n"
        "  - {id: wiki, name: Wiki, category: engineering, tier: 3}\n");

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        enum param_origin origins[PARAM_COUNT];
        aggregator_config_origins(config, &cases[i].subject, origins);
        if (origins[cases[i].param] != cases[i].from)
            fail_msg("%s: %s", cases[i].says, param_origin_name(origins[cases[i].param]));
    }
    aggregator_config_drop(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_an_empty_file_stands_on_loopback, set_up, house_tear_down),
        cmocka_unit_test_setup_teardown(test_off_loopback, set_up, house_tear_down),
        cmocka_unit_test_setup_teardown(test_lookup_tier_comes_from_above, set_up, house_tear_down),
        cmocka_unit_test_setup_teardown(test_hosts_rules, set_up, house_tear_down),
        cmocka_unit_test_setup_teardown(test_R1_routes_of_the_file, set_up, house_tear_down),
        cmocka_unit_test_setup_teardown(test_V_areas_of_the_file, set_up, house_tear_down),
        cmocka_unit_test_setup_teardown(test_receivers, set_up, house_tear_down),
        cmocka_unit_test_setup_teardown(test_receivers_of_each_kind, set_up, house_tear_down),
        cmocka_unit_test_setup_teardown(test_secrets_stay_secret, set_up, house_tear_down),
        cmocka_unit_test_setup_teardown(test_faults_name_place_key_and_what_was_expected, set_up, house_tear_down),
        cmocka_unit_test_setup_teardown(test_environment, set_up, house_tear_down),
        cmocka_unit_test_setup_teardown(test_digest_is_of_the_engines_part, set_up, house_tear_down),
        cmocka_unit_test_setup_teardown(test_the_last_holder_frees, set_up, house_tear_down),
        cmocka_unit_test_setup_teardown(test_services_of_the_file_itself, set_up, house_tear_down),
        cmocka_unit_test(test_the_example_runs_as_it_is),
        cmocka_unit_test(test_the_example_shows_every_parameter_as_it_is),
        cmocka_unit_test(test_every_seed_name_is_in_the_reference),
        cmocka_unit_test_setup_teardown(test_where_each_value_came_from, set_up, house_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "collector/config.h"
#include "common/file.h"
#include "common/keys.h"
#include "common/mem.h"
#include "house.h"

static int set_up(void **state)
{
    return house_set_up(state, "collector.yaml");
}

static struct collector_config *load(const struct house *house, const char *text)
{
    struct collector_config *config = NULL;
    struct error err = {0};
    house_put(house, "collector.yaml", text, 0644);
    if (collector_config_load(house->config, &config, &err) < 0)
        fail_msg("%s", err.text);
    return config;
}

static void test_an_empty_file_is_a_working_host(void **state)
{
    struct collector_config *config = load(*state, "# nothing but a comment\n");
    assert_string_equal(config->endpoint, "tcp://127.0.0.1:8001");
    assert_null(config->secret_key);
    assert_string_equal(config->role, "server");
    assert_false(config->services_enabled);
    assert_int_equal(config->poll_interval_ms, 60000);
    assert_int_equal(config->breaker.failures, 3);
    assert_int_equal(config->breaker.open_ms, 300000);
    assert_int_equal(config->backlog_bytes, 16 << 20);
    assert_string_equal(config->root_dir, "/");
    assert_true(config->host.enabled);
    assert_int_equal(config->host.every_ms, 30000);
    assert_int_equal(config->host.window_ms, 300000);
    assert_int_equal(config->host.cpu_permille, 900);
    assert_int_equal(config->host.memory_permille, 850);
    assert_int_equal(config->host.disk_permille, 900);
    assert_int_equal(config->host.disk_major_permille, 970);
    assert_int_equal(config->host.disk_major_below_bytes, INT64_C(20) << 30);
    assert_int_equal(config->host.load_permille, 2000);
    assert_true(config->egress.enabled);
    assert_false(config->egress.named);
    assert_int_equal(config->egress.n_targets, 4);
    assert_string_equal(config->egress.targets[3], "[2620:fe::fe]:443");
    assert_int_equal(config->egress.every_ms, 30000);
    assert_int_equal(config->egress.timeout_ms, 2000);
    assert_int_equal(config->log.level, LOG_LEVEL_INFO);
    assert_true(config->log.json);
    assert_null(config->log.file);
    assert_int_equal(config->registry.n_services, 0);
    collector_config_free(config);
}

static void test_every_key(void **state)
{
    struct house *house = *state;
    house_put(house, "services.local.yaml", "services: [{id: a, name: A}]\n", 0644);
    house_put(house, "services.yaml", "services: [{id: wrong, nam: A}]\n", 0644);
    struct collector_config *config = load(house,
        "role: gateway\n"
        "labels: [rack=a1, \"room=b 2\"]\n"
        "poll_services: yes\n"
        "poll_interval: 3600s\n"
        "backlog: 64MiB\n"
        "root_dir: /host\n"
        "host:\n"
        "  enabled: off\n"
        "  every: 1m30s\n"
        "  window: 10m\n"
        "  cpu: 92.5\n"
        "  memory: 100\n"
        "  disk: 0.1\n"
        "  disk_major: 99.9\n"
        "  disk_major_below: 0\n"
        "  disk_exclude: [/mnt/scratch*, /srv]\n"
        "  load: 450\n"
        "egress_check: {enabled: no, targets: [\"gate:22\", \"[fd00::1]:443\"], every: 1s, timeout: 10s}\n"
        "probes:\n"
        "  - {check: www, every: 10s, http: {url: \"http://10.0.0.1/x\", expect_status: [200-299, 404], expect_body: up,"
        " warn: 2s, timeout: 9999ms}}\n"
        "  - {check: db, tcp: {host: db.internal, port: 5432}}\n"
        "log: {level: debug, json: false, file: collector.log}\n");

    assert_string_equal(config->role, "gateway");
    assert_int_equal(config->labels.n, 2);
    assert_string_equal(config->labels.items[1], "room=b 2");
    assert_true(config->services_enabled);
    assert_int_equal(config->poll_interval_ms, 3600000);
    assert_false(config->host.enabled);
    assert_int_equal(config->host.every_ms, 90000);
    assert_int_equal(config->host.cpu_permille, 925);
    assert_int_equal(config->host.memory_permille, 1000);
    assert_int_equal(config->host.disk_permille, 1);
    assert_int_equal(config->host.disk_major_permille, 999);
    assert_int_equal(config->host.disk_major_below_bytes, 0);
    assert_int_equal(config->host.n_disk_exclude, 2);
    assert_string_equal(config->host.disk_exclude[0], "/mnt/scratch*");
    assert_false(config->egress.enabled);
    assert_true(config->egress.named);
    assert_int_equal(config->egress.n_targets, 2);
    assert_string_equal(config->egress.targets[0], "gate:22");
    assert_int_equal(config->egress.every_ms, 1000);
    assert_int_equal(config->egress.timeout_ms, 10000);
    assert_int_equal(config->n_probes, 2);
    assert_int_equal(config->probes[0].kind, PROBE_HTTP);
    assert_int_equal(config->probes[0].n_expect_status, 2);
    assert_int_equal(config->probes[0].expect_status[0].high, 299);
    assert_int_equal(config->probes[0].expect_status[1].low, 404);
    assert_int_equal(config->probes[0].expect_status[1].high, 404);
    assert_int_equal(config->probes[0].timeout_ms, 9999);
    assert_int_equal(config->probes[1].kind, PROBE_TCP);
    assert_int_equal(config->probes[1].port, 5432);
    assert_int_equal(config->probes[1].timeout_ms, 5000);
    assert_int_equal(config->probes[1].every_ms, 60000);
    assert_int_equal(config->log.level, LOG_LEVEL_DEBUG);
    assert_non_null(strstr(config->log.file, "/collector.log"));
    assert_int_equal(config->registry.n_services, 1);
    assert_string_equal(config->registry.services[0].id, "a");
    collector_config_free(config);
}

static void test_faults_name_place_key_and_what_was_expected(void **state)
{
    static const struct { const char *says; const char *in; const char *out[3]; } cases[] = {
        { "a slip in a key", "host:\n  memry: 5\n", {":2:3: host.memry: ", "did you mean memory?"} },
        { "an interval of nothing", "poll_interval: 0\n", {":1:16: poll_interval: found \"0\"", "from 1s to 1h"} },
        { "a breaker that never opens", "breaker: {threshold: 0}\n", {":1:22: breaker.threshold: found \"0\"", "1"} },
        { "one second too long", "poll_interval: 3601s\n", {":1:16: poll_interval: ", "from 1s to 1h"} },
        { "an egress target without a port", "egress_check: {targets: [1.1.1.1]}\n", {"egress_check.targets[0]: ", "HOST:PORT"} },
        { "no egress target at all", "egress_check:\n  targets: []\n", {":2:12: egress_check.targets: ", "enabled: false"} },
        { "a number without a unit", "poll_interval: 60\n", {":1:16: poll_interval: ", "60s"} },
        { "two decimals", "host: {cpu: 90.55}\n", {":1:13: host.cpu: ", "one decimal"} },
        { "over a hundred percent", "host: {cpu: 100.1}\n", {":1:13: host.cpu: ", "to 100"} },
        { "major below degraded", "host:\n  disk_major: 80\n", {":2:15: host.disk_major: ", "at least as much"} },
        { "plain text across the network", "server:\n  endpoint: tcp://ops:8001\n",
          {":2:13: server.endpoint: ", "without keys", "enroll_file"} },
        { "another transport", "server: {endpoint: \"udp://x:1\"}\n", {"server.endpoint: ", "tcp://HOST:PORT"} },
        { "a key file that is not there", "server:\n  key_file: none.key\n",
          {":2:13: server.key_file: ", "No such file", "keygen"} },
        { "a server key without an own one", "server:\n  server_key: \"rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7\"\n",
          {"server: ", "without key_file"} },
        { "a key that is none", "server: {server_key: abc}\n", {"server.server_key: ", "Z85"} },
        { "a probe that takes as long as its interval",
          "probes: [{check: a, every: 5s, tcp: {host: a, port: 1, timeout: 5s}}]\n",
          {"probes[0].tcp.timeout: ", "less than every"} },
        { "a check with two probes", "probes: [{check: a, tcp: {host: a, port: 1}, http: {url: \"http://a\"}}]\n",
          {"probes[0]: found both"} },
        { "a check without a probe", "probes: [{check: a}]\n", {"probes[0]: found a check without"} },
        { "a check twice", "probes: [{check: a, tcp: {host: a, port: 1}}, {check: a, tcp: {host: a, port: 2}}]\n",
          {"probes[1].check: ", "second time"} },
        { "a port too high", "probes: [{check: a, tcp: {host: a, port: 65536}}]\n", {"probes[0].tcp.port: ", "65535"} },
        { "a status that does not exist", "probes: [{check: a, http: {url: \"http://a\", expect_status: 600}}]\n",
          {"probes[0].http.expect_status: ", "100-599"} },
        { "a role nobody knows", "role: router\n", {":1:7: role: ", "gateway"} },
        { "a services file that is not there", "services_file: none.yaml\n", {"none.yaml", "No such file"} },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct house *house = *state;
        struct collector_config *config = NULL;
        struct error err = {0};
        house_put(house, "collector.yaml", cases[i].in, 0644);
        if (collector_config_load(house->config, &config, &err) >= 0 || config != NULL)
            fail_msg("%s: was taken", cases[i].says);
        for (size_t j = 0; j < 3 && cases[i].out[j] != NULL; j++) {
            if (strstr(err.text, cases[i].out[j]) == NULL)
                fail_msg("%s: \"%s\" lacks \"%s\"", cases[i].says, err.text, cases[i].out[j]);
        }
    }
}

static void test_environment_is_above_the_file(void **state)
{
    static const struct { const char *name; const char *good; const char *bad; } cases[] = {
        {"POLL_INTERVAL_SECONDS", "120", "3601"}, {"BREAKER_THRESHOLD", "5", "0"}, {"BREAKER_TTL_SECONDS", "60", "86401"},
        {"CPU_THRESHOLD", "50", "0"}, {"MEMORY_THRESHOLD", "50.5", "x"},
        {"DISK_THRESHOLD", "50", "101"}, {"LOG_LEVEL", "WARNING", "loud"}, {"LOG_JSON", "False", "2"},
    };
    struct house *house = *state;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_int_equal(setenv(cases[i].name, cases[i].good, 1), 0);
    struct collector_config *config = load(house, "poll_interval: 5s\nhost: {cpu: 99}\nlog: {level: debug}\n");
    assert_int_equal(config->poll_interval_ms, 120000);
    assert_int_equal(config->breaker.failures, 5);
    assert_int_equal(config->breaker.open_ms, 60000);
    assert_int_equal(config->host.cpu_permille, 500);
    assert_int_equal(config->host.memory_permille, 505);
    assert_int_equal(config->host.disk_permille, 500);
    assert_int_equal(config->log.level, LOG_LEVEL_WARNING);
    assert_false(config->log.json);
    collector_config_free(config);

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct error err = {0};
        assert_int_equal(setenv(cases[i].name, cases[i].bad, 1), 0);
        assert_true(collector_config_load(house->config, &config, &err) < 0);
        if (strstr(err.text, cases[i].name) == NULL || strstr(err.text, "expected") == NULL)
            fail_msg("%s: %s", cases[i].name, err.text);
        assert_int_equal(setenv(cases[i].name, "", 1), 0);    /* empty is as good as unset */
    }
    config = load(house, "");
    assert_int_equal(config->poll_interval_ms, 60000);
    collector_config_free(config);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_int_equal(unsetenv(cases[i].name), 0);
}

static void test_keys_by_file_and_by_enrollment(void **state)
{
    struct house *house = *state;
    struct key_pair own;
    struct key_pair server;
    char text[512];
    assert_int_equal(key_pair_generate(&own, NULL), 0);
    assert_int_equal(key_pair_generate(&server, NULL), 0);
    house_put(house, "own.key", own.secret_key, 0600);
    house_put(house, "server.pub", server.public_key, 0644);

    struct collector_config *config = load(house,
        "server: {endpoint: \"tcp://ops:8001\", key_file: own.key, server_key_file: server.pub}\n");
    assert_string_equal(config->secret_key, own.secret_key);
    assert_string_equal(config->public_key, own.public_key);
    assert_string_equal(config->server_key, server.public_key);
    assert_false(config->services_enabled);
    collector_config_free(config);

    (void) snprintf(text, sizeof text,
                    "endpoint: \"tcp://ops:9\"\nserver_key: \"%s\"\nname: web-1\nsecret_key: \"%s\"\nservices: true\n",
                    server.public_key, own.secret_key);
    house_put(house, "enroll.yaml", text, 0600);
    config = load(house, "server: {enroll_file: enroll.yaml}\n");
    assert_string_equal(config->endpoint, "tcp://ops:9");
    assert_string_equal(config->public_key, own.public_key);
    assert_true(config->services_enabled);

    char *shown = NULL;
    size_t shown_len = 0;
    FILE *out = open_memstream(&shown, &shown_len);
    collector_config_print(config, out);
    assert_int_equal(fclose(out), 0);
    assert_null(strstr(shown, own.secret_key));
    assert_non_null(strstr(shown, "server.endpoint: \"tcp://ops:9\""));
    free(shown);
    collector_config_free(config);

    struct error err = {0};
    house_put(house, "enroll.yaml", text, 0644);
    assert_true(collector_config_load(house->config, &config, &err) < 0);
    assert_non_null(strstr(err.text, "may be read by others"));
    assert_null(strstr(err.text, own.secret_key));
}

static void test_the_same_file_has_the_same_digest(void **state)
{
    struct collector_config *one = load(*state, "host: {cpu: 80}\n");
    struct collector_config *two = load(*state, "# moved\nhost:\n  cpu: 80\n");
    struct collector_config *other = load(*state, "host: {cpu: 81}\n");
    assert_int_equal(strlen(one->digest), 64);
    assert_string_equal(one->digest, two->digest);
    assert_string_not_equal(one->digest, other->digest);
    collector_config_free(one);
    collector_config_free(two);
    collector_config_free(other);
}

static void test_the_example_runs_as_it_is(void **state)
{
    struct collector_config *config = NULL;
    struct error err = {0};
    char path[1024];
    (void) state;
    assert_non_null(getenv("FIXTURES"));
    (void) snprintf(path, sizeof path, "%s/../../conf/collector.yaml", getenv("FIXTURES"));
    if (collector_config_load(path, &config, &err) < 0)
        fail_msg("%s", err.text);
    assert_true(config->services_enabled);
    assert_true(config->registry.n_services >= 30);
    collector_config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_an_empty_file_is_a_working_host, set_up, house_tear_down),
        cmocka_unit_test_setup_teardown(test_every_key, set_up, house_tear_down),
        cmocka_unit_test_setup_teardown(test_faults_name_place_key_and_what_was_expected, set_up, house_tear_down),
        cmocka_unit_test_setup_teardown(test_environment_is_above_the_file, set_up, house_tear_down),
        cmocka_unit_test_setup_teardown(test_keys_by_file_and_by_enrollment, set_up, house_tear_down),
        cmocka_unit_test(test_the_example_runs_as_it_is),
        cmocka_unit_test_setup_teardown(test_the_same_file_has_the_same_digest, set_up, house_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

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
#include "common/mem.h"
#include "house.h"

#define TOKEN "0123456789abcdefghijABCDEFGHIJ-_"    /* 32 */
#define SECRET "sixteen-is-least"

static int set_up(void **state)
{
    return house_set_up(state, "aggregator.yaml");
}

static int load(const struct house *house, const char *statuspage, struct aggregator_config **out, struct error *err)
{
    char text[1024];

    (void) snprintf(text, sizeof text, "webhooks: {statuspage: {%s}}\nservices_file: services.yaml\n", statuspage);
    house_put(house, "aggregator.yaml", text, 0644);
    house_put(house, "services.yaml",
              "services:\n"
              "  - {id: gh, name: GitHub, category: engineering, feed: {type: statuspage, url: \"https://gh.example\"}}\n"
              "  - {id: zoom, name: Zoom, category: collaboration, feed: {type: statuspage, url: \"https://zoom.example\"}}\n"
              "  - {id: payroll, name: Payroll, category: hr}\n", 0644);
    return aggregator_config_load(house->config, out, err);
}

/* A19-10: what anybody could post to is not opened. */
static void test_what_is_refused(void **state)
{
    static const struct { const char *says, *in, *words; } cases[] = {
        { "on, and nothing more", "enabled: true", "with neither services nor a secret" },
        { "a service with neither", "enabled: true, services: [{service: gh}]", "services[0]: found gh, expected a token or a secret" },
        { "the second with neither", "enabled: true, services: [{service: gh, token: " TOKEN "}, {service: zoom}]", "services[1]: found zoom" },
        { "a token that could be guessed", "services: [{service: gh, token: 0123456789abcdefghijABCDEFGHIJ-}]", "32 to 128" },
        { "a token with a dot", "services: [{service: gh, token: 0123456789abcdefghijABCDEFGHIJ.0}]", "32 to 128" },
        { "a secret that could be guessed", "secret: fifteen-is-less", "16 to 256" },
        { "no such service", "enabled: true, services: [{service: git, token: " TOKEN "}]", "no service" },
        { "a service without a page", "enabled: true, services: [{service: payroll, token: " TOKEN "}]", "no feed" },
        { "one twice", "enabled: true, secret: " SECRET ", services: [{service: gh}, {service: gh}]", "services[1]: found gh, expected each" },
        { "a key of another name", "enable: true", "enabled" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct aggregator_config *config = NULL;
        struct error err = {0};
        if (load(*state, cases[i].in, &config, &err) == 0 || strstr(err.text, cases[i].words) == NULL)
            fail_msg("%s: %s", cases[i].says, err.text);
        if (strstr(err.text, TOKEN) != NULL || strstr(err.text, SECRET) != NULL)
            fail_msg("%s: a secret is told: %s", cases[i].says, err.text);
    }
}

static struct aggregator_config *take(const struct house *house, const char *statuspage)
{
    struct aggregator_config *config = NULL;
    struct error err = {0};
    if (load(house, statuspage, &config, &err) < 0)
        fail_msg("%s", err.text);
    return config;
}

static void test_off_by_default(void **state)
{
    struct aggregator_config *config = take(*state, "");
    assert_false(config->webhooks.enabled);
    aggregator_config_drop(config);
}

static void test_tokens_and_secrets(void **state)
{
    struct aggregator_config *config = take(*state, "enabled: true, services: [{service: zoom, token: " TOKEN ", page_id: p1}]");
    assert_int_equal(config->webhooks.n_services, 1);
    assert_string_equal(config->webhooks.services[0].token, TOKEN);
    assert_string_equal(config->webhooks.services[0].page_id, "p1");
    assert_null(config->webhooks.services[0].secret);
    aggregator_config_drop(config);

    config = take(*state, "enabled: true, secret: " SECRET ", services: [{service: zoom, secret: another-of-its-own}, {service: gh, token: " TOKEN "}]");
    assert_string_equal(config->webhooks.services[0].secret, "another-of-its-own");
    assert_string_equal(config->webhooks.services[1].secret, SECRET);
    assert_string_equal(config->webhooks.services[1].token, TOKEN);
    assert_true(strlen(config->webhooks.services[0].token) >= 32);
    aggregator_config_drop(config);
}

/* C34, C35: the environment alone. The paths stay as long as the secret does, and differ. */
static void test_the_environment_alone(void **state)
{
    assert_int_equal(setenv("WEBHOOKS_ENABLED", "true", 1), 0);
    assert_int_equal(setenv("STATUSPAGE_WEBHOOK_SECRET", SECRET, 1), 0);
    struct aggregator_config *config = take(*state, "");
    struct aggregator_config *again = take(*state, "");
    assert_int_equal(setenv("STATUSPAGE_WEBHOOK_SECRET", SECRET "x", 1), 0);
    struct aggregator_config *other = take(*state, "");
    assert_int_equal(unsetenv("WEBHOOKS_ENABLED") + unsetenv("STATUSPAGE_WEBHOOK_SECRET"), 0);

    assert_int_equal(config->webhooks.n_services, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(config->webhooks.services[i].token, again->webhooks.services[i].token);
        assert_string_not_equal(config->webhooks.services[i].token, other->webhooks.services[i].token);
    }
    assert_string_not_equal(config->webhooks.services[0].token, config->webhooks.services[1].token);
    aggregator_config_drop(config);
    aggregator_config_drop(again);
    aggregator_config_drop(other);
}

static void test_secrets_are_not_shown(void **state)
{
    struct aggregator_config *config = take(*state, "enabled: true, secret: " SECRET ", services: [{service: gh, token: " TOKEN "}]");
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    aggregator_config_print(config, out);
    assert_int_equal(fclose(out), 0);
    assert_null(strstr(text, SECRET));
    assert_null(strstr(text, TOKEN));
    assert_non_null(strstr(text, "webhooks.statuspage.enabled: true"));
    free(text);
    aggregator_config_drop(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_is_refused, set_up, house_tear_down),
        cmocka_unit_test_setup_teardown(test_off_by_default, set_up, house_tear_down),
        cmocka_unit_test_setup_teardown(test_tokens_and_secrets, set_up, house_tear_down),
        cmocka_unit_test_setup_teardown(test_the_environment_alone, set_up, house_tear_down),
        cmocka_unit_test_setup_teardown(test_secrets_are_not_shown, set_up, house_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Which rule of another configuration a host's check falls under, and what an engine makes of that. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "aggregator/replay/hosts.h"
#include "aggregator/replay/player.h"
#include "common/mem.h"
#include "temporary.h"

static const char rules[] =
    "{\"services\":[{\"id\":\"acme\"}],\"hosts\":["
    "{\"match\":{\"label\":\"role=db\"},\"tier\":1,\"confirm_polls\":1,\"min_dwell_s\":0},"
    "{\"match\":{\"name\":\"web-*\",\"check\":\"disk.*\"},\"tier\":2,\"confirm_polls\":1,\"min_dwell_s\":0}]}";

static struct aggregator_config *parse(void)
{
    struct aggregator_config *config = NULL;
    struct error err = {0};

    if (aggregator_config_parse("rules", text_of(rules), &config, &err) < 0)
        fail_msg("%s", err.text);
    return config;
}

static void put_host(struct store *store, const char *name, const char *label)
{
    CLEANUP(mem_freep) HostRow *row = mem_new(sizeof *row);
    struct store_txn *txn = store_write(store);

    (void) snprintf(row->name, sizeof row->name, "%s", name);
    row->has_facts = true;
    row->facts.labels_count = 1;
    (void) snprintf(row->facts.labels[0], sizeof row->facts.labels[0], "%s", label);
    store_put(txn, TABLE_HOSTS, key_name(name), row);
    assert_int_equal(store_commit(txn), 0);
}

static const struct { const char *says, *service; uint32_t tier; const char *rule; } cases[] = {
    { "by its label", "data-1:cpu", 1, "1" },
    { "by name and check", "web-1:disk.root", 2, "2" },
    { "another check of it", "web-1:cpu", 3, "" },
    { "a label that is none of the rules'", "mail-1:disk.root", 3, "" },
    { "a host that told no labels", "web-9:disk.root", 2, "2" },
};

static void test_judged_by_the_labels_told_last(void **state)
{
    struct aggregator_config *config = parse();
    struct replay_hosts hosts = {0};
    struct temporary temporary;
    struct error err = {0};
    (void) state;

    temporary_init(&temporary);
    temporary_open(&temporary, 0);
    put_host(temporary.store, "data-1", "role=web");
    put_host(temporary.store, "data-1", "role=db");
    put_host(temporary.store, "web-1", "role=web");
    put_host(temporary.store, "mail-1", "role=mail");
    assert_int_equal(replay_hosts_read(temporary.store, &hosts, &err), 0);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        Register registration = {.tier = 2, .host_rule = "7"};
        (void) snprintf(registration.service, sizeof registration.service, "%s", cases[i].service);
        replay_hosts_judge(&hosts, config, &registration);
        if (registration.tier != cases[i].tier || strcmp(registration.host_rule, cases[i].rule) != 0)
            fail_msg("%s: %u '%s'", cases[i].says, registration.tier, registration.host_rule);
    }
    replay_hosts_done(&hosts);
    aggregator_config_drop(config);
    temporary_done(&temporary);
}

/* Counts raises. */
static void decided(void *context, const struct decision *decision)
{
    size_t *raises = context;

    *raises += decision->kind == DECISION_NOTIFY && decision->notify == NOTIFY_RAISE;
}

/* Registered under a rule that the given configuration does not have, major once. */
static size_t raises_of(bool judged)
{
    static const struct replay_hosts nobody_has_labels;
    CLEANUP(mem_freep) struct replay_input *input = mem_new(sizeof *input);
    size_t raises = 0;
    struct error err = {0};
    struct player player = {.decided = decided, .context = &raises, .keeps_config = true,
                            .hosts = judged ? &nobody_has_labels : NULL};

    assert_int_equal(player_start(&player, parse(), NULL, &err), 0);
    input->form = REPLAY_COMMAND;
    input->at_ms = 1000;
    input->command.which_input = Command_registration_tag;
    input->command.input.registration = (Register) {.service = "web-1:disk.root", .tier = 3, .host_rule = "9"};
    player_feed(&player, input);

    Observation said = {.service = "web-1:disk.root", .source = "web-1/disk.root", .collector = "web-1", .kind = SOURCE_PROBE,
                        .level = LEVEL_MAJOR_OUTAGE, .observed_at_ms = 2000};
    *input = (struct replay_input) {.form = REPLAY_OBSERVATION, .at_ms = 2000, .has_observed_at = true, .said = &said};
    player_feed(&player, input);
    player_done(&player);
    return raises;
}

static void test_a_registration_is_judged_by_a_configuration_that_stays(void **state)
{
    (void) state;
    assert_int_equal(raises_of(true), 1);
    assert_int_equal(raises_of(false), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_judged_by_the_labels_told_last),
        cmocka_unit_test(test_a_registration_is_judged_by_a_configuration_that_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

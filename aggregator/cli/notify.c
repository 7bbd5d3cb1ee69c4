/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "aggregator/cli/cli.h"
#include "aggregator/cli/config_file.h"
#include "aggregator/cli/options.h"
#include "aggregator/notify/trial.h"
#include "common/mem.h"

static const char help[] =
    "Usage: tocsin-aggregator notify test CHANNEL [--config FILE]\n"
    "\n"
    "Sends a message to the receiver of CHANNEL that says that it is a test, and prints what the receiver answered. It goes\n"
    "by the configuration as it stands in the file and the environment of this command, whether the aggregator runs or not,\n"
    "and leaves no trace in its outbox. At PagerDuty the test is resolved at once.\n"
    "\n"
    CLI_CONFIG_HELP
    "\n"
    "Example:\n"
    "  tocsin-aggregator notify test page\n"
    "\n"
    "Exit: 0 delivered, 1 not delivered or the configuration cannot be used, 2 wrong usage.\n";

static int say(const struct trial *trial)
{
    const struct delivery *delivery = &trial->delivery;

    if (delivery->outcome == DELIVERY_SENT) {
        (void) printf("%s (%s): delivered: answered %s\n", trial->carrier, trial->kind, delivery->receipt);
        return CLI_DONE;
    }
    (void) fprintf(stderr, "%s (%s): %s: %s\n", trial->carrier, trial->kind,
                   delivery->outcome == DELIVERY_AMBIGUOUS ? "perhaps delivered, no answer came" : "not delivered",
                   delivery->reason);
    return CLI_FAILED;
}

static void name_channels(const struct aggregator_config *config)
{
    for (size_t i = 0; i < config->n_channels; i++)
        (void) fprintf(stderr, "%s%s", i == 0 ? "Channels with a receiver: " : ", ", config->channels[i].name);
    (void) fputs(config->n_channels == 0 ? "No channel has a receiver.\n" : "\n", stderr);
}

int cli_notify(int argc, char **argv)
{
    const char *path = NULL;
    const struct cli_option options[] = {{"config", .value = &path}, {NULL}};
    struct cli_words words;
    int r = cli_options_parse(argc, argv, options, help, &words);
    if (r != CLI_GO_ON)
        return r;
    if (words.n != 2 || strcmp(words.at[0], "test") != 0)
        return cli_usage("notify", "expected test CHANNEL");

    struct error err = {0};
    CLEANUP(cli_config_dropp) struct aggregator_config *config = NULL;
    if (cli_config_load(path, &config, &err) < 0) {
        (void) fprintf(stderr, "%s\n", err.text);
        return CLI_FAILED;
    }
    struct trial trial;
    if (trial_run(config, words.at[1], &trial, &err) < 0) {
        (void) fprintf(stderr, "tocsin-aggregator notify: %s\n", err.text);
        if (aggregator_config_receiver(config, words.at[1]) == NULL)
            name_channels(config);
        return CLI_FAILED;
    }
    return say(&trial);
}
